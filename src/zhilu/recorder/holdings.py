"""What a recorder holds: told from its logbook, with what only the journal's first line says."""

from __future__ import annotations

from uuid import UUID

from zhilu.errors import DataError
from zhilu.protocols.docking_messages import Held
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook, read_lines
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.lines import JOURNAL, parse_line
from zhilu.sealed.logbook import Life
from zhilu.sealed.receipts import Closed


def held(home: Home, logbook: Logbook) -> tuple[Held, ...]:
    """Closed and not cleared, oldest first. One that power cut short before its first line has nothing to
    collect."""
    lives = logbook.reader.recordings.values()
    told = (
        _held(home, logbook, life) for life in lives if life.closed_by and life.lines and not life.cleared
    )
    return tuple(one for one in told if one is not None)


def _held(home: Home, logbook: Logbook, life: Life) -> Held | None:
    """None where the journal's beginning is gone or altered: the others are handed over all the same, and the
    county, which has the logbook, misses this one."""
    first = next(read_lines(home.recording(life.recording) / "journal.jws"), b"")
    try:
        opened = parse_line(first, JOURNAL, load_jwk(logbook.signer.jwk), logbook.signer.kid)
    except DataError:
        return None
    if opened["type"] != "open":
        return None
    return Held(
        id=life.recording,
        lines=life.lines,
        last=life.last.hex(),
        length=life.length,
        segments=life.segments,
        opened_at=life.opened_at,
        officer=opened["officer"],
        drill=opened["drill"],
    )


def closed(logbook: Logbook) -> dict[UUID, Closed | None]:
    """For the check of receipts: None where a recording is still open."""
    return {
        life.recording: Closed(life.recording, life.lines, life.last, life.segments, life.length)
        if life.closed_by
        else None
        for life in logbook.reader.recordings.values()
    }
