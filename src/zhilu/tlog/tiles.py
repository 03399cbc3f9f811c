"""A tree as files: C2SP tlog-tiles.

- A tile of level L holds up to 256 neighbouring hashes, each over 256^L leaves. A full one has 8,192
  bytes. The partial ones at the right edge carry their width in their path and are never hashed into
  the level above.
- A bundle holds the leaves themselves, each after its u16 length: so a leaf has at most 65,535 bytes.
- Path and coordinates are one to one; any other spelling of a path is refused.

What `TileReader` fetches is believed as it comes, but for its length: a wrong tile gives a path or a root
that does not verify.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from zhilu.errors import CallerError, DataError
from zhilu.tlog.merkle import HASH_SIZE, MAX_SIZE, HashReader, node_hash

WIDTH = 256
HEIGHT = 8
MAX_LEAF = 65_535
_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


class TileError(DataError):
    """Bytes or a path that are not those of a tile or a bundle: code `tile`."""


@dataclass(frozen=True)
class Tile:
    """`width` hashes of level `level`, from number 256·index on."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        return f"tile/{self.level}/{_index_path(self.index, self.width)}"


@dataclass(frozen=True)
class Bundle:
    """`width` leaves, from number 256·index on."""

    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        return f"tile/entries/{_index_path(self.index, self.width)}"


def parse_path(path: str) -> Tile | Bundle:
    match = _PATH.fullmatch(path)
    if not match:
        raise TileError("tile", "This is no path of a tile.")
    kind, digits, partial = match.groups()
    index, width = int(digits.replace("x", "").replace("/", "")[:24]), int(partial or WIDTH)
    found = Bundle(index, width) if kind == "entries" else Tile(int(kind), index, width)
    # The way back catches leading x000, a width of 256 or more, and digits beyond the cut above.
    if found.path != path or index > MAX_SIZE or (isinstance(found, Tile) and found.level > 63):
        raise TileError("tile", "This is no path of a tile.")
    return found


def tile_of(level: int, index: int, size: int) -> Tile:
    """Tile `index` of `level` as it is in a tree of `size`, full or partial."""
    width = min(WIDTH, (size >> HEIGHT * level) - WIDTH * index)
    if index < 0 or width <= 0:
        raise CallerError("tree-range", "A tree of {size} has no such tile.", size=size)
    return Tile(level, index, width)


def tiles_of_path(index: int, size: int) -> list[Tile]:
    """What the inclusion path of leaf `index` in a tree of `size` is read from: at each level the tile above
    the leaf, and the one at the right edge.
    """
    found = []
    for level in range((size.bit_length() - 1) // HEIGHT + 1):
        last = ((size >> HEIGHT * level) - 1) // WIDTH
        numbers = {min(index >> HEIGHT * (level + 1), last), last}
        found += [tile_of(level, number, size) for number in sorted(numbers)]
    return found


def new_tiles(old_size: int, leaf_hashes: Sequence[bytes], reader: HashReader) -> list[tuple[Tile, bytes]]:
    """The tiles that a tree of `old_size` gains by `leaf_hashes`; `reader` knows the old tree.

    Partial tiles of the old tree come again, wider. Store all of them durably before a checkpoint of
    the new size is signed.
    """
    result: list[tuple[Tile, bytes]] = []
    level, old, fresh = 0, old_size, list(leaf_hashes)
    while fresh:
        first = old - old % WIDTH
        row = [reader.read(HEIGHT * level, index) for index in range(first, old)] + fresh
        chunks = [row[start : start + WIDTH] for start in range(0, len(row), WIDTH)]
        for number, chunk in enumerate(chunks, first // WIDTH):
            result.append((Tile(level, number, len(chunk)), b"".join(chunk)))
        fresh = [_tile_rows(chunk)[HEIGHT][0] for chunk in chunks if len(chunk) == WIDTH]
        level, old = level + 1, old // WIDTH
    return result


def new_bundles(old_size: int, new_size: int) -> Iterator[Bundle]:
    """The bundles that a tree of `new_size` has and one of `old_size` has not."""
    if old_size < new_size:
        for index in range(old_size // WIDTH, (new_size - 1) // WIDTH + 1):
            yield Bundle(index, min(WIDTH, new_size - WIDTH * index))


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    if not 0 < len(entries) <= WIDTH or any(len(entry) > MAX_LEAF for entry in entries):
        raise CallerError("bundle", "A bundle has 1 to 256 leaves of at most 65,535 bytes.")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes, count: int) -> list[bytes]:
    """The `count` leaves of a bundle; refuses fewer, more, and a cut one."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        entries.append(data[start:at])
    if at != len(data) or len(entries) != count:
        raise TileError("tile", "This is no bundle of so many entries.")
    return entries


class TileReader:
    """A HashReader over the tiles of a tree of `size`, fetched by path and kept, 256 at most.

    `size` is that of the tree whose tiles are stored; roots and paths of smaller trees are read from
    the same tiles.

    `fetch` raises LookupError where nothing is stored: for a partial tile the full one is tried then,
    because a partial one may be deleted once the full one is there.
    """

    def __init__(self, fetch: Callable[[str], bytes], size: int, keep: int = 256) -> None:
        self._fetch = fetch
        self._size = size
        self._keep = keep
        self._kept: OrderedDict[Tile, list[list[bytes]]] = OrderedDict()

    def read(self, level: int, index: int) -> bytes:
        if level < 0 or (index + 1) << level > self._size:
            raise CallerError("tree-range", "A tree of {size} has no such subtree.", size=self._size)
        tile_level, height = divmod(level, HEIGHT)
        number, offset = divmod(index << height, WIDTH)
        return self._rows(tile_of(tile_level, number, self._size))[height][offset >> height]

    def _rows(self, tile: Tile) -> list[list[bytes]]:
        rows = self._kept.get(tile)
        if rows is None:
            rows = _rows_of(self._load(tile))
            self._kept[tile] = rows
            if len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        self._kept.move_to_end(tile)
        return rows

    def _load(self, tile: Tile) -> bytes:
        try:
            data, width = self._fetch(tile.path), tile.width
        except LookupError:
            if tile.width == WIDTH:
                raise
            data, width = self._fetch(Tile(tile.level, tile.index).path), WIDTH
        if len(data) != width * HASH_SIZE:
            raise TileError("tile", "The tile has the wrong length.")
        return data[: tile.width * HASH_SIZE]


@lru_cache(128)
def _rows_of(data: bytes) -> list[list[bytes]]:
    """Of the same bytes the same: the tiles near a root are read for every proof."""
    return _tile_rows([data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)])


def _tile_rows(hashes: list[bytes]) -> list[list[bytes]]:
    """The hashes of a tile and, above them, those of each complete subtree within it."""
    rows = [hashes]
    for _ in range(HEIGHT):
        below = rows[-1]
        rows.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return rows


def _index_path(index: int, width: int) -> str:
    if index < 0 or not 0 < width <= WIDTH:
        raise CallerError("tree-range", "There is no such tile.")
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return "/".join(reversed(groups)) + partial
