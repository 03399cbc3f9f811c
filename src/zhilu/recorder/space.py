"""Room on storage: how much there is, whose bytes may go, and what is set aside for the last words.

- Cleared recordings are erased oldest first, and only when the next duty needs the space (or at once, if
  asked).
- Free space is said when it falls below 20, 10 and 5 %: a signed `storage` line, and the screen.
- A reserve is kept as a file, so that a full disk still takes a `close`, a `fault` and a `recording-closed`
  line.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from zhilu.durable import sync_folder
from zhilu.errors import CallerError
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook
from zhilu.sealed.segments import MAX_SEALED

LEAST_FREE = 2 * MAX_SEALED
"""Bytes below which nothing more is recorded: the largest segment twice."""
RESERVE = 2**20
LEVELS = (20, 10, 5)
"""Per cent of free space at which a warning is due."""
SLACK = 1
"""Per cent by which free space must rise above a level before falling below it is said again."""

Usage = Callable[[Path], tuple[int, int]]


def usage(folder: Path) -> tuple[int, int]:
    """(free, total) bytes for this user on the folder's storage."""
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize, facts.f_blocks * facts.f_frsize


class Space:
    def __init__(self, home: Home, logbook: Logbook, usage: Usage = usage) -> None:
        self._home = home
        self._logbook = logbook
        self._usage = usage
        self._below = 0
        """How many of the levels have been said."""

    def usage(self) -> tuple[int, int]:
        return self._usage(self._home.folder)

    def keep_reserve(self) -> None:
        """Real blocks, not a hole. Without room for it there is none: `enough` says so then."""
        path = self._home.file("reserve")
        if not path.exists() and self.usage()[0] > RESERVE:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, RESERVE)
            finally:
                os.close(handle)

    def release_reserve(self) -> None:
        self._home.file("reserve").unlink(missing_ok=True)

    def note(self) -> int | None:
        """Sign how much is free; the per cent, where that is a warning."""
        free, total = self.usage()
        self._logbook.write("storage", free=free, total=total)
        self._below = sum(_percent(free, total) < level for level in LEVELS)
        return int(_percent(free, total)) if self._below else None

    def watch(self) -> int | None:
        """As `note`, where free space fell below a level since the last time; else nothing."""
        percent = _percent(*self.usage())
        while self._below and percent >= LEVELS[self._below - 1] + SLACK:
            self._below -= 1
        fell = self._below < len(LEVELS) and percent < LEVELS[self._below]
        return self.note() if fell else None

    def enough(self) -> bool:
        """Room for what comes next, after erasing what was cleared if need be."""
        if self.usage()[0] >= LEAST_FREE:
            return True
        for recording in self.erasable():
            try:
                self.erase(recording)
            except OSError:
                return False
            if self.usage()[0] >= LEAST_FREE:
                return True
        return False

    def erasable(self) -> list[UUID]:
        """Cleared recordings that still take space, oldest first."""
        cleared = (life.recording for life in self._logbook.reader.recordings.values() if life.cleared)
        return [recording for recording in cleared if self._home.recording(recording).exists()]

    def erase(self, recording: UUID) -> None:
        """The `cleared` line is durable. A crash in the middle leaves a rest that the next call removes."""
        if not self._logbook.reader.recordings[recording].cleared:
            raise CallerError("not-cleared", "What has no receipt is not erased.")
        shutil.rmtree(self._home.recording(recording))
        sync_folder(self._home.recordings)


def _percent(free: int, total: int) -> float:
    return 100 * free / total if total else 0.0
