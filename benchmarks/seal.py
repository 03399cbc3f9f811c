"""Sealing as the recorder does it. The bound: one thread, SHA-256 and AES-256-GCM over the same bytes.

- `seal_ratio` ≥ 0.8: bytes a second of the sealing path (key of the segment, AES-256-GCM, SHA-256, the signed
  and chained line), as share of the bound's. Segments of 2 s at 5.8 Mbit/s. Nothing is written to storage.
- `seal_16mib_ratio`: the same with the largest segments that there are.
- `seal_overhead_ms` ≤ 1: what the path takes beyond the bound, a segment.
- `seal_durable_ms`: a segment and its line through `Appender`, each with fdatasync: storage's figure.

The bound is made with the same library, encrypts into a buffer that is there already, and takes the faster of
the two SHA-256 at hand (the library's, the interpreter's). Bound and path take turns within one run.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from support.recordings import RECORDING, fixed_bytes, fixed_key
from support.rounds import on_disk, take_turns
from zhilu.durable import Appender
from zhilu.encoding import sha256
from zhilu.sealed.keys import SoftSigner
from zhilu.sealed.lines import JOURNAL, Chain
from zhilu.sealed.segments import TAG_SIZE, Sealer

SEGMENT = 1_450_000
"""Bytes: 2 s at 5.8 Mbit/s."""
LARGEST = 16 * 2**20
AT = datetime(2026, 11, 24, tzinfo=UTC)
Store = Callable[[Any], object]


def run() -> dict[str, float]:
    usual = _measure(SEGMENT, 20, 41)
    largest = _measure(LARGEST, 2, 21)
    return {
        "seal_ratio": usual["bound"] / usual["path"],
        "seal_16mib_ratio": largest["bound"] / largest["path"],
        "seal_overhead_ms": (usual["path"] - usual["bound"]) * 1000,
        "seal_durable_ms": _durable_ms(),
    }


def _measure(size: int, segments: int, rounds: int) -> dict[str, float]:
    """Median seconds a segment of `bound` and `path`."""
    data = os.urandom(size)
    taken = take_turns(
        rounds,
        cipher=_encrypting(data, segments),
        library=lambda: [_library_sha256(data) for _ in range(segments)],
        interpreter=lambda: [sha256(data) for _ in range(segments)],
        path=_sealing(data, segments),
    )
    bound = taken["cipher"] + min(taken["library"], taken["interpreter"])
    return {"bound": bound / segments, "path": taken["path"] / segments}


def _encrypting(data: bytes, segments: int) -> Callable[[], object]:
    cipher, sealed = AESGCM(fixed_bytes("key")), bytearray(len(data) + TAG_SIZE)

    def encrypt() -> None:
        for i in range(segments):
            cipher.encrypt_into(i.to_bytes(12, "big"), data, b"", sealed)

    return encrypt


def _library_sha256(data: bytes) -> bytes:
    digest = Hash(SHA256())
    digest.update(data)
    return digest.finalize()


def _sealing(data: bytes, segments: int, media: Store = len, journal: Store = len) -> Callable[[], object]:
    sealer, chain = Sealer(fixed_bytes("key"), RECORDING), Chain()
    signer = SoftSigner(fixed_key("recorder"))

    def seal() -> None:
        for _ in range(segments):
            i, sealed = sealer.lend(data)
            media(sealed)
            place = {"offset": i * len(sealed), "length": len(sealed), "sha256": sha256(sealed).hex()}
            times = {"pts_us": i * 2_000_000, "duration_us": 2_000_000}
            journal(chain.next(signer, JOURNAL, "segment", AT, i * 2_000_000, i=i, **place, **times))

    return seal


def _durable_ms() -> float:
    with on_disk() as folder:
        media, journal = Appender(folder / "media"), Appender(folder / "journal")
        taken = take_turns(41, durable=_sealing(os.urandom(SEGMENT), 1, media.append, journal.append))
        media.close()
        journal.close()
    return taken["durable"] * 1000
