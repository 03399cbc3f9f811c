"""Talking to one program over the system bus: calls, answers, signals, and nobody else's.

Calls go to the owner's own (unique) name, not to the well-known one, so that a name that changes hands in the
middle is nobody's; a signal counts only from there. The owner's end is an answer too: `sensor-missing`.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Self

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from zhilu.errors import WorldError

_BUS = "org.freedesktop.DBus"
CALL_S = 20.0
"""Claiming opens the reader, which takes some a while."""


class Refused(Exception):
    """The program answered with an error."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class System:
    """A connection to the bus; closing it ends everything that was begun over it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.bus: MessageBus

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.timeout(CALL_S):
                self.bus = await MessageBus(bus_address=self._address).connect()
        except (OSError, EOFError, TimeoutError):
            raise _gone("bus") from None
        return self

    async def __aexit__(self, *_: object) -> None:
        self.bus.disconnect()

    async def owner(self, name: str, uid: int) -> str:
        """The unique name of whoever owns `name`, if that is this user's program; started if need be."""
        try:
            (running,) = await self.ask("NameHasOwner", "s", name)
            if not running:
                await self.ask("StartServiceByName", "su", name, 0)
            (owner,) = await self.ask("GetNameOwner", "s", name)
            (found,) = await self.ask("GetConnectionUnixUser", "s", owner)
        except Refused as error:
            raise _gone(error.name) from None
        if found != uid:
            raise WorldError("sensor-missing", "The fingerprint reader cannot be reached.", why="owner")
        return str(owner)

    async def ask(self, member: str, signature: str, *body: object) -> list[Any]:
        return await self.call(_BUS, "/org/freedesktop/DBus", _BUS, member, signature, *body)

    async def call(
        self, to: str, path: str, interface: str, member: str, signature: str, *body: object
    ) -> list[Any]:
        """Refused, or WorldError `sensor-missing` where nobody answers."""
        message = Message(
            destination=to,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        try:
            async with asyncio.timeout(CALL_S):
                answer = await self.bus.call(message)
        except (OSError, EOFError, TimeoutError):
            raise _gone("silent") from None
        if answer is None or answer.message_type is MessageType.ERROR:
            raise Refused(answer.error_name or "" if answer else "")
        return list(answer.body)


class Talk:
    """With one object of one program."""

    def __init__(self, system: System, owner: str, path: str, interface: str) -> None:
        self._system, self._owner, self._path, self._interface = system, owner, path, interface
        self._heard: asyncio.Queue[tuple[str, list[Any]] | None] = asyncio.Queue()

    async def call(self, member: str, signature: str = "", *body: object) -> list[Any]:
        return await self._system.call(self._owner, self._path, self._interface, member, signature, *body)

    async def property(self, name: str) -> Any:
        (value,) = await self._system.call(
            self._owner, self._path, f"{_BUS}.Properties", "Get", "ss", self._interface, name
        )
        return value.value

    async def listen(self) -> None:
        """From now on signals are kept for `heard`."""
        self._system.bus.add_message_handler(self._take)
        # Ends with the connection, at the latest when it is closed.
        self._lost = asyncio.create_task(self._end())
        await self._system.ask("AddMatch", "s", f"type='signal',sender='{self._owner}',path='{self._path}'")
        await self._system.ask(
            "AddMatch", "s", f"type='signal',sender='{_BUS}',member='NameOwnerChanged',arg0='{self._owner}'"
        )

    def _take(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.sender == _BUS and message.member == "NameOwnerChanged":
            self._heard.put_nowait(None)
        elif (message.sender, message.path, message.interface) == (self._owner, self._path, self._interface):
            self._heard.put_nowait((message.member or "", list(message.body)))

    async def heard(self, member: str) -> list[Any]:
        """The next signal of this name. WorldError `sensor-missing`: the program is gone, or the bus."""
        while True:
            got = await self._heard.get()
            if got is None:
                raise _gone("went")
            if got[0] == member:
                return got[1]

    async def _end(self) -> None:
        with contextlib.suppress(Exception):
            await self._system.bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        self._heard.put_nowait(None)


def _gone(why: str) -> WorldError:
    return WorldError("sensor-missing", "The fingerprint reader cannot be reached.", why=why)
