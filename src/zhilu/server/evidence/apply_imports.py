"""How imported recordings follow from the ledger."""

from __future__ import annotations

from typing import Any

from zhilu.encoding import parse_time
from zhilu.errors import DataError
from zhilu.sealed.imports import MEDIA, ORIGIN, STATES
from zhilu.sealed.lines import FIRST
from zhilu.server.equipment.models import Station
from zhilu.server.evidence import events, standing
from zhilu.server.evidence.models import Import, Recording
from zhilu.server.evidence.models.imports import LONGEST_CLAIM, LONGEST_NAME
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.organisation.models import Policy
from zhilu.server.organisation.services.people import department_of

CLOSED_BY = "import"
NO_CHECK = "none"
"""Officer check of an import: nobody signed but the station."""


CLAIMS = {
    "name": ("name", LONGEST_NAME),
    "serial": ("serial", LONGEST_CLAIM),
    "officer": ("claimed_officer", LONGEST_CLAIM),
    "claimed_at": ("claimed_at", LONGEST_CLAIM),
    "modified_at": ("modified_at", LONGEST_CLAIM),
}


@checks(events.RecordingImported)
def check_imported(event: events.RecordingImported, stamp: Stamp) -> None:
    if Recording.objects.filter(id=event.recording).exists():
        raise DataError("already-stored", "This recording has been stored already.")
    if not Station.objects.filter(kid=event.station).exists():
        raise DataError("device-unknown", "No such device is enrolled.")
    policy = Policy.objects.filter(version=event.policy).first()
    if policy is None or event.copies < policy.copies:
        raise DataError("copies", "The policy demands more durable copies.")
    if event.source_state not in STATES or event.media not in MEDIA:
        raise DataError("media", "There is no such state or type of a source.")


@applies(events.RecordingImported)
def apply_imported(event: events.RecordingImported, stamp: Stamp) -> None:
    Recording.objects.create(
        id=event.recording,
        recorder="",
        lines=event.lines,
        last=event.last,
        segments=event.segments,
        length=event.length,
        origin=ORIGIN,
        drill=False,
        officer=event.officer,
        department=department_of(event.officer, day_of(stamp.at)),
        policy=event.policy,
        opened_at=parse_time(event.opened_at),
        closed_at=parse_time(event.closed_at),
        handover="",
        officer_check=NO_CHECK,
        station=event.station,
        bay=0,
        closed_by=CLOSED_BY,
        copies=event.copies,
        stored_at=stamp.at,
        duration_us=event.duration_us,
        entry=stamp.index,
    )
    standing.counted([event.recording], stamp.index)
    _join_row(event, stamp)


def _join_row(event: events.RecordingImported, stamp: Stamp) -> None:
    newest = Import.objects.filter(station=event.station).order_by("-entry").first()
    same = Import.objects.filter(source_sha256=event.source_sha256).order_by("entry").first()
    Import.objects.create(
        id=event.recording,
        station=event.station,
        prev=event.prev,
        last=event.last,
        follows=event.prev == (newest.last if newest else FIRST.hex()),
        repeats=same.id if same else None,
        media=event.media,
        source_sha256=event.source_sha256,
        source_size=event.source_size,
        source_state=event.source_state,
        duration_us=event.duration_us,
        **_claims(stamp.personal),
        entry=stamp.index,
    )


def _claims(personal: dict[str, Any]) -> Any:
    return {
        column: str(personal.get(name) or "")[:longest].replace("\0", "�")
        for name, (column, longest) in CLAIMS.items()
    }
