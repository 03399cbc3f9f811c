"""Plans of the demonstration: the counties have the results of the pilot, each time the same, and no gap."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from zhilu.demo.bureau import days, plan, steps
from zhilu.demo.bureau import steps_oversight as oversight
from zhilu.demo.bureau.county import County
from zhilu.demo.bureau.ground import BUREAUS, CITY, COUNTIES, Ground
from zhilu.demo.bureau.julu import JULU
from zhilu.demo.bureau.plan import Plan
from zhilu.demo.bureau.scenes import SCENES, length_us
from zhilu.demo.bureau.texts import KINDS
from zhilu.demonstration import is_demonstration
from zhilu.server.assessment.rules import OBJECT_DAYS
from zhilu.server.evidence.rules import ELEMENTS
from zhilu.server.evidence.rules_links import OUTCOMES

TODAY = date(2026, 11, 29)


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan.make(JULU, TODAY)


@pytest.fixture(scope="module", params=COUNTIES, ids=lambda county: county.code)
def each(request: pytest.FixtureRequest, made: Plan) -> Plan:
    county: County = request.param
    return made if county is JULU else plan.make(county, TODAY)


def acts(made: Plan) -> list[steps.Opened]:
    return [step for step in made.steps if isinstance(step, steps.Opened)]


def test_the_county_has_its_share_of_the_pilot(made: Plan) -> None:
    assert len(JULU.holders) == 12
    assert sum("officer" in one.roles for one in JULU.members) == 20
    assert {one.kind for one in JULU.units} >= {"collection", "administration", "monitoring", "inspection"}
    outings = [step for step in made.steps if isinstance(step, steps.Outing)]
    assert {step.holder for step in outings} == {one.login for one in JULU.holders}
    classes = Counter(KINDS[one.procedure].acts for one in acts(made))
    assert 70 <= classes["household"] <= 76
    assert all(classes[name] >= 12 for name in ("determined", "interview", "scene"))
    kinds = Counter(step.kind for step in made.steps if isinstance(step, steps.Resulted))
    assert kinds == JULU.share.outcomes and set(kinds) <= set(OUTCOMES)


@pytest.mark.parametrize("today", [TODAY - timedelta(days=n) for n in range(7)])
def test_the_counties_together_are_the_pilot(today: date) -> None:
    """S3 and S13 of the field: 34 recorders, all of them in use; 200 visits and more; their outcomes."""
    plans = [plan.make(one, today) for one in COUNTIES]
    assert sum(len(one.holders) for one in COUNTIES) == 34
    for one in plans:
        assert {step.holder for step in one.steps if isinstance(step, steps.Outing)} == {
            holder.login for holder in one.county.holders
        }
    kinds = Counter(step.kind for one in plans for step in one.steps if isinstance(step, steps.Resulted))
    assert kinds == {
        "quota-adjusted": 15,
        "relief-cancelled": 5,
        "off-book-found": 6,
        "dispute-settled": 5,
        "disturbance-handled": 2,
    }
    classes = Counter(KINDS[act.procedure].acts for one in plans for act in acts(one))
    assert classes["household"] >= 200


def test_bureaus_share_no_name_number_or_address() -> None:
    assert plan.make(CITY, TODAY).steps == ()
    ground = Ground(Path("/work"), Path("/kept"), 8600)
    places = [ground.place(one) for one in BUREAUS]
    for said in (
        [one.number for bureau in BUREAUS for one in bureau.members],
        [number for one in COUNTIES for number in range(one.first, one.first + len(one.holders))],
        [one.work for one in places],
        [one.logs for one in places],
        [one.keyholder_uid for one in places],
        [number for one in places for number in one.tcp_ports],
    ):
        assert len(set(said)) == len(said)
    assert all(set(one.logins) <= {member.login for member in one.members} for one in BUREAUS)


def test_the_same_plan_comes_of_the_same_seed_and_another_of_another(made: Plan) -> None:
    assert plan.make(JULU, TODAY).steps == made.steps
    assert plan.make(replace(JULU, code="qinghe"), TODAY).steps != made.steps


def test_dates_are_relative_to_the_day_that_is_passed_in() -> None:
    for today in (date(2026, 3, 2), TODAY, date(2027, 2, 28)):
        made = plan.make(JULU, today)
        assert all(days.at(made.founded, 0) <= step.at < days.at(today, 0) for step in made.steps)
        assert [step.at for step in made.steps] == sorted(step.at for step in made.steps)
        assert (today - made.founded).days == plan.HALF_A_YEAR + plan.SET_UP_DAYS


def test_nothing_is_done_with_a_recording_before_it_is_collected(each: Plan) -> None:
    carried: dict[str, list[str]] = {}
    stored: set[str] = set()
    for step in each.steps:
        match step:
            case steps.Outing():
                carried.setdefault(step.holder, []).extend(shot.key for shot in step.shots)
            case steps.Docked():
                stored |= set(carried.pop(step.holder))
            case steps.Imported():
                stored |= {key for key, _ in step.scenes}
            case steps.Opened():
                assert {key for key, _, _ in step.spans} <= stored
            case steps.SetAside() | steps.Handed():
                assert step.recording in stored
            case steps.Asked():
                assert set(step.recordings) <= stored


def test_a_recorder_is_never_out_twice(each: Plan) -> None:
    out: set[str] = set()
    for step in each.steps:
        if isinstance(step, steps.Outing):
            assert step.holder not in out
            out.add(step.holder)
        elif isinstance(step, steps.Docked):
            out.remove(step.holder)
        elif isinstance(step, steps.Assigned):
            assert step.holder not in out, "it learns of an assignment in its bay"


def test_statements_are_whole_and_not_whole_and_of_several_versions(made: Plan) -> None:
    filed = [step for step in made.steps if isinstance(step, steps.Filed)]
    assert all(tuple(step.texts) == ELEMENTS for step in filed)
    whole = [step for step in filed if all(step.texts.values())]
    assert len(whole) > len(filed) - len(whole) > 10
    assert sum(step.version > 1 for step in filed) >= 10
    described = {step.act for step in filed}
    assert any(one.act not in described for one in acts(made))
    assert len({step.texts["course"] for step in filed}) > 25


def test_acts_are_split_and_joined(made: Plan) -> None:
    in_two = [one for one in acts(made) if len(one.spans) == 2]
    films = Counter(key for one in acts(made) for key, _, _ in one.spans)
    assert in_two and any(count == 2 for count in films.values())


def test_a_span_lies_in_its_film(each: Plan) -> None:
    outings = [step for step in each.steps if isinstance(step, steps.Outing)]
    scenes = {shot.key: shot.scene for step in outings for shot in step.shots}
    scenes |= dict(pair for step in each.steps if isinstance(step, steps.Imported) for pair in step.scenes)
    assert set(scenes.values()) <= set(SCENES)
    for one in acts(each):
        assert all(0 <= first < last <= length_us(scenes[key]) for key, first, last in one.spans)


def test_what_else_happens_in_a_county_happens(made: Plan) -> None:
    kinds = {type(step) for step in made.steps}
    assert kinds == set(steps.Step.__subclasses__())
    assert any(step.drill for step in made.steps if isinstance(step, steps.Assigned))
    assert any(step.deputy for step in made.steps if isinstance(step, steps.Assigned))
    decided = [step for step in made.steps if isinstance(step, steps.Decided)]
    assert len({step.by for step in decided}) >= 3 and {step.approved for step in decided} == {True, False}
    asked = {step.viewing for step in made.steps if isinstance(step, steps.Asked)}
    assert asked - {step.viewing for step in decided}, "one still waits"


def test_nobody_decides_on_what_he_asked_for_and_confirms_what_he_did(each: Plan) -> None:
    viewers = {step.viewing: step.viewer for step in each.steps if isinstance(step, steps.Asked)}
    officers = {one.act: one.officers for one in acts(each)}
    for step in each.steps:
        if isinstance(step, steps.Decided):
            assert viewers[step.viewing] != step.by
        if isinstance(step, steps.Confirmed):
            assert step.by not in officers[step.act]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("demo.localhost", True),
        ("julu.demo.localhost:8600", True),
        ("http://julu.view.demo.localhost:8610", True),
        ("julu.demo.localhost/ledger", True),
        ("tax.example", False),
        ("demos.example", False),
        ("tax.example/demo", False),
        ("tax.example:8600", False),
        ("", False),
    ],
)
def test_a_demonstration_is_known_by_a_label_of_its_name(name: str, is_one: bool) -> None:
    assert is_demonstration(name) is is_one


def tasks_of(made: Plan) -> list[oversight.Task]:
    """Each as it was first said."""
    entered = [step for step in made.steps if isinstance(step, oversight.Entered)]
    return [task for step in entered for task in step.tasks if not task.withdrawn]


def test_most_acts_were_due_and_some_that_were_due_nobody_did(each: Plan) -> None:
    said, opened = tasks_of(each), acts(each)
    assert len({one.number for one in said}) == len(said)
    assert all(one.since < one.until and one.officers for one in said)
    names = Counter((one.name, one.since.date()) for one in said)
    planned = [act for act in opened if any(act.taxpayer == name for name, _ in names)]
    assert len(planned) > 0.9 * len(opened)
    missed = [one for one in said if one.number.split("-DT")[1].startswith("9")]
    assert len(missed) == (3 if each.county.is_light else 6)
    assert {one.since.date() for one in said if one.number.split("-DT")[1].startswith("8")} == {
        days.after(TODAY)
    }, "what is to be done when somebody looks"


def test_tasks_are_entered_before_their_time_and_by_known_people(each: Plan) -> None:
    logins = {one.login for one in each.county.with_role("officer")}
    for step in each.steps:
        if isinstance(step, oversight.Entered):
            for task in step.tasks:
                assert set(task.officers) <= logins
                assert step.at < task.since or step.at.date() == each.founded


def test_oversight_changes_nothing_of_what_happens_besides(made: Plan) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan.plan_oversight, "make", lambda *_: [])
        without = plan.make(JULU, TODAY).steps
    mine = {kind for kind in vars(oversight).values() if isinstance(kind, type)}
    rest = [step for step in made.steps if type(step) not in mine]
    assert rest == list(without)


def test_what_is_found_is_explained_answered_and_concluded_in_that_order(each: Plan) -> None:
    order = (oversight.Judged, oversight.Explained, oversight.Answered, oversight.Concluded)
    found = [order.index(type(step)) for step in each.steps if isinstance(step, order)]
    rounds = "".join(map(str, found)).split("0")[1:]
    assert all("123".startswith(one) for one in rounds) and rounds.count("123") >= 2
    newest = [""] if each.county.is_light else ["12", "1", ""]
    assert rounds[-len(newest) :] == newest, "something waits for each of those who look at the demo"


def test_what_waits_is_for_the_accounts_that_are_printed() -> None:
    """The head has to decide what an officer of his explained, the first account to explain; a leader has an
    appeal."""
    made = plan.make(JULU, TODAY)
    last = [one for one in tasks_of(made) if "-DT99" in one.number]
    assert {one.officers for one in last} == {("hanxue", "officer2"), ("officer", "officer2")}
    judged = max(step.at for step in made.steps if isinstance(step, oversight.Explained))
    assert [one.since < judged - timedelta(days=1) for one in last] == [True, False]
    (blamed,), (appealed,) = (made.of(kind) for kind in (oversight.Blamed, oversight.Appealed))
    assert blamed.at < appealed.at


def test_what_did_not_pass_is_seen_by_another_supervisor_and_a_published_month_is_objected_to(
    each: Plan,
) -> None:
    """All of it in the county that is told whole; some reviews in the others."""
    (reviewed,) = each.of(oversight.Reviewed)
    again, objected = each.of(oversight.ReviewedAgain), each.of(oversight.Objected)
    if each.county.is_light:
        assert not again and not objected
        return
    assert len(each.county.with_role("supervisor")) == 2
    (second,), (objection,) = again, objected
    assert isinstance(objection, oversight.Objected)
    published = {step.month: step.at for step in each.steps if isinstance(step, oversight.Published)}
    assert reviewed.at < second.at < reviewed.at + timedelta(days=15)
    assert objection.month == max(published)
    assert published[objection.month] < objection.at < published[objection.month] + timedelta(days=5)


def test_whoever_looks_at_the_demo_may_object_to_points() -> None:
    """On whatever day it is built: points were published, first or anew, at most five workdays before."""
    for day in (TODAY + timedelta(days=n) for n in range(31)):
        newest = plan.make(JULU, day, 92).of(oversight.Published, oversight.Upheld)[-1]
        assert len(days.workdays(newest.at.date(), day)) <= 1 + OBJECT_DAYS, day
