"""`zhilu recorder init | adopt | run | mark | status`."""

from __future__ import annotations

import argparse
from pathlib import Path

from zhilu.i18n import _
from zhilu.recorder.cli_init import add_options


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("the device agent: records, seals, signs, docks")
    commands = subparsers.add_parser("recorder", help=text, description=text).add_subparsers(
        dest="command", metavar=_("COMMAND"), required=True
    )
    init = _add(commands, "init", _("make a new recorder: keys, counter, certificate request"))
    add_options(init)
    _add_adopt(commands)
    _add_run(commands)
    mark = _add(commands, "mark", _("mark this moment of the running recording"))
    mark.add_argument("--text", default="", help=_("what for (sealed with the recording)"))
    mark.set_defaults(func=_mark)
    _add(commands, "status", _("show what the recorder holds")).set_defaults(func=_status)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("--home", type=Path, required=True, help=_("folder of the recorder"))
    return parser


def _add_adopt(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(
        commands, "adopt", _("make the recorder a bureau's: trust, certificate, entries of the ledger")
    )
    parser.add_argument("--trust", type=Path, required=True, help=_("trust document of the bureau"))
    parser.add_argument("--cert", type=Path, required=True, help=_("certificate for this recorder"))
    parser.add_argument("--roots", type=Path, required=True, help=_("root certificates of the bureau"))
    parser.add_argument(
        "--entries", type=Path, help=_("proved entries of the ledger (not needed to renew a certificate)")
    )
    parser.add_argument("--crl", type=Path, help=_("revocation list of the bureau"))
    parser.set_defaults(func=_adopt)


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(commands, "run", _("power on: record, then dock"))
    parser.add_argument(
        "--source",
        help=_(
            "a file, `test` (a drawn scene), `camera`, an rtsp address, or `none` (in the dock); "
            "else as recorder.toml says"
        ),
    )
    parser.add_argument(
        "--realtime",
        action="store_true",
        help=_("read no faster than it was shot (a scene without --seconds always)"),
    )
    parser.add_argument("--seconds", type=float, help=_("stop after so many seconds of the source"))
    parser.add_argument("--dock", metavar="HOST:PORT", help=_("then serve the station's bay here"))
    parser.add_argument(
        "--erase-now",
        action="store_true",
        help=_("erase a recording as soon as it is cleared, not when space is needed"),
    )
    parser.set_defaults(func=_run)


def _adopt(arguments: argparse.Namespace) -> int:
    from zhilu.recorder.adopt import Papers, adopt
    from zhilu.recorder.home import Home
    from zhilu.recorder.run import open_logbook

    home = Home(arguments.home)
    config = home.config()
    papers = Papers.read(arguments.trust, arguments.cert, arguments.roots, arguments.entries, arguments.crl)
    with home.locked():
        count = adopt(home, open_logbook(home), papers, config.serial, config.counter.kind)
    print(_("adopted; entries taken: {count}").format(count=count))
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from zhilu.recorder.home import Home
    from zhilu.recorder.run import Options, run

    names = ("source", "realtime", "seconds", "dock", "erase_now")
    return run(Home(arguments.home), Options(**{name: getattr(arguments, name) for name in names}))


def _mark(arguments: argparse.Namespace) -> int:
    from zhilu.recorder.home import Home
    from zhilu.recorder.mark_desk import ask

    home = Home(arguments.home)
    home.serial()
    ask(home, arguments.text)
    print(_("marked"))
    return 0


def _status(arguments: argparse.Namespace) -> int:
    from zhilu.recorder.home import Home
    from zhilu.recorder.status import status_lines

    print("\n".join(status_lines(Home(arguments.home))))
    return 0
