"""Findings that wait for me: to explain, to accept, to conclude, to decide."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.organisation.models import Person
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.apply_answers import days_around
from zhilu.server.oversight.models import Finding
from zhilu.server.pages.services import explanation_list, findings
from zhilu.server.pages.services.listing import Rows
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import day, said


def own(desk: Desk) -> Card | None:
    """With the last day on which I may explain."""
    rows = Finding.objects.filter(findings.to_explain(desk.rights.person)).order_by("raised_at", "id")
    found = findings.as_asked(findings.with_asked(rows, desk.rights.person)[: MOST + 1])
    if not found:
        return None
    days = days_around(desk.at, *(one.raised_at for one in found))
    until = [rules.deadline(one.raised_at, "explain", days) for one in found]
    line = _("%(what)s · explain until %(until)s")
    lines = [
        (
            line % {"what": said(one.rule, "rule"), "until": findings.last_moment(last)},
            reverse("finding", args=[one.id]),
        )
        for one, last in zip(found[:FEW], until, strict=False)
    ]
    says = _("Somebody asks you: say why it is so before the time is over.")
    address = f"{reverse('held')}?part=questions"
    tone = "late" if min(until) <= desk.at else "waits"
    return Card(
        tone, _("Findings to explain"), len(found), says, address, _("All that is asked of me"), lines
    )


def to_accept(desk: Desk) -> Card | None:
    """Each explanation, as the list has them."""
    rows = explanation_list.to_accept(desk.rights).annotate(
        who=Subquery(Person.objects.filter(id=OuterRef("by")).values("name")[:1]),
        rule=Subquery(Finding.objects.filter(id=OuterRef("finding")).values("rule")[:1]),
    )
    found = list(rows.order_by("at", "id")[: MOST + 1])
    if not found:
        return None
    lines = [
        (
            " · ".join(filter(None, [day(one.at), one.who, _explained(one)])),
            reverse("explanation", args=[one.id]),
        )
        for one in found[:FEW]
    ]
    says = _("Somebody of your departments has explained: accept it, or refuse it.")
    address = reverse("work-explanations")
    return Card("waits", _("Explanations to decide"), len(found), says, address, _("To the list"), lines)


def _explained(one: Any) -> str:
    """The finding; of one in advance, what it is about."""
    if one.rule:
        return said(one.rule, "rule")
    subject = said("task" if one.task else "act", "finding-subject")
    return _("in advance: %(subject)s") % {"subject": subject}


def to_conclude(desk: Desk) -> Card | None:
    return _card(
        findings.concludable(desk.rights, desk.at, days_around(desk.at)),
        _("Findings to conclude"),
        _("Everybody was heard, or let it lapse: say what is so."),
        reverse("work-findings"),
    )


def to_decide(desk: Desk) -> Card | None:
    """Of a leader: what was referred, and appeals."""
    waits = findings.to_refer() | (findings.appealed() & ~findings.decided(desk.rights.person))
    rows = Finding.objects.filter(waits, desk.rights.within("leader"))
    return _card(
        rows.exclude(findings.party(desk.rights.person)),
        _("Referred, and appealed"),
        _("Findings that are referred to you, and appeals against what was concluded."),
        f"{reverse('findings')}?waiting=leader",
    )


def _card(rows: Rows, title: str, says: str, address: str) -> Card | None:
    found = list(rows.order_by("raised_at", "id")[: MOST + 1])
    if not found:
        return None
    lines = [
        (f"{day(one.day)} · {said(one.rule, 'rule')}", reverse("finding", args=[one.id]))
        for one in found[:FEW]
    ]
    return Card("waits", title, len(found), says, address, _("To the list"), lines)
