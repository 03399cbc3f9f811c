"""What the product says of a vector of the protocols: (code, layer, part), or ("ok", "none", "").

The layer is not guessed from the code: it is the module of ours in which the refusal came up.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from support.nonces import NonceMemory
from support.vectors.judge import Read
from zhilu.encoding import parse_time, unb64u
from zhilu.errors import ZhiluError
from zhilu.protocols import viewing, viewing_after, words
from zhilu.protocols.assertions import check_assertion
from zhilu.protocols.docking_handover import Duty, Own, check_handover
from zhilu.protocols.docking_messages import HandoverRequest, Held, open_hello
from zhilu.protocols.docking_recorder import DockState, Greeting
from zhilu.protocols.httpsig import Digested, verify_request
from zhilu.sealed import envelopes
from zhilu.sealed.keys import load_point, point_bytes
from zhilu.sealed.lines import open_jws
from zhilu.strictjson import loads_object

Verdict = tuple[str, str, str]

LAYERS = {
    "protocols/docking_messages.py": "message",
    "protocols/docking_recorder.py": "greeting",
    "protocols/docking_handover.py": "handover",
    "protocols/words.py": "word",
    "protocols/word_forms.py": "word",
    "protocols/httpsig.py": "request",
    "protocols/assertions.py": "assertion",
    "protocols/viewing.py": "viewing",
    "protocols/viewing_after.py": "viewing",
    "protocols/viewing_fields.py": "viewing",
    "sealed/lines.py": "line",
    "sealed/envelopes.py": "envelope",
}


def judge(vector: Read) -> Verdict:
    try:
        JUDGES[vector["input"]](vector)
    except ZhiluError as error:
        return error.code, _layer(error), str(error.fields.get("part", ""))
    return "ok", "none", ""


def _layer(error: ZhiluError) -> str:
    """The innermost module that stands for a layer; encodings and strict JSON speak for whoever called."""
    names = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    layers = [layer for name in names for end, layer in LAYERS.items() if name.endswith(end)]
    return layers[-1] if layers else "none"


def _same(found: object, wanted: object) -> None:
    assert found == wanted, f"{found} instead of {wanted}"


def _key(vector: Read) -> ec.EllipticCurvePublicKey:
    return load_point(bytes.fromhex(vector["key"]))


def _hello(vector: Read) -> None:
    open_hello(
        vector.body,
        vector["kid"],
        _key(vector),
        station_nonce=bytes.fromhex(vector["station-nonce"]),
        station_tls=vector["station-tls"],
        recorder_tls=vector["recorder-tls"],
    )


def _handover(vector: Read) -> None:
    own = _own(loads_object(vector["own"].encode()))
    state = DockState()
    state.hello(Greeting("the station's certificate", own.station_nonce, own.recorder_nonce, 0.0))
    state.take_greeting("the station's certificate", float(vector.get("age") or 0))
    check_handover(HandoverRequest.from_bytes(vector.body), own)


def _own(got: dict[str, Any]) -> Own:
    return Own(
        bureau=got["bureau"],
        kid=got["kid"],
        station_nonce=unb64u(got["station_nonce"]),
        recorder_nonce=unb64u(got["recorder_nonce"]),
        n=got["n"],
        head=got["head"],
        recordings=tuple(Held.from_json(value) for value in got["recordings"]),
        duty=None if got["assigned"] is None else Duty.from_core(got["assigned"]),
        station_certificate_kid=got["station_certificate_kid"],
        sign_counts={unb64u(name): count for name, count in got["sign_counts"].items()},
    )


def _word(vector: Read) -> None:
    people = loads_object(vector["credentials"].encode())
    words.check_word_request(
        words.WordRequest.from_bytes(vector.body),
        lambda person: {unb64u(name): unb64u(key) for name, key in people.get(person, {}).items()},
        bureau=vector["bureau"],
        station=vector["station"],
        rp_id=vector["rp-id"],
        origin=vector["origin"],
        least=vector["least"],
        now=parse_time(vector["now"]),
    )


def _request(vector: Read) -> None:
    got = loads_object(vector.body)
    kid, nonces = vector["kid"], NonceMemory()
    for seen in got["seen"]:
        assert nonces.take(kid, seen, got["now"] - 1)
    verify_request(
        *(got[name] for name in ("method", "authority", "path", "query", "headers")),
        Digested.of(unb64u(got["body"])),
        keys={kid: _key(vector)}.get,
        now=got["now"],
        nonces=nonces,
    )


def _assertion(vector: Read) -> None:
    check_assertion(
        loads_object(vector.body),
        challenge=bytes.fromhex(vector["challenge"]),
        public_key=bytes.fromhex(vector["public-key"]),
        rp_id=vector["rp-id"],
        origin=vector["origin"],
        last_count=int(vector["last-count"]),
    )


def _grant(vector: Read) -> None:
    payload = open_jws(vector.body.decode(), vector["typ"], vector["kid"], _key(vector))
    _same(viewing.parse_grant(payload).payload(), payload)


def _release(vector: Read) -> None:
    key = ec.derive_private_key(int(vector["secret"], 16), ec.SECP256R1())
    leaf = bytes.fromhex(vector["leaf"])
    share = envelopes.release_open(vector.body, UUID(vector["recording"]), leaf, key)
    _same(share.hex(), vector["share"])


def _viewer_key(vector: Read) -> None:
    point = point_bytes(envelopes.derive_viewer_key(vector.body).public_key())
    _same(point.hex(), vector["point"])
    _same(viewing.viewer_thumbprint(point), vector["thumbprint"])


CHALLENGES: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "viewer-key": lambda a: viewing.viewer_key_challenge(a["credential"], a["point"]),
    "credential": lambda a: viewing.registration_challenge(a["registration"]),
    "credential-revoked": lambda a: viewing.revocation_challenge(a["credential"]),
    "viewing-request": lambda a: viewing.request_challenge(a["request"]),
    "viewing-approval": lambda a: viewing.decision_challenge(a["request"], a["decision"]),
    "release-ask": lambda a: viewing.release_challenge(a["viewing"], a["recording"], a["at_ms"]),
    "viewing-report": lambda a: viewing_after.report_challenge(a["request"], a["report"]),
    "screenshot": lambda a: viewing_after.screenshot_challenge(
        a["viewing"], a["recording"], a["pts_us"], a["picture"].hex(), a["at_ms"]
    ),
    "copy-made": lambda a: viewing_after.copy_challenge(
        a["viewing"],
        a["recording"],
        a["from"],
        a["to"],
        a["recipient"],
        a["package"].hex(),
        a["length"],
        a["at_ms"],
    ),
    "recipient": lambda a: bytes.fromhex(viewing.recipient_digest(a["salt"], a["text"])),
    "report": lambda a: bytes.fromhex(viewing_after.report_digest(a["salt"], a["text"])),
    "reason": lambda a: bytes.fromhex(viewing.reason_digest(a["salt"], a["text"])),
}
PLAIN = {"viewing", "recording", "recipient", "text", "at_ms", "pts_us", "from", "to", "length"}
"""Arguments that stand as they are; all others are bytes in hex."""


def _challenge(vector: Read) -> None:
    got = loads_object(vector.body)
    arguments = {name: value if name in PLAIN else bytes.fromhex(value) for name, value in got.items()}
    name = vector["label"].removeprefix("zhilu/").removesuffix("/v1")
    _same(CHALLENGES[name](arguments).hex(), vector["digest"])


JUDGES: dict[str, Callable[[Read], object]] = {
    "hello": _hello,
    "handover": _handover,
    "word": _word,
    "request": _request,
    "assertion": _assertion,
    "registration": lambda vector: viewing.parse_registration(vector.body),
    "viewing-request": lambda vector: viewing.parse_request(vector.body),
    "report": lambda vector: viewing_after.parse_report(vector.body),
    "decision": lambda vector: viewing.parse_decision(vector.body),
    "challenge": _challenge,
    "viewer-key": _viewer_key,
    "grant": _grant,
    "release": _release,
}
