"""`logbook.state`: what the recorder knew of its logbook, so that a start need not read a life again.

    state  = JWS LF body
    JWS    = typ zhilu-logbook-state, by the evidence key, over {"size","prefix","body","software"}
    prefix = hex SHA-256 of the logbook's first `size` bytes;  body = that of the JSON after the LF

It is believed only under this recorder's own key, of this release, for a logbook that begins with the very
bytes it was made from; then the lines after `size` are read. Nothing is weakened by it: whoever could sign
another state could as well sign other lines; an old state only means that more is read; one of other bytes,
a damaged or a missing one, that everything is. Readers elsewhere never see it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import zhilu
from zhilu.durable import replace
from zhilu.encoding import sha256
from zhilu.errors import DataError
from zhilu.sealed.keys import Signer, load_jwk
from zhilu.sealed.lines import compact_jws, open_jws
from zhilu.sealed.logbook import LogbookReader
from zhilu.sealed.logbook_state import go_on, state_of
from zhilu.strictjson import dumps, loads_object

TYP = "zhilu-logbook-state"
PIECE = 2**20

Newest = dict[str, dict[str, Any]]


def store(
    path: Path, signer: Signer, logbook: Path, size: int, reader: LogbookReader, newest: Newest
) -> None:
    """After `reader` took the first `size` bytes. Storage that cannot take it loses nothing but time."""
    body = json.dumps({"reader": state_of(reader), "newest": newest}, separators=(",", ":")).encode()
    claims = {"size": size, "prefix": _hash_of(logbook, size), "body": sha256(body).hex()}
    head = compact_jws(signer, TYP, dumps(claims | {"software": zhilu.__version__}))
    with contextlib.suppress(OSError):
        replace(path, head.encode("ascii") + b"\n" + body)


def recall(path: Path, signer: Signer, logbook: Path, reader: LogbookReader) -> tuple[int, Newest]:
    """Bring a new `reader` as far as is remembered; how many bytes of the logbook that is, 0 for none."""
    try:
        head, _lf, body = path.read_bytes().partition(b"\n")
        text = head.decode("ascii")
        claims = loads_object(open_jws(text, TYP, signer.kid, load_jwk(signer.jwk)))
        if claims["software"] != zhilu.__version__ or claims["body"] != sha256(body).hex():
            return 0, {}
        if claims["prefix"] != _hash_of(logbook, claims["size"]):
            return 0, {}
        state = json.loads(body)
        go_on(reader, state["reader"])
        return claims["size"], state["newest"]
    except (OSError, DataError, ValueError, KeyError, TypeError):
        return 0, {}


def _hash_of(path: Path, size: int) -> str:
    """Hex SHA-256 of the first `size` bytes; of fewer, where the file is shorter."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (piece := file.read(min(PIECE, size))):
            digest.update(piece)
            size -= len(piece)
    return digest.hexdigest()
