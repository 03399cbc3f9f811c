"""A station that imports, and no county: its home, a ledger to prove its list of devices, nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from support.recordings import Ledger, policy_core
from zhilu import strictjson
from zhilu.encoding import format_time
from zhilu.sealed.import_judge import Imported
from zhilu.sealed.imports import ImportReader
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.lines import FIRST
from zhilu.sealed.media import check_segment
from zhilu.station import home as homes
from zhilu.station import imports
from zhilu.station.import_store import ImportStore
from zhilu.station.spool import Recording, Spool

OFFICER = "0193a000-0000-7000-8000-000000000001"


class Station:
    def __init__(self, folder: Path) -> None:
        wishes = homes.Wishes(
            bureau="julu",
            name="第一采集站",
            origin="http://s1.dock.example",
            rp_id="dock.example",
            tcp_port=8620,
            server_url="http://127.0.0.1:9",
            server_authority="julu.example",
            bays=("127.0.0.1:8631",),
        )
        self.path = homes.create(folder / "station", wishes)
        self.enrol = json.loads((self.path / "enrol.json").read_bytes())
        self.kid, self.key = self.enrol["kid"], load_jwk(self.enrol["jwk"])
        self.ledger = Ledger()
        self.ledger.append("policy-set/1", policy_core())
        self.ledger.append("station-enrolled/1", {"station": self.kid, **self.enrol})
        (self.path / "trust.json").write_bytes(self._trust())
        for name in ("tls.crt", "roots.pem"):
            (self.path / name).touch()
        self.renew()
        self.spool = Spool(self.path / "spool")
        self.store = ImportStore(self.spool)

    def _trust(self) -> bytes:
        trust = {
            "type": "zhilu-trust/1",
            "bureau": "julu",
            "name": {},
            "quorum": 1,
            "roots": [],
            "revoked": [],
        }
        keys = {"ledger": self.ledger.signer.vkey, "cosigners": [self.ledger.cosigner.vkey]}
        return strictjson.dumps(trust | keys | {"issued": "2026-11-01T00:00:00.000Z"})

    def renew(self, hours: float = 24) -> None:
        """The list of devices as the county would send it now."""
        now = datetime.now(UTC)
        note, size = self.ledger.checkpoint(now), self.ledger.size
        entries: list[dict[str, Any]] = [self.ledger.prove(i, note, size) for i in range(size)]
        for entry in entries:
            del entry["checkpoint"]
        told = {
            "type": "zhilu-snapshot/1",
            "bureau": "julu",
            "issued": format_time(now - timedelta(hours=1)),
            "valid_until": format_time(now + timedelta(hours=hours)),
            "checkpoint": note.decode(),
            "entries": entries,
            "names": {OFFICER: "李建国"},
            "revocations": "",
        }
        (self.path / "snapshot.json").write_bytes(strictjson.dumps(told))

    def run(self, folder: Path, **more: Any) -> int:
        return imports.run(self.path, folder, more.get("patterns", ()), more.get("officer"))

    def recordings(self) -> list[Recording]:
        return list(self.spool.imports())

    def check_row(self) -> list[Imported]:
        """Every import in the spool is whole, and the row is one, in the order of the ids."""
        found, prev = [], FIRST
        for recording in self.recordings():
            reader = ImportReader(self.key, self.kid, prev)
            media = recording.media.read_bytes()
            with recording.journal.open("rb") as lines:
                for line in lines:
                    reader.feed(line)
            reader.finish()
            assert reader.findings == [] and reader.length == len(media)
            for segment in _segments(recording, self):
                check_segment(segment, media[segment.offset : segment.end])
            found.append(Imported.of(reader))
            prev = found[-1].closed.last
        assert self.store.place().last == prev
        return found


def _segments(recording: Recording, station: Station) -> list[Any]:
    from zhilu.sealed.journal import Segment

    reader = ImportReader(station.key, station.kid)
    records = [reader.feed(line) for line in recording.journal.read_bytes().splitlines(True)]
    return [record for record in records if isinstance(record, Segment)]
