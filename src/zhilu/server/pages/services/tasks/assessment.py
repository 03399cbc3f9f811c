"""The assessment: months to publish, objections to decide, and what counts later if nobody settles it."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Exists
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.assessment import rules
from zhilu.server.assessment.models import Objection, Publication
from zhilu.server.assessment.services import objecting
from zhilu.server.assessment.services.telling import BACK, late_from, unpublished
from zhilu.server.pages.services.assessment_page import open_findings
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing


def to_publish(desk: Desk) -> Card | None:
    """Of a leader of the whole bureau: the month that is over, and what has to be corrected."""
    if desk.rights.scope_of("leader") is not None or "leader" in desk.rights.delegated:
        return None
    month = _last(desk)
    anew, is_first = _anew(desk), unpublished(month).exists()
    found = [*([month] if is_first else []), *anew]
    if not found:
        return None
    line = {one: _("%(month)s: anew") % {"month": rules.said(one)} for one in anew}
    return Card(
        "late" if is_first and desk.today >= late_from(month) else "waits",
        _("Assessments to publish"),
        len(found),
        _("A month is over, or something in a published one was struck or lifted. Look before you publish."),
        reverse("assessment"),
        _("All months"),
        [
            (line.get(one, rules.said(one)), reverse("assessment-month", args=[rules.said(one)]))
            for one in found[:FEW]
        ],
    )


def objections(desk: Desk) -> Card | None:
    """Of others, the oldest first. Who leads by delegation only does not decide them."""
    if "leader" in desk.rights.delegated:
        return None
    waiting = Objection.objects.filter(desk.rights.within("leader"), decision="")
    rows = waiting.exclude(person=desk.rights.person).order_by("at", "id")
    found = list(rows.values_list("id", "month", "at")[: MOST + 1])
    if not found:
        return None
    return Card(
        "waits",
        _("Objections to decide"),
        len(found),
        _("Somebody says that his points are wrong. Who decided a line of them does not decide."),
        reverse("objections"),
        _("All objections"),
        [
            (f"{rules.said(month)} · {beijing(at)[:16]}", reverse("objection", args=[one]))
            for one, month, at in found[:FEW]
        ],
    )


def unsettled(desk: Desk) -> Card | None:
    """Of a supervisor: findings of the month that is over, while nobody has published it."""
    month = _last(desk)
    rows = open_findings(month, desk.rights.scope_of("supervisor"))
    rows = rows.filter(Exists(unpublished(month))).exclude(person_rows__person=desk.rights.person)
    found = rows[: MOST + 1].count()
    if not found:
        return None
    told = rules.said(month)
    return Card(
        "waits",
        _("%(month)s before it is published") % {"month": told},
        found,
        _(
            "Findings of the month that nobody has concluded. What comes of them after the publication "
            "counts in a later month."
        ),
        reverse("assessment-month", args=[told]),
        _("To the preview"),
    )


def _last(desk: Desk) -> date:
    """The newest month that is over."""
    return rules.begin(rules.begin(desk.today) - timedelta(days=1))


def _anew(desk: Desk) -> list[date]:
    rows = Publication.objects.filter(at__gte=desk.at - BACK)
    newest = {one.month: one for one in objecting.with_causes(rows).order_by("version")}
    return sorted(month for month, one in newest.items() if objecting.causes_of(one))
