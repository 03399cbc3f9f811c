"""How schemes, published months and objections follow from the ledger.

What is published the ledger counts itself, twice: before it takes the entry, and whenever it applies it; so
an entry that did not pass by the check says in its row that it differs, at whoever applies it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from zhilu.encoding import as_uuid
from zhilu.errors import DataError
from zhilu.server.assessment import events, rules, rules_objections, scheme
from zhilu.server.assessment.models import Objection, Publication, PublishedLine, PublishedUnit, SchemeSet
from zhilu.server.assessment.services import objecting
from zhilu.server.assessment.services.reckoning import SCORED, Reckoning, newest, newest_scheme
from zhilu.server.ledger import waiting
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks, checks_many
from zhilu.server.organisation import rules as organisation
from zhilu.server.organisation.models import Department, Role
from zhilu.server.organisation.services.rights import Rights, Scope

UNFINISHED = "assessment-parts"
"""What is wrong with a publication until its last part came."""
MOST_NUMBER, MOST_VERSION = 2**31 - 1, 9_999
LONGEST_DIFFERENCE = 200


@checks(events.SchemeSet)
def check_scheme(event: events.SchemeSet, stamp: Stamp) -> None:
    scheme.check_scored(_said(event), SCORED)
    _check_follows(event, stamp)


def _check_follows(event: events.SchemeSet, stamp: Stamp) -> None:
    """What also its `apply` demands, in every release."""
    if _rights(stamp, "supervisor").scope_of("supervisor") is not None:
        raise DataError("scheme-scope", "Only a supervisor of the whole bureau sets the scheme.")
    since = _month(event.since)
    scheme.check_version(event.version, since, newest_scheme(), rules.after(rules.begin(day_of(stamp.at))))
    scheme.read(event.version, since, _said(event))


@applies(events.SchemeSet)
def apply_scheme(event: events.SchemeSet, stamp: Stamp) -> None:
    if _is_refused(_check_follows, event, stamp):
        return  # dated back, or by somebody else: nothing is counted by it anywhere
    SchemeSet.objects.create(
        version=event.version,
        since=_month(event.since),
        said=_said(event),
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )


def _said(event: events.SchemeSet) -> dict[str, Any]:
    names = ("base", "least", "most", "deductions", "items", "credits", "ranks", "kinds")
    return {name: getattr(event, name) for name in names}


@checks_many(events.AssessmentPublished)
def check_published(many: list[tuple[events.AssessmentPublished, Stamp]]) -> None:
    """All parts of one version, together."""
    parts, stamp = [event for event, _stamp in many], many[0][1]
    first = parts[0]
    head = (first.month, first.version, first.scheme, first.reason, first.tenths)
    for number, one in enumerate(parts, 1):
        same = head == (one.month, one.version, one.scheme, one.reason, one.tenths)
        if not same or (one.part, one.parts) != (number, len(parts)) or (number > 1 and one.units):
            raise DataError("assessment-parts", "The parts of a publication come together, in order.")
    lines = [line for part in parts for line in part.lines]
    if not rules.is_sound(first.units, lines):
        raise DataError("assessment-form", "This publication is not formed as demanded.")
    said = Stated(_month(first.month), *head[1:], first.units, lines)
    _judge(said, newest(said.month), stamp)


@dataclass(frozen=True)
class Stated:
    """What an entry, or its rows, say of a month."""

    month: date
    version: int
    scheme: int
    reason: str
    tenths: int | None
    units: Sequence[Any]
    lines: Sequence[Any]


def _judge(said: Stated, before: Publication | None, stamp: Stamp) -> None:
    """By the tables as they are at this entry: who publishes, when, after what, why, and is all of it so?"""
    if _rights(stamp, "leader").scope_of("leader") is not None:
        raise DataError("assessment-scope", "Only a leader of the whole bureau publishes an assessment.")
    known = before.version if before else 0
    causes = objecting.causes(before) if before else frozenset[str]()
    rules_objections.check_publish(said.month, said.version, said.reason, known, day_of(stamp.at), causes)
    counted = Reckoning(said.month, said.version, stamp.at)
    rules_objections.check_anybody(counted.result)
    rules_objections.check_same(_difference(said, counted))


def _difference(said: Stated, counted: Reckoning) -> str:
    """The first thing that the ledger gives otherwise."""
    result = counted.result
    if said.scheme != counted.scheme.version:
        return "scheme"
    if said.tenths != result.tenths:
        return "bureau"
    return rules.difference(said.units, rules.units_json(result)) or rules.difference(
        said.lines, [rules.to_json(one) for one in result.lines]
    )


@applies(events.AssessmentPublished)
def apply_published(event: events.AssessmentPublished, stamp: Stamp) -> None:
    """Whatever it says is kept as it was said; `differs` says what is wrong with it."""
    row = _publication(event, stamp)
    if row is None:
        return
    row.taken += 1
    if rules.is_sound(event.units, event.lines):
        _write(row, event, stamp)
    else:
        row.differs = "assessment-form"
    if row.taken == row.parts and row.differs == UNFINISHED:
        row.differs = _recounted(row, event, stamp)
    waiting.put(row)


def _publication(event: events.AssessmentPublished, stamp: Stamp) -> Publication | None:
    month = rules.month_of(event.month)
    if month is None or not (0 < event.version <= MOST_VERSION and 0 < event.parts <= MOST_NUMBER):
        return None
    key = f"{event.month}/{event.version}"
    known = waiting.get(Publication, [key]).get(key)
    if event.part != 1 or known is not None:
        if known is None or not known.taken + 1 == event.part <= known.parts == event.parts:
            return None
        return known
    is_figure = event.tenths is None or abs(event.tenths) <= rules.MOST_TENTHS
    return Publication(
        id=key,
        month=month,
        version=event.version,
        scheme=min(event.scheme, MOST_NUMBER),
        reason=event.reason[:16],
        parts=event.parts,
        taken=0,
        persons=0,
        tenths=event.tenths if is_figure else None,
        differs=UNFINISHED if is_figure else "assessment-form",
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )


def _write(row: Publication, event: events.AssessmentPublished, stamp: Stamp) -> None:
    waiting.put(row)
    units = {f"{row.id}/{one[0]}": one for one in event.units}
    lines = {f"{row.id}/{one[0]}": one for one in event.lines}
    twice = bool(waiting.get(PublishedUnit, units)) or bool(waiting.get(PublishedLine, lines))
    if twice or (len(units), len(lines)) != (len(event.units), len(event.lines)):
        row.differs = "assessment-twice"
        return
    for key, (department, tenths, persons, days) in units.items():
        PublishedUnit.objects.create(
            id=key,
            publication=row,
            department=UUID(department),
            tenths=tenths,
            persons=persons,
            days=days,
            entry=stamp.index,
        )
    for key, (person, department, tenths, deducted, credited, items) in lines.items():
        PublishedLine.objects.create(
            id=key,
            publication=row,
            person=UUID(person),
            department=UUID(department),
            tenths=tenths,
            deducted=deducted,
            credited=credited,
            items=items,
            entry=stamp.index,
        )
    row.persons += len(lines)


def _recounted(row: Publication, event: events.AssessmentPublished, stamp: Stamp) -> str:
    """The code of the check that it would not have passed; empty where it passes."""
    units, lines = event.units, event.lines
    if row.parts > 1:
        units, lines = stated_units(row), stated_lines(row)
    said = Stated(row.month, row.version, row.scheme, row.reason, row.tenths, units, lines)
    try:
        _judge(said, newest(row.month, row.version), replace(stamp, actor=row.by, at=row.at))
    except DataError as error:
        return f"{error.code} {error.fields.get('who', '')}".strip()[:LONGEST_DIFFERENCE]
    return ""


def stated_units(row: Publication) -> list[Any]:
    rows = PublishedUnit.objects.filter(publication=row)
    return [
        [str(department), *numbers]
        for department, *numbers in rows.values_list("department", "tenths", "persons", "days")
    ]


def stated_lines(row: Publication) -> list[Any]:
    rows = PublishedLine.objects.filter(publication=row)
    named = rows.values_list("person", "department", "tenths", "deducted", "credited", "items")
    return [[str(person), str(department), *numbers] for person, department, *numbers in named]


@checks(events.ObjectionFiled)
def check_filed(event: events.ObjectionFiled, stamp: Stamp) -> None:
    if Objection.objects.filter(id=event.objection).exists():
        raise DataError("objection-known", "You have objected to this already.")
    objecting.check_file(_month(event.month), event.version, _person(stamp), day_of(stamp.at))


@applies(events.ObjectionFiled)
def apply_filed(event: events.ObjectionFiled, stamp: Stamp) -> None:
    if _is_refused(check_filed, event, stamp):
        return
    month, person = _month(event.month), _person(stamp)
    line = objecting.line_of(month, event.version, person)
    Objection.objects.create(
        id=UUID(event.objection),
        month=month,
        version=event.version,
        person=person,
        department=line.department if line else None,
        at=stamp.at,
        text=str(stamp.personal.get("text", ""))[: rules_objections.LONGEST_TEXT],
        entry=stamp.index,
    )


@checks(events.ObjectionDecided)
def check_decided(event: events.ObjectionDecided, stamp: Stamp) -> None:
    objecting.check_decide(
        event.objection, event.decision, event.struck, event.granted, _rights(stamp, "leader")
    )


@applies(events.ObjectionDecided)
def apply_decided(event: events.ObjectionDecided, stamp: Stamp) -> None:
    if _is_refused(check_decided, event, stamp):
        return
    key = UUID(event.objection)
    row = waiting.get(Objection, [key])[key]
    row.decision, row.struck, row.granted = event.decision, event.struck, event.granted
    row.decided_by, row.decided_at, row.decided_entry = stamp.actor, stamp.at, stamp.index
    row.answer = str(stamp.personal.get("text", ""))[: rules_objections.LONGEST_TEXT]
    waiting.put(row)


def _is_refused(check: Callable[[Any, Stamp], None], event: Any, stamp: Stamp) -> bool:
    """Whether this ledger took an entry that its own rules refuse: it changes nothing."""
    try:
        check(event, stamp)
    except DataError:
        return True
    return False


def _month(said: str) -> date:
    found = rules.month_of(said)
    if found is None:
        raise DataError("assessment-month", "This is no month.")
    return found


def _person(stamp: Stamp) -> UUID:
    return as_uuid(stamp.actor) or UUID(int=0)


def _rights(stamp: Stamp, *roles: str) -> Rights:
    """By grant only, in the order of the ledger and by no clock: whoever applies the entry finds the same."""
    person = _person(stamp)
    grants = Role.objects.filter(person=person, role__in=roles, ended_at=None).values_list("role", "scope")
    scopes: dict[str, Scope] = {}
    for role, scope in grants:
        parents = dict(Department.objects.values_list("id", "parent")) if scope is not None else {}
        scopes[role] = None if scope is None else organisation.below([UUID(one) for one in scope], parents)
    return Rights(person, scopes)
