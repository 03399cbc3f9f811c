"""What a `LogbookReader` knows after its last line, as JSON, and a reader that goes on from there.

For a recorder's own logbook only: whoever reads with a state believes whoever wrote it. What is left out are
the hashes of the lines before, by which a fork is told from a line out of place; either is refused.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from zhilu.encoding import hex32
from zhilu.sealed.logbook import Enrolled, Life, LogbookReader, _Now

_BYTES = ("opened_by", "checkpoint", "last")
_LIFE = [field.name for field in fields(Life)]


def state_of(reader: LogbookReader) -> dict[str, Any]:
    """Of a reader that refused nothing."""
    now = reader._now
    return {
        "lines": reader.lines,
        "head": (reader.head or b"").hex(),
        "last_at": reader.last_at,
        "enrolled": asdict(reader.enrolled) if reader.enrolled else None,
        "now": {name: _plain(getattr(now, name)) for name in (field.name for field in fields(_Now))},
        "life": _LIFE,
        "recordings": [
            [_plain(getattr(life, name)) for name in _LIFE] for life in reader.recordings.values()
        ],
    }


def go_on(reader: LogbookReader, state: dict[str, Any]) -> None:
    """Put a new reader where the other one was. KeyError, TypeError, ValueError, DataError: no such state."""
    now = dict(state["now"])
    now["open"] = [UUID(text) for text in now["open"]]
    now["checkpoint"] = hex32(now["checkpoint"]) if now["checkpoint"] else None
    lives = [_life(dict(zip(state["life"], values, strict=True))) for values in state["recordings"]]
    enrolled = Enrolled(**state["enrolled"]) if state["enrolled"] else None
    reader.recordings = {life.recording: life for life in lives}
    reader.lines, reader.head, reader.last_at = state["lines"], hex32(state["head"]), state["last_at"]
    reader.enrolled, reader._now = enrolled, _Now(**now)


def _life(values: dict[str, Any]) -> Life:
    for name in _BYTES:
        values[name] = None if values[name] is None else bytes.fromhex(values[name])
    return Life(**values | {"recording": UUID(values["recording"])})


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, UUID):
        return str(value)
    return [_plain(one) for one in value] if isinstance(value, list) else value
