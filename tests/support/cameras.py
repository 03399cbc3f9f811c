"""Cameras that this machine does not have: other inputs read by the same child, through the same pipe."""

import subprocess
from pathlib import Path

import av

from zhilu.devices.sources.camera import CameraSource
from zhilu.devices.sources.profiles import PROFILES

PICTURE = ["-re", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25"]
SOUND = ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]


def camera(picture=PICTURE, sound=SOUND, profile="480p25", stamp=None):
    """What it gives is raw, as a camera without a coder of its own would."""
    return CameraSource("", "", PROFILES[profile], stamp, picture, sound)


def h264_camera(film: Path, sound=SOUND, again=True, profile="1080p25"):
    """A camera that delivers H.264 in real time: the picture of a film, over and over."""
    loop = ["-stream_loop", "-1"] if again else []
    return camera(["-re", *loop, "-i", str(film)], sound, profile)


def make_h264(path: Path, *arguments: str, size="320x240", seconds=4, rate=25) -> Path:
    """A film without sound by the system's ffmpeg; a key frame every 2 s unless `arguments` say otherwise."""
    source = f"testsrc2=size={size}:rate={rate}:duration={seconds}"
    coder = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(2 * rate)]
    command = ["ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-f", "lavfi", "-i", source, *coder]
    subprocess.run([*command, *arguments, str(path)], check=True)
    return path


def decoded(path: Path, kind: str):
    with av.open(str(path)) as container:
        streams = [stream for stream in container.streams if stream.type == kind]
        yield from container.decode(streams[0]) if streams else ()
