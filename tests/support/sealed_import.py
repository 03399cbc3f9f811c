"""A file as a station seals it at import: for the viewing room's page to verify, open and show."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from support.recordings import policy_core
from support.sealed_video import RECORDING, SealedVideo
from zhilu.sealed.imports import PIECE, Source
from zhilu.sealed.keys import SoftSigner
from zhilu.sealed.lines import IMPORT
from zhilu.sealed.policy import Policy
from zhilu.station import import_seal
from zhilu.station.import_names import Claims
from zhilu.station.import_seal import Read, Terms, digest, examine, private_claims

START = datetime(2026, 11, 24, 2, 10, 3, 123000, UTC)


def seal_import(path: Path, source_sha256: bytes = b"") -> SealedVideo:
    """`source_sha256`: a station that says another hash than the file's."""
    signer = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
    policy = Policy.from_core(policy_core())
    terms = Terms(signer, policy, bytes(32), None, lambda: START)
    with path.open("rb") as file:
        read = examine(file, digest(file))
    if source_sha256:
        claimed = Source(source_sha256, read.source.size, read.source.state, read.source.duration_us)
        read = Read(claimed, read.media, read.probed)
    writer = import_seal._Writer(terms, RECORDING, bytes(32))
    lines = [writer.open(read, private_claims(path.name.encode(), Claims(), 0.0))]
    data = path.read_bytes()
    plain = [data[at : at + PIECE] for at in range(0, max(len(data), 1), PIECE)]
    media = []
    for piece in plain:
        sealed, line = writer.segment(piece)
        media.append(sealed)
        lines.append(line)
    lines.append(writer.close())
    share, key = writer._shares[0], writer._key
    return SealedVideo(
        b"".join(lines), media, plain, key, share, signer, RECORDING, START, START, IMPORT, "import"
    )
