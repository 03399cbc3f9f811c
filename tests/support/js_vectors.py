"""The vectors that a verifier must judge, for the second reader in JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.vectors.judge import read

FOLDER = Path(__file__).parents[2] / "spec" / "vectors"
# What else is in these folders is for those who cosign and mirror the ledger, and not for a verifier.
FOLDERS = (
    "lines",
    "journal",
    "logbook",
    "media",
    "envelopes",
    "receipt",
    "recording",
    "import",
    "trust",
    "tlog",
)
NOT_A_VERIFIERS = {"add-checkpoint", "bundle"}

Vector = dict[str, Any]


def all_vectors() -> list[Vector]:
    paths = [path for folder in FOLDERS for path in sorted((FOLDER / folder).glob("*.vector"))]
    vectors = [asked(path) for path in paths]
    return [vector for vector in vectors if vector["input"] not in NOT_A_VERIFIERS]


def asked(path: Path) -> Vector:
    """Headers, a list where one stands more than once; the bytes in hex."""
    vector = read(path)
    headers = {name: values[0] if len(values) == 1 else values for name, values in vector.headers.items()}
    return headers | {"body": vector.body.hex(), "path": f"{path.parent.name}/{path.stem}"}


def differences(vectors: list[Vector], answers: list[list[str]]) -> dict[str, Any]:
    """What was said otherwise than the vectors demand: path -> (said, demanded)."""
    pairs = {
        vector["path"]: (said, [vector["expect"], vector["layer"]])
        for vector, said in zip(vectors, answers, strict=True)
    }
    return {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}
