"""Rules about due tasks (pure; spec/due-tasks.md).

- A task has a number of the source's own, in Unicode's form NFKC without blanks: by it alone it is known
  again. Its id is the first 16 bytes of H("zhilu/task/v1", number).
- Its versions count from 1, in the order in which they came: what came last counts, whatever the source calls
  it. A version says all of the task, not what has changed of it. What is the same as the newest is none.
- A plan begins before it ends, within 31 days, between the years 2000 and 2999, in whole seconds.
- It names one officer at least, each once, the first of them leads. A withdrawn one keeps what it said.
- A correction says of a task and an act that they belong together, or of one of them that nothing does; or
  takes back what was said. The newest of a task, and of an act, counts. Nobody corrects where he is an
  officer of either, in any version.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from zhilu.encoding import format_time, h, parse_time, uuid_bytes
from zhilu.errors import DataError
from zhilu.server.evidence.rules_links import LONGEST_NAME, LONGEST_NUMBER

LABEL = "zhilu/task/v1"
BEIJING = timezone(timedelta(hours=8))
"""In all years that a plan can have."""
SOURCES = ("api", "file")
LONGEST_OWN, LONGEST_CODE, LONGEST_PLACE, LONGEST_REASON = 64, 16, 200, 500
MOST_OFFICERS = 20
LONGEST_PLAN = timedelta(days=31)
FIRST_YEAR, LAST_YEAR = 2000, 2999
MOST_ROWS = 250
"""Of one entry. It is bound in bytes besides."""
LONGEST = 700_000
"""Bytes of a part of an entry: what so many rows have at most, with every text as long as it may be."""
PERSONAL = ("taxpayer", "name", "document", "place")
_LONGEST_TEXT = (LONGEST_NUMBER, LONGEST_NAME, LONGEST_NUMBER, LONGEST_PLACE)
_FORM = {
    "number": str, "version": int, "procedure": str, "officers": list, "since": str, "until": str,
    "withdrawn": bool,
}  # fmt: skip


MOST_KNOWN = 10_000
_spelled = lru_cache(MOST_KNOWN)(format_time)
_time = lru_cache(MOST_KNOWN)(parse_time)
"""A list says the same hours again and again."""


@lru_cache(MOST_KNOWN)
def _person(one: str) -> UUID:
    return UUID(bytes=uuid_bytes(one))


@dataclass(frozen=True)
class Version:
    """A task as one version says it. Texts are "" after disposal."""

    number: str
    version: int
    procedure: str
    officers: tuple[str, ...]
    since: datetime
    until: datetime
    withdrawn: bool
    taxpayer: str = ""
    name: str = ""
    document: str = ""
    place: str = ""

    @cached_property
    def task(self) -> UUID:
        return task_id(self.number)

    @cached_property
    def day(self) -> date:
        """In Beijing, on which it begins."""
        return self.since.astimezone(BEIJING).date()

    @cached_property
    def named(self) -> list[tuple[UUID, UUID, UUID]]:
        """Of each officer the row by which his list finds the task: its id, the task, the officer."""
        return [(naming_id(self.task, one), self.task, _person(one)) for one in self.officers]

    def says(self) -> tuple[object, ...]:
        """All but which version it is: by this two are the same."""
        texts = (getattr(self, one) for one in PERSONAL)
        return (
            self.number, self.procedure, self.officers, self.since, self.until, self.withdrawn, *texts
        )  # fmt: skip

    def core(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "version": self.version,
            "procedure": self.procedure,
            "officers": list(self.officers),
            "since": _spelled(self.since),
            "until": _spelled(self.until),
            "withdrawn": self.withdrawn,
        }

    def personal(self) -> list[str]:
        return [getattr(self, one) for one in PERSONAL]


def naming_id(task: UUID, officer: str) -> UUID:
    return UUID(bytes=h("zhilu/task-officer/v1", task.bytes, officer.encode())[:16])


def task_id(number: str) -> UUID:
    return UUID(bytes=h(LABEL, number.encode())[:16])


def number_of(said: str) -> str:
    """The number as it is kept and compared."""
    got = "".join(unicodedata.normalize("NFKC", said).split())
    if not 0 < len(got) <= LONGEST_OWN or not got.isprintable():
        raise DataError("task-number", "A task's number has 1 to {most} characters.", most=LONGEST_OWN)
    return got


def check_plan(since: datetime, until: datetime) -> None:
    if not (FIRST_YEAR <= since.year <= LAST_YEAR and FIRST_YEAR <= until.year <= LAST_YEAR):
        raise DataError(
            "task-year", "A plan lies between the years {first} and {last}.", first=FIRST_YEAR, last=LAST_YEAR
        )
    if until <= since:
        raise DataError("task-ends", "The plan ends before it begins.")
    if until - since > LONGEST_PLAN:
        raise DataError("task-long", "A plan lasts at most {most} days.", most=LONGEST_PLAN.days)
    if since.microsecond or until.microsecond:
        raise DataError("task-second", "A plan is in whole seconds.")


def check_officers(officers: Sequence[str]) -> None:
    if not 1 <= len(officers) <= MOST_OFFICERS:
        raise DataError("task-officers", "A task has 1 to {most} officers.", most=MOST_OFFICERS)
    if len(set(officers)) != len(officers):
        raise DataError("task-officer-twice", "A task names each officer once.")


def read_rows(rows: Sequence[Any]) -> list[Version]:
    """Of an entry's core; texts are beside it. DataError: `task-rows`, or what a rule says."""
    if not 1 <= len(rows) <= MOST_ROWS:
        raise DataError("task-rows", "An entry has 1 to {most} tasks.", most=MOST_ROWS)
    found = [_row(row) for row in rows]
    if len({one.number for one in found}) != len(found):
        raise DataError("task-twice", "An entry says one thing of a task.")
    return found


def read_texts(texts: Any, at: int) -> list[str]:
    """Of one row, in the order of PERSONAL; empty where they are gone."""
    said = texts[at] if isinstance(texts, list) and at < len(texts) else []
    said = said if isinstance(said, list) and len(said) == len(PERSONAL) else [""] * len(PERSONAL)
    return [str(one)[:most] for one, most in zip(said, _LONGEST_TEXT, strict=True)]


def _row(row: Any) -> Version:
    if not isinstance(row, Mapping) or any(type(row.get(name)) is not kind for name, kind in _FORM.items()):
        raise _odd()
    number, officers = row["number"], row["officers"]
    if number_of(number) != number or not 0 < len(row["procedure"]) <= LONGEST_CODE or row["version"] < 1:
        raise _odd()
    for one in officers:
        if not isinstance(one, str):
            raise _odd()
        _person(one)
    check_officers(officers)
    since, until = _time(row["since"]), _time(row["until"])
    check_plan(since, until)
    return Version(number, row["version"], row["procedure"], tuple(officers), since, until, row["withdrawn"])


def _odd() -> DataError:
    return DataError("task-row", "A row of tasks has not the form that it should.")


def check_version(version: int, newest: int) -> None:
    """Nobody writes over what he has not seen."""
    if version != newest + 1:
        raise DataError("task-version", "This task has got another version meanwhile: send it again.")


def check_correction(task: str | None, act: str | None, back: bool, live: bool) -> None:
    """`live`: something was said of the two before, and counts."""
    if task is None and act is None:
        raise DataError("correction-of", "A correction is about a task or an act.")
    if back and not live:
        raise DataError("correction-unknown", "There is no correction that could be taken back.")


def check_stranger(person: UUID | None, officers: Collection[UUID]) -> None:
    if person is None or person in officers:
        raise DataError("correction-own", "Nobody corrects where he is an officer himself.")


def reason_of(said: str) -> str:
    got = said.strip()
    if not 0 < len(got) <= LONGEST_REASON:
        raise DataError(
            "reason-text", "A reason is needed, of at most {most} characters.", most=LONGEST_REASON
        )
    return got
