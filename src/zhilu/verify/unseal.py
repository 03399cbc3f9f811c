"""`zhilu unseal`: open a recording with the keys of its recipients (spec/sealed-media.md, spec/envelopes.md).

- The journal is verified first, by the key of the evidence file or the logbook: offsets, hashes and the
  commitment are taken from signed lines only.
- Each segment's hash is compared before it is opened.
- What comes out of an import is the file that the station read, byte for byte: its SHA-256 is compared.
- A journal without `close` is opened (a power cut leaves such) and said to be so: it may have been cut later.
- The video is written beside its name and renamed at the end: a failure leaves nothing behind.
- An existing file is not overwritten. What is written is the owner's alone to read.

What comes out is the exact concatenation of what was sealed. Use of an escrow key is in no log: this program
cannot change that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from zhilu.durable import new_file
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.sealed.envelopes import find_and_open_share
from zhilu.sealed.import_judge import import_key
from zhilu.sealed.imports import ImportReader, claims_import
from zhilu.sealed.journal import FILE as JOURNAL
from zhilu.sealed.journal import JournalReader, Open, Segment
from zhilu.sealed.keys import load_private_key
from zhilu.sealed.media import check_segment
from zhilu.sealed.recording import recorder_key
from zhilu.sealed.segments import check_commitment, open_segment, recording_key
from zhilu.verify.files import FileMedia, Found, find, lines, read_small

MAX_KEY = 16_384


@dataclass(frozen=True)
class Unsealed:
    """`length` in bytes; not `closed`: nothing in the journal says that this is all of it."""

    segments: int
    length: int
    closed: bool


def unseal(path: Path, key_paths: Sequence[Path], out: Path) -> Unsealed:
    """Raises a ZhiluError, and then `out` does not exist."""
    found = find(path)
    if found.folder is None:
        raise CallerError("no-recording", "Neither a recording nor a logbook lies in {path}", path=path)
    keys = [load_private_key(read_small(key_path, MAX_KEY)) for key_path in key_paths]
    with FileMedia(found.folder) as media, _new_file(out) as file:
        return _write(_journal(found), found.folder, keys, media, file)


def _journal(found: Found) -> JournalReader:
    assert found.folder is not None
    if claims_import(next(lines(found.folder / JOURNAL), b"")):
        kid, public = import_key(found.evidence())
        return ImportReader(public, kid)
    logbook = None if found.logbook is None else lines(found.logbook)
    kid, public = recorder_key(found.evidence(), logbook)
    return JournalReader(public, kid)


def _write(
    reader: JournalReader,
    folder: Path,
    keys: Sequence[EllipticCurvePrivateKey],
    media: FileMedia,
    file: BinaryIO,
) -> Unsealed:
    secret, whole = b"", hashlib.sha256()
    for line in lines(folder / JOURNAL):
        record = reader.feed(line)
        if reader.stopped:
            _refuse(reader)
        if isinstance(record, Open):
            secret = _recording_key(record, keys)
        elif isinstance(record, Segment):
            sealed = media.read_at(record.offset, record.length)
            check_segment(record, sealed)
            plaintext = open_segment(secret, _open(reader).recording, record.i, sealed)
            whole.update(plaintext)
            file.write(plaintext)
    if reader.open is None or reader.segments == 0:
        raise DataError("journal-empty", "The recording has no segment.")
    if isinstance(reader, ImportReader):
        _check_source(reader, whole.digest())
    return Unsealed(reader.segments, file.tell(), reader.close is not None)


def _check_source(reader: ImportReader, digest: bytes) -> None:
    """The file as the station read it, byte for byte; cut-off journals are no imports."""
    if reader.close is None or reader.facts is None or reader.facts.source.sha256 != digest:
        raise DataError("source-hash", "What was opened is not the file that the station sealed.")


def _open(reader: JournalReader) -> Open:
    assert reader.open is not None  # a segment before `open` is refused by the reader
    return reader.open


def _recording_key(opened: Open, keys: Sequence[EllipticCurvePrivateKey]) -> bytes:
    shares = dict(find_and_open_share(opened.shares, opened.recording, key) for key in keys)
    if sorted(shares) != list(range(1, len(opened.shares) + 1)):
        raise CallerError(
            "shares", "This recording needs the keys of {count} shares.", count=len(opened.shares)
        )
    secret = recording_key([shares[j] for j in sorted(shares)], opened.recording)
    check_commitment(secret, opened.recording, opened.key_commitment)
    return secret


def _refuse(reader: JournalReader) -> None:
    first = next(finding for finding in reader.findings if finding.defect)
    raise DataError(
        first.code, "The journal has a defect: `zhilu verify` tells more. {place}", place=first.place
    )


@contextmanager
def _new_file(out: Path) -> Iterator[BinaryIO]:
    try:
        with new_file(out) as file:
            yield file
    except FileExistsError:
        raise CallerError("exists", "{path} exists already.", path=out) from None
    except OSError as error:
        raise WorldError(
            "unwritable", "{path} cannot be written: {detail}", path=out, detail=error.strerror or error
        ) from None
