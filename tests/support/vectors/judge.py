"""Reads a vector file and says what the product says of it: (code, layer), or ("ok", "none")."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from support.recordings import MemoryMedia
from zhilu import strictjson
from zhilu.encoding import hex32, unb64u
from zhilu.errors import DataError
from zhilu.sealed import envelopes, segments
from zhilu.sealed.clip import Clip, ClipMedia
from zhilu.sealed.copies import open_package
from zhilu.sealed.draw_files import judge as judge_draw
from zhilu.sealed.import_judge import verify_import
from zhilu.sealed.imports import ImportReader
from zhilu.sealed.journal import JournalReader
from zhilu.sealed.keys import load_point
from zhilu.sealed.lines import IMPORT, JOURNAL, MAX_LINE, parse_line
from zhilu.sealed.logbook import read_logbook
from zhilu.sealed.reader import LINE_CODES, LineReader
from zhilu.sealed.receipts import check_receipt
from zhilu.sealed.recording import verify_recording
from zhilu.sealed.report import Finding
from zhilu.sealed.trust import Trust
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.proof import LedgerKeys

Verdict = tuple[str, str]
OK: Verdict = ("ok", "none")


@dataclass(frozen=True)
class Read:
    headers: dict[str, list[str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        (value,) = self.headers[name]
        return value

    def get(self, name: str) -> str | None:
        return self.headers[name][0] if name in self.headers else None


def read(path: Path) -> Read:
    head, _, body = path.read_bytes().partition(b"\n\n")
    headers: dict[str, list[str]] = {}
    for row in head.decode().split("\n"):
        name, _, value = row.partition(": ")
        headers.setdefault(name, []).append(value)
    return Read(headers, body)


def judge(vector: Read) -> Verdict:
    return JUDGES[vector["input"]](vector)


def lines_of(data: bytes) -> Iterator[bytes]:
    """As a program reads them: never more than one byte over the limit at once."""
    file = io.BytesIO(data)
    while line := file.readline(MAX_LINE + 1):
        yield line


def _first(findings: list[Finding]) -> Verdict:
    for finding in findings:
        if finding.defect:
            return finding.code, finding.layer
    return OK


def _of_file(reader: LineReader) -> Verdict:
    return _first(reader.findings)


def _line(vector: Read) -> Verdict:
    try:
        parse_line(vector.body, vector["typ"], load_point(bytes.fromhex(vector["key"])), vector["kid"])
    except DataError as error:
        return error.code, "line" if error.code in LINE_CODES else "journal"
    return OK


def _journal(vector: Read) -> Verdict:
    opened_by = vector.get("opened-by")
    key = load_point(bytes.fromhex(vector["key"]))
    prev = None if opened_by is None else hex32(opened_by)
    if vector["typ"] == IMPORT:
        return _of_file(_read_whole(ImportReader(key, vector["kid"], prev), lines_of(vector.body)))
    return _of_file(read_journal(lines_of(vector.body), key, vector["kid"], vector["typ"], prev))


def read_journal(
    lines: Iterable[bytes],
    key: ec.EllipticCurvePublicKey,
    kid: str,
    typ: str = JOURNAL,
    opened_by: bytes | None = None,
) -> JournalReader:
    return _read_whole(JournalReader(key, kid, typ, opened_by), lines)


def _read_whole(reader: JournalReader, lines: Iterable[bytes]) -> JournalReader:
    for line in lines:
        reader.feed(line)
    reader.finish()
    return reader


def _logbook(vector: Read) -> Verdict:
    key = load_point(bytes.fromhex(vector["key"]))
    return _of_file(read_logbook(lines_of(vector.body), key, vector["kid"]))


def _segment(vector: Read) -> Verdict:
    secret, recording = bytes.fromhex(vector["secret"]), UUID(vector["recording"])
    return _raising(
        "media", lambda: segments.open_segment(secret, recording, int(vector["number"]), vector.body)
    )


def _commitment(vector: Read) -> Verdict:
    secret, recording = bytes.fromhex(vector["secret"]), UUID(vector["recording"])
    return _raising("media", lambda: segments.check_commitment(secret, recording, vector.body))


def _private(vector: Read) -> Verdict:
    secret, recording, n = bytes.fromhex(vector["secret"]), UUID(vector["recording"]), int(vector["number"])
    text = vector.body.decode("utf-8", "replace")
    return _raising("journal", lambda: segments.open_private(secret, recording, n, text))


def _shares(vector: Read) -> Verdict:
    private = ec.derive_private_key(int(vector["secret"], 16), ec.SECP256R1())
    shares = strictjson.loads(vector.body)
    return _raising(
        "envelope", lambda: envelopes.find_and_open_share(shares, UUID(vector["recording"]), private)
    )


def _receipt(vector: Read) -> Verdict:
    got: dict[str, Any] = strictjson.loads_object(vector.body, 2**20)
    keys = LedgerKeys.from_vkeys(vector["ledger"], vector.headers["cosigner"], int(vector["quorum"]))
    newest = None
    if got["newest"] is not None:
        newest = Checkpoint(keys.origin, got["newest"]["size"], hex32(got["newest"]["root"]))
    own = {UUID(id_): _closed(UUID(id_), closed) for id_, closed in got["own"].items()}
    stored: list[bytes] = []
    return _raising(
        "receipt",
        lambda: check_receipt(
            got["message"], keys, newest, lambda note, _: stored.append(note), vector["kid"], own
        ),
    )


def _closed(recording: UUID, closed: dict[str, Any] | None) -> Any:
    from zhilu.sealed.receipts import Closed

    if closed is None:
        return None
    return Closed(recording, closed["lines"], hex32(closed["last"]), closed["segments"], closed["length"])


def _recording(vector: Read) -> Verdict:
    files = {name: unb64u(data) for name, data in strictjson.loads_object(vector.body, 2**20).items()}
    trust = Trust.loads(files["trust.json"]) if "trust.json" in files else None
    book = files.get("logbook.jws")
    folder = vector.get("folder")
    report = verify_recording(
        lines_of(files["journal.jws"]),
        MemoryMedia(files["media.sealed"]),
        None if book is None else lines_of(book),
        files.get("receipt.json"),
        trust,
        None if folder is None else UUID(folder),
    )
    code, layer = _first(report.findings)
    if code == "ok" and not report.facts["anchored"]:
        return "not-anchored", "none"
    return code, layer


def _import(vector: Read) -> Verdict:
    files = {name: unb64u(data) for name, data in strictjson.loads_object(vector.body, 2**20).items()}
    report = verify_import(
        lines_of(files["journal.jws"]),
        MemoryMedia(files["media.sealed"]),
        files.get("receipt.json"),
        Trust.loads(files["trust.json"]) if "trust.json" in files else None,
        UUID(vector["folder"]),
    )
    code, layer = _first(report.findings)
    return ("not-anchored", "none") if code == "ok" and not report.facts["anchored"] else (code, layer)


def _trust(vector: Read) -> Verdict:
    return _raising("trust", lambda: Trust.loads(vector.body))


def _raising(layer: str, call: Callable[[], object]) -> Verdict:
    try:
        call()
    except DataError as error:
        return error.code, layer
    return OK


def _clip(vector: Read) -> Verdict:
    files = {name: unb64u(data) for name, data in strictjson.loads_object(vector.body, 2**20).items()}
    try:
        clip = Clip.loads(files["clip.json"])
    except DataError as error:
        return error.code, "media"
    report = verify_recording(
        lines_of(files["journal.jws"]),
        ClipMedia(clip, MemoryMedia(files["clip"])),
        lines_of(files["logbook.jws"]),
        files["receipt.json"],
        Trust.loads(files["trust.json"]),
        clip.recording,
    )
    return _first(report.findings)


def _package(vector: Read) -> Verdict:
    private = ec.derive_private_key(int(vector["secret"], 16), ec.SECP256R1())
    read = io.BytesIO(vector.body).read
    return _raising("copy", lambda: list(open_package(read, private)[1]))


def _draw(vector: Read) -> Verdict:
    files = {name: unb64u(data) for name, data in strictjson.loads_object(vector.body, 2**20).items()}
    report = judge_draw(
        files["draw.json"], Trust.loads(files["trust.json"]) if "trust.json" in files else None
    )
    if report.code:
        return report.code, "draw"
    return OK if report.anchored else ("not-anchored", "none")


JUDGES: dict[str, Callable[[Read], Verdict]] = {
    "line": _line,
    "journal": _journal,
    "logbook": _logbook,
    "segment": _segment,
    "commitment": _commitment,
    "private": _private,
    "shares": _shares,
    "receipt": _receipt,
    "recording": _recording,
    "import": _import,
    "trust": _trust,
    "clip": _clip,
    "package": _package,
    "draw": _draw,
}
