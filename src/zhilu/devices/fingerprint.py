"""A fingerprint reader, as the station asks it: is this that person's finger?

fprintd holds the reader and the prints and answers over the system bus. It is asked anew over a connection of
its own each time: when the connection goes, for whatever reason, fprintd lets go of the reader.

Believed is only an answer of the system bus, from the connection that owns fprintd's name, if that owner is
root; and only a reader that is there: libfprint's virtual ones are refused, since whoever can write to a
socket lays fingers on them. What fprintd knows of a person is his id, a UUID, never a name.

Sentences for the person at the reader come from the page; here they are codes (`PROMPTS`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol
from uuid import UUID

from zhilu.devices.fingerprint_bus import Refused, System, Talk
from zhilu.errors import DataError, WorldError

SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"
FINGERS = frozenset(
    f"{side}-{finger}"
    for side in ("left", "right")
    for finger in ("thumb", "index-finger", "middle-finger", "ring-finger", "little-finger")
)
PROMPTS = ("touch", "again", "slower", "centre", "lift", "next", "done")
PATIENCE_S = 60.0
"""So long a person may take to lay a finger down."""
IN_USE_S = 3.0
Prompt = Callable[[str], None]

_NAME = "net.reactivated.Fprint"
_ERROR = f"{_NAME}.Error."
_SAID = {
    "retry-scan": "again",
    "swipe-too-short": "slower",
    "finger-not-centered": "centre",
    "remove-and-retry": "lift",
    "stage-passed": "next",
}


class Reader(Protocol):
    """`person` is an id. WorldError `sensor-missing`: no reader, or none that is believed; `no-finger`:
    nobody laid one down. DataError `finger-unknown`: the reader knows no finger of that person."""

    async def present(self) -> bool: ...

    async def verify(self, person: str, prompt: Prompt) -> bool:
        """Whether the finger laid down is one of the person's."""
        ...

    async def enrol(self, person: str, finger: str, prompt: Prompt) -> None:
        """DataError `finger-duplicate`: somebody's already; `finger`: no finger's name; `finger-failed`."""
        ...

    async def enrolled(self, person: str) -> list[str]: ...

    async def forget(self, person: str) -> None: ...


class Fprintd:
    """The arguments are for tests; no setting and no environment variable reaches them."""

    def __init__(self, bus: str = SYSTEM_BUS, owner_uid: int = 0, virtual: bool = False) -> None:
        self._bus, self._owner_uid, self._virtual = bus, owner_uid, virtual

    async def present(self) -> bool:
        try:
            async with self._device():
                return True
        except WorldError:
            return False

    async def verify(self, person: str, prompt: Prompt) -> bool:
        async with self._claimed(person) as device:
            result = await self._scan(device, "Verify", "any", prompt)
        if result not in ("match", "no-match"):
            raise missing(result)
        return result == "match"

    async def enrol(self, person: str, finger: str, prompt: Prompt) -> None:
        if finger not in FINGERS:
            raise DataError("finger", "There is no finger of this name.")
        async with self._claimed(person) as device:
            result = await self._scan(device, "Enroll", finger, prompt)
        if result == "duplicate":
            raise DataError("finger-duplicate", "This finger is enrolled already.")
        if result in ("failed", "data-full"):
            raise DataError("finger-failed", "The finger could not be enrolled: begin again.", why=result)
        if result != "completed":
            raise missing(result)

    async def enrolled(self, person: str) -> list[str]:
        async with self._device() as device:
            try:
                (fingers,) = await device.call("ListEnrolledFingers", "s", known(person))
            except Refused as error:
                if error.name == f"{_ERROR}NoEnrolledPrints":
                    return []
                raise missing(error.name) from None
        return sorted(fingers)

    async def forget(self, person: str) -> None:
        async with self._claimed(person) as device:
            try:
                await device.call("DeleteEnrolledFingers2")
            except Refused as error:
                if error.name != f"{_ERROR}NoEnrolledPrints":
                    raise missing(error.name) from None

    async def _scan(self, device: Talk, what: str, finger: str, prompt: Prompt) -> str:
        """Verify or Enroll, to the end: how it came out, without the `verify-` before it."""
        try:
            await device.call(f"{what}Start", "s", finger)
        except Refused as error:
            if error.name == f"{_ERROR}NoEnrolledPrints":
                raise DataError("finger-unknown", "No finger of this person is enrolled here.") from None
            raise missing(error.name) from None
        prompt("touch")
        while True:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    status, done = await device.heard(f"{what}Status")
            except TimeoutError:
                raise WorldError("no-finger", "No finger was laid on the reader.") from None
            result = str(status).removeprefix(f"{what.lower()}-")
            if done or result in ("disconnected", "unknown-error"):
                prompt("done")
                return result
            prompt(_SAID.get(result, "again"))

    @asynccontextmanager
    async def _claimed(self, person: str) -> AsyncIterator[Talk]:
        user = known(person)
        async with self._device() as device:
            await _claim(device, user)
            try:
                yield device
            finally:
                # A courtesy, which frees the reader at once; if it fails the end of the connection does.
                for member in ("VerifyStop", "EnrollStop", "Release"):
                    with suppress(Refused, WorldError):
                        await device.call(member)

    @asynccontextmanager
    async def _device(self) -> AsyncIterator[Talk]:
        """The first reader that is one."""
        async with System(self._bus) as system:
            owner = await system.owner(_NAME, self._owner_uid)
            try:
                talk = Talk(system, owner, "/net/reactivated/Fprint/Manager", f"{_NAME}.Manager")
                (paths,) = await talk.call("GetDevices")
                for path in paths:
                    device = Talk(system, owner, path, f"{_NAME}.Device")
                    if self._virtual or "virtual" not in str(await device.property("name")).lower():
                        await device.listen()
                        break
                else:
                    raise missing("none")
            except Refused as error:
                raise missing(error.name) from None
            yield device


async def _claim(device: Talk, user: str) -> None:
    """Waits a moment for one who has just gone: fprintd notices it a little later."""
    end = time.monotonic() + IN_USE_S
    while True:
        try:
            await device.call("Claim", "s", user)
            return
        except Refused as error:
            if error.name != f"{_ERROR}AlreadyInUse" or time.monotonic() > end:
                raise missing(error.name) from None
        await asyncio.sleep(0.1)


def known(person: str) -> str:
    """The person as fprintd knows him. It makes a folder of that name: nothing but a UUID goes there."""
    try:
        return str(UUID(person))
    except ValueError:
        raise DataError("finger-unknown", "No finger of this person is enrolled here.") from None


def missing(why: str) -> WorldError:
    return WorldError("sensor-missing", "The fingerprint reader cannot be reached.", why=why)
