"""Imports: files that were sealed by a station, not at capture (spec/journal.md §6). What their journals say.

- typ `zhilu-import`, signed by the station; origin `import` there and nowhere else
- `open`, `segment`, `close` and no other line; an import is never a drill
- the file's own bytes in pieces of 1 MiB, only the last shorter: together as many as `source.size`
- `source`, `checkpoint` and `private` are there and well formed

What the file shows, when it was made and by whom is claimed by its name and the card. Nobody signed that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.encoding import b64u
from zhilu.errors import DataError
from zhilu.sealed import shapes
from zhilu.sealed.journal import Close, JournalReader, Open, Segment, read_open
from zhilu.sealed.lines import IMPORT, header, unverified_kid
from zhilu.sealed.segments import TAG_SIZE
from zhilu.strictjson import FieldError

ORIGIN = "import"
PIECE = 2**20
"""Bytes of the file in each segment but the last."""

OTHER = "application/octet-stream"
MEDIA = (
    "video/mp4",
    "video/quicktime",
    "video/x-msvideo",
    "image/jpeg",
    "image/png",
    "audio/mpeg",
    "audio/wav",
    "audio/mp4",
    OTHER,
)
STATES = ("sound", "truncated", "unreadable")
CLAIMS = ("name", "serial", "officer", "claimed_at", "modified_at")
"""Fields of `private`, text or null."""

_TYPES = frozenset({"open", "segment", "close"})


@dataclass(frozen=True)
class Source:
    """The file as the station read it: SHA-256 and bytes of the whole, what was found, how long it plays."""

    sha256: bytes
    size: int
    state: str
    duration_us: int | None

    @property
    def pieces(self) -> int:
        """How many segments hold it; an empty file has one."""
        return max(1, -(-self.size // PIECE))

    def to_json(self) -> dict[str, Any]:
        return {
            "sha256": self.sha256.hex(),
            "size": self.size,
            "state": self.state,
            "duration_us": self.duration_us,
        }

    @classmethod
    def from_json(cls, value: object) -> Source:
        if not isinstance(value, dict):
            raise FieldError("source")
        duration = None if value.get("duration_us", 0) is None else shapes.number(value, "duration_us")
        return cls(
            shapes.digest(value, "sha256"),
            shapes.number(value, "size"),
            shapes.one_of(value, "state", STATES),
            duration,
        )


@dataclass(frozen=True)
class ImportFacts:
    """What `open` of an import has beyond other recordings; `checkpoint` is a note's SHA-256."""

    source: Source
    checkpoint: bytes
    private: str


class ImportReader(JournalReader):
    """`JournalReader` of an import; `facts` once `open` was read."""

    def __init__(self, key: EllipticCurvePublicKey, kid: str, prev: bytes | None = None) -> None:
        """`prev`: hash of the last line of the import before, None where that is compared elsewhere."""
        super().__init__(key, kid, IMPORT, prev)
        self.facts: ImportFacts | None = None
        self._source_bytes = 0

    def take(self, payload: dict[str, Any]) -> None:
        if payload["type"] not in _TYPES:
            raise DataError("type", "A journal has no line of the kind {kind}.", kind=payload["type"])
        super().take(payload)

    def refuse(self, error: DataError) -> None:
        if error.code == "chain" and self.lines == 0:
            error = DataError("import-chain", "The import does not follow the station's import before it.")
        super().refuse(error)

    def _take_open(self, payload: dict[str, Any]) -> Open:
        opened, self.facts = read_import(payload)
        self.open, self._reached = opened, opened.at
        return opened

    def _take_segment(self, payload: dict[str, Any]) -> Segment:
        if self._source_bytes != self.segments * PIECE:
            raise DataError("segment-size", "Only the last piece of a file may be short.")
        segment = super()._take_segment(payload)
        if segment.pts_us or segment.duration_us:
            raise FieldError("pts_us")
        if not (TAG_SIZE if segment.i == 0 else TAG_SIZE + 1) <= segment.length <= PIECE + TAG_SIZE:
            raise DataError(
                "segment-size", "Segment {i} has {length} bytes.", i=segment.i, length=segment.length
            )
        self._source_bytes += segment.length - TAG_SIZE
        return segment

    def _take_close(self, payload: dict[str, Any]) -> Close:
        close = super()._take_close(payload)
        assert self.facts is not None  # `open` comes first
        if self.segments == 0 or self._source_bytes != self.facts.source.size:
            self.close = None
            raise DataError("source-size", "The segments hold more or less than the file had.")
        if close.reason != "end-of-source":
            self.close = None
            raise FieldError("reason")
        return close


def read_import(payload: dict[str, Any]) -> tuple[Open, ImportFacts]:
    """The `open` line of an import; refuses with `field`, `suite`, `origin` or `drill`."""
    opened = read_open(payload, MEDIA)
    if opened.origin != ORIGIN:
        raise DataError("origin", "The origin does not fit the kind of journal: {typ}", typ=IMPORT)
    if opened.drill:
        raise DataError("drill", "An import is never a drill.")
    facts = ImportFacts(
        Source.from_json(payload.get("source")),
        shapes.digest(payload, "checkpoint"),
        shapes.sealed_text(payload, "private"),
    )
    return opened, facts


def claims_import(line: bytes) -> bool:
    """Whether a first line's header says `zhilu-import`. Nothing is verified: only which rules will judge."""
    try:
        return line.split(b".", 1)[0].decode("ascii") == b64u(header(IMPORT, unverified_kid(line)))
    except (DataError, UnicodeDecodeError):
        return False
