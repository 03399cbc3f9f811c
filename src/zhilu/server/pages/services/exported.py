"""Lists as they go out to Excel: the columns of their pages, read some hundred rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from zhilu.server.evidence.models import Act
from zhilu.server.pages.services import acts, exports, training
from zhilu.server.pages.templatetags.zhilu import day_before, said

T = TypeVar("T")
AT_ONCE = 500


def act_list(request: HttpRequest, found: QuerySet[Act]) -> HttpResponse:
    header = [
        _("Opened at"), _("Procedure"), _("Taxpayer"), _("Officers"), _("Elements present"), _("Entry"),
    ]  # fmt: skip
    chunks = _chunks(found.order_by("-opened_at", "-id").iterator(AT_ONCE))
    rows = (
        (
            row.act.opened_at,
            str(row.procedure or row.act.procedure),
            row.act.taxpayer,
            "、".join(row.officers),
            row.present,
            row.act.entry,
        )
        for chunk in chunks
        for row in acts.rows(chunk)
    )
    return exports.xlsx(request, "acts", _("Acts"), header, rows)


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
        for one in found.iterator(AT_ONCE)
    )
    return exports.xlsx(request, "recorders", _("Recorders"), header, rows)


def _state(one: Any) -> str:
    words = [said(one.state or "not-enrolled", "recorder-state")]
    words += [_("suspended")] if one.is_suspended else []
    words += [_("revoked")] if one.is_revoked else []
    return "、".join(words)


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
            "、".join(str(one) for one in row.fitness.missing),
        )
        for row in found
    )
    return exports.xlsx(request, "training", _("Fit to carry a recorder"), header, rows)


def _chunks(rows: Iterator[T]) -> Iterator[list[T]]:
    while chunk := list(islice(rows, AT_ONCE)):
        yield chunk
