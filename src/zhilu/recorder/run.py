"""`zhilu recorder run`: power on, record, dock, power off.

Order at start: whatever can be refused in one plain line is looked at first (options, TCP port, key,
certificate, adoption), since nothing has been written by then. Then the logbook: what a crash left open is
`recovered`, then `boot`. From there on power-on is recording: a recording, or a signed reason why not
(`filming.py`). SIGINT ends the recording, the next one the dock; SIGTERM and SIGHUP both; none ends the
process itself.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import zhilu
from zhilu.devices.clock import SystemClock
from zhilu.devices.media.stamp import Stamp
from zhilu.devices.sources.base import Source
from zhilu.devices.sources.choose import source_of
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.i18n import _
from zhilu.recorder.adopted import Adopted
from zhilu.recorder.bay import Bay, serve, take_bay
from zhilu.recorder.config import Config
from zhilu.recorder.dock import Dock
from zhilu.recorder.filming import Filming, Wishes
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook
from zhilu.recorder.mark_desk import desk
from zhilu.recorder.parts import own_parts
from zhilu.recorder.recovery import left_off, recover_all
from zhilu.recorder.screen import Screen, short
from zhilu.recorder.senses import senses
from zhilu.recorder.session import Session
from zhilu.recorder.signals import Signals
from zhilu.recorder.space import Space


@dataclass(frozen=True)
class Options:
    """`source` is `test`, `camera`, `none`, an rtsp address or a path, None: as `recorder.toml` says;
    `seconds` of the stream; `dock` HOST:PORT or None."""

    source: str | None = None
    realtime: bool = False
    seconds: float | None = None
    dock: str | None = None
    erase_now: bool = False


def run(home: Home, options: Options) -> int:
    config = home.config()
    name = options.source or config.capture.source
    if name == "none" and options.dock is None:
        raise CallerError(
            "source", "Without a source there is only the dock: `--source none` needs `--dock`."
        )
    try:
        recorder, reason = _power_cycle(home, config, name, options)
    except OSError as error:
        # Whatever is open is recovered at the next start.
        raise WorldError("storage", "The recorder's storage failed: {reason}", reason=error) from error
    if recorder.failed and reason == "not-recording":
        raise recorder.failed
    return 0


def _power_cycle(home: Home, config: Config, source_name: str, options: Options) -> tuple[Recorder, str]:
    """From the lock to `shutdown`; the reason in it."""
    with home.locked():
        clock = SystemClock(_clock_offset(home))
        signer, counter = own_parts(home, config)
        bay = take_bay(home, options.dock)
        recorder = Recorder(home, Logbook(home.logbook, signer, counter, clock), clock, Screen(sys.stdout))
        stamp = Stamp(config.serial, recorder.officer, clock.now)
        source = source_of(source_name, config.capture, stamp) if source_name != "none" else None
        with recorder.signals.caught():
            recorder.power_on()
            wishes = Wishes(options.realtime, options.seconds)
            with senses(config.capture, recorder.session, recorder.fault):
                reason = recorder.film(source, wishes)
            if bay:
                reason = recorder.dock(bay, options.erase_now)
            recorder.power_off(reason)
        return recorder, reason


class Recorder:
    def __init__(self, home: Home, logbook: Logbook, clock: SystemClock, screen: Screen) -> None:
        self.home, self.logbook, self.clock, self.screen = home, logbook, clock, screen
        self.adopted = Adopted(home, logbook)
        screen.belongs_to(self.adopted.keys.origin)
        self.space = Space(home, logbook)
        logbook.make_room = self.space.release_reserve
        self.session = Session(home, logbook, self.adopted, self.space, clock, screen)
        self.signals = Signals()
        self.failed: Exception | None = None
        """Why nothing was recorded."""

    def officer(self) -> str:
        """Of the assignment that the ledger proved, or none; short, as on the screen."""
        return short(self.adopted.duty.officer) if self.adopted.duty else ""

    def fault(self, code: str, detail: str) -> None:
        self.logbook.write("fault", code=code, detail=detail)
        self.screen.fault(code, detail)

    def power_on(self) -> None:
        for one in recover_all(self.home, self.logbook):
            self.screen.say(
                _("recovered: {id}, {segments} segments").format(id=one.recording, segments=one.segments)
            )
        self.session.follows = left_off(self.home, self.logbook)
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
        self.screen.storage(self.space.note())

    def film(self, source: Source | None, wishes: Wishes) -> str:
        """Returns the reason of the shutdown, should nothing follow."""
        filming = Filming(self.session, self.logbook, self.screen, self.signals)
        with desk(self.home, self.session.marks):
            reason = filming.run(source, wishes)
        self.failed = filming.failed
        if source:
            self.screen.say(_("○ not recording"))
        return reason

    def dock(self, bay: Bay, erase_now: bool) -> str:
        dock = Dock(
            self.home,
            self.logbook,
            self.adopted,
            self.space,
            self.clock,
            bay.certificate,
            erase_now=erase_now,
        )
        self.screen.say(_("in the dock: {address}").format(address=bay.address))
        reason = serve(dock, bay, self.signals)
        self.screen.say(_("undocked") if reason == "undocked" else _("stopped"))
        return reason

    def power_off(self, reason: str) -> None:
        self.logbook.write("shutdown", reason=reason)


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
