"""Due tasks that another program sends: row by row, once, by who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from support import bureau
from support.api import Caller
from support.bureau import OTHER, Bureau
from support.county_world import OFFICER, SECTION, CountyWorld
from zhilu.server.equipment.models import Alarm
from zhilu.server.ledger import clock
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import size
from zhilu.server.organisation.models import AccessRow
from zhilu.server.oversight.models import DueTask
from zhilu.server.oversight.services import tasks


@pytest.fixture
def grown(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def counts(done: Any) -> tuple[int, int, int, int]:
    return done["entered"], done["changed"], done["same"], done["refused"]


@pytest.mark.db
def test_a_task_is_an_entry_of_the_token(grown: Bureau) -> None:
    caller = Caller("tasks:write")
    done = caller.tasks(caller.task(name="巨鹿宏达", place="健康路 1 号"))
    assert counts(done) == (1, 0, 0, 0)
    task = DueTask.objects.get(number="DT-1")
    assert (str(task.id), task.version) == (done["rows"][0]["task"], done["rows"][0]["version"])
    assert (task.source, task.entered_by, task.place) == ("api", str(caller.id), "健康路 1 号")
    entry = Entry.objects.get(index=task.entry)
    assert (entry.kind, entry.actor) == ("tasks-entered/1", str(caller.id))
    assert "健康路".encode() not in bytes(entry.core) and "巨鹿".encode() in bytes(entry.personal)
    noted = AccessRow.objects.filter(action="api-write", person=caller.id).latest("id")
    assert noted.target == "/api/v1/due-tasks"


@pytest.mark.db
def test_sent_again_nothing_is_entered(grown: Bureau) -> None:
    caller = Caller("tasks:write")
    row = caller.task(taxpayer="91130529ma0 test01x")
    caller.tasks(row)
    before = size()
    assert counts(caller.tasks(row, row | {"taxpayer": "91130529MA0TEST01X"})) == (0, 0, 2, 0)
    same_moment = row | {"since": "2026-11-20T01:30:00Z"}
    assert counts(caller.tasks(same_moment)) == (0, 0, 1, 0) and size() == before
    assert counts(caller.tasks(row | {"withdrawn": True})) == (0, 1, 0, 0)
    assert DueTask.objects.get(number="DT-1").withdrawn


@pytest.mark.db
def test_under_its_key_the_same_answer_comes_again(grown: Bureau) -> None:
    """Though a newer version has overtaken it."""
    caller, key = Caller("tasks:write"), {"Idempotency-Key": "day-1"}
    first = caller.tasks(caller.task(), **key)
    caller.tasks(caller.task(place="新"))
    assert caller.tasks(caller.task(), **key) == first
    assert DueTask.objects.get(number="DT-1").place == "新"
    status, said = caller.send("post", "due-tasks", {"rows": [caller.task("X")]}, **key)
    assert (status, said["code"]) == (409, "key-reused")


def test_each_row_for_itself(grown: Bureau) -> None:
    caller = Caller("tasks:write")
    rows: list[tuple[dict[str, Any], str]] = [
        (caller.task("A"), ""),
        (caller.task("B", procedure="Z99"), "procedure-unknown"),
        (caller.task("B2", procedure="x" * 200), "procedure-unknown"),
        (caller.task("C", officers=["nobody"]), "officer-unknown"),
        (caller.task("D", officers=[]), "task-officers"),
        (caller.task("E", since="2026-11-20T09:30:00"), "task-zone"),
        (caller.task("F", until="2026-11-20T09:30:00+08:00"), "task-ends"),
        (caller.task("G", until="2027-11-20T09:30:00+08:00"), "task-long"),
        (caller.task("H", since="0001-01-01T00:00:00Z"), "task-year"),
        (caller.task("I", until="9999-12-31T23:59:59Z"), "task-year"),
        (caller.task("J", since="2026-11-20T09:30:00.5+08:00"), "task-second"),
        (caller.task("x" * 65), "task-number"),
        (caller.task(" "), "task-number"),
        (caller.task("K", taxpayer="x" * 101), "link-number"),
        (caller.task("L", place="a\nb\u0007"), "text"),
        (caller.task("M"), "row-twice"),
        (caller.task("M", place="别处"), "row-twice"),
        (caller.task("N"), ""),
    ]  # fmt: skip
    done = caller.tasks(*(row for row, _code in rows))
    assert [one["code"] or "" for one in done["rows"]] == [code for _row, code in rows]
    assert [one["row"] for one in done["rows"]] == list(range(len(rows)))
    assert all(one["hint"] for one in done["rows"] if one["code"])
    assert counts(done) == (2, 0, 0, len(rows) - 2)


def test_a_row_in_which_nothing_is_seen_stops_no_other(grown: Bureau) -> None:
    caller = Caller("tasks:write")
    done = caller.tasks(caller.task("DT-1", place="\u3164"), caller.task("DT-2"))
    assert [one.get("code") for one in done["rows"]] == ["text-unseen", None] and counts(done) == (1, 0, 0, 1)


def test_a_body_that_is_none_enters_nothing(grown: Bureau) -> None:
    caller, before = Caller("tasks:write"), size()
    for body, status in (
        ({"rows": []}, 422),
        ({"rows": [caller.task()] * 501}, 422),
        ({"rows": [caller.task() | {"number": 5}]}, 422),
        ({"rows": [caller.task() | {"officers": "0100"}]}, 422),
        ({"rows": [{"number": "A"}]}, 422),
        ('{"rows": [], "rows": []}', 400),
        ('{"rows": [{"number": "A\\ud800"}]}', 400),
    ):
        assert caller.send("post", "due-tasks", body)[0] == status, body
    # The ledger gains nothing but what was sent before.
    assert size() == before


@pytest.mark.db
def test_a_nul_is_no_text(grown: Bureau) -> None:
    caller = Caller("tasks:write")
    done = caller.tasks(caller.task("A\0"), caller.task("B", name="a\0b"), caller.task("C"))
    assert counts(done) == (1, 0, 0, 2)


def test_only_with_the_scope_and_within_it(grown: Bureau) -> None:
    caller = Caller("links:write")
    status, said = caller.send("post", "due-tasks", {"rows": [caller.task()]})
    assert (status, said["code"]) == (403, "scope")
    elsewhere = Caller("tasks:write", departments=[OTHER])
    done = elsewhere.tasks(elsewhere.task())
    assert [one["code"] for one in done["rows"]] == ["task-scope"]
    here = Caller("tasks:write", departments=[SECTION])
    assert counts(here.tasks(here.task())) == (1, 0, 0, 0)
    # nor is a task of this department drawn to another
    assert [one["code"] for one in elsewhere.tasks(elsewhere.task(place="x"))["rows"]] == ["task-scope"]


def test_a_withdrawn_token_enters_nothing_by_the_ledger_either(grown: Bureau) -> None:
    from support.organisation import refused
    from zhilu.server.organisation.services import api_tokens
    from zhilu.server.oversight import rules_tasks
    from zhilu.server.oversight.services import tasks

    caller = Caller("tasks:write", "links:write")
    caller.tasks(caller.task())
    said = {name: getattr(DueTask.objects.get(number="DT-1"), name) for name in tasks.SAID}
    version = rules_tasks.Version(**(said | {"number": "NEW", "officers": tuple(said["officers"])}))
    with_links = Caller("links:write")
    refused("task-scope", tasks.enter, [version], str(with_links.id), "api")
    api_tokens.withdraw(caller.id, "leaked", UUID(bureau.person_of("security-administrator")))
    refused("task-scope", tasks.enter, [version], str(caller.id), "api")
    refused("task-scope", tasks.enter, [version], str(caller.id), "file")
    refused("task-scope", tasks.enter, [version], OFFICER, "file")
    refused("task-scope", tasks.enter, [version], str(uuid4()), "file")


def test_a_token_enters_so_many_rows_a_day(grown: Bureau) -> None:
    """New ones and versions; what is the same costs nothing. The next day it goes on."""
    caller, other = Caller("tasks:write", tasks=4), Caller("tasks:write")
    a, b, c = (caller.task(one) for one in "ABC")
    assert counts(caller.tasks(a, b)) == (2, 0, 0, 0)
    assert counts(caller.tasks(a, b)) == (0, 0, 2, 0)
    assert counts(caller.tasks(a | {"withdrawn": True})) == (0, 1, 0, 0) and _alarms() == []
    done = caller.tasks(b | {"place": "x"}, b | {"place": "x"}, c, a, caller.task("D", procedure="Z99"), c)
    codes = [row.get("code") for row in done["rows"]]
    assert codes == [None, None, "tasks-many", "tasks-many", "procedure-unknown", "tasks-many"]
    assert DueTask.objects.get(number="A").withdrawn and not DueTask.objects.filter(number="C").exists()
    assert _alarms() == [str(caller.id)]
    assert counts(other.tasks(c)) == (1, 0, 0, 0)
    later = clock.now() + timedelta(days=1)
    with clock.set_to(lambda: later):
        assert counts(caller.tasks(a, c)) == (0, 1, 1, 0)


@pytest.mark.db
def test_a_call_is_planned_again_only_where_something_came_between(
    grown: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, other, real, planned = Caller("tasks:write"), Caller("tasks:write"), tasks.plan, []

    def plan(*asked: Any) -> tasks.Plan:
        planned.append(size())
        found = real(*asked)
        if len(planned) == 2:  # the second call's first: another one is faster
            monkeypatch.setattr(tasks, "plan", real)
            other.tasks(caller.task("B", place="早"))
            monkeypatch.setattr(tasks, "plan", plan)
        return found

    monkeypatch.setattr(tasks, "plan", plan)
    assert counts(caller.tasks(caller.task("A"))) == (1, 0, 0, 0) and len(planned) == 1
    assert counts(caller.tasks(caller.task("B", place="晚"))) == (0, 1, 0, 0)
    assert len(planned) == 3 and planned[2] > planned[1]
    assert DueTask.objects.get(number="B").place == "晚"


def _alarms() -> list[str]:
    return list(Alarm.objects.filter(code="tasks-many").values_list("about", flat=True))
