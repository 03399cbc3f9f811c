"""How the register, certificates, issues and states follow from the ledger (spec/registers.md §4)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from zhilu.encoding import parse_time
from zhilu.errors import DataError
from zhilu.server.equipment import events, rules
from zhilu.server.equipment.apply import refuse_revoked, serviceable, unbind
from zhilu.server.equipment.models import Certificate, Equipment, Issue, Recorder, Station
from zhilu.server.ledger import waiting
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.organisation import rules as organisation
from zhilu.server.organisation.apply_people import check_known
from zhilu.server.organisation.models import Bureau, Department, Peer
from zhilu.server.organisation.services.people import department_of, roles_of
from zhilu.server.training.services.gate import check_fit


@checks(events.EquipmentRegistered)
def check_registered(event: events.EquipmentRegistered, stamp: Stamp) -> None:
    rules.check_equipment(event.kind, event.serial, event.model, event.asset)
    if event.department is not None:
        check_own_department(event.department)
    if event.acquired is not None and date.fromisoformat(event.acquired) > day_of(stamp.at):
        raise DataError("acquired", "Equipment was acquired today or before.")


@applies(events.EquipmentRegistered)
def apply_registered(event: events.EquipmentRegistered, stamp: Stamp) -> None:
    Equipment.objects.update_or_create(
        id=rules.equipment_id(event.kind, event.serial),
        defaults={
            "kind": event.kind,
            "serial": event.serial,
            "model": event.model,
            "asset": event.asset,
            "department": UUID(event.department) if event.department else None,
            "acquired": date.fromisoformat(event.acquired) if event.acquired else None,
            "entry": stamp.index,
        },
    )


@checks(events.CertificateRecorded)
def check_certificate(event: events.CertificateRecorded, stamp: Stamp) -> None:
    """The chain was looked at by who had the certificate; here: whose it is, and until when."""
    if not _is_enrolled(event.kid, event.role):
        raise DataError("certificate", "The certificate names no key that is enrolled in this role.")
    refuse_revoked(event.kid)
    rules.check_period(parse_time(event.not_before), parse_time(event.not_after), stamp.at)
    if Certificate.objects.filter(digest=event.digest).exists():
        raise DataError("certificate-known", "This certificate has been recorded already.")


@applies(events.CertificateRecorded)
def apply_certificate(event: events.CertificateRecorded, stamp: Stamp) -> None:
    Certificate.objects.create(
        digest=event.digest,
        kid=event.kid,
        role=event.role,
        serial=event.serial,
        not_before=parse_time(event.not_before),
        not_after=parse_time(event.not_after),
        entry=stamp.index,
    )


@checks(events.RecorderIssued)
def check_issued(event: events.RecorderIssued, stamp: Stamp) -> None:
    serviceable(event.recorder)
    if Issue.objects.filter(recorder=event.recorder, returned_at=None).exists():
        raise DataError("issued", "This recorder is issued already: it is returned first.")
    if Issue.objects.filter(id=event.issue).exists():
        raise DataError("issue-known", "There is an issue of this number already.")
    check_own_department(event.department)
    if event.person is not None:
        _check_receiver(event.person, UUID(event.department), day_of(stamp.at))


@applies(events.RecorderIssued)
def apply_issued(event: events.RecorderIssued, stamp: Stamp) -> None:
    waiting.made(Department, UUID(event.department))
    Issue.objects.create(
        id=UUID(event.issue),
        recorder=event.recorder,
        department=UUID(event.department),
        person=UUID(event.person) if event.person else None,
        at=stamp.at,
        by=stamp.actor,
        entry=stamp.index,
    )


@checks(events.RecorderReturned)
def check_returned(event: events.RecorderReturned, stamp: Stamp) -> None:
    rules.check_condition(event.condition)
    if not Issue.objects.filter(id=event.issue, returned_at=None).exists():
        raise DataError("not-issued", "This recorder is not issued.")


@applies(events.RecorderReturned)
def apply_returned(event: events.RecorderReturned, stamp: Stamp) -> None:
    _end(Issue.objects.filter(id=event.issue), event.condition, stamp)


@checks(events.RecorderStateSet)
def check_state(event: events.RecorderStateSet, stamp: Stamp) -> None:
    recorder = Recorder.objects.filter(kid=event.recorder).first()
    if recorder is None:
        raise DataError("device-unknown", "No such device is enrolled.")
    rules.check_state(event.state, recorder.state)


@applies(events.RecorderStateSet)
def apply_state(event: events.RecorderStateSet, stamp: Stamp) -> None:
    row = Recorder.objects.filter(kid=event.recorder)
    row.update(state=event.state, state_reason=event.reason, state_at=stamp.at)
    if event.state in rules.ENDING:
        unbind(event.recorder, stamp)
        condition = "lost" if event.state == "lost" else ""
        _end(Issue.objects.filter(recorder=event.recorder, returned_at=None), condition, stamp)


def _end(issues: QuerySet[Issue], condition: str, stamp: Stamp) -> None:
    issues.update(returned_at=stamp.at, returned_by=stamp.actor, condition=condition, entry=stamp.index)


def check_own_department(department: str) -> None:
    """Of the founded bureau, and open."""
    own = Bureau.objects.values("code")
    if not Department.objects.filter(id=department, bureau__in=own, closed=False).exists():
        raise DataError("department-unknown", "There is no such department in this bureau.")


def _check_receiver(person: str, department: UUID, today: date) -> None:
    check_known(person)
    if "officer" not in roles_of(person):
        raise DataError("officer", "The person is no officer.")
    parents = dict(Department.objects.values_list("id", "parent"))
    if department_of(person, today) not in organisation.below([department], parents):
        raise DataError("issue-person", "The person does not work in this department.")
    check_fit(person, today)


def _is_enrolled(kid: str, role: str) -> bool:
    if role == "recorder":
        return Recorder.objects.filter(kid=kid).exists()
    if role == "station":
        return Station.objects.filter(kid=kid).exists()
    return Peer.objects.filter(kid=kid, role=role).exists()
