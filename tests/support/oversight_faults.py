"""What goes wrong in the half year, and what only looks so: a function each, which labels what it spoils.

`fault` and `alike` name them; a fault that labels nothing, or a look-alike that labels its own rule, is a
mistake of this file (tests/oversight/test_year.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from support.oversight_year import (
    ALL,
    AS_OF,
    DAYS,
    SECOND,
    SELECTED_SINCE,
    STRICT,
    Film,
    Visit,
    Year,
    minutes,
    seconds,
    worked_after,
)

Spoil = Callable[[Year], None]


@dataclass(frozen=True)
class Case:
    rule: str
    is_fault: bool
    spoil: Spoil


CASES: list[Case] = []


def _case(rule: str, is_fault: bool) -> Callable[[Spoil], Spoil]:
    def keep(spoil: Spoil) -> Spoil:
        CASES.append(Case(rule, is_fault, spoil))
        return spoil

    return keep


def fault(rule: str) -> Callable[[Spoil], Spoil]:
    return _case(rule, True)


def alike(rule: str) -> Callable[[Spoil], Spoil]:
    return _case(rule, False)


def make(tasks: int, each: int, seed: int = 1) -> Year:
    """So many tasks; each case so often."""
    year = Year(seed)
    for case in CASES:
        for _ in range(each):
            case.spoil(year)
    while len(year.visits) < tasks:
        year.visit()
    return year


def a_pair(year: Year, department: str = "d1") -> tuple[str, str]:
    """Two whom nobody else meets."""
    return (
        year.person((department, date(2025, 1, 1), None)),
        year.person((department, date(2025, 1, 1), None)),
    )


# Nothing recorded


@fault("missing")
def nothing_at_all(year: Year) -> None:
    visit = year.visit()
    visit.nothing_done()
    year.wrong("missing", visit.task["task"])


@fault("missing")
def explained_and_refused(year: Year) -> None:
    visit = year.visit()
    visit.nothing_done()
    year.explain(visit.task["task"], "not-recorded", "refused")
    year.wrong("missing", visit.task["task"])


@fault("missing")
def explained_and_undecided(year: Year) -> None:
    visit = year.visit()
    visit.nothing_done()
    year.explain(visit.task["task"], "not-recorded", "", "")
    year.wrong("missing", visit.task["task"])


@fault("missing")
def approved_by_himself(year: Year) -> None:
    visit = year.visit()
    visit.nothing_done()
    year.explain(visit.task["task"], "not-recorded", by=visit.task["officers"][0])
    year.wrong("missing", visit.task["task"])


@fault("missing")
def an_act_without_recording(year: Year) -> None:
    visit = year.visit(document=False)
    visit.films, visit.spans = [], []
    year.wrong("missing", visit.task["task"])


@fault("missing")
def only_the_neighbour_was_visited(year: Year) -> None:
    """Two tasks at one hour, one is done."""
    done = year.visit(document=False)
    left = year.visit_of(done.pair, done.task["since"], done.task["procedure"], document=False)
    left.nothing_done()
    year.wrong("missing", left.task["task"])


@fault("missing")
def withdrawn_and_given_again(year: Year) -> None:
    visit = year.visit()
    visit.older = [visit.task | {"withdrawn": True}]
    visit.task = visit.task | {"version": 2}
    visit.nothing_done()
    year.wrong("missing", visit.task["task"])


@fault("missing")
def another_visit_ten_days_later(year: Year) -> None:
    visit = year.visit(procedure="V01", most=date(2026, 5, 20))
    visit.nothing_done()
    later = year.visit_of(visit.pair, visit.task["since"] + timedelta(28), "V01", document=False)
    _same_taxpayer(year, later, visit)
    year.wrong("missing", visit.task["task"])


@fault("missing")
def moved_to_where_it_is_demanded(year: Year) -> None:
    visit = _transferred(year, "d4", "d3")
    year.wrong("missing", visit.task["task"])


@fault("missing")
def after_a_morning_that_was_recorded(year: Year) -> None:
    """The visit before ended just within the plan of this one."""
    done = year.visit(procedure="V01")
    shifted = done.end - minutes(3)
    left = year.visit_of(done.pair, shifted.replace(second=0, microsecond=0), "V01")
    left.nothing_done()
    year.wrong("missing", left.task["task"])


@alike("missing")
def approved_explanation(year: Year) -> None:
    visit = year.visit()
    visit.nothing_done()
    year.explain(visit.task["task"], "not-recorded")


@alike("missing")
def withdrawn(year: Year) -> None:
    visit = year.visit()
    visit.older = [visit.task]
    visit.task = visit.task | {"version": 2, "withdrawn": True}
    visit.nothing_done()


@alike("missing")
def not_demanded(year: Year) -> None:
    year.visit(procedure="I01").nothing_done()


@alike("missing")
def demanded_in_another_department(year: Year) -> None:
    pair = a_pair(year, "d2")
    year.visit_of(pair, _some_day(year, SELECTED_SINCE) + timedelta(hours=9), "S02").nothing_done()


@alike("missing")
def before_the_rollout(year: Year) -> None:
    pair = a_pair(year, "d3")
    day = year.random.choice([one for one in DAYS if one < SELECTED_SINCE])
    year.visit_of(pair, datetime(day.year, day.month, day.day, 9), "S02").nothing_done()


@alike("missing")
def moved_to_where_it_is_not_demanded(year: Year) -> None:
    _transferred(year, "d3", "d4")


@alike("missing")
def not_over_yet(year: Year) -> None:
    year.visit_of(a_pair(year), datetime(2026, 6, 30, 15), document=False).nothing_done()


@alike("missing")
def done_two_days_later(year: Year) -> None:
    visit = year.visit()
    for task in (visit.task,):
        task["since"] -= timedelta(2)
        task["until"] -= timedelta(2)


@alike("missing")
def known_by_its_document_only(year: Year) -> None:
    """Another taxpayer's number, another place, another hour: the document says whose it is."""
    visit = year.visit(document=True)
    visit.links[0]["number"] = year.id("91130529")
    visit.task["since"] -= timedelta(6)
    visit.task["until"] -= timedelta(6)
    visit.task["place"] = "电话另约"


@alike("missing")
def two_visits_in_one_recording(year: Year) -> None:
    """Next door, within one plan; one recording holds both."""
    first = year.visit(procedure="V01", document=False)
    second = year.visit_of(first.pair, first.task["since"], "V01", document=False)
    length = second.end - second.begin
    first.film.until += length + minutes(4)
    begin = first.end + minutes(3)
    _move(second, begin, begin + length)
    second.films, film = [], first.film
    film.marks += [begin + length * (at + 1) / 3 for at in range(2)]
    second.spans = [(film, begin - seconds(10), begin + length + seconds(10))]


@alike("missing")
def two_procedures_at_one_taxpayer(year: Year) -> None:
    first = year.visit(procedure="V01", document=False)
    second = year.visit_of(first.pair, first.task["since"], "S01", document=False)
    _same_taxpayer(year, second, first)
    _move_films(second, first.end + minutes(5))


@alike("missing")
def over_midnight(year: Year) -> None:
    day = year.random.choice(DAYS[5:-6])
    visit = year.visit_of(a_pair(year), datetime(day.year, day.month, day.day, 23, 20), "V01")
    _move_films(visit, datetime(day.year, day.month, day.day, 23, 40))


@alike("missing")
def recorded_and_not_described(year: Year) -> None:
    """Whose recording it is, is asked instead."""
    visit = year.visit(document=False)
    visit.act, visit.spans, visit.links, visit.statements = None, [], [], []
    year.wrong("not-linked", visit.film.id)


@alike("missing")
def corrected_by_a_person(year: Year) -> None:
    visit = year.visit(document=False)
    visit.links[0]["number"] = year.id("91130529")
    assert visit.act is not None
    year.add("corrections", task=visit.task["task"], act=visit.act["act"])


# Drills


@fault("drill-over-task")
def called_a_drill(year: Year) -> None:
    visit = year.visit()
    visit.film.drill = True
    film = visit.film
    visit.nothing_done()
    visit.films = [film]
    year.wrong("drill-over-task", visit.task["task"])


@fault("drill-over-task")
def an_act_on_a_drill(year: Year) -> None:
    visit = year.visit()
    visit.film.drill = True
    year.wrong("drill-over-task", visit.task["task"])


@alike("drill-over-task")
def a_drill_and_the_visit(year: Year) -> None:
    visit = year.visit()
    since = visit.task["until"] - minutes(9)
    year.films.append(year.film(year.id("person"), since, since + minutes(20), drill=True))
    year.films.append(year.film(visit.pair[0], visit.end + minutes(2), visit.end + minutes(12), drill=True))


@alike("drill-over-task")
def a_drill_over_what_was_withdrawn(year: Year) -> None:
    visit = year.visit()
    visit.task["withdrawn"] = True
    visit.film.drill, film = True, visit.film
    visit.nothing_done()
    visit.films = [film]


@alike("drill-over-task")
def a_drill_on_a_free_day(year: Year) -> None:
    since = datetime(2026, 3, 7, 9) + timedelta(7 * year.random.randrange(8))
    year.films.append(year.film(f"p{year.random.randrange(60):03}", since, since + minutes(50), drill=True))


# When, and for how long


@fault("late")
def two_days_in_the_drawer(year: Year) -> None:
    visit = year.visit()
    _dock(
        year, visit, datetime.combine(worked_after(visit.day, 2), datetime.min.time()) + timedelta(hours=18)
    )


@fault("late")
def a_saturday_that_is_worked(year: Year) -> None:
    """Friday, and Saturday was made up for the festival: Monday is too late."""
    day = year.random.choice([date(2026, 2, 13), date(2026, 2, 27), date(2026, 5, 8)])
    visit = year.visit_of(a_pair(year), datetime(day.year, day.month, day.day, 9), document=False)
    back = worked_after(day, 2)
    _dock(year, visit, datetime(back.year, back.month, back.day, 18))


@alike("late")
def over_the_weekend(year: Year) -> None:
    friday = date(2026, 3, 13) + timedelta(7 * year.random.randrange(3))
    visit = year.visit_of(a_pair(year), datetime(friday.year, friday.month, friday.day, 15), document=False)
    monday = friday + timedelta(3)
    _collect(year, visit.film, datetime(monday.year, monday.month, monday.day, 15, 10))


@alike("late")
def over_the_festival(year: Year) -> None:
    """Recorded on the made-up Saturday before it, collected on the morning after it."""
    visit = year.visit_of(a_pair(year), datetime(2026, 2, 14, 15), document=False)
    _collect(year, visit.film, datetime(2026, 2, 24, 9))


@alike("late")
def duty_went_on(year: Year) -> None:
    """Over 24 hours after the first visit, under 24 after the last."""
    pair, day = a_pair(year), year.random.choice([one for one in DAYS[5:-9] if one.weekday() < 3])
    first = year.visit_of(pair, datetime(day.year, day.month, day.day, 9), "V01", document=False)
    year.visit_of(pair, datetime(day.year, day.month, day.day, 16), "V01", document=False)
    back = worked_after(day, 1)
    _collect(year, first.film, datetime(back.year, back.month, back.day, 15))


@fault("starts-late")
def switched_on_late(year: Year) -> None:
    visit = year.visit()
    assert visit.act is not None
    visit.act["began"] = visit.film.since - minutes(5)
    year.wrong("starts-late", visit.act["act"])


@alike("starts-late")
def within_a_minute(year: Year) -> None:
    visit = year.visit()
    assert visit.act is not None
    visit.act["began"] = visit.film.since - seconds(60)


@alike("starts-late")
def the_clock_was_off(year: Year) -> None:
    """Its clock says five minutes later; in truth it was there."""
    visit = year.visit()
    visit.film.offset = 300
    year.wrong("clock-off", visit.film.id)


@alike("starts-late")
def the_span_was_narrow(year: Year) -> None:
    visit = year.visit(procedure="V01", document=False)
    film, since, until = visit.spans[0]
    film.since -= minutes(4)
    visit.spans[0] = (film, since, until)
    assert visit.act is not None
    visit.act["began"] = film.since + seconds(20)


@alike("starts-late")
def why_it_began_late_was_approved(year: Year) -> None:
    visit = year.visit()
    assert visit.act is not None
    visit.act["began"] = visit.film.since - minutes(5)
    year.explain(visit.act["act"], "not-recorded")


@fault("ends-early")
def switched_off_early(year: Year) -> None:
    visit = year.visit()
    assert visit.act is not None
    visit.act["ended"] = visit.film.until + minutes(6)
    year.wrong("ends-early", visit.act["act"])


@alike("ends-early")
def the_battery_was_told_of(year: Year) -> None:
    visit = year.visit()
    assert visit.act is not None
    visit.act["ended"] = visit.film.until + minutes(6)
    year.explain(
        visit.act["act"], "interrupted", since=visit.film.until - seconds(30), until=visit.act["ended"]
    )


@alike("ends-early")
def the_partner_recorded_the_end(year: Year) -> None:
    visit = year.visit(procedure="V01", officers=2)
    assert visit.act is not None
    visit.act["ended"] = visit.film.until + minutes(4)
    other = year.film(visit.pair[1], visit.film.until - seconds(30), visit.act["ended"] + seconds(20))
    visit.films.append(other)
    visit.spans.append((other, other.since, other.until))


@fault("gap")
def the_camera_gave_nothing(year: Year) -> None:
    visit = year.visit()
    _hole(visit, "gap", 90)
    year.wrong("gap", _act(visit))


@fault("gap")
def a_power_cut(year: Year) -> None:
    visit = year.visit()
    _cut(year, visit, 3)
    year.wrong("gap", _act(visit))


@fault("gap")
def another_break_was_told_of(year: Year) -> None:
    visit = year.visit()
    at = _hole(visit, "gap", 90)
    year.explain(_act(visit), "interrupted", since=at - minutes(7), until=at - minutes(5))
    year.wrong("gap", _act(visit))


@alike("gap")
def a_short_one(year: Year) -> None:
    _hole(year.visit(), "gap", 30)


@alike("gap")
def a_break_that_was_told_of(year: Year) -> None:
    visit = year.visit()
    at = _hole(visit, "gap", 90)
    year.explain(_act(visit), "interrupted", since=at - seconds(20), until=at + seconds(100))


@alike("gap")
def the_partner_recorded_on(year: Year) -> None:
    visit = year.visit(procedure="S01")
    at = _hole(visit, "gap", 120)
    other = year.film(visit.pair[1], at - minutes(2), at + minutes(6))
    visit.films.append(other)
    visit.spans.append((other, other.since, other.until))


@alike("gap")
def next_door_meanwhile(year: Year) -> None:
    """Two spans of one recording: between them it ran on."""
    visit = year.visit(procedure="I01", document=False)
    film, since, until = visit.spans[0]
    middle = since + (until - since) / 2
    visit.spans = [(film, since, middle - minutes(2)), (film, middle + minutes(2), until)]


@alike("gap")
def before_the_visit(year: Year) -> None:
    visit = year.visit()
    visit.film.since -= minutes(4)
    visit.film.stretches.append(("gap", visit.film.since + minutes(1), visit.film.since + minutes(3)))


@fault("black-or-silent")
def a_hand_over_the_lens(year: Year) -> None:
    visit = year.visit()
    _hole(visit, "black", 60)
    year.wrong("black-or-silent", _act(visit))


@fault("black-or-silent")
def no_sound(year: Year) -> None:
    visit = year.visit()
    _hole(visit, "silent", 400)
    year.wrong("black-or-silent", _act(visit))


@alike("black-or-silent")
def dark_for_a_moment(year: Year) -> None:
    visit = year.visit()
    _hole(visit, "black", 30)
    _hole(visit, "silent", 300)


@alike("black-or-silent")
def in_the_pocket_before(year: Year) -> None:
    visit = year.visit()
    visit.film.since -= minutes(4)
    visit.film.stretches.append(("black", visit.film.since, visit.film.since + minutes(3)))


@alike("black-or-silent")
def the_partner_saw(year: Year) -> None:
    visit = year.visit(procedure="S01")
    at = _hole(visit, "black", 120)
    other = year.film(visit.pair[1], at - minutes(2), at + minutes(6))
    visit.films.append(other)
    visit.spans.append((other, other.since, other.until))


# What is written of it


@fault("incomplete")
def no_result(year: Year) -> None:
    visit = year.visit()
    visit.statements = [(1, ALL.replace(" result", ""))]
    year.wrong("incomplete", _act(visit))


@fault("incomplete")
def no_statement(year: Year) -> None:
    visit = year.visit()
    visit.statements = []
    year.wrong("incomplete", _act(visit))


@fault("incomplete")
def made_worse(year: Year) -> None:
    visit = year.visit()
    visit.statements = [(1, ALL), (2, ALL.replace("cause ", ""))]
    year.wrong("incomplete", _act(visit))


@alike("incomplete")
def completed_later(year: Year) -> None:
    year.visit().statements = [(1, "time place"), (2, ALL)]


@alike("incomplete")
def still_time(year: Year) -> None:
    visit = year.visit_of(a_pair(year), datetime(2026, 6, 30, 9), "V01", document=False)
    visit.statements = []


@fault("too-few-officers")
def alone(year: Year) -> None:
    visit = year.visit(procedure="S01")
    visit.act = {**(visit.act or {}), "officers": [visit.pair[0]]}
    year.wrong("too-few-officers", _act(visit))


@fault("too-few-officers")
def named_twice(year: Year) -> None:
    visit = year.visit(procedure="S01")
    visit.act = {**(visit.act or {}), "officers": [visit.pair[0], visit.pair[0]]}
    year.wrong("too-few-officers", _act(visit))


@fault("too-few-officers")
def one_had_left(year: Year) -> None:
    visit = _with_leaver(year, 0)
    year.wrong("too-few-officers", _act(visit))


@fault("too-few-officers")
def two_since_april(year: Year) -> None:
    visit = year.visit(procedure="V02", least=SECOND)
    visit.act = {**(visit.act or {}), "officers": [visit.pair[0]]}
    year.wrong("too-few-officers", _act(visit))


@alike("too-few-officers")
def one_before_april(year: Year) -> None:
    year.visit(procedure="V02", most=SECOND - timedelta(1))


@alike("too-few-officers")
def the_day_before_he_left(year: Year) -> None:
    _with_leaver(year, 1)


@alike("too-few-officers")
def transferred_that_day(year: Year) -> None:
    visit = year.visit(procedure="S01")
    other = year.person(("d1", date(2025, 1, 1), visit.day), ("d2", visit.day, None))
    for one in (visit.task, visit.act):
        assert one is not None
        one["officers"] = [visit.pair[0], other]


@fault("not-linked")
def no_taxpayer(year: Year) -> None:
    visit = year.visit(document=False)
    visit.links = []
    year.wrong("not-linked", _act(visit))


@fault("not-linked")
def linked_on_the_fourth_day(year: Year) -> None:
    visit = year.visit(document=False)
    day = worked_after(visit.day, 4)
    visit.links[0]["at"] = datetime(day.year, day.month, day.day, 0, 30)
    year.wrong("not-linked", _act(visit))


@fault("not-linked")
def no_document(year: Year) -> None:
    visit = year.visit(document=True)
    visit.links.pop()
    year.wrong("not-linked", _act(visit))


@fault("not-linked")
def a_mistyped_document(year: Year) -> None:
    visit = year.visit(document=True)
    visit.links[1]["number"] += "X"
    year.wrong("not-linked", _act(visit))


@fault("not-linked")
def taken_away(year: Year) -> None:
    visit = year.visit(document=False)
    visit.links[0]["ended"] = visit.links[0]["at"] + timedelta(1)
    year.wrong("not-linked", _act(visit))


@fault("not-linked")
def half_described(year: Year) -> None:
    """One recording of two visits, and only one was described."""
    first = year.visit(procedure="V01", document=False)
    second = year.visit_of(first.pair, first.task["since"], "V01", document=False)
    second.nothing_done()
    first.film.until += minutes(15)
    second.task["until"] = max(second.task["until"], first.film.until)
    year.wrong("not-linked", second.task["task"])


@alike("not-linked")
def linked_on_the_third_day(year: Year) -> None:
    visit = year.visit(document=False)
    day = worked_after(visit.day, 3)
    visit.links[0]["at"] = datetime(day.year, day.month, day.day, 23, 30)


@alike("not-linked")
def corrected_long_after(year: Year) -> None:
    visit = year.visit(document=False)
    right, wrong = visit.links[0], {**visit.links[0], "number": year.id("91130529")}
    right["at"] = wrong["ended"] = wrong["at"] + timedelta(5)
    visit.links.append(wrong)


@alike("not-linked")
def set_aside(year: Year) -> None:
    film = year.film(a_pair(year)[0], *_hour(year))
    film.aside = True
    year.films.append(film)


@alike("not-linked")
def switched_on_by_mistake(year: Year) -> None:
    since, _ = _hour(year)
    year.films.append(year.film(a_pair(year)[0], since, since + seconds(100)))


# Recorders, handovers


@fault("clock-off")
def fast(year: Year) -> None:
    visit = year.visit()
    visit.film.offset = 61
    year.wrong("clock-off", visit.film.id)


@fault("clock-off")
def slow(year: Year) -> None:
    visit = year.visit()
    visit.film.offset = -400
    year.wrong("clock-off", visit.film.id)


@alike("clock-off")
def just_within(year: Year) -> None:
    year.visit().film.offset = year.random.choice([60, -60])


@alike("clock-off")
def nobody_measured(year: Year) -> None:
    """A file of another maker's recorder, late and by nobody's finger."""
    visit = year.visit()
    visit.film.origin, visit.film.offset, visit.film.check = "import", None, "none"
    visit.film.recorder = ""
    year.docked["", visit.day] = AS_OF


@fault("mark-missing")
def not_marked(year: Year) -> None:
    visit = year.visit()
    visit.film.marks.pop()
    year.wrong("mark-missing", _act(visit))


@fault("mark-missing")
def marked_after_the_end(year: Year) -> None:
    visit = year.visit()
    visit.film.marks[0] = visit.film.until - seconds(5)
    year.wrong("mark-missing", _act(visit))


@alike("mark-missing")
def nothing_to_mark(year: Year) -> None:
    year.visit(procedure="I01")


@alike("mark-missing")
def marked_by_the_partner(year: Year) -> None:
    visit = year.visit(procedure="S01")
    other = year.film(visit.pair[1], visit.begin, visit.end)
    other.marks, visit.film.marks = [one + seconds(2) for one in visit.film.marks], []
    visit.films.append(other)
    visit.spans.append((other, visit.begin, visit.end))


@fault("boot-without-recording")
def on_and_nothing(year: Year) -> None:
    year.wrong("boot-without-recording", _boot(year, 1200))


@alike("boot-without-recording")
def it_said_why(year: Year) -> None:
    _boot(year, 1200, reason="no-camera")


@alike("boot-without-recording")
def in_its_bay(year: Year) -> None:
    _boot(year, 1200, docked=True)


@alike("boot-without-recording")
def a_touch(year: Year) -> None:
    _boot(year, 59)


@alike("boot-without-recording")
def with_its_recording(year: Year) -> None:
    visit = year.visit()
    since = visit.film.since + seconds(visit.film.offset or 0) - seconds(3)
    _boot(year, 2400, recorder=visit.film.recorder, since=since)


@fault("weak-check")
def by_nobody(year: Year) -> None:
    visit = year.visit()
    visit.film.check = "none"
    year.wrong("weak-check", visit.film.id)


@fault("weak-check")
def by_the_key_alone(year: Year) -> None:
    visit = year.visit(least=STRICT)
    visit.film.check = year.random.choice(["key", "fprintd"])
    year.wrong("weak-check", visit.film.id)


@alike("weak-check")
def before_both_were_demanded(year: Year) -> None:
    year.visit(most=STRICT - timedelta(1)).film.check = "key"


@fault("clearing-refused")
def the_receipt_did_not_fit(year: Year) -> None:
    year.wrong("clearing-refused", _docking(year, "receipt-inclusion"))


@alike("clearing-refused")
def not_yet(year: Year) -> None:
    _docking(year, "quorum")


@alike("clearing-refused")
def cleared(year: Year) -> None:
    _docking(year, "")


# Who


@fault("wrong-officer")
def somebody_else_went(year: Year) -> None:
    visit = year.visit(procedure="V01")
    other = a_pair(year)[0]
    visit.act = {**(visit.act or {}), "officers": [other]}
    visit.film.officer, visit.film.recorder = other, f"r-{other}"
    year.wrong("wrong-officer", _act(visit))


@fault("wrong-officer")
def a_borrowed_recorder(year: Year) -> None:
    visit = year.visit()
    visit.film.officer = a_pair(year)[0]
    visit.film.recorder = f"r-{visit.film.officer}"
    year.wrong("wrong-officer", _act(visit))


@alike("wrong-officer")
def given_to_another(year: Year) -> None:
    visit = year.visit(procedure="V01")
    other = a_pair(year)[0]
    visit.older = [visit.task]
    visit.task = visit.task | {"version": 2, "officers": [other]}
    visit.act = {**(visit.act or {}), "officers": [other]}
    visit.film.officer, visit.film.recorder = other, f"r-{other}"


@alike("wrong-officer")
def taken_over_and_approved(year: Year) -> None:
    visit = year.visit(procedure="V01")
    other = a_pair(year)[0]
    visit.act = {**(visit.act or {}), "officers": [other]}
    visit.film.officer, visit.film.recorder = other, f"r-{other}"
    year.explain(visit.task["task"], "reassigned")


@alike("wrong-officer")
def one_of_the_two(year: Year) -> None:
    """One of the two whose task it is, with somebody else."""
    visit = year.visit(procedure="S01")
    visit.act = {**(visit.act or {}), "officers": [visit.pair[0], "p059"]}


@alike("wrong-officer")
def two_acts_of_one_task(year: Year) -> None:
    """Each of the two described it."""
    visit = year.visit(procedure="V01", officers=2, document=False)
    other = year.visit_of(visit.pair[::-1], visit.task["since"], "V01", document=False)
    _same_taxpayer(year, other, visit)
    _move_films(other, visit.begin + seconds(30))
    other.task = {**visit.task, "version": 0}


# Viewing, keeping


@fault("viewing-unused")
def never_opened(year: Year) -> None:
    year.wrong("viewing-unused", _viewing(year, "approved"))


@alike("viewing-unused")
def refused(year: Year) -> None:
    _viewing(year, year.random.choice(["refused", ""]))


@alike("viewing-unused")
def may_still_be_opened(year: Year) -> None:
    _viewing(year, "approved", until=AS_OF + seconds(1))


@alike("viewing-unused")
def opened(year: Year) -> None:
    viewing = _viewing(year, "approved")
    _releases(year, "v-many", [_hour(year)[0]], viewing)


@fault("viewing-burst")
def a_whole_evening(year: Year) -> None:
    viewer, since = year.id("viewer"), _hour(year)[0]
    _releases(year, viewer, [since + minutes(5 * at) for at in range(11)])
    year.wrong("viewing-burst", f"{viewer}/{since.date()}")


@fault("viewing-burst")
def round_midnight(year: Year) -> None:
    viewer, day = year.id("viewer"), year.random.choice(DAYS[:-6])
    since = datetime(day.year, day.month, day.day, 23, 40)
    _releases(year, viewer, [since + minutes(4 * at) for at in range(11)])
    year.wrong("viewing-burst", f"{viewer}/{day + timedelta(1)}")


@alike("viewing-burst")
def ten(year: Year) -> None:
    since = _hour(year)[0]
    _releases(year, year.id("viewer"), [since + minutes(5 * at) for at in range(10)])


@alike("viewing-burst")
def one_again_and_again(year: Year) -> None:
    since = _hour(year)[0]
    _releases(
        year, year.id("viewer"), [since + minutes(3 * at) for at in range(16)], recording=year.id("rec")
    )


@alike("viewing-burst")
def over_the_day(year: Year) -> None:
    since = _hour(year)[0]
    _releases(year, year.id("viewer"), [since + minutes(13 * at) for at in range(20)])


@fault("retention-not-lengthened")
def a_case_and_half_a_year(year: Year) -> None:
    visit = year.visit()
    _case_link(year, visit)
    year.wrong("retention-not-lengthened", visit.film.id)


@fault("retention-not-lengthened")
def off_book_and_two_years(year: Year) -> None:
    visit = year.visit()
    visit.film.keep = "years-2"
    visit.outcomes = [_outcome(visit, "off-book-found")]
    year.wrong("retention-not-lengthened", visit.film.id)


@alike("retention-not-lengthened")
def kept_with_the_case(year: Year) -> None:
    visit = year.visit()
    _case_link(year, visit)
    visit.film.keep = year.random.choice(["case", "permanent"])


@alike("retention-not-lengthened")
def no_case_after_all(year: Year) -> None:
    visit = year.visit()
    _case_link(year, visit)["ended"] = visit.end + timedelta(1)


@alike("retention-not-lengthened")
def a_case_since_yesterday(year: Year) -> None:
    visit = year.visit()
    _case_link(year, visit)["at"] = AS_OF - timedelta(1)


@alike("retention-not-lengthened")
def settled_there(year: Year) -> None:
    visit = year.visit()
    visit.outcomes = [_outcome(visit, "dispute-settled")]


# Hands


def _act(visit: Visit) -> str:
    assert visit.act is not None
    return str(visit.act["act"])


def _some_day(year: Year, least: date) -> datetime:
    day = year.random.choice([one for one in DAYS[:-6] if one >= least])
    return datetime(day.year, day.month, day.day)


def _hour(year: Year) -> tuple[datetime, datetime]:
    since = _some_day(year, date(2026, 1, 1)) + timedelta(hours=9, seconds=year.random.randrange(3600))
    return since, since + minutes(40)


def _same_taxpayer(year: Year, one: Visit, other: Visit) -> None:
    one.task["taxpayer"], one.task["place"] = other.task["taxpayer"], other.task["place"]
    one.links[0]["number"] = other.task["taxpayer"]


def _transferred(year: Year, before: str, after: str) -> Visit:
    """On the very day of a visit that only d3 demands; nothing is done."""
    day = _some_day(year, SELECTED_SINCE + timedelta(1))
    person = year.person((before, date(2025, 1, 1), day.date()), (after, day.date(), None))
    visit = year.visit_of((person, "nobody"), day + timedelta(hours=10), "S02", document=False)
    visit.nothing_done()
    return visit


def _with_leaver(year: Year, days: int) -> Visit:
    """Two officers, of whom one leaves so many days after the visit."""
    visit = year.visit(procedure="S01")
    other = year.person(("d1", date(2025, 1, 1), visit.day + timedelta(days)))
    for one in (visit.task, visit.act):
        assert one is not None
        one["officers"] = [visit.pair[0], other]
    return visit


def _move(visit: Visit, begin: datetime, end: datetime) -> None:
    visit.begin, visit.end = begin, end
    assert visit.act is not None
    visit.act.update(began=begin, ended=end, opened=end + minutes(90))


def _move_films(visit: Visit, begin: datetime) -> None:
    by = begin - visit.begin
    _move(visit, visit.begin + by, visit.end + by)
    for film in visit.films:
        film.since, film.until = film.since + by, film.until + by
        film.marks = [one + by for one in film.marks]
    visit.spans = [(film, since + by, until + by) for film, since, until in visit.spans]


def _collect(year: Year, film: Film, at: datetime) -> None:
    year.docked[film.recorder, film.since.date()] = at


def _dock(year: Year, visit: Visit, at: datetime) -> None:
    """Too late; with it goes all that its recorder did on that day."""
    _collect(year, visit.film, at)
    year.late.add((visit.film.recorder, visit.film.since.date()))


def _hole(visit: Visit, kind: str, length: int) -> datetime:
    """In the middle."""
    at = visit.begin + minutes(8)
    visit.film.stretches.append((kind, at, at + seconds(length)))
    # Marks are not its affair.
    assert all(visit.film.since <= one <= visit.film.until for one in visit.film.marks)
    return at


def _cut(year: Year, visit: Visit, length: int) -> None:
    """One recording becomes two, with minutes between."""
    film, since, until = visit.spans[0]
    at = since + (until - since) / 2
    at = at.replace(microsecond=0)
    second = year.film(film.officer, at + minutes(length), film.until)
    second.offset, film.until = film.offset, at
    second.marks = [at + minutes(length) + seconds(5 + number) for number in range(len(film.marks))]
    film.marks = []
    visit.films.append(second)
    visit.spans = [(film, since, at), (second, second.since, until)]


def _boot(year: Year, length: int, recorder: str = "", since: datetime | None = None, **more: object) -> str:
    since = since or _hour(year)[0] + timedelta(hours=10)
    row = {"docked": False, "reason": "", **more}
    boot = year.id("boot")
    officer = a_pair(year)[0]
    until = since + seconds(length)
    year.add(
        "boots",
        boot=boot,
        recorder=recorder or f"r-{officer}",
        officer=officer,
        since=since,
        until=until,
        **row,
    )
    return boot


def _docking(year: Year, code: str) -> str:
    docking = year.id("docking")
    year.add("dockings", docking=docking, recorder="r-p001", officer="p001", at=_hour(year)[0], refused=code)
    return docking


def _viewing(year: Year, decision: str, until: datetime | None = None) -> str:
    viewing = year.id("viewing")
    until = until or _hour(year)[1]
    year.add("viewings", viewing=viewing, viewer=year.id("viewer"), decision=decision, until=until)
    return viewing


def _releases(year: Year, viewer: str, at: list[datetime], viewing: str = "", recording: str = "") -> None:
    for one in at:
        row = {"viewing": viewing or year.id("viewing"), "recording": recording or year.id("rec")}
        year.add("releases", viewer=viewer, at=one, **row)


def _case_link(year: Year, visit: Visit) -> dict[str, object]:
    assert visit.act is not None
    visit.links.append(year.link(visit.act, "case", year.id("case"), visit.end + minutes(95)))
    return visit.links[-1]


def _outcome(visit: Visit, kind: str) -> dict[str, object]:
    return {"act": _act(visit), "kind": kind, "at": visit.end + minutes(99), "ended": None}
