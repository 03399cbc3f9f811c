"""Stretches of picture without light, of sound without a sound (spec/journal.md §4, `quality`).

A stretch is said when it ends, or when it has lasted ten minutes, or at the end of the recording; one shorter
than a minute is not said at all. What nobody judged (no sound, a codec passed through unread) ends a stretch.
"""

from __future__ import annotations

LEAST_US = 60_000_000
MOST_US = 600_000_000

Told = tuple[int, int] | None
"""(from, to) in microseconds of the recording, to be written now."""


class Stretch:
    def __init__(self, reason: str) -> None:
        self.reason = reason
        self._from_us: int | None = None
        self._to_us = 0

    def take(self, is_so: bool | None, from_us: int, to_us: int) -> Told:
        """The next fragment lies between these and is so, is not so, or was not judged."""
        if not is_so:
            return self.end()
        if self._from_us is None:
            self._from_us = from_us
        self._to_us = to_us
        return self.end() if to_us - self._from_us >= MOST_US else None

    def end(self) -> Told:
        begun, self._from_us = self._from_us, None
        return (begun, self._to_us) if begun is not None and self._to_us - begun >= LEAST_US else None
