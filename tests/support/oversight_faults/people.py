"""Who went, who watched, and what is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from support.oversight_faults.cases import alike, fault
from support.oversight_faults.hands import (
    a_pair,
    act,
    case_link,
    hour,
    move_films,
    outcome,
    releases,
    same_taxpayer,
    viewing,
)
from support.oversight_year import AS_OF, DAYS, Year, minutes, seconds

# Who


@fault("wrong-officer")
def somebody_else_went(year: Year) -> None:
    visit = year.visit(procedure="V01")
    other = a_pair(year)[0]
    visit.act = {**(visit.act or {}), "officers": [other]}
    visit.film.officer, visit.film.recorder = other, f"r-{other}"
    year.wrong("wrong-officer", act(visit))


@fault("wrong-officer")
def a_borrowed_recorder(year: Year) -> None:
    visit = year.visit()
    visit.film.officer = a_pair(year)[0]
    visit.film.recorder = f"r-{visit.film.officer}"
    year.wrong("wrong-officer", act(visit))


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
    same_taxpayer(year, other, visit)
    move_films(other, visit.begin + seconds(30))
    other.task = {**visit.task, "version": 0}


# Viewing, keeping


@fault("viewing-unused")
def never_opened(year: Year) -> None:
    year.wrong("viewing-unused", viewing(year, "approved"))


@alike("viewing-unused")
def refused(year: Year) -> None:
    viewing(year, year.random.choice(["refused", ""]))


@alike("viewing-unused")
def may_still_be_opened(year: Year) -> None:
    viewing(year, "approved", until=AS_OF + seconds(1))


@alike("viewing-unused")
def opened(year: Year) -> None:
    releases(year, "v-many", [hour(year)[0]], viewing(year, "approved"))


@fault("viewing-burst")
def a_whole_evening(year: Year) -> None:
    viewer, since = year.id("viewer"), hour(year)[0]
    releases(year, viewer, [since + minutes(5 * at) for at in range(11)])
    year.wrong("viewing-burst", f"{viewer}/{since.date()}")


@fault("viewing-burst")
def round_midnight(year: Year) -> None:
    viewer, day = year.id("viewer"), year.random.choice(DAYS[:-6])
    since = datetime(day.year, day.month, day.day, 23, 40)
    releases(year, viewer, [since + minutes(4 * at) for at in range(11)])
    year.wrong("viewing-burst", f"{viewer}/{day + timedelta(1)}")


@alike("viewing-burst")
def ten(year: Year) -> None:
    since = hour(year)[0]
    releases(year, year.id("viewer"), [since + minutes(5 * at) for at in range(10)])


@alike("viewing-burst")
def one_again_and_again(year: Year) -> None:
    since = hour(year)[0]
    releases(year, year.id("viewer"), [since + minutes(3 * at) for at in range(16)], recording=year.id("rec"))


@alike("viewing-burst")
def over_the_day(year: Year) -> None:
    since = hour(year)[0]
    releases(year, year.id("viewer"), [since + minutes(13 * at) for at in range(20)])


@fault("retention-not-lengthened")
def a_case_and_half_a_year(year: Year) -> None:
    visit = year.visit()
    case_link(year, visit)
    year.wrong("retention-not-lengthened", visit.film.id)


@fault("retention-not-lengthened")
def off_book_and_two_years(year: Year) -> None:
    visit = year.visit()
    visit.film.keep = "years-2"
    visit.outcomes = [outcome(visit, "off-book-found")]
    year.wrong("retention-not-lengthened", visit.film.id)


@alike("retention-not-lengthened")
def kept_with_the_case(year: Year) -> None:
    visit = year.visit()
    case_link(year, visit)
    visit.film.keep = year.random.choice(["case", "permanent"])


@alike("retention-not-lengthened")
def no_case_after_all(year: Year) -> None:
    visit = year.visit()
    case_link(year, visit)["ended"] = visit.end + timedelta(1)


@alike("retention-not-lengthened")
def a_case_since_yesterday(year: Year) -> None:
    visit = year.visit()
    case_link(year, visit)["at"] = AS_OF - timedelta(1)


@alike("retention-not-lengthened")
def settled_there(year: Year) -> None:
    visit = year.visit()
    visit.outcomes = [outcome(visit, "dispute-settled")]
