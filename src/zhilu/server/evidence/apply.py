"""How recordings, acts and viewings follow from the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from zhilu.encoding import parse_time, unb64u
from zhilu.errors import DataError
from zhilu.protocols.viewing import DECIDING_ROLES, OUTSIDE_PURPOSES, parse_decision, parse_request
from zhilu.sealed.imports import ORIGIN
from zhilu.sealed.journal import ORIGINS
from zhilu.server.catalogue.services import catalogue
from zhilu.server.equipment.models import Recorder, Station
from zhilu.server.evidence import events, rules, standing
from zhilu.server.evidence.events_links import ActAmended
from zhilu.server.evidence.models import (
    Act,
    ActOfficer,
    ActSpan,
    Import,
    KeyRelease,
    Recording,
    Statement,
    Viewing,
    ViewingSpan,
)
from zhilu.server.evidence.services import search
from zhilu.server.evidence.services.versions import catalogue_of
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.organisation.apply_people import check_known
from zhilu.server.organisation.models import Bureau, Policy
from zhilu.server.organisation.services.people import department_of
from zhilu.server.organisation.services.rights import rights_of

CLOSED_BY = ("recording-closed", "recovered")


@checks(events.RecordingStored)
def check_stored(event: events.RecordingStored, stamp: Stamp) -> None:
    if Recording.objects.filter(id=event.recording).exists():
        raise DataError("already-stored", "This recording has been stored already.")
    if (
        not Recorder.objects.filter(kid=event.recorder).exists()
        or not Station.objects.filter(kid=event.station).exists()
    ):
        raise DataError("device-unknown", "No such device is enrolled.")
    policy = Policy.objects.filter(version=event.policy).first()
    if policy is None or event.copies < policy.copies:
        raise DataError("copies", "The policy demands more durable copies.")
    if event.origin not in ORIGINS or event.closed_by not in CLOSED_BY:
        raise DataError("origin", "There is no such origin or end of a recording.")


@applies(events.RecordingStored)
def apply_stored(event: events.RecordingStored, stamp: Stamp) -> None:
    Recording.objects.create(
        id=event.recording,
        recorder=event.recorder,
        lines=event.lines,
        last=event.last,
        segments=event.segments,
        length=event.length,
        origin=event.origin,
        drill=event.drill,
        officer=event.officer,
        department=department_of(event.officer, day_of(stamp.at)),
        policy=event.policy,
        opened_at=parse_time(event.opened_at),
        closed_at=parse_time(event.closed_at),
        handover=event.handover,
        officer_check=event.officer_check,
        station=event.station,
        bay=event.bay,
        closed_by=event.closed_by,
        copies=event.copies,
        stored_at=stamp.at,
        duration_us=_between_us(parse_time(event.opened_at), parse_time(event.closed_at)),
        entry=stamp.index,
    )


@checks(events.ActOpened)
def check_act(event: events.ActOpened, stamp: Stamp) -> None:
    if Act.objects.filter(id=event.act).exists():
        raise DataError("act-known", "This act has been opened already.")
    check_content(event)


def check_content(event: events.ActOpened | ActAmended) -> None:
    """What an act says of itself, at its opening and at every correction."""
    procedure = catalogue.procedure(event.catalogue, event.procedure)
    rules.check_officers(event.officers, procedure.min_officers)
    for officer in event.officers:
        check_known(officer)
    spans = rules.read_spans(event.spans)
    for span in spans:
        recording = Recording.objects.filter(id=span.recording).first()
        if recording is None:
            raise DataError("recording-unknown", "No such recording is stored.")
        if recording.drill:
            raise DataError("act-drill", "A drill is no enforcement: no act is made of it.")
        length_us = _length_us(recording)
        if length_us is not None:
            rules.check_within(span, length_us)
    if event.catalogue != catalogue_of(spans):
        raise DataError("act-catalogue", "An act names the catalogue that was in force on its day.")


def _length_us(recording: Recording) -> int | None:
    """What nobody knows of some imports."""
    if recording.origin == ORIGIN:
        return Import.objects.filter(id=recording.id).values_list("duration_us", flat=True).first()
    return _between_us(recording.opened_at, recording.closed_at)


def _between_us(since: datetime, until: datetime) -> int:
    return (until - since) // timedelta(microseconds=1)


@applies(events.ActOpened)
def apply_act(event: events.ActOpened, stamp: Stamp) -> None:
    taxpayer = str(stamp.personal.get("taxpayer", ""))[: rules.LONGEST_TAXPAYER]
    Act.objects.create(
        id=event.act,
        procedure=event.procedure,
        catalogue=event.catalogue,
        department=department_of(event.officers[0], day_of(stamp.at)),
        taxpayer=taxpayer,
        opened_at=stamp.at,
        entry=stamp.index,
    )
    write_content(event, stamp)
    standing.of_act(event.act)
    standing.of_recordings({span["recording"] for span in event.spans})
    search.refresh(event.act)


def write_content(event: events.ActOpened | ActAmended, stamp: Stamp) -> None:
    """The rows of officers and spans."""
    for officer in event.officers:
        ActOfficer.objects.create(
            id=f"{event.act}/{officer}", act_id=event.act, officer=officer, entry=stamp.index
        )
    for place, span in enumerate(rules.read_spans(event.spans)):
        ActSpan.objects.create(
            id=f"{event.act}/{place}",
            act_id=event.act,
            recording=span.recording,
            from_us=span.from_us,
            to_us=span.to_us,
            entry=stamp.index,
        )


@checks(events.StatementFiled)
def check_statement(event: events.StatementFiled, stamp: Stamp) -> None:
    if not Act.objects.filter(id=event.act).exists():
        raise DataError("act-unknown", "No such act has been opened.")
    mine = ActOfficer.objects.filter(act_id=event.act)
    if not Bureau.objects.filter(code=stamp.actor).exists() and not mine.filter(officer=stamp.actor).exists():
        raise DataError("act-officer", "A statement is filed by an officer of its act.")
    newest = (
        Statement.objects.filter(act_id=event.act)
        .order_by("-version")
        .values_list("version", flat=True)
        .first()
    )
    rules.check_version(event.version, newest or 0)
    rules.check_elements(event.complete)


@applies(events.StatementFiled)
def apply_statement(event: events.StatementFiled, stamp: Stamp) -> None:
    texts = {name: str(stamp.personal.get(name, ""))[: rules.LONGEST_ELEMENT] for name in rules.ELEMENTS}
    Statement.objects.create(
        id=stamp.index,
        act_id=event.act,
        version=event.version,
        complete=event.complete,
        filed_at=stamp.at,
        filed_by=stamp.actor,
        entry=stamp.index,
        **texts,
    )
    standing.of_act(event.act)
    search.refresh(event.act)


@checks(events.ViewingRequested)
def check_requested(event: events.ViewingRequested, stamp: Stamp) -> None:
    request = parse_request(unb64u(event.request))
    check_known(request.viewer)
    if Viewing.objects.filter(id=request.viewing).exists():
        raise DataError("viewing-known", "This viewing has been requested already.")
    for span in request.spans:
        if not Recording.objects.filter(id=span.recording).exists():
            raise DataError("recording-unknown", "No such recording is stored.")
    _check_covers(request.viewer, ("viewer",), [span.recording for span in request.spans])


def _check_covers(person: str, roles: tuple[str, ...], recordings: Iterable[object]) -> None:
    """A security key opens the room. What its person may ask and decide about there, the grants of this
    moment say: they have a scope, and end with a post.
    """
    rights = rights_of(UUID(person))
    places = Recording.objects.filter(id__in=list(recordings)).values_list("department", flat=True)
    if not rights.roles & set(roles) or not all(rights.covers(place, *roles) for place in set(places)):
        raise DataError("not-granted", "This person has no role that covers these recordings.")


@applies(events.ViewingRequested)
def apply_requested(event: events.ViewingRequested, stamp: Stamp) -> None:
    request = parse_request(unb64u(event.request))
    viewing = Viewing.objects.create(
        id=request.viewing,
        viewer=request.viewer,
        purpose=request.purpose,
        requested=request.requested,
        expires=request.expires,
        reason=str(stamp.personal.get("reason", ""))[:500],
        entry=stamp.index,
    )
    for span in request.spans:
        ViewingSpan.objects.create(
            id=f"{request.viewing}/{span.recording}",
            viewing=viewing,
            recording=span.recording,
            first=span.first,
            last=span.last,
            entry=stamp.index,
        )


@checks(events.ViewingDecided)
def check_decided(event: events.ViewingDecided, stamp: Stamp) -> None:
    decision = parse_decision(unb64u(event.decision))
    if decision.viewing != event.viewing:
        raise DataError("decision", "The decision is about another viewing.")
    viewing = Viewing.objects.filter(id=event.viewing, decided=None).first()
    if viewing is None:
        raise DataError("viewing-decided", "No such viewing waits for a decision.")
    roles = ("leader",) if viewing.purpose in OUTSIDE_PURPOSES else DECIDING_ROLES
    spans = ViewingSpan.objects.filter(viewing_id=event.viewing)
    _check_covers(decision.approver, roles, spans.values_list("recording", flat=True))


@applies(events.ViewingDecided)
def apply_decided(event: events.ViewingDecided, stamp: Stamp) -> None:
    decision = parse_decision(unb64u(event.decision))
    Viewing.objects.filter(id=event.viewing).update(
        approver=decision.approver,
        approved=decision.approved,
        decided=decision.decided,
        decided_entry=stamp.index,
    )


@checks(events.KeyReleased)
def check_released(event: events.KeyReleased, stamp: Stamp) -> None:
    viewing = Viewing.objects.filter(id=event.viewing, approved=True).first()
    span = ViewingSpan.objects.filter(viewing_id=event.viewing, recording=event.recording).first()
    if viewing is None or span is None:
        raise DataError("not-approved", "The viewing is not approved for this recording.")
    if event.from_ < span.first or event.to > span.last or event.from_ > event.to:
        raise DataError("not-approved", "The viewing is not approved for this recording.")
    _check_covers(str(viewing.viewer), ("viewer",), [event.recording])


@applies(events.KeyReleased)
def apply_released(event: events.KeyReleased, stamp: Stamp) -> None:
    KeyRelease.objects.create(
        id=stamp.index,
        viewing=event.viewing,
        recording=event.recording,
        first=event.from_,
        last=event.to,
        viewer_key=event.viewer_key,
        expires=parse_time(event.expires),
        at=stamp.at,
        entry=stamp.index,
    )
