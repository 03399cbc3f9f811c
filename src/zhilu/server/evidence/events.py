"""Events about recordings and acts (spec/ledger.md §6)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Hex, Id, JsonList, Kid, Natural, Time


@event("recording-stored/1", subject="recording")
class RecordingStored:
    """A recording is durable at the county and its journal, logbook and handover fit: the receipt's entry."""

    recording: Id
    recorder: Kid
    lines: Natural
    last: Hex
    segments: Natural
    length: Natural
    origin: Code
    drill: bool
    officer: Id | None
    policy: Natural
    opened_at: Time
    closed_at: Time
    handover: Hex
    officer_check: Code
    station: Kid
    bay: Natural
    closed_by: Code
    copies: Natural
    marks: Natural


@event("recording-imported/1", subject="recording")
class RecordingImported:
    """A file that a station sealed is durable at the county (spec/journal.md §6). Personal: name, serial,
    officer, claimed_at, modified_at."""

    recording: Id
    station: Kid
    prev: Hex
    lines: Natural
    last: Hex
    segments: Natural
    length: Natural
    media: Code
    source_sha256: Hex
    source_size: Natural
    source_state: Code
    duration_us: Natural | None
    officer: Id | None
    policy: Natural
    opened_at: Time
    closed_at: Time
    copies: Natural


@event("act-opened/1", subject="act", by=("officer",))
class ActOpened:
    """`catalogue`: the version in force. `spans`: [{"recording", "from_us", "to_us"}]. Personal: taxpayer."""

    act: Id
    procedure: Code
    catalogue: Natural
    officers: JsonList
    spans: JsonList


@event("statement-filed/1", subject="act", by=("officer",))
class StatementFiled:
    """`complete`: which of the seven elements are present; `began`, `ended`: from when to when the act took,
    as the officer says, both or neither. Personal: the elements' texts."""

    act: Id
    version: Natural
    complete: JsonList
    began: Time | None
    ended: Time | None
