"""What persons sign in the viewing room: registrations, requests, decisions, release asks (spec/viewing.md
§2, §4, §5).

Both sides use it: the keyholder and the county server to read, the software security key to write (the page's
own modules write the same bytes in JavaScript). Each object is bytes as sent: they are hashed and stored
verbatim, and the hash, under a label of its own, is the WebAuthn challenge. So an assertion over one object
is never one over another.

This reads and refuses what is malformed in itself (DataError, code = name of the object, `part` = the field).
Who may sign what, and when, is in `zhilu.keyholder.rules`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhilu import strictjson
from zhilu.encoding import format_time, h, hex32, sha256, uuid_bytes
from zhilu.protocols.viewing_fields import THUMBPRINT, Fields, object_of, refuse
from zhilu.sealed.keys import load_point, thumbprint

PRF_INPUT = sha256(b"zhilu/viewer-key/v1")
KINDS = ("view", "urgent", "copy", "city")
OWN_PURPOSES = ("dispute", "review", "complaint", "case", "training", "technical")
OUTSIDE_PURPOSES = ("taxpayer-present", "taxpayer-request", "court", "discipline", "publicity")
"""For those who are not of the bureau: its leader decides."""
PURPOSES = (*OWN_PURPOSES, *OUTSIDE_PURPOSES)
CITY_ROLES = ("city-viewer", "city-approver")
"""Of people of the city: a key that has one of them has no role of the county."""
VIEWING_ROLES = ("viewer", "approver", "leader", "security-administrator", *CITY_ROLES)
DECIDING_ROLES = ("approver", "leader")
LIFE = {kind: timedelta(hours=24) if kind == "urgent" else timedelta(days=7) for kind in KINDS}
"""Longest, by kind."""
DECIDE = {"view": 1, "urgent": 2, "copy": 1, "city": 2}
"""How many persons must approve, by kind."""
MAX_RECORDINGS = 64
REASON_LIMITS = (1, 500)  # characters
RECIPIENT_LIMITS = (1, 100)  # characters

# Challenges: one label for each kind of object.


def viewer_key_challenge(credential: bytes, point: bytes) -> bytes:
    """`point`: the viewer's public key, 65 bytes uncompressed."""
    return h("zhilu/viewer-key/v1", len(credential).to_bytes(2, "big"), credential, point)


def registration_challenge(registration: bytes) -> bytes:
    return h("zhilu/credential/v1", registration)


def revocation_challenge(credential: bytes) -> bytes:
    return h("zhilu/credential-revoked/v1", credential)


def request_challenge(request: bytes) -> bytes:
    return h("zhilu/viewing-request/v1", request)


def decision_challenge(request: bytes, decision: bytes) -> bytes:
    return h("zhilu/viewing-approval/v1", sha256(request), decision)


def release_challenge(viewing: str, recording: str, at_ms: int) -> bytes:
    """`at_ms`: unix time in milliseconds."""
    return h("zhilu/release-ask/v1", uuid_bytes(viewing), uuid_bytes(recording), at_ms.to_bytes(8, "big"))


def reason_digest(salt: bytes, text: str) -> str:
    """Hex, for the request's `reason`; `salt` is 32 fresh bytes."""
    return h("zhilu/reason/v1", salt, text.encode()).hex()


def recipient_digest(salt: bytes, name: str) -> str:
    """Hex, for the recipient's `name` in a request for a copy; the salt is the reason's."""
    return h("zhilu/recipient/v1", salt, name.encode()).hex()


def viewer_thumbprint(point: bytes) -> str:
    """RFC 7638, b64u of 32 bytes: how requests and releases name a viewer's key, given as its 65 bytes."""
    return thumbprint(load_point(point))


# The objects.


@dataclass(frozen=True)
class Registration:
    """`credential` and `public_key` (COSE) are raw bytes, `viewer_key` 65 bytes."""

    person: str
    credential: bytes
    public_key: bytes
    viewer_key: bytes
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """Segments `first` to `last` of a recording, both included; segment 0 (the header) comes with every
    span.
    """

    recording: str
    first: int
    last: int


@dataclass(frozen=True)
class Recipient:
    """For whom a copy is sealed: `key` is 65 bytes, `name` the digest of a name."""

    key: bytes
    name: str


def deciding_roles(kind: str, purpose: str) -> tuple[str, ...]:
    """Those that may decide about such a request; of a city's one of each side (`side`)."""
    if kind == "city":
        return (*DECIDING_ROLES, "city-approver")
    return ("leader",) if kind == "copy" or purpose in OUTSIDE_PURPOSES else DECIDING_ROLES


def asking_role(kind: str) -> str:
    return "city-viewer" if kind == "city" else "viewer"


def side(roles: Collection[str]) -> str:
    """For whom somebody with these roles decides: `county`, `city`."""
    return "city" if "city-approver" in roles else "county"


@dataclass(frozen=True)
class Request:
    viewing: str
    bureau: str
    viewer: str
    kind: str
    spans: tuple[Span, ...]
    purpose: str
    reason: str
    viewer_key: str
    requested: datetime
    expires: datetime
    recipient: Recipient | None = None

    @property
    def deciding(self) -> tuple[str, ...]:
        return deciding_roles(self.kind, self.purpose)

    def span(self, recording: str) -> Span | None:
        return next((span for span in self.spans if span.recording == recording), None)


@dataclass(frozen=True)
class Decision:
    viewing: str
    approver: str
    approved: bool
    decided: datetime
    expires: datetime


def parse_registration(data: bytes) -> Registration:
    got = object_of("registration", data)
    point = got.point("viewer_key")
    roles = got.body.get("roles")
    if not isinstance(roles, list) or not roles or len(set(map(str, roles))) != len(roles):
        raise refuse("registration", "roles")
    if not all(isinstance(role, str) and role in VIEWING_ROLES for role in roles):
        raise refuse("registration", "roles")
    if set(roles) & set(CITY_ROLES) and set(roles) - set(CITY_ROLES):
        raise refuse("registration", "roles")
    credential, public_key = got.raw("credential", 16, 1023), got.raw("public_key", 1, 1024)
    return Registration(got.uuid("person"), credential, public_key, point, tuple(roles))


def parse_request(data: bytes) -> Request:
    got = object_of("request", data)
    got.read("reason", hex32)
    kind = got.one_of("kind", KINDS)
    requested, expires = got.time("requested"), got.time("expires")
    if not timedelta(0) < expires - requested <= LIFE[kind]:
        raise refuse("request", "expires")
    return Request(
        viewing=got.uuid("viewing"),
        bureau=got.token("bureau"),
        viewer=got.token("viewer"),
        kind=kind,
        spans=_spans(got.body.get("recordings")),
        # Neither haste nor the city is a way around the bureau's leader.
        purpose=got.one_of("purpose", OWN_PURPOSES if kind in ("urgent", "city") else PURPOSES),
        reason=got.text("reason"),
        viewer_key=got.token("viewer_key", THUMBPRINT),
        requested=requested,
        expires=expires,
        recipient=_recipient(got, kind),
    )


def _recipient(got: Fields, kind: str) -> Recipient | None:
    """Of a copy, and of nothing else."""
    if (kind == "copy") != ("recipient" in got.body):
        raise refuse("request", "recipient")
    if kind != "copy":
        return None
    told = Fields("request", got.body["recipient"])
    told.read("name", hex32)
    return Recipient(told.point("key"), told.text("name"))


def _spans(items: object) -> tuple[Span, ...]:
    if not isinstance(items, list) or not 0 < len(items) <= MAX_RECORDINGS:
        raise refuse("request", "recordings")
    spans = tuple(_span(Fields("request", item)) for item in items)
    # One span for each recording: which of two would a release be about?
    if len({span.recording for span in spans}) != len(spans):
        raise refuse("request", "recordings")
    return spans


def _span(got: Fields) -> Span:
    span = Span(got.uuid("id"), got.number("from"), got.number("to"))
    if span.first > span.last:
        raise refuse("request", "to")
    return span


def parse_decision(data: bytes) -> Decision:
    got = object_of("decision", data)
    approved = got.one_of("decision", ("approve", "refuse")) == "approve"
    decided, expires = got.time("decided"), got.time("expires")
    return Decision(got.uuid("viewing"), got.token("approver"), approved, decided, expires)


# Grants (spec/viewing.md §5).

GRANT_TYP = "zhilu-grant"
MAX_GRANT_LIFE = timedelta(hours=4)


@dataclass(frozen=True)
class Grant:
    """What the keyholder's request key allows the web process to serve: journal, segment 0, first to last."""

    viewing: str
    span: Span
    expires: datetime

    def payload(self) -> bytes:
        return strictjson.dumps(
            {
                "viewing": self.viewing,
                "recording": self.span.recording,
                "from": self.span.first,
                "to": self.span.last,
                "expires": format_time(self.expires),
            }
        )


def parse_grant(payload: bytes) -> Grant:
    """The payload of the grant's JWS; the signature is `sealed.lines.open_jws`'s business."""
    got = object_of("grant", payload)
    span = Span(got.uuid("recording"), got.number("from"), got.number("to"))
    return Grant(got.uuid("viewing"), span, got.time("expires"))
