"""What becomes of a `finger` word that the county has taken: the finger is taken at the reader.

The county's entry comes first: a finger that counts without one would be nobody's. Where the reader then
fails, the entry stands and no finger is there; two people say the word again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from zhilu.ending import ended
from zhilu.errors import CallerError, ZhiluError
from zhilu.protocols.words import Finger
from zhilu.station.fingers import Fingers
from zhilu.station.parts import Parts

log = logging.getLogger(__name__)

KEPT = 20
"""So many outcomes are remembered for the page."""


class Enrolments:
    def __init__(self, parts: Parts, fingers: Fingers) -> None:
        self._parts, self._fingers = parts, fingers
        self._outcomes: dict[str, dict[str, Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def hold(self, id_: str) -> None:
        """Everybody has signed; nobody else begins anything until the finger is taken or `let_go`."""
        self._fingers.hold(id_)

    def let_go(self, id_: str) -> None:
        self._fingers.let_go(id_)

    def begin(self, id_: str, word: Finger) -> None:
        """Goes on by itself, whether the page looks or not."""
        while len(self._outcomes) >= KEPT:
            del self._outcomes[next(iter(self._outcomes))]
        self._outcomes[id_] = {"state": "enrolling", "error": None}
        task = asyncio.create_task(self._enrol(id_, word), name="enrol")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def outcome(self, id_: str) -> dict[str, Any]:
        """`GET /api/words/ID`."""
        if id_ not in self._outcomes:
            raise CallerError("unknown-word", "This is over: begin again.")
        return self._outcomes[id_]

    async def stop(self) -> None:
        await ended(self._tasks)

    async def _enrol(self, id_: str, word: Finger) -> None:
        said = self._outcomes[id_]
        try:
            await self._fingers.enrol(id_, word.subject, word.finger)
            said["state"] = "enrolled"
        except ZhiluError as error:
            log.warning("a finger could not be taken: %s", error.code)
            said["state"], said["error"] = "failed", error.code
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a finger could not be taken")
            said["state"], said["error"] = "failed", "internal"
        self._parts.changed()
