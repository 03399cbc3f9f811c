"""Keeping the tallies: after new entries, the days that they touch are counted anew, of each ledger whose
tables are here (spec/statistics.md §3).

Nobody is made to wait: the tables may move on while they are counted. Then the tallies hold a little more
than they say, and the entries that moved them are looked at again at once; what is not settled after some
tries is at the next turn. A crash leaves the tallies and the size they stand at as they were: both are one
transaction. Tables that are made anew, and are not as far again, leave the tallies as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Max, Min, QuerySet

from zhilu.encoding import as_uuid
from zhilu.errors import ZhiluError
from zhilu.server.evidence.models import Act, ActLink, ActRevision, ActSpan, Outcome, Recording
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import proofs
from zhilu.server.statistics import rules
from zhilu.server.statistics.models import Held, Standing, Tally, Used
from zhilu.server.statistics.services import counting

EVERY_S = 5.0
TRIES = 3
CHUNK = 1000
AT_ONCE = timedelta(days=31)
"""How many days are counted in one question."""
KINDS = (
    "recording-stored/", "recording-imported/", "recording-set-aside/", "act-opened/", "act-amended/",
    "act-linked/", "act-unlinked/", "statement-filed/", "statement-confirmed/", "outcome-recorded/",
    "outcome-withdrawn/", "description-assigned/",
)  # fmt: skip
"""Entries about recordings and acts, in whatever version."""
LEVELS = {
    "department": ("day", "department"),
    "officer": ("day", "department", "officer"),
    "procedure": ("day", "department", "class_code", "procedure"),
}


@dataclass
class Counted:
    """What was counted of one ledger, not stored yet."""

    standing: Standing
    days: list[rules.Bucket]
    tallies: list[Tally] = field(default_factory=list)
    used: list[Used] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    settled: bool = True


def refresh_all() -> None:
    for bureau in ledgers.bureaus():
        refresh(bureau)


def refresh(bureau: str) -> bool:
    """Whether the tallies now hold exactly what they say."""
    for _ in range(TRIES):
        known = Standing.objects.filter(bureau=bureau).first()
        with ledgers.of(bureau):
            counted = _count(bureau, known)
        if counted is None:
            return True
        _store(bureau, counted)
        if counted.settled:
            return True
    return False


def _count(bureau: str, known: Standing | None) -> Counted | None:
    """Inside `of`. None where there is nothing new."""
    size = ledgers.applied(bureau)
    if known and (known.size > size or (known.size == size and known.root)):
        return None
    days = _touched(known.size, size) if known else all_days()
    found = Counted(standing_of(bureau, size), days)
    for period in days:
        found.tallies += of_days(bureau, period)
        seen = counting.used(period.first, period.last)
        found.used += [Used(bureau=bureau, day=day, recorder=one) for day, one in sorted(seen)]
    found.held = [
        Held(
            bureau=bureau,
            recorder=one.recorder,
            department=one.department,
            person=one.person,
            first=one.first,
            last=one.last,
        )
        for one in counting.issues()
    ]
    found.settled = ledgers.applied(bureau) == size
    return found


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
    """Inside `of`: the tallies of a period."""
    asked = counting.Asked(period.first, period.last)
    for level, keys in LEVELS.items():
        for key, numbers in counting.count(asked, *keys).items():
            yield Tally(bureau=bureau, level=level, **dict(zip(keys, key, strict=True)), **numbers)


def _store(bureau: str, counted: Counted) -> None:
    with lock.held():
        newest = Standing.objects.filter(bureau=bureau).first()
        if newest and newest.size > counted.standing.size:
            return  # somebody else has counted more meanwhile
        for period in counted.days:
            within = {"bureau": bureau, "day__gte": period.first, "day__lte": period.last}
            Tally.objects.filter(**within).delete()
            Used.objects.filter(**within).delete()
        Tally.objects.bulk_create(counted.tallies, CHUNK)
        Used.objects.bulk_create(counted.used, CHUNK)
        held = Held.objects.filter(bureau=bureau)
        if {_as_days(one) for one in held} != {_as_days(one) for one in counted.held}:
            held.delete()
            Held.objects.bulk_create(counted.held, CHUNK)
        counted.standing.save()


def _as_days(one: Held) -> tuple[object, ...]:
    return one.recorder, one.department, one.person, one.first, one.last


def forget() -> None:
    """All of them, where tables were made anew; they come again."""
    with lock.held():
        for model in (Standing, Tally, Used, Held):
            model._default_manager.all().delete()


# -- which days


def _touched(start: int, end: int) -> list[rules.Bucket]:
    days: set[date] = set()
    subjects = _subjects(start, end)
    while chunk := set(islice(subjects, CHUNK)):
        days |= _days_of(chunk)
    return list(stretches(days))


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
    return {day_of(at) for at in rows.values_list("opened_at", flat=True)}


def stretches(days: Iterable[date]) -> Iterator[rules.Bucket]:
    """Days that follow each other together, not too many at once."""
    first = last = None
    for day in sorted(days):
        if first and last and (day - last > timedelta(days=1) or day - first >= AT_ONCE):
            yield rules.Bucket(first, last)
            first = None
        first, last = first or day, day
    if first and last:
        yield rules.Bucket(first, last)


def all_days() -> list[rules.Bucket]:
    ends: list[date] = []
    for model in (Act, Recording):
        found = model._default_manager.aggregate(first=Min("opened_at"), last=Max("opened_at"))
        ends += [day_of(at) for at in found.values() if at]
    if not ends:
        return []
    first, last = min(ends), max(ends)
    return list(stretches(first + timedelta(days=n) for n in range((last - first).days + 1)))
