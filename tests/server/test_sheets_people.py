"""Departments and people by Excel and CSV."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest

from support.county_world import DEPARTMENT, SECTION, CountyWorld, named_id
from support.past_rules import unchecked
from support.sheets import (
    DEPARTMENTS,
    NAME,
    PEOPLE,
    Visitor,
    entries,
    paths,
    person,
    post,
    refused,
    visitor,
)


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


# Departments


def test_departments_come_from_a_sheet_whatever_the_order_of_rows(system: Visitor) -> None:
    rows = [
        DEPARTMENTS,
        [f"{NAME}/征收局/一科", "征收", 2, None],
        ["征收局", "tax collection", "1", "否"],
        ["julu／稽查局/检查二科", "inspection"],
    ]
    assert system.imported("departments", rows) == (3, 0, 0)
    assert {"征收局", "征收局/一科", "稽查局/检查二科"} <= paths()
    before = entries()
    assert system.imported("departments", rows) == (0, 0, 3)
    assert entries() == before
    assert "everything stands already" in system.send("departments", rows).content.decode()


def test_a_department_is_changed_closed_and_never_moved(system: Visitor) -> None:
    from zhilu.server.organisation.models import Department

    system.imported("departments", [DEPARTMENTS, ["法制科", "法制", 7]])
    assert system.imported("departments", [DEPARTMENTS, ["法制科", "其他", None, None]]) == (0, 1, 0)
    made = Department.objects.get(name="法制科")
    assert (made.kind, made.order, made.closed) == ("other", 7, False)
    assert system.imported("departments", [DEPARTMENTS, ["法制科", None, None, "是"]]) == (0, 1, 0)
    assert Department.objects.get(name="法制科").closed


def test_closing_goes_from_the_bottom(system: Visitor) -> None:
    system.imported("departments", [DEPARTMENTS, ["甲", "其他"], ["甲/乙", "其他"]])
    rows = [DEPARTMENTS, ["甲", None, None, "是"], ["甲/乙", None, None, "是"]]
    assert system.imported("departments", rows) == (0, 2, 0)
    assert refused(system.send("departments", [DEPARTMENTS, ["稽查局", None, None, "是"]])) == [
        ("2", "Department closed")
    ]


def test_each_wrong_row_is_named_and_nothing_is_kept(system: Visitor) -> None:
    before, known = entries(), paths()
    rows = [
        DEPARTMENTS,
        ["好局", "征收", 1],
        ["没有/一科", "征收", 1],
        ["坏局", "没有这种", 1],
        ["坏局二", "征收", "一"],
        ["无类", None, 1],
        [None, "征收", 1],
        ["好局", "征收", 1],
        ["a//b", "征收", 1],
        ["=1+1", "征收", 1],
        ["a/b/c/d/e/f/g", "征收", 1],
    ]
    answer = system.send("departments", rows)
    path = "Department (full path)"
    assert refused(answer) == [
        ("3", path), ("4", "Kind"), ("5", "Order"), ("6", "Kind"), ("7", path), ("8", path), ("9", path),
        ("10", path), ("11", path),
    ]  # fmt: skip
    assert "Row 2 is about the same already." in answer.content.decode()
    assert (entries(), paths()) == (before, known)


def test_a_department_of_another_bureau_is_refused(system: Visitor, bureau: CountyWorld) -> None:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import BureauListed, DepartmentSet

    foreign = str(named_id("foreign department"))
    commit(BureauListed("qinghe", "清河县税务局", None, False), "julu")
    with unchecked("department-set/1"):
        commit(DepartmentSet(foreign, "qinghe", None, "legal", "外局", 1, False), "julu")
    for path in ("清河县税务局/外局", "qinghe/外局", "清河县税务局/新科"):
        assert refused(system.send("departments", [DEPARTMENTS, [path, "征收"]])) == [
            ("2", "Department (full path)")
        ]
        assert refused(system.send("people", [PEOPLE, ["1", "张", path, None, "2026-01-04"]])) == [
            ("2", "Department (full path)")
        ]
    assert refused(system.send("people", [PEOPLE, ["1", "张", "外局", None, "2026-01-04"]])) == [
        ("2", "Department (full path)")
    ]
    for sheet, rows in (
        ("departments", [DEPARTMENTS, ["qinghe/新科", "征收"]]),
        ("people", [PEOPLE, ["1", "张", "qinghe/外局"]]),
    ):
        assert "belongs to another bureau" in system.send(sheet, rows).content.decode()
    forged = [PEOPLE, ["1", "张", foreign, None, "2026-01-04"]]
    assert refused(system.send("people", forged)) == [("2", "Department (full path)")]


# People


def test_people_come_with_their_posts(system: Visitor) -> None:
    rows = [
        PEOPLE,
        ["0012", "李  海", f"{NAME}/稽查局", "正职", date(2026, 1, 4)],
        ["0013", "<script>alert(1)</script>", "稽查局/检查一科", None, "2026年1月5日"],
        ["0014", "=1+1".replace("=", "'="), None, None, None],
    ]
    assert system.imported("people", rows) == (3, 0, 0)
    assert (person("0012").name, post("0012").rank, str(post("0012").department)) == (
        "李 海",
        "head",
        DEPARTMENT,
    )
    assert (post("0013").rank, post("0013").since) == ("officer", date(2026, 1, 5))
    before = entries()
    assert system.imported("people", rows) == (0, 0, 3)
    assert entries() == before
    assert "<script>alert" not in system.client.get("/people").content.decode()


def test_a_transfer_is_one_leave_and_one_join(system: Visitor, bureau: CountyWorld) -> None:
    from zhilu.server.organisation.models import Post
    from zhilu.server.organisation.services.people import roles_of

    viewer = bureau.viewer.person
    number = viewer[-6:]
    rows = [PEOPLE, [number, "王丽华", "稽查局", "副职", "2026-03-01"]]
    assert system.imported("people", rows) == (0, 1, 0)
    old, new = Post.objects.filter(person=viewer).order_by("since")
    assert (str(old.department), old.until, old.reason) == (SECTION, date(2026, 3, 1), "transfer")
    assert (str(new.department), new.since, new.rank) == (DEPARTMENT, date(2026, 3, 1), "deputy-head")
    assert roles_of(viewer) == frozenset()
    assert system.imported("people", rows) == (0, 0, 1)


def test_a_name_is_corrected(system: Visitor, bureau: CountyWorld) -> None:
    number = bureau.viewer.person[-6:]
    assert system.imported("people", [PEOPLE, [number, "王丽桦"]]) == (0, 1, 0)
    assert str(person(number).id) == bureau.viewer.person


def test_wrong_people_are_named_by_row_and_column(system: Visitor, bureau: CountyWorld) -> None:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import PersonAdded

    for twin in ("twin a", "twin b"):
        commit(PersonAdded(str(named_id(twin))), "julu", {"name": "孪生", "number": "777"})
    number = bureau.viewer.person[-6:]
    rows = [
        PEOPLE,
        ["0012", "李海", "稽查局", None, "2026-01-04"],
        ["0012", "李湖", "稽查局", None, "2026-01-04"],
        ["0013", None, "稽查局", None, "2026-01-04"],
        ["0014", "张", "没有局", None, "2026-01-04"],
        ["0015", "张", "稽查局", "国王", "2026-01-04"],
        ["0016", "张", "稽查局", None, "2999-01-04"],
        ["0017", "张", "稽查局", None, "2026-02-30"],
        ["0018", "张", "稽查局", None, None],
        ["0019", "张", None, "正职", None],
        ["777", "孪生", None, None, None],
        [number, "王丽华", "稽查局/检查一科", None, "2026-02-01"],
        [number[:-1] + "\u200b", "王", None, None, None],
        ["0020", "名" * 101, None, None, None],
        ["9" * 16, "张", None, None, None],
        [int("9" * 16), "张", None, None, None],
    ]
    before = entries()
    found = refused(system.send("people", rows))
    where = "Department (full path)"
    assert found == [
        ("3", "Number"), ("4", "Full name"), ("5", where), ("6", "Rank"), ("7", "In this post since"),
        ("8", "In this post since"), ("9", "In this post since"), ("10", where), ("11", "Number"),
        ("12", "In this post since"), ("13", "Number"), ("14", "Full name"), ("16", "Number"),
    ]  # fmt: skip
    assert entries() == before


def test_a_row_that_fails_at_commit_only_leaves_nothing(
    system: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else was quicker between the check and the import."""
    from zhilu.errors import DataError
    from zhilu.server.organisation.models import Person
    from zhilu.server.pages.services.sheets import sheet

    rows = [PEOPLE, *([f"00{n}", "张", "稽查局", None, "2026-01-04"] for n in range(10, 20))]
    assert system.imported("people", rows, what="check") == (10, 0, 0)
    real = sheet.commit_all

    def late(proposals: Any) -> Any:
        if any((one.personal or {}).get("number") == "0016" for one in proposals):
            raise DataError("post-held", "The person has a post already.")
        return real(proposals)

    monkeypatch.setattr(sheet, "commit_all", late)
    before, people = entries(), Person.objects.count()
    assert refused(system.send("people", rows)) == [("8", "In this post since")]
    assert (entries(), Person.objects.count()) == (before, people)


def test_a_crash_in_the_middle_leaves_nothing(system: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import IntegrityError

    from zhilu.server.pages.services.sheets import sheet

    real = sheet.commit_all

    def broken(proposals: Any) -> Any:
        real(proposals)
        raise IntegrityError

    monkeypatch.setattr(sheet, "commit_all", broken)
    before = entries()
    system.client.raise_request_exception = False
    answer = system.send("people", [PEOPLE, *([f"0{n}", "张"] for n in range(5))])
    assert (answer.status_code, entries()) == (500, before)


def test_checking_changes_nothing_and_says_so(system: Visitor) -> None:
    from zhilu.server.organisation.models import AccessRow

    before = entries()
    rows = [PEOPLE, ["0012", "李海", "稽查局", None, "2026-01-04"]]
    answer = system.send("people", rows, what="check")
    assert "Nothing has been imported yet" in answer.content.decode()
    assert entries() == before
    assert not AccessRow.objects.filter(action="import").exists()
    system.send("people", rows)
    assert AccessRow.objects.get(action="import").target == "/imports/people 1"


def test_an_import_is_entries_of_who_did_it_and_names_are_disposable(system: Visitor) -> None:
    from zhilu.server.ledger.models import Entry

    before = entries()
    system.imported("departments", [DEPARTMENTS, ["新局", "征收"]])
    system.imported("people", [PEOPLE, ["0012", "李海", "新局", None, "2026-01-04"]])
    made = Entry.objects.filter(index__gte=before).order_by("index")
    assert [entry.kind for entry in made] == ["department-set/1", "person-added/1", "post-taken/1"]
    assert {entry.actor for entry in made} == {str(named_id("system"))}
    assert "李海" not in "".join(bytes(entry.core).decode() for entry in made)
