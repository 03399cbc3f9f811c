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
from zhilu.server.addresses import LOOPBACK, is_host, is_mail_address, is_web_address

FILE_NAME = "server.toml"
HOME_VARIABLE = "ZHILU_SERVER_HOME"
SCRATCH_VARIABLE = "ZHILU_SERVER_SCRATCH"
"""Set in the child that replays the ledger: its database is this file."""
TIERS = ("county", "city")
SECOND_FACTOR = ("required", "optional")
TLS = ("starttls", "implicit", "none")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII)


@dataclass(frozen=True)
class Peer:
    """Another program's address: where to connect, and the name to send as Host."""

    url: str
    authority: str
    room: str = ""  # the viewing room's origin as the browser writes it


@dataclass(frozen=True)
class Mail:
    """The server that takes e-mail, and how it is spoken to."""

    host: str
    tcp_port: int
    tls: str
    sender: str
    base_url: str  # where a mail sends its reader
    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    patience_s: int = 20


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
    mail: Mail | None = None

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
        mail=_mail(
            _table(table, "mail"), home.resolve(), _text(web, "authority"), bool(web.get("secure_cookies"))
        ),
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


def _mail(table: Mapping[str, Any], home: Path, authority: str, is_secure: bool) -> Mail | None:
    """Without the section no e-mail goes out."""
    if not table:
        return None
    tls = _text(table, "tls", "starttls")
    _refuse_unless(tls in TLS, "mail.tls")
    password, ca = _text(table, "password_file", ""), _text(table, "ca_file", "")
    mail = Mail(
        host=_text(table, "host"),
        tcp_port=_number(table, "tcp_port", 1, 65_535, 465 if tls == "implicit" else 587),
        tls=tls,
        sender=_text(table, "from"),
        base_url=_text(table, "base_url", f"{'https' if is_secure else 'http'}://{authority}"),
        user=_text(table, "user", ""),
        password_file=home / password if password else None,
        ca_file=home / ca if ca else None,
        patience_s=_number(table, "patience_s", 1, 300, 20),
    )
    _refuse_unless(is_host(mail.host), "mail.host")
    _refuse_unless(is_mail_address(mail.sender), "mail.from")
    _refuse_unless(is_web_address(mail.base_url), "mail.base_url")
    # Without TLS whoever is between reads the password, and could answer in the server's place.
    _refuse_unless(tls != "none" or mail.host in LOOPBACK, "mail.tls")
    _refuse_unless(bool(mail.user) == bool(password) and mail.user.isprintable(), "mail.password_file")
    return mail


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
