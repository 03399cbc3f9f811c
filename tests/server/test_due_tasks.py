"""Due tasks: what comes in, what is refused, versions, corrections of matches."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

import pytest

from support import bureau
from support.bureau import BESIDE, OWN, Bureau
from support.county_world import OFFICER, SECTION, CountyWorld
from support.organisation import refused
from zhilu.errors import ZhiluError
from zhilu.server.ledger import lock, waiting
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.organisation.events import PersonDescribed, RoleGranted
from zhilu.server.organisation.models import Person
from zhilu.server.organisation.services.numbers import People
from zhilu.server.oversight import rules_tasks
from zhilu.server.oversight.events_tasks import TasksEntered
from zhilu.server.oversight.models import DueTask, DueTaskOfficer, DueTaskVersion, MatchCorrection
from zhilu.server.oversight.services import tasks
from zhilu.server.oversight.services.tasks import Said

SINCE = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def said(number: str = "DT-1", **more: Any) -> Said:
    officer = Person.objects.get(id=OFFICER).number
    told: dict[str, Any] = {
        "number": number,
        "procedure": "H01",
        "officers": [officer],
        "since": SINCE,
        "until": SINCE + timedelta(hours=2),
        "taxpayer": "91130529MA0TEST01X",
        "name": "巨鹿宏达商贸有限公司",
        "document": "邢税通〔2026〕1号",
        "place": "健康路 1 号",
    }
    return Said(**(told | more))


def sent(person: str, *rows: Said, source: str = "file") -> tasks.Plan:
    people = People()

    def read(row: Said) -> Any:
        try:
            return tasks.read(row, people)
        except ZhiluError as error:
            return error

    plan = tasks.plan(dict(enumerate(map(read, rows), 2)), person, source, now())
    if plan.entered():
        tasks.enter(plan.entered(), person, source)
    return plan


def states(plan: tasks.Plan) -> list[str]:
    return [one.error.code if one.error else one.state for one in plan.outcomes.values()]


@pytest.mark.db
def test_a_task_is_an_entry_and_a_row(world: Bureau) -> None:
    supervisor = world.people["supervisor"]
    assert states(sent(supervisor, said())) == ["new"]
    task = DueTask.objects.get(number="DT-1")
    assert task.id == rules_tasks.task_id("DT-1") and task.department == UUID(SECTION)
    assert (task.number, task.version, task.officers, task.taxpayer) == (
        "DT-1",
        1,
        [OFFICER],
        "91130529MA0TEST01X",
    )
    assert DueTaskOfficer.objects.get(task=task.id).officer == UUID(OFFICER)
    before = size()
    assert states(sent(supervisor, said())) == ["same"] and size() == before
    assert states(sent(supervisor, said(place="健康路 2 号"))) == ["changed"]
    task.refresh_from_db()
    assert (task.version, task.place) == (2, "健康路 2 号")
    assert DueTaskVersion.objects.get().place == "健康路 1 号"
    assert DueTaskOfficer.objects.filter(task=task.id).count() == 1


@pytest.mark.db
def test_each_version_stays(world: Bureau) -> None:
    supervisor = world.people["supervisor"]
    for place in ("一", "二", "三"):
        sent(supervisor, said(place=place))
    task = DueTask.objects.get(number="DT-1")
    kept = DueTaskVersion.objects.filter(task=task.id).order_by("version")
    assert [(one.version, one.place) for one in kept] == [(1, "一"), (2, "二")]
    assert (task.version, task.place) == (3, "三")
    entries = [one.entry for one in (*kept, task)]
    assert entries == sorted(set(entries))


def test_whoever_a_version_names_no_more_finds_it_no_more(world: Bureau) -> None:
    fillers = [bureau.person_of(f"filler {n}") for n in range(2)]
    numbers = [named(person, f"05{n}") for n, person in enumerate(fillers)]
    supervisor = world.people["supervisor"]
    sent(supervisor, said(officers=numbers))
    sent(supervisor, said(officers=numbers[1:]))
    task = rules_tasks.task_id("DT-1")
    assert [str(one.officer) for one in DueTaskOfficer.objects.filter(task=task)] == fillers[1:]


def named(person: str, number: str) -> str:
    commit(PersonDescribed(person), "julu", {"name": "李海", "number": number})
    return number


@pytest.mark.db
def test_many_versions_in_one_transaction_are_what_one_by_one_gives(world: Bureau) -> None:
    people, supervisor = People(), world.people["supervisor"]
    one = replace(tasks.read(said(), people), version=1)
    two = replace(one, version=2, place="二", officers=(OFFICER, bureau.person_of("filler 1")))
    three = replace(two, version=3, officers=(bureau.person_of("filler 1"),))
    with lock.held():
        for version in (one, two, three):
            tasks.enter([version], supervisor, "file")
    task = DueTask.objects.get(number="DT-1")
    assert (task.version, task.officers) == (3, [bureau.person_of("filler 1")])
    assert DueTaskOfficer.objects.get(task=task.id).officer == UUID(bureau.person_of("filler 1"))
    assert DueTaskVersion.objects.filter(task=task.id).count() == 2


def test_a_version_out_of_turn_is_refused(world: Bureau) -> None:
    supervisor = world.people["supervisor"]
    version = tasks.read(said(), People())
    for number in (0, 2):
        with pytest.raises(ZhiluError):
            tasks.enter([replace(version, version=number)], supervisor, "file")
    first = replace(version, version=1)
    refused("task-twice", tasks.enter, [first, first], supervisor, "file")
    tasks.enter([first], supervisor, "file")
    refused("task-version", tasks.enter, [first], supervisor, "file")
    assert DueTask.objects.get(number="DT-1").version == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"number": " DT"},
        {"number": ""},
        {"number": "x" * 65},
        {"version": 0},
        {"version": True},
        {"procedure": ""},
        {"procedure": "x" * 17},
        {"officers": []},
        {"officers": [5]},
        {"officers": ["nobody"]},
        {"officers": [OFFICER, OFFICER]},
        {"since": "2026-11-20T10:30:00.000Z"},
        {"since": "1999-11-20T10:30:00.000Z"},
        {"until": "2026-11-20T03:30:00Z"},
        {"withdrawn": 1},
        {"withdrawn": None},
    ],
)
def test_a_row_of_another_form_is_no_entry(world: Bureau, odd: dict[str, Any]) -> None:
    core = replace(tasks.read(said(), People()), version=1).core()
    before = size()
    for rows in ([core | odd], [core | {"number": "DT-0"}, core | odd], ["row"], [], [core] * 251):
        with pytest.raises(ZhiluError):
            event = TasksEntered(str(uuid4()), "file", rows)
            commit(event, world.people["supervisor"], {"rows": [["", "", "", ""]] * len(rows)})
    assert size() == before


@pytest.mark.parametrize("texts", [None, [], [[]], [["a"]], "x", [[1, None, {}, []]]])
def test_texts_of_another_form_break_nothing(world: Bureau, texts: Any) -> None:
    """They are disposed of one day: no rule looks at them."""
    core = replace(tasks.read(said(), People()), version=1).core()
    personal = None if texts is None else {"rows": texts}
    commit(TasksEntered(str(uuid4()), "file", [core]), world.people["supervisor"], personal)
    assert DueTask.objects.get(number="DT-1").number == "DT-1"


@pytest.mark.db
def test_the_longest_rows_fit_an_entry(world: Bureau) -> None:
    longest = {
        "taxpayer": "𠮷" * 100, "name": "𠮷" * 200, "document": "𠮷" * 100, "place": "𠮷" * 200,
    }  # fmt: skip
    rows = [said(f"{n:03}" + "𠮷" * 61, **longest) for n in range(rules_tasks.MOST_ROWS)]
    officers = tuple(bureau.person_of(f"filler {n}") for n in range(bureau.FILLERS))
    people = People()
    versions = [replace(tasks.read(row, people), version=1, officers=officers) for row in rows]
    tasks.enter(versions, world.people["supervisor"], "file")
    assert DueTask.objects.filter(number__endswith="𠮷").count() == rules_tasks.MOST_ROWS


# -- corrections


def corrected(by: str, task: str | None = "DT-1", act: Any = None, **more: Any) -> None:
    tasks.correct(UUID(by), task and rules_tasks.task_id(task), act, more.pop("reason", "两人同行"), **more)


def live() -> list[tuple[Any, Any]]:
    return list(MatchCorrection.objects.filter(ended=None).values_list("task", "act"))


@pytest.mark.db
def test_the_newest_word_about_a_task_and_an_act_counts(world: Bureau) -> None:
    supervisor = world.people["supervisor"]
    sent(supervisor, said(), said("DT-2"))
    first, second = rules_tasks.task_id("DT-1"), rules_tasks.task_id("DT-2")
    act = world.things[OWN]["act"]
    corrected(supervisor, act=act)
    assert live() == [(first, act)]
    corrected(supervisor, "DT-2", act)
    assert live() == [(second, act)]
    corrected(supervisor, "DT-2")
    assert live() == [(second, None)]
    corrected(supervisor, None, act)
    assert sorted(live(), key=str) == sorted([(second, None), (None, act)], key=str)
    corrected(supervisor, "DT-2", back=True)
    assert live() == [(None, act)]
    refused("correction-unknown", corrected, supervisor, "DT-2", back=True)
    assert MatchCorrection.objects.count() == 5


def test_who_may_correct(world: Bureau) -> None:
    whole, mine = world.people["supervisor*"], world.people["supervisor"]
    sent(whole, said())
    act, beside = (world.things[one]["act"] for one in (OWN, BESIDE))
    refused("correction-scope", corrected, mine, act=beside)
    for persona in ("unit-head", "leader*", "officer", "viewer*"):
        refused("actor", corrected, world.people[persona], act=act)
    refused("act-unknown", corrected, whole, act=uuid4())
    refused("task-unknown", corrected, whole, "DT-9")
    refused("correction-of", corrected, whole, None)
    for reason in ("", "  ", "x" * 501):
        refused("reason-text", corrected, whole, act=act, reason=reason)
    commit(RoleGranted(OFFICER, "supervisor", None), "julu")
    refused("correction-own", corrected, OFFICER)
    refused("correction-own", corrected, OFFICER, None, act)
    assert not live()
    corrected(mine, act=act)


def test_nobody_ends_what_was_said_where_he_may_say_nothing(world: Bureau) -> None:
    whole, mine = world.people["supervisor*"], world.people["supervisor"]
    filler = bureau.person_of("filler 3")
    sent(whole, said(), said("DT-2", officers=[named(filler, "0533")]))
    act = world.things[OWN]["act"]
    corrected(whole, "DT-2", act)
    commit(RoleGranted(filler, "supervisor", None), "julu")
    refused("correction-own", corrected, filler, None, act)
    beside = world.things[BESIDE]["act"]
    corrected(whole, "DT-1", beside)
    refused("correction-scope", corrected, mine, "DT-1", act)
    assert len(live()) == 2
    corrected(whole, "DT-1", act)


def test_who_was_an_officer_of_an_earlier_version_corrects_nothing(world: Bureau) -> None:
    filler = bureau.person_of("filler 3")
    sent(world.people["supervisor"], said(officers=[named(filler, "0533")]))
    sent(world.people["supervisor"], said())
    commit(RoleGranted(filler, "supervisor", None), "julu")
    refused("correction-own", corrected, filler)


@pytest.mark.db
@pytest.mark.parametrize("most", [1, 50_000])
def test_rows_as_values_wait_and_are_seen(world: Bureau, most: int) -> None:
    task, rows = uuid4(), []
    for _ in range(3):
        rows.append((uuid4(), task, uuid4(), SINCE, 7))
    with mock.patch.object(waiting, "MOST_VALUES", most), applying():
        waiting.add_values(DueTaskOfficer, ("id", "task", "officer", "since", "entry"), rows[:2])
        assert DueTaskOfficer.objects.filter(task=task).count() == 2
        waiting.add_values(DueTaskOfficer, ("id", "task", "officer", "since", "entry"), rows[2:])
        assert set(waiting.get(DueTaskOfficer, [rows[2][0]])) == {rows[2][0]}
    found = DueTaskOfficer.objects.filter(task=task).order_by("id")
    names = ("id", "task", "officer", "since", "entry")
    assert list(found.values_list(*names)) == sorted(rows)
    with pytest.raises(RuntimeError):
        waiting.add_values(DueTaskOfficer, names, rows)


def test_nobody_enters_what_he_is_to_do_himself(world: Bureau) -> None:
    """Nor does he move it, withdraw it, or take himself off it."""
    commit(RoleGranted(OFFICER, "supervisor", None), "julu")
    filler = named(bureau.person_of("filler 1"), "0551")
    assert states(sent(OFFICER, said(), said("DT-2", officers=[filler]))) == ["task-own", "new"]
    other = world.people["supervisor"]
    assert states(sent(other, said())) == ["new"]
    for change in ({"withdrawn": True}, {"officers": [filler]}, {"place": "别处"}):
        assert states(sent(OFFICER, said(**change))) == ["task-own"]
    assert states(sent(other, said(officers=[filler]))) == ["changed"]
    assert states(sent(other, said(officers=[filler], place="x"))) == ["changed"]
    assert states(sent(OFFICER, said(officers=[filler], withdrawn=True))) == ["task-own"]
    version = replace(tasks.read(said(officers=[filler]), People()), version=4)
    refused("task-own", tasks.enter, [version], OFFICER, "file")
