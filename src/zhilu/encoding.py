"""The encodings that every format shares; each value has exactly one spelling, any other is refused."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import UTC, datetime
from uuid import UUID

from zhilu.errors import CallerError, DataError

_TO_STANDARD = bytes(
    {45: 43, 95: 47}.get(byte, byte if chr(byte).isascii() and chr(byte).isalnum() else 33)
    for byte in range(256)
)
"""base64url to base64, byte by byte; whatever is not of that alphabet becomes `!`, which no decoder takes."""
_LAST = (None, b"", b"AQgw", b"AEIMQUYcgkosw048")
"""By length modulo 4: the last characters whose unused bits are zero."""
_HEX32 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BUREAU = re.compile(r"[a-z][a-z0-9-]{0,30}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_YEAR = r"(19[7-9][0-9]|[2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])"
_TIME = re.compile(_YEAR + r"-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)


class EncodingError(DataError):
    """A text that is not the one spelling of any value; the code names the encoding."""

    def __init__(self, code: str) -> None:
        super().__init__(code, "This is not the one spelling of a value ({encoding}).", encoding=code)


def b64u(data: bytes) -> str:
    """base64url without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64u(text: str | bytes) -> bytes:
    """Inverse of `b64u`; refuses padding, other alphabets, white space and stray low bits."""
    try:
        data = text.encode("ascii") if isinstance(text, str) else text
        last = _LAST[len(data) % 4]
        if last is not None and data[-1] not in last:
            raise EncodingError("base64")
        return binascii.a2b_base64(data.translate(_TO_STANDARD) + b"=" * (-len(data) % 4), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise EncodingError("base64") from None


def sha256(data: bytes | memoryview) -> bytes:
    """32 bytes."""
    return hashlib.sha256(data).digest()


def h(label: str, *parts: bytes) -> bytes:
    """H(label, x…) = SHA-256(label ‖ 0x00 ‖ x…), 32 bytes.

    The parts are not length-prefixed: all but the last must have a fixed length under their label.
    """
    digest = hashlib.sha256(label.encode("ascii") + b"\x00")
    for part in parts:
        digest.update(part)
    return digest.digest()


def hex32(text: str) -> bytes:
    """32 bytes from exactly 64 lower-case hexadecimal digits."""
    if not _HEX32.fullmatch(text):
        raise EncodingError("hex32")
    return bytes.fromhex(text)


def uuid_bytes(text: str) -> bytes:
    """16 bytes from the lower-case text form of a UUID, any version."""
    if not _UUID.fullmatch(text):
        raise EncodingError("uuid")
    return UUID(text).bytes


def is_bureau(text: str) -> bool:
    """Whether this can be a bureau's code: it is part of host names, and names files and a schema."""
    return _BUREAU.fullmatch(text) is not None


def as_uuid(text: object) -> UUID | None:
    """None where it is none: what a browser asks for, an actor who is a device."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def uuid7(clock_ms: int, random: bytes) -> UUID:
    """A UUIDv7 (RFC 9562 §5.7) of milliseconds since 1970 and 10 random bytes, 74 bits of which are used."""
    if len(random) != 10 or not 0 <= clock_ms < 2**48:
        raise CallerError("uuid7", "A UUIDv7 takes a 48-bit time in milliseconds and 10 random bytes.")
    bits = int.from_bytes(random, "big")
    value = clock_ms << 80 | 7 << 76 | (bits >> 62 & 0xFFF) << 64 | 2 << 62 | bits & (2**62 - 1)
    return UUID(int=value)


def format_time(at: datetime) -> str:
    """`2026-11-24T10:40:03.123Z`: UTC, cut (not rounded) to the millisecond."""
    if at.tzinfo is None:
        raise CallerError("time", "A time without its zone cannot be written.")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """Inverse of `format_time`; no other form of RFC 3339, and no leap second. From 1970 to 9998: other years
    no clock says, and the last days of 9999 cannot be shown in Beijing's time.
    """
    if not _TIME.fullmatch(text):
        raise EncodingError("time")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise EncodingError("time") from None
