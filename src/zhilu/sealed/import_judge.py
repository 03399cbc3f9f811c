"""Judging a whole import (spec/journal.md §6, spec/ledger.md §5, §7): journal, media, ledger, trust.

As `recording` does for captures, in this order:
1. evidence file: receipt, station's enrolment, policy, under the trust document's keys
2. the key is the enrolled station's; without an evidence file there is none to judge by
3. journal: every line; media: every segment's hash
4. the receipt is this station's and says what the journal says; the recipients are the policy's
5. enrolment and policy are proved under the checkpoint that `open` names
6. the bracket of the *sealing*; was the key revoked before or in it?

What is not judged: when and by what the file was made. An import is sealed at import, whatever it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.encoding import format_time, hex32, parse_time, sha256, uuid_bytes
from zhilu.errors import DataError
from zhilu.sealed.clip import ClipMedia
from zhilu.sealed.evidence import FILE, POLICY, judge_revocation, read_entries
from zhilu.sealed.imports import ImportFacts, ImportReader, Source
from zhilu.sealed.journal import Open, Segment
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.sealed.media import MediaCheck, ReadAt
from zhilu.sealed.policy import Policy, check_recipients
from zhilu.sealed.receipts import Closed, check_extends, read_path
from zhilu.sealed.report import Place, Report
from zhilu.sealed.trust import Trust
from zhilu.strictjson import FieldError, fields
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.proof import LedgerKeys, ProvedEntry, VerifiedEntry, verify_entry

IMPORTED = "recording-imported/1"
ENROLLED = "station-enrolled/1"
_KINDS = {"receipt": IMPORTED, "enrolled": ENROLLED, "policy": POLICY}
_CORE: dict[str, type | tuple[type, ...]] = {
    "recording": str,
    "station": str,
    "prev": str,
    "lines": int,
    "last": str,
    "segments": int,
    "length": int,
    "media": str,
    "source_sha256": str,
    "source_size": int,
    "source_state": str,
    "duration_us": (int, type(None)),
    "officer": (str, type(None)),
    "policy": int,
}


@dataclass(frozen=True)
class Imported:
    """What the ledger tells of an import."""

    closed: Closed
    station: str
    prev: bytes
    media: str
    source: Source
    officer: str | None
    policy: int

    @classmethod
    def from_core(cls, core: dict[str, Any]) -> Imported:
        """Refuses with `field`."""
        got = fields(core, _CORE)
        try:
            recording = UUID(bytes=uuid_bytes(got["recording"]))
            last, prev = hex32(got["last"]), hex32(got["prev"])
        except DataError:
            raise FieldError("recording, last or prev") from None
        source = Source.from_json(
            {
                "sha256": got["source_sha256"],
                "size": got["source_size"],
                "state": got["source_state"],
                "duration_us": got["duration_us"],
            }
        )
        closed = Closed(recording, got["lines"], last, got["segments"], got["length"])
        return cls(closed, got["station"], prev, got["media"], source, got["officer"], got["policy"])

    @classmethod
    def of(cls, reader: ImportReader) -> Imported:
        """As the journal itself tells it; it was read to its end."""
        opened, facts = reader.open, reader.facts
        assert opened is not None and facts is not None
        closed = Closed(opened.recording, reader.lines, reader.head or b"", reader.segments, reader.length)
        return cls(closed, reader.kid, opened.prev, opened.media, facts.source, opened.officer, opened.policy)

    def difference(self, other: Imported) -> str:
        """Names of what is not the same, for a finding."""
        return " ".join(name for name, value in vars(self).items() if value != getattr(other, name))


@dataclass(frozen=True)
class ImportEvidence:
    """The entries of an import's evidence file; verified as far as there was a trust document."""

    receipt: VerifiedEntry
    enrolled: VerifiedEntry
    kid: str
    key: EllipticCurvePublicKey
    policy: Policy
    imported: Imported
    checkpoint: bytes
    """SHA-256 of the note under which enrolment and policy are proved; empty where they are under two."""

    @property
    def bracket(self) -> tuple[datetime | None, datetime | None]:
        """Newest cosignatures: of the checkpoint that the station knew, of the receipt's."""
        return _time(self.enrolled.cosigned_at), _time(self.receipt.cosigned_at)


def verify_import(
    journal: Iterable[bytes],
    media: ReadAt | ClipMedia,
    evidence: bytes | None = None,
    trust: Trust | None = None,
    recording: UUID | None = None,
) -> Report:
    """As `sealed.recording.verify_recording`."""
    report = Report(facts={"origin": "import", "captured": False, "anchored": False})
    proofs = read_entries(evidence, _KINDS, trust, report, _evidence) if evidence is not None else None
    if proofs is None:
        if evidence is None:
            report.add("trust", "no-key", Place(FILE), "only the evidence file names the station's key")
        return report
    reader = ImportReader(proofs.key, proofs.kid)
    _read_journal(reader, journal, media, report)
    report.facts |= _facts(reader) | _ledger_facts(proofs, trust)
    if reader.open is not None and reader.facts is not None:
        if recording not in (None, reader.open.recording):
            report.add("recording", "id", Place(reader.file, line=1), f"folder={recording}")
        _judge_open(reader.open, reader.facts, proofs, report)
    _judge_receipt(reader, proofs, report)
    before, after = proofs.bracket
    if trust is not None:
        judge_revocation(proofs.kid, before, after, trust, report)
        report.facts |= {"bureau": trust.bureau, "trust_digest": trust.digest.hex()}
    unanchored = any(finding.layer in ("receipt", "trust") for finding in report.defects)
    report.facts["anchored"] = trust is not None and not unanchored
    return report


def import_key(evidence: bytes | None) -> tuple[str, EllipticCurvePublicKey]:
    """kid and key of the station, for whoever opens an import; nobody vouches for them here.

    Refuses with the code that a report would hold, `no-key` above all.
    """
    report = Report()
    proofs = read_entries(evidence, _KINDS, None, report, _evidence) if evidence is not None else None
    if proofs is None:
        code = report.first.code if report.first else "no-key"
        raise DataError(code, "Nothing tells by which key this import is to be read.")
    return proofs.kid, proofs.key


def check_import_receipt(
    message: object,
    keys: LedgerKeys,
    newest: Checkpoint | None,
    store: Callable[[bytes, Checkpoint], None],
    wanted: Imported,
) -> int:
    """As `sealed.receipts.check_receipt`, for the station that sealed `wanted`; the entry's index."""
    got = fields(message, {"receipt": dict, "consistency": list})
    entry = ProvedEntry.from_json(got["receipt"])
    verified = verify_entry(entry, keys, IMPORTED)
    check_extends(newest, verified.checkpoint, read_path(got["consistency"]))
    store(entry.checkpoint, verified.checkpoint)
    imported = Imported.from_core(verified.core)
    if imported.station != wanted.station:
        raise DataError("receipt-station", "The receipt is for another station: {kid}", kid=imported.station)
    if imported != wanted:
        raise DataError(
            "receipt-recording", "The receipt does not fit the recording: {id}", id=wanted.closed.recording
        )
    return entry.index


def _evidence(proved: dict[str, ProvedEntry], verified: dict[str, VerifiedEntry]) -> ImportEvidence:
    core = fields(verified["enrolled"].core, {"station": str, "jwk": dict})
    key = load_jwk(core["jwk"])
    if thumbprint(key) != core["station"]:
        raise DataError("enrolled-key", "The ledger enrolled a key under another name.", kid=core["station"])
    notes = {proved[name].checkpoint for name in ("enrolled", "policy")}
    return ImportEvidence(
        receipt=verified["receipt"],
        enrolled=verified["enrolled"],
        kid=core["station"],
        key=key,
        policy=Policy.from_core(verified["policy"].core),
        imported=Imported.from_core(verified["receipt"].core),
        checkpoint=sha256(notes.pop()) if len(notes) == 1 else b"",
    )


def _read_journal(
    reader: ImportReader, lines: Iterable[bytes], media: ReadAt | ClipMedia, report: Report
) -> None:
    found = Report()
    with MediaCheck(media, found) as check:
        for line in lines:
            record = reader.feed(line)
            if reader.stopped:
                break
            if isinstance(record, Segment):
                check.add(record)
        check.finish(None if reader.stopped else reader.length, reader.open.media if reader.open else None)
        report.facts |= {"segments_sound": check.segments} | found.facts
    reader.finish()
    report.findings += reader.findings + found.findings


def _judge_open(opened: Open, facts: ImportFacts, proofs: ImportEvidence, report: Report) -> None:
    try:
        check_recipients(opened.payload, proofs.policy)
    except DataError as error:
        report.add("recording", error.code, Place("journal.jws", line=1))
    if facts.checkpoint != proofs.checkpoint:
        report.add("receipt", "open-checkpoint", Place(FILE), "not the checkpoint that the station named")
    before, after = proofs.bracket
    if before is None or after is None:
        return
    if after < before:
        report.add("receipt", "bracket", Place(FILE), "stored before the station was enrolled")
    elif not before <= parse_time(opened.at) < after + timedelta(seconds=1):
        # The station's clock is no witness; the bracket stands. Cosignatures count whole seconds.
        report.add("recording", "clock-outside", Place("journal.jws", line=1), opened.at, defect=False)


def _judge_receipt(reader: ImportReader, proofs: ImportEvidence, report: Report) -> None:
    if proofs.imported.station != proofs.kid:
        report.add("receipt", "receipt-station", Place(FILE), f"kid={proofs.imported.station}")
    if reader.stopped or reader.open is None:
        return
    this = Imported.of(reader)
    if proofs.imported != this:
        report.add("receipt", "receipt-recording", Place(FILE), proofs.imported.difference(this))


def _facts(reader: ImportReader) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "kid": reader.kid,
        "lines": reader.lines,
        "segments": reader.segments,
        "length": reader.length,
        "duration_us": 0,
    }
    opened, extra = reader.open, reader.facts
    if opened is not None and extra is not None:
        for name in ("officer", "policy", "suite", "drill", "at", "media"):
            facts[name] = getattr(opened, name)
        facts |= {"recording": str(opened.recording), "source": extra.source.to_json()}
        facts["duration_us"] = extra.source.duration_us or 0
    if reader.close is not None:
        facts |= {"closed_at": reader.close.at, "close_reason": reader.close.reason}
    return facts


def _ledger_facts(proofs: ImportEvidence, trust: Trust | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "station": proofs.kid,
        "index": proofs.receipt.index,
        "ledger": proofs.receipt.checkpoint.origin,
    }
    if trust is not None:
        facts["cosigners"] = sorted({name for name, _ in proofs.receipt.cosignatures})
        before, after = proofs.bracket
        for name, time in (("not_before", before), ("not_after", after)):
            facts[name] = None if time is None else format_time(time)
    return facts


def _time(unix_s: int | None) -> datetime | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC)
