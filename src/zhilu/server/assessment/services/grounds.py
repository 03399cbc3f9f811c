"""What counts for and against people, read from the tables of the ledger at hand; of `as_of`, so that the
ledger itself can count it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from zhilu.server.assessment import rules
from zhilu.server.assessment.models import Objection, Publication, PublishedLine
from zhilu.server.assessment.rules import Ground
from zhilu.server.assessment.scheme import LATE, Scheme
from zhilu.server.evidence.models import ActSpan, Confirmation, Outcome, Recording
from zhilu.server.ledger.clock import day_of, midnight
from zhilu.server.oversight.services import concluded, reviewed


@dataclass(frozen=True)
class Decided:
    """A ground, and who decided it."""

    ground: Ground
    by: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """`published`: month → when it was first published, of this one only where this is a correction."""

    month: date
    as_of: datetime
    published: Mapping[date, datetime]


def of_month(asked: Asked, scheme: Scheme) -> list[Decided]:
    """All that counts in the month, with what objections struck and granted."""
    struck, granted = _upheld(asked) if asked.month in asked.published else (set(), set())
    published = asked.published
    found = [*_faults(asked, published), *_failed(asked, published), *_credits(asked, scheme, granted)]
    return [one for one in found if (one.ground.person, *one.ground.key) not in struck]


def _upheld(asked: Asked) -> tuple[set[tuple[UUID, str, str, str]], set[tuple[UUID, str]]]:
    """What objections struck of whom, and granted to whom."""
    rows = Objection.objects.filter(month=asked.month, decision=rules.UPHELD, decided_at__lte=asked.as_of)
    struck: set[tuple[UUID, str, str, str]] = set()
    granted: set[tuple[UUID, str]] = set()
    for person, gone, given in rows.values_list("person", "struck", "granted"):
        struck |= {(person, str(kind), str(ref), str(code)) for kind, ref, code in gone}
        granted |= {(person, str(one)) for one in given}
    return struck, granted


def first_published(month: date, before: int) -> dict[date, datetime]:
    """Of the year before, and of the month itself where a version before `before` can be."""
    rows = Publication.objects.filter(version=1, month__gte=a_year_before(month), month__lte=month)
    known = dict(rows.values_list("month", "at"))
    if before == 1:
        known.pop(month, None)
    return known


def a_year_before(month: date) -> date:
    return month.replace(year=month.year - 1) if month.year > 2000 else month


def _faults(asked: Asked, published: Mapping[date, datetime]) -> Iterator[Decided]:
    # Of a month before counts at most what was concluded in this one.
    here = Q(day__gte=asked.month) | Q(at__gte=midnight(asked.month))
    first, last = min([*published, asked.month]), rules.last_day(asked.month)
    rows = concluded.faults(first, last, here, placed=LATE)
    if published:
        rows = [one for one in rows if _counts(asked, one)]
    for one in rows:
        code = rules.code_of(one.rule, one.places)
        yield Decided(
            Ground(rules.FINDING, code, one.finding, one.day, one.person, one.department), (str(one.by),)
        )


def _counts(asked: Asked, one: concluded.Fault | reviewed.Failed) -> bool:
    return rules.counts_in(asked.month, one.day, one.at, day_of(one.at), asked.published)


def _failed(asked: Asked, published: Mapping[date, datetime]) -> Iterator[Decided]:
    """Of recordings of the month, as reviews stood when it was first published; of those before, what was
    settled since in this month, unless a month has counted the recording.
    """
    first, last = min([*published, asked.month]), rules.last_day(asked.month)
    stood = published.get(asked.month, asked.as_of)
    reviews = reviewed.read(first, last, max(stood, asked.as_of), midnight(asked.month))
    rows = [one for one in reviewed.judged(reviews, stood) if one.day >= asked.month]
    before = [one for one in reviewed.judged(reviews, asked.as_of) if one.day < asked.month]
    if before:
        rows += _uncounted([one for one in before if _counts(asked, one)], asked.month)
    for one in rows:
        if one.officer is None:
            continue
        for item in one.items:
            ground = Ground(rules.REVIEW, item, str(one.recording), one.day, one.officer, one.department)
            yield Decided(ground, tuple(map(str, one.by)))


def _uncounted(carried: list[reviewed.Failed], month: date) -> list[reviewed.Failed]:
    people = {one.officer for one in carried if one.officer}
    lines = PublishedLine.objects.filter(person__in=people, publication__month__lt=month) if people else []
    counted = {(str(kind), str(ref)) for line in lines for kind, _code, ref, *_rest in line.items}
    return [one for one in carried if (rules.REVIEW, str(one.recording)) not in counted]


def _credits(asked: Asked, scheme: Scheme, granted: set[tuple[UUID, str]]) -> Iterator[Decided]:
    """Outcomes of acts that a recording shows and whose statement the unit's head confirmed after they were
    recorded, or that a decision granted: one of a kind and act, for each of its officers.
    """
    after = Confirmation.objects.filter(act=OuterRef("act"), entry__gt=OuterRef("entry"))
    found = outcomes_in(asked.month, scheme).annotate(
        is_good=Case(When(Exists(after), act__confirmed=True, then=True), default=False)
    )
    may_count = Q(is_good=True) | Q(id__in={outcome for _officer, outcome in granted})
    rows = found.filter(may_count).values_list(
        "id", "kind", "at", "act", "is_good", "act__department", "act__officers__officer"
    )
    once: set[tuple[UUID, str, UUID]] = set()
    for outcome, kind, at, act, is_seen, department, officer in rows:
        is_good = is_seen or (officer, str(outcome)) in granted
        if officer is None or not is_good or (act, kind, officer) in once:
            continue
        once.add((act, kind, officer))
        yield Decided(Ground(rules.OUTCOME, kind, str(outcome), day_of(at), officer, department), ())


def outcomes_in(month: date, scheme: Scheme) -> QuerySet[Outcome]:
    """Of the kinds that have a price, recorded in that month and not withdrawn, of acts with a stored
    recording that is no drill, and with none of the same kind that was recorded earlier and stood when the
    month began.
    """
    kinds = [kind for kind, price in scheme.credits.items() if price[0]]
    stored = Recording.objects.filter(id=OuterRef("recording"), drill=False)
    spans = ActSpan.objects.filter(Exists(stored), act=OuterRef("act"))
    begin, end = midnight(month), midnight(rules.after(month))
    stood = Q(gone_at=None) | Q(gone_at__gte=begin)
    before = Outcome.objects.filter(stood, act=OuterRef("act"), kind=OuterRef("kind"), at__lt=begin)
    rows = Outcome.objects.filter(Exists(spans), kind__in=kinds, at__gte=begin, at__lt=end, gone_at=None)
    rows = rows.filter(~Exists(before))
    return rows.order_by("at", "id")
