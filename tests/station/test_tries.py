"""Five failed checks lock an officer at this station for a quarter of an hour, whatever happens meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.station_world import CLERK, OFFICER
from zhilu.errors import CallerError
from zhilu.station import tries
from zhilu.station.tries import MOST, WITHIN, Tries

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Desk:
    """Tries in a folder, with a clock that stands until it is turned."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder / "tries", START
        self.restart()

    def restart(self) -> None:
        self.tries = Tries(self.folder, lambda: self.now)

    def fail(self, times: int, person: str = OFFICER, every: timedelta = timedelta(seconds=10)) -> list[bool]:
        said = []
        for _ in range(times):
            self.now += every
            said.append(self.tries.failed(person))
        return said

    def locked(self, person: str = OFFICER) -> bool:
        try:
            self.tries.check(person)
        except CallerError as error:
            assert error.code == "officer-locked"
            return True
        return False


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_fifth_failure_locks_and_only_the_fifth_says_so(desk: Desk) -> None:
    assert desk.fail(MOST - 1) == [False] * 4 and not desk.locked()
    assert desk.fail(1) == [True] and desk.locked()
    assert desk.tries.locked_until(OFFICER) == desk.now + WITHIN
    assert not desk.locked(CLERK)


def test_it_lasts_a_quarter_of_an_hour(desk: Desk) -> None:
    desk.fail(MOST)
    desk.now += WITHIN - timedelta(seconds=1)
    assert desk.locked()
    desk.now += timedelta(seconds=1)
    assert not desk.locked() and desk.tries.locked_until(OFFICER) is None
    assert desk.fail(1) == [False], "he begins anew"


def test_failures_far_apart_lock_nobody(desk: Desk) -> None:
    assert not any(desk.fail(20, every=timedelta(minutes=4)))


def test_a_success_clears_the_count(desk: Desk) -> None:
    desk.fail(MOST - 1)
    desk.tries.passed(OFFICER)
    assert desk.fail(MOST) == [False] * 4 + [True]


@pytest.mark.parametrize("failures", [MOST - 1, MOST])
def test_a_restart_forgets_nothing(desk: Desk, failures: int) -> None:
    desk.fail(failures)
    desk.restart()
    assert desk.locked() == (failures == MOST)
    assert desk.fail(1) == [failures == MOST - 1]


def test_a_restart_after_a_success_remembers_no_failure(desk: Desk) -> None:
    desk.fail(MOST - 1)
    desk.tries.passed(OFFICER)
    desk.restart()
    assert list(desk.folder.iterdir()) == [] and desk.fail(MOST - 1) == [False] * 4


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
def test_a_clock_that_was_set_locks_nobody_for_ever(desk: Desk, jump: timedelta) -> None:
    desk.fail(MOST)
    desk.now += jump
    assert not desk.locked()
    desk.fail(MOST)
    assert desk.locked()


def test_no_name_from_outside_is_a_path(desk: Desk) -> None:
    for person in ("../../x", "/etc/passwd", "", "a" * 5000, "\0"):
        desk.fail(MOST, person)
        assert desk.locked(person)
    assert {path.parent for path in desk.folder.parent.rglob("*.json")} == {desk.folder}


def test_a_full_disk_does_not_give_more_tries(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tries, "replace", full)
    assert desk.fail(MOST) == [False] * 4 + [True] and desk.locked()


@pytest.mark.parametrize("damage", [b"", b"{", b'{"failures":3}', b'{"failures":["x"]}', b'{"failures":[7]}'])
def test_a_damaged_file_stops_nobody(desk: Desk, damage: bytes) -> None:
    desk.fail(MOST)
    next(desk.folder.iterdir()).write_bytes(damage)
    desk.restart()
    assert not desk.locked() and desk.fail(MOST)[-1]
