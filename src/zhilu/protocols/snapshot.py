"""The station's snapshot: what the ledger says about devices, as of one checkpoint (spec/docking.md §6).

Rules, in this order:
- strict JSON of type `zhilu-snapshot/1`, for this bureau (`snapshot`, `bureau`)
- its time: not from the future, not past `valid_until`, at most 72 h after `issued` (`snapshot-expired`)
- the checkpoint is the ledger's, with its cosignatures, and not smaller than the one held before (`rollback`)
- every entry is proved under that one checkpoint: the codes of spec/ledger.md §5
- a device's key counts only under its own kid (`kid`)

Of several entries about one thing the one with the highest index counts. Names and the roster are shown and
offered, never decided on; a snapshot without a roster offers nobody.
What it leaves to others: the revocation list (PEM), which the station's TLS reads. What a county leaves
out of a snapshot, nobody here can know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from zhilu import strictjson
from zhilu.encoding import parse_time, sha256
from zhilu.errors import DataError
from zhilu.protocols import adopted
from zhilu.protocols.docking_handover import Duty
from zhilu.protocols.docking_messages import entry_under
from zhilu.protocols.snapshot_people import Catalogue, Person, in_force, key_of, roster_of
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.sealed.policy import Policy
from zhilu.strictjson import fields
from zhilu.tlog.proof import LedgerKeys, VerifiedEntry, verify_entry

MAX_SNAPSHOT = 64 * 2**20
VALID = timedelta(hours=72)
SKEW = timedelta(minutes=5)

_SHAPE = {
    "type": str,
    "bureau": str,
    "issued": str,
    "valid_until": str,
    "checkpoint": str,
    "entries": list,
    "names": dict,
    "revocations": str,
}


@dataclass(frozen=True)
class Binding:
    """Where a recorder belongs."""

    station: str
    bay: int


@dataclass(frozen=True)
class Recorder:
    kid: str
    serial: str
    jwk: dict[str, str]


@dataclass(frozen=True)
class Station:
    kid: str
    name: str


@dataclass(frozen=True)
class Snapshot:
    """What the station decides from. `digest`: SHA-256 of the checkpoint note; `size`: of the tree."""

    bureau: str
    issued: datetime
    valid_until: datetime
    size: int
    digest: bytes
    recorders: Mapping[str, Recorder]
    stations: Mapping[str, Station]
    bindings: Mapping[str, Binding]
    assignments: Mapping[str, Duty]
    revoked: frozenset[str]
    policy: Policy | None
    names: Mapping[str, str]
    revocations: bytes
    """PEM of the bureau's revocation list, or empty."""
    roster: tuple[Person, ...] = ()
    catalogues: tuple[Catalogue, ...] = ()
    credentials: Mapping[str, Mapping[bytes, bytes]] = field(default_factory=dict)
    """Keys at docks: person → raw credential id → COSE key."""
    fingers: frozenset[tuple[str, str]] = frozenset()
    """(person, kid of the station) of whom a finger was enrolled."""

    def check_time(self, now: datetime) -> None:
        """Refused: expired, or issued by a clock that is ahead of ours (`snapshot-expired`)."""
        if not self.issued - SKEW <= now <= self.valid_until:
            raise DataError(
                "snapshot-expired", "The station's list of devices is out of date: reach the county server."
            )

    def name_of(self, person: str) -> str:
        return self.names.get(person, "")

    def credentials_of(self, person: str) -> Mapping[bytes, bytes]:
        return self.credentials.get(person, {})

    def catalogue(self, on: date) -> Catalogue | None:
        """The version in force on a day in Beijing, as far as the snapshot holds it."""
        return in_force(self.catalogues, on)


def open_snapshot(
    data: bytes, keys: LedgerKeys, *, bureau: str, now: datetime, held_size: int = 0
) -> Snapshot:
    """Verify and read a snapshot; `held_size` is the tree size of the one held before."""
    document = strictjson.loads_object(data, MAX_SNAPSHOT)
    got = fields(document, _SHAPE)
    if got["type"] != "zhilu-snapshot/1" or not all(isinstance(n, str) for n in got["names"].values()):
        raise DataError("snapshot", "This is not a station's snapshot.")
    if got["bureau"] != bureau:
        raise DataError("bureau", "The snapshot is of another bureau.", found=got["bureau"][:40])
    issued, until = parse_time(got["issued"]), parse_time(got["valid_until"])
    if until - issued > VALID:
        raise DataError("snapshot", "This is not a station's snapshot.", field="valid_until")
    note = got["checkpoint"].encode()
    size = keys.open(note).checkpoint.size
    if size < held_size:
        raise DataError("rollback", "The county sent an older snapshot than the one held.", size=size)
    snapshot = Snapshot(
        bureau=bureau,
        issued=issued,
        valid_until=until,
        size=size,
        digest=sha256(note),
        names=got["names"],
        revocations=got["revocations"].encode(),
        roster=roster_of(document.get("roster", [])),
        **_derive(_proved(got["entries"], got["checkpoint"], keys)),
    )
    snapshot.check_time(now)
    return snapshot


def _proved(entries: list[Any], checkpoint: str, keys: LedgerKeys) -> list[VerifiedEntry]:
    """The entries in index order, each proved."""
    proved = (verify_entry(entry_under(checkpoint, entry), keys) for entry in entries)
    return sorted(proved, key=lambda entry: entry.index)


def _derive(entries: list[VerifiedEntry]) -> dict[str, Any]:
    found: dict[str, Any] = {"recorders": {}, "stations": {}, "bindings": {}, "assignments": {}}
    credentials: dict[str, dict[bytes, bytes]] = {}
    catalogues: dict[int, Catalogue] = {}
    revoked, fingers, policy = set(), set(), None
    for entry in entries:
        core = entry.core
        match entry.leaf["kind"]:
            case "recorder-enrolled/1":
                recorder = _recorder(core)
                found["recorders"][recorder.kid] = recorder
            case "station-enrolled/1":
                got = fields(core, {"station": str, "name": str})
                found["stations"][got["station"]] = Station(got["station"], got["name"])
            case "recorder-bound/1":
                got = fields(core, {"recorder": str, "station": str, "bay": int})
                found["bindings"][got["recorder"]] = Binding(got["station"], got["bay"])
            case "recorder-assigned/1":
                found["assignments"][fields(core, {"recorder": str})["recorder"]] = Duty.from_core(core)
            case "device-revoked/1":
                revoked.add(fields(core, {"kid": str})["kid"])
            case "policy-set/1":
                policy = Policy.from_core(core)
            case "catalogue-set/1":
                catalogue = Catalogue.from_core(core)
                catalogues[catalogue.version] = catalogue
            case adopted.KIND if adopted.leaf_of(core)["kind"] == "catalogue-set/1":
                catalogue = Catalogue.from_core(adopted.core_of(core))
                catalogues[catalogue.version] = catalogue
            case "dock-credential-registered/1":
                person, credential, public_key = key_of(core)
                credentials.setdefault(person, {})[credential] = public_key
            case "finger-enrolled/1":
                got = fields(core, {"person": str, "station": str})
                fingers.add((got["person"], got["station"]))
    found |= {"credentials": credentials, "fingers": frozenset(fingers)}
    found |= {"catalogues": tuple(catalogues.values())}
    return {**found, "revoked": frozenset(revoked), "policy": policy}


def _recorder(core: dict[str, Any]) -> Recorder:
    got = fields(core, {"recorder": str, "jwk": dict, "serial": str})
    if thumbprint(load_jwk(got["jwk"])) != got["recorder"]:
        raise DataError("kid", "The key is not the one that its name says.", kid=got["recorder"][:60])
    return Recorder(got["recorder"], got["serial"], got["jwk"])
