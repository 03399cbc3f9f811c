"""Outcomes of acts as they count: seen by the head, shown by a recording, once."""

from __future__ import annotations

from uuid import uuid4

import pytest

from support.assessment_world import (
    ME,
    at,
    confirm,
    grown,
    line,
    month,
    next_month,
    objection,
    on,
    outcome,
    persona,
    published,
    told,
)  # fmt: skip
from support.bureau import Bureau
from support.county_world import CountyWorld
from support.organisation import refused
from zhilu.server.assessment.services import grounds, objecting
from zhilu.server.assessment.services.reckoning import scheme_of
from zhilu.server.ledger.services.commit import commit

pytestmark = pytest.mark.db


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return grown(county)


def test_an_outcome_that_no_head_confirmed_or_that_is_withdrawn_is_good_for_nothing(world: Bureau) -> None:
    from zhilu.server.evidence.events_links import OutcomeWithdrawn

    outcome(world, confirmed=False)
    assert line().credited == 0
    second = outcome(world, "off-book-found")
    assert line().credited == 20 + 30
    with at(on(9)):
        commit(OutcomeWithdrawn(str(second), "wrong-act"), str(ME))
    outcome(world)  # of the same act and kind: once
    outcome(world, "tax-collected")
    assert line().credited == 20


def test_an_outcome_that_the_head_has_not_seen_is_good_for_nothing(world: Bureau) -> None:
    outcome(world)
    late = outcome(world, "off-book-found", confirmed=False, day=8)
    assert line().credited == 20, "the statement was confirmed before"
    published(world)
    which = objection(world)
    with at(on(4, 1)):
        objecting.decide(persona(world, "leader*"), which, "upheld", [], [str(late)], "录像属实。")
    assert line(version=2, moment=on(5, 1)).credited == 20 + 30
    with at(on(6, 1)):
        confirm(world)
    later = outcome(world, "disturbance-handled", confirmed=False, moment=on(7, 1))
    assert next_month().credited == 0 and later
    with at(on(8, 1)):
        confirm(world)
    assert next_month().credited == 20


def test_the_same_of_an_act_is_good_in_one_month_only(world: Bureau) -> None:
    from zhilu.server.evidence.events_links import OutcomeWithdrawn

    first = outcome(world)
    published(world)
    again = outcome(world, moment=on(5, 1))
    assert next_month().credited == 0, "recorded once more"
    with at(on(6, 1)):
        commit(OutcomeWithdrawn(str(first), "wrong-act"), str(ME))
    assert next_month().credited == 0, "withdrawn after the month that it counted in"
    assert str(again) not in {str(one.id) for one in grounds.outcomes_in(month(1), scheme_of(month(1)))}
    outcome(world, "off-book-found", moment=on(7, 1))
    assert next_month().credited == 30


def test_what_was_withdrawn_in_its_month_may_be_recorded_in_the_next(world: Bureau) -> None:
    from zhilu.server.evidence.events_links import OutcomeWithdrawn

    first = outcome(world)
    with at(on(9)):
        commit(OutcomeWithdrawn(str(first), "wrong-act"), str(ME))
    outcome(world, moment=on(5, 1))
    assert next_month().credited == 20


def test_an_act_of_nothing_but_a_drill_is_good_for_nothing(world: Bureau) -> None:
    from zhilu.server.evidence.models import ActSpan, Recording
    from zhilu.server.ledger.models.base import applying

    outcome(world)
    spans = ActSpan.objects.filter(act=world.things["own"]["act"]).values("recording")
    with applying():
        Recording.objects.filter(id__in=spans).update(drill=True)
    assert line().credited == 0


def test_what_an_objection_grants_counts_without_the_confirmation(world: Bureau) -> None:
    one = outcome(world, confirmed=False)
    other = outcome(world, "tax-collected", confirmed=False)
    published(world)
    which, leader = objection(world), persona(world, "leader*")
    with at(on(4, 1)):
        refused("objection-granted", objecting.decide, leader, which, "upheld", [], [str(other)], "x")
        refused("objection-granted", objecting.decide, leader, which, "upheld", [], [str(uuid4())], "x")
        objecting.decide(leader, which, "upheld", [], [str(one)], "录像属实。")
    published(world, 2, on(5, 1))
    assert told(version=2).tenths == 1020
