"""Camera and microphone of this machine: V4L2 and ALSA, read by Debian's `ffmpeg` (docs/adr/0008).

The child only reads: it copies what the devices give, with time stamps of one clock, into a pipe. H.264 is
asked for where the camera has it, else Motion JPEG, else what it gives. Sound and picture are in clear in
this pipe and in the memory of both, nowhere else. The child dies with us, also when we are killed.
"""

from __future__ import annotations

import io
import re
import select
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import av

from zhilu.devices.media.stamp import Stamp
from zhilu.devices.sources.live import QUIET_S, LiveSource
from zhilu.devices.sources.profiles import Profile

FFMPEG = ("setpriv", "--pdeathsig", "KILL", "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error")
WANTED = ("h264", "mjpeg")
LIST_S = 5.0
BUFFER = 2**20
"""Bytes in the pipe and in the reader: one second of H.264, a third of a raw picture."""


class CameraSource(LiveSource):
    """`picture` and `sound`: arguments of ffmpeg for another input than the two devices', by the same pipe.

    A microphone that cannot be opened does not stop the picture: `without_sound` says why."""

    origin = "camera"

    def __init__(
        self,
        video: str,
        audio: str,
        profile: Profile,
        stamp: Stamp | None = None,
        picture: Sequence[str] | None = None,
        sound: Sequence[str] | None = None,
    ) -> None:
        super().__init__(profile, stamp)
        self._video, self._other_picture = video, picture
        self._sound = sound_input(audio) if sound is None else list(sound)
        self._child: _Child | None = None

    def _connect(self) -> Any:
        picture = self._picture_input() if self._other_picture is None else list(self._other_picture)
        if not self._sound:
            return self._started(picture, [])
        try:
            return self._started(picture, self._sound)
        except (OSError, ValueError) as error:  # all that av and a child raise
            why = self._hang_up() or getattr(error, "strerror", None) or str(error)
        container = self._started(picture, [])
        self.without_sound = why
        return container

    def _started(self, picture: list[str], sound: list[str]) -> Any:
        self._child = _Child([*FFMPEG, "-copyts", *picture, *sound, *_output(bool(sound))])
        return av.open(self._child, format="nut", options={"probesize": "1000000"}, buffer_size=BUFFER)

    def _picture_input(self) -> list[str]:
        if not Path(self._video).exists():
            raise FileNotFoundError(2, f"there is no camera at {self._video}")
        format_ = best_format(list_formats(self._video), passing=not self._must_encode)
        return picture_input(self._video, self._profile, format_)

    def _hang_up(self) -> str:
        child, self._child = self._child, None
        return child.end() if child else ""


def picture_input(video: str, profile: Profile, format_: str | None) -> list[str]:
    """`abs`: the kernel's times become the time of day, which is what ALSA's reader says too."""
    asked = ["-f", "v4l2", "-thread_queue_size", "64", "-timestamps", "abs"]
    asked += ["-input_format", format_] if format_ else []
    asked += ["-video_size", f"{profile.width}x{profile.height}", "-framerate", str(profile.rate)]
    return [*asked, "-i", video]


def sound_input(audio: str) -> list[str]:
    return ["-f", "alsa", "-thread_queue_size", "1024", "-i", audio] if audio else []


def _output(sound: bool) -> list[str]:
    maps = ["-map", "0:v:0", *(["-map", "1:a:0"] if sound else [])]
    # Without sync points: PyAV keeps each in memory, for seeking that a pipe never does.
    form = ["-f", "nut", "-syncpoints", "none", "-strict", "experimental", "-write_index", "0"]
    # A device that stalls holds the other one up for half a second at most.
    return [*maps, "-c", "copy", "-flush_packets", "1", "-max_interleave_delta", "500000", *form, "pipe:1"]


def list_formats(video: str) -> str:
    """What ffmpeg says of the camera; "" where it says nothing in time."""
    command = [*FFMPEG[:-1], "info", "-f", "v4l2", "-list_formats", "all", "-i", video]
    try:
        return subprocess.run(command, capture_output=True, timeout=LIST_S, check=False).stderr.decode(
            "utf-8", "replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""


def best_format(listing: str, passing: bool) -> str | None:
    """`passing`: H.264 will be passed through; else Motion JPEG is the cheaper one to decode."""
    names = re.findall(r"\] (?:Compressed|Raw) *: +(\w+) :", listing)
    wanted = WANTED if passing else WANTED[::-1]
    return next((name for name in wanted if name in names), None)


class _Child(io.RawIOBase):
    """ffmpeg's output as a file that ends when nothing comes for 10 s."""

    def __init__(self, command: Sequence[str]) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pipesize=BUFFER,
                start_new_session=True,  # Ctrl-C is for us; we end the child
            )
        except FileNotFoundError as error:
            raise FileNotFoundError(2, f"the program {error.filename} is missing") from None
        assert self._process.stdout is not None and self._process.stderr is not None
        self._out: IO[bytes] = self._process.stdout
        # Not select(): it knows no descriptor above 1,023.
        self._coming = select.poll()
        self._coming.register(self._out, select.POLLIN)
        self._words: deque[str] = deque(maxlen=3)
        self._ear = threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True)
        self._ear.start()

    def _listen(self, errors: IO[bytes]) -> None:
        for line in iter(lambda: errors.readline(4096), b""):
            self._words.append(line[:300].decode("utf-8", "replace").strip())

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        ready = self._coming.poll(QUIET_S * 1000)
        if not ready:
            raise TimeoutError(110, f"nothing came for {QUIET_S:.0f} s")
        return self._out.read1(size)  # type: ignore[attr-defined, no-any-return]

    def end(self) -> str:
        """Ends and reaps the child; its last words."""
        self._process.kill()
        self._process.wait()
        self._ear.join(1)
        self._out.close()
        if self._process.stderr is not None:
            self._process.stderr.close()
        return self._words[-1] if self._words else ""
