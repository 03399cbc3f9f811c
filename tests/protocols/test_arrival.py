"""What comes out of a recorder, cut anywhere, altered anywhere, longer than it should be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.recordings import START, Maker, Sample
from zhilu.encoding import sha256
from zhilu.errors import DataError
from zhilu.protocols.arrival import (
    JournalCheck,
    Lines,
    Splitter,
    Tail,
    Wanted,
    announced,
    check_docked,
    check_same_life,
)
from zhilu.protocols.docking_messages import Held
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.lines import LOGBOOK, MAX_LINE, Chain, line_hash


@pytest.fixture(scope="module")
def sample() -> Sample:
    return Maker().make()


def held(sample: Sample, **changed: Any) -> Held:
    lines = sample.journal_lines
    facts: dict[str, Any] = {
        "id": sample.recording,
        "lines": len(lines),
        "last": line_hash(lines[-1]).hex(),
        "length": len(sample.media),
        "segments": len(sample.plaintexts),
        "opened_at": "2026-11-24T10:40:05.123Z",
        "officer": None,
        "drill": False,
    }
    return Held(**facts | changed)


def code_of(call: Any, *args: Any) -> str:
    with pytest.raises(DataError) as caught:
        call(*args)
    return caught.value.code


# -- lines


@given(st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b""))), st.integers(1, 50))
def test_lines_are_the_same_however_they_are_cut(lines: list[bytes], cut: int) -> None:
    whole = b"".join(line + b"\n" for line in lines)
    reader = Lines()
    got = [line for at in range(0, len(whole), cut) for line in reader.feed(whole[at : at + cut])]
    reader.finish()
    assert got == [line + b"\n" for line in lines]


def test_a_line_without_end_is_refused_before_much_of_it_is_held() -> None:
    reader = Lines()
    with pytest.raises(DataError) as caught:
        for _ in range(MAX_LINE):
            list(reader.feed(b"A" * 1000))
    assert caught.value.code == "line-too-long"
    assert len(reader._held) < MAX_LINE + 1000


def test_a_torn_tail_is_refused() -> None:
    reader = Lines()
    assert list(reader.feed(b"one\ntw")) == [b"one\n"]
    assert code_of(reader.finish) == "torn-tail"


# -- a journal


def check(sample: Sample, journal: list[bytes], /, **changed: Any) -> None:
    checker = JournalCheck(load_jwk(sample.recorder.jwk), sample.recorder.kid, held(sample, **changed))
    for line in journal:
        checker.feed(line)
    checker.finish()


def test_the_announced_journal_is_taken(sample: Sample) -> None:
    check(sample, sample.journal_lines)


def test_one_line_more_than_announced_is_refused_when_it_comes(sample: Sample) -> None:
    checker = JournalCheck(load_jwk(sample.recorder.jwk), sample.recorder.kid, held(sample, lines=2))
    for line in sample.journal_lines[:2]:
        checker.feed(line)
    assert code_of(checker.feed, sample.journal_lines[2]) == "closed-as"


@pytest.mark.parametrize("field", ["lines", "segments", "length"])
@pytest.mark.parametrize("step", [-1, 1])
def test_other_figures_than_announced_are_refused(sample: Sample, field: str, step: int) -> None:
    changed = {field: getattr(held(sample), field) + step}
    with pytest.raises(DataError) as caught:
        check(sample, sample.journal_lines, **changed)
    assert caught.value.code == "closed-as"


@pytest.mark.parametrize("missing", range(9))
def test_no_line_may_be_missing(sample: Sample, missing: int) -> None:
    lines = sample.journal_lines
    with pytest.raises(DataError):
        check(sample, lines[: missing % len(lines)] + lines[missing % len(lines) + 1 :])


def test_another_recorders_journal_is_refused(sample: Sample) -> None:
    checker = JournalCheck(load_jwk(sample.recorder.jwk), "x" * 43, held(sample))
    assert code_of(checker.feed, sample.journal_lines[0]) == "foreign-kid"


# -- a logbook


def test_a_logbook_is_followed_line_by_line(sample: Sample) -> None:
    tail, key = Tail(), load_jwk(sample.recorder.jwk)
    for line in sample.logbook_lines:
        tail = tail.after(line, key, sample.recorder.kid)
        assert tail == Tail.of(line)
    assert tail.n == len(sample.logbook_lines) - 1


def test_a_logbook_that_does_not_continue_is_a_fork(sample: Sample) -> None:
    lines, key = sample.logbook_lines, load_jwk(sample.recorder.jwk)
    assert code_of(Tail().after, lines[1], key, sample.recorder.kid) == "fork"
    assert code_of(Tail(0, bytes(32)).after, lines[1], key, sample.recorder.kid) == "fork"


def test_a_life_neither_shrinks_nor_changes() -> None:
    tail = Tail(5, sha256(b"five"))
    check_same_life(tail, 5, sha256(b"five").hex())
    check_same_life(tail, 6, sha256(b"six").hex())
    assert code_of(check_same_life, tail, 4, sha256(b"four").hex()) == "fork"
    assert code_of(check_same_life, tail, 5, sha256(b"other").hex()) == "fork"


# -- media


def wanted(sizes: list[int]) -> tuple[list[Wanted], bytes]:
    """Segments of these sizes, and their bytes end to end."""
    parts = [bytes([i % 256]) * size for i, size in enumerate(sizes)]
    places = [sum(sizes[:i]) for i in range(len(sizes))]
    return [
        Wanted(i, place, len(part), sha256(part))
        for i, (place, part) in enumerate(zip(places, parts, strict=True))
    ], b"".join(parts)


def split(segments: list[Wanted], stream: bytes, cut: int) -> Iterator[tuple[bytes, int | None]]:
    splitter = Splitter(iter(segments))
    for at in range(0, len(stream), cut):
        for piece, whole in splitter.feed(stream[at : at + cut]):
            yield bytes(piece), whole.i if whole else None
    splitter.finish()


@given(st.lists(st.integers(1, 60), max_size=8), st.integers(1, 70))
def test_media_are_cut_at_the_segments_however_they_come(sizes: list[int], cut: int) -> None:
    segments, stream = wanted(sizes)
    got = list(split(segments, stream, cut))
    assert b"".join(piece for piece, _ in got) == stream
    assert [i for _, i in got if i is not None] == list(range(len(sizes)))


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_one_altered_byte_is_refused_in_its_segment(cut: int) -> None:
    segments, stream = wanted([20, 30, 10])
    bent = stream[:35] + b"!" + stream[36:]
    seen: list[int] = []
    with pytest.raises(DataError) as caught:
        for _, i in split(segments, bent, cut):
            seen += [i] if i is not None else []
    assert (caught.value.code, caught.value.fields["i"], seen) == ("segment-hash", 1, [0])


def test_a_byte_too_many_and_a_byte_too_few() -> None:
    segments, stream = wanted([20, 30])
    assert code_of(list, split(segments, stream + b"x", 64)) == "media-long"
    assert code_of(list, split(segments, stream[:-1], 64)) == "media-short"
    assert code_of(list, split([], b"x", 64)) == "media-long"


def test_the_segments_of_a_journal_are_found_again(sample: Sample) -> None:
    found = list(announced(iter(sample.journal_lines)))
    assert [sha256(sample.media[one.offset : one.offset + one.length]) for one in found] == [
        one.sha256 for one in found
    ]
    assert len(found) == len(sample.plaintexts)


def test_a_docked_line_must_be_over_this_handover(sample: Sample) -> None:
    key, kid, digest = load_jwk(sample.recorder.jwk), sample.recorder.kid, sha256(b"handover")
    before = Tail.of(sample.logbook_lines[-1])

    def line(kind: str, handover: str) -> bytes:
        chain = Chain(before.head, before.n + 1)
        more = {"station_nonce": "A" * 43, "checkpoint": "0" * 64, "handover": handover}
        return chain.next(sample.recorder, LOGBOOK, kind, START, 1, **more)

    check_docked(line("docked", digest.hex()), before, key, kid, digest)
    for bad in (line("docked", sha256(b"other").hex()), line("battery", digest.hex())):
        assert code_of(check_docked, bad, before, key, kid, digest) == "docked"
    assert code_of(check_docked, line("docked", digest.hex()), Tail(), key, kid, digest) == "fork"
