"""The logbook of a recorder (spec/journal.md §3): its whole life, line by line.

- first `enrolled`, once, whose key is the key that signs the file
- the counter, kept outside the store, stood at the number of `enrolled` and goes up by exactly one in each
  line that carries it; in the line that closes a recording by one and the minutes of its journal. Any other
  step is reported, with both times, and read on
- a recording is opened once and closed once, by `recording-closed` or, before the next `boot`, by `recovered`
- only what was closed is cleared; a receipt that was refused is told with its code
- a power-on records or says why not; where it does neither, that is noted with both times

After the last line nothing is known of the recorder. Only a TPM's counter makes the end of the file provable
(docs/adr/0007): with any other it can be cut off unseen between two dockings. `tail_provable` says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.encoding import parse_time
from zhilu.errors import DataError
from zhilu.sealed import shapes
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.sealed.lines import FIRST, LOGBOOK
from zhilu.sealed.reader import LineReader, Signatures
from zhilu.strictjson import FieldError, fields

FILE = "logbook.jws"
COUNTER_KINDS = ("tpm", "token", "file", "none")
PROVABLE_COUNTERS = ("tpm",)
"""Counters that nobody can set back. A token's number can be, by whoever holds its PIN."""
NOT_RECORDING = ("camera", "storage-full", "no-policy", "in-dock")
REFUSED, NOT_YET, CONSISTENCY, MANY = "clearing-refused", "quorum", "consistency", "refusals-many"
MOST_REFUSED = 100
"""Lines of a docking; the last says `refusals-many`."""
CODE = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)


@dataclass
class Life:
    """What the logbook tells of one recording."""

    recording: UUID
    opened_by: bytes
    opened_at: str
    opened_line: int
    """Counted from 1, as in places."""
    counter: int
    """Of its `recording-opened` line."""
    drill: bool | None
    """What the newest `assigned` before it says; None without one."""
    checkpoint: bytes | None
    """SHA-256 of the checkpoint note that the `boot` before it names."""
    closed_by: str | None = None
    closed_at: str | None = None
    closed_line: int | None = None
    lines: int = 0
    last: bytes = b""
    segments: int = 0
    length: int = 0
    minutes: int = 0
    cleared: bool = False
    lost: bool = False
    """A boot came while it was neither closed nor recovered."""
    lost_at: str = ""
    until: str = ""
    """Of one that was recovered: its last signed time."""
    resumed_at: str = ""
    """`at` of the recording that followed it, after a fault, a power cut or a crash."""


@dataclass(frozen=True)
class Head:
    """Number and hash of a line, as somebody saw it before."""

    n: int
    digest: bytes


@dataclass(frozen=True)
class Enrolled:
    serial: str
    jwk: dict[str, str]
    roots: list[str]
    ledger: str
    cosigners: list[str]
    quorum: int
    counter_kind: str


@dataclass
class _Now:
    counter: int | None = None
    counted_at: str = ""
    checkpoint: bytes | None = None
    drill: bool | None = None
    boot_at: str = ""
    """Of a power-on that has not said yet whether it records."""
    open: list[UUID] = field(default_factory=list)


class LogbookReader(LineReader):
    """Incremental: `feed` a line with its LF, get its payload, or None once a line was refused."""

    layer = "logbook"

    def __init__(self, key: EllipticCurvePublicKey, kid: str, signatures: Signatures = "each") -> None:
        super().__init__(FILE, LOGBOOK, key, kid, FIRST, signatures)
        self.enrolled: Enrolled | None = None
        self.recordings: dict[UUID, Life] = {}
        self._now = _Now()

    def feed(self, line: bytes) -> dict[str, Any] | None:
        payload = self.read_line(line)
        if payload is not None and payload["type"] == "recording-opened":
            # Only now is the line's hash known.
            self.recordings[shapes.identifier(payload, "id")].opened_by = self.head or b""
        return payload

    def finish(self) -> None:
        super().finish()
        if not self.stopped and self.enrolled is None:
            self.note_whole("logbook-empty")

    @property
    def tail_provable(self) -> bool:
        return self.enrolled is not None and self.enrolled.counter_kind in PROVABLE_COUNTERS

    def take(self, payload: dict[str, Any]) -> None:
        kind = payload["type"]
        if (kind == "enrolled") != (self.enrolled is None):
            raise DataError(
                "enrolled-first", "A logbook begins with `enrolled`, once; here stands {kind}.", kind=kind
            )
        if kind not in _SHAPES:
            raise DataError("type", "A logbook has no line of the kind {kind}.", kind=kind)
        _check_shape(payload, _SHAPES[kind])
        handler = getattr(self, "_take_" + kind.replace("-", "_"), None)
        if handler is not None:
            handler(payload)
        if "counter" in _SHAPES[kind]:
            self._count(payload)

    def _take_enrolled(self, payload: dict[str, Any]) -> None:
        if thumbprint(load_jwk(payload["jwk"])) != self.kid:
            raise DataError("enrolled-key", "The logbook is signed by another key than it was enrolled with.")
        shapes.one_of(payload, "counter_kind", COUNTER_KINDS)
        for root in payload["roots"]:
            shapes.digest({"roots": root}, "roots")
        for vkey in payload["cosigners"]:
            shapes.text({"cosigners": vkey}, "cosigners")
        shapes.number(payload, "quorum", 1)
        names = ("serial", "jwk", "roots", "ledger", "cosigners", "quorum", "counter_kind")
        self.enrolled = Enrolled(**{name: payload[name] for name in names})

    def _take_boot(self, payload: dict[str, Any]) -> None:
        for recording in self._now.open:
            life = self.recordings[recording]
            life.lost, life.lost_at = True, payload["at"]
            self.note("open-recording", f"id={recording}", since=life.opened_at, until=payload["at"])
        self._now.open.clear()
        self._now.checkpoint = None if payload["checkpoint"] is None else shapes.digest(payload, "checkpoint")
        self._power_went(payload)
        self._now.boot_at = payload["at"]

    def _take_shutdown(self, payload: dict[str, Any]) -> None:
        self._power_went(payload)

    def _power_went(self, payload: dict[str, Any]) -> None:
        """The end of a power-on: did it record, or say why not?"""
        since, self._now.boot_at = self._now.boot_at, ""
        if since:
            self.note("boot-unexplained", defect=False, since=since, until=payload["at"])

    def _take_not_recording(self, payload: dict[str, Any]) -> None:
        shapes.one_of(payload, "reason", NOT_RECORDING)
        self._now.boot_at = ""

    def _take_assigned(self, payload: dict[str, Any]) -> None:
        shapes.identifier(payload, "officer")
        self._now.drill = payload["drill"]

    def _take_clock_set(self, payload: dict[str, Any]) -> None:
        for name in ("before", "after"):
            shapes.read(payload, name, parse_time)

    def _take_docked(self, payload: dict[str, Any]) -> None:
        shapes.digest(payload, "checkpoint")
        shapes.sealed_text(payload, "station_nonce")

    def _take_recording_opened(self, payload: dict[str, Any]) -> None:
        recording = shapes.identifier(payload, "id")
        if recording in self.recordings:
            raise DataError("recording-order", "The recording {id} is opened twice.", id=recording)
        if "follows" in payload:
            self._follows(payload)
        now = self._now
        self.recordings[recording] = Life(
            recording, b"", payload["at"], self.lines + 1, payload["counter"], now.drill, now.checkpoint
        )
        now.open.append(recording)
        now.boot_at = ""

    def _follows(self, payload: dict[str, Any]) -> None:
        """Which recording broke off before; nothing was recorded from its end to here."""
        follows = fields(payload, {"follows": dict})["follows"]
        before = self.recordings.get(shapes.identifier(follows, "id"))
        shapes.read(follows, "until", parse_time)
        if before is None or before.closed_by is None or before.resumed_at:
            raise DataError("recording-order", "The recording that it follows had not ended just before.")
        before.resumed_at = payload["at"]

    def _take_recording_closed(self, payload: dict[str, Any]) -> None:
        recording = shapes.identifier(payload, "id")
        life = self.recordings.get(recording)
        if life is None or life.closed_by is not None:
            raise DataError("recording-order", "The recording {id} is closed but not open.", id=recording)
        life.closed_by, life.closed_at, life.closed_line = payload["type"], payload["at"], self.lines + 1
        life.lines, life.segments, life.length = payload["lines"], payload["segments"], payload["length"]
        life.last, life.minutes = shapes.digest(payload, "last"), payload["minutes"]
        if recording in self._now.open:
            self._now.open.remove(recording)

    def _take_recovered(self, payload: dict[str, Any]) -> None:
        shapes.read(payload, "until", parse_time)
        self._take_recording_closed(payload)
        self.recordings[shapes.identifier(payload, "id")].until = payload["until"]

    def _take_cleared(self, payload: dict[str, Any]) -> None:
        recording = shapes.identifier(payload, "id")
        shapes.digest(payload, "checkpoint")
        life = self.recordings.get(recording)
        if life is None or life.closed_by is None or life.cleared:
            raise DataError(
                "recording-order",
                "The recording {id} is cleared but was not closed, or is cleared twice.",
                id=recording,
            )
        life.cleared = True

    def _take_clearing_refused(self, payload: dict[str, Any]) -> None:
        shapes.optional_identifier(payload, "id")
        if not CODE.fullmatch(payload["code"]):
            raise FieldError("code")

    def _count(self, payload: dict[str, Any]) -> None:
        """Reported, and read on: the lines are what they are, but something is missing or was set back."""
        before, since = self._now.counter, self._now.counted_at
        self._now.counter, self._now.counted_at = payload["counter"], payload["at"]
        if before is None or payload["counter"] == before + 1 + payload.get("minutes", 0):
            return
        if payload["type"] == "recovered":
            # The minutes of its journal are there up to this time.
            since = payload["until"]
        detail = f"counter={payload['counter']} after={before}"
        if "minutes" in payload:
            detail += f" minutes={payload['minutes']}"
        self.note("counter", detail, since=since, until=payload["at"])


def read_logbook(lines: Iterable[bytes], key: EllipticCurvePublicKey, kid: str) -> LogbookReader:
    """Read a whole logbook; ask the result for `findings`, `enrolled`, `recordings`, `lines`, `head`."""
    reader = LogbookReader(key, kid)
    for line in lines:
        reader.feed(line)
        if reader.stopped and not reader.looking:
            break
    reader.finish()
    return reader


_NULL = type(None)
_CLOSED: dict[str, type | tuple[type, ...]] = {
    "counter": int,
    "id": str,
    "lines": int,
    "last": str,
    "segments": int,
    "length": int,
    "minutes": int,
}
_SHAPES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "enrolled": {
        "serial": str,
        "jwk": dict,
        "roots": list,
        "ledger": str,
        "cosigners": list,
        "quorum": int,
        "counter_kind": str,
        "counter": int,
    },
    "boot": {"counter": int, "uptime_ms": int, "checkpoint": (str, _NULL), "software": str},
    "recording-opened": {"counter": int, "id": str},
    "recording-closed": _CLOSED,
    "recovered": _CLOSED | {"cut": int, "torn": int, "until": str},
    "not-recording": {"reason": str, "detail": str},
    "shutdown": {"reason": str},
    "docked": {"handover": str, "station_nonce": str, "checkpoint": str},
    "assigned": {"entry": str, "index": int, "officer": str, "station": str, "bay": int, "drill": bool},
    "trust-changed": {"entry": str, "index": int, "kind": str, "version": int},
    "cleared": {"id": str, "receipt": str, "index": int, "checkpoint": str},
    "clearing-refused": {"id": (str, _NULL), "code": str},
    "clock-set": {"before": str, "after": str, "offset_us": int, "station": str, "source": str},
    "battery": {"percent": int},
    "storage": {"free": int, "total": int},
    "fault": {"code": str, "detail": str},
}
_DIGESTS = frozenset({"handover", "entry", "receipt", "last"})
_MISSING = object()
_SIGNED = frozenset({"offset_us"})


def _check_shape(payload: dict[str, Any], shape: dict[str, type | tuple[type, ...]]) -> None:
    for name, kinds in shape.items():
        value = payload.get(name, _MISSING)
        kind = type(value)
        if kind is not kinds and not (isinstance(kinds, tuple) and kind in kinds):
            raise FieldError(name)
        if kind is int and value < 0 and name not in _SIGNED:
            raise FieldError(name)
        if name in _DIGESTS:
            shapes.digest(payload, name)
