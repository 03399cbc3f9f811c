"""How setting aside, assigning and confirming follow from the ledger."""

from __future__ import annotations

from uuid import UUID

from zhilu.encoding import as_uuid
from zhilu.errors import DataError
from zhilu.server.evidence import events_desk as events
from zhilu.server.evidence import rules, rules_desk, standing
from zhilu.server.evidence.models import (
    Act,
    Confirmation,
    DescriptionAssigned,
    Recording,
    SetAside,
)
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.organisation.services.people import roles_of
from zhilu.server.organisation.services.rights import Rights, rights_of


@checks(events.RecordingSetAside)
def check_aside(event: events.RecordingSetAside, stamp: Stamp) -> None:
    recording, rights = _recording(event.recording), _rights(stamp.actor)
    answers = "officer" in rights.roles and rights.person in (recording.officer, recording.assigned)
    if not answers and not rights.covers(recording.department, "unit-head"):
        raise DataError("desk-own", "Only who answers for a recording sets it aside.")
    rules_desk.check_reason(event.reason)
    rules_desk.check_describable(recording.acts, recording.drill)
    if recording.aside:
        raise DataError("aside-already", "This recording has been set aside already.")


@applies(events.RecordingSetAside)
def apply_aside(event: events.RecordingSetAside, stamp: Stamp) -> None:
    SetAside.objects.create(
        id=stamp.index,
        recording=event.recording,
        reason=event.reason,
        text=str(stamp.personal.get("text", ""))[: rules_desk.LONGEST_ASIDE],
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )
    standing.set_aside(event.recording, event.reason, stamp.index)


@checks(events.DescriptionAssigned)
def check_assigned(event: events.DescriptionAssigned, stamp: Stamp) -> None:
    recording = _recording(event.recording)
    if not _rights(stamp.actor).covers(recording.department, "unit-head"):
        raise DataError("desk-head", "Only the head of its unit does this.")
    if "officer" not in roles_of(event.officer):
        raise DataError("desk-officer", "Only an enforcement officer describes a recording.")
    rules_desk.check_describable(recording.acts, recording.drill)
    if not recording.aside and event.officer == str(recording.assigned or recording.officer):
        raise DataError("assigned-already", "This officer is to describe the recording already.")


@applies(events.DescriptionAssigned)
def apply_assigned(event: events.DescriptionAssigned, stamp: Stamp) -> None:
    DescriptionAssigned.objects.create(
        id=stamp.index,
        recording=event.recording,
        officer=event.officer,
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )
    standing.assigned(event.recording, event.officer, stamp.index)


@checks(events.StatementConfirmed)
def check_confirmed(event: events.StatementConfirmed, stamp: Stamp) -> None:
    act = Act.objects.filter(id=event.act).first()
    if act is None:
        raise DataError("act-unknown", "No such act has been opened.")
    rights = _rights(stamp.actor)
    if not rights.covers(act.department, "unit-head"):
        raise DataError("desk-head", "Only the head of its unit does this.")
    others = rights_of(rights.person, without=standing.parties(act))  # nor by what they handed on
    if standing.had_part(act, rights.person) or not others.covers(act.department, "unit-head"):
        raise DataError("confirm-own", "Nobody confirms a statement about an act of his own.")
    rules_desk.check_confirmable(event.version, act.version, act.present, len(rules.ELEMENTS))
    if act.confirmed:
        raise DataError("confirmed-already", "This version has been confirmed already.")


@applies(events.StatementConfirmed)
def apply_confirmed(event: events.StatementConfirmed, stamp: Stamp) -> None:
    Confirmation.objects.create(
        id=stamp.index,
        act_id=event.act,
        version=event.version,
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )
    standing.of_act(event.act)


def _recording(recording: str) -> Recording:
    found = Recording.objects.filter(id=recording).first()
    if found is None:
        raise DataError("recording-unknown", "No such recording is stored.")
    return found


def _rights(actor: str) -> Rights:
    """What the actor may do at this moment, also by delegation; a device may nothing."""
    return rights_of(as_uuid(actor) or UUID(int=0))
