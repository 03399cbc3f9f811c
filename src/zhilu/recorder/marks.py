"""Marks (重点标记): a key pressed, or `zhilu recorder mark` from beside, while a recording runs.

A mark carries the time of the stream at which it was asked for. It is written after the segment in hand, and
whoever asked is answered when it is durable, not before. Asked for while nothing is recorded, it is refused.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from zhilu.errors import CallerError, WorldError

MOST_WAITING = 32
MAX_TEXT = 200
"""Characters."""
EVERY_S = 0.05
PATIENCE_S = 20.0
"""The longest segment lasts 10 s."""


class Presses(Protocol):
    """`zhilu.devices.keys.Keys`."""

    def presses(self) -> int:
        """How many since last asked."""
        ...


class Marked(Protocol):
    def mark(self, pts_us: int, text: str) -> None: ...


class _Wish:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pts_us = 0
        self.durable = threading.Event()


class Marks:
    """`look` and `write` belong to the thread that records; `ask` to any other."""

    def __init__(self) -> None:
        self.keys: Presses | None = None
        self._recording = False
        self._asked: queue.Queue[_Wish] = queue.Queue(MOST_WAITING)
        self._seen: list[_Wish] = []
        self._next_look_s = 0.0

    def ask(self, text: str) -> None:
        """Returns when the mark is durable; refuses with `mark-text`, `not-recording` or `busy`."""
        check_text(text)
        if not self._recording:
            raise WorldError("not-recording", "Nothing is being recorded: there is nothing to mark.")
        wish = _Wish(text)
        try:
            self._asked.put_nowait(wish)
        except queue.Full:
            raise WorldError("busy", "Too many marks are waiting.") from None
        if not wish.durable.wait(PATIENCE_S):
            raise WorldError("not-recording", "Nothing is being recorded: there is nothing to mark.")

    def put(self, pts_us: int, text: str) -> None:
        """A mark at a time that is known, from the thread that records; durable after the segment in hand."""
        check_text(text)
        wish = _Wish(text)
        wish.pts_us = pts_us
        self._seen.append(wish)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """A recording runs meanwhile."""
        self._recording = True
        try:
            yield
        finally:
            self._recording = False

    def look(self, pts_us: int) -> None:
        """Take in what was asked for and pressed until now, `pts_us` in the stream."""
        if time.monotonic() < self._next_look_s:
            return
        self._next_look_s = time.monotonic() + EVERY_S
        wishes = [_Wish("") for _ in range(self.keys.presses() if self.keys else 0)]
        while not self._asked.empty():
            wishes.append(self._asked.get_nowait())
        for wish in wishes[: MOST_WAITING - len(self._seen)]:
            wish.pts_us = pts_us
            self._seen.append(wish)

    def write(self, recording: Marked) -> list[int]:
        """Each mark durable; their times. An OSError leaves the rest for the next recording."""
        written = []
        while self._seen:
            wish = self._seen[0]
            recording.mark(wish.pts_us, wish.text)
            wish.durable.set()
            written.append(self._seen.pop(0).pts_us)
        return written


def check_text(text: str) -> None:
    if len(text) > MAX_TEXT or not text.isprintable():
        raise CallerError(
            "mark-text", "The text of a mark has at most {most} printable characters.", most=MAX_TEXT
        )
