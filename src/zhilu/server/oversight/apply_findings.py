"""How findings and limits follow from the ledger (spec/findings.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from zhilu.errors import DataError
from zhilu.server.equipment.apply_logbooks import check_own
from zhilu.server.ledger import waiting
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks, checks_many
from zhilu.server.organisation.services import calendar
from zhilu.server.oversight import events_findings as events
from zhilu.server.oversight import rules_findings as rules
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.models import Finding, FindingPerson, LimitSet

SAID = (
    "rule", "version", "severity", "subject", "subject_kind", "day", "department", "persons", "places",
    "words",
)  # fmt: skip
"""What a finding says."""
MOST_ASKED, ANEW_UNTIL = 1000, 20
"""By one finding, in all its time; and while it has asked fewer than so many, a further one begins the days
anew for all of them. After that he has his own days, and nobody waits for them but who would blame him.
"""


def said(event: events.FindingRaised) -> dict[str, object]:
    """The columns that an entry gives."""
    return {
        "rule": event.rule,
        "version": event.version,
        "severity": event.severity,
        "subject": event.about,
        "subject_kind": event.subject_kind,
        "day": date.fromisoformat(event.day),
        "department": UUID(event.department) if event.department else None,
        "persons": [str(UUID(one)) for one in event.persons],
        "places": event.places,
        "words": event.words,
    }


@checks_many(events.FindingRaised)
def check_raised(many: list[tuple[events.FindingRaised, Stamp]]) -> None:
    check_own(many[0][1])
    ids = [event.finding for event, _ in many]
    known = Finding.objects.in_bulk(ids)
    if len(set(ids)) < len(ids):
        raise DataError("finding-known", "The finding is raised twice at once.")
    for event, _ in many:
        rules.check_raised(event, RULES)
        there = known.get(event.finding)
        if there is None:
            continue
        if there.state == rules.CONCLUDED:
            raise DataError("finding-concluded", "The finding has been concluded.")
        if there.cleared_at is None and {name: getattr(there, name) for name in SAID} == said(event):
            raise DataError("finding-known", "The finding stands already.")


@applies(events.FindingRaised)
def apply_raised(event: events.FindingRaised, stamp: Stamp) -> None:
    if not rules.is_sound(event):
        return  # its own bureau did not check it
    row = waiting.get(Finding, [event.finding]).get(event.finding)
    if row is not None and row.state == rules.CONCLUDED:
        return
    values = said(event)
    before = None if row is None else row.day
    if row is None:
        row = Finding(id=event.finding, found_at=stamp.at, raised_at=stamp.at, entry=stamp.index)
    elif row.cleared_at is not None:
        days = _calendar(day_of(row.raised_at).year, day_of(stamp.at).year)
        row.raised_at = rules.raised_again(row.raised_at, row.cleared_at, stamp.at, days)
        row.cleared_at, row.cleared_reason = None, ""
    for name, value in values.items():
        setattr(row, name, value)
    new = [one for one in row.persons if one not in row.asked][: MOST_ASKED - len(row.asked)]
    if new:
        # Whoever was not asked before has his time; who was asked once stays so, whoever is named instead.
        if len(row.asked) < ANEW_UNTIL:
            row.raised_at = stamp.at
        row.asked = [*row.asked, *new]
    waiting.put(row)
    _ask(row, new, stamp)
    if before is not None and before != row.day:
        FindingPerson.objects.filter(finding_id=row.id).update(day=row.day)


def _calendar(first: int, last: int) -> dict[date, str]:
    """Of the years around these. One that its own bureau's rules would have refused is none."""
    try:
        return calendar.days(*{first, first + 1, last - 2, last - 1, last})
    except (DataError, TypeError):
        return {}


def _ask(row: Finding, new: Sequence[str], stamp: Stamp) -> None:
    for person in new:
        FindingPerson.objects.create(
            id=f"{row.id}/{person}",
            finding_id=row.id,
            person=UUID(person),
            day=row.day,
            asked_at=stamp.at,
            entry=stamp.index,
        )


@checks(events.FindingCleared)
def check_cleared(event: events.FindingCleared, stamp: Stamp) -> None:
    check_own(stamp)
    row = Finding.objects.filter(id=event.finding).first()
    if row is None or row.cleared_at is not None:
        raise DataError("finding-unknown", "No such finding stands.")
    if row.state == rules.CONCLUDED:
        raise DataError("finding-concluded", "The finding has been concluded.")
    if event.reason not in rules.CLEARED:
        raise DataError("finding-form", "The finding is not formed as demanded.")


@applies(events.FindingCleared)
def apply_cleared(event: events.FindingCleared, stamp: Stamp) -> None:
    row = waiting.get(Finding, [event.finding]).get(event.finding)
    if row is None or row.cleared_at is not None or row.state == rules.CONCLUDED:
        return
    row.cleared_at, row.cleared_reason = stamp.at, event.reason[:16]
    waiting.put(row)


@checks(events.LimitSet)
def check_limit(event: events.LimitSet, stamp: Stamp) -> None:
    rules.check_limit(event.name, event.value, date.fromisoformat(event.since), day_of(stamp.at))


@applies(events.LimitSet)
def apply_limit(event: events.LimitSet, stamp: Stamp) -> None:
    since = date.fromisoformat(event.since)
    if since < day_of(stamp.at) or not rules.is_limit(event.name, event.value):
        return  # its own bureau did not check it: the past is judged by what counted
    LimitSet.objects.create(
        id=stamp.index,
        name=event.name,
        value=event.value,
        since=since,
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )
