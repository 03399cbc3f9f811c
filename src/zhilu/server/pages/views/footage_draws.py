"""Draws: announced, targeted, what came of them, and the file from which anybody repeats one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.errors import DataError
from zhilu.sealed.draws import MOST_CHOSEN
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.services.commit import size
from zhilu.server.oversight.apply_reviews import ROLE
from zhilu.server.oversight.models import Draw
from zhilu.server.oversight.services import draw_file, drawing, reviewing
from zhilu.server.pages.services import exports, keyset, lists, review_pages, seen
from zhilu.server.pages.services.footage_forms import DrawForm, TargetForm
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.services.rights import may, needs, rights
from zhilu.server.pages.templatetags.zhilu import day, said

MOST_SHOWN = 200
SHORT = {
    "draw-sample": "size",
    "draw-population": "first",
    "draw-period": "last",
    "draw-scope": "departments",
}


@require_safe
@needs("footage-draws")
def index(request: HttpRequest) -> HttpResponse:
    asker = Asker(request)
    found = review_pages.draws(asker.rights)
    if exports.wanted(request):
        return _of_draws(request, found, asker)
    page = keyset.newest_first(found, "at", request.GET.get("older", ""))
    context = {
        "rows": review_pages.draw_rows(page.rows, asker),
        **lists.older(request, page.older),
        "may_draw": may(asker.rights.roles, "footage-reviews"),
        "counties": review_pages.county_draws() if asker.sees_all else [],
    }
    return render(request, "pages/footage_draws.html", context)


def _of_draws(request: HttpRequest, found: QuerySet[Draw], asker: Asker) -> HttpResponse:
    header = [
        _("Announced at"), _("Kind"), _("Drawn at"), _("Of"), _("Recordings from"), _("To"), _("In the list"),
        _("Drawn"), _("Of these reviewed"), _("Did not pass"), _("Entry"),
    ]  # fmt: skip
    rows = (
        [
            row.draw.at, said(row.draw.kind, "draw-kind"), row.draw.made_at, row.of or _("the whole bureau"),
            day(row.draw.since), day(row.draw.last), row.draw.population, row.drawn, row.reviewed, row.failed,
            row.draw.entry,
        ]
        for chunk in exports.in_chunks(found.order_by("-at", "-id"))
        for row in review_pages.draw_rows(chunk, asker)
    )  # fmt: skip
    return exports.xlsx(request, "draws", _("Draws"), header, rows)


def _of_drawn(request: HttpRequest, rows: Sequence[review_pages.DrawnRow]) -> HttpResponse:
    header = [
        _("No."), _("Recorded at"), _("Officer"), _("Department"), _("State"), _("Result"), _("Recording"),
    ]  # fmt: skip
    results = {None: "", True: _("did pass"), False: _("did not pass")}
    lines = (
        [
            row.drawn.place + 1, row.opened, row.officer, row.department,
            said(row.drawn.state, "drawn-state"), results[row.drawn.passed], str(row.drawn.recording),
        ]
        for row in rows
    )  # fmt: skip
    return exports.xlsx(request, "drawn", _("Drawn"), header, lines)


def _draw(request: HttpRequest, draw: UUID) -> Draw:
    found = review_pages.draws(rights(request)).filter(id=draw).first()
    if found is None:
        raise Http404
    return found


@require_safe
@needs("footage-draws")
def detail(request: HttpRequest, draw: UUID) -> HttpResponse:
    found, asker = _draw(request, draw), Asker(request)
    is_file = exports.wanted(request)
    rows = review_pages.drawn_rows(found, asker, MOST_CHOSEN if is_file else MOST_SHOWN)
    seen.listed(request, [row.drawn.recording for row in rows])
    if is_file:
        return _of_drawn(request, rows)
    context = {
        "draw": found,
        "of": review_pages.of(found, asker),
        "by": asker.names(UUID(found.by)).get(found.by, ""),
        "rows": rows,
        "most": MOST_SHOWN,
        "cosigner": review_pages.cosigner_of(found) if found.kind == "random" else "",
        "is_supervisor": may(asker.rights.roles, "footage-reviews"),
    }
    return render(request, "pages/footage_draw.html", context)


@require_safe
@needs("footage-draws")
def file(request: HttpRequest, draw: UUID) -> HttpResponse:
    """Of a random one: ids and proofs; names nobody."""
    found = _draw(request, draw)
    if found.kind != "random":
        raise Http404
    try:
        data = draw_file.of(found)
    except DataError as error:
        text = _("A draw has a file once it was made and a checkpoint covers it: try again in a minute.")
        return render(
            request, "pages/error.html", {"code": 409, "text": text, "error": error.code}, status=409
        )
    exports.log_taken(request, ".json")
    answer = HttpResponse(data, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="zhilu-draw-{found.id}.json"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@needs("footage-reviews")
def new(request: HttpRequest) -> HttpResponse:
    """A random draw. `do=count`: how many there are, and nothing is announced."""
    asker = Asker(request)
    mine = asker.rights
    scope = mine.scope_of(ROLE)
    places = [(one, name) for one, name in asker.places() if scope is None or UUID(one) in scope]
    first = today() - timedelta(days=30)
    usual: dict[str, Any] = {
        "first": first,
        "last": today() - timedelta(days=1),
        "size": 5,
        "unit": "percent",
        "second": 20,
    }
    if scope is not None:
        usual["departments"] = [one for one, _name in places]
    form = DrawForm(places, scope is None, request.POST or None, initial=usual)
    counted: int | None = None
    if request.POST.get("do") == "count" and form.is_valid():
        counted = drawing.count(form.cleaned_data["departments"], *form.period(), size())
    made: list[UUID] = []

    def announce() -> None:
        chosen = form.cleaned_data["departments"]
        departments = None if chosen is None else [UUID(one) for one in chosen]
        made.append(
            reviewing.announce(
                mine.person, departments, form.period(), form.sample(), form.cleaned_data["second"]
            )
        )

    done = _("Announced. It is drawn by the next cosignature, in a minute or two.")
    if request.POST.get("do") != "count" and committed(request, form, announce, done=done, fields=SHORT):
        return redirect("footage-draw", made[0])
    context = {"form": form, "counted": counted}
    return render(request, "pages/footage_draw_new.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("footage-reviews")
def target(request: HttpRequest) -> HttpResponse:
    asker = Asker(request)
    mine = asker.rights
    usual = {"first": today() - timedelta(days=30), "last": today(), "most": 20, "second": 0}
    asked = {name: request.GET[name] for name in ("what", "first", "last") if name in request.GET}
    form = TargetForm(review_pages.targets(asker), request.POST or None, initial=usual | asked)
    made: list[UUID] = []

    def choose() -> None:
        criterion, value = form.criterion()
        found = review_pages.targeted(criterion, value, form.period(), form.cleaned_data["most"], mine)
        if not found:
            raise DataError("draw-none", "No recording of your departments fits this.")
        second = form.cleaned_data["second"]
        made.append(reviewing.target(mine.person, criterion, value, form.period(), found, second))

    if committed(
        request, form, choose, done=_("Chosen: they wait in the queue."), fields={"draw-none": "what"}
    ):
        return redirect("footage-draw", made[0])
    return render(request, "pages/footage_target.html", {"form": form}, status=400 if form.errors else 200)


urls = [
    path("footage-reviews/draws", index, name="footage-draws"),
    path("footage-reviews/draws/new", new, name="footage-draw-new"),
    path("footage-reviews/draws/target", target, name="footage-target"),
    path("footage-reviews/draws/<uuid:draw>", detail, name="footage-draw"),
    path("footage-reviews/draws/<uuid:draw>/file", file, name="footage-draw-file"),
]
