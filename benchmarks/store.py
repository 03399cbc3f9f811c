"""A recorder that starts with 32 GB in its store, one recording of an hour open when power went.

`store_open_s` ≤ 2: from the start of the process until its `boot` line is durable: the logbook read, the open
recording recovered. `store_recover_s`: the same without the interpreter and the imports.

Media are sparse files of the right length: a start hashes none. Journals are whole: 1,800 segments an hour.
ZHILU_STORE_GB makes it another size.
"""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from support.hours import SEGMENT, SEGMENTS
from support.recorder_world import World
from support.rounds import on_disk
from support.shapes import Tape
from zhilu.encoding import uuid7
from zhilu.recorder.adopted import Adopted
from zhilu.recorder.logbook import Logbook
from zhilu.recorder.run import open_logbook
from zhilu.sealed.lines import line_hash
from zhilu.sealed.segments import TAG_SIZE

START = """
import io, sys, time
from pathlib import Path
from zhilu.devices.clock import SystemClock
from zhilu.recorder.home import Home
from zhilu.recorder.run import Recorder, Screen, open_logbook
begun, home = time.monotonic(), Home(Path(sys.argv[1]))
Recorder(home, open_logbook(home), SystemClock(), Screen(io.StringIO())).power_on()
print(time.monotonic() - begun)
"""


def run() -> dict[str, float]:
    gigabytes = float(os.environ.get("ZHILU_STORE_GB", "32"))
    hours = max(1, round(gigabytes * 1e9 / (SEGMENT * SEGMENTS)))
    with on_disk() as name:
        world = World(name / "world")
        world.adopt()
        fill(world, hours)
        begun = time.monotonic()
        command = [sys.executable, "-c", START, str(world.home.folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        taken = time.monotonic() - begun
        assert done.returncode == 0, done.stderr
        newest = open_logbook(world.home).newest
        assert newest["recovered"]["segments"] == SEGMENTS + 1, newest["recovered"]
    return {"store_open_s": taken, "store_recover_s": float(done.stdout)}


def fill(world: World, hours: int) -> None:
    logbook = open_logbook(world.home)
    device = Device(logbook, world)
    logbook.write("boot", uptime_ms=0, checkpoint=None, software="zhilu")
    for number in range(hours):
        id_ = uuid7(int(device.at.timestamp() * 1000), device.rng.randbytes(10))
        opened = logbook.write("recording-opened", id=str(id_))
        tape = LongTape(device, id_, line_hash(opened))  # type: ignore[arg-type]
        tape.film()
        last = number == hours - 1
        if not last:
            tape.line("close", reason="end-of-source", segments=tape.count, length=tape.length)
        folder = world.home.recording(id_)
        folder.mkdir()
        (folder / "journal.jws").write_bytes(b"".join(tape.lines))
        with (folder / "media.sealed").open("wb") as media:
            media.truncate(tape.length + 4096 * last)
        if not last:
            logbook.write("recording-closed", **tape.closing())


class Device:
    """What a `Tape` asks of its recorder, from a real home."""

    def __init__(self, logbook: Logbook, world: World) -> None:
        policy = Adopted(world.home, logbook).policy
        assert policy is not None
        self.rng, self.signer, self.policy, self.version = Random(1), logbook.signer, policy, policy.version
        self.at, self.mono_us, self.drill = datetime.now(UTC), 0, None
        self.count = logbook.next_number

    def person(self) -> str:
        return str(uuid7(1_790_000_000_000, self.rng.randbytes(10)))


class LongTape(Tape):
    """An hour whose segments are nowhere."""

    count = 0

    def film(self) -> None:
        self.put(1000, 0, 0)
        for i in range(SEGMENTS):
            self.recorder.at += timedelta(seconds=2)
            self.recorder.mono_us += 2_000_000
            self.put(SEGMENT + TAG_SIZE, i * 2_000_000, 2_000_000)
            self.count_minutes()

    def put(self, length: int, pts_us: int, duration_us: int) -> None:
        place = {"i": self.count, "offset": self.length, "length": length, "sha256": "0" * 64}
        self.line("segment", **place, pts_us=pts_us, duration_us=duration_us)
        self.length, self.count = self.length + length, self.count + 1

    def closing(self) -> dict[str, Any]:
        return super().closing() | {"segments": self.count}
