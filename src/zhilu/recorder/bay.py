"""The recorder's side of a bay: a TCP port taken before anything is recorded, served after it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass

from zhilu.errors import CallerError
from zhilu.pki import tls
from zhilu.recorder.dock import Dock
from zhilu.recorder.dock_http import DockServer, bind
from zhilu.recorder.home import Home
from zhilu.recorder.signals import Signals


@dataclass(frozen=True)
class Bay:
    listener: socket.socket
    context: ssl.SSLContext
    certificate: bytes
    """The recorder's own, DER."""

    @property
    def address(self) -> str:
        host, port = self.listener.getsockname()[:2]
        return f"{host}:{port}"


def take_bay(home: Home, address: str | None) -> Bay | None:
    """Refuses with `not-adopted`, `address`, `tcp-port`."""
    if address is None:
        return None
    certificate, crl = home.file("tls.crt"), home.file("crl.pem")
    if not certificate.exists():
        raise CallerError(
            "not-adopted", "This recorder has not been adopted by a bureau (`zhilu recorder adopt`)."
        )
    context = tls.server_context(
        certificate,
        home.file("tls.key"),
        home.file("roots.pem"),
        "station",
        crl.read_bytes() if crl.exists() else None,
    )
    return Bay(bind(address), context, tls.own_der(certificate))


def serve(dock: Dock, bay: Bay, signals: Signals) -> str:
    """Until undocked or told to stop; says which: `undocked` or `power-off`."""
    return asyncio.run(_serve(DockServer(dock), bay, signals))


async def _serve(server: DockServer, bay: Bay, signals: Signals) -> str:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    with signals.told_to(lambda: loop.call_soon_threadsafe(stop.set)):
        return await server.serve(bay.listener, bay.context, stop)
