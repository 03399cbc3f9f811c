"""Reviews: of what was drawn, by whom it was released to, each level once, and what follows from them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections

from support import bureau
from support.bureau import Bureau
from support.county_world import OFFICER, CountyWorld
from support.footage_reviews import PERIOD, answers, filed, lists, made, released, supervisor
from support.organisation import refused
from zhilu.errors import ZhiluError
from zhilu.protocols.viewing import Span
from zhilu.server.evidence.events_viewings import ViewingRequested
from zhilu.server.evidence.models import Act, Recording
from zhilu.server.ledger.clock import now, today
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services import replay
from zhilu.server.ledger.services.commit import commit, event_of
from zhilu.server.organisation.events import RoleGranted
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.oversight.models import Checklist, Draw, Drawn, FootageReview, ReviewedRecording
from zhilu.server.oversight.rules_reviews import COMMON_ITEMS, SECOND_PERIOD
from zhilu.server.oversight.services import reviewed, reviewing
from zhilu.softkey.ceremonies import Holder

pytestmark = pytest.mark.db


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    found = bureau.of(county)
    lists(found)
    return found


@pytest.fixture
def draw(world: Bureau, county: CountyWorld) -> Draw:
    return made(world, county)


def at(draw: Draw, place: int) -> Drawn:
    return Drawn.objects.get(draw=draw, place=place)


def test_who_was_shown_it_for_a_review_reviews_it_once(world: Bureau, draw: Draw) -> None:
    me, one = supervisor(world), at(draw, 2)
    asked = reviewing.checklist(one.recording)
    assert asked and not one.twice
    for viewing in (
        uuid4(),
        released(me, one.recording, "dispute"),
        released(supervisor(world, everywhere=True), one.recording),
        released(me, at(draw, 3).recording),
        released(me, one.recording, span=(1, 2)),
        released(me, one.recording, span=(5, 1_000)),
    ):
        refused("review-not-released", reviewing.file, me, one, asked, viewing, answers(one), "")
    assert filed(me, one, comment=" 记录完整 ")
    row = FootageReview.objects.get()
    assert (row.passed, row.level, row.comment, row.by, row.officer) == (True, 1, "记录完整", me, one.officer)
    one.refresh_from_db()
    assert (one.state, one.passed) == ("done", True)
    assert ReviewedRecording.objects.get(recording=one.recording).passed
    for again in (me, supervisor(world, everywhere=True)):
        refused("review-known", filed, again, one)
    assert "记录完整" not in Entry.objects.get(kind="footage-reviewed/1").core.__repr__()


def test_a_release_of_before_the_draw_counts_for_nothing(world: Bureau, draw: Draw) -> None:
    me, one = supervisor(world), at(draw, 2)
    viewing = released(me, one.recording)
    with applying():
        Drawn.objects.filter(id=one.id).update(entry=2 * 10**9)
    asked = reviewing.checklist(one.recording)
    assert asked
    refused("review-not-released", reviewing.file, me, one, asked, viewing, answers(one), "")


def test_every_item_is_answered_and_none_besides(world: Bureau, draw: Draw) -> None:
    me, one = supervisor(world), at(draw, 2)
    asked, viewing = reviewing.checklist(one.recording), released(me, one.recording)
    whole = answers(one)
    assert asked
    first = next(iter(whole))
    for code, wrong in (
        ("answer-missing", {key: value for key, value in whole.items() if key != first}),
        ("answer-missing", {}),
        ("answer-unknown", whole | {"mood": "yes"}),
        ("answer", whole | {first: "maybe"}),
        ("answer", whole | {first: "na"}),
        ("answer", whole | {first: ""}),
    ):
        refused(code, reviewing.file, me, one, asked, viewing, wrong, "")
    refused("comment-long", reviewing.file, me, one, asked, viewing, whole, "很" * 501)
    # What the page checks, the ledger checks too.
    reviewing.file(me, one, asked, viewing, whole, "很" * 500)
    said = event_of(Entry.objects.get(kind="footage-reviewed/1"))
    other = at(draw, 3)
    fresh = {
        "review": str(uuid4()),
        "recording": str(other.recording),
        "viewing": str(released(me, other.recording)),
    }
    for code, forged in (
        ("review-passed", replace(said, passed=False, **fresh)),
        ("answer-missing", replace(said, answers={}, **fresh)),
        ("review-class", replace(said, class_="scene", **fresh)),
        ("review-known", replace(said, level=2, **fresh)),
        ("review-known", replace(said, level=0, **fresh)),
        ("checklist-old", replace(said, version=9, **fresh)),
        ("review-known", said),
        ("not-drawn", replace(said, draw=str(uuid4()), **fresh)),
    ):
        refused(code, commit, forged, str(me))
    reviewing.set_checklist(UUID(world.people["legal-editor"]), asked.class_code, today(), COMMON_ITEMS)
    refused("checklist-old", commit, replace(said, **fresh), str(me))


def test_nobody_reviews_his_own_and_nobody_another_departments(world: Bureau, draw: Draw) -> None:
    commit(RoleGranted(OFFICER, "supervisor", None), "julu")
    one = at(draw, 2)
    refused("review-own", filed, UUID(OFFICER), one)
    for person in (world.people["viewer*"], world.people["unit-head"], world.people["leader"]):
        refused("review-scope", filed, UUID(person), one)
    # Nor what he was told to describe, or has a part in.
    told = supervisor(world)
    with applying():
        Recording.objects.filter(id=one.recording).update(assigned=told)
    refused("review-own", filed, told, one)
    with applying():
        Recording.objects.filter(id=one.recording).update(assigned=None)
    # The first recording of the section is in an act of the officer's; whoever once was of it stays out.
    from zhilu.server.evidence.rules import Span as Part
    from zhilu.server.evidence.services.acts import open_act

    act = open_act(UUID(OFFICER), "C01", [OFFICER], "某厂", [Part(str(one.recording), 0, 1_000_000)])
    with applying():
        row = Act.objects.get(id=act).officers.get()
        type(row).objects.create(id=f"{act}/{told}", act_id=act, officer=told, entry=row.entry)
    refused("review-own", filed, told, one)
    # Nobody is kept from it by being named after the draw, and taken out again by others.
    from zhilu.server.evidence.services.acts import amend_act
    from zhilu.server.pages.services.drawn_list import waiting

    spans = [Part(str(one.recording), 0, 1_000_000)]
    amend_act(UUID(OFFICER), Act.objects.get(id=act), 1, "C01", [OFFICER, str(told)], "某厂", spans)
    refused("review-own", filed, told, one)
    assert not waiting(rights_of(told)).filter(id=one.id).exists()
    amend_act(UUID(OFFICER), Act.objects.get(id=act), 2, "C01", [OFFICER], "某厂", spans)
    assert waiting(rights_of(told)).filter(id=one.id).exists()
    filed(told, one)


def test_a_viewing_for_a_review_is_of_what_waits_for_one_of_its_viewer(world: Bureau, draw: Draw) -> None:
    me, other = supervisor(world), supervisor(world, everywhere=True)
    for person in (me, other, UUID(OFFICER), UUID(world.people["unit-head"])):
        rights = rights_of(person)
        if "viewer" not in rights.roles:
            commit(RoleGranted(str(person), "viewer", None), "julu")
    commit(RoleGranted(OFFICER, "supervisor", None), "julu")
    drawn, chosen = set(draw.drawn.values_list("recording", flat=True)), at(draw, 2)
    stranger = Recording.objects.exclude(id__in=Drawn.objects.values("recording")).first()
    assert stranger
    for person, wanted in (
        (me, [stranger.id]),
        (me, [*drawn, stranger.id]),
        (UUID(OFFICER), [chosen.recording]),
        (UUID(world.people["unit-head"]), [chosen.recording]),
    ):
        refused("not-drawn", ask, person, *wanted)
    ask(me, stranger.id, purpose="case")
    ask(me, stranger.id, purpose="case", kind="urgent")
    refused("not-drawn", ask, me, stranger.id, kind="urgent")
    ask(me, *drawn)
    filed(me, chosen, "credential-shown")
    refused("not-drawn", ask, me, chosen.recording)  # the second one is another's
    ask(other, chosen.recording)
    filed(other, chosen, "credential-shown")
    refused("not-drawn", ask, other, chosen.recording)


def ask(person: UUID, *recordings: UUID, purpose: str = "review", kind: str = "view") -> None:
    holder = Holder.new(str(person), "view.localhost", "http://view.localhost")
    spans = [Span(str(one), 0, Recording.objects.get(id=one).segments - 1) for one in recordings]
    told = holder.request(str(uuid4()), "julu", spans, "抽查", now(), purpose=purpose, kind=kind)
    event = ViewingRequested(told.pop("request"), told.pop("assertion"))
    commit(event, str(person), told)


def test_the_second_review_is_anothers_and_decides(world: Bureau, draw: Draw) -> None:
    me, other = supervisor(world), supervisor(world, everywhere=True)
    twice, failing = at(draw, 0), at(draw, 2)
    filed(me, twice)
    twice.refresh_from_db()
    assert twice.state == "second"
    refused("review-same", filed, me, twice)
    filed(other, twice, "credential-shown")
    twice.refresh_from_db()
    assert (twice.state, twice.passed) == ("done", False)
    # What did not pass is seen by two, whatever the draw says.
    filed(me, failing, "recording-told", "civil-language")
    failing.refresh_from_db()
    assert failing.state == "second" and not failing.twice
    day, later = failing.day, now() + SECOND_PERIOD + timedelta(seconds=1)
    days = min(day, twice.day), max(day, twice.day)
    found = {one.recording: one for one in reviewed.failed(*days, now())}
    assert set(found) == {twice.recording} and found[twice.recording].second
    assert found[twice.recording].by == (me, other)
    late = {one.recording: one for one in reviewed.failed(*days, later)}[failing.recording]
    assert (late.second, late.items, late.officer) == (
        False,
        ("recording-told", "civil-language"),
        UUID(OFFICER),
    )
    filed(other, failing)
    assert {one.recording for one in reviewed.failed(*days, later)} == {twice.recording}
    assert {one.recording for one in reviewed.failed(*days, now() - timedelta(days=1))} == set()
    assert ReviewedRecording.objects.get(recording=failing.recording).passed


def test_an_item_that_need_not_apply_and_one_that_is_no_must(world: Bureau, draw: Draw) -> None:
    me, one = supervisor(world), at(draw, 3)
    items = (
        *COMMON_ITEMS,
        replace(COMMON_ITEMS[0], code="signed", na=True),
        replace(COMMON_ITEMS[0], code="tidy", must=False),
    )
    reviewing.set_checklist(UUID(world.people["legal-editor"]), "general", today(), items)
    asked = reviewing.checklist(one.recording)
    assert asked
    said = answers(one, "tidy") | {"signed": "na"}
    reviewing.file(me, one, asked, released(me, one.recording), said, "")
    row = FootageReview.objects.get()
    assert row.passed and row.failed == ["tidy"]


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_once_one_is_first(world: Bureau, draw: Draw) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("one connection holds the test's tables")
    one = at(draw, 3)
    asked = reviewing.checklist(one.recording)
    assert asked
    people = [supervisor(world), supervisor(world, everywhere=True)]
    viewings = [released(one_, one.recording) for one_ in people]
    codes: list[str] = []
    gate = threading.Barrier(2)

    def act(by: UUID, viewing: UUID) -> None:
        gate.wait()
        try:
            reviewing.file(by, Drawn.objects.get(id=one.id), asked, viewing, answers(one), "")
            codes.append("")
        except ZhiluError as error:
            codes.append(error.code)
        connections.close_all()

    threads = [threading.Thread(target=act, args=pair) for pair in zip(people, viewings, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["", "review-known"] and FootageReview.objects.count() == 1


def test_the_tables_follow_from_the_entries(world: Bureau, draw: Draw) -> None:
    for place in range(2):
        filed(supervisor(world), at(draw, place), *(["civil-language"] if place else []), comment="意见")
    ids = [at(draw, place).recording for place in range(2)]
    reviewing.target(supervisor(world), "officer", OFFICER, PERIOD, ids, 50)
    models = (FootageReview, ReviewedRecording, Drawn, Draw, Checklist)

    def rows() -> list[list[tuple[object, ...]]]:
        return [sorted(model._default_manager.values_list(), key=repr) for model in models]

    before = rows()
    with applying():
        for model in models:
            model._default_manager.all().delete()
    mine = Entry.objects.filter(kind__regex="^(checklist|draw|footage)-").order_by("index")
    assert list(replay.apply_all(list(mine))) == [] and rows() == before
    assert len(before[0]) == 2 and len(before[2]) == 8
