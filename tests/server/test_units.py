"""What is missing today, and a unit's page: what they show is what is there, in the scope of who asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from support import bureau
from support.bureau import OTHER, Bureau
from support.county_world import DEPARTMENT, OFFICER, SECTION, CountyWorld, named_id
from support.oversight_rows import asked, due
from support.queries import queries
from zhilu.server.equipment.events import RecorderIssued
from zhilu.server.ledger.clock import now, today
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import commit
from zhilu.server.oversight.models import DueTask, Finding
from zhilu.server.pages.services.unit_page import Unit
from zhilu.server.statistics.services import tallies

BESIDE_OFFICER = bureau.person_of("officer beside")


@pytest.fixture
def grown(county: CountyWorld) -> Bureau:
    made = bureau.of(county)
    issue = {"issue": str(named_id("issue")), "recorder": county.recorder.kid, "department": SECTION}
    commit(RecorderIssued(**issue, person=OFFICER), made.people["equipment-keeper*"])
    with applying():
        DueTask.objects.update(withdrawn=True)  # another's
    return made


def shown(grown: Bureau, persona: str, path: str = "/today") -> str:
    answer = grown.client(persona).get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


# -- today


@pytest.mark.db
def test_what_is_due_and_has_no_recording_is_listed_with_who_has_which_recorder(grown: Bureau) -> None:
    for name, state in (("a", "pending"), ("b", "missing"), ("c", "undescribed"), ("new", None)):
        due(name, state)
    for name, state in (("d", "recorded"), ("e", "excused"), ("f", "not-due")):
        due(name, state)
    text = shown(grown, "unit-head")
    for name in ("a", "b", "c", "new"):
        assert f"纳税人 {name}" in text
    for name in ("d", "e", "f"):
        assert f"纳税人 {name}" not in text
    for words in ("时间已过，尚无录制", "缺录", "已录制未说明", "尚未匹配", "XT-0001"):
        assert words in text
    # Six are due, the one that is not matched among them; two of them are recorded or excused.
    page = grown.client("unit-head").get("/today").context["page_"]
    assert (len(page.due), page.counts["done"], page.counts["open"]) == (6, 2, 4)


def test_another_department_a_withdrawn_task_and_another_day_are_not_there(grown: Bureau) -> None:
    due("beside", "missing", OTHER, BESIDE_OFFICER)
    gone = due("gone", "missing")
    with applying():
        DueTask.objects.filter(id=gone.id).update(withdrawn=True)
    begun = now() - timedelta(days=2)
    due("before", None, since=begun, until=begun + timedelta(hours=1))
    for persona in ("unit-head", "supervisor", "leader"):
        text = shown(grown, persona)
        assert not any(f"纳税人 {name}" in text for name in ("beside", "gone", "before"))
    assert "纳税人 beside" in shown(grown, "supervisor*")
    assert "纳税人 before" in shown(grown, "unit-head", f"/today?day={today() - timedelta(days=2)}")
    assert "纳税人 before" not in shown(grown, "unit-head", "/today?day=odd")


def test_what_waits_for_me_is_mine(grown: Bureau) -> None:
    asked("x", "missing", "answered")
    asked("y", "missing", "answered", OTHER, person=BESIDE_OFFICER)
    asked("z", "missing", "answered", cleared_at=now())
    asked("w", "clock-off", severity="refer")

    def steps(persona: str) -> dict[str, int]:
        page = grown.client(persona).get("/today").context["page_"]
        return {one.code: one.count for one in page.steps}

    assert "conclusions" not in steps("supervisor*")  # nobody was heard yet, and the time runs
    with applying():
        Finding.objects.filter(subject__in="xyzw").update(raised_at=now() - timedelta(days=60))
    assert steps("supervisor")["conclusions"] == 1 and steps("supervisor*")["conclusions"] == 2
    listed = grown.client("supervisor*").get("/work/findings").content.decode()
    assert listed.count('href="/findings/') == 2
    assert steps("leader")["referred"] == 1
    assert "conclusions" not in steps("unit-head") and steps("unit-head")["undescribed"] > 0


def test_today_asks_little_and_opens_its_file(grown: Bureau) -> None:
    for name in "abcdef":
        due(name, "pending")
    asked("x", "missing", "answered")
    for persona in ("unit-head", "supervisor", "leader*"):
        assert queries(grown.client(persona), "/today") <= 15, persona
    assert grown.client("supervisor").get("/today?export=xlsx").status_code == 200


# -- units


@pytest.mark.db
def test_a_unit_is_told_of_its_people_findings_and_tasks(grown: Bureau) -> None:
    due("a", "pending")
    due("b", "recorded")
    asked("x", "missing")
    asked("y", "missing", "explained")
    asked("z", "late", "answered", severity="remind")
    asked("w", "late", "concluded")
    asked("v", "late", cleared_at=now())
    settled()
    page = Unit(rights("unit-head", grown), UUID(SECTION), now())
    by = {one.code: (one.count, one.waits) for one in page.findings}
    assert by == {"missing": (2, [1, 1, 0]), "late": (1, [0, 0, 1])}
    assert [one.code for one in page.findings] == ["missing", "late"]
    me = next(one for one in page.people if str(one.person.id) == OFFICER)
    assert (me.person.serial, me.fit, me.due, me.done, me.asked) == ("XT-0001", "fit", 2, 1, 3)
    assert me.person.recorded_at is not None
    assert (len(page.officers), page.trained, page.issued) == (bureau.FILLERS + 2, 2, 1)
    assert page.due == (2, 1)


def settled() -> None:
    """What else is asked in the bureau is concluded."""
    with applying():
        Finding.objects.filter(rule="gap").update(state="concluded", conclusion="no-fault")


def rights(persona: str, grown: Bureau) -> Any:
    from zhilu.server.organisation.services.rights import rights_of

    return rights_of(UUID(grown.people[persona]))


def test_a_unit_beside_is_not_there_and_one_below_is(grown: Bureau) -> None:
    head = grown.client("unit-head")
    assert head.get(f"/unit/{SECTION}").status_code == 200
    for other in (OTHER, bureau.FOREIGN, DEPARTMENT, named_id("nothing")):
        assert head.get(f"/unit/{other}").status_code == 404
    assert grown.client("leader*").get(f"/unit/{DEPARTMENT}").status_code == 200
    assert grown.client("leader*").get(f"/unit/{bureau.FOREIGN}").status_code == 404
    assert grown.client("viewer").get(f"/unit/{SECTION}").status_code == 403


@pytest.mark.db
def test_rates_are_those_of_the_statistics_month_by_month(grown: Bureau) -> None:
    tallies.refresh_all()
    client = grown.client("unit-head")
    unit = client.get(f"/unit/{SECTION}").context["unit"]
    for month, place in zip(unit.months, range(6), strict=True):
        page = client.get(f"/statistics?first={month.first}&last={month.last}").context["page"]
        for trend in unit.trends:
            assert trend.shares[place] == page.whole.share(trend.rate), (month, trend.rate)


def test_the_units_that_one_watches_over_are_listed(grown: Bureau) -> None:
    asked("x", "missing")
    asked("y", "missing", department=OTHER, person=BESIDE_OFFICER)
    own = grown.client("unit-head").get("/unit").context["lines"]
    assert [str(one.place.id) for one in own] == [SECTION]
    settled()
    client = grown.client("supervisor*")
    by = {str(one.place.id): one for one in client.get("/unit").context["lines"]}
    assert (by[SECTION].asked, by[DEPARTMENT].asked, by[OTHER].asked) == (1, 1, 1)
    assert bureau.FOREIGN not in by
    assert queries(client, "/unit") <= 15


def test_a_unit_asks_little(grown: Bureau) -> None:
    due("a", "pending")
    asked("x", "missing")
    tallies.refresh_all()
    for persona, path in (("unit-head", f"/unit/{SECTION}"), ("leader*", f"/unit/{DEPARTMENT}")):
        assert queries(grown.client(persona), path) <= 15
    assert grown.client("unit-head").get(f"/unit/{SECTION}?export=xlsx").status_code == 200
