"""Acts of the plan: who went where on which day, what was filmed, and what was written about it (pure)."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from zhilu.demo.bureau import days, plan_words
from zhilu.demo.bureau.county import County, Member
from zhilu.demo.bureau.scenes import length_us
from zhilu.demo.bureau.steps import Docked, Outing, SetAside, Shot, Step
from zhilu.demo.bureau.texts import KINDS, MARKS

TWO = frozenset(
    ("A03", "F01", "F02", "F03", "F05", "F07", "F09", "F13", "F14", "H01", "H02", "H04", "I01", "I02")
)
"""Procedures that take two officers."""
OF_OUTCOME = {
    "quota-adjusted": "C04",
    "relief-cancelled": "D02",
    "off-book-found": "F09",
    "dispute-settled": "J02",
    "disturbance-handled": "J01",
}
SHORTEST_FILM = 3_000_000
LATE_DAYS = 3
OUTCOME_DAYS = 8


@dataclass
class Deed:
    """An act on its way into the plan."""

    key: str
    procedure: str
    day: date
    holder: Member
    officers: tuple[Member, ...]
    taxpayer: tuple[str, str]
    outcome: str = ""
    spans: list[tuple[str, int, int]] = field(default_factory=list)
    at: datetime | None = None
    begun: datetime | None = None
    """When its film begins, or its part of one."""


@dataclass
class Acts:
    """`stored`: recordings with the time from which the county holds them, by whom and of which unit."""

    steps: list[Step] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)


@dataclass(frozen=True)
class Stored:
    key: str
    at: datetime
    holder: Member
    described: bool


def make(county: County, chance: random.Random, working: Sequence[date], part: float) -> Acts:
    acts = Acts(deeds=_deeds(county, chance, working, part))
    by_outing: dict[tuple[date, str], list[Deed]] = defaultdict(list)
    for deed in acts.deeds:
        by_outing[deed.day, deed.holder.login].append(deed)
    late = _late(by_outing, working[-1])
    for (day, holder), deeds in sorted(by_outing.items()):
        _go_out(county, chance, acts, day, deeds, late=(day, holder) in late)
    for deed in acts.deeds:
        acts.steps += plan_words.about(county, chance, deed, last=working[-1])
    return acts


def _late(outings: Collection[tuple[date, str]], last: date) -> set[tuple[date, str]]:
    """One in twenty of those after which the recorder is not needed for some days."""
    free = [
        (day, holder)
        for day, holder in sorted(outings)
        if days.after(day, LATE_DAYS) <= last
        and not any(who == holder and day < other <= days.after(day, LATE_DAYS) for other, who in outings)
    ]
    return set(free[9::20])


def _deeds(county: County, chance: random.Random, working: Sequence[date], part: float) -> list[Deed]:
    """What had an outcome lies some days back: it is known by now."""
    known = working[: max(1, len(working) - OUTCOME_DAYS)]
    chosen = [
        (chance.choice(known if outcome else working), name, outcome)
        for name, outcome in _procedures(county, chance, part)
    ]
    tours = Tours(county)
    return [
        _deed(county, chance, f"act-{number:03}", procedure, outcome, day, tours)
        for number, (day, procedure, outcome) in enumerate(sorted(chosen), 1)
    ]


def _procedures(county: County, chance: random.Random, part: float) -> list[tuple[str, str]]:
    """(procedure, outcome): as many of each class as the share says."""
    found: list[tuple[str, str]] = []
    for acts, count in county.share.acts.items():
        wanted = max(1, round(count * part))
        known = [name for name, kind in KINDS.items() if kind.acts == acts]
        of_class = [
            (OF_OUTCOME[outcome], outcome)
            for outcome, many in county.share.outcomes.items()
            if OF_OUTCOME[outcome] in known
            for _ in range(round(many * part))
        ][:wanted]
        weights = [KINDS[name].weight for name in known]
        rest = chance.choices(known, weights, k=wanted - len(of_class))
        found += of_class + [(name, "") for name in rest]
    return found


def _deed(
    county: County,
    chance: random.Random,
    key: str,
    procedure: str,
    outcome: str,
    day: date,
    tours: Tours,
) -> Deed:
    kind = KINDS[procedure]
    holder, day = tours.take(chance, procedure, kind.units, day)
    others = [one for one in county.with_role("officer") if one.unit == holder.unit and one != holder]
    two = procedure in TWO or chance.random() < 0.4
    officers = (holder, chance.choice(others)) if two else (holder,)
    return Deed(key, procedure, day, holder, officers, chance.choice(county.taxpayers), outcome)


class Tours:
    """Who goes, and when: the holders of the units that do it by turns. Where a county does acts together,
    the next ones of the same units are of the same outing."""

    def __init__(self, county: County) -> None:
        self._county = county
        self._turns: dict[object, int] = defaultdict(int)
        self._open: dict[tuple[str, ...], tuple[Member, date, int]] = {}

    def take(
        self, chance: random.Random, procedure: str, units: tuple[str, ...], day: date
    ) -> tuple[Member, date]:
        holder, first, left = self._open.get(units, (None, day, 0))
        if holder is None or not left:
            turn = units if self._county.is_light else procedure
            holders = [one for one in self._county.holders if one.unit in units]
            self._turns[turn] += 1
            shift = 0 if self._county.is_light else chance.randrange(2)
            holder = holders[(self._turns[turn] + shift) % len(holders)]
            first, left = day, self._county.together
        self._open[units] = holder, first, left - 1
        return holder, first


def _go_out(
    county: County, chance: random.Random, acts: Acts, day: date, deeds: list[Deed], late: bool
) -> None:
    """One day of one recorder: its films, and its coming back; a late one comes back days after."""
    holder, when = deeds[0].holder, days.some_time(chance, day, 9, 10)
    shots: list[Shot] = []
    waiting = list(deeds)
    while waiting:
        deed = waiting.pop(0)
        shots += _film(county, chance, deed, when, waiting)
        when = shots[-1].at + timedelta(minutes=chance.randrange(35, 90))
    strays = [_stray(chance, holder, when)] if chance.random() < 0.09 else []
    shots += [shot for shot, _, _ in strays]
    outing = Outing(shots[0].at - timedelta(minutes=12), holder.login, tuple(shots))
    back = max(days.at(day, 17, chance.randrange(5, 50)), when)
    if late:
        back = days.at(days.after(day, LATE_DAYS), 8, 20)
    acts.steps += [outing, Docked(back, holder.login, holder.login)]
    described = {span[0] for deed in deeds for span in deed.spans}
    acts.stored += [Stored(shot.key, back, holder, shot.key in described) for shot in shots]
    for deed in deeds:
        deed.at = max(back, when)
    for shot, reason, text in strays:
        told = days.at(days.after(back.date()), 9, chance.randrange(5, 55))
        if chance.random() < 0.75:
            acts.steps.append(SetAside(told, shot.key, holder.login, reason, text))


def _film(
    county: County, chance: random.Random, deed: Deed, when: datetime, waiting: list[Deed]
) -> list[Shot]:
    """One act: in one film as a rule; in two where the source broke off; and now and then in one film with
    the next act."""
    scene = chance.choice(KINDS[deed.procedure].scenes)
    key, length = f"film-{deed.key}", length_us(scene)
    place = _near(county, chance)
    deed.begun = when
    one = Shot(key, when, scene, place, _marks(chance, length))
    drawn = chance.random()
    if drawn < 0.07:
        half = Shot(key, when, scene, place, breaks=4_000_000)
        rest = Shot(f"{key}-2", when + timedelta(seconds=chance.randrange(40, 160)), scene, place)
        deed.spans = [(half.key, 0, SHORTEST_FILM), (rest.key, 0, length)]
        return [half, rest]
    if drawn < 0.15 and waiting:
        other, middle = waiting.pop(0), length // 2
        deed.spans, other.spans = [(key, 0, middle)], [(key, middle, length)]
        other.taxpayer = deed.taxpayer
        other.begun = when + timedelta(microseconds=middle)
        return [one]
    deed.spans = [(key, 0, length)]
    return [one]


def _marks(chance: random.Random, length: int) -> tuple[tuple[int, str], ...]:
    if chance.random() > 0.45:
        return ()
    count = chance.choice((1, 1, 2))
    times = sorted(chance.sample(range(1_000_000, length - 1_000_000, 500_000), count))
    return tuple((time, chance.choice((*MARKS, ""))) for time in times)


def _stray(chance: random.Random, holder: Member, when: datetime) -> tuple[Shot, str, str]:
    """A film of nothing in particular, and why; most are set aside."""
    reason, text, scene = chance.choice(
        (
            ("device-test", "出发前检查设备，开机即录。", "covered"),
            ("accidental", "收起记录仪时误触开机。", "covered"),
            ("no-enforcement", "途中待命，未开展执法。", "street"),
        )
    )
    return Shot(f"film-stray-{holder.login}-{when:%m%d}", when, scene, None), reason, text


def _near(county: County, chance: random.Random) -> tuple[int, int]:
    """Some place within a few kilometres of the county's centre."""
    return tuple(one + chance.randrange(-350_000, 350_000) for one in county.centre)  # type: ignore[return-value]
