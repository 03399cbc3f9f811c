"""Every place where the sealed core, the ledger's formats and the protocols take bytes from outside.

One promise for all: any bytes give a verdict, or ONE error of the package's family (`ZhiluError`). `enter`
calls an entrance and keeps quiet about such errors; anything else comes through and is a fault of ours.
Where a reader has a writer, what was read is written again and must be the same.

Readers that believe signed lines only would never be reached by a fuzzer: the entrances named `…-signed` sign
whatever they are given, line by line, with the test recorder's key, numbered and chained.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from support.recordings import RECORDING, Ledger, MemoryMedia, fixed_bytes, fixed_key
from support.vectors.files import header, jws
from support.vectors.judge import lines_of
from zhilu import strictjson
from zhilu.encoding import b64u, unb64u
from zhilu.errors import ZhiluError
from zhilu.sealed import envelopes, segments
from zhilu.sealed.import_judge import verify_import
from zhilu.sealed.imports import ImportReader, claims_import
from zhilu.sealed.journal import JournalReader, read_open
from zhilu.sealed.keys import SoftSigner, load_jwk
from zhilu.sealed.lines import IMPORT, JOURNAL, LOGBOOK, line_hash, parse_line
from zhilu.sealed.logbook import Head, LogbookReader
from zhilu.sealed.policy import Policy
from zhilu.sealed.reader import LineReader
from zhilu.sealed.receipts import STORED, check_receipt, read_unverified
from zhilu.sealed.recording import recorder_key, verify_logbook, verify_recording
from zhilu.sealed.report import Report
from zhilu.sealed.store import verify_store
from zhilu.sealed.trust import Trust
from zhilu.tlog import checkpoint, cosign, note, tiles, witness
from zhilu.tlog.proof import LedgerKeys, ProvedEntry, parse_leaf, verify_entry

RECORDER = SoftSigner(fixed_key("recorder"))
PUBLIC = load_jwk(RECORDER.jwk)
LEDGER = Ledger()
KEYS = LedgerKeys.from_vkeys(LEDGER.signer.vkey, [LEDGER.cosigner.vkey], 1)
SPLIT = b"\0|\0"
"""Between the files of a recording, in the order of `PARTS`."""
PARTS = ("journal.jws", "media.sealed", "logbook.jws", "receipt.json", "trust.json")

Entrance = Callable[[bytes], object]


def enter(entrance: Entrance, data: bytes) -> object:
    """What it gave, or the error of the family."""
    try:
        return entrance(data)
    except ZhiluError as error:
        assert error.code, "an error without a code"
        assert str(error)
        return error


def _json(data: bytes) -> object:
    value = strictjson.loads(data)
    assert strictjson.loads(strictjson.dumps(value), 2**20) == value
    return value


def _line(data: bytes) -> object:
    claims_import(data)
    return parse_line(data, JOURNAL, PUBLIC, RECORDER.kid)


def signed(data: bytes, typ: str) -> bytes:
    """The rows of `data` as payloads of signed lines; an object gets the number and `prev` that follow."""
    lines: list[bytes] = []
    for row in data[:65_536].split(b"\n")[:100]:
        payload = row[:40_000]
        try:
            value = json.loads(payload)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict) and "n" not in value:
            prev = line_hash(lines[-1]).hex() if lines else "0" * 64
            common = {"n": len(lines), "prev": prev, "at": "2026-11-24T10:40:03.123Z", "mono_us": 0}
            payload = json.dumps(common | value).encode("ascii")
        lines.append(jws(RECORDER, header(typ, RECORDER.kid), payload))
    return b"".join(lines)


def _read(reader: LineReader, data: bytes) -> LineReader:
    for line in lines_of(data):
        reader.read_line(line)
        if reader.stopped and not reader.looking:
            break
    reader.finish()  # type: ignore[attr-defined]
    return reader


def _open_line(data: bytes) -> object:
    payload = strictjson.loads_object(data)
    opened = read_open({"at": "", "prev": "0" * 64} | payload)
    return envelopes.find_and_open_share(opened.shares, opened.recording, fixed_key("county keyholder"))


def _private(data: bytes) -> object:
    """As it stands, and sealed rightly whatever it says."""
    key = fixed_bytes("text key")
    cipher = segments.AESGCM(key)
    sealed = cipher.encrypt(segments._nonce(3), data, segments._private_aad(RECORDING, 3))
    enter(lambda inner: segments.open_private(key, RECORDING, 3, b64u(sealed)), data)
    return segments.open_private(key, RECORDING, 3, data.decode("utf-8", "replace"))


def parts(data: bytes) -> dict[str, bytes]:
    """The files of a recording out of one string of bytes; an empty one is not there."""
    return {name: part for name, part in zip(PARTS, data.split(SPLIT), strict=False) if part}


def _recording(data: bytes) -> Report:
    files = parts(data)
    trust = Trust.loads(files["trust.json"]) if "trust.json" in files else None
    journal, evidence = files.get("journal.jws", b""), files.get("receipt.json")
    media = MemoryMedia(files.get("media.sealed", b""))
    book = files.get("logbook.jws")
    enter(lambda _: recorder_key(evidence, None if book is None else lines_of(book)), data)
    if book is not None:
        verify_logbook(lines_of(book), evidence, trust)
    if claims_import(journal.partition(b"\n")[0]):
        return verify_import(lines_of(journal), media, evidence, trust)
    return verify_recording(
        lines_of(journal), media, None if book is None else lines_of(book), evidence, trust
    )


def _store(data: bytes) -> Report:
    """A signed logbook, then one recording as it stands, under the id that the second part begins with."""
    book, name, journal, media = [*data.split(SPLIT), b"", b"", b""][:4]
    folder = name.decode("utf-8", "replace")

    @contextmanager
    def held(_: str) -> Iterator[tuple[Iterator[bytes], MemoryMedia]]:
        yield lines_of(journal), MemoryMedia(media)

    return verify_store(lines_of(signed(book, LOGBOOK)), [folder], held, head=Head(1, bytes(32)))


def _receipt(data: bytes) -> object:
    return check_receipt(
        strictjson.loads(data, 2**20), KEYS, None, lambda *_: None, RECORDER.kid, {RECORDING: None}
    )


def _entry(data: bytes) -> object:
    entry = ProvedEntry.loads(data)
    assert ProvedEntry.loads(entry.dumps()) == entry
    enter(parse_leaf, entry.leaf)
    enter(lambda _: read_unverified(entry, STORED), data)
    return verify_entry(entry, KEYS)


def _note(data: bytes) -> object:
    parsed = note.Note.parse(data)
    assert parsed.format() == data
    enter(lambda _: checkpoint.parse(parsed.text), data)
    return KEYS.open(data)


def _vkey(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    enter(lambda _: cosign.CosignatureVerifier.from_vkey(text), data)
    return note.NoteVerifier.from_vkey(text)


def _tile(data: bytes) -> object:
    path = data.decode("utf-8", "replace")
    assert tiles.parse_path(path).path == path
    return path


def _bundle(data: bytes) -> object:
    count, body = (data[0], data[1:]) if data else (0, b"")
    entries = tiles.decode_bundle(body, count)
    assert not entries or tiles.encode_bundle(entries) == body
    return entries


def _witness(data: bytes) -> object:
    enter(witness.requested_origin, data)
    enter(witness.read_conflict, data)
    return witness.parse_request(data)


def _text(data: bytes, read: Callable[[str], Any]) -> object:
    return read(data.decode("utf-8", "surrogateescape"))


SEALED: dict[str, Entrance] = {
    "json": _json,
    "line": _line,
    "line-signed": lambda data: [enter(_line, line) for line in lines_of(signed(data, JOURNAL))],
    "journal": lambda data: _read(JournalReader(PUBLIC, RECORDER.kid), data),
    "journal-signed": lambda data: _read(JournalReader(PUBLIC, RECORDER.kid), signed(data, JOURNAL)),
    "import-signed": lambda data: _read(ImportReader(PUBLIC, RECORDER.kid), signed(data, IMPORT)),
    "logbook": lambda data: _read(LogbookReader(PUBLIC, RECORDER.kid), data),
    "logbook-signed": lambda data: _read(LogbookReader(PUBLIC, RECORDER.kid), signed(data, LOGBOOK)),
    "open-line": _open_line,
    "private": _private,
    "segment": lambda data: segments.open_segment(fixed_bytes("key"), RECORDING, 1, data),
    "envelope": lambda data: envelopes.open_share(data, RECORDING, 1, fixed_key("county keyholder")),
    "jwk": lambda data: load_jwk(strictjson.loads(data)),
    "policy": lambda data: Policy.from_core(strictjson.loads_object(data)),
    "recording": _recording,
    "store": _store,
    "receipt": _receipt,
    "trust": Trust.loads,
}
LEDGERS: dict[str, Entrance] = {
    "entry": _entry,
    "note": _note,
    "vkey": _vkey,
    "tile": _tile,
    "bundle": _bundle,
    "witness": _witness,
    "b64u": lambda data: _text(data, unb64u),
}


def in_pieces(data: bytes) -> Iterator[bytes]:
    """As a network brings it: pieces of sizes that the data itself says, some hundreds at most."""
    file, unit = io.BytesIO(data), len(data) // 20_000
    while piece := file.read(1 + (data[file.tell() % len(data)] + 16) * unit if data else 0):
        yield piece
