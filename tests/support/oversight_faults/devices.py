"""Recorders and their handovers: clocks, marks, power-ons, checks of officers, receipts."""

from __future__ import annotations

from datetime import timedelta

from support.oversight_faults.cases import alike, fault
from support.oversight_faults.hands import act, boot, docking
from support.oversight_year import AS_OF, STRICT, Year, seconds


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
    year.wrong("mark-missing", act(visit))


@fault("mark-missing")
def marked_after_the_end(year: Year) -> None:
    visit = year.visit()
    visit.film.marks[0] = visit.film.until - seconds(5)
    year.wrong("mark-missing", act(visit))


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
    year.wrong("boot-without-recording", boot(year, 1200))


@alike("boot-without-recording")
def it_said_why(year: Year) -> None:
    boot(year, 1200, reason="no-camera")


@alike("boot-without-recording")
def in_its_bay(year: Year) -> None:
    boot(year, 1200, docked=True)


@alike("boot-without-recording")
def a_touch(year: Year) -> None:
    boot(year, 59)


@alike("boot-without-recording")
def with_its_recording(year: Year) -> None:
    visit = year.visit()
    since = visit.film.since + seconds(visit.film.offset or 0) - seconds(3)
    boot(year, 2400, recorder=visit.film.recorder, since=since)


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
    year.wrong("clearing-refused", docking(year, "receipt-inclusion"))


@alike("clearing-refused")
def not_yet(year: Year) -> None:
    docking(year, "quorum")


@alike("clearing-refused")
def cleared(year: Year) -> None:
    docking(year, "")
