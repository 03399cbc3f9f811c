"""Rules in force (管理办法): read and confirmed by everybody, issued in versions by the legal editor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.catalogue.models import Regulation
from zhilu.server.catalogue.services import regulations as services
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.models import Post
from zhilu.server.organisation.services.people import officers, paths
from zhilu.server.pages.services import lists
from zhilu.server.pages.services.catalogue_forms import RegulationForm
from zhilu.server.pages.services.forms import committed, confirmation, done
from zhilu.server.pages.services.rights import may, needs, person_of, rights

BESIDE = {"regulation-since": "since", "regulation-known": "title"}


@require_safe
@needs("catalogue")
def index(request: HttpRequest) -> HttpResponse:
    mine, counted = services.read_by(person_of(request)), services.read_counts()
    context = {
        "rows": [
            (one, _key(one.shown) in mine, counted.get(_key(one.shown), 0))
            for one in services.standing(today())
        ],
        "officers": len(officers()),
        "may_write": may(rights(request).roles, "catalogue-write"),
        "may_see_readers": may(rights(request).roles, "readers"),
    }
    return render(request, "pages/regulations.html", context)


def _key(one: Regulation) -> tuple[UUID, int]:
    return one.regulation, one.version


@require_http_methods(["GET", "POST"])
@needs("catalogue")
def detail(request: HttpRequest, regulation: UUID) -> HttpResponse:
    """The version in force, or `?version=`; POST confirms that it was read."""
    versions = _versions(regulation)
    current = services.in_force(versions, today())
    shown = _asked(request, versions) or current or versions[0]
    me = person_of(request)
    if request.method == "POST":
        done(
            request,
            lambda: services.confirm(me, regulation, shown.version),
            _("Confirmed: the ledger holds that you have read it."),
        )
        return redirect(f"{reverse('regulation', args=[regulation])}?version={shown.version}")
    context = {
        "one": shown,
        "current": current,
        "versions": versions,
        "reading": services.readers(regulation, shown.version).get(me),
        "is_old": bool(current and shown.version < current.version),
        "may_write": may(rights(request).roles, "catalogue-write"),
        "may_see_readers": may(rights(request).roles, "readers"),
    }
    return render(request, "pages/regulation.html", context)


def _versions(regulation: UUID) -> list[Regulation]:
    found = list(Regulation.objects.filter(regulation=regulation).order_by("-version"))
    if not found:
        raise Http404
    return found


def _asked(request: HttpRequest, versions: list[Regulation]) -> Regulation | None:
    wanted = request.POST.get("version") or request.GET.get("version", "")
    if not wanted:
        return None
    for one in versions:
        if str(one.version) == wanted:
            return one
    raise Http404


@dataclass(frozen=True)
class Reader:
    name: str
    department: str
    at: datetime | None


@require_safe
@needs("readers")
def readers(request: HttpRequest, regulation: UUID) -> HttpResponse:
    """Of the officers whom this person answers for: who has not read it, then who has."""
    versions = _versions(regulation)
    shown = _asked(request, versions) or services.in_force(versions, today()) or versions[0]
    rows = _readers(request, shown)
    only = request.GET.get("who", "missing")
    wanted = [one for one in rows if (one.at is None) == (only == "missing")] if only != "all" else rows
    context = lists.page(request, wanted) | {
        "one": shown,
        "who": only,
        "missing": sum(one.at is None for one in rows),
        "all": len(rows),
        "versions": versions,
    }
    return render(request, "pages/regulation_readers.html", context)


def _readers(request: HttpRequest, shown: Regulation) -> list[Reader]:
    mine = rights(request)
    told = services.readers(shown.regulation, shown.version)
    day = today()
    posts = Post.objects.filter(Q(until=None) | Q(until__gt=day), since__lte=day).order_by("since")
    where = dict(posts.values_list("person", "department"))
    scope = None if "legal-editor" in mine.roles else mine.scope_of("unit-head")
    places = paths()
    return [
        Reader(str(one), places.get(where.get(one.id), ""), told[one.id].at if one.id in told else None)  # type: ignore[arg-type]
        for one in officers()
        if scope is None or where.get(one.id) in scope
    ]


@require_http_methods(["GET", "POST"])
@needs("catalogue-write")
def edit(request: HttpRequest, regulation: UUID | None = None) -> HttpResponse:
    """The next version, on from the newest; or the first of a new text."""
    newest = _versions(regulation)[0] if regulation else None
    initial: dict[str, Any] = {"since": today().isoformat(), "version": newest.version + 1 if newest else 1}
    if newest:
        initial |= {"title": newest.title, "text": newest.text}
    form = RegulationForm(request.POST or None, initial=initial)
    back = reverse("regulation", args=[regulation]) if regulation else reverse("regulations")
    if request.method == "POST" and form.is_valid():
        asked = confirmation(
            request,
            title=_("Issue version %(version)d") % {"version": form.cleaned_data["version"]},
            will=[
                _("It takes effect on %(day)s.") % {"day": form.cleaned_data["since"].isoformat()},
                _("Every officer is asked to read it and to confirm it."),
                _("It cannot be taken back, only followed by another version."),
            ],
            word=_("Issue it"),
            back=back,
        )
        if asked is not None:
            return asked
    found: list[UUID] = []

    def act() -> None:
        data = form.cleaned_data
        title, text, since = data["title"], data["text"], data["since"]
        found.append(services.issue(person_of(request), regulation, data["version"], title, text, since))

    if committed(request, form, act, done=_("Issued."), fields=BESIDE):
        return redirect("regulation", found[0])
    context = {"form": form, "newest": newest, "back": back}
    return render(request, "pages/regulation_edit.html", context, status=400 if form.errors else 200)


urls = [
    path("regulations", index, name="regulations"),
    path("regulations/new", edit, name="regulation-new"),
    path("regulations/<uuid:regulation>", detail, name="regulation"),
    path("regulations/<uuid:regulation>/new", edit, name="regulation-edit"),
    path("regulations/<uuid:regulation>/readers", readers, name="regulation-readers"),
]
