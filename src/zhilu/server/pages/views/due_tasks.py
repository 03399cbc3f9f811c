from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.encoding import as_uuid
from zhilu.server.oversight.rules_tasks import LONGEST_REASON
from zhilu.server.oversight.services import tasks
from zhilu.server.pages.services import list_pages, seen
from zhilu.server.pages.services.due_tasks import TASKS, Page, There, found
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.services.rights import may, needs, person_of, rights
from zhilu.server.pages.templatetags.zhilu import beijing, said

NONE, BACK = "none", "back"


@require_safe
@needs("due-tasks")
def index(request: HttpRequest) -> HttpResponse:
    link: dict[str, Any] = {}
    if may(rights(request).roles, "due-tasks-write"):
        link = {
            "says": _("Due tasks come from the tax administration system, by the API or by a file."),
            "says_url": reverse("task-files"),
            "says_link": _("Import due tasks"),
        }
    return list_pages.show(request, TASKS, **link)


@require_safe
@needs("due-tasks")
def detail(request: HttpRequest, task: UUID) -> HttpResponse:
    return render(request, "pages/due_task.html", _context(_page(request, task)))


def _page(request: HttpRequest, task: UUID, is_choosing: bool = False) -> Page:
    asker = Asker(request)
    there = found(task, asker.rights)
    if there is None:
        raise Http404
    page = Page(there, asker, is_choosing)
    seen.listed(request, page.acts)
    return page


def _context(page: Page) -> dict[str, Any]:
    def shown(act: UUID | None) -> dict[str, Any] | None:
        return None if act is None else {"row": page.acts.get(act)}

    row = page.row()
    state = _("withdrawn") if page.task.withdrawn else said(row.state, "due-state")
    return {
        "page": page,
        "task": page.task,
        "row": row,
        "state": state,
        "act": shown(page.act),
        "second": shown(page.second),
        "further": [shown(one) for one in page.further],
        "versions": [(one, page.names(one), page.who(one)) for one in page.versions],
        "corrections": [(one, shown(one.act), page.who(one)) for one in page.corrections],
        "may_correct": page.may_correct(),
    }


def _shown(one: There) -> str:
    return f"{beijing(one.act.opened_at)} · {one.procedure} · {one.act.taxpayer}".rstrip(" ·")


class CorrectForm(forms.Form):
    """Which act it is: one of those of its officers about that time, any other by its id, or none."""

    what = forms.ChoiceField(label=gettext_lazy("The act of this task"), widget=forms.RadioSelect)
    other = forms.CharField(
        label=gettext_lazy("Another act"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Where it is not in the list: the address of its page, or its id."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, page: Page, *args: Any) -> None:
        super().__init__(*args)
        near = [(str(act), _shown(one)) for act, one in page.acts.items()]
        back = [(BACK, _("take back what was said: as the matching finds"))] if page.live else []
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            *near, ("other", _("another act, named below")), (NONE, _("none: it has no act")), *back,
        ]  # fmt: skip

    def clean_other(self) -> UUID | None:
        text = self.cleaned_data["other"].strip().rstrip("/").rpartition("/")[2]
        if self.cleaned_data.get("what") != "other":
            return None
        found = as_uuid(text)
        if found is None:
            raise forms.ValidationError(_("This is no address and no id of an act."))
        return found

    def act(self) -> UUID | None:
        what = self.cleaned_data["what"]
        return self.cleaned_data["other"] if what == "other" else as_uuid(what)


@require_http_methods(["GET", "POST"])
@needs("due-tasks-write")
def correct(request: HttpRequest, task: UUID) -> HttpResponse:
    page = _page(request, task, is_choosing=True)
    if not page.may_correct():
        raise PermissionDenied
    form = CorrectForm(page, request.POST or None)

    def enter() -> None:
        is_back = form.cleaned_data["what"] == BACK
        act = page.live.act if is_back and page.live else form.act()
        tasks.correct(person_of(request), task, act, form.cleaned_data["reason"], is_back)

    done = _("The match is corrected. The findings follow within a minute.")
    fields = {
        "act-unknown": "other",
        "correction-own": "what",
        "correction-scope": "what",
        "reason-text": "reason",
    }
    if committed(request, form, enter, done=done, fields=fields):
        return redirect("due-task", task=task)
    context = {"form": form, "task": page.task, "row": page.row()}
    return render(request, "pages/due_task_correct.html", context, status=400 if form.errors else 200)


urls = [
    path("due-tasks", index, name="due-tasks"),
    path("due-tasks/<uuid:task>", detail, name="due-task"),
    path("due-tasks/<uuid:task>/match", correct, name="due-task-correct"),
]
