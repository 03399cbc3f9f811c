"""What an administrator edits past the ledger is edited, and put back whatever comes of it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from zhilu.demo import proofs, tampering
from zhilu.demo.place import Place
from zhilu.errors import CallerError, DataError

ACT = UUID("019ec918-d789-779f-b9ac-5d78c0141b57")
BEFORE, AFTER = "清河县顺达汽车维修中心", "清河县福来宾馆"


def text(taxpayer: str) -> bytes:
    return f'{{"taxpayer":"{taxpayer}"}}'.encode()


@pytest.fixture
def county(tmp_path: Path) -> Place:
    place = Place(tmp_path, tmp_path / "kept", 8600, "qinghe")
    place.home("server").mkdir()
    with closing(sqlite3.connect(place.home("server") / "db.sqlite3")) as database, database:
        database.execute("CREATE TABLE evidence_act (entry, id, taxpayer)")
        database.execute('CREATE TABLE ledger_entry ("index", personal)')
        for index, id_, taxpayer in ((5, UUID(int=5), AFTER), (6, UUID(int=6), BEFORE), (7, ACT, BEFORE)):
            database.execute("INSERT INTO evidence_act VALUES (?, ?, ?)", [index, id_.hex, taxpayer])
            database.execute("INSERT INTO ledger_entry VALUES (?, ?)", [index, text(taxpayer)])
    return place


def said(county: Place) -> list[tuple[str, bytes]]:
    asked = 'SELECT taxpayer, personal FROM evidence_act JOIN ledger_entry ON "index" = entry ORDER BY entry'
    with closing(sqlite3.connect(county.home("server") / "db.sqlite3")) as database:
        return database.execute(asked).fetchall()


UNTOUCHED = [(one, text(one)) for one in (AFTER, BEFORE, BEFORE)]


def test_row_and_entry_say_the_same_other_thing_and_then_what_they_said(county: Place) -> None:
    with tampering.edited(county) as edit:
        assert said(county) == [(one, text(one)) for one in (AFTER, BEFORE, AFTER)]
        assert edit.row == str(ACT) and edit.entry == "entry 7:"
        assert BEFORE in edit.said and AFTER in edit.said
    assert said(county) == UNTOUCHED


def test_it_is_put_back_also_where_the_comparison_fails(county: Place) -> None:
    with pytest.raises(RuntimeError), tampering.edited(county):
        raise RuntimeError
    assert said(county) == UNTOUCHED


def test_another_folder_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(CallerError):
        tampering.by_hand(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_city_that_names_nothing_is_no_proof() -> None:
    lines = ["entry 17: column core", f"evidence.act {ACT}: column taxpayer"]
    assert proofs.the(lines, "entry 17") == lines[0]
    with pytest.raises(DataError):
        proofs.the(lines, "entry 7:")
