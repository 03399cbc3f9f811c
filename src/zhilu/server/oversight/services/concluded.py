"""What was concluded, for whoever counts it; and what was approved, for the rules."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Case, OuterRef, Q, Subquery, When

from zhilu.server.ledger.lock import among
from zhilu.server.oversight import rules_answers
from zhilu.server.oversight.findings import facts
from zhilu.server.oversight.models import Conclusion, Explanation, Finding, PersonFault

MOST_ASKED = 2000


@dataclass(frozen=True)
class Fault:
    """`entry`: of the conclusion; `by`, `at`: who concluded, and when. `places`: the finding's, if asked."""

    finding: str
    rule: str
    severity: str
    day: date
    person: UUID
    department: UUID | None
    entry: int
    at: datetime
    by: str
    places: Sequence[Sequence[int]]


def faults(first: date, last: date, *also: Q, placed: str = "") -> list[Fault]:
    """Of findings of these days: concluded a fault of this person, not lifted. By day, finding, person.
    `placed`: the rule whose findings' places are wanted too.
    """
    rows = PersonFault.objects.filter(*also, day__gte=first, day__lte=last, lifted_at=None)
    rows = rows.exclude(severity=rules_answers.REFER).order_by("day", "id")
    where = Finding.objects.filter(id=OuterRef("finding")).values("places")
    named = rows.annotate(places=Case(When(rule=placed, then=Subquery(where)))).values_list(
        "finding", "rule", "severity", "day", "person", "department", "entry", "at", "by", "places"
    )
    return [
        Fault(finding, rule, severity, day, person, department, entry, at, str(by), places or ())
        for finding, rule, severity, day, person, department, entry, at, by, places in named
    ]


def approved(subjects: Collection[str]) -> list[facts.Explanation]:
    """Explanations about these tasks and acts (their ids) that a supervisor confirmed: in advance, or by
    concluding the finding as excused for that reason. A unit head accepted them, or let his time lapse.
    """
    found: dict[UUID, facts.Explanation] = {}
    ids = sorted({str(UUID(one)) for one in subjects})
    for start in range(0, len(ids), MOST_ASKED):
        found |= _approved(ids[start : start + MOST_ASKED])
    return sorted(found.values(), key=lambda one: (one.subject, one.kind, one.since or 0, one.until or 0))


def _approved(ids: list[str]) -> dict[UUID, facts.Explanation]:
    counted = Explanation.objects.exclude(Q(kind=rules_answers.OTHER) | Q(decision=rules_answers.REFUSED))
    rows = [row for name in ("task", "act") for row in among(counted, ids, name)]
    if not rows:
        return {}
    excused = Conclusion.objects.filter(
        conclusion=rules_answers.EXCUSED,
        exemption=rules_answers.APPROVED_REASON,
        id__in={row.finding for row in rows} - {""},
    )
    by = dict(excused.values_list("id", "by"))
    confirmed = ((row, _confirmed_by(row, by)) for row in rows)
    return {row.id: _fact(row, who) for row, who in confirmed if who}


def _confirmed_by(row: Explanation, excused: dict[str, UUID]) -> UUID | None:
    if row.confirmation == rules_answers.CONFIRMED:
        return row.confirmed_by
    return excused.get(row.finding)


def _fact(row: Explanation, by: UUID) -> facts.Explanation:
    return facts.Explanation(
        subject=str(row.task or row.act),
        kind=row.kind,
        since=int(row.since.timestamp()) if row.since else None,
        until=int(row.until.timestamp()) if row.until else None,
        decision="approved",
        decided_by=str(by),
    )
