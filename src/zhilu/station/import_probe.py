"""What can be read of a file: asked in a process of its own, because files of anybody's making go through
large libraries.

The child (`python -m zhilu.station.import_probe KIND`) gets the file as its standard input and no other way
to the world than its standard output; before it looks at a byte it takes limits on itself: memory, processor
time, no file to write, no further process. It says what it found in lines, first what the structure alone
tells, then what a decoder made of it; whatever ends it, the last line counts. The parent waits so long and no
longer.

    truncated    the structure says that bytes are missing, or the decoder does
    sound        one picture or one sound could be read, and nothing said that something is missing
    unreadable   neither
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO

from zhilu.sealed.imports import OTHER
from zhilu.station.import_kinds import cut_short

MEMORY = 3 * 2**29
"""Bytes of address space: libraries take some 600 MB of it, a large picture the rest."""

CPU_S = 20
WALL_S = 60.0
MAX_PIXELS = 120_000_000
MAX_FRAMES = 64
"""Frames looked at before the first one that decodes must have come."""

MAX_ANSWER = 4096
MAX_SIDE = 1_000_000
MAX_DURATION_US = 366 * 24 * 3_600_000_000


@dataclass(frozen=True)
class Probed:
    """`width`, `height` 0 where there is no picture; `trouble` a code where the child did not end well."""

    state: str = "unreadable"
    duration_us: int | None = None
    width: int = 0
    height: int = 0
    trouble: str = ""


def probe(file: BinaryIO, kind: str) -> Probed:
    """Never raises for what the file holds, and never takes longer than `WALL_S`."""
    if kind == OTHER:
        return Probed()  # nothing of ours reads it
    handle = _again(file)
    try:
        command = [sys.executable, "-I", "-m", __name__, kind]
        environment = {"PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(
            command,
            stdin=handle,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WALL_S,
            env=environment,
            cwd="/",
            check=False,
        )
        return _read(done.stdout, "" if done.returncode == 0 else "probe-failed")
    except subprocess.TimeoutExpired as error:
        return _read(error.stdout or b"", "probe-timeout")
    finally:
        os.close(handle)


def _again(file: BinaryIO) -> int:
    """A handle of its own, with a place of its own in the file."""
    path, flags = f"/proc/self/fd/{file.fileno()}", os.O_RDONLY | os.O_CLOEXEC
    try:
        return os.open(path, flags | os.O_NOATIME)
    except PermissionError:
        return os.open(path, flags)


def _read(answer: bytes, trouble: str) -> Probed:
    """The last whole line that is one of ours. The child may have been taken over by the file: only codes and
    bounded numbers are believed."""
    for line in reversed(answer[:MAX_ANSWER].split(b"\n")):
        try:
            got = json.loads(line)
            state = got["state"]
            if state in ("sound", "truncated", "unreadable"):
                return Probed(
                    state,
                    _bounded(got.get("duration_us"), MAX_DURATION_US),
                    _bounded(got.get("width"), MAX_SIDE) or 0,
                    _bounded(got.get("height"), MAX_SIDE) or 0,
                    trouble,
                )
        except (ValueError, KeyError, TypeError):
            continue
    return Probed(trouble=trouble)


def _bounded(value: Any, most: int) -> int | None:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
    return value if good else None


# The child.

_FORMATS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "audio/mp4": "mov",
    "video/x-msvideo": "avi",
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
}


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _say(state: str, duration_us: int | None = None, width: int = 0, height: int = 0) -> None:
    told = {"state": state, "duration_us": duration_us, "width": width, "height": height}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _child(kind: str) -> None:
    _limit()
    with os.fdopen(os.dup(0), "rb") as file:
        is_cut = cut_short(file, kind)
        _say("truncated" if is_cut else "unreadable")
        file.seek(0)
        told = _picture(file) if kind.startswith("image/") else _film(file, kind)
    if told is not None:
        state, duration_us, width, height = told
        _say("truncated" if is_cut else state, duration_us, width, height)


_Told = tuple[str, int | None, int, int] | None


def _picture(file: BinaryIO) -> _Told:
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(file, formats=("JPEG", "PNG")) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                return None
            try:
                picture.load()
            except OSError as error:
                return ("truncated" if "truncated" in str(error) else "unreadable", None, width, height)
            return "sound", None, width, height
    except (
        OSError,
        UnidentifiedImageError,
        Image.DecompressionBombError,
        ValueError,
        SyntaxError,
        MemoryError,
    ):
        return None


def _film(file: BinaryIO, kind: str) -> _Told:
    import av

    try:
        # The format is told: one that is guessed might be a list of other files to open.
        with av.open(file, "r", format=_FORMATS[kind], metadata_errors="replace") as container:
            streams = [*container.streams.video[:1], *container.streams.audio[:1]]
            width, height = 0, 0
            if container.streams.video:
                context = container.streams.video[0].codec_context
                width, height = context.width, context.height
            duration = container.duration
            decoded = _decodes(container, streams)
            return ("sound" if decoded else "unreadable"), duration, width, height
    except (av.FFmpegError, OSError, ValueError, MemoryError, IndexError):
        return None


def _decodes(container: Any, streams: list[Any]) -> bool:
    """Whether one frame of any stream comes out of the first packets."""
    import av

    for number, packet in enumerate(container.demux(streams)):
        if number >= MAX_FRAMES:
            return False
        try:
            if packet.decode():
                return True
        except av.FFmpegError:
            continue
    return False


if __name__ == "__main__":
    _child(sys.argv[1])
