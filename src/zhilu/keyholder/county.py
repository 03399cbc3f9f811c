"""The county server as the keyholder sees it: signed requests of spec/intake.md §3, over HTTP.

Nothing that comes back is believed; it is only kept from being too long, too late or of another form.
`Host` and `@authority` are the server's configured authority; the connection goes to the configured URL.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, TCPConnector
from yarl import URL

from zhilu import strictjson
from zhilu.encoding import hex32, unb64u
from zhilu.errors import DataError, WorldError
from zhilu.protocols.httpsig import sign_request
from zhilu.sealed.keys import Signer
from zhilu.sealed.lines import MAX_LINE
from zhilu.tlog.note import MAX_NOTE

JSON_TYPE = "application/json"
MAX_ENTRIES_ANSWER = 32 * 2**20  # bytes
MAX_SMALL_ANSWER = 2**20
# The total bounds a server that drips.
TIMEOUT = ClientTimeout(total=60.0, sock_connect=5.0, sock_read=20.0)


@dataclass(frozen=True)
class Entry:
    """As served; the follower finds out whether it is so."""

    leaf: bytes
    core: bytes
    salt: bytes


class County(Protocol):
    """Each call raises WorldError (server away, answer too long: `answer-too-long`) or DataError
    (refused).
    """

    async def checkpoint(self) -> bytes: ...

    async def entries(self, start: int, count: int) -> list[Entry]:
        """At most `count` entries from number `start` on; none if the server has no more."""
        ...

    async def post(self, kind: str, core: dict[str, Any], personal: dict[str, Any] | None) -> int:
        """Commit an event; the index that the server says it has."""
        ...

    async def open_line(self, recording: str) -> bytes: ...

    async def names(self, ids: Sequence[str]) -> dict[str, str]: ...

    async def about(self, recordings: Sequence[str], person: str) -> dict[str, Any]:
        """`{id: {"department": text, "procedures": [text …], "covers": [role of this person …]}}`."""
        ...

    async def mirrored(self, bureau: str, size: int) -> bytes | None:
        """Asked of a city's server: the root of a county's tree as its mirror has it; None: not known."""
        ...

    async def close(self) -> None: ...


class HttpCounty:
    """Inside a running event loop only. It goes through no proxy and follows no redirection."""

    def __init__(self, url: str, authority: str, signer: Signer) -> None:
        self._url, self._authority, self._signer = url, authority, signer
        self._client = ClientSession(
            connector=TCPConnector(limit=16), timeout=TIMEOUT, auto_decompress=False, trust_env=False
        )

    async def checkpoint(self) -> bytes:
        return await self._ask("GET", "/keyholder/checkpoint", limit=MAX_NOTE)

    async def entries(self, start: int, count: int) -> list[Entry]:
        query = urlencode({"start": start, "count": count})
        body = await self._ask("GET", "/keyholder/entries", query, limit=MAX_ENTRIES_ANSWER)
        items = strictjson.fields(strictjson.loads(body, MAX_ENTRIES_ANSWER), {"entries": list})["entries"]
        if len(items) > count:
            raise DataError("entries", "The server sent more entries than were asked for.")
        return [_entry(item) for item in items]

    async def post(self, kind: str, core: dict[str, Any], personal: dict[str, Any] | None) -> int:
        body = strictjson.dumps({"kind": kind, "core": core, "personal": personal})
        answer = await self._ask("POST", "/keyholder/events", body=body, limit=MAX_SMALL_ANSWER)
        return int(strictjson.fields(strictjson.loads(answer), {"index": int})["index"])

    async def open_line(self, recording: str) -> bytes:
        return await self._ask(
            "GET", f"/keyholder/recordings/{quote(recording, safe='')}/open", limit=MAX_LINE
        )

    async def names(self, ids: Sequence[str]) -> dict[str, str]:
        query = urlencode({"ids": ",".join(ids)}, safe=",")
        body = await self._ask("GET", "/keyholder/names", query, limit=MAX_SMALL_ANSWER)
        got = strictjson.loads_object(body, MAX_SMALL_ANSWER)
        return {name: text for name, text in got.items() if isinstance(text, str)}

    async def about(self, recordings: Sequence[str], person: str) -> dict[str, Any]:
        query = urlencode({"ids": ",".join(recordings), "person": person}, safe=",")
        body = await self._ask("GET", "/keyholder/recordings", query, limit=MAX_SMALL_ANSWER)
        return strictjson.loads_object(body, MAX_SMALL_ANSWER)

    async def mirrored(self, bureau: str, size: int) -> bytes | None:
        path = f"/keyholder/counties/{quote(bureau, safe='')}"
        body = await self._ask("GET", path, urlencode({"size": size}), limit=MAX_SMALL_ANSWER)
        said = strictjson.fields(strictjson.loads(body), {"root": (str, type(None))})["root"]
        return None if said is None else hex32(said)

    async def close(self) -> None:
        await self._client.close()

    async def _ask(self, method: str, path: str, query: str = "", body: bytes = b"", *, limit: int) -> bytes:
        headers = sign_request(
            self._signer,
            method,
            self._authority,
            path,
            query,
            body,
            JSON_TYPE,
            created=int(time.time()),
            nonce=secrets.token_bytes(16),
        )
        headers["host"] = self._authority
        target = URL(f"{self._url}{path}?{query}" if query else f"{self._url}{path}", encoded=True)
        try:
            async with self._client.request(
                method, target, data=body, headers=headers, allow_redirects=False
            ) as answer:
                return await _read(answer, limit)
        except (ClientError, TimeoutError) as error:
            raise _away(type(error).__name__) from error


async def _read(answer: ClientResponse, limit: int) -> bytes:
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > limit:
            raise WorldError("answer-too-long", "The county server's answer is too long.")
    if answer.status >= 500:
        raise _away(str(answer.status))
    if answer.status >= 300:
        reason = refused_with(bytes(body))
        raise DataError("server-refused", "The county server refused: {reason}", reason=reason)
    return bytes(body)


def _away(reason: str) -> WorldError:
    return WorldError("server-away", "The county server does not answer ({reason}).", reason=reason)


def refused_with(body: bytes) -> str:
    """The code in the answer of a server that refused."""
    try:
        return str(strictjson.fields(strictjson.loads(body), {"error": str})["error"])[:64]
    except DataError:
        return "?"


def _entry(item: object) -> Entry:
    got = strictjson.fields(item, {"leaf": str, "core": str, "salt": str})
    return Entry(unb64u(got["leaf"]), unb64u(got["core"]), unb64u(got["salt"]))
