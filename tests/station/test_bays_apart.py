"""No bay waits for another: whatever is in it, however it behaves, and however little room is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.station_world import CLERK, Bureau, Device, eventually, random_media
from zhilu.recorder import dock as recorder_dock
from zhilu.recorder.dock import Dock
from zhilu.station import dock as station_dock
from zhilu.station import place

DAVE = "0193a000-0000-7000-8000-000000000004"


@asynccontextmanager
async def hung(port: int) -> AsyncIterator[None]:
    """Something that takes the connection and says nothing, ever."""
    server = await asyncio.start_server(lambda reader, writer: asyncio.sleep(3600), "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


def endless(dock: Dock) -> Any:
    """A journal that never ends, a line at a time."""
    file = dock.file

    def longer(peer: bytes, recording: str, name: str) -> Path:
        path = file(peer, recording, name)
        if name == "journal.jws":
            first = path.read_bytes().splitlines(keepends=True)[0]
            with path.open("ab") as journal:
                journal.write(first * 20_000)
        return path

    dock.file = longer  # type: ignore[method-assign]
    return dock


async def test_hung_lying_and_dripping_recorders_do_not_slow_a_good_one(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path, bays=4)
    liar, slow = bureau.recorder(2, "XT-0002", CLERK), bureau.recorder(3, "XT-0003", DAVE)
    good = bureau.recorder(4, "XT-0004")
    for device in (liar, slow):
        device.record(*random_media(3, 100_000))
    recordings = [good.record(*random_media(5, 100_000)) for _ in range(3)]
    async with (
        bureau.station() as kiosk,
        hung(bureau.ports[0]),
        liar.docked(endless),
        slow.docked() as dripping,
        good.docked() as docked,
    ):
        for number, device in ((2, liar), (3, slow)):
            await kiosk.until("waiting-officer", number=number)
            assert (await kiosk.hand_over(device.officer, number)).status_code == 200
        dripping.cable.bytes_per_s = 2000
        await kiosk.until("waiting-officer", number=4)
        assert (await kiosk.hand_over(good.officer, 4)).status_code == 200
        await docked.undocked(station_dock.SILENCE_S - 5)
        assert {str(id_) for id_ in recordings} <= set(bureau.county.recordings)
        assert (await kiosk.bay(3))["phase"] == "collecting"
        assert (await kiosk.until("fault", number=2))["message"] == "closed-as"


async def test_a_recorder_that_drips_its_answers_is_given_up(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_dock, "CALL_S", 0.5)
    device = bureau.recorder()
    device.record()
    async with bureau.station() as kiosk, device.docked() as docked:
        docked.cable.bytes_per_s = 500
        await asyncio.sleep(1.5)
        assert (await kiosk.bay())["phase"] in ("empty", "greeting")
        docked.cable.bytes_per_s = None
        monkeypatch.setattr(station_dock, "CALL_S", 60.0)
        await kiosk.until("waiting-officer")


# -- a spool with a limit


def limited(bureau: Bureau, kilobytes: int) -> None:
    path = bureau.station_path / "station.toml"
    path.write_text(path.read_text().replace("# limit_gb = 200", f"limit_gb = {kilobytes / 1e6:.6f}"))


async def test_a_bay_without_room_waits_and_receipts_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "ROOM_S", 0.1)
    bureau = Bureau(tmp_path, bays=3)
    limited(bureau, 600)
    first, second = bureau.recorder(1), bureau.recorder(2, "XT-0002", CLERK)
    small = bureau.recorder(3, "XT-0003", DAVE)
    kept, late = first.record(*random_media(3, 100_000)), second.record(*random_media(3, 100_000))
    little = small.record(b"x" * 1000)
    bureau.county.broken = lambda request: 503 if f"{kept}/segments" in request.path else None
    async with bureau.station() as kiosk, first.docked() as a, second.docked() as b, small.docked() as c:
        await handed(kiosk, first, 1)
        await kiosk.until("uploading", number=1)
        await handed(kiosk, second, 2)
        await eventually(lambda: said(kiosk, 2, "spool-full"))
        assert [alarm["code"] for alarm in (await kiosk.state())["alarms"]] == ["spool-full"]
        assert not (bureau.station_path / "spool" / str(late)).exists()
        # Who needs less room goes on.
        await handed(kiosk, small, 3)
        await c.undocked()
        assert str(little) in bureau.county.recordings
        assert await said(kiosk, 2, "spool-full")
        # And who waited does, once there is room.
        bureau.county.broken = lambda request: None
        await a.undocked()
        await b.undocked()
        assert {str(kept), str(late)} <= set(bureau.county.recordings)


async def handed(kiosk: Any, device: Device, number: int) -> None:
    await kiosk.until("waiting-officer", number=number)
    assert (await kiosk.hand_over(device.officer, number)).status_code == 200


async def said(kiosk: Any, number: int, message: str) -> bool:
    return bool((await kiosk.bay(number))["message"] == message)


# -- tricks with names and sizes


@pytest.mark.parametrize("name", ["../../../evil", "/etc/passwd", "01a22883-a95f-72f9-a2a8-ac17c8449f2\0"])
async def test_a_recording_is_named_by_a_uuid_or_the_hello_is_refused(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    device = bureau.recorder()
    device.record(b"x")
    held = recorder_dock.held

    def bent(*args: Any) -> Any:
        return tuple(replace(one, id=name) for one in held(*args))

    monkeypatch.setattr(recorder_dock, "held", bent)
    async with bureau.station() as kiosk, device.docked():
        assert (await kiosk.until("fault"))["message"] == "field"
        answer = await kiosk.post("/api/bays/1/ceremony", {})
        assert answer.json()["error"] == "not-waiting"
    assert not list(bureau.folder.rglob("*evil*"))


async def test_a_hello_without_end_is_cut_off(bureau: Bureau) -> None:
    def talkative(dock: Dock) -> Any:
        dock.hello = lambda peer, body: b" " * 2_000_000  # type: ignore[method-assign]
        return dock

    device = bureau.recorder()
    async with bureau.station() as kiosk, device.docked(talkative):
        assert (await kiosk.until("fault"))["message"] == "too-long"
