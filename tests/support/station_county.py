"""A county that keeps the rules of spec/intake.md in memory, and breaks down on demand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from support.nonces import NonceMemory
from support.ports import free_tcp_port
from support.recordings import Ledger
from zhilu import strictjson
from zhilu.encoding import h, sha256, unb64u
from zhilu.errors import DataError
from zhilu.protocols.health import Health
from zhilu.protocols.httpsig import Digested, verify_request
from zhilu.sealed.journal import JournalReader, Segment
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.lines import line_hash
from zhilu.sealed.logbook import LogbookReader


@dataclass
class Received:
    recorder: str = ""
    handover: str = ""
    journal: bytes = b""
    segments: list[bytes] = field(default_factory=list)
    wanted: list[Segment] = field(default_factory=list)
    index: int | None = None
    lost: bool = False

    def lose(self) -> None:
        """Its bytes are gone from the store; the ledger still names it."""
        self.lost, self.segments = True, []

    @property
    def media(self) -> bytes:
        return b"".join(self.segments)


class FakeCounty:
    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.port = free_tcp_port()
        self.authority = f"julu.localhost:{self.port}"
        self.keys: dict[str, Any] = {}
        self.recorders: dict[str, dict[str, str]] = {}
        self.recordings: dict[str, Received] = {}
        self.logbooks: dict[str, bytes] = {}
        self.handovers: dict[str, dict[str, Any]] = {}
        self.alarms: list[dict[str, Any]] = []
        """Refusals, of which the ledger would have an entry."""
        self.station_alarms: list[dict[str, Any]] = []
        self.moved: dict[str, Any] = {}
        """What the answer to a station's health says of its alarms."""
        self.health: list[Health] = []
        self.requests: list[tuple[str, str]] = []
        self.starts: list[int] = []
        """Of each logbook that was sent: the number of its first line."""
        self.snapshot: Callable[[], bytes] = lambda: b"{}"
        self.update: Callable[[str, int], dict[str, Any]] | None = None
        self.cosigned = True
        self.waiting = False
        self.broken: Callable[[web.Request], int | None] = lambda request: None
        self.slow_s = 0.0
        self._nonces = NonceMemory()

    def enrol(self, kid: str, jwk: dict[str, str]) -> None:
        self.keys[kid] = load_jwk(jwk)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        app = web.Application(client_max_size=2**26, middlewares=[self._signed])
        add = app.router.add_route
        add("GET", "/intake/snapshot", self._snapshot)
        add("GET", "/intake/recorders/{kid}/update", self._update)
        add("GET", "/intake/recorders/{kid}/logbook", self._tail)
        add("PUT", "/intake/recorders/{kid}/logbook", self._logbook)
        add("GET", "/intake/recorders/{kid}/wanted", self._wanted)
        add("PUT", "/intake/handovers/{digest}", self._handover)
        add("GET", "/intake/recordings/{id}", self._recording)
        add("PUT", "/intake/recordings/{id}/journal", self._journal)
        add("PUT", "/intake/recordings/{id}/segments/{i}", self._segment)
        add("POST", "/intake/recordings/{id}/complete", self._complete)
        add("GET", "/intake/recordings/{id}/receipt", self._receipt)
        add("POST", "/intake/alarms", self._alarm)
        add("POST", "/intake/health", self._health)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    @web.middleware
    async def _signed(self, request: web.Request, handler: Any) -> web.StreamResponse:
        broken = self.broken(request)
        if broken is not None:
            return web.json_response({"error": "broken", "hint": ""}, status=broken)
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        body = await request.read()
        try:
            verify_request(
                request.method,
                self.authority,
                request.raw_path.partition("?")[0],
                request.raw_path.partition("?")[2],
                dict(request.headers),
                Digested.of(body),
                keys=self.keys.get,
                now=int(time.time()),
                nonces=self._nonces,
            )
            self.requests.append((request.method, request.path))
            answer: web.StreamResponse = await handler(request)
            return answer
        except DataError as error:
            status = (
                401
                if error.code in ("components", "keyid", "created", "nonce", "signature", "digest")
                else 422
            )
            return web.json_response({"error": error.code, "hint": error.hint}, status=status)

    async def _snapshot(self, request: web.Request) -> web.Response:
        return web.Response(body=self.snapshot(), content_type="application/json")

    async def _update(self, request: web.Request) -> web.Response:
        if self.update is None:
            note = self.ledger.checkpoint(datetime.now(UTC)).decode()
            return web.json_response({"checkpoint": note, "consistency": [], "entries": []})
        return web.json_response(self.update(request.match_info["kid"], int(request.query["size"])))

    async def _tail(self, request: web.Request) -> web.Response:
        lines = self.logbooks.get(request.match_info["kid"], b"").splitlines(keepends=True)
        head = line_hash(lines[-1]).hex() if lines else "0" * 64
        return web.json_response({"n": len(lines) - 1, "head": head})

    async def _logbook(self, request: web.Request) -> web.Response:
        kid, start = request.match_info["kid"], int(request.query["from"])
        held, body = self.logbooks.get(kid, b""), await request.read()
        self.starts.append(start)
        if held.count(b"\n") < start:
            return web.json_response({"error": "gap", "hint": ""}, status=409)
        mine, theirs = held.splitlines(True)[start:], body.splitlines(True)
        whole = held + b"".join(theirs[len(mine) :])
        if mine[: len(theirs)] != theirs[: len(mine)] or self._parts(kid, whole):
            return web.json_response({"error": "fork", "hint": ""}, status=409)
        self.reader(kid, whole)
        self.logbooks[kid] = whole
        return web.json_response({"n": whole.count(b"\n") - 1})

    def _parts(self, kid: str, whole: bytes) -> bool:
        """Whether the new lines go on from another life than the one that is held."""
        reader = LogbookReader(load_jwk(self.recorders[kid]), kid)
        for line in whole.splitlines(keepends=True):
            reader.feed(line)
        return any(finding.code == "chain" for finding in reader.findings)

    def reader(self, kid: str, lines: bytes) -> LogbookReader:
        reader = LogbookReader(load_jwk(self.recorders[kid]), kid)
        for line in lines.splitlines(keepends=True):
            if reader.feed(line) is None:
                raise DataError(reader.findings[-1].code)
        return reader

    async def _handover(self, request: web.Request) -> web.Response:
        body = strictjson.loads_object(await request.read(), 2**20)
        digest = h("zhilu/handover/v1", unb64u(body["handover"])).hex()
        if digest != request.match_info["digest"]:
            raise DataError("handover")
        known = digest in self.handovers
        self.handovers[digest] = body
        return web.json_response({}, status=200 if known else 201)

    async def _recording(self, request: web.Request) -> web.Response:
        got = self.recordings.get(request.match_info["id"])
        if got is None:
            return web.json_response({"state": "unknown", "segments": 0, "length": 0})
        state = "receiving" if got.index is None else "wanted" if got.lost else "stored"
        return web.json_response({"state": state, "segments": len(got.segments), "length": len(got.media)})

    async def _wanted(self, request: web.Request) -> web.Response:
        lost = [
            {"id": id_, "handover": got.handover}
            for id_, got in self.recordings.items()
            if got.lost and got.recorder == request.match_info["kid"]
        ]
        return web.json_response({"recordings": lost})

    async def _journal(self, request: web.Request) -> web.Response:
        kid, journal = request.query["recorder"], await request.read()
        if request.query["handover"] not in self.handovers:
            raise DataError("no-handover")
        reader = JournalReader(load_jwk(self.recorders[kid]), kid)
        records = [reader.feed(line) for line in journal.splitlines(keepends=True)]
        if reader.stopped:
            raise DataError(reader.findings[0].code)
        got = self.recordings.setdefault(request.match_info["id"], Received())
        if got.lost and got.journal != journal:
            raise DataError("wanted")
        got.recorder, got.handover, got.journal = kid, request.query["handover"], journal
        got.wanted = [record for record in records if isinstance(record, Segment)]
        return web.json_response({"segments": len(got.segments)})

    async def _segment(self, request: web.Request) -> web.Response:
        got, i, sealed = (
            self.recordings[request.match_info["id"]],
            int(request.match_info["i"]),
            await request.read(),
        )
        if i > len(got.segments):
            return web.json_response({"error": "order", "hint": ""}, status=409)
        if sha256(sealed) != got.wanted[i].sha256:
            raise DataError("segment-hash")
        if i == len(got.segments):
            got.segments.append(sealed)
        return web.json_response({"segments": len(got.segments)})

    async def _complete(self, request: web.Request) -> web.Response:
        id_ = request.match_info["id"]
        got = self.recordings[id_]
        if got.index is None:
            lives = self.reader(got.recorder, self.logbooks.get(got.recorder, b"")).recordings
            life = next((life for life in lives.values() if str(life.recording) == id_), None)
            if life is None or life.closed_by is None or len(got.segments) < len(got.wanted):
                return web.json_response({"error": "incomplete", "hint": ""}, status=409)
            core = {"recording": id_, "recorder": got.recorder, "lines": life.lines, "last": life.last.hex()}
            core |= {"segments": life.segments, "length": life.length, "handover": got.handover, "copies": 1}
            core |= {"origin": "test", "drill": False, "officer": None, "policy": 1, "bay": 1, "station": ""}
            core |= {"opened_at": life.opened_at, "closed_at": life.closed_at, "closed_by": life.closed_by}
            got.index = self.ledger.append("recording-stored/1", core | {"officer_check": "key"})
        if got.lost and len(got.segments) == len(got.wanted):
            got.lost = False
        return web.json_response({"index": got.index})

    async def _receipt(self, request: web.Request) -> web.Response:
        got = self.recordings[request.match_info["id"]]
        if got.index is None or self.waiting:
            return web.json_response({"state": "waiting"}, status=202)
        note, size = self.ledger.checkpoint(datetime.now(UTC), self.cosigned), self.ledger.size
        receipt = self.ledger.prove(got.index, note, size)
        return web.json_response(
            {"receipt": receipt, "consistency": self.ledger.consistency(int(request.query["size"]), size)}
        )

    async def _alarm(self, request: web.Request) -> web.Response:
        alarm = strictjson.loads_object(await request.read())
        if alarm["kind"] == "station":
            self.station_alarms.append(alarm)
        else:
            self.alarms.append(alarm)
        return web.json_response({}, status=201)

    async def _health(self, request: web.Request) -> web.Response:
        self.health.append(Health.from_bytes(await request.read()))
        return web.json_response({"alarms": self.moved})
