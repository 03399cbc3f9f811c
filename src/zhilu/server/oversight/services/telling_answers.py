"""Who is told of findings and of what becomes of them: whoever is asked, is to decide, or was decided about.
A message names the finding's rule and day; what anybody wrote is read on the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhilu.encoding import as_uuid
from zhilu.server.ledger.clock import day_of
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.apply_answers import concludable_at, days_around
from zhilu.server.oversight.models import Appeal, Conclusion, Explanation, Finding, PersonFault, Sanction
from zhilu.server.oversight.rules_messages import Told
from zhilu.server.oversight.services import messages
from zhilu.server.oversight.services.telling_days import holders

BACK = timedelta(days=14)
"""Of what became of findings so far back is told."""

messages.kind("finding-asked", _("Findings to explain"), _("%(rule)s on %(day)s: explain by %(until)s."),
              rule="rule", day="day", until="day")  # fmt: skip
messages.kind("finding-last-day", _("Last day to explain"), _("%(rule)s on %(day)s: explain today."),
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


def _standing() -> Q:
    return Q(conclusion="", cleared_at=None)


def _last_day(until: datetime) -> str:
    return str(day_of(until - timedelta(seconds=1)))


@messages.producer("finding-asked", "finding-last-day", settles=True)
def asked(at: datetime) -> Iterator[Told]:
    """Until they have explained, or may no more."""
    days = days_around(at)
    since = rules.lapsed_before(at, "explain", days)
    found = list(Finding.objects.filter(_standing(), raised_at__gte=since))
    explained = set(
        Explanation.objects.filter(finding__in=[one.id for one in found]).values_list("finding", "by")
    )
    for one in found:
        until = rules.deadline(one.raised_at, "explain", days)
        path = reverse("finding", args=[one.id])
        for person in filter(None, map(as_uuid, one.persons)):
            if (one.id, person) in explained:
                continue
            said: dict[str, str | int] = {"rule": one.rule, "day": str(one.day)}
            key = f"{one.id}/{day_of(one.raised_at)}"
            yield Told(person, "finding-asked", key, said | {"until": _last_day(until)}, path)
            if _last_day(until) == str(day_of(at)):
                yield Told(person, "finding-last-day", f"{key}/last", said, path)


@messages.producer("explanation-waits", settles=True)
def to_heads(at: datetime) -> Iterator[Told]:
    """Once a day while something waits: how many, and until when the first."""
    stands = Finding.objects.filter(_standing(), id=OuterRef("finding"))
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
    for person in holders("supervisor") if ready else ():
        covered = Finding.objects.filter(rights_of(person).within("supervisor"))
        scope = set(covered.filter(id__in=[one.id for one, _until in ready]).values_list("id", flat=True))
        mine = [until for one, until in ready if one.id in scope and str(person) not in one.persons]
        if mine:
            said: dict[str, str | int] = {"count": len(mine), "until": _last_day(min(mine))}
            yield Told(person, "finding-waits", str(day_of(at)), said, path)


def _concludable(at: datetime) -> Iterator[tuple[Finding, datetime]]:
    """What a supervisor may conclude, and until when."""
    found = list(Finding.objects.filter(_standing()).exclude(severity=rules.REFER))
    explained: dict[str, list[Explanation]] = {}
    for one in Explanation.objects.exclude(finding="").filter(finding__in=_ids()):
        explained.setdefault(one.finding, []).append(one)
    days = days_around(at, *(one.raised_at for one in found))
    for finding in found:
        ready = concludable_at(finding, explained.get(finding.id, []), days)
        if ready <= at:
            yield finding, rules.deadline(ready, "supervisor", days)


def _ids() -> Any:
    return Finding.objects.filter(_standing()).values("id")


@messages.producer("finding-grave", "appeal-waits", settles=True)
def to_leaders(at: datetime) -> Iterator[Told]:
    grave = list(Finding.objects.filter(_standing(), severity=rules.REFER))
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
    concluded = {one.id: one for one in Conclusion.objects.filter(at__gte=at - BACK)}
    faults = set(PersonFault.objects.filter(at__gte=at - BACK).values_list("finding", "person"))
    for finding in Finding.objects.filter(id__in=list(concluded)):
        row = concluded[finding.id]
        for person in filter(None, map(as_uuid, finding.persons)):
            is_other = row.conclusion == rules.FAULT and (finding.id, person) not in faults
            said: dict[str, str | int] = {"rule": finding.rule, "day": str(finding.day)}
            said["conclusion"] = rules.NO_FAULT if is_other else row.conclusion
            yield Told(person, "finding-ended", finding.id, said, reverse("finding", args=[finding.id]))


@messages.producer("explanation-told")
def answered(at: datetime) -> Iterator[Told]:
    """At each step of an explanation."""
    recent = Q(decided_at__gte=at - BACK) | Q(confirmed_at__gte=at - BACK)
    for one in Explanation.objects.filter(recent):
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
