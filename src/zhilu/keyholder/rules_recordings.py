"""Recordings, and who sealed them (spec/viewing.md §5.4). Pure.

A recording's first line is signed by the recorder that the stored recording names, whose key is enrolled; it
is an `open` line with this recording's id. That of an import is signed by the station that it names, enrolled
as a station, as an import and with that origin: a station's key makes no capture, a recorder's no import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zhilu import strictjson
from zhilu.encoding import uuid_bytes
from zhilu.errors import DataError
from zhilu.keyholder.believed import Known, Recording
from zhilu.sealed.imports import ORIGIN
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.sealed.lines import IMPORT, JOURNAL, parse_line


def accept_recorder(core: Mapping[str, Any], known: Known) -> tuple[str, dict[str, Any]]:
    """`recorder-enrolled/1`: kid and JWK. The first enrolment of a key counts; a kid is its key's
    thumbprint.
    """
    got = strictjson.fields(core, {"recorder": str, "jwk": dict})
    if thumbprint(load_jwk(got["jwk"])) != got["recorder"]:
        raise DataError("recorder", "The recorder's name is not its key's.")
    if known.recorder(got["recorder"]) is not None:
        raise DataError("recorder-known", "This recorder is enrolled already.")
    return got["recorder"], got["jwk"]


def accept_station(core: Mapping[str, Any], known: Known) -> tuple[str, dict[str, Any]]:
    """`station-enrolled/1`, as `accept_recorder`."""
    got = strictjson.fields(core, {"station": str, "jwk": dict})
    if thumbprint(load_jwk(got["jwk"])) != got["station"]:
        raise DataError("station", "The station's name is not its key's.")
    if known.station(got["station"]) is not None:
        raise DataError("station-known", "This station is enrolled already.")
    return got["station"], got["jwk"]


def accept_recording(core: Mapping[str, Any], known: Known) -> Recording:
    """`recording-stored/1`."""
    got = strictjson.fields(core, {"recording": str, "recorder": str, "segments": int})
    uuid_bytes(got["recording"])
    if known.recording(got["recording"]) is not None:
        raise DataError("recording-known", "This recording is stored already.")
    if known.recorder(got["recorder"]) is None:
        raise DataError("recorder-unknown", "The recorder of this recording is not enrolled.")
    return Recording(got["recording"], got["recorder"], got["segments"])


def accept_import(core: Mapping[str, Any], known: Known) -> Recording:
    """`recording-imported/1`."""
    got = strictjson.fields(core, {"recording": str, "station": str, "segments": int})
    uuid_bytes(got["recording"])
    if known.recording(got["recording"]) is not None:
        raise DataError("recording-known", "This recording is stored already.")
    if known.station(got["station"]) is None:
        raise DataError("station-unknown", "The station of this import is not enrolled.")
    return Recording(got["recording"], got["station"], got["segments"], imported=True)


def journal_typ(recording: Recording) -> str:
    """What its lines are signed as."""
    return IMPORT if recording.imported else JOURNAL


def sealer_key(recording: Recording, known: Known) -> dict[str, Any]:
    """JWK of whoever sealed it; enrolled as that, or nobody's."""
    kind = "station" if recording.imported else "recorder"
    jwk = known.station(recording.sealer) if recording.imported else known.recorder(recording.sealer)
    if jwk is None:
        raise DataError(f"{kind}-unknown", "Whoever sealed this recording is not enrolled.")
    return jwk


def open_line_shares(line: bytes, recording: Recording, known: Known) -> Sequence[dict[str, Any]]:
    """The field `shares` of the recording's first line, in its form."""
    key = load_jwk(sealer_key(recording, known))
    opened = parse_line(line, journal_typ(recording), key, recording.sealer)
    if (opened["type"], opened["n"], opened.get("id")) != ("open", 0, recording.id):
        raise DataError("open-line", "This is not the first line of this recording.")
    if (opened.get("origin") == ORIGIN) != recording.imported:
        raise DataError("origin", "The origin does not fit what sealed this recording.")
    shares = strictjson.fields(opened, {"shares": list})["shares"]
    if len(shares) not in (1, 2):
        raise strictjson.FieldError("shares")
    for share in shares:
        envelopes = strictjson.fields(share, {"hash": str, "envelopes": list})["envelopes"]
        for envelope in envelopes:
            strictjson.fields(envelope, {"to": str, "sealed": str})
    return list(shares)
