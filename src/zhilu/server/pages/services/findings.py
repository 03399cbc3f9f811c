"""Findings as pages need them: who sees which, for whom each waits and until when, what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Subquery, Value, When
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from zhilu.encoding import as_uuid
from zhilu.server.ledger.clock import now
from zhilu.server.numbers import minus
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.oversight import parties
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.apply_answers import concludable_at, days_around
from zhilu.server.oversight.models import (
    Appeal,
    Conclusion,
    Explanation,
    Finding,
    FindingPerson,
    PersonFault,
    SanctionFinding,
)
from zhilu.server.oversight.services.open_findings import acted as acted
from zhilu.server.oversight.services.open_findings import mine as mine
from zhilu.server.oversight.services.open_findings import moved as moved
from zhilu.server.oversight.services.open_findings import party as party
from zhilu.server.oversight.services.open_findings import standing as standing
from zhilu.server.oversight.services.open_findings import to_conclude as to_conclude
from zhilu.server.pages.services import subjects
from zhilu.server.pages.services.listing import Asker, Rows
from zhilu.server.pages.templatetags.zhilu import beijing, clock, said
from zhilu.server.pages.words_catalogue import kept_for

DECIDE = ("unit-head", "supervisor", "leader")
"""Roles that see the findings of their scope; everybody else sees his own, whatever became of his roles."""
PAGES = {"task": "due-task", "act": "act", "recording": "recording", "viewing": "viewing"}
WORD_TABLES = {"incomplete": "element", "weak-check": "officer-check"}


def visible(rights: Rights) -> Rows:
    return Finding.objects.filter(mine(rights.person) | rights.within(*DECIDE))


def with_appeals(rows: Rows, rights: Rights) -> Rows:
    """With when an appeal was filed that waits; others' only for who decides here."""
    reads = Q(person=rights.person) | rights.within(*DECIDE)
    filed = Appeal.objects.filter(reads, finding=OuterRef("pk"), decision="").order_by("at")
    found: Rows = rows.annotate(appealed_at=Subquery(filed.values("at")[:1]))
    return found


def with_told(rows: Rows, rights: Rights) -> Rows:
    """With the conclusion as far as it is about the reader: a fault of others is none of his, but for who
    decides here (spec/answers.md §6).
    """
    his = PersonFault.objects.filter(finding=OuterRef("pk"), person=rights.person)
    reads = Case(When(rights.within(*DECIDE), then=True), default=False)
    of_others = When(~Exists(his), conclusion=rules.FAULT, z_reads=False, then=Value(rules.NO_FAULT))
    told = Case(of_others, default=F("conclusion"), output_field=CharField())
    found: Rows = rows.annotate(z_reads=reads).annotate(told=told)
    return found


# -- what waits, in the database's words


def to_explain(person: UUID) -> Q:
    his = Explanation.objects.filter(finding=OuterRef("pk"), by=person)
    return standing() & mine(person) & ~Q(Exists(his))


def to_accept() -> Q:
    undecided = Explanation.objects.filter(finding=OuterRef("pk"), decision="")
    return standing() & Q(Exists(undecided))


def to_refer() -> Q:
    return standing() & Q(severity=rules.REFER)


def appealed() -> Q:
    return Q(id__in=Appeal.objects.filter(decision="").exclude(finding="").values("finding"))


def decided(person: UUID) -> Q:
    """In which he has decided something, or that he brought about: an appeal is for somebody else."""
    concluded = Conclusion.objects.filter(by=person).values("id")
    answered = Explanation.objects.filter(decided_by=person).exclude(finding="").values("finding")
    sanctioned = SanctionFinding.objects.filter(sanction__by=person).values("finding")
    done = Q(id__in=concluded) | Q(id__in=answered) | Q(id__in=sanctioned)
    return done | moved(person, appealed())


def concludable(rights: Rights, at: datetime, days: rules.Times) -> Rows:
    """What this person may conclude now, as a supervisor."""
    ready = Finding.objects.filter(to_conclude(at, days), rights.within("supervisor"))
    return ready.exclude(party(rights.person)).exclude(acted(rights.person))


def for_me(rights: Rights, at: datetime, days: rules.Times) -> Q:
    """What this person may do next."""
    other = ~party(rights.person)
    return (
        to_explain(rights.person)
        | (to_accept() & rights.within("unit-head") & other)
        | (to_conclude(at, days) & rights.within("supervisor") & other & ~acted(rights.person))
        | ((to_refer() | (appealed() & ~decided(rights.person))) & rights.within("leader") & other)
    )


# -- what waits, of a finding


def with_asked(rows: Rows, person: UUID) -> Rows:
    """Each knows when it first asked him."""
    asked = FindingPerson.objects.filter(person=person, finding=OuterRef("id")).values("asked_at")
    found: Rows = rows.annotate(asked_at=Subquery(asked[:1]))
    return found


def as_asked(rows: Iterable[Any]) -> list[Any]:
    """With the days that he has of each: whoever was asked later has his own."""
    found = list(rows)
    for one in found:
        one.raised_at = max(one.raised_at, one.asked_at or one.raised_at)
    return found


@dataclass(frozen=True)
class Wait:
    """`who`: code of a step; `until`: after it the next step may be taken, or it is late."""

    who: str
    until: datetime

    def told(self) -> str:
        words = {"who": said(self.who, "waits"), "until": last_moment(self.until)}
        return _("%(who)s, until %(until)s") % words


def last_moment(until: datetime) -> str:
    """A deadline is the end of a day: the day is said."""
    return beijing(until - timedelta(seconds=1))[:10]


def waits_of(
    finding: Finding, explained: Sequence[Explanation], days: rules.Times, at: datetime
) -> list[Wait]:
    """For whom it waits now, the first who may act first."""
    if finding.cleared_at or finding.conclusion:
        return []
    found = []
    by = {str(one.by) for one in explained}
    due = rules.deadline(finding.raised_at, "explain", days)
    if at < due and set(parties.asked(finding)) - by:
        found.append(Wait("explain", due))
    undecided = [rules.deadline(one.at, "head", days) for one in explained if not one.decision]
    if undecided and at < max(undecided):
        found.append(Wait("head", max(undecided)))
    if finding.severity == rules.REFER:
        found.append(Wait("leader", rules.deadline(finding.raised_at, "supervisor", days)))
    elif not found:
        ready = concludable_at(finding, list(explained), days)
        found.append(Wait("supervisor", rules.deadline(ready, "supervisor", days)))
    return found


def waits_of_appeals(filed_at: datetime | None, days: rules.Times) -> list[Wait]:
    """`filed_at`: when the first was that a leader has still to decide."""
    return [Wait("appeal", rules.deadline(filed_at, "appeal-decide", days))] if filed_at else []


@dataclass(frozen=True)
class Row:
    finding: Finding
    persons: list[str]
    department: str
    waits: list[Wait]
    at: datetime
    about: str
    explained: list[Explanation] = field(default_factory=list)

    @property
    def state(self) -> str:
        return "cleared" if self.finding.cleared_at else self.finding.state

    @property
    def is_late(self) -> bool:
        return any(one.until <= self.at for one in self.waits)


def rows(found: Sequence[Any], asker: Asker) -> list[Row]:
    """Three queries for all of them. Of an appeal they know what `with_appeals` said."""
    explained: dict[str, list[Explanation]] = {}
    ids = [one.id for one in found]
    for one in Explanation.objects.filter(finding__in=ids).order_by("at"):
        explained.setdefault(one.finding, []).append(one)
    asked = {as_uuid(person) for one in found for person in one.persons}
    about = subjects.named([(one.subject_kind, one.subject) for one in found], asker, asked)
    people, at = asker.names(), now()
    days = days_for(asker, at, *(one.raised_at for one in found))
    return [
        Row(
            one,
            [people.get(person, "") for person in one.persons],
            asker.place(one.department),
            waits_of(one, explained.get(one.id, ()), days, at)
            + waits_of_appeals(getattr(one, "appealed_at", None), days),
            at,
            about[one.subject],
            explained.get(one.id, []),
        )
        for one in found
    ]


def days_for(asker: Asker, *moments: datetime) -> rules.Times:
    """What deadlines around these need, read once for a request."""
    years = {year for at in moments for year in rules.years_of(at)}
    known: tuple[set[int], rules.Times] | None = getattr(asker.request, "zhilu_calendar", None)
    if known is None or not years <= known[0]:
        known = (years, days_around(*moments))
        asker.request.zhilu_calendar = known  # type: ignore[attr-defined]
    return known[1]


# -- what it says


def url_of(finding: Finding) -> str:
    """The page of what it is about; "" where there is none."""
    return subject_url(finding.subject_kind, finding.subject)


def subject_url(kind: str, subject: str) -> str:
    try:
        if kind in PAGES:
            return reverse(PAGES[kind], args=[UUID(subject)])
        if kind in ("boot", "docking"):
            return reverse("recorder", args=[subject.partition("/")[0]])
    except (NoReverseMatch, ValueError):
        pass
    return ""


def places(finding: Finding) -> list[tuple[str, str, str]]:
    """From when, to when, how long."""
    found = []
    for since, until in finding.places:
        first, last = (datetime.fromtimestamp(one, UTC) for one in (since, until))
        found.append((beijing(first), beijing(last), clock(last - first)))
    return found


def words(finding: Finding, people: Mapping[str, str]) -> list[str]:
    """What else it says, in words."""
    table = WORD_TABLES.get(finding.rule, "finding-word")
    return [_word(str(one), table, people, finding.rule) for one in finding.words]


def _word(one: str, table: str, people: Mapping[str, str], rule: str) -> str:
    if as_uuid(one):
        return people.get(one, _("no. %(number)s") % {"number": one[:8]})
    if rule == "clock-off":
        return _("%(count)s seconds off") % {"count": minus(one)}
    if rule in ("too-few-officers", "mark-missing"):
        there, _slash, wanted = one.partition("/")
        return _("%(there)s instead of %(wanted)s") % {"there": there, "wanted": wanted}
    if rule == "viewing-burst":
        return _("%(count)s recordings") % {"count": one}
    if rule == "retention-not-lengthened":
        return kept_for(one)
    return said(one, table)
