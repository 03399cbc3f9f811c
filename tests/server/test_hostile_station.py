"""What a station in hostile hands may say (spec/intake.md §2): it accuses no recorder of two lives, its word
never stands for the county's, and it fills neither the ledger nor the page."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from support.county_world import BUREAU, CountyWorld
from support.lives import Life
from support.recordings import fixed_id, fixed_key
from zhilu.errors import DataError
from zhilu.sealed.keys import SoftSigner
from zhilu.server.equipment import rules
from zhilu.server.equipment.events import DockingRefused, RecorderFinding, StationEnrolled
from zhilu.server.equipment.models import Alarm, Finding
from zhilu.server.equipment.services import alarms, findings
from zhilu.server.ledger import clock
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit, event_of, size

pytestmark = pytest.mark.db
NOBODYS = str(fixed_id("recording that nobody made"))
AT = "2026-11-24T10:00:00.000Z"


def say(county: CountyWorld, signer: SoftSigner | None = None, **body: Any) -> tuple[int, str]:
    """Status and code of the answer."""
    answer = county.request("POST", "/intake/alarms", body=json.dumps(body).encode(), signer=signer)
    return answer.status_code, json.loads(answer.content).get("error", "")


def refuse(life: Life, recording: object, code: str, signer: SoftSigner | None = None) -> tuple[int, str]:
    body = {"kind": "recording-refused", "bay": 1, "recorder": life.signer.kid, "at": AT}
    return say(life.county, signer, code=code, recording=str(recording), **body)


def second_station() -> SoftSigner:
    other = SoftSigner(fixed_key("second station"))
    place = ("dock.example", "http://s2.dock.example")
    commit(StationEnrolled(other.kid, other.jwk, "第二采集站", 4, *place), BUREAU)
    return other


def test_no_word_of_a_station_suspends_a_recorder(life: Life) -> None:
    film = life.record("film")
    docking = life.dock()
    docking.arrive()
    for code in ("fork", "recording-missing", "cleared-unstored", "closed-as", "anything"):
        assert refuse(life, film.id, code)[0] == 201
    assert [one.code for one in Finding.objects.all()] == ["recording-refused"]
    assert not findings.is_suspended(life.signer.kid)
    life.boot()
    assert life.dock().lines().status_code == 200


def test_of_recordings_that_nobody_signed_for_a_station_says_nothing(life: Life) -> None:
    before = size()
    assert refuse(life, NOBODYS, "segment-hash") == (404, "recording-unknown")
    life.record("film")
    life.dock().arrive()
    other = second_station()
    assert refuse(life, life.films[0].id, "segment-hash", other) == (404, "handover-unknown")
    assert not Finding.objects.exists() and not Alarm.objects.exists()
    entered = [entry.kind for entry in Entry.objects.filter(index__gte=before).order_by("index")]
    assert entered == ["logbook-held/1", "handover-held/1", "station-enrolled/1"]


def test_the_rules_ask_who_says_it(life: Life) -> None:
    kid, station = life.signer.kid, life.county.station.kid
    wrong: list[dict[str, Any]] = [
        {"code": "fork"}, {"code": "recording-missing"}, {"proof": "ab" * 32}, {"line": 3},
        {"recording": None, "line": 3}, {"recording": None},
    ]  # fmt: skip
    said = {
        "recorder": kid,
        "code": "range",
        "recording": NOBODYS,
        "line": None,
        "since": None,
        "until": None,
    }
    said |= {"proof": None}
    for change in wrong:
        with pytest.raises(DataError, match="finding-actor"):
            commit(RecorderFinding(**said | change), station)
    with pytest.raises(DataError, match="device-unknown"):
        commit(RecorderFinding(**said), kid)
    commit(RecorderFinding(**said), station)
    commit(RecorderFinding(**said | {"code": "fork"}), BUREAU)
    assert findings.is_suspended(kid)


def test_a_finding_of_before_this_rule_suspends_nobody(life: Life, monkeypatch: Any) -> None:
    monkeypatch.setattr(rules, "REFUSALS", frozenset({"fork"}))
    commit(RecorderFinding(life.signer.kid, "fork", NOBODYS, None, None, None, None), life.county.station.kid)
    assert not findings.is_suspended(life.signer.kid)


def test_a_stations_word_never_stands_for_the_countys(life: Life) -> None:
    film = life.record("film")
    life.dock().arrive()
    refuse(life, film.id, "segment-hash")
    Alarm.objects.update(state="closed")
    about = {"recording": str(film.id), "since": film.opened_at, "until": film.closed_at, "proof": "ab" * 32}
    assert findings.find(life.signer.kid, "segment-hash", **about)
    assert not findings.find(life.signer.kid, "segment-hash", **about)
    assert [one.actor for one in Finding.objects.order_by("id")] == [life.county.station.kid, BUREAU]
    assert Alarm.objects.filter(state="raised").count() == 1


def foreign(county: CountyWorld, **change: Any) -> tuple[int, str]:
    body = {"kind": "docking-refused", "bay": 1, "code": "foreign", "presented": "ab" * 32, "at": AT}
    return say(county, **body | change)


def test_the_same_refused_docking_is_one_entry_in_an_hour(county: CountyWorld) -> None:
    before = size()
    assert [foreign(county) for _ in range(3)] == [(201, "")] * 3
    assert size() == before + 1
    for change in ({"bay": 2}, {"code": "tls"}, {"presented": ""}):
        foreign(county, **change)
    assert size() == before + 4
    later = clock.now() + timedelta(minutes=61)
    with clock.set_to(lambda: later):
        event = DockingRefused(county.station.kid, 1, "foreign", "ab" * 32, AT)
        commit(event, county.station.kid)
    assert size() == before + 5


def test_one_station_enters_few_refused_dockings(county: CountyWorld, monkeypatch: Any) -> None:
    monkeypatch.setattr(rules, "MOST_REFUSALS", 3)
    said = [foreign(county, presented=str(number)) for number in range(5)]
    assert said == [(201, "")] * 3 + [(409, "refusals-many")] * 2
    alarm = Alarm.objects.get()
    assert (alarm.code, alarm.about, alarm.count) == ("refusals-many", county.station.kid, 2)


@pytest.mark.parametrize("bay", [0, -1, 101, 10**9])
def test_a_bay_that_no_station_has_is_no_entry(county: CountyWorld, bay: int) -> None:
    before = size()
    assert foreign(county, bay=bay)[0] == 422 and size() == before


@pytest.mark.parametrize("code", ["<script>alert(1)</script>", "UPPER", "a" * 41, "a b", "漏"])
def test_a_code_that_a_device_made_up(county: CountyWorld, code: str) -> None:
    assert foreign(county, code=code) == (201, "")
    entry = Entry.objects.filter(kind="docking-refused/1").get()
    assert event_of(entry).code == "docking-refused"


def tell(county: CountyWorld, number: int, signer: SoftSigner | None = None, state: str = "raised") -> Any:
    said = {"id": str(fixed_id(f"alarm {number}")), "code": "clock-off", "bay": None, "detail": ""}
    return say(county, signer, kind="station", at=AT, count=1, state=state, **said)


def test_no_station_pushes_anothers_alarms_off_the_page(county: CountyWorld, monkeypatch: Any) -> None:
    monkeypatch.setattr(rules, "MOST_ALARMS", 6)
    monkeypatch.setattr(rules, "SHOWN_OF_STATION", 4)
    other = second_station()
    alarms.raise_alarm("fork", "k" * 43)
    tell(county, 99, other)
    for number in range(8):
        assert tell(county, number) == (201, "")
    shown = alarms.open_first()
    assert [one.code for one in shown if one.said is None] == ["fork"]
    assert [one.station for one in shown].count(other.kid) == 1
    assert [one.station for one in shown].count(county.station.kid) == 4
    newest = Alarm.objects.filter(station=county.station.kid).order_by("-id")[:4]
    assert {one.id for one in newest} < {one.id for one in shown}
    assert [one.last_at for one in shown] == sorted((one.last_at for one in shown), reverse=True)


def test_a_station_keeps_a_thousand_alarms(county: CountyWorld, monkeypatch: Any) -> None:
    monkeypatch.setattr(rules, "MOST_OF_STATION", 3)
    assert [tell(county, number)[1] for number in range(5)] == ["", "", "", "alarms-many", "alarms-many"]
    alarm = Alarm.objects.get(said=None)
    assert (alarm.code, alarm.about, alarm.count) == ("alarms-many", county.station.kid, 2)
    assert tell(county, 0, state="confirmed") == (201, "")  # of those that are kept it may say more
    assert tell(county, 7, second_station()) == (201, "")
    Alarm.objects.filter(said=fixed_id("alarm 1")).update(state="closed")
    assert tell(county, 4) == (201, "")
