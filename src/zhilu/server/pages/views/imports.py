"""Lists in by Excel and CSV. Nothing of a file is kept but the entries it makes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server import tabular
from zhilu.server.organisation.services import access
from zhilu.server.pages.services import exports
from zhilu.server.pages.services.forms import said_of
from zhilu.server.pages.services.rights import needs, person_of, rights
from zhilu.server.pages.services.sheets import SHEETS
from zhilu.server.pages.services.sheets.columns import Column
from zhilu.server.pages.services.sheets.sheet import Report, Sheet, run
from zhilu.server.pages.services.uploads import takes_file


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File (.xlsx or .csv)"),
        max_length=255,
        allow_empty_file=True,  # said in words by the report
        widget=forms.FileInput({"accept": ".xlsx,.csv"}),
        help_text=gettext_lazy("At most 10 MB. The first sheet is read, its first row holds the headers."),
    )


@require_safe
@needs("imports")
def index(request: HttpRequest) -> HttpResponse:
    mine = rights(request).roles
    sheets = [sheet for sheet in SHEETS.values() if sheet.roles & mine]
    return render(request, "pages/imports.html", {"sheets": sheets})


@require_safe
@needs("imports")
def template(request: HttpRequest, sheet: str) -> HttpResponse:
    """Headers to fill in below. What a column takes, and an example, stands in a sheet of its own, a row for
    each column: no import takes it for a list.
    """
    found = _sheet(request, sheet)
    form = tabular.Table(str(found.title), [str(column.label) for column in found.columns], is_form=True)
    heads = [_("Header"), _("Must be filled"), _("Possible values"), _("Example")]
    told = tabular.Table(_("Example"), heads, map(_told, found.columns))
    return exports.file_answer(f"zhilu-{sheet}", tabular.write_all([form, told], mark=exports.mark()))


def _told(column: Column) -> list[str]:
    must = _("yes") if column.required else _("no")
    return [str(column.label), must, _(", ").join(map(str, column.words.values())), column.shown()]


@require_http_methods(["GET", "POST"])
@needs("imports")
@takes_file(tabular.LIST.size)
def upload(request: HttpRequest, sheet: str) -> HttpResponse:
    found, report = _sheet(request, sheet), None
    if found.page:
        return redirect(found.page)
    is_sent = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
    if is_sent and form.is_valid():
        file, keep = form.cleaned_data["file"], request.POST.get("what") == "import"
        report = run(found, file.read(), file.name, rights(request), keep)
        if report.kept:
            _note(request, report)
    problems = _problems(report) if report else []
    context = {"sheet": found, "form": form, "report": report, "problems": problems}
    return render(request, "pages/import.html", context, status=400 if form.errors or problems else 200)


def _problems(report: Report) -> list[dict[str, Any]]:
    return [{"row": one.row, "column": one.column, "said": said_of(one.error)} for one in report.problems]


def _note(request: HttpRequest, report: Report) -> None:
    """In the access log, beside the request's own row."""
    target, address = f"{request.path} {report.changes}", request.META.get("REMOTE_ADDR", "")
    access.note(person_of(request), "import", target, True, address)


def _sheet(request: HttpRequest, name: str) -> Sheet:
    sheet = SHEETS.get(name)
    if sheet is None:
        raise Http404
    if not sheet.roles & rights(request).roles:
        raise PermissionDenied
    return sheet


urls = [
    path("imports", index, name="imports"),
    path("imports/<slug:sheet>", upload, name="import"),
    path("imports/<slug:sheet>/template", template, name="import-template"),
]
