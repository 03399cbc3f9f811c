"""What officers write of it: statements, names, links."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from support.oversight_faults.cases import alike, fault
from support.oversight_faults.hands import a_pair, act, hour, with_leaver
from support.oversight_year import ALL, SECOND, Year, minutes, seconds, worked_after


@fault("incomplete")
def no_result(year: Year) -> None:
    visit = year.visit()
    visit.statements = [(1, ALL.replace(" result", ""))]
    year.wrong("incomplete", act(visit))


@fault("incomplete")
def no_statement(year: Year) -> None:
    visit = year.visit()
    visit.statements = []
    year.wrong("incomplete", act(visit))


@fault("incomplete")
def made_worse(year: Year) -> None:
    visit = year.visit()
    visit.statements = [(1, ALL), (2, ALL.replace("cause ", ""))]
    year.wrong("incomplete", act(visit))


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
    year.wrong("too-few-officers", act(visit))


@fault("too-few-officers")
def named_twice(year: Year) -> None:
    visit = year.visit(procedure="S01")
    visit.act = {**(visit.act or {}), "officers": [visit.pair[0], visit.pair[0]]}
    year.wrong("too-few-officers", act(visit))


@fault("too-few-officers")
def one_had_left(year: Year) -> None:
    visit = with_leaver(year, 0)
    year.wrong("too-few-officers", act(visit))


@fault("too-few-officers")
def two_since_april(year: Year) -> None:
    visit = year.visit(procedure="V02", least=SECOND)
    visit.act = {**(visit.act or {}), "officers": [visit.pair[0]]}
    year.wrong("too-few-officers", act(visit))


@alike("too-few-officers")
def one_before_april(year: Year) -> None:
    year.visit(procedure="V02", most=SECOND - timedelta(1))


@alike("too-few-officers")
def the_day_before_he_left(year: Year) -> None:
    with_leaver(year, 1)


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
    year.wrong("not-linked", act(visit))


@fault("not-linked")
def linked_on_the_fourth_day(year: Year) -> None:
    visit = year.visit(document=False)
    day = worked_after(visit.day, 4)
    visit.links[0]["at"] = datetime(day.year, day.month, day.day, 0, 30)
    year.wrong("not-linked", act(visit))


@fault("not-linked")
def no_document(year: Year) -> None:
    visit = year.visit(document=True)
    visit.links.pop()
    year.wrong("not-linked", act(visit))


@fault("not-linked")
def a_mistyped_document(year: Year) -> None:
    visit = year.visit(document=True)
    visit.links[1]["number"] += "X"
    year.wrong("not-linked", act(visit))


@fault("not-linked")
def taken_away(year: Year) -> None:
    visit = year.visit(document=False)
    visit.links[0]["ended"] = visit.links[0]["at"] + timedelta(1)
    year.wrong("not-linked", act(visit))


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
    film = year.film(a_pair(year)[0], *hour(year))
    film.aside = True
    year.films.append(film)


@alike("not-linked")
def switched_on_by_mistake(year: Year) -> None:
    since, _ = hour(year)
    year.films.append(year.film(a_pair(year)[0], since, since + seconds(100)))
