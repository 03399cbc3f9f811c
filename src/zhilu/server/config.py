"""`server.toml` → a frozen `Config`, checked at the start; nothing is created here.

Paths in the file are relative to its folder, the *home*. Lengths of time carry their unit in the name.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from zhilu.encoding import is_bureau
from zhilu.errors import CallerError

FILE_NAME = "server.toml"
HOME_VARIABLE = "ZHILU_SERVER_HOME"
SCRATCH_VARIABLE = "ZHILU_SERVER_SCRATCH"
"""Set in the child that replays the ledger: its database is this file."""
TIERS = ("county", "city")
SECOND_FACTOR = ("required", "optional")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII)


@dataclass(frozen=True)
class Peer:
    """Another program's address: where to connect, and the name to send as Host."""

    url: str
    authority: str
    room: str = ""  # the viewing room's origin as the browser writes it


@dataclass(frozen=True)
class Config:
    """How this server is set up."""

    home: Path
    tier: str = "county"
    bureau: str = "bureau"
    domain: str = "localhost"
    name_zh: str = ""
    name_en: str = ""
    host: str = "127.0.0.1"
    tcp_port: int = 8600
    threads: int = 16
    authority: str = "bureau.localhost:8600"
    secure_cookies: bool = False
    database_url: str = ""
    store_kind: str = "posix"
    keyholder: Peer | None = None
    city_keyholder: Peer | None = None
    idle_s: int = 600
    second_factor: str = "required"
    proxies: tuple[str, ...] = ()
    undocked_days: int = 7

    @property
    def origin(self) -> str:
        """The ledger's origin, and the name of its key."""
        return f"{self.bureau}.{self.domain}/ledger"

    @property
    def ledger_key(self) -> Path:
        return self.home / "ledger.key"

    @property
    def text_key(self) -> Path:
        return self.home / "text.key"

    @property
    def neighbour_key(self) -> Path:
        return self.home / "neighbour.key"

    @property
    def mirror_key(self) -> Path:
        return self.home / "mirror.key"

    @property
    def store_folder(self) -> Path:
        return self.home / "store"

    @property
    def spool_folder(self) -> Path:
        return self.home / "spool"

    @property
    def crl(self) -> Path:
        return self.home / "crl.pem"

    @property
    def root(self) -> Path:
        return self.home / "root.pem"

    @cached_property
    def secret(self) -> str:
        return (self.home / "secret.key").read_text().strip()


def load(home: Path) -> Config:
    """The configuration of `home`; a CallerError names the first thing wrong with it."""
    path = home / FILE_NAME
    try:
        text = path.read_text()
    except FileNotFoundError:
        raise CallerError(
            "server-home", "{path} is not there: run `zhilu server init` first.", path=path
        ) from None
    except (OSError, UnicodeDecodeError):
        raise CallerError("server-home", "{path} cannot be read.", path=path) from None
    try:
        return parse(tomllib.loads(text), home)
    except tomllib.TOMLDecodeError as error:
        raise CallerError("server-config", "{path} is not TOML: {reason}", path=path, reason=error) from None


def parse(table: Mapping[str, Any], home: Path) -> Config:
    web, keyholder = _table(table, "web"), _table(table, "keyholder")
    city_keyholder = _table(table, "city_keyholder")
    config = Config(
        home=home.resolve(),
        tier=_text(table, "tier"),
        bureau=_text(table, "bureau"),
        domain=_text(table, "domain"),
        name_zh=_text(table, "name_zh", ""),
        name_en=_text(table, "name_en", ""),
        host=_text(web, "host", "127.0.0.1"),
        tcp_port=_number(web, "tcp_port", 0, 65_535),
        threads=_number(web, "threads", 2, 256, 16),
        authority=_text(web, "authority"),
        secure_cookies=bool(web.get("secure_cookies", False)),
        database_url=_text(_table(table, "database"), "url", ""),
        store_kind=_text(_table(table, "store"), "kind", "posix"),
        keyholder=_peer(keyholder) if keyholder else None,
        city_keyholder=_peer(city_keyholder) if city_keyholder else None,
        idle_s=_number(web, "idle_s", 60, 86_400, 600),
        proxies=_addresses(web, "proxies"),
        second_factor=_text(_table(table, "login"), "second_factor", "required"),
        undocked_days=_number(_table(table, "oversight"), "undocked_days", 1, 365, 7),
    )
    _refuse_unless(config.tier in TIERS, "tier")
    _refuse_unless(is_bureau(config.bureau), "bureau")
    _refuse_unless(bool(_DOMAIN.fullmatch(config.domain)), "domain")
    _refuse_unless(config.second_factor in SECOND_FACTOR, "login.second_factor")
    _refuse_unless(config.store_kind in ("posix", "memory"), "store.kind")
    return config


def from_environment(environ: Mapping[str, str] = os.environ) -> Config:
    """The home that the environment names; without one, what tools (types, migrations, tests) need."""
    home = environ.get(HOME_VARIABLE)
    return load(Path(home)) if home else Config(home=Path("/nonexistent"))


def _peer(table: Mapping[str, Any]) -> Peer:
    return Peer(_text(table, "url"), _text(table, "authority"), _text(table, "room", ""))


def _table(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = table.get(name, {})
    _refuse_unless(isinstance(value, dict), name)
    return dict(value)


def _text(table: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = table.get(name, default)
    _refuse_unless(isinstance(value, str), name)
    return str(value)


def _number(table: Mapping[str, Any], name: str, least: int, most: int, default: int | None = None) -> int:
    value = table.get(name, default)
    _refuse_unless(isinstance(value, int) and not isinstance(value, bool) and least <= value <= most, name)
    return int(str(value))


def _addresses(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = table.get(name, [])
    _refuse_unless(isinstance(value, list) and all(isinstance(one, str) for one in value), name)
    return tuple(value)


def _refuse_unless(condition: bool, name: str) -> None:
    if not condition:
        raise CallerError(
            "server-config", "server.toml: the setting {name} is missing or has no possible value.", name=name
        )
