"""Before the handover: who is in the bay, does it belong here, was a docking of it cut off."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from zhilu.encoding import sha256
from zhilu.errors import DataError
from zhilu.pki.tls import own_der, peer_kid
from zhilu.protocols.collection import TROUBLED, Event
from zhilu.protocols.docking_handover import Duty
from zhilu.protocols.docking_messages import Hello, open_hello
from zhilu.protocols.snapshot import Recorder, Snapshot
from zhilu.sealed.keys import load_jwk
from zhilu.station.collecting import Docking
from zhilu.station.dock import Dock, Foreign
from zhilu.station.place import Place
from zhilu.station.view import View


@dataclass(frozen=True)
class Greeted:
    """A recorder of this bay, and what it said of itself under our nonce."""

    hello: Hello
    recorder: Recorder
    duty: Duty
    snapshot: Snapshot


async def greet(place: Place, link: Dock) -> Greeted:
    """Raises Foreign or Misplaced where the recorder does not belong here."""
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
    shown.view = View(
        recorder=recorder,
        officer=(duty.officer, snapshot.name_of(duty.officer)),
        recordings=hello.recordings,
        battery=hello.battery,
    )
    shown.event(Event.GREETED)
    return Greeted(hello, recorder, duty, snapshot)


async def resumed(place: Place, link: Dock) -> Docking | None:
    """The docking that was cut off, if the recorder still holds its handover."""
    spool = place.parts.spool
    kept = spool.docking(place.number)
    if kept is None:
        return None
    docking = Docking.from_json(kept)
    if not await _holds(link, docking):
        spool.save_docking(place.number, None)
        return None
    place.shown.enter()
    _show(place, docking)
    place.shown.event(Event.RESUMED)
    return docking


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
