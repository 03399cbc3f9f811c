"""The ledger's public files in a folder, for any web server to serve (C2SP tlog-tiles; spec/monitor.md §1).

Tiles first, each whole and durable, then the checkpoint over them: whoever reads the folder at any moment
finds every tile of the checkpoint that stands there. A crash leaves tiles that the next run finds done.
Nothing is ever changed but the checkpoint, and it only towards a tree that extends the one before.

A partial tile goes once the full one is there, but for those of the checkpoint before.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from zhilu import durable
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.server.ledger.services import proofs, tree
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.note import MAX_NOTE, Note
from zhilu.tlog.tiles import HEIGHT, WIDTH, Tile, parse_path, tile_of

CHECKPOINT = "checkpoint"


def write(folder: Path) -> tuple[int, int]:
    """Size of the checkpoint that stands in the folder now, and how many tiles came new."""
    newest = proofs.newest()
    if newest is None:
        raise CallerError("no-checkpoint", "This ledger has published no checkpoint yet.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = _stands(folder)
        _refuse_less(before, newest.size, folder)
        made = sum(_write(folder, tile) for tile in _tiles(newest.size))
        durable.replace(folder / CHECKPOINT, bytes(newest.note), 0o644)
        _drop_partial(folder, before.size if before else 0)
    except OSError as error:
        raise WorldError(
            "write", "{path} cannot be written: {detail}", path=folder, detail=error.strerror or error
        ) from None
    return newest.size, made


def _stands(folder: Path) -> Checkpoint | None:
    try:
        with (folder / CHECKPOINT).open("rb") as file:
            return checkpoints.parse(Note.parse(file.read(MAX_NOTE + 1)).text)
    except FileNotFoundError:
        if not any(folder.iterdir()) or (folder / "tile").is_dir():
            return None
        raise CallerError(
            "exists", "{folder} is there already and is not an empty folder.", folder=folder
        ) from None
    except DataError:
        raise CallerError(
            "export-other", "What stands in {folder} is no checkpoint.", folder=folder
        ) from None


def _refuse_less(before: Checkpoint | None, size: int, folder: Path) -> None:
    """Whoever reads the folder has seen what stands there: it is not taken back."""
    if before and (before.size > size or tree.root(before.size) != before.root):
        raise CallerError(
            "export-behind",
            "{folder} shows {size} entries of a ledger that this one does not extend.",
            folder=folder,
            size=before.size,
        )


def _tiles(size: int) -> Iterator[Tile]:
    level = 0
    while count := size >> HEIGHT * level:
        yield from (tile_of(level, index, size) for index in range((count + WIDTH - 1) // WIDTH))
        level += 1


def _write(folder: Path, tile: Tile) -> bool:
    path = folder / tile.path
    if path.is_file():
        return False
    _make(path.parent)
    durable.replace(path, tree.tile_bytes(tile.path), 0o644)
    return True


def _make(folder: Path) -> None:
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir()
        durable.sync_folder(folder.parent)


def _drop_partial(folder: Path, before: int) -> None:
    for partial in list(folder.glob("tile/**/*.p")):
        full = parse_path(partial.relative_to(folder).as_posix().removesuffix(".p"))
        if isinstance(full, Tile) and (full.index + 1) * WIDTH <= before >> HEIGHT * full.level:
            shutil.rmtree(partial)
