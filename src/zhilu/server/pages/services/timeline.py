"""The life of a recording, from the camera to the last release: each step with the proof that it left.

Entries are found by what they are about: the recording, its acts, its viewings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from zhilu.encoding import parse_time
from zhilu.sealed.imports import ORIGIN
from zhilu.server.equipment.models import Handover, LogbookLine, Station
from zhilu.server.equipment.services import logbooks
from zhilu.server.evidence.models import ActSpan, Recording, Viewing, ViewingSpan
from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.server.ledger.services.commit import event_of
from zhilu.server.organisation.services.people import names
from zhilu.tlog.merkle import leaf_hash

STEPS = {
    "act-opened/1": "act",
    "statement-filed/1": "statement",
    "viewing-requested/1": "viewing-requested",
    "viewing-decided/1": "",
    "key-released/1": "released",
}


@dataclass(frozen=True)
class Step:
    """`index` of its ledger entry, or None where the entry that stores the recording covers it. `proof`:
    hex of the hash that shows it, shortened on the page; `proof_kind`: leaf, line, handover or checkpoint.
    """

    code: str
    at: datetime
    proof_kind: str
    proof: str
    index: int | None = None
    who: str = ""
    more: str = ""


def steps(recording: Recording, covering: Checkpoint | None) -> list[Step]:
    """The chain first, whatever the devices' clocks say of it; then what the ledger tells, in its order.
    `covering`: the first published checkpoint that covers the entry which stored it.
    """
    handover = Handover.objects.filter(digest=recording.handover).first()
    acts, viewings = _acts(recording.id), _viewings(recording.id)
    people = {recording.officer, handover.officer if handover else None}
    for one in viewings.values():
        people |= {one.viewer, one.approver}
    told = names(one for one in people if one)
    entries = _entries(recording, [*acts, *viewings])
    return [
        *_capture(recording, handover, told),
        *_storage(next(one for one in entries if one.index == recording.entry), covering),
        *(step for entry in entries if (step := _told(entry, recording.id, viewings, told)) is not None),
    ]


def _acts(recording: UUID) -> set[UUID]:
    return set(ActSpan.objects.filter(recording=recording).values_list("act", flat=True))


def _viewings(recording: UUID) -> dict[UUID, Viewing]:
    spans = ViewingSpan.objects.filter(recording=recording).select_related("viewing")
    return {span.viewing.id: span.viewing for span in spans}


def _entries(recording: Recording, subjects: Iterable[UUID]) -> list[Entry]:
    about = Q(subject__in=[str(one) for one in subjects], kind__in=STEPS)
    return list(Entry.objects.filter(about | Q(index=recording.entry)).order_by("index"))


def _capture(recording: Recording, handover: Handover | None, told: dict[str, str]) -> Iterator[Step]:
    name = _station(recording.station)
    if recording.origin == ORIGIN:
        yield Step("imported", recording.opened_at, "line", recording.last, more=name)
        return
    who = told.get(str(recording.officer), "")
    yield Step("captured", recording.opened_at, "line", recording.last, who=who)
    if handover:
        place = f"{name} · {handover.bay}"
        officer = told.get(str(handover.officer), "")
        yield Step("handed-over", handover.at, "handover", handover.digest, who=officer, more=place)
    docked = _docked(recording)
    if docked:
        yield Step("collected", parse_time(logbooks.payload_of(docked)["at"]), "line", docked.hash)


def _station(kid: str) -> str:
    return Station.objects.filter(kid=kid).values_list("name", flat=True).first() or ""


def _docked(recording: Recording) -> LogbookLine | None:
    """The line that names the recording's handover; it comes after the one that closes it."""
    closed = LogbookLine.objects.filter(
        recorder=OuterRef("recorder"), recording=recording.id, type__in=("recording-closed", "recovered")
    )
    lines = LogbookLine.objects.filter(recorder=recording.recorder, type="docked")
    after = lines.filter(n__gt=Subquery(closed.values("n")[:1])).order_by("n")
    return next((line for line in after if logbooks.payload_of(line)["handover"] == recording.handover), None)


def _storage(stored: Entry, covering: Checkpoint | None) -> Iterator[Step]:
    yield _step("stored", stored)
    if covering is not None and covering.cosigned_at is not None:
        size = str(covering.size)
        yield Step("receipt", covering.cosigned_at, "checkpoint", covering.sha256, more=size)


def _told(entry: Entry, recording: UUID, viewings: dict[UUID, Viewing], told: dict[str, str]) -> Step | None:
    """A step of acts and viewings; None for the entry that stores, and for another recording's release."""
    if entry.kind not in STEPS:
        return None
    event, code = event_of(entry), STEPS[entry.kind]
    if code == "act":
        return _step(code, entry, more=event.procedure)
    if code == "statement":
        return _step(code, entry, more=f"{len(event.complete)}/7")
    viewing = viewings[UUID(entry.subject)]
    if code == "viewing-requested":
        return _step(code, entry, told.get(str(viewing.viewer), ""), viewing.purpose)
    if code == "released":
        is_this = UUID(event.recording) == recording
        return _step(code, entry, more=f"{event.from_}-{event.to}") if is_this else None
    decided = "viewing-approved" if viewing.approved else "viewing-refused"
    return _step(decided, entry, told.get(str(viewing.approver), ""))


def _step(code: str, entry: Entry, who: str = "", more: str = "") -> Step:
    return Step(code, entry.at, "leaf", leaf_hash(bytes(entry.leaf)).hex(), entry.index, who, more)
