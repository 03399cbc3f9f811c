"""`zhilu verify`, `zhilu verify-draw`, `zhilu unseal`, `zhilu verifier-page`, `zhilu recipient-key` and
`zhilu open-copy`.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from zhilu.i18n import _

if TYPE_CHECKING:
    from zhilu.sealed.logbook import Head


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    _add_verify(subparsers)
    _add_verify_draw(subparsers)
    _add_unseal(subparsers)
    _add_page(subparsers)
    _add_recipient_key(subparsers)
    _add_open_copy(subparsers)


def _add_verify(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("check a recording or a logbook, offline; no key is needed")
    parser = subparsers.add_parser(
        "verify",
        help=text,
        description=text,
        epilog=_("Exit code: 0 sound and anchored, 1 a defect or not anchored, 2 unreadable."),
    )
    parser.add_argument(
        "path",
        type=Path,
        metavar="PATH",
        help=_("folder of a recording, logbook.jws, or a recorder's whole store"),
    )
    parser.add_argument(
        "--since-head",
        type=_head,
        metavar="N:HEX",
        help=_("number and hash of a logbook's line that was seen before: it must still be there"),
    )
    parser.add_argument("--trust", type=Path, help=_("the trust document, obtained from outside the bureau"))
    parser.add_argument("--json", action="store_true", help=_("print the report as one JSON object"))
    parser.set_defaults(func=_verify)


def _add_verify_draw(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("repeat a random draw of recordings from its file, offline")
    parser = subparsers.add_parser(
        "verify-draw",
        help=text,
        description=text,
        epilog=_("Exit code: 0 sound and anchored, 1 a defect or not anchored, 2 unreadable."),
    )
    parser.add_argument(
        "path", type=Path, metavar="FILE", help=_("the draw's file, as its page hands it out")
    )
    parser.add_argument("--trust", type=Path, help=_("the trust document, obtained from outside the bureau"))
    parser.add_argument("--json", action="store_true", help=_("print the report as one JSON object"))
    parser.set_defaults(func=_verify_draw)


def _add_unseal(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("open a recording with an escrow or bureau key")
    parser = subparsers.add_parser("unseal", help=text, description=text)
    parser.add_argument("path", type=Path, metavar="PATH", help=_("folder of a recording"))
    parser.add_argument(
        "--key",
        type=Path,
        required=True,
        action="append",
        help=_("private key (PEM); once for each share that the policy demands"),
    )
    parser.add_argument("-o", "--out", type=Path, required=True, help=_("the video to write, a new file"))
    parser.set_defaults(func=_unseal)


def _add_page(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("write the verifier as one web page that works from disk, without any network")
    parser = subparsers.add_parser("verifier-page", help=text, description=text)
    parser.add_argument("out", type=Path, metavar="OUT.html", help=_("the page to write, a new file"))
    parser.set_defaults(func=_page)


def _add_recipient_key(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("make the key pair to which a bureau seals copies for you")
    parser = subparsers.add_parser("recipient-key", help=text, description=text)
    parser.add_argument(
        "-o", "--out", type=Path, required=True, help=_("the private key to write, a new file; keep it")
    )
    parser.set_defaults(func=_recipient_key)


def _add_open_copy(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = _("open the sealed package of a copy with the recipient's key")
    parser = subparsers.add_parser("open-copy", help=text, description=text)
    parser.add_argument("path", type=Path, metavar="FILE", help=_("the sealed package"))
    parser.add_argument("--key", type=Path, required=True, help=_("the recipient's private key (PEM)"))
    parser.add_argument("-o", "--out", type=Path, required=True, help=_("the folder to make"))
    parser.set_defaults(func=_open_copy)


def _recipient_key(arguments: argparse.Namespace) -> int:
    from zhilu.verify.copies import make_key

    public = make_key(arguments.out)
    print(_("Give the bureau this public key:"))
    print(public.text)
    print(_("Tell them by another way the number to compare: {number}").format(number=public.number))
    return 0


def _open_copy(arguments: argparse.Namespace) -> int:
    from zhilu.sealed.copies import FILM
    from zhilu.verify.copies import open_copy

    opened = open_copy(arguments.path, arguments.key, arguments.out)
    body = opened.head.body
    print(_("A copy of recording {recording}, made under viewing {viewing}").format(**body))
    print(
        _("The ledger's entry copy-made/1 must say: sha256 {sha256}, length {length}").format(
            sha256=opened.sha256, length=opened.length
        )
    )
    if opened.film:
        print(_("{name} carries a watermark and is no evidence.").format(name=FILM))
    print(_("Check it: zhilu verify {folder} --trust TRUST").format(folder=arguments.out))
    return 0


def _page(arguments: argparse.Namespace) -> int:
    from zhilu.verify.page import write_page

    print(f"SHA-256 {write_page(arguments.out)}  {arguments.out}")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from zhilu.verify.check import check

    return check(arguments.path, arguments.trust, as_json=arguments.json, head=arguments.since_head)


def _verify_draw(arguments: argparse.Namespace) -> int:
    from zhilu.verify.draws import check

    return check(arguments.path, arguments.trust, as_json=arguments.json)


def _head(text: str) -> Head:
    from zhilu.encoding import hex32
    from zhilu.errors import DataError
    from zhilu.sealed.logbook import Head

    n, _colon, digest = text.partition(":")
    try:
        if n.isascii() and n.isdigit() and len(n) < 16:
            return Head(int(n), hex32(digest))
    except DataError:
        pass
    raise argparse.ArgumentTypeError(_("N:HEX, a number and 64 hexadecimal digits"))


def _unseal(arguments: argparse.Namespace) -> int:
    from zhilu.verify.unseal import unseal

    # A request to end is an ordinary end: what is half written is taken away.
    before = signal.signal(signal.SIGTERM, lambda *_args: sys.exit(128 + signal.SIGTERM))
    try:
        done = unseal(arguments.path, arguments.key, arguments.out)
    finally:
        signal.signal(signal.SIGTERM, before)
    print(
        _("{segments} segments, {length} bytes: {path}").format(
            segments=done.segments, length=done.length, path=arguments.out
        )
    )
    if not done.closed:
        print(
            _("The journal has no end: a power cut, or cut later. `zhilu verify` tells which."),
            file=sys.stderr,
        )
    return 0
