"""From a handed-over recorder into the spool: its clock set, newer entries offered, logbook, recordings."""

from __future__ import annotations

import asyncio
import functools
import logging
from datetime import timedelta
from uuid import UUID

from zhilu.encoding import format_time, parse_time
from zhilu.errors import DataError, ZhiluError
from zhilu.protocols import intake
from zhilu.protocols.collection import Event
from zhilu.protocols.docking_messages import ClockRequest, Held
from zhilu.station import collecting, lost
from zhilu.station.place import Place, Visit, make_room, raise_unless_ours
from zhilu.station.spool import COLLECTING, STORED, Recording

log = logging.getLogger(__name__)

CLOCK_OFF = timedelta(seconds=2)


async def take_all(visit: Visit) -> None:
    """Every recording that can be taken is whole in the spool; those that cannot are in `visit.bad`."""
    uploads = visit.place.parts.uploads
    await _set_clock(visit)
    await _offer_entries(visit)
    try:
        await collecting.logbook(visit.link, visit.docking, visit.place.parts.spool)
    except DataError as error:
        if error.code == "fork":
            await _quarantine(visit)
        raise
    await _forget_cleared(visit)
    uploads.wake(visit.docking.recorder)
    # Of a docking that goes on: what it has brought to its end already.
    logbook = visit.place.parts.spool.logbook(visit.docking.recorder)
    cleared = await asyncio.to_thread(logbook.cleared, visit.docking.hello.n + 1)
    for held in visit.docking.hello.recordings:
        if held.id in cleared:
            _show_as_stored(visit.place, held)
            continue
        await _take(visit, held)
        uploads.wake(visit.docking.recorder)
    await lost.take_again(visit)
    await visit.place.note_statement(visit.docking, visit.bad)
    visit.place.shown.event(Event.COLLECTED)


async def _forget_cleared(visit: Visit) -> None:
    """A crash after `cleared` and before its folder's removal: the recorder does not name it again, its
    logbook does."""
    spool, kid = visit.place.parts.spool, visit.docking.recorder
    named = {held.id for held in visit.docking.hello.recordings}
    left = [one for one in spool.of(kid) if one.id not in named and _waits(one)]
    if left:
        cleared = await asyncio.to_thread(spool.logbook(kid).cleared)
        for one in left:
            if one.id in cleared:
                one.remove()


def _waits(recording: Recording) -> bool:
    """For its receipt to reach its recorder, or for its bytes; not what the county wants again."""
    return recording.state.stage in (STORED, COLLECTING) and recording.handover.exists()


async def _take(visit: Visit, held: Held) -> None:
    place, spool = visit.place, visit.place.parts.spool
    if not spool.recording(held.id).folder.exists() and await _county_has(place, held.id):
        _show_as_stored(place, held)
        return
    progress = functools.partial(place.progress, held.id)
    try:
        if not spool.recording(held.id).folder.exists():
            begin = functools.partial(collecting.begin, visit.docking, spool, held)
            await make_room(visit, held.length, begin)
        await collecting.recording(visit.link, visit.docking, spool, held, progress)
    except DataError as error:
        raise_unless_ours(error)
        visit.give_up(held.id, error)


def _show_as_stored(place: Place, held: Held) -> None:
    place.shown.view.with_county.add(held.id)
    place.progress(held.id, held.length)


async def _county_has(place: Place, recording: UUID) -> bool:
    try:
        state = (await place.parts.county.recording(recording)).state
    except ZhiluError:
        return False
    if state == "unknown":
        place.parts.uploads.unknown.add(recording)
    return state == "stored"


async def _set_clock(visit: Visit) -> None:
    now = visit.place.parts.clock()
    if abs(parse_time(visit.docking.hello.at) - now) > CLOCK_OFF:
        await visit.tried(visit.link.clock(ClockRequest(format_time(now), "station")), "clock")


async def _offer_entries(visit: Visit) -> None:
    """Newer policy and assignment, if the county can be reached; without them the old ones hold."""
    docking = visit.docking
    if visit.place.just_asked(docking.recorder, docking.size):
        return
    try:
        update = await visit.place.parts.county.update(docking.recorder, docking.size)
    except ZhiluError as error:
        log.info("no update for the recorder: %s", error)
        return
    if not update.entries:
        return
    await visit.note(offered=intake.checkpoint_size(update.checkpoint))
    if await visit.tried(visit.link.entries(update), "entries"):
        await visit.note(size=visit.docking.offered)


async def _quarantine(visit: Visit) -> None:
    """Keep everything of a recorder that tells two lives, apart from the rest; nothing of it is cleared."""
    spool = visit.place.parts.spool.quarantine(visit.docking.recorder)
    await collecting.logbook(visit.link, visit.docking, spool)
    for held in visit.docking.hello.recordings:
        progress = functools.partial(visit.place.progress, held.id)
        await collecting.recording(visit.link, visit.docking, spool, held, progress)
