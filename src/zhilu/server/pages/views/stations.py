"""Stations: where they stand, what is bound to their bays, when they were last heard of."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.equipment.services import certificates
from zhilu.server.pages.services import devices, lists
from zhilu.server.pages.services.rights import may, needs, rights


@require_safe
@needs("equipment")
def index(request: HttpRequest) -> HttpResponse:
    mine = rights(request)
    context = lists.page(request, devices.stations()) | {
        "waiting": devices.stations_without_key(mine),
        "keeps": may(mine.roles, "equipment-keep"),
        "enrols": may(mine.roles, "equipment-enrol"),
    }
    return render(request, "pages/stations.html", context)


@require_safe
@needs("equipment")
def detail(request: HttpRequest, kid: str) -> HttpResponse:
    mine = rights(request)
    one = get_object_or_404(devices.stations(), kid=kid)
    context = {
        "one": one,
        "bays": devices.bays(one),
        "dockings": devices.dockings_at(mine, kid),
        "certificates": devices.certificates().filter(kid=kid),
        "listed": certificates.listed_as_revoked(),
        "keeps": devices.keeps_station(mine, one),
        "enrols": may(mine.roles, "equipment-enrol"),
    }
    return render(request, "pages/station.html", context)


urls = [
    path("stations", index, name="stations"),
    path("stations/<str:kid>", detail, name="station"),
]
