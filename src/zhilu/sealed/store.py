"""Judging all that a recorder holds: its logbook, and every recording that the logbook says is there.

- what the logbook opened and nobody cleared lies in the store, or is `recording-missing`: from when to when
  stands in the logbook, so a deleted hour or day is named
- what lies there and the logbook does not know is `recording-unknown`
- each recording is judged as by itself; its recipients where it names the policy that the evidence file
  proves; what is wrong with the logbook is said once
- a head (number and hash of a line) that somebody saw before, the county at a docking above all, is in the
  logbook: else its end was cut off (`logbook-cut`) or it is another one (`fork`). So an old copy of a store
  that was put back is found whatever counter the recorder has

A cleared recording may be there or not: the county holds it, and the recorder erases when it needs the space.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from uuid import UUID

from zhilu.sealed.logbook import FILE as LOGBOOK
from zhilu.sealed.logbook import Head, Life
from zhilu.sealed.media import ReadAt
from zhilu.sealed.recording import read_own_logbook, verify_held
from zhilu.sealed.report import Place, Report
from zhilu.sealed.trust import Trust

FOLDER = "recordings"
Held = AbstractContextManager[tuple[Iterable[bytes], ReadAt]]


def verify_store(
    logbook: Iterable[bytes],
    there: Iterable[str],
    open_held: Callable[[str], Held],
    evidence: bytes | None = None,
    trust: Trust | None = None,
    head: Head | None = None,
) -> Report:
    """`there`: names of the folders of recordings; `open_held`: (lines of its journal, media) of one."""
    report, book, policy = read_own_logbook(logbook, evidence, trust, head)
    if book is None:
        return report
    names = sorted(there)
    for life in book.recordings.values():
        if str(life.recording) not in names and _should_be_there(life):
            _add_missing(life, report)
    known = {str(recording): life for recording, life in book.recordings.items()}
    sound = 0
    for name in names:
        if name in known and known[name].cleared:
            continue
        with open_held(name) as (journal, media):
            found = verify_held(journal, media, book, UUID(name) if name in known else None, policy)
        sound += found.sound and name in known
        if name not in known:
            report.add("recording", "recording-unknown", Place(f"{FOLDER}/{name}"))
        report.findings += (
            replace(finding, place=replace(finding.place, file=f"{FOLDER}/{name}/{finding.place.file}"))
            if finding.place.file != LOGBOOK
            else finding
            for finding in found.findings
        )
    report.facts["recordings_sound"] = sound
    return report


def _should_be_there(life: Life) -> bool:
    """One that power cut short before its first line never came to be."""
    return not life.cleared and (life.closed_by is None or life.lines > 0)


def _add_missing(life: Life, report: Report) -> None:
    place, until = Place(f"{FOLDER}/{life.recording}"), life.until or life.closed_at or life.lost_at
    detail = f"segments={life.segments} length={life.length}" if life.closed_by else "never closed"
    report.add("recording", "recording-missing", place, detail, since=life.opened_at, until=until)
