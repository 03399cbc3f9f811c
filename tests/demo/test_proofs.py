"""Each proof of the demo fails when what it proves is not so."""

import random
from pathlib import Path

import pytest

from support.films import make_film
from zhilu.demo import proofs
from zhilu.demo.place import Place
from zhilu.demo.table import table, width
from zhilu.errors import DataError


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path / "work", tmp_path / "kept", 8600)
    for name in ("recorder", "station", "server"):
        place.home(name).mkdir(parents=True)
        (place.home(name) / "store.bin").write_bytes(random.Random(name).randbytes(3_000_000))
    place.kept.mkdir()
    (place.kept / "played.mp4").write_bytes(random.Random("played").randbytes(2_500_000))
    return place


def test_ciphertext_only(place: Place) -> None:
    assert proofs.only_ciphertext_outside(place).figure.startswith("32 ")


@pytest.mark.parametrize("at", [0, 1_234_567, proofs.BLOCK - 20])
def test_a_piece_of_plaintext_is_found_also_across_blocks(place: Place, at: int) -> None:
    piece = proofs.samples(place.kept / "played.mp4")[7]
    store = place.home("station") / "store.bin"
    data = store.read_bytes()
    store.write_bytes(data[:at] + piece + data[at:])
    with pytest.raises(DataError):
        proofs.only_ciphertext_outside(place)


def test_the_search_itself_must_work(place: Place) -> None:
    (place.kept / "played.mp4").write_bytes(bytes(2_500_000))  # nothing to look for: no proof
    with pytest.raises(DataError):
        proofs.only_ciphertext_outside(place)


def test_packets(tmp_path: Path) -> None:
    whole, short = make_film(tmp_path / "4.mp4", 4, 320, 180), make_film(tmp_path / "2.mp4", 2, 320, 180)
    proof = proofs.source_comes_out(whole, whole)
    assert proof is not None
    with pytest.raises(DataError):
        proofs.source_comes_out(whole, short)
    with pytest.raises(DataError):
        proofs.source_comes_out(short, whole)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [(b"a", b"a", True), (b"a", b"b", False), (b"a", b"ab", False), (b"", b"", True)],
)
def test_same_bytes(tmp_path: Path, left: bytes, right: bytes, same: bool) -> None:
    (tmp_path / "left").write_bytes(left)
    (tmp_path / "right").write_bytes(right)
    assert proofs.same_bytes(tmp_path / "left", tmp_path / "right") is same


def test_a_table_counts_chinese_characters_twice() -> None:
    assert width("专用bay") == 7
    assert table([("专用", "1"), ("bay", "22")], "") == "专用  1\nbay   22"
