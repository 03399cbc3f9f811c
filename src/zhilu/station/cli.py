"""`zhilu station init | run | check | import`."""

from __future__ import annotations

import argparse
from pathlib import Path

from zhilu.i18n import _


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    about = _("the collection station: bays, handover, collection, kiosk page")
    parser = subparsers.add_parser("station", help=about, description=about)
    commands = parser.add_subparsers(dest="command", metavar=_("COMMAND"), required=True)
    about = _("Make a station's folder: its keys, a certificate request, station.toml, enrol.json.")
    init = commands.add_parser("init", help=about, description=about)
    init.add_argument("--home", type=Path, required=True, help=_("the folder to make"))
    init.add_argument("--bureau", required=True, help=_("code of the bureau"))
    init.add_argument("--name", required=True, help=_("name of the station, shown at the kiosk"))
    init.add_argument(
        "--origin", required=True, help=_("address of the kiosk page, e.g. https://s1.dock.example")
    )
    init.add_argument("--rp-id", required=True, help=_("WebAuthn name above all stations, e.g. dock.example"))
    init.add_argument("--tcp-port", type=int, default=8620, help=_("TCP port of the kiosk page"))
    init.add_argument("--server-url", required=True, help=_("where the county server is reached"))
    init.add_argument(
        "--server-authority", required=True, help=_("name under which the county server is signed to")
    )
    init.add_argument(
        "--bay",
        action="append",
        required=True,
        metavar="HOST:PORT[@INTERFACE]",
        help=_("address of a bay's link, and its network interface; repeat for more"),
    )
    init.set_defaults(func=_init)
    about = _("Serve bays and kiosk page until stopped.")
    run = commands.add_parser("run", help=about, description=about)
    run.add_argument("--home", type=Path, required=True, help=_("the station's folder"))
    run.set_defaults(func=_run)
    about = _("Look after the station once; its alarms, too.")
    check = commands.add_parser(
        "check", help=about, description=about, epilog=_("Exit code: 0 all is well, 1 something is found.")
    )
    check.add_argument("--home", type=Path, required=True, help=_("the station's folder"))
    check.set_defaults(func=_check)
    _add_import(commands)


def _add_import(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    about = _("Seal the files of a recorder that does not seal; `run` sends them to the county.")
    command = commands.add_parser(
        "import",
        help=about,
        description=about,
        epilog=_("Exit code: 0 all imported (with --status: all may be erased), 1 not all, 2 nothing done."),
    )
    command.add_argument("--home", type=Path, required=True, help=_("the station's folder"))
    command.add_argument(
        "--folder", type=Path, required=True, help=_("the card, or a folder of it; only read")
    )
    command.add_argument(
        "--pattern",
        action="append",
        default=[],
        help=_(
            "how names are read instead of station.toml's [import], e.g. {example}; repeat for more"
        ).format(example="{serial}_{officer}_{time:YYYYMMDDhhmmss}_{number}"),
    )
    command.add_argument("--officer", help=_("id of the officer whose recorder this is"))
    command.add_argument(
        "--status", action="store_true", help=_("import nothing; tell which files may be erased")
    )
    command.set_defaults(func=_import)


def _init(arguments: argparse.Namespace) -> None:
    from zhilu.station import home

    made = home.create(
        arguments.home,
        home.Wishes(
            bureau=arguments.bureau,
            name=arguments.name,
            origin=arguments.origin,
            rp_id=arguments.rp_id,
            tcp_port=arguments.tcp_port,
            server_url=arguments.server_url,
            server_authority=arguments.server_authority,
            bays=tuple(arguments.bay),
        ),
    )
    print(
        _("Station made. Have {csr} signed; put tls.crt, roots.pem, crl.pem, trust.json beside it.").format(
            csr=made / "tls.csr"
        )
    )


def _run(arguments: argparse.Namespace) -> None:
    from zhilu.station.daemon import run

    run(arguments.home)


def _check(arguments: argparse.Namespace) -> int:
    from zhilu.station.checks.command import check

    return check(arguments.home)


def _import(arguments: argparse.Namespace) -> int:
    from zhilu.station import imports
    from zhilu.station.import_names import patterns_of

    if arguments.status:
        return imports.status(arguments.home, arguments.folder)
    return imports.run(arguments.home, arguments.folder, patterns_of(arguments.pattern), arguments.officer)
