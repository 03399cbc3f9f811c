"""Vectors of docking: the answer to `hello` and the body of `POST /handover` (docking.md §3, §4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from support.recordings import OFFICER, RECORDING, dump, fixed_bytes
from support.vectors.files import Vector, header, jws, key_headers
from support.vectors.protocols_keys import (
    AT,
    BUREAU,
    CREDENTIAL,
    OFFICER_KEY,
    OTHER,
    RECORDER,
    STATION,
    STRANGER_KEY,
    UP,
    UV,
    Authenticator,
    Headers,
    cose,
    high_s,
    vector,
    without,
)
from zhilu.encoding import b64u, unb64u
from zhilu.sealed.keys import Signer
from zhilu.strictjson import loads_object

STATION_NONCE, RECORDER_NONCE = fixed_bytes("station nonce"), fixed_bytes("recorder nonce")
STATION_TLS, RECORDER_TLS = (
    fixed_bytes("station certificate").hex(),
    fixed_bytes("recorder certificate").hex(),
)
RP_ID, ORIGIN = "dock.localhost", "http://s1.dock.localhost:8620"

LISTED = {"id": str(RECORDING), "lines": 5, "last": "ab" * 32, "length": 4321}
HELD = LISTED | {"segments": 4, "opened_at": AT, "officer": OFFICER, "drill": False}
HELLO: dict[str, Any] = {
    "station_nonce": b64u(STATION_NONCE),
    "recorder_nonce": b64u(RECORDER_NONCE),
    "station_tls": STATION_TLS,
    "recorder_tls": RECORDER_TLS,
    "n": 9,
    "head": "33" * 32,
    "at": AT,
    "battery": 80,
    "free": 1_000_000,
    "total": 2_000_000,
    "checkpoint": {"size": 4, "hash": "44" * 32},
    "recordings": [HELD],
}
TYP = "zhilu-hello"


def vectors() -> Iterator[Vector]:
    yield from _hellos()
    for name, expect, body, headers in [*_handovers(), *_strengths(), *_assertions()]:
        layer = "assertion" if expect in ("assertion", "sign-count") else "handover"
        layer = {"json": "message", "field": "message"}.get(expect, layer)
        layer = "greeting" if name == "nonce-too-old" else layer
        yield vector("docking", f"handover-{name}", "handover", "docking.md §4", expect, layer, body, headers)


# The answer to hello.


def _hellos() -> Iterator[Vector]:
    for name, expect, layer, body in [*_hello_claims(), *_hello_signatures()]:
        headers: Headers = (
            *key_headers(RECORDER, TYP),
            ("station-nonce", STATION_NONCE.hex()),
            ("station-tls", STATION_TLS),
            ("recorder-tls", RECORDER_TLS),
        )
        yield vector("docking", f"hello-{name}", "hello", "docking.md §3", expect, layer, body, headers)


def _answer(payload: bytes, head: bytes | None = None, signer: Signer = RECORDER) -> bytes:
    line = jws(signer, head or header(TYP, RECORDER.kid), payload)
    return dump({"hello": line.rstrip(b"\n").decode()})


def _hello_claims() -> Iterator[tuple[str, str, str, bytes]]:
    for name, expect, layer, changed in [
        ("ok", "ok", "none", {}),
        ("ok-unknown-field", "ok", "none", {"later": 1}),
        ("ok-nothing-held", "ok", "none", {"recordings": [], "checkpoint": None, "battery": None}),
        ("other-nonce", "nonce", "message", {"station_nonce": b64u(fixed_bytes("older nonce"))}),
        ("other-station-certificate", "tls", "message", {"station_tls": "ff" * 32}),
        ("other-recorder-certificate", "tls", "message", {"recorder_tls": "ff" * 32}),
        (
            "certificates-swapped",
            "tls",
            "message",
            {"station_tls": RECORDER_TLS, "recorder_tls": STATION_TLS},
        ),
        ("nonce-short", "field", "message", {"station_nonce": b64u(STATION_NONCE[:31])}),
        ("number-negative", "field", "message", {"n": -1}),
        ("recording-without-last", "field", "message", {"recordings": [without(HELD, "last")]}),
    ]:
        yield name, expect, layer, _answer(dump(HELLO | changed))
    yield "head-missing", "field", "message", _answer(dump(without(HELLO, "head")))
    yield "float", "json", "line", _answer(dump(HELLO).replace(b'"n":9', b'"n":9.0'))
    yield "key-twice", "json", "line", _answer(dump(HELLO)[:-1] + b',"n":9}')
    yield "not-signed", "field", "message", dump({"hello": HELLO})


def _hello_signatures() -> Iterator[tuple[str, str, str, bytes]]:
    payload, kid = dump(HELLO), RECORDER.kid
    inside = f'{{"alg":"ES256","jwk":{dump(RECORDER.jwk).decode()},"kid":"{kid}","typ":"{TYP}"}}'
    yield "header-with-key", "header", "line", _answer(payload, inside.encode())
    yield "header-other-typ", "header", "line", _answer(payload, header("zhilu-handover", kid))
    yield (
        "header-algorithm-none",
        "header",
        "line",
        _answer(payload, f'{{"alg":"none","kid":"{kid}","typ":"{TYP}"}}'.encode()),
    )
    yield "foreign-kid", "foreign-kid", "line", _answer(payload, header(TYP, OTHER.kid), OTHER)
    yield "signed-by-another", "signature", "line", _answer(payload, signer=OTHER)
    signed, _, text = jws(RECORDER, header(TYP, kid), payload).rstrip(b"\n").decode().rpartition(".")
    other = b64u(high_s(unb64u(text)))
    yield "high-s", "high-s", "line", dump({"hello": f"{signed}.{other}"})


# The handover.

HANDOVER: dict[str, Any] = {
    "bureau": BUREAU,
    "station": STATION.kid,
    "bay": 1,
    "recorder": RECORDER.kid,
    "officer": OFFICER,
    "deputy_reason": None,
    "n": 9,
    "head": "33" * 32,
    "recordings": [LISTED],
    "station_nonce": b64u(STATION_NONCE),
    "recorder_nonce": b64u(RECORDER_NONCE),
    "station_at": AT,
    "clock_offset_us": -5,
    "snapshot": "55" * 32,
    "offline": False,
}
ASSIGNED: dict[str, Any] = {
    "officer": OFFICER,
    "station": STATION.kid,
    "bay": 1,
    "rp_id": RP_ID,
    "origin": ORIGIN,
    "credentials": [{"id": b64u(CREDENTIAL), "public_key": b64u(cose(OFFICER_KEY))}],
    "officer_check_least": "key",
    "drill": False,
    "deputy": False,
    "reason_code": None,
}
DEPUTY = ASSIGNED | {"deputy": True, "reason_code": "absent"}
OWN: dict[str, Any] = {
    "bureau": BUREAU,
    "kid": RECORDER.kid,
    "station_nonce": b64u(STATION_NONCE),
    "recorder_nonce": b64u(RECORDER_NONCE),
    "n": 9,
    "head": "33" * 32,
    "recordings": [HELD],
    "assigned": ASSIGNED,
    "station_certificate_kid": STATION.kid,
    "sign_counts": {b64u(CREDENTIAL): 6},
}
KEY = Authenticator(RP_ID, ORIGIN)
Case = tuple[str, str, bytes, Headers]


def _own(**changed: Any) -> Headers:
    return (("own", dump(OWN | changed).decode()),)


def _digest(handover: bytes) -> bytes:
    """D, written from docking.md §4 and apart from the product."""
    return hashlib.sha256(b"zhilu/handover/v1\0" + handover).digest()


def _body(
    handover: bytes, key: Authenticator = KEY, client: dict[str, Any] | None = None, **changed: Any
) -> bytes:
    """The body of the request around these bytes, everything else true; `changed` members of the body."""
    digest = _digest(handover)
    check = changed.get("check", "key")
    said = {"handover": digest.hex(), "check": check}
    body = {
        "handover": b64u(handover),
        "station": _compact(STATION, header("zhilu-handover", STATION.kid), said),
        "station_jwk": STATION.jwk,
        "check": check,
        "assertion": key(digest, **client or {}),
    }
    return dump(body | changed)


def _handovers() -> Iterator[Case]:
    good = dump(HANDOVER)
    yield "ok", "ok", _body(good), _own()
    deputy = dump(HANDOVER | {"deputy_reason": "absent", "offline": True})
    yield "ok-deputy-offline", "ok", _body(deputy), _own(assigned=DEPUTY)
    yield "deputy-who-is-none", "deputy", _body(deputy), _own()
    yield "deputy-without-reason", "deputy", _body(good), _own(assigned=DEPUTY)
    another = dump(HANDOVER | {"deputy_reason": "other"})
    yield "deputy-other-reason", "deputy", _body(another), _own(assigned=DEPUTY)
    for name, code, changed in [
        ("other-bureau", "handover", {"bureau": "another"}),
        ("bay-text", "handover", {"bay": "1"}),
        ("nonce-short", "handover", {"station_nonce": b64u(STATION_NONCE[:31])}),
        ("recording-id-capitals", "handover", {"recordings": [LISTED | {"id": str(RECORDING).upper()}]}),
        ("other-station-nonce", "nonce", {"station_nonce": b64u(fixed_bytes("older nonce"))}),
        ("other-recorder-nonce", "nonce", {"recorder_nonce": b64u(fixed_bytes("older nonce"))}),
        ("other-recorder", "recorder", {"recorder": OTHER.kid}),
        ("other-bay", "bay", {"bay": 2}),
        ("other-officer", "officer", {"officer": "somebody"}),
        ("other-head", "head", {"head": "34" * 32}),
        ("other-number", "head", {"n": 8}),
        ("recording-left-out", "head", {"recordings": []}),
        ("recording-other-length", "head", {"recordings": [LISTED | {"length": 4320}]}),
    ]:
        yield name, code, _body(dump(HANDOVER | changed)), _own()
    yield "field-missing", "handover", _body(dump(without(HANDOVER, "snapshot"))), _own()
    yield "float", "handover", _body(good.replace(b'"bay":1', b'"bay":1.0')), _own()
    yield "key-twice", "handover", _body(good[:-1] + b',"bay":1}'), _own()
    yield "body-without-check", "field", dump(without(loads_object(_body(good)), "check")), _own()
    yield "nonce-too-old", "nonce", _body(good), (*_own(), ("age", "121"))
    yield "never-assigned", "bay", _body(good), _own(assigned=None)
    yield from _stations(good)


def _stations(good: bytes) -> Iterator[Case]:
    elsewhere = dump(HANDOVER | {"station": OTHER.kid})
    said = {"handover": _digest(elsewhere).hex(), "check": "key"}
    signed = _compact(OTHER, header("zhilu-handover", OTHER.kid), said)
    own = _own(station_certificate_kid=OTHER.kid)
    yield "other-station", "bay", _body(elsewhere, station=signed, station_jwk=OTHER.jwk), own
    other = {"handover": _digest(good + b" ").hex(), "check": "key"}
    head = header("zhilu-handover", STATION.kid)
    true = {"handover": _digest(good).hex(), "check": "key"}
    for name, changed in [
        ("station-signed-other", {"station": _compact(STATION, head, other)}),
        ("station-signed-other-check", {"station": _compact(STATION, head, true | {"check": "fprintd+key"})}),
        ("station-signed-no-check", {"station": _compact(STATION, head, without(true, "check"))}),
        ("station-signed-by-another", {"station": _compact(OTHER, head, true)}),
        ("station-brought-key", {"station": _compact(OTHER, head, true), "station_jwk": OTHER.jwk}),
        ("station-other-typ", {"station": _compact(STATION, header(TYP, STATION.kid), true)}),
    ]:
        yield name, "station-signature", _body(good, **changed), _own()
    yield "station-not-on-the-line", "station", _body(good), _own(station_certificate_kid=OTHER.kid)


def _strengths() -> Iterator[Case]:
    good, both = dump(HANDOVER), ASSIGNED | {"officer_check_least": "fprintd+key"}
    yield "ok-check-stronger", "ok", _body(good, check="fprintd+key"), _own()
    yield "check-below-least", "officer-check", _body(good), _own(assigned=both)
    weak = ASSIGNED | {"officer_check_least": "fprintd"}
    finger = _body(good, check="fprintd", assertion=None)
    yield "ok-fprintd-where-it-is-enough", "ok", finger, _own(assigned=weak)
    yield "check-fprintd-alone", "officer-check", finger, _own()
    yield "check-fprintd-with-assertion", "officer-check", _body(good, check="fprintd"), _own(assigned=weak)
    yield "check-key-without-assertion", "officer-check", _body(good, assertion=None), _own(assigned=weak)
    yield "check-unknown", "officer-check", _body(good, check="glance"), _own()


def _assertions() -> Iterator[Case]:
    good = dump(HANDOVER)
    stranger = Authenticator(RP_ID, ORIGIN, key=STRANGER_KEY, credential=fixed_bytes("another credential"))
    yield "credential-not-assigned", "credential", _body(good, stranger), _own()
    for part, key, client in [
        ("type", KEY, {"type": "webauthn.create"}),
        ("challenge", KEY, {"challenge": b64u(_digest(good + b" "))}),
        ("origin", KEY, {"origin": "http://s2.dock.localhost:8620"}),
        ("cross-origin", KEY, {"crossOrigin": True}),
        ("rp-id", Authenticator("view.localhost", ORIGIN), {}),
        ("up", Authenticator(RP_ID, ORIGIN, flags=UV), {}),
        ("uv", Authenticator(RP_ID, ORIGIN, flags=UP), {}),
        ("signature", Authenticator(RP_ID, ORIGIN, key=STRANGER_KEY), {}),
    ]:
        yield f"assertion-{part}", "assertion", _body(good, key, client), (*_own(), ("part", part))
    back = Authenticator(RP_ID, ORIGIN, count=6)
    yield "count-not-greater", "sign-count", _body(good, back), _own()
    zero = Authenticator(RP_ID, ORIGIN, count=0)
    yield "count-back-to-zero", "sign-count", _body(good, zero), _own()
    yield "ok-count-always-zero", "ok", _body(good, zero), _own(sign_counts={})


def _compact(signer: Signer, head: bytes, payload: dict[str, str]) -> str:
    return jws(signer, head, dump(payload)).rstrip(b"\n").decode()
