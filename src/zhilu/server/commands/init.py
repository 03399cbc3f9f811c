"""`zhilu server init`: a new home, whole or not at all. It is made beside its place and moved there at the
end.
"""

from __future__ import annotations

import argparse
import json
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_p256
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhilu.durable import create, new_folder
from zhilu.errors import CallerError
from zhilu.i18n import _
from zhilu.pki.certificates import key_pem
from zhilu.sealed.keys import load_private_key, public_jwk
from zhilu.server import config
from zhilu.server.commands import boot, founders
from zhilu.server.commands.founders import Founder
from zhilu.store.posix import PosixStore


def run(arguments: argparse.Namespace) -> None:
    home: Path = arguments.home
    administrators = founders.parse(arguments.administrator)
    out: Path | None = arguments.passwords_out
    told = ""
    try:
        with new_folder(home) as making:
            root = _read_root(arguments.root)
            _fill(making, arguments, root)
            if administrators:
                told = _found(making, root, administrators, out)
    except BaseException:
        if out and told:
            out.unlink(missing_ok=True)
        raise
    print(_("The server's home is ready: {home}").format(home=home))
    if administrators and not out:
        print(_("One-time passwords, shown this once and good for 7 days (role, login, name, password):"))
        print(told, end="")


def _found(home: Path, root: bytes, administrators: list[Founder], out: Path | None) -> str:
    """What each of them is handed. Where it goes to a file, that file is there before the first entry is."""
    passwords = founders.draw(administrators)
    told = founders.lines(administrators, passwords)
    if out:
        founders.write_out(out, told)
    try:
        founders.found(config.load(home), root, administrators, passwords)
        _write_enrolment(home, administrators)
    except BaseException:
        if out:
            out.unlink(missing_ok=True)
        raise
    finally:
        boot.close()
    return told


def _read_root(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        x509.load_pem_x509_certificate(data)
    except (OSError, ValueError):
        raise CallerError("root", "{path} is not a readable certificate.", path=path) from None
    return data


def _fill(home: Path, arguments: argparse.Namespace, root: bytes) -> None:
    (home / config.FILE_NAME).write_text(_toml(arguments), encoding="utf-8")
    config.load(home)  # what was asked for is checked before keys are made
    (home / "root.pem").write_bytes(root)
    if arguments.crl:
        (home / "crl.pem").write_bytes(arguments.crl.read_bytes())
    create(home / "ledger.key", key_pem(Ed25519PrivateKey.generate()))
    create(home / "text.key", key_pem(new_p256(SECP256R1())))
    create(home / "neighbour.key", key_pem(new_p256(SECP256R1())))
    create(home / "mirror.key", key_pem(Ed25519PrivateKey.generate()))
    create(home / "secret.key", secrets.token_urlsafe(48).encode())
    PosixStore.create(home / "store")
    (home / "spool").mkdir()
    boot.make_tables(home)
    boot.close()
    _write_enrolment(home)


def _toml(arguments: argparse.Namespace) -> str:
    authority = arguments.authority or f"{arguments.bureau}.{arguments.domain}:{arguments.tcp_port}"
    lines = [
        f"tier = {json.dumps(arguments.tier)}",
        f"bureau = {json.dumps(arguments.bureau)}",
        f"domain = {json.dumps(arguments.domain)}",
        f"name_zh = {json.dumps(arguments.name_zh, ensure_ascii=False)}",
        f"name_en = {json.dumps(arguments.name_en, ensure_ascii=False)}",
        "",
        "[web]",
        f"host = {json.dumps(arguments.host)}",
        f"tcp_port = {arguments.tcp_port}",
        f"authority = {json.dumps(authority)}",
        "",
        "[database]",
        f"url = {json.dumps(arguments.database)}",
        "",
        "[store]",
        'kind = "posix"',
        "",
        "[login]",
        f"second_factor = {json.dumps(arguments.second_factor)}",
    ]
    if arguments.keyholder_url:
        scheme = arguments.keyholder_url.partition("://")[0]
        room = arguments.room or f"{scheme}://{arguments.keyholder_authority}"
        lines += [
            "",
            "[keyholder]",
            f"url = {json.dumps(arguments.keyholder_url.rstrip('/'))}",
            f"authority = {json.dumps(arguments.keyholder_authority)}",
            f"room = {json.dumps(room)}",
        ]
    return "\n".join(lines) + "\n"


def _write_enrolment(home: Path, administrators: Sequence[Founder] = ()) -> None:
    """What the keyholder, the trust document and the founding entries are made with: public parts only."""
    from zhilu.server.ledger.services.publish import load_signer

    found = config.load(home)
    text_key = load_private_key(found.text_key.read_bytes()).public_key()
    enrolment = {
        "ledger": load_signer(found).vkey,
        "text_key": public_jwk(text_key),
        "origin": found.origin,
        "authority": found.authority,
        "administrators": [vars(one) for one in administrators],
    }
    (home / "enrol.json").write_text(json.dumps(enrolment, ensure_ascii=False, indent=1) + "\n")
