"""Keys of devices: enrolled from the device's own `enrol.json`, put in a bay, revoked. Done by the system
administrator.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zhilu import strictjson
from zhilu.encoding import format_time
from zhilu.errors import DataError
from zhilu.server.equipment import events
from zhilu.server.ledger.services.commit import commit

LIMIT = 16_384
RECORDER = frozenset({"kid", "jwk", "serial", "counter_kind"})
STATION = frozenset({"kid", "jwk", "name", "bays", "rp_id", "origin"})
PUBLIC = frozenset({"kty", "crv", "x", "y"})
PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "k")

Enrolled = events.RecorderEnrolled | events.StationEnrolled


def read(data: bytes, station_serial: str | None = None) -> Enrolled:
    """The entry that a device's `enrol.json` asks for. `station_serial`: under which a station is registered;
    a recorder says its own."""
    said = _object(data)
    jwk = said.get("jwk")
    if b"PRIVATE KEY" in data or (isinstance(jwk, dict) and set(jwk) & set(PRIVATE)):
        raise DataError(
            "private-key",
            "The file holds a private key, which must never leave the device. Make a new key on the device.",
        )
    if set(said) not in (RECORDER, STATION) or not isinstance(jwk, dict) or set(jwk) != PUBLIC:
        raise _not_one()
    if set(said) == RECORDER:
        return events.RecorderEnrolled(said["kid"], jwk, said["serial"], said["counter_kind"])
    return events.StationEnrolled(
        station=said["kid"],
        jwk=jwk,
        name=said["name"],
        bays=said["bays"],
        rp_id=said["rp_id"],
        origin=said["origin"],
        serial=station_serial,
    )


def _object(data: bytes) -> dict[str, Any]:
    if len(data) > LIMIT:
        raise DataError("too-large", "The file is larger than {limit} bytes.", limit=LIMIT)
    try:
        return strictjson.loads_object(data, LIMIT)
    except strictjson.JsonError:
        raise _not_one() from None


def _not_one() -> DataError:
    return DataError("enrol", "This is not the enrol.json of a recorder or a station.")


def kid_of(event: Enrolled) -> str:
    return event.recorder if isinstance(event, events.RecorderEnrolled) else event.station


def enrol(event: Enrolled, actor: str) -> str:
    """The kid."""
    commit(event, actor)
    return kid_of(event)


def bind(recorder: str, station: str, bay: int, actor: str) -> None:
    commit(events.RecorderBound(recorder, station, bay), actor)


def unbind(recorder: str, actor: str) -> None:
    commit(events.RecorderUnbound(recorder), actor)


def revoke(kid: str, since: datetime, reason: str, actor: str) -> None:
    commit(events.DeviceRevoked(kid, format_time(since), reason), actor)
