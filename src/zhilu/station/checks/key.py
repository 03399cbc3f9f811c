"""`key-missing`: a key is gone, is another than the one this station began with, or others can read it.

A running station has its keys in memory: without this it would be found out at the next start.
"""

from pathlib import Path

from zhilu.errors import ZhiluError
from zhilu.sealed.keys import SoftSigner, load_private_key
from zhilu.station.alarm import Finding
from zhilu.station.checks.look import Look

OTHERS = 0o077


def check(look: Look) -> list[Finding]:
    home = look.parts.home
    if not _is_good(home.path / "station.key", home.kid):
        return [Finding("key-missing", detail="station.key")]
    return [] if _is_good(home.path / "tls.key", None) else [Finding("key-missing", detail="tls.key")]


def _is_good(path: Path, kid: str | None) -> bool:
    try:
        if path.stat().st_mode & OTHERS:
            return False
        signer = SoftSigner(load_private_key(path.read_bytes()))
    except (OSError, ValueError, ZhiluError):
        return False
    return kid is None or signer.kid == kid
