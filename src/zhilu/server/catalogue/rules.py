"""Rules about the catalogue of procedures (pure).

- 66 inventoried ⊃ 45 selected ⊃ 32 priority in the first bureau's catalogue: numbers of data, not of this
  code.
- A version lists every procedure; one that is no longer listed stays known under its old version, for acts
  made then.
- Class names are data: a class is any code that the version names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhilu.errors import DataError
from zhilu.strictjson import fields

TIERS = ("inventoried", "selected", "priority")
_SHAPE: dict[str, type | tuple[type, ...]] = {
    "code": str, "class": str, "tier": str, "min_officers": int, "department": str, "group": str,
    "name": str, "start": str, "content": str, "end": str,
}  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """One procedure of a version."""

    code: str
    class_code: str
    tier: str
    min_officers: int
    department: str
    group: str
    name: str
    start: str
    content: str
    end: str


def read_procedures(classes: Mapping[str, Any], rows: Sequence[Any]) -> list[Listed]:
    """The procedures of a version; DataError `catalogue` names the first that cannot stand."""
    listed = [_read(row, classes) for row in rows]
    if not listed or len({one.code for one in listed}) != len(listed):
        raise DataError("catalogue", "A catalogue lists each procedure once, and at least one.")
    return listed


def _read(row: Any, classes: Mapping[str, Any]) -> Listed:
    got = fields(row, _SHAPE)
    if got["class"] not in classes or got["tier"] not in TIERS or not 1 <= got["min_officers"] <= 9:
        raise DataError(
            "catalogue",
            "The procedure {procedure} has no possible class, tier or number of officers.",
            procedure=got["code"],
        )
    return Listed(**{("class_code" if name == "class" else name): value for name, value in got.items()})
