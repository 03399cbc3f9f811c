"""The county is built once, whole or not at all, and anew where it would be another or an old one."""

import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import zhilu
from zhilu.demo.bureau import cache
from zhilu.demo.bureau.julu import JULU
from zhilu.demo.place import Place

TODAY = date(2026, 11, 29)


def built(home: Path, today: object) -> Path:
    home.mkdir(parents=True)
    (home / cache.BUILT).write_text(json.dumps({"today": today}))
    return home


@pytest.mark.parametrize(("age", "is_found"), [(0, True), (6, True), (7, False), (30, False), (-1, False)])
def test_it_is_used_for_a_week(tmp_path: Path, age: int, is_found: bool) -> None:
    home = built(tmp_path / "a", (TODAY - timedelta(days=age)).isoformat())
    assert cache.found(home, TODAY) is is_found


@pytest.mark.parametrize("said", [None, 3, "yesterday"])
def test_what_does_not_say_its_day_is_none(tmp_path: Path, said: object) -> None:
    assert not cache.found(tmp_path / "nothing", TODAY)
    assert not cache.found(built(tmp_path / "a", said), TODAY)


def test_another_program_county_or_tcp_port_is_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "zhilu"
    (package / "server" / "pages").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "rules.py").write_text("LEAST = 1\n")
    (package / "server" / "pages" / "list.py").write_text("COLUMNS = 4\n")
    monkeypatch.setattr(zhilu, "__file__", str(package / "__init__.py"))
    first = cache.key(JULU, 8600, 183)
    assert first == cache.key(JULU, 8600, 183)
    assert first != cache.key(JULU, 8700, 183) and first != cache.key(replace(JULU, taxpayers=()), 8600, 183)
    (package / "server" / "pages" / "list.py").write_text("COLUMNS = 5\n")
    assert first == cache.key(JULU, 8600, 183), "pages make no data"
    (package / "rules.py").write_text("LEAST = 2\n")
    assert first != cache.key(JULU, 8600, 183)


def test_a_build_that_fails_leaves_nothing_and_what_was_there(tmp_path: Path) -> None:
    old = built(tmp_path / "julu-8600-old", TODAY.isoformat())
    with pytest.raises(RuntimeError), cache.building(tmp_path / "julu-8600-new") as draft:
        (draft / "half").write_text("half")
        raise RuntimeError
    assert old.exists() and not (tmp_path / "julu-8600-new").exists() and not draft.exists()


def test_the_three_newest_are_kept(tmp_path: Path) -> None:
    for place in range(5):
        os.utime(built(tmp_path / f"old-{place}", TODAY.isoformat()) / cache.BUILT, (place, place))
    with cache.building(tmp_path / "new") as draft:
        (draft / cache.BUILT).write_text(json.dumps({"today": TODAY.isoformat()}))
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"new", "old-3", "old-4"}
    assert cache.found(tmp_path / "new", TODAY)


def test_a_demo_changes_its_copy_only(tmp_path: Path) -> None:
    home = built(tmp_path / "home", TODAY.isoformat())
    for name in ("server", "kept"):
        (home / name).mkdir()
        (home / name / "file").write_text("as built")
    place = Place(tmp_path / "work", tmp_path / "elsewhere", 8600)
    cache.copy_to(home, place)
    (place.home("server") / "file").write_text("changed")
    assert (home / "server" / "file").read_text() == "as built"
    assert (place.kept / "file").read_text() == "as built"
