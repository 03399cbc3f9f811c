"""The bureaus are built once, whole or not at all, and anew where it would be another or an old one."""

import errno
import json
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import zhilu
from zhilu.demo.bureau import cache, half_year, people
from zhilu.demo.bureau.county import County
from zhilu.demo.bureau.ground import BUREAUS, Ground
from zhilu.errors import WorldError
from zhilu.i18n import _ as gettext

TODAY = date(2026, 11, 29)


def built(home: Path, today: object) -> Path:
    for name in cache.WHOLE:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
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


def test_why_it_is_built_is_said(tmp_path: Path) -> None:
    home = tmp_path / "xingtai-8600-new"
    assert cache.lacking(home, TODAY) == cache.NONE
    built(tmp_path / "xingtai-8700-new", TODAY.isoformat())
    assert cache.lacking(home, TODAY) == cache.NONE, "that is another demo's"
    built(tmp_path / "xingtai-8600-old", TODAY.isoformat())
    assert cache.lacking(home, TODAY) == cache.OTHER
    built(home, (TODAY - timedelta(days=8)).isoformat())
    assert cache.lacking(home, TODAY) == cache.OLD
    built(home, TODAY.isoformat())
    assert cache.lacking(home, TODAY) == ""
    (home / "qiaoxi/server/db.sqlite3").unlink()
    assert cache.lacking(home, TODAY) == cache.BROKEN


def test_the_terminal_says_why_and_builds_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    built(tmp_path / "xingtai-8600-old", TODAY.isoformat())
    home, ground = tmp_path / "xingtai-8600-new", Ground(tmp_path, tmp_path, 8600)
    builds: list[Path] = []

    def build(_demo: str, _only: str, draft: Path, *_: str, log: Path, hear: Callable[[str], None]) -> None:
        builds.append(draft)
        hear("    2026-11, 50 %")
        hear(f"Written: {draft}")
        draft.rmdir()
        built(draft, TODAY.isoformat())

    monkeypatch.setattr(cache, "folder", lambda: tmp_path)
    monkeypatch.setattr(cache, "key", lambda *_: home.name)
    monkeypatch.setattr(half_year, "run", build)
    monkeypatch.setattr(half_year, "today", lambda: TODAY)
    monkeypatch.setattr(people, "load", lambda *_: None)
    for _ in range(2):
        half_year.moved_into(ground, 183)
    said = capsys.readouterr().out
    assert len(builds) == 1 and said.count("\n") == 3, "why, its one month, done"
    assert "2026-11" in said and str(builds[0]) not in said
    assert any(_told(cache.OTHER) in said for _told in (str, gettext))


def test_who_comes_second_is_told_that_he_waits_and_looks_again(tmp_path: Path) -> None:
    home, told = tmp_path / "xingtai-8600-a", threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with cache.only_builder(home, lambda: None):
            second = pool.submit(_second, home, told)
            assert told.wait(60)
            built(home, TODAY.isoformat())
        assert second.result(60) == ""


def _second(home: Path, told: threading.Event) -> str:
    with cache.only_builder(home, told.set):
        return cache.lacking(home, TODAY)


def test_a_full_disk_is_one_plain_word_and_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Any, target: Any, **_: Any) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    home = tmp_path / "xingtai-8600-a"
    with pytest.raises(WorldError) as error, cache.building(home) as draft:
        (draft / "file").write_text("whole")
        monkeypatch.setattr(shutil, "copytree", partial(shutil.copytree, copy_function=full))
    assert error.value.code == "demo-room" and "No space left" in str(error.value.fields["said"])
    assert not list(tmp_path.glob("*")) and not list(tmp_path.glob(".xingtai*"))


def test_what_a_killed_build_left_goes_with_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "SHM", tmp_path / "shm")
    cache.SHM.mkdir()
    home, begun = tmp_path / "demo" / "xingtai-8600-a", cache.building(tmp_path / "demo" / "xingtai-8600-a")
    home.parent.mkdir()
    (home.parent / ".xingtai-8600-b").mkdir()
    draft = begun.__enter__()  # and is killed here
    other = cache.SHM / "zhilu-demo-build-of-another-checkout"
    other.mkdir()
    with cache.building(home) as again:
        assert not draft.exists() and again.exists() and other.exists()
        again.rmdir()
        built(again, TODAY.isoformat())
    assert {path.name for path in home.parent.iterdir()} == {home.name}


def test_another_program_bureau_or_tcp_port_is_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "zhilu"
    (package / "server" / "pages").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "rules.py").write_text("LEAST = 1\n")
    (package / "server" / "pages" / "list.py").write_text("COLUMNS = 4\n")
    monkeypatch.setattr(zhilu, "__file__", str(package / "__init__.py"))
    first = cache.key(8600, 183)
    assert first == cache.key(8600, 183)
    other: list[County] = [*BUREAUS[1:], replace(BUREAUS[0], taxpayers=())]
    assert first != cache.key(8800, 183) and first != cache.key(8600, 183, other)
    (package / "server" / "pages" / "list.py").write_text("COLUMNS = 5\n")
    assert first == cache.key(8600, 183), "pages make no data"
    (package / "rules.py").write_text("LEAST = 2\n")
    assert first != cache.key(8600, 183)


def test_a_build_that_fails_leaves_nothing_and_what_was_there(tmp_path: Path) -> None:
    old = built(tmp_path / "xingtai-8600-old", TODAY.isoformat())
    with pytest.raises(RuntimeError), cache.building(tmp_path / "xingtai-8600-new") as draft:
        (draft / "half").write_text("half")
        raise RuntimeError
    assert old.exists() and not (tmp_path / "xingtai-8600-new").exists() and not draft.exists()


def test_the_three_newest_are_kept(tmp_path: Path) -> None:
    for place in range(5):
        os.utime(built(tmp_path / f"old-{place}", TODAY.isoformat()) / cache.BUILT, (place, place))
    with cache.building(tmp_path / "new") as draft:
        draft.rmdir()
        built(draft, TODAY.isoformat())
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"new", "old-3", "old-4"}
    assert cache.found(tmp_path / "new", TODAY)


def test_a_demo_changes_its_copy_only(tmp_path: Path) -> None:
    home = built(tmp_path / "home", TODAY.isoformat())
    for name in ("julu/server", "kept"):
        (home / name).mkdir(exist_ok=True)
        (home / name / "file").write_text("as built")
    ground = Ground(tmp_path / "work", tmp_path / "elsewhere", 8600)
    ground.work.mkdir()
    cache.copy_to(home, ground)
    (ground.place(BUREAUS[0]).home("server") / "file").write_text("changed")
    assert (home / "julu/server/file").read_text() == "as built"
    assert (ground.kept / "file").read_text() == "as built"
