"""Due tasks: what comes in, what is refused, versions, corrections of matches."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from support import bureau
from support.bureau import BESIDE, BEYOND, OTHER, OWN, Bureau
from support.county_world import OFFICER, SECTION, CountyWorld
from support.organisation import refused
from zhilu.errors import ZhiluError
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import size
from zhilu.server.organisation.models import Person
from zhilu.server.organisation.services.numbers import People
from zhilu.server.oversight import rules_tasks
from zhilu.server.oversight.models import DueTask, DueTaskOfficer, DueTaskVersion
from zhilu.server.oversight.services import tasks
from zhilu.server.oversight.services.tasks import Said

pytestmark = pytest.mark.db
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
