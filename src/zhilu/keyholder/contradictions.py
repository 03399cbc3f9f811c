"""The bytes of what the ledger signed against itself (spec/ledger.md §3).

- A fork: a checkpoint that the pinned key signed, of a size at which another root was read. Two signed trees
  prove it, whatever else was in the request, and whatever was answered.
- A claim: signed, of a size that was not read, and the path or the entries did not lead there. Whoever has
  the note can send it with a path that is none. So a claim is kept once per checkpoint, in a place apart from
  the forks, and settled when the reading has come there: to the same root, then it contradicts nothing and
  goes; to another, then it is a fork.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from zhilu.durable import replace
from zhilu.encoding import sha256
from zhilu.errors import DataError
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.witness import parse_request

CLAIMS = ("consistency", "entries")
MAX_KEPT = 32
"""Of forks, and again of claims."""

log = logging.getLogger("zhilu.keyholder")


class Contradictions:
    """`root_at`: the root that was read at a size, None where that is not known."""

    def __init__(self, folder: Path, root_at: Callable[[int], bytes | None]) -> None:
        self._folder, self._root_at = folder, root_at

    def look(self, body: bytes, code: str) -> None:
        """`body`: an add-checkpoint that the ledger's key signed, refused with `code`."""
        checkpoint = parse_request(body).checkpoint
        known = self._root_at(checkpoint.size)
        if known is not None and known != checkpoint.root:
            code = "fork"
        elif known is not None or code not in CLAIMS:
            return
        try:
            self._keep(body, checkpoint, code)
        except OSError as error:
            log.error("a checkpoint that contradicts (%s) could not be kept: %s", code, error.strerror)

    def _keep(self, body: bytes, checkpoint: Checkpoint, code: str) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._folder / f"{sha256(checkpoint.format().encode()).hex()}.{code}"
        if path.exists():
            return
        log.error("a checkpoint that contradicts what was read: %s", code)
        self._settle()
        if self._has_place(code):
            replace(path, body)

    def _settle(self) -> None:
        for path in self._folder.iterdir():
            if path.suffix == ".fork":
                continue
            with suppress(DataError):  # somebody else's file
                checkpoint = parse_request(path.read_bytes()).checkpoint
                known = self._root_at(checkpoint.size)
                if known == checkpoint.root:
                    path.unlink()
                elif known is not None and self._has_place("fork"):
                    path.rename(path.with_suffix(".fork"))

    def _has_place(self, code: str) -> bool:
        is_fork = code == "fork"
        return sum((path.suffix == ".fork") == is_fork for path in self._folder.iterdir()) < MAX_KEPT
