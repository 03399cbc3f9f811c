"""Every part of an assertion that can be wrong, one at a time (spec/viewing.md §3)."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn import verify_authentication_response
from webauthn.helpers import encode_cbor

from zhilu.encoding import b64u, sha256
from zhilu.errors import DataError
from zhilu.protocols.assertions import check_assertion

RP_ID = "dock.localhost"
ORIGIN = "http://s1.dock.localhost:8620"
CHALLENGE = sha256(b"challenge")
UP, UV, ED = 0x01, 0x04, 0x80


def cose(key: ec.EllipticCurvePublicKey, **changed: object) -> bytes:
    numbers = key.public_numbers()
    fields = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
    return encode_cbor({**fields, **{int(name[1:]): value for name, value in changed.items()}})


@dataclass
class Maker:
    """Makes assertions as an authenticator does, any part of it changed on demand, signature still true."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    rp_id: str = RP_ID
    flags: int = UP | UV
    count: int = 7
    tail: bytes = b""
    client: dict[str, Any] = field(default_factory=dict)
    client_bytes: bytes | None = None

    def __call__(self) -> dict[str, str]:
        data = sha256(self.rp_id.encode()) + bytes([self.flags]) + struct.pack(">I", self.count) + self.tail
        client = {
            "type": "webauthn.get",
            "challenge": b64u(CHALLENGE),
            "origin": ORIGIN,
            "crossOrigin": False,
        }
        merged = {name: value for name, value in {**client, **self.client}.items() if value is not None}
        client_bytes = self.client_bytes or json.dumps(merged).encode()
        signature = self.key.sign(data + sha256(client_bytes), ec.ECDSA(SHA256()))
        parts = {
            "id": b"c" * 16,
            "authenticator_data": data,
            "client_data_json": client_bytes,
            "signature": signature,
        }
        return {name: b64u(value) for name, value in parts.items()}

    def check(self, assertion: dict[str, Any] | None = None, last_count: int = 0, **changed: Any) -> int:
        arguments: dict[str, Any] = {"challenge": CHALLENGE, "rp_id": RP_ID, "origin": ORIGIN}
        arguments["public_key"] = cose(self.key.public_key())
        return check_assertion(assertion or self(), last_count=last_count, **{**arguments, **changed})


def refused(call: Any, *args: Any, **kwargs: Any) -> tuple[str, object]:
    with pytest.raises(DataError) as caught:
        call(*args, **kwargs)
    return caught.value.code, caught.value.fields.get("part")


def test_a_true_assertion_gives_its_count_and_the_library_agrees() -> None:
    maker = Maker()
    assertion = maker()
    assert maker.check(assertion, last_count=6) == 7
    names = {
        "authenticatorData": "authenticator_data",
        "clientDataJSON": "client_data_json",
        "signature": "signature",
    }
    verified = verify_authentication_response(
        credential={
            "id": assertion["id"],
            "rawId": assertion["id"],
            "type": "public-key",
            "response": {theirs: assertion[ours] for theirs, ours in names.items()},
        },
        expected_challenge=CHALLENGE,
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
        credential_public_key=cose(maker.key.public_key()),
        credential_current_sign_count=6,
        require_user_verification=True,
    )
    assert verified.new_sign_count == 7


def test_extension_output_such_as_prf_is_allowed() -> None:
    assert Maker(flags=UP | UV | ED, tail=encode_cbor({"hmac-secret": b"x" * 48})).check() == 7


def test_cross_origin_may_be_absent() -> None:
    assert Maker(client={"crossOrigin": None}).check() == 7


@pytest.mark.parametrize(
    ("part", "maker"),
    [
        ("type", Maker(client={"type": "webauthn.create"})),
        ("challenge", Maker(client={"challenge": b64u(sha256(b"another"))})),
        ("challenge", Maker(client={"challenge": b64u(CHALLENGE) + "="})),
        ("origin", Maker(client={"origin": "http://s2.dock.localhost:8620"})),
        ("origin", Maker(client={"origin": ORIGIN + "/"})),
        ("cross-origin", Maker(client={"crossOrigin": True})),
        ("cross-origin", Maker(client={"crossOrigin": 0})),
        ("cross-origin", Maker(client={"topOrigin": "http://evil.localhost"})),
        ("client-data", Maker(client={"challenge": None})),
        ("client-data", Maker(client={"type": 7})),
        ("client-data", Maker(client_bytes=b'{"type":"webauthn.get","type":"webauthn.get"}')),
        ("client-data", Maker(client_bytes=b"[]")),
        ("client-data", Maker(client_bytes=b"\xef\xbb\xbf{}")),
        ("rp-id", Maker(rp_id="view.localhost")),
        ("up", Maker(flags=UV)),
        ("uv", Maker(flags=UP)),
        ("authenticator-data", Maker(tail=b"\x00")),
        ("authenticator-data", Maker(flags=UP | UV | ED, tail=b"\xff\xff")),
    ],
)
def test_a_wrong_part_is_named(part: str, maker: Maker) -> None:
    assert refused(maker.check) == ("assertion", part)


@pytest.mark.parametrize("name", ["id", "authenticator_data", "client_data_json", "signature"])
@pytest.mark.parametrize(
    "damage", [lambda t: t + "=", lambda t: "", lambda t: None, lambda t: "A" * 9000, lambda t: t + "*"]
)
def test_the_four_texts_must_be_canonical_and_within_limits(name: str, damage: Any) -> None:
    maker = Maker()
    assertion: dict[str, Any] = maker()
    assertion[name] = damage(assertion[name])
    assert refused(maker.check, assertion) == ("assertion", "form")


def test_stray_low_bits_are_another_spelling_and_refused() -> None:
    maker = Maker()
    assertion = maker()
    assertion["id"] = assertion["id"][:-1] + "x"  # 16 bytes leave four bits over
    assert refused(maker.check, assertion) == ("assertion", "form")


@pytest.mark.parametrize("assertion", [[], "x", None, 5])
def test_something_that_is_no_object_is_refused(assertion: Any) -> None:
    assert refused(
        check_assertion, assertion, challenge=b"", public_key=b"", rp_id="", origin="", last_count=0
    ) == ("assertion", "form")


def test_every_flipped_bit_of_what_is_signed_is_refused() -> None:
    maker = Maker()
    good = maker()
    for name in ("authenticator_data", "signature"):
        raw = bytearray(base64_of(good[name]))
        for place in range(0, len(raw), 5):
            bent = bytes(raw[:place]) + bytes([raw[place] ^ 0x10]) + bytes(raw[place + 1 :])
            assert refused(maker.check, {**good, name: b64u(bent)})[0] == "assertion"


def base64_of(text: str) -> bytes:
    from zhilu.encoding import unb64u

    return unb64u(text)


def test_another_key_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert refused(Maker().check, public_key=cose(other)) == ("assertion", "signature")


def test_only_p256_keys_on_the_curve_are_taken() -> None:
    maker = Maker()
    key = maker.key.public_key()
    ed = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    for bad in (
        cose(key, _3=-35),
        cose(key, **{"_-1": 2}),
        cose(key, **{"_-3": b"\x01" * 32}),
        cose(key, **{"_-2": b"\x01" * 31}),
        encode_cbor({1: 1, 3: -8, -1: 6, -2: ed}),
        b"\x04" + b"\x01" * 64,
        b"",
        b"\xff",
        b"\x00" * 5000,
    ):
        assert refused(maker.check, public_key=bad) == ("assertion", "public-key")


@pytest.mark.parametrize(
    ("count", "last", "taken"), [(0, 0, True), (1, 0, True), (5, 5, False), (4, 5, False), (0, 5, False)]
)
def test_the_count_must_rise_unless_both_are_zero(count: int, last: int, taken: bool) -> None:
    maker = Maker(count=count)
    if taken:
        assert maker.check(last_count=last) == count
    else:
        assert refused(maker.check, last_count=last) == ("sign-count", None)
