"""What carries somebody's name: recordings, acts, and what was found at them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.catalogue.services import catalogue
from zhilu.server.equipment.models import Finding
from zhilu.server.evidence.models import Act, ActOfficer, Recording
from zhilu.server.organisation.services.people import paths
from zhilu.server.pages.services.held.part import Cells, Linked, entry, recording
from zhilu.server.pages.templatetags.zhilu import beijing, clock, said


def own(person: UUID) -> Any:
    return Recording.objects.filter(officer=person)


def recordings(person: UUID) -> Any:
    return own(person).order_by("-opened_at", "-id")


def of_recordings(person: UUID, rows: Sequence[Recording]) -> Iterable[Cells]:
    places = paths()
    for one in rows:
        state = said(one.aside, "aside") if one.aside else _("%(count)s acts") % {"count": one.acts}
        state = _("drill") if one.drill else state
        begun = recording(one, beijing(one.opened_at))
        length, origin = clock(one.closed_at - one.opened_at), said(one.origin, "origin")
        where = places.get(one.department, "—") if one.department else "—"
        yield [begun, length, origin, where, state, entry(one.entry)]


def acts(person: UUID) -> Any:
    mine = ActOfficer.objects.filter(officer=person).values("act")
    return Act.objects.filter(id__in=mine).order_by("-opened_at", "-id")


def of_acts(person: UUID, rows: Sequence[Act]) -> Iterable[Cells]:
    listed = catalogue.listed_names((one.catalogue, one.procedure) for one in rows)
    for one in rows:
        name = listed.get((one.catalogue, one.procedure), one.procedure)
        told = f"{one.present}/7" if one.version else _("no statement")
        state = _("confirmed") if one.confirmed else told
        opened = Linked(beijing(one.opened_at), reverse("act", args=[one.id]))
        yield [opened, name, one.taxpayer, state, entry(one.entry)]


def findings(person: UUID) -> Any:
    return Finding.objects.filter(recording__in=own(person).values("id")).order_by("-at", "-id")


def of_findings(person: UUID, rows: Sequence[Finding]) -> Iterable[Cells]:
    opened = dict(own(person).filter(id__in=[one.recording for one in rows]).values_list("id", "opened_at"))
    for one in rows:
        where = recording(one.recording, beijing(opened.get(one.recording))) if one.recording else ""
        yield [one.at, said(one.code, "finding"), where, one.since, one.until, entry(one.entry)]
