"""What one person is asked, what counts as a failure, and that nothing gets stuck: with a reader in memory.
The real reader and the real station: test_fingers.py."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.station_world import CLERK, OFFICER, RP_ID
from zhilu.devices.fingerprint import Prompt
from zhilu.errors import CallerError, DataError, WorldError, ZhiluError
from zhilu.softkey.ceremonies import Holder
from zhilu.station import officer
from zhilu.station.officer import Check, Desk
from zhilu.station.tries import MOST, Tries

STATION, ORIGIN = "k" * 43, f"http://s1.{RP_ID}"
CHALLENGE = bytes(32)


class Shelf:
    """A reader in memory: whose finger lies on it, `None` for nobody's yet."""

    def __init__(self, *people: str) -> None:
        self.known, self.finger, self.there = set(people), None, True
        self.laid = asyncio.Event()

    async def present(self) -> bool:
        return self.there

    async def enrolled(self, person: str) -> list[str]:
        if not self.there:
            raise WorldError("sensor-missing")
        return ["left-thumb"] if person in self.known else []

    async def verify(self, person: str, prompt: Prompt) -> bool:
        prompt("touch")
        await self.laid.wait()
        self.laid.clear()
        if self.finger is None:
            raise WorldError("sensor-missing")
        return self.finger == person

    async def enrol(self, person: str, finger: str, prompt: Prompt) -> None: ...

    async def forget(self, person: str) -> None: ...

    def lay(self, person: str | None) -> None:
        self.finger = person
        self.laid.set()


class Room:
    """A desk with officer and clerk, both of whom the reader and the ledger know, unless told otherwise."""

    def __init__(self, folder: Path) -> None:
        self.alarms: list[tuple[Any, ...]] = []
        self.shelf: Shelf | None = Shelf(OFFICER, CLERK)
        self.holder = Holder.new(OFFICER, RP_ID, ORIGIN)
        self.stranger = Holder.new(CLERK, RP_ID, ORIGIN)
        self.proved = {(OFFICER, STATION), (CLERK, STATION)}
        self.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        alarms: Any = SimpleNamespace(raise_=lambda *what: self.alarms.append(what))
        self.desk = Desk(
            station=STATION,
            origin=ORIGIN,
            reader=self.shelf,
            tries=Tries(folder / "tries", lambda: self.now),
            alarms=alarms,
            changed=lambda: None,
        )

    async def check(self, least: str, person: str = OFFICER, keys: bool = True) -> Check:
        self.desk.reader = self.shelf
        snapshot: Any = SimpleNamespace(fingers=frozenset(self.proved), name_of=lambda person: "李建国")
        key = self.holder.key.credential(RP_ID).public_key
        credentials = {self.holder.credential: key} if keys else {}
        return await self.desk.check(snapshot, person, CHALLENGE, least, credentials, RP_ID, 3)

    async def read(self, check: Check, person: str | None) -> None:
        assert self.shelf is not None
        self.shelf.lay(person)
        await asyncio.wait_for(check.finger(), 60)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


async def refused(call: Any) -> str:
    with pytest.raises(ZhiluError) as error:
        result = call()
        if asyncio.iscoroutine(result):
            await result
    return error.value.code


NO_FINGER = ["no reader", "reader away", "not at the reader", "not in the ledger", "at another station"]


def without_finger(room: Room, why: str) -> None:
    if why == "no reader":
        room.shelf = None
    elif why == "reader away":
        assert room.shelf is not None
        room.shelf.there = False
    elif why == "not at the reader":
        room.shelf = Shelf(CLERK)
    else:
        room.proved = {(OFFICER, "x" * 43)} if why == "at another station" else set()


@pytest.mark.parametrize(
    ("least", "needs"), [("fprintd", ["finger"]), ("key", ["key"]), ("fprintd+key", ["finger", "key"])]
)
async def test_the_easiest_check_that_is_strong_enough_is_asked(
    room: Room, least: str, needs: list[str]
) -> None:
    check = await room.check(least)
    asked = check.to_json()
    assert asked["needs"] == needs and 115 < asked["seconds"] <= 120
    assert len(asked["allow"]) == ("key" in needs)
    if "finger" in needs:
        await room.read(check, OFFICER)
    assertion = room.holder.sign(CHALLENGE) if "key" in needs else None
    kind, given = check.finish(assertion)
    assert kind == least and (given is None) == (least == "fprintd")
    assert given is None or set(given) == {"id", "authenticator_data", "client_data_json", "signature"}


@pytest.mark.parametrize("why", NO_FINGER)
async def test_without_a_finger_the_key_is_asked_and_both_cannot_be(room: Room, why: str) -> None:
    without_finger(room, why)
    assert (await room.check("fprintd")).needs == ("key",)
    assert (await room.check("key")).needs == ("key",)
    code = "sensor-missing" if "reader" in why and "not" not in why else "finger-unknown"
    assert await refused(lambda: room.check("fprintd+key")) == code
    assert room.desk.sensor is (None if why == "no reader" else why != "reader away")


async def test_without_any_key_a_finger_does_where_it_is_enough(room: Room) -> None:
    assert (await room.check("fprintd", keys=False)).needs == ("finger",)
    assert await refused(lambda: room.check("key", keys=False)) == "no-key"
    assert await refused(lambda: room.check("fprintd+key", keys=False)) == "no-key"


async def test_what_was_not_read_does_not_count(room: Room) -> None:
    check = await room.check("fprintd+key")
    assert await refused(lambda: check.finish(room.holder.sign(CHALLENGE))) == "officer-check"
    alone = await room.check("fprintd")
    assert await refused(lambda: alone.finish(None)) == "officer-check"
    assert await refused(lambda: alone.finish(room.holder.sign(CHALLENGE))) == "officer-check"
    key = await room.check("key")
    assert await refused(key.finger) == "no-finger-needed"
    await room.read(await room.check("fprintd"), OFFICER)
    assert await refused(lambda: alone.finish(None)) == "officer-check", "a finger of another check"
    assert room.desk.tries.locked_until(OFFICER) is None


async def test_five_wrong_fingers_lock_the_officer_and_nobody_else(room: Room) -> None:
    check = await room.check("fprintd")
    for _ in range(MOST - 1):
        assert await refused(lambda: room.read(check, CLERK)) == "finger-no-match"
    assert room.alarms == []
    assert await refused(lambda: room.read(check, CLERK)) == "officer-locked"
    assert room.alarms == [(3, "officer-locked", OFFICER)]
    assert await refused(lambda: room.read(check, OFFICER)) == "officer-locked"
    assert await refused(lambda: room.check("key")) == "officer-locked"
    assert len(room.alarms) == 1
    clerk = await room.check("fprintd", CLERK)
    await room.read(clerk, CLERK)
    assert clerk.finish(None) == ("fprintd", None)


@pytest.mark.parametrize("wrong", ["replayed", "nonsense"])
async def test_wrong_answers_of_his_key_count_too(room: Room, wrong: str) -> None:
    answers = {
        "replayed": room.holder.sign(bytes([1]) * 32),
        "nonsense": room.holder.sign(CHALLENGE) | {"signature": 7},
    }
    answer = answers[wrong]
    for _ in range(MOST - 1):
        assert await refused_finish(room, answer) == "assertion"
    assert await refused_finish(room, answer) == "officer-locked"
    assert room.alarms == [(3, "officer-locked", OFFICER)]


@pytest.mark.parametrize("nothing", ["stranger", "no-answer", "no-key"])
async def test_what_tries_no_key_of_his_locks_nobody(room: Room, nothing: str) -> None:
    """Otherwise anybody at the page locks anybody with nothing in his hand."""
    answers: dict[str, Any] = {
        "stranger": room.stranger.sign(CHALLENGE),
        "no-answer": None,
        "no-key": {"id": "AAAA"},
    }
    for _ in range(MOST + 1):
        assert await refused_finish(room, answers[nothing]) == "credential"
    assert room.alarms == [] and room.desk.tries.locked_until(OFFICER) is None


async def refused_finish(room: Room, answer: Any) -> str:
    check = await room.check("key")
    return await refused(lambda: check.finish(answer))


@pytest.mark.parametrize("passed", [False, True])
async def test_only_a_check_passed_to_the_end_clears_the_count(room: Room, passed: bool) -> None:
    """Otherwise whoever has the finger may try with the key as often as he likes."""
    old = room.holder.sign(bytes([1]) * 32)

    async def with_finger(answer: Any) -> Check:
        check = await room.check("fprintd+key")
        await room.read(check, OFFICER)
        check.finish(answer)
        return check

    for _ in range(MOST - 1):
        assert await refused(lambda: with_finger(old)) == "assertion"
    if passed:
        await with_finger(room.holder.sign(CHALLENGE))
    assert await refused(lambda: with_finger(old)) == ("assertion" if passed else "officer-locked")


async def test_the_last_one_who_asks_has_the_reader(room: Room) -> None:
    """A page that was closed or loaded anew leaves its question behind."""
    check = await room.check("fprintd")
    first = asyncio.create_task(check.finger())
    await asyncio.sleep(0.01)
    assert room.desk.prompt == {"person": "李建国", "say": "touch"}
    second = asyncio.create_task(check.finger())
    with pytest.raises(CallerError) as error:
        await first
    assert error.value.code == "no-ceremony" and room.desk.prompt is not None
    assert room.shelf is not None
    room.shelf.lay(OFFICER)
    await second
    assert room.desk.prompt is None


async def test_a_new_check_ends_the_old_ones_reading(room: Room) -> None:
    old = asyncio.create_task((await room.check("fprintd")).finger())
    await asyncio.sleep(0.01)
    new = await room.check("fprintd", CLERK)
    with pytest.raises(CallerError):
        await old
    assert room.desk.prompt is None
    await room.read(new, CLERK)


async def test_stopping_one_check_leaves_another_alone(room: Room) -> None:
    old = await room.check("fprintd")
    new = await room.check("fprintd", CLERK)
    reading = asyncio.create_task(new.finger())
    await asyncio.sleep(0.01)
    old.stop()
    assert room.shelf is not None
    room.shelf.lay(CLERK)
    await asyncio.wait_for(reading, 60)


async def test_a_reader_that_goes_away_in_the_middle_is_no_failure(room: Room) -> None:
    check = await room.check("fprintd")
    assert await refused(lambda: room.read(check, None)) == "sensor-missing"
    assert room.desk.sensor is False and room.desk.prompt is None
    for _ in range(MOST):
        assert await refused(lambda: room.read(check, None)) == "sensor-missing"
    await room.read(check, OFFICER)
    assert await room.desk.look() is True


async def test_a_reader_that_does_not_answer_holds_nobody_up(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(officer, "ANSWER_S", 0.05)

    async def enrolled(person: str) -> list[str]:
        await asyncio.sleep(60)
        return []

    assert room.shelf is not None
    monkeypatch.setattr(room.shelf, "enrolled", enrolled)
    assert (await room.check("fprintd")).needs == ("key",)
    assert room.desk.sensor is False


async def test_a_check_lives_two_minutes(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(officer, "GREETING_S", -1.0)
    check = await room.check("fprintd+key")
    assert check.to_json()["seconds"] == 0
    assert await refused(check.finger) == "no-ceremony"
    assert await refused(lambda: check.finish(None)) == "no-ceremony"
    assert room.desk.tries.locked_until(OFFICER) is None


async def test_a_strange_id_in_the_ledger_is_no_finger(room: Room, tmp_path: Path) -> None:
    async def enrolled(person: str) -> list[str]:
        raise DataError("finger-unknown")

    assert room.shelf is not None
    room.shelf.enrolled = enrolled  # type: ignore[method-assign]
    assert (await room.check("fprintd")).needs == ("key",)
