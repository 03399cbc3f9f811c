"""Lists by Excel and CSV: all of a file or nothing of it, and a report that names row and column."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from support.county_world import CountyWorld, named_id
from support.sheets import (
    NAME,
    PEOPLE,
    Visitor,
    entries,
    problems,
    refused,
    visitor,
)
from zhilu.server.tabular import LIST


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


# The page


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_untouched_template_imports_nothing_and_says_so(bureau: CountyWorld, language: str) -> None:
    from zhilu.server.catalogue.models import Change
    from zhilu.server.pages.services.rights import MAY
    from zhilu.server.pages.services.sheets import ROLES, SHEETS

    assert MAY["imports"] == ROLES
    for name, sheet in SHEETS.items():
        [role] = sheet.roles
        one = visitor(str(named_id(f"{role} {language} {name}")), role)
        answer = one.client.get(f"/imports/{name}/template", HTTP_ACCEPT_LANGUAGE=language)
        made = load_workbook(io.BytesIO(answer.content))
        form, told = made.worksheets
        assert [len(next(iter(form.values))), form.max_row] == [len(sheet.columns), 1]
        assert form.column_dimensions["A"].number_format == "@"  # 0012 stays 0012
        before = entries()
        if sheet.page:  # test_due_tasks_files.py
            assert one.send(name, answer.content).headers["Location"] == reverse(sheet.page)
            continue
        for what in ("check", "import"):
            # As it came; each of its sheets as CSV; the sheet with the examples alone.
            said = one.send(name, answer.content, what)
            assert refused(said) == [("—", "—")]
            assert "Nothing stands below the header" in said.content.decode()
            for listed in (form, told):
                assert refused(one.send(name, _csv(listed), what, "a.csv")) == [("—", "—")]
            assert refused(one.send(name, [list(row) for row in told.values], what)) == [("—", "—")]
        assert (entries(), Change.objects.exists()) == (before, False)


def _csv(sheet: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(sheet.values)
    return out.getvalue().encode("utf-8-sig")


def test_the_example_of_a_template_is_one_that_may_stand(system: Visitor) -> None:
    """Copied to the sheet that is read it is taken, in the language of the template."""
    for language in ("zh-hans", "en"):
        for name in ("departments", "people"):
            answer = system.client.get(f"/imports/{name}/template", HTTP_ACCEPT_LANGUAGE=language)
            told = list(load_workbook(io.BytesIO(answer.content)).worksheets[1].values)[1:]
            rows = [[row[0] for row in told], [row[3] for row in told]]
            assert sum(system.imported(name, rows)) == 1


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
    data = "工号;姓名;部门（全路径）;任职开始日期\n0012;李海;稽查局;2026.1.4\n".encode("gbk")
    assert system.imported("people", data, name="名单.csv") == (1, 0, 0)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "a.csv"),
        (b"", "a.xlsx"),
        ("工号,姓名\n".encode(), "a.csv"),
        (b"x" * (LIST.size + 1), "a.csv"),
        ("工号,姓名\n".encode() + b"1,a\n" * 2_001, "a.csv"),
        ("工号,姓名\n1,张\n".encode("utf-16"), "a.csv"),
        (b"PK\x03\x04", "a.xlsx"),
    ],
    ids=["empty", "empty-xlsx", "header", "10 MB", "2001", "utf-16", "broken"],
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
