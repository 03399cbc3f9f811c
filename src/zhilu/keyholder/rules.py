"""What the keyholder believes, and when it gives a key away (spec/viewing.md §2 to §5). Pure: no I/O, no
clock.

The ledger is written by the web process, which is taken to be hostile: it may commit any entry. So an entry
counts only for what persons signed inside it with their security keys, at this viewing room.

1. **Registration.** The bytes that the witnesses signed say person, credential, public key, viewer key,
   roles; the fields beside them must say the same. The credential is new: neither registered before nor
   revoked. It signed its own viewer key (binding). Two witnesses signed the bytes: security administrators,
   live, two different persons, neither of them the person registered. A pinned registration (bytes equal to
   those pinned at `init`) needs no witness; nothing else goes without.
2. **Revocation.** The credential is known and live; one live security administrator signed. It is for good.
3. **Request.** Signed by a live credential of the viewer named in it, with the role `viewer`; for this
   bureau; the viewer key named is the one registered for that credential; every recording is stored and the
   segments are within it; the viewing id is new. At most 7 days.
4. **Decision.** About a known and undecided viewing; signed over the request's own bytes by a live credential
   of the approver named in it, with the role `approver`; approver and viewer are different persons; it
   expires no later than the request. The first valid one counts, for good.
5. **Release.** Approved; not before it was requested and before request and decision expire, by the
   keyholder's own clock; the asking credential is the viewer's, live, with the viewer key of the request; the
   approver's credential is live; the ask is signed and at most 60 s off; the recording is one of those
   requested.
6. **The entry of a release** is exactly what was posted: this bureau, kind, viewing, recording, segments,
   viewer key, nonce, expiry. One field off and there is no release.
7. **The recording's first line** is signed by the recorder that the stored recording names, whose key is
   enrolled; it is an `open` line with this recording's id. That of an import is signed by the station that it
   names, enrolled as a station, as an import and with that origin: a station's key makes no capture, a
   recorder's no import.

Every signature is over a label of its own (`zhilu.protocols.viewing`), so none can stand for another. Live
means registered in the ledger and not revoked. Roles come from the witnessed bytes only, never from
`role-granted` entries, which are the web process's word.

Left to others: that entries are in the ledger (`follower`), that a security key's counter rises and that an
ask is taken once (`live`), that nonces are fresh (`release`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zhilu import strictjson
from zhilu.encoding import b64u, sha256, unb64u, uuid_bytes
from zhilu.errors import DataError
from zhilu.keyholder.believed import Credential, Evidence, Known, Recording, Room, Taken, Viewing, Wanted
from zhilu.protocols import viewing as messages
from zhilu.protocols.assertions import check_assertion, parse_assertion
from zhilu.protocols.viewing import Registration, Span, viewer_thumbprint
from zhilu.sealed.imports import ORIGIN
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.sealed.lines import IMPORT, JOURNAL, parse_line

MAX_SKEW = timedelta(seconds=60)
WITNESSES = 2
MAX_REASON = 64  # characters of a revocation's reason code


# 1. Registration


@dataclass(frozen=True)
class Registering:
    """A registration read from a core or from the viewing room's form, its binding verified."""

    raw: bytes
    registration: Registration
    evidence: Evidence

    def credential(self) -> Credential:
        got = self.registration
        return Credential(got.credential, got.person, got.public_key, got.viewer_key, got.roles)


def read_registration(raw: bytes, binding: object, room: Room, known: Known) -> Registering:
    """Everything of rule 1 but the witnesses."""
    got = messages.parse_registration(raw)
    if known.credential(got.credential) is not None:
        raise DataError("credential-known", "This security key is registered already.")
    if not isinstance(binding, Mapping) or binding.get("viewer_key") != b64u(got.viewer_key):
        raise DataError("binding", "The security key did not sign this viewer key.")
    challenge = messages.viewer_key_challenge(got.credential, got.viewer_key)
    holder = Credential(got.credential, got.person, got.public_key, got.viewer_key, got.roles)
    return Registering(raw, got, check_signed(binding.get("assertion"), challenge, holder, room))


def check_witness(
    witness: object, registering: Registering, room: Room, known: Known
) -> tuple[Credential, Evidence]:
    """The security administrator who signed these registration bytes, and is not the person registered."""
    challenge = messages.registration_challenge(registering.raw)
    administrator, evidence = _administrator(witness, challenge, room, known)
    if administrator.person == registering.registration.person:
        raise DataError("witness-self", "Nobody witnesses a security key of his own.")
    return administrator, evidence


def accept_registration(
    core: Mapping[str, Any], room: Room, known: Known
) -> tuple[Credential, list[Evidence]]:
    """`credential-registered/1`."""
    raw = _bytes(core, "registration")
    registering = read_registration(raw, core.get("binding"), room, known)
    _check_beside(core, registering.registration, room)
    evidence = [registering.evidence]
    if not is_pinned(registering, room):
        evidence += _witnesses(core.get("witnesses"), registering, room, known)
    return registering.credential(), evidence


def is_pinned(registering: Registering, room: Room) -> bool:
    """Equal to the last byte: a pinned credential with other roles or another viewer key is not pinned."""
    return room.pinned.get(registering.registration.credential) == registering.raw


def _check_beside(core: Mapping[str, Any], got: Registration, room: Room) -> None:
    said = {name: core.get(name) for name in ("person", "credential", "public_key", "rp_id")}
    signed = {
        "person": got.person,
        "credential": b64u(got.credential),
        "public_key": b64u(got.public_key),
        "rp_id": room.rp_id,
    }
    if said != signed:
        raise DataError("registration-differs", "The entry says something else than what was signed.")


def _witnesses(items: object, registering: Registering, room: Room, known: Known) -> list[Evidence]:
    if not isinstance(items, list) or len(items) != WITNESSES:
        raise DataError("witnesses", "A registration needs two witnesses.")
    found = [check_witness(item, registering, room, known) for item in items]
    if len({administrator.person for administrator, _ in found}) != WITNESSES:
        raise DataError("witness-twice", "The two witnesses are one person.")
    return [evidence for _, evidence in found]


def _administrator(
    witness: object, challenge: bytes, room: Room, known: Known
) -> tuple[Credential, Evidence]:
    if not isinstance(witness, Mapping):
        raise DataError("witnesses", "A registration needs two witnesses.")
    administrator = live_credential(_bytes(witness, "credential"), known, "security-administrator")
    return administrator, check_signed(witness.get("assertion"), challenge, administrator, room)


# 2. Revocation


def accept_revocation(core: Mapping[str, Any], room: Room, known: Known) -> bytes:
    """`credential-revoked/1`: the credential that is revoked."""
    return read_revocation(core, room, known)[0]


def read_revocation(core: Mapping[str, Any], room: Room, known: Known) -> tuple[bytes, list[Evidence]]:
    """The credential, and what was signed."""
    credential = _bytes(core, "credential")
    _live(credential, known)
    reason, witnesses = core.get("reason"), core.get("witnesses")
    if not isinstance(reason, str) or not 0 < len(reason) <= MAX_REASON:
        raise DataError("field", "The field {part} is missing or has the wrong form.", part="reason")
    if not isinstance(witnesses, list) or not 0 < len(witnesses) <= WITNESSES:
        raise DataError("witnesses", "A revocation needs a witness.")
    challenge = messages.revocation_challenge(credential)
    return credential, [_administrator(witness, challenge, room, known)[1] for witness in witnesses]


# 3. Request


def accept_request(core: Mapping[str, Any], room: Room, known: Known) -> tuple[Viewing, Evidence]:
    """`viewing-requested/1`."""
    raw = _bytes(core, "request")
    request = messages.parse_request(raw)
    if request.bureau != room.bureau:
        raise DataError("bureau", "This request is for another bureau.")
    if known.viewing(request.viewing) is not None:
        raise DataError("viewing-known", "This request was made already.")
    viewer = _signer(core, known, "viewer")
    if viewer.person != request.viewer:
        raise DataError("viewer", "The request names another person than the one who signed it.")
    if viewer_thumbprint(viewer.viewer_key) != request.viewer_key:
        raise DataError("viewer-key", "The request names another key than the registered one.")
    for span in request.spans:
        _check_span(span, known)
    evidence = check_signed(core.get("assertion"), messages.request_challenge(raw), viewer, room)
    return Viewing(raw, request, viewer.id), evidence


def _check_span(span: Span, known: Known) -> None:
    recording = known.recording(span.recording)
    if recording is None:
        raise DataError("recording-unknown", "No such recording is stored.", recording=span.recording)
    if span.last >= max(recording.segments, 1):
        raise DataError("segments", "The recording has fewer segments.", segments=recording.segments)


# 4. Decision


def accept_decision(core: Mapping[str, Any], room: Room, known: Known) -> tuple[Taken, Evidence]:
    """`viewing-decided/1`."""
    raw = _bytes(core, "decision")
    decision = messages.parse_decision(raw)
    viewing = known.viewing(decision.viewing)
    if viewing is None or core.get("viewing") != decision.viewing:
        raise DataError("viewing-unknown", "No such request is in the ledger.")
    if viewing.taken is not None:
        raise DataError("decided", "This request is decided already.")
    if decision.expires > viewing.request.expires:
        raise DataError("decision-expires", "An approval cannot outlast its request.")
    approver = _signer(core, known, *viewing.request.deciding)
    if approver.person != decision.approver:
        raise DataError("approver", "The decision names another person than the one who signed it.")
    if approver.person == viewing.request.viewer:
        raise DataError("approver-is-viewer", "Nobody decides on a request of his own.")
    challenge = messages.decision_challenge(viewing.raw, raw)
    evidence = check_signed(core.get("assertion"), challenge, approver, room)
    return Taken(raw, decision, approver.id), evidence


# 5. Release


@dataclass(frozen=True)
class Permitted:
    """A release that may be posted; `until` bounds the grant."""

    viewing: Viewing
    span: Span
    viewer: Credential
    until: datetime
    evidence: Evidence


def permit_release(
    viewing_id: str, ask: Mapping[str, Any], now: datetime, room: Room, known: Known
) -> Permitted:
    """`ask`: body of the release request, `{"recording","at_ms","assertion"}`."""
    viewing, until = approved(viewing_id, now, known)
    got = strictjson.fields(ask, {"recording": str, "at_ms": int, "assertion": dict})
    span = viewing.request.span(got["recording"])
    if span is None:
        raise DataError("not-requested", "This recording is not one of those requested.")
    off_ms = abs(got["at_ms"] - int(now.timestamp() * 1000))
    if got["at_ms"] < 0 or off_ms > MAX_SKEW / timedelta(milliseconds=1):
        raise DataError("ask-time", "The clock of this computer is more than a minute off.")
    viewer = _signer(got, known, "viewer")
    if viewer.person != viewing.request.viewer:
        raise DataError("not-the-viewer", "Only the person who asked may watch.")
    if viewer_thumbprint(viewer.viewer_key) != viewing.request.viewer_key:
        raise DataError("viewer-key", "The request was made with another security key.")
    challenge = messages.release_challenge(viewing_id, span.recording, got["at_ms"])
    evidence = check_signed(got["assertion"], challenge, viewer, room)
    return Permitted(viewing, span, viewer, until, evidence)


def still_permitted(permitted: Permitted, now: datetime, known: Known) -> None:
    """Once more, right before the key leaves: a minute may have passed since, and a revocation come in."""
    approved(permitted.viewing.request.viewing, now, known)
    _live(permitted.viewer.id, known)


def approved(viewing_id: str, now: datetime, known: Known) -> tuple[Viewing, datetime]:
    """A viewing whose key may be released at this moment, and until when."""
    viewing, taken = _approval(viewing_id, known)
    until = min(viewing.request.expires, taken.decision.expires)
    if now >= until:
        raise DataError("expired", "This approval has expired.")
    if viewing.request.requested > now + MAX_SKEW:
        raise DataError("not-yet", "This request is dated in the future.")
    for credential in (viewing.credential, taken.credential):
        _live(credential, known)
    return viewing, until


def _approval(viewing_id: str, known: Known) -> tuple[Viewing, Taken]:
    viewing = known.viewing(viewing_id)
    if viewing is None:
        raise DataError("viewing-unknown", "No such request is in the ledger.")
    if viewing.taken is None:
        raise DataError("not-approved", "Nobody has decided on this request yet.")
    if not viewing.taken.decision.approved:
        raise DataError("refused", "This request was refused.")
    return viewing, viewing.taken


# 6. The entry of a release


def check_released(leaf: Mapping[str, Any], core: Mapping[str, Any], wanted: Wanted, room: Room) -> None:
    """`leaf` and `core` as read from the ledger."""
    said, posted = (strictjson.dumps(dict(sorted(each.items()))) for each in (core, wanted.core()))
    if leaf["bureau"] != room.bureau or leaf["kind"] != "key-released/1" or said != posted:
        raise DataError("release-differs", "The ledger holds another release than the one asked for.")


# 7. Recordings, and who sealed them


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
    for share in shares:
        envelopes = strictjson.fields(share, {"hash": str, "envelopes": list})["envelopes"]
        for envelope in envelopes:
            strictjson.fields(envelope, {"to": str, "sealed": str})
    return list(shares)


# What all rules share


def check_signed(assertion: object, challenge: bytes, by: Credential, room: Room) -> Evidence:
    """That this credential signed this challenge, here. Whether its counter rose is the caller's business."""
    raw = parse_assertion(assertion)
    if raw.id != by.id or not isinstance(assertion, Mapping):
        raise DataError("credential", "Another security key signed than the one that should have.")
    count = check_assertion(
        assertion,
        challenge=challenge,
        public_key=by.public_key,
        rp_id=room.rp_id,
        origin=room.origin,
        last_count=0,
    )
    parts = (by.id, raw.authenticator_data, raw.client_data_json)
    return Evidence(by.id, count, sha256(b"".join(map(sha256, parts))))


def live_credential(id_: bytes, known: Known, *roles: str) -> Credential:
    """Live, with one of these roles at least."""
    credential = _live(id_, known)
    if not set(roles) & set(credential.roles):
        raise DataError("role", "This security key does not have the right.", role=roles[0])
    return credential


def _live(id_: bytes, known: Known) -> Credential:
    credential = known.credential(id_)
    if credential is None:
        raise DataError("credential-unknown", "This security key is not registered here.")
    if credential.revoked:
        raise DataError("credential-revoked", "This security key is revoked.")
    return credential


def _signer(signed: Mapping[str, Any], known: Known, *roles: str) -> Credential:
    return live_credential(parse_assertion(signed.get("assertion")).id, known, *roles)


def _bytes(core: Mapping[str, Any], name: str) -> bytes:
    value = core.get(name)
    if not isinstance(value, str):
        raise DataError("field", "The field {part} is missing or has the wrong form.", part=name)
    return unb64u(value)
