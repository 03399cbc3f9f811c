"""Facts in files: what is read, what is refused and where; the command that judges them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from support.oversight_faults import make
from zhilu.cli import main
from zhilu.server.oversight.csv_facts import KINDS, Label, Period, columns, read
from zhilu.server.oversight.findings.every import RULES

Said = pytest.CaptureFixture[str]
DOCS = Path(__file__).parents[2] / "docs/operate"
PERIOD = b"first,last,as_of\n2026-01-01,2026-06-30,2026-07-01 12:00\n"
TASKS = (
    "task,version,procedure,taxpayer,document,officers,since,until,place,withdrawn\n"
    "t1,1,V01,T1,,li wang,2026-03-02 09:00,2026-03-02T02:00:00Z,健康路 3 号,no\n"
)
LIMITS = "name,value,since\n"
RECORDINGS = "recording,recorder,officer,opened,closed,collected\n"


def told(**files: str | bytes) -> list[tuple[str, int, str]]:
    """File, row and code of what is wrong."""
    given = {"period": PERIOD, "tasks": TASKS, **files}
    _, wrong = read({name: data.encode() if isinstance(data, str) else data for name, data in given.items()})
    return [(one.file, one.row, one.error.code) for one in wrong]


def test_times_are_beijings_unless_they_say_otherwise() -> None:
    facts, wrong = read({"period": PERIOD, "tasks": TASKS.encode()})
    assert facts is not None and wrong == []
    (task,) = facts.tasks
    assert (task.until - task.since, task.officers, task.withdrawn) == (3600, ("li", "wang"), False)
    assert task.since == 1772413200 and task.place == "健康路 3 号"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_of_any_spreadsheet_are_read(encoding: str) -> None:
    data = TASKS.replace(",", ";" if encoding == "utf-8" else ",").encode(encoding)
    facts, _ = read({"period": PERIOD, "tasks": data})
    assert facts is not None and facts.tasks[0].place == "健康路 3 号"


def test_columns_that_may_be_empty_may_be_left_out() -> None:
    assert told(tasks="until,task,since,version\n2026-03-02 10:00,t1,2026-03-02 09:00,1\n") == []


ROW = "t2,1,V01,T1,,li,{since},{until},,{withdrawn}\n"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (ROW.format(since="2026-02-30 09:00", until="2026-03-02 10:00", withdrawn=""), "facts-cell"),
        (ROW.format(since="2026-03-02 11:00", until="2026-03-02 10:00", withdrawn=""), "facts-times"),
        (ROW.format(since="2026-03-02 09:00", until="2029-03-02 10:00", withdrawn=""), "facts-times"),
        (ROW.format(since="0001-01-01 00:00", until="9999-12-31 10:00", withdrawn=""), "facts-cell"),
        (ROW.format(since="2026-03-02 09:00", until="2026-03-02 10:00", withdrawn="maybe"), "facts-cell"),
        (ROW.format(since="", until="2026-03-02 10:00", withdrawn=""), "facts-cell"),
        ("t1,1,V01,T1,,li,2026-03-02 09:00,2026-03-02 10:00,,\n", "facts-twice"),
        (",1,V01,T1,,li,2026-03-02 09:00,2026-03-02 10:00,,\n", "facts-cell"),
        ("t3,九,V01,T1,,li,2026-03-02 09:00,2026-03-02 10:00,,\n", "facts-cell"),
        ("t3,1,V01,=A1,,li,2026-03-02 09:00,2026-03-02 10:00,,\n", "cell-formula"),
        ('t3,1,V01,"a\nb",,li,2026-03-02 09:00,2026-03-02 10:00,,\n', "facts-cell"),
        (f"t3,1,V01,{'x' * 501},,li,2026-03-02 09:00,2026-03-02 10:00,,\n", "cell-length"),
    ],
)
def test_a_row_that_cannot_stand_is_named(row: str, code: str) -> None:
    assert told(tasks=TASKS + row) == [("tasks.csv", 3, code)]


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"tasks": "task,version,since,until,colour\n"}, ("tasks.csv", 1, "facts-header")),
        ({"tasks": "task,version,since\n"}, ("tasks.csv", 1, "facts-header")),
        ({"tasks": ""}, ("tasks.csv", 1, "facts-header")),
        ({"tasks": b"\xff\xfea\x00"}, ("tasks.csv", 1, "csv-encoding")),
        ({"period": PERIOD + b"2026-01-01,2026-06-30,2026-07-01 12:00\n"}, ("period.csv", 2, "facts-period")),
        ({"rollout": "department,tier,since\n,strict,2026-01-01\n"}, ("rollout.csv", 2, "facts-cell")),
        ({"calendar": "day,kind\n2026-01-01,free\n"}, ("calendar.csv", 2, "facts-cell")),
        ({"spans": "act,recording,since,until\nnowhere,,0,1\n"}, ("spans.csv", 2, "facts-cell")),
        ({"limits": LIMITS + "edge_s,-1,2026-01-01\n"}, ("limits.csv", 2, "facts-cell")),
        ({"limits": LIMITS + "state_days,999999999,2026-01-01\n"}, ("limits.csv", 2, "facts-cell")),
        ({"limits": LIMITS + "upload_h,745,2026-01-01\n"}, ("limits.csv", 2, "facts-cell")),
        ({"limits": LIMITS + "nothing_s,1,2026-01-01\n"}, ("limits.csv", 2, "facts-cell")),
        (
            {
                "recordings": RECORDINGS.replace("officer", "offset")
                + "r,k,99999999999"
                + ",2026-03-02 10:00" * 3
            },
            ("recordings.csv", 2, "facts-cell"),
        ),
        (
            {"limits": "name,value,since\nofficer_check_least,eye,2026-01-01\n"},
            ("limits.csv", 2, "facts-cell"),
        ),
        (
            {"recordings": RECORDINGS + "r,k,li,2026-03-02 10:00,2026-03-02 09:00,2026-03-02 18:00\n"},
            ("recordings.csv", 2, "facts-times"),
        ),
    ],
)
def test_a_file_that_cannot_stand_is_named(
    files: dict[str, str | bytes], wanted: tuple[str, int, str]
) -> None:
    assert wanted in told(**files)


def test_the_two_files_that_must_be_there() -> None:
    _, wrong = read({})
    assert [(one.file, one.error.code) for one in wrong] == [
        ("period.csv", "facts-file"),
        ("tasks.csv", "facts-file"),
    ]


def test_a_hundred_mistakes_are_said_and_no_more() -> None:
    assert len(told(tasks=TASKS + "t9,x,V01,T1,,li,2026-03-02 09:00,2026-03-02 10:00,,\n" * 500)) == 100


def test_a_long_file_takes_seconds() -> None:
    header, row = TASKS.split("\n")[:2]
    many = "\n".join([header, *(row.replace("t1,", f"t{at},", 1) for at in range(30_000))])
    begun = time.process_time()
    facts, _ = read({"period": PERIOD, "tasks": many.encode()})
    assert facts is not None and len(facts.tasks) == 30_000
    assert time.process_time() - begun < 6


@pytest.mark.parametrize("name", ["evaluate.md", "evaluate.zh-CN.md"])
def test_every_file_and_column_stands_in_the_manual(name: str) -> None:
    text = (DOCS / name).read_text()
    for file, kind in {**KINDS, "period": Period, "labels": Label}.items():
        (line,) = [one for one in text.splitlines() if one.startswith(f"| `{file}.csv` |")]
        assert line.split("|")[2].split() == [*columns(kind)], file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("year")
    for name, data in make(tasks=10, each=1, seed=3).files().items():
        (made / f"{name}.csv").write_bytes(data)
    return made


def test_the_command_says_what_it_found_and_how_well(folder: Path, capsys: Said) -> None:
    words = ["--lang", "en", "server", "evaluate", "--from", str(folder)]
    assert main([*words, "--labels", str(folder / "labels.csv")]) == 0
    out = capsys.readouterr().out
    for rule in RULES:
        assert f"\t{rule.code}\t1\t{rule.severity}\t" in out
        assert any(
            line.startswith(f"{rule.code}\t") and line.endswith("1.0000\t1.0000") for line in out.splitlines()
        )
    assert main([*words]) == 0
    assert out.startswith(capsys.readouterr().out)


def test_one_label_too_many_or_too_few_is_a_no(folder: Path, tmp_path: Path, capsys: Said) -> None:
    words = ["--lang", "en", "server", "evaluate", "--from", str(folder), "--labels"]
    lines = (folder / "labels.csv").read_text().splitlines()
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join([*lines[:-1], "gap,nowhere"]))
    assert main([*words, str(labels)]) == 1
    out = capsys.readouterr().out
    assert "labelled and not found: gap of nowhere" in out
    assert "found and not labelled: {} of {}".format(*lines[-1].split(",")) in out
    labels.write_text("rule,subject\nfoul,t1\n")
    assert main([*words, str(labels)]) == 2
    assert "labels.csv:2" in capsys.readouterr().err
    assert main([*words, str(tmp_path / "nowhere")]) == 2


def test_the_command_says_which_act_is_which_tasks(folder: Path, capsys: Said) -> None:
    assert main(["--lang", "en", "server", "evaluate", "--from", str(folder), "--matches"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["task", "act", "spoke", "second", "against"] and {len(line) for line in lines} == {5}
    assert any(line[3] and line[4] for line in lines)
