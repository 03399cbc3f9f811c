"""Receipts as a recorder checks them (spec/ledger.md §5). Only what passes here may free space.

In this order:
1. the proved entry itself: note, cosignatures, path, payload, kind (`zhilu.tlog.proof`)
2. its checkpoint extends the newest one that this recorder verified (`consistency`; an older one: `rollback`)
3. the caller makes this checkpoint durable: from here on nothing older is believed, whatever step 4 says
4. `recorder` is this recorder (`receipt-recorder`); id, lines, last, segments and length are those of its own
   journal (`receipt-recording`); the recording is closed or recovered (`receipt-open`)

The same first three steps take in other entries (`POST /entries` of spec/docking.md §5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from zhilu.encoding import EncodingError, hex32, sha256, uuid_bytes
from zhilu.errors import DataError
from zhilu.strictjson import FieldError, fields, loads_object
from zhilu.tlog.checkpoint import Checkpoint, Verified, parse
from zhilu.tlog.merkle import leaf_hash, verify_consistency
from zhilu.tlog.note import Note
from zhilu.tlog.proof import LedgerKeys, ProvedEntry, VerifiedEntry, verify_entry, verify_under

STORED = "recording-stored/1"
_STORED_CORE = {
    "recording": str,
    "recorder": str,
    "lines": int,
    "last": str,
    "segments": int,
    "length": int,
}


@dataclass(frozen=True)
class Closed:
    """A recording as its own journal ends: number of lines, hash of the last, segments, bytes of media."""

    recording: UUID
    lines: int
    last: bytes
    segments: int
    length: int


@dataclass(frozen=True)
class Cleared:
    """What the `cleared` line holds."""

    recording: UUID
    receipt: bytes
    index: int
    checkpoint: bytes


def check_receipt(
    message: object,
    keys: LedgerKeys,
    newest: Checkpoint | None,
    store: Callable[[bytes, Checkpoint], None],
    kid: str,
    recordings: Mapping[UUID, Closed | None],
) -> Cleared:
    """Raises a DataError with a code of spec/ledger.md §5.

    `newest` is the checkpoint stored last; `store` makes a new one (note, checkpoint) durable and returns.
    `recordings` are the recorder's own: None where one is still open.
    """
    got = fields(message, {"receipt": dict, "consistency": list})
    entry = ProvedEntry.from_json(got["receipt"])
    verified = verify_entry(entry, keys, STORED)
    check_extends(newest, verified.checkpoint, read_path(got["consistency"]))
    store(entry.checkpoint, verified.checkpoint)
    closed = _match(verified.core, kid, recordings)
    return Cleared(closed.recording, leaf_hash(entry.leaf), entry.index, sha256(entry.checkpoint))


def check_extends(newest: Checkpoint | None, offered: Checkpoint, path: list[bytes]) -> None:
    """Refuses (`rollback`, `consistency`) a checkpoint that does not extend the newest one verified."""
    if newest is None:
        return
    if offered.size < newest.size:
        raise DataError("rollback", "The checkpoint offered is older than one that was verified before.")
    verify_consistency(newest.size, newest.root, offered.size, offered.root, path)


def names_recording(message: bytes, recordings: Mapping[UUID, Closed | None]) -> UUID | None:
    """Which of these recordings a message that may be anything is about, as far as it says; None where of
    none. Nothing of it is believed."""
    try:
        entry = ProvedEntry.from_json(
            fields(loads_object(message, len(message)), {"receipt": dict})["receipt"]
        )
        named = stored_facts(loads_object(entry.core, len(entry.core)))[0].recording
    except (DataError, ValueError):
        return None
    return named if named in recordings else None


def read_path(value: list[Any]) -> list[bytes]:
    """The hashes of a consistency proof."""
    try:
        return [hex32(item) if isinstance(item, str) else hex32("") for item in value]
    except EncodingError:
        raise FieldError("consistency") from None


def stored_facts(core: dict[str, Any]) -> tuple[Closed, str]:
    """(the recording that a `recording-stored/1` core tells of, the recorder's kid); refuses with `field`."""
    got = fields(core, _STORED_CORE)
    try:
        recording, last = UUID(bytes=uuid_bytes(got["recording"])), hex32(got["last"])
    except EncodingError:
        raise FieldError("recording or last") from None
    return Closed(recording, got["lines"], last, got["segments"], got["length"]), got["recorder"]


def _match(core: dict[str, Any], kid: str, recordings: Mapping[UUID, Closed | None]) -> Closed:
    named, recorder = stored_facts(core)
    if recorder != kid:
        raise DataError("receipt-recorder", "The receipt is for another recorder: {kid}", kid=recorder)
    if named.recording in recordings and recordings[named.recording] is None:
        raise DataError("receipt-open", "The recording is not closed: {id}", id=named.recording)
    if recordings.get(named.recording) != named:
        raise DataError(
            "receipt-recording", "The receipt does not fit the recording: {id}", id=named.recording
        )
    return named


def read_unverified(entry: ProvedEntry, kind: str) -> VerifiedEntry:
    """An entry checked as far as that goes without anybody's keys: path and payload, not who signed.

    For a verifier that was given no trust document. It says `consistent, not anchored` and nothing more.
    """
    checkpoint = parse(Note.parse(entry.checkpoint).text)
    return verify_under(entry, Verified(checkpoint, ()), kind)
