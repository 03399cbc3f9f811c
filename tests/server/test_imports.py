"""Imports, from the card to the receipt and a stranger's check, with the real county (spec/journal.md §6)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from support import cards
from support.county_world import CountyWorld
from support.import_world import ImportWorld, Made, card, named_key, put
from support.recordings import OFFICER, MemoryMedia
from zhilu.encoding import b64u
from zhilu.errors import DataError
from zhilu.i18n import use_language
from zhilu.sealed import imports as rules
from zhilu.sealed.import_judge import verify_import
from zhilu.sealed.keys import SoftSigner
from zhilu.sealed.lines import IMPORT, JOURNAL
from zhilu.server.equipment.models import Alarm
from zhilu.server.evidence.models import Import, Intake, Recording
from zhilu.server.evidence.services import export, media
from zhilu.server.evidence.services.staging import Staging
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import event_of
from zhilu.station import import_seal
from zhilu.station.import_names import Claims
from zhilu.station.import_seal import private_claims, seal
from zhilu.station.imports import terms_of


@pytest.fixture
def station(county: CountyWorld, tmp_path: Path) -> ImportWorld:
    use_language("en")
    return ImportWorld(county, tmp_path)


def error_of(answer: Any) -> str:
    return str(json.loads(answer.content)["error"])


# The whole road


@pytest.mark.db
def test_a_card_becomes_evidence(station: ImportWorld, clips: Path, tmp_path: Path, capsys: Any) -> None:
    folder = cards.fill(tmp_path / "card", clips / "bikes.mp4")
    before = {
        path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()
    }
    assert station.run(folder, OFFICER) == 1  # a pipe and two links lie there
    told = capsys.readouterr().out
    assert told.count("REFUSED") == 3 and "\x1b" not in told and "9 sealed" in told
    station.send()
    assert {done.stage for done in station.done().values()} == {"stored"}
    station.receipts()
    assert {done.stage for done in station.done().values()} == {"receipt"} and station.recordings() == []
    assert {path: path.read_bytes() for path in before} == before
    rows = {row.name: row for row in Import.objects.all()}
    assert all(row.follows and row.repeats is None for row in rows.values())
    states = {name: (row.media, row.source_state) for name, row in rows.items()}
    stem = "XT-01_056789_20261124101530"
    assert states == {
        f"{stem}_1.mp4": ("video/mp4", "sound"),
        f"{stem}_2.mp4": ("video/mp4", "truncated"),
        f"{stem}_3.mov": ("video/quicktime", "sound"),
        "MOVI0004.avi": ("video/x-msvideo", "sound"),
        "XT-01_056789_20261399999999_5.jpg": ("image/jpeg", "sound"),
        "REC.wav": ("audio/wav", "sound"),
        "empty.mp4": ("application/octet-stream", "unreadable"),
        "notes.mp4": ("application/octet-stream", "unreadable"),
        "a\nb\x1b[2J.mp4": ("application/octet-stream", "unreadable"),
    }
    one = rows[f"{stem}_1.mp4"]
    assert (one.serial, one.claimed_officer, one.claimed_at) == ("XT-01", "056789", "2026-11-24T10:15:30")
    assert rows["XT-01_056789_20261399999999_5.jpg"].claimed_at == ""  # no such date
    row = Recording.objects.get(id=one.id)
    assert (row.origin, row.recorder, row.officer_check, str(row.officer)) == ("import", "", "none", OFFICER)
    assert Alarm.objects.count() == 0


def test_names_are_in_the_personal_part_only(station: ImportWorld, tmp_path: Path) -> None:
    station.run(card(tmp_path / "card", b"film"))
    station.send()
    entry = Entry.objects.get(kind="recording-imported/1")
    for word in (b"XT-01", b"056789", b".mp4"):
        assert word not in bytes(entry.core) + bytes(entry.leaf)
        assert word in bytes(entry.personal or b"")
    assert entry.actor == station.county.station.kid
    for path in station.path.rglob("*"):
        assert "056789" not in path.name and (not path.is_file() or b"056789" not in path.read_bytes())


def stranger(station: ImportWorld, id_: UUID) -> tuple[dict[str, bytes], Any]:
    files = {name: b"".join(chunks) for name, chunks in export.files(Recording.objects.get(id=id_)).items()}
    assert set(files) == {"receipt.json", "recording/journal.jws", "recording/media.sealed"}
    report = verify_import(
        files["recording/journal.jws"].splitlines(True),
        MemoryMedia(files["recording/media.sealed"]),
        files["receipt.json"],
        station.trust,
        id_,
    )
    return files, report


def test_a_stranger_checks_it(station: ImportWorld, tmp_path: Path) -> None:
    station.run(card(tmp_path / "card", b"x" * (rules.PIECE * 2 + 5)))
    (id_,) = station.recordings()
    station.send()
    station.receipts()
    _, report = stranger(station, id_)
    assert report.sound and report.facts["anchored"] is True, report.findings
    facts = report.facts
    assert (facts["origin"], facts["captured"], facts["segments_sound"]) == ("import", False, 3)
    assert facts["not_before"] and facts["not_after"] and facts["not_before"] <= facts["not_after"]


def test_what_a_viewer_is_served(station: ImportWorld, tmp_path: Path) -> None:
    station.run(card(tmp_path / "card", b"x" * (rules.PIECE + 1)))
    (id_,) = station.recordings()
    station.send()
    file, place = media.open_segment(id_, 1)
    with file:
        assert len(file.read(place.length)) == place.length == 1 + 16
    # An index that lost its end, as power loss may leave it, is made anew.
    index = media._index(id_)
    index.write_bytes(index.read_bytes()[:44])
    assert media.open_segment(id_, 1)[1] == place
    assert media.first_line(id_).startswith(b64u(b'{"alg"').encode()[:6])


# The row


def test_an_import_taken_out_of_the_row_is_seen(station: ImportWorld, tmp_path: Path) -> None:
    station.run(card(tmp_path / "card", b"one", b"two", b"three"))
    _, second, third = station.recordings()
    next(one for one in station.spool.imports() if one.id == second).remove()
    station.send()
    assert Recording.objects.count() == 2
    alarm = Alarm.objects.get()
    assert (alarm.code, alarm.about) == ("import-chain", station.county.station.kid)
    assert not Import.objects.get(id=third).follows
    # Anybody who reads the entries sees the same.
    one, three = (event_of(entry) for entry in Entry.objects.filter(kind="recording-imported/1"))
    assert one.prev == "0" * 64 and three.prev != one.last


@pytest.mark.db
def test_two_imports_that_claim_one_place(station: ImportWorld) -> None:
    assert Made(station, b"one").store(station).status_code == 200
    assert Made(station, b"two").store(station).status_code == 200
    assert Alarm.objects.get().code == "import-chain"


@pytest.mark.db
def test_the_same_file_under_two_ids(station: ImportWorld) -> None:
    first = Made(station, b"one")
    assert first.store(station).status_code == 200
    again = Made(station, b"one", prev=first.last)
    assert again.store(station).status_code == 200
    row = Import.objects.get(id=again.id)
    assert row.follows and row.repeats == first.id
    assert Alarm.objects.get().code == "import-repeated"


@pytest.mark.db
def test_the_same_journal_under_another_id(station: ImportWorld) -> None:
    made = Made(station)
    assert made.store(station).status_code == 200
    other = import_seal.new_id(lambda: datetime.now(UTC), None)
    assert error_of(put(station, other, made.journal)) == "id"
    assert not Staging(other).folder.exists()


@pytest.mark.db
def test_another_journal_under_the_same_id(station: ImportWorld) -> None:
    made = Made(station)
    assert put(station, made.id, made.journal).status_code == 200
    other = Made(station, b"another", id=str(made.id))
    assert error_of(put(station, made.id, other.journal)) == "fork"
    assert Alarm.objects.get().code == "fork"


@pytest.mark.db
def test_every_step_may_be_repeated(station: ImportWorld) -> None:
    made = Made(station)
    answers = [made.store(station) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert Entry.objects.filter(kind="recording-imported/1").count() == 1
    assert not Intake.objects.exists() and not Staging(made.id).folder.exists()


# Refused


def test_another_stations_key(station: ImportWorld) -> None:
    other = SoftSigner(named_key("second station"))
    made = Made(station, signer=other)
    assert error_of(put(station, made.id, made.journal)) == "journal"
    # Nor does it send itself: it is not enrolled.
    assert error_of(put(station, made.id, made.journal, signer=other)) == "keyid"


def test_a_recorders_key(station: ImportWorld) -> None:
    made = Made(station, signer=station.county.recorder)
    assert error_of(put(station, made.id, made.journal)) == "journal"


@pytest.mark.parametrize(
    ("typ", "changed"),
    [
        (JOURNAL, {}),
        (JOURNAL, {"origin": "camera", "media": "video/mp4"}),
        (IMPORT, {"origin": "camera"}),
        (IMPORT, {"origin": "rtsp"}),
        (IMPORT, {"drill": True}),
        (IMPORT, {"media": "text/html"}),
        (IMPORT, {"source": {"sha256": "0" * 64, "size": 3, "state": "sound", "duration_us": None}}),
        (IMPORT, {"source": None}),
        (IMPORT, {"checkpoint": None}),
    ],
)
def test_an_import_that_looks_like_something_else(station: ImportWorld, typ: str, changed: Any) -> None:
    made = Made(station, typ=typ, **changed)
    assert error_of(put(station, made.id, made.journal)) == "journal"
    assert not Recording.objects.exists() and not Staging(made.id).folder.exists()


def test_a_station_that_plays_recorder(station: ImportWorld) -> None:
    """Its journal under the recorders' address: there is no handover, and it is no recorder."""
    made = Made(station, typ=JOURNAL, origin="camera", media="video/mp4")
    path = f"/intake/recordings/{made.id}/journal"
    for query in (f"recorder={station.county.station.kid}&handover=", "recorder=&handover=", ""):
        answer = station.county.request("PUT", path, query, made.journal)
        assert error_of(answer) == "handover-unknown"


def test_an_open_journal(station: ImportWorld) -> None:
    made = Made(station)
    assert error_of(put(station, made.id, b"".join(made.lines[:-1]))) == "journal"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"checkpoint": "ab" * 32}, "open-checkpoint"),
        ({"policy": 7}, "recipients"),
        ({"private": b64u(bytes(40))}, "private"),
    ],
)
def test_what_complete_refuses(station: ImportWorld, changed: Any, code: str) -> None:
    made = Made(station, **changed)
    answer = made.store(station)
    assert (answer.status_code, error_of(answer)) == (422, code)
    assert not Recording.objects.exists()


def test_other_recipients(station: ImportWorld) -> None:
    honest = Made(station)
    from zhilu.encoding import unb64u
    from zhilu.strictjson import loads_object

    shares = loads_object(unb64u(honest.lines[0].split(b".")[1].decode()))["shares"]
    shares[0]["envelopes"].reverse()
    made = Made(station, shares=shares)
    assert error_of(made.store(station)) == "recipients"


def test_a_county_without_its_text_key_stores_all_the_same(station: ImportWorld) -> None:
    station.county.config.text_key.unlink()
    made = Made(station)
    assert made.store(station).status_code == 200
    assert Import.objects.get(id=made.id).name == ""
    assert Entry.objects.get(kind="recording-imported/1").personal is None


def test_a_segment_that_is_another(station: ImportWorld) -> None:
    made = Made(station)
    made.media[0] = bytes(len(made.media[0]))
    assert error_of(made.store(station)) == "segment-hash"


# The receipt


def test_a_receipt_that_is_not_ours_clears_nothing(station: ImportWorld, tmp_path: Path) -> None:
    station.run(card(tmp_path / "card", b"one", b"two"))
    first, second = station.recordings()
    station.send()
    station.county.publish()
    honest = station.direct.receipt

    async def swapped(recording: UUID, size: int) -> Any:
        return await honest(second if recording == first else first, size)

    station.direct.receipt = swapped  # type: ignore[method-assign]
    with pytest.raises(DataError) as refused:
        station.send()
    assert refused.value.code == "receipt-recording"
    assert station.recordings() == [first, second]
    assert {done.stage for done in station.done().values()} == {"stored"}


@pytest.mark.db
def test_no_receipt_without_a_cosignature(station: ImportWorld, tmp_path: Path) -> None:
    station.run(card(tmp_path / "card", b"one"))
    station.send()
    station.send()
    assert {done.stage for done in station.done().values()} == {"stored"}
    assert station.recordings() != []


def test_sealing_reads_twice_and_compares(station: ImportWorld, tmp_path: Path) -> None:
    from zhilu.errors import WorldError
    from zhilu.station import home as homes

    path = tmp_path / "film.mp4"
    path.write_bytes(b"first")
    terms = terms_of(homes.load(station.path), None)
    with path.open("rb") as file:
        read = import_seal.examine(file, import_seal.digest(file))
        path.write_bytes(b"other")
        draft = station.store.draft(import_seal.new_id(terms.clock, None))
        with pytest.raises(WorldError) as refused:
            seal(file, read, private_claims(b"film.mp4", Claims(), 0.0), terms, bytes(32), draft)
    assert refused.value.code == "changed"
