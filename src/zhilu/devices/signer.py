"""The recorder's evidence key in a file. A token or a TPM offers the same `Signer` (zhilu.sealed.keys)."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from zhilu.durable import replace
from zhilu.errors import CallerError, WorldError
from zhilu.pki.certificates import key_pem
from zhilu.sealed.keys import SoftSigner, load_private_key


def create_key(path: Path) -> SoftSigner:
    """A new P-256 key, mode 0600; an existing file is never overwritten."""
    if path.exists():
        raise CallerError("exists", "The key {path} exists already.", path=path)
    key = ec.generate_private_key(ec.SECP256R1())
    replace(path, key_pem(key), 0o600)
    return SoftSigner(key)


def load_key(path: Path) -> SoftSigner:
    """Refuses a file that others can read or change (`key-mode`)."""
    try:
        facts = path.stat()
        pem = path.read_bytes()
    except OSError as error:
        raise WorldError("key-file", "The key cannot be read: {reason}", reason=error) from None
    if facts.st_mode & 0o077 or facts.st_uid != os.geteuid():
        raise CallerError("key-mode", "The key {path} must belong to this user with mode 0600.", path=path)
    return SoftSigner(load_private_key(pem))
