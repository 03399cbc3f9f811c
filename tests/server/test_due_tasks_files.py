"""Files of due tasks: sent, checked beside the requests, entered all or none."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse

from support import bureau
from support.bureau import Bureau
from support.county_world import OFFICER, CountyWorld
from zhilu.server import tabular
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import payloads
from zhilu.server.ledger.services.commit import size
from zhilu.server.organisation.models import AccessRow, Person
from zhilu.server.oversight.models import DueTask, TaskFile
from zhilu.server.oversight.services import tasks
from zhilu.server.pages.services import task_files
from zhilu.server.pages.services.sheets import due_tasks, sheet

HEADER = ["任务编号", "环节代码", "执法人员工号", "计划开始时间", "计划结束时间", "纳税人识别号",
          "纳税人名称", "文书号", "地点", "已撤回"]  # fmt: skip


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def number(person: str = OFFICER) -> str:
    return Person.objects.get(id=person).number


def line(task: str = "T-1", **more: Any) -> list[Any]:
    told = {
        "number": task, "procedure": "H01", "officers": number(), "since": "2026-11-20 09:30",
        "until": "2026-11-20 11:30", "taxpayer": "91130529MA0TEST01X", "name": "巨鹿宏达商贸有限公司",
        "document": "", "place": "健康路 1 号", "withdrawn": "",
    }  # fmt: skip
    return list((told | more).values())


def csv(*lines: Sequence[Any], between: str = ",", encoding: str = "utf-8", header: Any = HEADER) -> bytes:
    return "\r\n".join(between.join(map(str, one)) for one in [header, *lines]).encode(encoding)


class Sender:
    """A supervisor at the page."""

    def __init__(self, world: Bureau, persona: str = "supervisor") -> None:
        self.person, self.client = UUID(world.people[persona]), world.client(persona)

    def send(self, data: bytes, name: str = "任务.csv") -> HttpResponse:
        return self.client.post("/due-tasks/files", {"file": SimpleUploadedFile(name, data)})

    def checked(self, data: bytes, name: str = "任务.csv") -> TaskFile:
        answer = self.send(data, name)
        assert answer.status_code == 302, answer.content.decode()
        task_files.work_once()
        return TaskFile.objects.get(id=answer["Location"].rpartition("/")[2])

    def page(self, file: TaskFile) -> str:
        answer = self.client.get(f"/due-tasks/files/{file.id}")
        assert answer.status_code == 200
        return answer.content.decode()

    def say(self, file: TaskFile, do: str = "enter", plan: str | None = None) -> TaskFile:
        told = {"do": do, "plan": file.plan if plan is None else plan}
        assert self.client.post(f"/due-tasks/files/{file.id}", told).status_code == 302
        task_files.work_once()
        file.refresh_from_db()
        return file

    def entered(self, data: bytes, name: str = "任务.csv") -> TaskFile:
        return self.say(self.checked(data, name))


@pytest.fixture
def sender(world: Bureau) -> Sender:
    return Sender(world)


def mine() -> Any:
    """Without those that the bureau has."""
    return DueTask.objects.exclude(number__startswith="RW-")


def counts(file: TaskFile) -> tuple[int, int, int, int]:
    return file.new, file.changed, file.same, file.refused


def why(file: TaskFile) -> list[tuple[int | None, str, str]]:
    """Row, column, code of each problem."""
    return [(one.row, one.column, one.error[0]) for one in file.problems.order_by("row", "id")]


@pytest.mark.db
def test_a_file_is_checked_seen_and_entered(sender: Sender) -> None:
    before = size()
    file = sender.checked(csv(line(), line("T-2"), line("T-3", procedure="Z99")))
    assert (file.state, counts(file)) == ("checked", (2, 0, 0, 1)) and size() == before
    assert why(file) == [(4, "procedure", "procedure-unknown")]
    text = sender.page(file)
    assert "3 行：新增 2" in text and "T-3" in text and "录入合格的行" in text
    assert sender.say(file).state == "entered"
    assert sorted(mine().values_list("number", flat=True)) == ["T-1", "T-2"]
    assert Entry.objects.filter(kind="tasks-entered/1", index__gte=before).count() == 1
    assert mine().first().since.isoformat() == "2026-11-20T01:30:00+00:00"
    assert not task_files.path_of(file.id).exists()
    assert AccessRow.objects.filter(action="import", target=f"/due-tasks/files/{file.id} 2").exists()
    again = sender.checked(csv(line(), line("T-2", place="新地点")))
    assert counts(again) == (0, 1, 1, 0)
    assert sender.say(again).state == "entered" and mine().get(number="T-2").version == 2


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_template_says_what_a_file_holds(sender: Sender, language: str) -> None:
    answer = sender.client.get("/imports/due-tasks/template", headers={"Accept-Language": language})
    assert sender.checked(answer.content, "a.xlsx").error[0] == "sheet-empty"
    made = openpyxl.load_workbook(io.BytesIO(answer.content))
    form, told = made.worksheets
    examples = [row[3] for row in told.iter_rows(min_row=2, values_only=True)]
    form.append([number() if "0100123" in str(one) else one for one in examples])
    out = io.BytesIO()
    made.save(out)
    file = sender.checked(out.getvalue(), "a.xlsx")
    assert counts(file) == (1, 0, 0, 0), why(file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_encodings_and_separators(sender: Sender, encoding: str, between: str) -> None:
    file = sender.checked(csv(line(), encoding=encoding, between=between))
    assert counts(file) == (1, 0, 0, 0), why(file)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "sheet-empty"),
        (csv(), "sheet-empty"),
        (csv(["1"], header=["随便"]), "header"),
        (csv(["1"], header=["任务编号"]), "header-missing"),
        ("任务编号".encode("utf-16"), "csv-encoding"),
        (b"\xff\xd8 nothing", "csv-encoding"),
        (csv(["1"] * 300, header=[*HEADER, *["x"] * 300]), "sheet-columns"),
        (b"," * 1_000_000 + b"a", "sheet-columns"),
        (b'"' + b"x" * 10_000_000, "csv"),
        (b"a\n" * 200_002, "sheet-rows"),
    ],
)
def test_what_is_no_list_is_refused_as_a_whole(sender: Sender, data: bytes, code: str) -> None:
    file = sender.checked(data)
    assert (file.state, file.error[0]) == ("failed", code)
    assert "未录入任何内容" in sender.page(file) and not task_files.path_of(file.id).exists()


@pytest.mark.db
def test_each_wrong_row_is_named(world: Bureau, sender: Sender) -> None:
    rows = [
        (line("", ), "number", "value-missing"),
        (line("A" * 65), "number", "value-length"),
        (line("B", procedure="Z99"), "procedure", "procedure-unknown"),
        (line("C", officers="9999999"), "officers", "officer-unknown"),
        (line("D", officers=f"{number()}、{number()}"), "officers", "task-officer-twice"),
        (line("E", officers="、".join(["1"] * 21)), "officers", "officer-unknown"),
        (line("F", since="2026-11-20 12:00"), "until", "task-ends"),
        (line("G", until="2026-11-20 09:30"), "until", "task-ends"),
        (line("H", until="2026-12-22 09:30"), "until", "task-long"),
        (line("I", since="1999-12-31 09:30"), "since", "task-year"),
        (line("J", until="3000-01-01 09:30"), "until", "task-year"),
        (line("K", since="2026-02-30 09:30"), "since", "value-moment"),
        (line("L", since="2026-11-20 25:30"), "since", "value-moment"),
        (line("M", since="昨天"), "since", "value-moment"),
        (line("N", name="x" * 201), "name", "value-length"),
        (line("O", place="=1+1"), "place", "cell-formula"),
        (line("P", name="a\x00b"), "name", "cell-hidden"),
        (line("Q", withdrawn="也许"), "withdrawn", "value-choice"),
        (line("R", taxpayer="x" * 101), "taxpayer", "value-length"),
    ]  # fmt: skip
    file = sender.checked(csv(*(one for one, _column, _code in rows), line("good")))
    assert why(file) == [(at, column, code) for at, (_row, column, code) in enumerate(rows, 2)]
    assert counts(file) == (1, 0, 0, len(rows))
    assert sender.say(file).state == "entered" and mine().get().number == "good"


@pytest.mark.db
def test_one_number_twice_in_a_file(sender: Sender) -> None:
    file = sender.checked(
        csv(line("A"), line("A"), line(" a "), line("B"), line("B", place="别处"), line("A"))
    )
    assert counts(file) == (2, 0, 2, 2)  # A, a; two more of A
    assert why(file) == [(5, "number", "row-twice"), (6, "number", "row-twice")]
    assert sender.say(file).state == "entered"
    assert sorted(mine().values_list("number", flat=True)) == ["A", "a"]


def test_days_and_times_as_people_write_them() -> None:
    begin, end = due_tasks.moment(ends=False), due_tasks.moment(ends=True)
    for said in (
        "2026-01-05 09:30",
        "2026/1/5 9:30",
        "2026.1.5 9:30:00",
        "2026年1月5日 9：30",
        "2026-01-05T09:30",
    ):
        assert begin(said).isoformat() == "2026-01-05T09:30:00+08:00", said
    assert (
        begin("2026-01-05").isoformat() == begin(date(2026, 1, 5)).isoformat() == "2026-01-05T00:00:00+08:00"
    )
    assert end("2026-01-05").isoformat() == "2026-01-06T00:00:00+08:00"


def test_excel_as_it_is(sender: Sender) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(HEADER)
    officer = int(number()) if number().isdigit() else number()
    sheet.append(
        [
            12345.0,
            "H01",
            officer,
            datetime(2026, 11, 20, 9, 30),
            datetime(2026, 11, 20, 11, 30),
            91130529123456789012,
        ]
    )
    sheet.append([20260105001, "H01", officer, datetime(2026, 11, 20, 9, 30), date(2026, 11, 20)])
    sheet.append(["=A2", "H01", officer, datetime(2026, 11, 20, 9, 30), datetime(2026, 11, 20, 11, 30)])
    sheet.append(["merged", "H01", officer, datetime(2026, 11, 20, 9, 30), datetime(2026, 11, 20, 11, 30)])
    sheet.append(["", "H01", officer, datetime(2026, 11, 20, 9, 30), datetime(2026, 11, 20, 11, 30)])
    sheet.merge_cells("A5:A6")
    out = io.BytesIO()
    made.save(out)
    file = sender.checked(out.getvalue(), "任务.xlsx")
    assert why(file) == [
        (2, "taxpayer", "cell-number"), (4, "number", "cell-formula"), (6, "number", "value-missing"),
    ]  # fmt: skip
    told = file.problems.order_by("row").values_list("number", flat=True)
    assert list(told) == ["12345", "", ""], "the number of the row, where it can be read"
    assert counts(file) == (2, 0, 0, 3)
    assert sender.say(file).state == "entered"
    whole = mine().get(number="20260105001")
    assert whole.until - whole.since == timedelta(hours=14, minutes=30)


def test_a_zip_bomb_and_a_macro_are_refused(sender: Sender) -> None:
    from support.workbooks import raw

    bomb = raw("", more={"xl/sharedStrings.xml": b" " * 400_000_001})
    file = sender.checked(bomb, "任务.xlsx")
    assert (file.state, file.error[0]) == ("failed", "xlsx-bomb")
    file = sender.checked(raw("", more={"xl/vbaProject.bin": b"x"}), "任务.xlsx")
    assert (file.state, file.error[0]) == ("failed", "xlsx-macro")


def test_only_departments_of_his_own(world: Bureau) -> None:
    mine, whole = Sender(world), Sender(world, "supervisor*")
    beside = bureau.person_of("officer beside")
    with_number(beside, "0777")
    file = mine.checked(csv(line("A", officers="0777"), line("B")))
    assert why(file) == [(2, "officers", "task-scope")] and mine.say(file).new == 1
    assert whole.entered(csv(line("A", officers="0777"))).state == "entered"
    # what is another department's now cannot be pulled over here
    taken = mine.checked(csv(line("A")))
    assert why(taken) == [(2, "officers", "task-scope")]
    beyond = bureau.person_of("officer beyond")
    with_number(beyond, "0888")
    file = whole.checked(csv(line("C", officers="0888"), line("D", officers=f"{number()} 0888")))
    assert [one[2] for one in why(file)] == ["officer-elsewhere"] * 2


def with_number(person: str, said: str) -> None:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import PersonDescribed

    commit(PersonDescribed(person), "julu", {"name": "李海", "number": said})


@pytest.mark.db
def test_one_file_at_a_time(world: Bureau) -> None:
    first, other = Sender(world), Sender(world, "supervisor*")
    assert first.send(csv(line())).status_code == 302
    answer = other.send(csv(line()))
    assert answer.status_code == 400 and "正在检查或录入另一个文件" in answer.content.decode()
    assert len(list(task_files.path_of(UUID(int=0)).parent.iterdir())) == 1
    task_files.work_once()
    assert other.checked(csv(line())).state == "checked"  # what waits for a word keeps nobody off
    mine = TaskFile.objects.get(by=first.person)
    assert first.say(mine).state == "entered"
    theirs = TaskFile.objects.get(by=other.person)
    moved = other.say(theirs)
    assert (moved.state, moved.moved, counts(moved)) == ("checked", True, (0, 0, 1, 0))
    assert "结果与您同意时不同" in other.page(moved)


@pytest.mark.db
def test_the_newest_file_of_one_person_counts(sender: Sender) -> None:
    before = sender.checked(csv(line()))
    after = sender.checked(csv(line("T-2")))
    before.refresh_from_db()
    assert before.state == "dropped" and not task_files.path_of(before.id).exists()
    assert sender.say(before).state == "dropped" and not mine().exists()
    assert sender.say(after, "drop").state == "dropped" and not mine().exists()


def test_what_was_seen_is_what_is_entered(sender: Sender) -> None:
    file = sender.checked(csv(line()))
    assert sender.say(file, plan="0" * 64).state == "checked" and not mine().exists()
    assert sender.say(file).state == "entered"


@pytest.mark.db
def test_a_task_that_the_api_sent_meanwhile_is_asked_about(world: Bureau, sender: Sender) -> None:
    from support.api import Caller

    file = sender.checked(csv(line(), line("T-2")))
    caller = Caller("tasks:write")
    real = task_files._read

    def meanwhile(file: TaskFile) -> Any:
        found = real(file)
        caller.tasks(caller.task("T-1", place="由接口"))
        return found

    with mock.patch.object(task_files, "_read", meanwhile):
        file = sender.say(file)
    assert (file.state, file.moved, counts(file)) == ("checked", True, (1, 1, 0, 0))
    assert mine().get().place == "由接口"
    assert sender.say(file).state == "entered" and mine().get(number="T-1").version == 2


@pytest.mark.parametrize("at", ["before", "after"])
@pytest.mark.db
def test_a_crash_leaves_nothing_half(sender: Sender, at: str) -> None:
    """After a restart it goes on where it was."""
    file = sender.checked(csv(*(line(f"T-{n}") for n in range(600))))
    real, before = tasks.enter_prepared, size()

    def dies(*args: Any) -> None:
        if at == "after":
            real(*args)
        raise SystemExit

    sender.client.post(f"/due-tasks/files/{file.id}", {"do": "enter", "plan": file.plan})
    with mock.patch.object(tasks, "enter_prepared", dies), pytest.raises(SystemExit):
        task_files.work_once()
    file.refresh_from_db()
    assert (file.state, size(), mine().count()) == ("entering", before, 0)
    task_files.work_once()
    file.refresh_from_db()
    assert (file.state, mine().count()) == ("entered", 600)
    assert Entry.objects.filter(kind="tasks-entered/1", index__gte=before).count() == 3


def test_what_can_be_prepared_keeps_nobody_waiting(sender: Sender) -> None:
    """On SQLite a transaction holds the ledger's lock from its begin."""
    file, made = sender.checked(csv(line())), []
    real = payloads.make

    def make(*args: Any) -> Any:
        made.append(len(connection.savepoint_ids))
        return real(*args)

    with mock.patch.object(payloads, "make", make):
        assert sender.say(file).state == "entered"
    assert made == [len(connection.savepoint_ids)] * 2


def test_a_crash_while_it_is_checked(sender: Sender) -> None:
    sender.send(csv(line()))
    with mock.patch.object(tasks, "plan", side_effect=SystemExit), pytest.raises(SystemExit):
        task_files.work_once()
    assert TaskFile.objects.get().state == "checking"
    task_files.work_once()
    assert TaskFile.objects.get().state == "checked"


def test_a_failure_nobody_thought_of_ends_it(sender: Sender) -> None:
    with mock.patch.object(tasks, "plan", side_effect=ZeroDivisionError):
        file = sender.checked(csv(line()))
    assert (file.state, file.error[0]) == ("failed", "task-file-failed")
    assert sender.checked(csv(line())).state == "checked"


def test_who_is_no_supervisor_any_more_enters_nothing(world: Bureau, sender: Sender) -> None:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import RoleWithdrawn

    file = sender.checked(csv(line()))
    sender.client.post(f"/due-tasks/files/{file.id}", {"do": "enter", "plan": file.plan})
    commit(RoleWithdrawn(str(sender.person), "supervisor", "other"), "julu")
    task_files.work_once()
    file.refresh_from_db()
    assert not mine().exists() and file.state != "entered"


def test_nobody_sees_the_file_of_another(world: Bureau, sender: Sender) -> None:
    file = sender.checked(csv(line("T-1", procedure="Z99")))
    other = Sender(world, "supervisor*")
    for path in ("", "/rejected.xlsx"):
        assert other.client.get(f"/due-tasks/files/{file.id}{path}").status_code == 404
    assert other.client.post(f"/due-tasks/files/{file.id}", {"do": "drop"}).status_code == 404


def test_the_rejected_rows_are_a_file_without_a_formula(sender: Sender) -> None:
    file = sender.checked(csv(line("@SUM(1)"), line("+1", procedure="Z99"), line("-2", procedure="Z99")))
    answer = sender.client.get(f"/due-tasks/files/{file.id}/rejected.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert [[cell.value for cell in row][:3] for row in sheet.iter_rows(min_row=2)] == [
        [3, "+1", "环节代码"], [4, "-2", "环节代码"],
    ]  # fmt: skip
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_a_file_that_is_given_up_is_read_no_further(sender: Sender) -> None:
    sender.send(csv(*(line(f"T-{n}") for n in range(2))))
    file = TaskFile.objects.get()

    def given_up(*args: Any) -> Any:
        task_files.drop(file.id, sender.person)
        return real(*args)

    real = task_files._tell
    with (
        mock.patch("zhilu.server.pages.services.sheets.sheet.STEP", 1),
        mock.patch.object(task_files, "_tell", given_up),
    ):
        task_files.work_once()
    file.refresh_from_db()
    assert file.state == "dropped" and not task_files.path_of(file.id).exists()


@pytest.mark.db
def test_what_is_left_lying_is_swept(sender: Sender) -> None:
    import os

    file = sender.checked(csv(line()))
    stray = task_files.path_of(UUID(int=7))
    stray.write_bytes(b"x")
    old = (now() - timedelta(hours=1)).timestamp()
    os.utime(stray, (old, old))
    TaskFile.objects.filter(id=file.id).update(at=now() - timedelta(days=2))
    task_files.work_once()
    file.refresh_from_db()
    assert file.state == "dropped" and not stray.exists() and not task_files.path_of(file.id).exists()


def test_a_page_asks_again_until_there_is_nothing_to_wait_for(sender: Sender) -> None:
    def part(file: TaskFile) -> str:
        answer = sender.client.get(f"/due-tasks/files/{file.id}", headers={"HX-Request": "true"})
        text: str = answer.content.decode()
        assert text.startswith('<div id="file"') and "<html" not in text
        return text

    sender.send(csv(line()))
    file = TaskFile.objects.get()
    for state in ("waiting", "checking", "agreed", "entering"):
        TaskFile.objects.update(state=state)
        asks = f'hx-get="/due-tasks/files/{file.id}" hx-trigger="every 2s" hx-swap="outerHTML"'
        assert asks in part(file) and asks in sender.page(file), state
    TaskFile.objects.update(state="checking", rows=200_000, done=45_000)
    assert "已读 45000 / 200000 行" in part(file)
    TaskFile.objects.update(state="waiting")
    task_files.work_once()
    assert "hx-get" not in part(file) and "录入合格的行" in part(file)
    file.refresh_from_db()
    assert sender.say(file).state == "entered" and "hx-get" not in part(file)
    for state in ("failed", "dropped"):
        TaskFile.objects.update(state=state)
        assert "hx-get" not in part(file), state


@pytest.mark.db
def test_a_file_enters_what_others_can_wait_for(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_files, "MOST_AT_ONCE", 9)
    assert sender.entered(csv(*(line(f"T-{n}") for n in range(3)))).state == "entered"
    changed = [line(f"T-{n}", place="别处") for n in range(3)]
    file = sender.checked(csv(*changed))
    assert (file.state, file.error[0]) == ("failed", "task-file-work") and "请拆分" in sender.page(file)
    assert sender.entered(csv(*changed[:2], line("T-3"), line("T-2"))).state == "entered"
    assert mine().filter(place="别处").count() == 2


def test_a_file_of_wrong_rows_only_is_bounded(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wrong row counts, the first are listed, and no error holds on to where it was raised."""
    monkeypatch.setattr(sheet, "MOST_KEPT", 5)
    monkeypatch.setattr(task_files, "MOST_PROBLEMS", 6)
    bad = [line(f"B{n}", since="昨天", until="明天") for n in range(20)]
    unknown = [line(f"U{n}", procedure="Z99") for n in range(3)]
    file = sender.checked(csv(*bad, line("good"), *unknown))
    assert counts(file) == (1, 0, 0, 23)
    assert [row for row, _column, _code in why(file)] == [2, 2, 3, 3, 4, 23]
    report, rows = sheet.Report(), tabular.read(csv(*bad), "a.csv")
    assert list(sheet.read_lines(due_tasks.SHEET, rows, report)) == [] and not rows
    assert (report.rows, report.wrong, len(report.problems)) == (20, 20, 5)
    kept = {(one.error.__traceback__, one.error.__context__) for one in report.problems}
    assert kept == {(None, None)}
