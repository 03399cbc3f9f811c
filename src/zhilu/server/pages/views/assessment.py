"""The assessment of a month: bureau, departments, people; publishing it; one's own sheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhilu.encoding import as_uuid
from zhilu.errors import WorldError
from zhilu.server.assessment import rules, scheme
from zhilu.server.assessment.models import Publication, PublishedLine
from zhilu.server.assessment.services import objecting, publishing, telling
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.services.people import bureau_names, names
from zhilu.server.pages.services import assessment_page as pages
from zhilu.server.pages.services import assessment_paper, exports, lists
from zhilu.server.pages.services.assessment_page import Month
from zhilu.server.pages.services.assessment_sheet import Sheet
from zhilu.server.pages.services.forms import confirmation, done, said_of
from zhilu.server.pages.services.rights import may, needs, person_of, rights
from zhilu.server.pages.templatetags.zhilu import said

MONTHS = 13


@require_safe
@needs("assessment")
def index(request: HttpRequest) -> HttpResponse:
    """At a city: how many bureaus have published each month."""
    months = pages.months_back(MONTHS)
    bureaus = pages.bureaus_of(pages.scope_of(rights(request)))
    if len(bureaus) > 1:
        published = pages.published_by(bureaus, months)
        return render(request, "pages/assessment_index.html", {"published": published})
    newest = {
        one.month: one for one in Publication.objects.filter(month__gte=min(months)).order_by("version")
    }
    over = rules.begin(today())
    listed = [
        (
            one,
            newest.get(one),
            "published" if one in newest else ("over" if one < over else "running"),
            rules.shown(newest[one].tenths) if one in newest else "—",
        )
        for one in months
    ]
    context = {"months": listed, "overdue": telling.overdue(months, today())}
    return render(request, "pages/assessment_index.html", context)


@require_safe
@needs("assessment")
def month(request: HttpRequest, month: str) -> HttpResponse:
    """At a city without a bureau: all of them beside each other."""
    asked = _month(month)
    scope = pages.scope_of(rights(request))
    told = bureau_names(*pages.bureaus_of(scope))
    bureau = request.GET.get("bureau", "")
    if bureau not in told:
        bureau = "" if len(told) > 1 else ledgers.own()
    if not bureau:
        return _bureaus(request, asked, told)
    with ledgers.of(bureau):
        shown = _shown(request, asked, bureau)
        units = shown.units()
        department = as_uuid(request.GET.get("department", ""))
        chosen = next((one for one in units if one.department == department), None) if department else None
        if exports.wanted(request):
            return _export(request, shown, units)
        rows = shown.rows(chosen.department) if chosen else []
        context: dict[str, Any] = {
            "shown": shown,
            "month": asked,
            "bureau": bureau,
            "whose": told[bureau],
            "is_own": bureau == ledgers.own(),
            "is_city": len(told) > 1,
            "units": units,
            "chosen": chosen,
            "open": shown.open,
            "last": rules.last_day(asked),
            "until": objecting.until(shown.publication) if shown.publication else None,
            "may_publish": may(rights(request).roles, "assessment-publish"),
            "by": names([shown.publication.by]).get(shown.publication.by, "") if shown.publication else "",
            **lists.page(request, rows),
        }
        return render(request, "pages/assessment_month.html", context)


def _shown(request: HttpRequest, asked: date, bureau: str) -> Month:
    """Of a county only what it published."""
    is_own = bureau == ledgers.own()
    shown = Month(
        asked,
        pages.scope_of(rights(request)) if is_own else None,
        bureau,
        _number(request.GET.get("version", "")),
        request.GET.get("preview") == "1" and is_own,
        rights(request).departments if is_own else None,
    )
    if not is_own and shown.newest is None:
        raise Http404
    return shown


def _bureaus(request: HttpRequest, asked: date, told: dict[str, str]) -> HttpResponse:
    bureaus, units = pages.beside_each_other(asked, told)
    units.sort(key=lambda one: (-(one.tenths or -1), told[one.bureau], one.name))
    if exports.wanted(request):
        header = [_("Bureau"), _("Department"), _("Points"), _("People"), _("Ranking"), _("Among")]
        rows = [
            [
                told[one.bureau],
                one.name if one.department else "",
                _in_points(one.tenths),
                one.persons,
                *(one.place or ("", "")),
            ]
            for one in [*bureaus, *units]
        ]
        return exports.xlsx(request, f"assessment-{rules.said(asked)}", _("Assessment"), header, rows)
    context = {"month": asked, "bureaus": bureaus, "told": told} | lists.page(request, units)
    return render(request, "pages/assessment_bureaus.html", context)


def _export(request: HttpRequest, shown: Month, units: list[pages.Unit]) -> HttpResponse:
    header = [
        _("Part"), _("Department"), _("Officer"), _("Points"), _("Deducted"), _("Added"), _("People"),
        _("Ranking"), _("Among"), _("Day"), _("For"), _("Points of the line"), _("Reference"),
    ]  # fmt: skip
    return exports.xlsx(
        request, f"assessment-{rules.said(shown.month)}", _title(shown), header, _rows(shown, units)
    )


def _title(shown: Month) -> str:
    if shown.publication is None:
        return _("Assessment %(month)s: PREVIEW") % {"month": rules.said(shown.month)}
    told = {"month": rules.said(shown.month), "version": shown.publication.version}
    return _("Assessment %(month)s, version %(version)s") % told


def _rows(shown: Month, units: list[pages.Unit]) -> Iterator[list[Any]]:
    """Departments, then people, each followed by what they were deducted or given."""
    yield [_("bureau"), "", "", _in_points(shown.tenths), "", "", shown.persons, "", "", "", "", "", ""]
    names_ = {str(one.department): one.name for one in units}
    for unit in units:
        place = unit.place or ("", "")
        points = _in_points(unit.tenths)
        yield [_("department"), unit.name, "", points, "", "", unit.persons, *place, "", "", "", ""]
    for row in shown.rows():
        where = names_.get(str(row.department), "")
        points, taken, added = map(_in_points, (row.tenths, -row.deducted, row.credited))
        yield [_("officer"), where, row.name, points, taken, added, *[""] * 7]
        for _kind, code, ref, day, department, tenths in row.items:
            place_ = names_.get(department, "")
            line = [day, said(code, "ground"), _in_points(tenths), ref]
            yield [_("line"), place_, row.name, *[""] * 6, *line]


def _in_points(tenths: int | None) -> float | None:
    """A number that a table can add up."""
    return None if tenths is None else tenths / 10


@require_safe
@needs("assessment")
def as_pdf(request: HttpRequest, month: str) -> HttpResponse:
    shown = _shown(request, _month(month), ledgers.own())
    try:
        me = person_of(request)
        by = names([me]).get(str(me), "")
        data = assessment_paper.pdf(shown, shown.units(), by, with_people=True)
    except WorldError as error:
        messages.error(request, said_of(error))
        return redirect("assessment-month", month)
    exports.log_taken(request, ".pdf")
    answer = HttpResponse(data, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="assessment-{month}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
@needs("assessment-publish")
def publish(request: HttpRequest, month: str) -> HttpResponse:
    """What is on the page is not what is published, but what the ledger gives at that moment."""
    asked, back = _month(month), reverse("assessment-month", args=[month])
    shown = Month(asked, None, ledgers.own())
    will = [
        _("The points of %(count)s people are published: each sees his own, and may object for 5 workdays.")
        % {"count": shown.reckoning.result.persons},
        _("The ledger counts them itself then. A publication is not taken back, only followed by another."),
    ]
    if shown.open:
        will.append(
            _("%(count)s findings of this month are not concluded: what comes of them counts later.")
            % {"count": shown.open}
        )
    answer = confirmation(
        request, title=_("Publish %(month)s") % {"month": month}, will=will, word=_("Publish"), back=back
    )
    if answer is not None:
        return answer
    number, me = _number(request.POST.get("version", "")), person_of(request)
    number = shown.next_version if number is None else number
    done(request, lambda: publishing.publish(me, asked, number), _("The assessment is published."))
    return redirect(back)


@require_safe
@needs("assessment-read")
def own(request: HttpRequest) -> HttpResponse:
    """One's own points, month by month."""
    me = person_of(request)
    lines = PublishedLine.objects.filter(person=me).select_related("publication")
    newest: dict[date, PublishedLine] = {}
    for one in lines.order_by("publication__month", "publication__version"):
        newest[one.publication.month] = one
    rows = [newest[one] for one in sorted(newest, reverse=True)]
    untils = objecting.untils([one.publication for one in rows])
    listed = [
        (one.publication.month, rules.shown(one.tenths), *_window(until))
        for one, until in zip(rows, untils, strict=True)
    ]
    context = {
        "published": listed,
        "person": me,
        "months": [one for one in pages.months_back(3) if one not in newest],
    }
    return render(request, "pages/assessment_own.html", context)


@require_safe
@needs("assessment-read")
def person(request: HttpRequest, month: str, person: UUID) -> HttpResponse:
    """One's own, or of a person in one's scope; of a county's by `?bureau=`."""
    asked, bureau = _month(month), request.GET.get("bureau", ledgers.own())
    scope = pages.scope_of(rights(request))
    is_own = bureau == ledgers.own()
    if not is_own and bureau not in pages.bureaus_of(scope):
        raise Http404
    with ledgers.of(bureau):
        shown = _shown(request, asked, bureau)
        row = shown.row_of(person)
        is_me = is_own and person == person_of(request)
        if not is_me and not _is_seen(request, shown, person, row):
            raise Http404
        sheet = Sheet(shown, person, row, is_own, is_me or _is_ranked(request, row))
        until, is_late = _window(sheet.objects_until if is_me else None)
        context: dict[str, Any] = {
            "sheet": sheet,
            "shown": shown,
            "month": asked,
            "is_me": is_me,
            "bureau": "" if is_own else bureau,
            "may_list": may(rights(request).roles, "assessment"),
            "until": until,
            "is_late": is_late,
            "base": rules.shown(base_of(shown)),
        }
        return render(request, "pages/assessment_person.html", context)


def _window(until: date | None) -> tuple[date | None, bool]:
    """The last day to object, and whether it is over."""
    return until, until is not None and until < today()


def base_of(shown: Month) -> int:
    """What everybody begins with by the scheme that counts."""
    return scheme.BUILT_IN.base if shown.scheme == 0 else shown.reckoning.scheme.base


def _is_seen(request: HttpRequest, shown: Month, person: UUID, row: pages.Row | None) -> bool:
    """Somebody else's: of his department of that month, for who reads it."""
    if not rights(request).roles & set(pages.READS):
        return False
    department = row.department if row else shown.reckoning.department_of(person)
    return department is not None and shown.covers(department)


def _is_ranked(request: HttpRequest, row: pages.Row | None) -> bool:
    """Places among officers are for themselves, their head and the leader; no supervisor compares people."""
    mine = rights(request)
    scope = mine.scope_of(*pages.RANKS)
    is_covered = row is not None and (scope is None or row.department in scope)
    return is_covered and bool(mine.roles & set(pages.RANKS))


@require_POST
@needs("assessment-read")
def objected(request: HttpRequest, month: str) -> HttpResponse:
    asked, me = _month(month), person_of(request)
    number = _number(request.POST.get("version", "")) or 0
    text = request.POST.get("text", "")
    done(
        request,
        lambda: objecting.file(me, asked, number, text),
        _("The objection is filed: a leader decides it."),
    )
    return redirect("assessment-person", month, me)


def _number(version: str) -> int | None:
    return int(version) if version.isascii() and version.isdigit() and len(version) < 9 else None


def _month(said: str) -> date:
    """What has begun."""
    found = rules.month_of(said)
    if found is None or found > today():
        raise Http404
    return found


urls = [
    path("assessment", index, name="assessment"),
    path("assessment/mine", own, name="assessment-own"),
    path("assessment/<str:month>.pdf", as_pdf, name="assessment-pdf"),
    path("assessment/<str:month>", month, name="assessment-month"),
    path("assessment/<str:month>/publish", publish, name="assessment-publish"),
    path("assessment/<str:month>/objection", objected, name="assessment-object"),
    path("assessment/<str:month>/people/<uuid:person>", person, name="assessment-person"),
]
