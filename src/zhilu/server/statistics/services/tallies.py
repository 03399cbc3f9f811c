"""Keeping the tallies: after new entries, the days that they touch are counted anew, of each ledger whose
tables are here (spec/statistics.md §3).

Nobody is made to wait: the tables may move on while they are counted. Then the tallies hold a little more
than they say, and the entries that moved them are looked at again at once; what is not settled after some
tries is at the next turn. A month at most is counted and stored at a time, and the size they stand at comes
last: a crash before that leaves days that are ahead of it, and are counted again with the entries that it
does not have. One process at a time does it. Tables that are made anew, and are not as far again, leave the
tallies as they are.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from itertools import islice
from uuid import UUID

from django.db import close_old_connections, connections, transaction
from django.db.models import Count, Max, Q, QuerySet, Sum

from zhilu.encoding import as_uuid
from zhilu.errors import ZhiluError
from zhilu.server.evidence.models import Act, ActLink, ActRevision, ActSpan, Outcome, Recording
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import BEIJING, day_of
from zhilu.server.ledger.lock import insert_many
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import proofs
from zhilu.server.ledger.services.alone import alone
from zhilu.server.oversight.models import Match, MatchedDay
from zhilu.server.statistics import rules
from zhilu.server.statistics.models import DAY, MONTH, Counted, Held, Standing, Tally, Used
from zhilu.server.statistics.services import counting

log = logging.getLogger("zhilu.statistics")
EVERY_S = 5.0
LOCK = "statistics"
TRIES = 3
CHUNK = 1000
KINDS = (
    "recording-stored/", "recording-imported/", "recording-set-aside/", "act-opened/", "act-amended/",
    "act-linked/", "act-unlinked/", "statement-filed/", "statement-confirmed/", "outcome-recorded/",
    "outcome-withdrawn/", "description-assigned/", "footage-reviewed/",
)  # fmt: skip
"""Entries about recordings and acts, in whatever version."""
LEVELS = {
    "department": ("day", "department"),
    "officer": ("day", "department", "officer"),
    "procedure": ("day", "department", "class_code", "procedure"),
    "class": ("day", "class_code", "procedure"),
}


def run(stop: threading.Event) -> None:
    """Until `stop`, beside the ledger's pass: of a large ledger the first time takes minutes."""
    while not stop.wait(EVERY_S):
        close_old_connections()
        try:
            refresh_all()
        except Exception:
            log.exception("the tallies are not up to date")
        connections.close_all()  # those of the mirrors too: none is held while nothing is done


def refresh_all() -> None:
    """One ledger that cannot be counted keeps no other from it."""
    for bureau in ledgers.bureaus():
        try:
            refresh(bureau)
        except Exception:
            log.exception("the tallies of %s are not up to date", bureau)


def refresh(bureau: str) -> bool:
    """Whether the tallies now hold exactly what they say."""
    with alone(LOCK):
        return any(_refresh(bureau) for _ in range(TRIES))


def _refresh(bureau: str) -> bool:
    known, matches = Standing.objects.filter(bureau=bureau).first(), _state_of_matches(bureau)
    matched = matched_days(bureau) if known is None or known.matched != matches else {}
    with ledgers.of(bureau):
        size = ledgers.applied(bureau)
        if known and known.size > size:
            return True
        if known and known.size == size and known.root and not matched:
            stands = None
        else:
            touched = _touched(known.size, size) if known else set()
            stands, issues = standing_of(bureau, size), counting.issues()
    if stands is None:
        Standing.objects.filter(bureau=bureau).exclude(matched=matches).update(matched=matches)
        return True
    stands.matched = matches
    days = list(stretches(touched | matched.keys())) if known else all_months(bureau)
    if not known:
        _clear(bureau)
    for period in days:
        counted = list(of_days(bureau, period))
        with ledgers.of(bureau):
            used = counting.used(period.first, period.last)
        _store(bureau, period, counted, used, matched)
    for month in {rules.month_of(period.first) for period in days}:
        _roll_up(bureau, month)
    with ledgers.of(bureau):
        is_settled = ledgers.applied(bureau) == size
    with transaction.atomic():
        _store_issues(bureau, issues)
        stands.save()
    return is_settled


def _clear(bureau: str) -> None:
    """What a crash left of a first time."""
    with transaction.atomic():
        for model in (Tally, Used, Counted):
            model._default_manager.filter(bureau=bureau).delete()


def _store(
    bureau: str,
    period: rules.Bucket,
    counted: list[Tally],
    used: set[tuple[date, str]],
    matched: Mapping[date, int],
) -> None:
    """`matched`: as it was before the tasks were counted. What has moved since is counted again."""
    within = {"bureau": bureau, "span": DAY, "day__gte": period.first, "day__lte": period.last}
    with transaction.atomic():
        Tally.objects.filter(**within).delete()
        insert_many(counted)
        Used.objects.filter(**within).delete()
        insert_many(used_rows(bureau, DAY, used))
        days = [day for day in matched if period.first <= day <= period.last]
        Counted.objects.filter(bureau=bureau, day__in=days).delete()
        insert_many([Counted(bureau=bureau, day=day, matched=matched[day]) for day in days if matched[day]])


def _roll_up(bureau: str, month: rules.Bucket) -> None:
    """A month's own rows, so that years are sums of few."""
    within = {"bureau": bureau, "span": MONTH, "day": month.first}
    with transaction.atomic():
        Tally.objects.filter(**within).delete()
        insert_many(list(of_month(bureau, month)))
        Used.objects.filter(**within).delete()
        insert_many(used_of_month(bureau, month))


def used_rows(bureau: str, span: str, used: Iterable[tuple[date, str]]) -> list[Used]:
    found: dict[date, list[str]] = {}
    for day, recorder in sorted(used):
        found.setdefault(day, []).append(recorder)
    return [Used(bureau=bureau, span=span, day=day, recorders=" ".join(all_)) for day, all_ in found.items()]


def used_of_month(bureau: str, month: rules.Bucket) -> list[Used]:
    days = Used.objects.filter(bureau=bureau, span=DAY, day__gte=month.first, day__lte=month.last)
    all_ = {recorder for one in days for recorder in one.recorders.split()}
    return used_rows(bureau, MONTH, ((month.first, one) for one in all_))


def of_month(bureau: str, month: rules.Bucket) -> Iterator[Tally]:
    """The sums of its days."""
    days = Tally.objects.filter(bureau=bureau, span=DAY, day__gte=month.first, day__lte=month.last)
    for level, (_day, *keys) in LEVELS.items():
        rows = days.filter(level=level).order_by().values(*keys)
        for row in rows.annotate(**{f"n_{name}": Sum(name) for name in rules.NUMBERS}):
            numbers = {name.removeprefix("n_"): value for name, value in row.items()}
            yield Tally(bureau=bureau, level=level, span=MONTH, day=month.first, **numbers)


def _store_issues(bureau: str, issues: list[rules.Issued]) -> None:
    """They change seldom: only then are they written."""
    rows = Held.objects.filter(bureau=bureau)
    known = {rules.Issued(one.recorder, one.department, one.person, one.first, one.last) for one in rows}
    if known == set(issues):
        return
    rows.delete()
    Held.objects.bulk_create(Held(bureau=bureau, **asdict(one)) for one in issues)


def forget() -> None:
    """All of them, where tables were made anew; they come again."""
    with alone(LOCK), transaction.atomic():
        for model in (Standing, Tally, Used, Held, Counted):
            model._default_manager.all().delete()


def standing_of(bureau: str, size: int) -> Standing:
    newest = proofs.newest()
    return Standing(
        bureau=bureau,
        size=size,
        root=root_of(size),
        checkpoint=newest.size if newest else None,
        sha256=newest.sha256 if newest else "",
        cosigned_at=newest.cosigned_at if newest else None,
    )


def root_of(size: int) -> str:
    """Empty where tiles do not go that far yet: the ledger's pass makes them."""
    try:
        return ledgers.tree_of(size).root.hex()
    except (LookupError, ZhiluError):
        return ""


def of_days(bureau: str, period: rules.Bucket) -> Iterator[Tally]:
    """The tallies of a period; of tasks as they are matched now."""
    asked = counting.Asked(period.first, period.last)
    with ledgers.of(bureau):
        here = counting.here()
    for level, keys in LEVELS.items():
        with ledgers.of(bureau):
            counted = counting.count(asked, *keys)
        counting.add_matches(counted, bureau, asked, keys, here)
        for key, numbers in counted.items():
            yield Tally(bureau=bureau, level=level, **dict(zip(keys, key, strict=True)), **numbers)


# -- which days


def _state_of_matches(bureau: str) -> str:
    """What changes whenever a match does."""
    days = MatchedDay.objects.filter(bureau=bureau).aggregate(top=Max("id"), n=Count("id"))
    return f"{days['top']} {days['n']}"


def matched_days(bureau: str) -> dict[date, int]:
    """Outside `of`: days whose tasks are matched otherwise than they were counted: as which `MatchedDay` they
    are now; 0 where all was forgotten.
    """
    now = dict(MatchedDay.objects.filter(bureau=bureau).values_list("day", "id"))
    known = dict(Counted.objects.filter(bureau=bureau).values_list("day", "matched"))
    return {day: now.get(day, 0) for day in now.keys() | known.keys() if now.get(day) != known.get(day)}


def _touched(start: int, end: int) -> set[date]:
    days: set[date] = set()
    subjects = _subjects(start, end)
    while chunk := set(islice(subjects, CHUNK)):
        days |= _days_of(chunk)
    return days


def _subjects(start: int, end: int) -> Iterator[UUID]:
    rows = Entry.objects.filter(index__gte=start, index__lt=end).order_by("index")
    for kind, subject in rows.values_list("kind", "subject").iterator(CHUNK):
        one = as_uuid(subject) if kind.startswith(KINDS) else None
        if one:
            yield one


def _days_of(subjects: set[UUID]) -> set[date]:
    """Of recordings and acts that these are, or are links and outcomes of; and of the recordings that such an
    act names, or named in a version before.
    """
    acts = set(Act.objects.filter(id__in=subjects).values_list("id", flat=True))
    for model in (ActLink, Outcome):
        acts |= set(model._default_manager.filter(id__in=subjects).values_list("act", flat=True))
    named = set(ActSpan.objects.filter(act__in=acts).values_list("recording", flat=True))
    for spans in ActRevision.objects.filter(act__in=acts).values_list("spans", flat=True):
        named |= {UUID(span["recording"]) for span in spans}
    recordings = subjects | named
    return _opened(Act.objects.filter(id__in=acts)) | _opened(Recording.objects.filter(id__in=recordings))


def _opened(rows: QuerySet[Act] | QuerySet[Recording]) -> set[date]:
    return {day_of(at) for at in rows.filter(_countable()).values_list("opened_at", flat=True)}


def _countable() -> Q:
    return Q(opened_at__gte=counting.EARLIEST, opened_at__lt=counting.LATEST)


def stretches(days: Iterable[date]) -> Iterator[rules.Bucket]:
    """Days that follow each other together, none with one of another month: each month is rolled up."""
    first = last = None
    for day in sorted(days):
        if first and last and (day - last > counting.DAY or day.day == 1):
            yield rules.Bucket(first, last)
            first = None
        first, last = first or day, day
    if first and last:
        yield rules.Bucket(first, last)


def all_months(bureau: str) -> list[rules.Bucket]:
    """Those that have a row: one act far ahead makes nobody count the centuries between."""
    found = set(Match.objects.filter(bureau=bureau).dates("day", "month"))
    with ledgers.of(bureau):
        for model in (Act, Recording):
            rows = model._default_manager.filter(_countable())
            found |= {one.date() for one in rows.datetimes("opened_at", "month", tzinfo=BEIJING)}
    return [rules.month_of(one) for one in sorted(found)]
