"""Reading a file of lines in order (spec/journal.md §2): what is checked between the lines.

- `n` counts from 0 without a gap; `prev` is the hash of the line before
- a valid line with a number that was there already is a `fork`; the same bytes again are out of `sequence`
- bytes after the last LF are a `torn-tail`: the lines before are judged as they stand
- after the first defect nothing more is taken: what follows hangs on a line that does not count. It is only
  looked at for the next line that the device did sign, so that the finding can say from when to when nothing
  is proved

Signatures are verified one by one; or, for whoever wrote the file itself and wants it quickly, only the last
one (`signatures="last"`). Each line's hash is in the line after it, so the last signature vouches for the
bytes of all lines before it; what it does not tell is whether their own signatures would pass elsewhere.
Nothing counts before `check_last` or `finish` found that signature good.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.encoding import sha256
from zhilu.errors import DataError
from zhilu.sealed.lines import MAX_LINE, LineForm, Parts
from zhilu.sealed.report import Finding, Place

Signatures = Literal["each", "last"]

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

LOOK_AHEAD = 1000
"""Lines after a defect among which the next signed one is looked for."""


class LineReader:
    """Feeds on lines, with their LF, and keeps what the next one is judged by. 32 bytes are kept a line."""

    layer = "line"

    def __init__(
        self,
        file: str,
        typ: str,
        key: EllipticCurvePublicKey,
        kid: str,
        first_prev: bytes | None,
        signatures: Signatures = "each",
    ) -> None:
        """`first_prev` None: any `prev` in the first line (the caller compares it elsewhere)."""
        self.file, self.typ, self.key, self.kid = file, typ, key, kid
        self.findings: list[Finding] = []
        self.first_prev: bytes | None = first_prev
        self.signatures: Signatures = signatures
        self.stopped = False
        """A line was refused; nothing after it was taken."""
        self.last_at: str | None = None
        """`at` of the last good line."""
        self.lines = 0
        """How many lines were good."""
        self.head: bytes | None = None
        """Hash of the last good line."""
        self._form = LineForm(typ, kid)
        self._hashes = bytearray()
        self._unchecked: Parts | None = None
        self._looking = 0
        self._refused = 0

    def hash_of(self, n: int) -> bytes:
        """Hash of the good line n."""
        return bytes(self._hashes[32 * n : 32 * n + 32])

    @property
    def looking(self) -> bool:
        """A line was refused, and the next signed one would tell until when nothing is proved."""
        return self._looking > 0

    def read_line(self, line: bytes) -> dict[str, Any] | None:
        """The payload if the line is good and follows; otherwise None, and a finding says why."""
        if self.stopped:
            if self._looking:
                self._look(line)
            return None
        payload = None
        try:
            parts = self._take_apart(line)
            payload = parts.payload()
            this = sha256(line[:-1] if line.endswith(b"\n") else line)
            self._follow(payload, this)
            self.take(payload)
        except DataError as error:
            self._stop(error, payload)
            return None
        self._hashes += this
        self.lines, self.head, self.last_at = self.lines + 1, this, payload["at"]
        return payload

    def check_last(self) -> None:
        """Verify the one signature that was left out; from here on each line's is verified as it comes."""
        parts, self._unchecked, self.signatures = self._unchecked, None, "each"
        if parts is None:
            return
        try:
            parts.verify(self.key)
        except DataError as error:
            self.lines, self.last_at = self.lines - 1, None
            self._stop(error, None)

    def finish(self) -> None:
        """No more lines will come: subclasses say what is missing at the end."""
        self.check_last()

    def take(self, payload: dict[str, Any]) -> None:
        """What this kind of file says about its lines: subclasses raise DataError."""

    def refuse(self, error: DataError) -> None:
        layer = "line" if error.code in LINE_CODES else self.layer
        detail = " ".join(f"{name}={value}" for name, value in error.fields.items())
        self.findings.append(Finding(layer, error.code, Place(self.file, line=self.lines + 1), detail))

    def note(
        self, code: str, detail: str = "", defect: bool = True, *, since: str = "", until: str = ""
    ) -> None:
        """A finding that does not end the reading; its place is the line that is being read."""
        place = Place(self.file, line=self.lines + 1)
        self.findings.append(Finding(self.layer, code, place, detail, defect, since, until))

    def note_whole(self, code: str, *, since: str = "", until: str = "") -> None:
        """A defect of the file as a whole."""
        self.findings.append(Finding(self.layer, code, Place(self.file), since=since, until=until))

    def _take_apart(self, line: bytes) -> Parts:
        if not line.endswith(b"\n") and len(line) < MAX_LINE:
            raise DataError("torn-tail", "The file ends in the middle of a line.")
        parts = self._form.take_apart(line)
        if self.signatures == "each":
            parts.verify(self.key)
        else:
            self._unchecked = parts
        return parts

    def _follow(self, payload: dict[str, Any], this: bytes) -> None:
        n, prev = payload["n"], payload["prev"]
        if n < self.lines and self.hash_of(n) != this:
            raise DataError("fork", "Two different lines carry the number {n}.", n=n)
        if n != self.lines:
            raise DataError("sequence", "Line {n} stands where {wanted} belongs.", n=n, wanted=self.lines)
        wanted = self.head or self.first_prev
        if wanted is not None and prev != wanted.hex():
            raise DataError("chain", "Line {n} does not follow from the line before.", n=n)

    def _stop(self, error: DataError, payload: dict[str, Any] | None) -> None:
        """`payload` of the refused line, where its signature was good."""
        self.stopped = True
        self._refused = len(self.findings)
        self.refuse(error)
        self._unchecked = None
        if self.last_at is None:
            return
        self._bound(self.last_at, "")
        self._looking = LOOK_AHEAD
        if payload is not None and self.signatures == "each":
            self._until(payload)

    def _look(self, line: bytes) -> None:
        self._looking -= 1
        try:
            parts = self._form.take_apart(line)
            parts.verify(self.key)
            self._until(parts.payload())
        except DataError:
            return

    def _until(self, payload: dict[str, Any]) -> None:
        """A signed line, of which only place and time are believed."""
        if payload["n"] < self.lines:
            return
        head = self.head or b""
        if self._looking < LOOK_AHEAD and (payload["n"], payload["prev"]) == (self.lines, head.hex()):
            # It is the very line that should have come: something was put in, and nothing is missing.
            self._bound("", "")
        else:
            self._bound(self.last_at or "", payload["at"])
        self._looking = 0

    def _bound(self, since: str, until: str) -> None:
        found = self.findings[self._refused]
        self.findings[self._refused] = replace(found, since=since, until=until)
