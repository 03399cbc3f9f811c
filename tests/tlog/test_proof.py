"""spec/ledger.md §1 and §5: a proved entry, and each way in which it must not pass."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from zhilu import strictjson
from zhilu.encoding import h
from zhilu.errors import CallerError, DataError
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.cosign import CosignatureSigner, cosign
from zhilu.tlog.frontier import MemoryHashes
from zhilu.tlog.merkle import inclusion_path, leaf_hash, root
from zhilu.tlog.note import Note, NoteSigner
from zhilu.tlog.proof import (
    LedgerKeys,
    ProvedEntry,
    make_leaf,
    open_payload,
    parse_leaf,
    payload_digest,
    verify_entry,
)


def key(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


ORIGIN = "julu.example/ledger"
LEDGER = NoteSigner(ORIGIN, key(1))
COUNTY = CosignatureSigner("julu.example/keyholder", key(2))
KEYS = LedgerKeys.from_vkeys(LEDGER.vkey, [COUNTY.vkey], 1)
KIND = "recording-stored/1"
NOW = 1_700_000_000


def salt(number: int) -> bytes:
    return bytes([number]) * 32


def core(number: int) -> bytes:
    return strictjson.dumps({"recording": f"number {number}", "lines": number})


def leaf(number: int, **other: Any) -> bytes:
    values: dict[str, Any] = {
        "bureau": "julu",
        "at": "2026-11-24T10:40:03.123Z",
        "kind": KIND,
        "actor": "station",
        "subject": "recorder",
        "core": payload_digest(salt(number), core(number)),
        "personal": None,
    }
    return make_leaf(**(values | other))


def note(tree: MemoryHashes, signer: NoteSigner = LEDGER) -> bytes:
    signed = Note.parse(checkpoints.sign(Checkpoint(ORIGIN, tree.size, root(tree.size, tree)), signer))
    return signed.add(cosign(signed.text, COUNTY, NOW)).format()


def ledger_of(leaves: list[bytes]) -> MemoryHashes:
    tree = MemoryHashes()
    for data in leaves:
        tree.append(leaf_hash(data))
    return tree


LEAVES = [leaf(number) for number in range(21)]
TREE = ledger_of(LEAVES)
NOTE = note(TREE)


def entry(index: int) -> ProvedEntry:
    path = tuple(inclusion_path(index, TREE.size, TREE))
    return ProvedEntry(LEAVES[index], core(index), salt(index), index, path, NOTE)


def alone(data: bytes, core_bytes: bytes, salt_bytes: bytes) -> ProvedEntry:
    """A ledger that holds this one leaf, whatever it is, well signed."""
    return ProvedEntry(data, core_bytes, salt_bytes, 0, (), note(ledger_of([data])))


def refused(bad: ProvedEntry, code: str, keys: LedgerKeys = KEYS, kind: str | None = KIND) -> None:
    with pytest.raises(DataError) as caught:
        verify_entry(bad, keys, kind)
    assert caught.value.code == code


def test_every_entry_of_a_ledger_is_proved() -> None:
    for index in range(TREE.size):
        verified = verify_entry(ProvedEntry.loads(entry(index).dumps()), KEYS, KIND)
        assert verified.core == {"recording": f"number {index}", "lines": index}
        assert (verified.leaf["kind"], verified.index, verified.checkpoint.size) == (KIND, index, 21)
        assert (verified.cosignatures, verified.cosigned_at) == (((COUNTY.name, NOW),), NOW)


def test_the_digest_is_that_of_the_specification() -> None:
    assert payload_digest(salt(1), b"{}") == h("zhilu/payload/v1", salt(1), b"{}")
    with pytest.raises(CallerError):
        payload_digest(b"short", b"{}")


GOOD = entry(13)
TAMPERED: list[tuple[str, ProvedEntry, str]] = [
    ("another core", replace(GOOD, core=core(12)), "payload"),
    ("another salt", replace(GOOD, salt=salt(12)), "payload"),
    ("a short salt", replace(GOOD, salt=salt(13)[:31]), "payload"),
    ("a byte moved from salt to core", replace(GOOD, salt=salt(13)[:31], core=b"\x0d" + core(13)), "payload"),
    ("white space in the core", replace(GOOD, core=core(13) + b" "), "payload"),
    ("another leaf", replace(GOOD, leaf=LEAVES[12]), "inclusion"),
    ("white space in the leaf", replace(GOOD, leaf=GOOD.leaf + b" "), "inclusion"),
    ("another index", replace(GOOD, index=12), "inclusion"),
    ("an index beyond the tree", replace(GOOD, index=21), "inclusion"),
    ("an index below zero", replace(GOOD, index=-1), "inclusion"),
    ("a path cut short", replace(GOOD, path=GOOD.path[:-1]), "inclusion"),
    ("a path prolonged", replace(GOOD, path=(*GOOD.path, bytes(32))), "inclusion"),
    ("a path turned round", replace(GOOD, path=GOOD.path[::-1]), "inclusion"),
    ("a path of another entry", replace(GOOD, path=entry(12).path), "inclusion"),
    ("a node as leaf", replace(GOOD, leaf=leaf_hash(b"a") + leaf_hash(b"b")), "inclusion"),
    ("a leaf too long", replace(GOOD, leaf=bytes(65_536)), "inclusion"),
    ("a checkpoint cut short", replace(GOOD, checkpoint=NOTE[:-1]), "note"),
    ("a checkpoint altered", replace(GOOD, checkpoint=NOTE.replace(b"\n21\n", b"\n22\n")), "note-signature"),
]


@pytest.mark.parametrize(("bad", "code"), [pytest.param(bad, code, id=name) for name, bad, code in TAMPERED])
def test_tampered_entries(bad: ProvedEntry, code: str) -> None:
    refused(bad, code)


def test_a_checkpoint_without_its_cosignature() -> None:
    signed = Note.parse(NOTE)
    refused(replace(GOOD, checkpoint=replace(signed, signatures=signed.signatures[:1]).format()), "quorum")


def test_another_kind_than_wanted() -> None:
    refused(GOOD, "kind", kind="policy-set/1")
    refused(GOOD, "kind", kind="recording-stored/2")
    assert verify_entry(GOOD, KEYS).leaf["kind"] == KIND


def test_another_ledger() -> None:
    other = NoteSigner(ORIGIN, key(9))
    refused(replace(GOOD, checkpoint=note(TREE, other)), "note-signature")
    refused(GOOD, "note-signature", keys=LedgerKeys.from_vkeys(other.vkey, [COUNTY.vkey], 1))


BAD_LEAVES: list[tuple[str, bytes, str]] = [
    ("not JSON", b"not JSON", "json"),
    ("a key twice", LEAVES[1].replace(b'{"bureau"', b'{"kind":"policy-set/1","bureau"'), "json"),
    ("a byte order mark", b"\xef\xbb\xbf" + LEAVES[1], "json"),
    ("an array", b"[" + LEAVES[1] + b"]", "json"),
    ("no kind", LEAVES[1].replace(b'"kind"', b'"sort"'), "field"),
    ("a kind without version", LEAVES[1].replace(b"stored/1", b"stored"), "field"),
    ("a kind of version 0", LEAVES[1].replace(b"stored/1", b"stored/0"), "field"),
    ("no personal", LEAVES[1].replace(b',"personal":null', b""), "field"),
    ("personal a number", LEAVES[1].replace(b":null", b":1"), "field"),
    ("personal no digest", LEAVES[1].replace(b":null", b':"00"'), "field"),
    ("an empty actor", LEAVES[1].replace(b'"station"', b'""'), "field"),
    ("a core in capitals", LEAVES[1].replace(b'"core":"', b'"core":"A'), "field"),
    ("a time of another form", LEAVES[1].replace(b".123Z", b"Z"), "field"),
]


@pytest.mark.parametrize(
    ("data", "code"), [pytest.param(data, code, id=name) for name, data, code in BAD_LEAVES]
)
def test_leaves_that_the_ledger_should_not_have_taken(data: bytes, code: str) -> None:
    """In the tree, well signed, and still refused."""
    assert data != LEAVES[1]
    refused(alone(data, core(1), salt(1)), code, kind=None)


@pytest.mark.parametrize("data", [b"", b"[]", b'{"a":1,"a":2}', b'{"a":1.5}', b"\xff", b"{}" + b" " * 2**20])
def test_a_core_that_is_not_strict_json(data: bytes) -> None:
    digest = payload_digest(salt(1), data)
    refused(alone(leaf(1, core=digest), data, salt(1)), "json")


def test_the_personal_part_opens_the_same_way() -> None:
    data = strictjson.dumps({"name": "王某"})
    made = parse_leaf(leaf(1, personal=payload_digest(salt(2), data)))
    assert open_payload(made["personal"], salt(2), data) == {"name": "王某"}
    with pytest.raises(DataError):
        open_payload(made["core"], salt(2), data)


def test_a_leaf_may_have_fields_that_we_do_not_know() -> None:
    data = LEAVES[1].replace(b'{"bureau"', b'{"later":[1],"bureau"')
    assert verify_entry(alone(data, core(1), salt(1)), KEYS, KIND).leaf == parse_leaf(LEAVES[1])


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "Recording/1"},
        {"kind": "recording-stored/100"},
        {"kind": "recording-stored/01"},
        {"at": "now"},
        {"bureau": ""},
        {"core": b"short"},
        {"personal": b""},
        {"actor": "\ud800"},
    ],
)
def test_no_bad_leaf_is_made(other: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        leaf(1, **other)


SPOIL: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("no leaf", lambda e: e.pop("leaf")),
    ("leaf a number", lambda e: e.update(leaf=1)),
    ("leaf padded", lambda e: e.update(leaf="AA==")),
    ("core in the other base64", lambda e: e.update(core="+/+/")),
    ("salt not canonical", lambda e: e.update(salt="AB")),
    ("index a text", lambda e: e.update(index="3")),
    ("index a boolean", lambda e: e.update(index=True)),
    ("path a text", lambda e: e.update(path="00" * 32)),
    ("path of numbers", lambda e: e.update(path=[1])),
    ("path in capitals", lambda e: e.update(path=["AA" * 32])),
    ("path of short hashes", lambda e: e.update(path=["00" * 31])),
    ("path of 64 hashes", lambda e: e.update(path=["00" * 32] * 64)),
    ("no checkpoint", lambda e: e.pop("checkpoint")),
    ("checkpoint null", lambda e: e.update(checkpoint=None)),
]


@pytest.mark.parametrize("spoil", [pytest.param(spoil, id=name) for name, spoil in SPOIL])
def test_other_json_is_refused(spoil: Callable[[dict[str, Any]], Any]) -> None:
    value = GOOD.to_json()
    spoil(value)
    with pytest.raises(DataError):
        ProvedEntry.loads(strictjson.dumps(value))


def test_the_longest_path_is_read() -> None:
    value = GOOD.to_json() | {"path": ["00" * 32] * 63}
    assert len(ProvedEntry.from_json(value).path) == 63


def test_a_leaf_that_is_too_long_for_a_bundle() -> None:
    """In the tree, well signed, and still refused; 65,535 bytes are the most."""
    filler = LEAVES[1].replace(b'{"bureau"', b'{"later":"' + b"x" * 65_000 + b'","bureau"')
    for length in (65_535, 65_536):
        data = filler + b" " * (length - len(filler))
        if length == 65_535:
            assert verify_entry(alone(data, core(1), salt(1)), KEYS, KIND).core
        else:
            refused(alone(data, core(1), salt(1)), "json")


def test_no_truncated_json_is_read() -> None:
    data = GOOD.dumps()
    for length in range(len(data)):
        with pytest.raises(DataError):
            ProvedEntry.loads(data[:length])


def test_the_limit_of_a_file() -> None:
    with pytest.raises(DataError) as caught:
        ProvedEntry.loads(GOOD.dumps() + b" " * (2 * 2**20))
    assert caught.value.code == "json"


@given(st.integers(0, 20), st.data())
def test_no_altered_byte_of_leaf_or_core_passes(index: int, data: st.DataObject) -> None:
    good = entry(index)
    field = data.draw(st.sampled_from(["leaf", "core", "salt", "checkpoint"]))
    value: bytes = getattr(good, field)
    at = data.draw(st.integers(0, len(value) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    altered = value[:at] + bytes([value[at] ^ bit]) + value[at + 1 :]
    with pytest.raises(DataError):
        verify_entry(replace(good, **{field: altered}), KEYS, KIND)


def test_keys_that_are_none() -> None:
    with pytest.raises(DataError):
        LedgerKeys.from_vkeys(COUNTY.vkey, [COUNTY.vkey], 1)
    with pytest.raises(DataError):
        LedgerKeys.from_vkeys(LEDGER.vkey, [LEDGER.vkey], 1)
    with pytest.raises(CallerError):
        LedgerKeys.from_vkeys(LEDGER.vkey, [COUNTY.vkey], 2)
    assert KEYS.origin == ORIGIN
