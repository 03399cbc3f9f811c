"""What the county's keyholder asks of the city's (spec/viewing.md §8), and whether that one is there.

Signed requests, so that the city's keyholder answers nobody else; its answers need no signature: a nonce is
worth nothing that is not in the entry, and a share opens only for the viewer, and against the recorder's
signed line.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from yarl import URL

from zhilu import strictjson
from zhilu.encoding import b64u, format_time, unb64u
from zhilu.errors import DataError, WorldError, ZhiluError
from zhilu.keyholder.config import CityConfig
from zhilu.keyholder.county import JSON_TYPE, refused_with
from zhilu.protocols.httpsig import sign_request
from zhilu.sealed.envelopes import ENVELOPE_SIZE
from zhilu.sealed.keys import Signer

MAX_ANSWER = 65_536
NONCE = 32  # bytes
AWAY = ("?", "busy", "internal", "server-away", "entries-missing", "answer-too-long")
"""Codes of an answer that may be another soon; `?`: none, as of a proxy."""
# `finish` waits as long as a nonce lives.
TIMEOUT = ClientTimeout(total=70.0, sock_connect=5.0)
LOOK = ClientTimeout(total=10.0, sock_connect=5.0)


class City(Protocol):
    """Each call raises WorldError `city-away` or DataError `city-refused`."""

    async def begin(self, viewing: str, ask: dict[str, Any], line: bytes) -> str:
        """Its nonce, b64u."""
        ...

    async def finish(self, nonce: str) -> tuple[bytes, dict[str, Any]]:
        """(leaf, `{"share","sealed"}`), when the entry is published."""
        ...

    async def look(self) -> None: ...

    def standing(self) -> dict[str, Any]:
        """For pages: `{"name", "since": time or null, "reason": code}`; since when it is away."""
        ...

    async def close(self) -> None: ...


class HttpCity:
    """Asked inside a running event loop only; made anywhere."""

    def __init__(
        self,
        config: CityConfig,
        bureau: str,
        signer: Signer,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._config, self._signer, self._clock = config, signer, clock
        self._path = f"/shares/{quote(bureau, safe='')}"
        self._since: datetime | None = None
        self._reason = ""
        self._client: ClientSession | None = None

    async def begin(self, viewing: str, ask: dict[str, Any], line: bytes) -> str:
        body = {"viewing": viewing, "ask": ask, "line": b64u(line)}
        nonce: str = (await self._asked("POST", "/begin", body, {"nonce": str}))["nonce"]
        if len(unb64u(nonce)) != NONCE:
            raise _refused("nonce")
        return nonce

    async def finish(self, nonce: str) -> tuple[bytes, dict[str, Any]]:
        shape = {"share": int, "sealed": str, "leaf": str}
        got = await self._asked("POST", "/finish", {"nonce": nonce}, shape)
        if len(unb64u(got["sealed"])) != ENVELOPE_SIZE:
            raise _refused("sealed")
        return unb64u(got["leaf"]), {"share": got["share"], "sealed": got["sealed"]}

    async def look(self) -> None:
        shape = {"followed": int, "trouble": (str, type(None))}
        got = await self._asked("GET", "", None, shape, LOOK)
        if got["trouble"]:
            self._is_away(got["trouble"][:64])

    def standing(self) -> dict[str, Any]:
        since = format_time(self._since) if self._since else None
        return {"name": self._config.name, "since": since, "reason": self._reason}

    async def close(self) -> None:
        if self._client:
            await self._client.close()

    async def _asked(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        shape: dict[str, Any],
        timeout: ClientTimeout = TIMEOUT,
    ) -> dict[str, Any]:
        raw = b"" if body is None else strictjson.dumps(body)
        try:
            status, answer = await self._send(method, self._path + path, raw, timeout)
        except (ClientError, TimeoutError) as error:
            raise self._away(type(error).__name__) from error
        code = refused_with(answer) if status >= 300 else ""
        if status >= 500 and code in AWAY:
            raise self._away(code)
        if code:
            if not path:  # looked for, and it does not know us
                self._is_away(code)
            raise _refused(code)
        self._since, self._reason = None, ""
        try:
            return strictjson.fields(strictjson.loads(answer, MAX_ANSWER), shape)
        except DataError as error:
            raise _refused(error.code) from error

    async def _send(self, method: str, path: str, body: bytes, timeout: ClientTimeout) -> tuple[int, bytes]:
        self._client = self._client or ClientSession(
            connector=TCPConnector(limit=16), timeout=TIMEOUT, auto_decompress=False, trust_env=False
        )
        authority = self._config.authority
        stamp: Any = {"created": int(time.time()), "nonce": secrets.token_bytes(16)}
        headers = sign_request(self._signer, method, authority, path, "", body, JSON_TYPE, **stamp)
        headers["host"] = authority
        target = URL(self._config.url + path, encoded=True)
        more: Any = {"data": body, "headers": headers, "allow_redirects": False, "timeout": timeout}
        async with self._client.request(method, target, **more) as answer:
            got = bytearray()
            async for part in answer.content.iter_any():
                got += part
                if len(got) > MAX_ANSWER:
                    raise self._away("answer-too-long")
            return answer.status, bytes(got)

    def _is_away(self, reason: str) -> None:
        self._since, self._reason = self._since or self._clock(), reason

    def _away(self, reason: str) -> WorldError:
        self._is_away(reason)
        assert self._since is not None
        return WorldError(
            "city-away",
            "The city's keyholder {name} does not answer since {since} ({reason}).",
            name=self._config.name["zh"],
            since=format_time(self._since),
            reason=reason,
        )


def _refused(reason: str) -> DataError:
    return DataError("city-refused", "The city's keyholder refused: {reason}", reason=reason)


async def watch(city: City, every_s: float, sleep: Callable[[float], Any]) -> None:
    """For ever: whether it is there, so that a page can say since when it is not."""
    while True:
        try:
            await city.look()
        except ZhiluError:
            pass  # kept in its standing
        await sleep(every_s)
