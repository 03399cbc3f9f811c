"""What may be said of a docking afterwards: one handover a bay, from `collected` until an hour after.

    spool/bays/<number>.statement.json

A recorder is cleared within seconds, often sooner than its officer has read the screen, so what the form
needs is taken from the held journals before they go away: beginning, length, marks. Nothing of it is
personal but the officer's id. The file survives a restart; a damaged one counts as none, since the
statement can be written on the platform as well. A later handover takes the place of an earlier one; of what
nobody spoke here only the number of recordings stays, to be said on the screen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Container
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from zhilu import durable, strictjson
from zhilu.encoding import format_time, hex32, parse_time, unb64u
from zhilu.errors import DataError
from zhilu.protocols.docking_handover import Handover
from zhilu.protocols.docking_messages import MAX_BODY, Held, recording_id
from zhilu.protocols.intake_words import MOST_MARKS
from zhilu.station.collecting import Docking
from zhilu.station.spool import COLLECTING, Spool
from zhilu.strictjson import fields

log = logging.getLogger(__name__)

Shape = dict[str, type | tuple[type, ...]]

FOR = timedelta(hours=1)
LATE = timedelta(days=3)
"""After a recording's beginning a statement is late, as the platform counts."""
LIMIT = 4 * 2**20


@dataclass(frozen=True)
class Taken:
    """A recording of the handover. `duration_us` is None where its journal was not collected here."""

    id: str
    opened_at: str
    drill: bool
    duration_us: int | None = None
    marks: tuple[int, ...] = ()


@dataclass(frozen=True)
class Collected:
    """`handover`: hex of D; `at`: when the collection was over; `filed`: acts said so far; `earlier`:
    recordings, drills aside, of handovers before it in this bay of which no act was said here."""

    handover: str
    officer: str
    recorder: str
    serial: str
    at: datetime
    filed: int
    recordings: tuple[Taken, ...]
    earlier: int = 0

    @property
    def unsaid(self) -> int:
        """What the next handover is to call earlier."""
        return self.earlier + (0 if self.filed else sum(not taken.drill for taken in self.recordings))

    @property
    def begun(self) -> datetime | None:
        """When the first of them began."""
        times = (parse_time(taken.opened_at) for taken in self.recordings)
        return min(times, default=None)

    @property
    def late_after(self) -> str | None:
        """When a statement on the first of them is late."""
        return format_time(self.begun + LATE) if self.begun else None

    def recording(self, id_: str) -> Taken | None:
        return next((taken for taken in self.recordings if taken.id == id_), None)

    def to_bytes(self) -> bytes:
        return strictjson.dumps(
            vars(self)
            | {"at": format_time(self.at), "recordings": [asdict(taken) for taken in self.recordings]}
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Collected:
        shape: Shape = {
            "handover": str,
            "officer": str,
            "recorder": str,
            "serial": str,
            "at": str,
            "filed": int,
            "earlier": int,
        }
        got = fields(strictjson.loads_object(data, LIMIT), shape | {"recordings": list})
        hex32(got["handover"])
        taken = tuple(_taken(value) for value in got["recordings"])
        return cls(**got | {"at": parse_time(got["at"]), "recordings": taken})


def _taken(value: object) -> Taken:
    shape: Shape = {
        "id": str,
        "opened_at": str,
        "drill": bool,
        "duration_us": (int, type(None)),
        "marks": list,
    }
    got = fields(value, shape)
    recording_id(got["id"])
    return Taken(**got | {"marks": tuple(mark for mark in got["marks"] if isinstance(mark, int))})


class Statements:
    """Of all bays. One program writes here, so what is in memory is what is on disk."""

    def __init__(self, spool: Spool, clock: Callable[[], datetime]) -> None:
        self._spool, self._clock = spool, clock
        self._held: dict[int, Collected | None] = {}

    async def note(self, bay: int, docking: Docking, serial: str, without: Container[UUID] = ()) -> None:
        """The collection of this handover is over, `without` what could not be taken. Once more for the
        same one changes nothing."""
        known = self.of(bay)
        if known is not None and known.handover == docking.digest.hex():
            return
        held = [held for held in docking.hello.recordings if held.id not in without]
        taken = await asyncio.to_thread(lambda: tuple(self._take(one) for one in held))
        now, officer = self._clock(), _officer_of(docking)
        earlier = known.unsaid if known is not None else 0
        digest = docking.digest.hex()
        self._keep(bay, Collected(digest, officer, docking.recorder, serial, now, 0, taken, earlier))

    def shown(self, bay: int, name_of: Callable[[str], str]) -> dict[str, Any] | None:
        """A bay's `statement` on the screen."""
        found = self.of(bay)
        if found is None:
            return None
        return {
            "handover": found.handover,
            "recordings": len(found.recordings),
            "filed": found.filed,
            "earlier": found.earlier,
            "officer": {"id": found.officer, "name": name_of(found.officer)},
            "late_after": found.late_after,
        }

    def of(self, bay: int) -> Collected | None:
        if bay not in self._held:
            self._held[bay] = self._load(bay)
        found = self._held[bay]
        if found is not None and self._clock() - found.at >= FOR:
            self._path(bay).unlink(missing_ok=True)
            found = self._held[bay] = None
        return found

    def filed(self, bay: int, handover: str, acts: int) -> None:
        """So many acts more have been said of it."""
        found = self.of(bay)
        if found is not None and found.handover == handover:
            self._keep(bay, replace(found, filed=found.filed + acts))

    def _keep(self, bay: int, collected: Collected) -> None:
        self._held[bay] = collected
        try:
            durable.replace(self._path(bay), collected.to_bytes())
        except OSError as error:
            # Lost at a restart; neither a collection nor a statement is held up for it.
            log.error("what may be said of bay %s is not on disk: %s", bay, error)

    def _load(self, bay: int) -> Collected | None:
        path = self._path(bay)
        if not path.exists():
            return None
        try:
            return Collected.from_bytes(path.read_bytes())
        except (DataError, OSError) as error:
            log.warning("what may be said of bay %s is lost: %s", bay, error)
            return None

    def _path(self, bay: int) -> Path:
        return self._spool.root / "bays" / f"{bay}.statement.json"

    def _take(self, held: Held) -> Taken:
        taken = Taken(str(held.id), held.opened_at, held.drill)
        recording = self._spool.recording(held.id)
        try:
            if recording.state.stage == COLLECTING:
                return taken
            return replace(taken, **_measured(recording.journal))
        except (DataError, OSError):
            # Cleared already, or not taken here: the county tells what the journal cannot.
            return taken


def _officer_of(docking: Docking) -> str:
    handover = fields(strictjson.loads_object(docking.handed, MAX_BODY), {"handover": str})["handover"]
    return Handover.from_bytes(unb64u(handover)).officer


def _measured(journal: Path) -> dict[str, Any]:
    """Length and marks by the journal's lines, which were verified when they came."""
    duration, marks = 0, list[int]()
    with journal.open("rb") as lines:
        for line in lines:
            payload = strictjson.loads(unb64u(line.split(b".")[1]), 2**20)
            if payload["type"] == "segment":
                duration = max(duration, payload["pts_us"] + payload["duration_us"])
            elif payload["type"] == "mark" and len(marks) < MOST_MARKS:
                marks.append(payload["pts_us"])
    return {"duration_us": duration, "marks": tuple(marks)}
