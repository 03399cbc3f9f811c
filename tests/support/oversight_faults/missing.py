"""Nothing was recorded of a visit, or what was recorded was called a drill."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from support.oversight_faults.cases import alike, fault
from support.oversight_faults.hands import a_pair, move, move_films, same_taxpayer, some_day, transferred
from support.oversight_year import DAYS, SELECTED_SINCE, Year, minutes, seconds

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
    same_taxpayer(year, later, visit)
    year.wrong("missing", visit.task["task"])


@fault("missing")
def moved_to_where_it_is_demanded(year: Year) -> None:
    visit = transferred(year, "d4", "d3")
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
    year.visit_of(pair, some_day(year, SELECTED_SINCE) + timedelta(hours=9), "S02").nothing_done()


@alike("missing")
def before_the_rollout(year: Year) -> None:
    pair = a_pair(year, "d3")
    day = year.random.choice([one for one in DAYS if one < SELECTED_SINCE])
    year.visit_of(pair, datetime(day.year, day.month, day.day, 9), "S02").nothing_done()


@alike("missing")
def moved_to_where_it_is_not_demanded(year: Year) -> None:
    transferred(year, "d3", "d4")


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
    move(second, begin, begin + length)
    second.films, film = [], first.film
    film.marks += [begin + length * (at + 1) / 3 for at in range(2)]
    second.spans = [(film, begin - seconds(10), begin + length + seconds(10))]


@alike("missing")
def two_procedures_at_one_taxpayer(year: Year) -> None:
    first = year.visit(procedure="V01", document=False)
    second = year.visit_of(first.pair, first.task["since"], "S01", document=False)
    same_taxpayer(year, second, first)
    move_films(second, first.end + minutes(5))


@alike("missing")
def over_midnight(year: Year) -> None:
    day = year.random.choice(DAYS[5:-6])
    visit = year.visit_of(a_pair(year), datetime(day.year, day.month, day.day, 23, 20), "V01")
    move_films(visit, datetime(day.year, day.month, day.day, 23, 40))


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
