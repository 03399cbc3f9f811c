"""station.toml → a frozen dataclass, checked at the start: a station that starts can serve.

[station] bureau, name
[kiosk]   host, tcp_port, origin, rp_id
[server]  url, authority, ca (PEM file for https; optional)
[[bays]]  number, address "HOST:PORT"
[trust]   file
[import]  patterns (optional; import_names.py)
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zhilu.errors import CallerError
from zhilu.station.import_names import Pattern, patterns_of
from zhilu.strictjson import fields

FILE = "station.toml"
MAX_BAYS = 64


@dataclass(frozen=True)
class Bay:
    number: int
    host: str
    tcp_port: int


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
    except CallerError:
        raise
    except Exception as error:
        raise CallerError(
            "settings", "The file {path} cannot be read: {detail}", path=home / FILE, detail=error
        ) from None
    if not 0 < len(bays) <= MAX_BAYS or len({bay.number for bay in bays}) != len(bays):
        raise CallerError("bays", "A station has 1 to {most} bays, each with its own number.", most=MAX_BAYS)
    ca = tables["server"].get("ca")
    return Settings(
        home=home,
        **station,
        kiosk=checked_kiosk(**kiosk),
        server=Server(**server, ca=home / str(ca) if ca else None),
        bays=bays,
        trust=home / trust,
        patterns=patterns,
    )


def _patterns(table: object) -> tuple[Pattern, ...]:
    texts = fields(table, {"patterns": list})["patterns"] if table else []
    if not all(isinstance(text, str) for text in texts):
        raise CallerError("pattern", "The patterns of [import] are texts.")
    return patterns_of(texts)


def _bay(value: object) -> Bay:
    got = fields(value, {"number": int, "address": str})
    return Bay(got["number"], *address(got["address"]))


def address(text: str) -> tuple[str, int]:
    """HOST:PORT."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise CallerError("address", "{text} is not an address of the form HOST:PORT.", text=text)
    return host.strip("[]"), int(port)


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
