"""A number of an entry as a cursor that only its token can send and nobody can read: AES-256-GCM under a key
of this token's, made of the server's secret. Equal numbers give equal cursors. After the secret was replaced
no cursor counts, and pulling begins anew.
"""

from __future__ import annotations

import hmac
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from zhilu.encoding import b64u, h, unb64u
from zhilu.errors import ZhiluError
from zhilu.server.api.problems import Refused

LABEL = "zhilu/api/cursor/v1"
NONCE, NUMBER, LENGTH = 12, 8, 48


def sealed(token: UUID, number: int) -> str:
    key, data = _key(token), (number + 1).to_bytes(NUMBER, "big")
    # Of the number, so that no nonce comes with two of them.
    nonce = hmac.digest(key, data, "sha256")[:NONCE]
    return b64u(nonce + AESGCM(key).encrypt(nonce, data, None))


def opened(token: UUID, cursor: str) -> int:
    """Refused: 422 `cursor`."""
    try:
        if len(cursor) != LENGTH:
            raise ValueError
        data = unb64u(cursor)
        return int.from_bytes(AESGCM(_key(token)).decrypt(data[:NONCE], data[NONCE:], None), "big") - 1
    except (ZhiluError, InvalidTag, ValueError):
        raise Refused(422, "cursor") from None


def _key(token: UUID) -> bytes:
    return h(LABEL, token.bytes, settings.SECRET_KEY.encode())
