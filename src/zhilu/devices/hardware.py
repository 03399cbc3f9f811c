"""Which key and which counter a recorder has, opened (docs/adr/0007, 0009).

key      file    a PEM file in the recorder's folder: for trying and for tests
         pkcs11  in a token or, through libtpm2-pkcs11, in a TPM: it never leaves it
counter  file    a file beside the key
         token   a number in an object of the key's token
         tpm     an NV counter: the only one that nobody can set back
         none    the lines carry their number, nothing keeps it
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from zhilu.devices.counter import Counter, FileCounter, LineCounter
from zhilu.devices.signer import load_key
from zhilu.errors import CallerError
from zhilu.sealed.keys import Signer

KEY_KINDS = ("file", "pkcs11")
COUNTER_KINDS = ("file", "token", "tpm", "none")
KEY_FILE, COUNTER_FILE = "evidence.key", "counter"


@dataclass(frozen=True)
class KeyConfig:
    """`token` and `label` are labels; `token_serial` "" is any; `kid` "" is any."""

    kind: str = "file"
    module: str = ""
    token: str = ""
    token_serial: str = ""
    label: str = ""
    pin_file: Path | None = None
    kid: str = ""


@dataclass(frozen=True)
class CounterConfig:
    kind: str = "file"
    tcti: str = "device:/dev/tpmrm0"
    nv_index: int = 0x01800016


class Parts(Protocol):
    @property
    def key(self) -> KeyConfig: ...

    @property
    def counter(self) -> CounterConfig: ...


def open_parts(config: Parts, folder: Path) -> tuple[Signer, Counter]:
    """The recorder's parts, tried: a key that signs, and a counter that can be read."""
    signer: Signer = load_key(folder / KEY_FILE)
    if config.key.kid not in ("", signer.kid):
        raise CallerError(
            "another-key", "This is another key than the recorder was made with: {kid}", kid=signer.kid
        )
    return signer, open_counter(config, folder)


def open_counter(config: Parts, folder: Path) -> Counter:
    if config.counter.kind == "none":
        return LineCounter()
    return FileCounter(folder / COUNTER_FILE)
