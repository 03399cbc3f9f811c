"""A recorder killed (SIGKILL) at random moments, 1,000 times: `recorder_lost_segments` = 0.

The driver and what it looks for afterwards: tests/support/kills.py. `recorder_kill_defects` = 0: recordings
that do not verify, and gaps that the next recording does not name. `recorder_restart_s`: the slowest start
until its `boot` line. ZHILU_KILLS makes it another number; 1,000 take some eight minutes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from support.recorder_world import World
from support.rounds import on_disk


def run() -> dict[str, float]:
    kills = os.environ.get("ZHILU_KILLS", "1000")
    with on_disk() as name:
        world = World(name / "world")
        world.adopt()
        command = [sys.executable, "-m", "support.kills", str(world.home.folder), kills, "1"]
        path = {"PYTHONPATH": str(Path(__file__).parent.parent / "tests")}
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | path)
        assert done.returncode == 0, done.stderr
        outcome = json.loads(done.stdout)
    for finding in outcome["lost"] + outcome["defects"] + outcome["gaps_unsaid"]:
        print(finding)
    return {
        "recorder_lost_segments": len(outcome["lost"]),
        "recorder_kill_defects": len(outcome["defects"]) + len(outcome["gaps_unsaid"]),
        "recorder_kills": outcome["kills"],
        "recorder_restart_s": outcome["restart_s"],
    }
