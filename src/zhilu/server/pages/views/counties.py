"""The acts and recordings of a county, at its city: text only, as the mirror of its ledger tells it. For
those who read the text of the whole bureau at the city. Nothing is done here: no form, no button.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from zhilu.server.evidence.models import Act, ActSpan, Recording
from zhilu.server.federation.models import Joined
from zhilu.server.federation.services import ledgers
from zhilu.server.organisation.models import ListedBureau
from zhilu.server.organisation.services.people import bureau_names
from zhilu.server.organisation.services.rights import READS_TEXT, Rights
from zhilu.server.pages.services import act_page, list_pages, recordings
from zhilu.server.pages.services.act_list import ACTS
from zhilu.server.pages.services.acts import rows as act_rows
from zhilu.server.pages.services.listing import Asker, Listing
from zhilu.server.pages.services.recording_list import RECORDINGS
from zhilu.server.pages.services.rights import needs, rights
from zhilu.server.pages.services.rooms import room_of


@require_safe
@needs("statistics")
def acts(request: HttpRequest, bureau: str) -> HttpResponse:
    return _list(request, bureau, ACTS)


@require_safe
@needs("statistics")
def recording_list(request: HttpRequest, bureau: str) -> HttpResponse:
    return _list(request, bureau, RECORDINGS)


@require_safe
@needs("statistics")
def act(request: HttpRequest, bureau: str, act: UUID) -> HttpResponse:
    asker = asker_of(request, bureau)
    with asker.standing():
        found = act_page.found(act, asker.rights)
        if found is None:
            raise Http404
        page = act_page.Page(found, asker.rights)
        spans = [(one, asker.url("recording", one.recording)) for one in page.spans]
        context = {
            "act": found,
            "row": act_rows([found], asker)[0],
            "page": page,
            "spans": spans,
            "versions": page.versions,
            "links": page.links,
            "outcomes": page.outcomes,
        }
    return _render(request, "pages/county_act.html", bureau, context)


@require_safe
@needs("statistics")
def recording(request: HttpRequest, bureau: str, recording: UUID) -> HttpResponse:
    asker = asker_of(request, bureau)
    ledger = get_object_or_404(Joined, bureau=bureau).ledger
    with asker.standing():
        found = recordings.with_names(Recording.objects.filter(id=recording)).first()
        if found is None:
            raise Http404
        named = ActSpan.objects.filter(recording=recording).values("act")
        rows = act_rows(list(Act.objects.filter(id__in=named).order_by("-opened_at")), asker)
        room = room_of(bureau, ledger)
        context = {"room": room, "recording": found, "row": recordings.rows([found], asker)[0], "acts": rows}
    return _render(request, "pages/county_recording.html", bureau, context)


def asker_of(request: HttpRequest, bureau: str) -> Asker:
    """Who reads the text of the whole bureau reads that of its counties, and does nothing there."""
    mine = rights(request)
    if mine.scope_of(*READS_TEXT) is not None or bureau not in ledgers.bureaus()[1:]:
        raise Http404
    return Asker(request, bureau, Rights(mine.person, {"viewer": None}))


def ways(request: HttpRequest, name: str) -> list[tuple[str, str]]:
    """From a list of the city to those of its counties, for whom they are open: name, address."""
    codes = ledgers.bureaus()[1:] if rights(request).scope_of(*READS_TEXT) is None else []
    names = bureau_names(*codes) if codes else {}
    return [(names[one], reverse(name, args=[one])) for one in codes]


def name_of(bureau: str) -> str:
    listed = ListedBureau.objects.filter(code=bureau).values_list("name", flat=True).first()
    return listed or bureau


def _list(request: HttpRequest, bureau: str, shape: Listing) -> HttpResponse:
    return list_pages.show(request, shape, asker_of(request, bureau), county=name_of(bureau))


def _render(request: HttpRequest, template: str, bureau: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, context | {"bureau": bureau, "county": name_of(bureau)})


urls = [
    path("of/<slug:bureau>/acts", acts, name="county-acts"),
    path("of/<slug:bureau>/acts/<uuid:act>", act, name="county-act"),
    path("of/<slug:bureau>/recordings", recording_list, name="county-recordings"),
    path("of/<slug:bureau>/recordings/<uuid:recording>", recording, name="county-recording"),
]
