"""From a recorder's dock into the spool: logbook, journals, media (spec/docking.md §5).

What the recorder sends is judged as it arrives (`protocols.arrival`); what is written is whole and
durable, so whatever cuts this short, the next attempt goes on from the last whole segment.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Self

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.durable import sync_file, sync_folder
from zhilu.encoding import b64u, hex32, unb64u
from zhilu.errors import DataError
from zhilu.protocols.arrival import JournalCheck, Lines, Splitter, Tail, check_same_life
from zhilu.protocols.docking_messages import MAX_BODY, Held, Hello
from zhilu.protocols.intake import JOURNAL_LIMIT
from zhilu.sealed.keys import load_jwk
from zhilu.station.dock import Dock
from zhilu.station.spool import COLLECTED, COLLECTING, Recording, Spool, State, check_room
from zhilu.strictjson import fields, loads_object

BATCH = 1 << 20
SYNC_EVERY = 16 << 20
"""Bytes of media that a power cut may cost: they are asked for again."""
MORE_LINES = 100_000
"""A logbook grows by a few lines while a recorder is docked; by so many only if it lies."""


@dataclass(frozen=True)
class Docking:
    """A handover that the recorder has accepted. `handed`: what goes to the county, its body and the `docked`
    line; `digest` D; `size`: of the tree of the newest checkpoint that the recorder is known to hold;
    `offered`: of the newest that it was sent, whether or not its answer came."""

    recorder: str
    jwk: dict[str, str]
    hello: Hello
    digest: bytes
    handed: bytes
    size: int
    offered: int

    @property
    def docked(self) -> bytes:
        """The recorder's line about this handover, without its LF."""
        return str(fields(loads_object(self.handed, MAX_BODY), {"docked": str})["docked"]).encode("ascii")

    @property
    def key(self) -> EllipticCurvePublicKey:
        return load_jwk(self.jwk)

    def to_json(self) -> dict[str, Any]:
        return {
            "recorder": self.recorder,
            "jwk": self.jwk,
            "hello": b64u(self.hello.to_bytes()),
            "digest": self.digest.hex(),
            "handed": b64u(self.handed),
            "size": self.size,
            "offered": self.offered,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        shape = {"recorder": str, "jwk": dict, "hello": str, "digest": str, "handed": str}
        got = fields(value, shape | {"size": int, "offered": int})
        return cls(
            **got
            | {
                "hello": Hello.from_bytes(unb64u(got["hello"])),
                "digest": hex32(got["digest"]),
                "handed": unb64u(got["handed"]),
            }
        )


async def logbook(dock: Dock, docking: Docking, spool: Spool) -> Tail:
    """Bring the held copy up to date; DataError `fork` where the recorder tells another life."""
    held = spool.logbook(docking.recorder)
    tail = await asyncio.to_thread(held.tail)
    if tail.n <= docking.hello.n:
        check_same_life(tail, docking.hello.n, docking.hello.head)
    elif await asyncio.to_thread(held.line, docking.hello.n + 1) != docking.docked:
        # More is held than the recorder had when it was greeted: of this docking, or it was set back.
        raise DataError("fork", "The recorder's logbook is not the one that is held.", n=docking.hello.n)
    lines, batch = Lines(), bytearray()
    async with dock.logbook(tail.n + 1) as chunks:
        async for chunk in chunks:
            for line in lines.feed(chunk):
                tail = tail.after(line, docking.key, docking.recorder)
                _check_progress(tail, docking.hello)
                batch += line
            if len(batch) >= BATCH:
                await asyncio.to_thread(held.append, bytes(batch))
                batch.clear()
    lines.finish()
    if batch:
        await asyncio.to_thread(held.append, bytes(batch))
    return tail


def _check_progress(tail: Tail, hello: Hello) -> None:
    if tail.n == hello.n:
        check_same_life(tail, hello.n, hello.head)
    if tail.n > hello.n + MORE_LINES:
        raise DataError("endless", "The recorder's logbook does not end.", n=tail.n)


def begin(docking: Docking, spool: Spool, held: Held) -> None:
    """A folder for a recording of this docking; WorldError `no-space` where the disk cannot take it whole."""
    check_room(spool.root, held.length)
    state = State(
        COLLECTING, docking.recorder, docking.digest.hex(), held.lines, held.last, held.segments, held.length
    )
    spool.begin(held.id, docking.handed, state)


async def recording(
    dock: Dock, docking: Docking, spool: Spool, held: Held, progress: Callable[[int], None]
) -> Recording:
    """One recording into the spool, from wherever an earlier attempt stopped. `progress`: bytes of media
    held.
    """
    folder = spool.recording(held.id)
    if not folder.folder.exists():
        await asyncio.to_thread(begin, docking, spool, held)
    state = folder.state
    if (state.recorder, state.last, state.length) != (docking.recorder, held.last, held.length):
        raise DataError("closed-as", "The journal is not the one that the recorder named.")
    if state.stage == COLLECTING:
        if not folder.journal.exists():
            await _journal(dock, docking, folder, held)
        await _media(dock, folder, held, progress)
        await asyncio.to_thread(folder.set_state, replace(state, stage=COLLECTED))
    progress(held.length)
    return folder


async def _journal(dock: Dock, docking: Docking, folder: Recording, held: Held) -> None:
    part = folder.folder / "journal.part"
    check, lines, size = JournalCheck(docking.key, docking.recorder, held), Lines(), 0
    with part.open("wb") as file:
        async with dock.journal(held.id) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                if size > JOURNAL_LIMIT:
                    raise DataError("journal-too-long", "The journal is longer than allowed.")
                # A signature a line: beside the loop, so that the other bays go on.
                await asyncio.to_thread(_take_lines, lines, chunk, check, file)
        lines.finish()
        check.finish()
        await asyncio.to_thread(sync_file, file)
    part.rename(folder.journal)
    await asyncio.to_thread(sync_folder, folder.folder)


def _take_lines(lines: Lines, chunk: bytes, check: JournalCheck, file: BinaryIO) -> None:
    for line in lines.feed(chunk):
        check.feed(line)
        file.write(line)


async def _media(dock: Dock, folder: Recording, held: Held, progress: Callable[[int], None]) -> None:
    count, end = await asyncio.to_thread(folder.whole_segments)
    progress(end)
    if end == held.length:
        folder.media.touch()
        return
    splitter = Splitter(itertools.islice(folder.segments(), count, None))
    async with dock.media(held.id, end, held.length) as chunks:
        with folder.media.open("ab") as file:
            unsynced = 0
            async for chunk in chunks:
                for piece, whole in splitter.feed(chunk):
                    file.write(piece)
                    if whole is not None:
                        progress(whole.offset + whole.length)
                unsynced += len(chunk)
                if unsynced >= SYNC_EVERY:
                    await asyncio.to_thread(sync_file, file)
                    unsynced = 0
            splitter.finish()
            # On disk before the recording counts as collected.
            await asyncio.to_thread(sync_file, file)
