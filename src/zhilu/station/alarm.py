"""One alarm: its life, how it is written, what the county still has to hear of it (rules: alarms.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from zhilu.encoding import format_time, parse_time
from zhilu.protocols.intake import alarm_body, recording_alarm_body, station_alarm_body
from zhilu.strictjson import FieldError, dumps, fields, loads_object

RANK = {"raised": 0, "confirmed": 1, "handled": 2, "closed": 3}
RAISED, CLOSED, ENDED = "raised", "closed", "ended"
OWN = frozenset({"officer-locked", "finger-duplicate", "sensor-missing", "spool-full", "spool-low"})
"""About the station or its people: no device was refused, so the ledger has no entry for it."""
LASTING = frozenset({"fork"})
"""Refusals that are not over when the device leaves its bay."""
LANES = ("entry", "life")
COUNT_TOLD = timedelta(minutes=1)
"""So often at most the county hears that an alarm counted up."""
WHILE_THERE = frozenset({"spool-full"})
"""Raised for a bay: a recorder waits in it for room."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LIMIT = 4096


@dataclass(frozen=True)
class Finding:
    """What a check found. `bay` None: the whole station. `detail`: a figure or a name, short."""

    code: str
    bay: int | None = None
    detail: str = ""


@dataclass(frozen=True)
class Telling:
    """What the county is told next. `state` None: the older kind, that makes the ledger's entry."""

    state: str | None
    count: int
    body: bytes


@dataclass
class Alarm:
    id: str
    number: int
    """They count up in the order in which they came."""
    at: datetime
    bay: int | None
    code: str
    about: str
    recording: UUID | None
    detail: str
    count: int = 1
    state: str = RAISED
    moved_at: datetime = _NEVER
    ended: bool = False
    standing: bool = False
    told_entry: bool = False
    told_confirmed: bool = False
    told_state: str | None = None
    told_count: int = 0
    told_at: datetime = _NEVER

    @property
    def key(self) -> tuple[int | None, str, str, UUID | None]:
        return (self.bay, self.code, self.about, self.recording)

    @property
    def over(self) -> bool:
        """Nobody needs to look any more. What was closed while it stands is kept, so that it stays silent."""
        return (self.state == CLOSED and not self.standing) or (self.ended and self.state != RAISED)

    @property
    def ends_with_device(self) -> bool:
        """About what is in the bay, as long as it is there."""
        refusal = self._has_entry and self.recording is None and self.code not in LASTING
        return refusal or (self.bay is not None and self.code in WHILE_THERE)

    @property
    def _has_entry(self) -> bool:
        return self.bay is not None and not self.standing and self.code not in OWN

    def advance(self, state: str, now: datetime) -> bool:
        """Forwards only; whether it changed anything."""
        if RANK[state] <= RANK[self.state]:
            return False
        self.state, self.moved_at = state, now
        return True

    # -- the county

    @property
    def untold(self) -> bool:
        """Whether something is left that the county must hear; a count alone is not."""
        return (self._has_entry and not self.told_entry) or self._next_state() is not None

    def next_telling(self, lane: str, now: datetime) -> Telling | None:
        """What the county hears next of the refusal (`entry`), or of the alarm's life (`life`)."""
        if lane == "entry":
            untold = self._has_entry and not self.told_entry
            return Telling(None, self.count, self._entry()) if untold else None
        state = self._next_state()
        if state is None and self.count != self.told_count and not now - self.told_at < COUNT_TOLD:
            state = self.told_state
        return None if state is None else Telling(state, self.count, self._body(state))

    def was_told(self, told: Telling, now: datetime) -> None:
        if told.state is None:
            self.told_entry = True
            return
        self.told_state, self.told_count, self.told_at = told.state, told.count, now
        self.told_confirmed = self.told_confirmed or told.state == "confirmed"

    def _next_state(self) -> str | None:
        if self.told_state is None:
            return RAISED
        if self.state != RAISED and not self.told_confirmed:
            return "confirmed"
        if self.ended != (self.told_state == ENDED):
            return ENDED if self.ended else "confirmed" if self.told_confirmed else RAISED
        return None

    def _entry(self) -> bytes:
        assert self.bay is not None
        at = format_time(self.at)
        if self.recording is None:
            return alarm_body(self.bay, self.code, self.about, at)
        return recording_alarm_body(self.bay, self.code, self.about, self.recording, at)

    def _body(self, state: str) -> bytes:
        return station_alarm_body(
            id=self.id,
            code=self.code,
            bay=self.bay,
            detail=self.detail or self.about,
            at=format_time(self.at),
            count=self.count,
            state=state,
        )

    # -- screen and disk

    def to_screen(self) -> dict[str, object]:
        return {
            "id": self.id,
            "at": format_time(self.at),
            "bay": self.bay,
            "code": self.code,
            "detail": self.detail or self.about,
            "count": self.count,
            "state": self.state,
            "ended": self.ended,
        }

    def to_bytes(self) -> bytes:
        said: dict[str, Any] = {name: getattr(self, name) for name in _SHAPE}
        for name in _TIMES:
            said[name] = format_time(said[name])
        said["recording"] = None if self.recording is None else str(self.recording)
        return dumps(said)


_NONE = type(None)
_TIMES = ("at", "moved_at", "told_at")
_SHAPE: dict[str, type | tuple[type, ...]] = {
    "number": int,
    "at": str,
    "bay": (int, _NONE),
    "code": str,
    "about": str,
    "recording": (str, _NONE),
    "detail": str,
    "count": int,
    "state": str,
    "moved_at": str,
    "ended": bool,
    "standing": bool,
    "told_entry": bool,
    "told_confirmed": bool,
    "told_state": (str, _NONE),
    "told_count": int,
    "told_at": str,
}


def read(identifier: str, body: bytes) -> Alarm:
    """DataError where this is no alarm."""
    got = fields(loads_object(body, _LIMIT), _SHAPE)
    if got["state"] not in RANK:
        raise FieldError("state")
    for name in _TIMES:
        got[name] = parse_time(got[name])
    try:
        if got["recording"] is not None:
            got["recording"] = UUID(got["recording"])
        return Alarm(id=str(UUID(identifier)), **got)
    except ValueError:
        raise FieldError("id") from None
