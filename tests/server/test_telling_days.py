"""What a day and a week tell, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from support import bureau
from support.bureau import OTHER, Bureau
from support.county_world import OFFICER, SECTION, CountyWorld
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger import clock, waiting
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleWithdrawn
from zhilu.server.organisation.models import User
from zhilu.server.oversight.models import DueTask, Match, Message
from zhilu.server.oversight.rules_messages import Told, check
from zhilu.server.oversight.services import messages, telling_days

FRIDAY, SATURDAY = date(2026, 11, 27), date(2026, 11, 28)


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    grown = bureau.of(county)
    for persona, person in grown.people.items():
        User.objects.get_or_create(person=person, defaults={"username": f"t.{persona}"})
    return grown


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock.BEIJING).astimezone(UTC)


def task(
    day: date = FRIDAY,
    department: str = SECTION,
    state: str = "",
    due: bool = True,
    withdrawn: bool = False,
) -> None:
    """With a state: matched."""
    since = moment(day, 10)
    row = DueTask(
        entry=1, id=uuid4(), number=f"T{uuid4()}", version=1, procedure="H01", officers=[OFFICER],
        since=since, until=since + timedelta(hours=1), withdrawn=withdrawn, department=UUID(department),
        source="api", entered_at=since, entered_by="x",
    )  # fmt: skip
    with waiting.session():  # as an entry would be applied
        waiting.add(row)
    if state:
        Match.objects.create(
            bureau=ledgers.own(), task=row.id, day=day, department=department, procedure="H01",
            class_code="household", officers=row.officers, due=due, state=state, told={},
        )  # fmt: skip


def told(ask: Callable[[datetime], Any], at: datetime) -> dict[str, dict[str, Any]]:
    """Person → params; each is one that a message may be."""
    found: list[Told] = list(ask(at))
    for one in found:
        check(one, messages.KINDS[one.code].places)
    return {str(one.person): dict(one.params) for one in found}


@pytest.mark.db
def test_the_head_is_told_at_five_what_is_missing(world: Bureau) -> None:
    task()  # not matched yet
    for state in ("missing", "undescribed", "recorded", "excused"):
        task(state=state)
    task(state="missing", due=False)
    task(withdrawn=True)
    task(department=OTHER)
    assert told(telling_days.at_five, moment(FRIDAY, 16, 59)) == {}
    found = told(telling_days.at_five, moment(FRIDAY, 17))
    assert found == {
        world.people["unit-head"]: {"day": "2026-11-27", "count": 3},
        world.people["unit-head*"]: {"day": "2026-11-27", "count": 4},
    }


def test_on_a_day_of_rest_nobody_is_told(world: Bureau) -> None:
    task(day=SATURDAY)
    assert told(telling_days.at_five, moment(SATURDAY, 18)) == {}


def test_what_the_evening_missed_the_next_morning_tells_once(world: Bureau) -> None:
    task()
    with clock.set_to(lambda: moment(FRIDAY, 18)):
        messages.tell_all()
    before = set(Message.objects.filter(code="day-missing").values_list("person", "key"))
    with clock.set_to(lambda: moment(SATURDAY, 9)):
        messages.tell_all()
    assert before == set(Message.objects.filter(code="day-missing").values_list("person", "key"))
    assert before == {(UUID(world.people[one]), str(FRIDAY)) for one in ("unit-head", "unit-head*")}


@pytest.mark.db
def test_an_officer_is_told_in_the_morning_what_is_planned(world: Bureau) -> None:
    for _ in range(3):
        task()
    task(state="not-due", due=False)
    task(withdrawn=True)
    assert told(telling_days.in_the_morning, moment(FRIDAY, 6, 59)) == {}
    found = told(telling_days.in_the_morning, moment(FRIDAY, 7))
    assert found == {OFFICER: {"day": "2026-11-27", "count": 3}}


@pytest.mark.db
def test_what_is_not_described_is_told_until_it_is(world: Bureau) -> None:
    task(state="undescribed")
    with clock.set_to(lambda: moment(FRIDAY, 20)):
        messages.tell_all()
    assert not Message.objects.filter(code="day-undescribed").exists()
    with clock.set_to(lambda: moment(SATURDAY, 8)):
        messages.tell_all()
        assert Message.objects.get(code="day-undescribed").settled_at is None
        Match.objects.update(state="recorded")
        messages.tell_all()
    assert Message.objects.get(code="day-undescribed").settled_at


@pytest.mark.db
def test_the_week_is_told_on_monday_to_those_who_watch(world: Bureau) -> None:
    for state in ("recorded", "undescribed", "missing", "excused", "pending"):
        task(state=state)  # as the statistics count: 3 were due
    task(state="recorded", department=OTHER)
    monday = date(2026, 11, 30)
    assert told(telling_days.weekly, moment(monday, 7)) == {}
    found = told(telling_days.weekly, moment(monday, 8))
    week = {"first": "2026-11-23", "last": "2026-11-29"}
    for role, due, recorded in (("leader", 3, 2), ("supervisor*", 4, 3)):
        assert found[world.people[role]] == week | {"due": due, "recorded": recorded}, role
    assert world.people["unit-head"] not in found and OFFICER not in found


def test_whoever_lost_the_role_is_told_nothing(world: Bureau) -> None:
    task(state="missing")
    for persona in ("unit-head", "unit-head*"):
        commit(RoleWithdrawn(world.people[persona], "unit-head", "left"), "julu")
    assert told(telling_days.at_five, moment(FRIDAY, 18)) == {}
