"""When the last backup was made, for the page of the server's health: a file in the home, which is in no
backup itself.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from zhilu.durable import replace
from zhilu.encoding import parse_time
from zhilu.errors import DataError

NAME = "backup.at"


def note(home: Path, made_at: str) -> None:
    replace(home / NAME, made_at.encode())


def last(home: Path) -> datetime | None:
    try:
        return parse_time((home / NAME).read_text())
    except (OSError, UnicodeDecodeError, DataError):
        return None
