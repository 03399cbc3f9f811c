"""Files of a recorder that does not seal: the station's own import, and its requests."""

from __future__ import annotations

import tempfile
from pathlib import Path

from zhilu.demo.bureau.scenes import Clip
from zhilu.demo.bureau.station import Station, places
from zhilu.demo.people import Person
from zhilu.demo.place import Place
from zhilu.durable import replace
from zhilu.errors import WorldError
from zhilu.protocols import intake
from zhilu.station import home as homes
from zhilu.station import imports
from zhilu.station.import_store import ImportStore
from zhilu.station.import_walk import walk
from zhilu.station.spool import Spool


def bring_in(place: Place, station: Station, officer: Person, clips: list[Clip]) -> list[str]:
    """Sealed by the station, sent in the order of the row; the running station fetches the receipts. Ids."""
    home_path, now = place.home("station"), station.hands.now
    snapshot = station.wire.call(station.signer, intake.get_snapshot())
    replace(home_path / "snapshot.json", snapshot)
    home = homes.load(home_path)
    store = ImportStore(Spool(home.path / "spool"))
    terms = imports.terms_of(home, officer.id, now)
    with tempfile.TemporaryDirectory() as card, store.locked():
        for number, clip in enumerate(clips, 1):
            name = f"DSJ-X2_{officer.number}_{now():%Y%m%d%H%M%S}_{number}.mp4"
            (Path(card) / name).write_bytes(clip.whole)
        for found in walk(Path(card)):
            outcome = imports.import_one(found, store, terms, home.settings.patterns)
            if outcome.result != imports.IMPORTED:
                raise WorldError("demo-import", "An import was refused: {detail}", detail=outcome.detail)
    found_ids = []
    for recording in Spool(home.path / "spool").imports():
        found_ids.append(str(recording.id))
        journal = recording.journal.read_bytes()
        media = recording.media.read_bytes()
        station.wire.call(station.signer, intake.put_import_journal(recording.id), journal)
        for i, (offset, length) in enumerate(places(journal)):
            call = intake.put_segment(recording.id, i)
            station.wire.call(station.signer, call, media[offset : offset + length])
        station.wire.call(station.signer, intake.complete(recording.id), b"{}")
    (home_path / "snapshot.json").unlink()
    return found_ids
