"""The handover (spec/docking.md §4): composed by the station, judged by the recorder.

D = H("zhilu/handover/v1", bytes) ties three wills to the same bytes: the station signs it, the officer's
security key asserts over it, the recorder logs it. The recorder refuses, in this order:

    handover           not strict JSON, a field wrong, another bureau
    nonce              nonces not of this greeting
    recorder           made out to another recorder
    bay                station or bay not those of its newest assignment
    officer            not the assigned officer
    deputy             not the reason that the assignment gives for a deputy, null for anybody else
    head               logbook or recordings not as they are now
    station-signature  the station's JWS over D and the check
    station            the TLS peer is not that station
    officer-check      weaker than the assignment demands; an assertion missing or too much
    credential         not a security key of that officer
    assertion, sign-count   see protocols.assertions

What is left to others: the age of the greeting and the use of a nonce once (`docking_recorder`).
A check `fprintd` alone leaves nothing that the officer signed: it holds exactly where the least is `fprintd`,
on the station's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhilu.encoding import b64u, h, hex32, parse_time, unb64u
from zhilu.errors import DataError
from zhilu.protocols.assertions import check_assertion
from zhilu.protocols.docking_messages import (
    HANDOVER,
    MAX_BODY,
    TEXT_OR_NULL,
    HandoverRequest,
    Held,
    counts,
    encoded,
    nonce,
    recording_id,
)
from zhilu.sealed.keys import Signer, load_jwk, thumbprint
from zhilu.sealed.lines import compact_jws, open_jws
from zhilu.sealed.policy import OFFICER_CHECKS
from zhilu.strictjson import FieldError, dumps, fields, loads_object

_RANK = {"fprintd": 0, "key": 1, "fprintd+key": 2}
_HANDOVER: dict[str, type | tuple[type, ...]] = {
    "bureau": str,
    "station": str,
    "bay": int,
    "recorder": str,
    "officer": str,
    "deputy_reason": TEXT_OR_NULL,
    "n": int,
    "head": str,
    "recordings": list,
    "station_nonce": str,
    "recorder_nonce": str,
    "station_at": str,
    "clock_offset_us": int,
    "snapshot": str,
    "offline": bool,
}


@dataclass(frozen=True)
class Handover:
    """`recordings` are (id, lines, last, length) as JSON objects, in the hello's order; nonces 32 bytes;
    `clock_offset_us` is recorder minus station; `snapshot` hex of the station's checkpoint note."""

    bureau: str
    station: str
    bay: int
    recorder: str
    officer: str
    deputy_reason: str | None
    n: int
    head: str
    recordings: tuple[dict[str, Any], ...]
    station_nonce: bytes
    recorder_nonce: bytes
    station_at: str
    clock_offset_us: int
    snapshot: str
    offline: bool

    def to_bytes(self) -> bytes:
        """Composed once; from then on these bytes are kept and sent, never composed again."""
        nonces = {
            "station_nonce": b64u(self.station_nonce),
            "recorder_nonce": b64u(self.recorder_nonce),
        }
        return dumps(self.__dict__ | nonces)

    @classmethod
    def from_bytes(cls, data: bytes) -> Handover:
        """Refuses with `handover`."""
        try:
            return cls._read(data)
        except DataError as error:
            raise DataError("handover", "The handover is not well formed: {why}", why=error) from None

    @classmethod
    def _read(cls, data: bytes) -> Handover:
        got = fields(loads_object(data, MAX_BODY), _HANDOVER)
        for name in ("station_nonce", "recorder_nonce"):
            got[name] = nonce(name, got[name])
        for name in ("head", "snapshot"):
            encoded(name, hex32, got[name])
        encoded("station_at", parse_time, got["station_at"])
        counts(got, "bay", "n")
        got["recordings"] = tuple(_listed(value) for value in got["recordings"])
        return cls(**got)


def _listed(value: object) -> dict[str, Any]:
    got = fields(value, {"id": str, "lines": int, "last": str, "length": int})
    recording_id(got["id"])
    return got


def listed(held: Held) -> dict[str, Any]:
    """How a recording of the hello stands in a handover."""
    return {"id": str(held.id), "lines": held.lines, "last": held.last, "length": held.length}


def handover_digest(handover: bytes) -> bytes:
    """D, 32 bytes: WebAuthn challenge, `docked.handover`, and what the station signs."""
    return h("zhilu/handover/v1", handover)


def station_signature(signer: Signer, digest: bytes, check: str) -> str:
    """The station's word that it saw this handover confirmed, and how it checked the officer."""
    return compact_jws(signer, HANDOVER, dumps({"handover": digest.hex(), "check": check}))


def check_station_signature(text: str, jwk: Mapping[str, Any], kid: str, digest: bytes, check: str) -> None:
    """Refuses with `station-signature`: another key than the kid's, another digest or another check."""
    try:
        key = load_jwk(jwk)
        if thumbprint(key) != kid:
            raise DataError("jwk")
        payload = loads_object(open_jws(text, HANDOVER, kid, key))
        got = fields(payload, {"handover": str, "check": str})
        if (got["handover"], got["check"]) != (digest.hex(), check):
            raise DataError("handover")
    except DataError:
        raise DataError(
            "station-signature", "The station's signature does not cover this handover."
        ) from None


@dataclass(frozen=True)
class Duty:
    """The newest `recorder-assigned/1` that the recorder holds. `credentials`: raw id → COSE key;
    `reason_code`: why a deputy comes, null where it is none."""

    officer: str
    station: str
    bay: int
    rp_id: str
    origin: str
    credentials: Mapping[bytes, bytes]
    officer_check_least: str
    drill: bool
    deputy: bool
    reason_code: str | None

    @property
    def deputy_reason(self) -> str | None:
        """What a handover must say."""
        return self.reason_code if self.deputy else None

    @classmethod
    def from_core(cls, core: Mapping[str, Any]) -> Duty:
        shape: dict[str, type | tuple[type, ...]] = {"officer": str, "station": str, "bay": int}
        shape |= {"rp_id": str, "origin": str, "credentials": list}
        shape |= {"officer_check_least": str, "drill": bool, "deputy": bool}
        got = fields(dict(core), shape | {"reason_code": TEXT_OR_NULL})
        if got["officer_check_least"] not in OFFICER_CHECKS:
            raise FieldError("officer_check_least")
        return cls(**got | {"credentials": dict(_credential(value) for value in got["credentials"])})


def _credential(value: object) -> tuple[bytes, bytes]:
    got = fields(value, {"id": str, "public_key": str})
    return encoded("credentials", unb64u, got["id"]), encoded("credentials", unb64u, got["public_key"])


@dataclass(frozen=True)
class Own:
    """What the recorder knows of itself at this moment. `sign_counts`: raw credential id → last seen."""

    bureau: str
    kid: str
    station_nonce: bytes
    recorder_nonce: bytes
    n: int
    head: str
    recordings: tuple[Held, ...]
    duty: Duty | None
    station_certificate_kid: str
    sign_counts: Mapping[bytes, int]


@dataclass(frozen=True)
class Accepted:
    """A handover that holds: what to log and what to remember. `counted`: the security key that signed and
    its counter, None where the check has none."""

    handover: Handover
    digest: bytes
    counted: tuple[bytes, int] | None


def check_handover(request: HandoverRequest, own: Own) -> Accepted:
    """The recorder's judgement; raises DataError with the codes above, in that order."""
    handover = Handover.from_bytes(request.handover)
    digest = handover_digest(request.handover)
    if handover.bureau != own.bureau:
        raise DataError("handover", "The handover is of another bureau.")
    duty = _check_parties(handover, own)
    _check_state(handover, own)
    check_station_signature(request.station, request.station_jwk, handover.station, digest, request.check)
    if own.station_certificate_kid != handover.station:
        raise DataError("station", "Another station is on the line than the one that signed.")
    check_strength(request.check, duty.officer_check_least)
    check_complete(request.check, request.assertion)
    if request.assertion is None:
        return Accepted(handover, digest, None)
    return Accepted(handover, digest, _check_officer(request.assertion, duty, digest, own.sign_counts))


def _check_parties(handover: Handover, own: Own) -> Duty:
    if (handover.station_nonce, handover.recorder_nonce) != (own.station_nonce, own.recorder_nonce):
        raise DataError("nonce", "The handover belongs to another greeting.")
    if handover.recorder != own.kid:
        raise DataError("recorder", "The handover is made out to another recorder.")
    duty = own.duty
    if duty is None or (handover.station, handover.bay) != (duty.station, duty.bay):
        raise DataError("bay", "This is not the bay to which the recorder belongs.")
    if handover.officer != duty.officer:
        raise DataError("officer", "This is not the officer to whom the recorder is assigned.")
    if handover.deputy_reason != duty.deputy_reason:
        raise DataError("deputy", "The handover gives another reason for a deputy than the assignment.")
    return duty


def _check_state(handover: Handover, own: Own) -> None:
    held = tuple(listed(recording) for recording in own.recordings)
    if (handover.n, handover.head, handover.recordings) != (own.n, own.head, held):
        raise DataError("head", "The handover names another state of the logbook or the recordings.")


def check_strength(check: str, least: str) -> None:
    """Refused with `officer-check`: none of ours, or weaker than `least`."""
    if check not in _RANK or _RANK[check] < _RANK[least]:
        raise DataError("officer-check", "The officer was checked less strictly than demanded.", least=least)


def check_complete(check: str, assertion: Mapping[str, Any] | None) -> None:
    """Refused with `officer-check`: a finger alone comes without an assertion, every other check with one."""
    if (check == "fprintd") != (assertion is None):
        raise DataError("officer-check", "The security key's answer and the check do not belong together.")


def _check_officer(
    assertion: dict[str, Any], duty: Duty, digest: bytes, sign_counts: Mapping[bytes, int]
) -> tuple[bytes, int]:
    try:
        credential = unb64u(fields(assertion, {"id": str})["id"])
        public_key = duty.credentials[credential]
    except (DataError, KeyError):
        raise DataError("credential", "This security key is not one of the assigned officer's.") from None
    count = check_assertion(
        assertion,
        challenge=digest,
        public_key=public_key,
        rp_id=duty.rp_id,
        origin=duty.origin,
        last_count=sign_counts.get(credential, 0),
    )
    return credential, count
