"""How catalogue, rollout plan, proposals and rules in force follow from the ledger."""

from __future__ import annotations

from datetime import date

from zhilu.errors import CallerError, DataError
from zhilu.server.catalogue import events, rules
from zhilu.server.catalogue.models import Catalogue, Procedure, Proposal, Reading, Regulation, Rollout
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.organisation.apply_people import check_known, is_bureau
from zhilu.server.organisation.models import Department


@checks(events.CatalogueSet)
def check_set(event: events.CatalogueSet, stamp: Stamp) -> None:
    newest = Catalogue.objects.order_by("-version").first()
    since = date.fromisoformat(event.since)
    rules.check_version(
        event.version,
        since,
        newest.version if newest else 0,
        newest.since if newest else None,
        day_of(stamp.at),
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
    before = Rollout.objects.filter(id=event.rollout).first()
    until = date.fromisoformat(event.until) if event.until else None
    since, place = date.fromisoformat(event.since), (event.bureau, event.department or "")
    was = (
        rules.Line((before.bureau, str(before.department or "")), before.tier, before.since, before.until)
        if before
        else None
    )
    rules.check_line(was, rules.Line(place, event.tier, since, until), day_of(stamp.at))


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
    _check_own(event.person, stamp)
    rules.check_proposal(event.fields, is_new=event.procedure is None)
    if event.procedure and not Procedure.objects.filter(code=event.procedure).exists():
        raise DataError("procedure", "The catalogue has no procedure {procedure}.", procedure=event.procedure)
    mine = Proposal.objects.filter(person=event.person, procedure=event.procedure, decision="")
    is_same = any(one.fields == event.fields for one in mine)
    if is_same or Proposal.objects.filter(id=event.proposal).exists():
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


def _check_own(person: str, stamp: Stamp) -> None:
    """Nobody proposes, nobody has read in another's name."""
    check_known(person)
    if person != stamp.actor:
        raise CallerError("not-own", "Only the person in question can do this.")


def _reason(stamp: Stamp) -> str:
    return str(stamp.personal.get("reason", ""))[: rules.LONGEST_REASON]


@checks(events.ProcedureDecided)
def check_decided(event: events.ProcedureDecided, stamp: Stamp) -> None:
    proposal = Proposal.objects.filter(id=event.proposal, decision="").first()
    if proposal is None:
        raise DataError("proposal", "No such proposal waits for a decision.")
    version = Catalogue.objects.filter(version=event.version or 0).first()
    rules.check_decision(event.decision, event.version, proposal.entry, version.entry if version else None)


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
    rules.check_regulation(
        event.version,
        date.fromisoformat(event.since),
        event.text,
        newest.version if newest else 0,
        newest.since if newest else None,
    )
    others = Regulation.objects.exclude(regulation=event.regulation).values_list("title", flat=True)
    rules.check_title(event.title, newest.title if newest else "", others)


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
    _check_own(event.person, stamp)
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
