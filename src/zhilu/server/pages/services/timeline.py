"""The life of a recording, from the camera to the last release: each step with the proof that it left.

Entries are found by what they are about: the recording, its acts with their links and outcomes, its viewings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _

from zhilu.encoding import as_uuid, parse_time
from zhilu.sealed.imports import ORIGIN
from zhilu.server.catalogue.models import Procedure
from zhilu.server.equipment.models import LogbookLine
from zhilu.server.equipment.services import logbooks
from zhilu.server.evidence.models import Act, ActOfficer, ActSpan, ViewingSpan
from zhilu.server.evidence.rules_keeping import longest
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services.acts import visible
from zhilu.server.pages.services.steps import Step, Teller, belongings, entries_about
from zhilu.tlog.merkle import leaf_hash

CLOSED = ("recording-closed", "recovered")
MOST_LINES = 500


class Life:
    """Everything about one recording that its page shows, each thing read once. `recording`: as
    `recordings.one` found it; `rights`: of who looks; `before`: of steps, those before this entry."""

    def __init__(self, recording: Any, rights: Rights, before: int | None = None) -> None:
        self.recording = recording
        self.is_import = recording.origin == ORIGIN
        self.lines = [] if self.is_import else logbooks.about(recording.id)
        self.is_covered = recording.covered_size is not None
        is_readable = Exists(visible(rights).filter(id=OuterRef("act")))
        is_mine = Exists(ActOfficer.objects.filter(act=OuterRef("act"), officer=rights.person))
        listed = Procedure.objects.filter(version=OuterRef("act__catalogue"), code=OuterRef("act__procedure"))
        found = ActSpan.objects.filter(recording=recording.id).annotate(
            is_readable=is_readable, is_mine=is_mine, retention=Subquery(listed.values("retention")[:1])
        )
        spans = list(found.select_related("act").order_by("id"))
        self.keep = longest([recording.kept_keep or "", *(span.retention or "" for span in spans)])
        """For how long, as `keeping.keep_of` says."""
        self.may_lengthen = self._may_lengthen(rights, spans)
        acts = {span.act.id: (span.act, span.is_readable) for span in spans}
        self.acts: list[tuple[Act, bool]] = list(acts.values())
        """Those that name it, and whether this person may open them."""
        viewed = ViewingSpan.objects.filter(recording=recording.id).select_related("viewing")
        viewings = {span.viewing.id: span.viewing for span in viewed}
        readable = [one for one, (_act, may) in acts.items() if may]
        subjects = [recording.id, *viewings, *acts, *(belongings(readable) if readable else [])]
        window = entries_about(subjects, recording.entry, before=before)
        self.entries, self.older = window.entries, window.older
        hidden = frozenset(str(one) for one in acts if one not in readable)
        self.teller = Teller(recording.id, viewings, hidden)
        people = [recording.officer, recording.handed_by, as_uuid(recording.kept_by or "")]
        self.teller.name_all(self.entries, people)
        self._later = self._later_lines()

    def _may_lengthen(self, rights: Rights, spans: Sequence[Any]) -> bool:
        """As `writers.may_lengthen` judges again when something is sent."""
        if "officer" in rights.roles and any(span.is_mine for span in spans):
            return True
        heads = rights.scope_of("unit-head")
        return heads is None or any(
            one in heads for one in (self.recording.department, *(span.act.department for span in spans))
        )

    @property
    def told(self) -> dict[str, str]:
        """Names of people."""
        return self.teller.named

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
        own = self.recording.entry
        stored = next((one for one in self.entries if one.index == own), None) or Entry.objects.get(index=own)
        told = (self.teller.step(entry) for entry in self.entries)
        return [
            *self._capture(station),
            *_storage(stored, self.recording),
            *self._clearing(),
            *(step for step in told if step is not None),
        ]

    def _capture(self, station: str) -> Iterator[Step]:
        row = self.recording
        if self.is_import:
            yield Step("imported", row.opened_at, "line", row.last, more=station)
            return
        yield Step("captured", row.opened_at, "line", row.last, who=self.teller.name(row.officer))
        if row.handed_at:
            place = _("%(place)s (bay)") % {"place": f"{station} · {row.bay}"}
            officer = self.teller.name(row.handed_by)
            yield Step("handed-over", row.handed_at, "handover", row.handover, who=officer, more=place)
        if self.docked:
            at = parse_time(logbooks.payload_of(self.docked)["at"])
            yield Step("collected", at, "line", self.docked.hash)

    def _clearing(self) -> Iterator[Step]:
        """The recorder's own word that it erased the recording, on the receipt: where its line is held."""
        line = next((line for line in self.lines if line.type == "cleared"), None)
        if line is not None:
            yield Step("cleared", parse_time(logbooks.at_of(line)), "line", line.hash)


def _storage(stored: Entry, recording: Any) -> Iterator[Step]:
    yield Step("stored", stored.at, "leaf", leaf_hash(bytes(stored.leaf)).hex(), stored.index)
    if recording.covered_cosigned_at is not None:
        size = _("size %(size)s") % {"size": recording.covered_size}
        at, digest = recording.covered_cosigned_at, recording.covered_sha256
        yield Step("receipt", at, "checkpoint", digest, more=size)
