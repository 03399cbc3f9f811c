"""`/federation/1/`: what a neighbour's server asks (spec/federation.md §2)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhilu.protocols.federation import MAX_COSIGNATURE, MAX_COUNT
from zhilu.protocols.rows import MOST_ROWS
from zhilu.server.equipment.services.signed import open_request
from zhilu.server.evidence.views.answers import answer, machine, number, only
from zhilu.server.federation.services import handing, ledgers, reading, telling


@machine
def entries(request: HttpRequest) -> HttpResponse:
    _reader(request, "entries")
    data, _ = handing.batch(number(request, "start"), number(request, "count", MAX_COUNT))
    return HttpResponse(data, content_type="application/octet-stream")


@machine
def cosignature(request: HttpRequest) -> HttpResponse:
    only(request, "POST")
    signed = open_request(request, "neighbour", MAX_COSIGNATURE)
    size = number(request, "size")
    return answer({"size": handing.take_cosignature(signed.kid, size, signed.body())})


@machine
def rows(request: HttpRequest) -> HttpResponse:
    _reader(request, "rows")
    count = min(max(number(request, "count", MOST_ROWS), 1), MOST_ROWS)
    table, after = request.GET.get("table", ""), request.GET.get("after")
    told = telling.rows(table, after, count, each=number(request, "each", 0) == 1)
    return HttpResponse(told.dumps(), content_type="application/json")


@machine
def mirrored(request: HttpRequest, bureau: str) -> HttpResponse:
    """To the own keyholder, which holds second shares of the county (spec/viewing.md §8)."""
    only(request, "GET")
    open_request(request, "keyholder", 0).finish()
    root = ledgers.mirrored_root(bureau, number(request, "size"))
    return answer({"root": root.hex() if root else None})


def _reader(request: HttpRequest, what: str) -> None:
    only(request, "GET")
    signed = open_request(request, "neighbour", 0)
    signed.finish()
    reading.note(signed.kid, what, request.META.get("REMOTE_ADDR", ""))
