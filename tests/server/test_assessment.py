"""A month from findings, reviews and outcomes to what is published, objected to and corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from support import bureau
from support.assessment_world import (
    BESIDE_ME,
    ME,
    at,
    failed,
    fault,
    grown,
    line,
    month,
    objection,
    on,
    outcome,
    over,
    persona,
    published,
    reckoned,
    told,
)  # fmt: skip
from support.bureau import OTHER, Bureau
from support.county_world import DEPARTMENT, SECTION, CountyWorld
from support.organisation import refused
from zhilu.server.assessment import rules, scheme
from zhilu.server.assessment.events import AssessmentPublished, SchemeSet
from zhilu.server.assessment.models import Objection, Publication, PublishedLine
from zhilu.server.assessment.models import SchemeSet as SchemeRow
from zhilu.server.assessment.services import objecting, publishing
from zhilu.server.assessment.services.reckoning import Reckoning, scheme_of
from zhilu.server.ledger.services import rebuild
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all, size


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return grown(county)


# -- what counts


@pytest.mark.db
def test_a_fault_a_failed_review_and_a_good_record_count(world: Bureau) -> None:
    fault(world)
    fault(world, "gap")
    failed(world)
    outcome(world)
    got = line()
    assert (got.tenths, got.deducted, got.credited) == (1000 - 50 - 20 - 20 + 20, 90, 20)
    assert {one.kind for one in got.items} == {"finding", "review", "outcome"}
    assert line(BESIDE_ME).tenths == 1000


def test_what_nobody_concluded_counts_nothing(world: Bureau) -> None:
    from support import answers_world
    from zhilu.server.oversight.events_answers import FindingConcluded

    day = month().replace(day=5).isoformat()
    for number, (conclusion, exemption) in enumerate((("no-fault", None), ("excused", "superior-order"))):
        finding = answers_world.raised("missing", str(uuid4()), day=day, moment=on(5, minute=number))
        with at(on(28)):
            commit(FindingConcluded(finding, conclusion, exemption, []), world.people["supervisor*"])
    answers_world.raised("missing", str(uuid4()), day=day, moment=on(5))
    assert line().tenths == 1000


def test_a_recording_that_came_over_72_hours_late_costs_more(world: Bureau) -> None:
    fault(world, "late", places=[[1_780_000_000, 1_780_000_000 + 49 * 3600]])
    fault(world, "late", places=[[1_780_000_000, 1_780_000_000 + 47 * 3600]])
    assert sorted(one.code for one in line().items) == ["late", "late-72"] and line().deducted == 40


def test_who_was_transferred_that_month_leaves_the_finding_in_its_department(world: Bureau) -> None:
    from zhilu.server.organisation.services import posts

    fault(world, day=5)
    with at(on(15)):
        posts.transfer(
            ME, UUID(OTHER), "officer", month().replace(day=15), persona(world, "system-administrator")
        )
    fault(world, "gap", day=20, decided=on(27, 1))
    result = reckoned(moment=on(28, 1)).result
    assert [(one.code, str(one.department)) for one in line().items] == [("missing", SECTION), ("gap", OTHER)]
    units = {str(one.department): one for one in result.units}
    assert units[SECTION].tenths < 1000 and units[OTHER].tenths < 1000
    assert line().department == UUID(OTHER)


def test_who_left_before_the_month_is_not_in_it_and_who_left_in_it_is(world: Bureau) -> None:
    from zhilu.server.organisation.services import posts

    with at(on(3)):
        posts.leave(ME, month().replace(day=3), "retired", persona(world, "system-administrator"))
    assert ME in {one.person for one in reckoned().result.lines}
    later = Reckoning((month() + timedelta(days=31)).replace(day=1), 1, on(2, 2))
    assert ME not in {one.person for one in later.result.lines}


def test_only_officers_are_assessed_and_whoever_a_ground_names(world: Bureau) -> None:
    counted = {one.person for one in reckoned().result.lines}
    assert ME in counted and persona(world, "viewer") not in counted
    assert UUID(bureau.person_of("officer beyond")) not in counted  # of another bureau's department
    fault(world, "viewing-unused", person=persona(world, "viewer"))
    assert persona(world, "viewer") in {one.person for one in reckoned().result.lines}


# -- schemes


def set_scheme(world: Bureau, who: str = "supervisor*", moment: Any = None, **changed: Any) -> None:
    said = replace(scheme.BUILT_IN, version=1, since=month(), **changed)
    from zhilu.server.ledger import clock

    early = clock.now() + timedelta(seconds=1)
    with at(moment or early):
        publishing.set_scheme(persona(world, who), said)


def test_a_scheme_counts_from_its_month_and_is_set_by_a_supervisor_of_the_bureau(world: Bureau) -> None:
    fault(world)
    for who in ("officer", "unit-head*", "leader*", "security-administrator"):
        refused("actor", set_scheme, world, who)
    refused("scheme-scope", set_scheme, world, "supervisor")
    refused("scheme-month", set_scheme, world, moment=on(1))  # dated back: the month has begun
    set_scheme(world, deductions={"missing": (100, 100)})
    assert line().tenths == 900 and scheme_of(month()).version == 1
    assert scheme_of(month() - timedelta(days=1)).version == 0
    refused("scheme-version", set_scheme, world)
    assert SchemeRow.objects.get().by == world.people["supervisor*"]


def test_what_is_referred_has_no_points_whatever_a_scheme_says(world: Bureau) -> None:
    for rule in ("tampering", "viewing-burst", "clearing-refused"):
        refused("scheme-rule", set_scheme, world, deductions={rule: (50, 50)})


def test_a_price_for_what_is_referred_past_the_checks_takes_nothing(world: Bureau) -> None:
    from zhilu.server.ledger import clock
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.oversight.models import PersonFault

    said = {**scheme.to_json(scheme.BUILT_IN), "deductions": {"viewing-burst": [500, 1000]}}
    event = SchemeSet(1, rules.said(month()), **said)
    by_hostile_hand(event, actor=world.people["supervisor*"], moment=clock.now() + timedelta(seconds=1))
    assert scheme_of(month()).version == 1
    with applying():
        PersonFault.objects.create(id=f"{'a' * 32}/{ME}", finding="a" * 32, person=ME, rule="viewing-burst",
                                   severity="refer", day=month(), by=ME, at=on(20), entry=1)  # fmt: skip
    assert line().tenths == 1000


# -- publishing


@pytest.mark.db
def test_a_month_is_published_once_when_it_is_over(world: Bureau) -> None:
    finding = fault(world)
    leader = persona(world, "leader*")
    with at(on(28, minute=9)):
        refused("assessment-early", publishing.publish, leader, month(), 1)
    with over():
        for who in ("officer", "unit-head*", "supervisor*", "audit-administrator"):
            refused("actor", publishing.publish, persona(world, who), month(), 1)
        refused("assessment-scope", publishing.publish, persona(world, "leader"), month(), 1)
        refused("assessment-version", publishing.publish, leader, month(), 2)
        publishing.publish(leader, month(), 1)
        refused("assessment-version", publishing.publish, leader, month(), 1)
        refused("assessment-cause", publishing.publish, leader, month(), 2)
    row = Publication.objects.get()
    assert (row.differs, row.scheme, row.reason, row.persons) == ("", 0, "first", reckoned().result.persons)
    got = told()
    assert (got.tenths, got.deducted) == (950, 50) and got.items[0][:3] == ["finding", "missing", finding]


def test_a_month_with_nobody_is_not_published(world: Bureau) -> None:
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.organisation.models import Post

    with applying():
        Post.objects.all().update(until=month())
    with over():
        refused("assessment-empty", publishing.publish, persona(world, "leader*"), month(), 1)


def altered(event: AssessmentPublished, **changed: Any) -> AssessmentPublished:
    return replace(event, **changed)


def test_points_that_the_ledger_does_not_give_are_refused(world: Bureau) -> None:
    fault(world)
    (right,) = publishing.events(reckoned(), "first")
    leader = world.people["leader*"]
    place = next(number for number, one in enumerate(right.lines) if one[0] == str(ME))
    better = [list(one) for one in right.lines]
    better[place] = [*better[place][:2], 1000, 0, 0, []]
    with over():
        for code, wrong in (
            ("assessment-differs", altered(right, lines=better)),
            ("assessment-differs", altered(right, lines=right.lines[1:])),
            ("assessment-differs", altered(right, lines=[*right.lines, right.lines[0]])),
            ("assessment-differs", altered(right, units=right.units[1:])),
            ("assessment-differs", altered(right, tenths=1000)),
            ("assessment-differs", altered(right, scheme=1)),
            ("assessment-parts", altered(right, parts=2)),
            ("assessment-parts", altered(right, part=2, parts=2)),
            ("assessment-month", altered(right, month="2026-1")),
            ("assessment-form", altered(right, lines=[["x"]])),
            ("assessment-reason", altered(right, reason="objection")),
        ):
            refused(code, commit, wrong, leader)
        commit(right, leader)
    assert Publication.objects.get().differs == ""


@pytest.mark.db
def test_a_large_bureau_is_published_in_parts_that_come_together(
    world: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(world)
    monkeypatch.setattr(publishing, "PART", 500)
    parts = publishing.events(reckoned(), "first")
    leader = world.people["leader*"]
    assert len(parts) > 2
    with over():
        for some in (parts[:-1], parts[1:], [parts[1], parts[0], *parts[2:]]):
            refused("assessment-parts", commit_all, [Proposal(one, leader) for one in some])
        publishing.publish(UUID(leader), month(), 1)
    row = Publication.objects.get()
    assert (row.taken, row.differs, row.lines.count()) == (len(parts), "", row.persons)
    assert row.persons == reckoned().result.persons


def by_hostile_hand(*events_: Any, actor: str, moment: Any) -> None:
    """Past all checks, as whoever holds the ledger's key can: entry and rows."""
    from zhilu.server.ledger.events import kind_of

    for one in events_:
        kind = kind_of(one)
        many, single = kind.checks_many, kind.checks
        kind.checks_many = None
        kind.checks = None
        by, kind.by = kind.by, ()
        try:
            with at(moment):
                commit(one, actor)
        finally:
            kind.checks_many, kind.checks, kind.by = many, single, by


def audited() -> list[str]:
    from zhilu.server.assessment.services import auditing

    return [one.line for one in auditing.check()]


@pytest.mark.db
def test_points_altered_past_the_checks_show_in_the_audit_and_wherever_it_is_applied(world: Bureau) -> None:
    fault(world)
    (right,) = publishing.events(reckoned(), "first")
    place = next(number for number, one in enumerate(right.lines) if one[0] == str(ME))
    better = [list(one) for one in right.lines]
    better[place] = [*better[place][:2], 1000, 0, 0, []]
    assert audited() == []
    by_hostile_hand(altered(right, lines=better), actor=world.people["leader*"], moment=on(2, 1))
    assert Publication.objects.get().differs == f"assessment-differs {ME}"
    assert len(audited()) == 1 and str(ME) in audited()[0]
    rebuild.rebuild()
    assert Publication.objects.get().differs == f"assessment-differs {ME}"


@pytest.mark.parametrize(
    ("code", "who", "changed", "moment"),
    [
        ("assessment-early", "leader*", {}, (28, 0)),
        ("assessment-scope", "leader", {}, (2, 1)),
        ("assessment-scope", "system-administrator", {}, (2, 1)),
        ("assessment-version", "leader*", {"version": 3}, (2, 1)),
        ("assessment-parts", "leader*", {"parts": 2}, (2, 1)),
        ("assessment-form", "leader*", {"lines": [["x"]]}, (2, 1)),
        ("assessment-form", "leader*", {"tenths": 10**9}, (2, 1)),
        ("assessment-twice", "leader*", {"lines": "twice"}, (2, 1)),
        ("assessment-reason", "leader*", {"reason": "appeal"}, (2, 1)),
    ],
)
@pytest.mark.db
def test_what_a_hostile_hand_publishes_says_what_is_wrong_with_it(
    world: Bureau, code: str, who: str, changed: dict[str, Any], moment: tuple[int, int]
) -> None:
    (right,) = publishing.events(reckoned(), "first")
    if changed.get("lines") == "twice":
        changed = {"lines": [*right.lines, right.lines[0]]}
    by_hostile_hand(altered(right, **changed), actor=world.people[who], moment=on(*moment))
    assert Publication.objects.get().differs.split()[0] == code and len(audited()) == 1


@pytest.mark.db
def test_what_names_no_month_or_follows_nothing_changes_nothing(world: Bureau) -> None:
    (right,) = publishing.events(reckoned(), "first")
    for changed in (
        {"month": "2026-13"},
        {"part": 2, "parts": 3},
        {"version": 0},
        {"version": 10**9},
        {"part": 0, "parts": 0},
    ):
        by_hostile_hand(altered(right, **changed), actor=world.people["leader*"], moment=on(2, 1))
    assert not Publication.objects.exists()
    by_hostile_hand(right, right, actor=world.people["leader*"], moment=on(2, 1))
    assert Publication.objects.get().differs == ""  # the second of the same changes nothing


def test_a_scheme_dated_back_past_the_checks_counts_nowhere(world: Bureau) -> None:
    fault(world)
    said = {**scheme.to_json(scheme.BUILT_IN), "deductions": {}}
    by_hostile_hand(
        SchemeSet(1, rules.said(month()), **said), actor=world.people["supervisor*"], moment=on(9)
    )
    assert not SchemeRow.objects.exists() and line().tenths == 950
    assert published(world).differs == ""


# -- what is settled late, objections, appeals


def test_what_is_concluded_after_the_publication_counts_in_the_month_of_its_conclusion(world: Bureau) -> None:
    published(world)
    fault(world, raised=on(25), decided=on(10, 1))
    later = (month() + timedelta(days=31)).replace(day=1)
    assert line(version=2, moment=on(20, 1)).tenths == 1000
    assert next(one for one in Reckoning(later, 1, on(2, 2)).result.lines if one.person == ME).tenths == 950


def test_a_recording_that_failed_counts_once_however_often_it_is_reviewed(world: Bureau) -> None:
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.oversight.models import Drawn, FootageReview

    recording = failed(world)
    published(world)
    again = failed(world, at_=on(9, 1))
    with applying():
        Drawn.objects.filter(recording=again).update(recording=recording)
        FootageReview.objects.filter(recording=again).update(recording=recording)
    later = (month() + timedelta(days=31)).replace(day=1)
    assert next(one for one in Reckoning(later, 1, on(2, 2)).result.lines if one.person == ME).tenths == 1000
    assert line(version=2, moment=on(20, 1)).tenths == 980


def test_an_objection_upheld_brings_a_new_version_with_what_was_struck(world: Bureau) -> None:
    finding = fault(world)
    fault(world, "gap")
    published(world)
    which = objection(world)
    struck = [["finding", finding, "missing"]]
    with at(on(4, 1)):
        refused("assessment-cause", publishing.publish, persona(world, "leader*"), month(), 2)
        objecting.decide(persona(world, "leader*"), which, "upheld", struck, [], "属实。")
    assert published(world, 2, on(5, 1)).reason == "objection"
    assert (told().tenths, told(version=2).tenths) == (930, 980)
    row = Objection.objects.get(month=month())
    assert (row.decision, row.struck, row.text, row.answer) == (
        "upheld",
        struck,
        "当日为演练，并非应录。",
        "属实。",
    )
    with at(on(6, 1)):
        refused("assessment-cause", publishing.publish, persona(world, "leader*"), month(), 3)


def test_who_may_object_when_and_to_what(world: Bureau) -> None:
    with over():
        refused("objection-line", objecting.file, ME, month(), 1, "x")
    published(world)
    with at(on(3, 1)):
        refused("objection-line", objecting.file, persona(world, "trainer"), month(), 1, "x")
        refused("objection-text", objecting.file, ME, month(), 1, " ")
        refused("objection-text", objecting.file, ME, month(), 1, "字" * 501)
    row = Publication.objects.get()
    end = objecting.until(row)
    with at(row.at + timedelta(days=(end - row.at.date()).days + 1)):
        refused("objection-late", objecting.file, ME, month(), 1, "x")
    with at(row.at + timedelta(days=(end - row.at.date()).days)):
        objecting.file(ME, month(), 1, "x")
        refused("objection-known", objecting.file, ME, month(), 1, "x")


def test_who_had_a_part_in_it_does_not_decide(world: Bureau) -> None:
    from zhilu.server.organisation.events import RoleGranted

    finding = fault(world)
    published(world)
    which, struck = objection(world), [["finding", finding, "missing"]]
    security = world.people["security-administrator"]
    with at(on(3, 1, 5)):
        commit(RoleGranted(str(ME), "leader", None), security)
        commit(RoleGranted(world.people["supervisor*"], "leader", None), security)
    with at(on(4, 1)):
        refused("objection-own", objecting.decide, ME, which, "upheld", struck, [], "x")
        refused(
            "objection-own", objecting.decide, persona(world, "supervisor*"), which, "upheld", struck, [], "x"
        )
        for who in ("supervisor", "unit-head*", "officer", "viewer"):
            code = "objection-own" if who == "officer" else "actor"
            refused(code, objecting.decide, persona(world, who), which, "upheld", struck, [], "x")
        leader = persona(world, "leader")
        refused("objection-what", objecting.decide, leader, which, "upheld", [], [], "x")
        refused("objection-what", objecting.decide, leader, which, "refused", struck, [], "x")
        refused("objection-decision", objecting.decide, leader, which, "perhaps", [], [], "x")
        refused(
            "objection-struck", objecting.decide, leader, which, "upheld", [["finding", "x", "y"]], [], "x"
        )
        refused("objection-struck", objecting.decide, leader, which, "upheld", ["finding"], [], "x")
        refused("objection-unknown", objecting.decide, leader, uuid4(), "refused", [], [], "x")
        objecting.decide(leader, which, "refused", [], [], "当日确为应录。")
        refused("objection-decided", objecting.decide, leader, which, "refused", [], [], "x")
        refused("assessment-cause", publishing.publish, persona(world, "leader*"), month(), 2)


def test_a_leader_of_other_departments_does_not_decide(world: Bureau) -> None:
    published(world)
    which = objection(world, BESIDE_ME)
    with at(on(4, 1)):
        refused("objection-leader", objecting.decide, persona(world, "leader"), which, "refused", [], [], "x")
        objecting.decide(persona(world, "leader*"), which, "refused", [], [], "x")


def test_a_fault_that_an_appeal_lifted_is_a_cause_for_a_new_version(world: Bureau) -> None:
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.oversight.models import PersonFault

    finding = fault(world)
    published(world)
    with applying():
        PersonFault.objects.filter(finding=finding).update(lifted_at=on(5, 1))
    assert published(world, 2, on(6, 1)).reason == "appeal" and told(version=2).tenths == 1000
    with at(on(7, 1)):
        refused("objection-old", objecting.file, ME, month(), 1, "x")


@pytest.mark.db
def test_a_rebuild_gives_the_same_rows(world: Bureau) -> None:
    finding = fault(world)
    outcome(world)
    published(world)
    which = objection(world)
    with at(on(4, 1)):
        objecting.decide(
            persona(world, "leader*"), which, "upheld", [["finding", finding, "missing"]], [], "x"
        )
    published(world, 2, on(5, 1))

    def rows() -> list[Any]:
        tables = (SchemeRow, Publication, PublishedLine, Objection)
        # What stands in the bureau as the ledger would give it, was in no entry.
        return [list(table.objects.filter(entry__gt=1).order_by("pk").values()) for table in tables]

    before = rows()
    rebuild.rebuild()
    assert rows() == before and {one.differs for one in Publication.objects.all()} == {""}
    assert size() > 0 and DEPARTMENT
