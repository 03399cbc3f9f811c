"""station.toml → a frozen dataclass, checked at the start: a station that starts can serve.

[station]     bureau, name
[kiosk]       host, tcp_port, origin, rp_id
[server]      url, authority, ca (PEM file for https; optional)
[[bays]]      number, address "HOST:PORT", interface (optional: the network interface behind which the
              recorder is; only with it may two bays have the same address)
[trust]       file
[import]      patterns (import_names.py)
[spool]       limit_gb (of 10^9 bytes; without it the disk is the limit), low_percent (10)
[upload]      from, until "HH:MM" Beijing time (media are sent only then), mb_per_s (10^6 bytes, all bays)
[fingerprint] use (false): a reader is at the kiosk

The last four tables and all that is in them are optional.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zhilu.errors import CallerError
from zhilu.station.import_names import Pattern, patterns_of
from zhilu.strictjson import fields

FILE = "station.toml"
MAX_BAYS = 64
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_INTERFACE = re.compile(r"[A-Za-z0-9_.-]{1,15}", re.ASCII)


@dataclass(frozen=True)
class Bay:
    number: int
    host: str
    tcp_port: int
    interface: str | None = None


@dataclass(frozen=True)
class SpoolLimits:
    """`limit_bytes`: None for as much as the disk holds; `low_percent` of room left is little."""

    limit_bytes: int | None = None
    low_percent: int = 10


@dataclass(frozen=True)
class Upload:
    """When, by Beijing's clock, and how fast media may be sent; None for always, and as fast as it goes."""

    window: tuple[time, time] | None = None
    bytes_per_s: int | None = None


@dataclass(frozen=True)
class Kiosk:
    host: str
    tcp_port: int
    origin: str
    rp_id: str

    @property
    def authority(self) -> str:
        """What a browser sends as Host."""
        return urlsplit(self.origin).netloc


@dataclass(frozen=True)
class Server:
    url: str
    authority: str
    ca: Path | None


@dataclass(frozen=True)
class Settings:
    home: Path
    bureau: str
    name: str
    kiosk: Kiosk
    server: Server
    bays: tuple[Bay, ...]
    trust: Path
    patterns: tuple[Pattern, ...]
    spool: SpoolLimits
    upload: Upload
    fingerprint: bool


def load(home: Path) -> Settings:
    """CallerError `settings` says what is wrong, with the file's name."""
    path = home / FILE
    try:
        return _read(home, tomllib.loads(path.read_text()))
    except FileNotFoundError:
        raise CallerError("no-station", "There is no station in {home}: run init first.", home=home) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise CallerError(
            "settings", "The file {path} cannot be read: {detail}", path=path, detail=error
        ) from None


def _read(home: Path, toml: dict[str, Any]) -> Settings:
    try:
        tables = fields(toml, {"station": dict, "kiosk": dict, "server": dict, "bays": list, "trust": dict})
        station = fields(tables["station"], {"bureau": str, "name": str})
        kiosk = fields(tables["kiosk"], {"host": str, "tcp_port": int, "origin": str, "rp_id": str})
        server = fields(tables["server"], {"url": str, "authority": str})
        trust = fields(tables["trust"], {"file": str})["file"]
        bays = tuple(_bay(bay) for bay in tables["bays"])
        patterns = _patterns(toml.get("import", {}))
        spool, upload = _spool(toml.get("spool", {})), _upload(toml.get("upload", {}))
        fingerprint = _optional(toml.get("fingerprint", {}), {"use": bool}).get("use", False)
    except CallerError:
        raise
    except Exception as error:
        raise CallerError(
            "settings", "The file {path} cannot be read: {detail}", path=home / FILE, detail=error
        ) from None
    _check_bays(bays)
    ca = tables["server"].get("ca")
    return Settings(
        home=home,
        **station,
        kiosk=checked_kiosk(**kiosk),
        server=Server(**server, ca=home / str(ca) if ca else None),
        bays=bays,
        trust=home / trust,
        patterns=patterns,
        spool=spool,
        upload=upload,
        fingerprint=fingerprint,
    )


def _patterns(table: object) -> tuple[Pattern, ...]:
    texts = fields(table, {"patterns": list})["patterns"] if table else []
    if not all(isinstance(text, str) for text in texts):
        raise CallerError("pattern", "The patterns of [import] are texts.")
    return patterns_of(texts)


def _check_bays(bays: tuple[Bay, ...]) -> None:
    if not 0 < len(bays) <= MAX_BAYS or len({bay.number for bay in bays}) != len(bays):
        raise CallerError("bays", "A station has 1 to {most} bays, each with its own number.", most=MAX_BAYS)
    if len({(bay.host, bay.tcp_port, bay.interface) for bay in bays}) != len(bays):
        raise CallerError("bays", "Two bays have the same address on the same interface.")


def _optional(table: object, shape: dict[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """Those of `shape` that are there, each of its type."""
    there = {name: kind for name, kind in shape.items() if isinstance(table, dict) and name in table}
    return fields(table, there)


def _spool(table: object) -> SpoolLimits:
    got = _optional(table, {"limit_gb": (int, float), "low_percent": int})
    limit, low = got.get("limit_gb"), got.get("low_percent", SpoolLimits.low_percent)
    if (limit is not None and not limit > 0) or not 0 <= low < 100:
        raise CallerError("spool", "[spool] has a limit_gb above 0 and a low_percent of 0 to 99.")
    return SpoolLimits(None if limit is None else int(limit * 10**9), low)


def _upload(table: object) -> Upload:
    got = _optional(table, {"from": str, "until": str, "mb_per_s": (int, float)})
    rate = got.get("mb_per_s")
    if ("from" in got) != ("until" in got) or (rate is not None and not rate > 0):
        raise CallerError("upload", "[upload] has from and until, or neither, and an mb_per_s above 0.")
    window = (_time(got["from"]), _time(got["until"])) if "from" in got else None
    return Upload(window, None if rate is None else int(rate * 10**6))


def _time(text: str) -> time:
    if not _TIME.fullmatch(text):
        raise CallerError("upload", "{text} is not a time of day of the form HH:MM.", text=text)
    return time.fromisoformat(text)


def _bay(value: object) -> Bay:
    got = fields(value, {"number": int, "address": str})
    interface = _optional(value, {"interface": str}).get("interface")
    return Bay(got["number"], *address(got["address"]), checked_interface(interface))


def address(text: str) -> tuple[str, int]:
    """HOST:PORT."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise CallerError("address", "{text} is not an address of the form HOST:PORT.", text=text)
    return host.strip("[]"), int(port)


def bay_address(text: str) -> tuple[str, int, str | None]:
    """HOST:PORT or HOST:PORT@INTERFACE, as `init` takes it."""
    place, at, interface = text.partition("@")
    return *address(place), checked_interface(interface if at else None)


def checked_interface(name: str | None) -> str | None:
    if name is not None and not _INTERFACE.fullmatch(name):
        raise CallerError("interface", "{name} is not a name of a network interface.", name=name)
    return name


def checked_kiosk(host: str, tcp_port: int, origin: str, rp_id: str) -> Kiosk:
    """Browsers give WebAuthn to an origin only whose host is the rpId or below it."""
    parts = urlsplit(origin)
    name = parts.hostname or ""
    if origin != f"{parts.scheme}://{parts.netloc}" or not (name == rp_id or name.endswith(f".{rp_id}")):
        raise CallerError(
            "origin",
            "The kiosk's origin {origin} must be scheme and host only, its host at or below {rp_id}.",
            origin=origin,
            rp_id=rp_id,
        )
    return Kiosk(host, tcp_port, origin, rp_id)
