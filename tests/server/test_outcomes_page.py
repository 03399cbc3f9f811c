"""The page of results: every number opens what it counts, and nobody reads more than his scope."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from openpyxl import load_workbook

from support import bureau
from support.bureau import BESIDE, OWN, Bureau
from support.county_world import OFFICER, SECTION, CountyWorld
from support.queries import queries
from zhilu.server.evidence.models import Act, Outcome
from zhilu.server.evidence.services import outcomes
from zhilu.server.ledger.clock import midnight, set_to
from zhilu.server.pages.services.statistics_page import Page
from zhilu.server.pages.templatetags.zhilu import said
from zhilu.server.statistics.services import tallies

PERIOD = "first=2026-01-01&last=2027-12-31"


@pytest.fixture
def grown(county: CountyWorld) -> Bureau:
    made = bureau.of(county)
    acts = Act.objects.filter(department=Act.objects.get(id=made.things[OWN]["act"]).department)
    others = list(acts.exclude(id=made.things[OWN]["act"]).order_by("id"))[:2]
    outcomes.record(UUID(OFFICER), others[0].id, "quota-adjusted", 120_000)
    outcomes.record(UUID(OFFICER), others[1].id, "quota-adjusted", 80_000)
    tallies.refresh_all()
    return made


def shown(grown: Bureau, persona: str, asked: str = PERIOD) -> Any:
    answer = grown.client(persona).get(f"/results?{asked}")
    assert answer.status_code == 200
    return answer


QUOTA, DISPUTE = "quota-adjusted", "dispute-settled"


def figures(text: str) -> dict[str, int]:
    """Kind of an outcome → the number that stands there."""
    found = dict(re.findall(r"<dt>(.*?)</dt><dd>(?:<a [^>]*>)?(\d+)", text))
    return {kind: int(found[said(kind, "outcome")]) for kind in (QUOTA, DISPUTE)}


@pytest.mark.db
def test_each_number_opens_as_many_acts_with_their_recordings(grown: Bureau) -> None:
    answer = shown(grown, "leader")
    told = figures(answer.content.decode())
    assert told == {QUOTA: 2, DISPUTE: 1}
    client = grown.client("leader")
    opened = 0
    for one in answer.context["results"].kinds:
        if one.count:
            rows = client.get(f"/results?{one.url.partition('#')[0]}").context["came"]
            assert len(rows) == one.count and {row.outcome.kind for row in rows} == {one.kind}
            for row in rows:
                assert row.recordings
                for _at, url in row.recordings:
                    assert client.get(url).status_code == 200
                    opened += 1
    assert opened >= 3
    for one in answer.context["results"].classes:
        if one.url and one.count:
            assert re.findall(r"\d+", client.get(one.url).context["counted"]) == [str(one.count)]


def test_what_lies_beside_the_scope_is_not_there(grown: Bureau) -> None:
    beside = str(grown.things[BESIDE]["act"])
    for persona, is_there in (("supervisor", False), ("supervisor*", True)):
        answer = shown(grown, persona)
        text = answer.content.decode()
        assert (beside in text) is is_there
        assert figures(text)[DISPUTE] == (2 if is_there else 1)
    # Asked for, another's department is left out of the question, not opened.
    other = grown.things[BESIDE]["department"]
    assert beside not in shown(grown, "unit-head", f"{PERIOD}&department={other}").content.decode()
    assert grown.client("officer").get("/results").status_code == 403


def test_a_withdrawn_outcome_and_an_odd_question(grown: Bureau) -> None:
    outcomes.withdraw(UUID(OFFICER), UUID(str(grown.things[OWN]["outcome"])), "other")
    tallies.refresh_all()
    text = shown(grown, "leader").content.decode()
    assert figures(text)[DISPUTE] == 0 and str(grown.things[OWN]["act"]) not in text
    for odd in ("kind=%3Cscript", "first=9999-99-99&last=x", "page=-3", "department=none", "bureau=nowhere"):
        assert grown.client("leader").get(f"/results?{odd}").status_code == 200


def test_the_file_has_every_outcome_and_is_in_the_log(grown: Bureau) -> None:
    answer = grown.client("leader").get(f"/results?{PERIOD}&export=xlsx")
    sheet: Any = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    names = [said(kind, "outcome") for kind in (QUOTA, QUOTA, DISPUTE)]
    assert sorted(row[0] for row in rows if row[0] in names) == sorted(names)
    amounts = {one.amount_fen / 100 for one in Outcome.objects.exclude(amount_fen=None)}
    assert amounts and {row[1] for row in rows[4:]} == amounts | {None}, "numbers that add up"


def test_the_file_says_of_what_it_is(grown: Bureau) -> None:
    def above(more: str = "", persona: str = "leader") -> dict[str, str]:
        answer = grown.client(persona).get(f"/results?{PERIOD}{more}&export=xlsx")
        sheet: Any = load_workbook(io.BytesIO(answer.content)).active
        return {str(row[0]): str(row[1]) for row in list(sheet.iter_rows(values_only=True))[1:5]}

    with set_to(lambda: midnight(date(2027, 1, 20)) + timedelta(hours=9)):
        said_of = above()
        page = Page(shown(grown, "leader").context["question"])
    assert said_of["时段"] == "2026-01-01 — 2027-12-31" and said_of["截至"].startswith("2027-01-20 09:00")
    assert said_of["范围"] == page.scope and page.scope
    narrow = above(f"&department={SECTION}&kind={DISPUTE}&class=general&officer={OFFICER}")
    assert narrow["范围"] == page.scope, "what does not narrow the rows is not named"
    assert narrow["成效"] == said(DISPUTE, "outcome")


@pytest.mark.parametrize(
    ("day", "first", "last", "name"),
    [
        (date(2026, 12, 1), date(2026, 1, 1), date(2026, 12, 1), "今年"),
        (date(2027, 1, 1), date(2026, 1, 1), date(2026, 12, 31), "去年"),
        (date(2027, 1, 20), date(2027, 1, 1), date(2027, 1, 20), "今年"),
    ],
)
def test_it_opens_on_a_period_that_it_offers(
    grown: Bureau, day: date, first: date, last: date, name: str
) -> None:
    with set_to(lambda: midnight(day) + timedelta(hours=9)):
        question = shown(grown, "leader", "").context["question"]
    assert (question.period.first, question.period.last) == (first, last)
    with set_to(lambda: midnight(day) + timedelta(hours=9)):
        assert name in [told for told, url in question.presets if url == question.url()]


def test_few_questions(grown: Bureau) -> None:
    assert queries(grown.client("leader"), f"/results?{PERIOD}") <= 15
    assert queries(grown.client("unit-head"), f"/results?{PERIOD}&kind=quota-adjusted") <= 15
