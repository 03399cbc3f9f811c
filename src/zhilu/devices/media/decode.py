"""Frames out of packets, where something is only looked at or must be encoded anew."""

from __future__ import annotations

from typing import Any

import av


def decoded(stream: Any, packet: Any | None) -> list[Any]:
    """A packet that cannot be decoded gives nothing, as in every player; None: what the decoder holds."""
    try:
        return [frame for frame in stream.codec_context.decode(packet) if frame.pts is not None]
    except av.InvalidDataError:
        return []


def decoded_alone(stream: Any, packet: Any) -> list[Any]:
    """By a decoder of its own: a key frame needs none of the frames before it."""
    context: Any = av.CodecContext.create("h264", "r")
    context.extradata = stream.codec_context.extradata
    context.thread_count = 1
    try:
        return (list(context.decode(packet)) + list(context.decode(None)))[:1]
    except av.FFmpegError:
        return []
