"""What the station keeps between a recorder and the county: ciphertext and lines only (spec/docking.md §6).

    <recording id>/journal.jws  media.sealed  handover.json  state.json
    imports/…               what `import_store` says
    <recorder kid>/logbook.jws  handovers/<hex D>.json
    bays/<number>.json      the docking that is going on in a bay
    bays/<number>.statement.json   what may be said of the last one (words_after.py)
    words/…                 sealed statements that the county does not have yet (words_queue.py)
    alarms/<id>.json        open, or not yet told to the county
    tries/<hash>.json       an officer's failed checks (tries.py)
    quarantine/…            the same, of a recorder whose logbook forked; never uploaded
    damaged/<recording id>.<n>  whose state does not read: kept for a person, an alarm says so

Durability: a file under its own name is whole and on disk, but `media.sealed`, which grows; all of it is on
disk before the state says `collected`. What a crash leaves behind the last whole segment, or spoils of those
before it, is cut off by their hashes at the next start. A `state.json` says how far a recording has come:
`collecting`, `collected`, `stored`. The folder goes away only after the recorder has written `cleared`, or,
where the county had lost a recording and got it again (no handover.json), as soon as it has it. What does
not read holds up nothing else: a damaged recording is not listed, a damaged docking is none.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from zhilu import strictjson
from zhilu.durable import replace
from zhilu.errors import DataError, WorldError
from zhilu.protocols.arrival import Wanted, announced
from zhilu.protocols.docking_messages import MAX_BODY, recording_id
from zhilu.station.logbooks import Logbook
from zhilu.strictjson import fields

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
LEFT_FREE = 256 * 2**20
COLLECTING, COLLECTED, STORED = "collecting", "collected", "stored"


@dataclass(frozen=True)
class State:
    """How far a recording has come; `handover` hex of D, or empty for an import, whose `recorder` is the
    station."""

    stage: str
    recorder: str
    handover: str
    lines: int
    last: str
    segments: int
    length: int

    @property
    def imported(self) -> bool:
        return not self.handover


@dataclass(frozen=True)
class Recording:
    """One recording's folder."""

    id: UUID
    folder: Path

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jws"

    @property
    def media(self) -> Path:
        return self.folder / "media.sealed"

    @property
    def handover(self) -> Path:
        return self.folder / "handover.json"

    @property
    def state(self) -> State:
        return State(**fields(strictjson.loads_object((self.folder / "state.json").read_bytes()), _STATE))

    def set_state(self, state: State) -> None:
        replace(self.folder / "state.json", strictjson.dumps(asdict(state)))

    def segments(self) -> Iterator[Wanted]:
        """As the journal announces them; the journal was verified when it came."""
        with self.journal.open("rb") as lines:
            yield from announced(lines)

    def whole_segments(self) -> tuple[int, int]:
        """How many segments the media file holds, with their length; cuts off what is beyond."""
        if not self.media.exists():
            return 0, 0
        count = end = 0
        with self.media.open("r+b") as media:
            for wanted in self.segments():
                if not _is_next(media, wanted):
                    break
                count, end = wanted.i + 1, wanted.offset + wanted.length
            media.truncate(end)
        return count, end

    def put_away(self) -> Path:
        """A crash after this leaves something that nobody takes for a recording."""
        gone = self.folder.with_name(f".{self.folder.name}.gone")
        self.folder.rename(gone)
        return gone

    def remove(self) -> None:
        shutil.rmtree(self.put_away(), ignore_errors=True)


def _state(recording: Recording) -> State | None:
    """None where it does not read."""
    try:
        return recording.state
    except (DataError, OSError):
        return None


def _is_next(media: BinaryIO, wanted: Wanted) -> bool:
    digest, missing = hashlib.sha256(), wanted.length
    while missing and (data := media.read(min(missing, CHUNK))):
        digest.update(data)
        missing -= len(data)
    return not missing and digest.digest() == wanted.sha256


_STATE = {
    "stage": str,
    "recorder": str,
    "handover": str,
    "lines": int,
    "last": str,
    "segments": int,
    "length": int,
}


class Spool:
    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("bays", "alarms"):
            (root / name).mkdir(parents=True, exist_ok=True)

    def recording(self, recording: UUID) -> Recording:
        return Recording(recording, self.root / str(recording))

    def begin(self, recording: UUID, handover: bytes | None, state: State) -> Recording:
        """A folder for a recording, with the handover under which it is collected; without one where the
        county has that already, and the recording as well but for its bytes."""
        made = self.recording(recording)
        draft = self.root / f".{recording}.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        if handover is not None:
            replace(draft / "handover.json", handover)
        Recording(recording, draft).set_state(state)
        draft.rename(made.folder)
        return made

    def recordings(self) -> Iterator[Recording]:
        """Oldest first: a UUIDv7 begins with its time. Only those whose state reads."""
        return (one for one in self._folders() if _state(one))

    def of(self, kid: str) -> list[Recording]:
        """Those of this recorder."""
        return [one for one in self._folders() if (state := _state(one)) and state.recorder == kid]

    def _folders(self) -> Iterator[Recording]:
        for folder in sorted(self.root.iterdir()):
            try:
                found = self.recording(recording_id(folder.name))
            except DataError:
                continue
            if (found.folder / "state.json").exists():
                yield found

    def put_damaged_aside(self) -> list[UUID]:
        """Recordings whose state does not read; what is not stored yet its recorder still has. To be called
        while nobody else works here."""
        damaged = [one for one in self._folders() if not _state(one)]
        for one in damaged:
            names = (self.root / "damaged" / f"{one.id}.{n}" for n in itertools.count())
            try:
                (self.root / "damaged").mkdir(exist_ok=True)
                one.folder.rename(next(name for name in names if not name.exists()))
            except OSError as error:
                log.error("the damaged recording %s stays where it is: %s", one.id, error)
        return [one.id for one in damaged]

    def again(self, kid: str) -> list[Recording]:
        """Recordings of this recorder that are collected once more for the county, not yet whole."""
        return [
            one
            for one in self.of(kid)
            if (state := one.state).stage == COLLECTING and not state.imported and not one.handover.exists()
        ]

    def logbook(self, kid: str) -> Logbook:
        return Logbook(self.root / kid / "logbook.jws")

    def recorders(self) -> set[str]:
        """Kids of all recorders of whom something is kept."""
        kept = {path.name for path in self.root.iterdir() if (path / "logbook.jws").exists()}
        states = (recording.state for recording in self.recordings())
        return kept | {state.recorder for state in states if not state.imported}

    def imports(self) -> Iterator[Recording]:
        """Those that were imported here, in the order of their row."""
        return (recording for recording in self.recordings() if recording.state.imported)

    def handovers(self, kid: str) -> Path:
        folder = self.root / kid / "handovers"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def keep_handover(self, kid: str, digest: bytes, body: bytes) -> None:
        replace(self.handovers(kid) / f"{digest.hex()}.json", body)

    def quarantine(self, kid: str) -> Spool:
        return Spool(self.root / "quarantine" / kid)

    def quarantined(self, kid: str) -> bool:
        """Until a person has looked at it and taken the folder away."""
        return (self.root / "quarantine" / kid).exists()

    # What is going on in a bay, so that a restart within the minute goes on without the officer.

    def save_docking(self, bay: int, docking: dict[str, Any] | None) -> None:
        path = self.root / "bays" / f"{bay}.json"
        if docking is None:
            path.unlink(missing_ok=True)
        else:
            replace(path, strictjson.dumps(docking))

    def docking(self, bay: int) -> dict[str, Any] | None:
        """None also where it does not read: then the officer hands over anew."""
        path = self.root / "bays" / f"{bay}.json"
        try:
            return strictjson.loads_object(path.read_bytes(), 2 * MAX_BODY)
        except FileNotFoundError:
            return None
        except (DataError, OSError) as error:
            log.error("what went on in bay %s is lost: %s", bay, error)
            return None


def used_bytes(root: Path) -> int:
    """Of all files below; one that goes away meanwhile counts nothing."""
    total = 0
    for folder, _folders, names in os.walk(root):
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(folder, name).lstat().st_size
    return total


def free_bytes(path: Path) -> int:
    return shutil.disk_usage(path).free


def check_room(path: Path, needed: int) -> None:
    """WorldError `no-space`; 256 MiB are left for logs and the system."""
    if free_bytes(path) < needed + LEFT_FREE:
        raise WorldError("no-space", "The station's disk is full.", needed=needed)
