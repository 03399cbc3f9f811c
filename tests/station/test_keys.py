"""The page's addresses for a security key that is made at it: once, in time, one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.kiosk_words import CLERK, OFFICER, RP_ID, SECOND, Room, answer_of
from zhilu.encoding import b64u
from zhilu.protocols.dock_keys import number_of
from zhilu.softkey import SoftKey
from zhilu.station import keys


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


async def test_a_key_is_made_and_its_number_shown(room: Room) -> None:
    key = SoftKey()
    async with room.running() as page:
        status, answer = await page.make_key(OFFICER, key)
    made = key.credential(RP_ID)
    assert (status, answer) == (200, {"number": number_of(made.id, made.public_key)})
    assert room.on_disk(b64u(made.id), answer["number"]) == []


async def test_the_browser_is_told_whose_and_which_are_known(room: Room) -> None:
    async with room.running() as page:
        _, begun = await page.call("/api/keys", {"person": OFFICER})
    assert begun["exclude"] == [b64u(room.holders[OFFICER].credential)]
    assert (begun["rp_id"], begun["user"]["display"]) == (RP_ID, "李建国")


@pytest.mark.parametrize("person", [CLERK, "", "../x", OFFICER.upper(), "0" * 36])
async def test_whom_the_roster_does_not_name_as_officer_or_keeper(room: Room, person: str) -> None:
    async with room.running() as page:
        status, answer = await page.call("/api/keys", {"person": person})
        assert (status, answer["error"]) == (409, "person-unknown")
        assert (await page.call("/api/keys", {"person": 7}))[1]["error"] == "field"
    assert room.county.requests == []


async def test_a_challenge_is_used_once(room: Room) -> None:
    async with room.running() as page:
        _, begun = await page.call("/api/keys", {"person": OFFICER})
        path, answer = f"/api/keys/{begun['id']}", answer_of(room, SoftKey(), begun)
        assert (await page.call(f"/api/keys/{'0' * 32}", answer))[1]["error"] == "no-ceremony"
        assert (await page.call(path, answer))[0] == 200
        assert (await page.call(path, answer))[1]["error"] == "no-ceremony"
        # What is made for another begin is not taken under this one.
        _, again = await page.call("/api/keys", {"person": OFFICER})
        assert (await page.call(f"/api/keys/{again['id']}", answer))[1]["error"] == "registration"
    assert room.county.requests == ["POST /intake/dock-keys"] * 2


async def test_one_ceremony_at_a_time_and_not_for_ever(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.parts.turn.take(1, keys.time.monotonic())
    async with room.running() as page:
        assert (await page.call("/api/keys", {"person": OFFICER}))[1]["error"] == "busy"
        room.parts.turn.release(1)
        _, begun = await page.call("/api/keys", {"person": OFFICER})
        assert (await page.call("/api/words", {"kind": "x"}))[1]["error"] in ("kind", "busy")
        assert (await page.call(f"/api/keys/{begun['id']}/cancel", {})) == (200, {})
        answer = answer_of(room, SoftKey(), begun)
        assert (await page.call(f"/api/keys/{begun['id']}", answer))[1]["error"] == "no-ceremony"
        room.parts.turn.take(1, keys.time.monotonic())  # let go
        room.parts.turn.release(1)
        monkeypatch.setattr(keys, "GREETING_S", -1.0)
        _, late = await page.call("/api/keys", {"person": SECOND})
        answer = answer_of(room, SoftKey(), late)
        assert (await page.call(f"/api/keys/{late['id']}", answer))[1]["error"] == "no-ceremony"


async def test_what_the_county_says_is_handed_on(room: Room) -> None:
    async with room.running() as page:
        room.county.refuse = "dock-keys-many"
        assert (await page.make_key(OFFICER, SoftKey()))[1]["error"] == "dock-keys-many"
        room.county.refuse, room.county.away = "", True
        assert await page.make_key(OFFICER, SoftKey()) == (
            503,
            {"error": "county-away", "hint": "The county server cannot be reached."},
        )
        room.county.away = False
        assert (await page.make_key(OFFICER, SoftKey()))[0] == 200


async def test_only_the_kiosks_own_page(room: Room) -> None:
    async with room.running() as page:
        for path in ("/api/keys", f"/api/keys/{'0' * 32}", f"/api/keys/{'0' * 32}/cancel"):
            status, answer = await page.call(path, {}, {"Origin": "https://evil.example"})
            assert (status, answer["error"]) == (403, "origin")
        assert (await page.call("/api/keys/x", {}))[0] == 404
