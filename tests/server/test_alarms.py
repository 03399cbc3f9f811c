"""The life of an alarm: raised, confirmed, handled, closed, by whom and when (spec/intake.md §2)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from support.county_world import BUREAU, OFFICER, CountyWorld, named_id
from support.recordings import test_key as named_key
from zhilu import strictjson
from zhilu.protocols import health as reports
from zhilu.protocols.intake import station_alarm_body
from zhilu.sealed.keys import SoftSigner
from zhilu.server.equipment.events import StationEnrolled
from zhilu.server.equipment.models import Alarm, AlarmStep, StationHealth
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.ledger.services.commit import commit, size

pytestmark = pytest.mark.django_db
SYSTEM = str(named_id("system"))
ONE, TWO = str(named_id("alarm one")), str(named_id("alarm two"))
HEALTH: dict[str, Any] = {
    "at": "2026-11-24T06:00:00.000Z",
    "spool_bytes": 0,
    "spool_limit_bytes": 10**9,
    "disk_free_bytes": 10**9,
    "clock_offset_us": None,
    "snapshot_at": None,
    "certificate_until": None,
    "release": "0",
    "bays": [],
}


def tell(county: CountyWorld, signer: SoftSigner | None = None, **changed: Any) -> int:
    said: dict[str, Any] = {"id": ONE, "code": "spool-full", "bay": 2, "detail": "1.2 GB", "count": 1}
    said |= {"at": "2026-11-24T06:00:00.000Z", "state": "raised"}
    body = station_alarm_body(**said | changed)
    return county.request("POST", "/intake/alarms", body=body, signer=signer).status_code


def heard(county: CountyWorld, signer: SoftSigner | None = None) -> dict[str, str]:
    """What the answer to its health tells a station."""
    StationHealth.objects.all().delete()
    answer = county.request("POST", "/intake/health", body=strictjson.dumps(HEALTH), signer=signer)
    assert answer.status_code == 200
    return reports.parse_answer(answer.content)


def step(client: Client, alarm: int, state: str, text: str = "") -> int:
    return client.post(f"/alarms/{alarm}", {"state": state, "text": text}).status_code


@pytest.mark.db
def test_an_alarm_of_a_station_goes_its_way(county: CountyWorld) -> None:
    before = size()
    for count in (1, 1, 3):
        assert tell(county, count=count) == 201
    row = Alarm.objects.get()
    assert (row.code, row.bay, row.count, row.state, row.about) == (
        "spool-full", 2, 3, "raised", county.station.kid,
    )  # fmt: skip
    assert heard(county) == {} and size() == before  # no evidence: no entry
    client = county.sign_in(SYSTEM)
    page = client.get("/alarms").content.decode()
    assert "采集站缓存已满" in page and "第一采集站" in page and "1.2 GB" in page
    assert step(client, row.id, "confirmed") == 302 and heard(county) == {ONE: "confirmed"}
    assert step(client, row.id, "handled") == 400  # without a word of what was done
    assert step(client, row.id, "handled", "已更换硬盘") == 302 and heard(county) == {ONE: "handled"}
    assert step(client, row.id, "closed") == 302 and heard(county) == {ONE: "closed"}
    steps = [(one.state, one.by, one.text) for one in AlarmStep.objects.order_by("id")]
    assert steps == [("confirmed", SYSTEM, ""), ("handled", SYSTEM, "已更换硬盘"), ("closed", SYSTEM, "")]
    assert "已更换硬盘" in client.get(f"/alarms/{row.id}").content.decode()


def test_a_state_never_goes_back_and_no_step_is_left_out(county: CountyWorld) -> None:
    tell(county)
    row, client = Alarm.objects.get(), county.sign_in(SYSTEM)
    assert step(client, row.id, "closed") == 400 and step(client, row.id, "handled", "做了") == 400
    assert step(client, row.id, "raised") == 400 and step(client, row.id, "gone") == 400
    assert step(client, row.id, "confirmed") == 302
    assert step(client, row.id, "confirmed") == 400  # who presses second
    step(client, row.id, "handled", "做了")
    for state in ("raised", "confirmed", "ended"):
        assert tell(county, state=state) == 201
    row.refresh_from_db()
    assert (row.state, row.ended) == ("handled", True) and AlarmStep.objects.count() == 2
    assert client.get("/alarms/99999999999999999999").status_code == 404


def test_a_trouble_that_comes_again_has_not_ended(county: CountyWorld) -> None:
    for state, ended in (("raised", False), ("ended", True), ("raised", False), ("ended", True)):
        tell(county, state=state)
        assert Alarm.objects.get().ended is ended
    tell(county, state="confirmed")
    assert not Alarm.objects.get().ended


def test_somebody_at_the_station_confirms(county: CountyWorld) -> None:
    tell(county, state="confirmed")
    row = Alarm.objects.get()
    assert row.state == "confirmed" and AlarmStep.objects.get().by == county.station.kid
    assert "第一采集站" in county.sign_in(SYSTEM).get(f"/alarms/{row.id}").content.decode()


def test_an_alarm_is_said_in_words_and_a_long_id_stands_in_a_title(county: CountyWorld) -> None:
    client, digest = county.sign_in(SYSTEM), "ab" * 32
    tell(county, code="foreign", detail=digest)
    tell(county, code="officer-locked", detail=OFFICER, id=TWO)
    tell(county, code="x-of-a-stranger", detail="", id=str(named_id("alarm three")))
    tell(county, code="snapshot-expired", detail="no-snapshot", id=str(named_id("alarm four")))
    page = client.get("/alarms").content.decode()
    assert "接口中的设备不属于本局" in page and ">foreign<" not in page
    assert f'title="{digest}">{digest[:12]}…<' in page
    assert f'title="{OFFICER}">张建国<' in page and "被拒绝，代码 x-of-a-stranger" in page
    assert 'title="no-snapshot">尚未取得过清单<' in page
    row = Alarm.objects.get(code="foreign")
    page = client.get(f"/alarms/{row.id}").content.decode()
    assert "<title>接口中的设备不属于本局" in page and f">{digest[:12]}…<" in page
    english = client.get(f"/alarms/{row.id}", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "<title>A device in the bay is not of this bureau" in english


def test_the_same_id_of_two_stations_is_two_alarms(county: CountyWorld) -> None:
    other = SoftSigner(named_key("other station"))
    place = ("dock.example", "http://s2.dock.example")
    commit(StationEnrolled(other.kid, other.jwk, "第二采集站", 4, *place), BUREAU)
    tell(county)
    tell(county, signer=other, code="clock-off", state="confirmed")
    assert heard(county) == {} and heard(county, other) == {ONE: "confirmed"}
    assert Alarm.objects.get(station=county.station.kid).code == "spool-full"


WRONG: list[dict[str, Any]] = [
    {"id": "../x"}, {"code": ""}, {"code": "a b"}, {"code": "x" * 65}, {"bay": 0}, {"bay": 10**6},
    {"detail": "x" * 101}, {"detail": "a\0b"}, {"at": "now"}, {"count": 0}, {"count": 2**40},
    {"state": "closed"}, {"state": "handled"},
]  # fmt: skip


def test_what_is_no_alarm(county: CountyWorld) -> None:
    for changed in WRONG:
        assert tell(county, **changed) in (404, 422), changed
    assert not Alarm.objects.exists()


def test_the_countys_own_is_counted_until_it_is_handled(county: CountyWorld) -> None:
    raise_alarm("fork", county.recorder.kid)
    raise_alarm("fork", county.recorder.kid)
    row, client = Alarm.objects.get(), county.sign_in(SYSTEM)
    assert row.count == 2
    step(client, row.id, "confirmed")
    raise_alarm("fork", county.recorder.kid)
    assert Alarm.objects.get().count == 3
    step(client, row.id, "handled", "已停用")
    raise_alarm("fork", county.recorder.kid)
    assert sorted(Alarm.objects.values_list("state", "count")) == [("handled", 3), ("raised", 1)]
    assert heard(county) == {}


def test_the_home_page_counts_what_nobody_has_handled(county: CountyWorld) -> None:
    tell(county)
    tell(county, id=TWO, code="clock-off")
    client = county.sign_in(SYSTEM)
    assert "未处理的告警" in client.get("/").content.decode()
    for row in Alarm.objects.all():
        step(client, row.id, "confirmed")
        step(client, row.id, "handled", "好了")
    assert "未处理的告警" not in client.get("/").content.decode()


def test_a_report_that_is_read_has_json(county: CountyWorld) -> None:
    tell(county, state="confirmed")
    StationHealth.objects.all().delete()
    answer = county.request("POST", "/intake/health", body=strictjson.dumps(HEALTH))
    assert json.loads(answer.content) == {"alarms": {ONE: "confirmed"}}
