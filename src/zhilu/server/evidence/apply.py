"""How recordings, acts and viewings follow from the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from zhilu.encoding import parse_time
from zhilu.errors import DataError
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
    Recording,
    Statement,
)
from zhilu.server.evidence.services import search
from zhilu.server.evidence.services.versions import catalogue_of
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.organisation.apply_people import check_known
from zhilu.server.organisation.models import Bureau, Policy
from zhilu.server.organisation.services.people import department_of

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
        marks=event.marks,
        stored_at=stamp.at,
        duration_us=_between_us(parse_time(event.opened_at), parse_time(event.closed_at)),
        entry=stamp.index,
    )
    standing.counted([event.recording], stamp.index)


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
    class_code, tier = standing.class_of(event.catalogue, event.procedure)
    Act.objects.create(
        id=event.act,
        procedure=event.procedure,
        catalogue=event.catalogue,
        department=department_of(event.officers[0], day_of(stamp.at)),
        taxpayer=taxpayer,
        opened_at=stamp.at,
        class_code=class_code,
        tier=tier,
        entry=stamp.index,
    )
    write_content(event, stamp)
    standing.of_act(event.act)
    standing.named({span["recording"] for span in event.spans}, stamp.index)
    search.refresh(event.act)


def write_content(event: events.ActOpened | ActAmended, stamp: Stamp) -> None:
    """The rows of officers and spans."""
    class_code, _ = standing.class_of(event.catalogue, event.procedure)
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
            procedure=event.procedure,
            class_code=class_code,
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
    rules.check_times(*_times(event), stamp.at)


def _times(event: events.StatementFiled) -> tuple[datetime | None, datetime | None]:
    return (
        parse_time(event.began) if event.began else None,
        parse_time(event.ended) if event.ended else None,
    )


@applies(events.StatementFiled)
def apply_statement(event: events.StatementFiled, stamp: Stamp) -> None:
    began, ended = _times(event)
    texts: Any = {name: str(stamp.personal.get(name, ""))[: rules.LONGEST_ELEMENT] for name in rules.ELEMENTS}
    Statement.objects.create(
        id=stamp.index,
        act_id=event.act,
        version=event.version,
        complete=event.complete,
        began=began,
        ended=ended,
        filed_at=stamp.at,
        filed_by=stamp.actor,
        entry=stamp.index,
        **texts,
    )
    standing.of_act(event.act)
    search.refresh(event.act)
