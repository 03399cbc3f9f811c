"""A card is sealed at the station: what lies on it, what ends it half-way, and that its row never breaks."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support import cards
from support.import_station import OFFICER, Station
from support.patience import until
from zhilu import durable
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.i18n import use_language
from zhilu.sealed.imports import PIECE, ImportReader
from zhilu.station import import_seal, import_store, import_walk, imports
from zhilu.station.import_store import Done


@pytest.fixture(autouse=True)
def english() -> None:
    use_language("en")


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    return folder


def sources(station: Station) -> set[str]:
    return {imported.source.sha256.hex() for imported in station.check_row()}


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_hundred_tiny_files_are_one_row(station: Station, card: Path) -> None:
    for number in range(100):
        (card / f"{number}.mp4").write_bytes(b"%d" % number)
    assert station.run(card) == 0
    assert sources(station) == {sha256_of(path) for path in card.iterdir()}
    assert len(station.recordings()) == 100


def test_again_is_nothing_new(station: Station, card: Path, capsys: Any) -> None:
    (card / "a.mp4").write_bytes(b"one")
    (card / "b.mp4").write_bytes(b"one")
    assert station.run(card) == 0
    assert len(station.recordings()) == 1
    before = sorted(path.name for path in station.spool.root.rglob("*"))
    assert station.run(card) == 0
    assert "0 sealed at import, 2 imported before" in capsys.readouterr().out
    assert sorted(path.name for path in station.spool.root.rglob("*")) == before


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_sizes(station: Station, card: Path, size: int) -> None:
    (card / "film.mp4").write_bytes(os.urandom(size))
    assert station.run(card) == 0
    (imported,) = station.check_row()
    assert imported.source.size == size and imported.closed.segments == max(1, -(-size // PIECE))


def test_what_is_no_file_is_refused_by_name(station: Station, card: Path, capsys: Any) -> None:
    os.mkfifo(card / "pipe.mp4")
    (card / "link.mp4").symlink_to("/etc/passwd")
    (card / "loop").symlink_to(card)
    (card / "good\nREFUSED: \x1b[31m.mp4").write_bytes(b"film")
    assert station.run(card) == 1
    told = capsys.readouterr().out
    assert told.count("REFUSED: ") == 4 and len(told.splitlines()) == 5 and "\x1b" not in told
    assert len(station.recordings()) == 1


def test_a_name_that_becomes_a_link_meanwhile(card: Path) -> None:
    path = card / "film.mp4"
    path.symlink_to("/etc/passwd")
    with pytest.raises(WorldError) as refused:
        import_walk.open_source(path)
    assert refused.value.code == "unreadable-file"


def test_too_deep_and_too_many(station: Station, card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = card / "/".join(["d"] * import_walk.MAX_DEPTH)
    deep.mkdir(parents=True)
    (deep / "film.mp4").write_bytes(b"film")
    assert station.run(card) == 1
    assert station.recordings() == []
    monkeypatch.setattr(import_walk, "MAX_NAMES", 3)
    for number in range(4):
        (card / f"{number}.mp4").write_bytes(b"%d" % number)
    with pytest.raises(CallerError) as refused:
        station.run(card)
    assert refused.value.code == "too-many" and station.recordings() == []


@pytest.mark.parametrize(
    ("name", "code"), [("no-snapshot", "no-snapshot"), ("expired", "snapshot-expired"), ("other", "rollback")]
)
def test_a_list_of_devices_that_does_not_hold(station: Station, card: Path, name: str, code: str) -> None:
    (card / "film.mp4").write_bytes(b"film")
    if name == "no-snapshot":
        (station.path / "snapshot.json").unlink()
    elif name == "expired":
        station.renew(hours=-0.5)
    else:
        station.ledger.append("device-revoked/1", {"kid": station.kid, "since": "", "reason": "lost"})
        station.renew()
        code = "not-enrolled"
    with pytest.raises(DataError) as refused:
        station.run(card)
    assert refused.value.code == code and station.recordings() == []


def test_officers(station: Station, card: Path) -> None:
    (card / "film.mp4").write_bytes(b"film")
    for unknown in ("0193a000-0000-7000-8000-000000000009", "056789"):
        with pytest.raises((CallerError, DataError)):
            station.run(card, officer=unknown)
    assert station.run(card, officer=OFFICER) == 0
    assert station.check_row()[0].officer == OFFICER


def test_one_import_at_a_time(station: Station, card: Path) -> None:
    with station.store.locked(), pytest.raises(WorldError) as refused:
        station.run(card)
    assert refused.value.code == "importing"


class Killed(BaseException):
    """As SIGKILL: nothing of the program runs after it."""


STEPS = ["draft", "open", "sealed", "chain", "chain-done", "files", "files-done", "moved"]


def dies(*_: Any, **__: Any) -> None:
    raise Killed


def dies_after(function: Any) -> Any:
    def wrapped(*arguments: Any, **more: Any) -> None:
        function(*arguments, **more)
        raise Killed

    return wrapped


def dies_writing(wanted: str, *, then: bool) -> Any:
    """`durable.replace` that dies before, or right after, it writes a file of this name."""

    def replace(path: Path, data: bytes, mode: int = 0o600) -> None:
        hit = wanted in str(path)
        if hit and not then:
            raise Killed
        durable.replace(path, data, mode)
        if hit:
            raise Killed

    return replace


def kill_at(step: str, patch: pytest.MonkeyPatch) -> None:
    store = import_store.ImportStore
    # A kill runs no `finally`: what would tidy up does nothing.
    patch.setattr(imports.shutil, "rmtree", lambda *_, **__: None)
    where: dict[str, tuple[object, str, Any]] = {
        "draft": (store, "draft", dies_after(store.draft)),
        "open": (import_seal._Writer, "segment", dies),
        "sealed": (store, "join", dies),
        "chain": (import_store, "replace", dies_writing("chain.json", then=False)),
        "chain-done": (import_store, "replace", dies_writing("chain.json", then=True)),
        "files": (import_store, "replace", dies_writing("/files/", then=False)),
        "files-done": (import_store, "replace", dies_writing("/files/", then=True)),
        "moved": (store, "_finish", dies_after(store._finish)),
    }
    patch.setattr(*where[step])


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_each_step_and_run_again(station: Station, card: Path, step: str) -> None:
    for number in range(3):
        (card / f"{number}.mp4").write_bytes(b"%d" % number * 1000)
    assert station.run(card) == 0
    (card / "new.mp4").write_bytes(b"the one that is being imported")
    (card / "last.mp4").write_bytes(b"and one that is not yet")
    with pytest.MonkeyPatch.context() as patch:
        kill_at(step, patch)
        with pytest.raises(Killed):
            station.run(card)
    assert station.run(card) == 0
    assert sources(station) == {sha256_of(path) for path in card.iterdir()}
    assert len(station.recordings()) == 5
    assert list(station.store.drafts.iterdir()) == []


HALTS_IN_THE_MIDDLE = """
import sys
from zhilu.cli import main
from zhilu.station import import_seal

segment = import_seal._Writer.segment

def halts(writer, piece):
    if writer.segments == 2:
        sys.stdin.read()
    return segment(writer, piece)

import_seal._Writer.segment = halts
sys.exit(main())
"""


def test_a_real_kill_in_the_middle(station: Station, card: Path) -> None:
    """The program as a process of its own, killed while it seals a large file."""
    (card / "a.mp4").write_bytes(b"small")
    (card / "large.mp4").write_bytes(bytes(4 * PIECE))
    words = ["station", "import", "--home", station.path, "--folder", card]
    command = [sys.executable, "-c", HALTS_IN_THE_MIDDLE, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "a.mp4" in process.stdout.readline()

        def half_sealed() -> bool:
            assert process.poll() is None
            drafts = station.store.drafts.glob("*/media.sealed")
            return any(draft.stat().st_size > PIECE for draft in drafts)

        until(half_sealed)
        process.kill()
    assert len(station.check_row()) == 1
    (card / "large.mp4").write_bytes(b"not so large")
    assert station.run(card) == 0
    assert sources(station) == {sha256_of(path) for path in card.iterdir()}


def test_memory_does_not_grow_with_the_file(station: Station, card: Path) -> None:
    with (card / "large.mp4").open("wb") as file:
        file.truncate(200 * 2**20)
    program = (
        "import sys; from pathlib import Path; from zhilu.station import imports;"
        "imports.run(Path(sys.argv[1]), Path(sys.argv[2]), (), None);"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    )
    words = [sys.executable, "-c", program, str(station.path), str(card)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert int(done.stdout.splitlines()[-1]) < 64 * 1024  # KiB, the interpreter and its libraries included


def test_a_full_disk_costs_one_file(station: Station, card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (card / "a.mp4").write_bytes(b"x" * (2 * PIECE))
    (card / "b.mp4").write_bytes(b"small")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    monkeypatch.setattr(imports, "check_room", lambda *_: None)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (PIECE, before[1]))
    try:
        assert station.run(card) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert sources(station) == {sha256_of(card / "b.mp4")}
    assert list(station.store.drafts.iterdir()) == []
    assert station.run(card) == 0
    assert len(station.check_row()) == 2


def test_a_disk_that_is_nearly_full(station: Station, card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (card / "a.mp4").write_bytes(b"film")
    usage = shutil.disk_usage(card)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    assert station.run(card) == 1
    assert station.recordings() == [] and list(station.store.drafts.iterdir()) == []


def test_a_row_whose_end_is_not_known_ends_the_import(station: Station, card: Path) -> None:
    (card / "a.mp4").write_bytes(b"film")
    assert station.run(card) == 0
    (station.store.root / "chain.json").write_bytes(b"{}")
    (card / "b.mp4").write_bytes(b"another")
    with pytest.raises(WorldError) as refused:
        station.run(card)
    assert refused.value.code == "damaged"
    assert len(station.recordings()) == 1


def test_the_row_goes_on_when_the_clock_is_set_back(
    station: Station, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (card / "a.mp4").write_bytes(b"one")
    assert station.run(card) == 0
    late = import_seal.new_id
    from datetime import UTC, datetime

    past = lambda: datetime(2020, 1, 1, tzinfo=UTC)  # noqa: E731
    monkeypatch.setattr(imports, "new_id", lambda _, after: late(past, after))
    (card / "b.mp4").write_bytes(b"two")
    assert station.run(card) == 0
    assert len(station.check_row()) == 2


def test_a_copy_that_was_taken_out_is_sealed_again(station: Station, card: Path) -> None:
    """The row shows that one is missing: `prev` names it."""
    (card / "a.mp4").write_bytes(b"one")
    assert station.run(card) == 0
    (taken,) = station.recordings()
    last = station.store.place().last
    shutil.rmtree(taken.folder)
    assert imports.status(station.path, card) == 1
    assert station.run(card) == 0
    (again,) = station.recordings()
    assert again.id != taken.id
    reader = ImportReader(station.key, station.kid, last)
    reader.feed(again.journal.read_bytes().splitlines(True)[0])
    assert reader.findings == []


# Which files may be erased


def test_status_speaks_of_bytes_not_of_names(station: Station, card: Path, capsys: Any) -> None:
    path = card / "film.mp4"
    path.write_bytes(b"film")
    assert imports.status(station.path, card) == 1
    assert "NOT imported" in capsys.readouterr().out
    station.run(card)
    assert imports.status(station.path, card) == 1
    assert "may be erased" not in capsys.readouterr().out.splitlines()[-1]
    digest = sha256_of(path)
    done = station.store.done(digest)
    assert done is not None
    station.store.note(digest, Done(done.id, import_store.STORED, "journal"))
    assert imports.status(station.path, card) == 1
    assert "(refused by the county: journal)" in capsys.readouterr().out
    station.store.note(digest, Done(done.id, import_store.RECEIPT, "", 7, {}))
    assert imports.status(station.path, card) == 0
    assert "may be erased" in capsys.readouterr().out
    path.write_bytes(b"another film under the same name")
    assert imports.status(station.path, card) == 1
    assert "NOT imported" in capsys.readouterr().out


def test_the_source_stays_as_it_is(station: Station, card: Path) -> None:
    path = cards.photo(card / "photo.jpg")
    path.chmod(0o400)
    os.utime(path, ns=(1_000_000_000, 2_000_000_000))
    before = path.stat()
    assert station.run(card) == 0
    after = path.stat()
    assert (before.st_mtime_ns, before.st_atime_ns, before.st_mode) == (
        after.st_mtime_ns,
        after.st_atime_ns,
        after.st_mode,
    )
