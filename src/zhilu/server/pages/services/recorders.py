"""What the pages say of recorders: what is missing, from when to when, and what nobody can know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max

from zhilu.encoding import parse_time
from zhilu.sealed.logbook import PROVABLE_COUNTERS
from zhilu.server.equipment import rules
from zhilu.server.equipment.models import Finding, LogbookLine, Recorder, Revocation, Station
from zhilu.server.equipment.services import logbooks
from zhilu.server.evidence.models import Recording
from zhilu.server.evidence.services import missing

MOST = 500


@dataclass(frozen=True)
class Row:
    """`unknown_since`: time of the last held line; after it nothing is known."""

    recorder: Recorder
    station: str
    findings: int
    is_suspended: bool
    is_revoked: bool
    unknown_since: datetime | None

    @property
    def tail_provable(self) -> bool:
        return self.recorder.counter_kind in PROVABLE_COUNTERS


@dataclass(frozen=True)
class Found:
    """`stored`: what was missing is here now."""

    finding: Finding
    since: datetime | None
    until: datetime | None
    stored: bool
    by: str

    @property
    def is_note(self) -> bool:
        return self.finding.code in rules.NOTES


@dataclass(frozen=True)
class Awaited:
    """A recording that the logbook closed and that is not here: still in the recorder or at a station, or
    missing."""

    recording: UUID
    since: datetime | None
    until: datetime | None
    is_missing: bool
    is_cleared: bool


def rows() -> list[Row]:
    counts = dict(Finding.objects.values_list("recorder").annotate(Count("id")))
    suspended = set(Finding.objects.filter(code__in=rules.SUSPENDING).values_list("recorder", flat=True))
    revoked = set(Revocation.objects.values_list("kid", flat=True))
    stations = dict(Station.objects.values_list("kid", "name"))
    last = dict(LogbookLine.objects.values_list("recorder").annotate(Max("n")))
    return [
        Row(
            one,
            f"{stations.get(one.station, '')} · {one.bay}" if one.station else "",
            counts.get(one.kid, 0),
            one.kid in suspended,
            one.kid in revoked,
            _at(one.kid, last.get(one.kid)),
        )
        for one in Recorder.objects.order_by("serial", "kid")
    ]


def found(recorder: str) -> list[Found]:
    """Newest first."""
    stations = dict(Station.objects.values_list("kid", "name"))
    rows = Finding.objects.filter(recorder=recorder).order_by("-id")[:MOST]
    return [_found(row, stations) for row in rows]


def about(recording: Recording) -> list[Found]:
    """Findings about one recording, or at the lines about it."""
    lines = [line.n for line in logbooks.about(recording.id)]
    mine = Finding.objects.filter(recorder=recording.recorder)
    rows = mine.filter(recording=recording.id) | mine.filter(recording=None, line__in=lines)
    return [_found(row, {}) for row in rows.order_by("id")]


def awaited(recorder: str) -> list[Awaited]:
    """Oldest first."""
    lines = LogbookLine.objects.filter(recorder=recorder)
    cleared = set(lines.filter(type="cleared").values_list("recording", flat=True))
    gone = Finding.objects.filter(recorder=recorder, code="recording-missing")
    missing_now = set(gone.values_list("recording", flat=True))
    stored = Recording.objects.filter(recorder=recorder).values("id")
    closed = lines.filter(type__in=missing.CLOSED_BY).exclude(recording__in=stored).order_by("n")
    return list(_awaited(closed.iterator(), missing_now, cleared))


def _awaited(
    lines: Iterator[LogbookLine], gone: set[UUID | None], cleared: set[UUID | None]
) -> Iterator[Awaited]:
    for line in lines:
        if line.recording is not None and logbooks.payload_of(line).get("lines"):
            since, until = missing.spans(line.recording)
            yield Awaited(
                line.recording, _time(since), _time(until), line.recording in gone, line.recording in cleared
            )


def _found(row: Finding, stations: dict[str, str]) -> Found:
    since, until = row.since, row.until
    if row.recording is not None and since is None and until is None:
        # The lines about it came later than the word of the station.
        since, until = (_time(text) for text in missing.spans(row.recording))
    stored = row.recording is not None and Recording.objects.filter(id=row.recording).exists()
    return Found(row, since, until, stored, stations.get(row.actor, ""))


def _at(recorder: str, n: int | None) -> datetime | None:
    line = None if n is None else LogbookLine.objects.filter(recorder=recorder, n=n).first()
    return None if line is None else _time(logbooks.at_of(line))


def _time(text: str) -> datetime | None:
    return parse_time(text) if text else None
