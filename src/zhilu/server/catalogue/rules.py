"""Rules about the catalogue of procedures (pure; spec/registers.md §2).

- 66 inventoried ⊃ 45 selected ⊃ 32 priority in the first bureau's catalogue: numbers of data, not of this
  code. A tier demands its own procedures and those of the stricter tiers.
- A version lists every procedure and replaces the one before from its day. All versions are kept: an act
  keeps the one that it was filed under.
- Class names are data: a class is any code that the version names. So are the scripts to be spoken.
- Retention is `days-N` (180 at least), `years-N`, `case` (as long as the case file) or `permanent`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from zhilu.errors import DataError
from zhilu.strictjson import fields

TIERS = ("inventoried", "selected", "priority")
"""From the widest to the narrowest."""
DECISIONS = ("adopted", "declined")
LEAST_DAYS, MOST_DAYS, MOST_YEARS = 180, 36_500, 100
LONGEST_TEXT = 500
LONGEST_CODE = 16
LONGEST_REGULATION = 20_000
_RETENTION = re.compile(r"(?:(days|years)-([1-9][0-9]{0,4})|case|permanent)\Z")
_SHAPE: dict[str, type | tuple[type, ...]] = {
    "code": str, "class": str, "tier": str, "min_officers": int, "department": str, "group": str,
    "name": str, "start": str, "content": str, "end": str, "retention": str, "script": (str, type(None)),
}  # fmt: skip
FIELDS = tuple(_SHAPE)


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
    retention: str
    script: str | None

    def to_json(self) -> dict[str, Any]:
        return {("class" if name == "class_code" else name): value for name, value in asdict(self).items()}


def read_procedures(
    classes: Mapping[str, Any], scripts: Mapping[str, Any], rows: Sequence[Any]
) -> list[Listed]:
    """The procedures of a version; DataError `catalogue` names the first that cannot stand."""
    _check_texts(classes)
    _check_texts(scripts)
    listed = [read_procedure(row, classes, scripts) for row in rows]
    if not listed or len({one.code for one in listed}) != len(listed):
        raise DataError("catalogue", "A catalogue lists each procedure once, and at least one.")
    return listed


def _check_texts(texts: Mapping[str, Any]) -> None:
    if not all(isinstance(text, str) and 0 < len(text) <= LONGEST_TEXT for text in texts.values()):
        raise DataError("catalogue", "Each class and each script has a text of at most 500 characters.")


def read_procedure(row: Any, classes: Mapping[str, Any], scripts: Mapping[str, Any]) -> Listed:
    got = fields(row, _SHAPE)
    texts = [value for value in got.values() if isinstance(value, str)]
    if (
        got["class"] not in classes
        or got["tier"] not in TIERS
        or not 1 <= got["min_officers"] <= 9
        or not is_retention(got["retention"])
        or (got["script"] is not None and got["script"] not in scripts)
        or not got["code"].strip()
        or len(got["code"]) > LONGEST_CODE
        or not got["name"].strip()
        or max(map(len, texts)) > LONGEST_TEXT
    ):
        raise DataError(
            "catalogue",
            "The procedure {procedure} has no possible class, tier, number of officers, retention or script.",
            procedure=got["code"][:LONGEST_CODE],
        )
    return Listed(**{("class_code" if name == "class" else name): value for name, value in got.items()})


def is_retention(text: str) -> bool:
    found = _RETENTION.match(text)
    if found is None:
        return False
    unit, number = found.groups()
    if unit is None:
        return True
    return LEAST_DAYS <= int(number) <= MOST_DAYS if unit == "days" else int(number) <= MOST_YEARS


def check_version(version: int, since: date, newest: int, newest_since: date | None) -> None:
    """`newest_since`: when the version before begins, None where there is none."""
    if version != newest + 1:
        raise DataError("catalogue", "The next catalogue has version {wanted}.", wanted=newest + 1)
    if newest_since is not None and since < newest_since:
        raise DataError(
            "catalogue", "A version begins no earlier than the one before: {since}.", since=newest_since
        )


def demanded(tier: str, rows: Iterable[Listed]) -> list[Listed]:
    """The procedures that must be recorded where `tier` is demanded."""
    return [row for row in rows if TIERS.index(row.tier) >= TIERS.index(tier)]


def widest(tiers: Iterable[str]) -> str | None:
    """Of several demands the one that asks for most."""
    return min(tiers, key=TIERS.index, default=None)


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    """field → (was, is) of one procedure between two versions; None where it was or is not listed."""
    names = FIELDS if before or after else ()
    pairs = {name: ((before or {}).get(name), (after or {}).get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def check_proposal(fields_: Mapping[str, Any]) -> None:
    """A proposal names fields of a procedure; whether they can stand, the new version decides."""
    if not fields_ or not all(
        name in _SHAPE and isinstance(value, (str, int)) and len(str(value)) <= LONGEST_TEXT
        for name, value in fields_.items()
    ):
        raise DataError(
            "proposal", "A proposal names what should be otherwise, in the catalogue's own fields."
        )
