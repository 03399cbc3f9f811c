"""A finger is taken at the reader, after two persons said so and the county wrote it down (words_enrol.py).

It is taken while the two stand there: the station's turn is kept from their last signature to the end of the
enrolment, so nobody comes between, and what has not begun when the turn is over is not begun at all.

The reader itself knows whether the finger is somebody's already: then it is not taken, and `finger-duplicate`
is raised about the person whose it was to become.
"""

from __future__ import annotations

import time
from collections.abc import Hashable

from zhilu.errors import CallerError, DataError
from zhilu.station.parts import Parts


class Fingers:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def hold(self, word: str) -> None:
        """The last has signed this word: the turn is kept for its finger. CallerError `busy`."""
        self._parts.turn.take(_turn(word), time.monotonic())

    def let_go(self, word: str) -> None:
        """Nothing comes of it."""
        self._parts.turn.release(_turn(word))

    async def enrol(self, word: str, subject: str, finger: str) -> None:
        """Prompts until the finger is taken. DataError `finger-duplicate`, `finger`,
        `finger-failed`; WorldError `sensor-missing`, `no-finger`; CallerError `no-ceremony`."""
        parts, desk = self._parts, self._parts.desk
        if not parts.turn.holds(_turn(word), time.monotonic()):
            raise CallerError("no-ceremony", "The time is over: begin again.")
        self.hold(word)
        try:
            await desk.read(
                self, parts.name_of(subject), lambda reader, prompt: reader.enrol(subject, finger, prompt)
            )
        except DataError as error:
            if error.code == "finger-duplicate":
                parts.alarms.raise_(None, error.code, subject)
            raise
        finally:
            self.let_go(word)


def _turn(word: str) -> Hashable:
    return "finger", word
