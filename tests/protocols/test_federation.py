"""spec/federation.md §2 and §3: a batch has one spelling, and an entry is what its leaf says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.neighbour import SALT, Ledger
from zhilu.errors import CallerError, DataError, ZhiluError
from zhilu.protocols import federation
from zhilu.protocols.federation import Neighbour, Payload, Served, check_entry, decode_batch, encode_entry
from zhilu.tlog.following import Reading
from zhilu.tlog.frontier import Frontier

parts = st.builds(Payload, st.binary(max_size=80), st.binary(min_size=32, max_size=32))
served = st.builds(Served, st.binary(max_size=80), parts, st.none() | parts)


@given(st.lists(served, max_size=5))
def test_a_batch_is_read_back_as_it_was(entries: list[Served]) -> None:
    data = b"".join(map(encode_entry, entries))
    assert decode_batch(data, len(entries)) == entries


@given(st.lists(served, min_size=1, max_size=3), st.data())
def test_a_batch_that_is_cut_is_refused_or_is_that_of_fewer_entries(
    entries: list[Served], data: st.DataObject
) -> None:
    parts = [encode_entry(one) for one in entries]
    whole = b"".join(parts)
    cut = data.draw(st.integers(0, len(whole) - 1))
    ends = [sum(map(len, parts[:count])) for count in range(len(parts))]
    if cut in ends:
        assert decode_batch(whole[:cut], 9) == entries[: ends.index(cut)]
        return
    with pytest.raises(DataError, match="batch"):
        decode_batch(whole[:cut], 9)


@given(st.binary(max_size=400))
def test_whatever_comes_is_a_batch_or_refused_as_none(data: bytes) -> None:
    try:
        found = decode_batch(data, 5)
    except DataError as error:
        assert error.code == "batch"
    else:
        assert b"".join(map(encode_entry, found)) == data


@pytest.mark.parametrize("flag", [2, 255])
def test_another_flag_than_0_and_1_is_refused(flag: int) -> None:
    data = encode_entry(Served(b"leaf", Payload(b"{}", SALT), None))
    with pytest.raises(DataError, match="flag"):
        decode_batch(data[:-1] + bytes([flag]), 1)


def test_more_than_was_asked_for_is_refused_before_it_is_read() -> None:
    with pytest.raises(DataError, match="too many"):
        decode_batch(encode_entry(Served(b"leaf", Payload(b"{}", SALT), None)) + b"\xff", 1)


def test_a_part_above_its_limit_is_refused_on_both_sides() -> None:
    data = b"\x00\x00" + SALT + (federation.MAX_CORE + 1).to_bytes(4, "big") + bytes(federation.MAX_CORE + 2)
    with pytest.raises(DataError, match="too long"):
        decode_batch(data, 1)
    with pytest.raises(CallerError):
        encode_entry(Served(b"", Payload(bytes(federation.MAX_CORE + 1), SALT), None))
    with pytest.raises(CallerError):
        encode_entry(Served(bytes(65_536), Payload(b"", SALT), None))


@pytest.fixture
def entry() -> Served:
    return Ledger().add("person-added/1", {"person": "x"}, {"name": "张建国"})


def refusal(entry: Served) -> str:
    with pytest.raises(ZhiluError) as error:
        check_entry(entry, "julu")
    return error.value.code


def leaf_with(**changed: Any) -> Served:
    ledger = Ledger()
    ledger.add("person-added/1", {"person": "x"})
    ledger.rewrite(0, **changed)
    return ledger.entries_[0]


def test_an_entry_is_what_its_leaf_says(entry: Served) -> None:
    assert check_entry(entry, "julu").said["kind"] == "person-added/1"
    assert refusal(replace(entry, leaf=entry.leaf + b" x")) == "leaf"
    assert refusal(replace(entry, core=Payload(entry.core.data + b" ", SALT))) == "payload"
    assert refusal(replace(entry, core=Payload(entry.core.data, bytes(32)))) == "payload"
    assert refusal(replace(entry, personal=Payload(b"{}", SALT))) == "payload"
    assert refusal(replace(entry, personal=None)) == "personal-missing"
    bare = Ledger().add("person-added/1", {"person": "x"})
    assert refusal(replace(bare, personal=entry.personal)) == "payload"
    assert refusal(leaf_with(bureau="qinghe")) == "leaf-bureau"


@pytest.mark.parametrize(
    "changed", [{"actor": "x" * 65}, {"subject": "x" * 201}, {"actor": "a\0b"}, {"at": "soon"}, {"kind": "x"}]
)
def test_a_leaf_that_no_server_writes_is_none(changed: dict[str, str]) -> None:
    assert refusal(leaf_with(**changed)) == "leaf"


def test_what_is_read_counts_when_the_root_is_the_signed_one() -> None:
    ledger = Ledger()
    entries = [ledger.add("person-added/1", {"person": str(number)}) for number in range(5)]
    signed = ledger.neighbour.keys.open(ledger.publish()).checkpoint
    reading = Reading(Frontier(), signed)
    for one in entries:
        reading.take(one.leaf)
    reading.check()
    with pytest.raises(DataError, match="more entries"):
        reading.take(b"another")
    known = Frontier()
    other = Reading(known, signed)
    for one in [*entries[:3], entries[4], entries[3]]:
        other.take(one.leaf)
    with pytest.raises(DataError, match="entries"):
        other.check()
    assert known.size == 0, "what was known is as it was"


def test_every_code_of_a_pass_is_of_one_family_and_stands_in_the_page(request: pytest.FixtureRequest) -> None:
    page = (request.config.rootpath / "spec/federation.md").read_text()
    codes = [*federation.AWAY, *federation.REFUSED, *federation.CONTRADICTS]
    assert len(set(codes)) == len(codes)
    assert [code for code in codes if f"`{code}`" not in page] == []


def test_what_a_neighbour_gives_is_read_back_as_it_was() -> None:
    said = Ledger().neighbour
    assert Neighbour.loads(said.dumps()) == said
    for wrong in (replace(said, quorum=0), replace(said, quorum=2), replace(said, cosigners=("x",))):
        with pytest.raises(ZhiluError):
            Neighbour.loads(wrong.dumps())
