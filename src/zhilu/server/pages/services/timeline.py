"""The life of a recording, from the camera to the last release: each step with the proof that it left.

Entries are found by what they are about: the recording, its acts, its viewings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from zhilu.encoding import parse_time
from zhilu.sealed.imports import ORIGIN
from zhilu.server.equipment.models import Handover, LogbookLine
from zhilu.server.equipment.services import logbooks
from zhilu.server.evidence.models import ActSpan, Recording, Viewing, ViewingSpan
from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.server.ledger.services import proofs
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

CLOSED = ("recording-closed", "recovered")


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


MOST_LINES = 500


class Life:
    """Everything about one recording that its page shows, each thing read once. `told`: names of people."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.is_import = recording.origin == ORIGIN
        self.lines = [] if self.is_import else logbooks.about(recording.id)
        self.covering = proofs.first_covering(recording.entry)
        """The first published checkpoint that covers the entry which stored it."""
        self.handover = Handover.objects.filter(digest=recording.handover).first()
        spans = ActSpan.objects.filter(recording=recording.id).select_related("act").order_by("id")
        self.acts = list({span.act.id: span.act for span in spans}.values())
        viewed = ViewingSpan.objects.filter(recording=recording.id).select_related("viewing")
        self.viewings = {span.viewing.id: span.viewing for span in viewed}
        self.told = names(self._people())
        self._later = self._later_lines()

    def _people(self) -> set[UUID]:
        people = {self.recording.officer, self.handover.officer if self.handover else None}
        for one in self.viewings.values():
            people |= {one.viewer, one.approver}
        return {one for one in people if one}

    def _later_lines(self) -> list[LogbookLine]:
        """Dockings and openings after the line that closes it."""
        closed = next((line.n for line in self.lines if line.type in CLOSED), None)
        if closed is None:
            return []
        lines = LogbookLine.objects.filter(recorder=self.recording.recorder, n__gt=closed)
        return list(lines.filter(type__in=("docked", "recording-opened")).order_by("n")[:MOST_LINES])

    @property
    def next_opened(self) -> LogbookLine | None:
        return next((line for line in self._later if line.type == "recording-opened"), None)

    @property
    def docked(self) -> LogbookLine | None:
        """The line that names the recording's handover."""
        return next(
            (
                line
                for line in self._later
                if line.type == "docked" and logbooks.payload_of(line)["handover"] == self.recording.handover
            ),
            None,
        )

    def steps(self, station: str) -> list[Step]:
        """The chain first, whatever the devices' clocks say of it; then what the ledger tells, in its order.
        `station`: name of the one that collected it.
        """
        entries = _entries(self.recording, [*(act.id for act in self.acts), *self.viewings])
        stored = next(one for one in entries if one.index == self.recording.entry)
        told = (_told(entry, self.recording.id, self.viewings, self.told) for entry in entries)
        return [
            *self._capture(station),
            *_storage(stored, self.covering),
            *self._clearing(),
            *(step for step in told if step is not None),
        ]

    def _capture(self, station: str) -> Iterator[Step]:
        row, handover = self.recording, self.handover
        if self.is_import:
            yield Step("imported", row.opened_at, "line", row.last, more=station)
            return
        yield Step("captured", row.opened_at, "line", row.last, who=self.told.get(str(row.officer), ""))
        if handover:
            place, officer = f"{station} · {handover.bay}", self.told.get(str(handover.officer), "")
            yield Step("handed-over", handover.at, "handover", handover.digest, who=officer, more=place)
        if self.docked:
            at = parse_time(logbooks.payload_of(self.docked)["at"])
            yield Step("collected", at, "line", self.docked.hash)

    def _clearing(self) -> Iterator[Step]:
        """The recorder's own word that it erased the recording, on the receipt: where its line is held."""
        line = next((line for line in self.lines if line.type == "cleared"), None)
        if line is not None:
            yield Step("cleared", parse_time(logbooks.at_of(line)), "line", line.hash)


def _entries(recording: Recording, subjects: Iterable[UUID]) -> list[Entry]:
    about = Q(subject__in=[str(one) for one in subjects], kind__in=STEPS)
    return list(Entry.objects.filter(about | Q(index=recording.entry)).order_by("index"))


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
