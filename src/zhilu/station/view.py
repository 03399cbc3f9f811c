"""What the screen shows of a bay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from zhilu.protocols.docking_messages import Held
from zhilu.protocols.snapshot import Recorder


@dataclass
class View:
    """`officer` is (id, name); `collected` bytes of media by recording; `message` a code, `hint` its
    sentence.
    """

    recorder: Recorder | None = None
    officer: tuple[str, str] | None = None
    recordings: tuple[Held, ...] = ()
    collected: dict[UUID, int] = field(default_factory=dict)
    message: str | None = None
    hint: str = ""
    battery: int | None = None

    def to_json(self, done: int, total: int, elapsed_s: float) -> dict[str, Any]:
        # Too early an estimate would jump about.
        left = round((total - done) * elapsed_s / done) if 0 < done < total and elapsed_s > 1 else None
        return {
            "recorder": {"serial": self.recorder.serial, "kid": self.recorder.kid} if self.recorder else None,
            "officer": {"id": self.officer[0], "name": self.officer[1]} if self.officer else None,
            "recordings": len(self.recordings),
            "bytes_done": done,
            "bytes_total": total,
            "seconds_left": left,
            "battery": self.battery,
            "message": self.message,
            "hint": self.hint,
        }
