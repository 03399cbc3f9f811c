"""Signed requests against an independent implementation of RFC 9421, and each refusal of
spec/intake.md §1.
"""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)

from support.nonces import NonceMemory
from zhilu.encoding import b64u
from zhilu.errors import DataError
from zhilu.protocols.httpsig import (
    COMPONENTS,
    NONCE_MEMORY_S,
    TAG,
    Digested,
    sign_request,
    verify_request,
)
from zhilu.sealed.keys import SoftSigner

NOW = 1_790_000_000
NONCE = bytes(range(16))
AUTHORITY = "julu.localhost:8600"
PATH = "/intake/recordings/0190-x/segments/3"
BODY = b"sealed bytes"
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def signed(key: ec.EllipticCurvePrivateKey, **changed: Any) -> dict[str, str]:
    arguments: dict[str, Any] = {
        "method": "PUT",
        "authority": AUTHORITY,
        "path": PATH,
        "query": "a=1",
        "body": BODY,
        "content_type": "application/octet-stream",
        "created": NOW,
        "nonce": NONCE,
    }
    return sign_request(SoftSigner(key), **{**arguments, **changed})


def verify(key: ec.EllipticCurvePrivateKey, headers: dict[str, str], **changed: Any) -> str:
    kid = SoftSigner(key).kid
    arguments: dict[str, Any] = {
        "method": "PUT",
        "authority": AUTHORITY,
        "path": PATH,
        "query": "a=1",
        "body": Digested.of(BODY),
        "keys": {kid: key.public_key()}.get,
        "now": NOW,
        "nonces": NonceMemory(),
    }
    return verify_request(headers=headers, **{**arguments, **changed})


def code_of(key: ec.EllipticCurvePrivateKey, headers: dict[str, str], **changed: Any) -> str:
    with pytest.raises(DataError) as caught:
        verify(key, headers, **changed)
    return caught.value.code


def test_a_signed_request_names_its_sender(key: ec.EllipticCurvePrivateKey) -> None:
    assert verify(key, signed(key)) == SoftSigner(key).kid


def test_an_empty_body_and_an_absent_query_are_signed_too(key: ec.EllipticCurvePrivateKey) -> None:
    headers = signed(key, method="GET", query="", body=b"")
    assert headers["content-length"] == "0"
    assert verify(key, headers, method="GET", query="", body=Digested.of(b""))


def test_a_body_may_be_hashed_elsewhere(key: ec.EllipticCurvePrivateKey) -> None:
    headers = signed(key, body=Digested(hashlib.sha256(BODY).digest(), len(BODY)))
    assert headers["content-digest"] == signed(key)["content-digest"]
    assert verify(key, headers)


# -- the oracle


class Message:
    def __init__(self, headers: dict[str, str]) -> None:
        self.method, self.url, self.headers = "PUT", f"http://{AUTHORITY}{PATH}?a=1", headers


class Resolver(HTTPSignatureKeyResolver):  # type: ignore[misc]
    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self.key = key

    def resolve_public_key(self, key_id: str) -> Any:
        return self.key.public_key()

    def resolve_private_key(self, key_id: str) -> Any:
        return self.key


def test_the_library_verifies_what_we_sign(key: ec.EllipticCurvePrivateKey) -> None:
    now = int(datetime.datetime.now(datetime.UTC).timestamp())
    verifier = HTTPMessageVerifier(
        signature_algorithm=algorithms.ECDSA_P256_SHA256, key_resolver=Resolver(key)
    )
    (result,) = verifier.verify(Message(signed(key, created=now)))
    assert [name.strip('"') for name in result.covered_components if "params" not in name] == list(COMPONENTS)
    assert result.parameters["tag"] == TAG


def test_we_verify_what_the_library_signs_once_its_parameters_are_in_our_order(
    key: ec.EllipticCurvePrivateKey,
) -> None:
    """It writes keyid and alg before the nonce: the same components, another order, so another profile."""
    headers = {name: value for name, value in signed(key).items() if not name.startswith("signature")}
    HTTPMessageSigner(signature_algorithm=algorithms.ECDSA_P256_SHA256, key_resolver=Resolver(key)).sign(
        Message(headers),
        key_id=SoftSigner(key).kid,
        created=datetime.datetime.fromtimestamp(NOW, datetime.UTC),
        nonce=b64u(NONCE),
        label="zhilu",
        tag=TAG,
        use_existing_digest=True,
        covered_component_ids=COMPONENTS,
    )
    assert code_of(key, {name.lower(): value for name, value in headers.items()}) == "components"


# -- each refusal


def swap(header: str, old: str, new: str) -> Any:
    return lambda headers: {**headers, header: headers[header].replace(old, new, 1)}


def without(header: str) -> Any:
    return lambda headers: {name: value for name, value in headers.items() if name != header}


@pytest.mark.parametrize(
    "damage",
    [
        *[
            without(name)
            for name in ("signature", "signature-input", "content-digest", "content-type", "content-length")
        ],
        swap("signature-input", '"@query" ', ""),
        swap("signature-input", '"@method" "@authority"', '"@authority" "@method"'),
        swap("signature-input", '"content-length")', '"content-length" "date")'),
        swap("signature-input", 'tag="zhilu-intake/1"', 'tag="zhilu-intake/2"'),
        swap("signature-input", ';tag="zhilu-intake/1"', ""),
        swap("signature-input", 'alg="ecdsa-p256-sha256"', 'alg="hmac-sha256"'),
        swap("signature-input", ";created=", ";expires=9;created="),
        swap("signature-input", ";created=", ";created=0"),
        swap("signature-input", "zhilu=", "other="),
        swap("signature-input", b64u(NONCE), b64u(NONCE)[:-1] + "x"),
        swap("signature", "zhilu=:", "sig1=:"),
        swap("signature", ":", ""),
        lambda headers: {**headers, "signature": headers["signature"] + ", " + headers["signature"]},
        lambda headers: {**headers, "Content-Type": "text/plain"},
        swap("content-type", "application", "applic\nation"),
        swap("content-length", "12", "012"),
    ],
)
def test_another_set_order_or_tag_is_refused(key: ec.EllipticCurvePrivateKey, damage: Any) -> None:
    assert code_of(key, damage(signed(key))) == "components"


def test_a_line_break_in_the_path_cannot_forge_a_line_of_the_base(key: ec.EllipticCurvePrivateKey) -> None:
    forged = '/x\n"@query": ?a=1'
    assert code_of(key, signed(key, path=forged), path=forged) == "components"


def test_an_unknown_or_revoked_sender_is_refused(key: ec.EllipticCurvePrivateKey) -> None:
    assert code_of(key, signed(key), keys=lambda kid: None) == "keyid"


@pytest.mark.parametrize(("skew", "taken"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_the_time_may_be_five_minutes_off(key: ec.EllipticCurvePrivateKey, skew: int, taken: bool) -> None:
    headers = signed(key, created=NOW + skew)
    if taken:
        assert verify(key, headers)
    else:
        assert code_of(key, headers) == "created"


def test_a_nonce_is_taken_once_in_ten_minutes(key: ec.EllipticCurvePrivateKey) -> None:
    nonces = NonceMemory()
    verify(key, signed(key), nonces=nonces)
    assert code_of(key, signed(key), nonces=nonces) == "nonce"
    later = NOW + NONCE_MEMORY_S
    assert code_of(key, signed(key, created=later), nonces=nonces, now=later) == "nonce"
    assert verify(key, signed(key, created=later + 1), nonces=nonces, now=later + 1)


def test_a_forger_cannot_spend_a_nonce_of_another(key: ec.EllipticCurvePrivateKey) -> None:
    nonces = NonceMemory()
    good = signed(key)
    assert code_of(key, good, nonces=nonces, path="/intake/other") == "signature"
    assert verify(key, good, nonces=nonces)


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "POST"},
        {"authority": "other.localhost:8600"},
        {"path": PATH + "/"},
        {"query": ""},
        {"query": "a=2"},
    ],
)
def test_what_is_signed_cannot_be_sent_elsewhere(
    key: ec.EllipticCurvePrivateKey, changed: dict[str, str]
) -> None:
    assert code_of(key, signed(key), **changed) == "signature"


@pytest.mark.parametrize("header", ["content-type", "content-length", "content-digest"])
def test_a_covered_header_cannot_be_changed(key: ec.EllipticCurvePrivateKey, header: str) -> None:
    other = signed(key, body=BODY + b"!", content_type="text/plain")
    assert code_of(key, {**signed(key), header: other[header]}) == "signature"


def test_the_other_half_of_s_is_refused(key: ec.EllipticCurvePrivateKey) -> None:
    import base64

    headers = signed(key)
    raw = base64.b64decode(headers["signature"][len("zhilu=:") : -1])
    high = raw[:32] + (N - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    assert code_of(key, {**headers, "signature": f"zhilu=:{base64.b64encode(high).decode()}:"}) == "signature"


@pytest.mark.parametrize("body", [Digested.of(b"sealed bytez"), Digested(hashlib.sha256(BODY).digest(), 13)])
def test_another_body_is_refused(key: ec.EllipticCurvePrivateKey, body: Digested) -> None:
    assert code_of(key, signed(key), body=body) == "digest"


def test_another_digest_algorithm_is_refused(key: ec.EllipticCurvePrivateKey) -> None:
    headers = signed(key)
    headers["content-digest"] = headers["content-digest"].replace("sha-256", "sha-512")
    assert code_of(key, headers) == "digest"
