"""The access log's batches when the clock was wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from support.county_world import OFFICER, CountyWorld
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import AccessLogged
from zhilu.server.organisation.models import AccessBatch, AccessRow, Bureau
from zhilu.server.organisation.services import access

pytestmark = pytest.mark.db


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the clock of the log by so many seconds."""
    real = access.now

    def set_clock(seconds: float) -> None:
        monkeypatch.setattr(access, "now", lambda: real() + timedelta(seconds=seconds))

    return set_clock


def rows(count: int) -> None:
    for number in range(count):
        access.note(OFFICER, "GET", f"/{number}", True, "127.0.0.1")


def test_rows_of_a_clock_that_was_ahead_are_covered_with_those_around_them(
    county: CountyWorld, at: Any
) -> None:
    rows(2)
    at(3600)
    rows(2)
    at(0)
    rows(2)
    assert access.enter_batch() is None  # none is old enough, whatever its time says
    at(60)
    assert access.enter_batch() == 6
    at(4000)
    assert access.enter_batch() is None and access.waiting() is None
    assert list(access.audit_batches()) == []


def test_nobody_waits_for_the_time_of_a_clock_that_was_ahead(county: CountyWorld, at: Any) -> None:
    at(10**8)
    rows(1)
    at(0)
    rows(1)
    at(60)
    assert access.enter_batch() == 2 and list(access.audit_batches()) == []


def test_what_a_batch_left_out_is_named_row_by_row(county: CountyWorld, at: Any) -> None:
    """As batches were made before: by the time of each row."""
    rows(2)
    at(3600)
    rows(1)
    at(0)
    rows(1)
    all_rows = list(AccessRow.objects.order_by("id"))
    AccessRow.objects.exclude(id=all_rows[2].id).update(at=all_rows[0].at - timedelta(minutes=1))
    covered = [one for one in AccessRow.objects.order_by("id") if one.id != all_rows[2].id]
    event = AccessLogged(covered[0].id, covered[-1].id, 3, access.digest_of(covered))
    commit(event, Bureau.objects.get().code)
    (found,) = access.audit_batches()
    late = all_rows[2].id
    assert (found.place, found.code, found.is_of_log) == (f"access log {late} to {late}", "uncovered", True)
    # What was changed in the rows that it covers is told as that.
    AccessRow.objects.filter(id=covered[0].id).update(target="/other")
    assert [one.code for one in access.audit_batches()] == ["digest"]


def test_what_no_entry_covers_yet_is_told(county: CountyWorld) -> None:
    assert access.waiting() is None
    rows(3)
    waiting, first = access.waiting(), AccessRow.objects.earliest("id").id
    assert waiting and (waiting.place, waiting.code) == (
        f"access log {first} to {first + 2}",
        "not in the ledger yet",
    )
    assert list(access.audit_batches()) == []


def test_the_ledger_says_where_the_batches_go_on(county: CountyWorld, at: Any) -> None:
    """A row in the table of batches, by who has the database, keeps nothing out of them."""
    access.note(OFFICER, "GET", "/a", True, "127.0.0.1")
    at(60)
    assert access.enter_batch()
    AccessBatch.objects.create(first=2, last=10**12, count=1, digest="0" * 64, entry=0)
    access.note(OFFICER, "GET", "/b", True, "127.0.0.1")
    at(120)
    assert access.enter_batch() == 1
