"""Judging a whole recording (spec/journal.md §5, spec/ledger.md §7): journal, media, logbook, ledger, trust.

What is asked, in this order; the report lists defects in this order too:
1. evidence file: do its three entries hold, under the trust document's keys?
2. whose key? The one enrolled in the ledger; without an evidence file the one that the logbook names
3. logbook: sound in itself? what does it say of this recording?
4. journal: every line; does `open` follow from the logbook's line, is it the recording that it should be?
5. media: every segment's hash, by the signed offsets
6. do logbook, receipt and policy say of the recording what the journal says?
7. the bracket of time; was the key revoked before or in it?

Sound and *anchored* are two things: without a trust document all is consistent, and anybody may have made it.
What is not judged: what the pictures show, whether the recorder's clock was right, who held the recorder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.encoding import format_time
from zhilu.errors import DataError
from zhilu.sealed import journal as journals
from zhilu.sealed.agreement import judge_agreement, judge_head, judge_logbook, judge_recipients
from zhilu.sealed.clip import ClipMedia
from zhilu.sealed.evidence import FILE as EVIDENCE
from zhilu.sealed.evidence import Evidence, judge_revocation, read_evidence
from zhilu.sealed.journal import JournalReader, Segment
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.sealed.lines import JOURNAL, unverified_kid, unverified_payload
from zhilu.sealed.logbook import FILE as LOGBOOK
from zhilu.sealed.logbook import PROVABLE_COUNTERS, Head, LogbookReader, read_logbook
from zhilu.sealed.media import MediaCheck, ReadAt
from zhilu.sealed.policy import Policy
from zhilu.sealed.report import Place, Report
from zhilu.sealed.trust import Trust


@dataclass(frozen=True)
class _Key:
    kid: str
    public: EllipticCurvePublicKey


def verify_recording(
    journal: Iterable[bytes],
    media: ReadAt | ClipMedia,
    logbook: Iterable[bytes] | None = None,
    evidence: bytes | None = None,
    trust: Trust | None = None,
    recording: UUID | None = None,
) -> Report:
    """Lines with their LF, read once and in order; `evidence` is the content of `receipt.json`.

    `recording`: the id that it should be, where the caller knows (a folder's name).
    """
    report = Report()
    proofs = read_evidence(evidence, trust, report) if evidence is not None else None
    key, logbook = _find_key(proofs, logbook, report)
    if key is None:
        report.facts["anchored"] = False
        return report
    book = _read_logbook(logbook, key, report)
    reader = _read_journal(journal, media, key, report)
    if reader.open is not None:
        judge_agreement(reader, reader.open, book, proofs, recording, report)
    if proofs is not None:
        report.facts |= _ledger_facts(proofs, trust)
    _anchor(key.kid, proofs, proofs.not_after if proofs else None, trust, report)
    # Only the logbook's `boot` ties the enrolment to a time before the recording.
    report.facts["anchored"] = report.facts["anchored"] is True and book is not None
    return report


def recorder_key(
    evidence: bytes | None, logbook: Iterable[bytes] | None
) -> tuple[str, EllipticCurvePublicKey]:
    """kid and key by which a recording is to be read, for whoever opens it; nobody vouches for them here.

    Refuses with the code that a report would hold, `no-key` above all.
    """
    report = Report()
    proofs = read_evidence(evidence, None, report) if evidence is not None else None
    key, _ = _find_key(proofs, logbook, report)
    if key is None:
        code = report.first.code if report.first else "no-key"
        raise DataError(code, "Neither a receipt nor a logbook tells whose recording this is.")
    return key.kid, key.public


def verify_held(
    journal: Iterable[bytes],
    media: ReadAt | ClipMedia,
    book: LogbookReader,
    recording: UUID | None,
    policy: Policy | None = None,
) -> Report:
    """A recording whose recorder's logbook was read before; what is wrong with the logbook is not said again.

    `recording` None: the logbook does not know it, and it is judged by itself. `policy`: a version that the
    evidence proves; what names another version cannot be judged by it.
    """
    report = Report()
    reader = _read_journal(journal, media, _Key(book.kid, book.key), report)
    if reader.open is not None:
        judge_agreement(reader, reader.open, book if recording else None, None, recording, report)
        if policy is not None and reader.open.policy == policy.version:
            judge_recipients(reader.file, reader.open, policy, report)
    return report


def verify_logbook(
    logbook: Iterable[bytes],
    evidence: bytes | None = None,
    trust: Trust | None = None,
    head: Head | None = None,
) -> Report:
    """A logbook by itself; `receipt.json` of any of its recordings ties its key to the ledger.

    What that receipt says was stored must have been opened and closed in it; `head`, a line that somebody saw
    before, must be in it.
    """
    return read_own_logbook(logbook, evidence, trust, head)[0]


def read_own_logbook(
    logbook: Iterable[bytes], evidence: bytes | None, trust: Trust | None, head: Head | None
) -> tuple[Report, LogbookReader | None, Policy | None]:
    """As `verify_logbook`; and the logbook, where a key was found to read it by; and the policy proved."""
    report = Report()
    proofs = read_evidence(evidence, trust, report) if evidence is not None else None
    key, lines = _find_key(proofs, logbook, report)
    if key is None:
        report.facts["anchored"] = False
        return report, None, None
    book = _read_logbook(lines, key, report)
    if book is not None:
        lives = book.recordings.values()
        report.facts["recordings"] = len(lives)
        report.facts["recordings_cleared"] = sum(life.cleared for life in lives)
        report.facts["recordings_open"] = sum(life.closed_by is None for life in lives)
        if proofs is not None and not book.stopped:
            judge_logbook(book, proofs, report)
        if head is not None and not book.stopped:
            judge_head(book, head, report)
    # The receipt is of one recording. No checkpoint covers the end of a logbook: a key revoked since may have
    # written it, so its bracket is open.
    _anchor(key.kid, proofs, None, trust, report)
    return report, book, proofs.policy if proofs is not None else None


def _find_key(
    proofs: Evidence | None, logbook: Iterable[bytes] | None, report: Report
) -> tuple[_Key | None, Iterable[bytes] | None]:
    """The key to judge by; and the logbook, whose first line may have been looked at."""
    if proofs is not None:
        return _Key(proofs.kid, load_jwk(proofs.jwk)), logbook
    if logbook is None:
        report.add("trust", "no-key", Place(EVIDENCE), "neither an evidence file nor a logbook names the key")
        return None, None
    lines = iter(logbook)
    first = next(lines, b"")
    try:
        # Believed for the sake of the check only: whoever made the file may have made the key.
        payload = unverified_payload(first)
        public = load_jwk(payload.get("jwk"))
        key = _Key(unverified_kid(first), public)
    except DataError as error:
        report.add("logbook", error.code, Place(LOGBOOK, line=1), "no key can be read")
        return None, None
    if thumbprint(public) != key.kid:
        report.add("logbook", "enrolled-key", Place(LOGBOOK, line=1))
        return None, None
    return key, chain([first], lines)


def _read_logbook(lines: Iterable[bytes] | None, key: _Key, report: Report) -> LogbookReader | None:
    if lines is None:
        return None
    book = read_logbook(lines, key.public, key.kid)
    report.findings += book.findings
    report.facts |= {"logbook_lines": book.lines, "unknown_since": book.last_at}
    if book.enrolled is not None:
        report.facts |= {
            "serial": book.enrolled.serial,
            "counter_kind": book.enrolled.counter_kind,
            "tail_provable": book.tail_provable,
        }
    return book


def _read_journal(
    lines: Iterable[bytes], media: ReadAt | ClipMedia, key: _Key, report: Report
) -> JournalReader:
    reader = JournalReader(key.public, key.kid, JOURNAL)
    found = Report()
    with MediaCheck(media, found) as check:
        for record in _records(reader, lines):
            if isinstance(record, Segment):
                check.add(record)
        check.finish(None if reader.stopped else reader.length, reader.open.media if reader.open else None)
    report.findings += reader.findings + found.findings
    report.facts |= _journal_facts(reader) | {"segments_sound": check.segments} | found.facts
    return reader


def _records(reader: JournalReader, lines: Iterable[bytes]) -> Iterator[journals.Record]:
    for line in lines:
        record = reader.feed(line)
        if record is not None:
            yield record
        if reader.stopped and not reader.looking:
            return
    if reader.open is None:
        reader.finish()


def _journal_facts(reader: JournalReader) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "kid": reader.kid,
        "lines": reader.lines,
        "segments": reader.segments,
        "length": reader.length,
        "duration_us": reader.duration_us,
        "minutes": reader.minutes,
    }
    if reader.open is not None:
        for name in ("origin", "drill", "officer", "policy", "suite"):
            facts[name] = getattr(reader.open, name)
        facts["recording"] = str(reader.open.recording)
        facts["captured"] = reader.open.origin in journals.CAPTURED
        facts["at"] = reader.open.at
    if reader.close is not None:
        facts |= {"closed_at": reader.close.at, "close_reason": reader.close.reason}
    return facts


def _anchor(
    kid: str, proofs: Evidence | None, after: datetime | None, trust: Trust | None, report: Report
) -> None:
    """What outsiders vouch for. Anchored: the ledger held the key, the trust document names the ledger.

    `after`: until when the lines are vouched for; None where nothing bounds them.
    """
    facts = report.facts
    facts["kid"] = kid
    if trust is not None:
        judge_revocation(kid, proofs.not_before if proofs else None, after, trust, report)
        facts["bureau"], facts["trust_digest"] = trust.bureau, trust.digest.hex()
    if proofs is not None and "counter_kind" in facts:
        # The logbook's word is the recorder's own; what counter it has was looked at when it was enrolled.
        facts["counter_kind"] = kind = proofs.enrolled.core.get("counter_kind")
        facts["tail_provable"] = facts["tail_provable"] is True and kind in PROVABLE_COUNTERS
    unanchored = any(finding.layer in ("receipt", "trust") for finding in report.defects)
    facts["anchored"] = trust is not None and proofs is not None and not unanchored


def _ledger_facts(proofs: Evidence, trust: Trust | None) -> dict[str, Any]:
    """What the ledger tells of one recording; times and names only where signatures were checked."""
    facts: dict[str, Any] = {name: proofs.receipt.core.get(name) for name in ("officer_check", "station")}
    facts |= {"index": proofs.receipt.index, "ledger": proofs.receipt.checkpoint.origin}
    if trust is not None:
        facts["cosigners"] = sorted({name for name, _ in proofs.receipt.cosignatures})
        for name, time in (("not_before", proofs.not_before), ("not_after", proofs.not_after)):
            facts[name] = None if time is None else format_time(time)
    return facts
