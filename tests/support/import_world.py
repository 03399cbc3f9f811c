"""A station that imports and the county that takes it, in one process: real keys, signatures, files.

Only the wire is missing: `DirectCounty` hands the station's requests to Django's test client, signed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID

from support.county_world import BUREAU, CountyWorld
from support.recordings import test_key
from zhilu import strictjson
from zhilu.encoding import unb64u
from zhilu.pki.certificates import key_pem
from zhilu.protocols import intake
from zhilu.protocols.arrival import Wanted
from zhilu.protocols.docking_messages import ReceiptRequest
from zhilu.sealed import imports as rules
from zhilu.sealed.keys import SoftSigner
from zhilu.sealed.lines import IMPORT, Chain
from zhilu.sealed.trust import Trust
from zhilu.station import home as homes
from zhilu.station import import_seal, imports
from zhilu.station.import_names import Claims
from zhilu.station.import_probe import Probed
from zhilu.station.import_seal import Read, Terms, private_claims
from zhilu.station.import_store import Done, ImportStore
from zhilu.station.import_upload import ImportUploads
from zhilu.station.imports import terms_of
from zhilu.station.spool import Spool
from zhilu.strictjson import loads_object

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


def card(folder: Path, *contents: bytes) -> Path:
    folder.mkdir()
    for number, content in enumerate(contents):
        (folder / f"XT-01_056789_20261124101530_{number}.mp4").write_bytes(content)
    return folder


def put(station: ImportWorld, recording: UUID, journal: bytes, **more: Any) -> Any:
    path = f"/intake/recordings/{recording}/journal"
    return station.county.request("PUT", path, "import=1", journal, **more)


class Made:
    """One import made by hand: `changed` goes over its `open` line before it is signed."""

    def __init__(
        self,
        station: ImportWorld,
        content: bytes = b"some film",
        *,
        prev: bytes = bytes(32),
        signer: SoftSigner | None = None,
        typ: str = IMPORT,
        private: str | None = None,
        **changed: Any,
    ) -> None:
        terms = terms_of(homes.load(station.path), None)
        terms = Terms(signer or terms.signer, terms.policy, terms.checkpoint, None, terms.clock)
        source = rules.Source(hashlib.sha256(content).digest(), len(content), "unreadable", None)
        self.id = import_seal.new_id(terms.clock, None)
        writer = import_seal._Writer(terms, self.id, prev)
        read = Read(source, rules.OTHER, Probed())
        names = private_claims(b"film.mp4", Claims(serial="XT-01"), 1_795_000_000.0)
        line = writer.open(read, names)
        if changed or private is not None or typ != IMPORT:
            payload = loads_object(unb64u(line.split(b".")[1].decode())) | changed
            if private is not None:
                payload["private"] = private
            common = ("n", "prev", "at", "mono_us", "type")
            more = {name: value for name, value in payload.items() if name not in common}
            writer.chain = Chain(prev)
            line = writer.chain.next(terms.signer, typ, "open", datetime.now(UTC), 1, **more)
        self.lines = [line]
        self.media = []
        for at in range(0, max(len(content), 1), rules.PIECE):
            sealed, line = writer.segment(content[at : at + rules.PIECE])
            self.media.append(sealed)
            self.lines.append(line)
        self.lines.append(writer.close())
        self.last = writer.chain.prev

    @property
    def journal(self) -> bytes:
        return b"".join(self.lines)

    def store(self, station: ImportWorld) -> Any:
        answer = put(station, self.id, self.journal)
        for i, sealed in enumerate(self.media):
            if answer.status_code != 200:
                return answer
            path = f"/intake/recordings/{self.id}/segments/{i}"
            answer = station.county.request("PUT", path, body=sealed)
        if answer.status_code != 200:
            return answer
        return station.county.request("POST", f"/intake/recordings/{self.id}/complete", body=b"{}")
