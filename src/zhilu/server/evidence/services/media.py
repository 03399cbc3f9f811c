"""Ciphertext to a viewer under a grant (spec/viewing.md §5, spec/intake.md §4).

Served: the journal, segment 0, and the granted segments of one recording, while the grant lives and the
ledger holds the `key-released` that it is about. The grant is the keyholder's word, not ours: without the
keyholder's key nobody makes one.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from zhilu.errors import DataError, ZhiluError
from zhilu.protocols.viewing import GRANT_TYP, Grant, parse_grant
from zhilu.sealed.imports import ORIGIN
from zhilu.sealed.journal import JournalReader, Segment
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.lines import MAX_LINE, open_jws, unverified_kid
from zhilu.server.equipment.models import Recorder
from zhilu.server.evidence.models import KeyRelease, Recording
from zhilu.server.evidence.services import imports, segment_index
from zhilu.server.evidence.services.media_store import journal_key, media_key, store
from zhilu.server.evidence.services.segment_index import Place
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.models import Peer


def open_grant(token: str, recording: UUID) -> Grant:
    """The live grant for this recording; DataError `grant` for anything else."""
    try:
        peer = Peer.objects.filter(kid=_kid(token), role="keyholder").first()
        if peer is None:
            raise _no_grant()
        grant = parse_grant(open_jws(token, GRANT_TYP, peer.kid, load_jwk(peer.jwk)))
    except ZhiluError:
        raise _no_grant() from None
    at = now()
    released = KeyRelease.objects.filter(
        viewing=grant.viewing,
        recording=recording,
        first=grant.span.first,
        last=grant.span.last,
        expires__gt=at,
    )
    if grant.span.recording != str(recording) or grant.expires <= at or not released.exists():
        raise _no_grant()
    return grant


def open_journal(recording: UUID) -> tuple[BinaryIO, int]:
    """The journal's bytes and their length."""
    return store().open(journal_key(recording)), store().length(journal_key(recording)) or 0


def open_segment(recording: UUID, i: int) -> tuple[BinaryIO, Place]:
    """The media, placed at segment i."""
    path = _index(recording)
    # An index that is too short may have lost its end; the journal has it.
    place = segment_index.read(path, i) or segment_index.read(_make_index(recording, path), i)
    if place is None:
        raise DataError("segment-unknown", "The recording has no segment {i}.", i=i)
    file = store().open(media_key(recording))
    file.seek(place.offset)
    return file, place


def first_line(recording: UUID) -> bytes:
    """The journal's `open` line, without LF."""
    with store().open(journal_key(recording)) as file:
        return file.readline(MAX_LINE).removesuffix(b"\n")


def _index(recording: UUID) -> Path:
    """The segment index, made from the stored journal when it is not there."""
    path: Path = settings.ZHILU.spool_folder / "index" / f"{recording}.idx"
    return path if path.exists() else _make_index(recording, path)


def _make_index(recording: UUID, path: Path) -> Path:
    row = Recording.objects.filter(id=recording).first()
    if row is None:
        raise DataError("recording-unknown", "No such recording is stored.")
    reader = reader_of(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{secrets.token_hex(8)}")  # two viewers may come at once
    with store().open(journal_key(recording)) as file:
        records = map(reader.feed, iter(lambda: file.readline(MAX_LINE + 1), b""))
        segment_index.write(fresh, (record for record in records if isinstance(record, Segment)))
    fresh.replace(path)
    return path


def reader_of(row: Recording) -> JournalReader:
    """For a journal by whoever sealed it."""
    if row.origin == ORIGIN:
        return imports.reader_for(row.station)
    device = Recorder.objects.get(kid=row.recorder)
    return JournalReader(load_jwk(device.jwk), device.kid)


def _kid(token: str) -> str:
    if not token.isascii():
        raise _no_grant()
    return unverified_kid(token.encode("ascii"))


def _no_grant() -> DataError:
    return DataError("grant", "There is no live grant for this recording.")
