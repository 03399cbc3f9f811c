"""A file or a folder appears whole or not at all, and nothing is written over."""

import os
from pathlib import Path

import pytest

from zhilu import durable
from zhilu.errors import CallerError, WorldError


def test_a_new_file_takes_no_name_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        durable.create(tmp_path / "f", b"yours")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("f", b"mine")]


def test_a_name_taken_meanwhile_stays_who_took_it(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError), durable.new_file(tmp_path / "f") as file:
        file.write(b"yours")
        (tmp_path / "f").write_bytes(b"mine")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("f", b"mine")]


def test_a_new_file_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError), durable.new_file(tmp_path / "f") as file:
        file.write(b"half")
        raise ValueError
    assert list(tmp_path.iterdir()) == []


def test_without_hard_links_a_file_is_named_all_the_same(tmp_path: Path, monkeypatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    durable.create(tmp_path / "f", b"whole")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("f", b"whole")]


@pytest.mark.parametrize("there", [None, "empty"])
def test_a_folder_appears_whole(tmp_path: Path, there: str | None) -> None:
    home = tmp_path / "deep" / "home"
    if there:
        home.mkdir(parents=True)
    with durable.new_folder(home) as draft:
        (draft / "key").write_bytes(b"k")
        assert not (home / "key").exists()
    assert (home / "key").read_bytes() == b"k"
    assert home.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in home.parent.iterdir()] == ["home"]


@pytest.mark.parametrize("there", ["file", "folder", "link"])
def test_a_folder_takes_no_place_that_is_taken(tmp_path: Path, there: str) -> None:
    home = tmp_path / "home"
    if there == "file":
        home.write_bytes(b"mine")
    elif there == "link":
        home.symlink_to("nowhere")
    else:
        home.mkdir()
        (home / "key").write_bytes(b"mine")
    with pytest.raises(CallerError) as refused, durable.new_folder(home):
        pytest.fail("nothing may be begun")
    assert refused.value.code == "exists"
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_folder_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WorldError) as failed, durable.new_folder(tmp_path / "home") as draft:
        (draft / "key").write_bytes(b"k")
        raise OSError(28, os.strerror(28))
    assert failed.value.code == "write"
    with pytest.raises(KeyboardInterrupt), durable.new_folder(tmp_path / "home"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_failed_replace_leaves_the_old_file_alone(tmp_path: Path, monkeypatch) -> None:
    durable.replace(tmp_path / "f", b"old")

    def cut(*_: object) -> None:
        raise OSError("cut")

    monkeypatch.setattr(durable.os, "fsync", cut)
    with pytest.raises(OSError):
        durable.replace(tmp_path / "f", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("f", b"old")]
