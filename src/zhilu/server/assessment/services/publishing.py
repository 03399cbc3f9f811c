"""Setting a scheme, publishing a month."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from zhilu.server.assessment import rules, scheme
from zhilu.server.assessment.events import AssessmentPublished, SchemeSet
from zhilu.server.assessment.rules import Result
from zhilu.server.assessment.scheme import Scheme
from zhilu.server.assessment.services import objecting
from zhilu.server.assessment.services.reckoning import Reckoning, newest
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all

PART = 200_000
"""Bytes of lines in a part, about."""


def set_scheme(by: UUID, said: Scheme) -> None:
    commit(SchemeSet(said.version, rules.said(said.since), **scheme.to_json(said)), str(by))


def publish(by: UUID, month: date, version: int) -> None:
    """The version that was looked at: where another came before, or nothing has to be corrected, an error."""
    before = newest(month)
    causes = objecting.causes(before) if before else frozenset[str]()
    reason = next((one for one in (rules.OBJECTION, rules.APPEAL) if one in causes), rules.FIRST)
    # Counted before the ledger's lock is held: what is entered meanwhile, its own counting finds.
    counted = Reckoning(month, version, now())
    commit_all([Proposal(one, str(by)) for one in events(counted, reason)])


def events(counted: Reckoning, reason: str) -> list[AssessmentPublished]:
    parts = list(_parts(counted.result))
    return [
        AssessmentPublished(
            month=rules.said(counted.month),
            version=counted.version,
            scheme=counted.scheme.version,
            reason=reason,
            part=number,
            parts=len(parts),
            tenths=counted.result.tenths,
            units=rules.units_json(counted.result) if number == 1 else [],
            lines=lines,
        )
        for number, lines in enumerate(parts, 1)
    ]


def _parts(result: Result) -> Iterator[list[Any]]:
    """One at least."""
    together: list[Any] = []
    weight = 0
    for line in map(rules.to_json, result.lines):
        length = len(json.dumps(line))
        if together and weight + length > PART:
            yield together
            together, weight = [], 0
        together.append(line)
        weight += length
    yield together
