from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.encoding import as_uuid
from zhilu.server.catalogue import rules as catalogue_rules
from zhilu.server.catalogue.services import catalogue
from zhilu.server.evidence.models import Recording
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts as services
from zhilu.server.evidence.services.versions import began_on
from zhilu.server.ledger.clock import today
from zhilu.server.pages.services.act_forms import (
    BEGINS,
    ENDS,
    MOST_SECONDS,
    ActFields,
    Offset,
    people_for,
    seconds,
)
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.rights import needs, person_of
from zhilu.server.pages.views.recording import own
from zhilu.server.pages.words import TIERS


class ActForm(ActFields):
    """A new act out of a recording. Times from the recording's beginning."""

    from_s = Offset(label=BEGINS)
    to_s = Offset(label=ENDS)

    def __init__(self, recording: Recording, me: UUID, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.recording = recording
        self.version = _version(recording, str((self.data or {}).get("from_s", "")))
        length = (recording.closed_at - recording.opened_at).total_seconds()
        self.offer(self.version, people_for(me))
        self.fields["to_s"].initial = max(1, round(length))
        self.fields["from_s"].initial = 0

    def span(self) -> Span:
        data = self.cleaned_data
        return Span(
            str(self.recording.id), round(data["from_s"] * 1_000_000), round(data["to_s"] * 1_000_000)
        )


@require_http_methods(["GET", "POST"])
@needs("write")
def create(request: HttpRequest, recording: UUID) -> HttpResponse:
    source = own(request, recording)
    me = person_of(request)
    form = ActForm(source, me, request.POST or None, initial={"officers": [str(me)]})
    opened: list[UUID] = []

    def act() -> None:
        said = form.cleaned_data
        code, officers, taxpayer = said["procedure"].code, said["officers"], said["taxpayer"]
        opened.append(services.open_act(me, code, officers, taxpayer, [form.span()]))

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
        offset = timedelta(seconds=min(max(seconds(from_s), 0), MOST_SECONDS))
    except ValueError:
        offset = timedelta()
    return catalogue.in_force(began_on(recording, offset)) or 0


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


urls = [
    path("recordings/<uuid:recording>/act", create, name="act-new"),
    path("acts/procedures", choose, name="procedures"),
]
