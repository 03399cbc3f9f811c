"""Lists out to Excel: what the page shows to this person, and no more; formulas stay text."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import pytest
from django.http import HttpResponse
from openpyxl import load_workbook

from support import bureau
from support.bureau import Bureau
from support.county_world import SECTION, CountyWorld, named_id

LISTS = {
    "/people": {"system-administrator", "security-administrator"},
    "/departments": {"system-administrator", "security-administrator"},
    "/recorders": {"unit-head", "viewer", "equipment-keeper", "system-administrator", "audit-administrator"},
    "/acts": {"officer", "unit-head", "viewer"},
    "/training": {"trainer", "unit-head", "equipment-keeper"},
}


@pytest.fixture
def grown(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def sheet(answer: HttpResponse) -> list[tuple[Any, ...]]:
    assert answer.status_code == 200, answer.content[:500]
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    made = load_workbook(io.BytesIO(answer.content)).active
    assert made is not None
    assert made.freeze_panes == "A2"
    return list(made.values)


def rows(bureau: Bureau, persona: str, path: str) -> list[tuple[Any, ...]]:
    return sheet(bureau.client(persona).get(f"{path}?export=xlsx"))[1:]


def test_each_list_goes_out_to_who_may_see_it_and_to_nobody_else(
    grown: Bureau, django_assert_max_num_queries: Any
) -> None:
    from zhilu.server.organisation.models import AccessRow

    for path, roles in LISTS.items():
        for role in ("officer", "unit-head", "viewer", "legal-editor", "trainer", "equipment-keeper",
                     "system-administrator", "security-administrator", "audit-administrator"):  # fmt: skip
            client = grown.client(role)
            with django_assert_max_num_queries(20):
                answer = client.get(f"{path}?export=xlsx")
            assert answer.status_code == (200 if role in roles else 403), (path, role)
            assert answer["Content-Type"].endswith("sheet") == (role in roles)
        assert grown.client("nobody").get(f"{path}?export=xlsx").status_code == 302
    exported = AccessRow.objects.filter(action="export")
    assert {row.target for row in exported} == {f"{path}.xlsx" for path in LISTS}
    assert exported.count() == sum(map(len, LISTS.values()))


def test_rows_are_those_of_the_scope(grown: Bureau) -> None:
    from zhilu.server.evidence.models import Act

    own = {str(act.entry) for act in Act.objects.filter(department=SECTION)}
    everything = {str(act.entry) for act in Act.objects.all()}
    scoped, whole, mine = (
        {str(row[-1]) for row in rows(grown, persona, "/acts")}
        for persona in ("viewer", "viewer*", "officer")
    )
    assert scoped == own
    assert own < whole < everything  # another bureau's never
    assert mine <= own
    assert [row[0] for row in rows(grown, "equipment-keeper", "/recorders")] == ["XT-0001"]
    assert {row[0] for row in rows(grown, "equipment-keeper*", "/recorders")} == {"XT-0001", "XT-0002"}
    few, all_officers = rows(grown, "unit-head", "/training"), rows(grown, "unit-head*", "/training")
    assert 0 < len(few) < len(all_officers)
    assert {row[2] for row in few} == {"稽查局/检查一科"}


def test_a_name_that_is_a_formula_stays_a_name(grown: Bureau) -> None:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import PersonAdded

    names = ['=HYPERLINK("http://evil")', "+1", "-1", "@SUM(A1)", "<b>张</b>"]
    for n, name in enumerate(names):
        commit(PersonAdded(str(named_id(f"bad {n}"))), "julu", {"name": name, "number": "=1"})
    answer = grown.client("system-administrator").get("/people?export=xlsx")
    made = load_workbook(io.BytesIO(answer.content)).active
    assert made is not None
    cells = {cell.value: cell for cell in made["A"]}
    for name in names:
        assert cells[name].data_type == "s"
        assert bool(cells[name].quotePrefix) == (name[0] != "<")


def test_a_list_that_is_cut_says_so(grown: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    from zhilu.server.pages.services import exports

    monkeypatch.setattr(exports, "MOST_ROWS_OUT", 3)
    client = grown.client("system-administrator")
    page = client.get("/people?q=%E6%9D%8E%22%3E%3Cscript%3E").content.decode()
    assert "<script>" not in page
    page = client.get("/people?q=%E6%9D%8E&page=1").content.decode()
    link = re.search(r'href="(\?[^"]*export=xlsx)"', page)
    assert link and "page" not in link.group(1)
    found = sheet(client.get("/people" + html.unescape(link.group(1))))[1:]
    assert len(found) == 4
    assert found[-1][0].startswith("已截断：列表超过 3 行")
    assert all("李" in row[0] for row in found[:-1])
