"""When it was recorded, for how long, and what broke off."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from support.oversight_faults.cases import alike, fault
from support.oversight_faults.hands import a_pair, act, collect, cut, dock, hole
from support.oversight_year import DAYS, Year, minutes, seconds, worked_after


@fault("late")
def two_days_in_the_drawer(year: Year) -> None:
    visit = year.visit()
    dock(year, visit, datetime.combine(worked_after(visit.day, 2), datetime.min.time()) + timedelta(hours=18))


@fault("late")
def a_saturday_that_is_worked(year: Year) -> None:
    """Friday, and Saturday was made up for the festival: Monday is too late."""
    day = year.random.choice([date(2026, 2, 13), date(2026, 2, 27), date(2026, 5, 8)])
    visit = year.visit_of(a_pair(year), datetime(day.year, day.month, day.day, 9), document=False)
    back = worked_after(day, 2)
    dock(year, visit, datetime(back.year, back.month, back.day, 18))


@alike("late")
def over_the_weekend(year: Year) -> None:
    friday = date(2026, 3, 13) + timedelta(7 * year.random.randrange(3))
    visit = year.visit_of(a_pair(year), datetime(friday.year, friday.month, friday.day, 15), document=False)
    monday = friday + timedelta(3)
    collect(year, visit.film, datetime(monday.year, monday.month, monday.day, 15, 10))


@alike("late")
def over_the_festival(year: Year) -> None:
    """Recorded on the made-up Saturday before it, collected on the morning after it."""
    visit = year.visit_of(a_pair(year), datetime(2026, 2, 14, 15), document=False)
    collect(year, visit.film, datetime(2026, 2, 24, 9))


@alike("late")
def duty_went_on(year: Year) -> None:
    """Over 24 hours after the first visit, under 24 after the last."""
    pair, day = a_pair(year), year.random.choice([one for one in DAYS[5:-9] if one.weekday() < 3])
    first = year.visit_of(pair, datetime(day.year, day.month, day.day, 9), "V01", document=False)
    year.visit_of(pair, datetime(day.year, day.month, day.day, 16), "V01", document=False)
    back = worked_after(day, 1)
    collect(year, first.film, datetime(back.year, back.month, back.day, 15))


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
    hole(visit, "gap", 90)
    year.wrong("gap", act(visit))


@fault("gap")
def a_power_cut(year: Year) -> None:
    visit = year.visit()
    cut(year, visit, 3)
    year.wrong("gap", act(visit))


@fault("gap")
def another_break_was_told_of(year: Year) -> None:
    visit = year.visit()
    at = hole(visit, "gap", 90)
    year.explain(act(visit), "interrupted", since=at - minutes(7), until=at - minutes(5))
    year.wrong("gap", act(visit))


@alike("gap")
def a_short_one(year: Year) -> None:
    hole(year.visit(), "gap", 30)


@alike("gap")
def a_break_that_was_told_of(year: Year) -> None:
    visit = year.visit()
    at = hole(visit, "gap", 90)
    year.explain(act(visit), "interrupted", since=at - seconds(20), until=at + seconds(100))


@alike("gap")
def the_partner_recorded_on(year: Year) -> None:
    visit = year.visit(procedure="S01")
    at = hole(visit, "gap", 120)
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
    hole(visit, "black", 60)
    year.wrong("black-or-silent", act(visit))


@fault("black-or-silent")
def no_sound(year: Year) -> None:
    visit = year.visit()
    hole(visit, "silent", 400)
    year.wrong("black-or-silent", act(visit))


@alike("black-or-silent")
def dark_for_a_moment(year: Year) -> None:
    visit = year.visit()
    hole(visit, "black", 30)
    hole(visit, "silent", 300)


@alike("black-or-silent")
def in_the_pocket_before(year: Year) -> None:
    visit = year.visit()
    visit.film.since -= minutes(4)
    visit.film.stretches.append(("black", visit.film.since, visit.film.since + minutes(3)))


@alike("black-or-silent")
def the_partner_saw(year: Year) -> None:
    visit = year.visit(procedure="S01")
    at = hole(visit, "black", 120)
    other = year.film(visit.pair[1], at - minutes(2), at + minutes(6))
    visit.films.append(other)
    visit.spans.append((other, other.since, other.until))
