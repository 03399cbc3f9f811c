"""The client of the county server, over real HTTP: what it signs, and what it does with hostile answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec

from zhilu.encoding import b64u
from zhilu.errors import DataError, WorldError
from zhilu.keyholder import county as client
from zhilu.keyholder.county import Entry, HttpCounty
from zhilu.protocols.httpsig import Digested, verify_request
from zhilu.sealed.keys import SoftSigner, load_jwk

AUTHORITY = "julu.localhost:8600"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Nonces:
    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()

    def take(self, kid: str, nonce: str, now: int) -> bool:
        fresh = (kid, nonce) not in self.seen
        self.seen.add((kid, nonce))
        return fresh


class Server:
    """Verifies every request as the county does, then answers with `answer`."""

    def __init__(self) -> None:
        self.signer = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
        self.nonces = Nonces()
        self.requests: list[tuple[str, str, bytes]] = []
        self.answer: Answer = self.nothing

    async def nothing(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=404, text='{"error":"not-found"}')

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        path, _, query = request.raw_path.partition("?")
        verify_request(
            request.method,
            AUTHORITY,
            path,
            query,
            dict(request.headers),
            body=Digested.of(body),
            keys=lambda kid: load_jwk(self.signer.jwk) if kid == self.signer.kid else None,
            now=int(time.time()),
            nonces=self.nonces,
        )
        assert request.headers["Host"] == AUTHORITY
        self.requests.append((request.method, request.raw_path, body))
        return await self.answer(request)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    app = web.Application(client_max_size=2**20)
    app.router.add_route("*", "/{path:.*}", made.handle)
    async with TestServer(app) as running:
        made.url = f"http://127.0.0.1:{running.port}"  # type: ignore[attr-defined]
        yield made


@pytest.fixture
async def county(server: Server) -> AsyncIterator[HttpCounty]:
    made = HttpCounty(server.url, AUTHORITY, server.signer)  # type: ignore[attr-defined]
    yield made
    await made.close()


def says(server: Server, body: bytes | str, status: int = 200) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        data = body if isinstance(body, bytes) else body.encode()
        return web.Response(status=status, body=data)

    server.answer = answer


async def test_every_request_is_signed_and_has_its_form(server: Server, county: HttpCounty) -> None:
    says(server, b"note")
    assert await county.checkpoint() == b"note"
    entry = {"leaf": b64u(b"l"), "core": b64u(b"c"), "salt": b64u(b"s")}
    says(server, json.dumps({"size": 9, "entries": [entry]}))
    assert await county.entries(7, 2) == [Entry(b"l", b"c", b"s")]
    says(server, '{"index":12}', 201)
    assert await county.post("key-released/1", {"a": "文"}, None) == 12
    says(server, b"line\n")
    assert await county.open_line("0193f0a0-0000-7000-8000-000000000001") == b"line\n"
    says(server, '{"a":"张","b":1}')
    assert await county.names(["a", "b"]) == {"a": "张"}
    assert [(method, path) for method, path, _ in server.requests] == [
        ("GET", "/keyholder/checkpoint"),
        ("GET", "/keyholder/entries?start=7&count=2"),
        ("POST", "/keyholder/events"),
        ("GET", "/keyholder/recordings/0193f0a0-0000-7000-8000-000000000001/open"),
        ("GET", "/keyholder/names?ids=a,b"),
    ]
    assert json.loads(server.requests[2][2]) == {
        "kind": "key-released/1",
        "core": {"a": "文"},
        "personal": None,
    }
    assert len(server.nonces.seen) == 5


async def test_a_refusal_keeps_its_code(server: Server, county: HttpCounty) -> None:
    says(server, '{"error":"rule","hint":"x"}', 422)
    with pytest.raises(DataError) as caught:
        await county.post("x/1", {}, None)
    assert (caught.value.code, caught.value.fields) == ("server-refused", {"reason": "rule"})
    says(server, "not json", 401)
    with pytest.raises(DataError, match="server-refused"):
        await county.checkpoint()


async def test_a_server_that_fails_is_the_worlds_failure(server: Server, county: HttpCounty) -> None:
    says(server, "x", 500)
    with pytest.raises(WorldError, match="server-away"):
        await county.checkpoint()
    away = HttpCounty("http://127.0.0.1:9", AUTHORITY, server.signer)
    with pytest.raises(WorldError, match="server-away"):
        await away.checkpoint()
    await away.close()


async def test_redirections_are_not_followed(server: Server, county: HttpCounty) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("http://127.0.0.1:9/elsewhere")

    server.answer = answer
    with pytest.raises(DataError, match="server-refused"):
        await county.checkpoint()
    assert len(server.requests) == 1


async def test_an_answer_without_end_is_cut(
    server: Server, county: HttpCounty, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(10_000):
                await response.write(b"x" * 10_000)
                sent += 10_000
        except ConnectionError:
            pass
        return response

    server.answer = answer
    with pytest.raises(WorldError, match="answer-too-long"):
        await county.checkpoint()
    assert sent < 50_000_000  # of 100 million


async def test_an_answer_that_drips_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    from aiohttp import ClientTimeout

    monkeypatch.setattr(client, "TIMEOUT", ClientTimeout(total=0.4, sock_read=0.2))

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(100):
                await response.write(b"x")
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        return response

    server.answer = answer
    impatient = HttpCounty(server.url, AUTHORITY, server.signer)  # type: ignore[attr-defined]
    with pytest.raises(WorldError, match="server-away"):
        await impatient.checkpoint()
    await impatient.close()


BAD_ENTRIES: dict[str, Any] = {
    "no json": "x",
    "array": "[]",
    "no entries": "{}",
    "entries no list": '{"entries":{}}',
    "too many": json.dumps({"entries": [{"leaf": "", "core": "", "salt": ""}] * 3}),
    "a field missing": '{"entries":[{"leaf":"","core":""}]}',
    "padded": '{"entries":[{"leaf":"eA==","core":"","salt":""}]}',
    "double key": '{"entries":[],"entries":[]}',
}


@pytest.mark.parametrize("name", BAD_ENTRIES)
async def test_entries_of_another_form_are_bad_data(server: Server, county: HttpCounty, name: str) -> None:
    says(server, BAD_ENTRIES[name])
    with pytest.raises(DataError):
        await county.entries(0, 2)


async def test_an_id_cannot_leave_its_place_in_the_path(server: Server, county: HttpCounty) -> None:
    says(server, b"x")
    await county.open_line("../../events?a=b#c")
    assert server.requests[0][1] == "/keyholder/recordings/..%2F..%2Fevents%3Fa%3Db%23c/open"
