"""A mirrored ledger as a file: what comes back is all of it, or nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from support.city_world import CityWorld
from support.neighbour import Ledger, fill
from zhilu.errors import DataError, ZhiluError
from zhilu.server.federation.models import Joined, Mirror
from zhilu.server.federation.services import applying, carrying, handing, mirror, rounds
from zhilu.server.ledger.models import Checkpoint, Entry, Tile
from zhilu.server.organisation.models import Department


@pytest.fixture
def julu(city: CityWorld) -> Ledger:
    """300 entries, read at two notes."""
    ledger = Ledger()
    city.join(ledger)
    for start in (0, 120):
        fill(ledger, 120 + start // 2, start)
        ledger.publish()
        rounds.once(Joined.objects.get(bureau="julu"), ledger)
    return ledger


def carried() -> bytes:
    file = io.BytesIO()
    carrying.write("julu", file)
    return file.getvalue()


def taken(city: CityWorld, ledger: Ledger, data: bytes) -> int:
    file = io.BytesIO(data)
    return carrying.fill_mirror(file, carrying.bureau_of(file), ledger.neighbour.keys)


def emptied(city: CityWorld) -> None:
    with mirror.of("julu"):
        for model in (Entry, Tile, Checkpoint):
            model.objects.all().delete()
        Mirror.objects.all().delete()
    mirror.prepare("julu")


@pytest.mark.db
def test_a_mirror_is_the_same_after_the_way_through_a_file(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_of_it() -> tuple[object, ...]:
        with mirror.of("julu"):
            frontier, note, _ = mirror.known()
            rows = [list(model.objects.order_by("pk").values()) for model in (Entry, Checkpoint)]
            tiles = sorted(Tile.objects.values_list("level", "index", "data"))
            plain = [(level, index, bytes(data)) for level, index, data in tiles]
            return frontier.to_json(), note, [[_plain(row) for row in table] for table in rows], plain

    before = all_of_it()
    monkeypatch.setattr(handing, "BATCH_BYTES", 20_000)
    data = carried()
    assert len(data) > 60_000
    emptied(city)
    assert taken(city, julu, data) == 300
    assert all_of_it() == before
    emptied_rows = Department.objects.count()
    assert applying.rebuild("julu") == 300 and emptied_rows == 0
    fill(julu, 5, 300)
    julu.publish()
    rounds.once(Joined.objects.get(bureau="julu"), julu)
    with mirror.of("julu"):
        assert mirror.known()[0].size == 305, "and is followed from there"


def _plain(row: dict[str, object]) -> dict[str, object]:
    return {name: bytes(one) if isinstance(one, memoryview) else one for name, one in row.items()}


def swap(data: bytes, a: bytes, b: bytes) -> bytes:
    assert data.count(a) >= 1 and len(a) == len(b)
    return data.replace(a, b, 1)


CHANGES: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda data: data[:-1], "mirror-file"),
    (lambda data: data[:-20_000], "mirror-file"),
    (lambda data: data + b"\0", "mirror-file"),
    (lambda data: data[data.index(b"\n") + 1 :], "mirror-file"),
    (lambda data: b"", "mirror-file"),
    (lambda data: swap(data, b"zhilu-mirror/1", b"zhilu-mirror/2"), "mirror-file"),
    (lambda data: swap(data, "第7科".encode(), "第8科".encode()), "payload"),
    (lambda data: swap(data, b"department-set/1", b"department-sot/1"), "mirror-file"),
    (lambda data: swap(data, b"\n300\n", b"\n301\n"), "note-signature"),
    (lambda data: swap(data, b'"bureau":"julu","at"', b'"bureau":"juli","at"'), "leaf-bureau"),
]


def test_whatever_was_changed_on_the_way_nothing_comes_back(city: CityWorld, julu: Ledger) -> None:
    whole = carried()
    emptied(city)
    for change, code in CHANGES:
        with pytest.raises(ZhiluError) as error:
            taken(city, julu, change(whole))
        assert error.value.code == code
        with mirror.of("julu"):
            assert (
                not Entry.objects.exists() and not Checkpoint.objects.exists() and not Tile.objects.exists()
            )
    assert taken(city, julu, whole) == 300


def test_another_ledgers_notes_are_not_taken(city: CityWorld, julu: Ledger, tmp_path: Path) -> None:
    data = carried()
    emptied(city)
    with pytest.raises(DataError) as error:
        taken(city, Ledger("qinghe"), data)
    assert error.value.code == "note-signature"
    with pytest.raises(DataError) as error:
        carrying.write("julu", io.BytesIO())
    assert error.value.code == "mirror-empty"
