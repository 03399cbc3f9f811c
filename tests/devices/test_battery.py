"""What the kernel says of the charge; whatever cannot be read is no battery."""

from pathlib import Path

import pytest

from zhilu.devices.battery import charge


def supply(root: Path, name: str, **said: str) -> None:
    (root / name).mkdir()
    for file, text in said.items():
        (root / name / file).write_text(text + "\n")


def test_the_emptiest_battery_counts(tmp_path: Path) -> None:
    supply(tmp_path, "BAT0", type="Battery", capacity="80")
    supply(tmp_path, "BAT1", type="Battery", capacity="35")
    supply(tmp_path, "AC", type="Mains", online="1")
    supply(tmp_path, "mouse", type="Battery", scope="Device", capacity="3")
    assert charge(tmp_path) == 35


@pytest.mark.parametrize("text", ["", "-1", "full", "٣", "3.5", "9" * 1000])
def test_what_cannot_be_read_is_passed_over(tmp_path: Path, text: str) -> None:
    supply(tmp_path, "BAT0", type="Battery", capacity=text)
    assert charge(tmp_path) in (None, 100)
    supply(tmp_path, "BAT1", capacity="7")
    assert charge(tmp_path) == 7


def test_none_where_there_is_none(tmp_path: Path) -> None:
    assert charge(tmp_path / "none") is None
    supply(tmp_path, "BAT0", type="Battery")
    (tmp_path / "BAT0" / "capacity").mkdir()
    assert charge(tmp_path) is None
    (tmp_path / "BAT0" / "type").write_bytes(b"\xff")
    assert charge(tmp_path) is None
