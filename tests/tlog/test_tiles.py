"""C2SP tlog-tiles: paths, tiles and bundles, and proofs read through them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhilu.errors import CallerError
from zhilu.tlog.frontier import MemoryHashes
from zhilu.tlog.merkle import ProofError, consistency_path, inclusion_path, leaf_hash, root, verify_inclusion
from zhilu.tlog.tiles import (
    MAX_LEAF,
    Bundle,
    Tile,
    TileError,
    TileReader,
    decode_bundle,
    encode_bundle,
    new_bundles,
    new_tiles,
    parse_path,
    tile_of,
    tiles_of_path,
)

SIZE = 70_000


def leaf(number: int) -> bytes:
    return leaf_hash(b"leaf %d" % number)


@pytest.fixture(scope="module")
def tree() -> MemoryHashes:
    tree = MemoryHashes()
    for number in range(SIZE):
        tree.append(leaf(number))
    return tree


def test_paths_of_the_specification() -> None:
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(0, 273, 112).path == "tile/0/273.p/112"
    assert Bundle(0).path == "tile/entries/000"
    assert Bundle(1000, 1).path == "tile/entries/x001/000.p/1"


@given(st.integers(0, 63), st.integers(0, 2**55), st.integers(1, 256))
def test_paths_are_one_to_one(level: int, index: int, width: int) -> None:
    for place in (Tile(level, index, width), Bundle(index, width)):
        assert parse_path(place.path) == place


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/x01/001",
        "tile/0/001/001",
        "tile/0/x001",
        "tile/00/001",
        "tile/64/001",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/-1/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/07",
        "tile/0/001.p/",
        "tile/0/001/",
        "tile/0/001\n",
        "/tile/0/001",
        "tile/0/../../etc",
        "tile/entries/1",
        "tile/data/001",
        "tile/0/" + "x001/" * 300 + "001",
        "",
    ],
)
def test_other_spellings_of_a_path_are_refused(path: str) -> None:
    with pytest.raises(TileError):
        parse_path(path)


def test_the_tiles_of_a_tree_of_70000(tree: MemoryHashes) -> None:
    made = dict(new_tiles(0, [leaf(number) for number in range(SIZE)], MemoryHashes()))
    full = [tile for tile in made if tile.width == 256]
    assert sum(tile.level == 0 for tile in full) == 273
    assert sum(tile.level == 1 for tile in full) == 1
    partial = {tile for tile in made if tile.width < 256}
    assert partial == {Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)}
    assert all(len(data) == 32 * tile.width for tile, data in made.items())
    reader = TileReader({tile.path: data for tile, data in made.items()}.__getitem__, SIZE)
    assert root(SIZE, reader) == root(SIZE, tree)
    for index in (0, 1, 255, 256, 65_535, 65_536, 69_887, 69_888, SIZE - 1):
        path = inclusion_path(index, SIZE, reader)
        assert path == inclusion_path(index, SIZE, tree)
        verify_inclusion(leaf(index), index, SIZE, path, root(SIZE, tree))
    for old in (1, 255, 256, 257, 65_536, 65_537, 69_999):
        assert consistency_path(old, SIZE, reader) == consistency_path(old, SIZE, tree)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 65_535, 65_536, 65_537, SIZE])
def test_a_path_is_read_from_the_tiles_that_are_named(size: int, tree: MemoryHashes) -> None:
    made = {tile.path: data for tile, data in new_tiles(0, [leaf(n) for n in range(size)], MemoryHashes())}
    for index in {0, 1, 255, 256, size // 2, size - 257, size - 2, size - 1} & set(range(size)):
        named = [tile.path for tile in tiles_of_path(index, size)]
        reader = TileReader({path: made[path] for path in named}.__getitem__, size)
        assert inclusion_path(index, size, reader) == inclusion_path(index, size, tree)
        assert len(named) == len(set(named)) <= 5


def test_256_leaves_are_one_full_tile_and_one_hash_above() -> None:
    made = [tile for tile, _ in new_tiles(0, [leaf(n) for n in range(256)], MemoryHashes())]
    assert made == [Tile(0, 0), Tile(1, 0, 1)]


@given(st.lists(st.integers(0, 700), min_size=1, max_size=8))
def test_tiles_grow_the_same_in_any_steps(steps: list[int]) -> None:
    """A ledger that grows batch by batch holds the tiles of one that grew at once."""
    stored: dict[str, bytes] = {}
    tree, size = MemoryHashes(), 0
    for step in steps:
        fresh = [leaf(number) for number in range(size, size + step)]
        for tile, data in new_tiles(size, fresh, TileReader(stored.__getitem__, size)):
            assert tile == tile_of(tile.level, tile.index, size + step)
            assert stored.setdefault(tile.path, data) == data
        for value in fresh:
            tree.append(value)
        size += step
        reader = TileReader(stored.__getitem__, size)
        assert root(size, reader) == root(size, tree)
    at_once = new_tiles(0, [leaf(number) for number in range(size)], MemoryHashes())
    assert all(stored[tile.path] == data for tile, data in at_once)


def test_a_deleted_partial_tile_is_read_from_the_full_one() -> None:
    stored = {tile.path: data for tile, data in new_tiles(0, [leaf(n) for n in range(512)], MemoryHashes())}
    asked: list[str] = []

    def fetch(path: str) -> bytes:
        asked.append(path)
        return stored[path]

    assert TileReader(fetch, 300).read(0, 299) == leaf(299)
    assert asked == ["tile/0/001.p/44", "tile/0/001"]
    with pytest.raises(LookupError):
        TileReader(fetch, 600).read(0, 599)
    asked.clear()
    with pytest.raises(LookupError):
        TileReader(fetch, 2000).read(0, 1000)
    assert asked == ["tile/0/003"]  # a full tile has no second place


def test_a_reader_of_the_whole_tree_serves_every_smaller_one(tree: MemoryHashes) -> None:
    stored = {tile.path: data for tile, data in new_tiles(0, [leaf(n) for n in range(2000)], MemoryHashes())}
    reader = TileReader(stored.__getitem__, 2000)
    for size in (1, 255, 256, 300, 1024, 1999):
        assert root(size, reader) == root(size, tree)
        assert inclusion_path(size // 2, size, reader) == inclusion_path(size // 2, size, tree)
        assert consistency_path(size // 2, size, reader) == consistency_path(size // 2, size, tree)


def test_a_tile_of_another_length_is_refused(tree: MemoryHashes) -> None:
    for data in (b"", bytes(31), bytes(33), bytes(256 * 32), bytes(44 * 32 + 1)):
        with pytest.raises(TileError):
            TileReader(lambda path, data=data: data, 300).read(0, 299)


def test_a_wrong_tile_gives_a_path_that_does_not_verify(tree: MemoryHashes) -> None:
    stored = dict(new_tiles(0, [leaf(n) for n in range(300)], MemoryHashes()))
    stored[Tile(0, 1, 44)] = bytes(44 * 32)
    reader = TileReader({tile.path: data for tile, data in stored.items()}.__getitem__, 300)
    with pytest.raises(ProofError):
        verify_inclusion(leaf(3), 3, 300, inclusion_path(3, 300, reader), root(300, tree))


def test_reading_beyond_the_tree_is_the_callers_error() -> None:
    reader = TileReader(lambda path: bytes(8192), 300)
    for level, index in [(0, 300), (0, -1), (-1, 0), (8, 1), (9, 0), (2, 75)]:
        with pytest.raises(CallerError):
            reader.read(level, index)
    for level, index, size in [(0, -1, 300), (0, 2, 300), (0, 2, 512), (1, 0, 255)]:
        with pytest.raises(CallerError):
            tile_of(level, index, size)
    for place in (Tile(0, -1), Tile(0, 0, 0), Tile(0, 0, 257), Bundle(-1)):
        with pytest.raises(CallerError):
            place.path  # noqa: B018


def test_a_reader_keeps_no_more_tiles_than_told(tree: MemoryHashes) -> None:
    made = {tile.path: data for tile, data in new_tiles(0, [leaf(n) for n in range(2048)], MemoryHashes())}
    fetched: list[str] = []
    reader = TileReader(lambda path: fetched.append(path) or made[path], 2048, keep=2)  # type: ignore[func-returns-value]
    for index in (0, 300, 1, 301, 600, 0):
        reader.read(0, index)
    assert fetched == ["tile/0/000", "tile/0/001", "tile/0/002", "tile/0/000"]


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_bundles_round_trip(entries: list[bytes]) -> None:
    data = encode_bundle(entries)
    assert decode_bundle(data, len(entries)) == entries
    for wrong in (len(entries) - 1, len(entries) + 1):
        with pytest.raises(TileError):
            decode_bundle(data, wrong)
    for bad in (data[:-1], data + b"\x00", data + b"\x00\x00"):
        with pytest.raises(TileError):
            decode_bundle(bad, len(entries))


def test_the_limits_of_a_bundle() -> None:
    assert decode_bundle(encode_bundle([bytes(MAX_LEAF)]), 1) == [bytes(MAX_LEAF)]
    assert decode_bundle(encode_bundle([b""] * 256), 256) == [b""] * 256
    for entries in ([], [b""] * 257, [bytes(MAX_LEAF + 1)]):
        with pytest.raises(CallerError):
            encode_bundle(entries)


def test_the_bundles_that_a_growing_tree_gains() -> None:
    assert list(new_bundles(0, 0)) == []
    assert list(new_bundles(300, 300)) == []
    assert list(new_bundles(0, 256)) == [Bundle(0)]
    assert list(new_bundles(250, 520)) == [Bundle(0), Bundle(1), Bundle(2, 8)]
    assert list(new_bundles(256, 257)) == [Bundle(1, 1)]
