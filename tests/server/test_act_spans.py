"""A span lies in its recording: else whoever opens the act would choose the day, and so the catalogue."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from support.county_world import BUREAU, RECORDING, CountyWorld
from support.organisation import client_of, refused
from support.recordings import OFFICER
from zhilu.server.catalogue.services import catalogue
from zhilu.server.evidence.models import Act, Recording
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts
from zhilu.server.evidence.services.versions import began_on
from zhilu.server.ledger.clock import day_of, now, today
from zhilu.server.ledger.services.commit import commit

WEEK_US = 7 * 86_400 * 1_000_000
pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(county: CountyWorld) -> CountyWorld:
    """The version after this one begins in some days."""
    county.store()
    event = catalogue.first_version()
    said = {name: getattr(event, name) for name in ("classes", "scripts", "procedures")}
    since = (today() + timedelta(days=3)).isoformat()
    commit(type(event)(version=2, since=since, **said), BUREAU)
    return county


def span(from_us: int, to_us: int) -> list[Span]:
    return [Span(str(RECORDING), from_us, to_us)]


def test_nobody_chooses_a_version_by_a_span_that_begins_after_the_recording(stored: CountyWorld) -> None:
    row = Recording.objects.get(id=RECORDING)
    length_us = (row.closed_at - row.opened_at) // timedelta(microseconds=1)
    for wrong in (
        span(WEEK_US, WEEK_US + 1),
        span(length_us, length_us + 1),
        span(0, length_us + 1_000_001),
        [*span(0, 1), *span(WEEK_US, WEEK_US + 1)],
    ):
        refused("spans", acts.open_act, UUID(OFFICER), "C01", [OFFICER], "某户", wrong)
    assert acts.open_act(UUID(OFFICER), "C01", [OFFICER], "某户", span(length_us - 1, length_us + 1_000_000))
    assert Act.objects.get().catalogue == 1


def test_the_form_says_so(stored: CountyWorld) -> None:
    form = {"procedure": "C01", "taxpayer": "某厂", "officers": [OFFICER]}
    form |= {"from_s": str(7 * 86_400), "to_s": str(7 * 86_400 + 1)}
    answer = client_of(OFFICER).post(f"/recordings/{RECORDING}/act", form)
    assert answer.status_code == 400 and not Act.objects.exists()


def test_the_seconds_of_an_import_move_no_day() -> None:
    row = Recording(opened_at=now(), origin="import")
    assert began_on(row, timedelta(hours=30)) == day_of(row.opened_at)
    row.origin = "camera"
    assert began_on(row, timedelta(hours=30)) > day_of(row.opened_at)
