"""Who looked at what, and who let them (pure): requested, approved, refused, released, urgent, copied.

A county's `fates`: kind, purpose, and what becomes of it. What waits is yesterday's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from zhilu.demo.bureau import days
from zhilu.demo.bureau.county import County
from zhilu.demo.bureau.plan_acts import Acts, Stored
from zhilu.demo.bureau.steps import Asked, Copied, Decided, Released, Reported, Step
from zhilu.demo.bureau.texts import REASONS

REPORT = "接报现场有人身安全风险，紧急查看后通知当班人员撤离，未外传。"
OUTSIDE = frozenset({"taxpayer-present", "taxpayer-request", "court", "discipline", "publicity"})
"""Purposes that a bureau leader decides on."""


def make(
    county: County, chance: random.Random, working: Sequence[date], acts: Acts, part: float
) -> Iterator[Step]:
    fates = county.fates
    if part <= 0.5 and not county.is_light:
        fates = tuple(fates[place] for place in (0, 2, 5, 8, 13))
    for number, (kind, purpose, fate) in enumerate(fates):
        share = (number + 1) / (len(fates) + 1)
        day = working[-1] if fate == "waiting" else working[min(int(share * len(working)), len(working) - 1)]
        asked = days.at(day, 10 + number % 6, 7 + 3 * number % 50)
        seen = [one for one in acts.stored if one.at < asked - timedelta(hours=2) and one.described]
        if seen:
            what = chance.choice(seen)
            first = Asked(
                asked,
                f"viewing-{number + 1:02}",
                _viewer(county, chance, what),
                (what.key,),
                kind,
                purpose,
                chance.choice(REASONS),
            )
            yield first
            yield from _fate(county, chance, first, what, fate)


def _viewer(county: County, chance: random.Random, what: Stored) -> str:
    viewers = [one for one in county.with_role("viewer") if county.covers(one.scope, what.holder.unit)]
    return chance.choice(viewers).login


def _fate(county: County, chance: random.Random, asked: Asked, what: Stored, fate: str) -> Iterator[Step]:
    if fate in ("waiting", "expired"):
        return
    when = asked.at + timedelta(minutes=chance.randrange(9, 120))
    for by in _approvers(county, chance, asked, what):
        yield Decided(when, asked.viewing, by, fate != "refused")
        when += timedelta(minutes=3)
    if fate in ("released", "reported", "copied"):
        when += timedelta(minutes=chance.randrange(3, 60))
        yield Released(when, asked.viewing, what.key)
    if fate == "reported":
        yield Reported(when + timedelta(hours=20), asked.viewing, REPORT)
    if fate == "copied":
        yield Copied(when + timedelta(minutes=6), asked.viewing, what.key)


def _approvers(county: County, chance: random.Random, asked: Asked, what: Stored) -> tuple[str, ...]:
    """Of an urgent viewing two; for outsiders and of a copy a bureau leader; else whom the unit falls to."""
    head = county.head_of(what.holder.unit)
    deputy = next(one.login for one in county.with_role("approver") if not one.scope)
    if asked.kind == "urgent":
        return head.login, deputy
    if asked.kind == "copy" or asked.purpose in OUTSIDE:
        return (county.with_role("leader")[0].login,)
    return (chance.choice((head.login, deputy)),) if "approver" in head.roles else (deputy,)
