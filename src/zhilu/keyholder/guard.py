"""What stands before every request: host, headers, limits of size, time and rate; and what makes errors of
failures.

- A body is at most MAX_BODY and arrives within BODY_S; a head within IDLE_S of the connection;
  MAX_CONNECTIONS.
- The Host header is the room's own (a page of another name must not speak to us: `host`); a POST from a page
  of another origin is refused (`foreign-page`).
- Each address from which somebody calls has a bucket for each class of request; what comes from elsewhere is
  one of its own, so that a foreign page takes nothing from whoever opened it.
- Errors are `{"error": code, "hint": English msgid, "fields": {…}}`: pages have words of their own for each
  code (browser/errors.js). Who opens an address where nothing is, or under another name, sees a page.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from zhilu import strictjson
from zhilu.errors import CallerError, DataError, WorldError, ZhiluError
from zhilu.keyholder import elsewhere
from zhilu.keyholder.config import Config, is_address
from zhilu.keyholder.pages import Page

log = logging.getLogger("zhilu.keyholder")

MAX_BODY = 65_536
BODY_S = 10.0
IDLE_S = 15.0
MAX_CONNECTIONS = 512
MAX_BUCKETS = 10_000

STATUS = {
    "session": 401,
    "viewing-unknown": 404,
    "recording-unknown": 404,
    "registration-unknown": 404,
    "person-unknown": 404,
    "not-found": 404,
    "not-held": 404,
    "not-approved": 409,
    "decided": 409,
    "approver-twice": 409,
    "side-decided": 409,
    "report-not-owed": 409,
    "report-overdue": 409,
    "not-released": 409,
    "viewing-known": 409,
    "credential-known": 409,
    "taken": 409,
    "expired": 410,
    "too-large": 413,
    "content-type": 415,
    "host": 421,
    "too-many": 429,
    "rate": 429,
    "server-refused": 502,
    "city-refused": 502,
    "city-differs": 502,
    "release-differs": 502,
    "server-away": 502,
    "busy": 503,
    "release-timeout": 504,
    "log-timeout": 504,
}
MALFORMED = {
    "json",
    "field",
    "base64",
    "uuid",
    "time",
    "hex32",
    "registration",
    "request",
    "decision",
    "reason",
    "recipient",
    "report",
    "report-text",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def content_security_policy(config: Config) -> str:
    """spec/viewing.md §1."""
    parts = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "media-src": "blob:",
        "connect-src": f"'self' {config.ciphertext_origin}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def security_headers(config: Config) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": content_security_policy(config),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self)",
        "Server": "zhilu",
    }
    if config.secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


class Buckets:
    """Token buckets: `per_minute` requests of each class and remote address, as many at once."""

    def __init__(self, per_minute: Mapping[str, int], clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._clock = dict(per_minute), clock
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, kind: str, remote: str) -> None:
        """Raises CallerError `rate`."""
        most, now = float(self._per_minute[kind]), self._clock()
        left, since = self._buckets.pop((kind, remote), (most, now))
        left = min(most, left + (now - since) * most / 60)
        while len(self._buckets) >= MAX_BUCKETS:
            self._buckets.pop(next(iter(self._buckets)))  # the one used longest ago
        self._buckets[(kind, remote)] = (max(0.0, left - 1), now)
        if left < 1:
            raise CallerError("rate", "Too many requests; wait a minute.")


PER_MINUTE = {"post": 240, "get": 1200, "cosign": 1200, "page": 6000, "elsewhere": 240}


def source_of(request: web.Request, config: Config) -> str:
    """The address of the caller. Where a listed proxy ends TLS, what that one says last; nobody else may."""
    remote = request.remote or ""
    if remote not in config.proxies:
        return remote
    said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return said if is_address(said) else remote


def kind_of(request: web.Request) -> str:
    path = request.path
    if path == "/add-checkpoint":
        return "cosign"
    if request.method == "POST":
        return "post"
    return "get" if path.startswith("/api/") else "page"


def middleware(config: Config, buckets: Buckets, nothing: Page | None = None) -> Any:
    """`nothing`: the page for browsers of an address where nothing is."""
    headers, away = security_headers(config), elsewhere.pages(config.origin)

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            refused = from_elsewhere(request, config)
            buckets.take("elsewhere" if refused else kind_of(request), source_of(request, config))
            if refused:
                raise refused
            response = await handler(request)
        except Exception as error:
            tell(request, error)
            response = error_response(error)
            if is_opened(request) and isinstance(error, CallerError) and error.code in elsewhere.TITLES:
                response = elsewhere.answer(request, response.status, error.code, away)
            elif is_opened(request) and nothing and isinstance(error, web.HTTPNotFound):
                response = web.Response(
                    status=404, body=nothing.body, headers={"Content-Type": nothing.content_type}
                )
        response.headers.update(headers)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return guard


def is_opened(request: web.Request) -> bool:
    """By a person; programs and scripts ask for no HTML."""
    return "text/html" in request.headers.get("Accept", "")


def tell(request: web.Request, error: Exception) -> None:
    """What was refused, into the log: the path holds ids only, and nothing of the body is said. Of a flood
    nothing: `rate` is refused before anything is looked at."""
    if isinstance(error, ZhiluError) and request.method == "POST" and error.code != "rate":
        log.warning("refused: %s: %s", request.path[:200], error.code)


def from_elsewhere(request: web.Request, config: Config) -> CallerError | None:
    """The county server brings checkpoints under whatever name it has for us; nothing is to be had there."""
    if request.path == "/add-checkpoint":
        return None
    if request.headers.get("Host") != config.authority:
        return elsewhere.is_not_here(config.origin)
    if request.method == "POST" and request.headers.get("Origin", config.origin) != config.origin:
        return elsewhere.is_foreign(config.origin)
    return None


def error_response(error: Exception) -> web.Response:
    if isinstance(error, ZhiluError):
        return problem(status_of(error), error)
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return problem(413, CallerError("too-large", "This is too large."))
    if isinstance(error, web.HTTPException):
        code = {404: "not-found", 405: "method"}.get(error.status, "request")
        return problem(error.status, CallerError(code, "There is nothing here."))
    log.error("failed: %s", type(error).__name__, exc_info=error)
    return problem(500, WorldError("internal", "The viewing room failed; try again."))


def problem(status: int, error: ZhiluError) -> web.Response:
    fields = {name: str(value)[:200] for name, value in error.fields.items()}
    return web.json_response({"error": error.code, "hint": error.hint, "fields": fields}, status=status)


def status_of(error: ZhiluError) -> int:
    if error.code in STATUS:
        return STATUS[error.code]
    if isinstance(error, WorldError):
        return 502
    return 400 if error.code in MALFORMED else 403


async def read_body(request: web.Request, limit: int = MAX_BODY) -> bytes:
    """At most `limit` bytes, within BODY_S: a slow sender holds a handler no longer."""
    if (request.content_length or 0) > limit:
        raise CallerError("too-large", "This is too large.")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.content.iter_chunked(16_384):
                body += part
                if len(body) > limit:
                    raise CallerError("too-large", "This is too large.")
    except TimeoutError:
        raise CallerError("too-slow", "The request came too slowly.") from None
    return bytes(body)


async def read_json(request: web.Request, limit: int = MAX_BODY) -> dict[str, Any]:
    # A form of another site cannot have this type without asking first.
    if request.content_type != "application/json":
        raise CallerError("content-type", "The request is not JSON.")
    body = await read_body(request, limit)
    try:
        return strictjson.loads_object(body, limit)
    except DataError:
        raise DataError("json", "The request is not JSON.") from None
