"""Ways to make a sealed recording unsound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from support.sealed_video import SealedVideo
from zhilu.encoding import b64u, unb64u
from zhilu.sealed.keys import SoftSigner


def flip(data: bytes, at: int = -1) -> bytes:
    """One bit changed."""
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def alter_signature(line: bytes) -> bytes:
    """A line whose signature has one bit of r changed: still a line in all else."""
    signed, _, signature = line.rstrip(b"\n").rpartition(b".")
    return signed + b"." + b64u(flip(unb64u(signature.decode()), 12)).encode() + b"\n"


def cut_line(video: SealedVideo, n: int = 4) -> bytes:
    """The journal without its line n."""
    return b"".join(video.lines[:n] + video.lines[n + 1 :])


@dataclass
class line_with_foreign_signature:
    """A signer whose line n carries a signature by another key; the chain over it is right."""

    signer: SoftSigner
    n: int

    def __post_init__(self) -> None:
        self.kid, self.jwk = self.signer.kid, self.signer.jwk
        self.foreign: Any = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
        self.signed = 0

    def sign(self, data: bytes) -> bytes:
        self.signed += 1
        signature: bytes = (self.foreign if self.signed == self.n + 1 else self.signer).sign(data)
        return signature
