"""What is explained in advance: approved before there is a finding, refused, in time and not without end."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from support.answers_world import MONDAY, People, after, raised
from support.bureau import BESIDE, OWN
from support.county_world import named_id
from support.organisation import refused
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.models import Explanation
from zhilu.server.oversight.services import answers, concluded
from zhilu.server.oversight.services.answers import Said

SAID = Said("interrupted", "device-fault", "电池脱落，已当场口头说明。")
OTHERWISE = Said("other", "other", "情况特殊。")


def test_in_advance_an_officer_of_the_act_explains(people: People) -> None:
    world = people.world
    act = UUID(str(world.things[OWN]["act"]))
    break_ = Said("interrupted", "privacy", "更衣", MONDAY - timedelta(hours=1), MONDAY)
    with after(1):
        refused("explain-own", answers.explain_act, people.head, act, break_)
        refused("explain-own", answers.explain_act, UUID(world.things[BESIDE]["person"]), act, break_)
        refused("explain-own", answers.explain_act, people.me, uuid4(), break_)
        refused("explain-own", answers.explain_task, people.me, uuid4(), Said("not-recorded", "other", "x"))
        refused("explain-kind", answers.explain_act, people.me, act, OTHERWISE)
        id_ = answers.explain_act(people.me, act, break_)
        refused("explained-already", answers.explain_act, people.me, act, break_)
        assert concluded.approved([str(act)]) == []
        refused("conclude-early", answers.confirm, people.supervisor, id_, "confirmed")
        answers.decide(people.head, id_, "accepted")
        for stranger in ("unit-head*", "leader", "viewer"):
            refused("answer-rank", answers.confirm, people(stranger), id_, "confirmed")
        refused("answer-text", answers.confirm, people.supervisor, id_, "refused")
        answers.confirm(people.supervisor, id_, "confirmed")
        refused("decided-already", answers.confirm, people.supervisor_all, id_, "refused", "x")
        refused("decided-already", answers.decide, people.head_all, id_, "refused", "x")
    (fact,) = concluded.approved([str(act)])
    assert (fact.since, fact.until) == (int(MONDAY.timestamp()) - 3600, int(MONDAY.timestamp()))
    assert fact.decided_by == str(people.supervisor)


def test_in_advance_a_refused_one_approves_nothing_and_what_was_found_is_explained_there(
    people: People,
) -> None:
    world = people.world
    act = UUID(str(world.things[OWN]["act"]))
    with after(1):
        id_ = answers.explain_act(people.me, act, SAID)
        answers.decide(people.head, id_, "refused", "x")
        refused("decided-already", answers.confirm, people.supervisor, id_, "confirmed")
        # It may be said better.
        id_ = answers.explain_act(people.me, act, SAID)
    with after(9):
        # The head let his time lapse.
        answers.confirm(people.supervisor, id_, "refused", "x")
    assert concluded.approved([str(act)]) == []
    one = raised(subject=str(act), moment=MONDAY + timedelta(days=10))
    with after(11):
        refused("explain-found", answers.explain_act, people.me, act, SAID)
        id_ = answers.explain(people.me, one, SAID)
        answers.decide(people.head, id_, "accepted")
        refused("explain-found", answers.confirm, people.supervisor, id_, "confirmed")
    # Another kind says something else.
    with after(11):
        for number in range(rules.MOST_ATTACHMENTS):
            since = MONDAY + timedelta(minutes=number)
            said = Said("interrupted", "other", "x", since, since + timedelta(seconds=9))
            refused("explain-found", answers.explain_act, people.me, act, said)


def test_in_advance_not_without_end(people: People) -> None:
    world = people.world
    act = UUID(str(world.things[OWN]["act"]))
    with after(1):
        for number in range(11):
            since = MONDAY + timedelta(minutes=number)
            said = Said("interrupted", "other", "x", since, since + timedelta(seconds=9))
            if number == 10:
                refused("explanations-many", answers.explain_act, people.me, act, said)
            else:
                answers.explain_act(people.me, act, said)


def test_what_no_head_decided_in_time_a_supervisor_may_approve_and_a_refused_one_never(
    people: People,
) -> None:
    one, two = raised(), raised("black-or-silent")
    with after(1):
        answers.explain(people.me, one, SAID)
        answers.decide(people.head, answers.explain(people.me, two, SAID), "refused", "x")
    with after(9):
        answers.conclude(people.supervisor, one, "excused", "x", "approved-reason")
        answers.conclude(people.supervisor, two, "excused", "x", "superior-order")
    subjects = [str(row.act) for row in Explanation.objects.all()]
    assert [fact.subject for fact in concluded.approved(subjects)] == [str(named_id("about gap"))]
