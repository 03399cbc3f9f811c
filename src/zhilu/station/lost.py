"""Recordings that the county has logged and lost, read once more from the recorder that made them.

Asked at each docking. Of what the spool still holds `uploads` takes care; a recording that the recorder has
not cleared is collected in any case. The rest are those that it has cleared and not yet written over: what
they must be like, the held copy of its logbook says. They are sent under the handover under which they came
first, and make no second entry (intake.md). None of them holds up the docking: what cannot be read again
is left to a person.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from uuid import UUID

from zhilu.errors import DataError, ZhiluError
from zhilu.protocols.docking_messages import Held
from zhilu.sealed.logbook import Life, read_logbook
from zhilu.station import collecting
from zhilu.station.place import Visit, make_room, raise_unless_ours
from zhilu.station.spool import COLLECTING, State

log = logging.getLogger(__name__)


async def take_again(visit: Visit) -> None:
    parts, kid = visit.place.parts, visit.docking.recorder
    try:
        wanted = {one.id: one.handover for one in await parts.county.wanted(kid)}
    except ZhiluError as error:
        log.info("what the county wants again of %s is not known: %s", kid[:8], error)
        return
    for begun in parts.spool.again(kid):
        if begun.id not in wanted:
            # Meanwhile the county has it from elsewhere.
            begun.remove()
    offered = {held.id for held in visit.docking.hello.recordings}
    missing = [id_ for id_ in wanted if id_ not in offered and not _is_here(visit, id_)]
    if not missing:
        return
    lives = await asyncio.to_thread(_lives, visit)
    for id_ in missing:
        if id_ in lives:
            await _take(visit, _as_logged(lives[id_]), wanted[id_])
            parts.uploads.wake(kid)


def _is_here(visit: Visit, recording: UUID) -> bool:
    folder = visit.place.parts.spool.recording(recording)
    return folder.folder.exists() and folder.state.stage != COLLECTING


def _lives(visit: Visit) -> dict[UUID, Life]:
    """Closed recordings by the held copy of the logbook, every line of which was verified when it came."""
    docking, path = visit.docking, visit.place.parts.spool.logbook(visit.docking.recorder).path
    with path.open("rb") as lines:
        reader = read_logbook(lines, docking.key, docking.recorder)
    return {life.recording: life for life in reader.recordings.values() if life.closed_by is not None}


def _as_logged(life: Life) -> Held:
    return Held(
        id=life.recording,
        lines=life.lines,
        last=life.last.hex(),
        length=life.length,
        segments=life.segments,
        opened_at=life.opened_at,
        officer=None,
        drill=bool(life.drill),
    )


async def _take(visit: Visit, held: Held, handover: bytes) -> None:
    spool, docking = visit.place.parts.spool, visit.docking
    try:
        if not spool.recording(held.id).folder.exists():
            state = State(
                COLLECTING,
                docking.recorder,
                handover.hex(),
                held.lines,
                held.last,
                held.segments,
                held.length,
            )
            begin = functools.partial(spool.begin, held.id, None, state)
            await make_room(visit, held.length, begin)
        await collecting.recording(visit.link, docking, spool, held, lambda done: None)
    except DataError as error:
        raise_unless_ours(error)
        log.warning("recording %s cannot be read again: %s", held.id, error)
        spool.recording(held.id).remove()
