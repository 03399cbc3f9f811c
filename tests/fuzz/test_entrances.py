"""Every entrance that takes bytes: any bytes give a verdict or one error of the family (support/entrances).

Three ways: the vectors and what fuzzing found before, as they are; these again with random damage, by
hypothesis; and the worst that the limits let in, with the memory measured. `make fuzz` goes deeper.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.entrances import PARTS, enter
from support.entrances_protocols import ENTRANCES
from support.seeds import seeds
from support.shapes import sound_recording
from support.verdicts import verdict
from zhilu.tlog.proof import MAX_ENTRY

LONGEST_S = 5.0
"""Of this process: a machine that has much else to do makes no entrance slow."""
SLOWED = 4
"""How much slower all is while memory is traced."""
MOST_BYTES = 64 * 2**20

names = pytest.mark.parametrize("name", sorted(ENTRANCES))


@names
def test_known_bytes_give_a_verdict(name: str) -> None:
    for data in seeds(name):
        begun = time.process_time()
        enter(ENTRANCES[name], data)
        assert time.process_time() - begun < LONGEST_S


@st.composite
def damaged(draw: st.DrawFn, known: list[bytes]) -> bytes:
    """Known bytes with pieces altered, cut out, put in, doubled; or bytes of any kind."""
    data = bytearray(draw(st.sampled_from(known) if known else st.binary(max_size=300)))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        put = draw(st.one_of(st.binary(max_size=8), st.sampled_from(TOKENS), st.just(bytes(data[start:end]))))
        data[start : end if draw(st.booleans()) else start] = put
    return bytes(data)


TOKENS = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"null", b"true", b"-1", b"0", b"9007199254740992", b"1e9",
    b"{}", b"\\ud800", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r\n", b"\n", b".", b"=", b"\0|\0", b"A" * 200,
    b"[" * 40,
)  # fmt: skip


@names
def test_damaged_bytes_give_a_verdict(name: str) -> None:
    entrance, known = ENTRANCES[name], [data for data in seeds(name) if len(data) <= 4096][:40]

    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(damaged(known))
    def inner(data: bytes) -> None:
        begun = time.process_time()
        enter(entrance, data)
        assert time.process_time() - begun < LONGEST_S

    inner()


def _worst(size: int) -> dict[str, bytes]:
    """As much as a limit lets in, and dense: many values in few bytes; or more than any limit."""
    return {
        "dense": _dense(size),
        "dense-64-kib": _dense(2**16),
        "one-long-text": b'{"a":"' + b"x" * (size - 9) + b'"}',
        "no-line-feed": b"x" * size,
        "empty-lines": b"\n" * size,
        "deep": b"[" * size,
        "zeros": bytes(size),
    }


def _dense(size: int) -> bytes:
    return b'{"a":[' + b"{}," * (size // 3 - 4) + b"{}]}"


WHOLE = {"json", "bundle", "entry", "trust"}
"""Of the readers whose limit is 1 MiB of JSON, those that get it: the others read a quarter with the same
code, and may take a quarter of the memory."""


@pytest.fixture(scope="module")
def worst() -> dict[int, dict[str, bytes]]:
    """By the share of 1 MiB that is read."""
    return {share: _worst(2**20 // share) for share in (1, 4)}


ELSEWHERE = {
    "answers",  # many readers, with the limits of the others
    "snapshot",  # may be 64 MiB: the county's own list of devices, by a link on which both sides are known
}


@pytest.mark.parametrize("name", sorted(ENTRANCES.keys() - ELSEWHERE))
def test_the_worst_within_the_limits_takes_no_more_than_64_mb(
    name: str, worst: dict[int, dict[str, bytes]]
) -> None:
    share = 1 if name in WHOLE else 4
    for kind, data in worst[share].items():
        within_limits(f"{name} {kind}", lambda data=data: enter(ENTRANCES[name], data), share)  # type: ignore[misc]


@pytest.mark.parametrize("part", PARTS)
def test_a_recording_with_one_hostile_file_takes_no_more(
    part: str, worst: dict[int, dict[str, bytes]]
) -> None:
    evidence = sound_recording(Random(part))
    files = evidence.files | {"trust.json": evidence.trust}
    for kind, data in worst[1].items():
        bad = files | {part: data}
        trusting = replace(evidence, trust=bad["trust.json"])
        within_limits(f"{part} {kind}", lambda bad=bad, e=trusting: enter(lambda _: verdict(bad, e), b""))  # type: ignore[misc]


def test_the_densest_entry_takes_no_more_than_64_mb() -> None:
    within_limits("entry", lambda: enter(ENTRANCES["entry"], _dense(MAX_ENTRY)))


def within_limits(what: str, call: Callable[[], object], share: int = 1) -> None:
    begun = time.process_time()
    peak = peak_of(call)
    assert peak < MOST_BYTES // share, f"{what}: {peak >> 20} MiB"
    assert time.process_time() - begun < SLOWED * LONGEST_S, what


def peak_of(call: Callable[[], object]) -> int:
    """Bytes allocated at most during `call`, beyond what there was."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
