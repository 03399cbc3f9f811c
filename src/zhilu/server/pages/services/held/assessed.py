"""How one was assessed, and what one said against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from zhilu.server.assessment import rules
from zhilu.server.assessment.models import Objection, PublishedLine
from zhilu.server.pages.services.held.part import Cells, Linked, entry
from zhilu.server.pages.templatetags.zhilu import said


def points(person: UUID) -> Any:
    rows = PublishedLine.objects.filter(person=person).select_related("publication")
    return rows.order_by("-publication__month", "-publication__version")


def of_points(person: UUID, rows: Sequence[PublishedLine]) -> Iterable[Cells]:
    for one in rows:
        month, version = rules.said(one.publication.month), one.publication.version
        path = f"{reverse('assessment-person', args=[month, person])}?version={version}"
        taken, added = rules.shown(-one.deducted), rules.shown(one.credited)
        shown = Linked(rules.shown(one.tenths), path)
        yield [month, version, shown, taken, added, one.publication.at, entry(one.entry)]


def objections(person: UUID) -> Any:
    return Objection.objects.filter(person=person).order_by("-at", "-id")


def of_objections(person: UUID, rows: Sequence[Objection]) -> Iterable[Cells]:
    for one in rows:
        decision = said(one.decision, "objection")
        yield [one.at, rules.said(one.month), one.text, decision, one.answer, entry(one.entry)]
