"""`zhilu keyholder init`: keys, configuration, pins. All or nothing, and never over something that is
there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhilu import strictjson
from zhilu.durable import create, new_folder
from zhilu.encoding import b64u, unb64u
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.keyholder import config as configs
from zhilu.keyholder import local, rules, state
from zhilu.keyholder.believed import Room
from zhilu.keyholder.bureau_key import FILE, destroy_in_token, make_in_token
from zhilu.keyholder.config import CityConfig, Config, KeyInToken
from zhilu.keyholder.desk import Pinned
from zhilu.pki.certificates import key_pem
from zhilu.protocols.assertions import parse_assertion
from zhilu.protocols.viewing import parse_registration
from zhilu.sealed.envelopes import OpeningKey
from zhilu.sealed.exchange import ExchangeKey
from zhilu.sealed.keys import public_jwk
from zhilu.tlog.cosign import CosignatureSigner
from zhilu.tlog.note import NoteVerifier

MAX_PIN = 65_536
PINNED = 2


@dataclass(frozen=True)
class Keys:
    """Fresh ones. The escrow key leaves the machine; the others stay in the home."""

    bureau: OpeningKey
    escrow: ec.EllipticCurvePrivateKey
    request: ec.EllipticCurvePrivateKey
    cosigner: Ed25519PrivateKey

    @classmethod
    def generate(cls, in_token: ExchangeKey | None = None) -> Keys:
        bureau, escrow, request = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        return cls(in_token or bureau, escrow, request, Ed25519PrivateKey.generate())


def init(config: Config, pin: Path, escrow_out: Path) -> dict[str, Any]:
    """Make the home; returns what stands in `enrol.json`. `config.ledger_vkey` comes from the pin file."""
    pinned, vkey = read_pin(pin, config)
    config = Config(**{**vars(config), "ledger_vkey": vkey})
    configs.check(config)
    try:
        with new_folder(config.home) as making:
            _check_escrow_place(config, escrow_out)
            with _key_in_token(config) as (config, in_token):
                keys = Keys.generate(in_token)
                enrol = _write_home(making, config, keys, pinned)
                # A crash from here on leaves no home, and an escrow file that is to be removed by hand.
                create(escrow_out, key_pem(keys.escrow))
    except WorldError:
        escrow_out.unlink(missing_ok=True)
        raise
    return enrol


@contextmanager
def _key_in_token(config: Config) -> Iterator[tuple[Config, ExchangeKey | None]]:
    """The bureau key made there, if it is to lie in a token; what fails later takes it away again."""
    where = config.bureau_key
    if where is None:
        yield config, None
        return
    made = make_in_token(where)
    try:
        yield replace(config, bureau_key=replace(where, kid=made.kid)), made.key
    except BaseException:
        destroy_in_token(where)
        raise


def _check_escrow_place(config: Config, escrow_out: Path) -> None:
    if escrow_out.exists() or config.home.resolve() in escrow_out.resolve().parents:
        raise CallerError(
            "escrow-out",
            "The escrow key goes to a new file outside the home, not to {path}.",
            path=escrow_out,
        )


def read_pin(path: Path, config: Config) -> tuple[list[Pinned], str]:
    """`{"ledger": vkey, "security_administrators": [{"registration": b64u, "binding": {…}} × 2]}`."""
    try:
        body = strictjson.loads_object(path.read_bytes(), MAX_PIN)
        got = strictjson.fields(body, {"ledger": str, "security_administrators": list})
        NoteVerifier.from_vkey(got["ledger"])
        pinned = [pinned_of(item) for item in got["security_administrators"]]
        for item in pinned:
            _check_place(item, config)
        check_pins(pinned, Room(config.bureau, config.rp_id, config.origin, {}))
    except OSError as error:
        raise WorldError("pin", "The file {path} cannot be read.", path=path) from error
    except DataError as error:
        raise CallerError(
            "pin",
            "{path} does not pin two security administrators and the ledger: {reason}",
            path=path,
            reason=error.code,
        ) from error
    return pinned, str(got["ledger"])


def check_pins(pinned: list[Pinned], room: Room) -> None:
    """Two persons, two keys, both security administrators, each key bound to its viewer key at this room."""
    registrations = [parse_registration(item.registration) for item in pinned]
    persons = {got.person for got in registrations}
    credentials = {got.credential for got in registrations}
    if len(pinned) != PINNED or len(persons) != PINNED or len(credentials) != PINNED:
        raise DataError("pinned-two")
    if not all("security-administrator" in got.roles for got in registrations):
        raise DataError("pinned-role")
    for item in pinned:
        rules.read_registration(item.registration, item.binding, room, Nothing())


def _check_place(item: Pinned, config: Config) -> None:
    """`pin` and `init` name one place: else the keys would answer, and the room refuse them."""
    said = strictjson.loads_object(parse_assertion(item.binding.get("assertion")).client_data_json)
    if said.get("origin") != config.origin:
        raise CallerError(
            "pin-origin",
            "The keys were pinned at {pinned}, not at {origin}: give `--origin` as it was given to"
            " `zhilu keyholder pin`.",
            pinned=said.get("origin"),
            origin=config.origin,
        )


class Nothing:
    """`rules.Known` before the first entry."""

    def credential(self, id_: bytes) -> None:
        return None

    def viewing(self, id_: str) -> None:
        return None

    def owed(self, viewer: str) -> tuple[()]:
        return ()

    def recording(self, id_: str) -> None:
        return None

    def recorder(self, kid: str) -> None:
        return None

    def station(self, kid: str) -> None:
        return None


def load_pinned(home: Path) -> list[Pinned]:
    try:
        return [pinned_of(item) for item in json.loads((home / "pinned.json").read_text())]
    except (OSError, ValueError, DataError) as error:
        raise WorldError("pinned", "{path} cannot be read.", path=home / "pinned.json") from error


def pinned_of(item: object) -> Pinned:
    got = strictjson.fields(item, {"registration": str, "binding": dict})
    return Pinned(unb64u(got["registration"]), got["binding"])


def cosigner_name(config: Config) -> str:
    """The name of a C2SP cosigner is a URL without its scheme."""
    return f"{config.authority.partition(':')[0]}/cosigner"


def _write_home(home: Path, config: Config, keys: Keys, pinned: list[Pinned]) -> dict[str, Any]:
    if isinstance(keys.bureau, ec.EllipticCurvePrivateKey):
        create(home / FILE, key_pem(keys.bureau))
    create(home / "request.key", key_pem(keys.request))
    create(home / "cosigner.key", key_pem(keys.cosigner))
    pins = [{"registration": b64u(item.registration), "binding": item.binding} for item in pinned]
    (home / "pinned.json").write_text(json.dumps(pins, indent=1))
    (home / configs.FILE).write_text(_toml(config), encoding="utf-8")
    enrol = {
        "name": config.bureau + "-keyholder",
        "bureau_name": config.name,
        "jwk": public_jwk(keys.bureau.public_key()),
        "escrow_jwk": public_jwk(keys.escrow.public_key()),
        "request_jwk": public_jwk(keys.request.public_key()),
        "cosigner": CosignatureSigner(cosigner_name(config), keys.cosigner).vkey,
        "origin": config.origin,
        "url": f"http://{config.host}:{config.tcp_port}",
    }
    state.create(home / "state.db", state.SCHEMA)
    state.create(home / "local.db", local.SCHEMA)
    (home / "enrol.json").write_text(json.dumps(enrol, indent=1, ensure_ascii=False), encoding="utf-8")
    return enrol


def _toml(config: Config) -> str:
    text = json.dumps  # a JSON string without surrogates is a TOML basic string
    return f"""\
bureau = {text(config.bureau)}
name = {{ zh = {text(config.name["zh"], ensure_ascii=False)}, en = {text(config.name["en"])} }}

[room]
origin = {text(config.origin)}
rp_id = {text(config.rp_id)}
host = {text(config.host)}
tcp_port = {config.tcp_port}
ciphertext_origin = {text(config.ciphertext_origin)}

[server]
url = {text(config.server_url)}
authority = {text(config.server_authority)}

[ledger]
vkey = {text(config.ledger_vkey)}
quorum = {config.quorum}
cosigners = {text(list(config.cosigners))}
{city_toml(config.city)}{_key_toml(config.bureau_key)}"""


def city_toml(city: CityConfig | None) -> str:
    if city is None:
        return ""
    text = json.dumps
    name = f"{{ zh = {text(city.name['zh'], ensure_ascii=False)}, en = {text(city.name['en'])} }}"
    lines = [f"name = {name}", f"url = {text(city.url)}", f"authority = {text(city.authority)}"]
    return "\n".join(["", "[city]", *lines, ""])


def _key_toml(where: KeyInToken | None) -> str:
    if where is None:
        return ""
    values = {**vars(where), "pin_file": str(where.pin_file.absolute())}
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n".join(["", "[bureau_key]", *lines, ""])
