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

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zhilu import strictjson
from zhilu.encoding import format_time, h, hex32, parse_time, sha256, unb64u, uuid_bytes
from zhilu.errors import DataError
from zhilu.sealed.keys import load_point, thumbprint

PRF_INPUT = sha256(b"zhilu/viewer-key/v1")
PURPOSES = (
    "dispute",
    "review",
    "complaint",
    "case",
    "taxpayer-present",
    "taxpayer-request",
    "training",
    "technical",
)
VIEWING_ROLES = ("viewer", "approver", "security-administrator")
MAX_REQUEST_LIFE = timedelta(days=7)
MAX_RECORDINGS = 64
MAX_SEGMENT_NUMBER = 2**32 - 1
REASON_LIMITS = (1, 500)  # characters

_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def _refuse(code: str, part: str) -> DataError:
    return DataError(code, "The field {part} is missing or has the wrong form.", part=part)


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
class Request:
    viewing: str
    bureau: str
    viewer: str
    spans: tuple[Span, ...]
    purpose: str
    reason: str
    viewer_key: str
    requested: datetime
    expires: datetime

    def span(self, recording: str) -> Span | None:
        return next((span for span in self.spans if span.recording == recording), None)


@dataclass(frozen=True)
class Decision:
    viewing: str
    approver: str
    approved: bool
    decided: datetime
    expires: datetime


class _Fields:
    """Reads the fields of one object, so that whatever is wrong is refused under the object's own code."""

    def __init__(self, code: str, body: object) -> None:
        if not isinstance(body, Mapping):
            raise _refuse(code, "object")
        self.code, self.body = code, body

    def text(self, name: str) -> str:
        value = self.body.get(name)
        if not isinstance(value, str):
            raise _refuse(self.code, name)
        return value

    def read(self, name: str, parse: Any) -> Any:
        try:
            return parse(self.text(name))
        except DataError:
            raise _refuse(self.code, name) from None

    def token(self, name: str, pattern: re.Pattern[str] = _TOKEN) -> str:
        if not pattern.fullmatch(value := self.text(name)):
            raise _refuse(self.code, name)
        return value

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        if (value := self.text(name)) not in choices:
            raise _refuse(self.code, name)
        return value

    def uuid(self, name: str) -> str:
        self.read(name, uuid_bytes)
        return self.text(name)

    def raw(self, name: str, least: int, most: int) -> bytes:
        value: bytes = self.read(name, unb64u)
        if not least <= len(value) <= most:
            raise _refuse(self.code, name)
        return value

    def time(self, name: str) -> datetime:
        value: datetime = self.read(name, parse_time)
        return value

    def number(self, name: str) -> int:
        value = self.body.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SEGMENT_NUMBER:
            raise _refuse(self.code, name)
        return value


def _object(code: str, data: bytes) -> _Fields:
    try:
        return _Fields(code, strictjson.loads_object(data))
    except DataError:
        raise _refuse(code, "json") from None


def parse_registration(data: bytes) -> Registration:
    got = _object("registration", data)
    point = got.raw("viewer_key", 65, 65)
    try:
        load_point(point)
    except DataError:
        raise _refuse("registration", "viewer_key") from None
    roles = got.body.get("roles")
    if not isinstance(roles, list) or not roles or len(set(map(str, roles))) != len(roles):
        raise _refuse("registration", "roles")
    if not all(isinstance(role, str) and role in VIEWING_ROLES for role in roles):
        raise _refuse("registration", "roles")
    credential, public_key = got.raw("credential", 16, 1023), got.raw("public_key", 1, 1024)
    return Registration(got.token("person"), credential, public_key, point, tuple(roles))


def parse_request(data: bytes) -> Request:
    got = _object("request", data)
    got.read("reason", hex32)
    requested, expires = got.time("requested"), got.time("expires")
    if not timedelta(0) < expires - requested <= MAX_REQUEST_LIFE:
        raise _refuse("request", "expires")
    return Request(
        viewing=got.uuid("viewing"),
        bureau=got.token("bureau"),
        viewer=got.token("viewer"),
        spans=_spans(got.body.get("recordings")),
        purpose=got.one_of("purpose", PURPOSES),
        reason=got.text("reason"),
        viewer_key=got.token("viewer_key", _THUMBPRINT),
        requested=requested,
        expires=expires,
    )


def _spans(items: object) -> tuple[Span, ...]:
    if not isinstance(items, list) or not 0 < len(items) <= MAX_RECORDINGS:
        raise _refuse("request", "recordings")
    spans = tuple(_span(_Fields("request", item)) for item in items)
    # One span for each recording: which of two would a release be about?
    if len({span.recording for span in spans}) != len(spans):
        raise _refuse("request", "recordings")
    return spans


def _span(got: _Fields) -> Span:
    span = Span(got.uuid("id"), got.number("from"), got.number("to"))
    if span.first > span.last:
        raise _refuse("request", "to")
    return span


def parse_decision(data: bytes) -> Decision:
    got = _object("decision", data)
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
    got = _object("grant", payload)
    span = Span(got.uuid("recording"), got.number("from"), got.number("to"))
    return Grant(got.uuid("viewing"), span, got.time("expires"))
