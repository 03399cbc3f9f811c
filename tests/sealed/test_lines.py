"""Lines against joserfc, a second implementation of JWS; keys; a writer's chain. The refusals are vectors."""

import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from support.recordings import Sample, fixed_key
from zhilu.encoding import b64u, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.sealed.keys import (
    ORDER,
    SoftSigner,
    load_jwk,
    load_point,
    load_private_key,
    point_bytes,
    thumbprint,
    thumbprint_bytes,
    verify_es256,
)
from zhilu.sealed.lines import (
    FIRST,
    JOURNAL,
    LOGBOOK,
    MAX_LINE,
    Chain,
    compact_jws,
    line_hash,
    open_jws,
    parse_line,
    unverified_kid,
    write_line,
)

KEY = fixed_key("recorder")
SIGNER = SoftSigner(KEY)
PUBLIC = KEY.public_key()
AT = datetime(2026, 11, 24, 10, 40, 3, 123000, UTC)


def test_joserfc_reads_what_we_write(sample: Sample) -> None:
    theirs = ECKey.import_key(sample.recorder.jwk)
    for line in [*sample.journal_lines, *sample.logbook_lines]:
        read = jws.deserialize_compact(line.strip(), theirs)
        assert read.headers()["alg"] == "ES256"
        assert read.headers()["kid"] == theirs.thumbprint() == sample.recorder.kid
        assert set(json.loads(read.payload)) >= {"n", "prev", "at", "mono_us", "type"}


def test_we_read_what_joserfc_writes_when_it_is_of_our_form() -> None:
    """joserfc signs with high s half of the time: those we refuse, the others we read."""
    theirs = ECKey.import_key(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    header = {"alg": "ES256", "kid": SIGNER.kid, "typ": JOURNAL}
    payload = b'{"n":0,"prev":"' + b"00" * 32 + b'","at":"2026-11-24T10:40:03.123Z","mono_us":0,"type":"x"}'
    codes = set()
    for _ in range(64):
        line = jws.serialize_compact(header, payload, theirs).encode()
        try:
            assert parse_line(line, JOURNAL, PUBLIC, SIGNER.kid)["type"] == "x"
            codes.add("ok")
        except DataError as error:
            codes.add(error.code)
    assert codes == {"ok", "high-s"}


def test_the_thumbprint_is_that_of_joserfc() -> None:
    assert ECKey.import_key(SIGNER.jwk).thumbprint() == SIGNER.kid == thumbprint(PUBLIC)
    assert b64u(thumbprint_bytes(SIGNER.jwk)) == SIGNER.kid
    assert len(SIGNER.kid) == 43


@given(st.binary(max_size=200))
def test_signatures_are_deterministic_and_low(data: bytes) -> None:
    signature = SIGNER.sign(data)
    assert signature == SIGNER.sign(data)
    assert 1 <= int.from_bytes(signature[32:], "big") <= ORDER // 2
    verify_es256(PUBLIC, data, signature)
    with pytest.raises(DataError):
        verify_es256(PUBLIC, data + b"x", signature)


def test_s_at_the_edge() -> None:
    for s, code in [(ORDER // 2, "signature"), (ORDER // 2 + 1, "high-s"), (0, "high-s"), (1, "signature")]:
        with pytest.raises(DataError) as caught:
            verify_es256(PUBLIC, b"x", (1).to_bytes(32, "big") + s.to_bytes(32, "big"))
        assert caught.value.code == code


def test_both_signatures_of_one_line_are_valid_and_only_one_is_taken() -> None:
    """The reason for the rule: anybody can make the second one."""
    signature = SIGNER.sign(b"x")
    s = ORDER - int.from_bytes(signature[32:], "big")
    high = signature[:32] + s.to_bytes(32, "big")
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    PUBLIC.verify(encode_dss_signature(int.from_bytes(high[:32], "big"), s), b"x", ec.ECDSA(SHA256()))
    with pytest.raises(DataError):
        verify_es256(PUBLIC, b"x", high)


def test_keys_come_back_from_every_form() -> None:
    assert load_jwk(SIGNER.jwk) == PUBLIC == load_point(point_bytes(PUBLIC))
    assert load_jwk(SIGNER.jwk | {"use": "sig"}) == PUBLIC
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert load_private_key(pem).public_key() == PUBLIC


@pytest.mark.parametrize(
    "changed",
    [
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"d": "AAAA"},
        {"x": None},
        {"x": 1},
        {"x": SIGNER.jwk["x"][:-2]},
        {"x": "A" * 43},
        {"x": SIGNER.jwk["y"], "y": SIGNER.jwk["x"]},
    ],
)
def test_jwks_that_are_no_public_key(changed: dict[str, object]) -> None:
    with pytest.raises(DataError) as caught:
        load_jwk(SIGNER.jwk | changed)
    assert caught.value.code in ("jwk", "base64")
    with pytest.raises(DataError):
        load_jwk([SIGNER.jwk])


@pytest.mark.parametrize(
    "data", [b"", b"\x04" + bytes(64), bytes(65), point_bytes(PUBLIC)[:-1], b"\x02" + bytes(32)]
)
def test_points_that_are_no_key(data: bytes) -> None:
    with pytest.raises(DataError) as caught:
        load_point(data)
    assert caught.value.code == "jwk"


def test_private_keys_of_another_kind() -> None:
    other_curve = ec.generate_private_key(ec.SECP384R1())
    pem = other_curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for data in (b"", b"not a key", pem):
        with pytest.raises(DataError) as caught:
            load_private_key(data)
        assert caught.value.code == "private-key"


def test_a_chain_counts_and_hangs_together() -> None:
    chain = Chain()
    lines = [chain.next(SIGNER, LOGBOOK, "battery", AT, n, percent=50) for n in range(4)]
    payloads = [parse_line(line, LOGBOOK, PUBLIC, SIGNER.kid) for line in lines]
    assert [payload["n"] for payload in payloads] == [0, 1, 2, 3]
    assert payloads[0]["prev"] == FIRST.hex()
    assert [payload["prev"] for payload in payloads[1:]] == [line_hash(line).hex() for line in lines[:-1]]
    assert (chain.n, chain.prev) == (4, line_hash(lines[-1]))


def test_the_hash_of_a_line_leaves_out_its_end() -> None:
    line = write_line(SIGNER, JOURNAL, {"n": 0})
    assert line_hash(line) == line_hash(line.rstrip(b"\n"))


def test_a_line_too_long_is_not_written() -> None:
    with pytest.raises(CallerError) as caught:
        write_line(SIGNER, JOURNAL, {"x": "x" * MAX_LINE})
    assert caught.value.code == "line-too-long"


def test_the_kid_is_found_before_the_key_is_known() -> None:
    assert unverified_kid(write_line(SIGNER, JOURNAL, {})) == SIGNER.kid
    for bad in [
        b"",
        b"a.b",
        b"e30.e30.e30",
        b64u(b'{"alg":"ES256","kid":"x","typ":"t"}').encode() + b".e30.e30",
    ]:
        with pytest.raises(DataError):
            unverified_kid(bad)


def test_a_jws_of_another_purpose_is_not_taken() -> None:
    text = compact_jws(SIGNER, "zhilu-hello", b'{"a":1}')
    assert open_jws(text, "zhilu-hello", SIGNER.kid, PUBLIC) == b'{"a":1}'
    for typ, kid, changed in [
        ("zhilu-grant", SIGNER.kid, text),
        ("zhilu-hello", SoftSigner(fixed_key("other")).kid, text),
        ("zhilu-hello", SIGNER.kid, text + "A"),
        ("zhilu-hello", SIGNER.kid, text + "\n"),
        ("zhilu-hello", SIGNER.kid, "é" + text[1:]),
    ]:
        with pytest.raises(DataError):
            open_jws(changed, typ, kid, PUBLIC)
    with pytest.raises(DataError):
        open_jws(compact_jws(SIGNER, "zhilu-hello", b"[]"), "zhilu-hello", SIGNER.kid, PUBLIC)


@given(st.text(max_size=100))
def test_text_of_no_meaning_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(DataError):
        open_jws(text, JOURNAL, SIGNER.kid, PUBLIC)
    with pytest.raises(DataError):
        parse_line(text.encode("utf-8", "replace"), JOURNAL, PUBLIC, SIGNER.kid)


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=70))
def test_parts_of_no_meaning_are_refused_and_nothing_else_happens(a: bytes, b: bytes, c: bytes) -> None:
    with pytest.raises(DataError):
        parse_line(f"{b64u(a)}.{b64u(b)}.{b64u(c)}".encode(), JOURNAL, PUBLIC, SIGNER.kid)
    assert unb64u(b64u(a)) == a
