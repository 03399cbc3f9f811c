"""A recorder in its dock over real TLS, and a station that can speak well or badly."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from support.recorder_world import ORIGIN, RP_ID, World
from zhilu.devices.clock import SystemClock
from zhilu.devices.counter import FileCounter
from zhilu.devices.sources.base import Pace
from zhilu.devices.sources.scene import SceneSource
from zhilu.encoding import format_time, unb64u
from zhilu.pki import tls
from zhilu.protocols import docking_messages as messages
from zhilu.protocols.docking_handover import Handover, handover_digest, listed, station_signature
from zhilu.recorder.adopted import Adopted
from zhilu.recorder.dock import Dock
from zhilu.recorder.dock_http import DockServer, bind
from zhilu.recorder.logbook import Logbook, read_lines
from zhilu.recorder.run import Recorder
from zhilu.recorder.screen import Screen
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.logbook import read_logbook
from zhilu.tlog.checkpoint import parse
from zhilu.tlog.note import Note


class Recorded:
    """A recorder that has filmed the scene once, ready for its dock."""

    def __init__(self, world: World, seconds: float = 3.0, recordings: int = 1) -> None:
        self.world = world
        self.clock = SystemClock()
        self.logbook = Logbook(
            world.home.logbook, world.signer, FileCounter(world.home.file("counter")), self.clock
        )
        self.recorder = Recorder(world.home, self.logbook, self.clock, Screen(io.StringIO()))
        self.recorder.power_on()
        for _ in range(recordings):
            source = SceneSource()
            self.recorder.session.record(
                source, source.open(), Pace(lambda: False, seconds=seconds), realtime=False
            )

    @property
    def adopted(self) -> Adopted:
        return self.recorder.adopted

    def dock(self, **options: Any) -> Dock:
        certificate = tls.own_der(self.world.home.file("tls.crt"))
        return Dock(
            self.world.home,
            self.logbook,
            self.adopted,
            self.recorder.space,
            self.clock,
            certificate,
            **options,
        )

    @property
    def lives(self) -> list[Any]:
        return list(self.logbook.reader.recordings.values())


@asynccontextmanager
async def served(world: World, dock: Dock, stays: bool = True) -> AsyncIterator[str]:
    """The dock at `https://127.0.0.1:<TCP port>`. `stays`: until we are done with it, else until undocked."""
    home = world.home
    context = tls.server_context(
        home.file("tls.crt"),
        home.file("tls.key"),
        home.file("roots.pem"),
        "station",
        home.file("crl.pem").read_bytes(),
    )
    listener = bind("127.0.0.1:0")
    stop = asyncio.Event()
    task = asyncio.create_task(DockServer(dock).serve(listener, context, stop))
    while not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        await asyncio.sleep(0.005)
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        if not stays:
            assert await task == "undocked"
    finally:
        stop.set()
        await task


class Station:
    """A station with a certificate of the bureau. Its handovers can be changed before they are signed."""

    def __init__(self, world: World, url: str, certificate: tuple[Path, Path] | None = None) -> None:
        self.world = world
        self.certificate, key = certificate or world.member("station", world.station.kid)
        context = tls.client_context(self.certificate, key, world.authority.folder / "root.pem", "recorder")
        self.http = httpx.AsyncClient(base_url=url, verify=context, trust_env=False, timeout=60)
        self.own_tls = tls.own_der(self.certificate)
        self.hello: messages.Hello | None = None

    async def greet(self) -> messages.Hello:
        nonce = secrets.token_bytes(32)
        answer = await self.http.post("/hello", content=messages.hello_request(nonce))
        assert answer.status_code == 200, answer.text
        recorder = tls.own_der(self.world.home.file("tls.crt"))
        self.hello = messages.open_hello(
            answer.content,
            self.world.signer.kid,
            load_jwk(self.world.signer.jwk),
            station_nonce=nonce,
            station_tls=hashlib.sha256(self.own_tls).hexdigest(),
            recorder_tls=hashlib.sha256(recorder).hexdigest(),
        )
        return self.hello

    def compose(self, **changed: Any) -> bytes:
        hello = self.hello
        assert hello is not None
        fields: dict[str, Any] = {
            "bureau": "julu",
            "station": self.world.station.kid,
            "bay": 1,
            "recorder": self.world.signer.kid,
            "officer": self.world.officer,
            "deputy_reason": None,
            "n": hello.n,
            "head": hello.head,
            "recordings": tuple(listed(held) for held in hello.recordings),
            "station_nonce": hello.station_nonce,
            "recorder_nonce": hello.recorder_nonce,
            "station_at": format_time(datetime.now(UTC)),
            "clock_offset_us": 0,
            "snapshot": "00" * 32,
            "offline": False,
        }
        return Handover(**fields | changed).to_bytes()

    def request(self, handover: bytes, **changed: Any) -> bytes:
        """Body of POST /handover: signed by the station, asserted by the officer's key."""
        digest = handover_digest(handover)
        fields: dict[str, Any] = {"handover": handover, "station_jwk": self.world.station.jwk, "check": "key"}
        fields |= changed
        if "station" not in fields:
            fields["station"] = station_signature(self.world.station, digest, fields["check"])
        if "assertion" not in fields:
            fields["assertion"] = self.world.softkey.assert_(digest, RP_ID, ORIGIN)
        return messages.HandoverRequest(**fields).to_bytes()

    async def hand_over(self, **changed: Any) -> httpx.Response:
        if self.hello is None:
            await self.greet()
        return await self.http.post("/handover", content=self.request(self.compose(**changed)))

    async def open(self) -> None:
        await self.greet()
        answer = await self.hand_over()
        assert answer.status_code == 200, answer.text

    async def close(self) -> None:
        await self.http.aclose()


def code(answer: httpx.Response) -> str:
    """The refusal's code, or "" where it was none."""
    return "" if answer.is_success else str(json.loads(answer.content)["error"])


def types(world: World) -> list[str]:
    """Types of the logbook's lines, which hold together."""
    reader = read_logbook(read_lines(world.home.logbook), load_jwk(world.signer.jwk), world.signer.kid)
    assert not [finding for finding in reader.findings if finding.defect]
    return [
        json.loads(unb64u(line.split(b".")[1].decode()))["type"] for line in read_lines(world.home.logbook)
    ]


def receipt(
    world: World,
    life: Any,
    *,
    note: bytes | None = None,
    consistency: list[bytes] | None = None,
    index: int | None = None,
    **changed: Any,
) -> bytes:
    """Body of POST /receipt for a recording; what is changed of the entry or its proof is for the
    refusals."""
    if index is None:
        index = world.ledger.add("recording-stored/1", world.stored_core(life, **changed))
    proof = world.ledger.prove(index, note or world.ledger.note())
    path = world.ledger.consistency(held_size(world)) if consistency is None else consistency
    return messages.ReceiptRequest(proof, tuple(path)).to_bytes()


def held_size(world: World) -> int:
    """Size of the checkpoint that the recorder believes."""
    return parse(Note.parse(world.home.file("checkpoint").read_bytes()).text).size


def entries(world: World, indices: list[int]) -> bytes:
    """Body of POST /entries."""
    note = world.ledger.note()
    proofs = tuple(world.ledger.prove(index, note) for index in indices)
    path = world.ledger.consistency(held_size(world))
    return messages.EntriesRequest(note, tuple(path), proofs).to_bytes()
