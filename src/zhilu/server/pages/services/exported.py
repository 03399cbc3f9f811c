"""Lists as they go out to Excel: the columns of their pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from zhilu.server.pages.services import exports, training
from zhilu.server.pages.templatetags.zhilu import day_before, said

T = TypeVar("T")


def recorder_list(request: HttpRequest, found: QuerySet[Any]) -> HttpResponse:
    header = [
        _("Serial number"), _("Model"), _("Asset number"), _("Department"), _("State"), _("Station"),
        _("Bay"), _("Issued to"), _("Department that has it"), _("Last docked"), _("Findings"),
    ]  # fmt: skip
    rows = (
        (
            one.serial,
            one.model,
            one.asset,
            one.department_name or "",
            _state(one),
            one.station_name or "",
            one.bay,
            (one.holder_name or "") if one.issue else "",
            (one.held_in_name or "") if one.issue else "",
            one.docked,
            one.findings,
        )
        for one in found.iterator(exports.AT_ONCE)
    )
    return exports.xlsx(request, "recorders", _("Recorders"), header, rows)


def _state(one: Any) -> str:
    words = [said(one.state or "not-enrolled", "recorder-state")]
    words += [_("suspended")] if one.is_suspended else []
    words += [_("revoked")] if one.is_revoked else []
    return _(", ").join(words)


def fitness_list(request: HttpRequest, found: Iterable[training.Row]) -> HttpResponse:
    header = [
        _("Officer"), _("Number"), _("Department"), _("State"), _("Fit to the end of"), _("Missing"),
    ]  # fmt: skip
    rows = (
        (
            row.person.name,
            row.person.number,
            row.path,
            said(row.state, "fitness"),
            day_before(row.fitness.until),
            _(", ").join(str(one) for one in row.fitness.missing),
        )
        for row in found
    )
    return exports.xlsx(request, "training", _("Fit to carry a recorder"), header, rows)
