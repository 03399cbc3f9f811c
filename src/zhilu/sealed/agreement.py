"""Do journal, logbook, receipt and policy agree on one recording? (spec/journal.md §5, spec/ledger.md §7)

Each is signed by itself; compared here is what a forger with some of the keys would have to keep in step.

- `open` follows from the logbook's `recording-opened` line (`opened-by`), for the same id (`id`)
- the logbook closed it with the journal's own lines, last hash, segments and length (`closed-as`)
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
from zhilu.sealed.logbook import Life, LogbookReader
from zhilu.sealed.policy import check_recipients
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
    _spare_others(opened.recording, report)
    if wanted not in (None, opened.recording):
        report.add(
            "recording", "id", Place(reader.file, line=1), f"folder={wanted} journal={opened.recording}"
        )
    if book is not None:
        _judge_opening(opened, book, life, report)
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
        report.add("recording", "open-recording", Place(LOGBOOK), f"id={stored.recording}")
        return
    counted = Closed(life.recording, life.lines, life.last, life.segments, life.length)
    if counted != stored:
        report.add("recording", "closed-as", Place(LOGBOOK), _difference(counted, stored))


def _spare_others(recording: UUID, report: Report) -> None:
    """Another recording left open in the logbook is worth knowing, but accuses this one of nothing."""
    for index, finding in enumerate(report.findings):
        if finding.code == "open-recording" and str(recording) not in finding.detail:
            report.findings[index] = replace(finding, defect=False)


def _judge_opening(opened: Open, book: LogbookReader, life: Life | None, report: Report) -> None:
    place = Place("journal.jws", line=1)
    if life is not None:
        if life.opened_by != opened.prev:
            report.add("recording", "opened-by", place)
        if life.closed_by is None and not life.lost:
            report.add("recording", "open-recording", Place(LOGBOOK), f"id={opened.recording}")
    elif not book.stopped:
        report.add("recording", "id", place, f"the logbook knows no recording {opened.recording}")


def _judge_end(
    reader: JournalReader, opened: Open, life: Life | None, proofs: Evidence | None, report: Report
) -> None:
    this = Closed(opened.recording, reader.lines, reader.head or b"", reader.segments, reader.length)
    recovered = False
    if life is not None and life.closed_by is not None:
        counted = Closed(life.recording, life.lines, life.last, life.segments, life.length)
        if counted != this:
            report.add("recording", "closed-as", Place(LOGBOOK), _difference(counted, this))
        recovered |= life.closed_by == RECOVERED and counted == this
    if proofs is not None:
        if proofs.stored != this:
            report.add("receipt", "receipt-recording", Place(EVIDENCE), _difference(proofs.stored, this))
        recovered |= proofs.receipt.core.get("closed_by") == RECOVERED and proofs.stored == this
    if reader.close is None:
        code = RECOVERED if recovered else "unclosed"
        report.add("journal", code, Place(reader.file, line=reader.lines), defect=not recovered)


def _judge_ledger(reader: JournalReader, opened: Open, proofs: Evidence, report: Report) -> None:
    if proofs.recorder != reader.kid:
        report.add("receipt", "receipt-recorder", Place(EVIDENCE), f"kid={proofs.recorder}")
    core = proofs.receipt.core
    for name in ("origin", "drill", "officer", "policy"):
        if core.get(name) != getattr(opened, name):
            report.add("receipt", "receipt-recording", Place(EVIDENCE), name)
    try:
        check_recipients(opened.payload, proofs.policy)
    except DataError as error:
        report.add("recording", error.code, Place(reader.file, line=1))


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
