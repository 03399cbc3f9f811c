"""Rules about the catalogue of procedures (pure; spec/registers.md §2).

- 66 inventoried ⊃ 45 selected ⊃ 32 priority in the first bureau's catalogue: numbers of data, not of this
  code. A tier demands its own procedures and those of the stricter tiers.
- A version lists every procedure and replaces the one before from its day. All versions are kept: an act
  keeps the one that it was filed under. So no version but the first begins before the day of its entry: acts
  of days gone by stand under what was in force then.
- A new version is the newest with changes; procedures are listed by code.
- Class names are data: a class is any code that the version names. So are the scripts to be spoken.
- `marks`: how many key moments an act of it has at least, which its officer marks on the recorder.
- Retention is `days-N` (180 at least), `years-N`, `case` (as long as the case file) or `permanent`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from zhilu.errors import DataError
from zhilu.seen import seen
from zhilu.strictjson import fields

TIERS = ("inventoried", "selected", "priority")
"""From the widest to the narrowest."""
DECISIONS = ("adopted", "declined")
UNENDING = ("case", "permanent")
"""Kept until somebody says otherwise, the shorter first."""
_QUARTERS_OF_YEAR = 4 * 365 + 1
"""Of a day, in a year."""
LEAST_DAYS, MOST_DAYS, MOST_YEARS = 180, 36_500, 100
LONGEST_REASON = 500
LONGEST_TEXT = 500
MOST_OFFICERS, MOST_MARKS = 9, 20
LONGEST_CODE = 16
LONGEST_REGULATION = 20_000
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,15}\Z")
_RETENTION = re.compile(r"(?:(days|years)-([1-9][0-9]{0,4})|case|permanent)\Z")
_SHAPE: dict[str, type | tuple[type, ...]] = {
    "code": str, "class": str, "tier": str, "min_officers": int, "marks": int, "department": str,
    "group": str, "name": str, "start": str, "content": str, "end": str, "retention": str,
    "script": (str, type(None)),
}  # fmt: skip
FIELDS = tuple(_SHAPE)


@dataclass(frozen=True)
class Listed:
    """One procedure of a version."""

    code: str
    class_code: str
    tier: str
    min_officers: int
    marks: int
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
    check_texts(classes)
    check_texts(scripts)
    listed = [read_procedure(row, classes, scripts) for row in rows]
    if not listed or len({one.code for one in listed}) != len(listed):
        raise DataError("catalogue", "A catalogue lists each procedure once, and at least one.")
    return listed


def is_code(text: str) -> bool:
    """Of a procedure, a class, a script: as an act, a filter, an address can carry it."""
    return CODE.match(text) is not None


def check_texts(texts: Mapping[str, Any]) -> None:
    """Of classes or scripts."""
    if not all(map(is_code, texts)) or not all(
        isinstance(text, str) and text.strip() and len(text) <= LONGEST_TEXT for text in texts.values()
    ):
        raise DataError(
            "catalogue-text",
            "Each class and each script has a code of letters and digits and a text of at most "
            "500 characters.",
        )


def read_procedure(row: Any, classes: Mapping[str, Any], scripts: Mapping[str, Any]) -> Listed:
    got = fields(row, _SHAPE)
    texts = [value for value in got.values() if isinstance(value, str)]
    if (
        got["class"] not in classes
        or got["tier"] not in TIERS
        or not 1 <= got["min_officers"] <= MOST_OFFICERS
        or not 0 <= got["marks"] <= MOST_MARKS
        or not is_retention(got["retention"])
        or (got["script"] is not None and got["script"] not in scripts)
        or not is_code(got["code"])
        or not got["name"].strip()
        or max(map(len, texts)) > LONGEST_TEXT
    ):
        raise DataError(
            "catalogue",
            "The procedure {procedure} has no possible code, name, class, tier, number of officers, "
            "number of marks, retention or script.",
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


def kept_longer(text: str) -> tuple[int, int]:
    """By which retentions are ordered: days and years by their length, then the case file, then for ever."""
    unit, _dash, number = text.partition("-")
    if unit in UNENDING:
        return UNENDING.index(unit) + 1, 0
    return 0, int(number) * (4 if unit == "days" else _QUARTERS_OF_YEAR)


@dataclass(frozen=True)
class Line:
    """Of the rollout plan. `place`: bureau and department; `until`: the first day that no longer counts."""

    place: tuple[str, str]
    tier: str
    since: date
    until: date | None


def check_line(before: Line | None, line: Line, today: date) -> None:
    """What a line demanded on days gone by stays: nobody makes due or undue afterwards what was done."""
    if line.until and line.until <= line.since:
        raise DataError("rollout-until", "A period ends after it begins.")
    if before is None or _demanded(before, today) == _demanded(line, today):
        return
    raise DataError("rollout-past", "What this line demanded on days gone by stays: end it, and add another.")


def _demanded(line: Line, today: date) -> tuple[Any, ...]:
    """What it says of the days before today; nothing where it begins later."""
    if line.since >= today:
        return ()
    return line.place, line.tier, line.since, min(line.until or today, today)


def check_version(version: int, since: date, newest: int, newest_since: date | None, today: date) -> None:
    """`newest_since`: when the version before begins, None where there is none."""
    if version != newest + 1:
        raise DataError(
            "catalogue-version",
            "The next catalogue has version {wanted}: somebody was quicker, look at the differences again.",
            wanted=newest + 1,
        )
    if newest_since is not None and since < max(newest_since, today):
        raise DataError(
            "catalogue-since",
            "A version begins neither before today nor before the one before it: {since} at the earliest.",
            since=max(newest_since, today),
        )


def demands(tier: str, listed: str) -> bool:
    """Whether a procedure listed in one tier must be recorded where `tier` is demanded."""
    return TIERS.index(listed) >= TIERS.index(tier)


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    """field → (was, is) of one procedure between two versions; None where it was or is not listed."""
    names = FIELDS if before or after else ()
    pairs = {name: ((before or {}).get(name), (after or {}).get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def check_proposal(fields_: Mapping[str, Any], is_new: bool) -> None:
    """A proposal names fields of a procedure; whether they can stand, the new version decides."""
    if (
        not fields_
        or (is_new and "name" not in fields_)
        or not all(
            name in _SHAPE and _is_value(value) and len(str(value)) <= LONGEST_TEXT
            for name, value in fields_.items()
        )
    ):
        raise DataError(
            "proposal-fields",
            "A proposal names what should be otherwise, in the catalogue's own fields; a new procedure has a "
            "name.",
        )


def _is_value(value: object) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)


def check_decision(decision: str, version: int | None, proposed: int, carried_out: int | None) -> None:
    """`proposed`, `carried_out`: the entries of the proposal and of the version; None where there is none."""
    if decision not in DECISIONS or (decision == "adopted") != (version is not None):
        raise DataError("proposal", "An adopted proposal names the version that carries it out.")
    if version is not None and (carried_out is None or carried_out < proposed):
        raise DataError("proposal", "The version that carries a proposal out is newer than the proposal.")


def check_regulation(version: int, since: date, text: str, newest: int, newest_since: date | None) -> None:
    if version != newest + 1:
        raise DataError(
            "regulation-version",
            "The next version is {wanted}: somebody was quicker, read it first.",
            wanted=newest + 1,
        )
    check_text(text)
    if newest_since is not None and since < newest_since:
        raise DataError(
            "regulation-since",
            "A version begins no earlier than the one before: {since}.",
            since=newest_since,
        )


def same_title(title: str) -> str:
    """What two titles have in common that a reader takes for the same: nothing unseen, NFKC, blanks
    together.
    """
    return " ".join(unicodedata.normalize("NFKC", seen(title)).split())


def check_title(title: str, newest: str, others: Iterable[str]) -> None:
    """`newest`: the text's own so far, empty before its first version; `others`: those of all other texts."""
    mine = same_title(title)
    if mine != same_title(newest) and mine in map(same_title, others):
        raise DataError(
            "regulation-known",
            "There are rules of this title already: issue their next version, or choose another title.",
        )


def check_text(text: str) -> None:
    if not text.strip() or len(text) > LONGEST_REGULATION:
        raise DataError("regulation-text", "The text has 1 to {limit} characters.", limit=LONGEST_REGULATION)
