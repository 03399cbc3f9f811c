"""What several cases do to a visit, a recording, a recorder or a viewing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from support.oversight_year import DAYS, SELECTED_SINCE, Film, Visit, Year, minutes, seconds


def a_pair(year: Year, department: str = "d1") -> tuple[str, str]:
    """Two whom nobody else meets."""
    return (
        year.person((department, date(2025, 1, 1), None)),
        year.person((department, date(2025, 1, 1), None)),
    )


def act(visit: Visit) -> str:
    assert visit.act is not None
    return str(visit.act["act"])


def some_day(year: Year, least: date) -> datetime:
    day = year.random.choice([one for one in DAYS[:-6] if one >= least])
    return datetime(day.year, day.month, day.day)


def hour(year: Year) -> tuple[datetime, datetime]:
    since = some_day(year, date(2026, 1, 1)) + timedelta(hours=9, seconds=year.random.randrange(3600))
    return since, since + minutes(40)


def same_taxpayer(year: Year, one: Visit, other: Visit) -> None:
    one.task["taxpayer"], one.task["place"] = other.task["taxpayer"], other.task["place"]
    one.links[0]["number"] = other.task["taxpayer"]


def transferred(year: Year, before: str, after: str) -> Visit:
    """On the very day of a visit that only d3 demands; nothing is done."""
    day = some_day(year, SELECTED_SINCE + timedelta(1))
    person = year.person((before, date(2025, 1, 1), day.date()), (after, day.date(), None))
    visit = year.visit_of((person, "nobody"), day + timedelta(hours=10), "S02", document=False)
    visit.nothing_done()
    return visit


def with_leaver(year: Year, days: int) -> Visit:
    """Two officers, of whom one leaves so many days after the visit."""
    visit = year.visit(procedure="S01")
    other = year.person(("d1", date(2025, 1, 1), visit.day + timedelta(days)))
    for one in (visit.task, visit.act):
        assert one is not None
        one["officers"] = [visit.pair[0], other]
    return visit


def move(visit: Visit, begin: datetime, end: datetime) -> None:
    visit.begin, visit.end = begin, end
    assert visit.act is not None
    visit.act.update(began=begin, ended=end, opened=end + minutes(90))


def move_films(visit: Visit, begin: datetime) -> None:
    by = begin - visit.begin
    move(visit, visit.begin + by, visit.end + by)
    for film in visit.films:
        film.since, film.until = film.since + by, film.until + by
        film.marks = [one + by for one in film.marks]
    visit.spans = [(film, since + by, until + by) for film, since, until in visit.spans]


def collect(year: Year, film: Film, at: datetime) -> None:
    year.docked[film.recorder, film.since.date()] = at


def dock(year: Year, visit: Visit, at: datetime) -> None:
    """Too late; with it goes all that its recorder did on that day."""
    collect(year, visit.film, at)
    year.late.add((visit.film.recorder, visit.film.since.date()))


def hole(visit: Visit, kind: str, length: int) -> datetime:
    """In the middle."""
    at = visit.begin + minutes(8)
    visit.film.stretches.append((kind, at, at + seconds(length)))
    # Marks are not its affair.
    assert all(visit.film.since <= one <= visit.film.until for one in visit.film.marks)
    return at


def cut(year: Year, visit: Visit, length: int) -> None:
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


def boot(year: Year, length: int, recorder: str = "", since: datetime | None = None, **more: object) -> str:
    since = since or hour(year)[0] + timedelta(hours=10)
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


def docking(year: Year, code: str) -> str:
    docking = year.id("docking")
    year.add("dockings", docking=docking, recorder="r-p001", officer="p001", at=hour(year)[0], refused=code)
    return docking


def viewing(year: Year, decision: str, until: datetime | None = None) -> str:
    viewing = year.id("viewing")
    until = until or hour(year)[1]
    year.add("viewings", viewing=viewing, viewer=year.id("viewer"), decision=decision, until=until)
    return viewing


def releases(year: Year, viewer: str, at: list[datetime], viewing: str = "", recording: str = "") -> None:
    for one in at:
        row = {"viewing": viewing or year.id("viewing"), "recording": recording or year.id("rec")}
        year.add("releases", viewer=viewer, at=one, **row)


def case_link(year: Year, visit: Visit) -> dict[str, object]:
    assert visit.act is not None
    visit.links.append(year.link(visit.act, "case", year.id("case"), visit.end + minutes(95)))
    return visit.links[-1]


def outcome(visit: Visit, kind: str) -> dict[str, object]:
    return {"act": act(visit), "kind": kind, "at": visit.end + minutes(99), "ended": None}
