"""The kiosk's API guards itself against other pages, and serves nothing from elsewhere."""

from __future__ import annotations

import re

import pytest

from support.station_world import Bureau
from zhilu.station.page import FILES, FOLDER


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "127.0.0.1"}, 403),
        ({"host": "evil.example"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
async def test_only_its_own_page_may_ask(bureau: Bureau, headers: dict[str, str], status: int) -> None:
    async with bureau.station_only() as kiosk:
        await kiosk.until("empty")
        assert (await kiosk.client.get("/api/state", headers=headers)).status_code == status


async def test_a_form_of_another_page_cannot_post(bureau: Bureau) -> None:
    async with bureau.station_only() as kiosk:
        await kiosk.until("empty")
        for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
            answer = await kiosk.client.post(
                "/api/bays/1/ceremony", content=b"{}", headers={"content-type": kind}
            )
            assert (answer.status_code, answer.json()["error"]) == (415, "content-type")


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/api/bays/1/ceremony", b"{}", 409, "not-waiting"),
        ("/api/bays/9/ceremony", b"{}", 404, "unknown-bay"),
        ("/api/bays/1/assertion", b"{}", 409, "not-waiting"),
        ("/api/bays/1/assertion", b"not json", 403, "json"),
        ("/api/bays/1/assertion", b"x" * 70_000, 413, "request-entity-too-large"),
        ("/api/bays/x/ceremony", b"{}", 404, "not-found"),
        ("/api/alarms/none/confirmed", b"{}", 404, "unknown-alarm"),
    ],
)
async def test_bad_requests_are_answered_plainly(
    bureau: Bureau, path: str, body: bytes, status: int, error: str
) -> None:
    async with bureau.station_only() as kiosk:
        await kiosk.until("empty")
        headers = {"content-type": "application/json"}
        answer = await kiosk.client.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_the_page_and_all_it_needs_are_served_under_a_strict_policy(bureau: Bureau) -> None:
    async with bureau.station_only() as kiosk:
        await kiosk.until("empty")
        for path in FILES:
            answer = await kiosk.client.get(path)
            assert answer.status_code == 200
            assert answer.headers["content-security-policy"].startswith("default-src 'self';")


def test_the_page_asks_nobody_else() -> None:
    for path in FOLDER.iterdir():
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//[a-z]+\.[a-z]", text), path
        assert "style=" not in text and "onclick" not in text


def test_every_file_of_the_page_is_served() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {name for name, _ in FILES.values()}


async def test_changes_are_told_as_they_happen(bureau: Bureau) -> None:
    device = bureau.recorder()
    async with bureau.station() as kiosk:
        await kiosk.until("empty")
        async with kiosk.client.stream("GET", "/api/events") as events, device.docked():
            async for line in events.aiter_lines():
                if line.startswith("data: ") and '"waiting-officer"' in line:
                    break
