"""How devices, bays and assignments follow from the ledger (spec/ledger.md §6); the register is beside it."""

from __future__ import annotations

from django.db.models import QuerySet

from zhilu.encoding import parse_time, unb64u
from zhilu.errors import DataError
from zhilu.protocols.assertions import public_key_of
from zhilu.server.equipment import events, rules
from zhilu.server.equipment.models import (
    Assignment,
    DockCredential,
    Equipment,
    Finding,
    Recorder,
    Revocation,
    Station,
)
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import event_of
from zhilu.server.organisation.apply_people import check_known
from zhilu.server.organisation.models import Bureau
from zhilu.server.organisation.services.people import roles_of
from zhilu.server.training.services.gate import check_fit


@checks(events.StationEnrolled)
def check_station(event: events.StationEnrolled, stamp: Stamp) -> None:
    rules.check_key(event.station, event.jwk)
    rules.check_bays(event.bays)
    _refuse_known(event.station)
    if event.serial is not None:
        _check_enrolled("station", event.serial)


@applies(events.StationEnrolled)
def apply_station(event: events.StationEnrolled, stamp: Stamp) -> None:
    Station.objects.create(
        kid=event.station,
        jwk=event.jwk,
        name=event.name,
        bays=event.bays,
        rp_id=event.rp_id,
        origin=event.origin,
        entry=stamp.index,
    )
    if event.serial is not None:
        _own("station", event.serial, event.station, stamp)


@checks(events.RecorderEnrolled)
def check_recorder(event: events.RecorderEnrolled, stamp: Stamp) -> None:
    rules.check_key(event.recorder, event.jwk)
    rules.check_counter_kind(event.counter_kind)
    _refuse_known(event.recorder)
    _check_enrolled("recorder", event.serial)


@applies(events.RecorderEnrolled)
def apply_recorder(event: events.RecorderEnrolled, stamp: Stamp) -> None:
    Recorder.objects.create(
        kid=event.recorder,
        jwk=event.jwk,
        serial=event.serial,
        counter_kind=event.counter_kind,
        entry=stamp.index,
    )
    _own("recorder", event.serial, event.recorder, stamp)


def _own(kind: str, serial: str, kid: str, stamp: Stamp) -> None:
    """What is enrolled is also registered: under its serial number, the rest to be told later."""
    Equipment.objects.update_or_create(
        id=rules.equipment_id(kind, serial),
        defaults={"kind": kind, "serial": serial, "kid": kid, "entry": stamp.index},
    )


@checks(events.RecorderBound)
def check_bound(event: events.RecorderBound, stamp: Stamp) -> None:
    serviceable(event.recorder)
    rules.check_bay(event.bay, live_station(event.station).bays)
    others = Recorder.objects.filter(station=event.station, bay=event.bay).exclude(kid=event.recorder)
    if others.exclude(kid__in=Revocation.objects.values("kid")).exists():
        raise DataError("bay-taken", "Bay {bay} belongs to another recorder.", bay=event.bay)


@applies(events.RecorderBound)
def apply_bound(event: events.RecorderBound, stamp: Stamp) -> None:
    # A revoked recorder gives its bay up to the next.
    Recorder.objects.filter(station=event.station, bay=event.bay).exclude(kid=event.recorder).update(
        station=None, bay=None, bound_entry=stamp.index
    )
    Recorder.objects.filter(kid=event.recorder).update(
        station=event.station, bay=event.bay, bound_entry=stamp.index
    )


@checks(events.RecorderUnbound)
def check_unbound(event: events.RecorderUnbound, stamp: Stamp) -> None:
    if not Recorder.objects.filter(kid=event.recorder).exclude(station=None).exists():
        raise DataError("not-bound", "This recorder belongs to no bay.")


@applies(events.RecorderUnbound)
def apply_unbound(event: events.RecorderUnbound, stamp: Stamp) -> None:
    unbind(event.recorder, stamp)


def unbind(kid: str, stamp: Stamp) -> None:
    Recorder.objects.filter(kid=kid).update(station=None, bay=None, bound_entry=stamp.index)


@checks(events.DeviceRevoked)
def check_revoked(event: events.DeviceRevoked, stamp: Stamp) -> None:
    if not (
        Recorder.objects.filter(kid=event.kid).exists() or Station.objects.filter(kid=event.kid).exists()
    ):
        raise DataError("device-unknown", "No such device is enrolled.")
    refuse_revoked(event.kid)
    rules.check_since(parse_time(event.since), stamp.at)


@applies(events.DeviceRevoked)
def apply_revoked(event: events.DeviceRevoked, stamp: Stamp) -> None:
    Revocation.objects.create(
        id=stamp.index, kid=event.kid, since=parse_time(event.since), reason=event.reason, entry=stamp.index
    )


@checks(events.DockCredentialRegistered)
def check_dock_credential(event: events.DockCredentialRegistered, stamp: Stamp) -> None:
    check_known(event.person)
    public_key_of(unb64u(event.public_key))
    if DockCredential.objects.filter(id=event.credential).exists():
        raise DataError("credential-known", "This security key has been registered already.")


@applies(events.DockCredentialRegistered)
def apply_dock_credential(event: events.DockCredentialRegistered, stamp: Stamp) -> None:
    DockCredential.objects.create(
        id=event.credential,
        person=event.person,
        public_key=event.public_key,
        rp_id=event.rp_id,
        entry=stamp.index,
    )


@checks(events.RecorderAssigned)
def check_assigned(event: events.RecorderAssigned, stamp: Stamp) -> None:
    recorder = serviceable(event.recorder)
    rules.check_deputy(event.deputy, event.reason_code)
    if (recorder.station, recorder.bay) != (event.station, event.bay):
        raise DataError("bay", "The assignment names another bay than the recorder's.")
    station = live_station(event.station)
    if (station.rp_id, station.origin) != (event.rp_id, event.origin):
        raise DataError("station", "The assignment names another place than the station's.")
    if "officer" not in roles_of(event.officer):
        raise DataError("officer", "The person is no officer.")
    if not event.drill:
        check_fit(event.officer, day_of(stamp.at))
    registered = DockCredential.objects.filter(person=event.officer, rp_id=event.rp_id)
    rules.check_officer_check(event.officer_check_least)
    known = dict(registered.values_list("id", "public_key"))
    rules.check_credentials(event.credentials, known, event.officer_check_least)


@applies(events.RecorderAssigned)
def apply_assigned(event: events.RecorderAssigned, stamp: Stamp) -> None:
    Assignment.objects.create(
        id=stamp.index,
        recorder=event.recorder,
        officer=event.officer,
        station=event.station,
        bay=event.bay,
        drill=event.drill,
        deputy=event.deputy,
        at=stamp.at,
        entry=stamp.index,
    )


@checks(events.DockingRefused)
def check_refused(event: events.DockingRefused, stamp: Stamp) -> None:
    live_station(event.station)
    since = stamp.at - rules.REFUSAL_ONCE
    rows = Entry.objects.filter(
        kind="docking-refused/1", subject=event.station, at__gt=since, index__lt=stamp.index
    )
    earlier = [event_of(row) for row in rows.order_by("-index")[: rules.MOST_REFUSALS]]
    said, *before = [(one.bay, one.code, one.presented) for one in (event, *earlier)]
    rules.check_refusal(said, before)


@checks(events.RecorderFinding)
def check_finding(event: events.RecorderFinding, stamp: Stamp) -> None:
    if not Recorder.objects.filter(kid=event.recorder).exists():
        raise DataError("device-unknown", "No such device is enrolled.")
    if not Bureau.objects.filter(code=stamp.actor).exists():
        live_station(stamp.actor)
        rules.check_finding_of_station(event.code, event.recording, event.line, event.proof)
    about = rules.about(event.recording, event.line)
    same = Finding.objects.filter(recorder=event.recorder, code=event.code, about=about, actor=stamp.actor)
    if same.exists():
        raise DataError("finding-known", "This has been found already.")


@applies(events.RecorderFinding)
def apply_finding(event: events.RecorderFinding, stamp: Stamp) -> None:
    Finding.objects.create(
        id=stamp.index,
        recorder=event.recorder,
        code=event.code,
        about=rules.about(event.recording, event.line),
        recording=event.recording,
        line=event.line,
        since=None if event.since is None else parse_time(event.since),
        until=None if event.until is None else parse_time(event.until),
        proof=event.proof,
        actor=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )


def _refuse_known(kid: str) -> None:
    if Recorder.objects.filter(kid=kid).exists() or Station.objects.filter(kid=kid).exists():
        raise DataError("device-known", "This device is enrolled already.")


def _check_enrolled(kind: str, serial: str) -> None:
    rules.check_serial(serial)
    owned = Equipment.objects.filter(id=rules.equipment_id(kind, serial)).exclude(kid=None)
    if owned.exclude(kid__in=Revocation.objects.values("kid")).exists():
        raise DataError(
            "serial-enrolled",
            "A device with the serial number {serial} is enrolled with another key: revoke that one first.",
            serial=serial,
        )


def serviceable(kid: str) -> Recorder:
    """A recorder that may be issued, assigned, bound."""
    recorder = live_recorder(kid)
    rules.check_in_service(recorder.state)
    return recorder


def live_recorder(kid: str) -> Recorder:
    recorder = Recorder.objects.filter(kid=kid).first()
    if recorder is None:
        raise DataError("device-unknown", "No such device is enrolled.")
    refuse_revoked(kid)
    if suspending().filter(recorder=kid).exists():
        raise DataError("suspended", "This recorder has told two lives: it is suspended.")
    return recorder


def suspending() -> QuerySet[Finding]:
    """Findings that suspend their recorder: of the bureau, which alone can show two lives."""
    return Finding.objects.filter(code__in=rules.SUSPENDING, actor__in=Bureau.objects.values("code"))


def live_station(kid: str) -> Station:
    station = Station.objects.filter(kid=kid).first()
    if station is None:
        raise DataError("device-unknown", "No such device is enrolled.")
    refuse_revoked(kid)
    return station


def refuse_revoked(kid: str) -> None:
    if Revocation.objects.filter(kid=kid).exists():
        raise DataError("revoked", "This device is revoked.")
