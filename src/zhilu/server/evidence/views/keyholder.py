"""`/keyholder/`: what the keyholder asks of the county (spec/intake.md §3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from zhilu.encoding import b64u
from zhilu.errors import DataError
from zhilu.server.equipment.services.signed import open_request
from zhilu.server.evidence.services import media, reports
from zhilu.server.evidence.services.told_recordings import told_recordings
from zhilu.server.evidence.views.answers import answer, machine, number, only
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import commit, proofs
from zhilu.server.organisation.services.people import names as names_of
from zhilu.strictjson import fields

EVENT_LIMIT = 262_144
MOST_ENTRIES = 1000
MOST_NAMES = 200
# What the keyholder may say; everything else is said by others.
KINDS = (
    "credential-registered/1",
    "credential-revoked/1",
    "viewing-requested/1",
    "viewing-decided/1",
    "viewing-reported/1",
    "key-released/1",
    "screenshot-taken/1",
    "copy-made/1",
)


@machine
def entries(request: HttpRequest) -> HttpResponse:
    only(request, "GET")
    open_request(request, "ledger-reader", 0).finish()
    start, count = number(request, "start"), min(number(request, "count", MOST_ENTRIES), MOST_ENTRIES)
    rows = Entry.objects.filter(index__gte=start).order_by("index")[:count]
    return answer({"size": commit.size(), "entries": [_entry(row) for row in rows]})


@machine
def checkpoint(request: HttpRequest) -> HttpResponse:
    only(request, "GET")
    open_request(request, "ledger-reader", 0).finish()
    reports.look_now_and_then()
    newest = proofs.newest()
    if newest is None:
        raise DataError("no-checkpoint", "The ledger has published no checkpoint yet.")
    return HttpResponse(bytes(newest.note), content_type="text/plain; charset=utf-8")


@machine
def events(request: HttpRequest) -> HttpResponse:
    only(request, "POST")
    signed = open_request(request, "keyholder", EVENT_LIMIT)
    got = fields(signed.json(), {"kind": str, "core": dict, "personal": (dict, type(None))})
    if got["kind"] not in KINDS:
        raise DataError("kind", "This server knows no entry of kind {kind}.", kind=got["kind"])
    done = commit.commit_posted(got["kind"], got["core"], signed.kid, got["personal"])
    return answer({"index": done.index}, 201)


@machine
def open_line(request: HttpRequest, recording: UUID) -> HttpResponse:
    only(request, "GET")
    open_request(request, "keyholder", 0).finish()
    return HttpResponse(media.first_line(recording), content_type="application/octet-stream")


@machine
def names(request: HttpRequest) -> HttpResponse:
    only(request, "GET")
    open_request(request, "keyholder", 0).finish()
    ids = [_uuid(text) for text in request.GET.get("ids", "").split(",") if text][:MOST_NAMES]
    found: dict[str, Any] = names_of(ids)
    return answer(found)


@machine
def recordings(request: HttpRequest) -> HttpResponse:
    only(request, "GET")
    open_request(request, "keyholder", 0).finish()
    ids = [_uuid(text) for text in request.GET.get("ids", "").split(",") if text][:MOST_NAMES]
    person = request.GET.get("person", "")
    return answer(told_recordings(ids, _uuid(person) if person else None))


def _entry(row: Entry) -> dict[str, str]:
    return {"leaf": b64u(bytes(row.leaf)), "core": b64u(bytes(row.core)), "salt": b64u(bytes(row.core_salt))}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise DataError("uuid", "An id has not the form of a UUID.") from None
