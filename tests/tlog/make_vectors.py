"""Makes spec/vectors/tlog: one file for each rule of spec/ledger.md that bytes can break.

    python tests/tlog/make_vectors.py DIR      writes DIR/tlog/*.vector

A vector is header lines `name: value`, an empty line, then the bytes under test. The README that this
writes beside them explains the headers. Same bytes each time: every key is a TEST key from a fixed seed.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhilu.encoding import b64u
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.cosign import CosignatureSigner, cosign
from zhilu.tlog.frontier import MemoryHashes
from zhilu.tlog.merkle import consistency_path, inclusion_path, leaf_hash, root
from zhilu.tlog.note import Note, NoteSigner, Signature
from zhilu.tlog.proof import ProvedEntry, make_leaf, payload_digest
from zhilu.tlog.tiles import encode_bundle
from zhilu.tlog.witness import add_checkpoint_request

README = """# Vectors of the ledger

Each `*.vector` file is header lines `name: value`, an empty line, and the bytes under test, to the end
of the file. One failure each; `expect: ok` are the ones that must pass. Every key is a TEST key whose
secret can be made by anyone from `tests/tlog/make_vectors.py`: trust none of them.

Headers:

- `input`: what the bytes are. `json`: strict JSON. `checkpoint`: a note. `entry`: a proved entry.
  `consistency`: JSON of `old`, `old_root`, `new`, `new_root`, `path` (hex). `add-checkpoint`: a request to a
  cosigner. `bundle`: leaves of a tile.
- `spec`: the rule.
- `expect`: `ok` or the code of the refusal; for `add-checkpoint` status and code.
- `layer`: who must refuse: `json`, `encoding`, `field`, `note`, `checkpoint`, `merkle`, `entry`, `tile`,
  `witness`. A refusal by another layer is a failure too: the right one let it pass, or never saw it.
- `ledger`, `cosigner`, `quorum`: keys as vkeys, and the policy.
- `kind`: the kind that the asker wants.
- `stored`: size and root (hex) that the cosigner stored last, or `none`.
- `count`: leaves in the bundle.
"""


def secret(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"TEST KEY " + name.encode()).digest())


ORIGIN = "test.example/ledger"
LEDGER = NoteSigner(ORIGIN, secret("ledger"))
COUNTY = CosignatureSigner("test.example/keyholder", secret("county"))
CITY = CosignatureSigner("city.example/mirror", secret("city"))
STRANGER = CosignatureSigner("stranger.example", secret("stranger"))
KIND = "recording-stored/1"
NOW = 1_795_517_003


@dataclass(frozen=True)
class Vector:
    name: str
    input: str
    spec: str
    expect: str
    layer: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    def write(self) -> bytes:
        rows = [
            ("name", self.name),
            ("input", self.input),
            ("spec", self.spec),
            ("expect", self.expect),
            ("layer", self.layer),
            *self.headers,
        ]
        return "".join(f"{name}: {value}\n" for name, value in rows).encode() + b"\n" + self.body


POLICY = (("ledger", LEDGER.vkey), ("cosigner", COUNTY.vkey), ("cosigner", CITY.vkey), ("quorum", "2"))


def tree_of(leaves: list[bytes]) -> MemoryHashes:
    tree = MemoryHashes()
    for leaf in leaves:
        tree.append(leaf_hash(leaf))
    return tree


def salt(number: int) -> bytes:
    return hashlib.sha256(b"TEST SALT %d" % number).digest()


def core(number: int) -> bytes:
    return json.dumps({"recording": f"TEST {number}", "lines": number}, separators=(",", ":")).encode()


def leaf(number: int) -> bytes:
    return make_leaf(
        bureau="test",
        at=f"2026-11-24T10:40:{number:02d}.123Z",
        kind=KIND,
        actor="station",
        subject="recorder",
        core=payload_digest(salt(number), core(number)),
        personal=None,
    )


LEAVES = [leaf(number) for number in range(21)]
TREE = tree_of(LEAVES)
FORK = tree_of([b"another history %d" % number for number in range(21)])


def checkpoint_of(tree: MemoryHashes, size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, root(size, tree))


def signed(tree: MemoryHashes, size: int) -> Note:
    return Note.parse(checkpoints.sign(checkpoint_of(tree, size), LEDGER))


def cosigned(tree: MemoryHashes, size: int) -> Note:
    note = signed(tree, size)
    return note.add(cosign(note.text, COUNTY, NOW)).add(cosign(note.text, CITY, NOW + 60))


def json_vectors() -> Iterator[Vector]:
    cases = [
        ("ok", "ok", b'{"a":[1,null,true,"\xe6\x89\xa7"],"b":-9007199254740991}'),
        ("duplicate-key", "json", b'{"a":1,"a":2}'),
        ("duplicate-key-escaped", "json", b'{"a":1,"\\u0061":2}'),
        ("duplicate-key-deep", "json", b'{"x":[{"a":1,"a":1}]}'),
        ("float", "json", b'{"a":1.0}'),
        ("exponent", "json", b'{"a":1e2}'),
        ("nan", "json", b'{"a":NaN}'),
        ("infinity", "json", b'{"a":-Infinity}'),
        ("minus-zero", "json", b'{"a":-0}'),
        ("integer-too-large", "json", b'{"a":9007199254740992}'),
        ("integer-too-small", "json", b'{"a":-9007199254740992}'),
        ("byte-order-mark", "json", b'\xef\xbb\xbf{"a":1}'),
        ("not-utf8", "json", b'{"a":"\xff"}'),
        ("surrogate-in-utf8", "json", b'{"a":"\xed\xa0\x80"}'),
        ("surrogate-escaped", "json", b'{"a":"\\ud800"}'),
        ("surrogate-in-key", "json", b'{"\\udc00":1}'),
        ("depth-16", "ok", b'{"a":' + b"[" * 15 + b"]" * 15 + b"}"),
        ("depth-17", "json", b'{"a":' + b"[" * 16 + b"]" * 16 + b"}"),
        ("two-values", "json", b"{}{}"),
        ("truncated", "json", b'{"a":1'),
        ("trailing-comma", "json", b'{"a":1,}'),
        ("control-character", "json", b'{"a":"\x01"}'),
    ]
    for name, expect, body in cases:
        layer = "none" if expect == "ok" else "json"
        yield Vector(f"json-{name}", "json", "journal.md §1, strict JSON", expect, layer, body)


def checkpoint_vectors() -> Iterator[Vector]:
    good = cosigned(TREE, 21)
    text, (by_ledger, by_county, by_city) = good.text, good.signatures
    whole = good.format()
    alone = Note(text, (by_ledger,))
    elsewhere = checkpoint_of(TREE, 20).format()
    foreign = replace(checkpoint_of(TREE, 21), origin="other.example/ledger").format()
    no_time, too_late = (
        Signature(
            COUNTY.name,
            COUNTY.verifier.key_id,
            time.to_bytes(8, "big") + secret("county").sign(f"cosignature/v1\ntime {time}\n{text}".encode()),
        )
        for time in (0, 253_370_764_800)
    )
    at_last = alone.add(cosign(text, COUNTY, 253_370_764_799)).add(by_city).format()
    plain = replace(NoteSigner(COUNTY.name, secret("county")).sign(text), key_id=COUNTY.verifier.key_id)
    cases: list[tuple[str, str, str, bytes]] = [
        ("ok", "ok", "none", whole),
        ("ok-with-strangers", "ok", "none", good.add(cosign(text, STRANGER, NOW)).format()),
        ("ok-known-name-unknown-id", "ok", "none", good.add(Signature(ORIGIN, b"\0\0\0\0", b"?")).format()),
        ("text-altered", "note-signature", "note", whole.replace(b"\n21\n", b"\n22\n")),
        ("signature-altered", "note-signature", "note", good.add(flipped(by_ledger)).format()),
        ("cosignature-altered", "note-signature", "note", good.add(flipped(by_county)).format()),
        (
            "cosignature-of-another-text",
            "note-signature",
            "note",
            good.add(cosign(elsewhere, COUNTY, NOW)).format(),
        ),
        ("cosignature-time-moved", "note-signature", "note", good.add(moved(by_county)).format()),
        ("cosignature-time-0", "note-signature", "note", good.add(no_time).format()),
        ("cosignature-time-of-9999", "note-signature", "note", good.add(too_late).format()),
        ("ok-cosignature-time-of-9998", "ok", "none", at_last),
        ("cosignature-without-time", "note-signature", "note", good.add(plain).format()),
        ("ledger-missing", "note-signature", "note", Note(text, (by_county, by_city)).format()),
        ("ledger-twice", "note-signature", "note", Note(text, (by_ledger, *good.signatures)).format()),
        ("cosigner-twice", "note-signature", "note", Note(text, (by_ledger, by_county, by_county)).format()),
        (
            "ledger-of-another-key",
            "note-signature",
            "note",
            Note(text, (NoteSigner(ORIGIN, secret("other")).sign(text), by_county, by_city)).format(),
        ),
        ("quorum-none", "quorum", "checkpoint", alone.format()),
        ("quorum-one-of-two", "quorum", "checkpoint", alone.add(by_city).format()),
        (
            "quorum-filled-by-stranger",
            "quorum",
            "checkpoint",
            alone.add(by_city).add(cosign(text, STRANGER, NOW)).format(),
        ),
        (
            "origin-other",
            "origin",
            "checkpoint",
            Note(
                foreign, (LEDGER.sign(foreign), cosign(foreign, COUNTY, NOW), cosign(foreign, CITY, NOW))
            ).format(),
        ),
        ("truncated-last-newline", "note", "note", whole[:-1]),
        ("truncated-in-signature", "note", "note", whole[:-9]),
        ("no-empty-line", "note", "note", whole.replace(b"\n\n", b"\n")),
        ("carriage-return", "note", "note", whole.replace(b"\n", b"\r\n")),
        ("control-character", "note", "note", whole.replace(b"\n\n", b"\t\n\n")),
        ("not-utf8", "note", "note", whole.replace(b"\n\n", b"\xff\n\n")),
        ("hyphen-for-dash", "note", "note", whole.replace("— ".encode(), b"- ", 1)),
        ("base64-not-padded", "note", "note", whole.replace(b"=\n" + "—".encode(), b"\n" + "—".encode(), 1)),
        ("101-signatures", "note", "note", whole + by_ledger.line().encode() * 98),
        ("too-long", "note", "note", b"x" * 65_536 + b"\n" + whole),
    ]
    for name, expect, layer, body in cases:
        yield Vector(f"checkpoint-{name}", "checkpoint", "ledger.md §2, §3", expect, layer, body, POLICY)
    yield from text_vectors()


def text_vectors() -> Iterator[Vector]:
    """Texts that are no checkpoint, signed all the same."""
    text = checkpoint_of(TREE, 21).format()
    origin, size, encoded, _ = text.split("\n")
    cases = [
        ("size-leading-zero", f"{origin}\n021\n{encoded}\n"),
        ("size-negative", f"{origin}\n-1\n{encoded}\n"),
        ("size-too-large", f"{origin}\n9223372036854775808\n{encoded}\n"),
        ("root-short", f"{origin}\n{size}\n{encoded[:-4]}\n"),
        ("root-missing", f"{origin}\n{size}\n"),
        ("root-not-canonical", f"{origin}\n{size}\n{'A' * 42}B=\n"),
        ("empty-tree-with-root", f"{origin}\n0\n{encoded}\n"),
        ("empty-line", f"{origin}\n{size}\n{encoded}\n\nmore\n"),
    ]
    for name, bad in cases:
        note = Note(bad, (LEDGER.sign(bad), cosign(bad, COUNTY, NOW), cosign(bad, CITY, NOW)))
        body = (bad + "\n" + "".join(s.line() for s in note.signatures)).encode()
        yield Vector(
            f"checkpoint-{name}", "checkpoint", "ledger.md §2", "checkpoint", "checkpoint", body, POLICY
        )


def flipped(signature: Signature) -> Signature:
    return replace(signature, data=signature.data[:-1] + bytes([signature.data[-1] ^ 1]))


def moved(signature: Signature) -> Signature:
    return replace(signature, data=(NOW - 86_400).to_bytes(8, "big") + signature.data[8:])


def entry(number: int) -> ProvedEntry:
    path = tuple(inclusion_path(number, 21, TREE))
    return ProvedEntry(LEAVES[number], core(number), salt(number), number, path, cosigned(TREE, 21).format())


def entry_of(data: bytes, number: int = 1) -> ProvedEntry:
    """A ledger that holds this one leaf, well signed."""
    return ProvedEntry(data, core(number), salt(number), 0, (), cosigned(tree_of([data]), 1).format())


def entry_vectors() -> Iterator[Vector]:
    good = entry(13)
    value = good.to_json()
    cases: list[tuple[str, str, str, bytes]] = [
        ("ok", "ok", "none", good.dumps()),
        ("ok-unknown-field", "ok", "none", dumped(value | {"later": 1})),
        ("core-other", "payload", "entry", replace(good, core=core(12)).dumps()),
        ("core-white-space", "payload", "entry", replace(good, core=core(13) + b" ").dumps()),
        ("salt-other", "payload", "entry", replace(good, salt=salt(12)).dumps()),
        (
            "salt-into-core",
            "payload",
            "entry",
            replace(good, salt=salt(13)[:31], core=salt(13)[31:] + core(13)).dumps(),
        ),
        ("leaf-other", "inclusion", "merkle", replace(good, leaf=LEAVES[12]).dumps()),
        ("leaf-white-space", "inclusion", "merkle", replace(good, leaf=good.leaf + b" ").dumps()),
        ("index-other", "inclusion", "merkle", replace(good, index=12).dumps()),
        ("index-beyond-tree", "inclusion", "merkle", replace(good, index=21).dumps()),
        ("index-negative", "inclusion", "merkle", replace(good, index=-1).dumps()),
        ("path-too-short", "inclusion", "merkle", replace(good, path=good.path[:-1]).dumps()),
        ("path-too-long", "inclusion", "merkle", replace(good, path=(*good.path, bytes(32))).dumps()),
        ("path-swapped", "inclusion", "merkle", replace(good, path=good.path[::-1]).dumps()),
        ("path-of-64", "field", "field", dumped(value | {"path": ["00" * 32] * 64})),
        (
            "checkpoint-of-other-tree",
            "inclusion",
            "merkle",
            replace(good, checkpoint=cosigned(FORK, 21).format()).dumps(),
        ),
        (
            "checkpoint-uncosigned",
            "quorum",
            "checkpoint",
            replace(good, checkpoint=signed(TREE, 21).format()).dumps(),
        ),
        ("path-capitals", "hex32", "encoding", dumped(value | {"path": ["AA" * 32]})),
        ("leaf-padded", "base64", "encoding", dumped(value | {"leaf": value["leaf"] + "="})),
        ("core-standard-base64", "base64", "encoding", dumped(value | {"core": "+/+/"})),
        ("salt-not-canonical", "base64", "encoding", dumped(value | {"salt": b64u(salt(13))[:-1] + "B"})),
        ("index-missing", "field", "field", dumped({key: value[key] for key in value if key != "index"})),
        ("index-text", "field", "field", dumped(value | {"index": "13"})),
        ("index-boolean", "field", "field", dumped(value | {"index": True})),
        ("index-float", "json", "json", good.dumps().replace(b'"index":13', b'"index":13.0')),
        ("duplicate-key", "json", "json", good.dumps().replace(b'"index":13', b'"index":12,"index":13')),
        ("truncated", "json", "json", good.dumps()[:-1]),
        (
            "kind-other",
            "kind",
            "entry",
            entry_of(LEAVES[1].replace(b"recording-stored/1", b"policy-set/1")).dumps(),
        ),
        ("leaf-duplicate-key", "json", "json", entry_of(b'{"kind":"x/1",' + LEAVES[1][1:]).dumps()),
        ("leaf-no-kind", "field", "field", entry_of(LEAVES[1].replace(b'"kind"', b'"sort"')).dumps()),
        (
            "leaf-kind-no-version",
            "field",
            "field",
            entry_of(LEAVES[1].replace(b"stored/1", b"stored")).dumps(),
        ),
        ("leaf-time-form", "field", "field", entry_of(LEAVES[1].replace(b".123Z", b"Z")).dumps()),
        ("leaf-no-personal", "field", "field", entry_of(LEAVES[1].replace(b',"personal":null', b"")).dumps()),
        ("core-not-json", "json", "json", core_of(b'{"a":1,"a":2}').dumps()),
    ]
    headers = (*POLICY, ("kind", KIND))
    for name, expect, layer, body in cases:
        yield Vector(f"entry-{name}", "entry", "ledger.md §1, §5", expect, layer, body, headers)


def core_of(data: bytes) -> ProvedEntry:
    digest = payload_digest(salt(1), core(1)).hex().encode()
    made = LEAVES[1].replace(digest, payload_digest(salt(1), data).hex().encode())
    return replace(entry_of(made), core=data)


def dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def consistency_vectors() -> Iterator[Vector]:
    def body(old: int, new: int, path: list[bytes], old_tree: MemoryHashes = TREE) -> bytes:
        return dumped(
            {
                "old": old,
                "old_root": root(old, old_tree).hex(),
                "new": new,
                "new_root": root(new, TREE).hex(),
                "path": [value.hex() for value in path],
            }
        )

    path = consistency_path(6, 21, TREE)
    cases = [
        ("ok", "ok", body(6, 21, path)),
        ("ok-power-of-two", "ok", body(8, 21, consistency_path(8, 21, TREE))),
        ("ok-equal", "ok", body(21, 21, [])),
        ("ok-from-empty", "ok", body(0, 21, [])),
        ("old-size-other", "consistency", body(5, 21, path)),
        ("new-size-other", "consistency", body(6, 20, path)),
        ("old-root-other", "consistency", body(6, 21, path, FORK)),
        ("path-too-short", "consistency", body(6, 21, path[:-1])),
        ("path-too-long", "consistency", body(6, 21, [*path, bytes(32)])),
        ("path-swapped", "consistency", body(6, 21, path[::-1])),
        ("path-empty", "consistency", body(6, 21, [])),
        ("path-where-equal", "consistency", body(21, 21, [bytes(32)])),
        ("path-from-empty", "consistency", body(0, 21, [bytes(32)])),
        ("root-of-empty", "consistency", body(0, 21, []).replace(root(0, TREE).hex().encode(), b"00" * 32)),
        ("two-roots-of-one-size", "consistency", body(21, 21, [], FORK)),
        ("shrinking", "consistency", body(21, 6, path)),
        ("hash-of-31-bytes", "consistency", body(6, 21, [path[0][:31], *path[1:]])),
    ]
    for name, expect, data in cases:
        layer = "none" if expect == "ok" else "merkle"
        yield Vector(f"consistency-{name}", "consistency", "ledger.md §3, §5", expect, layer, data)


def witness_vectors() -> Iterator[Vector]:
    def ask(old: int, new: int, tree: MemoryHashes = TREE) -> bytes:
        return add_checkpoint_request(old, consistency_path(old, new, tree), signed(tree, new).format())

    path = consistency_path(6, 21, TREE)
    at_6 = f"6 {root(6, TREE).hex()}"
    at_21 = f"21 {root(21, TREE).hex()}"
    other = NoteSigner("other.example/ledger", secret("other"))
    unknown = checkpoints.sign(replace(checkpoint_of(TREE, 21), origin=other.name), other)
    by_other = Note(signed(TREE, 21).text, (NoteSigner(ORIGIN, secret("other")).sign(signed(TREE, 21).text),))
    spliced = add_checkpoint_request(6, path, signed(FORK, 21).format())
    cases = [
        ("ok", "200 ok", at_6, ask(6, 21)),
        ("ok-first", "200 ok", "none", ask(0, 21)),
        ("ok-again", "200 ok", at_21, ask(21, 21)),
        ("unknown-origin", "404 origin", "none", add_checkpoint_request(0, [], unknown)),
        ("not-signed", "403 note-signature", "none", add_checkpoint_request(0, [], by_other.format())),
        ("altered", "403 note-signature", at_6, ask(6, 21).replace(b"\n21\n", b"\n20\n")),
        ("stale", "409 stale", at_6, ask(0, 21)),
        ("ahead", "409 stale", "none", ask(6, 21)),
        ("fork-at-one-size", "409 fork", at_21, ask(21, 21, FORK)),
        ("fork-later", "422 consistency", at_6, ask(6, 21, FORK)),
        ("path-of-other-tree", "422 consistency", at_6, spliced),
        ("path-missing", "422 consistency", at_6, add_checkpoint_request(6, [], signed(TREE, 21).format())),
        (
            "path-from-0",
            "422 consistency",
            "none",
            add_checkpoint_request(0, path, signed(TREE, 21).format()),
        ),
        ("old-size-above", "400 old-size", at_21, add_checkpoint_request(21, [], signed(TREE, 6).format())),
        ("old-size-leading-zero", "400 malformed", at_6, ask(6, 21).replace(b"old 6", b"old 06")),
        (
            "64-hashes",
            "400 malformed",
            at_6,
            add_checkpoint_request(6, [bytes(32)] * 64, signed(TREE, 21).format()),
        ),
        ("no-checkpoint", "400 malformed", at_6, b"old 6\n\n"),
    ]
    for name, expect, stored, body in cases:
        layer = "none" if expect == "200 ok" else "witness"
        headers = (("ledger", LEDGER.vkey), ("stored", stored))
        yield Vector(f"witness-{name}", "add-checkpoint", "ledger.md §3", expect, layer, body, headers)


def bundle_vectors() -> Iterator[Vector]:
    data = encode_bundle(LEAVES[:3])
    cases = [
        ("ok", "ok", "3", data),
        ("one-leaf-less", "tile", "4", data),
        ("one-leaf-more", "tile", "2", data),
        ("truncated", "tile", "3", data[:-1]),
        ("trailing-byte", "tile", "3", data + b"\x00"),
    ]
    for name, expect, count, body in cases:
        layer = "none" if expect == "ok" else "tile"
        yield Vector(f"bundle-{name}", "bundle", "ledger.md §2", expect, layer, body, (("count", count),))


def vectors() -> list[Vector]:
    return [
        *json_vectors(),
        *checkpoint_vectors(),
        *entry_vectors(),
        *consistency_vectors(),
        *witness_vectors(),
        *bundle_vectors(),
    ]


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(README, encoding="utf-8")
    for vector in vectors():
        (folder / f"{vector.name}.vector").write_bytes(vector.write())


if __name__ == "__main__":
    write(Path(sys.argv[1]) / "tlog")
