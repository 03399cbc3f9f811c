"""The pages of what arrived: a month, a day, the list, recorders that do not dock."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from support import bureau
from support.bureau import Bureau
from support.county_world import SECTION, CountyWorld
from support.neighbour import Ledger
from zhilu.server.federation.models import Cosigned, Joined, Watch
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger import clock
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import size
from zhilu.server.oversight.models import Day, Hole, Named, Reach, Reconciled
from zhilu.server.pages.services import absence

MONTH = date(2026, 9, 1)
STATION = "A"
PART = "此处只统计您所辖部门的记录仪。"
LAST = clock.midnight(date(2026, 9, 20)) + timedelta(hours=18)


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    grown = bureau.of(county)
    for model in (Day, Hole, Reach, Named):
        model.objects.all().delete()
    for key, name in ((SECTION, "检查一科"), (STATION, "第一采集站"), ("B", "第一<b>站")):
        Named.objects.create(bureau="julu", key=key, name=name)
    return grown


def reach(serial: str, bureau: str = "julu", department: str | None = SECTION, **more: Any) -> Reach:
    values: dict[str, Any] = {
        "station": STATION,
        "bay": 1,
        "enrolled_at": clock.midnight(MONTH),
        "known_until": LAST,
        "docked_at": LAST,
        "provable": False,
        "live": True,
    }
    return Reach.objects.create(**recorder(serial, bureau, department), **values | more)


def recorder(serial: str, bureau: str = "julu", department: str | None = SECTION) -> dict[str, Any]:
    where = UUID(department) if department else None
    return {
        "bureau": bureau,
        "recorder": f"{serial:A>43}",
        "serial": serial,
        "department": where,
    }


def day(serial: str, number: int, captured: int, stored: int, **of: Any) -> None:
    values = {"captured": captured, "collected": captured, "stored": stored, "captured_s": 60 * captured}
    Day.objects.create(**recorder(serial, **of), day=MONTH.replace(day=number), **values)


def hole(serial: str, number: int, kind: str, due: datetime | None = None, **more: Any) -> Hole:
    since = clock.midnight(MONTH.replace(day=number)) + timedelta(hours=10)
    of = {name: more.pop(name) for name in ("bureau", "department") if name in more}
    values = {"at": since, "since": since, "until": since + timedelta(minutes=8), "due_at": due}
    return Hole.objects.create(
        **recorder(serial, **of), day=MONTH.replace(day=number), kind=kind, **values | more
    )


def cells(page: Any, line: str) -> dict[int, str]:
    found = next(one for one in [*page.context["bureaus"], *page.context["recorders"]] if one.name == line)
    return {cell.day.day: f"{cell.state} {cell.text}" for cell in found.cells if cell}


def month_of_all(world: Bureau) -> None:
    reach("XT-1")
    reach("XT-2", known_until=LAST - timedelta(days=10))
    day("XT-1", 2, 5, 5)
    day("XT-1", 3, 5, 4)
    hole("XT-1", 3, "not-collected")
    day("XT-1", 4, 3, 2)
    hole("XT-1", 4, "not-stored", due=clock.now() + timedelta(hours=3), station="B", bay=2)
    day("XT-2", 5, 1, 1)
    hole("XT-2", 5, "gap", reason="camera")
    day("XT-1", 11, 2, 2)
    hole("XT-1", 12, "not-stored", due=clock.now() - timedelta(hours=3))


@pytest.mark.db
def test_a_month_shows_each_day_as_it_is_known(world: Bureau) -> None:
    month_of_all(world)
    page = world.client("leader*").get("/absence?month=2026-09")
    found = cells(page, "XT-1")
    assert {n: found[n] for n in (1, 2, 3, 4, 12, 20, 21)} == {
        1: "nothing ·", 2: "complete 5", 3: "hole −1", 4: "under-way 2…", 12: "hole −1",
        20: "unknown ?", 21: "unknown ?",
    }  # fmt: skip
    assert cells(page, "XT-2")[5] == "note 1*" and cells(page, "XT-2")[10] == "unknown ?"
    whole = cells(page, page.context["bureaus"][0].name)
    assert whole[3] == "hole −1" and whole[11] == "unknown 2?", "one recorder's lines end on the 10th"
    assert page.context["bureaus"][0].total.captured == 16
    assert page.context["holes"] == 2, "what is under way and what is a note is none"
    text = page.content.decode()
    assert "2026-09-03：有缺失。拍摄 5，交接 5，入库 4" in text
    for asked in ("2026-13", "x", "9999-12", "0001-01", "2026-09-01"):
        assert world.client("leader*").get(f"/absence?month={asked}&bureau=nobody").status_code == 200


def test_a_day_has_its_recorders_the_worst_first_and_who_is_not_known(world: Bureau) -> None:
    month_of_all(world)
    client = world.client("leader*")
    page = client.get("/absence/day?day=2026-09-11")
    assert [(row.serial, row.sum.state) for row in page.context["rows"]] == [
        ("XT-2", "unknown"), ("XT-1", "complete"),
    ]  # fmt: skip
    page = client.get("/absence/day?day=2026-09-03")
    assert [row.serial for row in page.context["rows"]] == ["XT-1"]
    assert client.get("/absence/day?day=2026-02-31").status_code == 200
    file = client.get("/absence/day?day=2026-09-03&bureau=julu&export=xlsx")
    rows = table(file)
    assert rows[1][:6] == ["XT-1", "检查一科", "有缺失", 5, 5, 4]


def table(answer: Any) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.db
def test_the_list_narrows_and_goes_out_and_escapes(world: Bureau) -> None:
    month_of_all(world)
    client = world.client("leader*")

    def kinds(asked: str) -> list[str]:
        return [row.hole.kind for row in client.get(f"/absence/holes?plain=1&{asked}").context["rows"]]

    assert kinds("") == ["not-stored", "gap", "not-stored", "not-collected"]
    assert kinds("state=open") == ["not-stored", "not-collected"]
    assert kinds("state=under-way") == ["not-stored"] and kinds("state=note") == ["gap"]
    assert kinds("kind=gap") == ["gap"] and kinds("kind=x&state=y") == kinds("")
    assert kinds("serial=XT-2") == ["gap"] and kinds("serial=%25") == []
    assert kinds("first=2026-09-05&last=2026-09-11") == ["gap"]
    assert kinds(f"recorder={recorder('XT-2')['recorder']}") == ["gap"]
    text = client.get("/absence/holes").content.decode()
    assert "<b>站" not in text and "第一&lt;b&gt;站" in text
    rows = table(client.get("/absence/holes?state=open&export=xlsx"))
    assert len(rows) == 3 and "缺失" in rows[1]


def test_recorders_that_do_not_dock_stand_by_how_long(world: Bureau, settings: Any) -> None:
    now = clock.now()
    reach("XT-1", docked_at=now - timedelta(days=8))
    reach("XT-2", docked_at=now - timedelta(days=30), known_until=None)
    reach("XT-3", docked_at=now - timedelta(days=2), provable=True)
    reach("XT-4", docked_at=now - timedelta(days=90), live=False)
    reach("XT-5", docked_at=now + timedelta(days=36500))
    client = world.client("equipment-keeper*")
    page = client.get("/absence/recorders")
    assert [(row["one"].serial, row["overdue"]) for row in page.context["rows"]] == [
        ("XT-5", True), ("XT-2", True), ("XT-1", True), ("XT-3", False),
    ]  # fmt: skip
    assert "从未接入" in page.content.decode() and "第一采集站" in page.content.decode()
    assert client.get("/absence").context["undocked"] == 3
    settings.ZHILU = type(settings.ZHILU)(**{**vars(settings.ZHILU), "undocked_days": 10})
    assert client.get("/absence").context["undocked"] == 2, "an entry dated ahead silences none"
    rows = table(client.get("/absence/recorders?export=xlsx"))[1:]
    assert rows[0][2:4] == ["检查一科", "第一采集站"]
    assert [row[1] for row in rows] == [
        "XT-5",
        "XT-2",
        "XT-1",
        "XT-3",
    ]


@pytest.mark.db
def test_a_recorder_is_seen_by_whoever_sees_its_department(world: Bureau) -> None:
    follow("qinghe")
    reach("XT-1")
    reach("XT-2", department=None)
    reach("QH-1", bureau="qinghe", department=None)
    hole("XT-1", 3, "cleared")
    hole("XT-2", 3, "cleared", department=None)
    hole("QH-1", 3, "cleared", bureau="qinghe", department=None)
    for persona, serials in (
        ("leader*", {"XT-1", "XT-2", "QH-1"}), ("unit-head", {"XT-1"}), ("equipment-keeper", {"XT-1"}),
        ("viewer*", {"XT-1", "XT-2", "QH-1"}), ("audit-administrator", {"XT-1", "XT-2", "QH-1"}),
    ):  # fmt: skip
        client = world.client(persona)
        assert {row.hole.serial for row in client.get("/absence/holes").context["rows"]} == serials, persona
        assert {row["one"].serial for row in client.get("/absence/recorders").context["rows"]} == serials
        shown = client.get("/absence?month=2026-09")
        assert (PART in shown.content.decode()) is (serials == {"XT-1"}) is shown.context["page"].is_part
        days = client.get("/absence/day?day=2026-09-03&bureau=qinghe").context["rows"]
        assert {row.serial for row in days} == serials & {"QH-1"}, persona


def follow(code: str) -> None:
    ledger = Ledger(code)
    said = ledger.neighbour
    with applying():
        Joined.objects.create(
            bureau=code,
            tier="county",
            ledger=said.ledger,
            cosigners=[],
            quorum=1,
            kid=code,
            jwk=said.jwk,
            cosigner=said.cosigner,
            url="",
            authority="",
            entry=0,
        )
    at = clock.now()
    Watch.objects.create(bureau=code, state="away", code="neighbour-away", since=at, at=at, stored=5)


def test_several_bureaus_stand_beside_each_other_and_one_that_is_away_says_so(world: Bureau) -> None:
    follow("qinghe")
    reach("QH-1", bureau="qinghe", department=None)
    day("QH-1", 2, 4, 4, bureau="qinghe", department=None)
    page = world.client("leader*").get("/absence?month=2026-09")
    assert [one.federation for one in page.context["bureaus"]] == ["", "away"]
    assert page.context["recorders"] == [] and cells(page, "清河县税务局")[2] == "complete 4"
    page = world.client("leader*").get("/absence?month=2026-09&bureau=qinghe")
    assert [one.name for one in page.context["recorders"]] == ["QH-1"]
    assert "/absence/holes?recorder=" in page.context["recorders"][0].url, "its own page is at the county"


def test_a_county_says_what_its_city_does_not_hold_yet(world: Bureau) -> None:
    assert "上级不知悉" in world.client("leader*").get("/absence").content.decode()
    follow("xingtai")
    with applying():
        Joined.objects.filter(bureau="xingtai").update(tier="city")
    stored = absence.Above().count
    assert stored > 0
    Cosigned.objects.create(bureau="xingtai", size=size(), line="", at=clock.now())
    assert absence.Above().count == 0
    assert "市局均已知悉" in world.client("leader*").get("/absence").content.decode()


def test_what_was_not_counted_is_not_said_to_be_nothing(world: Bureau) -> None:
    page = world.client("leader*").get(f"/absence?month={clock.today():%Y-%m}")
    text = page.content.decode()
    assert "尚未核对，缺失项数暂不可知" in text and "缺失合计" not in text and "未接入" not in text
    assert "尚未核对记录仪日志" in world.client("leader*").get("/absence/recorders").content.decode()
    assert page.context["page"].month.after == "", "the month after this one has not begun"
    assert 'rel="next"' not in text
    Reconciled.objects.create(bureau=ledgers.own(), size=1, at=clock.now())
    assert "缺失合计：0 项" in world.client("leader*").get("/absence").content.decode()
    assert "没有在用的记录仪" in world.client("leader*").get("/absence/recorders").content.decode()
