"""The entries as a Merkle tree: `grow` hashes new leaves into tiles, the rest reads the tiles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from django.db import connection, transaction

from zhilu.errors import WorldError
from zhilu.server.ledger.models import Entry, Tile
from zhilu.server.ledger.prepared import Prepared
from zhilu.tlog import merkle
from zhilu.tlog.frontier import Frontier
from zhilu.tlog.tiles import WIDTH, TileReader, new_tiles, parse_path, tiles_of_path
from zhilu.tlog.tiles import Tile as Place

BATCH = 4096


def tiled_size() -> int:
    """How many leaves are in tiles: the tree's size."""
    last = Tile.objects.filter(level=0).order_by("-index").first()
    return 0 if last is None else last.index * WIDTH + len(last.data) // merkle.HASH_SIZE


def grow() -> int:
    """Hash every new leaf into tiles; returns the new size. Only the pass calls it, one at a time.

    Leaves are committed before they are read here and never change, so a crash at any point is mended by
    the next call: the transaction holds all tiles of a batch or none.
    """
    size = tiled_size()
    while leaves := _leaves_from(size):
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
        with transaction.atomic():
            for place, data in new_tiles(size, hashes, reader(size)):
                Tile.objects.update_or_create(level=place.level, index=place.index, defaults={"data": data})
        size += len(leaves)
    return size


def reader(size: int, leaf: int | None = None) -> TileReader:
    """Hashes of the tree of `size`; what proves `leaf` is read at once."""
    known = {} if leaf is None else _at_once(tiles_of_path(leaf, size))
    return TileReader(lambda path: known.get(path) or tile_bytes(path), size)


def root(size: int) -> bytes:
    return merkle.root(size, reader(size))


def tile_bytes(path: str) -> bytes:
    """The tile at a tlog-tiles path; LookupError when there is none, or its leaves are not public as a
    bundle.
    """
    place = parse_path(path)
    if not isinstance(place, Place):
        raise LookupError(path)
    row = _tile(place.level).first(place.index)
    wanted = place.width * merkle.HASH_SIZE
    if row is None or len(row[0]) < wanted:
        raise LookupError(path)
    return bytes(row[0])[:wanted]


def _at_once(places: Sequence[Place]) -> dict[str, bytes]:
    """Path → bytes, of those that are stored."""
    with connection.cursor() as cursor:
        cursor.execute(_tiles(len(places)), [part for one in places for part in (one.level, one.index)])
        rows = {(level, index): bytes(data) for level, index, data in cursor.fetchall()}
    cut = {one: rows.get((one.level, one.index), b"")[: one.width * merkle.HASH_SIZE] for one in places}
    return {one.path: data for one, data in cut.items() if len(data) == one.width * merkle.HASH_SIZE}


@cache
def _tiles(count: int) -> str:
    """Django would make this anew each time, at ten times what the database takes to answer. A join looks
    each tile up by itself, past older states of those that grow, which `IN` reads again and again.
    """
    pairs = ", ".join(["(%s, %s)"] * count)
    names = ", ".join(f'tile."{name}"' for name in ("level", "index", "data"))
    places = f'(VALUES {pairs}) AS place ON tile."level" = place.column1 AND tile."index" = place.column2'
    return f"SELECT {names} FROM ledger_tile AS tile JOIN {places}"  # noqa: S608


@cache
def _tile(level: int) -> Prepared:
    key = Tile._meta.get_field("index")
    return Prepared(key, -1, lambda index: Tile.objects.filter(level=level, index=index).values_list("data"))


def recomputed_root(size: int) -> bytes:
    """The root from the leaves themselves, not from tiles: for the audit. Memory: one hash a level."""
    frontier = Frontier()
    for leaf in (
        Entry.objects.filter(index__lt=size).order_by("index").values_list("leaf", flat=True).iterator(1000)
    ):
        frontier.append(merkle.leaf_hash(bytes(leaf)))
    if frontier.size != size:
        raise WorldError(
            "ledger-hole",
            "The ledger lacks entries: it has {found} of {size}.",
            found=frontier.size,
            size=size,
        )
    return frontier.root()


def _leaves_from(size: int) -> Sequence[bytes]:
    rows = Entry.objects.filter(index__gte=size).order_by("index").values_list("index", "leaf")[:BATCH]
    leaves: list[bytes] = []
    for index, leaf in rows:
        if index != size + len(leaves):
            raise WorldError("ledger-hole", "The ledger lacks entry {index}.", index=size + len(leaves))
        leaves.append(bytes(leaf))
    return leaves
