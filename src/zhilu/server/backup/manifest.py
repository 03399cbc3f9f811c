"""`manifest.json` of a backup: which ledger, up to where, and every file with length and SHA-256.

It finds what was damaged or mixed up. It does not vouch for the backup: who can write to it can write the
manifest too. For that restore replays the ledger, and compares it with what the keyholder cosigned.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zhilu import strictjson
from zhilu.errors import DataError, ZhiluError
from zhilu.server.ledger.dump import FILES
from zhilu.store.api import CHUNK

FORMAT = "zhilu-backup/1"
NAME = "manifest.json"
MOST_BYTES = 65_536
NEEDED = ("server.toml", "ledger.key", "text.key", "secret.key", "root.pem")
OPTIONAL = ("crl.pem", "enrol.json", "neighbour.key", "mirror.key")
MIRROR = re.compile(r"mirror-([a-z][a-z0-9-]{0,30})", re.ASCII)
"""A neighbour's ledger, as `federation.services.carrying` writes it."""
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "format": str,
    "release": str,
    "made_at": str,
    "origin": str,
    "engine": str,
    "entries": int,
    "checkpoint_size": int,
    "checkpoint": str,
    "files": dict,
}


@dataclass(frozen=True)
class Manifest:
    """`checkpoint`: SHA-256 of the newest published note in it, as hex; empty and size 0 where there was
    none."""

    release: str
    made_at: str
    origin: str
    engine: str
    entries: int
    checkpoint_size: int
    checkpoint: str
    files: dict[str, dict[str, Any]]

    @property
    def database(self) -> str:
        return FILES[self.engine]

    def to_bytes(self) -> bytes:
        return strictjson.dumps({"format": FORMAT} | asdict(self))


def describe(folder: Path) -> dict[str, dict[str, Any]]:
    """Name → length and SHA-256 of every file in a folder."""
    return {path.name: _content(path) for path in sorted(folder.iterdir()) if path.name != NAME}


def read(folder: Path) -> Manifest:
    """The manifest of a backup; DataError `backup` where there is none, or one of another form."""
    try:
        found = strictjson.loads_object((folder / NAME).read_bytes(), MOST_BYTES)
        fields = strictjson.fields(found, _FIELDS)
        if fields.pop("format") != FORMAT:
            raise DataError("field")
        manifest = Manifest(**fields)
        _check_names(manifest)
    except (OSError, ZhiluError):
        raise DataError("backup", "{folder} is not a whole backup.", folder=folder) from None
    return manifest


def check(folder: Path, manifest: Manifest, progress: Callable[[str], None] = lambda name: None) -> None:
    """Every file is there, and as it was written; and no other. DataError `backup-differs` names the first
    that is not."""
    there = {path.name for path in folder.iterdir()} - {NAME}
    for name in sorted(there ^ set(manifest.files)):
        raise _differs(name)
    for name, content in manifest.files.items():
        progress(name)
        if not stat.S_ISREG(os.lstat(folder / name).st_mode) or _content(folder / name) != content:
            raise _differs(name)


def _check_names(manifest: Manifest) -> None:
    """No name leads out of the folder: only those that a home has."""
    if manifest.engine not in FILES:
        raise DataError("field")
    allowed = {*NEEDED, *OPTIONAL, manifest.database}
    names = {name for name in manifest.files if not MIRROR.fullmatch(name)}
    if not {*NEEDED, manifest.database} <= names <= allowed:
        raise DataError("field")
    for content in manifest.files.values():
        said = strictjson.fields(content, {"length": int, "sha256": str})
        if not _HEX.fullmatch(said["sha256"]):
            raise DataError("field")


def _differs(name: str) -> DataError:
    return DataError("backup-differs", "The backup's file {name} is not as it was written.", name=name)


def _content(path: Path) -> dict[str, Any]:
    digest, length = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            length += len(chunk)
    return {"length": length, "sha256": digest.hexdigest()}
