"""Events about the review of footage (spec/review.md)."""

from __future__ import annotations

from typing import Annotated, Any

from zhilu.encoding import uuid_bytes
from zhilu.sealed.draws import MOST_CHOSEN
from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import (
    Code,
    Date,
    Hex,
    Id,
    Ids,
    JsonList,
    JsonObject,
    Natural,
    Text,
    Time,
)

LONGEST_DRAW = 131_072
LONGEST_NOTE = 4_096


def _drawn(value: list[Any]) -> bool:
    return len(value) <= MOST_CHOSEN and all(isinstance(one, str) and uuid_bytes(one) for one in value)


def _note(value: str) -> bool:
    return 0 < len(value) <= LONGEST_NOTE


Drawn = Annotated[list[str], _drawn]
NoteText = Annotated[str, _note]


@event("checklist-set/1", subject="class_", by=("legal-editor",))
class ChecklistSet:
    """A version of a class's checklist, in force since a day. `items`: [{code, zh, en, must, na}]."""

    class_: Code
    version: Natural
    since: Date
    items: JsonList


@event("draw-announced/1", subject="draw")
class DrawAnnounced:
    """A random draw is to be made. `departments` null: of the whole bureau; `since`, `until`: when recordings
    began, the second excluded; `list_`: hash of the population's list; `count` or `percent` are drawn, and
    `second` percent of them reviewed twice; `cosigner`: vkey of whose first cosignature after `after` makes
    the seed.
    """

    draw: Id
    departments: Ids | None
    since: Time
    until: Time
    list_: Hex
    population: Natural
    count: Natural | None
    percent: Natural | None
    second: Natural
    after: Time
    cosigner: Text


@event("draw-made/1", subject="draw", longest=LONGEST_DRAW)
class DrawMade:
    """`note`: the checkpoint with the cosignature, as a signed note. `chosen` in the order of the draw."""

    draw: Id
    note: NoteText
    seed: Hex
    chosen: Drawn


@event("draw-targeted/1", subject="draw")
class DrawTargeted:
    """`recordings` were chosen: their `criterion` (`rule`, `officer`, `procedure`, `class`) is `value`."""

    draw: Id
    criterion: Code
    value: Code
    since: Time
    until: Time
    second: Natural
    recordings: Ids


@event("footage-reviewed/1", subject="recording")
class FootageReviewed:
    """`level` 1, or 2 for the second review; `viewing`: under which it was released to the actor; `answers`:
    item → `yes`, `no`, `na`. Personal: comment.
    """

    review: Id
    draw: Id
    recording: Id
    level: Natural
    class_: Code
    version: Natural
    viewing: Id
    answers: JsonObject
    passed: bool
