"""Where a recorder was: the positions in the private parts of a journal's segments (spec/journal.md §4).

- A position is what the recorder sealed: integers of 10⁻⁷ degree within the Earth's bounds. Anything else in
  a private part is no position, and no reason to show none of the others.
- Of a long recording every n-th is opened, the first and the last always: a day of them would keep a reader
  waiting. How many there are, and where none were, is known without opening any.
- No fix for ten seconds is a gap: what happened in between is not drawn as a way.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeGuard
from uuid import UUID

from zhilu.errors import DataError
from zhilu.sealed.segments import open_private

MOST_OPENED = 800
GAP_US = 10_000_000
LAT_MOST, LON_MOST = 90 * 10**7, 180 * 10**7


@dataclass(frozen=True)
class Sealed:
    """A segment that carries a private part; `until_us` is its end."""

    n: int
    pts_us: int
    until_us: int
    private: str

    @classmethod
    def of(cls, payload: dict[str, Any]) -> Sealed:
        pts_us = payload["pts_us"]
        return cls(payload["n"], pts_us, pts_us + payload["duration_us"], payload["private"])


@dataclass(frozen=True)
class Fix:
    """Microseconds from the beginning, 10⁻⁷ degree. `is_after_gap`: no way leads here from the one before."""

    pts_us: int
    lat: int
    lon: int
    error_mm: int | None = None
    is_after_gap: bool = False


@dataclass(frozen=True)
class Gap:
    from_us: int
    to_us: int


@dataclass
class Track:
    """`count`: segments with a position, opened or not; every `step`-th was opened, `closed` of them would
    not open.
    """

    fixes: list[Fix] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    count: int = 0
    step: int = 1
    closed: int = 0


def track(recording: UUID, sealed: Sequence[Sealed], key: bytes | None) -> Track:
    found = Track(count=len(sealed), step=max(1, -(-len(sealed) // MOST_OPENED)))
    if key is None:
        found.closed = found.count
        return found
    found.gaps = [
        Gap(one.until_us, later.pts_us)
        for one, later in pairwise(sealed)
        if later.pts_us - one.until_us >= GAP_US
    ]
    chosen = list(sealed[:: found.step])
    if sealed and chosen[-1] is not sealed[-1]:
        chosen.append(sealed[-1])
    ends = [gap.to_us for gap in found.gaps]
    for one in chosen:
        _open(found, recording, one, key, ends)
    return found


def _open(found: Track, recording: UUID, one: Sealed, key: bytes, ends: Sequence[int]) -> None:
    """`ends`: of the gaps, in order."""
    try:
        said = open_private(key, recording, one.n, one.private).get("position")
    except DataError:
        found.closed += 1
        return
    if not is_position(said):
        return
    since = found.fixes[-1].pts_us if found.fixes else one.pts_us
    is_after_gap = bisect_right(ends, since) < bisect_right(ends, one.pts_us)
    error_mm = said.get("error_mm")
    known = error_mm if type(error_mm) is int and error_mm >= 0 else None
    found.fixes.append(Fix(one.pts_us, said["lat"], said["lon"], known, is_after_gap))


def is_position(said: Any) -> TypeGuard[dict[str, Any]]:
    if not isinstance(said, dict):
        return False
    lat, lon = said.get("lat"), said.get("lon")
    if type(lat) is not int or type(lon) is not int:
        return False
    return abs(lat) <= LAT_MOST and abs(lon) <= LON_MOST
