"""A labelled half year, invented: tasks and what was done of them, as CSV (docs/operate/evaluate.md).

It shares no code with what judges it: days, clocks and calendar are its own, and it knows what is wrong
because it did it (`oversight_faults/`). Officers work in pairs. Each visit has a pair's slot of a day for
itself, so what is done to one touches no other, except that a recorder is collected once for a day.
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)
AS_OF = datetime(2026, 7, 1, 12)
FREE = {
    (1, 1), (1, 2), (1, 3), *((2, day) for day in range(15, 24)), (4, 4), (4, 5), (4, 6),
    *((5, day) for day in range(1, 6)), (6, 19), (6, 20), (6, 21),
}  # fmt: skip
MADE_UP = {(1, 4), (2, 14), (2, 28), (5, 9)}
STRICT = date(2026, 5, 1)
"""From when on handovers need finger and key."""
SECOND = date(2026, 4, 1)
"""From when on the second catalogue is in force."""
PAIRS, SLOTS = 30, ("08:40", "10:00", "11:20", "13:40", "15:00", "16:20")
DEPARTMENTS = ("d1", "d2", "d3", "d4", "d5", "d6")
SELECTED = "d3"
"""Where also the selected tier is demanded, from 2 March on."""
SELECTED_SINCE = date(2026, 3, 2)
PROCEDURES = {  # tier, officers, marks; of the first catalogue
    "V01": ("priority", 1, 2), "V02": ("priority", 1, 1), "S01": ("priority", 2, 2),
    "S02": ("selected", 1, 1), "I01": ("inventoried", 1, 0),
}  # fmt: skip
CHANGED = {"V02": ("priority", 2, 1)}
"""In the second catalogue."""
ALL = "time place persons event cause course result"


def is_worked(day: date) -> bool:
    key = day.month, day.day
    return key in MADE_UP or (day.isoweekday() < 6 and key not in FREE)


def worked_after(day: date, count: int) -> date:
    while count:
        day += timedelta(1)
        count -= is_worked(day)
    return day


DAYS = [one for one in (FIRST + timedelta(count) for count in range(181)) if is_worked(one)]


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def listed(procedure: str, day: date) -> tuple[str, int, int]:
    return (PROCEDURES | (CHANGED if day >= SECOND else {}))[procedure]


@dataclass
class Film:
    """A recording, in true time. `stretches`: (kind, from, to) of it."""

    id: str
    recorder: str
    officer: str
    since: datetime
    until: datetime
    offset: int | None
    check: str
    drill: bool = False
    aside: bool = False
    origin: str = "camera"
    keep: str = "days-180"
    stretches: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    marks: list[datetime] = field(default_factory=list)


@dataclass
class Visit:
    """A task and what was done of it, to be spoilt. `spans`: (recording, from, to)."""

    day: date
    pair: tuple[str, str]
    task: dict[str, Any]
    older: list[dict[str, Any]]
    act: dict[str, Any] | None
    films: list[Film]
    spans: list[tuple[Film, datetime, datetime]]
    statements: list[tuple[int, str]]
    links: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    begin: datetime
    end: datetime

    @property
    def film(self) -> Film:
        return self.films[0]

    def nothing_done(self) -> None:
        self.act, self.films, self.spans, self.links, self.statements = None, [], [], [], []


class Year:
    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.labels: set[tuple[str, str]] = set()
        self.visits: list[Visit] = []
        self.films: list[Film] = []
        """Of no visit."""
        self.more: dict[str, list[dict[str, Any]]] = {}
        self.docked: dict[tuple[str, date], datetime] = {}
        """When a recorder's day was collected, where not the same evening."""
        self.late: set[tuple[str, date]] = set()
        self._slots = self._free()
        self._count = 0
        self.people: list[tuple[str, str]] = [
            (f"p{number:03}", DEPARTMENTS[number // 2 % len(DEPARTMENTS)]) for number in range(2 * PAIRS)
        ]
        self.departments = dict(self.people)
        for person, department in self.people:
            self.add("posts", person=person, department=department, since=date(2025, 1, 1), until=None)

    def _free(self) -> list[tuple[date, int, str]]:
        every = [(day, pair, slot) for day in DAYS[:-4] for pair in range(PAIRS) for slot in SLOTS]
        self.random.shuffle(every)
        return every

    def id(self, kind: str) -> str:
        """In no order."""
        self._count += 1
        return f"{kind}-{self.random.getrandbits(40):010x}{self._count:05}"

    def add(self, name: str, **row: Any) -> None:
        self.more.setdefault(name, []).append(row)

    def wrong(self, rule: str, subject: str) -> None:
        self.labels.add((rule, subject))

    def slot(self, day: date | None = None, least: date = FIRST, most: date = LAST) -> tuple[date, int, str]:
        """A day, a pair and an hour that nobody has; of this day, or of a day between the two."""
        if day is None:
            at = next(at for at, one in enumerate(self._slots) if least <= one[0] <= most)
        else:
            at = next(at for at, one in enumerate(self._slots) if one[0] == day)
        return self._slots.pop(at)

    def visit(
        self,
        procedure: str = "",
        day: date | None = None,
        officers: int = 0,
        document: bool | None = None,
        **when: date,
    ) -> Visit:
        """All as it should be."""
        day, number, slot = self.slot(day, **when)
        pair = (f"p{2 * number:03}", f"p{2 * number + 1:03}")
        if self.random.random() < 0.5:
            pair = pair[::-1]
        return self.visit_of(pair, datetime.fromisoformat(f"{day} {slot}"), procedure, officers, document)

    def visit_of(
        self,
        pair: tuple[str, str],
        planned: datetime,
        procedure: str = "",
        officers: int = 0,
        document: bool | None = None,
    ) -> Visit:
        day = planned.date()
        procedure = procedure or self.random.choice(["V01", "V01", "V02", "S01"])
        least, marks = listed(procedure, day)[1:]
        there = list(pair[: max(least, officers)])
        taxpayer, place = self.id("91130529"), f"巨鹿县 健康路 {self._count} 号"
        has_document = self.random.random() < 0.3 if document is None else document
        begin = planned + seconds(self.random.randrange(60, 900))
        end = begin + seconds(self.random.randrange(900, 2400))
        task = {
            "task": self.id("task"), "version": 1, "procedure": procedure, "taxpayer": taxpayer,
            "document": self.id("doc") if has_document else "", "officers": there, "since": planned,
            "until": planned + minutes(60), "place": place, "withdrawn": False,
        }  # fmt: skip
        act = {
            "act": self.id("act"), "procedure": procedure, "officers": there, "place": place.replace(" ", ""),
            "began": begin + seconds(self.random.randrange(-20, 20)),
            "ended": end + seconds(self.random.randrange(-20, 20)), "opened": end + minutes(90),
        }  # fmt: skip
        film = self.film(pair[0], begin - seconds(40), end + seconds(40))
        film.marks = [begin + (end - begin) * (at + 1) / (marks + 1) for at in range(marks)]
        links = [self.link(act, "taxpayer", taxpayer, end + minutes(90))]
        if has_document:
            links.append(self.link(act, "document", task["document"], end + minutes(91)))
        spans = [(film, begin - seconds(10), end + seconds(10))]
        visit = Visit(
            day, pair, task, [], act, [film], spans, [(1, ALL)], links, [], begin, end
        )  # fmt: skip
        self.visits.append(visit)
        return visit

    def film(self, officer: str, since: datetime, until: datetime, **more: Any) -> Film:
        """Nobody keeps it yet."""
        check = (
            "fprintd+key" if since.date() >= STRICT else self.random.choice(["key", "fprintd", "fprintd+key"])
        )
        offset = self.random.randrange(-50, 50)
        return Film(self.id("rec"), f"r-{officer}", officer, since, until, offset, check, **more)

    def link(self, act: dict[str, Any], kind: str, number: str, at: datetime) -> dict[str, Any]:
        return {"act": act["act"], "kind": kind, "number": number, "at": at, "ended": None}

    def person(self, *posts: tuple[str, date, date | None]) -> str:
        """Somebody new, with posts."""
        found = self.id("person")
        for department, since, until in posts:
            self.add("posts", person=found, department=department, since=since, until=until)
        return found

    def explain(
        self, subject: str, kind: str, decision: str = "approved", by: str = "head", **when: Any
    ) -> None:
        row = {"since": None, "until": None, **when}
        self.add("explanations", subject=subject, kind=kind, decision=decision, decided_by=by, **row)

    # What was done, as rows.

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {name: [*rows] for name, rows in self.more.items()}

        def add(name: str, row: dict[str, Any]) -> None:
            found.setdefault(name, []).append(row)

        add("period", {"first": FIRST, "last": LAST, "as_of": AS_OF})
        for visit in self.visits:
            for task in (*visit.older, visit.task):
                add("tasks", task)
            for film in visit.films:
                self._add_film(add, film)
            if visit.act:
                self._add_act(add, visit)
        for film in self.films:
            self._add_film(add, film)
        self._add_fixed(add)
        for rows in found.values():
            self.random.shuffle(rows)
        return found

    def _add_act(self, add: Any, visit: Visit) -> None:
        assert visit.act is not None
        add("acts", visit.act)
        for film, since, until in visit.spans:
            row = {"act": visit.act["act"], "recording": film.id}
            add("spans", {**row, "since": _s(since - film.since), "until": _s(until - film.since)})
        for version, elements in visit.statements:
            add("statements", {"act": visit.act["act"], "version": version, "elements": elements.split()})
        for row in visit.links:
            add("links", row)
        for row in visit.outcomes:
            add("outcomes", row)

    def _add_film(self, add: Any, film: Film) -> None:
        day, off = film.since.date(), seconds(film.offset or 0)
        evening = datetime(day.year, day.month, day.day, 18) + seconds(self.random.randrange(3600))
        collected = self.docked.get((film.recorder, day), max(evening, film.until + minutes(20)))
        if (film.recorder, day) in self.late and not film.drill and film.origin == "camera":
            self.wrong("late", film.id)
        row = {
            "recording": film.id, "recorder": film.recorder, "officer": film.officer, "origin": film.origin,
            "drill": film.drill, "aside": film.aside, "opened": film.since + off, "closed": film.until + off,
            "offset": film.offset, "collected": collected, "officer_check": film.check, "keep": film.keep,
        }  # fmt: skip
        add("recordings", row)
        for kind, since, until in film.stretches:
            between = {"since": _s(since - film.since), "until": _s(until - film.since)}
            add("stretches", {"recording": film.id, "kind": kind, **between})
        for at in film.marks:
            add("marks", {"recording": film.id, "at": _s(at - film.since)})

    def _add_fixed(self, add: Any) -> None:
        for version, since in ((1, date(2025, 1, 1)), (2, SECOND)):
            for procedure in PROCEDURES:
                tier, officers, marks = listed(procedure, since)
                row = {"version": version, "since": since, "procedure": procedure, "tier": tier}
                add("catalogue", {**row, "min_officers": officers, "marks": marks})
        for department in DEPARTMENTS:
            add("departments", {"department": department, "parent": "county"})
        add("departments", {"department": "county", "parent": ""})
        since = date(2026, 1, 1)
        add("rollout", {"department": "county", "tier": "priority", "since": since, "until": None})
        add("rollout", {"department": SELECTED, "tier": "selected", "since": SELECTED_SINCE, "until": None})
        add("limits", {"name": "officer_check_least", "value": "fprintd+key", "since": STRICT})
        for kind, days in (("holiday", FREE), ("workday", MADE_UP)):
            for month, day in days:
                add("calendar", {"day": date(2026, month, day), "kind": kind})

    def files(self) -> dict[str, bytes]:
        """Name without `.csv` → bytes; `labels` among them."""
        tables = self.tables()
        tables["labels"] = [{"rule": rule, "subject": subject} for rule, subject in sorted(self.labels)]
        return {name: _csv(rows) for name, rows in tables.items()}


def _s(length: timedelta) -> int:
    return int(length.total_seconds())


def _csv(rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["rule", "subject"])
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _text(value) for name, value in row.items()})
    return out.getvalue().encode()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, datetime):
        return value.replace(microsecond=0).isoformat(" ")
    return "" if value is None else str(value)
