"""A network camera: RTSP over TCP, by PyAV's own FFmpeg.

The address may carry a name and a password. Neither is ever printed, logged or signed: errors say the host
only.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import av

from zhilu.devices.media.stamp import Stamp
from zhilu.devices.sources.live import QUIET_S, LiveSource
from zhilu.devices.sources.profiles import Profile
from zhilu.errors import CallerError


class RtspSource(LiveSource):
    origin = "rtsp"

    def __init__(self, url: str, profile: Profile, stamp: Stamp | None = None) -> None:
        super().__init__(profile, stamp)
        try:
            named = urlsplit(url).hostname
        except ValueError:
            named = None
        if not named:
            raise CallerError("source", "The address of an RTSP source is written as rtsp://HOST/PATH.")
        self._url = url

    def _connect(self) -> Any:
        options = {"rtsp_transport": "tcp", "max_delay": "500000"}
        return av.open(self._url, options=options, timeout=(QUIET_S, QUIET_S))
