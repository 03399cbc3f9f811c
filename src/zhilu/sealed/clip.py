"""A clip: part of a recording in the clear that stays verifiable (spec/copies.md §2).

GCM is deterministic: plaintext and key of a segment give the ciphertext again, and its hash is in the
signed journal. So whoever holds journal, plaintext and the keys of segments 0 and i..j can check these
segments as if he held the sealed ones, and can open no other: no key leads to another, nor to the
recording's.

`ClipMedia` stands where the sealed media would: it answers for the disclosed segments, which lie end to end
in the file, and for no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from zhilu import strictjson
from zhilu.encoding import b64u, unb64u, uuid_bytes
from zhilu.errors import DataError
from zhilu.sealed.segments import KEY_SIZE, MAX_SEGMENT, TAG_SIZE, seal_segment_with

FILE = "clip.json"
TYPE = "zhilu-clip/1"
MAX_CLIP = 16 * 2**20
MAX_NUMBER = 2**32 - 1
NAMES = {
    "video/mp4": "clip.mp4",
    "video/quicktime": "clip.mov",
    "video/x-msvideo": "clip.avi",
    "image/jpeg": "clip.jpg",
    "image/png": "clip.png",
    "audio/mpeg": "clip.mp3",
    "audio/wav": "clip.wav",
    "audio/mp4": "clip.m4a",
}
OTHER_NAME = "clip.bin"


def name_for(media: str) -> str:
    """Of the plaintext's file; `media`: what the journal's first line says that was sealed."""
    return NAMES.get(media, OTHER_NAME)


_FIELDS: dict[str, type | tuple[type, ...]] = {
    "type": str,
    "recording": str,
    "from": int,
    "to": int,
    "file": str,
    "keys": list,
}


class Bytes(Protocol):
    @property
    def size(self) -> int: ...

    def read_at(self, offset: int, length: int) -> bytes: ...


class Ref(Protocol):
    """What of a segment's signed line is needed."""

    @property
    def i(self) -> int: ...
    @property
    def length(self) -> int: ...


@dataclass(frozen=True)
class Clip:
    """Segments 0 and `first` to `last`; `keys` by number. `file`: name of the plaintext's file."""

    recording: UUID
    first: int
    last: int
    file: str
    keys: dict[int, bytes]

    @classmethod
    def loads(cls, data: bytes) -> Clip:
        """Refuses with `clip`, whatever is wrong."""
        try:
            got = strictjson.fields(strictjson.loads_object(data, MAX_CLIP), _FIELDS)
            keys = [unb64u(key) if isinstance(key, str) else b"" for key in got["keys"]]
            recording = UUID(bytes=uuid_bytes(got["recording"]))
        except DataError as error:
            raise _refused(error.code) from None
        first, last = got["from"], got["to"]
        numbers = list(disclosed(first, last)) if 0 <= first <= last <= MAX_NUMBER else []
        if got["type"] != TYPE or got["file"] not in (*NAMES.values(), OTHER_NAME):
            raise _refused("type or file")
        if not numbers or len(keys) != len(numbers) or any(len(key) != KEY_SIZE for key in keys):
            raise _refused("keys")
        return cls(recording, first, last, got["file"], dict(zip(numbers, keys, strict=True)))

    def dumps(self) -> bytes:
        body: dict[str, Any] = {"type": TYPE, "recording": str(self.recording), "from": self.first}
        keys = [b64u(self.keys[i]) for i in disclosed(self.first, self.last)]
        return strictjson.dumps(body | {"to": self.last, "file": self.file, "keys": keys})


def disclosed(first: int, last: int) -> Iterator[int]:
    """The numbers of a clip's segments, in the order of keys and plaintext."""
    yield 0
    # A span is named by whoever made the file: nobody counts to 2^32 for it.
    yield from range(max(first, 1), min(last, max(first, 1) + MAX_CLIP // KEY_SIZE) + 1)


class ClipMedia:
    """Plaintext that lies end to end. Ask for each disclosed segment once, in order: `take`, then `seal`."""

    def __init__(self, clip: Clip, plain: Bytes) -> None:
        self.clip, self._plain = clip, plain
        self.length = 0
        """Bytes of plaintext that the journal accounts for, as far as it was read."""
        self.taken: list[int] = []

    @property
    def size(self) -> int:
        return self._plain.size

    def holds(self, i: int) -> bool:
        return i in self.clip.keys

    def take(self, segment: Ref) -> int:
        """Where its plaintext begins."""
        offset, self.length = self.length, self.length + max(0, segment.length - TAG_SIZE)
        self.taken.append(segment.i)
        return offset

    def seal(self, segment: Ref, offset: int) -> bytes:
        """The ciphertext once more; shorter where the file ends before."""
        length = segment.length - TAG_SIZE
        if not 0 <= length <= MAX_SEGMENT:
            return b""
        plain = self._plain.read_at(offset, length)
        if len(plain) != length:
            return b""
        return seal_segment_with(self.clip.keys[segment.i], self.clip.recording, segment.i, plain)

    @property
    def missing(self) -> list[int]:
        """Disclosed segments that the journal does not have; the first few."""
        have = set(self.taken)
        return [i for i in self.clip.keys if i not in have][:3]


def _refused(detail: str) -> DataError:
    return DataError("clip", "The file {file} does not have its form ({detail}).", file=FILE, detail=detail)
