"""Every recorder has the same address; each bay reaches the one behind its own interface."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from support.bay_links import PORT, RECORDER, in_a_namespace, link
from support.station_world import CLERK, Bureau, Device
from zhilu.encoding import sha256
from zhilu.pki.tls import own_der
from zhilu.station import config, dock


@asynccontextmanager
async def plugged_in(device: Device, listener: socket.socket) -> AsyncIterator[None]:
    """What arrives at the far end of the bay's link goes to this recorder."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", device.port)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async with device.docked():
        server = await asyncio.start_server(carry, sock=listener)
        try:
            yield
        finally:
            server.close()


def on_interfaces(bureau: Bureau) -> None:
    """All bays at the same address, each on its own interface."""
    settings = bureau.station_path / config.FILE
    text = settings.read_text()
    for number, port in enumerate(bureau.ports, 1):
        text = text.replace(
            f'address = "127.0.0.1:{port}"', f'address = "{RECORDER}:{PORT}"\ninterface = "bay{number}"'
        )
    settings.write_text(text)


async def dock_two(folder: Path) -> None:
    bureau = Bureau(folder, bays=2)
    devices = [bureau.recorder(1), bureau.recorder(2, "XT-0002", CLERK)]
    for device in devices:
        device.record(b"x" * 1000)
    listeners = [link(1), link(2)]
    on_interfaces(bureau)
    async with AsyncExitStack() as stack:
        for device, listener in zip(devices, listeners, strict=True):
            await stack.enter_async_context(plugged_in(device, listener))
        for number, device in enumerate(devices, 1):
            spec = config.Bay(number, RECORDER, PORT, f"bay{number}")
            certificate = sha256(own_der(device.home.file("tls.crt"))).hex()
            assert await dock.presented(spec) == certificate
        kiosk = await stack.enter_async_context(bureau.station())
        for number, device in enumerate(devices, 1):
            bay = await kiosk.until("waiting-officer", number=number)
            assert bay["recorder"]["serial"] == device.serial
        for number, device in enumerate(devices, 1):
            assert (await kiosk.hand_over(device.officer, number)).status_code == 200
            await kiosk.until("safe-to-take", "cleared", number=number)
        assert kiosk.station.alarms.shown() == []
        assert all(device.types().count("cleared") == 1 for device in devices)


async def no_interface(folder: Path) -> None:
    """An empty bay: its interface is not there."""
    spec = config.Bay(1, RECORDER, PORT, "bay1")
    assert await dock.presented(spec) == ""
    bureau = Bureau(folder)
    on_interfaces(bureau)
    async with bureau.station() as kiosk:
        await asyncio.sleep(0.3)
        assert (await kiosk.bay())["phase"] == "empty" and kiosk.station.alarms.shown() == []


@pytest.fixture(autouse=True)
def namespaces() -> None:
    if shutil.which("ip") is None:
        pytest.skip("the program ip (package iproute2) is not there")
    try:
        in_a_namespace(lambda: None)
    except PermissionError as error:
        pytest.skip(f"no network namespace can be made here: {error}")


def test_two_recorders_under_one_address_are_each_in_their_own_bay(tmp_path: Path) -> None:
    in_a_namespace(lambda: asyncio.run(dock_two(tmp_path)))


def test_a_bay_without_its_interface_is_empty(tmp_path: Path) -> None:
    in_a_namespace(lambda: asyncio.run(no_interface(tmp_path)))
