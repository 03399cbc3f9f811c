"""Key and counter of this recorder, opened, and sure to be its own.

A store with another token's key would go on in a logbook that it did not begin: a fork, or nonsense. So the
key is compared with the logbook's first line before anything is read for writing, cut or raised.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.devices.counter import Counter
from zhilu.devices.hardware import open_parts
from zhilu.errors import CallerError
from zhilu.recorder.config import Config
from zhilu.recorder.home import Home
from zhilu.sealed.keys import Signer, load_jwk
from zhilu.sealed.lines import MAX_LINE, unverified_kid, unverified_payload


def own_parts(home: Home, config: Config) -> tuple[Signer, Counter]:
    """Refuses (`another-key`) a key that the logbook was not begun with."""
    signer, counter = open_parts(config, home.folder)
    kid = logbook_kid(home)
    if kid not in (None, signer.kid):
        raise CallerError(
            "another-key",
            "The key {kid} is not the one that this recorder's logbook was begun with: {own}",
            kid=signer.kid,
            own=kid,
        )
    return signer, counter


def logbook_kid(home: Home) -> str | None:
    """What the first line claims; nothing is verified. None: there is no whole first line."""
    line = _first_line(home)
    return unverified_kid(line) if line else None


def enrolled_key(home: Home) -> EllipticCurvePublicKey:
    """The key that the first line names; whether it signed the line, a reader says."""
    return load_jwk(unverified_payload(_first_line(home)).get("jwk"))


def _first_line(home: Home) -> bytes:
    """Empty: there is none, or it is torn."""
    try:
        with home.logbook.open("rb") as file:
            line = file.readline(MAX_LINE + 1)
    except FileNotFoundError:
        return b""
    return line if line.endswith(b"\n") else b""
