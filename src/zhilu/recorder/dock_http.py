"""HTTPS of the dock (spec/docking.md §1): mutual TLS 1.3, bodies of at most 1 MiB, media by range.

Who the peer is was judged in the handshake (`zhilu.pki.tls`); here its certificate only binds the steps
together. Every refusal is `{"error": code, "hint": text}`.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from zhilu.errors import CallerError, DataError, WorldError, ZhiluError
from zhilu.pki.tls import peer_der
from zhilu.protocols.docking_messages import MAX_BODY, error_answer
from zhilu.recorder.dock import Dock

CHUNK = 2**20
SWEEP_S = 1.0
_RANGE = re.compile(r"bytes=([0-9]{1,16})-([0-9]{1,16})", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,16}", re.ASCII)
_ILL_FORMED = frozenset({"json", "field", "base64", "hex32", "uuid", "time"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def bind(address: str) -> socket.socket:
    """Take HOST:PORT before anything is recorded; nobody is answered yet. WorldError `tcp-port` where it is
    in use."""
    host, _, port = address.rpartition(":")
    if not host or not _NUMBER.fullmatch(port) or int(port) > 65535:
        raise CallerError("address", "An address is HOST:PORT, not {address}.", address=address)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, int(port)))
        return listener
    except OSError as error:
        listener.close()
        raise WorldError(
            "tcp-port",
            "The address {address} cannot be used: {reason}",
            address=address,
            reason=error.strerror,
        ) from None


class DockServer:
    def __init__(self, dock: Dock) -> None:
        self._dock = dock
        self._undocked = asyncio.Event()
        self._links: set[asyncio.BaseTransport] = set()

    async def serve(self, listener: socket.socket, context: ssl.SSLContext, stop: asyncio.Event) -> str:
        """Until undocked or told to stop; says which: `undocked` or `power-off`."""
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=5)
        await runner.setup()
        await web.SockSite(runner, listener, ssl_context=context).start()
        sweeper = asyncio.create_task(self._sweep())
        waits = [asyncio.create_task(event.wait()) for event in (self._undocked, stop)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sweeper, *waits):
                task.cancel()
            await runner.cleanup()
        return "undocked" if self._undocked.is_set() else "power-off"

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY, middlewares=[_errors])
        app.add_routes(
            [
                web.post("/hello", self._posting(self._dock.hello)),
                web.post("/handover", self._posting(self._dock.handover)),
                web.post("/entries", self._posting(self._dock.entries)),
                web.post("/receipt", self._posting(self._dock.receipt)),
                web.post("/clock", self._posting(self._dock.clock)),
                web.post("/undock", self._undock),
                web.get("/logbook", self._logbook),
                web.get("/recordings/{id}/journal", self._journal),
                web.get("/recordings/{id}/media", self._media),
            ]
        )
        return app

    def _peer(self, request: web.Request) -> bytes:
        transport = request.transport
        if transport is None:
            raise DataError("certificate", "The peer showed no certificate.")
        self._links.add(transport)
        return peer_der(transport.get_extra_info("ssl_object"))

    def _posting(self, step: Callable[[bytes, bytes], bytes]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            peer = self._peer(request)
            return _json(step(peer, await request.read()))

        return handle

    async def _undock(self, request: web.Request) -> web.StreamResponse:
        answer, ended = self._dock.undock(self._peer(request))
        response = _json(answer)
        if ended:
            try:
                # The answer first: the station is to know the last line.
                await response.prepare(request)
                await response.write_eof()
            finally:
                self._undocked.set()
        return response

    async def _logbook(self, request: web.Request) -> web.StreamResponse:
        start = request.query.get("from", "0")
        if not _NUMBER.fullmatch(start):
            raise DataError("field", "The field {name} is missing or has the wrong form.", name="from")
        lines = self._dock.logbook(self._peer(request), int(start))
        response = web.StreamResponse(headers={"Content-Type": "application/jose"})
        await response.prepare(request)
        for line in lines:
            await response.write(line)
        await response.write_eof()
        return response

    async def _journal(self, request: web.Request) -> web.StreamResponse:
        path = self._dock.file(self._peer(request), request.match_info["id"], "journal.jws")
        return await _send(request, path, 0, path.stat().st_size, 200, "application/jose")

    async def _media(self, request: web.Request) -> web.StreamResponse:
        path = self._dock.file(self._peer(request), request.match_info["id"], "media.sealed")
        size = path.stat().st_size
        asked = _RANGE.fullmatch(request.headers.get("Range", ""))
        if asked is None or not int(asked[1]) <= int(asked[2]) < size:
            raise CallerError("range", "Media are sent by one range of bytes that exist.")
        start, end = int(asked[1]), int(asked[2]) + 1
        headers = {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
        return await _send(request, path, start, end, 206, "application/octet-stream", headers)

    async def _sweep(self) -> None:
        """Notice when the station's last connection has gone."""
        while True:
            await asyncio.sleep(SWEEP_S)
            self._links = {link for link in self._links if not link.is_closing()}
            if not self._links:
                self._dock.disconnected()


async def _send(
    request: web.Request,
    path: Path,
    start: int,
    end: int,
    status: int,
    content_type: str,
    headers: dict[str, str] | None = None,
) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers={"Content-Type": content_type, **(headers or {})})
    response.content_length = end - start
    await response.prepare(request)
    with path.open("rb") as file:
        file.seek(start)
        while start < end and (data := file.read(min(CHUNK, end - start))):
            start += len(data)
            await response.write(data)
    await response.write_eof()
    return response


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ZhiluError as error:
        return _json(error_answer(error), status_of(error))
    except OSError:
        return _json(error_answer(WorldError("storage", "The recorder's storage failed.")), 500)
    except web.HTTPRequestEntityTooLarge:
        return _json(error_answer(CallerError("too-large", "The body is larger than 1 MiB.")), 413)
    except web.HTTPException as error:
        return _json(error_answer(CallerError("unknown-request", "There is no such request.")), error.status)


def status_of(error: ZhiluError) -> int:
    by_code = {"unknown-recording": 404, "range": 416}
    if error.code in by_code:
        return by_code[error.code]
    if error.code in _ILL_FORMED:
        return 400
    return 409 if isinstance(error, CallerError) else 403 if isinstance(error, DataError) else 500


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json")
