"""What an administrator edits past the ledger is edited, and put back whatever comes of it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from zhilu.demo import proofs, tampering
from zhilu.demo.place import Place
from zhilu.errors import CallerError, DataError

OUTCOME = UUID("019ec918-d789-779f-b9ac-5d78c0141b57")
CORE = b'{"kind":"off-book-found","amount_fen":12000000}'


@pytest.fixture
def county(tmp_path: Path) -> Place:
    place = Place(tmp_path, tmp_path / "kept", 8600, "qinghe")
    place.home("server").mkdir()
    with closing(sqlite3.connect(place.home("server") / "db.sqlite3")) as database, database:
        database.execute("CREATE TABLE evidence_outcome (entry, id, amount_fen)")
        database.execute('CREATE TABLE ledger_entry ("index", core)')
        database.execute("INSERT INTO evidence_outcome VALUES (7, ?, 12000000)", [OUTCOME.hex])
        database.execute("INSERT INTO ledger_entry VALUES (7, ?)", [CORE])
    return place


def said(county: Place) -> tuple[int, bytes]:
    asked = 'SELECT amount_fen, core FROM evidence_outcome JOIN ledger_entry ON "index" = entry'
    with closing(sqlite3.connect(county.home("server") / "db.sqlite3")) as database:
        found: tuple[int, bytes] = database.execute(asked).fetchone()
    return found


def test_row_and_entry_say_the_same_other_thing_and_then_what_they_said(county: Place) -> None:
    with tampering.edited(county) as edit:
        assert said(county) == (1_200_000, CORE.replace(b"12000000", b"1200000"))
        assert str(OUTCOME) in edit.row and edit.entry == "entry 7:"
        assert "120,000" in edit.said and "12,000" in edit.said
    assert said(county) == (12_000_000, CORE)


def test_it_is_put_back_also_where_the_comparison_fails(county: Place) -> None:
    with pytest.raises(RuntimeError), tampering.edited(county):
        raise RuntimeError
    assert said(county) == (12_000_000, CORE)


def test_another_folder_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(CallerError):
        tampering.by_hand(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_city_that_names_nothing_is_no_proof() -> None:
    lines = ["entry 17: column core", f"evidence.outcome {OUTCOME}: column amount_fen"]
    assert proofs.the(lines, "entry 17") == lines[0]
    with pytest.raises(DataError):
        proofs.the(lines, "entry 7:")
