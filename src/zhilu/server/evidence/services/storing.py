"""The entry that stores a recording, after everything that it says was checked against the held logbook, the
handover and the ledger's policy (spec/intake.md §2 `complete`). A contradiction is a finding of the ledger.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from zhilu.errors import DataError, WorldError
from zhilu.protocols.docking_handover import check_strength
from zhilu.sealed.journal import JournalReader
from zhilu.sealed.keys import load_jwk
from zhilu.server.equipment.models import Handover, LogbookLine, Recorder
from zhilu.server.equipment.services import findings, logbooks
from zhilu.server.evidence.events import RecordingStored
from zhilu.server.evidence.events_gaps import RecordingGaps, RecordingMeasured
from zhilu.server.evidence.models import Intake
from zhilu.server.evidence.rules_measured import BLACK, KINDS, SILENT
from zhilu.server.evidence.services import agreement, imports, journals, missing
from zhilu.server.evidence.services.media_store import store
from zhilu.server.evidence.services.staging import Staging
from zhilu.server.ledger.services.commit import Proposal

CONTRADICTIONS = frozenset(("opened-by", "closed-as", "counter", "drill", "recipients", "officer-check"))
NO_HANDOVER = ""
"""Marks an import on its way in; its `recorder` is the station."""


def entries_of(row: Intake, staging: Staging) -> list[Proposal]:
    """The entry that stores the recording, after everything it says was checked; and what it lacks inside."""
    if row.handover != NO_HANDOVER:
        try:
            return _entries(row, staging)
        except DataError as error:
            if error.code in CONTRADICTIONS:
                _keep_contradiction(row, error.code)
            raise
    event, personal = imports.event_of(row, staging)
    _check_copies(event.copies)
    return [Proposal(event, row.station, personal)]


def _keep_contradiction(row: Intake, code: str) -> None:
    """What the recorder signed about this recording does not agree: it is not stored, and everybody shall
    know."""
    since, until = missing.spans(row.id)
    recording, proof = str(row.id), row.last
    findings.find(row.recorder, code, recording=recording, since=since, until=until, proof=proof)


def _entries(row: Intake, staging: Staging) -> list[Proposal]:
    opened, closed, closed_by = _logbook_view(row)
    device = Recorder.objects.get(kid=row.recorder)
    first = journals.first_line(JournalReader(load_jwk(device.jwk), device.kid), staging.journal)
    if first.prev.hex() != opened.hash:
        raise DataError("opened-by", "The journal does not follow from the logbook's line.")
    policy = journals.policy_of(first)
    handover = Handover.objects.get(digest=row.handover)
    told = agreement.told_by(staging.journal)
    agreement.check_minutes(told.counters, logbooks.payload_of(opened), closed)
    agreement.check_drill(row.recorder, opened.n, first.drill)
    check_strength(handover.officer_check, policy.officer_check_least)
    _check_copies(policy.copies)
    stored = RecordingStored(
        recording=str(row.id),
        recorder=row.recorder,
        lines=row.lines,
        last=row.last,
        segments=row.segments,
        length=row.length,
        origin=first.origin,
        drill=first.drill,
        officer=first.officer,
        policy=first.policy,
        opened_at=first.at,
        closed_at=closed["at"],
        handover=row.handover,
        officer_check=handover.officer_check,
        station=handover.station,
        bay=handover.bay,
        closed_by=closed_by,
        copies=policy.copies,
        marks=told.measured.mark_count,
    )
    return [Proposal(stored, row.station), *_inside(str(row.id), told)]


def _inside(recording: str, told: agreement.ToldBy) -> list[Proposal]:
    """What its journal lacks, and what was measured and marked in it."""
    found: list[object] = []
    gaps, measured = told.gaps, told.measured
    if gaps.count:
        found.append(RecordingGaps(recording, gaps.count, gaps.total_us, gaps.longest))
    if not measured.is_empty:
        black, silent = (measured.stretches[kind] for kind in KINDS)
        event = RecordingMeasured(
            recording=recording,
            marks=measured.marks,
            black_count=black.count,
            black_us=black.total_us,
            black=measured.longest(BLACK),
            silent_count=silent.count,
            silent_us=silent.total_us,
            silent=measured.longest(SILENT),
        )
        found.append(event)
    return [Proposal(one, settings.ZHILU.bureau) for one in found]


def _check_copies(copies: int) -> None:
    if store().copies < copies:
        raise WorldError(
            "copies", "The policy demands {copies} durable copies; this store makes fewer.", copies=copies
        )


def _logbook_view(row: Intake) -> tuple[LogbookLine, dict[str, Any], str]:
    """The logbook's opening and closing lines of this recording; the closing one says what the journal
    says.
    """
    lines = {line.type: line for line in logbooks.about(row.id) if line.recorder == row.recorder}
    opened, closed = lines.get("recording-opened"), lines.get("recording-closed") or lines.get("recovered")
    if opened is None or closed is None:
        raise DataError(
            "not-closed", "The held logbook does not say that this recording was opened and closed."
        )
    payload = logbooks.payload_of(closed)
    said = tuple(payload.get(name) for name in ("lines", "last", "segments", "length"))
    if said != (row.lines, row.last, row.segments, row.length):
        raise DataError(
            "closed-as", "The logbook closed this recording with other figures than its journal has."
        )
    return opened, payload, closed.type
