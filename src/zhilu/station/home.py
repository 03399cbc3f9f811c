"""A station's folder: made once, whole or not at all; read at the start.

station.toml   station.key (evidence key)   tls.key   tls.csr   enrol.json      by init
tls.crt   roots.pem   crl.pem   trust.json                                      brought from the bureau
snapshot.json   spool/                                                          by run
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from zhilu import strictjson
from zhilu.durable import new_folder, replace
from zhilu.errors import CallerError, DataError
from zhilu.pki import certificates
from zhilu.sealed.keys import SoftSigner, load_private_key
from zhilu.station import config
from zhilu.strictjson import fields
from zhilu.tlog.proof import LedgerKeys

MAX_FILE = 2**20
BROUGHT = ("tls.crt", "roots.pem", "trust.json")


@dataclass(frozen=True)
class Wishes:
    """What `init` was asked for; a bay is HOST:PORT or HOST:PORT@INTERFACE."""

    bureau: str
    name: str
    origin: str
    rp_id: str
    tcp_port: int
    server_url: str
    server_authority: str
    bays: tuple[str, ...]


def create(folder: Path, wishes: Wishes) -> Path:
    """Make the folder; it appears complete or not at all."""
    config.checked_kiosk("127.0.0.1", wishes.tcp_port, wishes.origin, wishes.rp_id)
    for bay in wishes.bays:
        config.bay_address(bay)
    with new_folder(folder) as draft:
        _fill(draft, wishes)
    return folder


def _fill(folder: Path, wishes: Wishes) -> None:
    key, tls_key = certificates.new_key(), certificates.new_key()
    signer = SoftSigner(key)
    replace(folder / "station.key", certificates.key_pem(key))
    replace(folder / "tls.key", certificates.key_pem(tls_key))
    # A certificate's name is for people and short; the kid in it is what counts.
    replace(
        folder / "tls.csr", certificates.make_csr(tls_key, signer.kid, f"station {signer.kid[:8]}"), 0o644
    )
    replace(folder / config.FILE, _toml(wishes).encode())
    enrol = {
        "kid": signer.kid,
        "jwk": signer.jwk,
        "name": wishes.name,
        "bays": len(wishes.bays),
        "rp_id": wishes.rp_id,
        "origin": wishes.origin,
    }
    replace(folder / "enrol.json", strictjson.dumps(enrol), 0o644)
    (folder / "spool").mkdir()


def _toml(wishes: Wishes) -> str:
    # A JSON string is a TOML basic string.
    quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in vars(wishes).items()}
    bays = "".join(_bay(number, bay) for number, bay in enumerate(wishes.bays, 1))
    return f"""# A collection station of Zhilu.
[station]
bureau = {quoted["bureau"]}
name = {quoted["name"]}

[kiosk]
host = "127.0.0.1"
tcp_port = {wishes.tcp_port}
origin = {quoted["origin"]}
rp_id = {quoted["rp_id"]}

[server]
url = {quoted["server_url"]}
authority = {quoted["server_authority"]}

[trust]
file = "trust.json"

# How names of imported files are read; the first pattern that fits counts.
[import]
patterns = ["{{serial}}_{{officer}}_{{time:YYYYMMDDhhmmss}}_{{number}}"]

# The spool takes the whole disk unless it is told a limit; the administrator hears when little is left.
[spool]
# limit_gb = 200
low_percent = 10

# Media are sent at once and as fast as they go, unless told when (Beijing time) and how fast.
[upload]
# from = "18:00"
# until = "08:00"
# mb_per_s = 20

[fingerprint]
use = false
{bays}"""


def _bay(number: int, text: str) -> str:
    place, at, interface = text.partition("@")
    bound = f'interface = "{interface}"\n' if at else ""
    return f'\n[[bays]]\nnumber = {number}\naddress = "{place}"\n{bound}'


@dataclass(frozen=True)
class Home:
    """An opened station: settings, its signing key, whose ledger it believes."""

    settings: config.Settings
    signer: SoftSigner
    ledger: LedgerKeys

    @property
    def path(self) -> Path:
        return self.settings.home

    @property
    def kid(self) -> str:
        return self.signer.kid


def load(path: Path) -> Home:
    settings = config.load(path)
    for name in BROUGHT:
        if not (path / name).exists() and name != "trust.json":
            raise CallerError(
                "not-enrolled", "The file {path} is missing: the bureau issues it.", path=path / name
            )
    return Home(settings, SoftSigner(load_private_key(_read(path / "station.key"))), _trust(settings))


def _trust(settings: config.Settings) -> LedgerKeys:
    document = strictjson.loads_object(_read(settings.trust), MAX_FILE)
    got = fields(document, {"type": str, "bureau": str, "ledger": str, "cosigners": list, "quorum": int})
    if got["type"] != "zhilu-trust/1" or got["bureau"] != settings.bureau:
        raise DataError("trust", "{path} is not this bureau's trust document.", path=settings.trust)
    return LedgerKeys.from_vkeys(got["ledger"], got["cosigners"], got["quorum"])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise CallerError(
            "not-enrolled", "The file {path} is missing: the bureau issues it.", path=path
        ) from None
