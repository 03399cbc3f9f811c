"""Do journal, logbook, receipt and policy agree on one recording? (spec/journal.md §5, spec/ledger.md §7)

Each is signed by itself; compared here is what a forger with some of the keys would have to keep in step.

- `open` follows from the logbook's `recording-opened` line (`opened-by`), for the same id (`id`)
- the logbook closed it with the journal's own lines, last hash, segments and length (`closed-as`)
- it counted as many minutes as the journal has, and the first follows the counter of the opening (`counter`)
- it is a drill exactly where the newest assignment before it says so (`drill`)
- so did the county when it stored it (`receipt-recording`), from this recorder (`receipt-recorder`)
- it is sealed to those whom the policy names (`recipients`)
- enrolment and policy were proved to the recorder before it recorded: its last `boot` names that checkpoint
  (`boot-checkpoint`)

A journal without `close` is whole all the same if logbook or receipt counted it so after a power cut.
"""

from __future__ import annotations

from dataclasses import fields, replace
from uuid import UUID

from zhilu.encoding import parse_time
from zhilu.errors import DataError
from zhilu.sealed.evidence import FILE as EVIDENCE
from zhilu.sealed.evidence import Evidence
from zhilu.sealed.journal import JournalReader, Open
from zhilu.sealed.logbook import FILE as LOGBOOK
from zhilu.sealed.logbook import Head, Life, LogbookReader
from zhilu.sealed.policy import Policy, check_recipients
from zhilu.sealed.receipts import Closed
from zhilu.sealed.report import Place, Report

RECOVERED = "recovered"


def judge_agreement(
    reader: JournalReader,
    opened: Open,
    book: LogbookReader | None,
    proofs: Evidence | None,
    wanted: UUID | None,
    report: Report,
) -> None:
    """`reader` has read all there is, `opened` is its first line; `wanted` is the id that it should have."""
    life = book.recordings.get(opened.recording) if book is not None else None
    _spare_others(reader, opened, life, report)
    if wanted not in (None, opened.recording):
        report.add(
            "recording", "id", Place(reader.file, line=1), f"folder={wanted} journal={opened.recording}"
        )
    if book is not None:
        _judge_opening(reader, opened, book, life, report)
    if not reader.stopped:
        _judge_end(reader, opened, life, proofs, report)
    if proofs is not None:
        _judge_ledger(reader, opened, proofs, report)
    if proofs is not None and life is not None:
        _judge_bracket(reader, life, opened, proofs, report)


def judge_logbook(book: LogbookReader, proofs: Evidence, report: Report) -> None:
    """A logbook without its recordings: what the receipt says is in it, or its end was cut off before."""
    if proofs.recorder != book.kid:
        report.add("receipt", "receipt-recorder", Place(EVIDENCE), f"kid={proofs.recorder}")
        return
    stored = proofs.stored
    life = book.recordings.get(stored.recording)
    if life is None:
        report.add(
            "recording",
            "id",
            Place(LOGBOOK),
            f"the logbook knows no recording {stored.recording}, but it is stored",
        )
        return
    if life.checkpoint is None or life.checkpoint != proofs.checkpoint:
        report.add(
            "receipt", "boot-checkpoint", Place(EVIDENCE), "not the checkpoint that the recorder named"
        )
    if life.closed_by is None:
        detail = f"id={stored.recording}"
        report.add("recording", "open-recording", Place(LOGBOOK), detail, since=life.opened_at)
        return
    counted = Closed(life.recording, life.lines, life.last, life.segments, life.length)
    if counted != stored:
        report.add("recording", "closed-as", Place(LOGBOOK), _difference(counted, stored))


def judge_head(book: LogbookReader, head: Head, report: Report) -> None:
    """Is the line that was seen before still there? If not, the end was cut off, or it is another file."""
    if book.lines <= head.n:
        detail = f"lines={book.lines} seen={head.n + 1}"
        report.add("logbook", "logbook-cut", Place(LOGBOOK, line=book.lines), detail, since=book.last_at)
    elif book.hash_of(head.n) != head.digest:
        report.add("logbook", "fork", Place(LOGBOOK, line=head.n + 1), f"n={head.n}")


def _spare_others(reader: JournalReader, opened: Open, life: Life | None, report: Report) -> None:
    """What the logbook says of other times is worth knowing, but accuses this recording of nothing: another
    one left open, a step of the counter before this one was opened or after it was closed. Of this one the
    journal tells how far it came."""
    for index, finding in enumerate(report.findings):
        if finding.code == "open-recording":
            mine = str(opened.recording) in finding.detail
            since = reader.last_at or finding.since if mine else finding.since
            report.findings[index] = replace(finding, defect=mine, since=since)
        elif (finding.layer, finding.code) == ("logbook", "counter") and life is not None:
            report.findings[index] = replace(finding, defect=_within(life, finding.place.line or 0))


def _within(life: Life, line: int) -> bool:
    """Whether what is missing before this line of the logbook may be missing from this recording."""
    return life.opened_line < line and (life.closed_line is None or line <= life.closed_line)


def _judge_opening(
    reader: JournalReader, opened: Open, book: LogbookReader, life: Life | None, report: Report
) -> None:
    place = Place(reader.file, line=1)
    if life is None:
        if not book.stopped:
            report.add("recording", "id", place, f"the logbook knows no recording {opened.recording}")
        return
    if life.opened_by != opened.prev:
        report.add("recording", "opened-by", place)
    if life.closed_by is None and not life.lost:
        detail = f"id={opened.recording}"
        report.add("recording", "open-recording", Place(LOGBOOK), detail, since=reader.last_at)
    if opened.drill != (life.drill or False):
        detail = "no assignment" if life.drill is None else f"assigned={str(life.drill).lower()}"
        report.add("recording", "drill", place, detail)
    _judge_minutes(reader, life, report)


def _judge_minutes(reader: JournalReader, life: Life, report: Report) -> None:
    first = reader.first_minute
    if first is not None and first.counter != life.counter + 1:
        detail = f"counter={first.counter} after={life.counter}"
        place = Place(reader.file, line=first.n + 1)
        report.add("recording", "counter", place, detail, since=life.opened_at, until=first.at)
    if life.closed_by is not None and not reader.stopped and life.minutes != reader.minutes:
        detail = f"minutes={reader.minutes} counted={life.minutes}"
        report.add("recording", "counter", Place(LOGBOOK), detail, since=reader.last_at, until=life.closed_at)


def _judge_end(
    reader: JournalReader, opened: Open, life: Life | None, proofs: Evidence | None, report: Report
) -> None:
    this = Closed(opened.recording, reader.lines, reader.head or b"", reader.segments, reader.length)
    recovered = False
    if life is not None and life.closed_by is not None:
        counted = Closed(life.recording, life.lines, life.last, life.segments, life.length)
        if counted != this:
            detail, until = _difference(counted, this), life.closed_at
            report.add("recording", "closed-as", Place(LOGBOOK), detail, since=reader.last_at, until=until)
        recovered |= life.closed_by == RECOVERED and counted == this
    if proofs is not None:
        if proofs.stored != this:
            detail = _difference(proofs.stored, this)
            report.add("receipt", "receipt-recording", Place(EVIDENCE), detail, since=reader.last_at)
        recovered |= proofs.receipt.core.get("closed_by") == RECOVERED and proofs.stored == this
    if reader.close is None:
        _add_broken_off(reader, life, recovered, report)


def _add_broken_off(reader: JournalReader, life: Life | None, recovered: bool, report: Report) -> None:
    """Nothing was recorded from the last line until the recorder ran again: the next recording, if it says
    that it follows this one, else whatever line the logbook has next."""
    until = (life.resumed_at or life.closed_at or life.lost_at) if life is not None else ""
    code, place = RECOVERED if recovered else "unclosed", Place(reader.file, line=reader.lines)
    report.add("journal", code, place, defect=not recovered, since=reader.last_at, until=until)


def _judge_ledger(reader: JournalReader, opened: Open, proofs: Evidence, report: Report) -> None:
    if proofs.recorder != reader.kid:
        report.add("receipt", "receipt-recorder", Place(EVIDENCE), f"kid={proofs.recorder}")
    core = proofs.receipt.core
    for name in ("origin", "drill", "officer", "policy"):
        if core.get(name) != getattr(opened, name):
            report.add("receipt", "receipt-recording", Place(EVIDENCE), name)
    judge_recipients(reader.file, opened, proofs.policy, report)


def judge_recipients(file: str, opened: Open, policy: Policy, report: Report) -> None:
    try:
        check_recipients(opened.payload, policy)
    except DataError as error:
        report.add("recording", error.code, Place(file, line=1))


def _judge_bracket(reader: JournalReader, life: Life, opened: Open, proofs: Evidence, report: Report) -> None:
    if life.checkpoint is None or life.checkpoint != proofs.checkpoint:
        report.add(
            "receipt", "boot-checkpoint", Place(EVIDENCE), "not the checkpoint that the recorder named"
        )
    before, after = proofs.not_before, proofs.not_after
    if before is None or after is None:
        return
    if after < before:
        report.add("receipt", "bracket", Place(EVIDENCE), "stored before the recorder was enrolled")
        return
    said = [(1, opened.at)] + ([(reader.close.n + 1, reader.close.at)] if reader.close else [])
    for line, at in said:
        if not before <= parse_time(at) <= after:
            # The recorder's clock is no witness; the bracket stands. A file source runs ahead of real time.
            report.add("recording", "clock-outside", Place(reader.file, line=line), at, defect=False)
            return


def _difference(counted: Closed, this: Closed) -> str:
    names = [
        field.name for field in fields(Closed) if getattr(counted, field.name) != getattr(this, field.name)
    ]
    return " ".join(names)
