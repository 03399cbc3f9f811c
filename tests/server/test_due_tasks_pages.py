"""The pages of due tasks: who sees which, filters, why a match is so, correcting it."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from tests.server.test_due_tasks import SINCE, named, said, sent

from support import bureau
from support.bureau import BESIDE, OWN, Bureau
from support.county_world import OFFICER, CountyWorld
from support.queries import queries
from zhilu.server.ledger import clock
from zhilu.server.ledger.models import Entry
from zhilu.server.oversight import rules_tasks
from zhilu.server.oversight.models import DueTask, Match, MatchCorrection


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    made = bureau.of(county)
    DueTask.objects.exists()
    return made


def matched(task: DueTask, state: str, act: UUID | None = None, **told: Any) -> None:
    Match.objects.create(
        bureau="julu", task=task.id, day=SINCE.date(), department=task.department, procedure=task.procedure,
        class_code="household", officers=task.officers, due=True, state=state, act=act,
        told={"spoke": [], "second": "", "against": "", "further": []} | told,
    )  # fmt: skip


def page(world: Bureau, persona: str, path: str, status: int = 200) -> str:
    answer = world.client(persona).get(path)
    assert answer.status_code == status, path
    return str(answer.content.decode())


@pytest.mark.db
def test_who_sees_which_tasks(world: Bureau) -> None:
    beside = named(bureau.person_of("officer beside"), "0777")
    sent(world.people["supervisor*"], said(), said("DT-2", officers=[beside]))
    first, second = (rules_tasks.task_id(f"DT-{one}") for one in (1, 2))
    for persona, sees in (
        ("supervisor*", {first, second}),
        ("supervisor", {first}),
        ("unit-head", {first}),
        ("officer", {first}),
    ):
        text = page(world, persona, "/due-tasks")
        assert {one for one in (first, second) if str(one) in text} == sees, persona
        for one in (first, second):
            page(world, persona, f"/due-tasks/{one}", 200 if one in sees else 404)
    for persona in ("audit-administrator", "trainer", "no-role"):
        page(world, persona, "/due-tasks", 403)
        page(world, persona, f"/due-tasks/{first}", 403)


def test_an_officer_named_second_sees_it_too(world: Bureau) -> None:
    beside = named(bureau.person_of("officer beside"), "0777")
    sent(world.people["supervisor*"], said(officers=[beside, named(OFFICER, "0001")]))
    assert "DT-1" in page(world, "officer", "/due-tasks")
    assert "DT-1" not in page(world, "unit-head", "/due-tasks")


@pytest.mark.db
def test_each_filter_narrows(world: Bureau) -> None:
    named(OFFICER, "0001")
    sent(
        world.people["supervisor"],
        said("DT-1", officers=["0001"]),
        said("DT-2", officers=["0001"], procedure="H02", taxpayer="T2", name="另一户", document="文2"),
        said("DT-3", officers=["0001"], since=SINCE - timedelta(days=10), until=SINCE - timedelta(days=9)),
        said("DT-4", officers=["0001"], withdrawn=True),
    )
    tasks = {one.number: one for one in DueTask.objects.filter(number__startswith="DT-")}
    matched(tasks["DT-1"], "recorded")
    matched(tasks["DT-2"], "missing")
    matched(tasks["DT-4"], "not-due")
    for asked, found in (
        ("words=DT-2", "2"), ("words=t2", "2"), ("words=另一户", "2"), ("words=文 2", "2"), ("words=DT", ""),
        ("words=%00", "1234"), ("words=%25", ""), ("procedure=H02", "2"), ("first=2026-11-15", "124"),
        ("last=2026-11-15", "3"), ("state=missing", "2"), ("state=recorded", "1"), ("state=unmatched", "3"),
        ("state=withdrawn", "4"), ("state=not-due", ""), (f"officer={OFFICER}", "1234"),
        (f"officer={bureau.person_of('filler 1')}", ""), ("officer=x", "1234"), ("state=x", "1234"),
    ):  # fmt: skip
        text = page(world, "supervisor", f"/due-tasks?{asked}&plain=1")
        there = "".join(one for one in "1234" if f">DT-{one}<" in text)
        assert there == found, asked


def test_the_list_is_a_file_without_a_formula(world: Bureau) -> None:
    sent(world.people["supervisor"], said(name="=1+1", place="@x"))
    answer = world.client("supervisor").get("/due-tasks?export=xlsx&words=DT-1")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert any(cell.value == "=1+1" for cell in cells) and all(cell.data_type != "f" for cell in cells)


def test_a_task_says_why_it_has_its_act(world: Bureau) -> None:
    sent(world.people["supervisor"], said())
    task = DueTask.objects.get(number="DT-1")
    assert "尚未匹配" in page(world, "supervisor", f"/due-tasks/{task.id}")
    act, other = world.things[OWN]["act"], world.things[BESIDE]["act"]
    matched(task, "recorded", act, spoke=["taxpayer", "officer"], second=str(other), against="place")
    text = page(world, "supervisor", f"/due-tasks/{task.id}")
    for told in ("纳税人", "执法人员", "其他部门的执法行为", "地点", f"/acts/{act}"):
        assert told in text
    assert str(other) not in text
    assert f"/acts/{other}" in page(world, "supervisor*", f"/due-tasks/{task.id}")


def test_all_versions_stand_on_the_page(world: Bureau) -> None:
    for place in ("甲处", "乙处", "<b>丙处"):
        sent(world.people["supervisor"], said(place=place))
    text = page(world, "supervisor", f"/due-tasks/{rules_tasks.task_id('DT-1')}")
    assert all(place in text for place in ("甲处", "乙处", "&lt;b&gt;丙处")) and "<b>丙处" not in text


@pytest.mark.db
def test_a_match_is_corrected_and_taken_back(world: Bureau) -> None:
    sent(world.people["supervisor"], said())
    task, act = rules_tasks.task_id("DT-1"), world.things[OWN]["act"]
    path, client = f"/due-tasks/{task}/match", world.client("supervisor")
    assert client.post(path, {"what": "other", "other": str(act)}).status_code == 400  # without a reason
    said_other = {"what": "other", "other": f"https://x/acts/{act}/", "reason": "两人同行"}
    assert client.post(path, said_other).status_code == 302
    row = MatchCorrection.objects.get()
    assert (row.task, row.act, row.reason, row.ended) == (task, act, "两人同行", None)
    entry = Entry.objects.get(kind="match-corrected/1")
    assert "两人同行".encode() not in bytes(entry.core) and entry.subject == str(task)
    assert "两人同行" in page(world, "supervisor", f"/due-tasks/{task}")
    assert client.post(path, {"what": "back", "reason": "看错了"}).status_code == 302
    assert not MatchCorrection.objects.filter(ended=None).exists()
    assert client.post(path, {"what": "none", "reason": "当日未去"}).status_code == 302
    assert MatchCorrection.objects.get(ended=None).act is None
    for odd in (
        {"what": "x"},
        {"what": "other", "other": "none"},
        {"what": "other", "other": str(UUID(int=5))},
    ):
        assert client.post(path, odd | {"reason": "x"}).status_code == 400
    beyond = world.things[BESIDE]["act"]
    assert client.post(path, {"what": "other", "other": str(beyond), "reason": "x"}).status_code == 400


def test_who_may_not_correct(world: Bureau) -> None:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import RoleGranted

    beside = named(bureau.person_of("officer beside"), "0777")
    sent(world.people["supervisor*"], said(), said("DT-2", officers=[beside]))
    first, second = (rules_tasks.task_id(f"DT-{one}") for one in (1, 2))
    page(world, "supervisor", f"/due-tasks/{second}/match", 404)
    for persona in ("unit-head", "officer", "leader*"):
        page(world, persona, f"/due-tasks/{first}/match", 403)
    commit(RoleGranted(OFFICER, "supervisor", None), "julu")
    page(world, "officer", f"/due-tasks/{first}/match", 403)  # his own
    page(world, "officer", f"/due-tasks/{second}/match")
    assert "更正匹配" not in page(world, "officer", f"/due-tasks/{first}")


def test_pages_ask_the_database_little(world: Bureau) -> None:
    fillers = [named(bureau.person_of(f"filler {n}"), f"05{n}") for n in range(10)]
    for place in range(3):
        sent(
            world.people["supervisor"],
            *(said(f"DT-{n}", officers=[fillers[n % 10]], place=str(place)) for n in range(30)),
        )
    task = DueTask.objects.get(number="DT-1")
    matched(task, "recorded", world.things[OWN]["act"], further=[str(world.things[BESIDE]["act"])])
    for persona in ("supervisor", "supervisor*", "officer", "unit-head"):
        for path in (
            "/due-tasks",
            f"/due-tasks/{task.id}",
            f"/due-tasks/{task.id}/match",
            "/due-tasks/files",
        ):
            client = world.client(persona)
            if client.get(path).status_code == 200:
                count = queries(client, path)
                assert count <= 15, (persona, path, count)


def test_what_was_entered_or_changed_after_its_time_is_marked(world: Bureau) -> None:
    ahead = SINCE + timedelta(days=60)
    in_time = said("DT-2", since=ahead, until=ahead + timedelta(hours=2))
    sent(world.people["supervisor"], said(), in_time, said("DT-3"))
    sent(world.people["supervisor"], said(withdrawn=True))
    first, second, third = (rules_tasks.task_id(f"DT-{one}") for one in (1, 2, 3))
    text = page(world, "supervisor", "/due-tasks?changed=yes")
    for one, is_late in ((first, True), (second, False), (third, True)):
        assert ("计划开始后才录入或更改：" in page(world, "supervisor", f"/due-tasks/{one}")) is is_late
        assert (str(one) in text) is is_late
    assert "事先说明" in page(world, "officer", f"/due-tasks/{second}")


def test_what_was_missed_is_marked_also_where_it_was_put_off(world: Bureau) -> None:
    ahead = SINCE + timedelta(days=60)
    later = {"since": ahead, "until": ahead + timedelta(hours=2)}
    moved, called_off = said("DT-1", **later), said("DT-2", **later)
    with clock.set_to(lambda: SINCE - timedelta(days=2)):
        sent(world.people["supervisor"], said("DT-1"), said("DT-2"), said("DT-3"))
        sent(world.people["supervisor"], said("DT-2", withdrawn=True), said("DT-3", place="另一处"))
    with clock.set_to(lambda: SINCE + timedelta(days=1)):
        sent(world.people["supervisor"], moved, called_off)
    with clock.set_to(lambda: SINCE + timedelta(days=2)):
        sent(world.people["supervisor"], said("DT-1", place="又一处", **later))
    rows = world.client("supervisor").get("/due-tasks?changed=yes").context["rows"]
    assert [row.task.number for row in rows] == ["DT-1"], "called off in time, and set anew, is not late"
    assert rows[0].task.late_at == SINCE + timedelta(days=1)
    assert "计划开始后才录入或更改：" in page(world, "supervisor", f"/due-tasks/{rows[0].task.id}")
