"""`/intake/`: what a station asks of the county (spec/intake.md §2). Thin: services judge."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from zhilu.errors import DataError
from zhilu.protocols.health import HEALTH_LIMIT
from zhilu.protocols.intake import ALARM_LIMIT, HANDOVER_LIMIT, JOURNAL_LIMIT, LOGBOOK_CHUNK, SEGMENT_LIMIT
from zhilu.server.equipment.models import Recorder, Station
from zhilu.server.equipment.services import alarms as station_alarms
from zhilu.server.equipment.services import awaited, documents, logbooks, refusals
from zhilu.server.equipment.services import health as station_health
from zhilu.server.equipment.services.signed import open_request
from zhilu.server.evidence.services import intake, missing, receipts
from zhilu.server.evidence.services.wanted import of_recorder
from zhilu.server.evidence.views.answers import answer, machine, number, only
from zhilu.strictjson import fields


@machine
def snapshot(request: HttpRequest) -> HttpResponse:
    only(request, "GET")
    open_request(request, "station", 0).finish()
    return answer(documents.snapshot())


@machine
def update(request: HttpRequest, kid: str) -> HttpResponse:
    only(request, "GET")
    open_request(request, "station", 0).finish()
    return answer(documents.update(_recorder(kid).kid, number(request, "size")))


@machine
def logbook(request: HttpRequest, kid: str) -> HttpResponse:
    only(request, "GET", "PUT")
    signed = open_request(request, "station", LOGBOOK_CHUNK if request.method == "PUT" else 0)
    recorder = _recorder(kid)
    if request.method == "GET":
        signed.finish()
        head = logbooks.head_of(recorder.kid)
        return answer({"n": head.n, "head": head.head})
    body = signed.body()
    held = logbooks.take(recorder, number(request, "from"), _lines(body))
    missing.look(recorder, signed.kid)
    return answer({"n": held.n})


@machine
def handover(request: HttpRequest, digest: str) -> HttpResponse:
    only(request, "PUT")
    signed = open_request(request, "station", HANDOVER_LIMIT)
    is_new = missing.take_handover(digest, signed.body(), Station.objects.get(kid=signed.kid))
    return answer({"handover": digest}, 201 if is_new else 200)


@machine
def recording(request: HttpRequest, recording: UUID) -> HttpResponse:
    only(request, "GET")
    signed = open_request(request, "station", 0)
    signed.finish()
    return answer(intake.state_of(recording, signed.kid).__dict__)


@machine
def journal(request: HttpRequest, recording: UUID) -> HttpResponse:
    only(request, "PUT")
    signed = open_request(request, "station", JOURNAL_LIMIT)
    if request.GET.get("import") == "1":
        return answer({"segments": intake.take_import(recording, signed.kid, signed.chunks(), signed.length)})
    recorder, handover = request.GET.get("recorder", ""), request.GET.get("handover", "")
    held = intake.take_journal(recording, signed.kid, recorder, handover, signed.chunks(), signed.length)
    return answer({"segments": held})


@machine
def segment(request: HttpRequest, recording: UUID, i: int) -> HttpResponse:
    only(request, "PUT")
    signed = open_request(request, "station", SEGMENT_LIMIT, is_repeatable=True)
    held = intake.take_segment(recording, signed.kid, i, signed.promised, signed.chunks())
    return answer({"segments": held})


@machine
def complete(request: HttpRequest, recording: UUID) -> HttpResponse:
    only(request, "POST")
    signed = open_request(request, "station", ALARM_LIMIT)
    signed.json()
    return answer({"index": intake.complete(recording, signed.kid)})


@machine
def receipt(request: HttpRequest, recording: UUID) -> HttpResponse:
    only(request, "GET")
    open_request(request, "station", 0).finish()
    found = receipts.receipt(recording, number(request, "size", 0))
    return answer({"state": "waiting"}, 202) if found is None else answer(found)


@machine
def wanted(request: HttpRequest, kid: str) -> HttpResponse:
    only(request, "GET")
    open_request(request, "station", 0).finish()
    return answer({"recordings": of_recorder(_recorder(kid).kid)})


@machine
def alarms(request: HttpRequest) -> HttpResponse:
    only(request, "POST")
    signed = open_request(request, "station", ALARM_LIMIT)
    body = signed.json()
    match body.get("kind"):
        case "docking-refused":
            refusals.take(signed.kid, body)
        case "recording-refused":
            got = fields(body, {"code": str, "recorder": str, "recording": str})
            missing.refused_by(signed.kid, _recorder(got["recorder"]).kid, got["recording"], got["code"])
        case "station":
            station_alarms.take(signed.kid, body)
        case _:
            raise DataError("kind", "There is no alarm of this kind.")
    return answer({}, 201)


@machine
def health(request: HttpRequest) -> HttpResponse:
    only(request, "POST")
    signed = open_request(request, "station", HEALTH_LIMIT)
    station_health.take(signed.kid, signed.body())
    awaited.look()
    return answer({"alarms": station_alarms.moved(signed.kid)})


def _recorder(kid: str) -> Recorder:
    recorder = Recorder.objects.filter(kid=kid).first()
    if recorder is None:
        raise DataError("device-unknown", "No such device is enrolled.")
    return recorder


def _lines(body: bytes) -> list[bytes]:
    """Whole lines, without LF; a torn last line is refused."""
    *lines, rest = body.split(b"\n")
    if rest:
        raise DataError("torn-tail", "The file ends in the middle of a line.")
    return lines
