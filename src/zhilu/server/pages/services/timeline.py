"""The life of a recording, from the camera to the last release: each step with the proof that it left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from zhilu.encoding import parse_time
from zhilu.sealed.imports import ORIGIN
from zhilu.server.equipment.models import Handover, LogbookLine, Station
from zhilu.server.equipment.services import logbooks
from zhilu.server.evidence.models import Act, ActSpan, KeyRelease, Recording, Statement, Viewing, ViewingSpan
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import proofs
from zhilu.server.organisation.services.people import names
from zhilu.tlog.merkle import leaf_hash


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


def steps(recording: Recording) -> list[Step]:
    """The chain first, whatever the devices' clocks say of it; then what the ledger tells, in its order."""
    told = [*_description(recording), *_viewings(recording)]
    return [*_capture(recording), *_storage(recording), *sorted(told, key=lambda step: step.index or 0)]


def _capture(recording: Recording) -> Iterator[Step]:
    if recording.origin == ORIGIN:
        station = Station.objects.filter(kid=recording.station).first()
        name = station.name if station else ""
        yield Step("imported", recording.opened_at, "line", recording.last, more=name)
        return
    yield Step("captured", recording.opened_at, "line", recording.last, who=_name(recording.officer))
    handover = Handover.objects.filter(digest=recording.handover).first()
    if handover:
        station = Station.objects.filter(kid=handover.station).first()
        place = f"{station.name if station else ''} · {handover.bay}"
        yield Step(
            "handed-over", handover.at, "handover", handover.digest, who=_name(handover.officer), more=place
        )
    docked = _docked(recording)
    if docked:
        yield Step("collected", parse_time(logbooks.payload_of(docked)["at"]), "line", docked.hash)


def _docked(recording: Recording) -> LogbookLine | None:
    lines = LogbookLine.objects.filter(recorder=recording.recorder, type="docked").order_by("n")
    return next((line for line in lines if logbooks.payload_of(line)["handover"] == recording.handover), None)


def _storage(recording: Recording) -> Iterator[Step]:
    yield _entry_step("stored", recording.entry)
    checkpoint = proofs.newest_covering(recording.entry)
    if checkpoint is None:
        return
    first = proofs.first_covering(recording.entry)
    if first is not None and first.cosigned_at is not None:
        yield Step("receipt", first.cosigned_at, "checkpoint", first.sha256, more=str(first.size))


def _description(recording: Recording) -> Iterator[Step]:
    acts = ActSpan.objects.filter(recording=recording.id).values("act")
    for act in Act.objects.filter(id__in=acts):
        yield _entry_step("act", act.entry, more=act.procedure)
        for statement in Statement.objects.filter(act=act).order_by("version"):
            yield _entry_step("statement", statement.entry, more=f"{len(statement.complete)}/7")


def _viewings(recording: Recording) -> Iterator[Step]:
    spans = ViewingSpan.objects.filter(recording=recording.id).values("viewing")
    for viewing in Viewing.objects.filter(id__in=spans):
        yield _entry_step("viewing-requested", viewing.entry, who=_name(viewing.viewer), more=viewing.purpose)
        if viewing.decided_entry is not None:
            code = "viewing-approved" if viewing.approved else "viewing-refused"
            yield _entry_step(code, viewing.decided_entry, who=_name(viewing.approver))
    for release in KeyRelease.objects.filter(recording=recording.id):
        yield _entry_step("released", release.entry, more=f"{release.first}-{release.last}")


def _entry_step(code: str, index: int, who: str = "", more: str = "") -> Step:
    entry = Entry.objects.get(index=index)
    return Step(code, entry.at, "leaf", leaf_hash(bytes(entry.leaf)).hex(), index, who, more)


def _name(person: UUID | None) -> str:
    return names([person]).get(str(person), "") if person else ""
