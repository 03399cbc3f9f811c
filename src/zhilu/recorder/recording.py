"""One recording on disk: journal and sealed media, in the order that survives a power cut
(spec/sealed-media.md §3).

    1. logbook: `recording-opened`   a crash after it: recovered with no line at all
    2. journal: `open`               a crash after it: a recording of no segments
    3. media: bytes of segment i     a crash after it: bytes beyond the last line, cut by recovery
    4. journal: line of segment i    from here on the segment is evidence
    5. journal: `close`              a crash after it: recovered, complete
    6. logbook: `recording-closed`

Each step is durable before the next begins. What else the journal tells (`minute`, `gap`, `quality`, `mark`)
stands between segments; a `minute` comes after its number was raised, as every line with a number does. The
recording key and the text key live in this object and nowhere else.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from zhilu.devices.clock import Clock, MediaClock
from zhilu.devices.media.facts import Fragment, Header
from zhilu.durable import Appender, sync_folder
from zhilu.encoding import format_time, sha256, uuid7
from zhilu.protocols.docking_handover import Duty
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook
from zhilu.recorder.quality import Stretch
from zhilu.sealed.envelopes import SUITE, Policy, make_shares, make_text
from zhilu.sealed.lines import JOURNAL, Chain, line_hash, unverified_payload
from zhilu.sealed.segments import Sealer, key_commitment, recording_key, seal_private

MINUTE_US = 60_000_000
HOLE_US = 1_000_000
"""A `gap` is said where nothing came from the source for longer."""


@dataclass(frozen=True)
class Follows:
    """The recording that a fault, a power cut or a crash ended, and its last signed time."""

    recording: UUID
    until: str


@dataclass(frozen=True)
class Scene:
    """What a recording is of, for whom it is sealed, and what it goes on from."""

    header: Header
    origin: str
    policy: Policy
    duty: Duty | None
    follows: Follows | None = None


class Recording:
    """Made by `begin`; then `append` fragments, then `close`. After an OSError only `close_short_of_space`
    or recovery."""

    def __init__(self, home: Home, logbook: Logbook, clock: Clock, opened: bytes, id_: UUID) -> None:
        self.id = id_
        self.segments = 0
        self.length = 0
        """Bytes of media that a line vouches for."""
        self.duration_us = 0
        self.last_at = ""
        """`at` of the journal's last line."""
        self._minutes = 0
        self._number: int | None = None
        """Raised for a `minute` whose line could not be written yet."""
        self._opened_us: int = unverified_payload(opened)["mono_us"]
        self._logbook = logbook
        self._clock = clock
        self._chain = Chain(line_hash(opened))
        self._text_key = b""
        self._stretches = (Stretch("black"), Stretch("silent"))
        folder = home.recording(id_)
        folder.mkdir(mode=0o700)
        sync_folder(folder.parent)
        self._journal = Appender(folder / "journal.jws")
        self._media = Appender(folder / "media.sealed")

    @classmethod
    def begin(
        cls,
        home: Home,
        logbook: Logbook,
        scene: Scene,
        clock: Clock,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> Recording:
        """Steps 1 and 2, and segment 0. `random`: for the id alone."""
        id_ = uuid7(int(clock.now().timestamp() * 1000), random(10))
        before = scene.follows
        more = {"follows": {"id": str(before.recording), "until": before.until}} if before else {}
        opened = logbook.write("recording-opened", clock, id=str(id_), **more)
        recording = cls(home, logbook, clock, opened, id_)
        try:
            recording._open(scene)
            recording._seal(scene.header.data, 0, 0)
        except BaseException:
            recording.abandon()
            raise
        return recording

    def _open(self, scene: Scene) -> None:
        shares, open_shares = make_shares(scene.policy, self.id)
        self._text_key, text = make_text(scene.policy, self.id)
        key = recording_key(shares, self.id)
        self._sealer = Sealer(key, self.id)
        self._line(
            "open",
            id=str(self.id),
            suite=SUITE,
            origin=scene.origin,
            drill=scene.duty.drill if scene.duty else False,
            officer=scene.duty.officer if scene.duty else None,
            policy=scene.policy.version,
            shares=open_shares,
            text=text,
            key_commitment=key_commitment(key, self.id).hex(),
            codec=scene.header.codec,
            media="video/mp4",
            width=scene.header.width,
            height=scene.header.height,
        )

    def append(self, fragment: Fragment, position: dict[str, Any] | None = None) -> None:
        """Steps 3 and 4, and what is to be said before and after: durable when this returns. `position` as
        in `private` of a segment."""
        begun, end = fragment.pts_us, fragment.pts_us + fragment.duration_us
        if self.segments > 1 and begun - self.duration_us > HOLE_US:
            self._line("gap", from_us=self.duration_us, to_us=begun, reason="source")
        self.duration_us = max(self.duration_us, end)
        if isinstance(self._clock, MediaClock):
            self._clock.reach(self.duration_us)
        self.count_minutes()
        self._seal(fragment.data, begun, fragment.duration_us, position)
        for stretch in self._stretches:
            is_so = fragment.black if stretch.reason == "black" else fragment.silent
            self._quality(stretch.reason, stretch.take(is_so, begun, end))

    def _seal(
        self, data: bytes, pts_us: int, duration_us: int, position: dict[str, Any] | None = None
    ) -> None:
        i, sealed = self._sealer.lend(data)
        self._media.append(sealed)
        place = {"offset": self.length, "length": len(sealed), "sha256": sha256(sealed).hex()}
        private = {"private": self._private({"position": position})} if position else {}
        self._line("segment", i=i, **place, pts_us=pts_us, duration_us=duration_us, **private)
        self.segments += 1
        self.length += len(sealed)

    def mark(self, pts_us: int, text: str) -> None:
        self._line("mark", pts_us=pts_us, private=self._private({"text": text}))

    def count_minutes(self) -> None:
        """A numbered line for each minute that is over."""
        due = (self._clock.mono_us() - self._opened_us) // MINUTE_US
        while self._minutes < due:
            # A crash after the number: `recovered` steps by one more than the minutes, and readers say so.
            self._number = self._number or self._logbook.next_number()
            self._line("minute", counter=self._number)
            self._minutes, self._number = self._minutes + 1, None

    def _quality(self, reason: str, stretch: tuple[int, int] | None) -> None:
        if stretch is not None:
            self._line("quality", from_us=stretch[0], to_us=stretch[1], reason=reason)

    def close(self, reason: str) -> None:
        """Steps 5 and 6."""
        self.count_minutes()
        for stretch in self._stretches:
            self._quality(stretch.reason, stretch.end())
        self._line("close", reason=reason, segments=self.segments, length=self.length)
        self._release()
        self._logbook.write(
            "recording-closed",
            self._clock,
            id=str(self.id),
            lines=self._chain.n,
            last=self._chain.prev.hex(),
            segments=self.segments,
            length=self.length,
            minutes=self._minutes,
        )

    def close_short_of_space(self) -> None:
        """After a write that found no room, and after room was made: drop what half arrived, then close."""
        self._media.rewind(self.length)
        self._journal.rewind()
        self.close("storage-full")

    def abandon(self) -> None:
        """Let go of the files; what they hold is recovery's business now."""
        self._release()

    def _private(self, value: dict[str, Any]) -> str:
        """For the next line. No number is used for two values: a line that fails is the journal's last but
        `close`, which has no private part."""
        return seal_private(self._text_key, self.id, self._chain.n, value)

    def _line(self, type_: str, **fields: Any) -> None:
        before, at = (self._chain.prev, self._chain.n), self._clock.now()
        line = self._chain.next(self._logbook.signer, JOURNAL, type_, at, self._clock.mono_us(), **fields)
        try:
            self._journal.append(line)
        except OSError:
            self._chain = Chain(*before)
            raise
        self.last_at = format_time(at)

    def _release(self) -> None:
        self._journal.close()
        self._media.close()
