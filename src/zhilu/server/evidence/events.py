"""Events about recordings, acts and viewings (spec/ledger.md §6, spec/viewing.md §4, §5)."""

from __future__ import annotations

from zhilu.encoding import unb64u
from zhilu.protocols.viewing import parse_request
from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import B64u, Code, Hex, Id, JsonList, JsonObject, Kid, Natural, Time


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
    """`complete`: which of the seven elements are present. Personal: their texts."""

    act: Id
    version: Natural
    complete: JsonList


@event("viewing-requested/1", subject="viewing")
class ViewingRequested:
    """`request`: the bytes that the viewer asserted. Personal: salt, reason."""

    request: B64u
    assertion: JsonObject

    @property
    def viewing(self) -> str:
        return parse_request(unb64u(self.request)).viewing


@event("viewing-decided/1", subject="viewing")
class ViewingDecided:
    viewing: Id
    decision: B64u
    assertion: JsonObject


@event("key-released/1", subject="viewing")
class KeyReleased:
    """Segments `from` to `to`; `viewer_key` is a thumbprint; `nonce` is the keyholder's."""

    viewing: Id
    recording: Id
    from_: Natural
    to: Natural
    viewer_key: Kid
    nonce: B64u
    expires: Time
