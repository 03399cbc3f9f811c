"""A neighbour's ledger in memory, that signs whatever a test makes of it, and the follower round it.

It is a `Source` as the network is one: same bytes, same errors. Its keyholder signs with it, so that what it
signs is signed as joined: tests take keys away where that is the point.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support.recordings import fixed_bytes, fixed_key
from zhilu import strictjson
from zhilu.encoding import format_time
from zhilu.errors import DataError
from zhilu.protocols.federation import Neighbour, Payload, Served, encode_entry
from zhilu.sealed.keys import SoftSigner
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.cosign import CosignatureSigner, cosign
from zhilu.tlog.frontier import MemoryHashes
from zhilu.tlog.merkle import leaf_hash
from zhilu.tlog.merkle import root as root_of
from zhilu.tlog.note import Note, NoteSigner
from zhilu.tlog.proof import make_leaf, payload_digest
from zhilu.tlog.tiles import WIDTH, Tile, parse_path

Change = Callable[[bytes], bytes]
SALT = bytes(range(32))


def ed25519(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(fixed_bytes(name))


class Ledger:
    """`entries` as they are served; `hashes` of the tree that is signed. `note`: newest published."""

    def __init__(self, bureau: str = "julu", tier: str = "county") -> None:
        self.bureau, self.tier = bureau, tier
        self.signer = NoteSigner(f"{bureau}.example/ledger", ed25519(f"ledger of {bureau}"))
        self.keyholder = CosignatureSigner(
            f"{bureau}.view.example/cosigner", ed25519(f"keyholder of {bureau}")
        )
        self.mirror = CosignatureSigner(f"{bureau}.example/mirror", ed25519(f"mirror of {bureau}"))
        self.requests = SoftSigner(fixed_key(f"requests of {bureau}"))
        self.entries_: list[Served] = []
        self.hashes = MemoryHashes()
        self.note: bytes | None = None
        self.cosigned: dict[int, bytes] = {}
        self.acknowledged = 0
        self.asked: list[str] = []
        self.batch: Change = bytes
        """What becomes of a batch on its way."""

    @property
    def neighbour(self) -> Neighbour:
        return Neighbour(
            self.bureau,
            self.tier,
            self.signer.vkey,
            (self.keyholder.vkey,),
            1,
            self.requests.jwk,
            self.mirror.vkey,
            f"{self.bureau}.example",
        )

    @property
    def size(self) -> int:
        return self.hashes.size

    # What its server does.

    def add(
        self,
        kind: str,
        core: dict[str, Any],
        personal: dict[str, Any] | None = None,
        *,
        at: datetime | None = None,
        bureau: str = "",
        actor: str = "",
        subject: str = "x",
    ) -> Served:
        said = strictjson.dumps(core)
        own = None if personal is None else strictjson.dumps(personal)
        leaf = make_leaf(
            bureau=bureau or self.bureau,
            at=format_time(at or datetime.now(UTC)),
            kind=kind,
            actor=actor or self.bureau,
            subject=subject,
            core=payload_digest(SALT, said),
            personal=None if own is None else payload_digest(SALT, own),
        )
        return self.put(Served(leaf, Payload(said, SALT), None if own is None else Payload(own, SALT)))

    def put(self, entry: Served) -> Served:
        self.entries_.append(entry)
        self.hashes.append(leaf_hash(entry.leaf))
        return entry

    def publish(self, size: int | None = None, *, cosigned: bool = True) -> bytes:
        """Signs the tree of `size` as it is now."""
        size = self.size if size is None else size
        signed = checkpoints.sign(Checkpoint(self.signer.name, size, root_of(size, self.hashes)), self.signer)
        if cosigned:
            note = Note.parse(signed)
            signed = note.add(cosign(note.text, self.keyholder, int(time.time()))).format()
        self.note = signed
        return signed

    def rewrite(self, index: int, **changed: Any) -> None:
        """Another history: entry `index` says something else, the tree is made anew."""
        before = self.entries_[index]
        leaf = strictjson.loads_object(before.leaf) | changed
        self.entries_[index] = replace(before, leaf=strictjson.dumps(leaf))
        self.retree()

    def cut(self, size: int) -> None:
        """Serves less than it has."""
        del self.entries_[size:]

    def retree(self) -> None:
        self.hashes = MemoryHashes()
        for entry in self.entries_:
            self.hashes.append(leaf_hash(entry.leaf))

    # `Source`.

    def checkpoint(self) -> bytes:
        self.asked.append("checkpoint")
        if self.note is None:
            raise LookupError
        return self.note

    def tile(self, path: str) -> bytes:
        self.asked.append(path)
        place = parse_path(path)
        assert isinstance(place, Tile)
        first = place.index * WIDTH
        if (first + place.width) << 8 * place.level > self.size:
            raise LookupError(path)
        return b"".join(self.hashes.read(8 * place.level, first + at) for at in range(place.width))

    def entries(self, start: int, count: int) -> bytes:
        self.asked.append(f"entries {start}")
        return self.batch(b"".join(map(encode_entry, self.entries_[start : start + count])))

    def cosign(self, size: int, line: bytes) -> int:
        self.asked.append(f"cosign {size}")
        if self.note is None:
            raise DataError("checkpoint-unknown")
        self.cosigned[size] = line
        self.acknowledged = max(self.acknowledged, size)
        return self.acknowledged


def named(number: int) -> dict[str, Any]:
    """Core of a department of this number."""
    return {
        "department": f"00000000-0000-7000-8000-{number:012d}",
        "bureau": "julu",
        "parent": None,
        "kind": "inspection",
        "name": f"第{number}科",
        "order": number,
        "closed": False,
    }


def fill(ledger: Ledger, count: int, start: int = 0) -> None:
    """That many departments."""
    for number in range(start, start + count):
        core = named(number) | {"bureau": ledger.bureau}
        ledger.add("department-set/1", core, subject=core["department"])
