"""The page of the search: what it shows, and to whom."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from support import bureau
from support.bureau import BESIDE, BEYOND, OWN, Bureau
from support.county_world import OFFICER, CountyWorld
from zhilu.server.evidence.models import Act
from zhilu.server.evidence.services import acts, links
from zhilu.server.organisation.models import AccessRow

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    grown = bureau.of(county)
    for place, word in ((OWN, "本科线索"), (BESIDE, "他科线索"), (BEYOND, "外局线索")):
        act = grown.things[place]["act"]
        writer = UUID(grown.things[place]["person"])
        texts = {"event": f"<script>alert(1)</script>{word}，税务检查", "place": "城关镇"}
        acts.file_statement(writer, Act.objects.get(id=act), 1, texts)
    links.link(OFFICER, grown.things[OWN]["act"], "taxpayer", "91130529MA0000001X")
    return grown


def page(world: Bureau, persona: str, words: str, **more: str) -> str:
    answer = world.client(persona).get("/search", {"words": words, **more})
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_each_finds_what_lies_in_his_scope_and_learns_of_nothing_else(world: Bureau) -> None:
    seen = {
        "officer": "本", "viewer": "本", "unit-head": "本", "approver": "本",
        "viewer*": "本他", "unit-head*": "本他",
    }  # fmt: skip
    for persona, which in seen.items():
        shown = page(world, persona, "线索 税务检查")
        assert ("1 条" in shown) == (len(which) == 1) and ("2 条" in shown) == (len(which) == 2), persona
        for word in "本他外":
            assert (f"{word}科" in shown or f"{word}局" in shown) == (word in which), persona
        assert "外局" not in page(world, persona, "外局线索").replace('value="外局线索"', "")


def test_a_foreign_act_and_one_that_is_not_there_look_alike(world: Bureau) -> None:
    foreign, none = (page(world, "viewer", words) for words in ("他科线索", "从无此事"))
    secret = r'name="csrfmiddlewaretoken" value="\w+"'
    foreign = foreign.replace("他科线索", "从无此事")
    assert re.sub(secret, "", foreign) == re.sub(secret, "", none)


def test_what_is_found_is_marked_and_no_markup(world: Bureau) -> None:
    shown = page(world, "officer", "税务检查 script")
    assert "<mark>税务检查</mark>" in shown and "&lt;<mark>script</mark>&gt;alert(1)" in shown
    assert "<script>alert" not in shown
    assert "<mark>91130529</mark>MA0000001X" in page(world, "officer", "91130529")


def test_the_words_are_kept_in_no_log(world: Bureau) -> None:
    page(world, "officer", "本科线索", first="2026-01-01")
    row = AccessRow.objects.latest("id")
    assert row.target.startswith("/search") and "线索" not in row.target and "%E7" not in row.target
    assert list(row.listed.values_list("about", flat=True)) == [world.things[OWN]["act"]]


def test_filters_narrow_and_pages_go_on(world: Bureau) -> None:
    assert "8 条" in page(world, "officer", "某纳税人")
    assert "8 条" not in page(world, "officer", "某纳税人", first="2999-01-01")
    client = world.client("viewer*")
    for number in range(30):
        act = acts.open_act(UUID(OFFICER), "C01", [OFFICER], f"批量户{number}", [_span(world)])
    whole, asked = [], {"words": "批量户"}
    while True:
        answer = client.get("/search", asked)
        whole += [found.row.act.taxpayer for found in answer.context["rows"]]
        if answer.context["older"] is None:
            break
        asked["older"] = answer.context["older"]
    assert whole == [f"批量户{number}" for number in reversed(range(30))] and act


def _span(world: Bureau) -> object:
    from zhilu.server.evidence.rules import Span

    return Span(world.things[OWN]["recording"], 0, 1_000_000)


def test_nothing_to_look_for_is_said(world: Bureau) -> None:
    assert "没有可供查找" in page(world, "officer", "？！ 😀")
    assert "没有可供查找" not in page(world, "officer", "")
    for words in (
        "税" * 10_000,
        "'; --",
        "\0税务",
        "\udc80".encode("utf-8", "surrogatepass").decode("latin1"),
    ):
        page(world, "viewer*", words)


def test_it_asks_few_queries(world: Bureau) -> None:
    client = world.client("viewer*")
    client.get("/search")
    with CaptureQueriesContext(connection) as asked:
        client.get("/search", {"words": "线索 税务"})
    assert sum(one["sql"].startswith(("SELECT", "INSERT", "UPDATE")) for one in asked) <= 15
