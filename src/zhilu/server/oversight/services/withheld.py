"""Whether a ledger holds the findings that its facts show (spec/findings.md §5): judged anew from its tables,
of the own one and of every mirror.

What its facts have shown for a day must be there: as of a day before its newest entry, and but for the days
that an entry since then touched. What stands must be shown, then or now.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import OperationalError, connections

from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import unix_s
from zhilu.server.ledger.models import Entry
from zhilu.server.oversight import rules_findings as rules
from zhilu.server.oversight.apply_findings import SAID, said
from zhilu.server.oversight.events_findings import FindingRaised
from zhilu.server.oversight.findings.days import DAY_S, HOUR_S, day_of
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.models import Finding
from zhilu.server.oversight.services import judging, standing, touched
from zhilu.server.oversight.services.evaluating import MOST_DAYS, ONE_DAY, TICK_S
from zhilu.server.oversight.services.fact_rows import moment, parts

log = logging.getLogger("zhilu.findings")
ALARM = "findings-withheld"
WITHHELD, CLEARED, NOT_SHOWN = "withheld", "cleared though shown", "not shown"
UNKNOWN = "of a version that no release here has"
VERSIONS = {(one.code, one.version) for one in RULES}
SOON_S = 900
HOURS_S = 2 * HOUR_S
LOOKED_DAYS = 62
"""What is looked at; the audit looks at all."""


@dataclass(frozen=True)
class Wrong:
    finding: str
    rule: str
    subject: str
    day: date
    why: str


def of_days(days: list[date], stop: threading.Event | None = None) -> Iterator[Wrong]:
    """Inside `ledgers.of`; `days` sorted. A week takes seconds: between two of them it may be stopped."""
    now = standing.newest()
    before = (now - DAY_S) // TICK_S * TICK_S
    unsettled = _unsettled(now)
    for first, last in weeks([one for one in days if one not in unsettled]):
        if stop and stop.is_set():
            return
        yield from _compared(first, last, before, now)


def _unsettled(now: int) -> set[date]:
    """What the entries of the last day touch; those that touch all days, of the last hours only: else one of
    them a day would hide everything."""
    fresh = touched.named(*_entries(now - DAY_S))
    fresh.since = touched.named(*_entries(now - HOURS_S)).since
    return touched.days(fresh, *touched.subjects(fresh))


def _entries(since: int) -> tuple[int, int]:
    """From which to which, since a moment. From the newest back: no index has their times."""
    rows = Entry.objects.order_by("-index").values_list("index", flat=True)
    last, before = rows.first(), rows.filter(at__lt=moment(since)).first()
    return (0 if before is None else before + 1, 0 if last is None else last + 1)


def weeks(days: list[date]) -> Iterator[tuple[date, date]]:
    """Days that follow each other, a week at most."""
    run: list[date] = []
    for day in days:
        if run and (day - run[-1] != ONE_DAY or len(run) == MOST_DAYS):
            yield run[0], run[-1]
            run = []
        run.append(day)
    if run:
        yield run[0], run[-1]


def _compared(first: date, last: date, before: int, now: int) -> Iterator[Wrong]:
    shown = judging.of_days(first, last, before).findings
    known: dict[str, Finding] = {}
    for some in parts(shown):
        known |= Finding.objects.in_bulk(some)
    stands = Finding.objects.filter(day__gte=first, day__lte=last, cleared_at=None)
    stands = stands.filter(rule__in={one.code for one in RULES}).exclude(state=rules.CONCLUDED)
    loose = [one for one in stands if one.id not in shown]
    lacking = {one.finding: why for one in shown.values() if (why := _lacking(one, known.get(one.finding)))}
    since = judging.of_days(first, last, now).findings if loose or lacking else {}
    for id_, why in lacking.items():
        one, fresh = shown[id_], since.get(id_)
        if fresh is not None and _lacking(fresh, known.get(id_)):  # else it says what a deadline since says
            yield Wrong(id_, one.rule, one.about, date.fromisoformat(one.day), why)
    for row in loose:
        if row.id not in since:
            yield Wrong(row.id, row.rule, row.subject, row.day, NOT_SHOWN)


def _lacking(one: FindingRaised, known: Finding | None) -> str:
    if known is None:
        return WITHHELD
    if known.state == rules.CONCLUDED:
        return ""  # a person decided
    if known.cleared_at is not None:
        return CLEARED
    if known.version != one.version:
        is_older = (known.rule, known.version) in VERSIONS and known.version < one.version
        return "" if is_older else UNKNOWN
    return WITHHELD if {name: getattr(known, name) for name in SAID} != said(one) else ""


def run(stop: threading.Event) -> None:
    """Until `stop`, beside the ledger's pass: soon after it began, and then as `turn` says."""
    wait: float = SOON_S
    while not stop.wait(wait):
        wait = HOUR_S
        try:
            counties = ledgers.bureaus()[1:]
            which, wait = turn(unix_s(), len(counties))
            look(counties[which : which + 1], stop)
        except Exception:
            log.exception("nobody's findings were looked at")
        connections.close_all()  # none is held while it waits


def turn(at: int, many: int) -> tuple[int, int]:
    """Which of so many counties it is now, and how many seconds until it is the next one's turn. Each has
    its stretch of the day, an hour at most: that of a county takes a minute of the processor, and nobody who
    is served is to feel a quarter of an hour of it. By the clock, so that a start again begins with no first.
    """
    each = min(HOUR_S, DAY_S // max(many, 1))
    return at // each % max(many, 1), each - at % each


def look(counties: Sequence[str], stop: threading.Event | None = None) -> None:
    """At the last two months of these; an alarm names who hides something, also by entries that nobody can
    judge.
    """
    for bureau in counties:
        try:
            with ledgers.of(bureau):
                # A task or a clock may name a day that is far ahead, and so may the newest entry itself.
                last = day_of(min(standing.newest(), unix_s()))
                days = [one for one in touched.with_rows() if one <= last][-LOOKED_DAYS:]
                wrong = next(of_days(days, stop), None)
        except OperationalError:
            log.exception("the findings of %s were not looked at", bureau)
            continue
        except Exception as error:  # what no honest bureau enters
            log.exception("the findings of %s cannot be judged: %s", bureau, type(error).__name__)
            raise_alarm(ALARM, bureau)
            continue
        if wrong is not None:
            log.warning("%s: %s of %s: %s", bureau, wrong.rule, wrong.subject, wrong.why)
            raise_alarm(ALARM, bureau)
