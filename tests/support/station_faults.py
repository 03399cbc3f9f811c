"""`python -m support.station_faults FOLDER FAULTS SEED`: a station at work while everything round it breaks.
Prints what came of it as JSON.

Three bays, real programs: recorders come home, again and again, with recordings whose bytes are remembered.
Meanwhile, drawn by the seed: programs are killed (SIGKILL of station, recorder, county) or stopped; links are
cut in the middle of a byte stream, taken down, made to change a byte, made to lose an answer after the deed
was done; files may not grow (station, county). A fault counts when it took effect. What is drawn follows the
seed; at which step it strikes depends on the machine besides.

The invariants: a recorder that says `cleared` finds the county holding every byte of the recording under
one entry, at that moment and at the end; in the end everything is stored, once, and a stranger's check finds
it sound. What SIGKILL cannot show: that what was written was synced (power cuts: tests/recorder).
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

from support.ports import free_tcp_port
from support.station_faults_bays import Hall, Home
from support.station_faults_bureau import RealBureau
from support.station_faults_harm import Harmer
from support.station_faults_judge import Judge
from support.station_faults_link import Link
from support.station_faults_programs import Program

BAYS = 3
QUIET_S = 90
"""In which everything must come to its end, once nothing breaks any more."""


@dataclass
class Outcome:
    faults: dict[str, int] = field(default_factory=dict)
    recordings: int = 0
    dockings: int = 0
    restarted: int = 0
    """Programs that ended by themselves, on a full disk say, and were started again as their unit does."""
    lost_bytes: int = 0
    early: list[str] = field(default_factory=list)
    """Recordings whose recorder was cleared before the county held them whole."""
    twice: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    """Everything else that must not be: left over, unsound, a program that fell over by itself."""

    @property
    def count(self) -> int:
        return sum(self.faults.values())

    @property
    def sound(self) -> bool:
        return not (self.lost_bytes or self.early or self.twice or self.defects)


class World:
    """The bureau with its programs and links."""

    def __init__(self, folder: Path) -> None:
        self.bureau = bureau = RealBureau(folder, BAYS)
        place, county_tcp = bureau.place, free_tcp_port()
        bureau.make(server_tcp=county_tcp)
        self.county_link = Link(county_tcp, place.server_tcp)
        logs = place.logs
        self.county = Program(logs / "county.log", "server", "run", "--home", place.home("server"))
        self.keyholder = Program(logs / "kh.log", "keyholder", "run", "--home", place.home("keyholder"))
        self.station = Program(logs / "station.log", "station", "run", "--home", place.home("station"))
        self.homes = [Home(bay, free_tcp_port(), logs) for bay in bureau.bays]

    async def start(self) -> None:
        for program in (self.county, self.keyholder):
            program.start()
        await asyncio.to_thread(self.bureau.wait_for_checkpoint)
        await asyncio.to_thread(self.bureau.adopt_all)
        for link in (self.county_link, *(home.link for home in self.homes)):
            await link.up()
        self.station.start()

    async def keep_running(self, outcome: Outcome) -> None:
        while True:
            for program in (self.station, self.county, self.keyholder):
                if not program.runs and not program.harmed:
                    outcome.restarted += 1
                    program.start()
            await asyncio.sleep(0.3)

    def end(self) -> None:
        programs = [self.station, self.county, self.keyholder, *(home.recorder for home in self.homes)]
        for program in programs:
            program.kill()


async def break_everything(folder: Path, faults: int, seed: int) -> Outcome:
    outcome, world = Outcome(), World(folder)
    judge = Judge(world.bureau, outcome)
    try:
        await world.start()
        hall = Hall(world.bureau, judge, outcome)
        keeping = asyncio.create_task(world.keep_running(outcome))
        harmers = [Harmer(world, Random(f"{seed} {name}"), outcome, faults) for name in ("a", "b")]
        working = [
            asyncio.create_task(hall.work(home, Random(f"{seed} {home.number}"))) for home in world.homes
        ]
        await asyncio.gather(*(harmer.run() for harmer in harmers))
        hall.closing = True
        async with asyncio.timeout(QUIET_S):
            await asyncio.gather(*working)
        keeping.cancel()
        await judge.at_the_end(world.bureau.place.home("station") / "spool")
    except TimeoutError:
        said = world.station.log.read_text(errors="replace")[-3000:]
        outcome.defects.append(f"it does not come to an end: {await hall.state()}; {said}")
    finally:
        world.end()
    judge.read_log(world.station.log)
    return outcome


def faults_apart(folder: Path, faults: int, seed: int) -> Outcome:
    """In a process of its own, with its own folder."""
    tests = Path(__file__).parent.parent
    words = [str(folder), str(faults), str(seed)]
    done = subprocess.run(
        [sys.executable, "-m", "support.station_faults", *words],
        env=os.environ | {"PYTHONPATH": str(tests)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return Outcome(**json.loads(done.stdout.splitlines()[-1]))


def main(folder: str, faults: str, seed: str) -> None:
    outcome = asyncio.run(break_everything(Path(folder), int(faults), int(seed)))
    print(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    main(*sys.argv[1:])
