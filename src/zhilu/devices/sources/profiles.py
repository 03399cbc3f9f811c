"""Profiles: how large, how often and how many bits, where the recorder encodes itself.

A camera that delivers H.264 is asked for the size and the rate of the profile; its bits are its own. A
picture smaller than the profile is never blown up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Profile:
    """`rate` frames a second, `bits` of picture a second."""

    name: str
    width: int
    height: int
    rate: int
    bits: int

    def options(self) -> dict[str, str]:
        """For x264. `superfast`: one of two small cores is enough for 1080p25, and half of it is left."""
        return {
            "preset": "superfast",
            "tune": "zerolatency",
            "b": str(self.bits),
            "maxrate": str(self.bits),
            "bufsize": str(2 * self.bits),
        }


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("1080p25", 1920, 1080, 25, 5_800_000),
        Profile("720p25", 1280, 720, 25, 3_000_000),
        Profile("720p15", 1280, 720, 15, 2_000_000),
        Profile("480p25", 848, 480, 25, 1_500_000),
        Profile("480p15", 848, 480, 15, 1_000_000),
    )
}
DEFAULT = "1080p25"


class CaptureSettings(Protocol):
    """The section [capture] of recorder.toml, as far as a source needs it."""

    @property
    def video(self) -> str:
        """Device of the camera, as /dev/video0."""
        ...

    @property
    def audio(self) -> str:
        """ALSA name of the microphone, as `default`; "" where there is none."""
        ...

    @property
    def profile(self) -> str:
        """Name of one of PROFILES."""
        ...

    @property
    def burn_in(self) -> bool: ...
