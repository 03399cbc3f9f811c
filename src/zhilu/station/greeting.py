"""Before the handover: who is in the bay, does it belong here, was a docking of it cut off.

A recorder judges its officer by the newest assignment that it holds itself. What the county has since (a new
officer, a deputy, a policy) is therefore offered to it before anybody signs; its logbook has grown then, and
it is greeted again. Without the county the old ones hold.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from zhilu.encoding import parse_time, sha256
from zhilu.errors import DataError, WorldError, ZhiluError
from zhilu.pki.tls import own_der, peer_kid
from zhilu.protocols.collection import TROUBLED, Event
from zhilu.protocols.docking_handover import Duty
from zhilu.protocols.docking_messages import Hello, open_hello
from zhilu.protocols.intake import checkpoint_size
from zhilu.protocols.snapshot import Recorder, Snapshot
from zhilu.sealed.keys import load_jwk
from zhilu.station.ceremony import least_in_force
from zhilu.station.collecting import Docking
from zhilu.station.dock import Dock, Foreign
from zhilu.station.place import Place, raise_unless_ours
from zhilu.station.view import View

log = logging.getLogger(__name__)

ASK_S = 3.0
"""So long a greeting waits for the county's newer entries."""


@dataclass(frozen=True)
class Greeted:
    """A recorder of this bay, and what it said of itself under our nonce."""

    hello: Hello
    recorder: Recorder
    duty: Duty
    snapshot: Snapshot


async def greet(place: Place, link: Dock) -> Greeted:
    """Raises Foreign or Misplaced where the recorder does not belong here."""
    greeted = await _hello(place, link)
    if await _bring_entries(place, link, greeted):
        greeted = await _hello(place, link)
    hello, duty, snapshot = greeted.hello, greeted.duty, greeted.snapshot
    place.shown.view = View(
        recorder=greeted.recorder,
        officer=(duty.officer, snapshot.name_of(duty.officer)),
        recordings=hello.recordings,
        battery=hello.battery,
        check=least_in_force(duty, snapshot.policy),
        deputy=duty.deputy,
        drill=duty.drill,
        clock_offset_us=(parse_time(hello.at) - place.parts.clock()) // timedelta(microseconds=1),
    )
    place.shown.event(Event.GREETED)
    return greeted


async def _hello(place: Place, link: Dock) -> Greeted:
    shown, nonce = place.shown, secrets.token_bytes(32)
    body = await link.hello(nonce)
    if shown.phase not in TROUBLED:
        shown.enter()
    kid = peer_kid(link.peer)
    snapshot, recorder, duty = await place.parts.admit(kid, place.number)
    shown.enter()
    hello = open_hello(
        body,
        kid,
        load_jwk(recorder.jwk),
        station_nonce=nonce,
        station_tls=sha256(own_der(place.parts.home.path / "tls.crt")).hex(),
        recorder_tls=sha256(link.peer).hex(),
    )
    return Greeted(hello, recorder, duty, snapshot)


async def _bring_entries(place: Place, link: Dock, greeted: Greeted) -> bool:
    """Whether the recorder took newer ones. The county is asked once for each state of the snapshot."""
    parts, kid = place.parts, greeted.recorder.kid
    held = greeted.hello.checkpoint[0] if greeted.hello.checkpoint else 0
    asked = (kid, held, greeted.snapshot.size)
    if held >= greeted.snapshot.size or asked in place.asked or parts.county.reachable is False:
        return False
    place.asked.clear()
    place.asked.add(asked)
    try:
        async with asyncio.timeout(ASK_S):
            update = await parts.county.update(kid, held)
    except (ZhiluError, TimeoutError) as error:
        if isinstance(error, WorldError | TimeoutError):
            place.asked.clear()
        log.info("bay %s: no update for the recorder: %s", place.number, error)
        return False
    if not update.entries:
        return False
    try:
        await link.entries(update)
    except DataError as error:
        raise_unless_ours(error)
        log.warning("bay %s: the recorder refuses entries: %s", place.number, error)
        return False
    # They may be newer than the snapshot, by which the officer is chosen. Many recorders come home at once.
    await parts.snapshots.renew(checkpoint_size(update.checkpoint))
    return True


async def resumed(place: Place, link: Dock) -> Docking | None:
    """The docking that was cut off, if the recorder still holds its handover."""
    spool = place.parts.spool
    docking = _kept(place)
    if docking is None:
        return None
    if not await _holds(link, docking):
        spool.save_docking(place.number, None)
        return None
    place.shown.enter()
    _show(place, docking)
    place.shown.event(Event.RESUMED)
    return docking


def _kept(place: Place) -> Docking | None:
    """One that does not read is none: the officer hands over anew."""
    kept = place.parts.spool.docking(place.number)
    try:
        return None if kept is None else Docking.from_json(kept)
    except DataError as error:
        log.error("bay %s: what went on here is lost: %s", place.number, error)
        return None


async def _holds(link: Dock, docking: Docking) -> bool:
    try:
        async with link.logbook(docking.hello.n + 1) as chunks:
            same = peer_kid(link.peer) == docking.recorder
            async for _ in chunks:
                pass
    except DataError as error:
        if isinstance(error, Foreign):
            raise
        return False
    return same


def _show(place: Place, docking: Docking) -> None:
    """After a restart: what the screen knew before."""
    try:
        snapshot, recorder, duty = place.parts.judge(docking.recorder, place.number)
        officer = (duty.officer, snapshot.name_of(duty.officer))
        place.shown.view = View(recorder, officer, docking.hello.recordings)
    except DataError:
        nameless = Recorder(docking.recorder, "", docking.jwk)
        place.shown.view = View(nameless, None, docking.hello.recordings)
