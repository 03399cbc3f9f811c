"""The requests of a station to the county, as values (spec/intake.md §2): paths, limits, what answers say.

Signing is `httpsig`, sending is the program's. Ids and kids are checked before they become part of a path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from zhilu.encoding import hex32
from zhilu.errors import CallerError, DataError
from zhilu.protocols.docking_messages import (
    EntriesRequest,
    ReceiptRequest,
    counts,
    encoded,
    recording_id,
)
from zhilu.sealed.segments import MAX_SEALED
from zhilu.strictjson import dumps, fields, loads_object
from zhilu.tlog import checkpoint
from zhilu.tlog.note import Note

LOGBOOK_CHUNK = 4 * 2**20
JOURNAL_LIMIT = 256 * 2**20
SEGMENT_LIMIT = MAX_SEALED
HANDOVER_LIMIT = 2**20
ALARM_LIMIT = 65_536
ANSWER_LIMIT = 2**20

JSON = "application/json"
BYTES = "application/octet-stream"
STATES = ("unknown", "receiving", "stored", "wanted")
WAITING = 202

_KID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True)
class Call:
    """Method, path as sent, query without its question mark, content type of the body."""

    method: str
    path: str
    query: str = ""
    content_type: str = JSON


def get_snapshot() -> Call:
    return Call("GET", "/intake/snapshot")


def get_update(kid: str, size: int) -> Call:
    return Call("GET", f"/intake/recorders/{_kid(kid)}/update", f"size={size}")


def get_logbook(kid: str) -> Call:
    return Call("GET", f"/intake/recorders/{_kid(kid)}/logbook")


def put_logbook(kid: str, start: int) -> Call:
    return Call("PUT", f"/intake/recorders/{_kid(kid)}/logbook", f"from={start}", BYTES)


def put_handover(digest: bytes) -> Call:
    return Call("PUT", f"/intake/handovers/{digest.hex()}")


def get_recording(recording: UUID) -> Call:
    return Call("GET", f"/intake/recordings/{recording}")


def get_wanted(kid: str) -> Call:
    return Call("GET", f"/intake/recorders/{_kid(kid)}/wanted")


def put_journal(recording: UUID, kid: str, handover: bytes) -> Call:
    query = f"recorder={_kid(kid)}&handover={handover.hex()}"
    return Call("PUT", f"/intake/recordings/{recording}/journal", query, BYTES)


def put_import_journal(recording: UUID) -> Call:
    return Call("PUT", f"/intake/recordings/{recording}/journal", "import=1", BYTES)


def put_segment(recording: UUID, i: int) -> Call:
    return Call("PUT", f"/intake/recordings/{recording}/segments/{i}", "", BYTES)


def complete(recording: UUID) -> Call:
    return Call("POST", f"/intake/recordings/{recording}/complete")


def get_receipt(recording: UUID, size: int) -> Call:
    return Call("GET", f"/intake/recordings/{recording}/receipt", f"size={size}")


def post_alarm() -> Call:
    return Call("POST", "/intake/alarms")


def post_health() -> Call:
    return Call("POST", "/intake/health")


def alarm_body(bay: int, code: str, presented: str, at: str) -> bytes:
    """`presented`: the kid that the device claims, or the hex of its certificate's SHA-256, or empty."""
    return dumps({"kind": "docking-refused", "bay": bay, "code": code, "presented": presented, "at": at})


def recording_alarm_body(bay: int, code: str, recorder: str, recording: UUID, at: str) -> bytes:
    """A recording that the recorder offered and that could not be taken over."""
    said = {"kind": "recording-refused", "bay": bay, "code": code, "recorder": recorder}
    return dumps(said | {"recording": str(recording), "at": at})


def station_alarm_body(
    *,
    id: str,  # noqa: A002 - the field's name
    code: str,
    bay: int | None,
    detail: str,
    at: str,
    count: int,
    state: str,
) -> bytes:
    """An alarm's life so far; told again it changes nothing. `state`: raised, confirmed, ended."""
    said = {"kind": "station", "id": id, "code": code, "bay": bay, "detail": detail}
    return dumps(said | {"at": at, "count": count, "state": state})


@dataclass(frozen=True)
class Held:
    """What the county holds of a recording: segments, and bytes of media."""

    state: str
    segments: int
    length: int


def parse_recording(body: bytes) -> Held:
    got = fields(loads_object(body, ANSWER_LIMIT), {"state": str, "segments": int, "length": int})
    if got["state"] not in STATES:
        raise DataError("bad-answer", "The county answered something that cannot be read.")
    counts(got, "segments", "length")
    return Held(**got)


@dataclass(frozen=True)
class Lost:
    """A recording that is logged and whose bytes the county has lost; `handover`: D, under which it came."""

    id: UUID
    handover: bytes


def parse_lost(body: bytes) -> list[Lost]:
    got = fields(loads_object(body, ANSWER_LIMIT), {"recordings": list})["recordings"]
    return [_lost(value) for value in got]


def _lost(value: object) -> Lost:
    got = fields(value, {"id": str, "handover": str})
    return Lost(recording_id(got["id"]), encoded("handover", hex32, got["handover"]))


def parse_segments(body: bytes) -> int:
    """How many segments the county holds."""
    got = fields(loads_object(body, ANSWER_LIMIT), {"segments": int})
    counts(got, "segments")
    return int(got["segments"])


def parse_tail(body: bytes) -> tuple[int, bytes]:
    """Number and hash of the last logbook line held; -1 and zeros for none."""
    got = fields(loads_object(body, ANSWER_LIMIT), {"n": int, "head": (str, type(None))})
    return got["n"], encoded("head", hex32, got["head"]) if got["n"] >= 0 else bytes(32)


def parse_index(body: bytes) -> int:
    return int(fields(loads_object(body, ANSWER_LIMIT), {"index": int})["index"])


def parse_receipt(body: bytes) -> ReceiptRequest:
    """What the recorder's `POST /receipt` takes; only the recorder verifies it."""
    return ReceiptRequest.from_bytes(body)


def parse_update(body: bytes) -> EntriesRequest:
    return EntriesRequest.from_bytes(body)


def checkpoint_size(note: bytes) -> int:
    """The tree's size that a note names, not verified: to know from where the next proof must start."""
    return checkpoint.parse(Note.parse(note).text).size


def parse_refusal(status: int, body: bytes) -> DataError:
    """What the county refused; `bad-answer` where the body is not an error of ours."""
    try:
        got: dict[str, Any] = fields(loads_object(body, ANSWER_LIMIT), {"error": str})
    except DataError:
        return DataError("bad-answer", "The county answered something that cannot be read.", status=status)
    hint = loads_object(body, ANSWER_LIMIT).get("hint")
    return DataError(got["error"][:64], hint[:500] if isinstance(hint, str) else "", status=status)


def _kid(kid: str) -> str:
    if not _KID.fullmatch(kid):
        raise CallerError("kid", "This is not the name of a device's key.")
    return kid
