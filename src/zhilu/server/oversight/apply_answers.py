"""How explanations and conclusions follow from the ledger (spec/answers.md §3).

The checks say all of it: rank, scope, order and time, whatever page or program an event comes from. `apply`
passes over what its own bureau did not check.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from zhilu.encoding import as_uuid, parse_time
from zhilu.errors import DataError
from zhilu.server.evidence.models import Act, ActOfficer
from zhilu.server.ledger import waiting
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.organisation.services import calendar
from zhilu.server.oversight import events_answers as events
from zhilu.server.oversight import parties
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.models import (
    Attachment,
    Conclusion,
    DueTask,
    Explanation,
    Finding,
    FindingPerson,
    LimitSet,
    PersonFault,
)
from zhilu.server.oversight.parties import Decider

MOST_IN_ADVANCE = 10
"""Explanations of one person about one task or act."""
MOST_FILES, FILES_WITHIN = 60, timedelta(hours=24)
"""That one person attaches: each stays in the ledger for good, here and at the city."""


def finding_of(id_: str) -> Finding:
    found = Finding.objects.filter(id=id_).first()
    if found is None:
        raise DataError("finding-unknown", "There is no such finding.")
    return found


def check_stands(finding: Finding) -> None:
    if finding.cleared_at is not None:
        raise DataError(
            "finding-cleared", "The facts no longer show this finding: nothing is left to decide."
        )
    if finding.conclusion:
        raise DataError("finding-concluded", "This finding has been concluded.")


def days_around(*moments: datetime) -> rules.Times:
    """What deadlines around these need."""
    years = {year for at in moments for year in rules.years_of(at)}
    said = LimitSet.objects.filter(name__in=rules.LIMITS.values()).order_by("since", "id")
    limits = tuple((one.since, one.name, int(one.value)) for one in said)
    return rules.Times(calendar.days(*years), limits)


@checks(events.ExplanationFiled)
def check_filed(event: events.ExplanationFiled, stamp: Stamp) -> None:
    if [event.finding, event.task, event.act].count(None) != 2:
        raise DataError("explain-subject", "An explanation is of one finding, task or act.")
    if Explanation.objects.filter(id=event.explanation).exists():
        raise DataError("explained-already", "You have explained this already.")
    since, until = (parse_time(one) if one else None for one in (event.since, event.until))
    rules.check_explanation(event.kind, event.reason, since, until, stamp.at)
    rules.check_attachments(event.attachments)
    if event.finding is not None:
        _check_of_finding(event, stamp)
    else:
        _check_in_advance(event, stamp)
    if event.attachments:
        _check_files(len(event.attachments), stamp)


def _check_files(count: int, stamp: Stamp) -> None:
    recent = Explanation.objects.filter(by=stamp.actor, at__gt=stamp.at - FILES_WITHIN)
    there = sum(len(one) for one in recent.values_list("attachments", flat=True))
    if there + count > MOST_FILES:
        raise DataError(
            "attachments-many",
            "At most {most} files are attached within 24 hours: explain without, or tomorrow.",
            most=MOST_FILES,
        )


def _check_of_finding(event: events.ExplanationFiled, stamp: Stamp) -> None:
    finding = finding_of(str(event.finding))
    if stamp.actor not in parties.asked(finding):
        raise DataError("explain-own", "Only who is asked explains.")
    check_stands(finding)
    rules.check_kind_for(finding.rule, event.kind)
    if Explanation.objects.filter(finding=finding.id, by=stamp.actor).exists():
        raise DataError("explained-already", "You have explained this already.")


def _check_in_advance(event: events.ExplanationFiled, stamp: Stamp) -> None:
    subject = str(event.task or event.act)
    if stamp.actor not in _officers(event.task, event.act):
        raise DataError("explain-own", "Only who is asked explains.")
    found = Finding.objects.filter(subject=subject, cleared_at=None).values_list("rule", flat=True)
    rules.check_in_advance(event.kind, event.task is not None, set(found))
    mine = Explanation.objects.filter(task=event.task, act=event.act, by=stamp.actor, finding="")
    if len(mine) >= MOST_IN_ADVANCE:
        raise DataError("explanations-many", "At most {most} explanations are filed.", most=MOST_IN_ADVANCE)
    since = parse_time(event.since) if event.since else None
    standing = (one for one in mine if rules.REFUSED not in (one.decision, one.confirmation))
    if any((one.kind, one.since) == (event.kind, since) for one in standing):
        raise DataError("explained-already", "You have explained this already.")


def _officers(task: UUID | str | None, act: UUID | str | None) -> set[str]:
    """Those of a task that is to be done, or of an act."""
    if task is not None:
        found = DueTask.objects.filter(id=task, withdrawn=False).values_list("officers", flat=True).first()
        return {str(one) for one in found or ()}
    there = ActOfficer.objects.filter(act_id=act) if act is not None else ActOfficer.objects.none()
    return {str(one) for one in there.values_list("officer", flat=True)}


@applies(events.ExplanationFiled)
def apply_filed(event: events.ExplanationFiled, stamp: Stamp) -> None:
    by = as_uuid(stamp.actor)
    if by is None or waiting.get(Explanation, [UUID(event.explanation)]) or not _is_sound(event, stamp):
        return
    finding, task, act = None, event.task, event.act
    if event.finding is not None:
        finding = waiting.get(Finding, [event.finding]).get(event.finding)
        if finding is None or finding.conclusion:
            return
        task = finding.subject if finding.subject_kind == "task" else None
        act = finding.subject if finding.subject_kind == "act" else None
    waiting.put(
        Explanation(
            id=UUID(event.explanation),
            finding=event.finding or "",
            task=as_uuid(task or ""),
            act=as_uuid(act or ""),
            department=finding.department if finding else _department(event),
            kind=event.kind,
            reason=event.reason,
            since=parse_time(event.since) if event.since else None,
            until=parse_time(event.until) if event.until else None,
            attachments=event.attachments,
            by=by,
            at=stamp.at,
            text=text_of(stamp),
            entry=stamp.index,
        )
    )
    _stand(finding)


def _is_sound(event: events.ExplanationFiled, stamp: Stamp) -> bool:
    try:
        since, until = (parse_time(one) if one else None for one in (event.since, event.until))
        rules.check_explanation(event.kind, event.reason, since, until, stamp.at)
        rules.check_attachments(event.attachments)
    except DataError:
        return False
    return [event.finding, event.task, event.act].count(None) == 2


def _department(event: events.ExplanationFiled) -> UUID | None:
    rows: Any = DueTask.objects if event.task else Act.objects
    found: UUID | None = rows.filter(id=event.task or event.act).values_list("department", flat=True).first()
    return found


def text_of(stamp: Stamp) -> str:
    return str(stamp.personal.get("text", ""))[: rules.LONGEST_TEXT]


def _stand(finding: Finding | None) -> None:
    """Its state follows from its explanations and its conclusion."""
    if finding is None:
        return
    decisions = Explanation.objects.filter(finding=finding.id).values_list("decision", flat=True)
    finding.state = rules.state_of(finding.conclusion, list(decisions))
    waiting.put(finding)


@checks(events.ExplanationAttached)
def check_attached(event: events.ExplanationAttached, stamp: Stamp) -> None:
    row = _explanation(event.explanation)
    if stamp.actor != str(row.by):
        raise DataError("explain-own", "Only who is asked explains.")
    if not _is_listed(row, event):
        raise DataError("attachment", "A file that is attached is not as it must be.")
    if Attachment.objects.filter(id=f"{row.id}/{event.number}").exists():
        raise DataError("attachment-known", "This file is attached already.")


def _is_listed(row: Explanation, event: events.ExplanationAttached) -> bool:
    said = {"kind": event.kind, "sha256": event.sha256, "size": event.size}
    return event.number < len(row.attachments) and row.attachments[event.number] == said


@applies(events.ExplanationAttached)
def apply_attached(event: events.ExplanationAttached, stamp: Stamp) -> None:
    row = _known(event.explanation)
    if row is None or not _is_listed(row, event):
        return
    id_ = f"{row.id}/{event.number}"
    if waiting.get(Attachment, [id_]):
        return
    waiting.put(
        Attachment(
            id=id_,
            explanation_id=row.id,
            number=event.number,
            kind=event.kind,
            sha256=event.sha256,
            size=event.size,
            name=str(stamp.personal.get("name", ""))[: rules.LONGEST_NAME],
            entry=stamp.index,
        )
    )


@checks(events.ExplanationDecided)
def check_decided(event: events.ExplanationDecided, stamp: Stamp) -> None:
    row = _explanation(event.explanation)
    finding = finding_of(row.finding) if row.finding else None
    decider = Decider(stamp.actor, [finding.department if finding else row.department], "unit-head")
    decider.is_other(parties.of_explanation(row, finding))
    rules.check_decision(event.decision)
    if row.decision or row.confirmation:
        raise DataError("decided-already", "This has been decided already.")
    if finding:
        check_stands(finding)


@applies(events.ExplanationDecided)
def apply_decided(event: events.ExplanationDecided, stamp: Stamp) -> None:
    row, by = _known(event.explanation), as_uuid(stamp.actor)
    if row is None or by is None or row.decision or event.decision not in rules.DECISIONS:
        return
    row.decision, row.decided_by, row.decided_at = event.decision, by, stamp.at
    row.decided_entry, row.decision_text = stamp.index, text_of(stamp)
    waiting.put(row)
    _stand(waiting.get(Finding, [row.finding]).get(row.finding))


@checks(events.ExplanationConfirmed)
def check_confirmed(event: events.ExplanationConfirmed, stamp: Stamp) -> None:
    row = _explanation(event.explanation)
    if row.finding:
        raise DataError("explain-found", "This has been found already: explain the finding.")
    decider = Decider(stamp.actor, [row.department], "supervisor")
    decider.is_other(parties.of_explanation(row, None))
    decider.is_first([row.decided_by])
    rules.check_decision(event.decision, (rules.CONFIRMED, rules.REFUSED))
    if row.confirmation or row.decision == rules.REFUSED:
        raise DataError("decided-already", "This has been decided already.")
    if not row.decision and stamp.at < rules.deadline(row.at, "head", days_around(row.at)):
        raise DataError("conclude-early", "Others have time left: this may be decided from {day} on.",
                        day=day_of(rules.deadline(row.at, "head", days_around(row.at))))  # fmt: skip


@applies(events.ExplanationConfirmed)
def apply_confirmed(event: events.ExplanationConfirmed, stamp: Stamp) -> None:
    row, by = _known(event.explanation), as_uuid(stamp.actor)
    is_known = event.decision in (rules.CONFIRMED, rules.REFUSED)
    if row is None or by is None or row.finding or row.confirmation or not is_known:
        return
    row.confirmation, row.confirmed_by, row.confirmed_at = event.decision, by, stamp.at
    row.confirmed_entry, row.confirmation_text = stamp.index, text_of(stamp)
    waiting.put(row)


@checks(events.FindingConcluded)
def check_concluded(event: events.FindingConcluded, stamp: Stamp) -> None:
    finding = finding_of(event.finding)
    is_grave = finding.severity == rules.REFER
    decider = Decider(stamp.actor, [finding.department], "leader" if is_grave else "supervisor")
    decider.is_other(parties.of_finding(finding))
    check_stands(finding)
    if is_grave and event.conclusion != rules.NO_FAULT:
        raise DataError("finding-refer", "This is never scored: a leader refers it, or finds no fault.")
    rules.check_conclusion(event.conclusion, event.exemption, event.persons, parties.asked(finding))
    explained = list(Explanation.objects.filter(finding=finding.id))
    decider.is_first([one.decided_by for one in explained] + list(parties.movers(finding)))
    _check_order(finding, explained, stamp)
    said = {str(one.by) for one in explained}
    check_heard(finding, [one for one in event.persons if one not in said], stamp.at)
    if event.exemption == rules.APPROVED_REASON and all(one.decision == rules.REFUSED for one in explained):
        raise DataError(
            "excused-reason", "No explanation stands: this is excused for another reason, or not."
        )


def check_heard(finding: Finding, silent: Sequence[str], at: datetime) -> None:
    """Of those who have not explained: whether their days are over, from when each was first asked."""
    rows = FindingPerson.objects.filter(finding=finding.id, person__in=silent)
    since = max([finding.raised_at, *rows.values_list("asked_at", flat=True)]) if silent else at
    if silent and at < (due := rules.deadline(since, "explain", days_around(since))):
        raise DataError(
            "not-heard", "The person is heard first: he may explain until {day}.", day=day_of(due)
        )


def _check_order(finding: Finding, explained: list[Explanation], stamp: Stamp) -> None:
    ready = concludable_at(finding, explained)
    if stamp.at < ready:
        raise DataError("conclude-early", "Others have time left: this may be decided from {day} on.",
                        day=day_of(ready))  # fmt: skip


def concludable_at(
    finding: Finding, explained: list[Explanation], days: rules.Times | None = None
) -> datetime:
    """From when on it may be concluded; `days`: the calendar, where it has been read already."""
    heard = [rules.Heard(str(one.by), one.at, one.decided_at) for one in explained]
    known = days_around(finding.raised_at) if days is None else days
    return rules.concludable_at(finding.raised_at, parties.asked(finding), heard, known)


@applies(events.FindingConcluded)
def apply_concluded(event: events.FindingConcluded, stamp: Stamp) -> None:
    finding = waiting.get(Finding, [event.finding]).get(event.finding)
    if finding is None or finding.conclusion:
        return
    try:
        rules.check_conclusion(event.conclusion, event.exemption, event.persons, parties.asked(finding))
    except DataError:
        return
    if not _conclude(finding, event.conclusion, event.exemption or "", stamp):
        return
    for person in event.persons if event.conclusion == rules.FAULT else ():
        PersonFault.objects.create(
            id=f"{finding.id}/{UUID(person)}",
            finding=finding.id,
            person=UUID(person),
            rule=finding.rule,
            severity=finding.severity,
            department=finding.department,
            day=finding.day,
            by=stamp.actor,
            at=stamp.at,
            entry=stamp.index,
        )


@checks(events.FindingReferred)
def check_referred(event: events.FindingReferred, stamp: Stamp) -> None:
    finding = finding_of(event.finding)
    Decider(stamp.actor, [finding.department], "leader").is_other(parties.of_finding(finding))
    check_stands(finding)


@applies(events.FindingReferred)
def apply_referred(event: events.FindingReferred, stamp: Stamp) -> None:
    finding = waiting.get(Finding, [event.finding]).get(event.finding)
    if finding is not None and not finding.conclusion:
        _conclude(finding, rules.REFERRED, "", stamp)


def _conclude(finding: Finding, conclusion: str, exemption: str, stamp: Stamp) -> bool:
    by = as_uuid(stamp.actor)
    if by is None:
        return False
    Conclusion.objects.create(
        id=finding.id,
        conclusion=conclusion,
        exemption=exemption,
        by=by,
        at=stamp.at,
        text=text_of(stamp),
        entry=stamp.index,
    )
    finding.conclusion, finding.concluded_at, finding.state = conclusion, stamp.at, rules.CONCLUDED
    waiting.put(finding)
    return True


def _explanation(id_: str) -> Explanation:
    found = Explanation.objects.filter(id=id_).first()
    if found is None:
        raise DataError("explanation-unknown", "There is no such explanation.")
    return found


def _known(id_: str) -> Explanation | None:
    return waiting.get(Explanation, [UUID(id_)]).get(UUID(id_))
