"""From the spool to the county: imports, one by one, in the order of their row (spec/intake.md §2).

The next goes only when the one before is stored, so that the county sees the row as it is: whatever the
county refuses or cannot take now is tried again later, and holds up the rest. A sealed copy leaves the spool
only when this station has verified the receipt (spec/ledger.md §5); from then on its source may be erased.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from zhilu.errors import DataError, WorldError
from zhilu.protocols.docking_messages import ReceiptRequest
from zhilu.sealed.import_judge import Imported, check_import_receipt
from zhilu.sealed.imports import ImportReader
from zhilu.sealed.keys import load_jwk
from zhilu.station.county import County
from zhilu.station.home import Home
from zhilu.station.import_store import RECEIPT, STORED, Done, ImportStore
from zhilu.station.spool import COLLECTED, Recording
from zhilu.station.spool import STORED as AT_COUNTY
from zhilu.strictjson import loads_object
from zhilu.tlog.checkpoint import Checkpoint, parse
from zhilu.tlog.note import Note

log = logging.getLogger(__name__)

LOOK_S = 2.0
LONGEST_PAUSE_S = 60.0


class ImportUploads:
    def __init__(self, store: ImportStore, county: County, home: Home, look_s: float = LOOK_S) -> None:
        self._store, self._county, self._home, self._look_s = store, county, home, look_s
        self.refused = ""
        """Code of what holds up the row, or empty."""

    async def run(self) -> None:
        """For ever. `zhilu station import` is another process: it is looked for, not waited for."""
        pause = self._look_s
        while True:
            try:
                await self.round()
                pause = self._look_s
            except WorldError as error:
                log.info("imports wait: %s", error)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            except DataError as error:
                if error.code != self.refused:
                    log.error("the county refuses an import, and those behind it wait: %s", error)
                self.refused = error.code
                pause = min(pause * 2, LONGEST_PAUSE_S)
            except Exception:
                # A damaged folder or a full disk must not end the task: nothing would ever be sent again.
                log.exception("imports")
                pause = LONGEST_PAUSE_S
            await asyncio.sleep(pause)

    async def round(self) -> None:
        """Send what is there, then fetch receipts; DataError at the first that the county refuses."""
        waiting = list(await asyncio.to_thread(self._list))
        for recording in waiting:
            if recording.state.stage == COLLECTED:
                await self._guarded(recording)
        self.refused = ""
        for recording in waiting:
            await self._receipt(recording)

    def _list(self) -> list[Recording]:
        return list(self._store.spool.imports())

    async def _guarded(self, recording: Recording) -> None:
        try:
            await self._send(recording)
        except DataError as error:
            self._note(recording, refused=error.code)
            raise
        recording.set_state(replace(recording.state, stage=AT_COUNTY))
        self._note(recording, stage=STORED, refused="")

    async def _send(self, recording: Recording) -> None:
        held = await self._county.recording(recording.id)
        if held.state != "stored":
            count = await self._county.put_import_journal(recording.id, recording.journal)
            for wanted in recording.segments():
                if wanted.i >= count:
                    await self._county.put_segment(recording.id, recording.media, wanted)
        index = await self._county.complete(recording.id)
        log.info("import %s is stored, entry %s", recording.id, index)

    async def _receipt(self, recording: Recording) -> None:
        newest = self._newest()
        answer = await self._county.receipt(recording.id, newest.size if newest else 0)
        if answer is None:
            return  # waits for its cosignatures
        message = loads_object(answer.to_bytes(), len(answer.to_bytes()))
        index = await asyncio.to_thread(self._verify, recording, message, newest)
        self._note(recording, stage=RECEIPT, index=index, receipt=answer)
        recording.remove()
        log.info("import %s has its receipt, entry %s", recording.id, index)

    def _newest(self) -> Checkpoint | None:
        note = self._store.checkpoint()
        return None if note is None else parse(Note.parse(note).text)

    def _verify(self, recording: Recording, message: object, newest: Checkpoint | None) -> int:
        return check_import_receipt(
            message,
            self._home.ledger,
            newest,
            lambda note, _: self._store.keep_checkpoint(note),
            Imported.of(self._read(recording)),
        )

    def _read(self, recording: Recording) -> ImportReader:
        reader = ImportReader(load_jwk(self._home.signer.jwk), self._home.kid)
        with recording.journal.open("rb") as lines:
            for line in lines:
                reader.feed(line)
        if reader.findings or reader.close is None:
            raise DataError("journal", "The journal is refused: {finding}", finding=str(reader.findings[:1]))
        return reader

    def _note(
        self,
        recording: Recording,
        stage: str | None = None,
        refused: str = "",
        index: int | None = None,
        receipt: ReceiptRequest | None = None,
    ) -> None:
        with recording.journal.open("rb") as lines:
            first = ImportReader(load_jwk(self._home.signer.jwk), self._home.kid)
            first.feed(lines.readline())
        if first.facts is None:
            return
        sha256 = first.facts.source.sha256.hex()
        done = self._store.done(sha256) or Done(str(recording.id), "sealed")
        if done.id != str(recording.id):
            return  # a second import of the same bytes (a lost index): the first one's word stands
        kept = loads_object(receipt.to_bytes(), len(receipt.to_bytes())) if receipt else done.receipt
        self._store.note(
            sha256, Done(done.id, stage or done.stage, refused, done.index if index is None else index, kept)
        )
