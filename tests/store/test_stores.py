"""Both stores keep the same promises; what only a disk can break has its own tests below."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhilu.errors import CallerError, DataError, WorldError
from zhilu.store.api import Content, Store
from zhilu.store.memory import MemoryStore
from zhilu.store.posix import PosixStore

DATA = (b"one", b"two", b"")
WHOLE = b"onetwo"
CONTENT = Content(len(WHOLE), hashlib.sha256(WHOLE).digest())
KEY = "recordings/0190/media.sealed"


@pytest.fixture(params=["memory", "posix"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else PosixStore.create(tmp_path / "store")


def read(store: Store, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


def test_what_is_put_is_there(store: Store) -> None:
    assert store.length(KEY) is None
    assert store.put(KEY, DATA) == CONTENT
    assert read(store, KEY) == WHOLE and store.length(KEY) == len(WHOLE)
    with store.open(KEY) as file:
        file.seek(3)
        assert file.read() == b"two"


def test_the_same_again_is_fine_other_bytes_are_refused(store: Store) -> None:
    store.put(KEY, DATA, CONTENT)
    assert store.put(KEY, [WHOLE]) == CONTENT
    with pytest.raises(DataError) as refused:
        store.put(KEY, [b"other"])
    assert refused.value.code == "store-exists" and read(store, KEY) == WHOLE


def test_what_was_announced_must_come(store: Store) -> None:
    for wrong in (Content(len(WHOLE), bytes(32)), Content(5, CONTENT.sha256)):
        with pytest.raises(DataError) as refused:
            store.put(KEY, DATA, wrong)
        assert refused.value.code == "store-mismatch"
    assert store.length(KEY) is None


def test_a_source_that_fails_leaves_nothing(store: Store) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise DataError("segment-hash")

    with pytest.raises(DataError):
        store.put(KEY, broken())
    assert store.length(KEY) is None


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A whole file of the caller's."""
    path = tmp_path / "spool" / "media.sealed"
    path.parent.mkdir()
    path.write_bytes(WHOLE)
    return path


def test_a_file_that_is_adopted_is_there_and_the_callers_name_may_go(store: Store, mine: Path) -> None:
    for _ in range(2):
        store.adopt(KEY, mine)
        assert mine.stat().st_mode & 0o777 == 0o444
    mine.unlink()
    assert read(store, KEY) == WHOLE and store.length(KEY) == len(WHOLE)
    with pytest.raises(WorldError) as refused:
        store.adopt(KEY, mine)
    assert refused.value.code == "store-failed"


def test_of_adopted_files_too_the_first_stays(store: Store, mine: Path) -> None:
    store.put(KEY, [b"other"])
    with pytest.raises(DataError) as refused:
        store.adopt(KEY, mine)
    assert refused.value.code == "store-exists" and read(store, KEY) == b"other"
    assert mine.read_bytes() == WHOLE


def test_a_file_of_the_bytes_that_are_stored_is_adopted(store: Store, mine: Path) -> None:
    store.put(KEY, DATA)
    store.adopt(KEY, mine)
    assert read(store, KEY) == WHOLE


def test_nothing_under_an_unknown_key(store: Store) -> None:
    with pytest.raises(DataError) as refused:
        store.open(KEY)
    assert refused.value.code == "store-missing"


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../x", "a/../b", "a//b", ".hidden", "A", "a/.b", "a\n", "x" * 501]
)
def test_keys_that_are_none(store: Store, key: str) -> None:
    for act in (
        store.open,
        store.length,
        lambda key: store.put(key, [b""]),
        lambda key: store.adopt(key, Path(__file__)),
    ):
        with pytest.raises(CallerError):
            act(key)


def test_of_many_writers_one_wins_and_the_others_learn_of_it(store: Store) -> None:
    results: list[str] = []

    def write(n: int) -> None:
        try:
            store.put(KEY, [bytes([n]) * 100_000])
            results.append("stored")
        except DataError as error:
            results.append(error.code)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["store-exists"] * 7 + ["stored"]
    assert len(set(read(store, KEY))) == 1


class Steps(list[str]):
    """What was done to the disk, in order; at `crash_at` (from 1) nothing more is done."""

    crash_at = 0

    def take(self, step: str) -> None:
        if len(self) + 1 == self.crash_at:
            self.crash_at = 0
            raise KeyboardInterrupt
        self.append(step)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    done = Steps()
    real_sync, real_link, real_seal = os.fsync, Path.hardlink_to, os.fchmod

    def sync(descriptor: int) -> None:
        done.take("sync " + Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real_sync(descriptor)

    def link(self: Path, target: Path) -> None:
        done.take("link")
        real_link(self, target)

    def seal(descriptor: int, mode: int) -> None:
        done.take("seal")
        real_seal(descriptor, mode)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "hardlink_to", link)
    monkeypatch.setattr(os, "fchmod", seal)
    return done


class TestOnDisk:
    @pytest.fixture
    def disk(self, tmp_path: Path) -> PosixStore:
        return PosixStore.create(tmp_path / "store")

    def test_objects_are_read_only(self, disk: PosixStore, tmp_path: Path) -> None:
        disk.put(KEY, DATA)
        assert (tmp_path / "store" / KEY).stat().st_mode & 0o777 == 0o444
        assert list((tmp_path / "store/tmp").iterdir()) == []

    def test_bytes_name_and_folders_are_synced_before_put_returns(
        self, disk: PosixStore, steps: Steps
    ) -> None:
        disk.put(KEY, DATA)
        assert steps[0].startswith("sync ") and steps[1:3] == ["seal", "link"]
        assert steps[3:] == ["sync 0190", "sync recordings", "sync store"]

    @pytest.mark.parametrize("failing", ["fsync", "fchmod"])
    def test_a_failing_disk_is_said_and_leaves_nothing(
        self, disk: PosixStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as broken:
            broken.setattr(os, failing, fail)
            with pytest.raises(WorldError) as refused:
                disk.put(KEY, DATA)
        assert refused.value.code == "store-failed"
        assert disk.length(KEY) is None and list((tmp_path / "store/tmp").iterdir()) == []
        disk.put(KEY, DATA)

    def test_an_adopted_file_is_one_with_the_object(
        self, disk: PosixStore, tmp_path: Path, mine: Path
    ) -> None:
        disk.adopt(KEY, mine)
        assert (tmp_path / "store" / KEY).samefile(mine) and list((tmp_path / "store/tmp").iterdir()) == []

    def test_a_file_is_sealed_and_synced_before_it_is_linked_and_the_folders_after(
        self, disk: PosixStore, mine: Path, steps: Steps
    ) -> None:
        disk.adopt(KEY, mine)
        assert steps == ["seal", "sync media.sealed", "link", "sync 0190", "sync recordings", "sync store"]

    @pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6])
    def test_a_crash_at_any_step_of_adopt_is_made_good(
        self, disk: PosixStore, mine: Path, steps: Steps, step: int
    ) -> None:
        steps.crash_at = step
        with pytest.raises(KeyboardInterrupt):
            disk.adopt(KEY, mine)
        assert disk.length(KEY) == (len(WHOLE) if step > 3 else None)
        del steps[:]
        disk.adopt(KEY, mine)
        assert read(disk, KEY) == WHOLE
        assert steps[-3:] == ["sync 0190", "sync recordings", "sync store"]

    @pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM, errno.EMLINK])
    def test_where_no_link_is_possible_the_file_is_copied(
        self, disk: PosixStore, mine: Path, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        real = Path.hardlink_to

        def link(self: Path, target: Path) -> None:
            if target == mine:
                raise OSError(number, os.strerror(number))
            real(self, target)

        monkeypatch.setattr(Path, "hardlink_to", link)
        for _ in range(2):
            disk.adopt(KEY, mine)
        assert read(disk, KEY) == WHOLE and mine.stat().st_nlink == 1

    def test_a_file_of_another_file_system_is_copied(self, disk: PosixStore, tmp_path: Path) -> None:
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            there = Path(folder) / "media.sealed"
            there.write_bytes(WHOLE)
            assert there.stat().st_dev != tmp_path.stat().st_dev
            disk.adopt(KEY, there)
        assert read(disk, KEY) == WHOLE and list((tmp_path / "store/tmp").iterdir()) == []

    def test_a_disk_that_refuses_a_link_is_said(
        self, disk: PosixStore, mine: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as broken:
            broken.setattr(Path, "hardlink_to", full)
            with pytest.raises(WorldError) as refused:
                disk.adopt(KEY, mine)
        assert refused.value.code == "store-failed" and disk.length(KEY) is None
        disk.adopt(KEY, mine)

    def test_strays_of_crashed_writers_are_swept(self, disk: PosixStore, tmp_path: Path) -> None:
        (tmp_path / "store/tmp/stray").write_bytes(b"half")
        assert disk.sweep() == 1 and disk.sweep() == 0

    def test_a_store_is_never_made_silently(self, tmp_path: Path) -> None:
        with pytest.raises(WorldError):
            PosixStore(tmp_path / "nowhere")
