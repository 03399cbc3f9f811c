"""Days, holes, reach and names of every ledger that is here, kept up to what is applied of it
(spec/absence.md §5).

Of what was applied since the last time, the entries say which recorders and days it touches; these are read
anew and take the place of what stood there. Reach and names are few, and read each time. A crash between is
no harm: the size is written last, and the same is done again. A ledger that went back (a restored backup, a
mirror that was lost) is read as a whole.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta
from typing import Any
from uuid import UUID

from django.db import connections, models, transaction
from django.db.models import Exists, OuterRef

from zhilu.encoding import parse_time
from zhilu.server.equipment.models import HandedOver, Issue, LoggedAbsence, LoggedRecording, Recorder
from zhilu.server.equipment.rules import SUSPENDING
from zhilu.server.evidence.models import Recording
from zhilu.server.federation.models import Watch
from zhilu.server.federation.services import ledgers, mirror
from zhilu.server.ledger.clock import day_of, now
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.alone import alone
from zhilu.server.ledger.services.commit import event_of
from zhilu.server.oversight.models import Day, Hole, Named, Reach, Reconciled
from zhilu.server.oversight.rules import YEARS
from zhilu.server.oversight.services import reading
from zhilu.server.oversight.services.reading import AT_ONCE, Part, Register

log = logging.getLogger("zhilu.oversight")
EVERY_S = 5.0
LOCK = "absence"
MOST_ENTRIES = 5000
"""Beyond, the whole ledger is read anew: that is a month in seconds, and these one by one."""
LINES, HANDOVER, STORED, GAPS, FINDING = KINDS = (
    "logbook-held/1", "handover-held/1", "recording-stored/1", "recording-gaps/1", "recorder-finding/1",
)  # fmt: skip
ISSUED, RETURNED, REGISTERED, ENROLLED = PLACING = (
    "recorder-issued/1", "recorder-returned/1", "equipment-registered/1", "recorder-enrolled/1",
)  # fmt: skip
FIRST_DAY = reading.EPOCH.date()


def run(stop: threading.Event) -> None:
    """Until `stop`, beside the ledger's pass: of a large ledger the first time takes minutes."""
    while not stop.wait(EVERY_S):
        try:
            everything()
        except Exception:
            log.exception("the days were not counted")
        connections.close_all()  # none is held while it waits


def forget() -> None:
    """Where tables were made anew: all comes again."""
    with alone(LOCK):
        Reconciled.objects.all().delete()


def everything() -> None:
    for bureau in ledgers.bureaus():
        try:
            reconcile(bureau)
        except Exception:
            log.exception("the days of %s were not counted", bureau)  # and those of the others are


def reconcile(bureau: str) -> None:
    """What is applied of this bureau's ledger."""
    with alone(LOCK):
        _reconcile(bureau)


def _reconcile(bureau: str) -> None:
    # Half of what is stored would show as holes what the other half fills; what cannot be applied never will.
    waits = Watch.objects.filter(bureau=bureau, state="unapplied").exists()
    known = Reconciled.objects.filter(bureau=bureau).values_list("size", flat=True).first()
    with ledgers.of(bureau):
        size = ledgers.applied(bureau)
        if size == known or (bureau != ledgers.own() and not waits and mirror.known()[0].size > size):
            return
        is_new = known is None or size < known or size - known > MOST_ENTRIES
        touched = None if known is None or is_new else _touched(known, size)
        moved = {} if touched is None else _moved(known or 0, size)
        register = Register(bureau)
        reach, names = reading.reach(register), reading.names(bureau)
    if touched is None:
        whole(bureau)
    elif touched.days:
        _replace(bureau, touched, *_read(bureau, touched, register))
    _place(bureau, moved, register)
    _keep(Reach, bureau, reach)
    _keep(Named, bureau, names)
    Reconciled.objects.update_or_create(bureau=bureau, defaults={"size": size, "at": now()})


def whole(bureau: str) -> None:
    """Month after month, and nothing outside."""
    with ledgers.of(bureau):
        register = Register(bureau)
        parts = list(months(bureau))
    days = [day for month in parts for day in month]
    for model in (Day, Hole):
        outside = model.objects.filter(bureau=bureau)
        if days:
            outside = outside.exclude(day__in=days)
        outside.delete()
    for month in parts:
        part = Part(month)
        _replace(bureau, part, *_read(bureau, part, register))


def _read(bureau: str, part: Part, register: Register) -> tuple[list[Day], list[Hole]]:
    with ledgers.of(bureau):
        found = reading.read(part, register)
    return found.days, found.holes


def _replace(bureau: str, part: Part, days: list[Day], holes: list[Hole]) -> None:
    with transaction.atomic():
        for model in (Day, Hole):
            part.of(model.objects.filter(bureau=bureau)).delete()
        Day.objects.bulk_create(days, batch_size=AT_ONCE)
        Hole.objects.bulk_create(holes, batch_size=AT_ONCE)


def _place(bureau: str, moved: Mapping[str, date], register: Register) -> None:
    """What stood there already, with whoever had or owns the recorder as that is known now."""
    recorders = sorted(moved)
    for start in range(0, len(recorders), AT_ONCE):
        some = recorders[start : start + AT_ONCE]
        since = min(moved[one] for one in some)
        for model in (Day, Hole):
            rows = model.objects.filter(bureau=bureau, recorder__in=some, day__gte=since)
            for recorder, day, *known in rows.values_list(
                "recorder", "day", "serial", "department"
            ).distinct():
                said = register.of(recorder, day)
                if known != [said["serial"], said["department"]]:
                    rows.filter(recorder=recorder, day=day).update(**said)


def _keep(model: type[models.Model], bureau: str, rows: Sequence[models.Model]) -> None:
    names = [one.attname for one in model._meta.concrete_fields if one.attname != "id"]
    kept = model._default_manager.filter(bureau=bureau)
    known = {tuple(getattr(one, name) for name in names): one for one in kept}
    fresh = {tuple(getattr(one, name) for name in names): one for one in rows}
    gone = [one.pk for values, one in known.items() if values not in fresh]
    with transaction.atomic():
        for start in range(0, len(gone), AT_ONCE):
            kept.filter(id__in=gone[start : start + AT_ONCE]).delete()
        new = [one for values, one in fresh.items() if values not in known]
        model._default_manager.bulk_create(new, batch_size=AT_ONCE)


def months(bureau: str) -> Iterator[list[date]]:
    """The months in which this ledger has anything to count, each with its days; whatever a clock said, of
    the years that can be."""
    firsts: set[date] = set()
    for model in (LoggedRecording, HandedOver, LoggedAbsence):
        firsts |= set(model.objects.dates("day", "month"))
    for name in ("opened_at", "stored_at"):
        # By UTC: the last hours of a month are of the next in Beijing.
        for at in Recording.objects.datetimes(name, "month", tzinfo=UTC):
            firsts |= (
                {at.date(), (at.date() + timedelta(days=32)).replace(day=1)} if at.year in YEARS else set()
            )
    forks = reading.forks(bureau).values_list("until", "at")
    firsts |= {reading.day_of_fork(until, at).replace(day=1) for until, at in forks}
    for first in sorted(one for one in firsts if one.year in YEARS):
        after = (first + timedelta(days=32)).replace(day=1)
        yield [first + timedelta(days=n) for n in range((after - first).days)]


def _touched(known: int, size: int) -> Part:
    """What the entries from `known` on may have changed."""
    recorders: set[str] = set()
    ids: set[tuple[str, str]] = set()
    docked: set[str] = set()
    days: set[date] = set()
    rows = Entry.objects.filter(index__gte=known, index__lt=size, kind__in=KINDS)
    for row in rows.order_by("index").iterator(500):
        event: Any = event_of(row)
        if row.kind == GAPS:
            ids |= {(one, event.recording) for one in _recorders_of(event.recording)}
            continue
        recorders.add(event.recorder)
        if row.kind == LINES:
            ids |= {(event.recorder, one["id"]) for one in event.told if "id" in one}
        elif row.kind == HANDOVER:
            docked.add(event.recorder)
            ids |= {(event.recorder, one) for one in event.recordings}
        elif row.kind == STORED:
            ids.add((event.recorder, event.recording))
        elif event.code in SUSPENDING:
            until = parse_time(event.until) if event.until else None
            days.add(reading.day_of_fork(until, row.at))
    recorders |= {recorder for recorder, _ in ids}
    days |= _days_of(sorted(ids))
    # What the lines show besides, what a power-on left open, and what a handover did not list.
    news = LoggedAbsence.objects.filter(recorder__in=recorders, entry__gte=known)
    days |= set(news.values_list("day", flat=True))
    logged = LoggedRecording.objects.filter(recorder__in=recorders)
    days |= set(logged.filter(lost_at__isnull=False).values_list("day", flat=True))
    waiting = logged.filter(recorder__in=docked, closed_line__isnull=False)
    waiting = waiting.filter(~Exists(HandedOver.objects.filter(id=OuterRef("id"))))
    days |= set(waiting.values_list("day", flat=True))
    return Part(sorted(day for day in days if day.year in YEARS), sorted(recorders))


def _moved(known: int, size: int) -> dict[str, date]:
    """Recorder → the first day of which the entries from `known` on may say that another had or owns it."""
    found: dict[str, date] = {}
    rows = Entry.objects.filter(index__gte=known, index__lt=size, kind__in=PLACING)
    for row in rows.order_by("index").iterator(500):
        since = day_of(row.at) if row.kind in (ISSUED, RETURNED) else FIRST_DAY
        for recorder in _placed_by(row.kind, event_of(row)):
            found[recorder] = min(since, found.get(recorder, since))
    return found


def _placed_by(kind: str, event: Any) -> list[str]:
    if kind == RETURNED:
        return list(Issue.objects.filter(id=event.issue).values_list("recorder", flat=True))
    if kind == REGISTERED:
        return list(Recorder.objects.filter(serial=event.serial).values_list("kid", flat=True))
    return [event.recorder]


def _recorders_of(recording: str) -> list[str]:
    return list(Recording.objects.filter(id=recording).values_list("recorder", flat=True))


def _days_of(ids: list[tuple[str, str]]) -> set[date]:
    """On which these recordings stand, by whatever is known of them."""
    found: set[date] = set()
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        keys = [f"{recorder}/{recording}" for recorder, recording in some]
        for model in (LoggedRecording, HandedOver):
            found |= set(model.objects.filter(id__in=keys).values_list("day", flat=True))
        stored = Recording.objects.filter(id__in=[UUID(recording) for _, recording in some])
        for opened_at, stored_at in stored.values_list("opened_at", "stored_at"):
            found.add(reading.day_of_stored(opened_at, stored_at))
    return found
