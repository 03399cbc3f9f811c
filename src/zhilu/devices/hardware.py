"""Which key and which counter a recorder has, opened (docs/adr/0007, 0009).

key      file    a PEM file in the recorder's folder: for trying and for tests
         pkcs11  in a token or, through libtpm2-pkcs11, in a TPM: it never leaves it
counter  file    a file beside the key
         token   a number in an object of the key's token
         tpm     an NV counter: the only one that nobody can set back
         none    the lines carry their number, nothing keeps it
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from zhilu.devices.counter import Counter, FileCounter, LineCounter
from zhilu.devices.signer import create_key, load_key
from zhilu.devices.tpm import TpmCounter
from zhilu.errors import CallerError, WorldError, ZhiluError
from zhilu.sealed.keys import Signer

if TYPE_CHECKING:
    from zhilu.devices.pkcs11 import Token

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
    """The recorder's parts, tried: a key that signs, and a counter that can be read. Nothing is raised or
    written."""
    token = _token(config.key)
    signer = _signer(config.key, folder, token)
    if config.key.kid not in ("", signer.kid):
        raise CallerError(
            "another-key", "This is another key than the recorder was made with: {kid}", kid=signer.kid
        )
    return signer, _counter(config, folder, token)


def open_counter(config: Parts, folder: Path) -> Counter:
    """For whoever only wants to read its number."""
    return _counter(config, folder, _token(config.key) if config.counter.kind == "token" else None)


def make_parts(config: Parts, folder: Path, undo: ExitStack) -> tuple[Signer, Counter]:
    """A new key and a new counter. `undo` takes out of token and TPM again what was made there; a failure of
    that names what stayed behind (`left-behind`)."""
    token = _token(config.key)
    if token is None:
        return create_key(folder / KEY_FILE), _make_counter(config, folder, token, undo)
    from zhilu.devices.token import Pkcs11Signer, destroy_key

    label = config.key.label
    signer = Pkcs11Signer.create(token, label)
    undo.callback(_taken_back, f"key {label}", lambda: destroy_key(token, label))
    return signer, _make_counter(config, folder, token, undo)


def _signer(key: KeyConfig, folder: Path, token: Token | None) -> Signer:
    if token is None:
        return load_key(folder / KEY_FILE)
    from zhilu.devices.token import Pkcs11Signer

    return Pkcs11Signer(token, key.label)


def _counter(config: Parts, folder: Path, token: Token | None) -> Counter:
    wanted = config.counter
    if wanted.kind == "none":
        return LineCounter()
    if wanted.kind == "tpm":
        return TpmCounter.open(wanted.tcti, wanted.nv_index)
    if token is not None and wanted.kind == "token":
        from zhilu.devices.token import TokenCounter

        return TokenCounter(token, config.key.label)
    return FileCounter(folder / COUNTER_FILE)


def _make_counter(config: Parts, folder: Path, token: Token | None, undo: ExitStack) -> Counter:
    wanted = config.counter
    if wanted.kind == "tpm":
        made = TpmCounter.create(wanted.tcti, wanted.nv_index)
        undo.callback(_taken_back, f"NV index 0x{wanted.nv_index:08x}", made.destroy)
        return made
    if token is not None and wanted.kind == "token":
        from zhilu.devices.token import TokenCounter, destroy_counter

        label = config.key.label
        counter = TokenCounter.create(token, label)
        undo.callback(_taken_back, f"counter {label}", lambda: destroy_counter(token, label))
        return counter
    return LineCounter() if wanted.kind == "none" else FileCounter.create(folder / COUNTER_FILE)


def _taken_back(thing: str, take_back: Callable[[], None]) -> None:
    try:
        take_back()
    except ZhiluError as error:
        raise WorldError(
            "left-behind",
            "This failed, and so did taking back what was made: {thing} stays behind ({reason}).",
            thing=thing,
            reason=error.code,
        ) from error


def _token(key: KeyConfig) -> Token | None:
    """None: the key is a file. A recorder with a file needs no PKCS#11."""
    if key.kind != "pkcs11" or key.pin_file is None:
        return None
    try:
        from zhilu.devices.pkcs11 import Token
    except ImportError:
        raise WorldError(
            "no-pkcs11", "A key in a token needs the Python package python-pkcs11, which is not here."
        ) from None
    return Token(key.module, key.token, key.token_serial, key.pin_file)
