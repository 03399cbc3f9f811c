"""Reading files of lines in tests."""

import json
from pathlib import Path
from typing import Any

from zhilu.encoding import unb64u


def payloads(path: Path) -> list[dict[str, Any]]:
    """What each line says; nothing is verified."""
    lines = path.read_bytes().splitlines()
    return [json.loads(unb64u(line.split(b".")[1].decode())) for line in lines]
