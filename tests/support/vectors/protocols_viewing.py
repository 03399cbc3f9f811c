"""Vectors of viewing: assertions, what persons sign, challenges, grants, releases (viewing.md §2-§5).

The expected digests are composed here from the formulas of the page, apart from the product.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

from support.recordings import RECORDING, dump, fixed_bytes, fixed_id, fixed_key
from support.vectors.files import Vector, header, jws, key_headers
from support.vectors.hpke import FixedHpke
from support.vectors.protocols_keys import (
    BUREAU,
    CREDENTIAL,
    KEYHOLDER,
    OFFICER_KEY,
    OTHER,
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
from zhilu.sealed.envelopes import derive_key_pair
from zhilu.sealed.keys import point_bytes, public_jwk

VIEWING, PERSON, APPROVER = str(fixed_id("viewing")), "p-017", "p-002"
RP_ID, ORIGIN = "view.localhost", "http://julu.view.localhost:8640"
PRF_OUTPUT = fixed_bytes("prf output")
VIEWER_KEY = derive_key_pair(PRF_OUTPUT)
POINT = point_bytes(VIEWER_KEY.public_key())
OFF_CURVE = b64u(b"\x04" + bytes(64))
SALT, REASON = fixed_bytes("reason salt"), "复核 2026-11-24 的现场执法"
RECIPIENT, REPORTED = "巨鹿县人民法院", "现场已核实，未复制"
PICTURE, PTS_US, LENGTH = hashlib.sha256(b"TEST picture").hexdigest(), 12_345_678, 4_567_890
ASKED_MS = 1_795_516_803_123


def h(label: str, *parts: bytes) -> bytes:
    return hashlib.sha256(b"\0".join((label.encode(), b"")) + b"".join(parts)).digest()


def thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    """RFC 7638, written out."""
    jwk = public_jwk(key)
    text = f'{{"crv":"P-256","kty":"EC","x":"{jwk["x"]}","y":"{jwk["y"]}"}}'
    return b64u(hashlib.sha256(text.encode()).digest())


REGISTRATION: dict[str, Any] = {
    "person": str(fixed_id("person")),
    "credential": b64u(CREDENTIAL),
    "public_key": b64u(cose(OFFICER_KEY)),
    "viewer_key": b64u(POINT),
    "roles": ["viewer"],
}
REQUEST: dict[str, Any] = {
    "viewing": VIEWING,
    "bureau": BUREAU,
    "viewer": PERSON,
    "kind": "view",
    "recordings": [{"id": str(RECORDING), "from": 1, "to": 3}],
    "purpose": "review",
    "reason": h("zhilu/reason/v1", SALT, REASON.encode()).hex(),
    "viewer_key": thumbprint(VIEWER_KEY.public_key()),
    "requested": "2026-11-24T10:40:03.123Z",
    "expires": "2026-11-25T10:40:03.123Z",
}
COPY: dict[str, Any] = REQUEST | {
    "kind": "copy",
    "purpose": "court",
    "recipient": {"key": b64u(POINT), "name": h("zhilu/recipient/v1", SALT, RECIPIENT.encode()).hex()},
}
URGENT: dict[str, Any] = REQUEST | {"kind": "urgent", "purpose": "case"}
CITY: dict[str, Any] = REQUEST | {"kind": "city"}
REPORT: dict[str, Any] = {
    "viewing": VIEWING,
    "text": h("zhilu/report/v1", SALT, REPORTED.encode()).hex(),
    "reported": "2026-11-25T08:00:00.000Z",
}
DECISION: dict[str, Any] = {
    "viewing": VIEWING,
    "approver": APPROVER,
    "decision": "approve",
    "decided": "2026-11-24T11:00:00.000Z",
    "expires": "2026-11-25T10:40:03.123Z",
}
GRANT: dict[str, Any] = {
    "viewing": VIEWING,
    "recording": str(RECORDING),
    "from": 1,
    "to": 3,
    "expires": "2026-11-24T14:40:03.123Z",
}


def vectors() -> Iterator[Vector]:
    yield from _assertions()
    yield from _objects("registration", "viewing.md §2", REGISTRATION, _registrations())
    yield from _objects("request", "viewing.md §4", REQUEST, _requests(), "viewing-request")
    for kind, good in (("copy", COPY), ("urgent", URGENT), ("city", CITY)):
        name = f"request-ok-{kind}"
        yield vector("viewing", name, "viewing-request", "viewing.md §4", "ok", "viewing", dump(good), ())
    yield from _objects("report", "viewing.md §4", REPORT, _reports())
    yield from _objects("decision", "viewing.md §4", DECISION, _decisions())
    yield from _challenges()
    yield from _grants()
    yield from _releases()


def _assertions() -> Iterator[Vector]:
    challenge = h("zhilu/viewing-request/v1", dump(REQUEST))
    for name, last, assertion in _asserted(challenge):
        # The name of a failing one begins with the failing part; a counter has a code of its own.
        part = name.partition(".")[0]
        expect = part if part in ("ok", "sign-count") else "assertion"
        headers: Headers = (
            ("challenge", challenge.hex()),
            ("public-key", cose(OFFICER_KEY).hex()),
            ("rp-id", RP_ID),
            ("origin", ORIGIN),
            ("last-count", str(last)),
        )
        headers += (("part", part),) if expect == "assertion" else ()
        name = f"assertion-{name.replace('.', '-')}"
        yield vector(
            "viewing", name, "assertion", "viewing.md §3", expect, "assertion", dump(assertion), headers
        )


def _asserted(challenge: bytes) -> Iterator[tuple[str, int, dict[str, str]]]:
    key = Authenticator(RP_ID, ORIGIN)
    good = key(challenge)
    prf = encode_cbor({"hmac-secret": b"x" * 48})
    yield "ok", 6, good
    yield "ok.no-cross-origin-member", 6, key(challenge, crossOrigin=None)
    yield "ok.extension-output", 6, replace(key, flags=UP | UV | 0x80, tail=prf)(challenge)
    yield "ok.count-always-zero", 0, replace(key, count=0)(challenge)
    yield "form.padding", 6, good | {"signature": good["signature"] + "="}
    yield "form.member-missing", 6, without(good, "signature")
    yield "client-data.key-twice", 6, _client(key, challenge)
    yield "client-data.no-challenge", 6, key(challenge, challenge=None)
    yield "type", 6, key(challenge, type="webauthn.create")
    yield "challenge.other", 6, key(h("zhilu/viewing-approval/v1", dump(REQUEST)))
    yield "challenge.padded", 6, key(challenge, challenge=b64u(challenge) + "=")
    yield "origin.other", 6, key(challenge, origin="http://julu.localhost:8600")
    yield "origin.with-slash", 6, key(challenge, origin=ORIGIN + "/")
    yield "cross-origin", 6, key(challenge, crossOrigin=True)
    yield "cross-origin.top-origin", 6, key(challenge, topOrigin="http://evil.localhost")
    yield "authenticator-data.trailing", 6, replace(key, tail=b"\0")(challenge)
    yield "rp-id", 6, replace(key, rp_id="dock.localhost")(challenge)
    yield "up", 6, replace(key, flags=UV)(challenge)
    yield "uv", 6, replace(key, flags=UP)(challenge)
    yield "signature.by-another", 6, replace(key, key=STRANGER_KEY)(challenge)
    altered = bytearray(unb64u(good["authenticator_data"]))
    altered[36] ^= 1
    yield "signature.count-altered", 6, good | {"authenticator_data": b64u(bytes(altered))}
    yield "sign-count.same", 7, good
    yield "sign-count.back", 8, good
    yield "sign-count.back-to-zero", 6, replace(key, count=0)(challenge)


def _client(key: Authenticator, challenge: bytes) -> dict[str, str]:
    """Client data with one key twice, truly signed."""
    text = unb64u(key(challenge)["client_data_json"])
    return key.over(text[:-1] + b',"type":"webauthn.get"}')


Changed = tuple[str, str, bytes]


def _objects(
    code: str, spec: str, good: dict[str, Any], bad: Iterator[Changed], input_: str | None = None
) -> Iterator[Vector]:
    """`code` is the object's name: the vectors' names begin with it, refusals carry it as their code."""
    kind = input_ or code
    yield vector("viewing", f"{code}-ok", kind, spec, "ok", "viewing", dump(good), ())
    more = dump(good | {"later": [1]})
    yield vector("viewing", f"{code}-ok-unknown-field", kind, spec, "ok", "viewing", more, ())
    for name, part, body in [*bad, *_not_json(good)]:
        yield vector("viewing", f"{code}-{name}", kind, spec, code, "viewing", body, (("part", part),))


def _not_json(good: dict[str, Any]) -> Iterator[Changed]:
    text = dump(good)
    first = next(iter(good))
    yield "key-twice", "json", text[:-1] + b',"' + first.encode() + b'":"x"}'
    yield "float", "json", text[:-1] + b',"later":1.0}'
    yield "array", "json", b"[]"


def _registrations() -> Iterator[Changed]:
    for name, part, changed in [
        ("person-with-space", "person", {"person": "p 017"}),
        ("person-no-id", "person", {"person": PERSON}),
        ("credential-short", "credential", {"credential": b64u(CREDENTIAL[:15])}),
        ("public-key-empty", "public_key", {"public_key": ""}),
        ("viewer-key-short", "viewer_key", {"viewer_key": b64u(POINT[:64])}),
        ("viewer-key-off-curve", "viewer_key", {"viewer_key": OFF_CURVE}),
        ("roles-empty", "roles", {"roles": []}),
        ("roles-twice", "roles", {"roles": ["viewer", "viewer"]}),
        ("roles-of-both-bureaus", "roles", {"roles": ["viewer", "city-viewer"]}),
        ("roles-unknown", "roles", {"roles": ["viewer", "administrator"]}),
    ]:
        yield name, part, dump(REGISTRATION | changed)


def _requests() -> Iterator[Changed]:
    (span,) = REQUEST["recordings"]
    many = [span | {"id": str(fixed_id(f"recording {n}"))} for n in range(65)]
    for name, part, changed in [
        ("viewing-capitals", "viewing", {"viewing": VIEWING.upper()}),
        ("recordings-none", "recordings", {"recordings": []}),
        ("recordings-65", "recordings", {"recordings": many}),
        ("recording-twice", "recordings", {"recordings": [span, span | {"from": 3}]}),
        ("span-backwards", "to", {"recordings": [span | {"from": 3, "to": 1}]}),
        ("span-negative", "from", {"recordings": [span | {"from": -1}]}),
        ("purpose-unknown", "purpose", {"purpose": "curiosity"}),
        ("reason-in-clear", "reason", {"reason": "because"}),
        ("viewer-key-missing", "viewer_key", {"viewer_key": None}),
        ("time-without-milliseconds", "requested", {"requested": "2026-11-24T10:40:03Z"}),
        ("kind-missing", "kind", {"kind": None}),
        ("kind-unknown", "kind", {"kind": "download"}),
        ("longer-than-7-days", "expires", {"expires": "2026-12-01T10:40:03.124Z"}),
        ("urgent-longer-than-a-day", "expires", URGENT | {"expires": "2026-11-25T10:40:03.124Z"}),
        ("city-for-an-outsider", "purpose", CITY | {"purpose": "court"}),
        ("urgent-for-an-outsider", "purpose", URGENT | {"purpose": "taxpayer-request"}),
        ("copy-without-recipient", "recipient", {"kind": "copy"}),
        ("view-with-recipient", "recipient", COPY | {"kind": "view"}),
        ("recipient-no-object", "object", COPY | {"recipient": RECIPIENT}),
        ("recipient-in-clear", "name", COPY | {"recipient": COPY["recipient"] | {"name": RECIPIENT}}),
        ("recipient-off-curve", "key", COPY | {"recipient": COPY["recipient"] | {"key": OFF_CURVE}}),
        ("expires-at-once", "expires", {"expires": REQUEST["requested"]}),
    ]:
        yield name, part, dump(REQUEST | changed)


def _reports() -> Iterator[Changed]:
    for name, part, changed in [
        ("viewing-missing", "viewing", {"viewing": None}),
        ("text-in-clear", "text", {"text": REPORTED}),
        ("reported-number", "reported", {"reported": 1}),
    ]:
        yield name, part, dump(REPORT | changed)


def _decisions() -> Iterator[Changed]:
    for name, part, changed in [
        ("neither", "decision", {"decision": "maybe"}),
        ("approver-missing", "approver", {"approver": None}),
        ("decided-with-offset", "decided", {"decided": "2026-11-24T19:00:00.000+08:00"}),
        ("viewing-in-braces", "viewing", {"viewing": "{" + VIEWING + "}"}),
    ]:
        yield name, part, dump(DECISION | changed)


def _challenges() -> Iterator[Vector]:
    request, decision, registration = dump(REQUEST), dump(DECISION), dump(REGISTRATION)
    size = len(CREDENTIAL).to_bytes(2, "big")
    ids = UUID(VIEWING).bytes + RECORDING.bytes
    hashed = hashlib.sha256(request).digest()
    cases: list[tuple[str, bytes, dict[str, Any]]] = [
        ("viewer-key", size + CREDENTIAL + POINT, {"credential": CREDENTIAL.hex(), "point": POINT.hex()}),
        ("credential", registration, {"registration": registration.hex()}),
        ("credential-revoked", CREDENTIAL, {"credential": CREDENTIAL.hex()}),
        ("viewing-request", request, {"request": request.hex()}),
        ("viewing-approval", hashed + decision, {"request": request.hex(), "decision": decision.hex()}),
        (
            "release-ask",
            ids + ASKED_MS.to_bytes(8, "big"),
            {"viewing": VIEWING, "recording": str(RECORDING), "at_ms": ASKED_MS},
        ),
        (
            "viewing-report",
            hashed + dump(REPORT),
            {"request": request.hex(), "report": dump(REPORT).hex()},
        ),
        (
            "screenshot",
            ids + PTS_US.to_bytes(8, "big") + bytes.fromhex(PICTURE) + ASKED_MS.to_bytes(8, "big"),
            {
                "viewing": VIEWING,
                "recording": str(RECORDING),
                "pts_us": PTS_US,
                "picture": PICTURE,
                "at_ms": ASKED_MS,
            },
        ),
        (
            "copy-made",
            ids
            + bytes.fromhex("0000000100000003")
            + unb64u(thumbprint(VIEWER_KEY.public_key()))
            + bytes.fromhex(PICTURE)
            + LENGTH.to_bytes(8, "big")
            + ASKED_MS.to_bytes(8, "big"),
            {
                "viewing": VIEWING,
                "recording": str(RECORDING),
                "from": 1,
                "to": 3,
                "recipient": thumbprint(VIEWER_KEY.public_key()),
                "package": PICTURE,
                "length": LENGTH,
                "at_ms": ASKED_MS,
            },
        ),
        ("recipient", SALT + RECIPIENT.encode(), {"salt": SALT.hex(), "text": RECIPIENT}),
        ("report", SALT + REPORTED.encode(), {"salt": SALT.hex(), "text": REPORTED}),
        ("reason", SALT + REASON.encode(), {"salt": SALT.hex(), "text": REASON}),
    ]
    for name, bytes_, arguments in cases:
        label = f"zhilu/{name}/v1"
        headers = (("label", label), ("digest", h(label, bytes_).hex()))
        yield vector(
            "viewing",
            f"challenge-{name}",
            "challenge",
            "viewing.md §2, §4, §5, §7",
            "ok",
            "none",
            dump(arguments),
            headers,
        )
    point = (("point", POINT.hex()), ("thumbprint", thumbprint(VIEWER_KEY.public_key())))
    yield vector("viewing", "viewer-key-ok", "viewer-key", "viewing.md §2", "ok", "none", PRF_OUTPUT, point)


def _grants() -> Iterator[Vector]:
    typ, kid = "zhilu-grant", KEYHOLDER.kid
    head, good = header(typ, kid), dump(GRANT)
    true = _compact(jws(KEYHOLDER, head, good))
    signed, _, text = true.rpartition(b".")
    keys = key_headers(KEYHOLDER, typ)
    for name, expect, body in [
        ("ok", "ok", true),
        ("other-typ", "header", _compact(jws(KEYHOLDER, header("zhilu-handover", kid), good))),
        ("foreign-kid", "foreign-kid", _compact(jws(OTHER, header(typ, OTHER.kid), good))),
        ("signed-by-another", "signature", _compact(jws(OTHER, head, good))),
        ("high-s", "high-s", signed + b"." + b64u(high_s(unb64u(text.decode()))).encode()),
    ]:
        yield vector("viewing", f"grant-{name}", "grant", "viewing.md §5", expect, "line", body, keys)
    for name, part, changed in [
        ("without-to", "to", without(GRANT, "to")),
        ("recording-no-id", "recording", GRANT | {"recording": "*"}),
        ("expires-number", "expires", GRANT | {"expires": 1}),
    ]:
        body, headers = _compact(jws(KEYHOLDER, head, dump(changed))), (*keys, ("part", part))
        yield vector("viewing", f"grant-{name}", "grant", "viewing.md §5", "grant", "viewing", body, headers)


def _compact(line: bytes) -> bytes:
    return line.rstrip(b"\n")


def _releases() -> Iterator[Vector]:
    leaf = dump({"TEST leaf of": "key-released/1"})
    share = fixed_bytes("share 1")
    info = b"zhilu/release/v1\0" + RECORDING.bytes + hashlib.sha256(leaf).digest()
    sealed = FixedHpke().encrypt(share, VIEWER_KEY.public_key(), info)
    other_id, stranger = str(fixed_id("another recording")), fixed_key("another viewer")
    for name, expect, id_, of_leaf, key, body in [
        ("ok", "ok", str(RECORDING), leaf, VIEWER_KEY, sealed),
        ("other-recording", "envelope", other_id, leaf, VIEWER_KEY, sealed),
        ("other-leaf", "envelope", str(RECORDING), leaf + b" ", VIEWER_KEY, sealed),
        ("other-viewer", "envelope", str(RECORDING), leaf, stranger, sealed),
        ("altered", "envelope", str(RECORDING), leaf, VIEWER_KEY, sealed[:-1] + bytes([sealed[-1] ^ 1])),
        ("cut", "envelope", str(RECORDING), leaf, VIEWER_KEY, sealed[:-1]),
    ]:
        headers = (
            ("secret", f"{key.private_numbers().private_value:064x}"),
            ("recording", id_),
            ("leaf", of_leaf.hex()),
            ("share", share.hex()),
        )
        yield vector(
            "viewing", f"release-{name}", "release", "viewing.md §5", expect, "envelope", body, headers
        )
