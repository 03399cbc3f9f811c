"""Nobody decides in a matter that he was in, or brought about, whoever is named in his place, and by nobody's
delegation who may not decide himself; and nobody is at fault who was not asked.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from support import bureau
from support.answers_world import MONDAY, People, after, at, cleared, delegated, nothing_found, raised
from support.bureau import OWN, Bureau
from support.county_world import OFFICER, SECTION, CountyWorld, named_id
from support.organisation import refused
from zhilu.server.evidence.models import Act, ActOfficer, ActSpan, Statement
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts
from zhilu.server.ledger.clock import day_of, now
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PersonDescribed, RoleGranted
from zhilu.server.organisation.models import Person
from zhilu.server.organisation.services.numbers import People as Numbers
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.oversight import rules_findings
from zhilu.server.oversight.apply_answers import days_around
from zhilu.server.oversight.models import Explanation, Finding, FindingPerson, PersonFault
from zhilu.server.oversight.rules_tasks import task_id
from zhilu.server.oversight.services import answers, tasks, telling_answers
from zhilu.server.oversight.services.answers import Said
from zhilu.server.pages.services import findings, overseen

SAID = Said("other", "other", "情况特殊。")


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    grown = bureau.of(county)
    nothing_found()
    return grown


@pytest.fixture
def people(world: Bureau) -> People:
    return People(world)


def amended(by: UUID, act: Act, *officers: str) -> None:
    spans = [Span(str(one.recording), one.from_us, one.to_us) for one in ActSpan.objects.filter(act=act)]
    acts.amend_act(by, act, act.revisions.count() or 1, act.procedure, officers, "", spans)


def entered(by: UUID, since: timedelta, *officers: str, moment: timedelta = timedelta(0)) -> UUID:
    """A task that begins so long after Monday, and is entered so long after it."""
    numbers = [Person.objects.get(id=one).number or "" for one in officers]
    begins = MONDAY + since
    said = tasks.Said("DT-1", "H01", numbers, begins, begins + timedelta(hours=1), "91130529MA0TEST01X")
    with at(MONDAY + moment):
        plan = tasks.plan({2: tasks.read(said, Numbers())}, str(by), "file", MONDAY + moment)
        assert plan.entered(), plan.outcomes
        tasks.enter(plan.entered(), str(by), "file")
    return task_id("DT-1")


def numbered(*people: UUID) -> None:
    """They have numbers, by which tasks name them."""
    for place, one in enumerate(people):
        commit(PersonDescribed(str(one)), "julu", {"name": "某", "number": f"77{place}"})


@pytest.mark.parametrize("part", ["officer", "statement"])
def test_who_had_a_part_in_the_act_decides_nothing_about_it(world: Bureau, people: People, part: str) -> None:
    """However it is amended after."""
    act = Act.objects.get(id=world.things[OWN]["act"])
    if part == "officer":
        amended(people.head, act, OFFICER, str(people.head))
        amended(people.head, act, OFFICER)
        assert not ActOfficer.objects.filter(act=act, officer=people.head).exists()
    else:
        with applying():
            Statement.objects.create(
                id=10**6,
                act=act,
                version=9,
                complete=[],
                filed_at=MONDAY,
                filed_by=str(people.head),
                entry=act.entry,
            )
    commit(RoleGranted(str(people.head), "supervisor", [SECTION]), "julu")
    commit(RoleGranted(str(people.head), "leader", [SECTION]), "julu")
    one, other = raised(subject=str(act.id)), raised("ends-early", subject=str(act.id))
    with after(1):
        id_ = answers.explain(people.me, one, SAID)
        refused("answer-own", answers.decide, people.head, id_, "accepted")
        answers.decide(people.head_all, id_, "refused", "x")
        refused("answer-own", answers.conclude, people.head, one, "no-fault", "x")
        refused("answer-own", answers.refer, people.head, other, "x")
        answers.conclude(people.supervisor, one, "fault", "x", persons=[OFFICER])
        refused("answer-own", answers.sanction, people.head, people.me, [one], "criticism", "x")
        appeal = answers.appeal_finding(people.me, one, "x")
        refused("answer-own", answers.decide_appeal, people.head, appeal, "lifted", "x")


def test_nobody_keeps_others_from_deciding_by_naming_them(world: Bureau, people: People) -> None:
    act = Act.objects.get(id=world.things[OWN]["act"])
    before = [str(one) for one in ActOfficer.objects.filter(act=act).values_list("officer", flat=True)]
    one = raised(subject=str(act.id), persons=before)
    with after(1):
        id_ = answers.explain(people.me, one, SAID)
        amended(people.me, act, *before, str(people.head), str(people.supervisor))
        refused("answer-own", answers.decide, people.head, id_, "accepted")
        amended(people.me, act, *before)
    with after(9):
        answers.decide(people.head, id_, "accepted")
        answers.conclude(people.supervisor, one, "no-fault", "x")


def test_who_takes_himself_out_stays_in_it(world: Bureau, people: People) -> None:
    act = Act.objects.get(id=world.things[OWN]["act"])
    before = [str(one) for one in ActOfficer.objects.filter(act=act).values_list("officer", flat=True)]
    one = raised(subject=str(act.id), persons=before)
    with after(1):
        id_ = answers.explain(people.me, one, SAID)
        amended(people.me, act, *before, str(people.head))
        amended(people.head, act, *before)
        refused("answer-own", answers.decide, people.head, id_, "accepted")
        answers.decide(people.head_all, id_, "accepted")


def test_nor_is_one_in_advance_decided_by_who_was_an_officer(world: Bureau, people: People) -> None:
    act = Act.objects.get(id=world.things[OWN]["act"])
    amended(people.head, act, OFFICER, str(people.head))
    amended(people.head, act, OFFICER)
    commit(RoleGranted(str(people.head), "supervisor", [SECTION]), "julu")
    with after(1):
        id_ = answers.explain_act(people.me, act.id, Said("reassigned", "other", "x"))
        refused("answer-own", answers.decide, people.head, id_, "accepted")
        answers.decide(people.head_all, id_, "accepted")
        refused("answer-own", answers.confirm, people.head, id_, "confirmed")


def test_who_was_an_officer_of_the_task_does_not_conclude(people: People) -> None:
    numbered(people.me, people.supervisor)
    task = entered(people.supervisor_all, timedelta(days=1), OFFICER, str(people.supervisor))
    entered(people.supervisor_all, timedelta(days=1), OFFICER)
    one = raised("missing", str(task), "task")
    with after(9):
        refused("answer-own", answers.conclude, people.supervisor, one, "no-fault", "x")
        answers.conclude(people.supervisor_all, one, "no-fault", "x")


def test_who_was_asked_and_is_no_more_stays_asked(people: People) -> None:
    """An officer who puts a colleague in his own place explains still, is waited for, and may be at fault."""
    one = raised()
    other = str(people("viewer"))
    raised(persons=[other], moment=MONDAY + timedelta(days=1))
    assert set(FindingPerson.objects.values_list("person", flat=True)) == {people.me, UUID(other)}
    commit(RoleGranted(OFFICER, "unit-head", [SECTION]), "julu")
    with after(2):
        his = answers.explain(UUID(other), one, SAID)
        refused("answer-own", answers.decide, people.me, his, "accepted")
        answers.decide(people.head, his, "accepted")
        refused("conclude-early", answers.conclude, people.supervisor, one, "fault", "x", "", [OFFICER])
        answers.decide(people.head, answers.explain(people.me, one, SAID), "refused", "x")
        answers.conclude(people.supervisor, one, "fault", "x", "", [OFFICER])
    assert PersonFault.objects.get().person == people.me


def test_who_is_asked_later_has_all_his_time(people: People) -> None:
    one = raised()
    other = str(people("viewer"))
    end = MONDAY.replace(hour=16) + timedelta(days=3)
    raised(persons=[OFFICER, other], moment=end)
    with at(end + timedelta(hours=1)):
        refused("conclude-early", answers.conclude, people.supervisor, one, "fault", "x", "", [other])
    # Said once more of the same people it is no later.
    raised(persons=[other, OFFICER], moment=end + timedelta(days=1), words=["more"])
    assert Finding.objects.get().raised_at == end
    with at(end + timedelta(days=6)):
        answers.conclude(people.supervisor, one, "fault", "x", "", [other])


def test_what_goes_and_comes_begins_no_days_anew(people: People) -> None:
    """An officer corrects his statement, and back again, before each deadline."""
    one, at_ = raised(), MONDAY
    for _ in range(6):
        at_ += timedelta(days=1)
        cleared(one, at_)
        raised(moment=at_ + timedelta(minutes=10))
    with at(at_ + timedelta(minutes=20)):
        answers.conclude(people.supervisor, one, "fault", "x", "", [OFFICER])


def test_what_comes_again_after_a_long_time_leaves_what_was_left_of_it(people: People) -> None:
    one = raised()
    cleared(one, MONDAY + timedelta(hours=1))
    weeks = MONDAY + timedelta(days=42)
    raised(moment=weeks)
    with at(weeks + timedelta(days=2)):
        refused("conclude-early", answers.conclude, people.supervisor, one, "fault", "x", "", [OFFICER])


def test_days_that_stand_still_are_worked_days(people: People) -> None:
    """A weekend and a week of holidays in which it stood are none of his days."""
    one, friday = raised(moment=MONDAY + timedelta(days=4)), MONDAY + timedelta(days=4)
    cleared(one, friday + timedelta(days=3))  # on Monday: one worked day of his is over
    again = friday + timedelta(days=11)  # Tuesday
    raised(moment=again)
    assert day_of(Finding.objects.get().raised_at) == day_of(again - timedelta(days=1))
    assert Finding.objects.get().found_at == friday
    days = {day_of(friday + timedelta(days=n)): "holiday" for n in range(3, 10)}
    stood = rules_findings.raised_again(friday, friday + timedelta(days=10), again + timedelta(days=14), days)
    assert day_of(stood) == day_of(again + timedelta(days=13))  # of ten days one was worked


def test_an_endless_row_of_people_keeps_nobody_from_concluding(people: People) -> None:
    """Each whom its officers name later would begin the days anew."""
    known = [str(one) for one in Person.objects.values_list("id", flat=True)]
    one, at_ = raised(persons=[known[0]]), MONDAY
    later = [str(named_id(f"later {place}")) for place in range(25)]
    for place, person in enumerate(later):
        at_ = MONDAY + timedelta(days=place + 1)
        raised(persons=[known[0], person], moment=at_)
    row = Finding.objects.get(id=one)
    assert len(row.asked) == FindingPerson.objects.count() == 26
    assert row.raised_at == MONDAY + timedelta(days=19)
    asked = {(one.person, one.code): one for one in telling_answers.asked(at_ + timedelta(hours=1))}
    assert (UUID(later[-1]), "finding-asked") in asked and (UUID(later[0]), "finding-asked") not in asked
    with at(at_ + timedelta(hours=1)):
        refused("not-heard", answers.conclude, people.supervisor, one, "fault", "x", "", [later[-1]])
        answers.conclude(people.supervisor, one, "fault", "x", "", [known[0], later[0]])


def test_whoever_it_names_at_last_has_his_own_days(people: People) -> None:
    """Nobody can be kept out of a fault by naming twenty others first."""
    one = raised(persons=[str(named_id(f"junk {n}")) for n in range(20)])
    raised(persons=[OFFICER], moment=MONDAY + timedelta(days=9))
    with after(10):
        refused("not-heard", answers.conclude, people.supervisor, one, "fault", "x", "", [OFFICER])
    with after(16):
        answers.conclude(people.supervisor, one, "fault", "x", "", [OFFICER])
    assert PersonFault.objects.get().person == people.me


def test_whom_a_finding_first_names_later_has_his_time_too(people: People) -> None:
    one = raised(persons=[])
    raised(moment=MONDAY + timedelta(days=9))
    assert Finding.objects.get(id=one).raised_at == MONDAY + timedelta(days=9)
    cleared(one, MONDAY + timedelta(days=10))
    raised(moment=MONDAY + timedelta(days=11))
    assert FindingPerson.objects.get().person == people.me


def test_what_one_who_decided_hands_on_is_no_right_to_decide_again(people: People) -> None:
    friend = people("viewer")
    one, two = raised(), raised("ends-early")
    with after(7):
        answers.conclude(people.supervisor_all, one, "fault", "x", persons=[OFFICER])
        answers.conclude(people.supervisor_all, two, "fault", "x", persons=[OFFICER])
    with after(8):
        sanction = answers.sanction(people.leader, people.me, [one], "suspension", "x", 1)
        appeal = answers.appeal_sanction(people.me, sanction, "x")
    delegated(people.leader, friend, "leader", MONDAY + timedelta(days=8))
    with after(9):
        refused("answer-twice", answers.decide_appeal, friend, appeal, "upheld", "x")
        # In another matter he may.
        answers.sanction(friend, people.me, [two], "suspension", "x", 1)
    delegated(people.leader_all, friend, "leader", MONDAY + timedelta(days=9))
    with after(10):
        answers.decide_appeal(friend, appeal, "upheld", "x")


def test_who_referred_a_finding_does_not_sanction_it(people: People) -> None:
    one = raised("late", kind="recording")
    friend = people("viewer")
    with after(1):
        answers.refer(people.leader, one, "移送")
    delegated(people.leader, friend, "leader", MONDAY + timedelta(days=2))
    with after(9):
        for who in (people.leader, friend):
            refused("answer-twice", answers.sanction, who, people.me, [one], "disqualification", "x", 12)
        answers.sanction(people.leader_all, people.me, [one], "criticism", "x")


def test_who_entered_a_task_after_its_time_does_not_conclude_that_it_is_missing(people: People) -> None:
    numbered(people.me)
    task = entered(people.supervisor, -timedelta(hours=3), OFFICER)
    one = raised("missing", str(task), "task")
    with after(9):
        refused("answer-twice", answers.conclude, people.supervisor, one, "fault", "x", "", [OFFICER])
        answers.conclude(people.supervisor_all, one, "fault", "x", "", [OFFICER])


def test_who_entered_it_in_time_may_and_who_said_what_it_belongs_to_may_not(people: People) -> None:
    numbered(people.me)
    task = entered(people.supervisor, timedelta(hours=3), OFFICER)
    one, two = raised("missing", str(task), "task"), raised("drill-over-task", str(task), "task")
    with after(9):
        answers.conclude(people.supervisor, one, "fault", "x", "", [OFFICER])
        tasks.correct(people.supervisor, task, None, "x")
        refused("answer-twice", answers.conclude, people.supervisor, two, "fault", "x", "", [OFFICER])
        tasks.correct(people.supervisor, task, None, "x", back=True)
        answers.conclude(people.supervisor, two, "fault", "x", "", [OFFICER])


@pytest.mark.db
@pytest.mark.parametrize("then", ["another's version", "put off"])
def test_nor_once_its_late_version_was_replaced(people: People, then: str) -> None:
    numbered(people.me)
    if then == "put off":  # what came in time, by him who was to have it done
        task = entered(people.supervisor_all, timedelta(hours=3), OFFICER)
        entered(people.supervisor, timedelta(days=1), OFFICER, moment=timedelta(hours=4))
    else:
        task = entered(people.supervisor, -timedelta(hours=3), OFFICER)
        entered(people.supervisor_all, -timedelta(hours=2), OFFICER)
    commit(RoleGranted(str(people.leader_all), "supervisor", None), "julu")
    one = raised("missing", str(task), "task")
    with after(9):
        refused("answer-twice", answers.conclude, people.supervisor, one, "fault", "x", "", [OFFICER])
        rights = rights_of(people.supervisor)
        assert not findings.concludable(rights, now(), days_around(now())).exists()
        answers.conclude(people.leader_all, one, "fault", "x", "", [OFFICER])


@pytest.mark.db
def test_what_somebody_else_concludes_is_neither_listed_nor_counted_nor_told(
    world: Bureau, people: People
) -> None:
    numbered(people.me)
    task = entered(people.supervisor, -timedelta(hours=3), OFFICER)
    one, two = raised("missing", str(task), "task"), raised()
    commit(RoleGranted(str(people.supervisor), "unit-head", [SECTION]), "julu")
    with after(1):
        answers.decide(people.supervisor, answers.explain(people.me, two, SAID), "accepted")
    with after(9):
        tasks.correct(people.supervisor_all, task, None, "x")
        for person, his in ((people.supervisor, set()), (people.supervisor_all, {two})):
            rights = rights_of(person)
            counts, _known = overseen.waiting(rights, now())
            told = [each for each in telling_answers.to_supervisors(now()) if each.person == person]
            listed = findings.concludable(rights, now(), days_around(now()))
            waits = Finding.objects.filter(findings.for_me(rights, now(), days_around(now())))
            assert {each.id for each in listed} == {each.id for each in waits} == his
            assert counts["conclusions"] == len(his)
            assert [each.params["count"] for each in told] == [len(his)] * bool(his)
        tasks.correct(people.supervisor_all, task, None, "x", back=True)
        listed = findings.concludable(rights_of(people.supervisor_all), now(), days_around(now()))
        assert {each.id for each in listed} == {one, two}
        page = world.client("supervisor").get(f"/findings/{one}")
        assert f"/findings/{one}/conclude" not in page.content.decode()


def test_what_a_supervisor_approved_names_him_also_where_no_head_decided(people: People) -> None:
    from zhilu.server.oversight.services import concluded

    one = raised(subject=str(named_id("an act")))
    with after(1):
        answers.explain(people.me, one, Said("interrupted", "privacy", "x"))
    with after(9):
        answers.conclude(people.supervisor, one, "excused", "x", "approved-reason")
    assert not Explanation.objects.get().decided_by
    (fact,) = concluded.approved([str(named_id("an act"))])
    assert fact.decided_by == str(people.supervisor)
