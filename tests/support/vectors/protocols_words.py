"""Vectors of words (docking.md §8): what leaves a station's page for the county."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from types import EllipsisType
from typing import Any

from support.recordings import OFFICER, RECORDING, dump, fixed_bytes, fixed_key
from support.vectors.files import Vector, header, jws
from support.vectors.protocols_keys import (
    AT,
    BUREAU,
    CREDENTIAL,
    OFFICER_KEY,
    OTHER,
    RECORDER,
    STATION,
    Authenticator,
    cose,
    vector,
    without,
)
from zhilu.encoding import b64u
from zhilu.sealed.keys import Signer, thumbprint
from zhilu.strictjson import loads_object

__all__ = ["AT", "KEEPER", "KEYS", "OTHER", "RECORDER", "STATION", "request", "thumbprint", "touch"]

RP_ID, ORIGIN = "dock.localhost", "http://s1.dock.localhost:8620"
TYP = "zhilu-word"
KEEPER = "01a20d47-02d2-72d6-bcb7-00000000000b"
ACT = "01a20d47-02d2-72d6-bcb7-0000000000ac"
KEEPERS_CREDENTIAL, KEEPERS_KEY = fixed_bytes("keeper's credential"), fixed_key("keeper security key")
KEYS = {OFFICER: {CREDENTIAL: cose(OFFICER_KEY)}, KEEPER: {KEEPERS_CREDENTIAL: cose(KEEPERS_KEY)}}
TOUCH = {
    OFFICER: Authenticator(RP_ID, ORIGIN),
    KEEPER: Authenticator(RP_ID, ORIGIN, key=KEEPERS_KEY, credential=KEEPERS_CREDENTIAL),
}

COMMON: dict[str, Any] = {
    "bureau": BUREAU,
    "station": STATION.kid,
    "persons": [OFFICER],
    "nonce": b64u(fixed_bytes("word nonce")[:16]),
    "at": AT,
}
SPAN = {"recording": str(RECORDING), "from_us": 0, "to_us": 60_000_000}
THE_ACT: dict[str, Any] = {
    "act": ACT,
    "procedure": "ZS-01",
    "officers": [OFFICER, KEEPER],
    "taxpayer": "巨鹿县某店",
    "spans": [SPAN],
    "elements": {"time": "2026-11-24", "place": "县城"},
}
STATEMENT = {"kind": "statement", **COMMON, "handover": "ab" * 32, "acts": [THE_ACT]}
ASSIGNMENT = {
    "kind": "assignment",
    **COMMON,
    "persons": [KEEPER],
    "recorder": RECORDER.kid,
    "bay": 3,
    "officer": OFFICER,
    "drill": False,
    "deputy": True,
    "reason_code": "absent",
}
FINGER = {
    "kind": "finger",
    **COMMON,
    "persons": [KEEPER, OFFICER],
    "subject": OFFICER,
    "finger": "right-index-finger",
}


def digest(word: bytes) -> bytes:
    """W, written from docking.md §8 and apart from the product."""
    return hashlib.sha256(b"zhilu/word/v1\0" + word).digest()


def touch(person: str, word: bytes, **client: object) -> dict[str, str]:
    return TOUCH[person](digest(word), **client)


def request(
    word: bytes,
    *,
    checks: Sequence[str] = ("key", "key"),
    assertions: Sequence[dict[str, str] | EllipsisType | None] = (..., ...),
    signers: int = 2,
    station: Signer = STATION,
    said: dict[str, Any] | None = None,
    typ: str = TYP,
) -> bytes:
    """The request around these bytes, everything else true: `...` is each person's own assertion, `signers`
    how many of the word's persons sign, `said` what the station's signature covers."""
    persons = json.loads(word)["persons"][:signers]
    signed = [
        {
            "person": person,
            "check": check,
            "assertion": touch(person, word) if isinstance(given, EllipsisType) else given,
        }
        for person, check, given in zip(persons, checks, assertions, strict=False)
    ]
    covered = {"word": digest(word).hex(), "checks": [one["check"] for one in signed]} | (said or {})
    line = jws(station, header(typ, station.kid), dump(covered)).rstrip(b"\n").decode()
    return dump({"word": b64u(word), "station": line, "station_jwk": station.jwk, "signers": signed})


Case = tuple[str, str, bytes, dict[str, str]]


def vectors() -> Iterator[Vector]:
    place = {"bureau": BUREAU, "station": STATION.kid, "rp-id": RP_ID, "origin": ORIGIN, "least": "key"}
    people = {person: {b64u(name): b64u(key) for name, key in keys.items()} for person, keys in KEYS.items()}
    fixed = {"now": AT, "credentials": dump(people).decode()}
    for name, expect, body, headers in [*_holding(), *_forms(), *_stations(), *_signers()]:
        layer = "assertion" if expect == "assertion" else "word"
        layer = "handover" if name.startswith("check-") else layer
        told = tuple((place | fixed | headers).items())
        yield vector("docking", f"word-{name}", "word", "docking.md §8", expect, layer, body, told)


def _holding() -> Iterator[Case]:
    yield "ok-statement", "ok", request(dump(STATEMENT)), {}
    yield "ok-statement-that-waited", "ok", request(dump(STATEMENT)), {"now": "2026-12-24T10:40:03.123Z"}
    finger = request(dump(STATEMENT), checks=["fprintd"], assertions=[None])
    yield "ok-statement-by-finger", "ok", finger, {"least": "fprintd"}
    yield "ok-assignment", "ok", request(dump(ASSIGNMENT)), {}
    yield "ok-finger", "ok", request(dump(FINGER)), {}
    yield "ok-unknown-field", "ok", request(dump(STATEMENT | {"later": 1})), {}
    yield "assignment-held-back", "word-old", request(dump(ASSIGNMENT)), {"now": "2026-11-24T11:40:03.124Z"}
    yield "finger-from-tomorrow", "word-old", request(dump(FINGER)), {"now": "2026-11-24T10:35:03.122Z"}


def _forms() -> Iterator[Case]:
    for name, word, changed in [
        ("other-kind", STATEMENT, {"kind": "speech"}),
        ("other-bureau", STATEMENT, {"bureau": "another"}),
        ("other-station", STATEMENT, {"station": OTHER.kid}),
        ("nonce-short", STATEMENT, {"nonce": b64u(bytes(15))}),
        ("act-twice", STATEMENT, {"acts": [THE_ACT, THE_ACT]}),
        ("act-of-others", STATEMENT, {"acts": [THE_ACT | {"officers": [KEEPER]}]}),
        ("act-no-v7", STATEMENT, {"acts": [THE_ACT | {"act": ACT.replace("-72d6-", "-42d6-")}]}),
        ("element-eighth", STATEMENT, {"acts": [THE_ACT | {"elements": {"weather": "x"}}]}),
        ("element-blank", STATEMENT, {"acts": [THE_ACT | {"elements": {"time": " "}}]}),
        ("text-control", STATEMENT, {"acts": [THE_ACT | {"taxpayer": "a\u0000"}]}),
        ("span-backwards", STATEMENT, {"acts": [THE_ACT | {"spans": [SPAN | {"to_us": 0}]}]}),
        ("deputy-without-reason", ASSIGNMENT, {"reason_code": None}),
        ("reason-without-deputy", ASSIGNMENT, {"deputy": False}),
        ("one-person-twice", FINGER, {"persons": [KEEPER, KEEPER]}),
        ("finger-eleventh", FINGER, {"finger": "right-toe"}),
    ]:
        yield name, "word", request(dump(word | changed)), {}
    good = request(dump(STATEMENT))
    yield "key-twice", "word", request(dump(STATEMENT)[:-1] + b',"kind":"finger"}'), {}
    yield "not-canonical", "word", good.replace(b'","station":', b'=","station":', 1), {}
    yield "without-signers", "word", dump(without(loads_object(good), "signers")), {}


def _stations() -> Iterator[Case]:
    word = dump(STATEMENT)
    for name, body in [
        ("station-signed-other", request(word, said={"word": digest(word + b" ").hex()})),
        ("station-signed-other-check", request(word, said={"checks": ["fprintd+key"]})),
        ("station-signed-more-checks", request(word, said={"checks": ["key", "key"]})),
        ("station-brought-key", request(word, station=OTHER)),
        ("station-other-typ", request(word, typ="zhilu-handover")),
        ("station-no-key", dump(loads_object(request(word)) | {"station_jwk": {}})),
    ]:
        yield name, "station-signature", body, {}


def _signers() -> Iterator[Case]:
    word, finger = dump(STATEMENT), dump(FINGER)
    yield "persons-one-of-two", "persons", request(finger, signers=1), {}
    turned = loads_object(request(finger))
    yield "persons-turned", "persons", dump(turned | {"signers": turned["signers"][::-1]}), {}
    yield "check-below-policy", "officer-check", request(word), {"least": "fprintd+key"}
    alone = request(finger, checks=["key", "fprintd"], assertions=[..., None])
    yield "check-finger-for-a-keeper", "officer-check", alone, {"least": "fprintd"}
    yield "check-key-without-assertion", "officer-check", request(word, assertions=[None]), {}
    yield "check-fprintd-with-assertion", "officer-check", request(word, checks=["fprintd"]), WEAK
    yield "credential-of-another", "credential", request(word, assertions=[touch(KEEPER, word)]), {}
    shared = {person: {b64u(CREDENTIAL): b64u(cose(OFFICER_KEY))} for person in KEYS}
    once = [touch(OFFICER, finger)] * 2
    told = {"credentials": dump(shared).decode()}
    yield "credential-shared", "credential", request(finger, assertions=once), told
    for name, part, given in [
        ("of-another-word", "challenge", touch(OFFICER, word + b" ")),
        ("at-another-page", "origin", touch(OFFICER, word, origin="http://s2.dock.localhost:8620")),
        ("made-up", "signature", touch(OFFICER, word) | {"signature": touch(KEEPER, word)["signature"]}),
    ]:
        yield f"assertion-{name}", "assertion", request(word, assertions=[given]), {"part": part}


WEAK = {"least": "fprintd"}
