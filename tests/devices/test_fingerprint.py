"""The fingerprint reader: Debian's fprintd and libfprint with its virtual sensors, asked by our adapter."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator

import pytest
from dbus_fast import Message
from dbus_fast.aio import MessageBus

from support.fprint import Hand, Sensor
from zhilu.devices import fingerprint
from zhilu.devices.fingerprint import FINGERS, PROMPTS, Fprintd
from zhilu.errors import DataError, WorldError, ZhiluError

LI = "0193a000-0000-7000-8000-000000000001"
WANG = "0193a000-0000-7000-8000-000000000002"
NOBODY = 65534


@pytest.fixture(scope="module")
def sensor() -> Iterator[Sensor]:
    """Li's and Wang's index fingers are enrolled: fingers 1 and 2. Tests that change this put it back."""
    sensor = Sensor()
    enrol(sensor, LI, 1)
    enrol(sensor, WANG, 2)
    yield sensor
    sensor.close()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """fprintd notices late, on a busy machine, that somebody has let go."""
    monkeypatch.setattr(fingerprint, "IN_USE_S", 60.0)


def enrol(sensor: Sensor, person: str, finger: int, name: str = "right-index-finger") -> list[str]:
    hand = Hand(sensor, finger)
    asyncio.run(sensor.reader().enrol(person, name, hand))
    return hand.asked


async def matches(sensor: Sensor, person: str, finger: int, touch: int = 20) -> bool:
    return await sensor.reader().verify(person, Hand(sensor, finger, touch))


@pytest.mark.parametrize("touch", [20, 21, 22])
async def test_a_persons_own_finger_matches_and_nobody_elses(sensor: Sensor, touch: int) -> None:
    assert await matches(sensor, LI, 1, touch) and await matches(sensor, WANG, 2, touch)
    assert not await matches(sensor, LI, 2, touch)
    assert not await matches(sensor, WANG, 1, touch)
    assert not await matches(sensor, LI, 30 + touch, touch)


async def test_six_touches_enrol_a_finger_and_any_enrolled_one_matches(sensor: Sensor) -> None:
    reader, hand = sensor.reader(), Hand(sensor, 3)
    await reader.enrol(LI, "left-thumb", hand)
    assert hand.asked == ["touch", *["next"] * 5, "done"]
    assert await reader.enrolled(LI) == ["left-thumb", "right-index-finger"]
    assert await matches(sensor, LI, 1) and await matches(sensor, LI, 3)
    await reader.forget(LI)
    assert await reader.enrolled(LI) == []
    await reader.forget(LI)
    await reader.enrol(LI, "right-index-finger", Hand(sensor, 1))


@pytest.mark.parametrize(("person", "finger"), [(WANG, "left-thumb"), (LI, "right-thumb")])
async def test_a_finger_that_is_enrolled_is_nobody_elses_and_no_second_one(
    sensor: Sensor, person: str, finger: str
) -> None:
    with pytest.raises(DataError) as error:
        await sensor.reader().enrol(person, finger, Hand(sensor, 1, 30))
    assert error.value.code == "finger-duplicate"
    assert await sensor.reader().enrolled(person) == ["right-index-finger"]


@pytest.mark.parametrize(
    "person", ["0193a000-0000-7000-8000-000000000009", "../../etc", "", "root", "0193a000/../../x"]
)
async def test_a_person_without_a_finger_or_without_an_id_is_unknown(sensor: Sensor, person: str) -> None:
    with pytest.raises(DataError) as error:
        await sensor.reader().verify(person, lambda say: None)
    assert error.value.code == "finger-unknown"


async def test_only_the_ten_fingers_are_enrolled(sensor: Sensor) -> None:
    assert len(FINGERS) == 10
    for name in ("any", "", "../x", "right-index"):
        with pytest.raises(DataError) as error:
            await sensor.reader().enrol(LI, name, lambda say: None)
        assert error.value.code == "finger"


@pytest.mark.parametrize(("code", "say"), [(0, "again"), (1, "slower"), (2, "centre"), (3, "lift")])
async def test_a_bad_touch_is_asked_for_again(sensor: Sensor, code: int, say: str) -> None:
    hand = Hand(sensor, 1, 20)

    def clumsy(asked: str) -> None:
        if hand.asked or asked != "touch":
            hand(asked)
        else:
            hand.asked.append(asked)
            sensor.refuse(code)

    assert await sensor.reader().verify(LI, clumsy)
    assert hand.asked == ["touch", say, "done"]
    assert set(hand.asked) <= set(PROMPTS)


async def test_nobody_comes(sensor: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(WorldError) as error:
        patched.setattr(fingerprint, "PATIENCE_S", 0.2)
        await sensor.reader().verify(LI, lambda say: None)
    assert error.value.code == "no-finger"
    assert await matches(sensor, LI, 1), "the reader is free again"


async def test_whoever_stops_asking_lets_go_of_the_reader(sensor: Sensor) -> None:
    asked = asyncio.Event()
    task = asyncio.create_task(sensor.reader().verify(LI, lambda say: asked.set()))
    await asyncio.wait_for(asked.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await matches(sensor, WANG, 2)


async def test_a_reader_that_another_program_holds_is_missing_for_now(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "IN_USE_S", 0.2)
    asked = asyncio.Event()
    task = asyncio.create_task(sensor.reader().verify(LI, lambda say: asked.set()))
    await asyncio.wait_for(asked.wait(), 60)
    await missing(sensor.reader())
    sensor.lay(1, 20)
    assert await task


async def gone(reader: Fprintd, seconds: float = 60) -> None:
    """libfprint drops a reader that was unplugged when it is closed and has nothing else to do: fprintd tells
    of it a little longer."""
    async with asyncio.timeout(seconds):
        while await reader.present():
            await asyncio.sleep(0.02)


async def missing(reader: Fprintd) -> None:
    with pytest.raises(WorldError) as error:
        await reader.verify(LI, lambda say: None)
    assert error.value.code == "sensor-missing"


async def test_virtual_sensors_are_refused_by_default(sensor: Sensor) -> None:
    reader = Fprintd(sensor.address, owner_uid=os.getuid())
    assert not await reader.present()
    await missing(reader)


async def test_by_default_it_is_the_systems_bus_and_roots_fprintd(monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment variable reaches it: this machine's own bus is asked, which has no reader."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")
    reader = Fprintd()
    assert (reader._bus, reader._owner_uid, reader._virtual) == (
        "unix:path=/run/dbus/system_bus_socket",
        0,
        False,
    )
    assert not await reader.present()


async def test_an_fprintd_that_is_not_roots_is_refused(sensor: Sensor) -> None:
    other = NOBODY if os.getuid() == 0 else os.getuid()
    sensor.stop()
    os.chown(sensor.folder, other, -1)
    try:
        sensor.plug(user=other)
        assert not await sensor.reader(owner_uid=0).present()
        await missing(sensor.reader(owner_uid=0))
        assert await sensor.reader(owner_uid=other).present(), "and for no other reason"
    finally:
        os.chown(sensor.folder, os.getuid(), -1)
        sensor.restart()


async def test_no_fprintd_and_no_bus_is_no_reader(sensor: Sensor) -> None:
    sensor.stop()
    try:
        assert not await sensor.reader().present()
        await missing(sensor.reader())
    finally:
        sensor.plug()
    assert not await sensor.reader(bus=f"unix:path={sensor.folder}/nowhere").present()


async def test_fprintd_restarted_in_the_middle_is_no_match_and_works_again(sensor: Sensor) -> None:
    def restart(say: str) -> None:
        sensor.restart()

    started = time.monotonic()
    with pytest.raises(WorldError) as error:
        await sensor.reader().verify(LI, restart)
    assert error.value.code == "sensor-missing" and time.monotonic() - started < fingerprint.PATIENCE_S
    assert await matches(sensor, LI, 1), "the prints are still there"


async def test_a_word_of_another_program_on_the_bus_counts_nothing(sensor: Sensor) -> None:
    """Somebody on the bus tells everybody there, one by one, that it was a match."""
    stranger = await MessageBus(bus_address=sensor.address).connect()
    asked = asyncio.Event()
    task = asyncio.create_task(sensor.reader().verify(LI, lambda say: asked.set()))
    await asyncio.wait_for(asked.wait(), 60)
    bus = "org.freedesktop.DBus"
    names = await stranger.call(Message(bus, "/org/freedesktop/DBus", bus, "ListNames"))
    assert names is not None
    device, interface = "/net/reactivated/Fprint/Device/0", "net.reactivated.Fprint.Device"
    for name in names.body[0]:
        match = Message.new_signal(device, interface, "VerifyStatus", "sb", ["verify-match", True])
        match.destination = name
        await stranger.send(match)
    await asyncio.sleep(0.2)
    assert not task.done()
    sensor.lay(2, 20)
    assert await task is False
    stranger.disconnect()


async def test_a_sensor_unplugged_in_the_middle_is_missing() -> None:
    sensor = Sensor("virtual_device")
    try:
        reader = sensor.reader()
        await reader.enrol(LI, "right-index-finger", lambda say: say != "done" and sensor.tell("SCAN li"))
        assert await reader.verify(LI, lambda say: say == "touch" and sensor.tell("SCAN li"))
        with pytest.raises(ZhiluError) as error:
            await reader.verify(LI, lambda say: say == "touch" and sensor.tell("UNPLUG"))
        assert error.value.code == "sensor-missing"
        await gone(reader)
        await missing(reader)
    finally:
        sensor.close()
