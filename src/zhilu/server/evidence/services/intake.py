"""Intake of a recording (spec/intake.md §2): journal, then its segments in order, then `complete`.

1. The journal: every line by the enrolled key; id, number of lines, last line's hash and length as the
   handover said.
2. Segment i ≤ held: the digest that its request signed is the journal's, and the body has it. Its bytes are
   on disk before the row counts it.
3. `complete`: every segment, the logbook's `recording-closed` or `recovered` line that says the same as the
   journal, the journal's `prev` the `recording-opened` line; the recipients those of the policy in the
   ledger; minutes, drill and officer check as they must be (`storing.py`). Where the recorder contradicts
   itself in this, that is a finding of the ledger. Then the media are read once, every segment compared with
   the journal; then the media store holds them and the journal in as many copies as the policy names:
   durable. Then `recording-stored/1` is committed. A crash before the store: all
   is asked for again. After it, before the commit: `complete` again finds the same objects and commits. After
   the commit: `complete` again answers with the index.

An import (`imports.py`) comes by the same steps, without logbook and handover: `recording-imported/1`; whose
an id is, `claims.py` says. A
recording that is logged and lost (`wanted.py`) comes by them again, and gets no second entry.

Every step may be repeated. Nothing else makes a recording stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from zhilu.errors import DataError
from zhilu.protocols.httpsig import Digested
from zhilu.sealed.journal import JournalReader
from zhilu.sealed.keys import load_jwk
from zhilu.server.equipment.models import Handover, Recorder
from zhilu.server.equipment.services import handovers
from zhilu.server.evidence.models import Intake, Recording
from zhilu.server.evidence.services import claims, imports, journals, segment_index, storing, wanted
from zhilu.server.evidence.services.media_store import journal_key, media_key, store
from zhilu.server.evidence.services.staging import Staging
from zhilu.server.ledger import lock
from zhilu.server.ledger.services.commit import commit_all
from zhilu.store.api import chunks_of


@dataclass(frozen=True)
class State:
    """Where a recording stands: `unknown`, `receiving`, `stored` or `wanted`; segments and bytes held."""

    state: str
    segments: int
    length: int


def state_of(recording: UUID, station: str) -> State:
    stored, again = _known(recording, station)
    if stored and not again:
        return State("stored", stored.segments, stored.length)
    row = claims.begun(recording, station)
    held = (row.held_segments, row.held_length) if row else (0, 0)
    return State("wanted" if again else "receiving" if row else "unknown", *held)


def take_journal(
    recording: UUID, station: str, recorder: str, handover: str, chunks: Iterable[bytes], length: int
) -> int:
    """Hold a journal of `length` bytes; returns how many segments are held. DataError says what it lacks."""
    staging = Staging(recording)
    with staging.locked():
        stored, again = _stored(recording)
        if stored and not again:
            if stored.recorder != recorder:
                _parties(recording, station, recorder, handover)
                raise claims.refuse_stored(stored, recorder)
            return _drain(chunks, int(stored.segments))
        device, said = _logged(stored) if stored else _parties(recording, station, recorder, handover)
        reader = JournalReader(load_jwk(device.jwk), device.kid)
        with _received(staging, chunks, length) as received:
            # A recovered recording has no `close`.
            journals.read(reader, received, recording, _new(staging.index), may_be_open=True)
            if stored:
                wanted.check_logged(stored, reader)
                handover = stored.handover
            _as_handed_over(reader, said)
            return _hold_journal(recording, station, handover, reader, staging, received)


def take_import(recording: UUID, station: str, chunks: Iterable[bytes], length: int) -> int:
    """As `take_journal`, of a file that this station sealed: its own key, and no handover."""
    staging = Staging(recording)
    with staging.locked():
        stored, again = _stored(recording)
        if stored and not again:
            if (stored.recorder, stored.station) != ("", station):
                raise claims.refuse(station)
            return _drain(chunks, int(stored.segments))
        if not stored:
            claims.check_import(recording, station)
        reader = imports.reader_for(station)
        with _received(staging, chunks, length) as received:
            journals.read(reader, received, recording, _new(staging.index), may_be_open=False)
            if stored:
                wanted.check_logged(stored, reader)
            held = _hold_journal(recording, station, storing.NO_HANDOVER, reader, staging, received)
    claims.one_at_a_time(recording, station)
    return held


def take_segment(recording: UUID, station: str, i: int, body: Digested, chunks: Iterable[bytes]) -> int:
    """Hold segment i; returns how many are held now. `body` is what was signed and `chunks` end with."""
    staging = Staging(recording)
    with staging.locked():
        held = claims.held(recording, station)
        if held is None or i < held:
            return _drain(chunks, _already(recording, station) if held is None else held)
        if i > held:
            raise DataError("order", "The next segment wanted is number {wanted}.", wanted=held)
        place = segment_index.read(staging.index, i)
        if place is None:
            raise DataError("order", "The journal has no segment {i}.", i=i)
        staging.write_segment(place, body, chunks)
        with lock.relaxed():
            # Taken back by power loss: the station asks, and sends this one again.
            Intake.objects.filter(id=recording).update(
                held_segments=i + 1, held_length=place.offset + place.length
            )
        return i + 1


def complete(recording: UUID, station: str) -> int:
    """Store and log the recording; returns the entry's index."""
    staging = Staging(recording)
    with staging.locked():
        stored, again = _known(recording, station)
        if stored and not again:
            staging.remove()
            return int(stored.entry)
        row = claims.begun(recording, station)
        if row is None or row.held_segments < row.segments:
            raise DataError("incomplete", "Segments are still missing.", held=row.held_segments if row else 0)
        index = _made_whole(stored, row, staging) if stored else _logged_anew(row, staging)
        Intake.objects.filter(id=recording).delete()
        staging.remove()
    return index


def _logged_anew(row: Intake, staging: Staging) -> int:
    if claims.is_import(row):
        claims.check_import(row.id, row.station)  # lines may have come since
    entries = storing.entries_of(row, staging)
    _store(row.id, row, staging)
    index = commit_all(entries)[0].index
    if claims.is_import(row):
        imports.raise_alarms(row.id)
    return index


def _made_whole(stored: Recording, row: Intake, staging: Staging) -> int:
    """What was lost is there again: its entry stands, and there is no second. A crash before the mark goes:
    `complete` finds the same objects in the store."""
    _store(row.id, row, staging)
    wanted.back(row.id)
    return int(stored.entry)


def _stored(recording: UUID) -> tuple[Recording | None, bool]:
    """The logged recording, and whether it is wanted again."""
    found = Recording.objects.filter(id=recording).first()
    return found, found is not None and wanted.is_wanted(recording)


def _known(recording: UUID, station: str) -> tuple[Recording | None, bool]:
    """As `_stored`, as far as this station may know."""
    stored, again = _stored(recording)
    return (stored, again) if stored and claims.is_of(stored, station) else (None, False)


def _logged(stored: Recording) -> tuple[Recorder, dict[str, object]]:
    """As `_parties`: the ledger names the journal, so no handover is asked for."""
    device = Recorder.objects.filter(kid=stored.recorder).first()
    if device is None:
        raise DataError("wanted", "This is not the journal that was logged for this recording.")
    return device, {"lines": stored.lines, "last": stored.last, "length": stored.length}


@contextmanager
def _received(staging: Staging, chunks: Iterable[bytes], length: int) -> Iterator[Path]:
    try:
        yield staging.receive("journal.jws", chunks, length)
    finally:
        # A refused journal leaves nothing: a station could fill the disk with them.
        staging.drop_new()


def _new(path: Path) -> Path:
    return path.with_suffix(".new")


def _drain(chunks: Iterable[bytes], held: int) -> int:
    """A body that is not needed is still compared with its signature."""
    for _ in chunks:
        pass
    return held


def _already(recording: UUID, station: str) -> int:
    stored, again = _known(recording, station)
    if stored is None or again:
        raise DataError("journal-first", "The journal of this recording has not been sent yet.")
    return int(stored.segments)


def _parties(
    recording: UUID, station: str, recorder: str, handover: str
) -> tuple[Recorder, dict[str, object]]:
    device = Recorder.objects.filter(kid=recorder).first()
    held = Handover.objects.filter(digest=handover, recorder=recorder, station=station).first()
    if device is None or held is None:
        raise DataError("handover-unknown", "No such handover of this recorder by this station is held.")
    said = handovers.listed(held, str(recording))
    if said is None:
        raise DataError("handover", "The handover does not name this recording.")
    return device, said


def _as_handed_over(reader: JournalReader, said: dict[str, object]) -> None:
    found = (reader.lines, (reader.head or b"").hex(), reader.length)
    if found != (said["lines"], said["last"], said["length"]):
        raise DataError("handover", "The journal is not as the handover names it.")


def _hold_journal(
    recording: UUID, station: str, handover: str, reader: JournalReader, staging: Staging, received: Path
) -> int:
    row = Intake.objects.filter(id=recording).first()
    last = (reader.head or b"").hex()
    held = claims.make_way(row, reader.kid, last, handover) if row else 0
    staging.keep(_new(staging.index), staging.index)
    staging.keep(received, staging.journal)
    values = {
        "recorder": reader.kid,
        "station": station,
        "handover": handover,
        "lines": reader.lines,
        "last": last,
        "segments": reader.segments,
        "length": reader.length,
    }
    if not Intake.objects.filter(id=recording).update(**values):
        Intake.objects.create(id=recording, **values)
    return held


def _store(recording: UUID, row: Intake, staging: Staging) -> None:
    if segment_index.totals(staging.index) != (row.segments, row.length):
        # The spool's disk lied about what the rest is measured by: all is taken again.
        Intake.objects.filter(id=recording).delete()
        staging.remove()
        raise DataError("incomplete", "Segments are still missing.", held=0)
    try:
        media = staging.whole_media()
    except DataError as error:
        if error.code == "segment-hash":
            # The spool's disk lied: take the media again from the segment that went bad.
            _forget_from(row, staging, int(str(error.fields["i"])))
        raise
    # A crash after this: the spool's file and the store's are one, and `complete` finds it so.
    store().adopt(media_key(recording), media)
    store().put(journal_key(recording), chunks_of(staging.journal))


def _forget_from(row: Intake, staging: Staging, i: int) -> None:
    place = segment_index.read(staging.index, i)
    held_length = place.offset if place else 0
    Intake.objects.filter(id=row.id).update(held_segments=i, held_length=held_length)
