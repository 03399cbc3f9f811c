"""A recorder that has lived long: a logbook of many lines, a journal left open, a full store."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from support.recorder_world import World
from zhilu.devices.clock import SystemClock
from zhilu.devices.sources.scene import SceneSource
from zhilu.durable import Appender, write_all
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook
from zhilu.recorder.recording import Recording, Scene
from zhilu.recorder.run import Recorder, open_logbook
from zhilu.recorder.screen import Screen
from zhilu.sealed.lines import unverified_payload

LINES_A_DAY = 8


@contextmanager
def unsynced() -> Iterator[None]:
    """While a past is made up, nothing waits for the disk."""
    append = Appender.append
    Appender.append = _append  # type: ignore[method-assign]
    try:
        yield
    finally:
        Appender.append = append  # type: ignore[method-assign]


def _append(self: Appender, data: bytes) -> None:
    write_all(self._handle, data)
    self.size += len(data)


@contextmanager
def counted_in_memory(logbook: Logbook, home: Home) -> Iterator[None]:
    numbers = Numbers(logbook.number)
    logbook._counter = numbers
    yield
    home.file("counter").write_text(f"{numbers.value()}\n")


class Numbers:
    """A counter in memory."""

    kind = "file"

    def __init__(self, value: int) -> None:
        self._value = value

    def value(self) -> int:
        return self._value

    def increase(self) -> int:
        self._value += 1
        return self._value

    def seen(self, number: int) -> None:
        """The number is kept here."""


def a_life(home: Home, lines: int) -> None:
    """Days that were recorded, docked and cleared, in so many lines of the logbook."""
    logbook = open_logbook(home)
    with unsynced(), counted_in_memory(logbook, home):
        for day in range(lines // LINES_A_DAY):
            _a_day(logbook, day)


def left_open(home: Home, journal: int, media: int) -> None:
    """A recording with so many lines and bytes that a power cut ended."""
    logbook = open_logbook(home)
    with unsynced(), counted_in_memory(logbook, home):
        _die_while_recording(home, logbook, journal, media)


def _a_day(logbook: Logbook, day: int) -> None:
    recording = str(UUID(int=(0x01A20D4702D2 << 80) | (7 << 76) | (2 << 62) | day))
    logbook.write("boot", uptime_ms=5, checkpoint=None, software="zhilu")
    logbook.write("storage", free=5, total=10)
    logbook.write("recording-opened", id=recording)
    counts = {"lines": 1000, "last": "ab" * 32, "segments": 900, "length": 10**9, "minutes": 0}
    logbook.write("recording-closed", id=recording, **counts)
    logbook.write("docked", handover="ab" * 32, station_nonce="A" * 43, checkpoint="ab" * 32)
    logbook.write("cleared", id=recording, receipt="ab" * 32, index=day, checkpoint="ab" * 32)
    logbook.write("battery", percent=5)
    logbook.write("shutdown", reason="power-off")


def _die_while_recording(home: Home, logbook: Logbook, journal: int, media: int) -> None:
    recorder = Recorder(home, logbook, SystemClock(), Screen(io.StringIO()))
    source = SceneSource()
    scene = Scene(source.open(), "test", recorder.session.policy(), recorder.adopted.duty)
    recording = Recording.begin(home, logbook, scene, SystemClock())
    for number in range(journal - 2):
        recording._line("gap", from_us=number, to_us=number, reason="source")
    recording.abandon()
    if media:
        # The rest that no line vouches for: a hole, which reads as so many bytes and takes no room.
        os.truncate(home.recording(recording.id) / "media.sealed", media)


def restart_seconds(home: Home) -> float:
    """From the start of a fresh process to `recording-opened`; it is killed then."""
    begun = time.monotonic()
    size = home.logbook.stat().st_size
    process = subprocess.Popen(
        [sys.executable, "-m", "zhilu.cli", "recorder", "run", "--home", home.folder, "--source", "test"],
        stdout=subprocess.DEVNULL,
    )
    try:
        while not _opened(home.logbook, size):
            assert process.poll() is None and time.monotonic() - begun < 60
            time.sleep(0.005)
        return time.monotonic() - begun
    finally:
        process.terminate()
        process.wait(30)


def _opened(logbook: Path, size: int) -> bool:
    with logbook.open("rb") as file:
        file.seek(size)
        lines = file.read().split(b"\n")[:-1]
    return any(unverified_payload(line)["type"] == "recording-opened" for line in lines)


def restart_after_a_life_seconds(lines: int = 100_000, journal: int = 20_000) -> float:
    """A start over a long logbook, which the last start but one has read, and a long journal left open."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.adopt()
        a_life(world.home, lines)
        left_open(world.home, journal, 2**35)
        return restart_seconds(world.home)
