"""What all bays of a station share, and its word on a recorder in a bay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from zhilu.errors import DataError
from zhilu.protocols.docking_handover import Duty
from zhilu.protocols.snapshot import Recorder, Snapshot
from zhilu.station import ceremony
from zhilu.station.admission import Misplaced, admit
from zhilu.station.alarms import Alarms
from zhilu.station.county import County
from zhilu.station.home import Home
from zhilu.station.officer import Desk
from zhilu.station.room import Room
from zhilu.station.snapshots import Snapshots
from zhilu.station.spool import Spool
from zhilu.station.uploads import Uploads
from zhilu.station.words_after import Statements


@dataclass(frozen=True)
class Parts:
    home: Home
    spool: Spool
    room: Room
    snapshots: Snapshots
    county: County
    uploads: Uploads
    statements: Statements
    alarms: Alarms
    turn: ceremony.Turn
    desk: Desk
    clock: Callable[[], datetime]
    changed: Callable[[], None]

    def name_of(self, person: str) -> str:
        """For the screen; empty where nobody knows."""
        try:
            return self.snapshots.current().name_of(person)
        except DataError:
            return ""

    async def admit(self, kid: str, bay: int) -> tuple[Snapshot, Recorder, Duty]:
        """The snapshot's word on this recorder in this bay; asked anew before a no, since it may be old."""
        try:
            return self.judge(kid, bay)
        except DataError:
            await self.snapshots.renew()
            return self.judge(kid, bay)

    def judge(self, kid: str, bay: int) -> tuple[Snapshot, Recorder, Duty]:
        snapshot = self.snapshots.current()
        if self.spool.quarantined(kid):
            raise Misplaced("fork", "This recorder's logbook has forked; it is in quarantine.", kid=kid)
        return snapshot, *admit(snapshot, kid, self.home.kid, bay)
