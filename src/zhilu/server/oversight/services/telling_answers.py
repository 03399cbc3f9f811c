"""Who is told of findings and of what becomes of them: whoever is asked, is to decide, or was decided about.
A message names the finding's rule and day; what anybody wrote is read on the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhilu.encoding import as_uuid
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.models import Bureau, Department
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.oversight import parties
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.apply_answers import days_around
from zhilu.server.oversight.events_findings import RAISED
from zhilu.server.oversight.models import (
    Appeal,
    Conclusion,
    Explanation,
    Finding,
    FindingPerson,
    PersonFault,
    Sanction,
)
from zhilu.server.oversight.rules_messages import Told
from zhilu.server.oversight.services import messages
from zhilu.server.oversight.services.open_findings import standing
from zhilu.server.oversight.services.telling_days import holders

BACK = timedelta(days=14)
"""Of what became of findings so far back is told."""

messages.kind("finding-asked", _("Findings to explain"), _("%(rule)s on %(day)s: explain by %(until)s."),
              rule="rule", day="day", until="day")  # fmt: skip
messages.kind("finding-last-day", _("Last day to explain"), _("%(rule)s on %(day)s: explain today."),
              rule="rule", day="day")  # fmt: skip
messages.kind("finding-again", _("Findings that stand again"),
              _("%(rule)s on %(day)s is found again. Its days are over: explain before it is concluded."),
              rule="rule", day="day")  # fmt: skip
messages.kind("explanation-waits", _("Explanations to decide"),
              _("%(count)s explanations wait for your decision, the first until %(until)s."),
              count="count", until="day")  # fmt: skip
messages.kind("finding-waits", _("Findings to conclude"),
              _("%(count)s findings may be concluded, the first until %(until)s."),
              count="count", until="day")  # fmt: skip
messages.kind("finding-grave", _("Findings to refer"), _("%(rule)s on %(day)s: refer it, or find no fault."),
              rule="rule", day="day")  # fmt: skip
messages.kind("finding-ended", _("A finding is concluded"), _("%(rule)s on %(day)s: %(conclusion)s."),
              rule="rule", day="day", conclusion="conclusion")  # fmt: skip
messages.kind("explanation-told", _("Your explanation"), _("That of %(day)s: %(answer)s."),
              day="day", answer="explanation-answer")  # fmt: skip
messages.kind("sanction-told", _("A sanction"),
              _("Decided on %(day)s: %(form)s. You may appeal until %(until)s."),
              form="sanction-form", day="day", until="day")  # fmt: skip
messages.kind("appeal-waits", _("Appeals to decide"),
              _("An appeal of %(day)s waits for a leader until %(until)s."),
              day="day", until="day")  # fmt: skip
messages.kind("appeal-told", _("An appeal is decided"), _("Your appeal of %(day)s: %(outcome)s."),
              day="day", outcome="appeal-outcome")  # fmt: skip


def _last_day(until: datetime) -> str:
    return str(day_of(until - timedelta(seconds=1)))


@messages.producer("finding-asked", "finding-last-day", settles=True)
def asked(at: datetime) -> Iterator[Told]:
    """Until they have explained, or may no more."""
    days = days_around(at)
    lapsed = rules.lapsed_before(at, "explain", days)
    rows = FindingPerson.objects.filter(
        Q(finding__raised_at__gte=lapsed) | Q(asked_at__gte=lapsed),
        finding__in=Finding.objects.filter(standing()).values("id"),
    )
    filed = Explanation.objects.filter(finding__in=rows.values("finding"))
    explained = set(filed.values_list("finding", "by"))
    due, today = _Deadlines(days), str(day_of(at))
    named = ("finding", "person", "asked_at", "finding__raised_at", "finding__rule", "finding__day")
    for id_, person, asked_at, raised, rule, day in rows.values_list(*named):
        if (id_, person) in explained:
            continue
        since = max(raised, asked_at)
        until = _last_day(due(since, "explain"))
        path, key = reverse("finding", args=[id_]), f"{id_}/{day_of(since)}"
        said: dict[str, str | int] = {"rule": rule, "day": str(day)}
        yield Told(person, "finding-asked", key, said | {"until": until}, path)
        if until == today:
            yield Told(person, "finding-last-day", f"{key}/last", said, path)


@messages.producer("finding-again", settles=True)
def again(at: datetime) -> Iterator[Told]:
    """What was found once more when its days were over: until it is concluded one may explain it."""
    days = days_around(at)
    lapsed = rules.lapsed_before(at, "explain", days)
    entries = Entry.objects.filter(kind=RAISED, subject=OuterRef("finding"), at__gte=at - BACK)
    newest = entries.filter(at__gt=OuterRef("finding__found_at")).order_by("-index")
    rows = FindingPerson.objects.filter(
        finding__raised_at__lt=lapsed,
        asked_at__lt=lapsed,
        finding__in=Finding.objects.filter(standing()).values("id"),
    )
    mine = Explanation.objects.filter(finding=OuterRef("finding"), by=OuterRef("person"))
    found = rows.exclude(Exists(mine)).annotate(at=Subquery(newest.values("at")[:1])).exclude(at=None)
    due = _Deadlines(days)
    named = ("finding", "person", "asked_at", "finding__raised_at", "finding__rule", "finding__day", "at")
    for id_, person, asked_at, raised, rule, day, when in found.values_list(*named):
        if when < due(max(raised, asked_at), "explain"):
            continue  # he had his days, and was asked
        said: dict[str, str | int] = {"rule": rule, "day": str(day)}
        yield Told(person, "finding-again", f"{id_}/{day_of(when)}", said, reverse("finding", args=[id_]))


class _Deadlines:
    """Each day's once: thousands of findings were raised on few days."""

    def __init__(self, days: rules.Times) -> None:
        self._days = days
        self._known: dict[tuple[date, str], datetime] = {}

    def __call__(self, at: datetime, step: str) -> datetime:
        key = (day_of(at), step)
        if key not in self._known:
            self._known[key] = rules.deadline(at, step, self._days)
        return self._known[key]


@messages.producer("explanation-waits", settles=True)
def to_heads(at: datetime) -> Iterator[Told]:
    """Once a day while something waits: how many, and until when the first."""
    stands = Finding.objects.filter(standing(), id=OuterRef("finding"))
    rows = Explanation.objects.filter(decision="", confirmation="").filter(Q(finding="") | Q(Exists(stands)))
    path = reverse("work-explanations")
    for person in holders("unit-head"):
        mine = rows.filter(rights_of(person).within("unit-head")).exclude(by=person)
        first = mine.order_by("at").values_list("at", flat=True).first()
        if first is not None:
            until = rules.deadline(first, "head", days_around(at, first))
            said: dict[str, str | int] = {"count": mine.count(), "until": _last_day(until)}
            yield Told(person, "explanation-waits", str(day_of(at)), said, path)


@messages.producer("finding-waits", settles=True)
def to_supervisors(at: datetime) -> Iterator[Told]:
    ready = list(_concludable(at))
    path = reverse("work-findings")
    own = _own() if ready else frozenset()
    for person in holders("supervisor") if ready else ():
        scope, me = rights_of(person).scope_of("supervisor"), str(person)
        places = own if scope is None else scope
        mine = [until for where, persons, until in ready if where in places and me not in persons]
        if mine:
            said: dict[str, str | int] = {"count": len(mine), "until": _last_day(min(mine))}
            yield Told(person, "finding-waits", str(day_of(at)), said, path)


def _own() -> frozenset[UUID | None]:
    """What lies in the scope of the whole bureau."""
    rows = Department.objects.filter(bureau__in=Bureau.objects.values("code"))
    return frozenset({None, *rows.values_list("id", flat=True)})


def _concludable(at: datetime) -> Iterator[tuple[UUID | None, list[str], datetime]]:
    """What a supervisor may conclude: where, who may not for what he has to do with it, and until when."""
    found = Finding.objects.filter(standing()).exclude(severity=rules.REFER)
    rows = list(found.only("id", "rule", "subject", "department", "persons", "asked", "raised_at"))
    if not rows:
        return
    heard: dict[str, list[rules.Heard]] = {}
    others = parties.movers_of(rows)
    said = Explanation.objects.filter(finding__in=found.values("id"))
    for id_, by, told, decided, head in said.values_list("finding", "by", "at", "decided_at", "decided_by"):
        heard.setdefault(id_, []).append(rules.Heard(str(by), told, decided))
        others.setdefault(id_, set()).update({str(by), str(head)})
    due = _Deadlines(days_around(at, *{one.raised_at for one in rows}))
    for one in rows:
        ready = rules.concludable_by(one.raised_at, one.asked, heard.get(one.id, []), due)
        if ready <= at:
            yield one.department, [*one.persons, *others.get(one.id, ())], due(ready, "supervisor")


@messages.producer("finding-grave", "appeal-waits", settles=True)
def to_leaders(at: datetime) -> Iterator[Told]:
    grave = list(Finding.objects.filter(standing(), severity=rules.REFER))
    appeals = list(Appeal.objects.filter(decision=""))
    days = days_around(at, *(one.at for one in appeals))
    for person in holders("leader") if grave or appeals else ():
        rights = rights_of(person)
        for one in grave:
            if str(person) not in one.persons and rights.covers(one.department, "leader"):
                said: dict[str, str | int] = {"rule": one.rule, "day": str(one.day)}
                yield Told(person, "finding-grave", one.id, said, reverse("finding", args=[one.id]))
        for appeal in appeals:
            if person != appeal.person and rights.covers(appeal.department, "leader"):
                until = rules.deadline(appeal.at, "appeal-decide", days)
                said = {"day": str(day_of(appeal.at)), "until": _last_day(until)}
                path = reverse("appeal-decide", args=[appeal.id])
                yield Told(person, "appeal-waits", str(appeal.id), said, path)


@messages.producer("finding-ended")
def ended(at: datetime) -> Iterator[Told]:
    """To everybody who was asked; of a fault, what was concluded and not what an appeal made of it."""
    recent = Conclusion.objects.filter(at__gte=at - BACK)
    concluded = dict(recent.values_list("id", "conclusion"))
    faults = set(PersonFault.objects.filter(finding__in=recent.values("id")).values_list("finding", "person"))
    found = Finding.objects.filter(id__in=recent.values("id"))
    for id_, rule, day, persons in found.values_list("id", "rule", "day", "asked"):
        path = reverse("finding", args=[id_])
        for person in filter(None, map(as_uuid, persons)):
            is_other = concluded[id_] == rules.FAULT and (id_, person) not in faults
            said: dict[str, str | int] = {"rule": rule, "day": str(day)}
            said["conclusion"] = rules.NO_FAULT if is_other else concluded[id_]
            yield Told(person, "finding-ended", id_, said, path)


@messages.producer("explanation-told")
def answered(at: datetime) -> Iterator[Told]:
    """At each step of an explanation."""
    since = at - BACK
    rows = Explanation.objects.only("id", "by", "at", "decision", "confirmation")
    recent = {one.id: one for one in rows.filter(decided_at__gte=since)}
    recent |= {one.id: one for one in rows.filter(confirmed_at__gte=since)}
    for one in recent.values():
        path = reverse("explanation", args=[one.id])
        for step, answer in (("head", one.decision), ("confirmed", one.confirmation)):
            if answer:
                said: dict[str, str | int] = {"day": str(day_of(one.at)), "answer": answer}
                yield Told(one.by, "explanation-told", f"{one.id}/{step}", said, path)


@messages.producer("sanction-told", "appeal-told")
def decided(at: datetime) -> Iterator[Told]:
    for one in Sanction.objects.filter(at__gte=at - BACK):
        until = rules.deadline(one.at, "appeal", days_around(one.at))
        said: dict[str, str | int] = {"form": one.form, "day": str(day_of(one.at)), "until": _last_day(until)}
        yield Told(one.person, "sanction-told", str(one.id), said, reverse("sanction", args=[one.id]))
    for appeal in Appeal.objects.filter(decided_at__gte=at - BACK):
        said = {"day": str(day_of(appeal.at)), "outcome": appeal.decision}
        yield Told(appeal.person, "appeal-told", str(appeal.id), said, _of(appeal))


def _of(appeal: Appeal) -> str:
    if appeal.sanction:
        return reverse("sanction", args=[appeal.sanction])
    return reverse("finding", args=[appeal.finding])
