"""`keyholder.toml`, and the files beside it.

bureau = "julu"
name = { zh = "巨鹿县税务局", en = "Julu County Tax Service" }
[room]       origin, rp_id, host, tcp_port, ciphertext_origin; proxies: addresses of what ends TLS in front,
             whose X-Forwarded-For is believed; none where absent
[server]     url, authority
[ledger]     vkey, quorum, cosigners (vkeys of others; our own is added)
[city]       only where the city's keyholder holds a second share: name, url, authority
[bureau_key] only where it lies in a PKCS#11 token: module, token (label), token_serial, label, pin_file, kid

`bureau_key.kid` is written by `init`: another key in the same token is refused.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zhilu.encoding import is_bureau
from zhilu.errors import CallerError, WorldError

FILE = "keyholder.toml"
_SECTIONS: dict[str, dict[str, type]] = {
    "name": {"zh": str, "en": str},
    "room": {"origin": str, "rp_id": str, "host": str, "tcp_port": int, "ciphertext_origin": str},
    "server": {"url": str, "authority": str},
    "ledger": {"vkey": str, "quorum": int, "cosigners": list},
}


@dataclass(frozen=True)
class KeyInToken:
    """`token`, `label`: of the token, of the key in it; `kid`: which key that is."""

    module: str
    token: str
    token_serial: str
    label: str
    pin_file: Path
    kid: str = ""


@dataclass(frozen=True)
class CityConfig:
    """The city's keyholder, as this one reaches it."""

    name: dict[str, str]
    url: str
    authority: str


@dataclass(frozen=True)
class Config:
    home: Path
    bureau: str
    name: dict[str, str]
    origin: str
    rp_id: str
    host: str
    tcp_port: int
    ciphertext_origin: str
    server_url: str
    server_authority: str
    ledger_vkey: str
    quorum: int
    cosigners: tuple[str, ...]
    bureau_key: KeyInToken | None = None
    proxies: tuple[str, ...] = ()
    city: CityConfig | None = None

    @property
    def authority(self) -> str:
        """The room's Host header."""
        return urlsplit(self.origin).netloc

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https://")

    def path(self, name: str) -> Path:
        return self.home / name


def load(home: Path) -> Config:
    """Raises WorldError `no-home` (not initialised) or CallerError `config` (a wrong field)."""
    path = home / FILE
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WorldError(
            "no-home", "{home} is no keyholder's folder; make one with `zhilu keyholder init`.", home=home
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CallerError("config", "{file} cannot be read: {reason}", file=path, reason=error) from error
    got = {section: _section(path, body, section, shape) for section, shape in _SECTIONS.items()}
    room, ledger = got["room"], got["ledger"]
    config = Config(
        home=home,
        bureau=str(body.get("bureau", "")),
        name=got["name"],
        origin=room["origin"],
        rp_id=room["rp_id"],
        host=room["host"],
        tcp_port=room["tcp_port"],
        ciphertext_origin=room["ciphertext_origin"],
        server_url=got["server"]["url"],
        server_authority=got["server"]["authority"],
        ledger_vkey=ledger["vkey"],
        quorum=ledger["quorum"],
        cosigners=tuple(map(str, ledger["cosigners"])),
        bureau_key=_bureau_key(path, body),
        proxies=_proxies(path, body["room"]),
        city=_city(path, body),
    )
    check(config)
    return config


def _section(path: Path, body: dict[str, Any], section: str, shape: dict[str, type]) -> dict[str, Any]:
    table = body.get(section)
    for name, kind in shape.items():
        if not isinstance(table, dict) or not isinstance(table.get(name), kind):
            raise CallerError(
                "config",
                "In {file} the field {field} is missing or wrong.",
                file=path,
                field=f"{section}.{name}",
            )
    assert isinstance(table, dict)
    return table


def _proxies(path: Path, room: dict[str, Any]) -> tuple[str, ...]:
    found = room.get("proxies", [])
    if not isinstance(found, list) or not all(isinstance(one, str) and is_address(one) for one in found):
        raise CallerError(
            "config", "In {file} the field {field} is missing or wrong.", file=path, field="room.proxies"
        )
    return tuple(found)


def _city(path: Path, body: dict[str, Any]) -> CityConfig | None:
    if "city" not in body:
        return None
    got = _section(path, body, "city", {"name": dict, "url": str, "authority": str})
    name = {language: str(got["name"].get(language, "")) for language in ("zh", "en")}
    return CityConfig(name, got["url"], got["authority"])


def is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _bureau_key(path: Path, body: dict[str, Any]) -> KeyInToken | None:
    if "bureau_key" not in body:
        return None
    names = ("module", "token", "token_serial", "label", "pin_file", "kid")
    got = _section(path, body, "bureau_key", dict.fromkeys(names, str))
    return KeyInToken(**{**{name: got[name] for name in names}, "pin_file": Path(got["pin_file"])})


def check(config: Config) -> None:
    """What must hold before anything is started or made."""
    host = urlsplit(config.origin).hostname or ""
    faults = {
        "bureau": not is_bureau(config.bureau),
        "room.origin": not is_origin(config.origin),
        "room.ciphertext_origin": not is_origin(config.ciphertext_origin),
        "room.rp_id": host != config.rp_id and not host.endswith("." + config.rp_id),
        "room.tcp_port": not 0 <= config.tcp_port < 65536,
        "server.url": not is_origin(config.server_url),
        "city.url": config.city is not None and not is_origin(config.city.url),
        "ledger.quorum": not 1 <= config.quorum <= len(config.cosigners) + 1,
    }
    for name, wrong in faults.items():
        if wrong:
            raise CallerError(
                "config", "In {file} the field {field} is missing or wrong.", file=FILE, field=name
            )


def check_origin(origin: str, bureau: str, domain: str) -> None:
    """What `--origin` says, before anything is made with it: a security key answers for this place only."""
    host = f"{bureau}.view.{domain}"
    named = urlsplit(origin).hostname or ""
    if not is_origin(origin) or (named != host and not named.endswith("." + host)):
        raise CallerError(
            "origin",
            "--origin {origin} is not the viewing room's place: it is to be https://{host}, with its TCP port"
            " where that is not 443.",
            origin=origin,
            host=host,
        )


def is_origin(text: str) -> bool:
    """Scheme, host, TCP port and nothing else: it goes into headers."""
    return re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", text, re.ASCII) is not None
