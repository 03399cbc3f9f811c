"""Files of due tasks: sent, checked beside the requests, entered when whoever sent one has seen the check."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.errors import ZhiluError
from zhilu.server import tabular
from zhilu.server.organisation.services import access
from zhilu.server.oversight.models import TaskFile, TaskFileProblem
from zhilu.server.oversight.models import task_files as states
from zhilu.server.pages.services import exports, task_files
from zhilu.server.pages.services.forms import said_of
from zhilu.server.pages.services.rights import needs, person_of
from zhilu.server.pages.services.sheets.due_tasks import SHEET
from zhilu.server.pages.services.uploads import takes_file
from zhilu.server.pages.templatetags.zhilu import size
from zhilu.server.pages.views.imports import UploadForm

SHOWN, PROBLEMS = 20, 100


class TaskFileForm(UploadForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = gettext_lazy(
            "At most %(size)s. The first sheet is read, its first row holds the headers."
        ) % {"size": size(tabular.LONG.size)}


@require_http_methods(["GET", "POST"])
@needs("due-tasks-write")
@takes_file(tabular.LONG.size)
def index(request: HttpRequest) -> HttpResponse:
    is_sent = request.method == "POST"
    form = TaskFileForm(request.POST, request.FILES) if is_sent else TaskFileForm()
    if is_sent and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = task_files.take(person_of(request), file.read(), file.name)
        except ZhiluError as error:
            form.add_error("file", said_of(error))
        else:
            return redirect("task-file", file=made)
    mine = TaskFile.objects.filter(by=person_of(request)).order_by("-at")[:SHOWN]
    context = {"form": form, "sheet": SHEET, "files": mine}
    return render(request, "pages/task_files.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs("due-tasks-write")
def detail(request: HttpRequest, file: UUID) -> HttpResponse:
    found = _mine(request, file)
    if request.method == "POST":
        return _answer(request, found)
    context = {"file": found, "is_busy": found.state in states.BUSY, "can_drop": found.state in _DROPPED}
    if found.error:
        context["error"] = said_of(task_files.error_of(found.error))
    if found.refused:
        problems = found.problems.order_by("row", "id")[: PROBLEMS + 1]
        context["problems"] = [_told(one) for one in problems[:PROBLEMS]]
        context["is_cut"] = found.refused > PROBLEMS
    part = request.headers.get("HX-Request") == "true"
    return render(request, "pages/_task_file.html" if part else "pages/task_file.html", context)


_DROPPED = (*states.CHECKS, states.CHECKED)


def _answer(request: HttpRequest, file: TaskFile) -> HttpResponse:
    try:
        if request.POST.get("do") == "drop":
            task_files.drop(file.id, file.by)
        else:
            task_files.agree(file.id, file.by, request.POST.get("plan", ""))
            target = f"{request.path} {file.new + file.changed}"
            access.note(file.by, "import", target, True, request.META.get("REMOTE_ADDR", ""))
    except ZhiluError as error:
        messages.error(request, said_of(error))
    return redirect("task-file", file=file.id)


def _mine(request: HttpRequest, file: UUID) -> TaskFile:
    """Nobody else's: what stands in a file that enters nothing is its owner's affair."""
    found = TaskFile.objects.filter(id=file, by=person_of(request)).first()
    if found is None:
        raise Http404
    return found


def _told(one: TaskFileProblem) -> dict[str, Any]:
    label = next((str(column.label) for column in SHEET.columns if column.key == one.column), "")
    said = said_of(task_files.error_of(one.error))
    return {"row": one.row, "number": one.number, "column": label, "said": said}


@require_safe
@needs("due-tasks-write")
def rejected(request: HttpRequest, file: UUID) -> HttpResponse:
    """Each row that is refused, and why."""
    found = _mine(request, file)
    rows = [_told(one) for one in found.problems.order_by("row", "id")]
    header = [_("Row in the file"), _("Task number"), _("Column"), _("What is wrong")]
    lines = [[one["row"], one["number"], one["column"], one["said"]] for one in rows]
    return exports.xlsx(request, "rejected-tasks", _("Rejected rows"), header, lines)


urls = [
    path("due-tasks/files", index, name="task-files"),
    path("due-tasks/files/<uuid:file>", detail, name="task-file"),
    path("due-tasks/files/<uuid:file>/rejected.xlsx", rejected, name="task-file-rejected"),
]
