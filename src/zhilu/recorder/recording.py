"""One recording on disk: journal and sealed media, in the order that survives a power cut
(spec/sealed-media.md §3).

    1. logbook: `recording-opened`   a crash after it: recovered with no line at all
    2. journal: `open`               a crash after it: a recording of no segments
    3. media: bytes of segment i     a crash after it: bytes beyond the last line, cut by recovery
    4. journal: line of segment i    from here on the segment is evidence
    5. journal: `close`              a crash after it: recovered, complete
    6. logbook: `recording-closed`

Each step is durable before the next begins. The recording key lives in this object and nowhere else.
"""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from zhilu.devices.clock import Clock, MediaClock
from zhilu.devices.media.facts import Fragment, Header
from zhilu.durable import Appender, sync_folder
from zhilu.encoding import sha256, uuid7
from zhilu.protocols.docking_handover import Duty
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook
from zhilu.sealed.envelopes import SUITE, Policy, make_shares, make_text
from zhilu.sealed.lines import JOURNAL, Chain, line_hash
from zhilu.sealed.segments import Sealer, key_commitment, recording_key


class Recording:
    """Made by `begin`; then `append` fragments, then `close`. After an OSError only `close_short_of_space`
    or recovery."""

    def __init__(
        self, home: Home, logbook: Logbook, header: Header, clock: Clock, opened_by: bytes, id_: UUID
    ) -> None:
        self.id = id_
        self.segments = 0
        self.length = 0
        """Bytes of media that a line vouches for."""
        self.duration_us = 0
        self._logbook = logbook
        self._header = header
        self._clock = clock
        self._chain = Chain(opened_by)
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
        header: Header,
        origin: str,
        policy: Policy,
        duty: Duty | None,
        clock: Clock,
    ) -> Recording:
        """Steps 1 and 2, and segment 0."""
        id_ = uuid7(int(clock.now().timestamp() * 1000), secrets.token_bytes(10))
        opened = logbook.write("recording-opened", clock, id=str(id_))
        recording = cls(home, logbook, header, clock, line_hash(opened), id_)
        try:
            recording._open(origin, policy, duty)
            recording._seal(header.data, 0, 0)
        except BaseException:
            recording.abandon()
            raise
        return recording

    def _open(self, origin: str, policy: Policy, duty: Duty | None) -> None:
        shares, open_shares = make_shares(policy, self.id)
        _text_key, text = make_text(policy, self.id)
        key = recording_key(shares, self.id)
        self._sealer = Sealer(key, self.id)
        self._line(
            "open",
            id=str(self.id),
            suite=SUITE,
            origin=origin,
            drill=duty.drill if duty else False,
            officer=duty.officer if duty else None,
            policy=policy.version,
            shares=open_shares,
            text=text,
            key_commitment=key_commitment(key, self.id).hex(),
            codec=self._header.codec,
            media="video/mp4",
            width=self._header.width,
            height=self._header.height,
        )

    def append(self, fragment: Fragment) -> None:
        """Steps 3 and 4: durable when this returns."""
        self.duration_us = max(self.duration_us, fragment.pts_us + fragment.duration_us)
        if isinstance(self._clock, MediaClock):
            self._clock.reach(self.duration_us)
        self._seal(fragment.data, fragment.pts_us, fragment.duration_us)

    def _seal(self, data: bytes, pts_us: int, duration_us: int) -> None:
        i, sealed = self._sealer.seal(data)
        self._media.append(sealed)
        place = {"offset": self.length, "length": len(sealed), "sha256": sha256(sealed).hex()}
        self._line("segment", i=i, **place, pts_us=pts_us, duration_us=duration_us)
        self.segments += 1
        self.length += len(sealed)

    def close(self, reason: str) -> None:
        """Steps 5 and 6."""
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
        )

    def close_short_of_space(self) -> None:
        """After a write that found no room, and after room was made: drop what half arrived, then close."""
        self._media.rewind(self.length)
        self._journal.rewind()
        self.close("storage-full")

    def abandon(self) -> None:
        """Let go of the files; what they hold is recovery's business now."""
        self._release()

    def _line(self, type_: str, **fields: Any) -> None:
        before = self._chain.prev, self._chain.n
        line = self._chain.next(
            self._logbook.signer, JOURNAL, type_, self._clock.now(), self._clock.mono_us(), **fields
        )
        try:
            self._journal.append(line)
        except OSError:
            self._chain = Chain(*before)
            raise

    def _release(self) -> None:
        self._journal.close()
        self._media.close()
