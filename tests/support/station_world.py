"""A small bureau around a station: certificates, a ledger, recorders with recordings, an officer, a county.

The recorders are the real ones, behind their real dock. The county is a stand-in that keeps the rules of
spec/intake.md, so that it can be slow, away, wrong or stubborn on demand; tests/acceptance has the real one.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from support.ports import free_tcp_port
from support.recordings import Ledger, policy_core
from support.station_county import FakeCounty
from zhilu import strictjson
from zhilu.devices.clock import MediaClock, SystemClock
from zhilu.devices.fingerprint import Reader
from zhilu.devices.media.facts import Fragment, Header
from zhilu.encoding import b64u, format_time
from zhilu.pki import tls
from zhilu.pki.authority import Authority
from zhilu.protocols.docking_messages import EntriesRequest
from zhilu.recorder import home as recorder_home
from zhilu.recorder.adopt import Papers, adopt
from zhilu.recorder.dock import Dock
from zhilu.recorder.dock_http import DockServer, bind
from zhilu.recorder.recording import Recording, Scene
from zhilu.recorder.run import Recorder, Screen, open_logbook
from zhilu.softkey.ceremonies import Holder
from zhilu.station import home as station_home
from zhilu.station.daemon import Station

RP_ID = "dock.localhost"
HEADER = Header(b"header " * 40, "avc1.42c01e", 1280, 720, 1, 90_000)
OFFICER = "0193a000-0000-7000-8000-000000000001"
CLERK = "0193a000-0000-7000-8000-000000000002"
KEEPER = "0193a000-0000-7000-8000-000000000003"

PATIENCE_S = 60.0
"""Until what was waited for counts as not coming: all share one loop, on a machine that may be busy."""


@dataclass
class Device:
    """A recorder: its folder, its bay's TCP port, and the process that is played in this one."""

    home: recorder_home.Home
    kid: str
    serial: str
    port: int
    officer: Holder

    def record(self, *plaintexts: bytes) -> UUID:
        """One recording of a header and these fragments, made by the recorder's own code."""
        book = open_logbook(self.home)
        recorder = Recorder(self.home, book, SystemClock(0), Screen(_Nowhere()))
        recorder.power_on()
        clock = MediaClock(SystemClock(0))
        scene = Scene(HEADER, "test", recorder.session.policy(), recorder.adopted.duty)
        made = Recording.begin(self.home, book, scene, clock)
        for i, data in enumerate(plaintexts):
            made.append(Fragment(data, i * 2_000_000, 2_000_000))
        made.close("end-of-source")
        recorder.power_off("end-of-source")
        return made.id

    @asynccontextmanager
    async def docked(
        self, wrap: Callable[[Dock], Any] = lambda dock: dock, crl: bytes | None = None
    ) -> AsyncIterator[Docked]:
        """The recorder in its bay, until undocked or pulled out."""
        book = open_logbook(self.home)
        recorder = Recorder(self.home, book, SystemClock(0), Screen(_Nowhere()))
        recorder.power_on()
        certificate = self.home.file("tls.crt")
        context = tls.server_context(
            certificate, self.home.file("tls.key"), self.home.file("roots.pem"), "station", crl
        )
        dock = Dock(
            self.home,
            book,
            recorder.adopted,
            recorder.space,
            SystemClock(0),
            tls.own_der(certificate),
            erase_now=True,
        )
        stop = asyncio.Event()
        listener = bind("127.0.0.1:0")
        cable = Cable(self.port, listener.getsockname()[1])
        task = asyncio.create_task(DockServer(wrap(dock)).serve(listener, context, stop))
        task.add_done_callback(lambda _: asyncio.ensure_future(cable.cut()))
        await cable.plug()
        try:
            yield Docked(recorder, task, cable)
        finally:
            await cable.cut()
            stop.set()
            await asyncio.wait_for(task, PATIENCE_S)

    def lines(self) -> list[dict[str, Any]]:
        """The payloads of its logbook."""
        from zhilu.encoding import unb64u

        text = self.home.logbook.read_bytes().splitlines()
        return [json.loads(unb64u(line.split(b".")[1].decode())) for line in text]

    def types(self) -> list[str]:
        return [line["type"] for line in self.lines()]


@dataclass
class Docked:
    """A recorder that runs its dock; `task` ends when it is undocked."""

    recorder: Recorder
    task: asyncio.Task[str]
    cable: Cable

    async def undocked(self, seconds: float = PATIENCE_S) -> None:
        """Wait until the station has dismissed it."""
        await asyncio.wait_for(asyncio.shield(self.task), seconds)

    async def pull_out(self) -> None:
        await self.cable.cut()

    async def put_back(self) -> None:
        await self.cable.plug()


class Cable:
    """The bay's link: from its TCP port to the recorder's. Cut, nothing listens and nothing more arrives."""

    def __init__(self, bay_port: int, port: int) -> None:
        self._bay_port, self._port = bay_port, port
        self.bytes_per_s: float | None = None
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def plug(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._bay_port)

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(16_384):
                writer.write(data)
                await writer.drain()
                if self.bytes_per_s:
                    await asyncio.sleep(len(data) / self.bytes_per_s)
        except OSError:
            pass
        finally:
            writer.close()


class _Nowhere:
    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return False


class Bureau:
    """Everything under one temporary folder."""

    def __init__(self, folder: Path, bays: int = 1, code: str = "julu", least: str = "key") -> None:
        self.folder = folder
        self.authority = Authority.create(
            folder / "pki",
            bureau=code,
            domain="example",
            name_zh="巨鹿县税务局",
            name_en="Julu",
            now=datetime.now(UTC),
        )
        self.ledger = Ledger()
        self.ledger.append("bureau-founded/1", {"bureau": "julu"})
        self.ledger.append("policy-set/1", policy_core(officer_check_least=least))
        self.ports = [free_tcp_port() for _ in range(bays)]
        self.kiosk_port = free_tcp_port()
        self.origin = f"http://s1.{RP_ID}:{self.kiosk_port}"
        self.county = FakeCounty(self.ledger)
        self.names = {OFFICER: "李建国", CLERK: "王晓梅"}
        self.station_path = self._station()
        self.devices: list[Device] = []
        self.reader: Reader | None = None
        """The fingerprint reader at the kiosk."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    # -- the station

    def _station(self) -> Path:
        made = station_home.create(
            self.folder / "station",
            station_home.Wishes(
                bureau="julu",
                name="第一采集站",
                origin=self.origin,
                rp_id=RP_ID,
                tcp_port=self.kiosk_port,
                server_url=f"http://127.0.0.1:{self.county.port}",
                server_authority=self.county.authority,
                bays=tuple(f"127.0.0.1:{port}" for port in self.ports),
            ),
        )
        enrol = json.loads((made / "enrol.json").read_bytes())
        self.station_kid = enrol["kid"]
        self.county.enrol(enrol["kid"], enrol["jwk"])
        core = {
            "station": enrol["kid"],
            **{name: enrol[name] for name in ("jwk", "name", "bays", "rp_id", "origin")},
        }
        self.ledger.append("station-enrolled/1", core)
        certificate = self.authority.issue((made / "tls.csr").read_bytes(), "station", self.now())
        (made / "tls.crt").write_bytes(certificate)
        self._bring(made)
        return made

    def _bring(self, home: Path) -> None:
        (home / "roots.pem").write_bytes((self.authority.folder / "root.pem").read_bytes())
        (home / "crl.pem").write_bytes((self.authority.folder / "crl.pem").read_bytes())
        (home / "trust.json").write_bytes(self.trust())

    def trust(self) -> bytes:
        return strictjson.dumps(
            {
                "type": "zhilu-trust/1",
                "bureau": "julu",
                "name": {"zh": "巨鹿县税务局", "en": "Julu"},
                "issued": "2026-11-01T00:00:00.000Z",
                "roots": [(self.authority.folder / "root.pem").read_text()],
                "ledger": self.ledger.signer.vkey,
                "cosigners": [self.ledger.cosigner.vkey],
                "quorum": 1,
                "revoked": [],
            }
        )

    @asynccontextmanager
    async def station(self) -> AsyncIterator[Kiosk]:
        """The station running in this process, with the county beside it."""
        self.county.snapshot = self.snapshot
        async with self.county.served(), self.station_only() as kiosk:
            yield kiosk

    @asynccontextmanager
    async def station_only(self) -> AsyncIterator[Kiosk]:
        stop = asyncio.Event()
        station = Station(station_home.load(self.station_path), self.reader)
        task = asyncio.create_task(station.serve(stop))
        async with self.kiosk_client() as kiosk:
            kiosk.station, kiosk.task = station, task
            try:
                yield kiosk
            finally:
                stop.set()
                await asyncio.wait_for(task, PATIENCE_S)

    @asynccontextmanager
    async def kiosk_client(self) -> AsyncIterator[Kiosk]:
        """To a station wherever it runs."""
        headers = {"host": self.origin.partition("//")[2]}
        url = f"http://127.0.0.1:{self.kiosk_port}"
        async with httpx.AsyncClient(
            base_url=url, headers=headers, trust_env=False, timeout=PATIENCE_S
        ) as client:
            yield Kiosk(client)

    def snapshot(self, hours: float = 24, without: str = "") -> bytes:
        """What the county says of devices, as of the newest checkpoint."""
        from datetime import timedelta

        now, note, size = self.now(), self.ledger.checkpoint(self.now()), self.ledger.size
        kinds = [json.loads(leaf)["kind"] for leaf, _, _ in self.ledger.entries]
        entries = [self.ledger.prove(i, note, size) for i in range(size) if kinds[i] != without]
        for entry in entries:
            del entry["checkpoint"]
        return strictjson.dumps(
            {
                "type": "zhilu-snapshot/1",
                "bureau": "julu",
                "issued": format_time(now),
                "valid_until": format_time(now + timedelta(hours=hours)),
                "checkpoint": note.decode(),
                "entries": entries,
                "names": self.names,
                "revocations": (self.authority.folder / "crl.pem").read_text(),
            }
        )

    # -- recorders

    def recorder(
        self, bay: int = 1, serial: str = "XT-0001", officer: str = OFFICER, **assigned: Any
    ) -> Device:
        home = recorder_home.create(self.folder / serial, serial)
        enrol = json.loads(home.file("enrol.json").read_bytes())
        holder = Holder.new(officer, RP_ID, self.origin)
        self.ledger.append(
            "recorder-enrolled/1",
            {"recorder": enrol["kid"], **{name: enrol[name] for name in ("jwk", "serial", "counter_kind")}},
        )
        self.bind(enrol["kid"], bay)
        self.assign(enrol["kid"], bay, holder, **assigned)
        device = Device(home, enrol["kid"], serial, self.ports[bay - 1], holder)
        self._adopt(device)
        self.county.recorders[device.kid] = enrol["jwk"]
        self.devices.append(device)
        return device

    def bind(self, kid: str, bay: int, station: str = "") -> None:
        core = {"recorder": kid, "station": station or self.station_kid, "bay": bay}
        self.ledger.append("recorder-bound/1", core)

    def assign(self, kid: str, bay: int, holder: Holder, **changed: Any) -> None:
        core = {
            "recorder": kid,
            "officer": holder.person,
            "station": self.station_kid,
            "bay": bay,
            "rp_id": RP_ID,
            "origin": self.origin,
            "credentials": [
                {"id": b64u(holder.credential), "public_key": b64u(holder.key.credential(RP_ID).public_key)}
            ],
            "officer_check_least": "key",
            "drill": False,
            "deputy": False,
            "reason_code": "duty",
        }
        self.ledger.append("recorder-assigned/1", core | changed)

    def enrol_finger(self, person: str, finger: str = "right-index-finger", station: str = "") -> None:
        """What the county writes down when two persons said so at the kiosk."""
        persons = [person, KEEPER]
        core = {"person": person, "station": station or self.station_kid, "finger": finger}
        self.ledger.append("finger-enrolled/1", core | {"persons": persons, "word": "00" * 32})

    def _adopt(self, device: Device) -> None:
        note, size = self.ledger.checkpoint(self.now()), self.ledger.size
        mine = range(size - 3, size)
        policy, enrolled, bound, assigned = (self.ledger.prove(i, note, size) for i in (1, *mine))
        entries = {"checkpoint": note.decode(), "consistency": [], "entries": [policy, bound, assigned]}
        EntriesRequest.from_json(entries)
        certificate = self.authority.issue(device.home.file("tls.csr").read_bytes(), "recorder", self.now())
        papers = Papers(
            trust=self.trust(),
            certificate=certificate,
            roots=(self.authority.folder / "root.pem").read_bytes(),
            entries=strictjson.dumps(entries | {"enrolled": enrolled}),
            crl=None,
        )
        adopt(device.home, open_logbook(device.home), papers, device.serial, "file")


@dataclass
class Kiosk:
    """The kiosk's API, as the page and the demo use it."""

    client: httpx.AsyncClient
    station: Station = field(init=False, repr=False)
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    async def state(self) -> dict[str, Any]:
        try:
            return dict((await self.client.get("/api/state")).json())
        except httpx.ConnectError:
            if self.task is not None and self.task.done():
                self.task.result()
            return {"bays": [], "alarms": []}

    async def bay(self, number: int = 1) -> dict[str, Any]:
        bays = [bay for bay in (await self.state())["bays"] if bay["number"] == number]
        return bays[0] if bays else {"phase": "not started", "message": None}

    async def until(self, *phases: str, number: int = 1, seconds: float = PATIENCE_S) -> dict[str, Any]:
        """Wait for a phase; fails with what the bay says instead."""
        seen: list[str] = []
        async with asyncio.timeout(seconds) if seconds else asyncio.timeout(None):
            try:
                while (bay := await self.bay(number))["phase"] not in phases:
                    if seen[-1:] != [bay["phase"]]:
                        seen.append(bay["phase"])
                    await asyncio.sleep(0.02)
            except asyncio.CancelledError:
                raise AssertionError(f"bay {number}: {seen}, now {bay}") from None
        return bay

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self.client.post(path, json=body)

    async def begin(self, number: int = 1) -> dict[str, Any]:
        answer = await self.post(f"/api/bays/{number}/ceremony", {})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def hand_over(self, holder: Holder, number: int = 1) -> httpx.Response:
        """The officer touches the key."""
        from zhilu.encoding import unb64u

        asked = await self.begin(number)
        return await self.post(f"/api/bays/{number}/assertion", holder.sign(unb64u(asked["challenge"])))


async def eventually(check: Callable[[], bool | Awaitable[bool]], seconds: float = PATIENCE_S) -> None:
    async with asyncio.timeout(seconds):
        while True:
            result = check()
            if (await result) if isinstance(result, Awaitable) else result:
                return
            await asyncio.sleep(0.02)


def random_media(segments: int, size: int) -> list[bytes]:
    return [secrets.token_bytes(size) for _ in range(segments)]
