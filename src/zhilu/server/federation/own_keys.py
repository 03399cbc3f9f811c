"""This server's own keys towards its neighbours: `neighbour.key` signs requests, `mirror.key` cosigns. They
are made by `zhilu server init`.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from zhilu.errors import CallerError, ZhiluError
from zhilu.sealed.keys import SoftSigner, load_private_key
from zhilu.server.config import Config
from zhilu.tlog.cosign import CosignatureSigner


def requests(config: Config) -> SoftSigner:
    try:
        return SoftSigner(load_private_key(config.neighbour_key.read_bytes()))
    except (OSError, ZhiluError):
        raise _unreadable(config.neighbour_key) from None


def cosigner(config: Config) -> CosignatureSigner:
    try:
        key = load_pem_private_key(config.mirror_key.read_bytes(), None)
    except (OSError, ValueError):
        raise _unreadable(config.mirror_key) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _unreadable(config.mirror_key)
    return CosignatureSigner(f"{config.bureau}.{config.domain}/mirror", key)


def _unreadable(path: object) -> CallerError:
    return CallerError("federation-key", "{path} is not a readable key.", path=path)
