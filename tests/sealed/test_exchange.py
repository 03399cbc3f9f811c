"""Opening with a key that lies elsewhere gives what the library gives, and refuses what it refuses."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from support.recordings import RECORDING, fixed_bytes, fixed_key
from zhilu.errors import DataError
from zhilu.sealed.envelopes import open_share, open_word, seal_share, seal_word
from zhilu.sealed.exchange import ExchangeKey, schedule, shared_secret
from zhilu.sealed.keys import load_point, point_bytes

KEY, SHARE = fixed_key("county keyholder"), fixed_bytes("share")

# RFC 9180 A.3.1: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode.
AES_128_GCM = 0x0001
INFO = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
PRIVATE = "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2"
ENC = bytes.fromhex(
    "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
    "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4"
)
SHARED = "c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8"
SCHEDULED = ("868c066ef58aae6dc589b6cfdd18f97e", "4e0bc5018beba4bf004cca59")
AAD, PLAIN = b"Count-0", b"Beauty is truth, truth beauty"
SEALED = "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434"


def elsewhere(key: ec.EllipticCurvePrivateKey) -> ExchangeKey:
    return ExchangeKey(key.public_key(), lambda point: key.exchange(ec.ECDH(), load_point(point)))


def test_each_step_is_that_of_rfc_9180() -> None:
    key = ec.derive_private_key(int(PRIVATE, 16), ec.SECP256R1())
    dh = key.exchange(ec.ECDH(), load_point(ENC))
    shared = shared_secret(dh, ENC, point_bytes(key.public_key()))
    assert shared.hex() == SHARED
    assert tuple(one.hex() for one in schedule(shared, INFO, AES_128_GCM)) == SCHEDULED
    sealed = ENC + bytes.fromhex(SEALED)
    assert elsewhere(key).decrypt(sealed, INFO, AES_128_GCM, AAD) == PLAIN


@given(st.binary(max_size=200), st.binary(min_size=32, max_size=32))
def test_what_the_library_seals_is_opened(text: bytes, digest: bytes) -> None:
    sealed = seal_word(text, digest, KEY.public_key())

    assert open_word(sealed, digest, elsewhere(KEY)) == text  # type: ignore[arg-type]
    assert (
        open_share(seal_share(SHARE, RECORDING, 1, KEY.public_key()), RECORDING, 1, elsewhere(KEY)) == SHARE
    )


@pytest.mark.parametrize("at", [0, 1, 64, 65, 112])
def test_one_bit_off_opens_nothing(at: int) -> None:
    sealed = bytearray(seal_share(SHARE, RECORDING, 1, KEY.public_key()))
    sealed[at] ^= 1
    for key in (KEY, elsewhere(KEY)):
        with pytest.raises(DataError, match="envelope"):
            open_share(bytes(sealed), RECORDING, 1, key)


def test_a_point_off_the_curve_never_reaches_the_key() -> None:
    asked: list[bytes] = []

    def exchange(point: bytes) -> bytes:
        asked.append(point)
        return bytes(32)

    key = ExchangeKey(KEY.public_key(), exchange)
    for enc in (b"\x04" + bytes(64), b"\x02" + ENC[1:], bytes(65)):
        with pytest.raises(InvalidTag):
            key.decrypt(enc + bytes(48), b"info")
    with pytest.raises(InvalidTag):
        key.decrypt(ENC, b"info")
    assert asked == []


@pytest.mark.parametrize("dh", [bytes(32), b"x" * 31, b""])
def test_no_secret_is_made_of_what_is_no_exchange(dh: bytes) -> None:
    with pytest.raises(ValueError):
        shared_secret(dh, ENC, ENC)
