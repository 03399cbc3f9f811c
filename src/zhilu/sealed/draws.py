"""Random draws of recordings that anybody can repeat (spec/review.md §2; pure).

- The population is a list of ids; its bytes are the ids, lower case, sorted, each with LF; its hash is the
  SHA-256 of these bytes, so that `sha256sum` gives it too. The hash stands in the ledger before the seed can
  be known to anybody.
- The seed is H("zhilu/draw/v1", list hash, the 72 bytes of a cosignature: time and signature). The
  cosignature is of the key that the announcement names, over a checkpoint of this ledger that covers the
  announcement, of a time after the announced one. Whether it is the first such one, its giver knows.
- In order of H("zhilu/draw-order/v1", seed, 16 bytes of the id) the first `size` ids are chosen, and of these
  the first ones reviewed twice.

What is drawn from what list, and whether all recordings stood in it, is left to whoever has the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zhilu.encoding import h, sha256, uuid_bytes
from zhilu.errors import DataError
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.cosign import CosignatureVerifier, timestamp
from zhilu.tlog.note import MAX_NOTE, Note, verify_note

MOST_POPULATION, MOST_CHOSEN = 200_000, 2_000
PERCENT = 100


@dataclass(frozen=True)
class Announced:
    """What the ledger holds of a draw before its seed is known. `index`: of that entry; `origin` of that
    ledger; `list_hash` 32 bytes; `count` or `percent` says how many are drawn, `second` how many percent of
    these are reviewed twice; `after`: Unix seconds; `cosigner`: vkey.
    """

    index: int
    origin: str
    list_hash: bytes
    population: int
    count: int | None
    percent: int | None
    second: int
    after: int
    cosigner: str


@dataclass(frozen=True)
class Result:
    """`chosen` in the order of the draw; the first `seconds` of them are reviewed twice."""

    seed: bytes
    chosen: tuple[str, ...]
    seconds: int


def list_bytes(ids: Iterable[str]) -> bytes:
    """Of canonical ids (lower case UUIDs), each once."""
    return b"".join(one.encode("ascii") + b"\n" for one in sorted(ids))


def list_hash(ids: Iterable[str]) -> bytes:
    return sha256(list_bytes(ids))


def sample_size(population: int, count: int | None, percent: int | None) -> int:
    """`count`, or so many percent, rounded up; never more than there are."""
    wanted = count if percent is None else share(population, percent)
    return min(population, wanted or 0)


def share(of: int, percent: int) -> int:
    return -(-of * percent // PERCENT)


def cosignature(note: bytes, announced: Announced) -> bytes:
    """The 72 bytes that make the seed, of a note that may make it; DataError says why it may not."""
    if len(note) > MAX_NOTE:
        raise DataError("draw-note", "This is no note.")
    parsed = Note.parse(note)
    said = checkpoints.parse(parsed.text)
    verifier = CosignatureVerifier.from_vkey(announced.cosigner)
    data = verify_note(parsed, [verifier])[0].data
    if said.origin != announced.origin:
        raise DataError("draw-origin", "The cosigned checkpoint is of another ledger.")
    if said.size <= announced.index:
        raise DataError("draw-covered", "The cosigned checkpoint does not cover the announcement.")
    if timestamp(data) <= announced.after:
        raise DataError("draw-early", "The cosignature is not of after the announced time.")
    return data


def seed(list_digest: bytes, cosigned: bytes) -> bytes:
    return h("zhilu/draw/v1", list_digest, cosigned)


def ordered(seed_bytes: bytes, ids: Iterable[str]) -> list[str]:
    return sorted(ids, key=lambda one: h("zhilu/draw-order/v1", seed_bytes, uuid_bytes(one)))


def draw(announced: Announced, ids: Sequence[str], note: bytes) -> Result:
    """What this note draws from this list; DataError where one of both is not as announced."""
    if len(ids) != announced.population or list_hash(ids) != announced.list_hash:
        raise DataError("draw-list", "The list is not the one whose hash was announced.")
    found = seed(announced.list_hash, cosignature(note, announced))
    size = sample_size(announced.population, announced.count, announced.percent)
    chosen = tuple(ordered(found, ids)[:size])
    return Result(found, chosen, share(size, announced.second))
