"""`zhilu pki init | issue | revoke | trust`: the bureau's certificates and trust document."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from zhilu.errors import WorldError
from zhilu.i18n import _

_ROLES = ("recorder", "station", "server", "keyholder")
_REASONS = ("lost", "stolen", "key-compromise", "retired", "superseded")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("the bureau's certificates and trust document")
    commands = subparsers.add_parser("pki", help=text, description=text).add_subparsers(
        dest="command", metavar=_("COMMAND"), required=True
    )
    _add_init(commands)
    _add_issue(commands)
    _add_revoke(commands)
    _add_trust(commands)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("--dir", type=Path, required=True, help=_("folder of the authority"))
    return parser


def _add_init(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(commands, "init", _("make a bureau's root key and certificate"))
    parser.add_argument("--bureau", required=True, help=_("short code of the bureau, such as julu"))
    parser.add_argument("--domain", required=True, help=_("domain under which its names lie"))
    parser.add_argument("--name-zh", required=True, help=_("name in Chinese"))
    parser.add_argument("--name-en", default="", help=_("name in English"))
    parser.set_defaults(func=_init)


def _add_issue(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(commands, "issue", _("issue a certificate for one role"))
    parser.add_argument(
        "--role", required=True, choices=_ROLES, help=_("what the certificate may be used as")
    )
    parser.add_argument("--csr", type=Path, required=True, help=_("certificate request (PEM)"))
    parser.add_argument("--out", type=Path, required=True, help=_("where to write the certificate"))
    parser.set_defaults(func=_issue)


def _add_revoke(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(commands, "revoke", _("revoke every certificate of a key"))
    parser.add_argument(
        "--kid",
        required=True,
        help=_("thumbprint of the evidence key; write --kid=KID, it may begin with a hyphen"),
    )
    parser.add_argument("--reason", default="retired", choices=_REASONS, help=_("why"))
    parser.set_defaults(func=_revoke)


def _add_trust(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(commands, "trust", _("write the trust document and print its SHA-256"))
    parser.add_argument("--ledger", required=True, metavar="VKEY", help=_("the ledger's public key"))
    parser.add_argument(
        "--cosigner", action="append", default=[], metavar="VKEY", help=_("a cosigner's public key")
    )
    parser.add_argument("--quorum", type=int, default=1, help=_("cosignatures demanded (default: 1)"))
    parser.add_argument("--out", type=Path, required=True, help=_("where to write the trust document"))
    parser.set_defaults(func=_trust)


def _init(arguments: argparse.Namespace) -> int:
    from zhilu.pki.authority import Authority

    authority = Authority.create(
        arguments.dir,
        bureau=arguments.bureau,
        domain=arguments.domain,
        name_zh=arguments.name_zh,
        name_en=arguments.name_en or arguments.bureau,
        now=datetime.now(UTC),
    )
    print(_("root certificate: {path}").format(path=authority.folder / "root.pem"))
    return 0


def _issue(arguments: argparse.Namespace) -> int:
    from zhilu.durable import replace
    from zhilu.pki.authority import PUBLIC, Authority

    try:
        csr = arguments.csr.read_bytes()
    except OSError as error:
        raise WorldError("csr", "The certificate request cannot be read: {detail}", detail=error) from None
    certificate = Authority.open(arguments.dir).issue(csr, arguments.role, datetime.now(UTC))
    replace(arguments.out, certificate, PUBLIC)
    return 0


def _revoke(arguments: argparse.Namespace) -> int:
    from zhilu.pki.authority import Authority

    count = Authority.open(arguments.dir).revoke(arguments.kid, arguments.reason, datetime.now(UTC))
    print(_("certificates revoked: {count}").format(count=count))
    return 0


def _trust(arguments: argparse.Namespace) -> int:
    from zhilu.durable import replace
    from zhilu.encoding import sha256
    from zhilu.pki.authority import PUBLIC, Authority
    from zhilu.pki.trust import compose

    authority = Authority.open(arguments.dir)
    document = compose(authority, arguments.ledger, arguments.cosigner, arguments.quorum, datetime.now(UTC))
    replace(arguments.out, document, PUBLIC)
    print(sha256(document).hex())
    return 0
