"""The shared encodings: one spelling for each value."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhilu.encoding import EncodingError, b64u, format_time, h, hex32, parse_time, unb64u, uuid7, uuid_bytes
from zhilu.errors import CallerError


@given(st.binary(max_size=70))
def test_b64u_round_trip(data: bytes) -> None:
    assert unb64u(b64u(data)) == data


@given(st.text(alphabet="AQgw-_+/=\n Zé", max_size=8))
def test_b64u_has_one_spelling(text: str) -> None:
    try:
        data = unb64u(text)
    except EncodingError:
        return
    assert b64u(data) == text


@pytest.mark.parametrize("text", ["A", "AA==", "AB", "AAB", "AA\n", " AA", "A+", "A/", "ＡＡ", "AAAAA"])
def test_b64u_refusals(text: str) -> None:
    with pytest.raises(EncodingError):
        unb64u(text)


def test_h_is_label_zero_parts() -> None:
    assert h("zhilu/x/v1", b"a", b"bc") == hashlib.sha256(b"zhilu/x/v1\x00abc").digest()


def test_hex32() -> None:
    assert hex32("0a" * 32) == b"\x0a" * 32
    for bad in ["0A" * 32, "0a" * 31, "0a" * 33, "0a" * 32 + "\n", "0x" + "0a" * 31, "٠" * 64]:
        with pytest.raises(EncodingError):
            hex32(bad)


def test_uuid_bytes() -> None:
    text = "019ab4c5-0000-7000-8000-00000000002a"
    assert uuid_bytes(text).hex() == text.replace("-", "")
    for bad in [text.upper(), text.replace("-", ""), "{" + text + "}", "urn:uuid:" + text, text + "\n"]:
        with pytest.raises(EncodingError):
            uuid_bytes(bad)


@given(st.datetimes(datetime(1970, 1, 1), datetime(9998, 12, 31, 23, 59, 59)))
def test_times_round_trip_to_the_millisecond(naive: datetime) -> None:
    at = naive.replace(tzinfo=UTC)
    assert parse_time(format_time(at)) == at.replace(microsecond=at.microsecond // 1000 * 1000)


def test_time_form() -> None:
    beijing = timezone(timedelta(hours=8))
    assert format_time(datetime(2026, 11, 24, 18, 40, 3, 123999, beijing)) == "2026-11-24T10:40:03.123Z"
    assert parse_time("2026-11-24T10:40:03.123Z").tzinfo == UTC
    with pytest.raises(CallerError):
        format_time(datetime(2026, 11, 24))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T10:40:03Z",
        "2026-11-24T10:40:03.123456Z",
        "2026-11-24T10:40:03.123z",
        "2026-11-24t10:40:03.123Z",
        "2026-11-24 10:40:03.123Z",
        "2026-11-24T10:40:03.123+00:00",
        "2026-11-24T10:40:60.000Z",
        "1969-12-31T23:59:59.999Z",
        "9999-01-01T00:00:00.000Z",
        "2026-11-24T24:00:00.000Z",
        "2026-02-29T00:00:00.000Z",
        "0000-01-01T00:00:00.000Z",
        "2026-11-24T10:40:03.123Z\n",
        "２０２６-11-24T10:40:03.123Z",
    ],
)
def test_time_refusals(text: str) -> None:
    with pytest.raises(EncodingError):
        parse_time(text)


def test_uuid7_lays_out_time_and_randomness() -> None:
    made = uuid7(0x0123456789AB, b"\xff" * 10)
    assert (str(made), made.version) == ("01234567-89ab-7fff-bfff-ffffffffffff", 7)
    assert uuid7(0, bytes(10)).int >> 80 == 0
    assert uuid7(5, b"\x00" * 10) < uuid7(6, b"\x00" * 10)
    assert len({uuid7(5, bytes([i]) + bytes(9)) for i in range(16)}) == 4  # 74 of 80 bits are used
    for ms, random in [(2**48, bytes(10)), (-1, bytes(10)), (0, bytes(9))]:
        with pytest.raises(CallerError):
            uuid7(ms, random)
