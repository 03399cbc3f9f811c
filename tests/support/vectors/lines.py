"""Vectors of one line (spec/journal.md §2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support.recordings import dump, fixed_key
from support.vectors.files import Vector, header, jws, key_headers
from zhilu.encoding import b64u, unb64u
from zhilu.sealed.keys import ORDER, SoftSigner
from zhilu.sealed.lines import JOURNAL, LOGBOOK

SIGNER = SoftSigner(fixed_key("recorder"))
OTHER = SoftSigner(fixed_key("another recorder"))
PAYLOAD: dict[str, Any] = {
    "n": 7,
    "prev": "ab" * 32,
    "at": "2026-11-24T10:40:03.123Z",
    "mono_us": 5_000_000,
    "type": "gap",
    "from_us": 1,
    "to_us": 2,
    "reason": "camera",
}
HEAD = header(JOURNAL, SIGNER.kid)
GOOD = jws(SIGNER, HEAD, dump(PAYLOAD))


def vectors() -> Iterator[Vector]:
    for name, expect, body in [*_shapes(), *_headers(), *_signatures(), *_payloads()]:
        layer = "none" if expect == "ok" else "line"
        if expect == "field":
            layer = "journal"
        yield Vector(
            "lines", name, "line", "journal.md §2", expect, layer, body, key_headers(SIGNER, JOURNAL)
        )


def _shapes() -> Iterator[tuple[str, str, bytes]]:
    head, payload, signature = GOOD.rstrip(b"\n").split(b".")
    yield "ok", "ok", GOOD
    yield "ok-longest", "ok", _of_length(65_536)
    yield "too-long", "line-too-long", _of_length(65_540)
    yield "empty", "line-empty", b"\n"
    yield "carriage-return", "line-bytes", GOOD[:-1] + b"\r\n"
    yield "byte-order-mark", "line-bytes", b"\xef\xbb\xbf" + GOOD
    yield "two-parts", "line-shape", head + b"." + payload + b"\n"
    yield "four-parts", "line-shape", GOOD[:-1] + b"." + signature + b"\n"
    yield "padded-signature", "base64", GOOD[:-1] + b"==\n"
    yield "padded-payload", "signature", head + b"." + payload + b"=." + signature + b"\n"
    yield "signed-over-padding", "base64", _signed_text(f"{head.decode()}.{b64u(b'{ }')}=")
    yield "not-canonical", "base64", _signed_text(f"{head.decode()}.{_loose(payload.decode())}")
    yield "standard-base64", "base64", _signed_text(f"{head.decode()}.+/+/")
    yield "space-inside", "base64", GOOD[:-1] + b" \n"
    yield "not-ascii", "base64", GOOD[:-1] + b"\xc3\xa9\n"


def _headers() -> Iterator[tuple[str, str, bytes]]:
    kid = SIGNER.kid
    other_forms = {
        "algorithm-none": f'{{"alg":"none","kid":"{kid}","typ":"{JOURNAL}"}}',
        "algorithm-hs256": f'{{"alg":"HS256","kid":"{kid}","typ":"{JOURNAL}"}}',
        "other-order": f'{{"kid":"{kid}","alg":"ES256","typ":"{JOURNAL}"}}',
        "white-space": f'{{"alg":"ES256", "kid":"{kid}","typ":"{JOURNAL}"}}',
        "member-more": f'{{"alg":"ES256","kid":"{kid}","typ":"{JOURNAL}","crit":[]}}',
        "member-twice": f'{{"alg":"ES256","alg":"ES256","kid":"{kid}","typ":"{JOURNAL}"}}',
        "key-inside": f'{{"alg":"ES256","jwk":{dump(OTHER.jwk).decode()},"kid":"{kid}","typ":"{JOURNAL}"}}',
        "key-by-address": f'{{"alg":"ES256","jku":"https://test.example/k","kid":"{kid}","typ":"{JOURNAL}"}}',
        "certificate-inside": f'{{"alg":"ES256","kid":"{kid}","typ":"{JOURNAL}","x5c":["TUlJQg=="]}}',
        "kid-empty": f'{{"alg":"ES256","kid":"","typ":"{JOURNAL}"}}',
        "not-json": "not json",
    }
    for name, text in other_forms.items():
        yield f"header-{name}", "header", jws(SIGNER, text.encode(), dump(PAYLOAD))
    yield "header-other-typ", "header", jws(SIGNER, header(LOGBOOK, kid), dump(PAYLOAD))
    yield "header-unknown-typ", "header", jws(SIGNER, header("JWT", kid), dump(PAYLOAD))
    yield "foreign-kid", "foreign-kid", jws(OTHER, header(JOURNAL, OTHER.kid), dump(PAYLOAD))


def _signatures() -> Iterator[tuple[str, str, bytes]]:
    signed, _, encoded = GOOD.rstrip(b"\n").rpartition(b".")
    signature = unb64u(encoded.decode())
    r, s = signature[:32], int.from_bytes(signature[32:], "big")
    forms = [
        ("high-s", "high-s", r + (ORDER - s).to_bytes(32, "big")),
        ("s-zero", "high-s", r + bytes(32)),
        (
            "s-beyond-order",
            "high-s",
            r + (s + ORDER).to_bytes(32, "big") if s + ORDER < 2**256 else r + b"\xff" * 32,
        ),
        ("r-zero", "signature", bytes(32) + signature[32:]),
        ("signature-altered", "signature", bytes([signature[0] ^ 1]) + signature[1:]),
        ("signature-short", "signature", signature[:63]),
        ("signature-long", "signature", signature + b"\x00"),
        ("signature-empty", "signature", b""),
    ]
    for name, code, value in forms:
        yield name, code, signed + b"." + b64u(value).encode() + b"\n"
    yield "signed-by-another", "signature", jws(OTHER, HEAD, dump(PAYLOAD))
    other = jws(SIGNER, HEAD, dump(PAYLOAD | {"n": 8})).rstrip(b"\n").split(b".")
    yield "signature-of-another-line", "signature", signed + b"." + other[2] + b"\n"
    yield "payload-of-another-line", "signature", b".".join([other[0], other[1], encoded]) + b"\n"


def _payloads() -> Iterator[tuple[str, str, bytes]]:
    for name, code, text in [
        ("payload-empty", "json", b""),
        ("payload-array", "json", b"[]"),
        ("payload-key-twice", "json", dump(PAYLOAD)[:-1] + b',"n":7}'),
        ("payload-float", "json", dump(PAYLOAD).replace(b'"n":7', b'"n":7.0')),
        ("payload-nan", "json", dump(PAYLOAD).replace(b'"n":7', b'"n":NaN')),
        ("payload-byte-order-mark", "json", b"\xef\xbb\xbf" + dump(PAYLOAD)),
        ("payload-not-utf8", "json", dump(PAYLOAD).replace(b"camera", b"\xff")),
        ("ok-unknown-field", "ok", dump(PAYLOAD | {"later": [1, None]})),
        ("ok-white-space", "ok", dump(PAYLOAD).replace(b",", b" , ")),
    ]:
        yield name, code, jws(SIGNER, HEAD, text)
    for name, changed in [
        ("n-missing", _without("n")),
        ("n-negative", PAYLOAD | {"n": -1}),
        ("n-boolean", PAYLOAD | {"n": True}),
        ("n-text", PAYLOAD | {"n": "7"}),
        ("prev-missing", _without("prev")),
        ("prev-capitals", PAYLOAD | {"prev": "AB" * 32}),
        ("prev-short", PAYLOAD | {"prev": "ab" * 31}),
        ("at-missing", _without("at")),
        ("at-without-milliseconds", PAYLOAD | {"at": "2026-11-24T10:40:03Z"}),
        ("at-with-offset", PAYLOAD | {"at": "2026-11-24T18:40:03.123+08:00"}),
        ("mono-missing", _without("mono_us")),
        ("mono-negative", PAYLOAD | {"mono_us": -1}),
        ("type-missing", _without("type")),
        ("type-number", PAYLOAD | {"type": 1}),
    ]:
        yield f"field-{name}", "field", jws(SIGNER, HEAD, dump(changed))


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in PAYLOAD.items() if key != name}


def _of_length(length: int) -> bytes:
    """A good line of about `length` bytes, LF included: the longest not above it."""
    low, high = 0, length
    while low < high:
        middle = (low + high + 1) // 2
        size = len(jws(SIGNER, HEAD, dump(PAYLOAD | {"x": "x" * middle})))
        low, high = (middle, high) if size <= length else (low, middle - 1)
    return jws(SIGNER, HEAD, dump(PAYLOAD | {"x": "x" * low}))


def _signed_text(text: str) -> bytes:
    """Signed as it stands, though it is no base64url of ours."""
    return f"{text}.{b64u(SIGNER.sign(text.encode()))}\n".encode()


def _loose(text: str) -> str:
    """The same bytes with an unused bit set, where there is one."""
    text = b64u(dump(PAYLOAD | {"x": ""})) if len(text) % 4 == 0 else text
    text = b64u(dump(PAYLOAD | {"x": "x"})) if len(text) % 4 == 0 else text
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]
