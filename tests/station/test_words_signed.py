"""Words at the kiosk are signed by whom they name: fingers of two people, false and old answers."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from support.kiosk_words import (
    KEEPER,
    OFFICER,
    ORIGIN,
    RP_ID,
    SECOND,
    Page,
    Room,
    assignment,
    finger,
    statement,
    taken,
)
from support.station_world import eventually
from zhilu.encoding import unb64u
from zhilu.protocols import intake_words
from zhilu.protocols.docking_recorder import GREETING_S
from zhilu.softkey.ceremonies import Holder
from zhilu.station import fingers, officer
from zhilu.station import words as station_words

pytestmark = pytest.mark.usefixtures("in_a_hurry")


async def outcome(page: Page, id_: str) -> dict[str, Any]:
    """What became of the finger, once that is known."""
    told: dict[str, Any] = {}

    async def known() -> bool:
        told.update((await page.call(f"/api/words/{id_}"))[1])
        return told["state"] != "enrolling"

    await eventually(known)
    return told


async def test_a_finger_is_taken_after_two_people_and_the_county_said_so(room: Room) -> None:
    async with room.running() as page:
        _, begun = await page.call("/api/words", finger())
        id_ = begun["id"]
        _, second = await page.sign(begun)
        assert second["signer"]["person"] == {"id": OFFICER, "name": "李建国"}
        assert second["signer"]["challenge"] == begun["signer"]["challenge"]
        assert room.reader.fingers == [] and not room.county.taken
        assert await page.sign({"id": id_, **second}) == (200, {"done": "enrol"})
        assert await outcome(page, id_) == {"state": "enrolled", "error": None}
    assert taken(room).persons == (KEEPER, OFFICER)
    assert room.reader.fingers == [(OFFICER, "right-index-finger")]


async def test_a_finger_is_taken_while_the_two_stand_there(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody at the page comes between their signatures and the reader, or keeps it for later."""
    sent = asyncio.Event()
    ask = room.county.ask

    async def slow(call: Any, *body: Any) -> bytes:
        if call == intake_words.post_word():
            await sent.wait()
        return bytes(await ask(call, *body))

    monkeypatch.setattr(room.county, "ask", slow)
    async with room.running() as page:
        _, begun = await page.call("/api/words", finger())
        _, second = await page.sign(begun)
        last = asyncio.create_task(page.sign({"id": begun["id"], **second}))
        await eventually(lambda: room.parts.turn._whose == ("finger", begun["id"]))
        assert (await page.call("/api/words", assignment()))[1]["error"] == "busy"
        sent.set()
        assert await last == (200, {"done": "enrol"})
        assert await outcome(page, begun["id"]) == {"state": "enrolled", "error": None}
        assert (await page.call("/api/words", assignment()))[0] == 200
    assert room.reader.fingers == [(OFFICER, "right-index-finger")]


@pytest.mark.parametrize("meanwhile", [True, False])
async def test_a_finger_that_could_not_begin_in_time_is_not_taken(
    room: Room, monkeypatch: pytest.MonkeyPatch, meanwhile: bool
) -> None:
    """The county's answer comes when the two may have gone; with or without somebody else at the page."""
    renew, now = room.snapshots.renew, [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    async with room.running() as page:
        _, begun = await page.call("/api/words", finger())
        _, second = await page.sign(begun)
        for module in (fingers, officer, station_words):
            monkeypatch.setattr(module, "time", clock)

        async def late() -> None:
            now[0] += GREETING_S
            if meanwhile:
                assert (await page.call("/api/words", assignment()))[0] == 200
            await renew()

        monkeypatch.setattr(room.snapshots, "renew", late)
        await page.sign({"id": begun["id"], **second})
        assert await outcome(page, begun["id"]) == {"state": "failed", "error": "no-ceremony"}
    assert room.reader.fingers == []


async def test_a_word_that_the_county_refuses_frees_the_page(room: Room) -> None:
    room.county.refuse = "actor"
    async with room.running() as page:
        assert (await page.say(finger()))[1]["error"] == "actor"
        assert (await page.call("/api/words", assignment()))[0] == 200


async def test_the_same_person_twice_is_refused_and_so_is_his_key_for_the_other(room: Room) -> None:
    async with room.running() as page:
        assert (await page.call("/api/words", finger(KEEPER, KEEPER)))[1]["error"] == "persons"
        assert (await page.call("/api/words", finger(KEEPER)))[1]["error"] == "persons"
        _, begun = await page.call("/api/words", finger())
        _, second = await page.sign(begun)
        status, error = await page.sign({"id": begun["id"], **second}, room.holders[KEEPER])
        assert (status, error["error"]) == (403, "credential")
    assert room.reader.fingers == [] and not room.county.taken


async def test_a_reader_that_fails_is_said(room: Room) -> None:
    room.reader.fails = "sensor-missing"
    async with room.running() as page:
        _, begun = await page.call("/api/words", finger())
        _, second = await page.sign(begun)
        await page.sign({"id": begun["id"], **second})
        assert await outcome(page, begun["id"]) == {"state": "failed", "error": "sensor-missing"}


async def test_who_has_no_key_here_is_not_asked_for_it(room: Room) -> None:
    async with room.running() as page:
        assert (await page.call("/api/words", finger(KEEPER, SECOND)))[1]["error"] == "no-key"
        assert await page.say(statement()) == (200, {"done": "filed"})


# Signing.


async def test_an_old_answer_is_worth_nothing_for_another_word(room: Room) -> None:
    async with room.running() as page:
        _, first = await page.call("/api/words", statement())
        old = room.holders[OFFICER].sign(unb64u(first["signer"]["challenge"]))
        path = f"/api/words/{first['id']}/assertion"
        assert (await page.call(path, old))[0] == 200
        status, error = await page.call(path, old)
        assert (status, error["error"]) == (404, "unknown-word")
        _, second = await page.call("/api/words", statement())
        status, error = await page.call(f"/api/words/{second['id']}/assertion", old)
        assert (status, error["error"]) == (403, "assertion")
        assert (await page.sign(second))[0] == 200  # the right answer may still be given


async def test_a_strangers_key_is_refused_and_five_false_answers_of_his_own_lock(room: Room) -> None:
    stranger = Holder.new(OFFICER, RP_ID, ORIGIN)
    async with room.running() as page:
        _, begun = await page.call("/api/words", statement())
        assert {(await page.sign(begun, stranger))[1]["error"] for _ in range(6)} == {"credential"}
        false, path = room.holders[OFFICER].sign(bytes(32)), f"/api/words/{begun['id']}/assertion"
        errors = [(await page.call(path, false))[1]["error"] for _ in range(5)]
        assert errors == ["assertion"] * 4 + ["officer-locked"]
        assert (await page.call("/api/words", statement()))[1]["error"] == "officer-locked"
        assert (await page.say(assignment()))[0] == 200  # others are not locked
    assert "officer-locked" in {alarm["code"] for alarm in room.alarms.shown()}


async def test_a_page_closed_in_the_middle_blocks_nobody(room: Room) -> None:
    async with room.running() as page:
        _, left = await page.call("/api/words", statement())
        with pytest.raises(Exception, match="busy"):
            room.parts.turn.take(1, asyncio.get_running_loop().time())
        assert await page.say(statement()) == (200, {"done": "filed"})
        assert (await page.sign(left))[1]["error"] == "unknown-word"
        _, closed = await page.call("/api/words", statement())
        assert (await page.call(f"/api/words/{closed['id']}/cancel", {}))[0] == 200
        room.parts.turn.take(1, asyncio.get_running_loop().time())  # a handover may begin


async def test_while_a_handover_is_signed_no_word_is(room: Room) -> None:
    room.parts.turn.take(1, asyncio.get_running_loop().time())
    async with room.running() as page:
        assert (await page.call("/api/words", statement()))[1]["error"] == "busy"


async def test_a_finger_alone_files_a_statement_where_the_policy_takes_it(room: Room) -> None:
    room.snapshots.least = "fprintd"
    room.snapshots.fingers = frozenset((one, room.signer.kid) for one in (OFFICER, KEEPER))
    room.reader.matches = {OFFICER, KEEPER}
    async with room.running() as page:
        _, begun = await page.call("/api/words", statement())
        assert (begun["signer"]["needs"], begun["signer"]["allow"]) == (["finger"], [])
        path = f"/api/words/{begun['id']}"
        assert (await page.call(f"{path}/assertion", {}))[1]["error"] == "officer-check"
        assert await page.call(f"{path}/finger", {}) == (200, {"matched": True})
        assert await page.call(f"{path}/assertion", {}) == (200, {"done": "filed"})
        _, begun = await page.call("/api/words", assignment())
        assert begun["signer"]["needs"] == ["key"]  # a keeper's word needs his key, whatever the policy


async def test_both_where_the_policy_demands_both(room: Room) -> None:
    room.snapshots.least = "fprintd+key"
    room.snapshots.fingers = frozenset({(OFFICER, room.signer.kid)})
    room.reader.matches = {OFFICER}
    async with room.running() as page:
        _, begun = await page.call("/api/words", statement())
        assert begun["signer"]["needs"] == ["finger", "key"]
        assert (await page.sign(begun))[1]["error"] == "officer-check"
        await page.call(f"/api/words/{begun['id']}/finger", {})
        assert await page.sign(begun) == (200, {"done": "filed"})
