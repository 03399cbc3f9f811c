"""`zhilu keyholder pin | init | run`, and for two keyholders `export | hold | city`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zhilu.i18n import _

if TYPE_CHECKING:
    from zhilu.keyholder.config import Config, KeyInToken


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("the bureau key, the viewing room and the first cosigner")
    commands = subparsers.add_parser("keyholder", help=text, description=text).add_subparsers(
        dest="command", metavar=_("COMMAND"), required=True
    )
    _add_pin(commands)
    _add_init(commands)
    _add_run(commands)
    _add_export(commands)
    _add_hold(commands)
    _add_city(commands)


def _add_init(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("make keys and configuration, pin the ledger and the first two security administrators")
    parser = commands.add_parser("init", help=text, description=text)
    parser.add_argument("--home", type=Path, required=True, help=_("new folder of this keyholder"))
    _add_room(parser)
    parser.add_argument("--server-url", required=True, help=_("where to reach the county server"))
    parser.add_argument(
        "--server-authority", required=True, help=_("the county server's own host name and TCP port")
    )
    parser.add_argument("--ciphertext-origin", help=_("origin that browsers fetch ciphertext from"))
    parser.add_argument(
        "--pin", type=Path, required=True, help=_("file with the ledger's key and two registrations")
    )
    parser.add_argument(
        "--escrow-out", type=Path, required=True, help=_("where to write the escrow key; take it offline")
    )
    _add_token(parser)
    parser.set_defaults(func=_init)


def _add_token(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(_("the bureau key in a PKCS#11 token, not in a file"))
    add = group.add_argument
    add("--bureau-key-token", metavar="LABEL", default="", help=_("label of the token"))
    add("--bureau-key-module", metavar="FILE", default="", help=_("its PKCS#11 module, a file ending in .so"))
    add("--bureau-key-pin-file", type=Path, help=_("file of mode 0600 that holds the token's PIN"))
    add(
        "--bureau-key-token-serial", default="", help=_("serial number of the token, where two share a label")
    )
    add("--bureau-key-label", default="zhilu-bureau-key", help=_("name of the key in the token"))


def _in_token(arguments: argparse.Namespace) -> KeyInToken | None:
    """All of it or nothing."""
    from zhilu.errors import CallerError
    from zhilu.keyholder.config import KeyInToken

    got = arguments.bureau_key_token, arguments.bureau_key_module, arguments.bureau_key_pin_file
    if not any((*got, arguments.bureau_key_token_serial)):
        return None
    if not all(got):
        raise CallerError(
            "bureau-key",
            "A bureau key in a token needs --bureau-key-token, --bureau-key-module and"
            " --bureau-key-pin-file.",
        )
    token, module, pin_file = got
    serial, label = arguments.bureau_key_token_serial, arguments.bureau_key_label
    return KeyInToken(module, token, serial, label, pin_file)


def _add_pin(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("before init: take the security keys of the first two security administrators")
    parser = commands.add_parser("pin", help=text, description=text)
    _add_room(parser)
    parser.add_argument(
        "--enrol",
        type=Path,
        required=True,
        help=_("the county server's enrol.json: ledger and administrators"),
    )
    parser.add_argument("--out", type=Path, required=True, help=_("new file for `init --pin`"))
    parser.set_defaults(func=_pin)


def _add_room(parser: argparse.ArgumentParser) -> None:
    """Where the viewing room stands: the same words for `pin` and for `init`."""
    parser.add_argument("--bureau", required=True, help=_("short code of the bureau, such as julu"))
    parser.add_argument("--domain", required=True, help=_("domain under which its names lie"))
    parser.add_argument("--name-zh", default="", help=_("name in Chinese"))
    parser.add_argument("--name-en", default="", help=_("name in English"))
    parser.add_argument("--host", default="127.0.0.1", help=_("address to listen on"))
    parser.add_argument("--tcp-port", type=int, default=8610, help=_("TCP port to listen on"))
    parser.add_argument(
        "--origin", help=_("origin that browsers see, if not the plain one of host name and TCP port")
    )


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("follow and cosign the ledger, serve the viewing room")
    parser = commands.add_parser("run", help=text, description=text)
    parser.add_argument("--home", type=Path, required=True, help=_("folder of this keyholder"))
    parser.add_argument(
        "--user", help=_("user (name or number) to become after the start, where started as root")
    )
    parser.set_defaults(func=_run)


def _add_export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("at a county: write what the city's keyholder needs to hold second shares")
    parser = commands.add_parser("export", help=text, description=text)
    parser.add_argument("--home", type=Path, required=True, help=_("folder of this keyholder"))
    parser.add_argument("-o", "--out", type=Path, required=True, help=_("the file to write, a new one"))
    parser.set_defaults(func=_export)


def _add_hold(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("at the city: hold second shares of a county, and follow its ledger; counts from the next start")
    parser = commands.add_parser("hold", help=text, description=text)
    parser.add_argument("--home", type=Path, required=True, help=_("folder of this keyholder"))
    parser.add_argument(
        "--county", type=Path, required=True, help=_("what `zhilu keyholder export` wrote at the county")
    )
    parser.add_argument(
        "--server-url", help=_("where to reach the county server, if not where its keyholder does")
    )
    parser.set_defaults(func=_hold)


def _add_city(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("at a county: name the city's keyholder, which holds second shares; counts from the next start")
    parser = commands.add_parser("city", help=text, description=text)
    parser.add_argument("--home", type=Path, required=True, help=_("folder of this keyholder"))
    parser.add_argument("--enrol", type=Path, required=True, help=_("the city keyholder's enrol.json"))
    parser.add_argument("--url", required=True, help=_("where to reach the city's keyholder"))
    parser.set_defaults(func=_city)


def _export(arguments: argparse.Namespace) -> int:
    import json

    from zhilu.durable import create
    from zhilu.errors import CallerError
    from zhilu.keyholder import config, held

    said = held.export(config.load(arguments.home))
    try:
        create(arguments.out, json.dumps(said, indent=1).encode())
    except FileExistsError:
        raise CallerError("exists", "{path} exists already.", path=arguments.out) from None
    _tell_numbers(said["ledger"], said["security_administrators"])
    print(_("Written to {path}.").format(path=arguments.out))
    return 0


def _hold(arguments: argparse.Namespace) -> int:
    from zhilu.encoding import b64u
    from zhilu.keyholder import config, held

    county = held.hold(config.load(arguments.home), arguments.county, arguments.server_url)
    pins = [{"registration": b64u(one.registration)} for one in county.pinned]
    _tell_numbers(county.ledger, pins)
    print(
        _("Second shares of {bureau} are held. Compare these lines with the county's.").format(
            bureau=county.bureau
        )
    )
    return 0


def _tell_numbers(ledger: str, pins: list[dict[str, str]]) -> None:
    """What two people compare: both commands print the same lines."""
    from zhilu.encoding import unb64u
    from zhilu.keyholder.pinning import number_of

    print(_("Ledger: {key}").format(key=ledger))
    for pin in pins:
        number = number_of(unb64u(pin["registration"]))
        print(_("Security administrator's key: {number}").format(number=number))


def _city(arguments: argparse.Namespace) -> int:
    from zhilu.keyholder import config, held

    made = held.name_city(config.load(arguments.home), arguments.enrol, arguments.url)
    assert made.city
    print(_("The city's keyholder is at {url}.").format(url=made.city.url))
    return 0


def _init(arguments: argparse.Namespace) -> int:
    from zhilu.keyholder import founding

    config = _config(
        arguments,
        arguments.home,
        arguments.server_url,
        arguments.server_authority,
        arguments.ciphertext_origin,
    )
    config = replace(config, bureau_key=_in_token(arguments))
    founding.init(config, arguments.pin, arguments.escrow_out)
    print(_("Keyholder made in {home}.").format(home=arguments.home))
    print(
        _("The escrow key is in {path}: take it offline, and give it to several persons.").format(
            path=arguments.escrow_out
        )
    )
    return 0


def _pin(arguments: argparse.Namespace) -> int:
    from zhilu.keyholder import pinning

    nowhere = "127.0.0.1:9"  # no server is spoken to yet
    config = _config(arguments, Path(), f"http://{nowhere}", nowhere, None)
    return pinning.main(config, arguments.enrol, arguments.out)


def _config(
    arguments: argparse.Namespace, home: Path, server_url: str, server_authority: str, ciphertext: str | None
) -> Config:
    from zhilu.keyholder.config import Config, check_origin

    host = f"{arguments.bureau}.view.{arguments.domain}"
    origin = arguments.origin or f"http://{host}:{arguments.tcp_port}"
    check_origin(origin, arguments.bureau, arguments.domain)
    return Config(
        home=home,
        bureau=arguments.bureau,
        name={"zh": arguments.name_zh or arguments.bureau, "en": arguments.name_en or arguments.bureau},
        origin=origin,
        rp_id=f"view.{arguments.domain}",
        host=arguments.host,
        tcp_port=arguments.tcp_port,
        ciphertext_origin=ciphertext or f"http://{server_authority}",
        server_url=server_url,
        server_authority=server_authority,
        ledger_vkey="",
        quorum=1,
        cosigners=(),
    )


def _run(arguments: argparse.Namespace) -> int:
    from zhilu.keyholder import run

    return run.main(arguments.home, arguments.user)
