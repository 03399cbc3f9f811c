"""What files of due tasks hold: encodings, rows, days, numbers; what is refused, and entered all or none."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest

from support import bureau
from support.bureau import Bureau
from support.county_world import CountyWorld
from support.task_files import HEADER, Sender, counts, csv, line, mine, number, why
from zhilu.server import tabular
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import size
from zhilu.server.organisation.models import AccessRow
from zhilu.server.pages.services import task_files
from zhilu.server.pages.services.sheets import due_tasks, sheet


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


@pytest.fixture
def sender(world: Bureau) -> Sender:
    return Sender(world)


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


def test_a_row_in_which_nothing_is_seen_stops_no_other(sender: Sender) -> None:
    file = sender.checked(
        csv(line("A", place="\u3164"), line("B", name="\u2800 \ufe0f"), line("\u3164"), line())
    )
    assert [code for _row, _column, code in why(file)] == ["text-unseen"] * 3
    assert sender.say(file).state == "entered" and mine().get().number == "T-1"


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


def test_the_rejected_rows_are_a_file_without_a_formula(sender: Sender) -> None:
    file = sender.checked(csv(line("@SUM(1)"), line("+1", procedure="Z99"), line("-2", procedure="Z99")))
    answer = sender.client.get(f"/due-tasks/files/{file.id}/rejected.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert [[cell.value for cell in row][:3] for row in sheet.iter_rows(min_row=2)] == [
        [3, "+1", "环节代码"], [4, "-2", "环节代码"],
    ]  # fmt: skip
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


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
