"""Recorders, training and the station in the plan: the beginnings, and what happens besides acts (pure)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from zhilu.demo.bureau import days
from zhilu.demo.bureau.county import County, Member
from zhilu.demo.bureau.plan_acts import Acts, Stored
from zhilu.demo.bureau.scenes import length_us
from zhilu.demo.bureau.steps import (
    Alarmed,
    Assigned,
    Checked,
    Delegated,
    Docked,
    Filed,
    Imported,
    Issued,
    Opened,
    Outing,
    Refused,
    SetAside,
    Shot,
    Step,
    Trained,
)
from zhilu.demo.bureau.texts import KINDS, elements


def beginnings(county: County, chance: random.Random, founded: date) -> Iterator[Step]:
    """Everybody is trained before a recorder is issued; one fails at first, and is examined again."""
    officers = [one.login for one in county.with_role("officer")]
    weak = officers[-1] if officers[-1] not in [one.login for one in county.holders] else officers[1]
    for place, course in enumerate(("conduct", "recorder")):
        held = founded + timedelta(days=place + 1)
        scores = tuple((one, 52 if one == weak and place else chance.randrange(68, 99)) for one in officers)
        yield Trained(days.at(held, 17), course, held, scores)
    again = founded + timedelta(days=5)
    yield Trained(days.at(again, 16), "recorder", again, ((weak, 81),))
    for place, holder in enumerate(county.holders):
        when = days.at(founded + timedelta(days=4), 9, 4 * place)
        yield Issued(when, holder.login)
        yield Assigned(when + timedelta(minutes=1), holder.login, holder.login)


def events(county: County, chance: random.Random, working: Sequence[date], acts: Acts) -> Iterator[Step]:
    """What else happens: as much of it as the plan is long."""
    free = _free_days(working, acts)
    if len(working) < 3 or len(free) < 1:
        return
    heads = county.with_role("unit-head")
    away = working[len(working) // 2]
    yield Delegated(days.at(away, 8, 40), heads[0].login, heads[1].login, "unit-head", 9)
    second, third = county.holders[1], county.holders[2]
    yield Refused(days.at(working[len(working) // 3], 17, 58), second.login, 3)
    if county.is_light:
        return
    yield from _drill(county, chance, free, acts)
    yield from _deputy(county, chance, free, acts)
    yield Delegated(days.at(working[-1], 8, 50), heads[-1].login, heads[-2].login, "approver", 5)
    yield Refused(days.at(working[-2], 18, 2), third.login, 9)
    keeper = county.with_role("equipment-keeper")[0].login
    yield Alarmed(
        days.at(working[len(working) // 4], 19, 12), "disk-low", "8 %", keeper, "已清理旧日志，空间恢复。"
    )
    yield Alarmed(days.at(working[-1], 18, 40), "county-away", "", keeper, "", closed=False)
    yield from _import(county, chance, working[len(working) // 2])


def checks(county: County, working: Sequence[date], steps: Sequence[Step]) -> Iterator[Step]:
    """On the last evening, of every recorder that stood in its bay that day: so nothing of it is unknown."""
    last = working[-1]
    out = {step.holder for step in steps if isinstance(step, Outing | Docked) and step.at.date() == last}
    out |= _not_back(steps)
    for place, holder in enumerate(county.holders):
        if holder.login not in out:
            yield Checked(days.at(last, 20, 3 + place), holder.login)


def _not_back(steps: Sequence[Step]) -> set[str]:
    out: set[str] = set()
    for step in sorted(steps, key=lambda one: one.at):
        if isinstance(step, Outing):
            out.add(step.holder)
        elif isinstance(step, Docked):
            out.discard(step.holder)
    return out


def _import(county: County, chance: random.Random, day: date) -> Iterator[Step]:
    """An old recorder's files, and the act that they show."""
    one = county.holders[0]
    mate = next(m for m in county.with_role("officer") if m.unit == one.unit and m != one)
    films = (("film-import-1", "office"), ("film-import-2", "counter"))
    sealed = days.at(day, 18, 30)
    yield Imported(sealed, one.login, films)
    taxpayer, street = chance.choice(county.taxpayers)
    spans = tuple((key, 0, length_us(scene) - 1_000_000) for key, scene in films)
    opened = days.at(days.after(day), 8, 45)
    yield Opened(opened, "act-import", "F02", one.login, (one.login, mate.login), taxpayer, spans)
    people = (one.name, mate.name)
    said = elements(KINDS["F02"], chance, sealed - timedelta(hours=7), street, people, taxpayer)
    yield Filed(opened + timedelta(minutes=20), "act-import", one.login, 1, said)


def _free_days(working: Sequence[date], acts: Acts) -> dict[str, list[date]]:
    """Of each holder, the days on which his recorder stays in its bay."""
    busy: dict[str, set[date]] = {}
    out: dict[str, date] = {}
    for step in sorted(acts.steps, key=lambda one: one.at):
        if isinstance(step, Outing):
            out[step.holder] = step.at.date()
        elif isinstance(step, Docked):
            days_out = days.workdays(out[step.holder], step.at.date())
            busy.setdefault(step.holder, set()).update(days_out)
    holders = {step.holder for step in acts.steps if isinstance(step, Outing)}
    return {one: [day for day in working[1:-1] if day not in busy.get(one, set())] for one in sorted(holders)}


def _drill(county: County, chance: random.Random, free: dict[str, list[date]], acts: Acts) -> Iterator[Step]:
    """A staged scene: assigned as a drill, recorded as one, and it counts as training."""
    for holder, place in zip([one for one in free if free[one]][:3], (0.2, 0.5, 0.8), strict=False):
        day = free[holder][int(place * len(free[holder]))]
        member = county.member(holder)
        yield Assigned(days.at(day, 8, 31), holder, holder, drill=True)
        yield from _short_outing(
            acts, member, holder, days.at(day, 10, 15), f"film-drill-{holder}", "meeting"
        )
        yield Assigned(days.at(day, 12, 5), holder, holder)
        score = ((holder, chance.randrange(75, 97)),)
        yield Trained(days.at(day, 16, 30), "drill", day, score, drill=f"film-drill-{holder}")
        free[holder].remove(day)


def _deputy(county: County, chance: random.Random, free: dict[str, list[date]], acts: Acts) -> Iterator[Step]:
    """Somebody stands in for a day: another of the department carries the recorder."""
    for holder, reason in zip(
        [one for one in free if free[one]][2:4], ("absent", "other-duty"), strict=False
    ):
        day = chance.choice(free[holder])
        member = county.member(holder)
        mates = [one for one in county.with_role("officer") if one.unit == member.unit and not one.recorder]
        if not mates:
            continue
        deputy = mates[0].login
        yield Assigned(days.at(day, 8, 33), holder, deputy, deputy=reason)
        yield from _short_outing(
            acts, member, deputy, days.at(day, 10, 40), f"film-deputy-{holder}", "office"
        )
        yield Assigned(days.at(day, 12, 30), holder, holder)
        told = days.at(day, 15, 10)
        yield SetAside(told, f"film-deputy-{holder}", deputy, "no-enforcement", "代班外出，未遇到执法事项。")


def _short_outing(
    acts: Acts, holder: Member, officer: str, when: datetime, key: str, scene: str
) -> Iterator[Step]:
    shot = Shot(key, when, scene, None)
    yield Outing(when - timedelta(minutes=9), holder.login, (shot,))
    back = when + timedelta(minutes=70)
    yield Docked(back, holder.login, officer)
    acts.stored.append(Stored(key, back, holder, described=False))
