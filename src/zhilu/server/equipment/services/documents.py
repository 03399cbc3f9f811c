"""What the county hands to stations and recorders, each entry proved under the newest published checkpoint
(spec/docking.md §5, §6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Q

from zhilu.encoding import format_time
from zhilu.errors import DataError, WorldError
from zhilu.server.catalogue.models import Catalogue
from zhilu.server.catalogue.services import catalogue
from zhilu.server.equipment.models import Assignment, Finger, Recorder, Station
from zhilu.server.equipment.services.roster import roster
from zhilu.server.ledger.clock import day_of, now
from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.server.ledger.services import proofs
from zhilu.server.organisation.services.people import names

VALID = timedelta(hours=72)
# One entry for each subject, the newest: who belongs where, by which keys.
NEWEST_OF_EACH = (
    "station-enrolled/1",
    "recorder-enrolled/1",
    "recorder-assigned/1",
    "device-revoked/1",
)


def snapshot() -> dict[str, Any]:
    """One document from which a station decides alone for 72 hours."""
    checkpoint = _newest()
    indexes = [index for kind in NEWEST_OF_EACH for index in _newest_of_each(kind, checkpoint.size)]
    # A binding that ended is left out: by an entry of its own, or because the recorder is lost or retired.
    bound = Recorder.objects.exclude(station=None).values("kid")
    indexes += _newest_of_each("recorder-bound/1", checkpoint.size, subject__in=bound)
    indexes += Entry.objects.filter(
        kind="dock-credential-registered/1", index__lt=checkpoint.size
    ).values_list("index", flat=True)
    indexes += _newest_entry("policy-set/1", checkpoint.size)
    at = now()
    indexes += _catalogues(day_of(at), checkpoint.size) + _fingers(checkpoint.size)
    return {
        "type": "zhilu-snapshot/1",
        "bureau": settings.ZHILU.bureau,
        "issued": format_time(at),
        "valid_until": format_time(at + VALID),
        "checkpoint": bytes(checkpoint.note).decode(),
        "entries": _entries(sorted(indexes), checkpoint.size),
        "names": _names(),
        "roster": roster(),
        "revocations": settings.ZHILU.crl.read_text() if settings.ZHILU.crl.exists() else "",
    }


def update(recorder: str, size: int) -> dict[str, Any]:
    """What a recorder whose newest checkpoint has `size` should learn: body of `POST /entries`."""
    checkpoint = _newest()
    if size > checkpoint.size:
        raise DataError("rollback", "The recorder has seen a larger ledger than this one.", size=size)
    indexes = [
        *_newest_entry("policy-set/1", checkpoint.size),
        *_newest_entry("recorder-bound/1", checkpoint.size, recorder),
        *_newest_entry("recorder-assigned/1", checkpoint.size, recorder),
    ]
    return {
        "checkpoint": bytes(checkpoint.note).decode(),
        "consistency": [value.hex() for value in proofs.consistency(size, checkpoint.size)],
        "entries": _entries(sorted(indexes), checkpoint.size),
    }


def adoption(recorder: str) -> dict[str, Any]:
    """What a new recorder is set up with: the same, and its own enrolment (contract of `zhilu recorder
    adopt`).
    """
    if not Recorder.objects.filter(kid=recorder).exists():
        raise DataError("device-unknown", "No such device is enrolled.")
    body = update(recorder, 0)
    size = _newest().size
    enrolled = _newest_entry("recorder-enrolled/1", size, recorder)
    if not enrolled:
        raise DataError("not-covered", "No published checkpoint covers the recorder's enrolment yet.")
    return body | {"enrolled": _entries(enrolled, size)[0]}


def _entries(indexes: Iterable[int], size: int) -> list[dict[str, Any]]:
    proved = [entry.to_json() for entry in proofs.proved_entries(list(indexes), size)]
    for entry in proved:
        del entry["checkpoint"]
    return proved


def _newest() -> Checkpoint:
    checkpoint = proofs.newest()
    if checkpoint is None:
        raise WorldError("no-checkpoint", "The ledger has published no checkpoint yet.")
    return checkpoint


def _newest_of_each(kind: str, size: int, **more: Any) -> Sequence[int]:
    rows = (
        Entry.objects.filter(kind=kind, index__lt=size, **more)
        .values("subject")
        .annotate(newest=Max("index"))
    )
    return [row["newest"] for row in rows]


def _newest_entry(kind: str, size: int, subject: str | None = None) -> list[int]:
    rows = Entry.objects.filter(kind=kind, index__lt=size)
    if subject is not None:
        rows = rows.filter(subject=subject)
    return list(rows.order_by("-index").values_list("index", flat=True)[:1])


def _catalogues(on: date, size: int) -> list[int]:
    """The version in force, and those announced."""
    wanted = Q(since__gt=on) | Q(version=catalogue.in_force(on))
    return list(Catalogue.objects.filter(wanted, entry__lt=size).values_list("entry", flat=True))


def _fingers(size: int) -> list[int]:
    """One entry of each person and station: it says that there is a finger, not how many."""
    rows = Finger.objects.filter(entry__lt=size).values("person", "station").annotate(newest=Max("entry"))
    return [row["newest"] for row in rows]


def _names() -> dict[str, str]:
    """Shown at the kiosk, never decided on."""
    officers = names(Assignment.objects.values_list("officer", flat=True).distinct())
    recorders = dict(Recorder.objects.values_list("kid", "serial"))
    return officers | recorders | dict(Station.objects.values_list("kid", "name"))
