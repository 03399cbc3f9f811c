"""The journal of one recording (spec/journal.md §4, §6): what its lines must say, and in which order.

- first `open`, and only there; nothing after `close`
- segments count from 0 and lie end to end; time goes forward, with 1 s of slack
- each `minute` carries the number after that of the minute before: a step is reported and read on
- `close` agrees with what was counted; a journal without it is the finding `unclosed`
- origin `import` exactly where the file was signed at import

What is not judged here: the media, the logbook's view, whether the policy allowed the recipients; and what an
import says of its file (`imports.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.encoding import unb64u
from zhilu.errors import DataError
from zhilu.sealed import shapes
from zhilu.sealed.envelopes import ENVELOPE_SIZE
from zhilu.sealed.lines import IMPORT, JOURNAL
from zhilu.sealed.reader import LineReader, Signatures
from zhilu.sealed.segments import MAX_SEALED, TAG_SIZE
from zhilu.strictjson import FieldError, fields

FILE = "journal.jws"
ORIGINS = ("camera", "rtsp", "file", "test", "import")
CAPTURED = ("camera", "rtsp")
"""Origins that may be called capture; no report says so of the others."""
MEDIA = ("video/mp4",)
QUALITIES = ("black", "silent")
REASONS = ("power-off", "end-of-source", "fault", "storage-full")
SUITES = frozenset({"zhilu-1"})
PTS_SLACK_US = 1_000_000


@dataclass(frozen=True)
class Open:
    """What a recording says of itself. `shares` and `text` as in spec/envelopes.md, shapes checked."""

    recording: UUID
    at: str
    suite: str
    origin: str
    drill: bool
    officer: str | None
    policy: int
    shares: list[dict[str, Any]]
    text: dict[str, str]
    key_commitment: bytes
    codec: str
    media: str
    width: int
    height: int
    prev: bytes
    payload: dict[str, Any]


@dataclass(frozen=True)
class Segment:
    """Where one sealed segment lies in `media.sealed`, bytes; its time in microseconds.

    `since`, `at`: the signed times between which it was recorded; its own line's, and that of the segment
    (or `open`) before.
    """

    n: int
    i: int
    offset: int
    length: int
    sha256: bytes
    pts_us: int
    duration_us: int
    private: str | None
    since: str = ""
    at: str = ""

    @property
    def end(self) -> int:
        return self.offset + self.length


@dataclass(frozen=True)
class Mark:
    n: int
    pts_us: int
    private: str


@dataclass(frozen=True)
class Gap:
    n: int
    from_us: int
    to_us: int
    reason: str


@dataclass(frozen=True)
class Quality:
    """A whole minute and more without light (`black`) or without sound (`silent`)."""

    n: int
    from_us: int
    to_us: int
    reason: str


@dataclass(frozen=True)
class Minute:
    """A number of the counter outside the store, taken while the recording was open."""

    n: int
    at: str
    counter: int


@dataclass(frozen=True)
class Close:
    n: int
    at: str
    reason: str
    segments: int
    length: int


Record = Open | Minute | Segment | Mark | Gap | Quality | Close


class JournalReader(LineReader):
    """Incremental: `feed` a line with its LF, get its record, or None once a line was refused."""

    layer = "journal"

    def __init__(
        self,
        key: EllipticCurvePublicKey,
        kid: str,
        typ: str = JOURNAL,
        opened_by: bytes | None = None,
        signatures: Signatures = "each",
    ) -> None:
        """`opened_by`: hash of the logbook's `recording-opened` line, None where it is compared later."""
        super().__init__(FILE, typ, key, kid, opened_by, signatures)
        self.open: Open | None = None
        self.close: Close | None = None
        self.segments = 0
        self.length = 0
        self.duration_us = 0
        self.minutes = 0
        """How many `minute` lines."""
        self.first_minute: Minute | None = None
        self.last_minute: Minute | None = None
        self._reached = ""
        """`at` of the last segment, or of `open`."""
        self._record: Record | None = None

    def feed(self, line: bytes) -> Record | None:
        return self._record if self.read_line(line) is not None else None

    def finish(self) -> None:
        """No more lines will come."""
        super().finish()
        if not self.stopped and self.open is None:
            self.note_whole("journal-empty")
        elif not self.stopped and self.close is None:
            self.note_whole("unclosed", since=self.last_at or "")

    def take(self, payload: dict[str, Any]) -> None:
        if self.close is not None:
            raise DataError("after-close", "A line follows after the journal was closed.")
        kind = payload["type"]
        if (kind == "open") != (self.open is None):
            raise DataError(
                "open-first", "A journal begins with `open`, once; here stands {kind}.", kind=kind
            )
        handler = getattr(self, f"_take_{kind}", None) if kind in _KINDS else None
        if handler is None:
            raise DataError("type", "A journal has no line of the kind {kind}.", kind=kind)
        self._record = handler(payload)

    def refuse(self, error: DataError) -> None:
        if error.code == "chain" and self.lines == 0:
            # The very first `prev` names the logbook's line: that it does not is another fault.
            error = DataError("opened-by", error.hint, **error.fields)
        super().refuse(error)

    def _take_open(self, payload: dict[str, Any]) -> Open:
        self.open = read_open(payload)
        if (self.open.origin == "import") != (self.typ == IMPORT):
            self.open = None
            raise DataError("origin", "The origin does not fit the kind of journal: {typ}", typ=self.typ)
        self._reached = self.open.at
        return self.open

    def _take_minute(self, payload: dict[str, Any]) -> Minute:
        minute = Minute(payload["n"], payload["at"], shapes.number(payload, "counter"))
        before, self.last_minute = self.last_minute, minute
        if before is None:
            self.first_minute = minute
        elif minute.counter != before.counter + 1:
            detail = f"counter={minute.counter} after={before.counter}"
            self.note("counter", detail, since=before.at, until=minute.at)
        self.minutes += 1
        return minute

    def _take_segment(self, payload: dict[str, Any]) -> Segment:
        segment = _read_segment(payload, self._reached)
        if segment.i != self.segments or segment.offset != self.length:
            raise DataError("segment-order", "Segment {i} does not follow.", i=segment.i)
        if not TAG_SIZE <= segment.length <= MAX_SEALED:
            raise DataError(
                "segment-size", "Segment {i} has {length} bytes.", i=segment.i, length=segment.length
            )
        if segment.i == 0 and (segment.pts_us or segment.duration_us):
            raise FieldError("pts_us")
        if segment.pts_us < self.duration_us - PTS_SLACK_US:
            raise DataError("pts", "Segment {i} lies before the end of the one before.", i=segment.i)
        self.segments, self.length, self._reached = self.segments + 1, segment.end, segment.at
        self.duration_us = max(self.duration_us, segment.pts_us + segment.duration_us)
        return segment

    def _take_mark(self, payload: dict[str, Any]) -> Mark:
        return Mark(payload["n"], shapes.number(payload, "pts_us"), shapes.sealed_text(payload, "private"))

    def _take_gap(self, payload: dict[str, Any]) -> Gap:
        return Gap(payload["n"], *_span(payload), shapes.text(payload, "reason"))

    def _take_quality(self, payload: dict[str, Any]) -> Quality:
        return Quality(payload["n"], *_span(payload), shapes.one_of(payload, "reason", QUALITIES))

    def _take_close(self, payload: dict[str, Any]) -> Close:
        close = Close(
            payload["n"],
            payload["at"],
            shapes.one_of(payload, "reason", REASONS),
            shapes.number(payload, "segments"),
            shapes.number(payload, "length"),
        )
        if (close.segments, close.length) != (self.segments, self.length):
            raise DataError("close-counts", "`close` counts other segments or bytes than there are.")
        self.close = close
        return close


_KINDS = frozenset({"open", "minute", "segment", "mark", "gap", "quality", "close"})


def read_open(payload: dict[str, Any], media: tuple[str, ...] = MEDIA) -> Open:
    """The `open` line's record; refuses with `field` or `suite`. `media`: the types that may be named."""
    suite = shapes.text(payload, "suite")
    if suite not in SUITES:
        raise DataError("suite", "The suite {suite} is not allowed.", suite=suite)
    return Open(
        recording=shapes.identifier(payload, "id"),
        at=payload["at"],
        suite=suite,
        origin=shapes.one_of(payload, "origin", ORIGINS),
        drill=shapes.flag(payload, "drill"),
        officer=shapes.optional_identifier(payload, "officer"),
        policy=shapes.number(payload, "policy"),
        shares=_read_shares(payload),
        text=_read_envelope(payload.get("text"), "text"),
        key_commitment=shapes.digest(payload, "key_commitment"),
        codec=shapes.text(payload, "codec"),
        media=shapes.one_of(payload, "media", media),
        width=shapes.number(payload, "width"),
        height=shapes.number(payload, "height"),
        prev=shapes.digest(payload, "prev"),
        payload=payload,
    )


def _span(payload: dict[str, Any]) -> tuple[int, int]:
    from_us, to_us = shapes.number(payload, "from_us"), shapes.number(payload, "to_us")
    if to_us < from_us:
        raise FieldError("to_us")
    return from_us, to_us


def _read_segment(payload: dict[str, Any], since: str) -> Segment:
    return Segment(
        n=payload["n"],
        i=shapes.number(payload, "i"),
        offset=shapes.number(payload, "offset"),
        length=shapes.number(payload, "length"),
        sha256=shapes.digest(payload, "sha256"),
        pts_us=shapes.number(payload, "pts_us"),
        duration_us=shapes.number(payload, "duration_us"),
        private=shapes.sealed_text(payload, "private") if "private" in payload else None,
        since=since,
        at=payload["at"],
    )


def _read_shares(payload: dict[str, Any]) -> list[dict[str, Any]]:
    shares = fields(payload, {"shares": list})["shares"]
    if not 1 <= len(shares) <= 2:
        raise FieldError("shares")
    return [_read_share(share) for share in shares]


def _read_share(share: object) -> dict[str, Any]:
    got = fields(share, {"hash": str, "envelopes": list})
    shapes.digest(got, "hash")
    if len(got["envelopes"]) != 2:
        raise FieldError("envelopes")
    return got | {"envelopes": [_read_envelope(envelope, "envelopes") for envelope in got["envelopes"]]}


def _read_envelope(envelope: object, name: str) -> dict[str, str]:
    if not isinstance(envelope, dict):
        raise FieldError(name)
    got = fields(envelope, {"to": str, "sealed": str})
    for part, size in (("to", 32), ("sealed", ENVELOPE_SIZE)):
        if len(shapes.read(got, part, unb64u)) != size:
            raise FieldError(name)
    return got
