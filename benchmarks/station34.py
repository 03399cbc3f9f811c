"""34 recorders come home at once: real recorders' docks, one station, one county.

- `station34_ratio` ≥ 0.5: the bound's time as share of the run's. The run lasts from the first officer's
  touch until the last recorder was dismissed: collected, stored, receipted, cleared. The bound, over the same
  bytes in the same run: `cp` with fsync twice, `openssl dgst -sha256` three times, AES-256-GCM four times.
- `station_bay_mb_s` ≥ 20: a bay alone, from the touch until the recorder was dismissed.
- `station_overhead_s` ≤ 3: from a recorder in its dock to `safe to take`, where it holds next to nothing and
  the officer touches the key at once. Median of five.
- `station_rss_mb` ≤ 300: the most memory that the station's process had.

Everything lies on one disk and runs on this machine: recorders in two processes, the county's ledger with a
real cosigner. Keys are software keys; the officers come one after the other. Every recording is then verified
as a stranger would. ZHILU_STATION34_MB: of each recorder's recording (24).
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from support.rounds import on_disk
from support.station_faults_bureau import Bay, RealBureau
from zhilu.demo.http import Api
from zhilu.demo.processes import Programs, peak_of
from zhilu.encoding import unb64u

BAYS, HELPERS, TRIES = 34, 2, 5
SEGMENT = 1_450_000
"""Bytes: 2 s at 5.8 Mbit/s."""
PIECE = 1 << 20
LOOK_S = 0.25
"""While all are busy: the page is told four times a second at most."""
TESTS = Path(__file__).parent.parent / "tests"


def run() -> dict[str, float]:
    segments = max(1, round(float(os.environ.get("ZHILU_STATION34_MB", "24")) * 1e6 / SEGMENT))
    with on_disk() as name:
        bureau = RealBureau(name, BAYS)
        bureau.make()
        with Programs(bureau.place.logs) as programs:
            _start(bureau, programs)
            hall = Hall(bureau, programs)
            overhead = [hall.come_home(hall.record([bay], 1, 1000)) for bay in bureau.bays[:TRIES]]
            alone = hall.come_home(hall.record(bureau.bays[-1:], 8 * segments, SEGMENT))
            # The machine may be busier at one time than at another: the bound before and after.
            made = hall.record(bureau.bays, segments, SEGMENT)
            bound = _bound([bay.home.recording(id_) / "media.sealed" for bay, id_ in made])
            everybody = hall.come_home(made)
            peak = peak_of(programs.pid("station"))
            hall.check()
            bound = (bound + _bound(hall.media()[-BAYS:])) / 2
    return {
        "station34_ratio": bound / everybody.seconds,
        "station34_s": everybody.seconds,
        "station34_bound_s": bound,
        "station34_mb": everybody.length / 1e6,
        "station_bay_mb_s": alone.length / 1e6 / alone.seconds,
        "station_overhead_s": statistics.median(one.from_docking for one in overhead),
        "station_rss_mb": peak,
    }


def _start(bureau: RealBureau, programs: Programs) -> None:
    place = bureau.place
    for program in ("server", "keyholder"):
        programs.start(program, program, "run", "--home", place.home(program))
    bureau.wait_for_checkpoint()
    bureau.adopt_all()
    programs.start("station", "station", "run", "--home", place.home("station"))
    programs.wait_listening("station", place.kiosk_tcp)


class Taken:
    """What one coming home took. `seconds` from the first touch, `from_docking` from the docks' start."""

    def __init__(self, seconds: float, from_docking: float, length: int) -> None:
        self.seconds, self.from_docking, self.length = seconds, from_docking, length


class Hall:
    """The kiosk with its officers, and the recorders that they bring."""

    def __init__(self, bureau: RealBureau, programs: Programs) -> None:
        self.bureau, self.programs = bureau, programs
        self.api = Api(bureau.place.kiosk_tcp, bureau.place.kiosk_authority)
        self.recordings: list[str] = []

    def record(self, bays: list[Bay], segments: int, size: int) -> list[tuple[Bay, UUID]]:
        made = [(bay, bay.record(segments, size)) for bay in bays]
        self.recordings += [str(id_) for _, id_ in made]
        return made

    def come_home(self, made: list[tuple[Bay, UUID]]) -> Taken:
        bays = [bay for bay, _ in made]
        length = sum((bay.home.recording(id_) / "media.sealed").stat().st_size for bay, id_ in made)
        self.leave(bays)
        docks = [_dock(bays[i::HELPERS]) for i in range(HELPERS) if bays[i::HELPERS]]
        try:
            self._until(lambda: all(_listens(bay) for bay in bays))
            docked = time.monotonic()
            touched = 0.0
            for bay in bays:
                self._until(lambda bay=bay: self._phases([bay]) == {"waiting-officer"})
                touched = touched or time.monotonic()
                self.touch(bay)
            self._until(lambda: self._phases(bays) <= {"safe-to-take", "cleared"}, LOOK_S)
            safe = time.monotonic()
            for dock in docks:
                assert dock.wait(300) == 0
            ended = max(safe, time.monotonic()) if len(bays) > 1 else safe
        finally:
            for dock in docks:
                dock.kill()
        assert all(self._cleared(bay, str(id_)) for bay, id_ in made)
        return Taken(ended - touched, safe - docked, length)

    def touch(self, bay: Bay) -> None:
        asked = self.api.post(f"/api/bays/{bay.number}/ceremony", {})
        allow = [unb64u(each) for each in asked["allow"]]
        origin = self.bureau.place.kiosk_origin
        said = bay.officer.key.assert_(unb64u(asked["challenge"]), asked["rp_id"], origin, allow)
        self.api.post(f"/api/bays/{bay.number}/assertion", said)

    def leave(self, bays: list[Bay]) -> None:
        """Until the station has seen that the bays are empty."""
        self._until(lambda: self._phases(bays) <= {"empty", "cleared"})

    def _phases(self, bays: list[Bay]) -> set[str]:
        """By one question: the page asks once for all bays too."""
        numbers = {bay.number for bay in bays}
        rows = self.api.get("/api/state")["bays"]
        phases = {str(row["phase"]) for row in rows if row["number"] in numbers}
        assert not phases & {"refused", "fault"}, rows
        return phases

    def _until(self, done: object, every_s: float = 0.05) -> None:
        deadline = time.monotonic() + 300
        while not done():  # type: ignore[operator]
            self.programs.check_alive("station")
            assert time.monotonic() < deadline, self.api.get("/api/state")
            time.sleep(every_s)

    def _cleared(self, bay: Bay, recording: str) -> bool:
        return any(line["type"] == "cleared" and line["id"] == recording for line in bay.lines())

    def media(self) -> list[Path]:
        store = self.bureau.place.home("server") / "store/recordings"
        return [store / recording / "media.sealed" for recording in self.recordings]

    def check(self) -> None:
        """Everything is with the county, nothing with station or recorder, and a stranger believes it."""
        assert all(path.exists() for path in self.media())
        assert not [path for bay in self.bureau.bays for path in bay.home.recordings.iterdir()]
        spool = self.bureau.place.home("station") / "spool"
        self._until(lambda: not list(spool.glob("*/state.json")))
        place = self.bureau.place
        words = [place.home("server"), place.kept / "trust.json", place.work / "evidence", *self.recordings]
        command = [sys.executable, "-m", "support.station_faults_check", *map(str, words)]
        done = subprocess.run(command, env=_environ(), capture_output=True, text=True, check=True)
        assert json.loads(done.stdout.splitlines()[-1]) == {}, done.stdout


def _dock(bays: list[Bay]) -> subprocess.Popen[bytes]:
    words = [word for bay in bays for word in (str(bay.home.folder), f"127.0.0.1:{bay.tcp_port}")]
    return subprocess.Popen([sys.executable, "-m", "support.station_faults_docks", *words], env=_environ())


def _environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return kept | {"PYTHONPATH": str(TESTS)}


def _listens(bay: Bay) -> bool:
    wanted = f"0100007F:{bay.tcp_port:04X}"
    rows = (row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return any(row[1] == wanted and row[3] == "0A" for row in rows)


def _bound(files: list[Path]) -> float:
    """Seconds for the same bytes by the plainest means."""
    begun = time.monotonic()
    with on_disk() as name:
        for number, path in enumerate(2 * files):
            copy = name / str(number)
            subprocess.run(["cp", path, copy], check=True)
            handle = os.open(copy, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
        for _ in range(3):
            subprocess.run(["openssl", "dgst", "-sha256", *files], check=True, stdout=subprocess.DEVNULL)
        cipher = AESGCM(bytes(32))
        for number in range(4):
            for path in files:
                with path.open("rb") as file:
                    while data := file.read(PIECE):
                        cipher.encrypt(number.to_bytes(12, "big"), data, None)
        ended = time.monotonic()
    return ended - begun
