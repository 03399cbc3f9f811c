"""Signed and chained lines (spec/journal.md §2): how one is written, and all that is refused about one.

    line   = header "." payload "." signature LF
    header = exactly {"alg":"ES256","kid":"…","typ":"…"}

Rules, in the order in which they are checked:
- at most 65,536 bytes with the LF; not empty; no CR, no byte order mark; three parts
- the header is these exact bytes: another algorithm, an embedded key, another `typ` or order is refused
- the kid is the file's: a line of another device does not count, however well signed
- base64url in its one spelling; a signature with low s that fits; only then is the payload parsed
- strict JSON; `n`, `prev`, `at`, `mono_us`, `type` there and well formed

Whether `n` and `prev` follow from the line before is the readers' business (`reader.py`). Headers are
composed and compared as bytes, not parsed: there is no algorithm to negotiate.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple, NoReturn

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.encoding import b64u, format_time, parse_time, sha256, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.sealed.keys import Signer, verify_es256
from zhilu.strictjson import FieldError, dumps, loads_object

MAX_LINE = 65_536
"""Bytes, LF included."""

MAX_JWS = 2**20
"""Bytes of the payload of a JWS that is no line: what is said at the dock, a grant."""

JOURNAL, LOGBOOK, IMPORT = "zhilu-journal", "zhilu-logbook", "zhilu-import"
FIRST = bytes(32)
"""`prev` of the first line of a logbook."""

_HEX32 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BOM = b"\xef\xbb\xbf"


def header(typ: str, kid: str) -> bytes:
    """The header's only allowed bytes."""
    return f'{{"alg":"ES256","kid":"{kid}","typ":"{typ}"}}'.encode("ascii")


def compact_jws(signer: Signer, typ: str, payload: bytes) -> str:
    """A JWS compact serialization; `payload` is signed as given."""
    signed = f"{b64u(header(typ, signer.kid))}.{b64u(payload)}"
    return f"{signed}.{b64u(signer.sign(signed.encode('ascii')))}"


def open_jws(text: str, typ: str, kid: str, key: EllipticCurvePublicKey) -> bytes:
    """The payload's bytes, a strict JSON object; refused as a line is, but for length and common fields."""
    if not text.isascii() or "\n" in text:
        raise DataError("base64", "A byte that no line can hold.")
    parts = LineForm(typ, kid).take_apart(text.encode("ascii"), 2 * MAX_JWS)
    parts.verify(key)
    payload = unb64u(parts.body)
    loads_object(payload, MAX_JWS)
    return payload


def write_line(signer: Signer, typ: str, payload: dict[str, Any]) -> bytes:
    """One line with its LF."""
    line = compact_jws(signer, typ, dumps(payload)).encode("ascii") + b"\n"
    if len(line) > MAX_LINE:
        raise CallerError("line-too-long", "A line of {length} bytes is too long.", length=len(line))
    return line


def parse_line(line: bytes, typ: str, key: EllipticCurvePublicKey, kid: str) -> dict[str, Any]:
    """The payload of a line, with or without its LF; refusals are DataErrors, codes in journal.md §2."""
    parts = LineForm(typ, kid).take_apart(line)
    parts.verify(key)
    return parts.payload()


class Parts(NamedTuple):
    """A line of the right form: what is signed, the payload and the signature, each still base64url."""

    signed: bytes
    body: bytes
    signature: bytes

    def verify(self, key: EllipticCurvePublicKey) -> None:
        """Refuses with `base64`, `high-s` or `signature`."""
        verify_es256(key, self.signed, unb64u(self.signature))

    def payload(self) -> dict[str, Any]:
        """The object, with its common fields. It counts only once its signature, or that of a line which
        hangs on it, was verified."""
        payload = loads_object(unb64u(self.body))
        check_common(payload)
        return payload


class LineForm:
    """The one form that the lines of a file have."""

    def __init__(self, typ: str, kid: str) -> None:
        self.typ = typ
        self._head = b64u(header(typ, kid)).encode("ascii")

    def take_apart(self, line: bytes, limit: int = MAX_LINE) -> Parts:
        """Checks all but signature and payload; `line` with or without its LF."""
        line = line.removesuffix(b"\n")
        _check_bytes(line, limit)
        parts = line.split(b".")
        if len(parts) != 3:
            raise DataError("line-shape", "A line has three parts, this one {parts}.", parts=len(parts))
        if parts[0] != self._head:
            _explain(parts[0], self.typ)
        return Parts(line[: -1 - len(parts[2])], parts[1], parts[2])


def line_hash(line: bytes) -> bytes:
    """32 bytes: SHA-256 without the LF."""
    return sha256(line.removesuffix(b"\n"))


def check_common(payload: dict[str, Any]) -> None:
    """The fields that every line has."""
    get = payload.get
    # JSON gives exactly these types; a bool is no int.
    for name in ("n", "mono_us"):
        if type(value := get(name)) is not int or value < 0:
            raise FieldError(name)
    if type(prev := get("prev")) is not str or not _HEX32.fullmatch(prev):
        raise FieldError("prev")
    for name in ("at", "type"):
        if type(get(name)) is not str:
            raise FieldError(name)
    try:
        parse_time(payload["at"])
    except DataError:
        raise FieldError("at") from None


def unverified_kid(line: bytes) -> str:
    """The kid that a line claims, to find its key by; nothing is verified. Refuses a header not ours."""
    line = line.removesuffix(b"\n")
    _check_bytes(line)
    _, kid = _claims(line.split(b".", 1)[0])
    return kid


def unverified_payload(line: bytes) -> dict[str, Any]:
    """What a line says, for whoever has had it verified or does so next; nothing is verified here."""
    if not line.isascii():
        raise DataError("base64", "A byte that no line can hold.")
    return loads_object(unb64u([*line.removesuffix(b"\n").split(b"."), b""][1]), MAX_LINE)


class Chain:
    """A writer's place in a file: the number and the `prev` of the next line.

    The place moves when a line is composed. Whoever then fails to store that line must not go on with this
    chain: a journal is closed for good, a logbook goes on from what is on disk.
    """

    def __init__(self, prev: bytes = FIRST, n: int = 0) -> None:
        self.prev = prev
        self.n = n

    def next(self, signer: Signer, typ: str, type_: str, at: datetime, mono_us: int, **more: Any) -> bytes:
        """Compose the next line, with its LF."""
        common = {
            "n": self.n,
            "prev": self.prev.hex(),
            "at": format_time(at),
            "mono_us": mono_us,
            "type": type_,
        }
        line = write_line(signer, typ, common | more)
        self.prev, self.n = line_hash(line), self.n + 1
        return line


def _check_bytes(line: bytes, limit: int = MAX_LINE) -> None:
    if len(line) >= limit:
        raise DataError("line-too-long", "A line of {length} bytes is too long.", length=len(line))
    if not line:
        raise DataError("line-empty", "An empty line.")
    if b"\r" in line or b"\n" in line or line.startswith(_BOM):
        raise DataError(
            "line-bytes", "A line with a carriage return, a line feed or a byte order mark inside."
        )
    if not line.isascii():
        raise DataError("base64", "A byte that no line can hold.")


def _claims(head: bytes) -> tuple[str, str]:
    """typ and kid of a header, if it is exactly of our form."""
    data = unb64u(head)
    try:
        claims = loads_object(data)
        typ, kid = str(claims.get("typ")), str(claims.get("kid"))
        if header(typ, kid) == data and len(kid) == 43:
            return typ, kid
    except (DataError, UnicodeEncodeError):
        pass
    raise DataError("header", "The header of the line is not the exact bytes that it must be.")


def _explain(head: bytes, typ: str) -> NoReturn:
    """Refuse a header that is not the expected one, and say why."""
    found, kid = _claims(head)
    if found != typ:
        raise DataError(
            "header", "A line of the kind {found} where {wanted} belongs.", found=found, wanted=typ
        )
    raise DataError("foreign-kid", "The line is signed by another key: {kid}", kid=kid)
