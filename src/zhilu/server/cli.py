"""`zhilu server …`: what the county's machine is told. Django is imported only once a command runs."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

from zhilu.i18n import _


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("the server of a bureau: keeps ciphertext, writes the ledger, serves text")
    parser = subparsers.add_parser("server", help=text, description=text)
    commands = parser.add_subparsers(dest="command", metavar=_("COMMAND"), required=True)
    _register_setup(commands)
    _register_daemons(commands)
    _register_ledger(commands)
    _register_keeping(commands)
    _register_oversight(commands)


def _register_setup(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    init = _command(commands, "init", _("Make a new home: keys, database, media store. Once."))
    tiers = ("county", "city")
    init.add_argument("--tier", choices=tiers, default="county", help=_("which tier this server is"))
    init.add_argument("--bureau", required=True, help=_("code of the bureau, a-z 0-9 -"))
    init.add_argument("--domain", required=True, help=_("domain under which the bureaus' hosts stand"))
    init.add_argument("--name-zh", default="", help=_("name of the bureau in Chinese, for the pages"))
    init.add_argument("--name-en", default="", help=_("name of the bureau in English, for the pages"))
    init.add_argument("--root", type=Path, required=True, help=_("certificate of the bureau's root, PEM"))
    init.add_argument("--crl", type=Path, help=_("the root's revocation list, PEM"))
    init.add_argument(
        "--host", default="127.0.0.1", help=_("address to listen on (default: this machine only)")
    )
    init.add_argument("--tcp-port", type=int, default=8600, help=_("TCP port to listen on"))
    init.add_argument("--authority", help=_("host and TCP port by which others name this server"))
    init.add_argument("--keyholder-url", default="", help=_("where to reach the keyholder"))
    init.add_argument(
        "--keyholder-authority", default="", help=_("host and TCP port by which the keyholder is named")
    )
    init.add_argument("--room", default="", help=_("origin of the viewing room as browsers write it"))
    init.add_argument("--database", default="", help=_("postgresql:// URL (default: SQLite in the home)"))
    init.add_argument(
        "--second-factor",
        choices=("required", "optional"),
        default="required",
        help=_("whether every login needs a security key or an app with codes (default: required)"),
    )
    init.add_argument(
        "--administrator",
        action="append",
        default=[],
        metavar=_("ROLE:LOGIN:NAME"),
        help=_("one of the first administrators (system, security, audit); founds the bureau with them"),
    )
    init.add_argument(
        "--passwords-out",
        type=Path,
        help=_("new file for the administrators' one-time passwords (default: they are printed once)"),
    )
    _register_founding(commands)


def _register_founding(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    account = _command(
        commands, "account", _("Make or renew a person's login; the password is read from standard input.")
    )
    account.add_argument(
        "--one-time", action="store_true", help=_("draw the password and print it, instead of reading one")
    )
    account.add_argument(
        "--lasting", action="store_true", help=_("the password need not be changed at the first sign-in")
    )
    account.add_argument(
        "--forget",
        action="store_true",
        help=_("also take away the person's second factors, where app and key are lost"),
    )
    account.add_argument("--person", required=True, help=_("id of the person in the ledger"))
    account.add_argument("--login", required=True, help=_("user name"))

    keyholder = _command(
        commands, "keyholder", _("Enter the keyholder and the first policy into the ledger. Once.")
    )
    keyholder.add_argument("--enrol", type=Path, required=True, help=_("the keyholder's enrol.json"))
    keyholder.add_argument(
        "--officer-check",
        choices=("none", "key", "fprintd", "fprintd+key"),
        default="key",
        help=_("how the officer must at least be checked at a handover (default: key)"),
    )

    _register_neighbours(commands)


def _register_neighbours(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    _add_city_keyholder(commands)
    join = _command(
        commands, "join", _("Enter a neighbour: a county its city, a city a county. Each follows the other.")
    )
    join.add_argument(
        "--neighbour", type=Path, required=True, help=_("what the other's `export neighbour` wrote")
    )
    join.add_argument("--url", required=True, help=_("where to reach it: https://, host, port"))
    _command(
        commands,
        "neighbour-keys",
        _("New keys towards the neighbours, in place of ones that may be known to others."),
        module="neighbour_keys",
    )
    take = _command(
        commands,
        "take-people",
        _("At a city: add a county's people to the own ledger, with their ids."),
        module="take_people",
    )
    take.add_argument("--county", required=True, help=_("code of a county that has joined"))


def _add_city_keyholder(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    city = _command(
        commands,
        "city-keyholder",
        _("Seal recordings in two shares from now on, the second to the city's keyholder."),
        module="city_keyholder",
    )
    city.add_argument("--enrol", type=Path, required=True, help=_("the city keyholder's enrol.json"))
    city.add_argument("--url", required=True, help=_("where to reach the city's keyholder"))
    city.add_argument(
        "--quorum",
        type=int,
        choices=(1, 2),
        default=1,
        help=_("2: no checkpoint, and so no receipt, without both keyholders (default: 1)"),
    )


def _register_daemons(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = _command(
        commands, "run", _("Serve pages, intake and media; hash, sign and publish the ledger beside it.")
    )
    run.add_argument(
        "--no-work", action="store_true", help=_("leave the ledger's pass to `zhilu server work`")
    )
    _command(commands, "work", _("Only the ledger's pass: hash, sign, have cosigned, publish."))


def _register_ledger(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    load = _command(commands, "import", _("Commit events from a JSON file, all or none."), module="load")
    load.add_argument("file", type=Path, help=_("JSON list of events: kind, core, personal"))
    audit = _command(commands, "audit", _("Replay the ledger and compare every evidential table row by row."))
    audit.add_argument(
        "--county",
        metavar=_("CODE"),
        help=_("of this neighbour only: its mirror, then the rows that its own server has"),
    )
    _command(commands, "rebuild", _("Write the evidential tables anew from the ledger."))
    recompute = _command(
        commands, "recompute", _("Count a report of statistics again from the ledgers, and compare.")
    )
    recompute.add_argument("file", type=Path, help=_("the report: JSON"))
    _command(
        commands,
        "check-store",
        _("Compare the media store with the ledger; what is lost is asked for again."),
        module="check_store",
    )
    text = _("Write out what others are set up with.")
    export = commands.add_parser("export", help=text, description=text)
    kinds = export.add_subparsers(dest="what", metavar=_("WHAT"), required=True)
    adopt = _command(kinds, "adopt", _("The proved entries that a new recorder adopts."), module="export")
    adopt.add_argument(
        "--recorder",
        required=True,
        help=_("kid of the recorder; write --recorder=KID, it may begin with a hyphen"),
    )
    adopt.add_argument("--out", type=Path, required=True, help=_("file to write"))
    neighbour = _command(
        kinds, "neighbour", _("What another bureau's server joins this one with."), module="neighbour"
    )
    neighbour.add_argument("--out", type=Path, required=True, help=_("file to write"))
    mirror = _command(
        kinds, "mirror", _("A neighbour's ledger as it is kept here, for its server to be made again.")
    )
    mirror.add_argument("--bureau", required=True, help=_("code of the neighbour"))
    mirror.add_argument("--out", type=Path, required=True, help=_("file to write"))
    tiles = _command(
        kinds,
        "tiles",
        _("Checkpoint and tiles as files, for any web server and any C2SP client; again: what is new."),
        module="tiles",
    )
    tiles.add_argument("--to", type=Path, required=True, help=_("folder to write into"))
    evidence = _command(
        commands, "evidence", _("Write the evidence files of one recording: no keys, no text.")
    )
    evidence.add_argument("--recording", required=True, help=_("id of the recording"))
    evidence.add_argument("--out", type=Path, required=True, help=_("folder to write into"))


def _register_keeping(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    backup = _command(
        commands, "backup", _("Copy this home while the server runs: database, settings, keys.")
    )
    backup.add_argument(
        "--to", type=Path, required=True, help=_("folder of the backups; each gets its own in it")
    )
    backup.add_argument(
        "--media", action="store_true", help=_("also the sealed recordings, those that are new")
    )
    backup.add_argument(
        "--verify",
        action="store_true",
        help=_("read every sealed recording, and compare it with its journal"),
    )
    backup.add_argument("--keep", type=int, help=_("how many backups to keep (default: all)"))
    restore = _command(commands, "restore", _("Make a home of a backup, where nothing is yet."))
    source = restore.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--from", dest="source", type=Path, help=_("one backup: the folder with manifest.json")
    )
    source.add_argument(
        "--from-mirror", dest="mirror", type=Path, help=_("what a neighbour's `export mirror` wrote")
    )
    restore.add_argument(
        "--keys",
        type=Path,
        help=_("with --from-mirror: the folder with server.toml and the keys: the old home, or any backup"),
    )
    restore.add_argument(
        "--database",
        help=_("postgresql:// URL of an empty database (default: the one that the backup names)"),
    )
    restore.add_argument(
        "--verify",
        action="store_true",
        help=_("read every sealed recording, and compare it with its journal"),
    )
    _command(commands, "upgrade", _("Bring the database to this release; nothing may run meanwhile."))


def _register_oversight(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("Findings of facts in CSV files; needs no home and writes nothing.")
    evaluate = commands.add_parser("evaluate", help=text, description=text)
    evaluate.add_argument(
        "--from", dest="source", type=Path, required=True, help=_("folder of the files: tasks.csv …")
    )
    evaluate.add_argument(
        "--labels", type=Path, help=_("what is wrong: rule, subject; says how much of it was found")
    )
    evaluate.add_argument(
        "--matches", action="store_true", help=_("instead: which act is which task's, and why")
    )
    evaluate.set_defaults(func=_runner("evaluate"))
    mail = _command(commands, "mail", _("Send one mail, to see whether e-mail goes out."))
    mail.add_argument("--to", required=True, help=_("address that gets it"))


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, module: str = ""
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("--home", type=Path, required=True, help=_("folder of this server"))
    parser.set_defaults(func=_runner(module or name))
    return parser


def _runner(module: str) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        return int(importlib.import_module(f"zhilu.server.commands.{module}").run(arguments) or 0)

    return run
