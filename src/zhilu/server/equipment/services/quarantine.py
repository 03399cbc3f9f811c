"""What contradicts what is held: kept as it came, apart, for a person to look at. Outside every
transaction.
"""

from __future__ import annotations

from django.conf import settings

from zhilu.durable import replace
from zhilu.encoding import sha256


def keep(kid: str, line: bytes) -> None:
    """`kid` is a checked kid, so it is a safe name."""
    folder = settings.ZHILU.spool_folder / "quarantine" / kid
    folder.mkdir(parents=True, exist_ok=True)
    replace(folder / f"{sha256(line).hex()}.jws", line + b"\n")
