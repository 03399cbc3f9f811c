"""spec/vectors/tlog: each vector has the verdict that its header states, from the layer that it names."""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from zhilu import strictjson
from zhilu.encoding import EncodingError
from zhilu.errors import DataError
from zhilu.strictjson import FieldError, JsonError
from zhilu.tlog.checkpoint import CheckpointError
from zhilu.tlog.cosign import CosignatureSigner
from zhilu.tlog.merkle import ProofError, verify_consistency
from zhilu.tlog.note import NoteError, NoteVerifier
from zhilu.tlog.proof import EntryError, LedgerKeys, ProvedEntry, verify_entry
from zhilu.tlog.tiles import TileError, decode_bundle
from zhilu.tlog.witness import Witness

FOLDER = Path(__file__).parents[2] / "spec" / "vectors" / "tlog"
LAYERS: dict[type[DataError], str] = {
    JsonError: "json",
    EncodingError: "encoding",
    FieldError: "field",
    NoteError: "note",
    CheckpointError: "checkpoint",
    ProofError: "merkle",
    EntryError: "entry",
    TileError: "tile",
}


@dataclass(frozen=True)
class Vector:
    headers: dict[str, list[str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        (value,) = self.headers[name]
        return value


def read(path: Path) -> Vector:
    head, _, body = path.read_bytes().partition(b"\n\n")
    headers: dict[str, list[str]] = {}
    for row in head.decode().split("\n"):
        name, _, value = row.partition(": ")
        headers.setdefault(name, []).append(value)
    return Vector(headers, body)


def keys_of(vector: Vector) -> LedgerKeys:
    return LedgerKeys.from_vkeys(vector["ledger"], vector.headers["cosigner"], int(vector["quorum"]))


def judge_consistency(vector: Vector) -> None:
    got = strictjson.loads_object(vector.body)
    old_root, new_root = bytes.fromhex(got["old_root"]), bytes.fromhex(got["new_root"])
    path = [bytes.fromhex(value) for value in got["path"]]
    verify_consistency(got["old"], old_root, got["new"], new_root, path)


JUDGES: dict[str, Callable[[Vector], object]] = {
    "json": lambda v: strictjson.loads(v.body),
    "checkpoint": lambda v: keys_of(v).open(v.body),
    "entry": lambda v: verify_entry(ProvedEntry.loads(v.body), keys_of(v), v["kind"]),
    "consistency": judge_consistency,
    "bundle": lambda v: decode_bundle(v.body, int(v["count"])),
}


def verdict(vector: Vector, maker: ModuleType) -> tuple[str, str]:
    if vector["input"] == "add-checkpoint":
        return witness_verdict(vector, maker.COUNTY)
    try:
        JUDGES[vector["input"]](vector)
    except DataError as error:
        return error.code, LAYERS[type(error)]
    return "ok", "none"


def witness_verdict(vector: Vector, signer: CosignatureSigner) -> tuple[str, str]:
    verifier = NoteVerifier.from_vkey(vector["ledger"])
    size, _, root = vector["stored"].partition(" ")
    stored = (int(size), bytes.fromhex(root)) if root else None
    outcome = Witness(signer, {verifier.name: [verifier]}).add_checkpoint(vector.body, stored, 1_795_517_003)
    return f"{outcome.status} {outcome.code}", "none" if outcome.state else "witness"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "make_tlog_vectors", Path(__file__).with_name("make_vectors.py")
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


PATHS = sorted(FOLDER.glob("*.vector"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_verdict_is_as_stated(path: Path, maker: ModuleType) -> None:
    vector = read(path)
    assert vector["name"] == path.stem
    assert verdict(vector, maker) == (vector["expect"], vector["layer"])


def test_every_code_of_the_specification_has_a_vector() -> None:
    codes = {read(path)["expect"] for path in PATHS}
    assert {
        "note-signature",
        "quorum",
        "origin",
        "inclusion",
        "payload",
        "json",
        "kind",
        "consistency",
    } <= codes


def test_making_them_again_changes_nothing(maker: ModuleType, tmp_path: Path) -> None:
    maker.write(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert made.keys() == kept.keys()
    assert [name for name in made if made[name] != kept[name]] == []
