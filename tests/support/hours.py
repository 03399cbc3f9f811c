"""An hour of recording on disk, as a recorder leaves it, for benchmarks. Pictures are random bytes."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from random import Random

from support.shapes import County, Evidence, Recorder, Recording, Tape, hand_out
from zhilu.durable import write_all
from zhilu.encoding import format_time, sha256, uuid7
from zhilu.sealed.lines import line_hash
from zhilu.sealed.segments import seal_private

SEGMENT = 1_450_000
"""Bytes: 2 s at 5.8 Mbit/s."""
SEGMENTS = 1800


class HourTape(Tape):
    """2 s and a position a segment, a minute line each minute; media go to a file (or nowhere) at once."""

    def film(self, handle: int | None, size: int, segments: int) -> None:
        block = os.urandom(size)
        self.put(handle, b"header" * 100)
        for _ in range(segments):
            self.recorder.at += timedelta(seconds=2)
            self.recorder.mono_us += 2_000_000
            self.put(handle, block)
            self.count_minutes()

    def put(self, handle: int | None, plain: bytes) -> None:
        i, sealed = self.sealer.seal(plain)
        if handle is not None:
            write_all(handle, sealed)
        position = {"at": format_time(self.recorder.at), "lat": 371_840_000 + i, "lon": 1_150_300_000 + i}
        private = seal_private(self.text_key, self.id, self.chain.n, {"position": position})
        place = {"i": i, "offset": self.length, "length": len(sealed), "sha256": sha256(sealed).hex()}
        at = {"pts_us": max(0, i - 1) * 2_000_000, "duration_us": 2_000_000 if i else 0}
        self.line("segment", **place, **at, **({"private": private} if i else {}))
        self.length += len(sealed)
        self.count += 1

    count = 0

    def closing(self) -> dict[str, object]:
        return super().closing() | {"segments": self.count}


def an_hour(folder: Path, size: int = SEGMENT, segments: int = SEGMENTS) -> Evidence:
    """Write `recording/`, `logbook.jws`, `receipt.json`, `trust.json`. With `size` 0 there are no media."""
    recorder = Recorder(Random("an hour"), County(Random("a county")))
    recorder.power_on()
    id_ = uuid7(int(recorder.at.timestamp() * 1000), bytes(10))
    opened = recorder.log("recording-opened", counter=recorder.count(), id=str(id_))
    tape = HourTape(recorder, id_, line_hash(opened))
    (folder / "recording").mkdir(parents=True)
    handle = os.open(folder / "recording/media.sealed", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        tape.film(handle if size else None, size, segments)
    finally:
        os.close(handle)
    tape.line("close", reason="power-off", segments=tape.count, length=tape.length)
    closed = tape.closing()
    recorder.log("recording-closed", counter=recorder.count(), **closed)
    boot, policy = recorder.boot_note, recorder.policy_index
    made = Recording(id_, tape.lines, [], closed, "recording-closed", tape.opened, boot, policy)
    evidence = hand_out(recorder, made)
    (folder / "recording/journal.jws").write_bytes(b"".join(tape.lines))
    (folder / "logbook.jws").write_bytes(b"".join(recorder.logbook))
    (folder / "receipt.json").write_bytes(evidence.receipt)
    (folder / "trust.json").write_bytes(evidence.trust)
    return evidence
