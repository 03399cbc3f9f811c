"""Which source a word means: `camera`, `rtsp://…`, `test`, or the path of a file."""

from __future__ import annotations

from pathlib import Path

from zhilu.devices.media.stamp import Stamp
from zhilu.devices.sources.base import Source
from zhilu.devices.sources.camera import CameraSource
from zhilu.devices.sources.file import FileSource
from zhilu.devices.sources.profiles import PROFILES, CaptureSettings, Profile
from zhilu.devices.sources.rtsp import RtspSource
from zhilu.devices.sources.scene import SceneSource
from zhilu.errors import CallerError


def source_of(name: str, capture: CaptureSettings, stamp: Stamp) -> Source:
    """`stamp`: what is burnt into the picture, where that is asked for. Nothing is opened yet."""
    if name == "test":
        return SceneSource()
    burnt = stamp if capture.burn_in else None
    if name == "camera":
        return CameraSource(capture.video, capture.audio, profile_of(capture.profile), burnt)
    if name.startswith(("rtsp://", "rtsps://")):
        return RtspSource(name, profile_of(capture.profile), burnt)
    return FileSource(Path(name))


def profile_of(name: str) -> Profile:
    profile = PROFILES.get(name)
    if profile is None:
        raise CallerError(
            "profile", "There is no profile {name}; there are: {all}.", name=name, all=" ".join(PROFILES)
        )
    return profile
