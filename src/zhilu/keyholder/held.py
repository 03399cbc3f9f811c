"""A county that this keyholder holds second shares of (spec/viewing.md §8): `counties/<bureau>/` in its home.

county.toml, pinned.json, state.db, local.db, contradictions/: as a home of its own has them, each for the
county's ledger. What is pinned here came by hand from the county's keyholder (`zhilu keyholder export`) and
is compared by two people; over the wire nothing of it is ever taken.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zhilu import durable, strictjson
from zhilu.durable import new_folder
from zhilu.encoding import b64u, is_bureau
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.keyholder import config as configs
from zhilu.keyholder import local, state
from zhilu.keyholder.believed import Room
from zhilu.keyholder.config import FILE as CONFIG
from zhilu.keyholder.config import CityConfig, Config, is_origin
from zhilu.keyholder.desk import Pinned
from zhilu.keyholder.founding import check_pins, city_toml, load_pinned, pinned_of
from zhilu.protocols.viewing import parse_registration
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.tlog.proof import LedgerKeys

FOLDER, FILE = "counties", "county.toml"
MAX_EXPORT = 131_072
_FIELDS: dict[str, type] = {
    "bureau": str,
    "rp_id": str,
    "origin": str,
    "server_url": str,
    "server_authority": str,
    "ledger": str,
    "cosigner": str,
    "request_jwk": dict,
    "security_administrators": list,
}


@dataclass(frozen=True)
class HeldCounty:
    """`cosigner`: the vkey of the county's keyholder; `request_jwk`: signs what that one asks."""

    home: Path
    bureau: str
    rp_id: str
    origin: str
    server_url: str
    server_authority: str
    ledger: str
    cosigner: str
    request_jwk: dict[str, Any]
    pinned: tuple[Pinned, ...]

    @property
    def room(self) -> Room:
        pins = {parse_registration(one.registration).credential: one.registration for one in self.pinned}
        return Room(self.bureau, self.rp_id, self.origin, pins)

    @property
    def keys(self) -> LedgerKeys:
        return LedgerKeys.from_vkeys(self.ledger, [self.cosigner], 1)

    def path(self, name: str) -> Path:
        return self.home / name


def export(config: Config) -> dict[str, Any]:
    """`zhilu keyholder export`: what the city's keyholder is to be given. Public parts only."""
    enrol = json.loads(config.path("enrol.json").read_text(encoding="utf-8"))
    pins = load_pinned(config.home)
    return {
        "bureau": config.bureau,
        "rp_id": config.rp_id,
        "origin": config.origin,
        "server_url": config.server_url,
        "server_authority": config.server_authority,
        "ledger": config.ledger_vkey,
        "cosigner": enrol["cosigner"],
        "request_jwk": enrol["request_jwk"],
        "security_administrators": [
            {"registration": b64u(one.registration), "binding": one.binding} for one in pins
        ],
    }


def name_city(config: Config, enrol: Path, url: str) -> Config:
    """`zhilu keyholder city`: where the county's keyholder asks for second shares. Takes effect at its next
    start; another city's is a new line by hand."""
    if config.city:
        raise CallerError("city-known", "The city's keyholder is named already, in {file}.", file=CONFIG)
    shape = {"bureau_name": dict, "origin": str}
    try:
        said = strictjson.fields(strictjson.loads_object(enrol.read_bytes(), MAX_EXPORT), dict(shape))
    except OSError as error:
        raise WorldError("pin", "The file {path} cannot be read.", path=enrol) from error
    except DataError as error:
        raise CallerError(
            "keyholder-enrol", "{path} is not what `zhilu keyholder init` wrote.", path=enrol
        ) from error
    name = {language: str(said["bureau_name"].get(language, "")) for language in ("zh", "en")}
    city = CityConfig(name, url.rstrip("/"), urlsplit(said["origin"]).netloc)
    made = dataclasses.replace(config, city=city)
    configs.check(made)
    path = config.path(CONFIG)
    durable.replace(path, path.read_bytes() + city_toml(city).encode())
    return made


def hold(config: Config, path: Path, server_url: str | None) -> HeldCounty:
    """Make the county's folder in this home; refuses one that is there."""
    said = _read_export(path)
    if server_url:
        said["server_url"] = server_url
    if said["bureau"] == config.bureau:
        raise CallerError("held", "A keyholder holds second shares of other bureaus, not of its own.")
    home = config.path(FOLDER) / said["bureau"]
    config.path(FOLDER).mkdir(mode=0o700, exist_ok=True)
    with new_folder(home) as making:
        (making / "pinned.json").write_text(json.dumps(said.pop("security_administrators"), indent=1))
        (making / FILE).write_text(_toml(said), encoding="utf-8")
        state.create(making / "state.db", state.SCHEMA)
        state.create(making / "local.db", local.SCHEMA)
    return load(home)


def load_all(config: Config) -> list[HeldCounty]:
    folder = config.path(FOLDER)
    homes = sorted(folder.iterdir()) if folder.is_dir() else []
    return [load(home) for home in homes if is_bureau(home.name)]  # else what a crash of `hold` left


def load(home: Path) -> HeldCounty:
    path = home / FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CallerError("config", "{file} cannot be read: {reason}", file=path, reason=error) from error
    table["request_jwk"] = table.pop("request", {})
    pinned = tuple(load_pinned(home))
    try:
        got = strictjson.fields(table | {"security_administrators": []}, dict(_FIELDS))
        del got["security_administrators"]
        county = HeldCounty(home, pinned=pinned, **got)
        _check(county)
    except DataError as error:
        raise CallerError(
            "config", "In {file} the field {field} is missing or wrong.", file=path, field=error.code
        ) from error
    return county


def _read_export(path: Path) -> dict[str, Any]:
    try:
        said = strictjson.fields(strictjson.loads_object(path.read_bytes(), MAX_EXPORT), dict(_FIELDS))
        pinned = tuple(pinned_of(one) for one in said["security_administrators"])
        fields = {name: said[name] for name in _FIELDS if name != "security_administrators"}
        _check(HeldCounty(Path(), pinned=pinned, **fields))
    except OSError as error:
        raise WorldError("pin", "The file {path} cannot be read.", path=path) from error
    except DataError as error:
        raise CallerError(
            "county-export",
            "{path} is not what `zhilu keyholder export` wrote at a county: {reason}",
            path=path,
            reason=error.code,
        ) from error
    return said


def _check(county: HeldCounty) -> None:
    """Everything that is used later is of its form now."""
    if not is_bureau(county.bureau):
        raise DataError("bureau")
    for name, origin in (("origin", county.origin), ("server_url", county.server_url)):
        if not is_origin(origin):
            raise DataError(name)
    assert county.keys
    load_jwk(county.request_jwk)
    check_pins(list(county.pinned), Room(county.bureau, county.rp_id, county.origin, {}))


def requester(county: HeldCounty) -> str:
    """kid of the county's keyholder."""
    return thumbprint(load_jwk(county.request_jwk))


def _toml(said: dict[str, Any]) -> str:
    jwk = said.pop("request_jwk")
    lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
    return "\n".join([*lines, "", "[request]", *(f"{k} = {json.dumps(v)}" for k, v in jwk.items()), ""])
