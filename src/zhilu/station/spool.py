"""What the station keeps between a recorder and the county: ciphertext and lines only (spec/docking.md §6).

    <recording id>/journal.jws  media.sealed  handover.json  state.json
    imports/…               what `import_store` says
    <recorder kid>/logbook.jws  handovers/<hex D>.json
    bays/<number>.json      the docking that is going on in a bay
    alarms/<id>.json        open, or not yet told to the county
    quarantine/…            the same, of a recorder whose logbook forked; never uploaded

Durability: a file under its own name is whole and on disk, but `media.sealed`, which grows; all of it is on
disk before the state says `collected`. What a crash leaves behind the last whole segment, or spoils of those
before it, is cut off by their hashes at the next start. A `state.json` says how far a recording has come:
`collecting`, `collected`, `stored`. The folder goes away only after the recorder has written `cleared`, or,
where the county had lost a recording and got it again (no handover.json), as soon as it has it.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
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
from zhilu.protocols.arrival import Tail, Wanted, announced
from zhilu.protocols.docking_messages import MAX_BODY, recording_id
from zhilu.sealed.lines import MAX_LINE, unverified_payload
from zhilu.strictjson import fields

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


class Logbook:
    """The held copy of a recorder's logbook, whole lines only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tail(self) -> Tail:
        """The end of what is held; a torn last line is cut off first."""
        if not self.path.exists():
            return Tail()
        with self.path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - 2 * MAX_LINE)
            file.seek(start)
            rest = file.read()
            whole = rest[: rest.rfind(b"\n") + 1]
            if len(whole) != len(rest):
                file.truncate(start + len(whole))
        last = whole.removesuffix(b"\n").rpartition(b"\n")[2]
        return Tail.of(last) if last else Tail()

    def line(self, n: int) -> bytes:
        """Line number n without its LF; empty where it is not held."""
        with self.path.open("rb") as file:
            return next(itertools.islice(file, n, None), b"").removesuffix(b"\n")

    def cleared(self, start: int = 0) -> set[UUID]:
        """Recordings that the recorder says it has cleared, from line `start` on. The lines were verified
        when they came."""
        with self.path.open("rb") as file:
            new = itertools.islice(file, start, None)
            told = [unverified_payload(line) for line in new if line.endswith(b"\n")]
        return {UUID(line["id"]) for line in told if line["type"] == "cleared"}

    def append(self, lines: bytes) -> None:
        """Whole lines; durable when it returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(lines)
            file.flush()
            os.fdatasync(file.fileno())

    def chunks(self, start: int, limit: int) -> Iterator[tuple[int, bytes]]:
        """(number of the first line, lines) from line `start` on, each chunk of at most `limit` bytes."""
        if not self.path.exists():
            return
        held, first = bytearray(), start
        with self.path.open("rb") as file:
            for n, line in enumerate(file):
                if n < start or not line.endswith(b"\n"):
                    continue
                if len(held) + len(line) > limit:
                    yield first, bytes(held)
                    held, first = bytearray(), n
                held += line
        if held:
            yield first, bytes(held)


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
        """Oldest first: a UUIDv7 begins with its time."""
        for folder in sorted(self.root.iterdir()):
            try:
                found = self.recording(recording_id(folder.name))
            except DataError:
                continue
            if (found.folder / "state.json").exists():
                yield found

    def again(self, kid: str) -> list[Recording]:
        """Recordings of this recorder that are collected once more for the county, not yet whole."""
        return [
            one
            for one in self.recordings()
            if (state := one.state).recorder == kid
            and state.stage == COLLECTING
            and not state.imported
            and not one.handover.exists()
        ]

    def logbook(self, kid: str) -> Logbook:
        return Logbook(self.root / kid / "logbook.jws")

    def recorders(self) -> set[str]:
        """Kids of all recorders of whom something is kept."""
        kept = {path.name for path in self.root.iterdir() if (path / "logbook.jws").exists()}
        return kept | {state.recorder for state in self._states() if not state.imported}

    def imports(self) -> Iterator[Recording]:
        """Those that were imported here, in the order of their row."""
        return (recording for recording in self.recordings() if recording.state.imported)

    def _states(self) -> Iterator[State]:
        return (recording.state for recording in self.recordings())

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
        path = self.root / "bays" / f"{bay}.json"
        if not path.exists():
            return None
        return strictjson.loads_object(path.read_bytes(), 2 * MAX_BODY)


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
