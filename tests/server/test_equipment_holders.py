"""A number registered twice, and holders who do not fit any more: the pages say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse

from support.county_world import DEPARTMENT, OFFICER, make_home, named_id
from support.equipment_world import KEEPER, OTHER_DEPARTMENT, OTHER_KEEPER, EquipmentWorld
from zhilu.server.equipment.models import Equipment
from zhilu.server.ledger.clock import set_to, today
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.models import Post
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.pages.services.holders import warnings
from zhilu.server.pages.services.tasks import keeping
from zhilu.server.pages.services.tasks.desk import Card, Desk

COLLEAGUE = str(named_id("colleague without a key"))


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Any) -> EquipmentWorld:
    settings.ZHILU = make_home(tmp_path / "county")
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    world = EquipmentWorld(settings.ZHILU)
    world.found()
    world.person(COLLEAGUE, "李敏", "officer", None)
    world.train(COLLEAGUE)
    return world


def said(answer: HttpResponse) -> str:
    return answer.content.decode()


def card(of: str = KEEPER) -> Card | None:
    return keeping.unfit_holders(Desk(rights_of(UUID(of)), datetime.now(UTC)))


def test_a_number_that_is_registered_leads_to_its_correction(world: EquipmentWorld) -> None:
    client, before = world.as_(KEEPER), Entry.objects.count()
    sent = {"serial": " XT-0001 ", "model": "<b>", "department": DEPARTMENT}
    answer = client.post("/equipment/register/recorder", sent)
    assert answer.status_code == 400 and "该编号已登记" in said(answer)
    assert 'href="/equipment/register/recorder?serial=XT-0001"' in said(answer)
    assert Entry.objects.count() == before
    # A station of that number is another device; and what lies elsewhere is told to nobody.
    assert client.post("/equipment/register/station", sent | {"model": ""}).status_code == 302
    elsewhere = sent | {"department": OTHER_DEPARTMENT}
    refused = world.as_(OTHER_KEEPER).post("/equipment/register/recorder", elsewhere)
    assert refused.status_code == 400 and "serial=XT-0001" not in said(refused)
    evil = "<script>x"
    correcting = client.post("/equipment/register/recorder?serial=XT-0001", sent | {"model": evil})
    assert correcting.status_code == 302 and Equipment.objects.get(id="recorder:XT-0001").model == evil
    page = said(client.post("/equipment/register/recorder", sent))
    assert evil not in page and "&lt;script&gt;x" in page


def test_a_holder_who_is_not_the_one_assigned_is_told(world: EquipmentWorld) -> None:
    kid, client = world.recorder.kid, world.as_(KEEPER)
    assert client.post(f"/recorders/{kid}/assign", {"officer": OFFICER}).status_code == 302
    client.post(f"/recorders/{kid}/issue", {"person": OFFICER})
    assert "却分配给了" not in said(client.get(f"/recorders/{kid}")) and card() is None
    client.post(f"/recorders/{kid}/return", {"condition": "good"})
    assert "李敏 · " in said(client.get(f"/recorders/{kid}/issue"))
    assert "尚无交接用安全密钥" in said(client.get(f"/recorders/{kid}/issue"))
    assert client.post(f"/recorders/{kid}/issue", {"person": COLLEAGUE}).status_code == 302
    page = said(client.get(f"/recorders/{kid}"))
    assert "领用人是 李敏，却分配给了 张建国" in page and "李敏 尚无采集站交接用的安全密钥" in page
    told = card()
    assert told is not None and told.count == 1 and "分配给 张建国" in told.lines[0][0]
    assert card(OTHER_KEEPER) is None
    assert "领用人与现状不符" in said(client.get("/"))


def test_a_holder_who_works_elsewhere_is_told(world: EquipmentWorld) -> None:
    kid, client = world.recorder.kid, world.as_(KEEPER)
    client.post(f"/recorders/{kid}/issue", {"person": OFFICER, "department": DEPARTMENT})
    assert card() is None  # a section below counts
    post, day = str(named_id("post elsewhere")), today().isoformat()
    moved = {"person": OFFICER, "department": OTHER_DEPARTMENT, "rank": "officer", "since": day}
    before = str(Post.objects.get(person=OFFICER, until=None).id)
    world.say("post-left/1", post=before, until=day, reason="transfer")
    world.say("post-taken/1", post=post, **moved)
    assert "现已在 征收科 任职" in said(client.get(f"/recorders/{kid}"))
    told = card()
    assert told is not None and "征收科" in told.lines[0][0]
    with set_to(lambda: datetime.now(UTC) + timedelta(days=2)):
        world.say("post-left/1", post=post, until=today().isoformat(), reason="left")
        assert "现已无任职" in " ".join(warnings(kid))
        assert card() is not None
