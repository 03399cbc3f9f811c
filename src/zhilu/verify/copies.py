"""A copy at its recipient's: his key pair, and opening what was sealed to it (spec/copies.md).

- `make_key` writes a private key that never leaves the recipient. What he gives the bureau is the public
  half, and by another way the number, so that nobody in between can put his own key in its place.
- `open_copy` writes files of fixed names into a new folder; what the package says can name no other. It is
  beside its place until all has been opened: a failure leaves nothing.
- What is opened is not yet believed: `zhilu verify FOLDER` judges it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from zhilu.durable import new_file, new_folder
from zhilu.encoding import b64u, sha256
from zhilu.errors import CallerError, WorldError
from zhilu.sealed.clip import Clip
from zhilu.sealed.copies import FILM, PARTS, Head, open_package
from zhilu.sealed.keys import load_private_key
from zhilu.verify.files import read_small

MAX_KEY = 16_384
OPTIONAL = ("logbook.jws", "film")


@dataclass(frozen=True)
class PublicHalf:
    """`text`: what the bureau is given; `number`: what is compared by telephone or in person."""

    text: str
    number: str


@dataclass(frozen=True)
class Opened:
    head: Head
    sha256: str
    length: int
    film: bool


def make_key(out: Path) -> PublicHalf:
    """A new P-256 key, PEM, the owner's alone to read."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        with new_file(out) as file:
            file.write(pem)
    except FileExistsError:
        raise CallerError("exists", "{path} exists already.", path=out) from None
    except OSError as error:
        raise _unwritable(out, error) from None
    return public_half(key.public_key())


def public_half(key: ec.EllipticCurvePublicKey) -> PublicHalf:
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    digits = sha256(point).hex()[:12]
    return PublicHalf(b64u(point), f"{digits[:4]} {digits[4:8]} {digits[8:]}")


def open_copy(path: Path, key_path: Path, out: Path) -> Opened:
    """Raises a ZhiluError, and then `out` is as it was."""
    key = load_private_key(read_small(key_path, MAX_KEY))
    try:
        with path.open("rb") as file, new_folder(out) as folder:
            return _write(file, key, folder)
    except OSError as error:
        raise WorldError(
            "unreadable", "{path} cannot be read: {detail}", path=path, detail=error.strerror or error
        ) from None


def _write(file: BinaryIO, key: ec.EllipticCurvePrivateKey, folder: Path) -> Opened:
    digest, length = hashlib.sha256(), 0

    def read(most: int) -> bytes:
        nonlocal length
        data = file.read(most)
        digest.update(data)
        length += len(data)
        return data

    head, pieces = open_package(read, key)
    names = _write_parts(pieces, folder)
    return Opened(head, digest.hexdigest(), length, FILM in names)


def _write_parts(pieces: Iterable[tuple[str, bytes]], folder: Path) -> set[str]:
    """Names of the files; the clip's own name is one of a list, and known before its first byte."""
    clip, current, target = b"", "", folder / "clip.json"
    for name, piece in pieces:
        if name != current:
            current, target = name, folder / _file_name(name, clip)
        if name == PARTS[0]:
            clip += piece
        if piece or not (name in OPTIONAL or target.exists()):
            with target.open("ab") as file:
                file.write(piece)
    return {path.name for path in folder.iterdir()}


def _file_name(part: str, clip: bytes) -> str:
    if part == "film":
        return FILM
    return Clip.loads(clip).file if part == "clip" else part


def _unwritable(out: Path, error: OSError) -> WorldError:
    return WorldError(
        "unwritable", "{path} cannot be written: {detail}", path=out, detail=error.strerror or error
    )
