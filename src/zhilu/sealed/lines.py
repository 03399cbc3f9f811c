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

from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.encoding import b64u, format_time, hex32, parse_time, sha256, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.sealed.keys import Signer, verify_es256
from zhilu.strictjson import FieldError, dumps, fields, loads_object

MAX_LINE = 65_536
"""Bytes, LF included."""

JOURNAL, LOGBOOK, IMPORT = "zhilu-journal", "zhilu-logbook", "zhilu-import"
FIRST = bytes(32)
"""`prev` of the first line of a logbook."""

_COMMON = {"n": int, "prev": str, "at": str, "mono_us": int, "type": str}
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
    payload = _signed_payload(text, typ, kid, key)
    loads_object(payload, limit=2**20)
    return payload


def write_line(signer: Signer, typ: str, payload: dict[str, Any]) -> bytes:
    """One line with its LF."""
    line = compact_jws(signer, typ, dumps(payload)).encode("ascii") + b"\n"
    if len(line) > MAX_LINE:
        raise CallerError("line-too-long", "A line of {length} bytes is too long.", length=len(line))
    return line


def parse_line(line: bytes, typ: str, key: EllipticCurvePublicKey, kid: str) -> dict[str, Any]:
    """The payload of a line, with or without its LF; refusals are DataErrors, codes in journal.md §2."""
    text = _plain_text(line.removesuffix(b"\n"))
    payload = loads_object(_signed_payload(text, typ, kid, key))
    check_common(payload)
    return payload


def line_hash(line: bytes) -> bytes:
    """32 bytes: SHA-256 without the LF."""
    return sha256(line.removesuffix(b"\n"))


def check_common(payload: dict[str, Any]) -> None:
    """The fields that every line has."""
    common = fields(payload, _COMMON)
    for name in ("n", "mono_us"):
        if common[name] < 0:
            raise FieldError(name)
    for name, read in (("prev", hex32), ("at", parse_time)):
        try:
            read(common[name])
        except DataError:
            raise FieldError(name) from None


def unverified_kid(line: bytes) -> str:
    """The kid that a line claims, to find its key by; nothing is verified. Refuses a header not ours."""
    text = _plain_text(line.removesuffix(b"\n"))
    head, _, _ = _parts(text)
    _, kid = _claims(head)
    return kid


class Chain:
    """A writer's place in a file: the number and the `prev` of the next line.

    The place moves when a line is composed. Whoever then fails to store that line must not go on with this
    chain: a journal is closed for good, a logbook is resumed from what is on disk.
    """

    def __init__(self, prev: bytes = FIRST, n: int = 0) -> None:
        self.prev = prev
        self.n = n

    @classmethod
    def resume(cls, last_line: bytes) -> Chain:
        """Continue after `last_line`, which the caller has verified."""
        payload = loads_object(unb64u(_parts(last_line.removesuffix(b"\n").decode("ascii"))[1]))
        return cls(line_hash(last_line), payload["n"] + 1)

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


def _plain_text(line: bytes) -> str:
    if len(line) >= MAX_LINE:
        raise DataError("line-too-long", "A line of {length} bytes is too long.", length=len(line))
    if not line:
        raise DataError("line-empty", "An empty line.")
    if b"\r" in line or b"\n" in line or line.startswith(_BOM):
        raise DataError(
            "line-bytes", "A line with a carriage return, a line feed or a byte order mark inside."
        )
    try:
        return line.decode("ascii")
    except UnicodeDecodeError:
        raise DataError("base64", "A byte that no line can hold.") from None


def _signed_payload(text: str, typ: str, kid: str, key: EllipticCurvePublicKey) -> bytes:
    head, payload, signature = _parts(text)
    if head != b64u(header(typ, kid)):
        _explain(head, typ)
    verify_es256(key, f"{head}.{payload}".encode("ascii", "replace"), unb64u(signature))
    return unb64u(payload)


def _parts(text: str) -> tuple[str, str, str]:
    parts = text.split(".")
    if len(parts) != 3:
        raise DataError("line-shape", "A line has three parts, this one {parts}.", parts=len(parts))
    return parts[0], parts[1], parts[2]


def _claims(head: str) -> tuple[str, str]:
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


def _explain(head: str, typ: str) -> None:
    """Refuse a header that is not the expected one, and say why."""
    found, kid = _claims(head)
    if found != typ:
        raise DataError(
            "header", "A line of the kind {found} where {wanted} belongs.", found=found, wanted=typ
        )
    raise DataError("foreign-kid", "The line is signed by another key: {kid}", kid=kid)
