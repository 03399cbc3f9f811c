"""`/intake/`: what the people at a station say and are told (spec/intake.md §2)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from zhilu.encoding import uuid_bytes
from zhilu.protocols.dock_keys import BODY_LIMIT, Made
from zhilu.protocols.intake_words import nonce_body
from zhilu.server.equipment.models import Station
from zhilu.server.equipment.services import dock_keys
from zhilu.server.equipment.services.signed import open_request
from zhilu.server.evidence.services import templates, word_nonces, words
from zhilu.server.evidence.services.told import told as told_by
from zhilu.server.evidence.views.answers import answer, machine, only
from zhilu.strictjson import fields

WORD_LIMIT = 1_048_576
TEMPLATE_LIMIT = 32_768
NONCE_LIMIT = 64


@machine
def take(request: HttpRequest) -> HttpResponse:
    only(request, "POST")
    signed = open_request(request, "station", WORD_LIMIT)
    got = fields(signed.json(), {"digest": str, "sealed": dict})
    entries, is_new = words.take(Station.objects.get(kid=signed.kid), got["digest"], got["sealed"])
    return answer({"entries": entries}, 201 if is_new else 200)


@machine
def nonce(request: HttpRequest) -> HttpResponse:
    only(request, "POST")
    signed = open_request(request, "station", NONCE_LIMIT)
    signed.json()
    return answer(nonce_body(word_nonces.give(signed.kid)))


@machine
def told(request: HttpRequest, recording: UUID) -> HttpResponse:
    only(request, "GET")
    signed = open_request(request, "station", 0)
    signed.finish()
    return answer(told_by(recording, signed.kid))


@machine
def own_templates(request: HttpRequest) -> HttpResponse:
    only(request, "GET", "POST")
    signed = open_request(request, "station", TEMPLATE_LIMIT if request.method == "POST" else 0)
    if request.method == "GET":
        signed.finish()
        person = _person(request.GET.get("person", ""), signed.kid)
        found = [
            {"id": str(one.id), "name": one.name, "elements": one.elements} for one in templates.of(person)
        ]
        return answer({"templates": found})
    got = fields(signed.json(), {"person": str, "name": str, "elements": dict})
    saved = templates.save(_person(got["person"], signed.kid), got["name"], got["elements"])
    return answer({"id": str(saved.id)}, 201)


@machine
def dock_key(request: HttpRequest) -> HttpResponse:
    only(request, "POST")
    signed = open_request(request, "station", BODY_LIMIT)
    made = Made.read(signed.json())
    number, is_new = dock_keys.take(Station.objects.get(kid=signed.kid), made)
    return answer({"number": number}, 201 if is_new else 200)


def _person(text: str, station: str) -> UUID:
    person = UUID(bytes=uuid_bytes(text))
    templates.check_at(person, station)
    return person
