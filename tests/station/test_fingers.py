"""Handovers by finger: the real station, a real recorder, Debian's fprintd, libfprint's virtual sensor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from support import kiosk_words as words_of
from support.fprint import Hand, Sensor
from support.kiosk_words import Room
from support.kiosk_words import finger as said_finger
from support.station_world import CLERK, OFFICER, Bureau, Device, Kiosk, eventually
from zhilu.encoding import unb64u
from zhilu.errors import DataError
from zhilu.protocols.docking_handover import Handover
from zhilu.softkey.ceremonies import Holder
from zhilu.station.fingers import Fingers

LI, WANG, NOBODY = 1, 2, 3


@pytest.fixture(scope="module")
def sensor() -> Iterator[Sensor]:
    """It knows a finger of the officer's and one of the clerk's."""
    sensor = Sensor()
    for person, finger in ((OFFICER, LI), (CLERK, WANG)):
        asyncio.run(sensor.reader().enrol(person, "right-index-finger", Hand(sensor, finger)))
    yield sensor
    sensor.close()


@pytest.fixture
def bureau(tmp_path: Path, sensor: Sensor) -> Bureau:
    """Two bays, a reader, and the ledger's word on both fingers; the policy is content with a finger."""
    bureau = Bureau(tmp_path, bays=2, least="fprintd")
    bureau.reader = sensor.reader()
    bureau.enrol_finger(OFFICER)
    bureau.enrol_finger(CLERK)
    return bureau


def recorder(bureau: Bureau, least: str = "fprintd", officer: str = OFFICER, bay: int = 1) -> Device:
    device = bureau.recorder(bay, f"XT-000{bay}", officer, officer_check_least=least)
    device.record(b"x" * 50)
    return device


@asynccontextmanager
async def waiting(bureau: Bureau, *devices: Device) -> AsyncIterator[Kiosk]:
    """The station runs and the recorders wait for their officers."""
    async with bureau.station() as kiosk:
        docks = [device.docked() for device in devices]
        entered = [await dock.__aenter__() for dock in docks]
        try:
            for number in range(1, len(entered) + 1):
                await kiosk.until("waiting-officer", number=number)
            yield kiosk
        finally:
            for dock in docks:
                await dock.__aexit__(None, None, None)


async def lay(kiosk: Kiosk, sensor: Sensor, finger: int, touch: int = 20, bay: int = 1) -> httpx.Response:
    """The page asks for the finger; it is laid down when the screen says so."""
    asked = asyncio.create_task(kiosk.client.post(f"/api/bays/{bay}/finger", json={}))
    await prompted(kiosk, asked)
    if not asked.done():
        sensor.lay(finger, touch)
    return await asked


async def prompted(kiosk: Kiosk, asked: asyncio.Task[Any]) -> None:
    await eventually(lambda: asked.done() or kiosk.station.desk.prompt is not None)
    if not asked.done():
        assert (await kiosk.state())["prompt"]["say"] == "touch"


async def finish(kiosk: Kiosk, answer: object, bay: int = 1) -> str:
    """The refusal's code, or ""."""
    said = await kiosk.post(f"/api/bays/{bay}/assertion", answer)
    return "" if said.is_success else str(said.json()["error"])


def docked_by(bureau: Bureau, device: Device) -> list[str]:
    """The checks under which the county got what this recorder handed over."""
    told = bureau.county.handovers.values()
    return [
        str(it["check"]) for it in told if Handover.from_bytes(unb64u(it["handover"])).recorder == device.kid
    ]


@pytest.mark.parametrize("least", ["fprintd", "key", "fprintd+key"])
async def test_a_recorder_is_handed_over_by_the_least_check(
    bureau: Bureau, sensor: Sensor, least: str
) -> None:
    device = recorder(bureau, least)
    async with waiting(bureau, device) as kiosk:
        assert (await kiosk.bay())["check"] == least
        asked = await kiosk.begin()
        wanted = {"fprintd": ["finger"], "key": ["key"], "fprintd+key": ["finger", "key"]}[least]
        assert asked["needs"] == wanted
        if "finger" in wanted:
            assert (await lay(kiosk, sensor, LI)).json() == {"matched": True}
            assert (await kiosk.state())["prompt"] is None
        answer = device.officer.sign(unb64u(asked["challenge"])) if "key" in wanted else {}
        assert await finish(kiosk, answer) == ""
        await kiosk.until("safe-to-take", "cleared")
    assert "docked" in device.types() and "cleared" in device.types()
    assert docked_by(bureau, device) == [least]


async def test_the_bureaus_policy_may_demand_more_than_the_assignment(tmp_path: Path, sensor: Sensor) -> None:
    bureau = Bureau(tmp_path)
    bureau.reader = sensor.reader()
    bureau.enrol_finger(OFFICER)
    device = recorder(bureau, "fprintd")
    async with waiting(bureau, device) as kiosk:
        assert (await kiosk.begin())["needs"] == ["key"]


async def test_the_finger_of_another_officer_is_no_match(bureau: Bureau, sensor: Sensor) -> None:
    """Neither the clerk's, whom the reader knows, nor a stranger's; the right one may follow."""
    device = recorder(bureau)
    async with waiting(bureau, device) as kiosk:
        await kiosk.begin()
        for finger in (WANG, NOBODY):
            answer = await lay(kiosk, sensor, finger)
            assert (answer.status_code, answer.json()["error"]) == (403, "finger-no-match")
        assert (await lay(kiosk, sensor, LI)).json() == {"matched": True}
        assert await finish(kiosk, {}) == ""


async def test_without_a_finger_nothing_is_handed_over(bureau: Bureau, sensor: Sensor) -> None:
    device = recorder(bureau)
    async with waiting(bureau, device) as kiosk:
        await kiosk.begin()
        assert (await lay(kiosk, sensor, WANG)).status_code == 403
        assert await finish(kiosk, {}) == "officer-check"
        assert await finish(kiosk, {}) == "no-ceremony", "a ceremony is used once"
    assert "docked" not in device.types()


async def test_a_finger_that_the_ledger_does_not_know_does_not_count(tmp_path: Path, sensor: Sensor) -> None:
    """Somebody with root's rights enrolled it at the reader."""
    bureau = Bureau(tmp_path, least="fprintd")
    bureau.reader = sensor.reader()
    bureau.enrol_finger(OFFICER, station="x" * 43)
    device = recorder(bureau)
    async with waiting(bureau, device) as kiosk:
        asked = await kiosk.begin()
        assert asked["needs"] == ["key"]
        assert await finish(kiosk, device.officer.sign(unb64u(asked["challenge"]))) == ""
        await kiosk.until("safe-to-take", "cleared")
    assert docked_by(bureau, device) == ["key"]


async def test_five_wrong_fingers_lock_the_officer_here_and_a_restart_does_not_help(
    bureau: Bureau, sensor: Sensor
) -> None:
    device, other = recorder(bureau), recorder(bureau, officer=CLERK, bay=2)
    async with waiting(bureau, device, other) as kiosk:
        await kiosk.begin()
        codes = [(await lay(kiosk, sensor, NOBODY, 20 + i)).json()["error"] for i in range(5)]
        assert codes == ["finger-no-match"] * 4 + ["officer-locked"]
        alarms = (await kiosk.state())["alarms"]
        assert [(alarm["code"], alarm["bay"]) for alarm in alarms] == [("officer-locked", 1)]
        assert (await kiosk.bay())["officer_locked_until"]
        assert await begun(kiosk) == "officer-locked"
        assert (await kiosk.bay(2))["officer_locked_until"] is None
        await kiosk.begin(2)
        assert (await lay(kiosk, sensor, WANG, bay=2)).json() == {"matched": True}
        assert await finish(kiosk, {}, 2) == ""
        await kiosk.until("safe-to-take", "cleared", number=2)
    async with waiting(bureau, device) as kiosk:
        assert await begun(kiosk) == "officer-locked"
        await eventually(
            lambda: any(alarm["code"] == "officer-locked" for alarm in bureau.county.station_alarms)
        )
    assert "docked" not in device.types()


async def begun(kiosk: Kiosk, bay: int = 1) -> str:
    """The refusal's code, or ""."""
    said = await kiosk.post(f"/api/bays/{bay}/ceremony", {})
    return "" if said.is_success else str(said.json()["error"])


async def test_a_strangers_key_and_an_old_answer_are_refused(bureau: Bureau, sensor: Sensor) -> None:
    device = recorder(bureau, "key")
    async with waiting(bureau, device) as kiosk:
        first = await kiosk.begin()
        old = device.officer.sign(unb64u(first["challenge"]))
        second = await kiosk.begin()
        assert second["challenge"] != first["challenge"]
        assert await finish(kiosk, old) == "assertion"
        stranger = Holder.new(OFFICER, device.officer.rp_id, bureau.origin)
        challenge = unb64u((await kiosk.begin())["challenge"])
        assert await finish(kiosk, stranger.sign(challenge)) == "credential"
        good = device.officer.sign(unb64u((await kiosk.begin())["challenge"]))
        assert await finish(kiosk, good) == ""
        await kiosk.until("safe-to-take", "cleared")
        assert await finish(kiosk, good) == "not-waiting"


async def test_of_two_officers_at_once_one_waits(bureau: Bureau, sensor: Sensor) -> None:
    device, other = recorder(bureau), recorder(bureau, officer=CLERK, bay=2)
    async with waiting(bureau, device, other) as kiosk:
        await kiosk.begin()
        assert await begun(kiosk, 2) == "busy"
        assert (await lay(kiosk, sensor, LI)).json() == {"matched": True}
        assert await begun(kiosk, 2) == "busy"
        assert await finish(kiosk, {}, 2) == "no-ceremony"
        assert await finish(kiosk, {}) == ""
        await kiosk.begin(2)
        assert (await lay(kiosk, sensor, WANG, bay=2)).json() == {"matched": True}
        assert await finish(kiosk, {}, 2) == ""
        await kiosk.until("safe-to-take", "cleared", number=1)
        await kiosk.until("safe-to-take", "cleared", number=2)


async def test_a_page_closed_in_the_middle_keeps_nobody_from_beginning(
    bureau: Bureau, sensor: Sensor
) -> None:
    device = recorder(bureau)
    async with waiting(bureau, device) as kiosk:
        await kiosk.begin()
        closed = asyncio.create_task(kiosk.client.post("/api/bays/1/finger", json={}))
        await prompted(kiosk, closed)
        closed.cancel()
        await kiosk.begin()
        assert (await lay(kiosk, sensor, LI)).json() == {"matched": True}
        assert await finish(kiosk, {}) == ""


async def test_a_recorder_pulled_out_while_the_finger_is_awaited_ends_it(
    bureau: Bureau, sensor: Sensor
) -> None:
    device = recorder(bureau)
    async with bureau.station() as kiosk:
        async with device.docked() as dock:
            await kiosk.until("waiting-officer")
            await kiosk.begin()
            asked = asyncio.create_task(kiosk.client.post("/api/bays/1/finger", json={}))
            await prompted(kiosk, asked)
            await dock.pull_out()
            kiosk.station.bays[1].handing.over()
            assert (await asked).json()["error"] == "no-ceremony"
        assert (await kiosk.state())["prompt"] is None


async def test_fprintd_restarted_in_the_middle_is_said_and_works_again(
    bureau: Bureau, sensor: Sensor
) -> None:
    device = recorder(bureau)
    async with waiting(bureau, device) as kiosk:
        await kiosk.begin()
        asked = asyncio.create_task(kiosk.client.post("/api/bays/1/finger", json={}))
        await prompted(kiosk, asked)
        sensor.restart()
        answer = await asked
        assert (answer.status_code, answer.json()["error"]) == (503, "sensor-missing")
        assert (await kiosk.state())["sensor"] is False
        assert (await lay(kiosk, sensor, LI)).json() == {"matched": True}
        assert await finish(kiosk, {}) == ""


async def test_with_the_sensor_unplugged_the_key_does(bureau: Bureau, sensor: Sensor) -> None:
    device = recorder(bureau)
    async with waiting(bureau, device) as kiosk:
        sensor.stop()
        try:
            asked = await kiosk.begin()
            assert asked["needs"] == ["key"] and (await kiosk.state())["sensor"] is False
            assert await finish(kiosk, device.officer.sign(unb64u(asked["challenge"]))) == ""
        finally:
            sensor.plug()
        await kiosk.until("safe-to-take", "cleared")
    assert docked_by(bureau, device) == ["key"]


async def test_a_finger_is_enrolled_once_and_a_duplicate_raises_an_alarm(
    bureau: Bureau, sensor: Sensor
) -> None:
    """What follows when two persons have said so (test_words.py)."""
    third = "0193a000-0000-7000-8000-000000000004"
    async with bureau.station() as kiosk:
        fingers = Fingers(kiosk.station.parts)
        said: list[str] = []
        kiosk.station.desk.reader = Following(sensor, LI, said)
        fingers.hold("first")
        with pytest.raises(DataError) as error:
            await fingers.enrol("first", third, "left-thumb")
        assert error.value.code == "finger-duplicate"
        assert [(a["code"], a["bay"]) for a in (await kiosk.state())["alarms"]] == [
            ("finger-duplicate", None)
        ]
        kiosk.station.desk.reader = Following(sensor, NOBODY, said)
        fingers.hold("second")
        await fingers.enrol("second", third, "left-thumb")
        assert said[-7:] == ["touch", *["next"] * 5, "done"]
        assert await sensor.reader().enrolled(third) == ["left-thumb"]
        assert kiosk.station.desk.prompt is None
        await sensor.reader().forget(third)


async def test_two_persons_say_so_and_the_finger_is_taken(tmp_path: Path) -> None:
    """From the page to the reader, and the finger counts from then on."""
    sensor = Sensor()
    room = Room(tmp_path)
    try:
        room.desk.reader = Following(sensor, LI, [])
        async with room.running() as page:
            _, begun = await page.call("/api/words", said_finger())
            _, second = await page.sign(begun)
            assert await sensor.reader().enrolled(words_of.OFFICER) == []
            assert await page.sign({"id": begun["id"], **second}) == (200, {"done": "enrol"})
            state = f"/api/words/{begun['id']}"

            async def over() -> bool:
                return bool((await page.call(state))[1]["state"] != "enrolling")

            await eventually(over)
            assert (await page.call(state))[1] == {"state": "enrolled", "error": None}
        assert await sensor.reader().enrolled(words_of.OFFICER) == ["right-index-finger"]
        assert await sensor.reader().verify(words_of.OFFICER, Hand(sensor, LI, 30))
        assert not await sensor.reader().verify(words_of.OFFICER, Hand(sensor, WANG, 30))
    finally:
        sensor.close()


class Following:
    """The real reader, with somebody who does what the screen says."""

    def __init__(self, sensor: Sensor, finger: int, said: list[str]) -> None:
        self._reader, self._hand, self._said = sensor.reader(), Hand(sensor, finger, 40), said

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    async def enrol(self, person: str, finger: str, prompt: Any) -> None:
        def said(say: str) -> None:
            prompt(say)
            self._said.append(say)
            self._hand(say)

        await self._reader.enrol(person, finger, said)
