"""What goes out and comes in. Times are UTC as everywhere; ids are UUIDs; numbers of entries are those of the
ledger. Fields that need `text:read` are null without it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from zhilu.server.evidence.rules_links import LINK_ENDS, LINKS

Short = Annotated[str, Field(max_length=200)]
LinkKind = Literal["taxpayer", "document", "case"]
LinkEnd = Literal["wrong-act", "wrong-number", "repeated", "other"]
Element = Literal["time", "place", "persons", "event", "cause", "course", "result"]
assert LinkKind.__args__ == LINKS and LinkEnd.__args__ == LINK_ENDS  # type: ignore[attr-defined]


class Department(Schema):
    id: UUID
    name: str


class Span(Schema):
    """A stretch of a recording, in microseconds from its beginning."""

    recording: UUID
    from_us: int
    to_us: int


class Link(Schema):
    id: UUID
    kind: LinkKind
    number: str
    name: str | None = Field(None, description="with text:read")
    source: Literal["officer", "api"]
    at: datetime


class Outcome(Schema):
    id: UUID
    kind: str
    amount_fen: int | None
    at: datetime
    note: str | None = Field(None, description="with text:read")


class Statement(Schema):
    """The newest version; `complete` names the elements that are present."""

    version: int
    complete: list[Element]
    confirmed: bool
    filed_at: datetime
    began: datetime | None = Field(
        description="when the act began, as the officer says; null: he did not say"
    )
    ended: datetime | None
    text: dict[Element, str] | None = Field(None, description="with text:read")


class Act(Schema):
    id: UUID
    opened_at: datetime
    entry: int = Field(description="of the ledger, which opened it")
    procedure: str
    procedure_name: str
    class_code: str
    department: Department | None
    officers: list[str] = Field(description="their numbers")
    taxpayer: str | None = Field(None, description="as the officer wrote it; with text:read")
    spans: list[Span]
    statement: Statement | None
    links: list[Link]
    outcomes: list[Outcome]


class Recording(Schema):
    """A reference: never sound, picture or position."""

    id: UUID
    opened_at: datetime
    closed_at: datetime
    duration_us: int | None
    stored_at: datetime
    entry: int = Field(description="of the ledger, which stored it")
    origin: str
    recorder: str = Field(description="serial number")
    department: Department | None
    officer: str | None = Field(description="number")
    state: Literal["stored", "missing"]
    set_aside: str | None = Field(description="reason for which nothing is to be described")
    acts: list[UUID]


class Acts(Schema):
    items: list[Act]
    next: str | None = Field(description="cursor of the next page; null at the end")


class Recordings(Schema):
    items: list[Recording]
    next: str | None = Field(description="cursor of the next page; null at the end")


class ChangedActs(Schema):
    """`since` of the next call is `next`; while `more`, it can come at once."""

    items: list[Act]
    next: str
    more: bool


class ChangedRecordings(Schema):
    items: list[Recording]
    next: str
    more: bool


class Rate(Schema):
    """`part` out of `of`."""

    part: int
    of: int


class Count(Schema):
    """Of one department, procedure or day. Rates of acts: with all seven elements, confirmed, linked; of
    recordings (drills and those set aside are not in it): named by an act; reviewed, and of these passed; of
    due tasks: recorded.
    """

    key: str
    name: str
    acts: int
    complete: Rate
    confirmed: Rate
    linked_taxpayer: Rate
    linked_document: Rate
    linked_case: Rate
    due: Rate = Field(description="of due tasks those of which a recording is there")
    outcomes: int
    amount_fen: int
    recordings: int | None
    seconds: int | None
    described: Rate | None
    reviewed: Rate | None
    passed: Rate | None
    viewings: int | None = Field(description="requested to watch")
    viewings_approved: Rate | None
    copies: int | None = Field(description="requested as copies")


class Statistics(Schema):
    first: date
    last: date
    by: Literal["department", "procedure", "day"]
    rows: list[Count]


class Match(Schema):
    """An act that an officer had at a time, of a taxpayer (name or number) where that is said too."""

    officer: Short
    at: datetime
    taxpayer: Short = ""


class LinkIn(Schema):
    """To the act `act`, or to the one that `match` finds."""

    kind: Short = Field(description="taxpayer, document or case")
    number: Short
    name: Short = ""
    act: UUID | None = None
    match: Match | None = None


class LinksIn(Schema):
    rows: list[LinkIn] = Field(min_length=1, max_length=500)


class LinkDone(Schema):
    """`row` counts from 0. `present`: the act has this link already."""

    row: int
    status: Literal["linked", "present", "refused"]
    act: UUID | None = None
    link: UUID | None = None
    code: str | None = None
    hint: str | None = None


class LinksDone(Schema):
    linked: int
    present: int
    refused: int
    rows: list[LinkDone]


class Ended(Schema):
    link: UUID
    status: Literal["ended"]


class TaskIn(Schema):
    """A due task as it is now, all of it. `officers`: their numbers, the first leads. Times have a zone."""

    number: Short
    procedure: Short
    officers: list[Short] = Field(max_length=50)
    since: datetime
    until: datetime
    taxpayer: Short = ""
    name: Short = ""
    document: Short = ""
    place: Short = ""
    withdrawn: bool = False


class TasksIn(Schema):
    rows: list[TaskIn] = Field(min_length=1, max_length=500)


class TaskDone(Schema):
    """`row` counts from 0. `same`: it is there already as the row says it."""

    row: int
    status: Literal["entered", "changed", "same", "refused"]
    task: UUID | None = None
    version: int | None = None
    code: str | None = None
    hint: str | None = None


class TasksDone(Schema):
    entered: int
    changed: int
    same: int
    refused: int
    rows: list[TaskDone]
