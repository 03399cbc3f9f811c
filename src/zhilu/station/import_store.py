"""Where the station keeps its imports, and how one joins the row (spec/journal.md §6).

    <spool>/imports/chain.json           the row's end: hash of the last import's last line, its id and source
    <spool>/imports/drafts/<id>/         an import that is being sealed: nobody's yet
    <spool>/imports/files/<sha256>.json  what became of each source; kept for good, names nobody
    <spool>/imports/checkpoint           newest checkpoint note of a receipt that was verified
    <spool>/<id>/                        as every recording, until the receipt is verified

An import joins in this order; each step is durable before the next:

    1. the draft is whole             a crash before 2: the draft is thrown away, the file is sealed again
    2. chain.json names it            from here on it is in the row; a crash: `settle` goes on from 3
    3. files/<sha256>.json            the source is done; a crash: `settle` goes on from 3
    4. the draft moves to the spool   from here on the daemon sees it, and `files` is the daemon's to change

So two imports never claim one place in the row, and none that is in the row is lost. One process at a time
joins (`locked`); the daemon only sends what is in the spool and updates `files`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from zhilu import locks, strictjson
from zhilu.durable import replace, sync_folder
from zhilu.encoding import hex32
from zhilu.errors import DataError, WorldError
from zhilu.protocols.docking_messages import recording_id
from zhilu.sealed.lines import FIRST
from zhilu.station.spool import Recording, Spool
from zhilu.strictjson import fields

SEALED, STORED, RECEIPT = "sealed", "stored", "receipt"
"""How far an import has come: in the spool; at the county; with a receipt that this station verified."""


@dataclass(frozen=True)
class Place:
    """The end of the row: hash of the last line, id and source of the last import; None: nothing yet."""

    last: bytes = FIRST
    id: UUID | None = None
    sha256: str = ""


@dataclass(frozen=True)
class Done:
    """What became of a source. `refused`: code of the county's last refusal, or empty; `receipt`: as sent."""

    id: str
    stage: str
    refused: str = ""
    index: int | None = None
    receipt: dict[str, Any] | None = None


class ImportStore:
    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.root = spool.root / "imports"
        self.drafts, self.files = self.root / "drafts", self.root / "files"
        for folder in (self.drafts, self.files):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The right to join imports to the row; WorldError `importing` while somebody else has it."""
        with (self.root / "lock").open("w") as lock:
            if not locks.take(lock):
                raise WorldError("importing", "An import is already running at this station.")
            self.settle()
            yield

    # The row.

    def place(self) -> Place:
        path = self.root / "chain.json"
        if not path.exists():
            return Place()
        try:
            got = fields(strictjson.loads_object(path.read_bytes()), {"last": str, "id": str, "sha256": str})
            return Place(hex32(got["last"]), recording_id(got["id"]), got["sha256"])
        except DataError:
            # To begin anew would break the row in silence.
            raise WorldError(
                "damaged", "{path} is damaged: restore it before importing.", path=path
            ) from None

    def draft(self, id_: UUID) -> Recording:
        """An empty folder for an import that is about to be sealed."""
        folder = self.drafts / str(id_)
        folder.mkdir(mode=0o700)
        return Recording(id_, folder)

    def join(self, draft: Recording, last: bytes, sha256: str) -> None:
        """Steps 2 to 4; the draft's files are durable."""
        sync_folder(draft.folder)
        sync_folder(self.drafts)
        told = {"last": last.hex(), "id": str(draft.id), "sha256": sha256}
        replace(self.root / "chain.json", strictjson.dumps(told))
        self._finish(draft.folder, sha256)

    def settle(self) -> None:
        """What a crash left: the import that is in the row goes on, all other drafts are nothing."""
        place = self.place()
        for folder in self.drafts.iterdir():
            if place.id is not None and folder.name == str(place.id):
                self._finish(folder, place.sha256)
            else:
                shutil.rmtree(folder, ignore_errors=True)

    def _finish(self, folder: Path, sha256: str) -> None:
        self.note(sha256, Done(folder.name, SEALED))
        folder.rename(self.spool.root / folder.name)
        sync_folder(self.spool.root)

    # What became of each source.

    def done(self, sha256: str) -> Done | None:
        path = self.files / f"{sha256}.json"
        if not path.exists():
            return None
        try:
            return Done(**json.loads(path.read_bytes()))
        except (ValueError, TypeError):
            # Half of it cannot have been written; somebody was here.
            raise WorldError(
                "damaged", "{path} is damaged: restore it before importing.", path=path
            ) from None

    def held(self, sha256: str) -> Done | None:
        """As `done`; None also where the sealed copy was taken out of the spool before it was sent."""
        done = self.done(sha256)
        if done is not None and done.stage == SEALED and not (self.spool.root / done.id).exists():
            return None
        return done

    def note(self, sha256: str, done: Done) -> None:
        replace(self.files / f"{sha256}.json", strictjson.dumps(asdict(done)))

    # Receipts.

    def checkpoint(self) -> bytes | None:
        path = self.root / "checkpoint"
        return path.read_bytes() if path.exists() else None

    def keep_checkpoint(self, note: bytes) -> None:
        replace(self.root / "checkpoint", note)
