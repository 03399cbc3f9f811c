"""The loop again and again: `soak.py MINUTES`. Each run must end well, leave nothing, and stay as quick.
Between two runs a recorder is killed 20 times at random moments, and a station meets 50 faults: nothing
durable may be lost; property tests ask what they never asked. Should the time be over before there were 1,000
faults, they go on until there were.

Prints one line a run; stops at the first failure with its output.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.kills import kill_apart  # noqa: E402
from support.loop import run_loop  # noqa: E402
from support.recorder_world import World  # noqa: E402
from support.station_faults import faults_apart  # noqa: E402

SLOWER = 3.0
FAULTS, LEAST_FAULTS = 50, 1000


def kills_do_no_harm(seed: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.adopt()
        outcome = kill_apart(world.home, 20, seed)
    if outcome.lost or outcome.defects or outcome.gaps_unsaid:
        print(outcome, file=sys.stderr)
        return False
    return True


def faults_do_no_harm(seed: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        outcome = faults_apart(Path(folder) / "world", FAULTS, seed)
    print(f"station faults {seed}: {outcome.count}, lost {outcome.lost_bytes} B", flush=True)
    if not outcome.sound:
        print(outcome, file=sys.stderr)
    return outcome.sound


def properties_hold() -> bool:
    asked = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "-m",
        "hypothesis",
        "--hypothesis-profile",
        "new",
    ]
    ran = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    if ran.returncode:
        print(ran.stdout, ran.stderr, file=sys.stderr)
    else:
        print(f"property tests: {ran.stdout.splitlines()[-1]}", flush=True)
    return not ran.returncode


def main(minutes: float) -> int:
    deadline, first, number = time.monotonic() + minutes * 60, 0.0, 0
    while time.monotonic() < deadline:
        number += 1
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            loop = run_loop(Path(folder) / "kept", "--seconds", "10")
        seconds = time.monotonic() - begun
        first = first or seconds
        print(f"run {number}: exit {loop.code}, {seconds:.1f} s, left {len(loop.left)} processes", flush=True)
        if loop.code or loop.left or loop.temporary or seconds > SLOWER * first:
            print(loop.output, *loop.left, *loop.temporary, sep="\n", file=sys.stderr)
            return 1
        if not (kills_do_no_harm(number) and faults_do_no_harm(number) and properties_hold()):
            return 1
    for seed in range(number + 1, LEAST_FAULTS // FAULTS + 1):
        if not faults_do_no_harm(seed):
            return 1
    print(f"soak: {number} runs passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
