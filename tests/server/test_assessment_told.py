"""Who is told of the assessment, and that no message says points or anybody's words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from support import bureau
from support.assessment_world import BESIDE_ME, ME, at, fault, month, on, published
from support.bureau import Bureau
from support.county_world import CountyWorld
from zhilu.server.assessment import rules
from zhilu.server.assessment.models import Publication
from zhilu.server.assessment.services import objecting
from zhilu.server.ledger.models.base import applying
from zhilu.server.organisation.models import Post
from zhilu.server.oversight.models import Message
from zhilu.server.oversight.services import messages


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    world = bureau.of(county)
    for persona in world.people:
        world.client(persona)
    return world


def told(code: str, moment: Any) -> dict[UUID, Message]:
    with at(moment):
        messages.tell_all()
    return {one.person: one for one in Message.objects.filter(code=code)}


def corrected(world: Bureau, finding: str) -> None:
    """His objection is upheld, and the month published once more."""
    with at(on(3, 1)):
        which = objecting.file(ME, month(), 1, "说明")
    with at(on(4, 1)):
        leader = UUID(world.people["leader*"])
        objecting.decide(leader, which, "upheld", [["finding", finding, "missing"]], [], "属实")
    published(world, 2, on(5, 1))


def test_everybody_in_it_is_told_once_and_of_a_correction_whom_it_concerns(world: Bureau) -> None:
    finding = fault(world)
    published(world)
    got = told("assessment-told", on(3, 1))
    assert ME in got and UUID(world.people["viewer"]) not in got
    assert got[ME].path == f"/assessment/{rules.said(month())}/people/{ME}"
    assert "95" not in str(got[ME].params)
    before = Message.objects.filter(code="assessment-told").count()
    told("assessment-told", on(3, 1, 5))
    assert Message.objects.filter(code="assessment-told").count() == before
    corrected(world, finding)
    told("assessment-told", on(6, 1))
    assert Message.objects.filter(code="assessment-told").count() == before + 1


def test_a_leader_is_told_of_an_objection_and_the_person_of_the_decision(world: Bureau) -> None:
    published(world)
    with at(on(3, 1)):
        which = objecting.file(BESIDE_ME, month(), 1, "当日为演练")
    waiting = {one.person for one in Message.objects.none()} | set(told("objection-waits", on(4, 1)))
    assert UUID(world.people["leader*"]) in waiting
    assert not Message.objects.filter(key=str(which), person=world.people["leader"]).exists()
    assert "演练" not in "".join(str(vars(one)) for one in Message.objects.all())
    with at(on(4, 1)):
        objecting.decide(UUID(world.people["leader*"]), which, "refused", [], [], "确为应录")
    with at(on(5, 1)):
        messages.tell_all()
    waits = Message.objects.get(key=str(which), code="objection-waits", person=world.people["leader*"])
    assert waits.settled_at is not None


def test_leaders_of_the_bureau_are_reminded_of_a_month_that_nobody_published(world: Bureau) -> None:
    assert told("assessment-due", on(9, 1)) == {}
    got = told("assessment-due", on(12, 1))
    assert UUID(world.people["leader*"]) in got and UUID(world.people["leader"]) not in got
    published(world, moment=on(13, 1))
    told("assessment-due", on(14, 1))
    assert all(one.settled_at for one in Message.objects.filter(code="assessment-due"))


def test_nobody_is_reminded_of_a_month_in_which_nobody_was_there(world: Bureau) -> None:
    with applying():
        Post.objects.update(until=month())
    assert told("assessment-due", on(12, 1)) == {}


def test_who_is_told_late_is_told_until_when_he_may_object_now(world: Bureau) -> None:
    finding = fault(world)
    published(world)
    corrected(world, finding)
    told("assessment-told", on(6, 1))
    versions = {one.version: str(objecting.until(one)) for one in Publication.objects.all()}
    rows = Message.objects.filter(code="assessment-told")
    assert versions[1] < versions[2] and {one.params["until"] for one in rows} == {versions[2]}
