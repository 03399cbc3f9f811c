"""A bureau in memory for tests of the recorder: ledger with one cosigner, papers, a station, an officer's
key."""

from __future__ import annotations

import io
import json
import secrets
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhilu.devices.clock import SystemClock
from zhilu.devices.hardware import CounterConfig, KeyConfig, open_parts
from zhilu.encoding import b64u, format_time
from zhilu.pki import certificates
from zhilu.pki.authority import Authority
from zhilu.pki.trust import compose
from zhilu.recorder.adopt import Papers, adopt
from zhilu.recorder.filming import Wishes
from zhilu.recorder.home import Home, create
from zhilu.recorder.run import Recorder, open_logbook
from zhilu.recorder.screen import Screen
from zhilu.sealed.keys import SoftSigner, public_jwk
from zhilu.softkey import SoftKey
from zhilu.strictjson import dumps
from zhilu.tlog.checkpoint import Checkpoint, sign
from zhilu.tlog.cosign import CosignatureSigner, cosign
from zhilu.tlog.frontier import MemoryHashes
from zhilu.tlog.merkle import consistency_path, inclusion_path, leaf_hash, root
from zhilu.tlog.note import Note, NoteSigner
from zhilu.tlog.proof import ProvedEntry, make_leaf, payload_digest

ORIGIN, RP_ID = "http://s1.dock.localhost:8620", "dock.localhost"


class Ledger:
    """Entries with their proofs under any of its checkpoints."""

    def __init__(self, origin: str = "julu.localhost/ledger") -> None:
        self.origin = origin
        self.signer = NoteSigner(origin, Ed25519PrivateKey.generate())
        self.cosigner = CosignatureSigner("julu.view.localhost/cosigner", Ed25519PrivateKey.generate())
        self._hashes = MemoryHashes()
        self._entries: list[tuple[bytes, bytes, bytes]] = []

    @property
    def size(self) -> int:
        return len(self._entries)

    def add(self, kind: str, core: dict[str, Any]) -> int:
        salt, data = secrets.token_bytes(32), dumps(core)
        leaf = make_leaf(
            bureau="julu",
            at=format_time(datetime.now(UTC)),
            kind=kind,
            actor="import",
            subject=str(core.get("recorder", "x")),
            core=payload_digest(salt, data),
            personal=None,
        )
        self._entries.append((leaf, data, salt))
        self._hashes.append(leaf_hash(leaf))
        return self.size - 1

    def note(self, size: int | None = None, cosigned: bool = True) -> bytes:
        size = self.size if size is None else size
        data = sign(Checkpoint(self.origin, size, root(size, self._hashes)), self.signer)
        if not cosigned:
            return data
        note = Note.parse(data)
        return note.add(cosign(note.text, self.cosigner, int(time.time()))).format()

    def prove(self, index: int, note: bytes, size: int | None = None) -> ProvedEntry:
        leaf, core, salt = self._entries[index]
        path = tuple(inclusion_path(index, size or self.size, self._hashes))
        return ProvedEntry(leaf, core, salt, index, path, note)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        return consistency_path(old, self.size if new is None else new, self._hashes)


class World:
    """A founded bureau and a recorder's home under `folder`; `adopt` makes it the bureau's."""

    def __init__(
        self,
        folder: Path,
        code: str = "julu",
        serial: str = "XT-0001",
        key: KeyConfig | None = None,
        counter: CounterConfig | None = None,
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.authority = Authority.create(
            folder / "pki",
            bureau=code,
            domain="localhost",
            name_zh="局",
            name_en="bureau",
            now=datetime.now(UTC),
        )
        self.ledger = Ledger(f"{code}.localhost/ledger")
        self.station = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
        self.escrow = ec.generate_private_key(ec.SECP256R1())
        self.bureau_key = ec.generate_private_key(ec.SECP256R1())
        self.text_key = ec.generate_private_key(ec.SECP256R1())
        self.officer = str(uuid.uuid4())
        self.softkey = SoftKey()
        self.softkey.create(RP_ID, ORIGIN, self.officer)
        self.serial = serial
        self.home = create(folder / "recorder", serial, key, counter)
        self.counter_kind = self.home.config().counter.kind
        self.signer = open_parts(self.home.config(), self.home.folder)[0]
        self.note = b""

    def policy_core(self, version: int = 1) -> dict[str, Any]:
        holders = {
            "keyholder": public_jwk(self.bureau_key.public_key()),
            "escrow": public_jwk(self.escrow.public_key()),
        }
        return {
            "version": version,
            "sharing": "county",
            "shares": [holders],
            "text_key": public_jwk(self.text_key.public_key()),
            "officer_check_least": "key",
            "quorum": 1,
            "copies": 1,
        }

    def assigned_core(self, **changed: Any) -> dict[str, Any]:
        credential = self.softkey.credentials[0]
        core = {
            "recorder": self.signer.kid,
            "officer": self.officer,
            "station": self.station.kid,
            "bay": 1,
            "rp_id": RP_ID,
            "origin": ORIGIN,
            "credentials": [{"id": b64u(credential.id), "public_key": b64u(credential.public_key)}],
            "officer_check_least": "key",
            "drill": False,
            "deputy": False,
            "reason_code": None,
        }
        return core | changed

    def found(self) -> dict[str, Any]:
        """The first entries, and the JSON of `adopt.json`."""
        enrolled = {
            "recorder": self.signer.kid,
            "jwk": self.signer.jwk,
            "serial": self.serial,
            "counter_kind": self.counter_kind,
        }
        self.enrolled_index = self.ledger.add("recorder-enrolled/1", enrolled)
        self.policy_index = self.ledger.add("policy-set/1", self.policy_core())
        bound = {"recorder": self.signer.kid, "station": self.station.kid, "bay": 1}
        indices = [
            self.policy_index,
            self.ledger.add("recorder-bound/1", bound),
            self.ledger.add("recorder-assigned/1", self.assigned_core()),
        ]
        self.note = self.ledger.note()
        return {
            "checkpoint": self.note.decode(),
            "consistency": [],
            "entries": [self.ledger.prove(index, self.note).to_json() for index in indices],
            "enrolled": self.ledger.prove(self.enrolled_index, self.note).to_json(),
        }

    def roots(self) -> bytes:
        return (self.authority.folder / "root.pem").read_bytes()

    def trust(self) -> bytes:
        return compose(
            self.authority, self.ledger.signer.vkey, [self.ledger.cosigner.vkey], 1, datetime.now(UTC)
        )

    def papers(self, **changed: bytes) -> Papers:
        csr = self.home.file("tls.csr").read_bytes()
        papers = {
            "trust": self.trust(),
            "certificate": self.authority.issue(csr, "recorder", datetime.now(UTC)),
            "roots": self.roots(),
            "entries": json.dumps(self.found()).encode() if "entries" not in changed else b"",
            "crl": (self.authority.folder / "crl.pem").read_bytes(),
        }
        return Papers(**papers | changed)

    def adopt(self, papers: Papers | None = None) -> int:
        return adopt(
            self.home, open_logbook(self.home), papers or self.papers(), self.serial, self.counter_kind
        )

    def member(self, role: str, kid: str | None = None) -> tuple[Path, Path]:
        """Certificate and key of another member of the bureau."""
        key = certificates.new_key()
        folder = self.folder / f"{role}-{secrets.token_hex(4)}"
        folder.mkdir()
        csr = certificates.make_csr(key, kid or b64u(secrets.token_bytes(32)), role)
        (folder / "tls.crt").write_bytes(self.authority.issue(csr, role, datetime.now(UTC)))
        (folder / "tls.key").write_bytes(certificates.key_pem(key))
        return folder / "tls.crt", folder / "tls.key"

    def stored_core(self, life: Any, **changed: Any) -> dict[str, Any]:
        """`recording-stored/1` of a recording that the recorder's logbook tells of."""
        core = {
            "recording": str(life.recording),
            "recorder": self.signer.kid,
            "lines": life.lines,
            "last": life.last.hex(),
            "segments": life.segments,
            "length": life.length,
            "origin": "test",
            "drill": False,
            "officer": self.officer,
            "policy": 1,
        }
        return core | changed


def switch_on_and_off(home: Home) -> Recorder:
    """In the dock, where nobody comes: what a crash left is recovered, nothing is recorded."""
    recorder = Recorder(home, open_logbook(home), SystemClock(), Screen(io.StringIO()))
    recorder.power_on()
    recorder.power_off(recorder.film(None, Wishes()))
    return recorder
