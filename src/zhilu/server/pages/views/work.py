"""Lists of work, and the batches that are done from them."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhilu.server.evidence.services import desk, saved_views
from zhilu.server.pages.services import list_pages, work_lists, work_page
from zhilu.server.pages.services.act_list import ACTS
from zhilu.server.pages.services.copy_list import COPIES
from zhilu.server.pages.services.drawn_list import QUEUE
from zhilu.server.pages.services.due_tasks import TASKS
from zhilu.server.pages.services.explanation_list import EXPLANATIONS, TO_CONCLUDE, TO_DECIDE
from zhilu.server.pages.services.finding_list import FINDINGS
from zhilu.server.pages.services.forms import done
from zhilu.server.pages.services.hole_list import HOLES
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.services.recording_list import RECORDINGS
from zhilu.server.pages.services.rights import needs, person_of
from zhilu.server.pages.services.sanction_list import SANCTIONS
from zhilu.server.pages.services.viewing_list import VIEWINGS

LISTS = (
    RECORDINGS, ACTS, VIEWINGS, COPIES, HOLES, TASKS, QUEUE, FINDINGS, EXPLANATIONS, SANCTIONS, TO_DECIDE,
    TO_CONCLUDE, work_lists.TO_DESCRIBE, work_lists.TO_CONFIRM,
)  # fmt: skip
WITH_VIEWS = {one.code: one for one in LISTS}

WORK = work_page.Work(work_lists.doing, desk.batch, work_lists.told)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("describe")
def recordings(request: HttpRequest) -> HttpResponse:
    says = _("A recording waits here until an act names it, or it is said that there is nothing to describe.")
    return work_page.show(request, work_lists.TO_DESCRIBE, says, WORK)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("confirm")
def statements(request: HttpRequest) -> HttpResponse:
    says = _("Read each before you confirm it. What lacks one of the seven elements is not confirmed.")
    return work_page.show(request, work_lists.TO_CONFIRM, says, WORK)


@require_POST
@login_required
def views(request: HttpRequest) -> HttpResponse:
    """Saves or deletes one's own views of a list, or says with which of them the list begins."""
    shape, me = WITH_VIEWS.get(request.POST.get("list", "")), person_of(request)
    if shape is None:
        raise BadRequest
    asked = list_pages.canonical_of(shape, request.POST.get("asked", ""), Asker(request))
    said = request.POST.get("view", "")
    view = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0

    def save() -> None:
        is_default = request.POST.get("default") == "yes"
        saved_views.save(me, shape.code, request.POST.get("name", ""), asked, is_default)

    steps: dict[str, tuple[Callable[[], object], str]] = {
        "save": (save, _("The view is saved.")),
        "delete": (lambda: saved_views.delete(me, shape.code, view), _("The view is deleted.")),
        "default": (
            lambda: saved_views.begin_with(me, shape.code, view),
            _("The list begins with this view."),
        ),
        "no-default": (
            lambda: saved_views.begin_with(me, shape.code, None),
            _("The list begins with everything."),
        ),
    }
    done(request, *steps.get(request.POST.get("do", ""), steps["save"]))
    return redirect(_address(shape.code, asked))


def _address(name: str, asked: str) -> str:
    return f"{reverse(name)}?{asked or list_pages.PLAIN + '=1'}"


urls = [
    path("work/recordings", recordings, name="work-recordings"),
    path("work/statements", statements, name="work-statements"),
    path("views", views, name="views"),
]
