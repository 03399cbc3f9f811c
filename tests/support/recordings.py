"""A small bureau, its recorder and one recording, the same bytes each time: for vectors and tests.

Keys are TEST keys, made from the names below; nobody keeps anything under them. Media are not pictures:
the sealed core does not look inside a segment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhilu.encoding import sha256, unb64u, uuid7
from zhilu.sealed.envelopes import make_shares, make_text
from zhilu.sealed.keys import SoftSigner, public_jwk
from zhilu.sealed.lines import IMPORT, JOURNAL, LOGBOOK, Chain, line_hash
from zhilu.sealed.policy import Policy
from zhilu.sealed.segments import Sealer, key_commitment, recording_key, seal_private
from zhilu.tlog.checkpoint import Checkpoint, sign
from zhilu.tlog.cosign import CosignatureSigner, cosign
from zhilu.tlog.frontier import MemoryHashes
from zhilu.tlog.merkle import consistency_path, inclusion_path, leaf_hash, root
from zhilu.tlog.note import Note, NoteSigner
from zhilu.tlog.proof import ProvedEntry, make_leaf, payload_digest

START = datetime(2026, 11, 24, 10, 40, 3, 123000, UTC)
ORIGIN = "julu.example/ledger"
SEGMENTS = (b"header " * 40, b"first fragment " * 50, b"second fragment " * 30, b"third fragment " * 20)


def fixed_bytes(name: str, size: int = 32) -> bytes:
    return hashlib.shake_256(b"zhilu TEST " + name.encode()).digest(size)


def fixed_key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(fixed_bytes(name)[:31], "big") + 1, ec.SECP256R1())


def fixed_random(name: str) -> Callable[[int], bytes]:
    """A random source that gives the same bytes each time."""
    drawn = iter(range(10**6))
    return lambda size: fixed_bytes(f"{name} {next(drawn)}", size)


def fixed_id(name: str) -> UUID:
    return uuid7(1_795_000_000_000, fixed_bytes(name, 10))


RECORDING = fixed_id("recording")
OFFICER = str(fixed_id("officer"))


class Clock:
    """Steps on at each call."""

    def __init__(self, start: datetime = START, step_ms: int = 500) -> None:
        self.start, self.step_ms, self.ticks = start, step_ms, 0

    def __call__(self) -> tuple[datetime, int]:
        self.ticks += 1
        passed_ms = self.ticks * self.step_ms
        return self.start + timedelta(milliseconds=passed_ms), passed_ms * 1000


def policy_core(version: int = 1, city: bool = False, **changed: Any) -> dict[str, Any]:
    names = ("county", "city") if city else ("county",)
    return {
        "version": version,
        "sharing": "+".join(names),
        "shares": [
            {
                "keyholder": public_jwk(fixed_key(f"{name} keyholder").public_key()),
                "escrow": public_jwk(fixed_key(f"{name} escrow").public_key()),
            }
            for name in names
        ],
        "text_key": public_jwk(fixed_key("text").public_key()),
        "officer_check_least": "key",
        "quorum": 1,
        "copies": 1,
        **changed,
    }


@dataclass
class Ledger:
    """An append-only list with its tree: enough to prove entries."""

    signer: NoteSigner = field(
        default_factory=lambda: NoteSigner(
            ORIGIN, Ed25519PrivateKey.from_private_bytes(fixed_bytes("ledger"))
        )
    )
    cosigner: CosignatureSigner = field(
        default_factory=lambda: CosignatureSigner(
            "keyholder.julu.example", Ed25519PrivateKey.from_private_bytes(fixed_bytes("cosigner"))
        )
    )
    hashes: MemoryHashes = field(default_factory=MemoryHashes)
    entries: list[tuple[bytes, bytes, bytes]] = field(default_factory=list)

    def append(self, kind: str, core: dict[str, Any], at: str = "2026-11-24T08:00:00.000Z") -> int:
        data = json.dumps(core, ensure_ascii=False, separators=(",", ":")).encode()
        salt = fixed_bytes(f"salt {len(self.entries)}")
        leaf = make_leaf(
            bureau="julu",
            at=at,
            kind=kind,
            actor=OFFICER,
            subject=OFFICER,
            core=payload_digest(salt, data),
            personal=None,
        )
        self.entries.append((leaf, data, salt))
        self.hashes.append(leaf_hash(leaf))
        return len(self.entries) - 1

    @property
    def size(self) -> int:
        return len(self.entries)

    def checkpoint(self, at: datetime, cosigned: bool = True) -> bytes:
        note = sign(Checkpoint(ORIGIN, self.size, root(self.size, self.hashes)), self.signer)
        if not cosigned:
            return note
        parsed = Note.parse(note)
        return parsed.add(cosign(parsed.text, self.cosigner, int(at.timestamp()))).format()

    def prove(self, index: int, note: bytes, size: int) -> dict[str, Any]:
        leaf, core, salt = self.entries[index]
        path = tuple(inclusion_path(index, size, self.hashes))
        return ProvedEntry(leaf, core, salt, index, path, note).to_json()

    def consistency(self, old: int, new: int) -> list[str]:
        return [item.hex() for item in consistency_path(old, new, self.hashes)]


@dataclass
class Sample:
    """What lies in a folder of evidence, and the secrets of the test."""

    journal: bytes
    media: bytes
    logbook: bytes
    evidence: dict[str, Any]
    trust: dict[str, Any]
    key: bytes
    shares: list[bytes]
    text_key: bytes
    recorder: SoftSigner
    recording: UUID = RECORDING
    plaintexts: tuple[bytes, ...] = SEGMENTS

    @property
    def journal_lines(self) -> list[bytes]:
        return self.journal.splitlines(keepends=True)

    @property
    def logbook_lines(self) -> list[bytes]:
        return self.logbook.splitlines(keepends=True)

    def files(self) -> dict[str, bytes]:
        return {
            "recording/journal.jws": self.journal,
            "recording/media.sealed": self.media,
            "logbook.jws": self.logbook,
            "receipt.json": dump(self.evidence),
            "trust.json": dump(self.trust),
        }

    def write(self, folder: Path) -> Path:
        for name, data in self.files().items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return folder


def dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass
class Maker:
    """Composes a sample step by step; tests change a field or override a method to make one thing wrong."""

    origin: str = "camera"
    counter_kind: str = "tpm"
    segments: tuple[bytes, ...] = SEGMENTS
    cut: bool = False
    """Power fails before `close`."""
    city: bool = False
    minutes: bool = False
    """A `minute` line after each segment, as if a minute had passed."""
    open_changes: dict[str, Any] = field(default_factory=dict)
    stored_changes: dict[str, Any] = field(default_factory=dict)
    enrolled_changes: dict[str, Any] = field(default_factory=dict)
    trust_changes: dict[str, Any] = field(default_factory=dict)
    policy_changes: dict[str, Any] = field(default_factory=dict)
    random: Callable[[int], bytes] | None = None
    shares_field: list[dict[str, Any]] | None = None
    """Envelopes made before: HPKE is random, vectors are not."""
    text_field: dict[str, str] | None = None

    def __post_init__(self) -> None:
        self.recorder = SoftSigner(fixed_key("recorder"))
        self.ledger = Ledger()
        self.clock = Clock()
        self.draw = self.random or fixed_random("draw")
        self.core = policy_core(city=self.city)
        self.counter = 2
        """Of the recording's opening, then of each minute."""

    def make(self) -> Sample:
        self._found()
        first_note, first_size = self.ledger.checkpoint(START - timedelta(hours=1)), self.ledger.size
        logbook, book = self._logbook_before(first_note)
        journal, media, more = self._record(line_hash(logbook[-1]))
        logbook += self._logbook_after(book, journal, media)
        stored = self._store(journal, media)
        note = self.ledger.checkpoint(START + timedelta(hours=2))
        evidence = {
            "receipt": self.ledger.prove(stored, note, self.ledger.size),
            "enrolled": self.ledger.prove(self.enrolled, first_note, first_size),
            "policy": self.ledger.prove(self.policy, first_note, first_size),
        }
        key, shares, text_key = more
        return Sample(
            b"".join(journal),
            b"".join(media),
            b"".join(logbook),
            evidence,
            self._trust(),
            key,
            shares,
            text_key,
            self.recorder,
            plaintexts=self.segments,
        )

    def _found(self) -> None:
        self.ledger.append("bureau-founded/1", {"bureau": "julu"})
        self.policy = self.ledger.append("policy-set/1", self.core | self.policy_changes)
        enrolled = {"recorder": self.recorder.kid, "jwk": self.recorder.jwk, "serial": "XT-0001"}
        enrolled |= {"counter_kind": self.counter_kind}
        self.enrolled = self.ledger.append("recorder-enrolled/1", enrolled | self.enrolled_changes)

    def _logbook_before(self, note: bytes) -> tuple[list[bytes], Chain]:
        book = Chain()
        lines = [
            self._log(book, "enrolled", **self.enrolled_line()),
            self._log(
                book, "boot", counter=1, uptime_ms=900, checkpoint=sha256(note).hex(), software="zhilu 0.1.0"
            ),
            self._log(book, "recording-opened", counter=2, id=str(RECORDING)),
        ]
        return lines, book

    def enrolled_line(self) -> dict[str, Any]:
        return {
            "serial": "XT-0001",
            "jwk": self.recorder.jwk,
            "roots": [fixed_bytes("root").hex()],
            "ledger": self.ledger.signer.vkey,
            "cosigners": [self.ledger.cosigner.vkey],
            "quorum": 1,
            "counter_kind": self.counter_kind,
            "counter": 0,
        }

    def _log(self, book: Chain, kind: str, **more: Any) -> bytes:
        return book.next(self.recorder, LOGBOOK, kind, *self.clock(), **more)

    def _record(self, opened_by: bytes) -> tuple[list[bytes], list[bytes], tuple[bytes, list[bytes], bytes]]:
        policy = Policy.from_core(self.core)
        shares, shares_field = make_shares(policy, RECORDING, self.draw)
        text_key, text_field = make_text(policy, RECORDING, self.draw)
        key = recording_key(shares, RECORDING)
        chain, typ = Chain(opened_by), IMPORT if self.origin == "import" else JOURNAL
        opened = {
            "id": str(RECORDING),
            "suite": "zhilu-1",
            "origin": self.origin,
            "drill": False,
            "officer": OFFICER,
            "policy": self.core["version"],
            "shares": self.shares_field or shares_field,
            "text": self.text_field or text_field,
            "key_commitment": key_commitment(key, RECORDING).hex(),
            "codec": "avc1.42c01e,mp4a.40.2",
            "media": "video/mp4",
            "width": 1280,
            "height": 720,
        } | self.open_changes
        lines = [chain.next(self.recorder, typ, "open", *self.clock(), **opened)]
        media: list[bytes] = []
        lines += self._segments(chain, typ, Sealer(key, RECORDING), text_key, media)
        if not self.cut:
            closing = {"reason": "power-off", "segments": len(media), "length": sum(map(len, media))}
            lines.append(chain.next(self.recorder, typ, "close", *self.clock(), **closing))
        return lines, media, (key, shares, text_key)

    def _segments(
        self, chain: Chain, typ: str, sealer: Sealer, text_key: bytes, media: list[bytes]
    ) -> Iterator[bytes]:
        for plaintext in self.segments:
            i, sealed = sealer.seal(plaintext)
            more = {
                "i": i,
                "offset": sum(map(len, media)),
                "length": len(sealed),
                "sha256": sha256(sealed).hex(),
                "pts_us": max(i - 1, 0) * 2_000_000,
                "duration_us": 2_000_000 if i else 0,
            }
            if i:
                position = {
                    "at": "2026-11-24T10:40:03.000Z",
                    "lat": 371_840_000 + i,
                    "lon": 1_150_300_000 + i,
                }
                more["private"] = seal_private(text_key, RECORDING, chain.n, {"position": position})
            media.append(sealed)
            yield chain.next(self.recorder, typ, "segment", *self.clock(), **more)
            if i and self.minutes:
                self.counter += 1
                yield chain.next(self.recorder, typ, "minute", *self.clock(), counter=self.counter)
            if i == 1:
                text = seal_private(text_key, RECORDING, chain.n, {"text": "重点标记"})
                yield chain.next(self.recorder, typ, "mark", *self.clock(), pts_us=1_000_000, private=text)
            if i == 2:
                gap = {"from_us": 4_000_000, "to_us": 4_000_000, "reason": "camera"}
                yield chain.next(self.recorder, typ, "gap", *self.clock(), **gap)

    def _logbook_after(self, book: Chain, journal: list[bytes], media: list[bytes]) -> list[bytes]:
        closed = {"counter": self.counter + 1, **self._closed(journal, media)}
        closed["minutes"] = self.counter - 2
        kind = "recovered" if self.cut else "recording-closed"
        more = {"cut": 0, "torn": 0, "until": at_of(journal[-1])} if self.cut else {}
        lines = [self._log(book, kind, **closed, **more)]
        if not self.cut:
            lines.append(self._log(book, "shutdown", reason="power-off"))
        return lines

    def _closed(self, journal: list[bytes], media: list[bytes]) -> dict[str, Any]:
        return {
            "id": str(RECORDING),
            "lines": len(journal),
            "last": line_hash(journal[-1]).hex(),
            "segments": len(media),
            "length": sum(map(len, media)),
        }

    def _store(self, journal: list[bytes], media: list[bytes]) -> int:
        core = self._closed(journal, media)
        core["recording"] = core.pop("id")
        core |= {
            "recorder": self.recorder.kid,
            "origin": self.origin,
            "drill": False,
            "officer": OFFICER,
            "policy": self.core["version"],
            "opened_at": "2026-11-24T10:40:05.123Z",
            "closed_at": "2026-11-24T10:40:09.123Z",
            "handover": fixed_bytes("handover").hex(),
            "officer_check": "key",
            "station": SoftSigner(fixed_key("station")).kid,
            "bay": 1,
            "closed_by": "recovered" if self.cut else "recording-closed",
            "copies": 1,
        }
        return self.ledger.append("recording-stored/1", core | self.stored_changes)

    def _trust(self) -> dict[str, Any]:
        return {
            "type": "zhilu-trust/1",
            "bureau": "julu",
            "name": {"zh": "巨鹿县税务局", "en": "Julu County Tax Bureau"},
            "issued": "2026-11-01T00:00:00.000Z",
            "roots": ["-----BEGIN CERTIFICATE-----\nTEST\n-----END CERTIFICATE-----\n"],
            "ledger": self.ledger.signer.vkey,
            "cosigners": [self.ledger.cosigner.vkey],
            "quorum": 1,
            "revoked": [],
        } | self.trust_changes


def at_of(line: bytes) -> str:
    return str(json.loads(unb64u(line.split(b".")[1]))["at"])


class MemoryMedia:
    """`sealed.media.ReadAt` over bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


# The names by which other parts' tests know them; pytest takes `test_…` in a test's module for a test.
test_bytes, test_key, test_random, test_id = fixed_bytes, fixed_key, fixed_random, fixed_id
