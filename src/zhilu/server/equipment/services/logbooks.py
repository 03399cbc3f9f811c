"""The county's copy of each recorder's logbook (spec/intake.md §2).

Lines are taken in order, each checked against the enrolled key and the line before; the same lines again
are no change. Another line under a number that is held is a `fork`: the recorder was copied or set back to
an old state. The held line stays, the other and all that came with it go to quarantine; the recorder is
suspended: no new line of it is taken (`suspended`). A fork is proved by two lines that the recorder signed,
so no station can make one up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from zhilu.encoding import parse_time
from zhilu.errors import DataError
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.lines import FIRST, LOGBOOK, line_hash, parse_line, unverified_payload
from zhilu.server.equipment.models import LogbookLine, Recorder
from zhilu.server.equipment.services import findings, quarantine
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.ledger.prepared import Prepared

ABOUT_RECORDING = ("recording-opened", "recording-closed", "recovered", "cleared")


class Fork(DataError):
    """Two lives of one key. `line` is the one that is not held; `since`: until then both were one, empty
    where that cannot be known; `until`: when the other line was written."""

    def __init__(self, line: bytes, n: int, since: str, until: str) -> None:
        super().__init__("fork", "Two different lines carry the number {n}.", n=n)
        self.line, self.n, self.since, self.until = line, n, since, until


@dataclass(frozen=True)
class Head:
    """Number and hash (hex) of the last held line; n is -1 before the first."""

    n: int
    head: str


def head_of(recorder: str) -> Head:
    last = _LAST.first(recorder)
    return Head(*last) if last else Head(-1, FIRST.hex())


_LAST = Prepared(
    LogbookLine._meta.get_field("recorder"),
    "?",
    lambda kid: LogbookLine.objects.filter(recorder=kid).order_by("-n").values_list("n", "hash")[:1],
)


def take(recorder: Recorder, first: int, lines: Sequence[bytes]) -> Head:
    """Take lines (without LF) from number `first` on; all or none. DataError: `gap`, `fork`, `suspended`, or
    that of a line.
    """
    try:
        with transaction.atomic():
            # One at a time.
            list(Recorder.objects.select_for_update().filter(kid=recorder.kid).values_list("kid"))
            return _take(recorder, first, lines)
    except Fork as fork:
        keep_fork(recorder.kid, fork, lines[fork.n - first :])
        raise


def compare(recorder: str, payload: dict[str, Any], line: bytes) -> None:
    """A verified line that came by another way, with the logbook that is held; raises Fork."""
    n = payload["n"]
    lines = {line.n: line for line in LogbookLine.objects.filter(recorder=recorder, n__in=(n - 1, n))}
    held, before = lines.get(n), lines.get(n - 1)
    follows = before is None or before.hash == payload["prev"]
    if (held is not None and bytes(held.line) != line) or not follows:
        raise Fork(line, n, at_of(before) if before and follows else "", payload["at"])


def keep_fork(recorder: str, fork: Fork, lines: Sequence[bytes]) -> None:
    """Both lives are kept, the recorder is suspended. Outside every transaction."""
    quarantine.keep(recorder, lines)
    known = findings.first_line(recorder, "fork")
    if known is None or fork.n < known:
        proof = line_hash(fork.line).hex()
        findings.find(recorder, "fork", line=fork.n, since=fork.since, until=fork.until, proof=proof)
    else:
        raise_alarm("fork", recorder)


def _take(recorder: Recorder, first: int, lines: Sequence[bytes]) -> Head:
    held = head_of(recorder.kid)
    if not 0 <= first <= held.n + 1:
        raise DataError("gap", "The next line wanted is number {wanted}.", wanted=held.n + 1)
    key, rows = load_jwk(recorder.jwk), list[LogbookLine]()
    for n, line in enumerate(lines, first):
        payload = parse_line(line, LOGBOOK, key, recorder.kid)
        if payload["n"] != n:
            raise DataError("sequence", "Line {n} stands where {wanted} belongs.", n=payload["n"], wanted=n)
        if n <= held.n:
            compare(recorder.kid, payload, line)
            continue
        if payload["prev"] != held.head:
            raise Fork(line, n, "", payload["at"])
        if not rows and findings.is_suspended(recorder.kid):
            raise DataError("suspended", "This recorder has told two lives: it is suspended.")
        rows.append(_row(recorder.kid, payload, line))
        held = Head(n, rows[-1].hash)
    LogbookLine.objects.bulk_create(rows)
    return held


def _row(kid: str, payload: dict[str, Any], line: bytes) -> LogbookLine:
    about = payload.get("id") if payload["type"] in ABOUT_RECORDING else None
    return LogbookLine(
        recorder=kid,
        n=payload["n"],
        line=line,
        hash=line_hash(line).hex(),
        type=payload["type"],
        recording=_uuid(about),
        at=parse_time(payload["at"]),
    )


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None


def lines_of(recorder: str, last: int | None = None) -> Iterable[bytes]:
    """The held logbook, up to number `last`, each line with its LF."""
    query = LogbookLine.objects.filter(recorder=recorder)
    if last is not None:
        query = query.filter(n__lte=last)
    rows = query.order_by("n").values_list("line", flat=True)
    return (bytes(line) + b"\n" for line in rows.iterator(1000))


def about(recording: UUID) -> list[LogbookLine]:
    """The lines about one recording, in order."""
    return list(LogbookLine.objects.filter(recording=recording).order_by("n"))


def payload_of(line: LogbookLine) -> dict[str, Any]:
    """Of a line that was verified when it was taken."""
    return unverified_payload(bytes(line.line))


def at_of(line: LogbookLine) -> str:
    return str(payload_of(line)["at"])


def hash_of(recorder: str, n: int) -> str | None:
    return LogbookLine.objects.filter(recorder=recorder, n=n).values_list("hash", flat=True).first()
