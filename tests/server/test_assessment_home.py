"""Home pages: months to publish, objections to decide, what nobody has settled before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from support import answers_world
from support.assessment_world import BESIDE_ME, ME, at, fault, grown, month, on, over, published
from support.bureau import OTHER, Bureau
from support.county_world import CountyWorld
from support.organisation import refused
from support.queries import queries
from zhilu.server.assessment import rules
from zhilu.server.assessment.models import Objection
from zhilu.server.assessment.services import objecting
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models.base import applying
from zhilu.server.organisation.models import Post
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.pages.services import tasks
from zhilu.server.pages.services.tasks.desk import Desk

PUBLISH, OBJECTIONS = "待公布考核", "待裁定异议"


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    made = grown(county)
    with applying():
        Objection.objects.filter(decision="").update(decision="refused")
    return made


def cards(world: Bureau, persona: str, moment: Any) -> dict[str, Any]:
    with at(moment):
        desk = Desk(rights_of(UUID(world.people[persona])), now())
        if persona.startswith("leader"):
            return {card.title: card for card in tasks.cards_apart(desk, "leader+")}
        return {card.title: card for card in tasks.cards(desk, "supervisor")}


def test_a_leader_of_the_bureau_is_told_of_the_month_that_is_over(world: Bureau) -> None:
    card = cards(world, "leader*", on(2, 1))[PUBLISH]
    assert (card.tone, card.count) == ("waits", 1)
    assert card.lines == [(rules.said(month()), f"/assessment/{rules.said(month())}")]
    assert cards(world, "leader*", on(11, 1))[PUBLISH].tone == "late"
    assert PUBLISH not in cards(world, "leader", on(11, 1))
    published(world)
    assert PUBLISH not in cards(world, "leader*", on(11, 1))
    with applying():
        Post.objects.update(until=month())
    assert PUBLISH not in cards(world, "leader*", on(2, 2)), "nobody was there"


def test_a_published_month_that_is_to_be_corrected_is_named(world: Bureau) -> None:
    finding = fault(world)
    published(world)
    with at(on(3, 1)):
        which = objecting.file(ME, month(), 1, "说明")
    with at(on(4, 1)):
        struck = [["finding", finding, "missing"]]
        objecting.decide(UUID(world.people["leader*"]), which, "upheld", struck, [], "属实")
    card = cards(world, "leader*", on(5, 1))[PUBLISH]
    assert card.lines[0][0] == f"{rules.said(month())}：重新公布" and card.tone == "waits"
    published(world, 2, on(6, 1))
    assert PUBLISH not in cards(world, "leader*", on(7, 1))


def test_leaders_are_told_of_the_objections_of_their_departments_but_not_of_their_own(world: Bureau) -> None:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import RoleGranted

    published(world)
    with at(on(3, 1)):
        objecting.file(BESIDE_ME, month(), 1, "当日为演练")
        mine = objecting.file(ME, month(), 1, "说明")
    assert cards(world, "leader*", on(4, 1))[OBJECTIONS].count == 2
    card = cards(world, "leader", on(4, 1))[OBJECTIONS]
    assert card.count == 1 and card.lines[0][1] == f"/objections/{mine}"
    with at(on(4, 1)):
        commit(RoleGranted(str(ME), "leader", None), world.people["security-administrator"])
        desk = Desk(rights_of(ME), now() + timedelta(seconds=1))
        found = {one.title: one for one in tasks.cards_apart(desk, "leader+")}
    assert found[OBJECTIONS].count == 1 and str(mine) not in str(found[OBJECTIONS].lines)
    assert "演练" not in str(found)


def test_who_leads_by_delegation_only_is_told_of_nothing_that_he_cannot_decide(world: Bureau) -> None:
    from zhilu.server.assessment.services import telling
    from zhilu.server.organisation.services import delegations

    published(world)
    with at(on(3, 1)):
        which = objecting.file(BESIDE_ME, month(), 1, "当日为演练")
        giver = UUID(world.people["leader*"])
        delegations.give(rights_of(giver), giver, ME, "leader", now(), now() + timedelta(days=60))
    with at(on(12, 2)):
        assert "leader" in rights_of(ME).delegated
        desk = Desk(rights_of(ME), now())
        assert tasks.cards_apart(desk, "leader+") == []
        told = [*telling.to_decide(now()), *telling.to_publish(now())]
        assert {giver} <= {one.person for one in told} and ME not in {one.person for one in told}
        refused("actor", objecting.decide, ME, which, "refused", [], [], "x")


def test_a_supervisor_is_told_what_nobody_concluded_before_it_is_published(world: Bureau) -> None:
    title = f"{rules.said(month())} 公布之前"
    day = month().replace(day=9).isoformat()
    answers_world.raised("gap", "x", day=day, moment=on(9))
    answers_world.raised("gap", "y", day=day, moment=on(9), department=OTHER, persons=(str(BESIDE_ME),))
    answers_world.raised("gap", "z", day=day, moment=on(9), persons=(world.people["supervisor*"],))
    assert title not in cards(world, "supervisor*", on(28)), "it is not over"
    assert cards(world, "supervisor*", on(2, 1))[title].count == 2, "not his own"
    assert cards(world, "supervisor", on(2, 1))[title].count == 2, "those of his department"
    published(world, moment=on(2, 1, 5))
    assert title not in cards(world, "supervisor*", on(3, 1))


def test_the_cards_ask_little(world: Bureau) -> None:
    fault(world)
    answers_world.raised("gap", "x", day=month().replace(day=9).isoformat(), moment=on(9))
    with over():
        parts = [("leader*", "/"), ("leader*", "/?as=leader%2B"), ("leader", "/?as=leader%2B")]
        for persona, path in [*parts, ("supervisor", "/")]:
            assert queries(world.client(persona), path) <= 15, (persona, path)
        told = world.client("leader*").get("/?as=leader%2B").content.decode()
        assert f"/assessment/{rules.said(month())}" in told and PUBLISH in told
