"""recorder.toml → a frozen dataclass, checked before anything else happens.

serial
[key]      kind file | pkcs11; module, token (label), token_serial, label, pin_file, kid
[counter]  kind file | token | tpm | none; tcti, nv_index
[capture]  source camera | rtsp://… | test | a path; video, audio, profile, burn_in, gpsd, keys

Only `serial` must be there: key and counter are files then. Everything that is refused names its place
(`key.pin_file`), a word that nobody reads too: a misspelt `pin_fil` must not pass for no PIN.
`key.kid` is written by `init`: another key in the same token is refused.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhilu.devices.hardware import COUNTER_KINDS, KEY_KINDS, CounterConfig, KeyConfig
from zhilu.errors import DataError, WorldError

FILE = "recorder.toml"
MAX_FILE, MAX_SERIAL, MAX_TEXT = 65_536, 64, 4096
NV_INDICES = range(0x01000000, 0x02000000)
"""Handles of a TPM's NV indices."""


class ConfigError(DataError):
    def __init__(self, place: str, hint: str, **fields: object) -> None:
        """`place` as `key.pin_file`; `hint` names it."""
        super().__init__("config", hint, place=place, **fields)


@dataclass(frozen=True)
class CaptureConfig:
    """What is recorded, and from which devices. `gpsd` HOST:PORT; `gpsd` and `keys` may be absent."""

    source: str = "camera"
    video: str = "/dev/video0"
    audio: str = "default"
    profile: str = "1080p25"
    burn_in: bool = False
    gpsd: str | None = None
    keys: str | None = None


@dataclass(frozen=True)
class Config:
    serial: str
    key: KeyConfig
    counter: CounterConfig
    capture: CaptureConfig


def load(folder: Path) -> Config:
    """WorldError `no-recorder`; DataError `config` with `place`."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError:
        raise WorldError("no-recorder", "There is no recorder in {folder}.", folder=folder) from None
    if len(data) > MAX_FILE:
        raise DataError("too-large", "The file {path} is too large.", path=path)
    return parse(data, folder)


def parse(data: bytes, folder: Path) -> Config:
    """`folder`: where a relative `pin_file` lies."""
    try:
        top = _Table("", tomllib.loads(data.decode("utf-8")))
    except (ValueError, RecursionError) as error:
        raise DataError("config", "recorder.toml is damaged: {reason}", reason=error) from None
    serial = top.text("serial", None)
    if not is_serial(serial):
        raise DataError("config", "recorder.toml names no serial number.")
    key, counter, capture = (top.table(name) for name in ("key", "counter", "capture"))
    config = Config(serial, _key(key, folder), _counter(counter), _capture(capture))
    for table in (top, key, counter, capture):
        table.nothing_else()
    if config.counter.kind in ("token", "tpm") and config.key.kind != "pkcs11":
        # Whoever copies the store copies the key too, and finds a counter for it somewhere.
        raise ConfigError(
            "counter.kind", "recorder.toml, {place}: a counter in hardware needs the key in hardware too."
        )
    return config


def compose(config: Config) -> bytes:
    """recorder.toml as `init` writes it: key and counter; what is captured is the bureau's to say."""
    key, counter = config.key, config.counter
    lines = [f"serial = {_quoted(config.serial)}", "", "[key]", f"kind = {_quoted(key.kind)}"]
    values = {name: getattr(key, name) for name in ("module", "token", "token_serial", "label", "kid")}
    values["pin_file"] = str(key.pin_file or "")
    lines += [f"{name} = {_quoted(value)}" for name, value in values.items() if value]
    lines += ["", "[counter]", f"kind = {_quoted(counter.kind)}"]
    if counter.kind == "tpm":
        lines += [f"tcti = {_quoted(counter.tcti)}", f"nv_index = 0x{counter.nv_index:08x}"]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON's, where nothing is escaped but quotes, backslashes and controls."""
    return json.dumps(text, ensure_ascii=False)


def is_serial(text: object) -> bool:
    """1 to 64 characters that stand in TOML and on a label as they are."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= MAX_SERIAL
        and text.isprintable()
        and not {'"', "\\"} & set(text)
    )


def _key(table: _Table, folder: Path) -> KeyConfig:
    kind = table.one_of("kind", "file", KEY_KINDS)
    names = ("module", "token", "token_serial", "label", "kid")
    module, token, token_serial, label, kid = (table.text(name, "") for name in names)
    pin_file = table.text("pin_file", "")
    if kind == "pkcs11" and not (module and token and label and pin_file):
        raise ConfigError(
            "key", "recorder.toml, {place}: a key in a token needs module, token, label and pin_file."
        )
    if kid and not re.fullmatch(r"[A-Za-z0-9_-]{43}", kid):
        raise ConfigError("key.kid", "recorder.toml, {place}: a kid has 43 characters.")
    return KeyConfig(kind, module, token, token_serial, label, folder / pin_file if pin_file else None, kid)


def _counter(table: _Table) -> CounterConfig:
    default = CounterConfig()
    kind = table.one_of("kind", default.kind, COUNTER_KINDS)
    tcti = table.text("tcti", default.tcti)
    if not re.fullmatch(r"(device|swtpm|mssim|tabrmd):[!-~]{0,200}", tcti):
        raise ConfigError(
            "counter.tcti", "recorder.toml, {place}: the way to the TPM is written as device:/dev/tpmrm0."
        )
    index = table.get("nv_index", int, default.nv_index)
    if index not in NV_INDICES:
        raise ConfigError(
            "counter.nv_index", "recorder.toml, {place}: an NV index lies between 0x01000000 and 0x01FFFFFF."
        )
    return CounterConfig(kind, tcti, index)


def _capture(table: _Table) -> CaptureConfig:
    default = CaptureConfig()
    profile = table.text("profile", default.profile)
    if not re.fullmatch(r"[0-9]{3,4}p[0-9]{1,3}", profile):
        raise ConfigError("capture.profile", "recorder.toml, {place}: a profile is written as 1080p25.")
    gpsd = table.text("gpsd", "") or None
    if gpsd and not _is_address(gpsd):
        raise ConfigError("capture.gpsd", "recorder.toml, {place}: gpsd's address is written as HOST:PORT.")
    return CaptureConfig(
        source=table.text("source", default.source),
        video=table.text("video", default.video),
        audio=table.text("audio", default.audio),
        profile=profile,
        burn_in=table.get("burn_in", bool, default.burn_in),
        gpsd=gpsd,
        keys=table.text("keys", "") or None,
    )


def _is_address(text: str) -> bool:
    host, _colon, port = text.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536


class _Table:
    """One table of the file; remembers what was asked for."""

    def __init__(self, place: str, values: dict[str, Any]) -> None:
        self._place, self._values = place, values
        self._asked: set[str] = set()

    def get(self, name: str, kind: type, default: Any) -> Any:
        self._asked.add(name)
        value = self._values.get(name, default)
        if type(value) is not kind:
            raise ConfigError(
                self._named(name), "recorder.toml, {place}: a value of another kind belongs here."
            )
        return value

    def text(self, name: str, default: str | None) -> str:
        if default is None and name not in self._values:
            return ""
        value: str = self.get(name, str, default)
        if len(value) > MAX_TEXT or not (value.isprintable()):
            raise ConfigError(
                self._named(name),
                "recorder.toml, {place}: this text is too long, or has characters that cannot be printed.",
            )
        return value

    def one_of(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise ConfigError(
                self._named(name),
                "recorder.toml, {place}: one of these belongs here: {allowed}.",
                allowed=", ".join(allowed),
            )
        return value

    def table(self, name: str) -> _Table:
        return _Table(name, self.get(name, dict, {}))

    def nothing_else(self) -> None:
        for name in self._values:
            if name not in self._asked:
                raise ConfigError(
                    self._named(name), "recorder.toml, {place}: nothing of this name is known here."
                )

    def _named(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name
