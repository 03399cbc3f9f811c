"""Facts (spec/oversight.md §1): rows as they come from tables or files.

Times are whole seconds since 1970 in UTC, stretches within a recording seconds from its beginning. Ids and
codes are text. Where a table has no such thing, there is no row. Each id stands once, or each version of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

Time = Annotated[int, "time"]


@dataclass(frozen=True)
class Task:
    """Of several versions of one task the newest counts."""

    task: str
    version: int
    procedure: str
    taxpayer: str
    document: str
    officers: tuple[str, ...]
    since: Time
    until: Time
    place: str
    withdrawn: bool


@dataclass(frozen=True)
class Act:
    """`began`, `ended`: what its statement says, None where it says nothing."""

    act: str
    procedure: str
    officers: tuple[str, ...]
    place: str
    began: Time | None
    ended: Time | None
    opened: Time


@dataclass(frozen=True)
class Span:
    act: str
    recording: str
    since: int
    until: int


@dataclass(frozen=True)
class Recording:
    """`offset`: the recorder's clock less the true one, None where nothing measured it. `keep`: retention as
    in a catalogue. `aside`: set aside, nothing is to be described.
    """

    recording: str
    recorder: str
    officer: str
    origin: str
    drill: bool
    aside: bool
    opened: Time
    closed: Time
    offset: int | None
    collected: Time
    officer_check: str
    keep: str


@dataclass(frozen=True)
class Stretch:
    """`kind`: `gap`, `black` or `silent`."""

    recording: str
    kind: str
    since: int
    until: int


@dataclass(frozen=True)
class Mark:
    recording: str
    at: int


@dataclass(frozen=True)
class Statement:
    """`elements`: those that are present."""

    act: str
    version: int
    elements: tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """`kind`: `taxpayer`, `document` or `case`. `ended`: None while it lives."""

    act: str
    kind: str
    number: str
    at: Time
    ended: Time | None


@dataclass(frozen=True)
class Outcome:
    act: str
    kind: str
    at: Time
    ended: Time | None


@dataclass(frozen=True)
class Post:
    person: str
    department: str
    since: date
    until: date | None


@dataclass(frozen=True)
class Department:
    department: str
    parent: str


@dataclass(frozen=True)
class Listed:
    """A procedure of a version of the catalogue. `marks`: how many its record has at least."""

    version: int
    since: date
    procedure: str
    tier: str
    min_officers: int
    marks: int


@dataclass(frozen=True)
class Rollout:
    """`department` "": the whole bureau. `until`: the first day that no longer counts."""

    department: str
    tier: str
    since: date
    until: date | None


@dataclass(frozen=True)
class Day:
    """`kind`: `holiday` or `workday`, as registers.md §1."""

    day: date
    kind: str


@dataclass(frozen=True)
class Explanation:
    """`subject`: a task or an act. `decision`: `approved`, `refused`, or "" while nobody decided."""

    subject: str
    kind: str
    since: Time | None
    until: Time | None
    decision: str
    decided_by: str


@dataclass(frozen=True)
class Boot:
    """A power-on, to the next or to the shutdown. `reason`: why it did not record, as the recorder says."""

    boot: str
    recorder: str
    officer: str
    since: Time
    until: Time
    docked: bool
    reason: str


@dataclass(frozen=True)
class Docking:
    """`refused`: the code by which the recorder refused to clear, "" where it refused nothing."""

    docking: str
    recorder: str
    officer: str
    at: Time
    refused: str


@dataclass(frozen=True)
class Viewing:
    viewing: str
    viewer: str
    decision: str
    until: Time


@dataclass(frozen=True)
class Release:
    viewing: str
    viewer: str
    recording: str
    at: Time


@dataclass(frozen=True)
class Limit:
    name: str
    value: str
    since: date


@dataclass(frozen=True)
class Correction:
    """A person says what belongs together; "" on one side: nothing does."""

    task: str
    act: str


@dataclass(frozen=True)
class Facts:
    """`first`, `last`: the days that are judged. `as_of`: when."""

    first: date
    last: date
    as_of: Time
    tasks: tuple[Task, ...] = ()
    acts: tuple[Act, ...] = ()
    spans: tuple[Span, ...] = ()
    recordings: tuple[Recording, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    marks: tuple[Mark, ...] = ()
    statements: tuple[Statement, ...] = ()
    links: tuple[Link, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    posts: tuple[Post, ...] = ()
    departments: tuple[Department, ...] = ()
    catalogue: tuple[Listed, ...] = ()
    rollout: tuple[Rollout, ...] = ()
    calendar: tuple[Day, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    boots: tuple[Boot, ...] = ()
    dockings: tuple[Docking, ...] = ()
    viewings: tuple[Viewing, ...] = ()
    releases: tuple[Release, ...] = ()
    limits: tuple[Limit, ...] = ()
    corrections: tuple[Correction, ...] = ()
