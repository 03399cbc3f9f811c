"""Sanctions and appeals: rank, hearing, once, in time, by somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from support.answers_world import MONDAY, People, after, at, delegated, raised
from support.bureau import OTHER
from support.county_world import OFFICER, SECTION
from support.organisation import refused
from zhilu.server.ledger.services.commit import commit
from zhilu.server.oversight import events_answers as events
from zhilu.server.oversight.models import Appeal, Finding, PersonFault, Sanction
from zhilu.server.oversight.services import answers, concluded
from zhilu.server.oversight.services.answers import Said

SAID = Said("other", "other", "情况特殊。")
DAY = MONDAY.date() - timedelta(days=3)


def fault(people: People, rule: str = "gap", **more: Any) -> str:
    """Concluded a week after it was raised."""
    one = raised(rule, **more)
    with after(7):
        answers.conclude(people.supervisor_all, one, "fault", "未作说明", persons=[OFFICER])
    return one


def test_the_lightest_are_decided_by_the_head_of_the_unit_the_others_by_a_leader(people: People) -> None:
    one = fault(people)
    decide = answers.sanction
    with after(8):
        for form, months in (("circulated", 0), ("suspension", 3), ("disqualification", 12)):
            refused("answer-rank", decide, people.head, people.me, [one], form, "x", months)
        for stranger in ("supervisor", "viewer", "officer", "system-administrator", "security-administrator"):
            refused("answer-rank", decide, people(stranger), people.me, [one], "criticism", "x")
        refused("answer-text", decide, people.head, people.me, [one], "criticism", "")
        id_ = decide(people.head, people.me, [one], "criticism", "初犯")
        refused("sanctioned-already", decide, people.leader, people.me, [one], "suspension", "x", 1)
    row = Sanction.objects.get()
    assert (row.id, row.person, row.form, row.months, row.by) == (id_, people.me, "criticism", 0, people.head)
    assert (row.text, row.department) == ("初犯", UUID(SECTION))
    two = fault(people, "ends-early")
    with after(8):
        decide(people.leader, people.me, [two], "disqualification", "屡犯", 12)


@pytest.mark.parametrize(
    ("form", "months", "code"),
    [
        ("dismissal", 0, "sanction-form"),
        ("suspension", 0, "sanction-months"),
        ("suspension", 7, "sanction-months"),
        ("disqualification", 6, "sanction-months"),
        ("criticism", 1, "sanction-months"),
    ],
)
def test_a_form_lasts_as_long_as_it_may(people: People, form: str, months: int, code: str) -> None:
    one = fault(people)
    with after(8):
        refused(code, answers.sanction, people.leader, people.me, [one], form, "x", months)


def test_only_a_fault_that_stands_is_sanctioned_and_of_that_person(people: People) -> None:
    decide, leader = answers.sanction, people.leader
    one, excused = raised(), raised("ends-early")
    with after(7):
        refused("sanction-fault", decide, leader, people.me, [one], "criticism", "x")
        answers.conclude(people.supervisor, excused, "excused", "x", "force-majeure")
        refused("sanction-fault", decide, leader, people.me, [excused], "criticism", "x")
        answers.conclude(people.supervisor, one, "fault", "x", persons=[OFFICER])
        refused("sanction-fault", decide, leader, people("viewer"), [one], "criticism", "x")
        refused("sanction-findings", decide, leader, people.me, [], "criticism", "x")
        refused("sanction-findings", decide, leader, people.me, [one, one], "criticism", "x")
        refused("finding-unknown", decide, leader, people.me, [one, "0" * 32], "criticism", "x")
        event = events.SanctionDecided(str(uuid4()), OFFICER, [one, 7], "criticism", 0)
        refused("sanction-findings", commit, event, str(leader))
        refused("sanction-fault", decide, leader, people.me, [one, excused], "criticism", "x")
        # Who concluded does not sanction, nor does anybody himself.
        refused("answer-rank", decide, people.supervisor, people.me, [one], "criticism", "x")
    delegated(people.head_all, people.me, "unit-head", MONDAY + timedelta(days=7))
    with after(8):
        refused("answer-own", decide, people.me, people.me, [one], "criticism", "x")
        decide(people.head, people.me, [one], "self-criticism", "x")


def test_several_findings_are_one_sanction_where_the_rank_reaches_all(people: People) -> None:
    first, other = fault(people), fault(people, "ends-early", department=OTHER)
    with after(8):
        refused("answer-rank", answers.sanction, people.head, people.me, [first, other], "criticism", "x")
        id_ = answers.sanction(people.leader_all, people.me, [first, other], "suspension", "x", 6)
    row = Sanction.objects.get()
    assert {one.finding for one in row.findings.all()} == {first, other} and row.id == id_


def test_what_was_referred_is_sanctioned_after_the_person_was_heard(people: People) -> None:
    one = raised("clearing-refused", kind="docking")
    decide = answers.sanction
    with after(1):
        answers.refer(people.leader, one, "移送")
        refused("not-heard", decide, people.leader_all, people.me, [one], "circulated", "x")
        refused("sanction-fault", decide, people.leader_all, people("viewer"), [one], "circulated", "x")
    with after(4):
        decide(people.leader_all, people.me, [one], "circulated", "x")
    assert not concluded.faults(DAY, DAY)


def test_who_is_at_fault_appeals_once_in_time_and_a_lifted_fault_ends_its_sanction(people: People) -> None:
    one, two = fault(people), fault(people, "ends-early")
    with after(8):
        answers.sanction(people.leader_all, people.me, [one, two], "suspension", "x", 2)
        for stranger in (people.head, people.leader, people("viewer")):
            refused("appeal-nothing", answers.appeal_finding, stranger, one, "x")
        refused("appeal-nothing", answers.appeal_finding, people.me, "0" * 32, "x")
        refused("answer-text", answers.appeal_finding, people.me, one, " ")
        both = events.AppealFiled(str(uuid4()), one, str(Sanction.objects.get().id))
        refused("appeal-subject", commit, both, OFFICER)
        refused("appeal-subject", commit, events.AppealFiled(str(uuid4()), None, None), OFFICER)
        id_ = answers.appeal_finding(people.me, one, "当时设备故障")
        refused("appeal-already", answers.appeal_finding, people.me, one, "x")
        for stranger in ("unit-head", "supervisor", "viewer", "officer"):
            refused("answer-rank", answers.decide_appeal, people(stranger), id_, "lifted", "x")
        refused("answer-twice", answers.decide_appeal, people.leader_all, id_, "upheld", "x")
        refused("decision", answers.decide_appeal, people.leader, id_, "sanction-lifted", "x")
        refused("appeal-unknown", answers.decide_appeal, people.leader, uuid4(), "lifted", "x")
        assert len(concluded.faults(DAY, DAY)) == 2
        answers.decide_appeal(people.leader, id_, "lifted", "申诉成立")
    assert Sanction.objects.get().lifted_at == MONDAY + timedelta(days=8)
    assert [row.finding for row in concluded.faults(DAY, DAY)] == [two]
    row = Finding.objects.get(id=one)
    assert (row.state, row.conclusion) == ("concluded", "no-fault")
    with after(9):
        # What is left may be sanctioned anew, what was lifted not, nor appealed against.
        refused("sanction-fault", answers.sanction, people.head, people.me, [one], "criticism", "x")
        refused("appeal-nothing", answers.appeal_finding, people.me, one, "x")
        answers.sanction(people.head, people.me, [two], "criticism", "x")


def test_an_appeal_is_late_after_ten_worked_days(people: People) -> None:
    one = fault(people)
    # Concluded on Monday the 8th: until the end of Monday the 22nd.
    end = MONDAY.replace(hour=16) + timedelta(days=21)
    with at(end):
        refused("appeal-late", answers.appeal_finding, people.me, one, "x")
    with at(end - timedelta(seconds=1)):
        answers.appeal_finding(people.me, one, "x")
        refused("appeal-open", answers.sanction, people.head, people.me, [one], "criticism", "x")


def test_against_a_sanction_the_fault_may_stand_or_fall(people: People) -> None:
    one, two = fault(people), fault(people, "ends-early")
    with after(8):
        first = answers.sanction(people.head, people.me, [one], "criticism", "x")
        second = answers.sanction(people.head, people.me, [two], "criticism", "x")
        refused("appeal-nothing", answers.appeal_sanction, people.head, first, "x")
        milder, whole = (answers.appeal_sanction(people.me, id_, "x") for id_ in (first, second))
        refused("decision", answers.decide_appeal, people.leader, milder, "reduced", "x")
        answers.decide_appeal(people.leader, milder, "sanction-lifted", "x")
        answers.decide_appeal(people.leader_all, whole, "lifted", "x")
    assert not Sanction.objects.filter(lifted_at=None).exists()
    assert list(PersonFault.objects.filter(lifted_at=None).values_list("finding", flat=True)) == [one]
    assert set(Appeal.objects.values_list("decision", flat=True)) == {"sanction-lifted", "lifted"}


def test_an_appeal_is_decided_once_and_upheld_it_changes_nothing(people: People) -> None:
    one = fault(people)
    with after(8):
        id_ = answers.appeal_finding(people.me, one, "x")
        answers.decide_appeal(people.leader, id_, "upheld", "维持")
        refused("decided-already", answers.decide_appeal, people.leader_all, id_, "lifted", "x")
        refused("appeal-already", answers.appeal_finding, people.me, one, "x")
        answers.sanction(people.head, people.me, [one], "criticism", "x")
    assert len(concluded.faults(DAY, DAY)) == 1


def test_a_leader_who_was_there_or_decided_before_decides_no_appeal(people: People) -> None:
    one = fault(people, persons=[OFFICER, str(people.leader)])
    with after(8):
        id_ = answers.appeal_finding(people.me, one, "x")
        refused("answer-own", answers.decide_appeal, people.leader, id_, "lifted", "x")
    delegated(people.leader_all, people.supervisor_all, "leader", MONDAY + timedelta(days=8))
    with after(9):
        refused("answer-twice", answers.decide_appeal, people.supervisor_all, id_, "lifted", "x")
        answers.decide_appeal(people.leader_all, id_, "lifted", "x")
