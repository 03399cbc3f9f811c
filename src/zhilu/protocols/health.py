"""What a station says of its own health (spec/registers.md §5): a report that proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhilu.encoding import format_time, parse_time, unb64u
from zhilu.protocols.collection import Phase
from zhilu.strictjson import FieldError, dumps, fields, loads_object

HEALTH_LIMIT = 16 * 2**10
ANSWER_LIMIT = 2**17
EVERY_S = 60
LEAST_S = 30
MOST_BAYS = 64
LONGEST_RELEASE = 64
_PHASES = frozenset(str(phase) for phase in Phase)


@dataclass(frozen=True)
class Bay:
    number: int
    phase: str
    recorder: str | None


@dataclass(frozen=True)
class Health:
    """`clock_offset_us`: how far the station's clock is ahead of the county's, None where nobody measured."""

    at: datetime
    spool_bytes: int
    spool_limit_bytes: int
    disk_free_bytes: int
    clock_offset_us: int | None
    snapshot_at: datetime | None
    certificate_until: datetime | None
    release: str
    bays: tuple[Bay, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "at": format_time(self.at),
            "spool_bytes": self.spool_bytes,
            "spool_limit_bytes": self.spool_limit_bytes,
            "disk_free_bytes": self.disk_free_bytes,
            "clock_offset_us": self.clock_offset_us,
            "snapshot_at": format_time(self.snapshot_at) if self.snapshot_at else None,
            "certificate_until": format_time(self.certificate_until) if self.certificate_until else None,
            "release": self.release,
            "bays": [one.__dict__ for one in self.bays],
        }

    def to_bytes(self) -> bytes:
        return dumps(self.to_json())

    @classmethod
    def from_bytes(cls, body: bytes) -> Health:
        return cls.from_json(loads_object(body, HEALTH_LIMIT))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Health:
        """Unknown fields are ignored; a field of the wrong form is a FieldError that names it."""
        got = fields(dict(value), _SHAPE)
        for name in ("spool_bytes", "spool_limit_bytes", "disk_free_bytes"):
            _refuse_unless(got[name] >= 0, name)
        _refuse_unless(len(got["release"]) <= LONGEST_RELEASE, "release")
        _refuse_unless(len(got["bays"]) <= MOST_BAYS, "bays")
        for name in ("snapshot_at", "certificate_until"):
            got[name] = None if got[name] is None else parse_time(got[name])
        bays = tuple(_bay(one) for one in got["bays"])
        _refuse_unless(len({one.number for one in bays}) == len(bays), "bays")
        return cls(**got | {"at": parse_time(got["at"]), "bays": bays})


_NONE = type(None)
_SHAPE: dict[str, type | tuple[type, ...]] = {
    "at": str,
    "spool_bytes": int,
    "spool_limit_bytes": int,
    "disk_free_bytes": int,
    "clock_offset_us": (int, _NONE),
    "snapshot_at": (str, _NONE),
    "certificate_until": (str, _NONE),
    "release": str,
    "bays": list,
}


def parse_answer(body: bytes) -> dict[str, str]:
    """State by id of the station's alarms that the county has moved."""
    told = loads_object(body, ANSWER_LIMIT).get("alarms", {})
    _refuse_unless(
        isinstance(told, dict) and all(isinstance(state, str) for state in told.values()), "alarms"
    )
    return dict(told)


def _bay(value: Any) -> Bay:
    got = fields(value, {"number": int, "phase": str, "recorder": (str, _NONE)})
    _refuse_unless(got["number"] > 0, "number")
    _refuse_unless(got["phase"] in _PHASES, "phase")
    if got["recorder"] is not None:
        _refuse_unless(len(unb64u(got["recorder"])) == 32, "recorder")
    return Bay(**got)


def _refuse_unless(holds: bool, name: str) -> None:
    if not holds:
        raise FieldError(name)
