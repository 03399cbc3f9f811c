"""The county's copy of each recorder's logbook (spec/intake.md §2).

Lines are taken in order, each checked against the enrolled key and the line before; the same lines again
are no change. Another line under a number that is held is a `fork`: the recorder was copied or rolled back.
The held line stays, the other goes to quarantine, an alarm is raised, nothing after it is taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from zhilu.errors import DataError
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.lines import FIRST, LOGBOOK, line_hash, parse_line
from zhilu.server.equipment.models import LogbookLine, Recorder
from zhilu.server.equipment.services import quarantine
from zhilu.server.equipment.services.alarms import raise_alarm

ABOUT_RECORDING = ("recording-opened", "recording-closed", "recovered", "cleared")


@dataclass(frozen=True)
class Head:
    """Number and hash (hex) of the last held line; n is -1 before the first."""

    n: int
    head: str


def head_of(recorder: str) -> Head:
    last = LogbookLine.objects.filter(recorder=recorder).order_by("-n").first()
    return Head(last.n, last.hash) if last else Head(-1, FIRST.hex())


def take(recorder: Recorder, first: int, lines: Iterable[bytes]) -> Head:
    """Take lines (without LF) from number `first` on; all or none. DataError: `gap`, `fork`, or that of a
    line.
    """
    try:
        with transaction.atomic():
            Recorder.objects.select_for_update().get(kid=recorder.kid)
            return _take(recorder, first, lines)
    except DataError as error:
        if error.code == "fork":
            raise_alarm("fork", recorder.kid)
        raise


def _take(recorder: Recorder, first: int, lines: Iterable[bytes]) -> Head:
    held = head_of(recorder.kid)
    if not 0 <= first <= held.n + 1:
        raise DataError("gap", "The next line wanted is number {wanted}.", wanted=held.n + 1)
    key = load_jwk(recorder.jwk)
    for n, line in enumerate(lines, first):
        payload = parse_line(line, LOGBOOK, key, recorder.kid)
        if payload["n"] != n:
            raise DataError("sequence", "Line {n} stands where {wanted} belongs.", n=payload["n"], wanted=n)
        if n <= held.n:
            _same_as_held(recorder.kid, n, line)
            continue
        if payload["prev"] != held.head:
            quarantine.keep(recorder.kid, line)
            raise DataError("fork", "Line {n} does not follow from the line that is held.", n=n)
        held = _store(recorder.kid, payload, line)
    return held


def _store(kid: str, payload: dict[str, Any], line: bytes) -> Head:
    about = payload.get("id") if payload["type"] in ABOUT_RECORDING else None
    digest = line_hash(line).hex()
    LogbookLine.objects.create(
        recorder=kid, n=payload["n"], line=line, hash=digest, type=payload["type"], recording=_uuid(about)
    )
    return Head(payload["n"], digest)


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _same_as_held(kid: str, n: int, line: bytes) -> None:
    held = LogbookLine.objects.get(recorder=kid, n=n)
    if bytes(held.line) != line:
        quarantine.keep(kid, line)
        raise DataError("fork", "Two different lines carry the number {n}.", n=n)


def lines_of(recorder: str) -> Iterable[bytes]:
    """The held logbook, each line with its LF."""
    rows = LogbookLine.objects.filter(recorder=recorder).order_by("n").values_list("line", flat=True)
    return (bytes(line) + b"\n" for line in rows.iterator(1000))


def about(recording: UUID) -> list[LogbookLine]:
    """The lines about one recording, in order."""
    return list(LogbookLine.objects.filter(recording=recording).order_by("n"))
