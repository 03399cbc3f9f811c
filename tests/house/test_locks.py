"""The lock of a file: one process at a time, and none after it has gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from zhilu import locks

HOLDS = """
import sys
from zhilu import locks
file = open(sys.argv[1], "w")
print(locks.take(file), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def test_a_lock_that_another_process_has_is_not_taken_and_ends_with_it(path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "True\n"
        with path.open("w") as file:
            assert not locks.take(file)
            other.kill()
            locks.wait(file)


def test_within_a_process_two_openings_are_two(path: Path) -> None:
    with path.open("w") as one, path.open("w") as other:
        assert locks.take(one) and not locks.take(other)
    with path.open("w") as later:
        assert locks.take(later)
