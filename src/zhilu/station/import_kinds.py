"""What a file is, by its bytes: its type, and whether its own structure says that its end is missing.

By the first bytes (never by the name):
    ftyp and the like   video/mp4, video/quicktime, audio/mp4      boxes
    RIFF                video/x-msvideo, audio/wav                 chunks
    FF D8 FF, 89 PNG    image/jpeg, image/png                      an end mark
    ID3, FF Ex          audio/mpeg                                 no structure to judge by

`cut_short` reads a few bytes at a time and no more than so many boxes: it runs over files that anybody made.
It finds what is missing at the end, not what is damaged in between.
"""

from __future__ import annotations

import os
from typing import BinaryIO

from zhilu.sealed.imports import OTHER

HEAD = 64
"""Bytes that `media_type` looks at."""

MAX_BOXES = 100_000
_TAIL = 65_536
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def media_type(head: bytes) -> str:
    """One of `sealed.imports.MEDIA`."""
    if head[4:8] in _BOXES:
        brand = head[8:12] if head[4:8] == b"ftyp" else b"qt  "
        if brand in (b"M4A ", b"M4B "):
            return "audio/mp4"
        return "video/quicktime" if brand == b"qt  " else "video/mp4"
    if head[:4] == b"RIFF":
        return {b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav"}.get(head[8:12], OTHER)
    if head[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6)):
        return "audio/mpeg"
    return OTHER


def cut_short(file: BinaryIO, kind: str) -> bool:
    """Whether the file's structure says that bytes are missing at its end."""
    size = os.fstat(file.fileno()).st_size
    if kind in ("video/mp4", "video/quicktime", "audio/mp4"):
        return _boxes_cut(file, size)
    if kind in ("video/x-msvideo", "audio/wav"):
        return _chunks_cut(file, size)
    if kind == "image/jpeg":
        return b"\xff\xd9" not in _tail(file, size)
    if kind == "image/png":
        return b"IEND" not in _tail(file, size)
    return False


def _boxes_cut(file: BinaryIO, size: int) -> bool:
    """A box that ends beyond the file, or no `moov` at all: the index is written last."""
    at, has_index = 0, False
    for _ in range(MAX_BOXES):
        if at == size:
            return not has_index
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return True
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1 and len(head) == 16:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:
            length = size - at  # to the end of the file
        if length < 8 or at + length > size:
            return True
        has_index |= kind == b"moov"
        at += length
    return False


def _chunks_cut(file: BinaryIO, size: int) -> bool:
    """A RIFF that ends beyond the file, or whose length was never filled in."""
    at = 0
    for _ in range(MAX_BOXES):
        if at >= size:
            return False
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or head[:4] != b"RIFF":
            return False  # something hung on behind: no RIFF of ours
        length = int.from_bytes(head[4:], "little")
        if length == 0 or at + 8 + length > size:
            return True
        at += 8 + length + length % 2
    return False


def _tail(file: BinaryIO, size: int) -> bytes:
    file.seek(max(0, size - _TAIL))
    return file.read(_TAIL)
