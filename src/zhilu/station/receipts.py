"""From the county back to the recorder: for each stored recording its receipt, until all are cleared."""

from __future__ import annotations

import asyncio
import logging
import time
from uuid import UUID

from zhilu.errors import DataError, ZhiluError
from zhilu.protocols import intake
from zhilu.protocols.collection import Event, Phase
from zhilu.protocols.docking_messages import Held
from zhilu.station import collecting
from zhilu.station.place import Place, Visit, raise_unless_ours
from zhilu.station.spool import STORED

log = logging.getLogger(__name__)

PING_S = 5.0
RECEIPT_S = 0.3
STORED_RETRY_S = 3.0
PATIENCE_S = 5.0
"""After so long without a cosignature the officer is told that it is missing."""


class Ask:
    """When a receipt is asked for: at once, then less and less often, while cosignatures are collected."""

    def __init__(self) -> None:
        self._at_s, self._pause_s = 0.0, RECEIPT_S

    def due(self) -> bool:
        now_s = time.monotonic()
        if now_s < self._at_s:
            return False
        self._at_s = now_s + self._pause_s
        self._pause_s = min(2 * self._pause_s, STORED_RETRY_S)
        return True


async def bring_all(visit: Visit) -> None:
    """Until the recorder has written `cleared` for each, or said no to it (`visit.bad`)."""
    shown = visit.place.shown
    pending = [held for held in visit.docking.hello.recordings if held.id not in visit.bad]
    pinged = stored_s = time.monotonic()
    asks: dict[UUID, Ask] = {}
    while pending:
        for held in list(pending):
            if not _is_stored(visit.place, held.id):
                stored_s = time.monotonic()
            elif asks.setdefault(held.id, Ask()).due() and await _clear(visit, held):
                pending.remove(held)
        if pending and time.monotonic() - stored_s > PATIENCE_S and shown.phase is Phase.UPLOADING:
            shown.event(Event.NOT_YET)
        if time.monotonic() - pinged > PING_S:
            await collecting.logbook(visit.link, visit.docking, visit.place.parts.spool)
            pinged = time.monotonic()
        if pending:
            await asyncio.sleep(RECEIPT_S if shown.phase is Phase.UPLOADING else STORED_RETRY_S)


def _is_stored(place: Place, recording: UUID) -> bool:
    folder = place.parts.spool.recording(recording)
    return recording in place.shown.view.with_county or (
        folder.folder.exists() and folder.state.stage == STORED
    )


async def _clear(visit: Visit, held: Held) -> bool:
    """Whether there is nothing more to do for it: cleared, or refused for good."""
    parts = visit.place.parts
    try:
        receipt = await parts.county.receipt(held.id, visit.docking.size)
    except ZhiluError as error:
        log.info("no receipt for %s: %s", held.id, error)
        return False
    if receipt is None:
        return False
    before = visit.docking
    await visit.note(offered=intake.checkpoint_size(receipt.receipt.checkpoint))
    try:
        await visit.link.receipt(receipt)
    except DataError as error:
        raise_unless_ours(error)
        if error.code == "consistency" and before.offered > before.size:
            # An earlier answer got lost: the recorder holds what it was offered then.
            await visit.note(size=before.offered)
            return False
        return _not_cleared(visit, error, held)
    await visit.note(size=visit.docking.offered)
    folder = parts.spool.recording(held.id)
    if folder.folder.exists():
        await asyncio.to_thread(folder.remove)
    parts.changed()
    return True


def _not_cleared(visit: Visit, error: DataError, held: Held) -> bool:
    shown = visit.place.shown
    if error.code == "quorum":
        if shown.phase is Phase.UPLOADING:
            shown.event(Event.NOT_YET)
        return False
    log.error("the recorder refuses the receipt of %s: %s", held.id, error)
    visit.give_up(held.id, error)
    return True
