"""A county with a real root certificate, keepers of two departments, devices still in their box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client

from support.county_world import BUREAU, DEPARTMENT, DOCK_RP, KIOSK, SECTION, CountyWorld, named_id
from support.past_rules import unchecked
from support.recordings import fixed_key
from support.training import train
from zhilu.encoding import b64u, sha256
from zhilu.pki import certificates
from zhilu.sealed.keys import SoftSigner
from zhilu.softkey import SoftKey
from zhilu.strictjson import dumps

OTHER_DEPARTMENT, FOREIGN_DEPARTMENT = str(named_id("other department")), str(named_id("foreign department"))
SYSTEM, KEEPER, OTHER_KEEPER, WHOLE_KEEPER = (
    str(named_id(name)) for name in ("system", "keeper", "other keeper", "whole keeper")
)
OTHER_OFFICER = str(named_id("other department's officer"))


@dataclass
class Authority:
    """A root, and what it issues."""

    name: str
    at: datetime

    def __post_init__(self) -> None:
        self.key = fixed_key(f"root {self.name}")
        self.root = certificates.make_root(self.key, f"Zhilu {self.name}", self.at)

    @property
    def digest(self) -> str:
        return sha256(self.root.public_bytes(Encoding.DER)).hex()

    def issue(self, kid: str, role: str, at: datetime | None = None) -> x509.Certificate:
        request = certificates.read_csr(certificates.make_csr(certificates.new_key(), kid, "device"))
        return certificates.issue(self.root, self.key, request, role, at or self.at)

    def crl(self, *revoked: x509.Certificate) -> bytes:
        since = {one.serial_number: self.at for one in revoked}
        return certificates.pem(certificates.make_crl(self.root, self.key, since, self.at))


class EquipmentWorld(CountyWorld):
    """`found` writes the founding entries and the people of this world."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.at = datetime.now(UTC).replace(microsecond=0)
        self.authority = Authority("julu.example", self.at)
        (config.home / "root.pem").write_bytes(certificates.pem(self.authority.root))
        (config.home / "crl.pem").write_bytes(self.authority.crl())
        self.dock_keys: dict[str, SoftKey] = {}

    def _bureau(self) -> dict[str, Any]:
        return super()._bureau() | {"root": self.authority.digest}

    def found(self, with_catalogue: bool = True) -> None:
        super().found(with_catalogue)
        self.say("bureau-listed/1", bureau="qinghe", name="清河县税务局", parent=None, closed=False)
        self._departments()
        self.person(KEEPER, "何平", "equipment-keeper", [DEPARTMENT])
        self.person(OTHER_KEEPER, "钱进", "equipment-keeper", [OTHER_DEPARTMENT])
        self.person(WHOLE_KEEPER, "吴用", "equipment-keeper", None)
        self.person(OTHER_OFFICER, "林冲", "officer", None, OTHER_DEPARTMENT)
        self.give_key(OTHER_OFFICER)
        self.train(OTHER_OFFICER)
        self.register("XT-0001", DEPARTMENT)

    def _departments(self) -> None:
        place = {"parent": None, "kind": "administration", "order": 2, "closed": False}
        self.say("department-set/1", department=OTHER_DEPARTMENT, bureau=BUREAU, name="征收科", **place)
        with unchecked("department-set/1"):
            self.say(
                "department-set/1", department=FOREIGN_DEPARTMENT, bureau="qinghe", name="清河稽查局", **place
            )

    def say(self, entry: str, personal: dict[str, Any] | None = None, **core: Any) -> int:
        from zhilu.server.ledger.events import read
        from zhilu.server.ledger.services.commit import commit

        return commit(read(entry, core), BUREAU, personal).index

    def person(
        self, person: str, name: str, role: str, scope: list[str] | None, department: str = SECTION
    ) -> None:
        self.say("person-added/1", {"name": name, "number": person[-6:]}, person=person)
        self.say("role-granted/1", person=person, role=role, scope=scope)
        post = str(named_id(f"post of {person}"))
        since = {"rank": "officer", "since": "2026-01-01"}
        self.say("post-taken/1", post=post, person=person, department=department, **since)

    def train(self, person: str) -> None:
        from zhilu.server.ledger.services.commit import commit_all

        commit_all(train(person))

    def give_key(self, person: str) -> None:
        key = self.dock_keys[person] = SoftKey()
        key.create(DOCK_RP, KIOSK, person)
        credential = key.credential(DOCK_RP)
        known = {"credential": b64u(credential.id), "public_key": b64u(credential.public_key)}
        self.say("dock-credential-registered/1", person=person, **known, rp_id=DOCK_RP, aaguid=None)

    def register(self, serial: str, department: str | None, kind: str = "recorder") -> None:
        more: dict[str, Any] = {"model": "DSJ-Z9", "asset": "ZC-7", "acquired": "2026-03-01"}
        self.say("equipment-registered/1", kind=kind, serial=serial, department=department, **more)

    def enrol(self, serial: str, department: str | None = DEPARTMENT, bay: int | None = None) -> str:
        """Registered, enrolled, and bound where a bay is given; the kid."""
        signer = signer_of(serial)
        self.register(serial, department)
        more = {"serial": serial, "counter_kind": "tpm"}
        self.say("recorder-enrolled/1", recorder=signer.kid, jwk=signer.jwk, **more)
        if bay is not None:
            self.say("recorder-bound/1", recorder=signer.kid, station=self.station.kid, bay=bay)
        return signer.kid

    def as_(self, person: str) -> Client:
        return self.sign_in(person, f"u{person.replace('-', '')}")

    def rights(self, person: str) -> Any:
        from zhilu.server.organisation.services.rights import rights_of

        return rights_of(UUID(person))


def signer_of(serial: str) -> SoftSigner:
    return SoftSigner(fixed_key(f"device {serial}"))


def enrol_json(device: str, **changed: Any) -> bytes:
    signer = signer_of(device)
    said = {"kid": signer.kid, "jwk": signer.jwk, "serial": device, "counter_kind": "tpm"}
    return dumps(said | changed) + b"\n"


def station_json(device: str, **changed: Any) -> bytes:
    signer = signer_of(device)
    place = {"bays": 8, "rp_id": DOCK_RP, "origin": "http://s2.dock.example"}
    return dumps({"kid": signer.kid, "jwk": signer.jwk, "name": device, **place} | changed)


def private_jwk(serial: str) -> Mapping[str, str]:
    key: ec.EllipticCurvePrivateKey = fixed_key(f"device {serial}")
    return signer_of(serial).jwk | {"d": b64u(key.private_numbers().private_value.to_bytes(32, "big"))}


YEAR = timedelta(days=365)
