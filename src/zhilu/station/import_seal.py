"""One file, sealed as it is (spec/journal.md §6): read twice through one open handle, never held whole.

First its SHA-256, size and state, which the journal's first line says; then its bytes, piece by piece, into a
draft. If the second reading gives other bytes than the first, somebody writes to the file: `changed`, and the
draft is nothing. Each file has a key of its own, in this process's memory and nowhere else; a draft is never
continued, so no key ever seals twice.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO
from uuid import UUID

from zhilu.durable import sync_file
from zhilu.encoding import format_time, sha256, uuid7
from zhilu.errors import WorldError
from zhilu.sealed.envelopes import SUITE, Policy, make_shares, make_text
from zhilu.sealed.imports import ORIGIN, PIECE, Source
from zhilu.sealed.keys import Signer
from zhilu.sealed.lines import IMPORT, Chain
from zhilu.sealed.segments import TAG_SIZE, Sealer, key_commitment, recording_key, seal_private
from zhilu.station.import_kinds import HEAD, media_type
from zhilu.station.import_names import Claims
from zhilu.station.import_probe import Probed, probe
from zhilu.station.spool import COLLECTED, Recording, State

MAX_SIZE = 256 * 2**30
"""Bytes of one file: its journal then stays under the 256 MiB that intake takes."""


@dataclass(frozen=True)
class Terms:
    """Under what a station seals: its key, the newest policy, the checkpoint that proves it; and the officer,
    where one was named."""

    signer: Signer
    policy: Policy
    checkpoint: bytes
    officer: str | None
    clock: Callable[[], datetime]


@dataclass(frozen=True)
class Read:
    """A file after its first reading."""

    source: Source
    media: str
    probed: Probed


def digest(file: BinaryIO) -> tuple[bytes, int]:
    """SHA-256 and size of all that can be read; WorldError `too-large` beyond MAX_SIZE."""
    file.seek(0)
    hashed = hashlib.sha256()
    size = 0
    for piece in _pieces(file):
        hashed.update(piece)
        size += len(piece)
        if size > MAX_SIZE:
            raise WorldError("too-large", "The file is larger than {limit} bytes.", limit=MAX_SIZE)
    return hashed.digest(), size


def examine(file: BinaryIO, whole: tuple[bytes, int]) -> Read:
    """What the file is, as the station finds it; `whole` is its digest and size."""
    file.seek(0)
    media = media_type(file.read(HEAD))
    probed = probe(file, media)
    return Read(Source(*whole, probed.state, probed.duration_us), media, probed)


def private_claims(name: bytes, claims: Claims, modified_s: float) -> dict[str, str | None]:
    """`private` of the `open` line. A name may be of any bytes."""
    try:
        modified: str | None = format_time(datetime.fromtimestamp(modified_s, UTC))
    except (ValueError, OverflowError, OSError):
        modified = None
    return {
        "name": name.decode("utf-8", "replace"),
        "serial": claims.serial,
        "officer": claims.officer,
        "claimed_at": claims.at,
        "modified_at": modified,
    }


def seal(
    file: BinaryIO, read: Read, private: dict[str, str | None], terms: Terms, prev: bytes, draft: Recording
) -> bytes:
    """Journal and media into the draft, durable, with its state; returns the hash of the last line."""
    writer = _Writer(terms, draft.id, prev)
    with draft.journal.open("xb") as journal, draft.media.open("xb") as media:
        journal.write(writer.open(read, private))
        file.seek(0)
        hashed = hashlib.sha256()
        for piece in _at_least_one(_pieces(file)):
            hashed.update(piece)
            sealed, line = writer.segment(piece)
            media.write(sealed)
            journal.write(line)
            if writer.length > read.source.size + read.source.pieces * TAG_SIZE:
                break  # a file that grows, perhaps for ever
        if hashed.digest() != read.source.sha256:
            raise WorldError("changed", "The file changed while it was read; nothing of it was sealed.")
        journal.write(writer.close())
        sync_file(media)
        sync_file(journal)
    draft.set_state(writer.state())
    return writer.chain.prev


class _Writer:
    def __init__(self, terms: Terms, id_: UUID, prev: bytes) -> None:
        self._terms, self._id = terms, id_
        self.chain = Chain(prev)
        self._shares, self._open_shares = make_shares(terms.policy, id_)
        self._text_key, self._text = make_text(terms.policy, id_)
        self._key = recording_key(self._shares, id_)
        self._sealer = Sealer(self._key, id_)
        self.segments = 0
        self.length = 0

    def open(self, read: Read, private: dict[str, str | None]) -> bytes:
        return self._line(
            "open",
            id=str(self._id),
            suite=SUITE,
            origin=ORIGIN,
            drill=False,
            officer=self._terms.officer,
            policy=self._terms.policy.version,
            shares=self._open_shares,
            text=self._text,
            key_commitment=key_commitment(self._key, self._id).hex(),
            codec="",
            media=read.media,
            width=read.probed.width,
            height=read.probed.height,
            source=read.source.to_json(),
            checkpoint=self._terms.checkpoint.hex(),
            private=seal_private(self._text_key, self._id, 0, dict(private)),
        )

    def segment(self, piece: bytes) -> tuple[bytes, bytes]:
        i, sealed = self._sealer.seal(piece)
        place = {"offset": self.length, "length": len(sealed), "sha256": sha256(sealed).hex()}
        line = self._line("segment", i=i, **place, pts_us=0, duration_us=0)
        self.segments, self.length = self.segments + 1, self.length + len(sealed)
        return sealed, line

    def close(self) -> bytes:
        return self._line("close", reason="end-of-source", segments=self.segments, length=self.length)

    def state(self) -> State:
        """An import has no handover."""
        last = self.chain.prev.hex()
        return State(COLLECTED, self._terms.signer.kid, "", self.chain.n, last, self.segments, self.length)

    def _line(self, kind: str, **more: Any) -> bytes:
        at, mono_us = self._terms.clock(), time.monotonic_ns() // 1000
        return self.chain.next(self._terms.signer, IMPORT, kind, at, mono_us, **more)


def new_id(clock: Callable[[], datetime], after: UUID | None) -> UUID:
    """A UUIDv7 that sorts behind `after`, also where the clock was set back: ids sort as the row goes."""
    now_ms = int(clock().timestamp() * 1000)
    least_ms = 0 if after is None else (after.int >> 80) + 1
    return uuid7(max(now_ms, least_ms), secrets.token_bytes(10))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Whole pieces, the last shorter; none for an empty file."""
    try:
        while piece := file.read(PIECE):
            yield piece
    except OSError as error:
        # A card with a bad sector: bytes that cannot be had are not made up.
        raise WorldError(
            "unreadable-file", "The file cannot be read to its end: {detail}", detail=error.strerror
        ) from None


def _at_least_one(pieces: Iterator[bytes]) -> Iterator[bytes]:
    first = next(pieces, b"")
    yield first
    yield from pieces
