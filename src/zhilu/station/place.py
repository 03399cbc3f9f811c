"""What the steps of one bay share: the bay as a place, and one visit of a recorder that was handed over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from zhilu.errors import DataError
from zhilu.station import collecting, config
from zhilu.station.collecting import Docking
from zhilu.station.dock import Dock, Foreign
from zhilu.station.parts import Parts
from zhilu.station.view import Shown

log = logging.getLogger(__name__)

ROOM_S = 3.0
ENDED = frozenset({"no-handover", "not-greeted"})
"""The recorder has forgotten the handover."""


@dataclass(frozen=True)
class Place:
    spec: config.Bay
    parts: Parts
    shown: Shown
    asked: set[tuple[str, int, int]] = field(default_factory=set)
    """For which recorder, as of which size of the tree, the county was asked for newer entries."""

    @property
    def number(self) -> int:
        return self.spec.number

    def just_asked(self, kid: str, size: int) -> bool:
        """Whether the county was asked for entries after `size`, as of the snapshot that is held now."""
        snapshot = self.parts.snapshots.size
        return snapshot is not None and (kid, size, snapshot) in self.asked

    async def note_statement(self, docking: Docking, bad: Container[UUID]) -> None:
        """From now on its officer may say what the recordings show."""
        recorder = self.shown.view.recorder
        serial = recorder.serial if recorder is not None else ""
        await self.parts.statements.note(self.number, docking, serial, bad)

    def progress(self, recording: UUID, done: int) -> None:
        """Bytes of media held of one recording."""
        self.shown.view.collected[recording] = done
        self.parts.changed()


@dataclass
class Visit:
    """`bad`: code, by recording that cannot be taken over or cleared; a person's business."""

    place: Place
    link: Dock
    docking: Docking
    bad: dict[UUID, str] = field(default_factory=dict)

    async def note(self, size: int | None = None, offered: int | None = None) -> None:
        """Which checkpoint the recorder holds, or may hold if its answer gets lost; survives a restart."""
        docking = self.docking
        self.docking = replace(docking, size=size or docking.size, offered=offered or docking.offered)
        save = self.place.parts.spool.save_docking
        await asyncio.to_thread(save, self.place.number, self.docking.to_json())

    async def tried(self, call: Awaitable[Any], what: str) -> bool:
        """Whether the recorder took it; its no to one step ends nothing else."""
        try:
            await call
        except DataError as error:
            raise_unless_ours(error)
            log.warning("bay %s: the recorder refuses %s: %s", self.place.number, what, error)
            return False
        return True

    def give_up(self, recording: UUID, error: DataError) -> None:
        """One bad recording does not hold up the others; nothing of it is uploaded or cleared."""
        self.bad[recording] = error.code
        self.place.parts.alarms.raise_(self.place.number, error.code, self.docking.recorder, recording)


async def make_room(visit: Visit, length: int, begin: Callable[[], object]) -> None:
    """Waits, with the recorder, until the spool can take the whole recording, and begins it; the other bays
    go on."""
    place, parts, waited = visit.place, visit.place.parts, False
    while not await parts.room.begin(length, begin):
        if not waited:
            waited = True
            place.shown.say("spool-full")
            parts.alarms.raise_(place.number, "spool-full", detail=f"{length / 10**9:.1f} GB")
        await asyncio.sleep(ROOM_S)
        # Keeps the docking open, and notices when the recorder is pulled out.
        await collecting.logbook(visit.link, visit.docking, parts.spool)
    if waited:
        place.shown.say(None)
        parts.alarms.end(place.number, "spool-full")


def raise_unless_ours(error: DataError) -> None:
    """Errors that are about the docking itself are not the step's."""
    if isinstance(error, Foreign) or error.code in ENDED:
        raise error
