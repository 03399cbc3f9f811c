"""Who looked at what, and who let them (pure): requested, approved, refused, released, urgent, copied."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from zhilu.demo.bureau import days
from zhilu.demo.bureau.county import County
from zhilu.demo.bureau.plan_acts import Acts, Stored
from zhilu.demo.bureau.steps import Asked, Copied, Decided, Released, Reported, Step
from zhilu.demo.bureau.texts import REASONS

# Kind, purpose, and what becomes of it. The last ones are yesterday's.
FATES = (
    ("view", "review", "released"),
    ("view", "complaint", "released"),
    ("view", "review", "refused"),
    ("view", "taxpayer-request", "released"),
    ("view", "review", "approved"),
    ("urgent", "dispute", "reported"),
    ("view", "court", "released"),
    ("view", "review", "released"),
    ("copy", "court", "copied"),
    ("view", "taxpayer-present", "released"),
    ("view", "review", "expired"),
    ("view", "review", "refused"),
    ("view", "review", "released"),
    ("view", "review", "waiting"),
)
OUTSIDE = frozenset({"taxpayer-present", "taxpayer-request", "court", "discipline", "publicity"})
"""Purposes that a bureau leader decides on."""


def make(
    county: County, chance: random.Random, working: Sequence[date], acts: Acts, part: float
) -> Iterator[Step]:
    fates = FATES if part > 0.5 else tuple(FATES[place] for place in (0, 2, 5, 8, 13))
    for number, (kind, purpose, fate) in enumerate(fates):
        share = (number + 1) / (len(fates) + 1)
        day = working[-1] if fate == "waiting" else working[min(int(share * len(working)), len(working) - 1)]
        asked = days.at(day, 10 + number % 6, 7 + 3 * number % 50)
        seen = [one for one in acts.stored if one.at < asked - timedelta(hours=2) and one.described]
        if seen:
            yield from _one(
                county, chance, f"viewing-{number + 1:02}", asked, chance.choice(seen), kind, purpose, fate
            )


def _one(county, chance, key, asked, stored: Stored, kind, purpose, fate) -> Iterator[Step]:  # type: ignore[no-untyped-def]
    viewers = [
        one for one in county.with_role("viewer") if not one.scope or stored.holder.unit.startswith("检查")
    ]
    viewer = chance.choice(viewers).login
    yield Asked(asked, key, viewer, (stored.key,), kind, purpose, chance.choice(REASONS))
    leader = county.with_role("leader")[0].login
    deputy = next(one.login for one in county.with_role("approver") if not one.scope)
    head = county.head_of(stored.holder.unit).login
    first = leader if purpose in OUTSIDE or kind == "copy" else chance.choice((head, deputy))
    if kind == "urgent":
        first = head
    if fate in ("waiting", "expired"):
        return
    when = asked + timedelta(minutes=chance.randrange(9, 120))
    yield Decided(when, key, first, fate != "refused")
    if kind == "urgent":
        when += timedelta(minutes=3)
        yield Decided(when, key, deputy, True)
    if fate in ("released", "reported", "copied"):
        when += timedelta(minutes=chance.randrange(3, 60))
        yield Released(when, key, stored.key)
    if fate == "reported":
        yield Reported(
            when + timedelta(hours=20), key, "接报现场有人身安全风险，紧急查看后通知当班人员撤离，未外传。"
        )
    if fate == "copied":
        yield Copied(when + timedelta(minutes=6), key, stored.key)
