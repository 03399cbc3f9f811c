"""What a station keeps to itself, lines or a handover, is seen by what comes next (spec/intake.md §2)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from support.county_world import CountyWorld
from support.lives import Life, found, other_station
from zhilu.server.equipment.models import Alarm, Awaited, Finding, LogbookLine, StationHealth
from zhilu.server.equipment.services import awaited
from zhilu.server.ledger import clock


@pytest.mark.db
def test_stations_that_send_the_same_lines_and_more(life: Life) -> None:
    for number in range(20):
        life.log("battery", percent=number)
    docking = life.dock()
    answers = [docking.lines(first=0), docking.lines(first=0), docking.lines(first=5)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert LogbookLine.objects.count() == len(life.logbook) and found() == []


def test_a_station_that_withholds_lines_is_seen_by_the_handover(life: Life) -> None:
    gone = life.record("what the station hides")
    hiding = life.dock()
    # It sends the handover, for it wants the receipts, but not the last lines.
    assert hiding.lines(last=2).status_code == 200
    assert hiding.handover().status_code == 201
    assert not Alarm.objects.exists()  # they may be on their way
    # The recorder tells the next station everything.
    life.films.clear()
    life.boot()
    life.log("not-recording", reason="no-policy", detail="")
    life.dock(other_station(life.county)).arrive()
    assert LogbookLine.objects.count() == len(life.logbook)
    assert Alarm.objects.get(code="lines-withheld").about == life.county.station.kid
    assert found() == [("recording-missing", gone.opened_at, gone.closed_at)]


def test_lines_that_never_come_are_seen_by_the_next_handover(life: Life) -> None:
    life.record("what the station hides")
    life.dock().handover()
    life.boot()
    life.dock().handover()
    alarm = Alarm.objects.get()
    assert (alarm.code, alarm.about) == ("lines-withheld", life.county.station.kid)


def tell_health(county: CountyWorld) -> None:
    StationHealth.objects.all().delete()
    body = {"at": "2026-11-24T06:00:00.000Z", "spool_bytes": 0, "spool_limit_bytes": 1, "disk_free_bytes": 1}
    body |= dict.fromkeys(("clock_offset_us", "snapshot_at", "certificate_until"))
    body |= {"release": "0", "bays": []}
    assert county.request("POST", "/intake/health", body=json.dumps(body).encode()).status_code == 200


def test_a_handover_that_a_station_keeps_to_itself(life: Life) -> None:
    docking = life.dock()
    assert docking.lines().status_code == 200
    tell_health(life.county)
    assert not Alarm.objects.exists()  # it may be on its way
    later = clock.now() + timedelta(minutes=61)
    with clock.set_to(lambda: later):
        for _ in range(2):
            awaited.look()
    alarm = Alarm.objects.get()
    assert (alarm.code, alarm.about, alarm.count) == ("handover-withheld", life.signer.kid, 1)


@pytest.mark.parametrize("first", ["lines", "handover"])
def test_a_handover_that_comes_is_not_withheld(life: Life, first: str) -> None:
    docking = life.dock()
    for name in (first, "handover" if first == "lines" else "lines"):
        assert getattr(docking, name)().status_code in (200, 201)
    later = clock.now() + timedelta(minutes=61)
    with clock.set_to(lambda: later):
        awaited.look()
    assert not Alarm.objects.exists() and not Awaited.objects.exists()


def test_a_recording_that_a_station_could_not_take_over(life: Life) -> None:
    film = life.record("film")
    life.dock().arrive()
    body = {"kind": "recording-refused", "bay": 1, "code": "segment-hash", "recorder": life.signer.kid}
    body |= {"recording": str(film.id), "at": life.time}
    for _ in range(2):
        answer = life.county.request("POST", "/intake/alarms", body=json.dumps(body).encode())
        assert answer.status_code == 201
    assert found() == [("segment-hash", film.opened_at, film.closed_at)]
    assert Finding.objects.get().actor == life.county.station.kid
    for change in ({"recording": "x"}, {"recorder": "x"}, {"code": 1}, {"kind": "other"}):
        answer = life.county.request("POST", "/intake/alarms", body=json.dumps(body | change).encode())
        assert 400 <= answer.status_code < 500
