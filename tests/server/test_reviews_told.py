"""Who is told of reviews, and that no message holds what a reviewer wrote."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from support import bureau
from support.bureau import Bureau
from support.county_world import OFFICER, CountyWorld
from support.footage_reviews import filed, made, supervisor
from zhilu.server.ledger.clock import now
from zhilu.server.oversight.models import Drawn, Message
from zhilu.server.oversight.services import messages
from zhilu.server.oversight.services import telling_reviews as telling

pytestmark = pytest.mark.django_db
SECRET = "语气生硬"


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def test_an_officer_is_told_what_did_not_pass_and_a_second_reviewer_what_waits(
    world: Bureau, county: CountyWorld
) -> None:
    draw = made(world, county)
    me, other = supervisor(world), supervisor(world, everywhere=True)
    asked = {(one.person, one.params["count"]) for one in telling.drawn(now()) if one.key == str(draw.id)}
    assert asked == {(me, 4), (other, 4)}
    first, second = Drawn.objects.filter(draw=draw).order_by("place")[2:4]
    filed(me, first, "civil-language", comment=SECRET)
    filed(me, second)
    assert [(one.person, one.params["result"]) for one in telling.of_mine(now())] == [
        (UUID(OFFICER), "waits")
    ]
    assert [(one.person, one.params["count"]) for one in telling.second(now())] == [(other, 1)]
    assert list(telling.second(now() + timedelta(days=16))) == []
    filed(other, first)
    assert [one.params["result"] for one in telling.of_mine(now())] == ["waits", "passed"]
    assert list(telling.second(now())) == []
    assert {one.params["count"] for one in telling.drawn(now()) if one.key == str(draw.id)} == {2}
    world.client("officer"), world.client("supervisor")
    messages.tell_all()
    rows = list(Message.objects.all())
    assert {"review-told", "review-drawn"} <= {one.code for one in rows}
    assert SECRET not in str([vars(one) for one in rows])
