"""Whose an id is (spec/intake.md §2). A recorder names its recordings before anything is handed over, so a
station could import under such an id. What a recorder signed goes before what a station says:

- an import on its way gives way to a journal that was handed over
- an import is refused under an id that a held line names, or a recorder's journal on its way
- what is stored stays: a journal of another maker is refused, and an import is told as stored to its own
  station only

Each is the alarm `recording-id` about the station; where two recorders name one id, about the second.
"""

from __future__ import annotations

from uuid import UUID

from zhilu.errors import DataError
from zhilu.server.equipment.models import LogbookLine
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.evidence.models import Intake, Recording
from zhilu.server.evidence.services import storing
from zhilu.server.evidence.services.staging import Staging
from zhilu.server.ledger.prepared import Prepared


def is_import(row: Intake) -> bool:
    return row.handover == storing.NO_HANDOVER


def is_of(stored: Recording, station: str) -> bool:
    """Whether this station may know what is stored: a recording any, an import its own."""
    return bool(stored.recorder) or stored.station == station


def begun(recording: UUID, station: str) -> Intake | None:
    """What is on its way, as far as this station may know."""
    row = Intake.objects.filter(id=recording).first()
    return None if row and is_import(row) and row.station != station else row


def held(recording: UUID, station: str) -> int | None:
    """How many segments are held of what is on its way, as far as this station may know."""
    row = _HELD.first(recording)
    if row is None or (row[1] == storing.NO_HANDOVER and row[2] != station):
        return None
    return int(row[0])


_HELD = Prepared(
    Intake._meta.get_field("id"),
    UUID(int=0),
    lambda id_: Intake.objects.filter(id=id_).values_list("held_segments", "handover", "station"),
)


def refuse(about: str) -> DataError:
    """The error, and the alarm about whom it is laid to."""
    raise_alarm("recording-id", about)
    return DataError("recording-id", "Another recording has this id.")


def refuse_stored(stored: Recording, recorder: str) -> DataError:
    """A recorder's journal under the id of what another made."""
    return refuse(recorder if stored.recorder else stored.station)


def check_import(recording: UUID, station: str) -> None:
    """DataError `recording-id` for an import under an id that a recorder has signed."""
    row = Intake.objects.filter(id=recording).first()
    if LogbookLine.objects.filter(recording=recording).exists() or (row and not is_import(row)):
        raise refuse(station)


def make_way(row: Intake, recorder: str, last: str, handover: str) -> int:
    """For another journal of what is on its way, or DataError. The same journal again is no change. Returns
    how many segments stay held."""
    if (row.recorder, row.last) == (recorder, last):
        return int(row.held_segments)
    if row.recorder == recorder:
        # Its maker signed two journals of one recording: what is held stays.
        raise_alarm("fork", recorder)
        raise DataError("fork", "Another journal of this recording is held.")
    if not is_import(row) or handover == storing.NO_HANDOVER:
        raise refuse(recorder)
    raise_alarm("recording-id", row.station)
    row.delete()
    return 0


def one_at_a_time(recording: UUID, station: str) -> None:
    """A station sends its imports one by one: what it had begun beside this one goes."""
    others = Intake.objects.filter(station=station, handover=storing.NO_HANDOVER).exclude(id=recording)
    for other in list(others.values_list("id", flat=True)):
        staging = Staging(other)
        with staging.locked():
            Intake.objects.filter(id=other, station=station, handover=storing.NO_HANDOVER).delete()
            if not Intake.objects.filter(id=other).exists():
                staging.remove()
