"""The pages of draws and reviews: what they show to whom, and what they refuse."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client, override_settings
from openpyxl import load_workbook

from support import bureau
from support.bureau import OTHER, Bureau
from support.county_world import SECTION, CountyWorld
from support.footage_reviews import PERIOD, announced, answers, filed, lists, made, released, supervisor
from support.queries import queries
from support.recordings import START
from zhilu.server.evidence.models import Recording
from zhilu.server.ledger.clock import day_of, now, today
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleGranted
from zhilu.server.organisation.models import AccessListed, AccessRow, Credential
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.oversight.models import Checklist, Draw, Drawn, FootageReview
from zhilu.server.oversight.services import reviewing
from zhilu.server.pages.services import review_pages

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    found = bureau.of(county)
    lists(found)
    return found


@pytest.fixture
def draw(world: Bureau, county: CountyWorld) -> Draw:
    return made(world, county)


@pytest.fixture
def client(world: Bureau) -> Client:
    return world.client("supervisor")


def url(drawn: Drawn) -> str:
    return f"/footage-reviews/{drawn.recording}/{drawn.draw_id}"


def at(draw: Draw, place: int) -> Drawn:
    return Drawn.objects.get(draw=draw, place=place)


def said(drawn: Drawn, *no: str) -> dict[str, str]:
    return {f"item-{code}": answer for code, answer in answers(drawn, *no).items()}


def test_the_queue_shows_what_waits_for_this_supervisor_and_asks_for_several_at_once(
    world: Bureau, draw: Draw, client: Client
) -> None:
    answer = client.get("/footage-reviews")
    rows = answer.context["rows"]
    assert [row.drawn.draw for row in rows].count(draw) == 4
    assert {row.drawn.recording for row in rows} == set(
        Drawn.objects.filter(department=SECTION).values_list("recording", flat=True)
    )
    assert {row.watch for row in rows} == {"to-ask"}
    assert AccessListed.objects.filter(about=rows[0].drawn.recording).exists()
    tickets = [str(row.drawn.id) for row in rows[:2]]
    page = client.post("/footage-reviews", {"do": "watch", "row": [*tickets, str(uuid4()), "x"]})
    ids = [f"recording={row.drawn.recording}" for row in rows[:2]]
    body = page.content.decode()
    assert all(one in body for one in ids) and "purpose=review" in body and body.count("recording=") == 2
    assert client.post("/footage-reviews", {"do": "watch"}).status_code == 302
    assert client.post("/footage-reviews", {"row": ["x"] * 65}).status_code == 302
    released(supervisor(world), rows[0].drawn.recording)
    assert client.get("/footage-reviews").context["rows"][0].watch == "watched"
    assert len(client.get("/footage-reviews?state=second").context["rows"]) == 0
    # Nobody is shown his own: the officer becomes supervisor and sees an empty queue.
    from support.county_world import OFFICER

    commit(RoleGranted(OFFICER, "supervisor", [SECTION]), "julu")
    own = world.client("officer")
    assert own.get("/footage-reviews").context["rows"] == []
    assert "本人" in own.get(url(at(draw, 0))).content.decode() or own.get(url(at(draw, 0))).context["is_own"]


def test_a_review_is_filed_from_its_page_and_the_next_one_follows(
    world: Bureau, draw: Draw, client: Client
) -> None:
    one = at(draw, 3)
    refused = client.post(url(one), said(one))
    assert refused.status_code == 400 and refused.context["form"].non_field_errors()
    released(supervisor(world), one.recording)
    lacking = said(one)
    lacking.pop("item-civil-language")
    assert client.post(url(one), lacking).status_code == 400
    assert client.post(url(one), said(one) | {"comment": "长" * 501}).status_code == 400
    assert client.post(url(one), said(one) | {"item-civil-language": "maybe"}).status_code == 400
    assert not FootageReview.objects.exists()
    done = client.post(url(one), said(one) | {"comment": "好\r\n" * 100})
    assert done.status_code == 302 and done["Location"] != url(one)
    assert client.get(done["Location"]).status_code == 200, "the next that waits, of whichever draw"
    assert FootageReview.objects.get().comment.startswith("好\n好")
    again = client.get(url(one))
    assert again.context["form"] is None and len(again.context["reviews"]) == 1
    assert client.post(url(one), said(one)).status_code in (302, 400) and FootageReview.objects.count() == 1


def test_what_the_viewing_room_will_ask_for_besides_is_said_before(
    world: Bureau, draw: Draw, client: Client
) -> None:
    def lacks() -> tuple[str, str]:
        one, row = at(draw, 1), str(at(draw, 1).id)
        chosen = client.post("/footage-reviews", {"do": "watch", "row": [row]})
        return client.get(url(one)).context["lacks"], chosen.context["lacks"]

    assert lacks() == ("viewer", "viewer")
    commit(RoleGranted(str(supervisor(world)), "viewer", [OTHER]), "julu")
    assert lacks() == ("viewer", "viewer"), "over another department"
    everywhere = world.client("supervisor*")
    commit(RoleGranted(str(supervisor(world, everywhere=True)), "viewer", None), "julu")
    assert "/register" in everywhere.get(url(at(draw, 1))).content.decode()
    with applying():
        Credential.objects.create(
            id="key", person=supervisor(world, everywhere=True), public_key="", roles=["viewer"],
            revoked=False, at=now(), entry=1,
        )  # fmt: skip
    page = everywhere.get(url(at(draw, 1)))
    assert page.context["lacks"] == "" and "/register" not in page.content.decode()


def test_the_officer_reads_what_was_found_and_no_other_does(
    world: Bureau, draw: Draw, client: Client
) -> None:
    one = at(draw, 2)
    filed(supervisor(world), one, "civil-language", comment="语气生硬")
    body = world.client("officer").get("/footage-reviews/mine").content.decode()
    assert "语气生硬" in body and "用语文明" in body
    row = world.client("officer").get("/footage-reviews/mine").context["rows"][0]
    assert row.result == "waits"
    filed(supervisor(world, everywhere=True), one, "civil-language")
    results = [row.result for row in world.client("officer").get("/footage-reviews/mine").context["rows"]]
    assert results == ["failed", "failed"]
    for role in ("viewer", "supervisor", "unit-head"):
        assert world.client(role).get("/footage-reviews/mine").status_code == 403


def test_a_draw_is_announced_counted_and_shown(world: Bureau, county: CountyWorld, client: Client) -> None:
    asked = {
        "first": day_of(PERIOD[0]).isoformat(),
        "last": day_of(START).isoformat(),
        "departments": [SECTION],
        "size": "40",
        "unit": "percent",
        "second": "10",
    }
    counted = client.post("/footage-reviews/draws/new", asked | {"do": "count"})
    assert counted.context["counted"] > 3 and not Draw.objects.filter(kind="random").exists()
    for wrong in (
        {"size": "0"},
        {"size": "101"},
        {"size": "x"},
        {"departments": []},
        {"departments": [OTHER]},
        {"first": "2999-01-01"},
        {"first": "0001-01-01"},
        {"second": "101"},
        {"last": "9999-12-31"},
        {"first": (today() - timedelta(days=500)).isoformat()},
    ):
        assert client.post("/footage-reviews/draws/new", asked | wrong).status_code == 400, wrong
    done = client.post("/footage-reviews/draws/new", asked)
    found = Draw.objects.get(kind="random")
    assert done["Location"] == f"/footage-reviews/draws/{found.id}"
    assert found.population == counted.context["counted"]
    page = client.get(done["Location"])
    assert page.context["cosigner"] == "own" and found.list_hash in page.content.decode()
    assert client.get(f"{done['Location']}/file").status_code == 409
    assert client.post("/footage-reviews/draws/new", asked).status_code == 400  # one waits
    assert client.get("/footage-reviews/draws").context["rows"][0].state == "waits"


def test_recordings_are_chosen_by_a_criterion(world: Bureau, client: Client) -> None:
    officer = Recording.objects.filter(department=SECTION, drill=False).first()
    assert officer
    asked = {"first": day_of(PERIOD[0]).isoformat(), "last": today().isoformat(), "most": "5", "second": "0"}
    path = "/footage-reviews/draws/target"
    assert client.post(path, asked | {"what": "rule:viewing-burst"}).status_code == 400
    assert client.post(path, asked | {"what": "mood:bad"}).status_code == 400
    assert client.post(path, asked | {"what": ""}).status_code == 400
    done = client.post(path, asked | {"what": f"officer:{officer.officer}"})
    assert done.status_code == 302 and Draw.objects.latest("entry").size == 5
    # Of another department's officer there is nothing to choose from.
    other = Recording.objects.filter(department=OTHER, drill=False).first()
    assert other
    assert client.post(path, asked | {"what": f"officer:{other.officer}"}).status_code == 400


def test_another_departments_draw_is_not_there(world: Bureau, county: CountyWorld, client: Client) -> None:
    everywhere = supervisor(world, everywhere=True)
    there = Recording.objects.filter(department=OTHER, drill=False).values_list("id", flat=True)[:2]
    person = Recording.objects.get(id=there[0]).officer
    other = reviewing.target(everywhere, "officer", str(person), PERIOD, list(there), 0)
    drawn = Drawn.objects.filter(draw=other).first()
    assert drawn
    for path in (f"/footage-reviews/draws/{other}", url(drawn), f"/footage-reviews/draws/{other}/file"):
        assert client.get(path).status_code == 404
        assert world.client("supervisor*").get(path).status_code == (404 if path.endswith("file") else 200)
    assert there[0] not in {row.drawn.recording for row in client.get("/footage-reviews").context["rows"]}
    # Of one in which both are drawn each sees his own part.
    both = announced(world, departments=[UUID(SECTION)])
    assert client.get(f"/footage-reviews/draws/{both.id}").status_code == 200
    assert client.get(url(drawn).replace(str(drawn.recording), str(uuid4()))).status_code == 404


def test_the_file_of_a_draw_has_proofs_and_ids_and_no_names(
    world: Bureau, county: CountyWorld, draw: Draw, client: Client
) -> None:
    county.publish()
    answer = client.get(f"/footage-reviews/draws/{draw.id}/file")
    said = json.loads(answer.content)
    assert said["type"] == "zhilu-draw/1" and len(said["population"]) == draw.population
    assert {"announced", "made"} <= said.keys()


def typed(lines: Any) -> dict[str, str]:
    """What the browser sends of a form that nobody touched."""
    every = [*lines.management_form, *(field for line in lines for field in line)]
    said = {field.html_name: field.value() for field in every}
    return {
        name: "on" if value is True else str(value)
        for name, value in said.items()
        if value not in (None, False)
    }


def test_checklists_are_read_by_many_and_set_by_the_legal_editor(world: Bureau) -> None:
    editor = world.client("legal-editor")
    page = editor.get("/footage-reviews/checklists")
    assert [one.code for one in page.context["lists"]][-1] == "general" and not page.context["is_missing"]
    path = "/footage-reviews/checklists/scene"
    begin = typed(editor.get(path).context["form"].lines)
    assert begin["item-0-code"] == "scene-whole" and begin["item-TOTAL_FORMS"] == "9"
    day = {"since": today().isoformat()}
    for wrong in (
        {"item-6-zh": "灯亮"},
        {"item-6-zh": "长" * 201, "item-6-en": "x"},
        {"item-0-code": "Bad code"},
        {"item-0-code": "civil-language"},
        {"item-0-ORDER": "x"},
        {"item-TOTAL_FORMS": "x"},
        {"since": "2020-01-01"},
    ):
        assert editor.post(path, begin | day | wrong).status_code == 400, wrong
    more = {"item-6-zh": "灯亮", "item-6-en": "The lamp is on", "item-6-na": "on", "item-6-ORDER": "0"}
    assert editor.post(path, begin | day | more | {"item-5-zh": "", "item-5-en": ""}).status_code == 302
    before, newest = Checklist.objects.filter(class_code="scene").order_by("version")
    lamp = {"code": "item-1", "zh": "灯亮", "en": "The lamp is on", "must": False, "na": True}
    assert newest.items == [*before.items[:3], lamp, *before.items[3:8]]
    again = typed(editor.get(path).context["form"].lines) | day
    another = {"item-6-zh": "门开", "item-6-en": "The door is open", "item-0-zh": "灯亮着"}
    assert editor.post(path, again | another).status_code == 302
    newest = Checklist.objects.filter(class_code="scene").latest("version")
    assert [(one["code"], one["zh"]) for one in (newest.items[3], newest.items[-1])] == [
        ("item-1", "灯亮着"),
        ("item-2", "门开"),
    ]
    assert editor.get("/footage-reviews/checklists/wedding").status_code == 404
    assert world.client("supervisor").post("/footage-reviews/checklists").status_code in (403, 404)
    assert world.client("officer").get("/footage-reviews/checklists").status_code == 200


def test_figures_count_what_was_drawn_reviewed_and_agreed(world: Bureau, draw: Draw, client: Client) -> None:
    first, second = supervisor(world), supervisor(world, everywhere=True)
    one = at(draw, 0)
    filed(first, one)
    filed(second, one, "civil-language")
    path = f"/footage-reviews/figures?first={day_of(PERIOD[0])}&last={today()}"
    page = client.get(path).context
    whole, agreed = page["whole"], page["agreement"]
    assert (whole.drawn, whole.reviewed, whole.passed) == (4, 1, 0)
    assert whole.recordings == draw.population + 1 and whole.officers_reviewed == 1
    assert (agreed.twice, agreed.same_result) == (1, 0) and agreed.items - agreed.alike == 1
    assert page["differing"] == [("用语文明、举止规范", 1)] and agreed.kappa == pytest.approx(0.0)
    assert client.get("/footage-reviews/figures?first=x&last=9999-99-99").status_code == 200


def test_pages_ask_few_questions(world: Bureau, draw: Draw, client: Client) -> None:
    filed(supervisor(world), at(draw, 0), "civil-language")
    ids = [at(draw, 1).recording]
    chosen = reviewing.target(supervisor(world), "officer", str(at(draw, 1).officer), PERIOD, ids, 0)
    for path in (
        "/footage-reviews",
        "/footage-reviews/draws",
        f"/footage-reviews/draws/{draw.id}",
        "/footage-reviews/draws/new",
        "/footage-reviews/draws/target",
        "/footage-reviews/figures",
        "/footage-reviews/checklists",
        url(at(draw, 1)),
        url(at(draw, 0)),
        url(Drawn.objects.get(draw=chosen)),
    ):
        assert queries(client, path) <= MOST_QUERIES, path
    assert queries(world.client("officer"), "/footage-reviews/mine") <= MOST_QUERIES


def test_without_a_viewing_room_nothing_is_asked_for(world: Bureau, draw: Draw, client: Client) -> None:
    from dataclasses import replace

    with override_settings(ZHILU=replace(settings.ZHILU, keyholder=None)):
        assert client.get("/footage-reviews").status_code == 200
        assert client.get(url(at(draw, 0))).context["watch_url"] == ""
        ticket = str(at(draw, 0).id)
        assert client.post("/footage-reviews", {"row": [ticket]}).status_code == 200


def test_draws_and_results_are_taken_out_as_files(world: Bureau, client: Client, draw: Draw) -> None:
    filed(supervisor(world), at(draw, 1), "recording-told", comment="=1+1 请提醒。")
    officer = world.client("officer")
    for who, path, rows in (
        (client, "/footage-reviews/draws", len(review_pages.draws(rights_of(supervisor(world))))),
        (client, f"/footage-reviews/draws/{draw.id}", draw.size),
        (officer, "/footage-reviews/mine", 1),
    ):
        taken = AccessRow.objects.filter(action="export").count()
        header, *lines = book(who.get(f"{path}?export=xlsx"))
        assert len(lines) == rows and all(len(one) == len(header) for one in lines), path
        assert "export=xlsx" in who.get(path).content.decode()
        assert AccessRow.objects.filter(action="export").count() == taken + 1
    assert "=1+1 请提醒。" in lines[0] and "告知对方全程录音录像" in lines[0]
    assert officer.get("/footage-reviews/draws?export=xlsx").status_code == 403


def book(answer: Any) -> list[list[Any]]:
    """Rows of the one sheet."""
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows(values_only=True)]
