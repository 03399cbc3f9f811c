"""The audit names an entry whose payload, salt or columns were changed, whatever stands there now."""

from __future__ import annotations

import shutil
import sqlite3
from base64 import b64encode
from pathlib import Path

import pytest

from support.county_home import zhilu


@pytest.fixture
def home(filled: Path) -> Path:
    return filled


def tampered(home: Path, folder: Path, *statements: str) -> str:
    copy = folder / "copy"
    shutil.copytree(home, copy)
    with sqlite3.connect(copy / "db.sqlite3") as database:
        for statement in statements:
            assert database.execute(statement).rowcount > 0
    done = zhilu("audit", "--home", copy)
    assert done.returncode == 1, done.stdout + done.stderr
    return str(done.stdout)


def numbers(home: Path) -> list[int]:
    with sqlite3.connect(home / "db.sqlite3") as database:
        rows = database.execute("SELECT \"index\" FROM ledger_entry WHERE kind='person-added/1'")
        return sorted(number for (number,) in rows)


def test_another_name_without_its_salt(home: Path, tmp_path: Path) -> None:
    """Entry and row agree with each other, and not with what was published."""
    first, second, third, *_ = numbers(home)
    said = tampered(
        home,
        tmp_path,
        "UPDATE ledger_entry SET personal_salt=NULL,"
        " personal=CAST(replace(CAST(personal AS TEXT), '张建国', '张建民') AS BLOB)"
        f' WHERE "index"={first}',
        "UPDATE organisation_person SET name='张建民' WHERE name='张建国'",
        f"UPDATE ledger_entry SET personal_salt=X'00' WHERE \"index\"={second}",
        f"UPDATE ledger_entry SET core_salt=X'00' WHERE \"index\"={third}",
    )
    lines = said.splitlines()
    for number, code in ((first, "personal"), (second, "personal"), (third, "core")):
        assert any(f"entry {number}:" in line and code in line for line in lines), said


@pytest.mark.parametrize("change", ["core='{}'", "core=7", "at='gestern'", "personal=7"])
def test_what_cannot_be_read_is_named(home: Path, tmp_path: Path, change: str) -> None:
    number = numbers(home)[0]
    said = tampered(home, tmp_path, f'UPDATE ledger_entry SET {change} WHERE "index"={number}')
    assert f"entry {number}" in said or "entries from" in said, said


def forged(note: bytes) -> bytes:
    """The same note over another tree, as who has the database alone can write it."""
    origin, size, _root, rest = note.split(b"\n", 3)
    return b"\n".join((origin, size, b64encode(bytes(32)), rest))


@pytest.mark.parametrize("is_note", [True, False])
def test_a_checkpoint_that_the_ledgers_key_did_not_sign(home: Path, tmp_path: Path, is_note: bool) -> None:
    with sqlite3.connect(home / "db.sqlite3") as database:
        row = database.execute("SELECT size, note FROM ledger_checkpoint ORDER BY size LIMIT 1").fetchone()
    note = forged(row[1]) if is_note else b"none"
    said = tampered(home, tmp_path, f"UPDATE ledger_checkpoint SET note=X'{note.hex()}' WHERE size={row[0]}")
    assert f"checkpoint {row[0]}: note" in said.splitlines()
