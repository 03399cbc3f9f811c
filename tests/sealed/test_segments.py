"""Sealing (sealed-media.md): a number is spent when used, no key comes twice, copies stay verifiable."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from support.recordings import RECORDING, Sample, fixed_bytes, fixed_id
from support.vectors.files import payload_of
from zhilu.encoding import sha256
from zhilu.errors import CallerError, DataError
from zhilu.sealed.segments import (
    MAX_SEALED,
    MAX_SEGMENT,
    Sealer,
    key_commitment,
    open_private,
    open_segment,
    open_segment_with,
    recording_key,
    seal_private,
    segment_key,
)

KEY = fixed_bytes("K")


def hkdf(ikm: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=RECORDING.bytes, info=info).derive(ikm)


def test_the_formulas_are_those_of_the_page() -> None:
    one, two = fixed_bytes("s1"), fixed_bytes("s2")
    assert recording_key([one, two], RECORDING) == hkdf(one + two, b"zhilu/split/v1")
    assert segment_key(KEY, RECORDING, 7) == hkdf(KEY, b"zhilu/segment-key/v1\x00\x00\x00\x00\x07")
    assert key_commitment(KEY, RECORDING) == hkdf(KEY, b"zhilu/key-commitment/v1")
    sealer = Sealer(KEY, RECORDING)
    sealer.seal(b"header")
    aad = b"zhilu/segment/v1\x00" + RECORDING.bytes + b"\x00\x00\x00\x01"
    cipher = AESGCM(segment_key(KEY, RECORDING, 1))
    assert sealer.seal(b"text") == (1, cipher.encrypt(bytes(11) + b"\x01", b"text", aad))


def test_shares_count_in_their_order_and_each_is_needed() -> None:
    one, two = fixed_bytes("s1"), fixed_bytes("s2")
    keys = {recording_key(shares, RECORDING) for shares in ([one], [two], [one, two], [two, one])}
    assert len(keys) == 4
    assert recording_key([one], RECORDING) != recording_key([one], fixed_id("other"))
    for bad in ([], [one[:31]], [one, b""]):
        with pytest.raises(CallerError):
            recording_key(bad, RECORDING)


def test_no_key_and_no_commitment_comes_twice() -> None:
    other = fixed_id("another recording")
    keys = [segment_key(KEY, recording, i) for recording in (RECORDING, other) for i in range(300)]
    keys += [key_commitment(KEY, recording) for recording in (RECORDING, other)] + [KEY]
    assert len(set(keys)) == len(keys)


@given(st.lists(st.binary(max_size=100), max_size=6))
def test_segments_open_in_their_place_and_in_no_other(parts: list[bytes]) -> None:
    sealer = Sealer(KEY, RECORDING)
    for wanted, part in enumerate(parts):
        i, sealed = sealer.seal(part)
        assert i == wanted
        assert len(sealed) == len(part) + 16
        assert open_segment(KEY, RECORDING, i, sealed) == part
        assert open_segment_with(segment_key(KEY, RECORDING, i), RECORDING, i, sealed) == part
        with pytest.raises(DataError):
            open_segment(KEY, RECORDING, i + 1, sealed)


def test_a_number_is_spent_though_sealing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    sealer = Sealer(KEY, RECORDING)

    def fails(*_: object) -> bytes:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(
            "zhilu.sealed.segments.AESGCM", lambda key: type("Broken", (), {"encrypt_into": fails})()
        )
        with pytest.raises(MemoryError):
            sealer.seal(b"x")
    assert sealer.seal(b"x")[0] == 1


def test_what_is_lent_is_what_is_sealed() -> None:
    lending, sealing = Sealer(KEY, RECORDING), Sealer(KEY, RECORDING)
    for plain in (b"short", b"long" * 1000, b"", b"shorter"):
        i, lent = lending.lend(plain)
        assert (i, bytes(lent)) == sealing.seal(plain)
        assert open_segment(KEY, RECORDING, i, bytes(lent)) == plain


def test_the_limit_of_a_segment() -> None:
    sealer = Sealer(KEY, RECORDING)
    with pytest.raises(CallerError):
        sealer.seal(bytes(MAX_SEGMENT + 1))
    _, sealed = sealer.seal(bytes(MAX_SEGMENT))
    assert len(sealed) == MAX_SEALED
    assert len(open_segment(KEY, RECORDING, 0, sealed)) == MAX_SEGMENT
    with pytest.raises(DataError) as caught:
        open_segment(KEY, RECORDING, 0, sealed + b"\x00")
    assert caught.value.code == "segment-size"


def test_a_decrypted_copy_stays_verifiable(sample: Sample) -> None:
    """sealed-media.md §5: the plaintext with its k_i, sealed again, has the journal's hashes."""
    lines = [payload_of(line) for line in sample.journal_lines]
    segments = [line for line in lines if line["type"] == "segment"]
    sealer = Sealer(sample.key, sample.recording)
    for line, plaintext in zip(segments, sample.plaintexts, strict=True):
        assert sha256(sealer.seal(plaintext)[1]).hex() == line["sha256"]


def test_a_private_field_opens_in_its_line_and_in_no_other() -> None:
    sealed = seal_private(KEY, RECORDING, 5, {"text": "重点标记"})
    assert open_private(KEY, RECORDING, 5, sealed) == {"text": "重点标记"}
    opens: list[Callable[[], object]] = [
        lambda: open_private(KEY, RECORDING, 6, sealed),
        lambda: open_private(KEY, fixed_id("other"), 5, sealed),
        lambda: open_private(bytes(32), RECORDING, 5, sealed),
        lambda: open_private(KEY, RECORDING, 5, ""),
        lambda: open_private(KEY, RECORDING, 5, "é"),
    ]
    for call in opens:
        with pytest.raises(DataError):
            call()


def test_positions_are_integers() -> None:
    with pytest.raises(DataError):
        seal_private(KEY, RECORDING, 5, {"lat": 37.18})
