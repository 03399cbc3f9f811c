"""How what recorders told follows from the ledger (spec/absence.md §1).

Read are only the tables written here, row by row, and who is enrolled.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from zhilu.encoding import parse_time, uuid_bytes
from zhilu.errors import DataError
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.lines import LOGBOOK, parse_line
from zhilu.server.equipment import events_logbooks as events
from zhilu.server.equipment import rules_logbooks as rules
from zhilu.server.equipment.apply import live_station
from zhilu.server.equipment.models import (
    Docked,
    Docking,
    HandedOver,
    HeldLogbook,
    LoggedAbsence,
    LoggedRecording,
    LoggedRefusal,
    Recorder,
)
from zhilu.server.ledger import waiting
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Keys, Stamp, applies, checks, foresees
from zhilu.server.organisation.models import Bureau
from zhilu.strictjson import FieldError


def check_own(stamp: Stamp) -> None:
    if not Bureau.objects.filter(code=stamp.actor).exists():
        raise DataError("actor", "What came of a recorder is entered by the bureau itself.")


@checks(events.LogbookHeld)
def check_held(event: events.LogbookHeld, stamp: Stamp) -> None:
    check_own(stamp)
    recorder = Recorder.objects.filter(kid=event.recorder).first()
    if recorder is None:
        raise DataError("device-unknown", "No such device is enrolled.")
    held = HeldLogbook.objects.filter(recorder=event.recorder).values_list("last", flat=True).first()
    rules.check_follows(event.first, event.last, -1 if held is None else held)
    for one in event.told:
        rules.read(one, event.first, event.last)
    if _signed_at(event, recorder) is None:
        raise DataError("signature", "The line is none of this recorder.")


@foresees(events.LogbookHeld)
def foresee_held(event: events.LogbookHeld) -> Keys:
    yield HeldLogbook, [event.recorder]


@applies(events.LogbookHeld)
def apply_held(event: events.LogbookHeld, stamp: Stamp) -> None:
    kid = event.recorder
    head = waiting.get(HeldLogbook, [kid]).get(kid)
    recorder = waiting.remembered(Recorder, kid, Recorder.objects.filter(kid=kid).first)
    lines = [rules.read(one, event.first, event.last) for one in event.told]
    state = rules.State.of(head.state if head else None)
    found = state.take(lines)
    at = _signed_at(event, recorder)
    before = head.at if head else stamp.at
    lacks = [rules.LINES] if event.first != (head.last if head else -1) + 1 else []
    lacks += [rules.UNSIGNED] if at is None else []
    for kind in lacks:
        _absence(kid, rules.Absence(event.first, kind, "", before, stamp.at), stamp)
    for one in found.absences:
        _absence(kid, one, stamp)
    _write_recordings(kid, found, stamp)
    _write_refusals(kid, found, stamp)
    values = {"last": event.last, "at": at or before, "told_at": stamp.at, "state": asdict(state)}
    waiting.put(HeldLogbook(recorder=kid, entry=stamp.index, **values))


def _write_recordings(kid: str, found: rules.Unfolded, stamp: Stamp) -> None:
    """Each row is written once; one that was opened before is brought up to date."""
    about = {one["id"] for one in (*found.opened, *found.closed)} | {*found.cleared, *found.lost}
    known = waiting.get(LoggedRecording, [_id(kid, one) for one in about])
    rows = {str(row.recording): row for row in known.values()}
    for one in found.opened:
        if one["id"] not in rows:
            rows[one["id"]] = _opened(kid, one, stamp)
    for one in found.closed:
        row = rows.get(one["id"])
        if row and row.closed_line is None:
            row.closed_line, row.closed_at = one["n"], parse_time(one["at"])
            row.lines, row.length = one["lines"], one["length"]
    for id_ in found.cleared:
        if row := rows.get(id_):
            row.cleared = True
    for id_, lost_at in found.lost.items():
        row = rows.get(id_)
        if row and row.lost_at is None:
            row.lost_at = parse_time(lost_at)
    for row in rows.values():
        waiting.put(row)


def _opened(kid: str, one: dict[str, Any], stamp: Stamp) -> LoggedRecording:
    at = parse_time(one["at"])
    good = rules.believed(at, stamp.at)
    return LoggedRecording(
        id=_id(kid, one["id"]),
        recorder=kid,
        recording=UUID(one["id"]),
        opened_at=at,
        day=day_of(at if good else stamp.at),
        clock=not good,
        told_at=stamp.at,
        entry=stamp.index,
    )


def _write_refusals(kid: str, found: rules.Unfolded, stamp: Stamp) -> None:
    about = {f"{kid}/{line}" for line in (*(one.line for one in found.refusals), *found.mended)}
    rows = waiting.get(LoggedRefusal, about)
    for one in found.refusals:
        key = f"{kid}/{one.line}"
        if key not in rows:  # lines told twice are one refusal
            values = {"docked": one.docked, "code": one.code, "at": one.at, "told_at": stamp.at}
            rows[key] = LoggedRefusal(id=key, recorder=kid, entry=stamp.index, **values)
    for line in found.mended:
        if row := rows.get(f"{kid}/{line}"):
            row.mended = True
    for row in rows.values():
        waiting.put(row)


def _absence(kid: str, one: rules.Absence, stamp: Stamp) -> None:
    start = one.since or one.until
    key = f"{kid}/{one.line}/{one.kind}"
    if waiting.get(LoggedAbsence, [key]):
        return  # lines told twice, by a ledger that its own bureau did not check, are one absence
    values = {
        "recorder": kid,
        "kind": one.kind,
        "reason": one.reason,
        "since": one.since,
        "until": one.until,
        "docked": one.docked,
        "day": day_of(start if rules.believed(start, stamp.at) else stamp.at),
        "entry": stamp.index,
    }
    waiting.put(LoggedAbsence(id=key, **values))


def _signed_at(event: events.LogbookHeld, recorder: Recorder | None) -> datetime | None:
    """When the recorder says that it wrote the last line; None where it did not write it."""
    if recorder is None:
        return None
    try:
        line = event.line.encode("ascii")
        payload = parse_line(line, LOGBOOK, load_jwk(recorder.jwk), recorder.kid)
        return parse_time(payload["at"]) if payload["n"] == event.last else None
    except (DataError, UnicodeEncodeError):
        return None


def _id(recorder: str, recording: str) -> str:
    return f"{recorder}/{recording}"


@checks(events.HandoverHeld)
def check_handover(event: events.HandoverHeld, stamp: Stamp) -> None:
    check_own(stamp)
    if not Recorder.objects.filter(kid=event.recorder).exists():
        raise DataError("device-unknown", "No such device is enrolled.")
    live_station(event.station)
    listed(event)
    mine = {"recorder": event.recorder, "handover": event.handover}
    known = Docked.objects.filter(**mine).exists() or HandedOver.objects.filter(**mine).exists()
    if known and not event.part:
        raise DataError("handover-known", "This handover has been entered already.")


@foresees(events.HandoverHeld)
def foresee_handover(event: events.HandoverHeld) -> Keys:
    kid = event.recorder
    yield HandedOver, [_id(kid, str(one)) for one in listed(event)]
    yield Docking, [f"{kid}/{event.handover}"]
    yield Docked, [kid]


@applies(events.HandoverHeld)
def apply_handover(event: events.HandoverHeld, stamp: Stamp) -> None:
    kid, at = event.recorder, parse_time(event.at)
    place: dict[str, Any] = {"handover": event.handover, "station": event.station, "bay": event.bay, "at": at}
    place |= {"entry": stamp.index}
    day = day_of(at if rules.believed(at, stamp.at) else stamp.at)
    ids = {_id(kid, str(one)): one for one in listed(event)}
    known = waiting.get(HandedOver, ids)
    for key, recording in ids.items():
        if key not in known:  # the first stays
            row = HandedOver(id=key, recorder=kid, recording=recording, day=day, told_at=stamp.at, **place)
            waiting.put(row)
    _docking(event, place, stamp)
    newest = waiting.get(Docked, [kid]).get(kid)
    if newest is None or event.n >= newest.n:
        waiting.put(Docked(recorder=kid, n=event.n, **place))


def _docking(event: events.HandoverHeld, place: dict[str, Any], stamp: Stamp) -> None:
    key = f"{event.recorder}/{event.handover}"
    if waiting.get(Docking, [key]):
        return  # its first part made it
    said = {"officer": event.officer, "officer_check": event.officer_check, "n": event.n}
    said |= {"offset_us": event.offset_us, "told_at": stamp.at}
    waiting.put(Docking(id=key, recorder=event.recorder, **said, **place))


def listed(event: events.HandoverHeld) -> list[UUID]:
    if not all(isinstance(one, str) for one in event.recordings):
        raise FieldError("recordings")
    found = [UUID(bytes=uuid_bytes(one)) for one in event.recordings]
    return list(dict.fromkeys(found))
