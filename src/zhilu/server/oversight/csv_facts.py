"""Facts from CSV files (pure; docs/operate/evaluate.md): bytes in; facts, labels and what is wrong out.

- A file for each kind of row, named like the field of `Facts`; its columns are the fields of the row, in any
  order. One that is missing has no rows; `period.csv` and `tasks.csv` must be there.
- A column may be missing where an empty cell can stand: text, lists, yes or no, what may be none.
- Whatever is wrong is told by file and row, and then nothing is evaluated.
- A row names only acts and recordings that are there, each id stands once, nothing ends before it begins or
  lasts over a month.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta, timezone
from functools import cache
from types import NoneType
from typing import Any, get_args, get_type_hints

from zhilu.errors import DataError
from zhilu.server.catalogue.rules import TIERS, is_retention
from zhilu.server.oversight.findings.days import BEIJING_S, BUILT_IN, DAY_S, OF_TEXT
from zhilu.server.oversight.findings.facts import Facts, Time
from zhilu.server.oversight.findings.weak_check import STRENGTH
from zhilu.server.oversight.findings.world import ELEMENTS
from zhilu.server.tabular import Cell, Row, csvs

MOST_BYTES, MOST_ROWS = 256 * 1024 * 1024, 1_000_000
MOST_ERRORS = 100
MOST = {"s": 31 * DAY_S, "h": 31 * 24, "days": 366, "count": 1_000_000}
"""Of a limit, by what it counts."""
OFF_S = 50 * 366 * DAY_S
"""No clock is further off."""
LONGEST_S = 31 * DAY_S
FIRST_YEAR, LAST_YEAR = 1970, 2999
_BEIJING = timezone(timedelta(seconds=BEIJING_S))
PERIOD, LABELS = "period", "labels"
KINDS: dict[str, Any] = {
    name: get_args(hint)[0]
    for name, hint in get_type_hints(Facts, include_extras=True).items()
    if get_args(hint) and hint is not Time
}
"""Name of the file → what a row of it is."""
NEEDED = (PERIOD, "tasks")
DECISIONS = ("approved", "refused", "")
REFERENCES = {
    "spans": (("act", "acts"), ("recording", "recordings")), "stretches": (("recording", "recordings"),),
    "marks": (("recording", "recordings"),), "statements": (("act", "acts"),), "links": (("act", "acts"),),
    "outcomes": (("act", "acts"),),
}  # fmt: skip
CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("catalogue", "tier"): TIERS, ("rollout", "tier"): TIERS, ("calendar", "kind"): ("holiday", "workday"),
    ("stretches", "kind"): ("gap", "black", "silent"), ("links", "kind"): ("taxpayer", "document", "case"),
    ("explanations", "kind"): ("not-recorded", "interrupted", "reassigned"),
    ("explanations", "decision"): DECISIONS, ("viewings", "decision"): DECISIONS,
    ("recordings", "officer_check"): tuple(STRENGTH),
}  # fmt: skip
"""What a column may say where a mistyped word would go unseen."""
ONCE: dict[str, Callable[[Any], object]] = {
    "tasks": lambda one: (one.task, one.version), "acts": lambda one: one.act,
    "recordings": lambda one: one.recording, "boots": lambda one: one.boot,
    "dockings": lambda one: one.docking, "viewings": lambda one: one.viewing,
    "statements": lambda one: (one.act, one.version), "catalogue": lambda one: (one.version, one.procedure),
    "calendar": lambda one: one.day, "departments": lambda one: one.department,
}  # fmt: skip


@dataclass(frozen=True)
class Period:
    first: date
    last: date
    as_of: Time


@dataclass(frozen=True)
class Label:
    rule: str
    subject: str


@dataclass(frozen=True)
class Wrong:
    """What cannot stand, and where; the header is row 1."""

    file: str
    row: int
    error: DataError


@cache
def columns(kind: Any) -> dict[str, Any]:
    """Name → what stands in it."""
    return get_type_hints(kind, include_extras=True)


class _Reader:
    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files, self.errors = files, list[Wrong]()

    def rows(self, name: str, kind: Any) -> list[tuple[int, Any]]:
        if name not in self.files:
            return []
        try:
            lines = _lines(self.files[name])
            header = _header(lines, kind)
        except DataError as error:
            self.wrong(name, 1, error)
            return []
        found = []
        for line in lines[1:]:
            try:
                found.append((line.number, _read(kind, header, line)))
            except DataError as error:
                self.wrong(name, line.number, error)
        return found

    def wrong(self, name: str, row: int, error: DataError) -> None:
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(Wrong(f"{name}.csv", row, error))


def read(files: Mapping[str, bytes]) -> tuple[Facts | None, list[Wrong]]:
    """`files`: name without `.csv` → bytes. None where anything is wrong; the first hundred are said."""
    reader = _Reader(files)
    for name in NEEDED:
        if name not in files:
            reader.wrong(name, 1, DataError("facts-file", "This file must be there."))
    period = reader.rows(PERIOD, Period)
    if PERIOD in files and len(period) != 1 and not reader.errors:
        reader.wrong(PERIOD, 2, DataError("facts-period", "The period is one row."))
    rows = {name: reader.rows(name, kind) for name, kind in KINDS.items()}
    if not reader.errors:
        _check(reader, rows)
    if reader.errors:
        return None, reader.errors
    one: Period = period[0][1]
    held: dict[str, Any] = {name: tuple(row for _, row in many) for name, many in rows.items()}
    return Facts(one.first, one.last, one.as_of, **held), []


def read_labels(data: bytes, rules: Collection[str]) -> tuple[set[tuple[str, str]], list[Wrong]]:
    """What is wrong of which subject, by rules that there are."""
    reader = _Reader({LABELS: data})
    found = set()
    for row, one in reader.rows(LABELS, Label):
        if one.rule in rules and one.subject:
            found.add((one.rule, one.subject))
        else:
            reader.wrong(LABELS, row, _bad("rule" if one.subject else "subject", one.rule))
    return found, reader.errors


def _lines(data: bytes) -> list[Row]:
    if len(data) > MOST_BYTES:
        raise DataError("facts-size", "A file has at most {limit} MB.", limit=MOST_BYTES >> 20)
    lines: list[Row] = []
    for line in csvs.rows(data):
        if len(lines) > MOST_ROWS:
            raise DataError("facts-rows", "A file has at most {limit} rows.", limit=MOST_ROWS)
        lines.append(line)
    if not lines:
        raise DataError("facts-header", "The first row names the columns.")
    return lines


def _header(lines: list[Row], kind: Any) -> list[str]:
    names = [one if isinstance(one, str) else "" for one in lines[0].cells]
    wanted = columns(kind)
    unknown = [name for name in names if name not in wanted]
    lacking = [name for at, (name, hint) in enumerate(wanted.items()) if not at or not _may_be_empty(hint)]
    lacking = [name for name in lacking if name not in names]
    if unknown or lacking or len(set(names)) != len(names):
        raise DataError(
            "facts-header",
            "The columns are: {wanted}. Unknown: {unknown}. Missing: {lacking}.",
            wanted=" ".join(wanted),
            unknown=" ".join(unknown)[:100] or "-",
            lacking=" ".join(lacking) or "-",
        )
    return names


def _may_be_empty(hint: Any) -> bool:
    return hint in (str, bool, tuple[str, ...]) or NoneType in get_args(hint)


def _read(kind: Any, header: list[str], line: Row) -> Any:
    cells: dict[str, Cell] = dict(zip(header, line.cells, strict=False))
    found = {}
    for at, (name, hint) in enumerate(columns(kind).items()):
        cell = cells.get(name, "")
        if isinstance(cell, DataError):
            raise cell
        text = str(cell)
        if not text.isprintable():  # a line or tab within
            raise _bad(name, text)
        if not text and not at and hint is str:
            raise _bad(name, text)
        found[name] = _value(hint, name, text)
    return kind(**found)


def _value(hint: Any, name: str, text: str) -> Any:
    if NoneType in get_args(hint):
        return None if not text else _value(get_args(hint)[0], name, text)
    try:
        return _VALUES[hint](text)
    except (ValueError, KeyError, OverflowError):
        raise _bad(name, text) from None


def _bad(name: str, text: str) -> DataError:
    return DataError("facts-cell", "{column} cannot be “{value}”.", column=name, value=text[:40])


def _number(text: str) -> int:
    if len(text) > 12 or not text.removeprefix("-").isascii():
        raise ValueError
    return int(text)


def _day(text: str) -> date:
    return _possible(date.fromisoformat(text))


def _time(text: str) -> int:
    """Beijing's, where it names no offset."""
    at = datetime.fromisoformat(text)
    _possible(at.date())
    return int((at if at.tzinfo else at.replace(tzinfo=_BEIJING)).timestamp())


def _possible(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError
    return day


_VALUES: dict[Any, Callable[[str], Any]] = {
    str: str, tuple[str, ...]: lambda text: tuple(text.split()), int: _number, date: _day, Time: _time,
    bool: {"yes": True, "no": False, "": False}.__getitem__,
}  # fmt: skip


def _check(reader: _Reader, rows: Mapping[str, Iterable[tuple[int, Any]]]) -> None:
    known = {
        "acts": {one.act for _, one in rows["acts"]},
        "recordings": {one.recording for _, one in rows["recordings"]},
    }
    for name, many in rows.items():
        seen = set()
        for number, one in many:
            for column, kind in REFERENCES.get(name, ()):
                if getattr(one, column) not in known[kind]:
                    reader.wrong(name, number, _bad(column, getattr(one, column)))
            for column, value in _unheard(name, one):
                reader.wrong(name, number, _bad(column, value))
            if name in ONCE and ONCE[name](one) in seen:
                told = str(getattr(one, fields(one)[0].name))
                reader.wrong(name, number, DataError("facts-twice", "{value} stands twice.", value=told[:40]))
            seen.add(ONCE[name](one) if name in ONCE else number)
            if not _ends_after(one):
                reader.wrong(
                    name, number, DataError("facts-times", "It ends before it begins, or lasts over a month.")
                )
            if name == "recordings" and abs(one.offset or 0) > OFF_S:
                reader.wrong(name, number, _bad("offset", str(one.offset)))
            if name == "limits" and not _is_limit(one.name, one.value):
                reader.wrong(name, number, _bad(one.name, one.value))


def _unheard(name: str, one: Any) -> Iterator[tuple[str, str]]:
    """Words that stand for nothing."""
    for (file, column), choices in CHOICES.items():
        if file == name and getattr(one, column) not in choices:
            yield column, getattr(one, column)
    if name == "statements":
        yield from (("elements", element) for element in one.elements if element not in ELEMENTS)
    if name == "recordings" and one.keep and not is_retention(one.keep):
        yield "keep", one.keep


def _ends_after(one: Any) -> bool:
    for first, last in (("since", "until"), ("began", "ended"), ("opened", "closed")):
        both = [getattr(one, first, None), getattr(one, last, None)]
        times = [at for at in both if isinstance(at, int)]
        if len(times) == 2 and not 0 <= times[0] <= times[1] <= times[0] + LONGEST_S:
            return False
    return True


def _is_limit(name: str, value: str) -> bool:
    """Also no longer than a deadline can be."""
    if name == OF_TEXT:
        return value in STRENGTH
    most = MOST.get(name.rpartition("_")[2], 0)
    return name in BUILT_IN and value.isascii() and value.isdecimal() and int(value[:9]) <= most
