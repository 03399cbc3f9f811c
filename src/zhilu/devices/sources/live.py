"""What films without an end: camera and RTSP share all but how they are reached.

- H.264 is passed through from its first key frame on, packet for packet; everything else is encoded by the
  profile. There is no index to judge by beforehand: where a fragment grows beyond the limits of a segment
  (plan.py), or the codec changes (new parameter sets in the middle), the source ends with WorldError `source`
  and a field `change`, `long-gop` or `codec`. What was captured till then has been given out. Opened again
  without `close`, the same device goes on with the very next packet, encoded: the decoder has been fed with
  the group of pictures so far, so nothing is missing between the two recordings (spec/sealed-media.md §3).
- Picture and sound are placed by their own time stamps, the first key frame at 0; sound from before it is
  dropped. Sound that is encoded is kept in step (`AudioEncoder`).
- Time stamps that jump by more than 10 s, or back, end the source; so does picture or sound that stays away
  for 5 s. The second time in a row that sound does, the picture alone is recorded.
- Silence of the device for 10 s ends the source. Every end but a wish is WorldError `source`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zhilu.devices.media.cmaf import CmafMuxer
from zhilu.devices.media.decode import decoded
from zhilu.devices.media.facts import Fragment, Header
from zhilu.devices.media.judge import Judge
from zhilu.devices.media.stamp import Stamp
from zhilu.devices.sources import tracks
from zhilu.devices.sources.base import Going
from zhilu.devices.sources.file import FAILURES
from zhilu.devices.sources.parameters import Changed
from zhilu.devices.sources.plan import copies_sound, picture_of, sound_of
from zhilu.devices.sources.profiles import Profile
from zhilu.errors import WorldError

QUIET_S = 10.0
"""No packet for so long: the device is gone."""
JUMP_S, BACK_S = 10.0, 1.0
AWAY_S = 5.0
MOST_WAITING = 200
"""Packets held back until the first picture's time is known."""


class LiveSource:
    """Subclasses say how to `_connect` and what to let go of in `_hang_up`."""

    live = True
    origin: str

    def __init__(self, profile: Profile, stamp: Stamp | None = None) -> None:
        self._profile, self._stamp = profile, stamp
        self._must_encode = stamp is not None
        self._container: Any = None
        self._next: Any = None
        """The packet that did not fit into the recording before."""
        self._group: list[tuple[Any, int, int]] = []
        """What its decoding needs: (packet, pts, dts) since the last key frame."""
        self._soundless = 0
        self.without_sound: str | None = None
        """Why the picture alone is recorded."""

    def open(self) -> Header:
        try:
            if self._next is None or self._container is None:
                self.close()
                self.without_sound = None
                self._first_s: float | None = None
                self._container = self._connect()
            return self._begin()
        except FAILURES as error:
            broken = self._broken(error)
            self.close()
            raise broken from None

    def _connect(self) -> Any:
        """An open container of PyAV."""
        raise NotImplementedError

    def _hang_up(self) -> str:
        """Let go of the device; its last words, if it had any."""
        return ""

    def _begin(self) -> Header:
        picture, sound = picture_of(self._container), sound_of(self._container)
        if picture is None:
            raise ValueError("no moving picture in it")
        self._picture = picture
        self._muxer, self._judge = CmafMuxer(live=True), Judge()
        self._zero_s: float | None = None
        self._last_s: dict[int, float] = {}
        self._tracks: dict[int, tracks.Track] = {picture.index: self._picture_track(picture)}
        if self._soundless > 1:
            self.without_sound = "it stayed away twice"
        elif sound is not None and sound.codec_context is not None:
            self._tracks[sound.index] = self._sound_track(sound)
        return self._muxer.start()

    def _picture_track(self, stream: Any) -> tracks.Track:
        context = stream.codec_context
        if context.name == "h264" and context.extradata and not self._must_encode:
            return tracks.CopiedPicture(self._muxer, self._judge, stream)
        if not context.width or not context.height:
            raise ValueError("a picture without a size")
        return tracks.EncodedPicture(self._muxer, self._judge, stream, self._profile, self._stamp)

    def _sound_track(self, stream: Any) -> tracks.Track:
        kind = tracks.CopiedSound if copies_sound(stream) else tracks.EncodedSound
        return kind(self._muxer, self._judge, stream)

    def fragments(self, going: Going) -> Iterator[Fragment]:
        try:
            yield from self._read(going)
        except Changed as change:
            self._must_encode = True
            yield from self._what_is_left()
            raise WorldError(
                "source",
                "The {origin} changes ({change}): a new recording goes on.",
                origin=self.origin,
                change=change.kind,
            ) from None
        except FAILURES as error:
            broken = self._broken(error)
            yield from self._what_is_left()
            raise broken from None
        else:
            yield from self._what_is_left()

    def _what_is_left(self) -> Iterator[Fragment]:
        """Everything that was captured is given out, whatever ended it."""
        fragments: list[Fragment] = []
        try:
            for track in self._tracks.values():
                fragments += self._muxer.mux(track.finish())
            fragments += self._muxer.finish()
        except FAILURES:
            pass  # the muxer itself was the trouble; what it gave before is whole
        yield from self._labelled(fragments)

    def _read(self, going: Going) -> Iterator[Fragment]:
        for packet in self._packets():
            at_s = self._when(packet)
            if self._zero_s is None and not self._begins(packet, at_s):
                continue
            assert self._zero_s is not None and self._first_s is not None
            if not going(at_s - self._first_s):
                return
            if at_s < self._zero_s:
                continue
            self._next = packet  # until it is in the recording
            kept = packet, packet.pts, packet.dts
            made = self._tracks[packet.stream.index].take(packet, at_s - self._zero_s, self._zero_s)
            self._keep(*kept)
            self._next = None
            yield from self._labelled(self._muxer.mux(made))
        raise ValueError("it ended")

    def _packets(self) -> Iterator[Any]:
        if self._next is not None:
            self._feed_decoder()
            self._zero_s = self._when(self._next)
            yield self._next
        wanted = [self._container.streams[index] for index in self._tracks]
        yield from self._timed(packet for packet in self._container.demux(wanted) if packet.size)

    def _timed(self, packets: Iterator[Any]) -> Iterator[Any]:
        """RTSP gives the first picture before it knows its time: one frame before the second."""
        waiting: list[Any] = []
        for packet in packets:
            has_time = packet.dts is not None or packet.pts is not None
            pictured = packet.stream.index == self._picture.index
            if waiting or (pictured and not has_time and packet.stream.index not in self._last_s):
                waiting.append(packet)
            else:
                yield packet
                continue
            if pictured and has_time:
                waiting[0].pts = waiting[0].dts = packet.dts - tracks.frame_ticks(self._picture)
                yield from waiting
                waiting = []
            elif len(waiting) > MOST_WAITING:
                raise ValueError("no time stamps")

    def _feed_decoder(self) -> None:
        """The frames are in the recording before; pictures that follow are built upon them."""
        for packet, pts, dts in self._group:
            packet.time_base, packet.pts, packet.dts = self._picture.time_base, pts, dts
            decoded(self._picture, packet)
        self._group = []

    def _keep(self, packet: Any, pts: int, dts: int) -> None:
        if self._must_encode or packet.stream.type != "video":
            return
        if packet.is_keyframe:
            self._group = []
        self._group.append((packet, pts, dts))

    def _begins(self, packet: Any, at_s: float) -> bool:
        if packet.stream.index != self._picture.index or not packet.is_keyframe:
            return False
        self._zero_s = at_s
        self._first_s = at_s if self._first_s is None else self._first_s
        return True

    def _when(self, packet: Any) -> float:
        """Seconds by the device's clock. A packet without a time is as old as the one before it."""
        index, stamp = packet.stream.index, packet.dts if packet.dts is not None else packet.pts
        before_s = self._last_s.get(index)
        if stamp is None:
            if before_s is None:
                raise ValueError("no time stamps")
            return before_s
        at_s = float(stamp * packet.time_base)
        if before_s is not None and not -BACK_S <= at_s - before_s <= JUMP_S:
            raise ValueError("its clock jumps")
        self._last_s[index] = at_s
        self._miss()
        return at_s

    def _miss(self) -> None:
        """Does one of the two stay away while the other goes on?"""
        if len(self._tracks) == 1 or self._zero_s is None:
            return
        seen_s = self._last_s.get(self._picture.index, self._zero_s)
        heard_s = max((s for i, s in self._last_s.items() if i != self._picture.index), default=self._zero_s)
        if heard_s - seen_s > AWAY_S:
            raise ValueError("no picture comes any more")
        if seen_s - heard_s > AWAY_S:
            self._soundless += 1
            raise ValueError("no sound comes any more")
        if heard_s - self._zero_s > AWAY_S:
            self._soundless = 0

    def _labelled(self, fragments: list[Fragment]) -> Iterator[Fragment]:
        for fragment in fragments:
            yield self._judge.label(fragment)

    def close(self) -> None:
        container, self._container = self._container, None
        self._next, self._group = None, []
        if container is not None:
            container.close()
        self._hang_up()

    def _broken(self, error: Exception) -> WorldError:
        """Never `str` of an error of FFmpeg's: it holds the address, and that a password."""
        self._next, said = None, self._hang_up()
        reason = said or getattr(error, "strerror", None) or str(error)
        return WorldError(
            "source", "The {origin} gives no picture: {reason}", origin=self.origin, reason=reason[:200]
        )
