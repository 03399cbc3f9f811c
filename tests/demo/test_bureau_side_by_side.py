"""Bureaus are built side by side: all of them or none."""

import os
import time
from functools import partial
from pathlib import Path

import pytest

from zhilu.demo.bureau.build import side_by_side
from zhilu.errors import DataError, WorldError


def lives(path: Path) -> None:
    path.write_text(str(os.getpid()))
    time.sleep(60)


def fails(beside: Path, error: Exception) -> None:
    while not (beside.exists() and beside.read_text()):
        time.sleep(0.01)
    raise error


def dies(beside: Path) -> None:
    while not (beside.exists() and beside.read_text()):
        time.sleep(0.01)
    os._exit(9)


def test_all_that_end_well_are_waited_for(tmp_path: Path) -> None:
    names = ("julu", "qinghe", "xingtai")
    side_by_side({name: (tmp_path / f"{name}.made").touch for name in names}, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{name}.made" for name in names]


@pytest.mark.parametrize(
    ("error", "said"),
    [(DataError("note-signature"), "note-signature"), (OSError(28, "No space left"), "No space left")],
)
def test_the_first_that_fails_says_why_and_ends_the_others(
    tmp_path: Path, error: Exception, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(WorldError) as caught:
        side_by_side({"julu": partial(lives, pid), "qinghe": partial(fails, pid, error)}, tmp_path)
    assert caught.value.fields["bureau"] == "qinghe" and said in str(caught.value.fields["said"])
    assert not Path(f"/proc/{pid.read_text()}").exists()


def test_one_that_is_killed_is_named_too(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(WorldError) as caught:
        side_by_side({"julu": partial(lives, pid), "qiaoxi": partial(dies, pid)}, tmp_path)
    assert caught.value.fields["bureau"] == "qiaoxi"
