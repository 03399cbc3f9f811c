"""Reading a file of lines in order (spec/journal.md §2): what is checked between the lines.

- `n` counts from 0 without a gap; `prev` is the hash of the line before
- a valid line with a number that was there already is a `fork`; the same bytes again are out of `sequence`
- bytes after the last LF are a `torn-tail`: the lines before are judged as they stand
- after the first defect nothing more is read: what follows hangs on a line that does not count
"""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.errors import DataError
from zhilu.sealed.lines import MAX_LINE, line_hash, parse_line
from zhilu.sealed.report import Finding, Place

LINE_CODES = frozenset(
    {
        "line-too-long",
        "line-empty",
        "line-bytes",
        "line-shape",
        "base64",
        "header",
        "foreign-kid",
        "high-s",
        "signature",
        "json",
    }
)
"""Codes of the layer `line`: about one line by itself. All others come from what the line says."""


class LineReader:
    """Feeds on lines, with their LF, and keeps what the next one is judged by. 32 bytes are kept a line."""

    layer = "line"

    def __init__(
        self, file: str, typ: str, key: EllipticCurvePublicKey, kid: str, first_prev: bytes | None
    ) -> None:
        """`first_prev` None: any `prev` in the first line (the caller compares it elsewhere)."""
        self.file, self.typ, self.key, self.kid = file, typ, key, kid
        self.findings: list[Finding] = []
        self.first_prev: bytes | None = first_prev
        self._hashes = bytearray()

    @property
    def lines(self) -> int:
        """How many lines were good."""
        return len(self._hashes) // 32

    @property
    def head(self) -> bytes | None:
        """Hash of the last good line."""
        return bytes(self._hashes[-32:]) or None

    @property
    def stopped(self) -> bool:
        """A line was refused; nothing after it was read."""
        return any(finding.place.line is not None and finding.defect for finding in self.findings)

    def hash_of(self, n: int) -> bytes:
        """Hash of the good line n."""
        return bytes(self._hashes[32 * n : 32 * n + 32])

    def read_line(self, line: bytes) -> dict[str, Any] | None:
        """The payload if the line is good and follows; otherwise None, and a finding says why."""
        if self.stopped:
            return None
        try:
            if not line.endswith(b"\n") and len(line) < MAX_LINE:
                raise DataError("torn-tail", "The file ends in the middle of a line.")
            payload = parse_line(line, self.typ, self.key, self.kid)
            self._follow(payload, line_hash(line))
            self.take(payload)
        except DataError as error:
            self.refuse(error)
            return None
        self._hashes += line_hash(line)
        return payload

    def take(self, payload: dict[str, Any]) -> None:
        """What this kind of file says about its lines: subclasses raise DataError."""

    def refuse(self, error: DataError) -> None:
        layer = "line" if error.code in LINE_CODES else self.layer
        detail = " ".join(f"{name}={value}" for name, value in error.fields.items())
        self.findings.append(Finding(layer, error.code, Place(self.file, line=self.lines + 1), detail))

    def note(self, code: str, detail: str = "", defect: bool = True) -> None:
        """A finding about the file as a whole, or one that does not end the reading."""
        self.findings.append(Finding(self.layer, code, Place(self.file), detail, defect))

    def _follow(self, payload: dict[str, Any], this: bytes) -> None:
        n, prev = payload["n"], payload["prev"]
        if n < self.lines and self.hash_of(n) != this:
            raise DataError("fork", "Two different lines carry the number {n}.", n=n)
        if n != self.lines:
            raise DataError("sequence", "Line {n} stands where {wanted} belongs.", n=n, wanted=self.lines)
        wanted = self.head or self.first_prev
        if wanted is not None and prev != wanted.hex():
            raise DataError("chain", "Line {n} does not follow from the line before.", n=n)


def first_fork(one: LineReader, other: LineReader) -> int | None:
    """The first number under which two files of one device hold different lines, or None."""
    for n in range(min(one.lines, other.lines)):
        if one.hash_of(n) != other.hash_of(n):
            return n
    return None
