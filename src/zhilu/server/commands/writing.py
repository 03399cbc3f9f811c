"""The beginning of every command that enters something: not into a restored home that lacks entries."""

from __future__ import annotations

from pathlib import Path

from zhilu.server.backup import settled
from zhilu.server.commands import boot
from zhilu.server.config import Config


def start(home: Path) -> Config:
    """As `boot.start`, and the ledger was compared where that is owed."""
    found = boot.start(home)
    settled.settle(found)
    return found
