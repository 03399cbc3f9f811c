"""How sanctions and appeals follow from the ledger (spec/answers.md §4, §5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from zhilu.encoding import as_uuid
from zhilu.errors import DataError
from zhilu.server.ledger import waiting
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.oversight import events_answers as events
from zhilu.server.oversight import parties
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.apply_answers import (
    check_heard,
    days_around,
    finding_of,
    text_of,
)
from zhilu.server.oversight.models import (
    Appeal,
    Conclusion,
    Explanation,
    Finding,
    PersonFault,
    Sanction,
    SanctionFinding,
)
from zhilu.server.oversight.parties import Decider


@checks(events.SanctionDecided)
def check_sanction(event: events.SanctionDecided, stamp: Stamp) -> None:
    rules.check_form(event.form, event.months)
    ids = _ids(event.findings)
    if Sanction.objects.filter(id=event.sanction).exists():
        raise DataError("sanctioned-already", "This has been sanctioned already.")
    findings = [finding_of(one) for one in ids]
    decider = Decider(stamp.actor, {one.department for one in findings}, *rules.roles_for(event.form))
    decider.is_other({event.person}.union(*map(parties.of_finding, findings)))
    for finding in findings:
        _check_sanctionable(finding, event.person, stamp)
    concluded = Conclusion.objects.filter(id__in=ids).values_list("by", flat=True)
    decider.is_first([*concluded, *set().union(*map(parties.movers, findings))])


def _ids(said: list[object]) -> list[str]:
    found = [one for one in said if isinstance(one, str) and len(one) == 32]
    if not 0 < len(found) <= rules.MOST_FINDINGS or len(set(found)) < len(said):
        raise DataError(
            "sanction-findings", "A sanction is for 1 to {most} findings.", most=rules.MOST_FINDINGS
        )
    return found


def _check_sanctionable(finding: Finding, person: str, stamp: Stamp) -> None:
    """A fault of his that stands, or referred; he was heard; nothing else has come of it."""
    if finding.conclusion == rules.REFERRED:
        _check_heard(finding, person, stamp.at)
    elif not PersonFault.objects.filter(finding=finding.id, person=person, lifted_at=None).exists():
        raise DataError("sanction-fault", "Only a fault that was concluded, and stands, is sanctioned.")
    before = SanctionFinding.objects.filter(finding=finding.id, sanction__person=person)
    if before.filter(sanction__lifted_at=None).exists():
        raise DataError("sanctioned-already", "This has been sanctioned already.")
    if Appeal.objects.filter(finding=finding.id, person=person, decision="").exists():
        raise DataError("appeal-open", "An appeal waits for its decision: before that nothing is sanctioned.")


def _check_heard(finding: Finding, person: str, at: datetime) -> None:
    if person not in parties.asked(finding):
        raise DataError("sanction-fault", "Only a fault that was concluded, and stands, is sanctioned.")
    if not Explanation.objects.filter(finding=finding.id, by=person).exists():
        check_heard(finding, [person], at)


@applies(events.SanctionDecided)
def apply_sanction(event: events.SanctionDecided, stamp: Stamp) -> None:
    by, id_ = as_uuid(stamp.actor), UUID(event.sanction)
    try:
        rules.check_form(event.form, event.months)
        ids = _ids(event.findings)
    except DataError:
        return
    known = waiting.get(Finding, ids)
    if by is None or waiting.get(Sanction, [id_]) or len(known) < len(ids):
        return
    waiting.put(
        Sanction(
            id=id_,
            person=UUID(event.person),
            form=event.form,
            months=event.months,
            department=known[ids[0]].department,
            by=by,
            at=stamp.at,
            text=text_of(stamp),
            entry=stamp.index,
        )
    )
    for one in ids:
        SanctionFinding.objects.create(id=f"{id_}/{one}", sanction_id=id_, finding=one, entry=stamp.index)


@checks(events.AppealFiled)
def check_filed(event: events.AppealFiled, stamp: Stamp) -> None:
    if (event.finding is None) == (event.sanction is None):
        raise DataError("appeal-subject", "An appeal is against one conclusion, or one sanction.")
    since = _appealable(event, stamp.actor)
    mine = Appeal.objects.filter(finding=event.finding or "", sanction=event.sanction, person=stamp.actor)
    if mine.exists() or Appeal.objects.filter(id=event.appeal).exists():
        raise DataError("appeal-already", "You have appealed against this already.")
    rules.check_in_time(stamp.at, since, "appeal", days_around(since))


def _appealable(event: events.AppealFiled, actor: str) -> datetime:
    """When it was decided what this person appeals against."""
    person = as_uuid(actor) or UUID(int=0)
    at: datetime | None = None
    if event.finding is not None:
        fault = PersonFault.objects.filter(finding=event.finding, person=person, lifted_at=None).first()
        at = fault.at if fault else None
    elif event.sanction is not None:
        sanction = Sanction.objects.filter(id=event.sanction, person=person, lifted_at=None).first()
        at = sanction.at if sanction else None
    if at is None:
        raise DataError("appeal-nothing", "There is nothing here against which you could appeal.")
    return at


@applies(events.AppealFiled)
def apply_filed(event: events.AppealFiled, stamp: Stamp) -> None:
    person, id_ = as_uuid(stamp.actor), UUID(event.appeal)
    if person is None or waiting.get(Appeal, [id_]) or (event.finding is None) == (event.sanction is None):
        return
    about = _about(event)
    if about is None:
        return
    waiting.put(
        Appeal(
            id=id_,
            finding=event.finding or "",
            sanction=UUID(event.sanction) if event.sanction else None,
            department=about.department,
            person=person,
            at=stamp.at,
            text=text_of(stamp),
            entry=stamp.index,
        )
    )


def _about(event: events.AppealFiled) -> Finding | Sanction | None:
    if event.finding is not None:
        return waiting.get(Finding, [event.finding]).get(event.finding)
    id_ = UUID(str(event.sanction))
    return waiting.get(Sanction, [id_]).get(id_)


@checks(events.AppealDecided)
def check_decided(event: events.AppealDecided, stamp: Stamp) -> None:
    appeal = Appeal.objects.filter(id=event.appeal).first()
    if appeal is None:
        raise DataError("appeal-unknown", "There is no such appeal.")
    ids = findings_of(appeal)
    findings = list(Finding.objects.filter(id__in=ids))
    decider = Decider(stamp.actor, {one.department for one in findings}, "leader")
    decider.is_other({str(appeal.person)}.union(*map(parties.of_finding, findings)))
    decider.is_first(deciders_of(findings))
    rules.check_outcome(event.decision, appeal.sanction is not None)
    if appeal.decision:
        raise DataError("decided-already", "This has been decided already.")


def findings_of(appeal: Appeal) -> list[str]:
    if appeal.finding:
        return [appeal.finding]
    return list(SanctionFinding.objects.filter(sanction=appeal.sanction).values_list("finding", flat=True))


def deciders_of(findings: Collection[Finding]) -> set[object]:
    """Whoever has decided anything about these before, or brought them about."""
    ids = [one.id for one in findings]
    return {
        *Conclusion.objects.filter(id__in=ids).values_list("by", flat=True),
        *Explanation.objects.filter(finding__in=ids).values_list("decided_by", flat=True),
        *SanctionFinding.objects.filter(finding__in=ids).values_list("sanction__by", flat=True),
        *Appeal.objects.filter(finding__in=ids).values_list("decided_by", flat=True),
        *set().union(*map(parties.movers, findings)),
    }


@applies(events.AppealDecided)
def apply_decided(event: events.AppealDecided, stamp: Stamp) -> None:
    id_, by = UUID(event.appeal), as_uuid(stamp.actor)
    appeal = waiting.get(Appeal, [id_]).get(id_)
    is_known = event.decision in rules.OUTCOMES
    if appeal is None or appeal.decision or by is None or not is_known:
        return
    appeal.decision, appeal.decided_by, appeal.decided_at = event.decision, by, stamp.at
    appeal.decided_entry, appeal.decision_text = stamp.index, text_of(stamp)
    waiting.put(appeal)
    if event.decision == rules.UPHELD:
        return
    ids = findings_of(appeal)
    standing = Sanction.objects.filter(person=appeal.person, lifted_at=None)
    if appeal.sanction:
        standing.filter(id=appeal.sanction).update(lifted_at=stamp.at)
    else:
        standing.filter(findings__finding=appeal.finding).update(lifted_at=stamp.at)
    if event.decision == rules.LIFTED:
        _lift_faults(ids, appeal.person, stamp)


def _lift_faults(findings: list[str], person: UUID, stamp: Stamp) -> None:
    """And where nobody's is left, the finding is concluded as no fault."""
    mine = PersonFault.objects.filter(finding__in=findings, person=person, lifted_at=None)
    touched = set(mine.values_list("finding", flat=True))
    mine.update(lifted_at=stamp.at)
    left = set(
        PersonFault.objects.filter(finding__in=touched, lifted_at=None).values_list("finding", flat=True)
    )
    for finding in waiting.get(Finding, sorted(touched - left)).values():
        finding.conclusion = rules.NO_FAULT
        waiting.put(finding)
