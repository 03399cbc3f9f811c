"""What a viewer signs after a release: the report on an urgent viewing, a picture taken, a copy made
(spec/viewing.md §4, §7). As `viewing`: bytes as sent, a label of its own for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from zhilu.encoding import h, hex32, sha256, unb64u, uuid_bytes
from zhilu.protocols.viewing_fields import object_of

REPORT_DUE = timedelta(hours=72)  # after the request
REPORT_LIMITS = (1, 2000)  # characters
MAX_NUMBER = 2**53 - 1
"""Of microseconds and bytes: what JavaScript counts exactly."""


def report_challenge(request: bytes, report: bytes) -> bytes:
    return h("zhilu/viewing-report/v1", sha256(request), report)


def report_digest(salt: bytes, text: str) -> str:
    """Hex, for the report's `text`; `salt` is 32 fresh bytes."""
    return h("zhilu/report/v1", salt, text.encode()).hex()


def screenshot_challenge(viewing: str, recording: str, pts_us: int, sha256_hex: str, at_ms: int) -> bytes:
    """`sha256_hex`: of the picture's file as it is handed out; `at_ms`: unix time in milliseconds."""
    return h(
        "zhilu/screenshot/v1",
        uuid_bytes(viewing),
        uuid_bytes(recording),
        pts_us.to_bytes(8, "big"),
        hex32(sha256_hex),
        at_ms.to_bytes(8, "big"),
    )


def copy_challenge(
    viewing: str,
    recording: str,
    first: int,
    last: int,
    recipient: str,
    sha256_hex: str,
    length: int,
    at_ms: int,
) -> bytes:
    """`recipient`: thumbprint of the key that the copy is sealed to; `sha256_hex`, `length`: of the whole
    package.
    """
    return h(
        "zhilu/copy-made/v1",
        uuid_bytes(viewing),
        uuid_bytes(recording),
        first.to_bytes(4, "big"),
        last.to_bytes(4, "big"),
        unb64u(recipient),
        hex32(sha256_hex),
        length.to_bytes(8, "big"),
        at_ms.to_bytes(8, "big"),
    )


@dataclass(frozen=True)
class Report:
    viewing: str
    text: str
    reported: datetime


def parse_report(data: bytes) -> Report:
    got = object_of("report", data)
    got.read("text", hex32)
    return Report(got.uuid("viewing"), got.text("text"), got.time("reported"))
