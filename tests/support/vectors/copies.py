"""Vectors of copies (spec/copies.md §2, §3): clips with one thing wrong, packages with one thing wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from support.recordings import Sample, dump, fixed_bytes, fixed_key
from support.vectors.files import Vector
from zhilu.encoding import b64u
from zhilu.sealed.clip import Clip, disclosed
from zhilu.sealed.copies import make_head, nonce, parts, seal_package
from zhilu.sealed.keys import thumbprint
from zhilu.sealed.segments import segment_key

KEY = fixed_key("recipient")
VIEWING = "019ab4ad-5c00-7c11-8a52-3c1f0000aa01"
CONTENT = fixed_bytes("content key")


def clip_of(sample: Sample, first: int = 1, last: int = 2) -> Clip:
    keys = {i: segment_key(sample.key, sample.recording, i) for i in disclosed(first, last)}
    return Clip(sample.recording, first, last, "clip.mp4", keys)


def plain_of(sample: Sample, first: int = 1, last: int = 2) -> bytes:
    return b"".join(sample.plaintexts[i] for i in disclosed(first, last))


def vectors(sample: Sample) -> Iterator[Vector]:
    for name, expect, layer, clip, plain in clips(sample):
        files = sample.files()
        body = {"clip.json": clip, "clip": plain, "journal.jws": sample.journal}
        body |= {part: files[part] for part in ("receipt.json", "logbook.jws", "trust.json")}
        data = dump({part: b64u(content) for part, content in body.items()})
        yield Vector("copies", f"clip-{name}", "clip", "copies.md §2", expect, layer, data)
    secret = KEY.private_numbers().private_value
    for name, expect, data in packages(sample):
        layer = "none" if expect == "ok" else "copy"
        headers = (("secret", f"{secret:064x}"),)
        yield Vector("copies", f"package-{name}", "package", "copies.md §3", expect, layer, data, headers)


def clips(sample: Sample) -> Iterator[tuple[str, str, str, bytes, bytes]]:
    clip, plain = clip_of(sample), plain_of(sample)
    yield "ok", "ok", "none", clip.dumps(), plain
    whole = clip_of(sample, 0, 3), plain_of(sample, 0, 3)
    yield "ok-whole", "ok", "none", whole[0].dumps(), whole[1]
    header = clip_of(sample, 0, 0), plain_of(sample, 0, 0)
    yield "ok-header-only", "ok", "none", header[0].dumps(), header[1]
    swapped = replace(clip, keys={0: clip.keys[0], 1: clip.keys[2], 2: clip.keys[1]})
    yield "keys-swapped", "segment-hash", "media", swapped.dumps(), plain
    other = replace(clip, keys=clip.keys | {2: segment_key(sample.key, sample.recording, 3)})
    yield "key-of-another-segment", "segment-hash", "media", other.dumps(), plain
    yield "one-bit", "segment-hash", "media", clip.dumps(), plain[:-3] + bytes([plain[-3] ^ 1]) + plain[-2:]
    yield "one-byte-less", "media-short", "media", clip.dumps(), plain[:-1]
    yield "one-byte-more", "media-long", "media", clip.dumps(), plain + b"x"
    beyond = replace(whole[0], first=1, last=4, keys=clip_of(sample, 1, 3).keys | {4: bytes(32)})
    yield "beyond-the-recording", "clip-span", "media", beyond.dumps(), plain_of(sample, 1, 3)
    for name, change in malformed(clip):
        body = json.loads(clip.dumps()) | change
        yield name, "clip", "media", dump(body), plain


def malformed(clip: Clip) -> Iterator[tuple[str, dict[str, Any]]]:
    key = b64u(bytes(32))
    yield "keys-one-less", {"keys": [key] * 2}
    yield "keys-one-more", {"keys": [key] * 4}
    yield "key-short", {"keys": [key, key, b64u(bytes(31))]}
    yield "file-elsewhere", {"file": "../clip.mp4"}
    yield "file-unknown", {"file": "clip.exe"}
    yield "span-backwards", {"from": 2, "to": 1}
    yield "span-negative", {"from": -1}
    yield "type-other", {"type": "zhilu-clip/2"}
    yield "recording-no-id", {"recording": "x"}


def contents(sample: Sample, clip: Clip) -> dict[str, bytes]:
    files = sample.files()
    return {
        "clip.json": clip.dumps(),
        "journal.jws": sample.journal,
        "receipt.json": files["receipt.json"],
        "logbook.jws": files["logbook.jws"],
        "clip": plain_of(sample),
        "film": b"a film",
    }


def package(sample: Sample, plain: bytes | None = None, key: Any = KEY, **change: Any) -> bytes:
    body = {"bureau": "julu", "viewing": VIEWING, "recording": str(sample.recording), "from": 1, "to": 2}
    body |= {"recipient": thumbprint(KEY.public_key()), "made": "2026-11-24T13:00:00.000Z"} | change
    if plain is None:
        files = contents(sample, clip_of(sample))
        lengths = {name: len(data) for name, data in files.items()}
        plain = b"".join(parts({name: [data] for name, data in files.items()}, lengths))
    return b"".join(seal_package(make_head(body), [plain], key.public_key(), CONTENT))


def packages(sample: Sample) -> Iterator[tuple[str, str, bytes]]:
    whole = package(sample)
    end = 12 + int.from_bytes(whole[8:12], "big")
    chunk = end + 113
    yield "ok", "ok", whole
    yield "magic", "copy", b"ZHILUCP2" + whole[8:]
    yield "empty", "copy", b""
    yield "head-too-long", "copy", whole[:8] + (4097).to_bytes(4, "big") + whole[12:]
    yield "head-cut", "copy", whole[: end - 1]
    for name, change in (
        ("head-type", {"type": "zhilu-copy/2"}),
        ("head-suite", {"suite": "zhilu-gm"}),
        ("head-viewing", {"viewing": "x"}),
        ("head-span-backwards", {"from": 3}),
    ):
        yield name, "copy", package(sample, **change)
    another = thumbprint(fixed_key("another recipient").public_key())
    yield "recipient-other", "not-a-recipient", package(sample, recipient=another)
    yield "sealed-to-another", "envelope", package(sample, key=fixed_key("another recipient"))
    altered = whole[:12] + whole[12:end].replace(b"julu", b"jula") + whole[end:]
    yield "head-exchanged", "envelope", altered
    yield "key-cut", "envelope", whole[: chunk - 1]
    yield "chunk-one-bit", "copy-chunk", whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:]
    yield "chunk-cut", "copy-chunk", whole[:-1]
    yield "trailing-byte", "copy-chunk", whole + b"x"
    yield "without-chunk", "copy-chunk", whole[:chunk]
    cipher = AESGCM(CONTENT)
    plain = cipher.decrypt(nonce(0, last=True), whole[chunk:], b"")
    yield "not-the-last", "copy-cut", whole[:chunk] + cipher.encrypt(nonce(0, last=False), plain, b"")
    yield "number-other", "copy-chunk", whole[:chunk] + cipher.encrypt(nonce(1, last=True), plain, b"")
    yield "length-beyond", "copy-parts", package(sample, (2**40).to_bytes(8, "big") + plain[8:])
    first = int.from_bytes(plain[:8], "big")
    yield "parts-missing", "copy-parts", package(sample, plain[: 8 + first])
    yield "span-of-another-head", "copy-parts", package(sample, to=1)
    yield "list-malformed", "clip", package(sample, (2).to_bytes(8, "big") + b"{}" + plain[8 + first :])
