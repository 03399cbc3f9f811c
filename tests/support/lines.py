"""Reading files of lines in tests, and going on with them."""

import json
from pathlib import Path
from typing import Any

from zhilu.encoding import unb64u
from zhilu.sealed.lines import Chain, line_hash, unverified_payload


def payloads(path: Path) -> list[dict[str, Any]]:
    """What each line says; nothing is verified."""
    lines = path.read_bytes().splitlines()
    return [json.loads(unb64u(line.split(b".")[1].decode())) for line in lines]


def after(line: bytes) -> Chain:
    """A writer's place behind this line."""
    return Chain(line_hash(line), unverified_payload(line)["n"] + 1)
