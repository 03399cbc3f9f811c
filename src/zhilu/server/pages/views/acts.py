from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.encoding import as_uuid
from zhilu.server.catalogue import rules as catalogue_rules
from zhilu.server.catalogue.models import Procedure
from zhilu.server.catalogue.services import catalogue
from zhilu.server.evidence import rules
from zhilu.server.evidence.models import Act, ActOfficer, Recording, Statement, Template
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts as services
from zhilu.server.evidence.services import templates
from zhilu.server.evidence.services.versions import began_on
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.services.people import names, officers
from zhilu.server.organisation.services.rights import READS_TEXT
from zhilu.server.pages.services import exported, exports, keyset
from zhilu.server.pages.services.acts import rows
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.rights import needs, person_of, rights
from zhilu.server.pages.templatetags.zhilu import beijing
from zhilu.server.pages.views.recordings import own
from zhilu.server.pages.words import ELEMENTS, TIERS

MOST_SECONDS = 1_000_000_000
"""A number of a form that is far from the largest float: its microseconds are still an integer."""


class ActForm(forms.Form):
    """A new act out of a recording. Times in seconds from the recording's beginning."""

    procedure = forms.ModelChoiceField(
        Procedure.objects.none(), to_field_name="code", label=gettext_lazy("Procedure")
    )
    taxpayer = forms.CharField(label=gettext_lazy("Taxpayer"), max_length=rules.LONGEST_TAXPAYER)
    officers = forms.MultipleChoiceField(label=gettext_lazy("Officers"), widget=forms.CheckboxSelectMultiple)
    from_s = forms.FloatField(label=gettext_lazy("Begins at second"), min_value=0, max_value=MOST_SECONDS)
    to_s = forms.FloatField(label=gettext_lazy("Ends at second"), min_value=0, max_value=MOST_SECONDS)

    def __init__(self, recording: Recording, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.recording = recording
        self.version = _version(recording, str((self.data or {}).get("from_s", "")))
        length = (recording.closed_at - recording.opened_at).total_seconds()
        self.fields["procedure"].queryset = Procedure.objects.filter(version=self.version)  # type: ignore[attr-defined]
        self.fields["officers"].choices = [(str(one.id), one.name) for one in officers()]  # type: ignore[attr-defined]
        self.fields["to_s"].initial = max(1, round(length))
        self.fields["from_s"].initial = 0

    def span(self) -> Span:
        data = self.cleaned_data
        return Span(
            str(self.recording.id), round(data["from_s"] * 1_000_000), round(data["to_s"] * 1_000_000)
        )


class StatementForm(forms.Form):
    """The seven elements; each may be empty, then it is named as missing."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name in rules.ELEMENTS:
            widget = forms.Textarea({"rows": 4 if name == "course" else 2})
            self.fields[name] = forms.CharField(
                label=ELEMENTS[name], max_length=rules.LONGEST_ELEMENT, required=False, widget=widget
            )


@require_safe
@needs("acts")
def index(request: HttpRequest) -> HttpResponse:
    if exports.wanted(request):
        return exported.act_list(request, visible(request))
    page = keyset.newest_first(visible(request), "opened_at", request.GET.get("older", ""))
    context = {
        "rows": rows(page.rows),
        "older": page.older,
        "is_first": not request.GET.get("older"),
    }
    return render(request, "pages/acts.html", context)


@require_safe
@needs("acts")
def detail(request: HttpRequest, act: UUID) -> HttpResponse:
    found = own_act(request, act)
    statements = list(Statement.objects.filter(act=found).order_by("-version"))
    people = names(one.filed_by for one in statements)
    context = {
        "act": found,
        "row": rows([found])[0],
        "spans": found.spans.all(),
        "statements": [(one, people.get(one.filed_by, ""), missing(one)) for one in statements],
        "may_file": ActOfficer.objects.filter(act=found, officer=person_of(request)).exists(),
        "elements": rules.ELEMENTS,
    }
    return render(request, "pages/act.html", context)


@require_http_methods(["GET", "POST"])
@needs("write")
def create(request: HttpRequest, recording: UUID) -> HttpResponse:
    source = own(request, recording)
    me = str(person_of(request))
    form = ActForm(source, request.POST or None, initial={"officers": [me]})
    opened: list[UUID] = []

    def act() -> None:
        said = form.cleaned_data
        code, officers, taxpayer = said["procedure"].code, said["officers"], said["taxpayer"]
        opened.append(services.open_act(person_of(request), code, officers, taxpayer, [form.span()]))

    if committed(request, form, act):
        return redirect("statement", act=opened[0])
    context = {"form": form, "recording": source, **procedures(request, form.version)}
    return render(request, "pages/act_new.html", context, status=400 if form.errors else 200)


@require_safe
@needs("write")
def choose(request: HttpRequest) -> HttpResponse:
    """The procedures of one class and tier, as they were in force when the act began: the part of the form
    that HTMX asks for. Without a recording, as they are today.
    """
    wanted = request.GET.get("recording", "")
    if not wanted:
        version = catalogue.in_force(today()) or 0
    else:
        asked = as_uuid(wanted)
        if asked is None:
            raise Http404
        version = _version(own(request, asked), request.GET.get("from_s", ""))
    return render(request, "pages/_procedures.html", procedures(request, version))


def _version(recording: Recording, from_s: str) -> int:
    """In force on the day in Beijing on which the act begins, so many seconds after the recording; 0 where
    none was.
    """
    try:
        offset = timedelta(seconds=min(max(float(from_s), 0), MOST_SECONDS))
    except ValueError:
        offset = timedelta()
    return catalogue.in_force(began_on(recording, offset)) or 0


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
        services.file_statement(person_of(request), found, form.cleaned_data["version"], form.cleaned_data)

    if committed(request, form, file):
        return redirect("act", act=act)
    context = {"form": form, "act": found, "row": rows([found])[0], "newest": newest, "own_texts": own_texts}
    return render(request, "pages/statement.html", context, status=400 if form.errors else 200)


def visible(request: HttpRequest) -> QuerySet[Act]:
    """An officer's own, and what lies in the scope of who reads the text of others."""
    mine = rights(request)
    own = Q(id__in=ActOfficer.objects.filter(officer=mine.person).values("act"))
    return Act.objects.filter((own if "officer" in mine.roles else Q(pk__in=[])) | mine.within(*READS_TEXT))


def own_act(request: HttpRequest, act: UUID) -> Act:
    return get_object_or_404(visible(request), id=act)


def missing(one: Statement) -> list[str]:
    return [str(ELEMENTS[name]) for name in rules.ELEMENTS if name not in one.complete]


def procedures(request: HttpRequest, version: int) -> dict[str, object]:
    class_code, tier = request.GET.get("class", ""), request.GET.get("tier", "")
    classes = catalogue.classes(version)
    found = [
        one
        for one in catalogue.procedures(version)
        if (not class_code or one.class_code == class_code)
        and (tier not in catalogue_rules.TIERS or catalogue_rules.demands(tier, one.tier))
    ]
    groups = [(name, [one for one in found if one.class_code == code]) for code, name in classes.items()]
    return {
        "groups": [group for group in groups if group[1]],
        "classes": classes,
        "tiers": TIERS,
        "version": version,
    }


def _draft(act: Act, newest: Statement | None) -> dict[str, object]:
    """The newest version to go on from; for the first, what the recorder knows."""
    if newest is not None:
        return {"version": newest.version} | {name: getattr(newest, name) for name in rules.ELEMENTS}
    span = act.spans.order_by("id").first()
    recording = Recording.objects.filter(id=span.recording).first() if span else None
    people = names(one.officer for one in act.officers.all()).values()
    time = f"{beijing(recording.opened_at)} — {beijing(recording.closed_at)}" if recording else ""
    return {"version": 0, "time": time, "persons": "、".join([*people, act.taxpayer])}


def _begun(request: HttpRequest, draft: dict[str, object], own_texts: list[Template]) -> dict[str, object]:
    """With the texts of the template that was chosen, where nothing stands yet."""
    chosen = next((one for one in own_texts if str(one.id) == request.GET.get("template")), None)
    return draft | {
        name: text for name, text in (chosen.elements if chosen else {}).items() if not draft.get(name)
    }


urls = [
    path("recordings/<uuid:recording>/act", create, name="act-new"),
    path("acts", index, name="acts"),
    path("acts/procedures", choose, name="procedures"),
    path("acts/<uuid:act>", detail, name="act"),
    path("acts/<uuid:act>/statement", statement, name="statement"),
]
