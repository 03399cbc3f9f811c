"""Kills of a real recorder: `python -m support.kills HOME KILLS SEED` prints what came of it as JSON.

A process without threads forks a child that runs the recorder at full speed, and kills it with SIGKILL at a
random moment: also in the middle of a start. The next child is the restart. Each child tells through a pipe,
which outlives it, what was durable when: that is what must be found afterwards.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from support.lines import payloads
from support.recordings import MemoryMedia
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook, read_lines
from zhilu.recorder.recording import Recording
from zhilu.recorder.run import Options, open_logbook, run
from zhilu.sealed.recording import verify_recording

MOST_TOLD, LONGEST_S = 4, 0.15
"""A life ends so many steps (its start, its segments) after its begin, and a moment later."""
ALLOWED = {"counter"}
"""A cut between the counter and its line is reported, and must be."""


@dataclass
class Outcome:
    kills: int = 0
    recordings: int = 0
    segments: int = 0
    """Durable, as the killed processes said themselves."""
    lost: list[str] = field(default_factory=list)
    """Segments that were durable and are not there."""
    defects: list[str] = field(default_factory=list)
    gaps_unsaid: list[str] = field(default_factory=list)
    counter_findings: int = 0
    restart_s: float = 0.0
    """The longest time from a start to its `boot` line."""


def kill_again_and_again(home: Home, kills: int, seed: int) -> Outcome:
    chance, outcome, durable = random.Random(seed), Outcome(kills), set[tuple[str, int]]()
    for _ in range(kills):
        durable |= _one_life(home, chance.randrange(MOST_TOLD), chance.random() * LONGEST_S, outcome)
    _one_life(home, 0, None, outcome)
    judge(home, durable, outcome)
    return outcome


def _one_life(home: Home, steps: int, seconds: float | None, outcome: Outcome) -> set[tuple[str, int]]:
    """What was durable, as {(recording, segment)}. `seconds` None: it may end by itself."""
    reading, writing = os.pipe()
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _film(home, writing, begun, 1.0 if seconds is None else 1e6)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        lines = [pipe.readline() for _ in range(steps)]
        if seconds is not None:
            time.sleep(seconds)
            os.kill(child, signal.SIGKILL)
        told = [line.split() for line in (*lines, *pipe) if line.endswith("\n")]
    _pid, status = os.waitpid(child, 0)
    if seconds is None and status != 0:
        outcome.defects.append(f"the last start failed: {status}")
    booted = [float(word[1]) for word in told if word[0] == "boot"]
    outcome.restart_s = max([outcome.restart_s, *booted])
    return {(word[1], int(word[2])) for word in told if word[0] == "segment"}


def _film(home: Home, pipe: int, begun: float, seconds: float) -> None:
    """The child: the recorder as it is, only that it tells what is durable."""
    status = 1
    try:
        append, write = Recording.append, Logbook.write

        def telling(self: Recording, *arguments: object) -> None:
            append(self, *arguments)  # type: ignore[arg-type]
            os.write(pipe, f"segment {self.id} {self.segments - 1}\n".encode())

        def booting(self: Logbook, type_: str, *arguments: object, **fields: object) -> bytes:
            line = write(self, type_, *arguments, **fields)  # type: ignore[arg-type]
            if type_ == "boot":
                os.write(pipe, f"boot {time.monotonic() - begun}\n".encode())
            return line

        Recording.append, Logbook.write = telling, booting  # type: ignore[method-assign,assignment]
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
            status = run(home, Options("test", seconds=seconds))
    except BaseException as error:
        print(repr(error), file=sys.stderr)
    finally:
        os._exit(status)


def judge(home: Home, durable: set[tuple[str, int]], outcome: Outcome) -> None:
    """By the verifier, which shares nothing with recovery's decisions."""
    lines = payloads(home.logbook)
    reader = open_logbook(home).reader
    outcome.counter_findings = sum(finding.code == "counter" for finding in reader.findings)
    opened = [line for line in lines if line["type"] == "recording-opened"]
    closed = {line["id"]: line for line in lines if line["type"] in ("recording-closed", "recovered")}
    outcome.recordings, outcome.segments = len(opened), len(durable)
    for line in opened:
        end = closed.get(line["id"])
        if end is None:
            outcome.defects.append(f"{line['id']} is open")
        elif end["lines"]:
            _judge_one(home, end, outcome)
    for recording, i in sorted(durable):
        if recording not in closed or i >= closed[recording]["segments"]:
            outcome.lost.append(f"{recording} {i}")
    for before, after in itertools.pairwise(opened):
        end = closed.get(before["id"], {})
        wanted = {"id": before["id"], "until": end.get("until")}
        if end.get("type") == "recovered" and after.get("follows") != wanted:
            outcome.gaps_unsaid.append(after["id"])


def _judge_one(home: Home, end: dict[str, object], outcome: Outcome) -> None:
    folder = home.recordings / str(end["id"])
    media = folder / "media.sealed"
    sealed = MemoryMedia(media.read_bytes() if media.exists() else b"")
    report = verify_recording(read_lines(folder / "journal.jws"), sealed, read_lines(home.logbook))
    codes = {finding.code for finding in report.defects}
    if codes - ALLOWED or report.facts.get("segments_sound", 0) != end["segments"]:
        outcome.defects.append(f"{end['id']}: {sorted(codes)}")


def kill_apart(home: Home, count: int, seed: int) -> Outcome:
    """In a process of its own: one that forks must have no threads."""
    made = subprocess.run(
        [sys.executable, "-m", "support.kills", home.folder, str(count), str(seed)],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        check=True,
    )
    return Outcome(**json.loads(made.stdout))


def main(folder: str, kills: str, seed: str) -> None:
    gc.freeze()
    print(json.dumps(asdict(kill_again_and_again(Home(Path(folder)), int(kills), int(seed)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
