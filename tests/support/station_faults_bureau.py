"""A bureau of real programs with one station of many bays: county server, keyholder, station, recorders.

Founded by the demo's own steps, with a recorder and an officer for each bay. Who starts the programs, and
what lies between them, is the caller's: `station34` docks all recorders at once, the fault harness kills and
cuts.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from support.ports import free_tcp_port
from zhilu.demo import founding
from zhilu.demo.people import Cast, Person
from zhilu.demo.place import BUREAU, Place
from zhilu.devices.clock import MediaClock, SystemClock
from zhilu.devices.media.facts import Fragment, Header
from zhilu.encoding import unb64u
from zhilu.pki.authority import Authority
from zhilu.recorder import home as recorder_home
from zhilu.recorder.adopt import Papers, adopt
from zhilu.recorder.recording import Recording, Scene
from zhilu.recorder.run import Recorder, open_logbook
from zhilu.recorder.screen import Screen
from zhilu.station import home as station_home

HEADER = Header(b"header " * 40, "avc1.42c01e", 1280, 720, 1, 90_000)
SEGMENT_US = 2_000_000


@dataclass(frozen=True)
class Seat(Place):
    """The demo's place, seen from one bay: its recorder is another one."""

    number: int = 1

    def home(self, program: str) -> Path:
        return self.work / (f"recorder-{self.number}" if program == "recorder" else program)


@dataclass
class Bay:
    """One bay with its recorder and officer. `tcp_port`: where the station looks for the recorder."""

    number: int
    tcp_port: int
    seat: Seat
    officer: Person

    @property
    def home(self) -> recorder_home.Home:
        return recorder_home.Home(self.seat.home("recorder"))

    def enrolment(self) -> dict[str, Any]:
        return founding.enrolment(self.seat, "recorder")

    def record(self, segments: int, size: int) -> UUID:
        """A sealed recording of random bytes, by the recorder's own code; `size` bytes a segment."""
        book = open_logbook(self.home)
        recorder = Recorder(self.home, book, SystemClock(0), Screen(io.StringIO()))
        recorder.power_on()
        session, duty = recorder.session, recorder.adopted.duty
        scene = Scene(HEADER, "test", session.policy(), duty)
        made = Recording.begin(self.home, book, scene, MediaClock(SystemClock(0)))
        for i in range(segments):
            made.append(Fragment(secrets.token_bytes(size), i * SEGMENT_US, SEGMENT_US))
        made.close("end-of-source")
        recorder.power_off("end-of-source")
        return made.id

    def lines(self) -> list[dict[str, Any]]:
        """The whole lines of the recorder's logbook, read here, verified elsewhere."""
        whole = self.home.logbook.read_bytes().rpartition(b"\n")[0]
        return [json.loads(unb64u(line.split(b".")[1].decode())) for line in whole.splitlines()]


class RealBureau:
    """Made whole by `make`, then programs are started: county and keyholder before `adopt_all`."""

    def __init__(self, folder: Path, bays: int) -> None:
        self.place = Place(folder, folder / "kept", _free_base())
        self.place.logs.mkdir(parents=True)
        self.county_tcp = self.place.server_tcp
        self.cast = Cast(self.place)
        self.bays = [self._bay(number) for number in range(1, bays + 1)]

    def _bay(self, number: int) -> Bay:
        place = self.place
        seat = Seat(place.work, place.kept, place.tcp_base, number=number)
        officer = self.cast.officer
        if number > 1:
            officer = Person(
                f"o{number}", f"执法员{number:02d}", f"1305{number:04d}", "检查一科", ("officer",)
            )
            officer.key.create(place.dock_rp, place.kiosk_origin, officer.name)
        return Bay(number, free_tcp_port(), seat, officer)

    def make(self, server_tcp: int | None = None) -> None:
        """Homes, certificates, ledger. `server_tcp`: where the station finds the county, if not at its own
        port."""
        place = self.place
        founding.make_authority(place)
        founding.make_homes(self.bays[0].seat, self.cast)
        for bay in self.bays[1:]:
            recorder_home.create(bay.home.folder, f"XT-{bay.number:04d}")
        self._make_station(server_tcp or place.server_tcp)
        self._issue()
        founding.write_trust(place)
        events = founding.founding_events(self.bays[0].seat, self.cast)
        for bay in self.bays[1:]:
            events += self._events(bay)
        file = place.work / "founding.json"
        file.write_text(json.dumps(events, ensure_ascii=False))
        founding.run("server", "import", "--home", place.home("server"), file, log=place.logs / "import.log")

    def _make_station(self, server_tcp: int) -> None:
        place, home = self.place, self.place.home("station")
        shutil.rmtree(home)  # of the demo's one bay
        wishes = station_home.Wishes(
            bureau=BUREAU,
            name="第一采集站",
            origin=place.kiosk_origin,
            rp_id=place.dock_rp,
            tcp_port=place.kiosk_tcp,
            server_url=f"http://127.0.0.1:{server_tcp}",
            server_authority=place.server_authority,
            bays=tuple(f"127.0.0.1:{bay.tcp_port}" for bay in self.bays),
        )
        station_home.create(home, wishes)

    def _issue(self) -> None:
        authority = Authority.open(self.place.home("pki"))
        homes = [(self.place.home("station"), "station")]
        homes += [(bay.home.folder, "recorder") for bay in self.bays]
        for home, role in homes:
            csr = (home / "tls.csr").read_bytes()
            (home / "tls.crt").write_bytes(authority.issue(csr, role, datetime.now(UTC)))
            for name, source in (("roots.pem", "root.pem"), ("crl.pem", "crl.pem")):
                (home / name).write_bytes((authority.folder / source).read_bytes())

    def _events(self, bay: Bay) -> list[dict[str, Any]]:
        """What the founding says of one more officer and recorder."""
        cast = Cast.__new__(Cast)
        cast.place, cast.officer = self.place, bay.officer
        devices = founding.device_events(bay.seat, cast)
        for event in devices:
            core = event["core"]
            if "bay" in core:
                core["bay"] = bay.number
        mine = [
            event
            for event in devices
            if event["kind"] != "station-enrolled/1"
            and "station" not in (event["core"].get("kind"), event["core"].get("role"))
        ]
        return [*bay.officer.events(), *bay.officer.trained(), *mine]

    def wait_for_checkpoint(self, seconds: float = 60) -> None:
        """Founded, signed, cosigned: from here on recorders can adopt."""
        deadline, url = time.monotonic() + seconds, f"http://127.0.0.1:{self.place.server_tcp}"
        while time.monotonic() < deadline:
            try:
                headers = {"Host": self.place.server_authority}
                if httpx.get(f"{url}/ledger/checkpoint", headers=headers, trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError("no checkpoint came")

    def adopt_all(self) -> None:
        """Every recorder takes on its bureau; the county's part in one process for all."""
        kids = [bay.enrolment()["kid"] for bay in self.bays]
        out = self.place.work / "adopt"
        out.mkdir()
        words = [sys.executable, "-m", "support.station_faults_papers", self.place.home("server"), out]
        environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
        environ.pop("DJANGO_SETTINGS_MODULE", None)
        subprocess.run([*map(str, words), *kids], check=True, env=environ)
        for bay, kid in zip(self.bays, kids, strict=True):
            folder = bay.home.folder
            papers = Papers.read(
                self.place.kept / "trust.json",
                folder / "tls.crt",
                folder / "roots.pem",
                out / f"{kid}.json",
                folder / "crl.pem",
            )
            config = bay.home.config()
            adopt(bay.home, open_logbook(bay.home), papers, config.serial, config.counter.kind)


def _free_base() -> int:
    from support.loop import free_tcp_base

    return free_tcp_base()
