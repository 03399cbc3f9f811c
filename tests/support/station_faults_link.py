"""A TCP link that counts bytes and does harm at a chosen one.

cut    at byte N of one direction everything breaks off, the byte before it delivered
flip   one bit of byte N arrives changed
lost   request N goes through, its answer does not: the far side has done the deed
down   nothing passes and nobody answers, until it is put up again
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import time
from dataclasses import dataclass

UP, DOWN = "up", "down"
"""To the far side, and back."""
PORT_S = 60


@dataclass
class Harm:
    kind: str
    direction: str
    at: int
    seen: int = 0
    asked: bool = False
    done: bool = False


class Link:
    def __init__(self, tcp_port: int, far_tcp_port: int) -> None:
        self._tcp_port, self._far = tcp_port, far_tcp_port
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.harm: Harm | None = None

    async def up(self) -> None:
        """Where another program took the TCP port meanwhile, it is waited for."""
        deadline = time.monotonic() + PORT_S
        while self._server is None:
            try:
                self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._tcp_port)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)

    def down(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._break()

    def _break(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        with contextlib.suppress(asyncio.CancelledError):  # the world ends
            await asyncio.gather(self._pump(reader, far_writer, UP), self._pump(far_reader, writer, DOWN))
        self._writers -= {writer, far_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        try:
            while data := await reader.read(16_384):
                harmed = self._harmed(data, way)
                writer.write(harmed)
                if len(harmed) < len(data):
                    await asyncio.wait_for(writer.drain(), 1)
                    self._break()
                    return
                await writer.drain()
        except (OSError, TimeoutError):
            pass
        finally:
            writer.close()

    def _harmed(self, data: bytes, way: str) -> bytes:
        """What goes on of it; less than all: then everything breaks off."""
        harm = self.harm
        if harm is None or harm.done:
            return data
        if harm.kind == "lost":
            return self._unanswered(harm, data, way)
        if way != harm.direction:
            return data
        place, harm.seen = harm.at - harm.seen, harm.seen + len(data)
        if not 0 <= place < len(data):
            return data
        harm.done = True
        if harm.kind == "cut":
            return data[:place]
        return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]

    def _unanswered(self, harm: Harm, data: bytes, way: str) -> bytes:
        if way == UP:
            harm.seen += not harm.asked
            harm.asked = True
        elif harm.asked:
            harm.asked = False
            if harm.seen > harm.at:
                harm.done = True
                return b""
        return data
