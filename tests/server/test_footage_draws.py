"""Draws: what is announced first, what the seed makes of it, and what a county cannot get past."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db.models import QuerySet

from support import bureau
from support.bureau import OTHER, Bureau
from support.county_world import SECTION, CountyWorld
from support.footage_reviews import AHEAD, PERIOD, announced, made, supervisor
from support.organisation import refused
from zhilu.encoding import format_time
from zhilu.sealed import draws
from zhilu.server.evidence.models import Recording
from zhilu.server.ledger import clock
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.oversight import events_reviews as events
from zhilu.server.oversight.models import Checklist, Draw, Drawn
from zhilu.server.oversight.rules_reviews import COMMON_ITEMS
from zhilu.server.oversight.services import drawing, reviewing

pytestmark = pytest.mark.db


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def section() -> QuerySet[Recording]:
    return Recording.objects.filter(department=SECTION, drill=False, opened_at__range=PERIOD).exclude(
        opened_at=PERIOD[1]
    )


def test_a_draw_takes_what_the_cosignature_after_its_announcement_gives(
    world: Bureau, county: CountyWorld
) -> None:
    draw = made(world, county)
    drawn = list(Drawn.objects.filter(draw=draw).order_by("place"))
    ids = set(map(str, section().values_list("id", flat=True)))
    note = draw.note.encode()
    again = draws.draw(drawing.announced(draw), sorted(ids), note)
    assert [str(one.recording) for one in drawn] == list(again.chosen) and len(drawn) == 4
    assert draw.seed == again.seed.hex() and draw.size == 4
    assert [one.twice for one in drawn] == [True, True, False, False]
    assert all(one.department == UUID(SECTION) and one.officer for one in drawn)
    # The cosignature covers the announcement, and nothing that comes later changes what was drawn from.
    assert draws.cosignature(note, drawing.announced(draw))
    assert drawing.defect(draw, draw.note, draw.seed, list(again.chosen)) == ""
    assert reviewing.make_all() == 0


def test_who_was_drawn_is_in_no_later_list_and_drills_and_imports_in_none(
    world: Bureau, county: CountyWorld
) -> None:
    first = made(world, county, sample=(None, 50))
    gone = set(Drawn.objects.filter(draw=first).values_list("recording", flat=True))
    there = drawing.population([SECTION], *PERIOD, size())
    assert gone and not gone & set(map(UUID, there))
    kept = Recording.objects.filter(department=SECTION, id__in=there)
    assert not kept.filter(drill=True).exists() and not kept.filter(origin="import").exists()
    assert len(there) + len(gone) == first.population
    second = made(world, county, sample=(None, 100))
    assert set(Drawn.objects.filter(draw=second).values_list("recording", flat=True)) == set(map(UUID, there))
    refused("draw-population", announced, world)


def test_another_list_time_or_cosigner_than_the_ledger_has_is_refused(world: Bureau) -> None:
    ids = drawing.population([SECTION], *PERIOD, size())
    said = events.DrawAnnounced(
        draw=str(uuid4()),
        departments=[SECTION],
        since=format_time(PERIOD[0]),
        until=format_time(PERIOD[1]),
        list_=draws.list_hash(ids).hex(),
        population=len(ids),
        count=3,
        percent=None,
        second=10,
        after=format_time(clock.now() + timedelta(hours=1)),
        cosigner=drawing.cosigners()[0],
    )
    me = str(supervisor(world))
    for code, other in (
        ("draw-list", replace(said, list_=draws.list_hash(ids[1:]).hex())),
        ("draw-list", replace(said, population=len(ids) - 1)),
        ("draw-after", replace(said, after=format_time(clock.now() - timedelta(seconds=1)))),
        ("draw-after", replace(said, after=format_time(clock.now() + timedelta(days=8)))),
        ("draw-cosigner", replace(said, cosigner="x" + said.cosigner)),
        ("draw-sample", replace(said, percent=5)),
        ("draw-sample", replace(said, count=None)),
        ("draw-sample", replace(said, count=0)),
        ("draw-sample", replace(said, second=101)),
        ("draw-period", replace(said, since=said.until)),
        ("draw-scope", replace(said, departments=[OTHER])),
        ("draw-scope", replace(said, departments=None)),
        ("draw-scope", replace(said, departments=[])),
    ):
        refused(code, commit, other, me)
    for nobody in (world.people["viewer*"], world.people["unit-head"], "julu"):
        refused("draw-scope", commit, said, nobody)
    commit(said, me)
    refused("draw-known", commit, said, me)


def test_a_second_announcement_until_it_pleases_is_refused_while_one_waits(
    world: Bureau, county: CountyWorld
) -> None:
    announced(world)
    refused("draw-open", announced, world)
    refused("draw-open", announced, world, period=(PERIOD[0] - timedelta(days=1), PERIOD[1]))
    everywhere = supervisor(world, everywhere=True)
    refused("draw-open", reviewing.announce, everywhere, None, PERIOD, (1, None), 0)
    # Another department's is no second try at these.
    assert reviewing.announce(everywhere, [UUID(OTHER)], PERIOD, (1, None), 0)
    assert Draw.objects.filter(made_at=None).count() == 2


def test_a_list_is_read_once_and_not_under_the_lock(
    world: Bureau, county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, real = [], drawing.population
    monkeypatch.setattr(drawing, "population", lambda *which: asked.append(which) or real(*which))
    made(world, county)
    assert len(asked) == 2, "once to announce, once to make"


def test_while_a_draw_waits_nothing_is_looked_at_twice(
    world: Bureau, county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, real, time = [], drawing.first_note, clock._source
    monkeypatch.setattr(drawing, "first_note", lambda draw: asked.append(draw) or real(draw))
    with clock.set_to(lambda: time() - AHEAD):
        draw = announced(world)
    for _ in range(3):
        assert not reviewing.make(draw)
    assert len(asked) == 1
    county.publish()
    assert reviewing.make(draw)


def test_what_came_since_a_list_was_read_is_seen(world: Bureau, county: CountyWorld) -> None:
    found = drawing.read([SECTION], *PERIOD, size())
    first = made(world, county)
    with drawing.known_list(found):
        now = drawing.as_of([SECTION], *PERIOD, size())
    assert now.count == found.count - first.size and now.hash != found.hash
    with drawing.known_list(now):
        assert drawing.as_of([SECTION], *PERIOD, size()) is now
        assert drawing.as_of([OTHER], *PERIOD, size()) is not now
    assert drawing.as_of([SECTION], *PERIOD, size()) == now


def test_nobody_but_the_server_makes_a_draw_and_it_makes_no_other(world: Bureau, county: CountyWorld) -> None:
    real = clock._source
    county.publish()
    old = Checkpoint.objects.order_by("-size").first()
    assert old
    with clock.set_to(lambda: real() - AHEAD):
        draw = announced(world)
    assert reviewing.make_all() == 0, "no cosignature covers it yet"
    county.publish()
    note = drawing.first_note(draw)
    assert note
    good = drawing.result(draw, note)
    said = events.DrawMade(str(draw.id), note.decode(), good.seed.hex(), list(good.chosen))
    server = settings.ZHILU.bureau
    other = draws.seed(bytes(32), bytes(72))
    for code, forged in (
        ("draw-seed", replace(said, seed=other.hex())),
        ("draw-chosen", replace(said, chosen=list(reversed(said.chosen)))),
        ("draw-chosen", replace(said, chosen=said.chosen[:-1])),
        ("draw-chosen", replace(said, chosen=[*said.chosen[:-1], said.chosen[0]])),
        # A cosignature of before the announcement, with which the clock was set back.
        ("draw-covered", replace(said, note=bytes(old.note).decode())),
        (
            "note-signature",
            replace(said, note=said.note.replace("julu.example/ledger", "qinghe.example/ledger")),
        ),
        ("draw-known", replace(said, draw=str(uuid4()))),
    ):
        refused(code, commit, forged, server)
    refused("actor", commit, said, str(supervisor(world)))
    # The next cosignature is another seed; the first one is taken.
    draw2 = commit(said, server)
    assert draw2 and Draw.objects.get(id=draw.id).made_at
    refused("draw-known", commit, said, server)


def test_a_later_cosignature_than_the_first_one_kept_is_refused(world: Bureau, county: CountyWorld) -> None:
    real = clock._source
    with clock.set_to(lambda: real() - AHEAD):
        draw = announced(world)
    county.publish()
    first = drawing.first_note(draw)
    reviewing.announce(supervisor(world, everywhere=True), [UUID(OTHER)], PERIOD, (1, None), 0)
    county.publish()
    notes = [note for _, note in drawing._cosigned(draw, county.cosigner.signer.verifier)]
    assert len(notes) == 2 and drawing.first_note(draw) == first
    later = next(one.format() for one in notes if one.format() != first)
    found = drawing.result(draw, later)
    said = events.DrawMade(str(draw.id), later.decode(), found.seed.hex(), list(found.chosen))
    refused("draw-first", commit, said, settings.ZHILU.bureau)
    assert reviewing.make_all() == 1


def test_a_targeted_draw_names_what_meets_its_criterion_and_nothing_else(world: Bureau) -> None:
    me = supervisor(world)
    mine = list(section()[:3])
    officer = str(mine[0].officer)
    ids = [one.id for one in mine]
    beside = Recording.objects.filter(department=OTHER, drill=False).first()
    assert beside
    refused("draw-scope", reviewing.target, me, "officer", str(beside.officer), PERIOD, [beside.id], 0)
    refused("draw-criterion", reviewing.target, me, "officer", str(beside.officer), PERIOD, ids, 0)
    refused("draw-criterion", reviewing.target, me, "mood", "bad", PERIOD, ids, 0)
    refused("draw-criterion", reviewing.target, me, "rule", "gap", PERIOD, ids, 0)
    refused("recording-unknown", reviewing.target, me, "officer", officer, PERIOD, [*ids, uuid4()], 0)
    refused("draw-sample", reviewing.target, me, "officer", officer, PERIOD, [], 0)
    draw = reviewing.target(me, "officer", officer, PERIOD, ids, 34)
    drawn = Drawn.objects.filter(draw=draw).order_by("place")
    assert {one.recording for one in drawn} == set(ids) and [one.twice for one in drawn] == [
        True,
        True,
        False,
    ]
    described = Recording.objects.filter(department=SECTION, acts__gt=0).first()
    assert described and reviewing.target(me, "procedure", "C01", (PERIOD[0], clock.now()), [described.id], 0)
    # What somebody chose is still in the list from which chance draws.
    assert str(ids[0]) in drawing.population([SECTION], *PERIOD, size())


def test_checklists_begin_with_the_three_and_count_from_their_day(world: Bureau) -> None:
    editor = UUID(world.people["legal-editor"])
    assert set(reviewing.proposed()) == {"household", "interview", "scene", "determined", "general"}
    assert set(Checklist.objects.values_list("class_code", flat=True)) == set(reviewing.proposed())
    assert reviewing.adopt_proposed(editor) == []
    whole = reviewing.proposed()["household"]
    today = clock.today()
    for wrong in (
        whole[1:],
        (replace(whole[0], must=False), *whole[1:]),
        (whole[1], whole[0], *whole[2:]),
        (*whole, whole[-1]),
        (*whole, replace(whole[-1], code="Bad Code")),
        (*whole, replace(whole[-1], code="new", zh="")),
        (*whole, replace(whole[-1], code="new", en="x" * 201)),
        (*whole, *(replace(whole[-1], code=f"new-{n}") for n in range(40))),
    ):
        refused("checklist-items", reviewing.set_checklist, editor, "household", today, wrong)
    refused("checklist-since", reviewing.set_checklist, editor, "household", today - timedelta(days=1), whole)
    refused("checklist-class", reviewing.set_checklist, editor, "wedding", today, whole)
    refused("actor", reviewing.set_checklist, supervisor(world), "household", today, whole)
    reviewing.set_checklist(editor, "household", today + timedelta(days=3), COMMON_ITEMS)
    assert Checklist.objects.filter(class_code="household").count() == 2
