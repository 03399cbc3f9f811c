"""What a station in hostile hands may say (spec/intake.md §2): it accuses no recorder of two lives, its word
never stands for the county's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.county_world import BUREAU, CountyWorld
from support.lives import Life
from support.recordings import fixed_id, fixed_key
from zhilu.errors import DataError
from zhilu.sealed.keys import SoftSigner
from zhilu.server.equipment import rules
from zhilu.server.equipment.events import RecorderFinding, StationEnrolled
from zhilu.server.equipment.models import Alarm, Finding
from zhilu.server.equipment.services import findings
from zhilu.server.ledger.services.commit import commit, size

pytestmark = pytest.mark.db
NOBODYS = str(fixed_id("recording that nobody made"))
AT = "2026-11-24T10:00:00.000Z"


@pytest.fixture
def life(county: CountyWorld) -> Life:
    """A recorder that has been switched on once."""
    life = Life(county)
    life.boot()
    return life


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
    assert not Finding.objects.exists() and not Alarm.objects.exists() and size() == before + 1


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
