"""What another scheme would have made of a month that is past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from zhilu.server.assessment import rules
from zhilu.server.assessment.rules import Result
from zhilu.server.assessment.scheme import Scheme
from zhilu.server.assessment.services.reckoning import Reckoning
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.services.people import names, paths

MOST = 50


@dataclass(frozen=True)
class Changed:
    name: str
    was: int | None
    now: int | None

    @property
    def told(self) -> tuple[str, str, str]:
        change = rules.signed((self.now or 0) - (self.was or 0))
        return rules.shown(self.was), rules.shown(self.now), change


@dataclass(frozen=True)
class Preview:
    """`people`: how many of `persons` would have had other points; the first of them by how much."""

    month: date
    bureau: Changed
    units: list[Changed]
    changed: list[Changed]
    people: int
    persons: int


def of(month: date, scheme: Scheme, bureau: str) -> Preview:
    """Both as of now, so that the scheme alone makes the difference."""
    at = now()
    was, is_ = (Reckoning(month, 1, at, one).result for one in (None, scheme))
    places = paths()
    units = _pairs(
        {one.department: one.tenths for one in was.units}, {one.department: one.tenths for one in is_.units}
    )
    pairs = [one for one in _pairs(_lines(was), _lines(is_)) if one[1] != one[2]]
    pairs.sort(key=lambda one: (-abs((one[2] or 0) - (one[1] or 0)), str(one[0])))
    told = names(one[0] for one in pairs[:MOST])
    return Preview(
        month,
        Changed(bureau, was.tenths, is_.tenths),
        sorted((Changed(places.get(key, "—"), *both) for key, *both in units), key=lambda one: one.name),
        [Changed(told.get(str(key), str(key)[:8]), *both) for key, *both in pairs[:MOST]],
        len(pairs),
        was.persons,
    )


def _lines(result: Result) -> dict[UUID, int | None]:
    return {one.person: one.tenths for one in result.lines}


def _pairs(
    was: dict[UUID, int | None], now_: dict[UUID, int | None]
) -> list[tuple[UUID, int | None, int | None]]:
    return [(one, was.get(one), now_.get(one)) for one in sorted({*was, *now_})]
