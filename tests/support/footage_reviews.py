"""Draws and reviews in the bureau of `support.bureau`: checklists set, a draw made, footage released."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from support.bureau import Bureau, person_of
from support.county_world import SECTION, CountyWorld
from support.recordings import START
from zhilu.server.evidence.models import KeyRelease, Recording, Viewing
from zhilu.server.ledger import clock
from zhilu.server.ledger.models.base import applying
from zhilu.server.oversight import rules_reviews as rules
from zhilu.server.oversight.models import Draw, Drawn
from zhilu.server.oversight.services import reviewing

PERIOD = (START - timedelta(days=30), START)
"""Without the one recording that is in acts: all that is drawn is asked the general list."""
AHEAD = timedelta(minutes=5)
_numbers = itertools.count(10**9)


def supervisor(world: Bureau, everywhere: bool = False) -> UUID:
    return UUID(world.people["supervisor*" if everywhere else "supervisor"])


def lists(world: Bureau) -> None:
    reviewing.adopt_proposed(UUID(world.people["legal-editor"]))


def announced(world: Bureau, sample: tuple[int | None, int | None] = (4, None), **more: Any) -> Draw:
    """By the supervisor of the section, five minutes ago."""
    asked: dict[str, Any] = {"departments": [UUID(SECTION)], "period": PERIOD, "second": 50} | more
    draw = reviewing.announce(supervisor(world), sample=sample, wait=timedelta(seconds=1), **asked)
    return Draw.objects.get(id=draw)


def made(world: Bureau, county: CountyWorld, **more: Any) -> Draw:
    """Announced, and made by the cosignature that came after."""
    real = clock._source
    with clock.set_to(lambda: real() - AHEAD):
        draw = announced(world, **more)
    county.publish()
    assert reviewing.make_all() == 1
    draw.refresh_from_db()
    return draw


def released(person: UUID, recording: UUID, purpose: str = "review", span: Any = None) -> UUID:
    """Rows as the ledger would give them: all of it, unless `span` says otherwise."""
    at, viewing = clock.now(), uuid4()
    first, last = span or (1, Recording.objects.get(id=recording).segments - 1)
    with applying():
        Viewing.objects.create(
            id=viewing,
            viewer=person,
            purpose=purpose,
            requested=at,
            expires=at + timedelta(days=1),
            until=at + timedelta(days=1),
            asked_at=at,
            approved=True,
            entry=1,
        )
        number = next(_numbers)
        KeyRelease.objects.create(
            id=number,
            viewing=viewing,
            recording=recording,
            first=first,
            last=last,
            viewer_key="k",
            expires=at + timedelta(hours=4),
            at=at,
            entry=number,
        )
    return viewing


def answers(drawn: Drawn, *no: str) -> dict[str, str]:
    """Yes to all, but for these."""
    asked = reviewing.checklist(drawn.recording)
    assert asked
    return {one.code: "no" if one.code in no else "yes" for one in rules.items_of(asked.items)}


def filed(by: UUID, drawn: Drawn, *no: str, comment: str = "") -> UUID:
    asked = reviewing.checklist(drawn.recording)
    assert asked
    drawn.refresh_from_db()
    viewing = released(by, drawn.recording)
    return reviewing.file(by, drawn, asked, viewing, answers(drawn, *no), comment)


def stranger() -> UUID:
    return UUID(person_of("viewer"))
