"""Does what is passed through still fit the header of its recording?"""

from __future__ import annotations

import re
from typing import Any

import av
from av.bitstream import BitStreamFilterContext


class Changed(Exception):
    """What comes cannot be passed through into this recording: `codec` or `long-gop`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class ParameterSets:
    """H.264 as a byte stream may bring other parameter sets at any key frame: another size, another
    profile. The header of the recording has the first ones."""

    def __init__(self, stream: Any) -> None:
        extradata = bytes(stream.codec_context.extradata)
        self._own = _units(extradata)
        self._finder = (
            BitStreamFilterContext("extract_extradata", stream)
            if extradata.startswith((b"\0\0\1", b"\0\0\0\1"))
            else None
        )

    def differ(self, packet: Any) -> bool:
        if packet.has_sidedata("new_extradata"):
            return not _units(bytes(packet.get_sidedata("new_extradata"))) <= self._own
        if self._finder is None or not packet.is_keyframe:
            return False
        copy = av.Packet(bytes(packet))
        copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
        return any(
            not _units(bytes(found.get_sidedata("new_extradata"))) <= self._own
            for found in self._finder.filter(copy)
            if found.has_sidedata("new_extradata")
        )


def _units(data: bytes) -> frozenset[bytes]:
    return frozenset(unit.rstrip(b"\0") for unit in re.split(b"\0\0\0?\x01", data) if unit)
