"""fprintd and libfprint as Debian has them, with libfprint's virtual sensors, on a bus of their own.

Only polkit is a stand-in: it says yes. Everything lies in one temporary folder.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from dbus_fast import Message
from dbus_fast.aio import MessageBus

from support.fingers import touch
from support.patience import takes_calls, until
from zhilu.devices.fingerprint import Fprintd

FPRINTD = "/usr/libexec/fprintd"
OWNER = "net.reactivated.Fprint"
DRIVERS = {
    "virtual_image": "FP_VIRTUAL_IMAGE",
    "virtual_device": "FP_VIRTUAL_DEVICE",
    "virtual_device_storage": "FP_VIRTUAL_DEVICE_STORAGE",
}
T = TypeVar("T")
BUS = """<busconfig><type>system</type><listen>{address}</listen><policy context="default">
<allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
</policy></busconfig>"""


class Sensor:
    """A reader at a station. `driver` is one of DRIVERS: an image sensor by default."""

    def __init__(self, driver: str = "virtual_image") -> None:
        # A path of a Unix socket is short, and another user's fprintd must reach the bus.
        self.folder = Path(tempfile.mkdtemp(prefix="fprint-"))
        self.folder.chmod(0o755)
        self.driver = driver
        self.address = f"unix:path={self.folder}/bus"
        (self.folder / "bus.conf").write_text(BUS.format(address=self.address))
        (self.folder / "prints").mkdir()
        self._bus = subprocess.Popen(
            ["dbus-daemon", "--nofork", "--config-file", self.folder / "bus.conf"], stderr=subprocess.DEVNULL
        )
        until(lambda: takes_calls(self.folder / "bus"))
        self._polkit = _Polkit(self.address)
        self._fprintd: subprocess.Popen[bytes] | None = None
        self.plug()

    @property
    def where(self) -> Path:
        """The virtual sensor's socket."""
        return self.folder / "sensor"

    def plug(self, user: int | None = None) -> None:
        """Start fprintd with its sensor; `user`: as whom."""
        environment = {
            "DBUS_SYSTEM_BUS_ADDRESS": self.address,
            "STATE_DIRECTORY": str(self.folder / "prints"),
            "FP_DRIVERS_WHITELIST": self.driver,
            DRIVERS[self.driver]: str(self.where),
        }
        self._fprintd = subprocess.Popen(
            [FPRINTD, "-t"], env=environment, user=user, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        until(lambda: self._polkit.sees(OWNER))

    def stop(self) -> None:
        """Stop fprintd; the prints on disk stay."""
        if self._fprintd is not None:
            self._fprintd.kill()
            self._fprintd.wait()
            self._fprintd = None
            self.where.unlink(missing_ok=True)
            until(lambda: not self._polkit.sees(OWNER))  # or the next one would be taken for there already

    def restart(self) -> None:
        self.stop()
        self.plug()

    def close(self) -> None:
        self.stop()
        self._polkit.stop()
        self._bus.kill()
        self._bus.wait()
        shutil.rmtree(self.folder)

    def reader(self, **changed: Any) -> Fprintd:
        return Fprintd(**{"bus": self.address, "owner_uid": os.getuid(), "virtual": True} | changed)

    def lay(self, finger: int, number: int = 0) -> None:
        """Lay a finger on the image sensor and lift it."""
        self._send(touch(finger, number))

    def refuse(self, code: int) -> None:
        """The touch was no good: 0 unclear, 1 too short, 2 not in the middle, 3 to be lifted."""
        self._send(struct.pack("ii", -1, code))

    def tell(self, command: str) -> None:
        """The other virtual sensors know no pictures but commands."""
        self._send(command.encode())

    def _send(self, data: bytes) -> None:
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(self.where))
            link.sendall(data)


class Hand:
    """A person at the reader: lays this finger down each time he is asked to."""

    def __init__(self, sensor: Sensor, finger: int, first: int = 0) -> None:
        self.sensor, self.finger, self._next = sensor, finger, first
        self.asked: list[str] = []

    def __call__(self, say: str) -> None:
        self.asked.append(say)
        if say != "done":
            self.sensor.lay(self.finger, self._next)
            self._next += 1


class _Polkit:
    """In a thread with a loop of its own, since each test has another."""

    def __init__(self, address: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._bus = self._run(self._serve(address))

    def _run(self, call: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(60)

    async def _serve(self, address: str) -> MessageBus:
        bus = await MessageBus(bus_address=address).connect()
        bus.add_message_handler(_allow)
        await bus.request_name("org.freedesktop.PolicyKit1")
        return bus

    def sees(self, name: str) -> bool:
        """Whether somebody on the bus owns this name."""
        return self._run(self._has_owner(name))

    async def _has_owner(self, name: str) -> bool:
        bus = "org.freedesktop.DBus"
        asked = Message(bus, "/org/freedesktop/DBus", bus, "NameHasOwner", signature="s", body=[name])
        answer = await self._bus.call(asked)
        return answer is not None and bool(answer.body[0])

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._bus.disconnect)
        self._run(asyncio.sleep(0))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()


def _allow(message: Message) -> Message | None:
    if message.member == "CheckAuthorization":
        return Message.new_method_return(message, "(bba{ss})", [[True, False, {}]])
    return None
