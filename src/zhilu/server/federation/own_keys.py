"""This server's own keys towards its neighbours: `neighbour.key` signs requests, `mirror.key` cosigns. They
are made by `zhilu server init`, and anew by `zhilu server neighbour-keys`.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from zhilu.errors import CallerError, ZhiluError
from zhilu.sealed.keys import SoftSigner, load_private_key
from zhilu.server.config import Config
from zhilu.tlog.cosign import CosignatureSigner


def requests(config: Config) -> SoftSigner:
    return requests_of(config.neighbour_key)


def cosigner(config: Config) -> CosignatureSigner:
    return cosigner_of(config, config.mirror_key)


def requests_of(path: Path) -> SoftSigner:
    try:
        return SoftSigner(load_private_key(path.read_bytes()))
    except (OSError, ZhiluError):
        raise _unreadable(path) from None


def cosigner_of(config: Config, path: Path) -> CosignatureSigner:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError):
        raise _unreadable(path) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _unreadable(path)
    return CosignatureSigner(f"{config.bureau}.{config.domain}/mirror", key)


def _unreadable(path: object) -> CallerError:
    return CallerError("federation-key", "{path} is not a readable key.", path=path)
