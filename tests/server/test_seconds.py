"""Whole seconds are the same from either database, below and above the second."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from zhilu.server.evidence.models import Act
from zhilu.server.ledger.lock import among
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.seconds import Seconds, seconds, up

pytestmark = [pytest.mark.db, pytest.mark.django_db]
AT = datetime(2026, 3, 1, 8, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("more", [0, 1, 499_999, 999_999])
def test_seconds_are_those_that_have_begun_or_are_over(more: int) -> None:
    at, whole = AT + timedelta(microseconds=more), int(AT.timestamp())
    with applying():
        Act.objects.bulk_create([Act(id=uuid4(), procedure="P", catalogue=1, opened_at=at, entry=1)])
    told = Act.objects.values_list(Seconds("opened_at"), Seconds("opened_at", up=True)).get()
    assert told == (whole, whole + bool(more)) == (seconds(at), up(at))


def test_rows_among_strange_keys() -> None:
    names = ['a"b', "c\\", "{d,e}", "", " f", "NULL", "甲"]
    with applying():
        Act.objects.bulk_create(
            Act(id=uuid4(), procedure=one, catalogue=1, opened_at=AT, entry=1) for one in [*names, "g"]
        )
    found = among(Act.objects.all(), names, "procedure").values_list("procedure", flat=True)
    assert sorted(found) == sorted(names)
    assert not among(Act.objects.all(), [], "procedure").exists()
