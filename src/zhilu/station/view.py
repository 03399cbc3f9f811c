"""What the screen shows of a bay: its phase, and what belongs to it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from zhilu.protocols.collection import TROUBLED, Event, Phase, step
from zhilu.protocols.docking_messages import Held
from zhilu.protocols.snapshot import Recorder

log = logging.getLogger(__name__)


@dataclass
class View:
    """`officer` is (id, name); `collected` bytes of media by recording; `message` a code, `hint` its
    sentence.
    """

    recorder: Recorder | None = None
    officer: tuple[str, str] | None = None
    recordings: tuple[Held, ...] = ()
    collected: dict[UUID, int] = field(default_factory=dict)
    with_county: set[UUID] = field(default_factory=set)
    """Recordings that the county had before: not copied again."""
    message: str | None = None
    hint: str = ""
    battery: int | None = None
    check: str | None = None
    """The least with which the officer is checked here."""
    deputy: bool = False
    drill: bool = False
    clock_offset_us: int | None = None
    """The recorder's clock minus ours, as greeted."""

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
            "check": self.check,
            "deputy": self.deputy,
            "drill": self.drill,
            "clock_offset_us": self.clock_offset_us,
            "message": self.message,
            "hint": self.hint,
        }


class Shown:
    """A bay's phase and view; every change goes through the table of `protocols.collection`."""

    def __init__(self, number: int, changed: Callable[[], None]) -> None:
        self.number = number
        self.phase = Phase.EMPTY
        self.view = View()
        self.since_s = time.monotonic()
        self._changed = changed

    def event(self, event: Event) -> None:
        before, self.phase = self.phase, step(self.phase, event)
        if before is not self.phase:
            log.info("bay %s: %s", self.number, self.phase)
            self.since_s = time.monotonic()
            self.view.message, self.view.hint = None, ""
        self._changed()

    def enter(self) -> None:
        """Something answered on the link."""
        if self.phase is Phase.SAFE:
            self.event(Event.GONE)
        if self.phase in (Phase.EMPTY, Phase.CLEARED):
            self.view = View()
            self.event(Event.FOUND)
        elif self.phase in TROUBLED:
            self.event(Event.AGAIN)

    def trouble(self, event: Event, code: str, hint: str) -> None:
        self.enter()
        self.event(event)
        self.view.message, self.view.hint = code, hint
        self._changed()

    def say(self, code: str | None) -> None:
        """Something about the phase that it does not say itself."""
        self.view.message, self.view.hint = code, ""
        self._changed()

    def gone(self) -> None:
        """Pulled out, or never there. What it means for the officer depends on how far it had come."""
        if self.phase in (Phase.EMPTY, Phase.CLEARED):
            return
        said = {Phase.COLLECTING: "interrupted", Phase.UPLOADING: "goes-on", Phase.STORED: "goes-on"}
        message = said.get(self.phase)
        self.event(Event.GONE)
        self.view.message = message
        self._changed()

    def to_json(self, sent: Mapping[UUID, int]) -> dict[str, Any]:
        """`sent`: bytes of media that the county holds, by recording."""
        done, total = self._bytes(sent)
        view = self.view.to_json(done, total, time.monotonic() - self.since_s)
        return {"number": self.number, "phase": str(self.phase), **view}

    def _bytes(self, sent: Mapping[UUID, int]) -> tuple[int, int]:
        """Done and all, of what the phase is about."""
        view, total = self.view, sum(held.length for held in self.view.recordings)
        if self.phase is Phase.COLLECTING:
            return sum(view.collected.values()), total
        if self.phase is Phase.UPLOADING:
            missing = [held for held in view.recordings if held.id not in view.with_county]
            return total - sum(held.length - sent.get(held.id, 0) for held in missing), total
        return (total if self.phase in (Phase.STORED, Phase.SAFE, Phase.CLEARED) else 0), total
