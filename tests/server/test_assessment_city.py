"""What counties published, at their city: beside each other, like with like, and counted again."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from django.test import Client

from support.city_world import BUREAU, CityWorld
from support.neighbour import Ledger
from support.recordings import fixed_id
from zhilu.server.assessment.models import Publication
from zhilu.server.federation.models import Joined, Watch
from zhilu.server.federation.services import mirror, rounds
from zhilu.server.ledger.services.commit import Proposal, commit_all
from zhilu.server.organisation.events import PersonAdded, RoleGranted
from zhilu.server.organisation.models import User
from zhilu.server.oversight.findings.rule import id_of
from zhilu.server.pages.services import assessment_page, assessment_sheet

READER, HEAD = (str(fixed_id(name)) for name in ("reader of points", "head at the city"))
MAY = datetime(2026, 5, 4, 2, tzinfo=UTC)
DECIDED, OVER = datetime(2026, 5, 20, 2, tzinfo=UTC), datetime(2026, 6, 2, 2, tzinfo=UTC)


def one(bureau: str, name: str) -> str:
    return str(fixed_id(f"{bureau} {name}"))


def county(bureau: str, faults: int, told: int | None = None, *more: tuple[str, str, str]) -> Ledger:
    """Two officers of one department, the first with so many breaks; `told`: that it published for him;
    `more`: kind, code and reference of lines that it made up.
    """
    ledger, place = Ledger(bureau), one(bureau, "section")
    leader, supervisor = one(bureau, "leader"), one(bureau, "supervisor")

    def add(kind: str, core: dict[str, Any], subject: str, at: datetime = MAY, **more: Any) -> None:
        ledger.add(kind, core, more.pop("personal", None), at=at, subject=subject, **more)

    founded = {"bureau": bureau, "domain": "example", "root": "00" * 32, "text_key": {}}
    add("bureau-founded/1", founded, bureau)
    department = {"department": place, "bureau": bureau, "parent": None, "kind": "inspection"}
    add("department-set/1", department | {"name": f"{bureau} 检查科", "order": 1, "closed": False}, place)
    officers = sorted(one(bureau, f"officer {number}") for number in (1, 2))
    for person, role in (
        *((one_, "officer") for one_ in officers),
        (leader, "leader"),
        (supervisor, "supervisor"),
    ):
        add("person-added/1", {"person": person}, person, personal={"name": f"{bureau} {role}", "number": ""})
        add("role-granted/1", {"person": person, "role": role, "scope": None}, person)
        if role == "officer":
            post = {"post": one(bureau, f"post {person}"), "person": person, "department": place}
            add("post-taken/1", post | {"rank": "officer", "since": "2026-01-01"}, post["post"])
    items = []
    for number in range(faults):
        about = one(bureau, f"act {number}")
        finding = id_of("gap", about)
        raised = {"finding": finding, "rule": "gap", "version": 1, "severity": "minor", "about": about}
        raised |= {"subject_kind": "act", "day": f"2026-05-{5 + number:02d}", "department": place}
        add("finding-raised/1", raised | {"persons": officers[:1], "places": [], "words": []}, finding)
        said = {"finding": finding, "conclusion": "fault", "exemption": None, "persons": officers[:1]}
        add("finding-concluded/1", said, finding, DECIDED, actor=supervisor)
        items.append(["finding", "gap", finding, raised["day"], place, -20])
    points = 1000 - 20 * faults if told is None else told
    listed = items if told is None else [[*what, "2026-05-09", place, -20] for what in more]
    lines = [[officers[0], place, points, 1000 - points, 0, listed], [officers[1], place, 1000, 0, 0, []]]
    mean = (points + 1000 + 1) // 2
    core = {"month": "2026-05", "version": 1, "scheme": 0, "reason": "first", "part": 1, "parts": 1}
    core |= {"tenths": mean, "units": [[place, mean, 2, 62]], "lines": lines}
    add("assessment-published/1", core, "assessment-2026-05", OVER, actor=leader)
    ledger.publish()
    return ledger


@pytest.fixture
def counties(city: CityWorld) -> dict[str, Ledger]:
    """The third has published what its own ledger does not give."""
    found = {"julu": county("julu", 2), "qinghe": county("qinghe", 0), "qiaoxi": county("qiaoxi", 3, 1000)}
    for ledger in found.values():
        city.join(ledger)
        rounds.once(Joined.objects.get(bureau=ledger.bureau), ledger)
        watch = Watch.objects.get(bureau=ledger.bureau)
        assert (watch.state, watch.code, watch.index) == ("following", "", None)
    people = []
    for person, role in ((READER, "leader"), (HEAD, "viewer")):
        people.append(Proposal(PersonAdded(person), BUREAU, {"name": "市局某", "number": person[-6:]}))
        people.append(Proposal(RoleGranted(person, role, None), BUREAU))
    commit_all(people)
    return found


def client(person: str) -> Client:
    made = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="zh-hans")
    user, _made = User.objects.get_or_create(person=person, defaults={"username": f"u{person[-12:]}"})
    made.force_login(user, "zhilu.server.organisation.services.accounts.LockoutBackend")
    return made


@pytest.mark.db
def test_bureaus_and_departments_are_ranked_among_their_like(counties: dict[str, Ledger]) -> None:
    answer = client(READER).get("/assessment/2026-05")
    ranked = {one.bureau: (one.tenths, one.place) for one in answer.context["bureaus"]}
    assert ranked == {
        "julu": (980, (3, 3)), "qinghe": (1000, (1, 3)), "qiaoxi": (1000, (1, 3)), BUREAU: (None, None),
    }  # fmt: skip
    units = {one.bureau: one.place for one in answer.context["page"]}
    assert units == {"julu": (3, 3), "qinghe": (1, 3), "qiaoxi": (1, 3)}
    text = answer.content.decode()
    assert "julu 检查科" in text and "未公布" in text


@pytest.mark.db
def test_a_county_that_published_other_points_is_found_at_the_city(counties: dict[str, Ledger]) -> None:
    wrong = {}
    for bureau in counties:
        with mirror.of(bureau):
            wrong[bureau] = Publication.objects.get().differs.split()[:1]
    assert wrong == {"julu": [], "qinghe": [], "qiaoxi": ["assessment-differs"]}
    page = client(READER).get("/assessment/2026-05?bureau=qiaoxi").content.decode()
    assert "assessment-differs" in page
    assert "assessment-differs" not in client(READER).get("/assessment/2026-05?bureau=julu").content.decode()


def test_from_the_city_down_to_the_officer(counties: dict[str, Ledger]) -> None:
    place, person = one("julu", "section"), sorted(one("julu", f"officer {number}") for number in (1, 2))[0]
    page = client(READER).get(f"/assessment/2026-05?bureau=julu&department={place}")
    assert str(page.context["page"][0].person) == person or len(page.context["page"]) == 2
    sheet = client(READER).get(f"/assessment/2026-05/people/{person}?bureau=julu")
    assert [line.tenths for line in sheet.context["sheet"].lines] == [-20, -20]
    assert client(READER).get(f"/assessment/2026-05/people/{person}").status_code == 404
    assert client(READER).get("/assessment/2026-04?bureau=julu").status_code == 404
    for nobody in (f"/assessment/2026-05/people/{person}?bureau=julu", "/assessment/2026-05?bureau=julu"):
        assert client(HEAD).get(nobody).status_code in (403, 404)
    assert UUID(person)


@pytest.mark.parametrize("ref", ["x", "../..", "%", "x" * 64, "A" * 32, f"{{{fixed_id('x')}}}"])
@pytest.mark.parametrize("kind", ["finding", "review", "outcome"])
def test_a_line_about_what_can_be_nothing_makes_no_page_of_it(city: CityWorld, kind: str, ref: str) -> None:
    ledger = county("xinhe", 0, 1000, (kind, "gap", ref))
    city.join(ledger)
    rounds.once(Joined.objects.get(bureau="xinhe"), ledger)
    commit_all([Proposal(PersonAdded(READER), BUREAU, {"name": "市局某", "number": "1"})])
    commit_all([Proposal(RoleGranted(READER, "leader", None), BUREAU)])
    person = sorted(one("xinhe", f"officer {number}") for number in (1, 2))[0]
    page = client(READER).get("/assessment/2026-05?bureau=xinhe")
    assert page.status_code == 200 and "assessment-form" in page.content.decode()
    sheet = client(READER).get(f"/assessment/2026-05/people/{person}?bureau=xinhe")
    assert sheet.status_code in (200, 404)


def test_the_city_hands_out_what_it_shows(counties: dict[str, Ledger]) -> None:
    answer = client(READER).get("/assessment/2026-05?export=xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
    assert any("julu 检查科" in map(str, row) and 98 in row for row in rows)


@pytest.mark.parametrize("items", [None, {}, [1], [[]], ["x"], [{}], [{"code": "x"}], [{"code": ["x"]}]])
def test_an_item_of_a_checklist_that_is_none_is_told_by_its_code(items: Any) -> None:
    assert assessment_sheet._asked(json.dumps(items), "x") == "x"


def test_a_city_says_how_many_have_published_a_month_and_stays_itself(counties: dict[str, Ledger]) -> None:
    months = [date(2026, 6, 1), date(2026, 5, 1)]
    assert assessment_page.published_by([BUREAU, *counties], months) == [(months[0], 0), (months[1], 3)]
    index = client(READER).get("/assessment")
    assert [count for _month, count in index.context["published"]] == [0]
    assert "未公布" not in index.content.decode(), "the city has nobody to assess"
    page = client(READER).get("/assessment/2026-05?bureau=julu")
    assert page.context["whose"] != page.context["bureau_name"], (
        "the head of the page names whose server it is"
    )
