"""What is written about an act: opening, statements, confirmation, links, outcome (pure)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from zhilu.demo.bureau import days, texts
from zhilu.demo.bureau.county import County
from zhilu.demo.bureau.steps import Confirmed, Filed, Handed, Linked, Opened, Resulted, Step

if TYPE_CHECKING:
    from zhilu.demo.bureau.plan_acts import Deed

OPEN_DAYS = 4
"""Of the last days some acts wait for their description."""
DOCUMENTS = {
    "E04": "税责改", "F01": "税稽检通", "H04": "税稽处", "I01": "税通", "I02": "税稽处",
    "C04": "税核定", "D02": "税取消", "F03": "税稽调", "F13": "税稽登保", "H01": "税简罚",
}  # fmt: skip
NOTES = {
    "quota-adjusted": "月核定额由 2.4 万元调整为 3.1 万元。",
    "relief-cancelled": "不再符合条件，取消减免资格。",
    "off-book-found": "体外收款，已移交检查科处理。",
    "dispute-settled": "当事人当场表示理解并撤回异议。",
    "disturbance-handled": "民警到场，秩序恢复，未造成损失。",
}


def about(county: County, chance: random.Random, deed: Deed, last: date) -> Iterator[Step]:
    assert deed.at is not None
    if (last - deed.day).days < OPEN_DAYS and chance.random() < 0.5:
        yield from _left(county, chance, deed)
        return
    opened = deed.at + timedelta(minutes=chance.randrange(8, 50))
    by = deed.holder.login
    logins = tuple(one.login for one in deed.officers)
    yield Opened(opened, deed.key, deed.procedure, by, logins, deed.taxpayer[0], tuple(deed.spans))
    newest: Filed | None = None
    for version, (filed, said) in enumerate(_statements(chance, deed, opened), 1):
        newest = Filed(filed, deed.key, by, version, said)
        yield newest
    if newest and all(newest.texts.values()):
        yield from _confirmation(county, chance, deed, newest)
    yield from _links(county, chance, deed, opened)
    if deed.outcome:
        when = days.at(days.after(opened.date(), 2), 10, chance.randrange(60))
        fen = chance.randrange(18, 240) * 100_000 if deed.outcome == "off-book-found" else None
        yield Resulted(when, deed.key, by, deed.outcome, fen, NOTES[deed.outcome])


def _left(county: County, chance: random.Random, deed: Deed) -> Iterator[Step]:
    """To be described tomorrow; of some the head says by whom, in the officer's place."""
    assert deed.at is not None
    head = county.head_of(deed.holder.unit)
    mates = [one for one in county.with_role("officer") if one.unit == head.unit]
    others = [one for one in mates if one not in (head, deed.holder)]
    if others and chance.random() < 0.5:
        told = deed.at + timedelta(minutes=25)
        yield Handed(told, deed.spans[0][0], head.login, chance.choice(others).login)


def _statements(
    chance: random.Random, deed: Deed, opened: datetime
) -> Iterator[tuple[datetime, dict[str, str]]]:
    """One version as a rule; one that lacks something is filled in next day, or never."""
    kind = texts.KINDS[deed.procedure]
    people = tuple(one.name for one in deed.officers)
    when = days.some_time(chance, deed.day, 9, 11)
    whole = texts.elements(kind, chance, when, deed.taxpayer[1], people, deed.taxpayer[0])
    first = opened + timedelta(minutes=chance.randrange(6, 40))
    drawn = chance.random()
    if drawn < 0.03:
        return
    if drawn < 0.32:
        lacking = chance.sample(("cause", "course", "result", "place"), chance.choice((1, 2)))
        yield first, {name: "" if name in lacking else text for name, text in whole.items()}
        if drawn < 0.27:
            yield days.at(days.after(first.date()), 8, chance.randrange(35, 59)), whole
        return
    yield first, whole
    if drawn > 0.93:
        more = whole | {"course": whole["course"] + "补充：现场拍摄的凭证已编入案卷。"}
        yield days.at(days.after(first.date(), 2), 15, chance.randrange(60)), more


def _confirmation(county: County, chance: random.Random, deed: Deed, newest: Filed) -> Iterator[Step]:
    """By the head of the unit, who was not there himself, some days later."""
    head = county.head_of(deed.holder.unit)
    if head not in deed.officers and chance.random() < 0.92:
        when = days.at(days.after(newest.at.date(), chance.randrange(1, 5)), 16, chance.randrange(60))
        yield Confirmed(when, deed.key, head.login, newest.version)


def _links(county: County, chance: random.Random, deed: Deed, opened: datetime) -> Iterator[Step]:
    by, name = deed.holder.login, deed.taxpayer[0]
    when = opened + timedelta(minutes=chance.randrange(2, 30))
    number = 1 + sum(map(ord, name)) % 97
    if chance.random() < 0.82:
        yield Linked(when, deed.key, by, "taxpayer", f"91{county.area}MA0{number:04}X{number % 10}J", name)
    prefix = DOCUMENTS.get(deed.procedure)
    if prefix and chance.random() < 0.8:
        when += timedelta(minutes=1)
        yield Linked(
            when, deed.key, by, "document", f"{county.short}{prefix}〔2026〕{chance.randrange(3, 180)}号", ""
        )
    if deed.procedure.startswith(("F", "H04", "I02")):
        case = f"{county.short}税稽案〔2026〕{number % 14 + 1:02}号"
        yield Linked(when + timedelta(minutes=1), deed.key, by, "case", case, "")
