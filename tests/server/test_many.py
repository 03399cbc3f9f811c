"""Kinds that come by thousands: one rule for one and for many, and what many say of each other counts."""

from __future__ import annotations

import uuid

import pytest

from support.county_world import BUREAU, SECTION, CountyWorld
from zhilu.errors import DataError
from zhilu.server.ledger.services.commit import Proposal, commit_all, size
from zhilu.server.organisation.events import PersonAdded, PostTaken
from zhilu.server.organisation.models import Post

pytestmark = [pytest.mark.django_db, pytest.mark.db]


def new() -> str:
    return str(uuid.uuid4())


def taken(person: str, **more: str) -> Proposal:
    told = {"post": new(), "person": person, "department": SECTION, "rank": "officer", "since": "2026-01-05"}
    return Proposal(PostTaken(**(told | more)), BUREAU)


def people(count: int) -> list[str]:
    ids = [new() for _ in range(count)]
    commit_all([Proposal(PersonAdded(one), BUREAU, {"name": "某人"}) for one in ids])
    return ids


def test_many_posts_in_few_queries(county: CountyWorld, django_assert_max_num_queries: object) -> None:
    ids = people(300)
    with django_assert_max_num_queries(15):  # type: ignore[operator]
        commit_all([taken(one) for one in ids])
    assert Post.objects.filter(person__in=ids, department=SECTION, until=None).count() == 300


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({}, "post-held"),
        ({"since": "2026-03-01"}, "post-held"),
        ({"person": str(uuid.UUID(int=7))}, "person-unknown"),
        ({"department": str(uuid.UUID(int=7))}, "department-unknown"),
        ({"since": "2999-01-01"}, "post-date"),
        ({"rank": "emperor"}, "post-rank"),
    ],
)
def test_one_that_cannot_stand_keeps_all_out(county: CountyWorld, second: dict[str, str], code: str) -> None:
    first, other = people(2)
    before = size()
    person = second.get("person", first if code == "post-held" else other)
    with pytest.raises(DataError) as refused:
        commit_all([taken(first), taken(person, **{k: v for k, v in second.items() if k != "person"})])
    assert refused.value.code == code and size() == before


def test_one_post_of_one_id(county: CountyWorld) -> None:
    first, other = people(2)
    post = new()
    with pytest.raises(DataError) as refused:
        commit_all([taken(first, post=post), taken(other, post=post)])
    assert refused.value.code == "post-known"
