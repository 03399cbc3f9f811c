"""What contradicts what is held: kept as it came, apart, for a person to look at. Outside every
transaction.

A device that tells two lives could tell a thousand: of each so much is kept, the first that came.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from zhilu.durable import replace
from zhilu.encoding import sha256

MOST_BYTES = 64 << 20


def keep(kid: str, lines: Iterable[bytes]) -> bool:
    """Lines without their LF, as one file; False where there is no room for it. `kid` is a checked kid, so it
    is a safe name."""
    folder = settings.ZHILU.spool_folder / "quarantine" / kid
    folder.mkdir(parents=True, exist_ok=True)
    body = b"".join(line + b"\n" for line in lines)
    path = folder / f"{sha256(body).hex()}.jws"
    if path.exists():
        return True
    if sum(file.stat().st_size for file in folder.glob("*.jws")) + len(body) > MOST_BYTES:
        return False
    replace(path, body)
    return True
