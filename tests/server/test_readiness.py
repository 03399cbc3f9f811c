"""The rollout page: who is ready, what is lacking and where it is mended."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from support import bureau
from support.bureau import OTHER, Bureau
from support.county_world import DEPARTMENT, OFFICER, SECTION, CountyWorld, named_id
from support.queries import queries
from zhilu.server.catalogue.services import rollouts
from zhilu.server.equipment.events import RecorderIssued
from zhilu.server.ledger.clock import now, today
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.models import Role
from zhilu.server.pages.services.readiness import Ready, of_bureau, plan_of


@pytest.fixture
def grown(county: CountyWorld) -> Bureau:
    made = bureau.of(county)
    issue = {"issue": str(named_id("issue")), "recorder": county.recorder.kid, "department": SECTION}
    commit(RecorderIssued(**issue, person=OFFICER), made.people["equipment-keeper*"])
    return made


def ready(on: date | None = None, roles: tuple[str, ...] = ()) -> dict[UUID | None, Ready]:
    return {one.department: one for one in of_bureau("julu", "巨鹿县税务局", plan_of(on or today()), roles)}


def words(one: Ready) -> str:
    return " ".join(text for text, _url in one.lacks)


def test_numbers_of_a_department_are_those_of_its_people_and_of_those_below(grown: Bureau) -> None:
    told = ready()
    own = told[UUID(SECTION)]
    # Two of the first day, who are trained, and fourteen more; one recorder is out.
    assert (own.officers, own.trained, own.issued) == (bureau.FILLERS + 2, 2, 1)
    other = told[UUID(OTHER)]
    assert (other.officers, other.trained, other.issued) == (1, 1, 0)
    whole = told[None]
    assert (whole.officers, whole.trained, whole.issued) == (bureau.FILLERS + 3, 3, 1)
    above = told[UUID(DEPARTMENT)]
    assert above.officers == own.officers and own.depth == above.depth + 1
    assert whole.reach is not None and whole.reach.stations == 1 and own.reach is None


def test_the_stage_follows_the_plan(grown: Bureau) -> None:
    """A line of one department is a pilot, one of the bureau is everywhere, none is nothing begun."""
    told = ready()
    assert told[None].stage == "pilot" and told[None].bare == 1
    assert told[UUID(SECTION)].line is not None and told[UUID(SECTION)].is_inherited
    assert told[UUID(OTHER)].line is None and "尚未提出" in words(told[UUID(OTHER)])
    assert ready(date(2025, 12, 31))[None].stage == "none"
    editor = UUID(grown.people["legal-editor"])
    rollouts.set_line(editor, "julu", None, "selected", today(), None)
    assert ready()[None].stage == "all" and not ready()[None].bare
    # The day before, it was a pilot.
    assert ready(today() - timedelta(days=1))[None].stage == "pilot"


def test_an_office_without_officers_lacks_nothing_and_a_bureau_does(grown: Bureau) -> None:
    with applying():
        Role.objects.filter(role="officer").update(ended_at=now())
    told = ready()
    assert told[UUID(SECTION)].is_without and "执法人员" not in words(told[UUID(SECTION)])
    assert "无执法人员" in words(told[None]) and not told[None].is_without


def test_what_is_lacking_leads_to_where_it_is_mended_for_who_may(grown: Bureau) -> None:
    mine = ready(roles=("trainer", "equipment-keeper"))[UUID(SECTION)]
    urls = dict(mine.lacks)
    assert any(url.startswith("/training?state=unfit&department=") for url in urls.values())
    assert any(url.startswith("/recorders?department=") for url in urls.values())
    assert not any(url for _text, url in ready()[UUID(SECTION)].lacks)


def test_the_page_names_nobody_and_opens_for_everybody(grown: Bureau) -> None:
    for persona in ("officer", "legal-editor", "leader*", "audit-administrator"):
        text = grown.client(persona).get("/rollout").content.decode()
        assert "管理一科" in text and "李文" not in text
        for _text, url in links(grown, persona):
            assert grown.client(persona).get(url).status_code == 200
        assert queries(grown.client(persona), "/rollout") <= 15


def links(grown: Bureau, persona: str) -> list[tuple[str, str]]:
    found: Any = grown.client(persona).get("/rollout").context["ready"]
    return [(text, url) for one in found for text, url in one.lacks if url]


def test_an_odd_question_shows_today(grown: Bureau) -> None:
    for odd in ("on=x", "bureau=nowhere", "bureau=qinghe&on=2026-02-30"):
        assert grown.client("leader*").get(f"/rollout?{odd}").status_code == 200
