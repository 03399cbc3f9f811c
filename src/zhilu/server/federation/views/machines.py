"""`/federation/1/`: what a neighbour's server asks (spec/federation.md §2)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhilu.protocols.federation import MAX_COSIGNATURE, MAX_COUNT
from zhilu.server.equipment.services.signed import open_request
from zhilu.server.evidence.views.answers import answer, machine, number, only
from zhilu.server.federation.services import handing


@machine
def entries(request: HttpRequest) -> HttpResponse:
    only(request, "GET")
    open_request(request, "neighbour", 0).finish()
    data = handing.batch(number(request, "start"), number(request, "count", MAX_COUNT))
    return HttpResponse(data, content_type="application/octet-stream")


@machine
def cosignature(request: HttpRequest) -> HttpResponse:
    only(request, "POST")
    signed = open_request(request, "neighbour", MAX_COSIGNATURE)
    size = number(request, "size")
    return answer({"size": handing.take_cosignature(signed.kid, size, signed.body())})
