"""Handovers as the county takes them (spec/intake.md §2, spec/docking.md §4).

The recorder has judged the handover at the dock; the county judges it again by its own tables: the
station's signature, the officer's security key, the recorder's `docked` line. What it holds, it can show.

The `docked` line is the logbook's end, signed by the recorder: it is compared with the held logbook, so that
a recorder that was set back is found at once, also where the station withholds its lines.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from zhilu import strictjson
from zhilu.encoding import hex32, parse_time, unb64u, uuid_bytes
from zhilu.errors import DataError
from zhilu.protocols.assertions import check_assertion, parse_assertion
from zhilu.protocols.docking_handover import Handover as Said
from zhilu.protocols.docking_handover import check_complete, check_station_signature, handover_digest
from zhilu.protocols.docking_messages import MAX_BODY, HandoverRequest
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.lines import LOGBOOK, parse_line
from zhilu.server.equipment.models import DockCredential, Handover, Recorder, Station
from zhilu.server.equipment.services import logbooks, telling
from zhilu.server.organisation.models import Policy
from zhilu.strictjson import fields

FINGER_ALONE = "fprintd"


def take(digest: str, body: bytes, station: Station) -> bool:
    """Hold a handover; True when it is new. DataError says what is wrong with it."""
    hex32(digest)
    request = HandoverRequest.from_bytes(body)
    if handover_digest(request.handover).hex() != digest:
        raise DataError("handover", "The handover is not the one that the address names.")
    said = Said.from_bytes(request.handover)
    _check_parties(said, station)
    check_station_signature(request.station, station.jwk, station.kid, bytes.fromhex(digest), request.check)
    _check_officer(request, said, station, bytes.fromhex(digest))
    payload, docked = _docked(body, said.recorder, digest)
    try:
        logbooks.compare(said.recorder, payload, docked)
    except logbooks.Fork as fork:
        logbooks.keep_fork(said.recorder, fork, [docked])
        raise
    return _hold(digest, said, request.check, body)


def said_in(body: bytes) -> Said:
    """What was handed over, as it was signed."""
    return Said.from_bytes(HandoverRequest.from_bytes(body).handover)


def listed(handover: Handover, recording: str) -> dict[str, object] | None:
    """What the handover says of one recording: id, lines, last, length."""
    said = said_in(bytes(handover.body))
    return next((one for one in said.recordings if one["id"] == recording), None)


def _check_parties(said: Said, station: Station) -> None:
    if said.bureau != settings.ZHILU.bureau or said.station != station.kid:
        raise DataError("handover", "The handover is of another bureau or another station.")
    if not 1 <= said.bay <= station.bays:
        raise DataError("bay", "The station has no bay {bay}.", bay=said.bay)
    # The recorder compares the officer with its assignment; here it goes into columns.
    uuid_bytes(said.officer)


def _check_officer(request: HandoverRequest, said: Said, station: Station, digest: bytes) -> None:
    check_complete(request.check, request.assertion)
    if request.assertion is None:
        _check_finger_is_enough()
        return
    # The raw id, not its text: the one spelling is checked where it is parsed.
    shown = parse_assertion(request.assertion).id
    for credential in DockCredential.objects.filter(person=said.officer, rp_id=station.rp_id):
        if unb64u(credential.id) == shown:
            check_assertion(
                request.assertion,
                challenge=digest,
                public_key=unb64u(credential.public_key),
                rp_id=station.rp_id,
                origin=station.origin,
                last_count=0,
            )
            return
    raise DataError("credential", "This security key is not one of the officer's.")


def _check_finger_is_enough() -> None:
    """By any policy that there ever was: the recorder asked for what its assignment said, and this may come
    late. Whether it was enough for a recording, the recording's own policy says at `complete`."""
    if not Policy.objects.filter(officer_check_least=FINGER_ALONE).exists():
        raise DataError("officer-check", "The officer was checked less strictly than demanded.")


def _docked(body: bytes, kid: str, digest: str) -> tuple[dict[str, Any], bytes]:
    """The recorder's line about this handover: what it says, and its bytes."""
    recorder = Recorder.objects.filter(kid=kid).first()
    if recorder is None:
        raise DataError("device-unknown", "No such device is enrolled.")
    text = fields(strictjson.loads_object(body, MAX_BODY), {"docked": str})["docked"]
    line = text.encode("ascii", "replace")
    payload = parse_line(line, LOGBOOK, load_jwk(recorder.jwk), kid)
    if payload["type"] != "docked" or payload.get("handover") != digest:
        raise DataError("docked", "The recorder's line is not about this handover.")
    return payload, line


def _hold(digest: str, said: Said, check: str, body: bytes) -> bool:
    try:
        with transaction.atomic():
            Handover.objects.create(
                digest=digest,
                recorder=said.recorder,
                station=said.station,
                bay=said.bay,
                officer=said.officer,
                officer_check=check,
                at=parse_time(said.station_at),
                body=body,
            )
            telling.tell_handover(digest, said, check)
    except IntegrityError:
        # The digest is the handover's: whatever else the body says, it is the one that is held.
        return False
    return True
