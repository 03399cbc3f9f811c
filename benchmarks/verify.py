"""Verifying an hour as `zhilu verify` does, the file in the page cache. Bounds and verifier take turns.

- `verify_ratio` ≥ 0.8: bytes a second of the whole verification (journal, media, logbook, proofs), as share
  of the bound's: one thread, SHA-256 and AES-256-GCM over the same bytes, as in benchmarks/seal.py.
- `verify_sha_ratio`: the stricter one, against one thread that reads the file and does SHA-256 alone.
- `verify_s`: seconds for the hour (2.6 GB, 1,800 segments). `verify_rss_mb`: what its process held at most.
- `journal_hour_verify_s` ≤ 1: the journal of the hour alone, every line's signature.

The verifier hashes in two threads; a machine with one core gives lower figures. ZHILU_VERIFY_SEGMENTS makes
the recording shorter.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from support.hours import SEGMENT, SEGMENTS, an_hour
from support.rounds import on_disk, take_turns
from zhilu.encoding import sha256
from zhilu.sealed.journal import JournalReader
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.report import Report
from zhilu.sealed.segments import TAG_SIZE
from zhilu.sealed.trust import Trust
from zhilu.verify.check import judge
from zhilu.verify.files import find, lines

ROUNDS = 7


def run() -> dict[str, float]:
    segments = int(os.environ.get("ZHILU_VERIFY_SEGMENTS", SEGMENTS))
    with on_disk() as folder:
        evidence = an_hour(folder, segments=segments)
        journal, media = folder / "recording/journal.jws", folder / "recording/media.sealed"
        trust = Trust.loads(evidence.trust)
        taken = take_turns(
            ROUNDS,
            sha=lambda: _each(media, sha256),
            cipher=_encrypting(segments),
            hashing=_hashing(segments),
            verify=lambda: _sound(judge(find(folder), trust)),
            journal=lambda: _read(journal, evidence.signer.jwk, evidence.signer.kid),
        )
        peak = _peak_mb(folder)
    return {
        "verify_ratio": (taken["cipher"] + taken["hashing"]) / taken["verify"],
        "verify_sha_ratio": taken["sha"] / taken["verify"],
        "verify_s": taken["verify"],
        "verify_rss_mb": peak,
        "journal_hour_verify_s": taken["journal"],
    }


def _sound(report: Report) -> None:
    assert report.sound, report.first
    assert report.facts["anchored"]


def _each(media: Path, take: Callable[[bytes], object]) -> None:
    with media.open("rb", buffering=0) as file:
        while data := file.read(SEGMENT + TAG_SIZE):
            take(data)


def _encrypting(segments: int) -> Callable[[], None]:
    data, sealed, cipher = os.urandom(SEGMENT), bytearray(SEGMENT + TAG_SIZE), AESGCM(bytes(32))

    def encrypt() -> None:
        for i in range(segments):
            cipher.encrypt_into(i.to_bytes(12, "big"), data, b"", sealed)

    return encrypt


def _hashing(segments: int) -> Callable[[], None]:
    data = os.urandom(SEGMENT)

    def hashing() -> None:
        for _ in range(segments):
            sha256(data)

    return hashing


def _read(journal: Path, jwk: dict[str, str], kid: str) -> None:
    reader = JournalReader(load_jwk(jwk), kid)
    for line in lines(journal):
        reader.feed(line)
    reader.finish()
    assert not reader.findings, reader.findings[0]


def _peak_mb(folder: Path) -> float:
    """Of a process of its own."""
    command = [sys.executable, "-c", ALONE, "verify", str(folder), "--trust", str(folder / "trust.json")]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent / "tests")}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stderr)


ALONE = """
import sys
from support.rounds import peak_mb
from zhilu.cli import main
code = main(sys.argv[1:])
print(peak_mb(), file=sys.stderr)
sys.exit(code)
"""
