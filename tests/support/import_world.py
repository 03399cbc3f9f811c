"""A station that imports and the county that takes it, in one process: real keys, signatures, files.

Only the wire is missing: `DirectCounty` hands the station's requests to Django's test client, signed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID

from support.county_world import BUREAU, COSIGNER, CountyWorld
from support.recordings import test_key
from zhilu import strictjson
from zhilu.errors import DataError
from zhilu.pki.certificates import key_pem
from zhilu.protocols import intake
from zhilu.protocols.arrival import Wanted
from zhilu.protocols.docking_messages import ReceiptRequest
from zhilu.sealed.trust import Trust
from zhilu.station import home as homes
from zhilu.station import imports
from zhilu.station.import_store import Done, ImportStore
from zhilu.station.import_upload import ImportUploads
from zhilu.station.spool import Spool

named_key = test_key  # under a name that pytest does not take for a test


class DirectCounty:
    """`station.county.County` as far as imports need it."""

    def __init__(self, world: CountyWorld) -> None:
        self.world = world
        self.before: Callable[[str, str], None] = lambda method, path: None

    async def recording(self, recording: UUID) -> intake.Held:
        return intake.parse_recording(self._call(intake.get_recording(recording)))

    async def put_import_journal(self, recording: UUID, journal: Path) -> int:
        call = intake.put_import_journal(recording)
        return intake.parse_segments(self._call(call, journal.read_bytes()))

    async def put_segment(self, recording: UUID, media: Path, wanted: Wanted) -> int:
        data = media.read_bytes()[wanted.offset : wanted.offset + wanted.length]
        return intake.parse_segments(self._call(intake.put_segment(recording, wanted.i), data))

    async def complete(self, recording: UUID) -> int:
        return intake.parse_index(self._call(intake.complete(recording), b"{}"))

    async def receipt(self, recording: UUID, size: int) -> ReceiptRequest | None:
        body = self._call(intake.get_receipt(recording, size))
        return None if b"waiting" in body[:40] else intake.parse_receipt(body)

    def _call(self, call: intake.Call, body: bytes = b"") -> bytes:
        self.before(call.method, call.path)
        answer = self.world.request(call.method, call.path, call.query, body, content_type=call.content_type)
        if answer.status_code >= 400:
            raise intake.parse_refusal(answer.status_code, answer.content)
        return bytes(answer.content)


def drive(work: Coroutine[Any, Any, None]) -> None:
    """Run what never really waits, without a loop: Django's connections are bound to this thread."""

    async def here(function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    with mock.patch("asyncio.to_thread", here):
        try:
            work.send(None)
        except StopIteration:
            return
    raise AssertionError("it waited for something")


class ImportWorld:
    """`run` imports a folder, `send` carries it to the county, `receipts` has it published and fetched."""

    def __init__(self, county: CountyWorld, folder: Path) -> None:
        self.county = county
        self.path = self._station(folder)
        self.renew()
        county.config.text_key.write_bytes(key_pem(named_key("text")))
        self.spool = Spool(self.path / "spool")
        self.store = ImportStore(self.spool)
        self.direct = DirectCounty(county)
        self.uploads = ImportUploads(self.store, self.direct, homes.load(self.path))  # type: ignore[arg-type]

    def _station(self, folder: Path) -> Path:
        wishes = homes.Wishes(
            bureau=BUREAU,
            name="第一采集站",
            origin="http://s1.dock.example",
            rp_id="dock.example",
            tcp_port=8620,
            server_url="http://127.0.0.1:9",
            server_authority="julu.example",
            bays=("127.0.0.1:8631",),
        )
        made = homes.create(folder / "station", wishes)
        (made / "station.key").write_bytes(key_pem(named_key("station")))
        (made / "trust.json").write_bytes(self.trust_bytes())
        for name in ("tls.crt", "roots.pem"):
            (made / name).touch()
        return made

    def trust_bytes(self) -> bytes:
        county = self.county
        return strictjson.dumps(
            {
                "type": "zhilu-trust/1",
                "bureau": BUREAU,
                "name": {"zh": "巨鹿县税务局", "en": "Julu"},
                "issued": "2026-11-01T00:00:00.000Z",
                "roots": [],
                "ledger": county.ledger.vkey,
                "cosigners": [county.cosigner.signer.vkey],
                "quorum": 1,
                "revoked": [],
            }
        )

    @property
    def trust(self) -> Trust:
        return Trust.loads(self.trust_bytes())

    def renew(self) -> None:
        """The county's newest snapshot."""
        from zhilu.server.equipment.services import documents

        (self.path / "snapshot.json").write_bytes(strictjson.dumps(documents.snapshot()))

    def run(self, folder: Path, officer: str | None = None) -> int:
        return imports.run(self.path, folder, (), officer)

    def send(self) -> None:
        drive(self.uploads.round())

    def receipts(self) -> None:
        self.county.publish()
        self.send()

    def recordings(self) -> list[UUID]:
        """In the spool, in the order of the row."""
        return [recording.id for recording in self.spool.imports()]

    def done(self) -> dict[str, Done]:
        """What became of each source, by SHA-256."""
        return {path.stem: Done(**json.loads(path.read_bytes())) for path in self.store.files.glob("*.json")}


__all__ = ["COSIGNER", "DataError", "DirectCounty", "ImportWorld", "named_key"]
