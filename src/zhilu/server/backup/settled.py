"""A restored home keeps still until its ledger was compared with the newest checkpoint that the keyholder
cosigned.

Whoever goes on from a ledger of yesterday gives numbers to entries that the keyholder knows with other
content. So a restore that could not compare, or found that entries lack, leaves `restored.json` in the
home; `run` and `work` compare first, and take it away when nothing lacks. Behind: they refuse
(`ledger-behind`) and say how many entries lack. Nobody answers: they refuse too (`cosigner-away`, or what
the cosigner says), until the keyholder runs.
"""

from __future__ import annotations

from pathlib import Path

from zhilu.durable import create, sync_folder
from zhilu.errors import WorldError
from zhilu.server.backup.manifest import Manifest
from zhilu.server.config import Config

MARK = "restored.json"


def mark(home: Path, made: Manifest) -> None:
    create(home / MARK, made.to_bytes())


def settle(config: Config) -> None:
    """Before anything is entered: WorldError when the home is not to go on."""
    if (config.home / MARK).exists():
        compare()
        (config.home / MARK).unlink()
        sync_folder(config.home)


def compare() -> None:
    """WorldError `ledger-behind` with `missing`, or why the cosigner could not be asked."""
    from zhilu.server.ledger.services import publish

    try:
        publish.publisher().catch_up()
    except WorldError as error:
        if error.code != "ledger-behind":
            raise
        size, seen = int(str(error.fields["size"])), int(str(error.fields["published"]))
        raise WorldError(
            "ledger-behind",
            "{missing} entries are missing: the backup has {size}, the keyholder has cosigned {published}. "
            "Nothing is entered or signed until they are back (docs/operate/county.md).",
            missing=seen - size,
            size=size,
            published=seen,
        ) from None
