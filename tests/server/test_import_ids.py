"""A station imports under the id of a recorder's recording (spec/intake.md §2): what the recorder signed goes
before, and where it cannot, nobody is told that it is stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from support.county_world import BUREAU, RECORDING, CountyWorld, named_id
from support.import_world import ImportWorld, Made, put
from support.recordings import fixed_key
from zhilu.sealed.keys import SoftSigner
from zhilu.server.equipment.events import StationEnrolled
from zhilu.server.equipment.models import Alarm
from zhilu.server.evidence.models import Intake, Recording
from zhilu.server.evidence.services.staging import Staging
from zhilu.server.ledger.services.commit import commit
from zhilu.station import import_seal

pytestmark = pytest.mark.db


@pytest.fixture
def station(county: CountyWorld, tmp_path: Path) -> ImportWorld:
    return ImportWorld(county, tmp_path)


@pytest.fixture
def made(station: ImportWorld, monkeypatch: Any) -> Made:
    """An import under the recording's id."""
    with monkeypatch.context() as patched:
        patched.setattr(import_seal, "new_id", lambda *_: UUID(str(RECORDING)))
        return Made(station)


def error_of(answer: Any) -> str:
    return str(json.loads(answer.content)["error"])


def alarms() -> list[tuple[str, str]]:
    return [(one.code, one.about) for one in Alarm.objects.order_by("id")]


def state(county: CountyWorld, signer: SoftSigner | None = None) -> str:
    answer = county.request("GET", f"/intake/recordings/{RECORDING}", signer=signer)
    return str(json.loads(answer.content)["state"])


def test_an_import_on_its_way_gives_way(station: ImportWorld, made: Made) -> None:
    county = station.county
    assert put(station, made.id, made.journal).status_code == 200
    path = f"/intake/recordings/{made.id}/segments/0"
    assert county.request("PUT", path, body=made.media[0]).status_code == 200
    film = county.store()
    row = Recording.objects.get(id=RECORDING)
    assert (row.recorder, row.segments) == (county.recorder.kid, len(film.media))
    assert alarms() == [("recording-id", county.station.kid)]


def test_an_import_under_what_a_line_names_is_refused(station: ImportWorld, made: Made) -> None:
    county = station.county
    county.put_logbook(county.film())
    refused = put(station, made.id, made.journal)
    assert refused.status_code == 409 and error_of(refused) == "recording-id"
    assert alarms() == [("recording-id", county.station.kid)] and not Intake.objects.exists()


def test_lines_that_come_between_stop_the_import(station: ImportWorld, made: Made) -> None:
    county = station.county
    put(station, made.id, made.journal)
    county.request("PUT", f"/intake/recordings/{made.id}/segments/0", body=made.media[0])
    county.put_logbook(county.film())
    assert error_of(county.complete()) == "recording-id" and not Recording.objects.exists()


def test_an_import_while_the_recording_comes_is_refused(station: ImportWorld, made: Made) -> None:
    county = station.county
    film = county.film()
    county.put_handover(film)
    assert county.put_journal(film).status_code == 200
    assert error_of(put(station, made.id, made.journal)) == "recording-id"
    assert Intake.objects.get().recorder == county.recorder.kid


def test_what_is_stored_as_an_import_is_not_the_recording(station: ImportWorld, made: Made) -> None:
    county = station.county
    assert made.store(station).status_code == 200
    other = SoftSigner(fixed_key("second station"))
    place = ("dock.example", "http://s2.dock.example")
    commit(StationEnrolled(other.kid, other.jwk, "第二采集站", 4, *place), BUREAU)
    assert (state(county), state(county, other)) == ("stored", "unknown")
    for method, what in (("PUT", "segments/0"), ("POST", "complete")):
        path = f"/intake/recordings/{RECORDING}/{what}"
        assert county.request(method, path, body=b"{}", signer=other).status_code == 409
    film = county.film()
    county.put_logbook(film)
    county.put_handover(film)
    before = alarms()
    refused = county.put_journal(film)
    assert refused.status_code == 409 and error_of(refused) == "recording-id"
    assert [one for one in alarms() if one not in before] == [("recording-id", county.station.kid)]


def test_an_import_under_what_is_stored_is_refused(station: ImportWorld, made: Made) -> None:
    station.county.store()
    assert error_of(put(station, made.id, made.journal)) == "recording-id"
    assert alarms() == [("recording-id", station.county.station.kid)]


def test_nobody_is_accused_without_a_handover(station: ImportWorld, made: Made) -> None:
    assert made.store(station).status_code == 200
    path = f"/intake/recordings/{RECORDING}/journal"
    query = f"recorder={station.county.recorder.kid}&handover={named_id('x').hex}"
    assert error_of(station.county.request("PUT", path, query, made.journal)) == "handover-unknown"
    assert alarms() == []


def test_one_import_is_begun_at_a_time(station: ImportWorld) -> None:
    first, second = Made(station), Made(station, b"another")
    for one in (first, second):
        assert put(station, one.id, one.journal).status_code == 200
    assert Intake.objects.get().id == second.id and not Staging(first.id).folder.exists()
    assert first.store(station).status_code == 200
