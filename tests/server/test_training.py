"""Courses, results, the gate, drills (spec/registers.md §3)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from support.county_world import DEPARTMENT, DOCK_RP, KIOSK, OFFICER, SECTION, CountyWorld, named_id
from support.queries import queries
from support.recordings import RECORDING
from support.training import CONDUCT, HELD_ON, OPERATION, VALID_DAYS, train
from zhilu.encoding import b64u
from zhilu.errors import CallerError, DataError
from zhilu.server.equipment.events import DockCredentialRegistered, RecorderAssigned, RecorderIssued
from zhilu.server.equipment.models import Assignment, Issue
from zhilu.server.evidence.models import Recording
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import commit, commit_all, size
from zhilu.server.organisation.events import DepartmentSet, PersonAdded, PostTaken, RoleGranted
from zhilu.server.training import rules
from zhilu.server.training.events import CourseSet, TrainingRecorded, TrainingWithdrawn
from zhilu.server.training.models import Course, Result
from zhilu.server.training.services.gate import fitness, missing_training
from zhilu.softkey import SoftKey

NEWCOMER, TRAINER, HEAD, FAR = (str(named_id(name)) for name in ("newcomer", "trainer", "head", "far"))
KEYS = SoftKey()
KEYS.create(DOCK_RP, KIOSK, NEWCOMER)
KEY = {
    "id": b64u(KEYS.credential(DOCK_RP).id),
    "public_key": b64u(KEYS.credential(DOCK_RP).public_key),
}
DRILL = str(named_id("drill course"))
CONDUCT_NAME, OPERATION_NAME = "执法规范", "记录仪使用"


@pytest.fixture
def bureau(world: CountyWorld) -> CountyWorld:
    """Two officers that are fit, one that is not, a trainer, a head of the section."""
    world.found(with_catalogue=False)
    for person, name, role, scope in (
        (NEWCOMER, "何新", "officer", None),
        (TRAINER, "教员", "trainer", None),
        (HEAD, "科长", "unit-head", [SECTION]),
    ):
        commit(PersonAdded(person), "julu", {"name": name, "number": person[-6:]})
        commit(RoleGranted(person, role, scope), "julu")
        commit(PostTaken(str(named_id(f"post {person}")), person, SECTION, "officer", "2026-01-01"), "julu")
    return world


def course(name: str = "新课程", **changed: Any) -> CourseSet:
    core = {"course": str(named_id(name)), "kind": "conduct", "name": name, "valid_days": 365}
    return CourseSet(**core | {"pass_score": 60, "required": False, "closed": False} | changed)


def result(person: str = NEWCOMER, course: str = CONDUCT, **changed: Any) -> TrainingRecorded:
    core = {"result": str(named_id("result")), "course": course, "person": person, "held_on": HELD_ON}
    return TrainingRecorded(**core | {"score": 80, "passed": True, "recording": None} | changed)


def make_drill() -> None:
    """The stored recording was one of a drill: as its entry and its row would say."""
    from zhilu import strictjson
    from zhilu.server.ledger.models import Entry

    entry = Entry.objects.get(kind="recording-stored/1")
    core = strictjson.loads_object(bytes(entry.core)) | {"drill": True}
    Entry.objects.filter(index=entry.index).update(core=strictjson.dumps(core))
    with applying():
        Recording.objects.filter(id=RECORDING).update(drill=True)


# Rules.

DAY = date(2026, 6, 1)
A, B, C = (
    rules.Course(UUID(int=n), kind, f"c{n}") for n, kind in ((1, "conduct"), (2, "recorder"), (3, "drill"))
)


@pytest.mark.parametrize(
    ("required", "held", "missing"),
    [
        ([], [], ["conduct", "recorder"]),
        ([], [A], ["recorder"]),
        ([], [A, B], []),
        ([A], [], [A, "recorder"]),
        ([A, C], [B], [A, C]),
        ([C], [A, B], [C]),
        ([A], [rules.Course(UUID(int=9), "conduct", "other"), B], [A]),
    ],
)
def test_what_is_missing(required: list[Any], held: list[Any], missing: list[Any]) -> None:
    assert rules.missing(required, [rules.Held(one, DAY) for one in held]) == missing


def test_fit_until_the_first_that_ends_and_the_longest_of_a_kind() -> None:
    days = [DAY + timedelta(days=n) for n in range(4)]
    held = [rules.Held(A, days[1]), rules.Held(A, days[3]), rules.Held(B, days[2]), rules.Held(C, days[0])]
    assert rules.fit_until([], held) == days[2]
    assert rules.fit_until([A, C], held) == days[0]


# Courses.


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kind": "cooking"}, "course-kind"),
        ({"valid_days": 0}, "course-days"),
        ({"valid_days": 3_661}, "course-days"),
        ({"pass_score": 101}, "training-score"),
        ({"name": CONDUCT_NAME}, "course-known"),
        ({"course": OPERATION, "name": "另一个"}, "course-kind"),
    ],
)
def test_a_course_is_refused(bureau: CountyWorld, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(DataError) as refused:
        commit(course(**changed), TRAINER)
    assert refused.value.code == code


def test_a_course_that_changes_leaves_results_alone(bureau: CountyWorld) -> None:
    before = Result.objects.get(person=OFFICER, course=CONDUCT)
    commit(course(course=CONDUCT, name="改名", valid_days=1, pass_score=100), TRAINER)
    after = Result.objects.get(id=before.id)
    assert (after.until, after.passed) == (before.until, True)
    assert missing_training(OFFICER, today()) == []


# Results.


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"person": FAR}, "person-unknown"),
        ({"course": DRILL}, "course-unknown"),
        ({"score": 101}, "training-score"),
        ({"score": 59}, "training"),
        ({"passed": False}, "training"),
        ({"held_on": "1989-12-31"}, "training-date"),
        ({"held_on": (date.today() + timedelta(days=2)).isoformat()}, "training-date"),
        ({"recording": str(RECORDING)}, "training-recording"),
        ({"person": OFFICER, "score": 90}, "training-known"),
    ],
)
def test_a_result_is_refused(bureau: CountyWorld, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(DataError) as refused:
        commit(result(**changed), TRAINER)
    assert refused.value.code == code


def test_only_a_trainer_enters_results(bureau: CountyWorld) -> None:
    for actor in (HEAD, OFFICER, NEWCOMER, str(named_id("system"))):
        with pytest.raises((DataError, CallerError)):
            commit(result(), actor)
        with pytest.raises((DataError, CallerError)):
            commit(course(), actor)


def test_no_result_of_a_closed_course(bureau: CountyWorld) -> None:
    commit(course(closed=True), TRAINER)
    with pytest.raises(DataError) as refused:
        commit(result(course=str(named_id("新课程"))), TRAINER)
    assert refused.value.code == "course-closed"


def test_a_result_is_withdrawn_once_and_can_then_be_given_anew(bureau: CountyWorld) -> None:
    commit(result(), TRAINER, {"note": "补考"})
    withdrawn = TrainingWithdrawn(str(named_id("result")), "误录")
    commit(withdrawn, TRAINER)
    with pytest.raises(DataError) as refused:
        commit(withdrawn, TRAINER)
    assert refused.value.code == "training-unknown"
    row = Result.objects.get(id=named_id("result"))
    assert (row.note, row.reason, row.withdrawn_by) == ("补考", "误录", TRAINER)
    assert CONDUCT_NAME in missing_training(NEWCOMER, today())
    commit(result(result=str(named_id("again"))), TRAINER)
    assert missing_training(NEWCOMER, today()) == [OPERATION_NAME]


# The gate.


def test_fit_from_the_day_of_the_class_to_the_day_before_until(bureau: CountyWorld) -> None:
    first = date.fromisoformat(HELD_ON)
    last = first + timedelta(days=VALID_DAYS - 1)
    both = [OPERATION_NAME, CONDUCT_NAME]
    for day, missing in (
        (first - timedelta(days=1), sorted(both)),
        (first, []),
        (last, []),
        (last + timedelta(days=1), sorted(both)),
    ):
        assert sorted(missing_training(OFFICER, day)) == missing, day
    assert fitness([UUID(OFFICER)], first)[UUID(OFFICER)].until == last + timedelta(days=1)


def test_a_new_required_course_is_missing_to_everybody_until_it_is_closed(bureau: CountyWorld) -> None:
    commit(course(required=True), TRAINER)
    assert missing_training(OFFICER, today()) == ["新课程"]
    commit(course(required=True, closed=True), TRAINER)
    assert missing_training(OFFICER, today()) == []


def test_without_courses_nobody_is_fit(world: CountyWorld) -> None:
    assert len(missing_training(OFFICER, today())) == 2


def assigned(county: CountyWorld, **changed: Any) -> RecorderAssigned:
    """To the newcomer."""
    core = next(core for kind, core, _ in county.founding() if kind == "recorder-assigned/1")
    return RecorderAssigned(**core | {"officer": NEWCOMER, "credentials": [KEY]} | changed)


def test_a_recorder_is_assigned_to_who_is_fit_and_to_anybody_for_a_drill(bureau: CountyWorld) -> None:
    commit(DockCredentialRegistered(NEWCOMER, KEY["id"], KEY["public_key"], DOCK_RP, None), "julu")
    with pytest.raises(DataError) as refused:
        commit(assigned(bureau), "julu")
    assert refused.value.code == "not-trained"
    assert CONDUCT_NAME in refused.value.fields["missing"]
    commit(assigned(bureau, drill=True), "julu")
    commit_all(train(NEWCOMER))
    commit(assigned(bureau), "julu")
    assert list(
        Assignment.objects.filter(officer=NEWCOMER).order_by("id").values_list("drill", flat=True)
    ) == [
        True,
        False,
    ]


def test_a_recorder_is_issued_to_who_is_fit(bureau: CountyWorld) -> None:
    issued = RecorderIssued(str(named_id("issue")), bureau.recorder.kid, DEPARTMENT, NEWCOMER)
    with pytest.raises(DataError) as refused:
        commit(issued, "julu")
    assert refused.value.code == "not-trained"
    commit_all(train(NEWCOMER))
    commit(issued, "julu")
    assert Issue.objects.get().person == UUID(NEWCOMER)


def test_who_failed_is_not_fit(bureau: CountyWorld) -> None:
    commit_all(train(NEWCOMER, score=59))
    assert len(missing_training(NEWCOMER, today())) == 2


# Drills.


def test_drills_stand_apart_and_can_be_named_by_a_result(bureau: CountyWorld) -> None:
    from zhilu.server.catalogue.services.catalogue import first_version

    commit(first_version(), "julu")
    bureau.publish()
    bureau.store()
    viewer = bureau.sign_in(bureau.viewer.person, "viewer")
    assert str(RECORDING) in viewer.get("/recordings").content.decode()
    assert str(RECORDING) not in viewer.get("/recordings?drills=only").content.decode()
    with pytest.raises(DataError):
        commit(result(recording=str(RECORDING)), TRAINER)
    make_drill()
    assert str(RECORDING) not in viewer.get("/recordings").content.decode()
    shown = viewer.get("/recordings?drills=only").content.decode()
    assert str(RECORDING) in shown and "z-drill" in shown
    commit(result(recording=str(RECORDING)), TRAINER)
    with pytest.raises(DataError) as refused:
        acts.open_act(UUID(OFFICER), "C01", [OFFICER], "某户", [Span(str(RECORDING), 0, 1_000_000)])
    assert refused.value.code == "act-drill"
    trainer = bureau.sign_in(TRAINER, "trainer")
    assert str(RECORDING) in trainer.get(f"/training/courses/{CONDUCT}/results").content.decode()
    assert "演练" in trainer.get(f"/training/people/{NEWCOMER}").content.decode()


# Pages.


@pytest.fixture
def trainer(bureau: CountyWorld) -> Client:
    return bureau.sign_in(TRAINER, "trainer")


def score(person: str) -> str:
    return f"score-{person}"


def test_a_class_is_entered_at_once(trainer: Client) -> None:
    path = f"/training/courses/{CONDUCT}/results"
    assert "何新" in trainer.get(path).content.decode()
    sent = {"held_on": today().isoformat(), score(NEWCOMER): "61", score(OFFICER): "40", "note": "第一期"}
    assert trainer.post(path, sent).status_code == 302
    rows = {str(row.person): row for row in Result.objects.filter(held_on=today())}
    assert {person: (row.score, row.passed) for person, row in rows.items()} == {
        NEWCOMER: (61, True),
        OFFICER: (40, False),
    }
    assert {(row.by, row.note) for row in rows.values()} == {(TRAINER, "第一期")}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({score(NEWCOMER): "101"}, f"id_{score(NEWCOMER)}"),
        ({score(NEWCOMER): "六十"}, f"id_{score(NEWCOMER)}"),
        ({score(OFFICER): "90", "held_on": HELD_ON}, f"id_{score(OFFICER)}"),
        ({"held_on": "2999-01-01"}, "id_held_on"),
        ({"held_on": "昨天"}, "id_held_on"),
        ({"recording": str(named_id("forged"))}, "id_recording"),
        ({"note": "长" * 501}, "id_note"),
    ],
)
def test_a_class_with_one_wrong_field_records_nothing(
    trainer: Client, changed: dict[str, str], field: str
) -> None:
    before = size()
    sent = {"held_on": today().isoformat(), score(NEWCOMER): "61"} | changed
    answer = trainer.post(f"/training/courses/{CONDUCT}/results", sent)
    assert answer.status_code == 400 and size() == before
    text = answer.content.decode()
    assert f'id="{field}_error"' in text
    assert f'value="{sent[score(NEWCOMER)]}"' in text


def test_an_empty_class_and_a_stranger_record_nothing(trainer: Client) -> None:
    before = size()
    for sent in ({}, {score(TRAINER): "99"}, {score(FAR): "99"}):
        sent["held_on"] = today().isoformat()
        assert trainer.post(f"/training/courses/{CONDUCT}/results", sent).status_code == 400
    assert size() == before


def test_a_course_is_made_and_closed(trainer: Client) -> None:
    sent = {
        "kind": "drill",
        "name": "<b>入户演练</b>",
        "valid_days": "180",
        "pass_score": "70",
        "required": "on",
    }
    assert trainer.post("/training/courses/new", sent).status_code == 302
    row = Course.objects.get(kind="drill")
    assert (row.valid_days, row.required, row.closed) == (180, True, False)
    assert "<b>入户" not in trainer.get("/training/courses").content.decode()
    assert trainer.post("/training/courses/new", sent).status_code == 400  # the name is taken
    assert trainer.post("/training/courses/new", sent | {"name": "长" * 201}).status_code == 400
    assert trainer.post(f"/training/courses/{row.id}", sent | {"closed": "on"}).status_code == 302
    assert Course.objects.get(id=row.id).closed
    assert trainer.get(f"/training/courses/{row.id}/results").status_code == 404


def test_a_result_is_withdrawn_with_a_reason(trainer: Client) -> None:
    row = Result.objects.get(person=OFFICER, course=CONDUCT)
    path = f"/training/results/{row.id}/withdraw"
    assert trainer.post(path, {"reason": " "}).status_code == 400
    assert trainer.post(path, {"reason": "误录"}).status_code == 302
    assert trainer.post(path, {"reason": "误录"}).status_code == 404
    assert missing_training(OFFICER, today()) == [CONDUCT_NAME]
    assert "误录" in trainer.get(f"/training/people/{OFFICER}").content.decode()


def test_the_list_says_who_is_fit(trainer: Client) -> None:
    text = trainer.get("/training").content.decode()
    assert "张建国" in text and "何新" in text
    assert "张建国" not in trainer.get("/training?state=unfit").content.decode()
    assert "何新" not in trainer.get("/training?state=fit").content.decode()
    assert "何新" in trainer.get(f"/training?department={DEPARTMENT}").content.decode()
    assert "何新" not in trainer.get(f"/training?department={named_id('none')}").content.decode()
    assert trainer.get("/training?department=x&page=y&state=z").status_code == 200


def test_what_ends_in_thirty_days_is_said(trainer: Client) -> None:
    commit(course("短期", kind="recorder", valid_days=20), TRAINER)
    commit(course(course=OPERATION, name=OPERATION_NAME, kind="recorder", closed=True), TRAINER)
    commit(result(held_on=today().isoformat()), TRAINER)
    short = str(named_id("短期"))
    commit(result(result=str(named_id("2")), course=short, held_on=today().isoformat()), TRAINER)
    assert "何新" in trainer.get("/training?state=ending").content.decode()


def test_no_page_asks_the_database_too_often(trainer: Client) -> None:
    for path in (
        "/training",
        "/training/courses",
        f"/training/courses/{CONDUCT}/results",
        f"/training/people/{OFFICER}",
    ):
        assert queries(trainer, path) <= 15, path


def test_a_head_sees_his_unit_and_writes_nothing(bureau: CountyWorld) -> None:
    other = str(named_id("other section"))
    commit(DepartmentSet(other, "julu", DEPARTMENT, "inspection", "检查二科", 2, False), "julu")
    commit(PersonAdded(FAR), "julu", {"name": "远方", "number": "1"})
    commit(RoleGranted(FAR, "officer", None), "julu")
    commit(PostTaken(str(named_id("far post")), FAR, other, "officer", "2026-01-01"), "julu")
    head = bureau.sign_in(HEAD, "head")
    text = head.get("/training").content.decode()
    assert "张建国" in text and "远方" not in text
    assert head.get(f"/training/people/{OFFICER}").status_code == 200
    assert head.get(f"/training/people/{FAR}").status_code == 404
    row = Result.objects.filter(person=OFFICER).first()
    assert row is not None
    for path in (
        "/training/courses/new",
        f"/training/courses/{CONDUCT}",
        f"/training/courses/{CONDUCT}/results",
        f"/training/results/{row.id}/withdraw",
    ):
        assert head.post(path, {"reason": "x"}).status_code == 403


def test_an_officer_sees_his_own_training(bureau: CountyWorld) -> None:
    officer = bureau.sign_in(NEWCOMER, "newcomer")
    text = officer.get("/training/mine").content.decode()
    assert CONDUCT_NAME in text and OPERATION_NAME in text
    assert officer.get("/training").status_code == 403
    assert officer.get(f"/training/people/{OFFICER}").status_code == 403
    fit = bureau.sign_in(OFFICER, "fit").get("/training/mine").content.decode()
    assert (
        CONDUCT_NAME in fit
        and (date.fromisoformat(HELD_ON) + timedelta(days=VALID_DAYS - 1)).isoformat() in fit
    )
