"""The cutter of boxes: everything that goes in comes out, whole, or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhilu.devices.media.boxes import BoxSplitter, boxes, find, read_box
from zhilu.errors import DataError


def box(kind, content=b""):
    return (8 + len(content)).to_bytes(4, "big") + kind.encode() + content


HEADER = box("ftyp", b"iso5") + box("moov", b"m" * 30)
FRAGMENTS = [box("moof", bytes([n]) * 9) + box("mdat", bytes([n]) * 50) for n in range(3)]


@given(st.lists(st.integers(0, 300), max_size=8))
def test_pieces_are_the_same_however_the_bytes_arrive(places):
    data = HEADER + b"".join(FRAGMENTS)
    splitter, pieces, last = BoxSplitter(), [], 0
    for place in [*sorted(places), len(data)]:
        splitter.write(data[last:place])
        last = max(last, place)
        pieces += splitter.take()
    assert pieces == [HEADER, *FRAGMENTS] and splitter.rest == 0


@pytest.mark.parametrize(
    "data",
    [
        box("moov"),
        box("ftyp") + box("moof"),
        box("moof") + box("free"),
        HEADER + box("mdat"),
        HEADER + box("sidx"),
        box("ftyp") + (4).to_bytes(4, "big") + b"moov",
        (2**31).to_bytes(4, "big") + b"ftyp",
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises(DataError) as refused:
        BoxSplitter().write(data)
    assert refused.value.code == "boxes"


def test_a_box_of_64_bit_size():
    large = (1).to_bytes(4, "big") + b"mdat" + (26).to_bytes(8, "big") + b"x" * 10
    found = read_box(large, 0, len(large))
    assert found is not None and (found.content, found.end) == (16, 26)
    assert read_box(large, 0, 12) is None


def test_a_path_of_boxes():
    data = box("moov", box("trak", box("tkhd", b"1")) + box("trak", box("tkhd", b"2")))
    assert [data[one.content : one.end] for one in find(data, "moov/trak/tkhd")] == [b"1", b"2"]
    with pytest.raises(DataError):
        list(boxes(data[:-1]))
