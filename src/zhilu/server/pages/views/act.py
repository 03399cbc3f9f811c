from __future__ import annotations

from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.evidence import rules
from zhilu.server.evidence.models import Act, ActOfficer, Recording, Statement, Template
from zhilu.server.evidence.services import acts as services
from zhilu.server.evidence.services import templates, true_time
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services import act_page, steps
from zhilu.server.pages.services.acts import rows, visible
from zhilu.server.pages.services.forms import Moment, committed
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.services.rights import needs, person_of, rights
from zhilu.server.pages.templatetags.zhilu import beijing
from zhilu.server.pages.words import ELEMENTS
from zhilu.server.pages.words_acts import ELEMENT_HINTS


class StatementForm(forms.Form):
    """The seven elements; each may be empty, then it is named as missing."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    began = Moment(
        label=gettext_lazy("The act began"),
        required=False,
        help_text=gettext_lazy("As it was, Beijing time: also what was not recorded belongs to it."),
    )
    ended = Moment(label=gettext_lazy("The act ended"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name in rules.ELEMENTS:
            widget = forms.Textarea({"rows": 4 if name == "course" else 2})
            self.fields[name] = forms.CharField(
                label=ELEMENTS[name],
                help_text=ELEMENT_HINTS[name],
                max_length=rules.LONGEST_ELEMENT,
                required=False,
                widget=widget,
            )


@require_safe
@needs("acts")
def detail(request: HttpRequest, act: UUID) -> HttpResponse:
    found = act_page.found(act, rights(request))
    if found is None:
        raise Http404
    page = act_page.Page(found, rights(request), steps.before(request.GET.get("before", "")))
    compared = act_page.differences(page.statements, request.GET.get("compare", ""))
    context = {"act": page.act, "page": page, "compared": compared, "most": len(rules.ELEMENTS)}
    context |= {"older": page.older, "is_older": "before" in request.GET}
    return render(request, "pages/act.html", context)


@require_http_methods(["GET", "POST"])
@needs("write")
def statement(request: HttpRequest, act: UUID) -> HttpResponse:
    found = own_act(request, act)
    if not ActOfficer.objects.filter(act=found, officer=person_of(request)).exists():
        raise PermissionDenied
    newest = services.newest_statement(act)
    own_texts = list(templates.of(person_of(request)))
    form = StatementForm(request.POST or None, initial=_begun(request, _draft(found, newest), own_texts))

    def file() -> None:
        got = form.cleaned_data
        times = (got["began"], got["ended"])
        services.file_statement(person_of(request), found, got["version"], got, times)

    if committed(request, form, file, fields={"statement-times": "ended"}):
        return redirect("act", act=act)
    row = rows([found], Asker(request))[0]
    context = {"form": form, "act": found, "row": row, "newest": newest, "own_texts": own_texts}
    return render(request, "pages/statement.html", context, status=400 if form.errors else 200)


def own_act(request: HttpRequest, act: UUID) -> Act:
    return get_object_or_404(visible(rights(request)), id=act)


def _draft(act: Act, newest: Statement | None) -> dict[str, object]:
    """The newest version to go on from; for the first, what the recorder knows."""
    if newest is not None:
        said = {"version": newest.version} | {name: getattr(newest, name) for name in rules.ELEMENTS}
        return said | _ran(act, newest)
    span = act.spans.order_by("id").first()
    recording = Recording.objects.filter(id=span.recording).first() if span else None
    people = names(one.officer for one in act.officers.all()).values()
    time = f"{beijing(recording.opened_at)} — {beijing(recording.closed_at)}" if recording else ""
    return {"version": 0, "time": time, "persons": "、".join([*people, act.taxpayer])} | _ran(act, None)


def _ran(act: Act, newest: Statement | None) -> dict[str, object]:
    """From when to when, as was said before; else as its spans reach."""
    if newest is not None and newest.began:
        return {"began": newest.began, "ended": newest.ended}
    found = true_time.runs(act)
    return {"began": found[0], "ended": found[1]} if found else {}


def _begun(request: HttpRequest, draft: dict[str, object], own_texts: list[Template]) -> dict[str, object]:
    """With the texts of the template that was chosen, where nothing stands yet."""
    chosen = next((one for one in own_texts if str(one.id) == request.GET.get("template")), None)
    return draft | {
        name: text for name, text in (chosen.elements if chosen else {}).items() if not draft.get(name)
    }


urls = [
    path("acts/<uuid:act>", detail, name="act"),
    path("acts/<uuid:act>/statement", statement, name="statement"),
]
