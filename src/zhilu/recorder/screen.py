"""What the recorder shows: recording or not, officer, time, storage.

On a terminal one line that renews itself; elsewhere (a log file) a plain line at each change, and while
recording at most one every 10 s. A screen that is gone (a closed pipe) never stops what is recorded.
"""

from __future__ import annotations

import time
from typing import Protocol, TextIO

from zhilu.demonstration import is_demonstration
from zhilu.i18n import N_, _

EVERY_S = 10.0

REASONS = {
    "camera": N_("no picture comes from the camera"),
    "storage-full": N_("the storage is full"),
    "no-policy": N_("the bureau's policy has not reached this recorder"),
    "in-dock": N_("in the dock"),
}
"""Of `not-recording` (spec/journal.md §3)."""

FAULTS = {
    "storage-full": N_("the storage is full"),
    "write-error": N_("the storage cannot be written"),
    "source": N_("the camera or source broke off"),
    "torn-logbook": N_("the logbook ended in half a line, which was cut"),
    "journal-damaged": N_("a journal is damaged"),
    "media-short": N_("a recording's media are shorter than its journal"),
    "keys": N_("the keys cannot be read"),
    "codec": N_("the picture changed its form; it goes on in a new recording"),
    "microphone": N_("no sound comes from the microphone"),
}
"""Codes of `fault` that a recorder writes."""


class Shown(Protocol):
    """What a recording shows of itself."""

    duration_us: int
    segments: int


class Screen:
    mark = ""
    """In front of every line: of a demonstration."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._live = out.isatty()
        self._width = 0
        self._last_s = float("-inf")

    def belongs_to(self, ledger: str) -> None:
        """By name: once this is known, every line says whether it is a demonstration's."""
        self.mark = "DEMO " if is_demonstration(ledger) else ""

    def recording(self, officer: str | None, recording: Shown, usage: tuple[int, int]) -> None:
        text = _("● recording  officer {officer}  {elapsed}  segments {segments}  free {free}").format(
            officer=short(officer) if officer else "-",
            elapsed=elapsed(recording.duration_us),
            segments=recording.segments,
            free=size(usage[0]),
        )
        if self._live:
            self._renew(text)
        elif time.monotonic() - self._last_s >= EVERY_S:
            self._last_s = time.monotonic()
            self.say(text)

    def fault(self, code: str, detail: str) -> None:
        self.say(_("fault: {what} ({detail})").format(what=_(FAULTS.get(code, code)), detail=detail or "-"))

    def not_recording(self, reason: str, detail: str) -> None:
        self.say(_("○ not recording: {why}").format(why=_(REASONS[reason])) + (detail and f" ({detail})"))

    def storage(self, percent: int | None) -> None:
        """A warning, where one is due."""
        if percent is not None:
            self.say(_("storage: only {percent} % free").format(percent=percent))

    def marked(self, marks: list[int]) -> None:
        for pts_us in marks:
            self.say(_("★ marked at {time}").format(time=elapsed(pts_us)))

    def say(self, text: str) -> None:
        """A line that stays."""
        self._renew("")
        self._put(f"{self.mark}{text}\n")

    def _renew(self, text: str) -> None:
        if self._live:
            text = self.mark + text if text else ""
            blank = " " * max(0, self._width - len(text))
            self._put(f"\r{text}{blank}" if text else f"\r{blank}\r")
            self._width = len(text) * 2  # Chinese takes two columns

    def _put(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except (OSError, ValueError):
            self._live = False


def short(officer: str) -> str:
    """Enough of an id to tell the officers of one bureau apart."""
    return officer[:8]


def elapsed(us: int) -> str:
    seconds = us // 1_000_000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def size(count: int) -> str:
    """Bytes for people."""
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TB"
