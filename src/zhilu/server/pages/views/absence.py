"""What arrived and what did not: a month, a day, the list, recorders that do not dock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.server.ledger.clock import now, today
from zhilu.server.oversight.models import Hole, Reach, Reconciled
from zhilu.server.pages.services import absence, exports, list_pages, lists
from zhilu.server.pages.services.hole_list import HOLES
from zhilu.server.pages.services.rights import needs, rights
from zhilu.server.pages.templatetags.zhilu import said

MOST = 500


@require_safe
@needs("recorders")
def index(request: HttpRequest) -> HttpResponse:
    page = absence.MonthMap(request)
    bureaus, (recorders, more) = page.bureaus(), page.recorders()
    at, shown = now(), absence.visible(rights(request))
    context = {
        "page": page,
        "bureaus": bureaus,
        "uncounted": sum(1 for one in bureaus if one.at is None),
        "recorders": recorders,
        "more": more,
        "holes": Hole.objects.filter(shown & absence.open_holes(at)).count(),
        "undocked": sum(1 for one in page.reach if absence.is_overdue(one, at, settings.ZHILU.undocked_days)),
        "days": settings.ZHILU.undocked_days,
        "above": absence.Above(),
        "states": [(one, one) for one in ("complete", "hole", "note", "under-way", "unknown", "nothing")],
    }
    return render(request, "pages/absence.html", context)


@require_safe
@needs("recorders")
def day(request: HttpRequest) -> HttpResponse:
    page = absence.DayPage(request, lists.day(request.GET.get("day", "")) or today())
    rows = page.rows()
    if exports.wanted(request):
        header = [
            _("Recorder"), _("Department"), _("State"), _("Captured"), _("Handed over"), _("Stored"),
            _("Known to the city"), _("Missing"), _("Under way"), _("Notes"), _("Unknown since"),
        ]  # fmt: skip
        lines = (_exported(page, row) for row in rows)
        return exports.xlsx(
            request, f"absence-{page.bureau}-{page.day:%Y%m%d}", _("What arrived"), header, lines
        )
    total = absence.Sum_()
    for row in rows:
        total.add(row.sum)
    return render(request, "pages/absence_day.html", {"page": page, "rows": rows, "total": total})


def _exported(page: absence.DayPage, row: absence.RecorderDay) -> list[Any]:
    one = row.sum
    return [
        row.serial,
        row.place,
        said(one.state, "absence-day"),
        one.captured,
        one.collected,
        one.stored,
        row.known_above if page.above and page.above.city and not page.above.many else None,
        one.holes,
        one.under_way,
        one.notes,
        row.reach.known_until if row.reach else None,
    ]


@require_safe
@needs("recorders")
def holes(request: HttpRequest) -> HttpResponse:
    says = _("By the recorders' own signed lines, the handovers and the ledger. It names no person.")
    return list_pages.show(request, HOLES, says=says)


@require_safe
@needs("recorders")
def recorders(request: HttpRequest) -> HttpResponse:
    """Longest not docked first."""
    names, at = absence.bureau_names(), now()
    called = absence.Names(*names)
    rows = Reach.objects.filter(absence.visible(rights(request)), bureau__in=names, live=True)
    found = absence.longest_undocked(rows, at)
    limit = settings.ZHILU.undocked_days
    if exports.wanted(request):
        header = [
            _("Bureau"), _("Recorder"), _("Department"), _("Station"), _("Bay"), _("Last docked"),
            _("Days since"), _("Unknown since"), _("End of its lines provable"),
        ]  # fmt: skip

        def lines() -> Iterator[list[Any]]:
            for chunk in exports.in_chunks(found):
                for one in chunk:
                    yield [
                        names[one.bureau],
                        one.serial,
                        called.place(one),
                        called.station(one),
                        one.bay,
                        one.docked_at,
                        absence.days_since(one, at),
                        one.known_until,
                        one.provable,
                    ]

        return exports.xlsx(request, "undocked", _("Recorders not docked"), header, lines())
    shown = [
        {
            "one": one,
            "bureau": names[one.bureau],
            "place": called.place(one),
            "station": called.station(one),
            "days": absence.days_since(one, at),
            "overdue": absence.is_overdue(one, at, limit),
            "url": absence.recorder_url(one.bureau, one.recorder),
        }
        for one in found[:MOST]
    ]
    context = {"rows": shown, "limit": limit, "most": MOST, "several": len(names) > 1}
    context["is_counted"] = bool(shown) or Reconciled.objects.filter(bureau__in=names).exists()
    return render(request, "pages/absence_recorders.html", context)


urls = [
    path("absence", index, name="absence"),
    path("absence/day", day, name="absence-day"),
    path("absence/holes", holes, name="absence-holes"),
    path("absence/recorders", recorders, name="absence-recorders"),
]
