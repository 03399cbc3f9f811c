"""Vectors of what is opened with a key: segments, commitment, private fields, envelopes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from support.recordings import RECORDING, Maker, Sample, dump, fixed_id, fixed_key
from support.vectors.files import Vector, payload_of
from zhilu.encoding import b64u, unb64u
from zhilu.sealed.envelopes import seal_share, share_hash
from zhilu.sealed.segments import key_commitment, seal_private

MEDIA = "sealed-media.md §2, §4"
OTHER = fixed_id("another recording")


def vectors(sample: Sample) -> Iterator[Vector]:
    yield from _segments(sample)
    yield from _commitments(sample)
    yield from _privates(sample)
    yield from _shares(sample)


def _segments(sample: Sample) -> Iterator[Vector]:
    line = payload_of(sample.journal_lines[2])
    good = sample.media[line["offset"] : line["offset"] + line["length"]]
    key = sample.key
    cases: list[tuple[str, str, bytes, bytes, UUID, int]] = [
        ("ok", "ok", good, key, RECORDING, 1),
        ("another-number", "segment-open", good, key, RECORDING, 2),
        ("another-recording", "segment-open", good, key, OTHER, 1),
        ("another-key", "segment-open", good, bytes(32), RECORDING, 1),
        ("first-byte-altered", "segment-open", bytes([good[0] ^ 1]) + good[1:], key, RECORDING, 1),
        ("tag-altered", "segment-open", good[:-1] + bytes([good[-1] ^ 1]), key, RECORDING, 1),
        ("truncated", "segment-open", good[:-1], key, RECORDING, 1),
        ("byte-more", "segment-open", good + b"\x00", key, RECORDING, 1),
        ("below-tag", "segment-size", good[:15], key, RECORDING, 1),
        ("empty", "segment-size", b"", key, RECORDING, 1),
    ]
    for name, expect, body, secret, recording, number in cases:
        yield _opened("media", f"segment-{name}", "segment", MEDIA, expect, "media", body,
                      secret=secret.hex(), recording=str(recording), number=str(number))  # fmt: skip


def _commitments(sample: Sample) -> Iterator[Vector]:
    good = key_commitment(sample.key, RECORDING)
    cases = [
        ("ok", "ok", good, sample.key, RECORDING),
        ("another-key", "commitment", good, bytes(32), RECORDING),
        ("another-recording", "commitment", good, sample.key, OTHER),
        ("altered", "commitment", bytes([good[0] ^ 1]) + good[1:], sample.key, RECORDING),
        ("short", "commitment", good[:31], sample.key, RECORDING),
    ]
    for name, expect, body, secret, recording in cases:
        yield _opened("media", f"commitment-{name}", "commitment", MEDIA, expect, "media", body,
                      secret=secret.hex(), recording=str(recording))  # fmt: skip


def _privates(sample: Sample) -> Iterator[Vector]:
    line = payload_of(sample.journal_lines[3])
    good, key, n = line["private"].encode(), sample.text_key, line["n"]
    raw = unb64u(line["private"])
    not_object = seal_private(key, RECORDING, n, [])  # type: ignore[arg-type]
    cases: list[tuple[str, str, bytes, bytes, UUID, int]] = [
        ("ok", "ok", good, key, RECORDING, n),
        ("another-line", "private", good, key, RECORDING, n + 1),
        ("another-recording", "private", good, key, OTHER, n),
        ("another-key", "private", good, bytes(32), RECORDING, n),
        ("altered", "private", b64u(bytes([raw[0] ^ 1]) + raw[1:]).encode(), key, RECORDING, n),
        ("truncated", "private", b64u(raw[:-1]).encode(), key, RECORDING, n),
        ("empty", "private", b"", key, RECORDING, n),
        ("padded", "base64", good + b"=", key, RECORDING, n),
        ("not-an-object", "json", not_object.encode(), key, RECORDING, n),
    ]
    for name, expect, body, secret, recording, number in cases:
        yield _opened("journal", f"private-{name}", "private", "journal.md §4", expect, "journal", body,
                      secret=secret.hex(), recording=str(recording), number=str(number))  # fmt: skip


def _shares(sample: Sample) -> Iterator[Vector]:
    county = payload_of(sample.journal_lines[0])["shares"]
    both = payload_of(Maker(city=True).make().journal_lines[0])["shares"]
    one = county[0]["envelopes"]
    swapped = [county[0] | {"envelopes": [one[0] | {"sealed": one[1]["sealed"]}, one[1]]}]
    raw, holder = unb64u(one[0]["sealed"]), "county keyholder"
    altered = raw[:5] + bytes([raw[5] ^ 1]) + raw[6:]
    off_curve = b"\x04" + b"\x01" * 64 + raw[65:]
    tag_altered = raw[:-1] + bytes([raw[-1] ^ 1])
    padded = [county[0] | {"envelopes": [one[0] | {"sealed": one[0]["sealed"] + "="}, one[1]]}]
    cases: list[tuple[str, str, Any, str, UUID]] = [
        ("ok-keyholder", "ok", county, holder, RECORDING),
        ("ok-escrow", "ok", county, "county escrow", RECORDING),
        ("ok-second-share", "ok", both, "city keyholder", RECORDING),
        ("not-a-recipient", "not-a-recipient", county, "city keyholder", RECORDING),
        ("another-recording", "envelope", county, "county keyholder", OTHER),
        ("another-place", "envelope", both[::-1], "city keyholder", RECORDING),
        ("for-another-recipient", "envelope", swapped, holder, RECORDING),
        ("point-altered", "envelope", _sealed(county, altered), holder, RECORDING),
        ("point-not-on-curve", "envelope", _sealed(county, off_curve), holder, RECORDING),
        ("tag-altered", "envelope", _sealed(county, tag_altered), holder, RECORDING),
        ("truncated", "envelope", _sealed(county, raw[:-1]), holder, RECORDING),
        ("hash-altered", "share-hash", [county[0] | {"hash": "00" * 32}], holder, RECORDING),
        ("another-share", "share-hash", _other_share(county), holder, RECORDING),
        ("padded", "base64", padded, holder, RECORDING),
        ("hash-capitals", "hex32", [county[0] | {"hash": "AA" * 32}], holder, RECORDING),
    ]  # fmt: skip
    for name, expect, shares, to, recording in cases:
        secret = f"{fixed_key(to).private_numbers().private_value:064x}"
        yield _opened("envelopes", name, "shares", "envelopes.md §1", expect, "envelope", dump(shares),
                      secret=secret, recording=str(recording))  # fmt: skip


def _sealed(shares: Any, sealed: bytes) -> Any:
    first, second = shares[0]["envelopes"]
    return [shares[0] | {"envelopes": [first | {"sealed": b64u(sealed)}, second]}]


def _other_share(shares: Any) -> Any:
    """A well sealed share that is not the one whose hash the recorder signed."""
    holder = fixed_key("county keyholder").public_key()
    assert share_hash(RECORDING, 1, bytes(32)).hex() != shares[0]["hash"]
    return _sealed(shares, seal_share(bytes(32), RECORDING, 1, holder))


def _opened(
    folder: str, name: str, kind: str, spec: str, expect: str, layer: str, body: bytes, **headers: str
) -> Vector:
    layer = "none" if expect == "ok" else layer
    return Vector(folder, name, kind, spec, expect, layer, body, tuple(headers.items()))
