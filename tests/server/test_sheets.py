"""Lists by Excel and CSV: all of a file or nothing of it, and a report that names row and column."""

from __future__ import annotations

import dataclasses
import io
import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from openpyxl import load_workbook

from support.county_world import DEPARTMENT, SECTION, CountyWorld, named_id
from support.workbooks import book
from zhilu.server.tabular import MOST_BYTES

pytestmark = pytest.mark.db
NAME = "巨鹿县税务局"
KEEPER, TRAINER, EDITOR = (str(named_id(name)) for name in ("keeper", "trainer", "editor"))
DEPARTMENTS = ["部门（全路径）", "类别", "排序", "已撤销"]
PEOPLE = ["工号", "姓名", "部门（全路径）", "职务", "任职日期"]


@pytest.fixture
def bureau(county: CountyWorld, settings: Any) -> CountyWorld:
    settings.ZHILU = dataclasses.replace(settings.ZHILU, name_zh=NAME)
    return county


@dataclasses.dataclass
class Visitor:
    client: Client

    def send(self, sheet: str, rows: Any, what: str = "import", name: str = "名单.xlsx") -> HttpResponse:
        data = rows if isinstance(rows, bytes) else book(rows)
        return self.client.post(f"/imports/{sheet}", {"file": SimpleUploadedFile(name, data), "what": what})

    def imported(self, sheet: str, rows: Any, **more: str) -> tuple[int, ...]:
        """New, changed, as they stood."""
        answer = self.send(sheet, rows, **more)
        text = answer.content.decode()
        assert answer.status_code == 200, problems(answer)
        found = re.search(r"\d+ rows: (\d+) new, (\d+) changed, (\d+) as", text)
        assert found, text
        return tuple(map(int, found.groups()))


def problems(answer: HttpResponse) -> list[tuple[str, str, str]]:
    """(row, column, what is wrong)"""
    text = answer.content.decode()
    rows = re.findall(
        r'<tr><td class="z-num z-mono">(.*?)</td><td class="z-when">(.*?)</td><td>(.*?)</td>', text
    )
    assert rows, text
    return rows


def refused(answer: HttpResponse) -> list[tuple[str, str]]:
    assert answer.status_code == 400
    return [(row, column) for row, column, _said in problems(answer)]


def visitor(person: str, role: str = "") -> Visitor:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import PersonAdded, RoleGranted
    from zhilu.server.organisation.models import User

    if role:
        commit(PersonAdded(person), "julu", {"name": role, "number": ""})
        commit(RoleGranted(person, role), "julu")
    client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="en")
    user = User.objects.create(username=f"u{person[-8:]}", person=person)
    client.force_login(user, "zhilu.server.organisation.services.accounts.LockoutBackend")
    return Visitor(client)


@pytest.fixture
def system(bureau: CountyWorld) -> Visitor:
    return visitor(str(named_id("system")))


@pytest.fixture
def security(bureau: CountyWorld) -> Visitor:
    return visitor(bureau.admins[0].person)


def entries() -> int:
    from zhilu.server.ledger.services.commit import size

    return size()


def paths() -> set[str]:
    from zhilu.server.organisation.services.people import paths as all_paths

    return set(all_paths().values())


def person(number: str) -> Any:
    from zhilu.server.organisation.models import Person

    return Person.objects.get(number=number)


def post(number: str) -> Any:
    from zhilu.server.organisation.models import Post

    return Post.objects.get(person=person(number).id, until=None)


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
    forged = [PEOPLE, ["1", "张", foreign, None, "2026-01-04"]]
    assert refused(system.send("people", forged)) == [("2", "Department (full path)")]


# People


def test_people_come_with_their_posts(system: Visitor) -> None:
    rows = [
        PEOPLE,
        ["0012", "李  海", f"{NAME}/稽查局", "负责人", date(2026, 1, 4)],
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
        ["0019", "张", None, "负责人", None],
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
    from zhilu.server.organisation.models import Person
    from zhilu.server.pages.services.sheets import sheet

    rows = [PEOPLE, *([f"00{n}", "张", "稽查局", None, "2026-01-04"] for n in range(10, 20))]
    assert system.imported("people", rows, what="check") == (10, 0, 0)
    real, calls = sheet.commit_all, []

    def late(proposals: Any) -> Any:
        calls.append(1)
        if len(calls) == 7:
            from zhilu.errors import DataError

            raise DataError("post-held", "The person has a post already.")
        return real(proposals)

    monkeypatch.setattr(sheet, "commit_all", late)
    before, people = entries(), Person.objects.count()
    assert refused(system.send("people", rows)) == [("8", "In this post since")]
    assert (entries(), Person.objects.count(), len(calls)) == (before, people, 10)


def test_a_crash_in_the_middle_leaves_nothing(system: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import IntegrityError

    from zhilu.server.pages.services.sheets import sheet

    real, calls = sheet.commit_all, []

    def broken(proposals: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise IntegrityError
        return real(proposals)

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


# Calendar

CALENDAR = ["日期", "放假或上班"]


def test_a_calendar_is_the_whole_year(security: Visitor) -> None:
    from zhilu.server.organisation.services.calendar import is_workday

    rows = [CALENDAR, ["2026-10-01", "放假"], [date(2026, 10, 10), "上班"]]
    assert security.imported("calendar", rows) == (2, 0, 0)
    assert (is_workday(date(2026, 10, 1)), is_workday(date(2026, 10, 10))) == (False, True)
    before = entries()
    assert security.imported("calendar", rows) == (0, 0, 2)
    assert entries() == before
    answer = security.send("calendar", rows[:2])
    assert "1 that are not in the file no longer stand" in answer.content.decode()
    assert not is_workday(date(2026, 10, 10))


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

TRAINING = ["工号", "课程", "培训日期", "成绩", "备注"]


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
        ("2", "Score"), ("3", "Number"), ("4", "Course"), ("5", "Held on"), ("6", "Score"), ("7", "Score"),
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
    listed[0][6], listed[1][2] = "新名", "priority" if listed[1][2] != "priority" else "selected"
    before = entries()
    answer = editor.send("catalogue", [heads, *listed[:-1]])
    assert "0 new, 2 changed" in answer.content.decode() and "1 that are not" in answer.content.decode()
    assert (Change.objects.count(), entries()) == (3, before)
    listed[0][1], listed[1][3], listed[2][10], listed[3][11] = "无此类", 10, "days-3", "无此"
    found = refused(editor.send("catalogue", [heads, *listed]))
    assert found[:2] == [("2", "Class"), ("3", "Least number of officers")]
    assert [row for row, _ in found] == ["2", "3", "4", "5"]
    assert Change.objects.count() == 3


# The page


def test_templates_can_be_imported_in_either_language(system: Visitor, security: Visitor) -> None:
    from zhilu.server.pages.services.rights import MAY
    from zhilu.server.pages.services.sheets import ROLES, SHEETS

    assert MAY["imports"] == ROLES
    for language in ("zh-hans", "en"):
        for sheet in ("departments", "people"):
            answer = system.client.get(f"/imports/{sheet}/template", HTTP_ACCEPT_LANGUAGE=language)
            rows = list(load_workbook(io.BytesIO(answer.content)).active.values)  # type: ignore[union-attr]
            assert len(rows) == 2
            heads = SHEETS[sheet].columns
            assert len(rows[0]) == len(heads)
    answer = security.client.get("/imports/calendar/template", HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert security.imported("calendar", answer.content) == (1, 0, 0)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (["工号", "姓名", "年龄"], "Cell C1"),
        (["工号", "姓名", "工号"], "Cell C1"),
        (["工号", None, "年龄"], "Cell C1"),
        (["工号"], "Full name"),
        (["=1", "姓名"], "Cell A1"),
    ],
)
def test_headers_must_be_known(system: Visitor, header: list[str], said: str) -> None:
    answer = system.send("people", [header, ["1", "a", "b"]])
    [(row, _column, text)] = problems(answer)
    assert (answer.status_code, row) == (400, "—")
    assert said in text


def test_a_cell_under_no_header_is_named(system: Visitor) -> None:
    assert refused(system.send("people", [["NUMBER", "full name"], ["1", "a", "b"]])) == [("2", "—")]


def test_a_csv_in_gbk_is_imported(system: Visitor) -> None:
    data = "工号;姓名;部门（全路径）;任职日期\n0012;李海;稽查局;2026.1.4\n".encode("gbk")
    assert system.imported("people", data, name="名单.csv") == (1, 0, 0)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "a.csv"),
        (b"", "a.xlsx"),
        ("工号,姓名\n".encode(), "a.csv"),
        (b"x" * (MOST_BYTES + 1), "a.csv"),
        ("工号,姓名\n".encode() + b"1,a\n" * 5_001, "a.csv"),
        ("工号,姓名\n1,张\n".encode("utf-16"), "a.csv"),
        (b"PK\x03\x04", "a.xlsx"),
    ],
    ids=["empty", "empty-xlsx", "header", "10 MB", "5001", "utf-16", "broken"],
)
def test_a_file_that_cannot_be_used_is_refused_whole(system: Visitor, data: bytes, name: str) -> None:
    before = entries()
    assert refused(system.send("people", data, name=name)) == [("—", "—")]
    assert entries() == before


def test_only_so_many_problems_are_listed(system: Visitor) -> None:
    answer = system.send("people", [PEOPLE, *(["1", "a"] for _ in range(400))])
    assert len(problems(answer)) == 200
    assert "More is wrong than is listed here." in answer.content.decode()


def test_a_body_far_too_long_is_not_read(system: Visitor) -> None:
    answer = system.client.generic(
        "POST", "/imports/people", b"x", "multipart/form-data; boundary=x", CONTENT_LENGTH="60000000000"
    )
    assert answer.status_code == 413


def test_without_a_file_the_form_says_so(system: Visitor) -> None:
    answer = system.client.post("/imports/people", {"what": "import"})
    assert (answer.status_code, "z-error" in answer.content.decode()) == (400, True)


def test_a_forged_request_is_refused(bureau: CountyWorld, system: Visitor) -> None:
    """The token is looked at, although the form carries a file."""
    strict = Client(enforce_csrf_checks=True, HTTP_HOST="127.0.0.1")
    strict.cookies = system.client.cookies
    file = SimpleUploadedFile("a.csv", "工号,姓名\n1,张\n".encode())
    before = entries()
    answer = strict.post("/imports/people", {"file": file, "what": "import"})
    assert (answer.status_code, entries()) == (403, before)
    page = strict.get("/imports/people").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    fields = {"file": SimpleUploadedFile("a.csv", "工号,姓名\n1,张\n".encode()), "what": "import"}
    answer = strict.post("/imports/people", fields | {"csrfmiddlewaretoken": token.group(1)})
    assert (answer.status_code, entries()) == (200, before + 1)


def test_files_are_dropped_everywhere_else(system: Visitor, settings: Any) -> None:
    assert settings.FILE_UPLOAD_HANDLERS == []


def test_each_sheet_is_for_its_own_roles(system: Visitor, security: Visitor, bureau: CountyWorld) -> None:
    page = system.client.get("/imports").content.decode()
    assert "/imports/people" in page and "/imports/calendar" not in page
    for sheet in ("calendar", "equipment", "training", "catalogue"):
        assert system.client.get(f"/imports/{sheet}").status_code == 403
        assert system.client.get(f"/imports/{sheet}/template").status_code == 403
        assert system.send(sheet, [["a"], ["b"]]).status_code == 403
    assert system.client.get("/imports/nothing").status_code == 404
    assert security.send("people", [PEOPLE, ["1", "a"]]).status_code == 403
    assert visitor(bureau.viewer.person).client.get("/imports").status_code == 403
