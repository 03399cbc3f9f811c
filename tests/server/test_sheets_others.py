"""Calendar, equipment, training and catalogue by Excel and CSV."""

from __future__ import annotations

import dataclasses
import io
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from openpyxl import load_workbook

from support.county_world import DEPARTMENT, CountyWorld, named_id
from support.sheets import (
    DEPARTMENTS,
    NAME,
    Visitor,
    entries,
    refused,
    visitor,
)

KEEPER, TRAINER, EDITOR = (str(named_id(name)) for name in ("keeper", "trainer", "editor"))


@pytest.fixture
def bureau(county: CountyWorld, settings: Any) -> CountyWorld:
    settings.ZHILU = dataclasses.replace(settings.ZHILU, name_zh=NAME)
    return county


@pytest.fixture
def system(bureau: CountyWorld) -> Visitor:
    return visitor(str(named_id("system")))


@pytest.fixture
def security(bureau: CountyWorld) -> Visitor:
    return visitor(bureau.admins[0].person)


# Calendar

CALENDAR = ["日期", "放假或上班"]


def test_a_calendar_is_the_whole_year(security: Visitor) -> None:
    from zhilu.server.organisation.services.calendar import is_workday

    year = date.today().year + 1
    day = date(year, 10, 10) + timedelta(days=(5 - date(year, 10, 10).weekday()) % 7)  # a Saturday
    rows = [CALENDAR, [f"{year}-10-01", "放假"], [day, "上班"]]
    assert security.imported("calendar", rows) == (2, 0, 0)
    assert (is_workday(date(year, 10, 1)), is_workday(day)) == (False, True)
    before = entries()
    assert security.imported("calendar", rows) == (0, 0, 2)
    assert entries() == before
    answer = security.send("calendar", rows[:2])
    assert "1 that are not in the file no longer stand" in answer.content.decode()
    assert not is_workday(day)


def test_days_gone_by_since_it_was_entered_are_changed_by_no_file(security: Visitor) -> None:
    from zhilu.server.ledger import clock
    from zhilu.server.organisation.services import calendar

    day = clock.today() - timedelta(days=1)
    with clock.set_to(lambda: clock.midnight(day.replace(month=1, day=1))):
        calendar.put(day.year, {}, "julu")
    before = entries()
    answer = security.send("calendar", [CALENDAR, [day.isoformat(), "放假"]])
    assert "deadlines were counted" in answer.content.decode()
    assert entries() == before


def test_days_that_cannot_stand_are_named(security: Visitor) -> None:
    rows = [
        CALENDAR,
        ["2026-10-01", "放假"],
        ["2026-10-01", "上班"],
        ["2026-10-12", "上班"],
        ["1026-10-12", "放假"],
        ["2026-10-13", "半天"],
    ]
    before = entries()
    assert refused(security.send("calendar", rows)) == [
        ("3", "Day"), ("4", "Day"), ("5", "Day"), ("6", "Holiday or workday"),
    ]  # fmt: skip
    assert entries() == before


# Equipment

EQUIPMENT = ["设备", "编号", "型号", "资产编号", "部门（全路径）", "购置日期"]


def test_equipment_is_registered_and_corrected(bureau: CountyWorld) -> None:
    from zhilu.server.equipment.models import Equipment

    keeper = visitor(KEEPER, "equipment-keeper")
    rows = [
        EQUIPMENT,
        ["执法记录仪", "000123", "DSJ", "G-1", "稽查局", "2026/1/4"],
        ["采集工作站", "S-9", None, None, None, None],
    ]
    assert keeper.imported("equipment", rows) == (2, 0, 0)
    assert keeper.imported("equipment", rows) == (0, 0, 2)
    rows[1][3] = None
    assert keeper.imported("equipment", rows) == (0, 1, 1)
    made = Equipment.objects.get(serial="000123")
    assert (made.asset, str(made.department), made.acquired) == ("", DEPARTMENT, date(2026, 1, 4))


def test_a_keeper_of_one_department_registers_for_no_other(bureau: CountyWorld, system: Visitor) -> None:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import PersonAdded, RoleGranted

    system.imported("departments", [DEPARTMENTS, ["征收局", "征收"]])
    commit(PersonAdded(KEEPER), "julu", {"name": "k", "number": ""})
    commit(RoleGranted(KEEPER, "equipment-keeper", [DEPARTMENT]), "julu")
    keeper = visitor(KEEPER)
    rows = [EQUIPMENT, ["执法记录仪", "1", None, None, "稽查局/检查一科"]]
    assert keeper.imported("equipment", rows) == (1, 0, 0)
    others = [
        EQUIPMENT,
        ["执法记录仪", "2", None, None, "征收局"],
        ["执法记录仪", "3", None, None, None],
        ["keyholder", "4", None, None, "稽查局"],
        ["执法记录仪", 'a"b', None, None, "稽查局"],
        ["执法记录仪", "5", None, None, "稽查局", "2999-01-01"],
    ]
    where = "Department (full path)"
    assert refused(keeper.send("equipment", others)) == [
        ("2", where), ("3", where), ("4", "Device"), ("5", "Serial number"), ("6", "Acquired on"),
    ]  # fmt: skip


# Training

TRAINING = ["工号", "培训课程", "培训日期", "成绩", "备注"]


def test_results_are_added_once(bureau: CountyWorld) -> None:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.training.events import CourseSet
    from zhilu.server.training.models import Result

    trainer, number = visitor(TRAINER, "trainer"), bureau.viewer.person[-6:]
    commit(CourseSet(str(named_id("course 1")), "conduct", "执法规范一", 365, 60, False, False), "julu")
    rows = [TRAINING, [number, "执法规范一", "2026-01-20", 59, "补考"]]
    assert trainer.imported("training", rows) == (1, 0, 0)
    made = Result.objects.get(person=UUID(bureau.viewer.person))
    assert (made.passed, made.score, made.note) == (False, 59, "补考")
    assert trainer.imported("training", rows) == (0, 0, 1)
    wrong = [
        TRAINING,
        [number, "执法规范一", "2026-01-20", 99],
        ["nobody", "执法规范一", "2026-01-20", 99],
        [number, "没有", "2026-01-20", 99],
        [number, "执法规范一", "2999-01-20", 99],
        [number, "执法规范一", "2026-01-21", 101],
        [number, "执法规范一", "2026-01-22", "=99"],
    ]
    before = entries()
    assert refused(trainer.send("training", wrong)) == [
        ("2", "Score"), ("3", "Number"), ("4", "Training course"), ("5", "Held on"),
        ("6", "Score"), ("7", "Score"),
    ]  # fmt: skip
    assert entries() == before


# Catalogue


def test_a_catalogue_becomes_the_draft(bureau: CountyWorld) -> None:
    from zhilu.server.catalogue.models import Change
    from zhilu.server.catalogue.services import drafts

    editor = visitor(EDITOR, "legal-editor")
    header = load_workbook(io.BytesIO(editor.client.get("/imports/catalogue/template").content)).active
    assert header is not None
    heads = [cell.value for cell in header[1]]
    listed = [[row[key] for key in row] for row in drafts.read().after.procedures.values()]
    assert editor.imported("catalogue", [heads, *listed]) == (0, 0, len(listed))
    assert not Change.objects.exists()
    listed[0][7], listed[1][2] = "新名", "priority" if listed[1][2] != "priority" else "selected"
    before = entries()
    answer = editor.send("catalogue", [heads, *listed[:-1]])
    assert "0 new, 2 changed" in answer.content.decode() and "1 that are not" in answer.content.decode()
    assert (Change.objects.count(), entries()) == (3, before)
    listed[0][1], listed[1][3], listed[2][11], listed[3][12] = "无此类", 10, "days-3", "无此"
    found = refused(editor.send("catalogue", [heads, *listed]))
    assert found[:2] == [("2", "Class"), ("3", "Least number of officers")]
    assert [row for row, _ in found] == ["2", "3", "4", "5"]
    assert Change.objects.count() == 3
