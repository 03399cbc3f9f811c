"""What of an entry can be made before it has a number and a time: payloads, salts, digests. So it is made
before the ledger's lock is taken, and writers wait for each other the shorter.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from zhilu import strictjson
from zhilu.encoding import as_uuid
from zhilu.errors import CallerError
from zhilu.seen import is_unseen
from zhilu.tlog.proof import SALT_SIZE, payload_digest

# A NUL as JSON writes it: after an even number of backslashes, or it is the text of one.
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True)
class Payload:
    data: bytes
    salt: bytes
    digest: bytes


def make(value: dict[str, Any], longest: int) -> Payload:
    """Within its limits, salted once."""
    data = strictjson.dumps(value)
    check_texts(data)
    if len(data) > longest:
        raise CallerError("payload-size", "An entry's payload has at most {limit} bytes.", limit=longest)
    salt = secrets.token_bytes(SALT_SIZE)
    return Payload(data, salt, payload_digest(salt, data))


def check_texts(data: bytes) -> None:
    """One of the two databases takes no NUL in a text: so neither gets one."""
    if NUL.search(data):
        raise CallerError("payload-nul", "An entry's texts hold no NUL character.")


def check_seen(actor: str, *parts: Any) -> None:
    """A person, or a system with a token, writes nothing that looks empty and is not. What a device says is
    kept as it says it.
    """
    if as_uuid(actor) and _holds_unseen(parts):
        raise CallerError(
            "text-unseen", "In one of the texts nothing can be seen: write it, or leave it empty."
        )


def _holds_unseen(value: Any) -> bool:
    if isinstance(value, str):
        return is_unseen(value)
    if isinstance(value, dict):
        return any(map(_holds_unseen, value.values()))
    return isinstance(value, (list, tuple)) and any(map(_holds_unseen, value))
