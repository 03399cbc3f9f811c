"""How catalogue, rollout plan, proposals and rules in force follow from the ledger."""

from __future__ import annotations

from datetime import date

from zhilu.errors import DataError
from zhilu.server.catalogue import events, rules
from zhilu.server.catalogue.models import Catalogue, Procedure, Proposal, Reading, Regulation, Rollout
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.organisation.apply_people import check_known, is_bureau
from zhilu.server.organisation.models import Department

LONGEST_REASON = 500


@checks(events.CatalogueSet)
def check_set(event: events.CatalogueSet, stamp: Stamp) -> None:
    newest = Catalogue.objects.order_by("-version").first()
    since = date.fromisoformat(event.since)
    rules.check_version(
        event.version, since, newest.version if newest else 0, newest.since if newest else None
    )
    rules.read_procedures(event.classes, event.scripts, event.procedures)


@applies(events.CatalogueSet)
def apply_set(event: events.CatalogueSet, stamp: Stamp) -> None:
    Catalogue.objects.create(
        version=event.version,
        since=date.fromisoformat(event.since),
        classes=event.classes,
        scripts=event.scripts,
        by=stamp.actor,
        entry=stamp.index,
    )
    listed = rules.read_procedures(event.classes, event.scripts, event.procedures)
    Procedure.objects.bulk_create(
        Procedure(
            id=f"{event.version}/{one.code}",
            version=event.version,
            place=place,
            entry=stamp.index,
            **one.__dict__,
        )
        for place, one in enumerate(listed)
    )


@checks(events.RolloutSet)
def check_rollout(event: events.RolloutSet, stamp: Stamp) -> None:
    if event.tier not in rules.TIERS:
        raise DataError("rollout", "There is no tier {tier}.", tier=event.tier)
    if not is_bureau(event.bureau):
        raise DataError("bureau-unknown", "There is no bureau {bureau}.", bureau=event.bureau)
    if event.department and not Department.objects.filter(id=event.department, bureau=event.bureau).exists():
        raise DataError("department-unknown", "There is no such department in this bureau.")
    if event.until and event.until <= event.since:
        raise DataError("rollout", "A period ends after it begins.")


@applies(events.RolloutSet)
def apply_rollout(event: events.RolloutSet, stamp: Stamp) -> None:
    Rollout.objects.update_or_create(
        id=event.rollout,
        defaults={
            "bureau": event.bureau,
            "department": event.department,
            "tier": event.tier,
            "since": date.fromisoformat(event.since),
            "until": date.fromisoformat(event.until) if event.until else None,
            "entry": stamp.index,
        },
    )


@checks(events.ProcedureProposed)
def check_proposed(event: events.ProcedureProposed, stamp: Stamp) -> None:
    check_known(event.person)
    rules.check_proposal(event.fields)
    if event.procedure and not Procedure.objects.filter(code=event.procedure).exists():
        raise DataError("procedure", "The catalogue has no procedure {procedure}.", procedure=event.procedure)
    if Proposal.objects.filter(id=event.proposal).exists():
        raise DataError("proposal-known", "This proposal has been made already.")


@applies(events.ProcedureProposed)
def apply_proposed(event: events.ProcedureProposed, stamp: Stamp) -> None:
    Proposal.objects.create(
        id=event.proposal,
        person=event.person,
        procedure=event.procedure,
        fields=event.fields,
        reason=_reason(stamp),
        at=stamp.at,
        entry=stamp.index,
    )


def _reason(stamp: Stamp) -> str:
    return str(stamp.personal.get("reason", ""))[:LONGEST_REASON]


@checks(events.ProcedureDecided)
def check_decided(event: events.ProcedureDecided, stamp: Stamp) -> None:
    if not Proposal.objects.filter(id=event.proposal, decision="").exists():
        raise DataError("proposal", "No such proposal waits for a decision.")
    if event.decision not in rules.DECISIONS or (event.decision == "adopted") != (event.version is not None):
        raise DataError("proposal", "An adopted proposal names the version that carries it out.")
    if event.version is not None and not Catalogue.objects.filter(version=event.version).exists():
        raise DataError("proposal", "An adopted proposal names the version that carries it out.")


@applies(events.ProcedureDecided)
def apply_decided(event: events.ProcedureDecided, stamp: Stamp) -> None:
    Proposal.objects.filter(id=event.proposal).update(
        decision=event.decision,
        version=event.version,
        answer=_reason(stamp),
        decided_by=stamp.actor,
        decided_at=stamp.at,
    )


@checks(events.RegulationIssued)
def check_issued(event: events.RegulationIssued, stamp: Stamp) -> None:
    newest = Regulation.objects.filter(regulation=event.regulation).order_by("-version").first()
    wanted = newest.version + 1 if newest else 1
    if event.version != wanted or not 0 < len(event.text) <= rules.LONGEST_REGULATION:
        raise DataError(
            "regulation",
            "The next version is {wanted}; its text has 1 to {limit} characters.",
            wanted=wanted,
            limit=rules.LONGEST_REGULATION,
        )


@applies(events.RegulationIssued)
def apply_issued(event: events.RegulationIssued, stamp: Stamp) -> None:
    Regulation.objects.create(
        id=f"{event.regulation}/{event.version}",
        regulation=event.regulation,
        version=event.version,
        title=event.title,
        text=event.text,
        since=date.fromisoformat(event.since),
        at=stamp.at,
        entry=stamp.index,
    )


@checks(events.RegulationRead)
def check_read(event: events.RegulationRead, stamp: Stamp) -> None:
    check_known(event.person)
    found = {"regulation": event.regulation, "version": event.version}
    if not Regulation.objects.filter(**found).exists():
        raise DataError("regulation-unknown", "There is no such version of the rules.")
    if Reading.objects.filter(person=event.person, **found).exists():
        raise DataError("regulation-read", "You have confirmed this version already.")


@applies(events.RegulationRead)
def apply_read(event: events.RegulationRead, stamp: Stamp) -> None:
    Reading.objects.create(
        id=f"{event.regulation}/{event.version}/{event.person}",
        regulation=event.regulation,
        version=event.version,
        person=event.person,
        at=stamp.at,
        entry=stamp.index,
    )
