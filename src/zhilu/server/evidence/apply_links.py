"""How corrections, links and outcomes of acts follow from the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from zhilu.errors import DataError
from zhilu.server.evidence import events_links as events
from zhilu.server.evidence import rules, rules_links, standing
from zhilu.server.evidence.apply import check_content, write_content
from zhilu.server.evidence.models import Act, ActLink, ActOfficer, ActRevision, ActSpan, Outcome, Recording
from zhilu.server.evidence.services import search
from zhilu.server.evidence.services.versions import newest_revision
from zhilu.server.evidence.writers import is_bureau, may_name, may_write, rights_of_actor
from zhilu.server.ledger import waiting
from zhilu.server.ledger.events import Keys, Stamp, applies, checks, foresees
from zhilu.server.organisation.services.api_tokens import may_link

CONTENT = ("procedure", "catalogue", "taxpayer")


@checks(events.ActAmended)
def check_amended(event: events.ActAmended, stamp: Stamp) -> None:
    act = _act(event.act)
    _check_writer(act, stamp)
    rules_links.check_revision(event.version, newest_revision(act))
    check_content(event)
    if is_bureau(stamp.actor):
        return
    named = {span.recording for span in rules.read_spans(event.spans)}
    added = named - {str(one) for one in act.spans.values_list("recording", flat=True)}
    rights = rights_of_actor(stamp.actor)
    if not all(may_name(recording, rights) for recording in Recording.objects.filter(id__in=added)):
        raise DataError("recording-unknown", "No such recording is stored.")


@applies(events.ActAmended)
def apply_amended(event: events.ActAmended, stamp: Stamp) -> None:
    act = Act.objects.only(*CONTENT, "opened_at", "entry").get(id=event.act)
    spans = _spans(act)
    if event.version == 2:
        _keep(act, 1, act.officers.values_list("officer", flat=True), spans, act.entry)
    ActOfficer.objects.filter(act=act).delete()
    ActSpan.objects.filter(act=act).delete()
    act.procedure, act.catalogue = event.procedure, event.catalogue
    act.class_code, act.tier = standing.class_of(event.catalogue, event.procedure)
    act.taxpayer = str(stamp.personal.get("taxpayer", ""))[: rules.LONGEST_TAXPAYER]
    act.save(update_fields=[*CONTENT, "class_code", "tier"])
    act.outcomes.update(procedure=act.procedure, class_code=act.class_code)
    write_content(event, stamp)
    said = [asdict(span) for span in rules.read_spans(event.spans)]
    _keep(act, event.version, event.officers, said, stamp.index, stamp)
    standing.of_act(event.act)
    standing.counted((span["recording"] for span in spans), stamp.index)
    standing.named((span["recording"] for span in said), stamp.index)
    search.refresh(event.act)


def _spans(act: Act) -> list[dict[str, Any]]:
    """In their order."""
    spans = act.spans.values_list("id", "recording", "from_us", "to_us")
    placed = sorted(spans, key=lambda one: int(one[0].rpartition("/")[2]))
    return [{"recording": str(one[1]), "from_us": one[2], "to_us": one[3]} for one in placed]


def _keep(
    act: Act,
    version: int,
    officers: Iterable[UUID | str],
    spans: list[dict[str, Any]],
    entry: int,
    stamp: Stamp | None = None,
) -> None:
    """The act as it is now, as a version; without a stamp, the one that opened it."""
    ActRevision.objects.create(
        id=f"{act.id}/{version}",
        act=act,
        version=version,
        procedure=act.procedure,
        catalogue=act.catalogue,
        officers=sorted(map(str, officers)),
        spans=spans,
        taxpayer=act.taxpayer,
        at=stamp.at if stamp else act.opened_at,
        by=stamp.actor if stamp else "",
        entry=entry,
    )


@checks(events.ActLinked)
def check_linked(event: events.ActLinked, stamp: Stamp) -> None:
    act = _act(event.act)
    if event.source == "api":
        _check_token(act, stamp)
    else:
        _check_writer(act, stamp)
    if ActLink.objects.filter(id=event.link).exists():
        raise DataError("link-known", "This link has been made already.")
    rules_links.check_link(event.kind, event.source, act.links.filter(gone_at=None).count())


@applies(events.ActLinked)
def apply_linked(event: events.ActLinked, stamp: Stamp) -> None:
    ActLink.objects.create(
        id=event.link,
        act_id=event.act,
        kind=event.kind,
        source=event.source,
        number=str(stamp.personal.get("number", ""))[: rules_links.LONGEST_NUMBER],
        name=str(stamp.personal.get("name", ""))[: rules_links.LONGEST_NAME],
        at=stamp.at,
        by=stamp.actor,
        entry=stamp.index,
    )
    standing.of_act(event.act)
    search.refresh(event.act)


@checks(events.ActUnlinked)
def check_unlinked(event: events.ActUnlinked, stamp: Stamp) -> None:
    link = ActLink.objects.filter(id=event.link, gone_at=None).select_related("act").first()
    if link is None:
        raise DataError("link-unknown", "There is no such link any more.")
    if not (link.source == "api" and may_link(stamp.actor, link.act.department, stamp.at)):
        _check_writer(link.act, stamp)
    rules_links.check_end(event.reason, rules_links.LINK_ENDS)


@applies(events.ActUnlinked)
def apply_unlinked(event: events.ActUnlinked, stamp: Stamp) -> None:
    link = ActLink.objects.get(id=event.link)
    link.gone_at, link.gone_by, link.reason = stamp.at, stamp.actor, event.reason
    link.save()
    standing.of_act(link.act_id)
    search.refresh(link.act_id)


@checks(events.OutcomeRecorded)
def check_outcome(event: events.OutcomeRecorded, stamp: Stamp) -> None:
    act = _act(event.act)
    _check_writer(act, stamp)
    if Outcome.objects.filter(id=event.outcome).exists():
        raise DataError("outcome-known", "This outcome has been recorded already.")
    rules_links.check_outcome(event.kind, event.amount_fen, act.outcomes.filter(gone_at=None).count())


@foresees(events.OutcomeRecorded)
def foresee_outcome(event: events.OutcomeRecorded) -> Keys:
    yield Act, [UUID(event.act)]


@applies(events.OutcomeRecorded)
def apply_outcome(event: events.OutcomeRecorded, stamp: Stamp) -> None:
    act = waiting.made(Act, UUID(event.act))
    Outcome.objects.create(
        id=event.outcome,
        act=act,
        kind=event.kind,
        amount_fen=event.amount_fen,
        note=str(stamp.personal.get("note", ""))[: rules_links.LONGEST_NOTE],
        at=stamp.at,
        by=stamp.actor,
        opened_at=act.opened_at,
        department=act.department,
        procedure=act.procedure,
        class_code=act.class_code,
        entry=stamp.index,
    )
    search.refresh(event.act)


@checks(events.OutcomeWithdrawn)
def check_withdrawn(event: events.OutcomeWithdrawn, stamp: Stamp) -> None:
    outcome = Outcome.objects.filter(id=event.outcome, gone_at=None).select_related("act").first()
    if outcome is None:
        raise DataError("outcome-unknown", "There is no such outcome any more.")
    _check_writer(outcome.act, stamp)
    rules_links.check_end(event.reason, rules_links.OUTCOME_ENDS)


@applies(events.OutcomeWithdrawn)
def apply_withdrawn(event: events.OutcomeWithdrawn, stamp: Stamp) -> None:
    outcome = Outcome.objects.get(id=event.outcome)
    outcome.gone_at, outcome.gone_by, outcome.reason = stamp.at, stamp.actor, event.reason
    outcome.save()
    search.refresh(outcome.act_id)


def _act(act: str) -> Act:
    found = Act.objects.filter(id=act).first()
    if found is None:
        raise DataError("act-unknown", "No such act has been opened.")
    return found


def _check_writer(act: Act, stamp: Stamp) -> None:
    if not is_bureau(stamp.actor) and not may_write(act, rights_of_actor(stamp.actor)):
        raise DataError("act-writer", "Only an officer of the act and the head of its unit write here.")


def _check_token(act: Act, stamp: Stamp) -> None:
    if not may_link(stamp.actor, act.department, stamp.at):
        raise DataError("act-writer", "This token may make no link in this department.")
