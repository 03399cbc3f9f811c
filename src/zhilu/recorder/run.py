"""`zhilu recorder run`: power on, record, dock, power off.

Order at start: whatever can be refused in one plain line is looked at first (source, TCP port, key,
certificate, adoption), since nothing has been written by then. Then the logbook: what a crash left open is
`recovered`, then `boot`, then the recording. The first signal ends the recording, the next one the dock.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import zhilu
from zhilu.devices.clock import SystemClock
from zhilu.devices.media.facts import Header
from zhilu.devices.sources.base import Pace, Source
from zhilu.devices.sources.camera import CameraSource
from zhilu.devices.sources.file import FileSource
from zhilu.devices.sources.scene import SceneSource
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.i18n import _
from zhilu.pki import tls
from zhilu.recorder.adopted import Adopted
from zhilu.recorder.dock import Dock
from zhilu.recorder.dock_http import DockServer, bind
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook
from zhilu.recorder.parts import own_parts
from zhilu.recorder.recovery import recover_all
from zhilu.recorder.screen import Screen
from zhilu.recorder.session import Session
from zhilu.recorder.space import Space


@dataclass(frozen=True)
class Options:
    """`source` is `test`, `camera`, `none` or a path; `seconds` of the stream; `dock` HOST:PORT or None."""

    source: str
    realtime: bool = False
    seconds: float | None = None
    dock: str | None = None
    erase_now: bool = False


@dataclass(frozen=True)
class _Bay:
    listener: socket.socket
    context: ssl.SSLContext
    certificate: bytes


class _Signals:
    """Counts requests to stop; the loop in hand asks, nothing is torn out of a write."""

    def __init__(self) -> None:
        self.stopped = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.stopped = True

    @contextmanager
    def caught(self) -> Iterator[None]:
        before = {number: signal.signal(number, self) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def run(home: Home, options: Options) -> int:
    config = home.config()
    with home.locked():
        clock = SystemClock(_clock_offset(home))
        signer, counter = own_parts(home, config)
        source = _source(options.source)
        header = source.open() if source else None
        try:
            bay = _bay(home, options.dock)
            logbook = Logbook(home.logbook, signer, counter, clock)
            recorder = Recorder(home, logbook, clock, Screen(sys.stdout))
            if source:
                recorder.session.policy()
            recorder.power_on()
            reason = recorder.live(source, header, bay, options)
            recorder.power_off(reason)
        except OSError as error:
            # Whatever is open is recovered at the next start.
            raise WorldError("storage", "The recorder's storage failed: {reason}", reason=error) from error
        finally:
            if source:
                source.close()
    return 0


class Recorder:
    def __init__(self, home: Home, logbook: Logbook, clock: SystemClock, screen: Screen) -> None:
        self.home, self.logbook, self.clock, self.screen = home, logbook, clock, screen
        self.adopted = Adopted(home, logbook)
        self.space = Space(home, logbook)
        self.session = Session(home, logbook, self.adopted, self.space, clock, screen)

    def power_on(self) -> None:
        for one in recover_all(self.home, self.logbook):
            self.screen.say(
                _("recovered: {id}, {segments} segments").format(id=one.recording, segments=one.segments)
            )
        self.logbook.write(
            "boot",
            uptime_ms=self.clock.mono_us() // 1000,
            checkpoint=self.adopted.note_hash,
            software=f"zhilu {zhilu.__version__}",
        )
        if self.logbook.torn:
            self.logbook.write("fault", code="torn-logbook", detail=f"bytes={self.logbook.torn}")
        self.adopted.settle()
        self.space.keep_reserve()
        free, total = self.space.usage()
        self.logbook.write("storage", free=free, total=total)

    def live(self, source: Source | None, header: Header | None, bay: _Bay | None, options: Options) -> str:
        """Record, then dock; returns the reason of the shutdown."""
        reason = "no-source"
        if source and header:
            reason = self._record(source, header, options)
        return self._serve(bay, options.erase_now) if bay else reason

    def _record(self, source: Source, header: Header, options: Options) -> str:
        signals = _Signals()
        # A scene without an end is for watching: it runs in real time.
        realtime = options.realtime or (source.origin == "test" and options.seconds is None)
        going = Pace(lambda: signals.stopped, realtime, options.seconds)
        with signals.caught():
            self.session.record(source, header, going, realtime)
        self.screen.say(_("○ not recording"))
        return "power-off" if going.ended else "end-of-source"

    def _serve(self, bay: _Bay, erase_now: bool) -> str:
        dock = Dock(
            self.home,
            self.logbook,
            self.adopted,
            self.space,
            self.clock,
            bay.certificate,
            erase_now=erase_now,
        )
        host, port = bay.listener.getsockname()[:2]
        self.screen.say(_("in the dock: {address}").format(address=f"{host}:{port}"))
        reason = asyncio.run(_serve_until_done(DockServer(dock), bay))
        self.screen.say(_("undocked") if reason == "undocked" else _("stopped"))
        return reason

    def power_off(self, reason: str) -> None:
        self.logbook.write("shutdown", reason=reason)


async def _serve_until_done(server: DockServer, bay: _Bay) -> str:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return await server.serve(bay.listener, bay.context, stop)


def _source(name: str) -> Source | None:
    if name == "none":
        return None
    if name == "test":
        return SceneSource()
    return CameraSource() if name == "camera" else FileSource(Path(name))


def _bay(home: Home, address: str | None) -> _Bay | None:
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
    return _Bay(bind(address), context, tls.own_der(certificate))


def _clock_offset(home: Home) -> int:
    try:
        return int(home.file("clock-offset").read_text("ascii"))
    except FileNotFoundError:
        return 0
    except (OSError, ValueError):
        raise DataError("clock-file", "The file {path} is damaged.", path=home.file("clock-offset")) from None


def open_logbook(home: Home) -> Logbook:
    """For commands that do not record."""
    signer, counter = own_parts(home, home.config())
    return Logbook(home.logbook, signer, counter, SystemClock(_clock_offset(home)))
