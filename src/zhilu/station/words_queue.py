"""Statements on their way to the county: sealed on disk first, then sent, for as long as it takes.

    spool/words/<hex of W>.json    {"digest","sealed","recordings"}: sealed to the county's text key
    spool/words/damaged/…          what is none of ours any more; kept for a person to look at

1. A statement is on disk before its officer is told that it is queued. A crash after that loses nothing; a
   crash before it means that the officer was told nothing.
2. It is sent when its recordings are stored, as far as this station knows, and again until the county has
   taken it. The county takes a word once, so an answer that got lost does no harm.
3. What the county is not ready for is tried again, later each time, one minute apart at most.
4. What it refuses for good is kept, an alarm says so, and it is tried once an hour: the county may be
   mended. It never holds up the others, and neither does a damaged file.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from zhilu import strictjson
from zhilu.durable import replace
from zhilu.encoding import hex32
from zhilu.errors import DataError, WorldError
from zhilu.protocols import intake_words
from zhilu.protocols.docking_messages import recording_id
from zhilu.station import pause
from zhilu.station.parts import Parts
from zhilu.station.pause import Pause
from zhilu.station.spool import COLLECTED, COLLECTING
from zhilu.strictjson import fields

log = logging.getLogger(__name__)

LIMIT = 2 * 2**20
REFUSED_S = 3600.0
LATER = frozenset({"recording-unstored", "handover-unknown", "bad-answer", "created", "nonce"})
"""Refusals that say: not yet."""


@dataclass
class Waiting:
    """A sealed statement. `first`: how its first attempt went, None or the error; `due_s` monotonic."""

    digest: bytes
    sealed: dict[str, str]
    recordings: tuple[UUID, ...]
    due_s: float = 0.0
    pause: Pause = field(default_factory=Pause)
    refused: str = ""
    first: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def name(self) -> str:
        return f"{self.digest.hex()}.json"

    def to_bytes(self) -> bytes:
        return strictjson.dumps(
            {
                "digest": self.digest.hex(),
                "sealed": self.sealed,
                "recordings": [str(one) for one in self.recordings],
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Waiting:
        got = fields(
            strictjson.loads_object(data, LIMIT),
            {"digest": str, "sealed": dict, "recordings": list},
        )
        sealed = fields(got["sealed"], {"to": str, "enc": str, "ct": str})
        recordings = tuple(recording_id(one) for one in got["recordings"])
        return cls(hex32(got["digest"]), sealed, recordings)

    def later(self, now_s: float) -> None:
        self.due_s = now_s + self.pause.take_s()


class WordsQueue:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._folder = parts.spool.root / "words"
        (self._folder / "damaged").mkdir(parents=True, exist_ok=True)
        self._waiting: dict[bytes, Waiting] = {}
        self._wake = asyncio.Event()

    def waiting(self) -> int:
        """Statements that the county does not have yet."""
        return len(self._waiting)

    def put(
        self, digest: bytes, sealed: dict[str, str], recordings: tuple[UUID, ...]
    ) -> asyncio.Future[None]:
        """Durable when it returns. The future ends with the first attempt: done, or the county's refusal;
        it stays open while the county is not ready or away."""
        statement = Waiting(digest, sealed, recordings)
        replace(self._folder / statement.name, statement.to_bytes())
        self._waiting[digest] = statement
        self._wake.set()
        self._parts.changed()
        return statement.first

    async def run(self) -> None:
        """For ever."""
        self._load()
        while True:
            self._wake.clear()
            await self._pass()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause.FIRST_S if self._waiting else None):
                    await self._wake.wait()

    def _load(self) -> None:
        for path in sorted(self._folder.glob("*.json")):
            try:
                statement = Waiting.from_bytes(path.read_bytes())
                if statement.name != path.name:
                    raise DataError("digest")
            except (DataError, OSError) as error:
                self._put_aside(path, error)
            else:
                self._waiting.setdefault(statement.digest, statement)
        self._parts.changed()

    def _put_aside(self, path: Path, error: Exception) -> None:
        log.error("a waiting statement is damaged: %s: %s", path.name, error)
        self._parts.alarms.raise_(None, "word-damaged", path.stem[:64])
        with suppress(OSError):
            path.rename(self._folder / "damaged" / path.name)

    async def _pass(self) -> None:
        for statement in list(self._waiting.values()):
            now_s = time.monotonic()
            if now_s < statement.due_s or not self._may_be_stored(statement):
                continue
            try:
                await self._send(statement)
            except WorldError as error:
                # The county is away, or the disk takes nothing: the same goes for the others.
                log.info("a statement waits: %s", error)
                statement.later(now_s)
                return
            except DataError as error:
                self._not_taken(statement, error)
            except Exception:
                log.exception("a statement waits")
                statement.later(now_s)

    def _may_be_stored(self, statement: Waiting) -> bool:
        """Not while this station itself still holds one of its recordings unsent."""
        return not any(self._unsent(recording) for recording in statement.recordings)

    def _unsent(self, id_: UUID) -> bool:
        recording = self._parts.spool.recording(id_)
        try:
            return recording.folder.exists() and recording.state.stage in (COLLECTING, COLLECTED)
        except (DataError, OSError):
            return False  # the county knows better than a damaged folder

    async def _send(self, statement: Waiting) -> None:
        body = intake_words.word_body(statement.digest, statement.sealed)
        await self._parts.county.ask(intake_words.post_word(), body)
        # A crash here: it is sent once more, and the county answers as before.
        (self._folder / statement.name).unlink(missing_ok=True)
        del self._waiting[statement.digest]
        log.info("statement %s is filed", statement.digest.hex()[:12])
        if statement.refused:
            self._parts.alarms.end(None, "word-refused", statement.digest.hex())
        _settle(statement.first, None)
        self._parts.changed()

    def _not_taken(self, statement: Waiting, error: DataError) -> None:
        if error.code in LATER:
            statement.later(time.monotonic())
            return
        statement.due_s = time.monotonic() + REFUSED_S
        if not statement.refused:
            log.error("the county refuses statement %s: %s", statement.digest.hex()[:12], error.code)
            self._parts.alarms.raise_(None, "word-refused", statement.digest.hex(), detail=error.code[:100])
        statement.refused = error.code
        _settle(statement.first, error)
        self._parts.changed()


def _settle(future: asyncio.Future[Any], error: DataError | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
        future.exception()  # nobody may be waiting any more
