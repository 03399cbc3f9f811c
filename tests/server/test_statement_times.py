"""From when to when an act took, as its statement says: what the rules refuse, how the form begins and what
the page and the API show.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from support.county_world import RECORDING, CountyWorld
from support.organisation import client_of, refused
from support.recordings import OFFICER
from zhilu.encoding import format_time
from zhilu.errors import ZhiluError
from zhilu.server.equipment.models import Docking
from zhilu.server.evidence import rules
from zhilu.server.evidence.events import StatementFiled
from zhilu.server.evidence.models import Act, Recording, Statement
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts, true_time
from zhilu.server.ledger.clock import BEIJING, now
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit
from zhilu.server.ledger.services.rebuild import rebuild
from zhilu.strictjson import loads

pytestmark = pytest.mark.django_db
TEXTS = {"time": "今天"}
NOON = datetime(2026, 11, 30, 4, tzinfo=UTC)


@pytest.fixture
def act(county: CountyWorld) -> Act:
    county.store()
    spans = [Span(str(RECORDING), 500_000, 1_000_000)]
    return Act.objects.get(id=acts.open_act(UUID(OFFICER), "C01", [OFFICER], "某户", spans))


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        (None, NOON),
        (NOON, None),
        (NOON, NOON),
        (NOON, NOON - timedelta(seconds=1)),
        (NOON - timedelta(days=31, seconds=1), NOON),
        (NOON, NOON + timedelta(minutes=10, seconds=1)),
        (datetime(1999, 12, 31, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC)),
        (datetime(9998, 1, 1, tzinfo=UTC), datetime(9998, 1, 2, tzinfo=UTC)),
    ],
)
def test_what_cannot_be_is_refused(began: datetime | None, ended: datetime | None) -> None:
    with pytest.raises(ZhiluError) as error:
        rules.check_times(began, ended, NOON)
    assert error.value.code == "statement-times"


def test_what_can_be_is_taken() -> None:
    rules.check_times(None, None, NOON)
    rules.check_times(NOON - timedelta(days=31), NOON, NOON)
    rules.check_times(NOON, NOON + timedelta(minutes=10), NOON)


def test_commit_asks_the_rule_and_times_are_no_personal_text(act: Act) -> None:
    at = now().replace(microsecond=0)
    times = (at - timedelta(hours=1), at)
    refused("statement-times", acts.file_statement, UUID(OFFICER), act, 0, TEXTS, times[::-1])
    event = StatementFiled(str(act.id), 1, ["time"], "9998-12-31T00:00:00.000Z", "9998-12-31T01:00:00.000Z")
    refused("statement-times", commit, event, OFFICER, TEXTS)
    with pytest.raises(ZhiluError):
        StatementFiled(str(act.id), 1, ["time"], "9999-12-31T23:59:59.000Z", None)
    acts.file_statement(UUID(OFFICER), act, 0, TEXTS, times)
    row = Statement.objects.get()
    assert (row.began, row.ended) == times
    core = loads(bytes(Entry.objects.get(kind="statement-filed/1").core))
    assert (core["began"], core["ended"]) == tuple(map(format_time, times))
    before = list(Statement.objects.values())
    rebuild()
    assert list(Statement.objects.values()) == before


def test_the_form_begins_with_the_spans_in_true_time(act: Act) -> None:
    recording, off = Recording.objects.get(), timedelta(microseconds=Docking.objects.get().offset_us)
    assert off == timedelta(milliseconds=12)
    begin = recording.opened_at - off + timedelta(microseconds=500_000)
    end = recording.opened_at - off + timedelta(microseconds=1_000_000)
    found = true_time.runs(act)
    assert found is not None and found[0] <= begin and end <= found[1]
    assert begin - found[0] < timedelta(seconds=1) and found[1] - end < timedelta(seconds=1)
    page = text(client_of(OFFICER), f"/acts/{act.id}/statement")
    with CaptureQueriesContext(connection) as asked:
        true_time.runs(act)
    assert len(asked) == 2
    shown = [f"{one.astimezone(BEIJING):%Y-%m-%dT%H:%M:%S}" for one in found]
    assert re.findall(r'type="datetime-local" name="\w+" value="([^"]*)"', page) == shown


def test_the_form_files_times_and_the_page_shows_them(act: Act) -> None:
    officer, path = client_of(OFFICER), f"/acts/{act.id}/statement"
    form = {"version": 0, "time": "今天", "began": "2026-11-24T09:30", "ended": "2026-11-24T10:45:09"}
    assert officer.post(path, form).status_code == 302
    row = Statement.objects.get()
    assert row.began == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    assert row.ended == datetime(2026, 11, 24, 2, 45, 9, tzinfo=UTC)
    assert "2026-11-24 09:30:00 — 2026-11-24 10:45:09" in text(officer, f"/acts/{act.id}")
    # The next version goes on from it; without times there are none.
    assert 'value="2026-11-24T09:30:00"' in text(officer, path)
    assert officer.post(path, {"version": 1, "time": "今天", "began": "", "ended": ""}).status_code == 302
    assert Statement.objects.get(version=2).began is None


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        ("2026-11-24T10:00", "2026-11-24T09:00"),
        ("2026-11-24T10:00", ""),
        ("0001-01-01T00:00", "0001-01-01T01:00"),
        ("9999-12-31T23:59:59", "9999-12-31T23:59:59"),
        ("1986-05-04T02:30", "1986-05-04T03:30"),
        ("x", "2026-11-24T09:00"),
        ("2026-11-24T10:00", "2999-11-24T09:00"),
        ("+12026-11-24T10:00", "\0"),
    ],
)
def test_odd_times_are_said_beside_the_field_and_nothing_is_filed(act: Act, began: str, ended: str) -> None:
    form = {"version": 0, "time": "今天", "began": began, "ended": ended}
    answer = client_of(OFFICER).post(f"/acts/{act.id}/statement", form)
    assert answer.status_code == 400 and "z-error" in answer.content.decode()
    assert not Statement.objects.exists()


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()
