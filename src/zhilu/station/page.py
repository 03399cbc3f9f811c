"""The kiosk page and its API, on this machine only. It decides nothing: what it is asked goes to whom it
concerns, what that says comes back as JSON, a refusal as `{"error": code, "hint": sentence}`.

    GET  /api/events                   all that is on the screen, whenever it changes; once: /api/state
    POST /api/bays/N/ceremony          handing.py: a handover begins; then /finger, /assertion
    GET  /api/bays/N/draft             drafts.py: what the statement form starts with; also /api/roster
    POST /api/words                    words_calls.py: a word begins; then /api/words/ID/finger, /assertion,
                                       /cancel; GET /api/words/ID for a finger that is being taken
    POST /api/keys                     keys_calls.py: a security key is made; then /api/keys/ID, /cancel
    POST /api/alarms/ID/confirmed      somebody has looked

Guarded against other pages in the same browser: `Host` must be the kiosk's, `Origin`, where sent, too, and a
POST must be JSON, strict, of at most 64 KiB. Ids and numbers are parsed before anything is done with them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from zhilu import strictjson
from zhilu.errors import DataError, WorldError, ZhiluError, fill
from zhilu.station import calls, keys_calls, words_calls

if TYPE_CHECKING:
    from zhilu.station.daemon import Station

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "kiosk"
KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".woff2": "font/woff2",
}
TEXTS = ("text/", "application/json", "image/svg")
FILES = {
    "/" if path.name == "index.html" else f"/{path.name}": (path.name, KINDS[path.suffix])
    for path in sorted(FOLDER.iterdir())
    if path.suffix in KINDS
}
"""Address → name in the folder, content type: whatever lies there when the program starts."""
MAX_BODY = 65_536
MOST_OFTEN_S = 0.25
HEARTBEAT_S = 10.0
MAX_LISTENERS = 16
HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


class Board:
    """What is on the screen, and who looks at it."""

    def __init__(self, state: Callable[[], dict[str, object]]) -> None:
        self.state = state
        self._listeners: set[asyncio.Event] = set()

    def changed(self) -> None:
        for listener in self._listeners:
            listener.set()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set at each change."""
        if len(self._listeners) >= MAX_LISTENERS:
            raise WorldError("busy", "Too many pages are open.")
        mine = asyncio.Event()
        self._listeners.add(mine)
        try:
            yield mine
        finally:
            self._listeners.discard(mine)

    async def tell(self, response: web.StreamResponse, changed: asyncio.Event) -> None:
        """Server-sent events: the state at once, at each change (four a second at most), and as a
        heartbeat.
        """
        while True:
            changed.clear()
            await response.write(b"data: " + json.dumps(self.state(), ensure_ascii=False).encode() + b"\n\n")
            await asyncio.sleep(MOST_OFTEN_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_S):
                    await changed.wait()


def application(station: Station) -> web.Application:
    app = web.Application(middlewares=[_guard(station.home.settings.kiosk.origin)], client_max_size=MAX_BODY)
    for path, (name, kind) in FILES.items():
        app.router.add_get(path, _file(FOLDER / name, kind))

    async def events(request: web.Request) -> web.StreamResponse:
        with station.board.listening() as changed:
            response = web.StreamResponse(headers=HEADERS | {"content-type": "text/event-stream"})
            await response.prepare(request)
            with suppress(ConnectionError):  # the page was closed
                await station.board.tell(response, changed)
            return response

    app.router.add_get("/api/events", events)
    calls.add(app.router, station, asked, _json)
    words_calls.add(app.router, station.words, asked, _json)
    keys_calls.add(app.router, station.keys, asked, _json)
    return app


async def asked(request: web.Request) -> dict[str, Any]:
    """The body, an object."""
    return strictjson.loads_object(await request.read())


def _file(path: Path, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        charset = "utf-8" if kind.startswith(TEXTS) else None
        return web.Response(body=path.read_bytes(), content_type=kind, charset=charset, headers=HEADERS)

    return serve


def _json(value: object, status: int = 200) -> web.Response:
    return web.json_response(
        value, status=status, headers=HEADERS, dumps=lambda v: json.dumps(v, ensure_ascii=False)
    )


def _guard(origin: str) -> Any:
    host = origin.partition("//")[2]

    @web.middleware
    async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("host") != host or request.headers.get("origin", origin) != origin:
            return _json({"error": "origin", "hint": "Open this page under its own address."}, 403)
        if request.method == "POST" and request.content_type != "application/json":
            return _json({"error": "content-type", "hint": "Only JSON is taken here."}, 415)
        try:
            answer: web.StreamResponse = await handler(request)
        except ZhiluError as error:
            return _json({"error": error.code, "hint": fill(error.hint, error.fields)}, _status(error))
        except web.HTTPException as error:
            return _json({"error": error.reason.lower().replace(" ", "-"), "hint": ""}, error.status)
        except Exception as error:
            # A defect of ours; the page can say at least that. Its message may hold what somebody said.
            log.error("the page: %s in %s", type(error).__name__, _where(error))
            return _json({"error": "internal", "hint": ""}, 500)
        return answer

    return guard


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)


def _status(error: ZhiluError) -> int:
    if error.code.startswith("unknown-"):
        return 404
    if isinstance(error, DataError):
        return 403
    return 503 if isinstance(error, WorldError) else 409


@asynccontextmanager
async def served(station: Station) -> AsyncIterator[int]:
    """Serve; gives the TCP port that was bound."""
    settings = station.home.settings.kiosk
    runner = web.AppRunner(application(station), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.tcp_port)
        try:
            await site.start()
        except OSError:
            raise WorldError("tcp-port", "The TCP port {port} is in use.", port=settings.tcp_port) from None
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
