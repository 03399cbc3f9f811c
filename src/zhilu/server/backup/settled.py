"""A restored home keeps still until its ledger was compared with the newest checkpoint that the keyholder
cosigned.

Whoever goes on from a ledger of yesterday gives numbers to entries that the keyholder knows with other
content. So a restore that could not compare, or found that entries lack, leaves `restored.json` in the home;
whatever command enters something compares first (`comparing`), and takes it away when nothing lacks. Behind:
refused (`ledger-behind`), with the number of entries that lack. Nobody answers: refused too (`cosigner-away`,
or what the cosigner says), until the keyholder runs.
"""

from __future__ import annotations

from pathlib import Path

from zhilu import locks
from zhilu.durable import create, sync_folder
from zhilu.server.config import Config

MARK = "restored.json"


def mark(home: Path, of: bytes) -> None:
    """`of`: what it was made of, for whoever looks."""
    create(home / MARK, of)


def settle(config: Config) -> None:
    """Before anything is entered: WorldError when the home is not to go on. `run` and `work` may come at
    once: one compares, the other waits for it."""
    from zhilu.server.backup import comparing  # Django is set up by now

    path = config.home / MARK
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        locks.wait(file)
        if path.exists():
            comparing.compare()
            path.unlink()
            sync_folder(config.home)
