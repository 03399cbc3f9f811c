"""What is due from somebody, what is asked of him, and what was said of his footage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.evidence.models import Recording
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.oversight.apply_answers import days_around
from zhilu.server.oversight.models import (
    DueTask,
    DueTaskOfficer,
    Explanation,
    Finding,
    FootageReview,
    Sanction,
)
from zhilu.server.pages.services import catalogue_options, findings, overseen, review_pages
from zhilu.server.pages.services.held.part import Cells, Linked, entry, recording
from zhilu.server.pages.templatetags.zhilu import beijing, said


def due(person: UUID) -> Any:
    mine = DueTaskOfficer.objects.filter(officer=person).values("task")
    found = DueTask.objects.filter(id__in=mine).annotate(**overseen.state_of())
    return found.order_by("-since", "-id")


def of_due(person: UUID, rows: Sequence[Any]) -> Iterable[Cells]:
    listed = {code: name for code, name, _class, _classes in catalogue_options.listed()}
    for one in rows:
        planned = Linked(beijing(one.since), reverse("due-task", args=[one.id]))
        name = f"{one.procedure} {listed.get(one.procedure, '')}".strip()
        state = _("withdrawn") if one.withdrawn else said(one.state or "unmatched", "due-state")
        yield [
            planned,
            beijing(one.until),
            name,
            one.name or one.taxpayer,
            one.place,
            state,
            entry(one.entry),
        ]


def questions(person: UUID) -> Any:
    """What was concluded as it is told to him, whoever asks."""
    mine = findings.with_told(Finding.objects.filter(findings.mine(person)), Rights(person, {}))
    return findings.with_asked(mine, person).order_by("-day", "-id")


def of_questions(person: UUID, rows: Sequence[Any]) -> Iterable[Cells]:
    explained: dict[str, list[Explanation]] = {}
    for said_of in Explanation.objects.filter(finding__in=[one.id for one in rows]).order_by("at"):
        explained.setdefault(said_of.finding, []).append(said_of)
    at, rows = now(), findings.as_asked(rows)
    days = days_around(at, *(one.raised_at for one in rows))
    for one in rows:
        waits = findings.waits_of(one, explained.get(one.id, ()), days, at)
        state = "cleared" if one.cleared_at else one.state
        yield [
            one.day,
            Linked(said(one.rule, "rule"), reverse("finding", args=[one.id])),
            said(one.severity, "severity"),
            said(one.told, "conclusion") if one.told else said(state, "finding-state"),
            _(", ").join(wait.told() for wait in waits),
            entry(one.entry),
        ]


def reviewed(person: UUID) -> Any:
    return FootageReview.objects.filter(officer=person).order_by("-at", "-id")


def of_reviewed(person: UUID, rows: Sequence[FootageReview]) -> Iterable[Cells]:
    texts = review_pages.item_texts()
    ids = [one.recording for one in rows]
    opened = dict(Recording.objects.filter(id__in=ids).values_list("id", "opened_at"))
    for one in rows:
        failed = _(", ").join(texts.get(item, item) for item in one.failed)
        yield [
            one.at,
            recording(one.recording, beijing(opened.get(one.recording))),
            _("second review") if one.level > 1 else _("first review"),
            _("passed") if one.passed else _("not passed"),
            failed,
            one.comment,
            entry(one.entry),
        ]


def sanctions(person: UUID) -> Any:
    return Sanction.objects.filter(person=person).order_by("-at", "-id")


def of_sanctions(person: UUID, rows: Sequence[Sanction]) -> Iterable[Cells]:
    for one in rows:
        form = Linked(said(one.form, "sanction-form"), reverse("sanction", args=[one.id]))
        months = _("%(count)s months") % {"count": one.months} if one.months else ""
        yield [one.at, form, months, one.lifted_at, entry(one.entry)]
