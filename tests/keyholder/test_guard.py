"""Hostile input at the door: wrong host, wrong origin, wrong type, too large, too slow, too often,
malformed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.keyholder_world import AUTHORITY, ORIGIN, World
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.keyholder import guard
from zhilu.keyholder import run as running
from zhilu.keyholder.guard import Buckets, status_of

POSTS = (
    "/api/session",
    "/api/registrations",
    "/api/registrations/x/witness",
    "/api/revocations",
    "/api/viewings",
    "/api/viewings/x/decision",
    "/api/viewings/x/release",
    "/api/viewings/x/report",
    "/api/viewings/x/screenshot",
    "/api/viewings/x/copy-made",
)


async def send(world: World, path: str, data: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    async with world.client.post(
        path, data=data, headers={"Content-Type": "application/json", **headers}
    ) as got:
        assert "default-src 'none'" in got.headers["Content-Security-Policy"]
        assert got.headers["Cache-Control"] == "no-store"
        return got.status, await got.json()


async def test_another_host_name_is_not_served(world: World) -> None:
    for host in ("evil.example", "julu.view.localhost", "127.0.0.1:8610", AUTHORITY.upper()):
        async with world.client.get("/api/info", headers={"Host": host}) as answer:
            assert (answer.status, (await answer.json())["error"]) == (421, "host")


@pytest.mark.parametrize(
    ("accepted", "lang", "says"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "本处网址是"),
        ("de, en-GB;q=0.7, zh;q=0.3", "en", "This place is"),
        ("", "zh-CN", "本处网址是"),
        ("," * 5000 + "en", "zh-CN", "本处网址是"),
    ],
)
async def test_a_browser_of_another_name_is_told_where_the_room_is(
    world: World, accepted: str, lang: str, says: str
) -> None:
    browser = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": accepted}
    for path, host in (("/", "evil.example"), ("/browser/ui.js", '"><script>alert(1)</script>')):
        async with world.client.get(path, headers={**browser, "Host": host}) as answer:
            text = await answer.text()
            assert (answer.status, answer.content_type) == (421, "text/html")
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Cache-Control"] == "no-store"
        assert f'lang="{lang}"' in text and f"{says} {ORIGIN}" in text
        assert f'<a href="{ORIGIN}/">' in text and "script" not in text
    async with world.client.get("/", headers={**browser, "Accept": "*/*", "Host": "x"}) as answer:
        assert (await answer.json())["error"] == "host"
    # What is refused to a page of the room stays an answer to its script.
    async with world.client.get("/api/viewings", headers=browser) as answer:
        assert (await answer.json())["error"] == "session"


async def test_a_request_without_a_host_is_not_served(world: World) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", world.client.port)
    writer.write(b"GET /api/info HTTP/1.0\r\n\r\n")
    assert b"421" in await reader.readline()
    writer.close()


async def test_a_page_of_another_origin_cannot_post(world: World) -> None:
    for origin in ("http://evil.example", "null", "http://julu.localhost:8600"):
        status, answer = await send(world, "/api/session/begin", b"{}", Origin=origin)
        assert (status, answer["error"], answer["fields"]) == (403, "foreign-page", {"origin": ORIGIN})
    assert (await send(world, "/api/session/begin", b"{}", Origin=ORIGIN))[0] == 200


@pytest.mark.parametrize(
    ("accepted", "says"),
    [("zh", "调阅室只接受"), ("en", "The viewing room takes what its own pages send")],
)
async def test_a_form_of_another_origin_is_told_that_it_is_foreign(
    world: World, accepted: str, says: str
) -> None:
    headers = {"Accept": "text/html", "Accept-Language": accepted, "Origin": "https://evil.example"}
    async with world.client.post("/api/viewings", data=b"x", headers=headers) as answer:
        text = await answer.text()
        assert (answer.status, answer.content_type) == (403, "text/html")
        assert answer.headers["Cache-Control"] == "no-store"
    assert says in text and f'<a href="{ORIGIN}/">' in text and "evil.example" not in text
    assert "此名称下没有调阅室" not in text and "no viewing room under this name" not in text


async def test_only_json_is_taken(world: World) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        status, answer = await send(world, "/api/viewings", b"{}", **{"Content-Type": kind})
        assert (status, answer["error"]) == (415, "content-type")


MALFORMED = {
    "empty": b"",
    "cut": b'{"a":',
    "array": b"[]",
    "double key": b'{"a":1,"a":1}',
    "float": b'{"a":1.5}',
    "NaN": b'{"a":NaN}',
    "deep": b'{"a":' * 40 + b"1" + b"}" * 40,
    "very deep": b"[" * 10_000,
    "not UTF-8": b'{"a":"\xff"}',
    "surrogate": b'{"a":"\\ud800"}',
    "BOM": b"\xef\xbb\xbf{}",
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_malformed_json_is_one_plain_error(world: World, name: str) -> None:
    for path in POSTS:
        status, answer = await send(world, path, MALFORMED[name])
        assert (status, answer["error"]) == (400, "json"), path


async def test_objects_without_their_fields_are_one_plain_error(world: World) -> None:
    for path in POSTS:
        for body in (
            {},
            {"assertion": {}, "request": 1, "registration": None, "recording": [], "decision": {}},
        ):
            status, answer = await send(world, path, json.dumps(body).encode())
            assert 400 <= status < 500, (path, answer)
            assert answer["error"] != "internal"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
NAMES = ("registration", "binding", "aaguid", "credential", "assertion", "request", "salt", "reason")
BODY = st.fixed_dictionaries({}, optional=dict.fromkeys((*NAMES, "decision", "recording", "at_ms"), JSON))


async def test_whatever_the_fields_hold_the_room_does_not_fail(world: World) -> None:
    loop = asyncio.get_running_loop()

    def run(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        future = asyncio.run_coroutine_threadsafe(send(world, path, json.dumps(body).encode()), loop)
        return future.result(60)

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(POSTS), BODY)
    def attack(path: str, body: dict[str, Any]) -> None:
        status, answer = run(path, body)
        assert 400 <= status < 500, (path, answer)

    world.keyholder.parts.desk.follow_wait_s = 0.0
    await asyncio.to_thread(attack)


async def test_a_body_that_is_too_large_is_refused_unread(world: World) -> None:
    for path in POSTS:
        status, answer = await send(world, path, b'{"a":"' + b"x" * 70_000 + b'"}')
        assert (status, answer["error"]) == (413, "too-large"), path
    assert (await send(world, "/api/registrations", b'{"a":"' + b"x" * 17_000 + b'"}'))[0] == 413


async def test_a_body_without_a_length_has_the_same_limit(world: World) -> None:
    async def endless() -> Any:
        for _ in range(200):
            yield b"x" * 1000

    headers = {"Content-Type": "application/json"}
    async with world.client.post("/api/viewings", data=endless(), headers=headers) as answer:
        assert answer.status == 413


async def test_a_body_that_drips_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_S", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", world.client.port)
    head = f"POST /api/viewings HTTP/1.1\r\nHost: {AUTHORITY}\r\nContent-Type: application/json\r\n"
    writer.write(head.encode() + b"Content-Length: 1000\r\n\r\n{")
    async with asyncio.timeout(60):
        answer = await reader.readuntil(b"}")
    assert b"too-slow" in answer
    writer.close()


@pytest.fixture
async def door(world: World) -> Any:
    """The server as `run` makes it, on a free TCP port."""
    async with opened(world, running.IDLE_S) as port:
        yield port


@pytest.fixture
async def impatient_door(world: World) -> Any:
    async with opened(world, 0.3) as port:
        yield port


@asynccontextmanager
async def opened(world: World, idle_s: float) -> AsyncIterator[int]:
    from zhilu.keyholder.api import make_app

    runner = web.AppRunner(make_app(world.keyholder.parts), access_log=None, keepalive_timeout=idle_s)
    await runner.setup()
    server = await asyncio.get_running_loop().create_server(running.limited(runner), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await runner.cleanup()


@pytest.mark.parametrize("begin", [b"", b"GET /", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: "])
async def test_a_head_that_drips_is_given_up(impatient_door: int, begin: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", impatient_door)
    writer.write(begin)

    async def drip() -> None:
        while begin:
            await asyncio.sleep(0.05)
            writer.write(b"a")

    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(60):
        try:
            assert await reader.read() == b""
        except ConnectionError:
            pass
    dripping.cancel()
    writer.close()


async def test_connections_are_counted(door: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MAX_CONNECTIONS", 2)
    opened = [await asyncio.open_connection("127.0.0.1", door) for _ in range(3)]
    await asyncio.sleep(0.05)
    request = f"GET /api/info HTTP/1.1\r\nHost: {AUTHORITY}\r\n\r\n".encode()
    answers = []
    for reader, writer in opened:
        try:
            writer.write(request)
            answers.append(await asyncio.wait_for(reader.readline(), 60))
        except ConnectionError:
            answers.append(b"")
        writer.close()
    assert answers[:2] == [b"HTTP/1.1 200 OK\r\n"] * 2
    assert answers[2] == b""


async def test_heads_have_a_limit(world: World) -> None:
    async with world.client.get("/api/info", headers={"X-A": "x" * 20_000}) as answer:
        assert answer.status == 400


@pytest.fixture
def hardly_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(guard.PER_MINUTE, "elsewhere", 1)


async def test_a_flood_from_elsewhere_is_cut_and_told_once_and_costs_nobody_else(
    hardly_elsewhere: None, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [await send(world, "/api/session", b"{}", Origin="https://evil.example") for _ in range(5)]
    assert [told["error"] for _, told in answers] == ["foreign-page", *["rate"] * 4]
    assert caplog.text.count("foreign-page") == 1
    assert (await send(world, "/api/session", b"{}"))[1]["error"] == "assertion"


def test_a_bucket_empties_and_fills() -> None:
    now = 0.0
    buckets = Buckets({"post": 60, "get": 60}, clock=lambda: now)
    for _ in range(60):
        buckets.take("post", "a")
    with pytest.raises(CallerError, match="rate"):
        buckets.take("post", "a")
    buckets.take("post", "b")
    buckets.take("get", "a")
    now = 1.0
    buckets.take("post", "a")
    with pytest.raises(CallerError, match="rate"):
        buckets.take("post", "a")


def test_buckets_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_BUCKETS", 10)
    buckets = Buckets({"post": 1})
    for number in range(100):
        buckets.take("post", str(number))
    assert len(buckets._buckets) <= 10


def test_each_family_has_its_status() -> None:
    assert status_of(DataError("assertion")) == 403
    assert status_of(DataError("json")) == 400
    assert status_of(WorldError("state-db")) == 502
    assert status_of(DataError("session")) == 401


async def test_a_failure_of_ours_tells_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> bytes:
        raise RuntimeError("secret")

    monkeypatch.setattr(world.keyholder.parts.sessions, "begin", broken)
    status, answer = await world.post("/api/session/begin", {})
    assert (status, answer["error"]) == (500, "internal")
    assert "secret" not in json.dumps(answer)


async def test_what_is_refused_is_logged_by_its_code_and_nothing_of_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    viewing, request = await world.request()
    reason = "为核实投诉"
    with caplog.at_level("WARNING", "zhilu.keyholder"):
        body = world.stranger.decision(request, datetime.now(UTC))
        await world.post(f"/api/viewings/{viewing}/decision", body)
        await world.post("/api/viewings", {"reason": reason, "request": "x", "assertion": {}, "salt": ""})
    told = [record.getMessage() for record in caplog.records]
    assert f"refused: /api/viewings/{viewing}/decision: credential-unknown" in told
    assert any(line.startswith("refused: /api/viewings: ") for line in told)
    assert reason not in "".join(told)
