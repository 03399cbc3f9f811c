"""What is public of a ledger, as files: complete at any moment, and never less than before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.city_world import CityWorld
from support.neighbour import Ledger, fill
from zhilu.errors import CallerError
from zhilu.monitor.look import look
from zhilu.server.federation.models import Joined
from zhilu.server.federation.services import mirror, rounds
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.ledger.services import files
from zhilu.tlog.tiles import TileReader

pytestmark = pytest.mark.db


@pytest.fixture
def julu(city: CityWorld) -> Ledger:
    """A ledger in a mirror, where its tiles and notes are as in its own database."""
    ledger = Ledger()
    city.join(ledger)
    return ledger


def grown(ledger: Ledger, count: int) -> None:
    fill(ledger, count, ledger.size)
    ledger.publish()
    rounds.once(Joined.objects.get(bureau="julu"), ledger)


def written(folder: Path) -> tuple[int, int]:
    with mirror.of("julu"):
        return files.write(folder)


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def fetch(folder: Path) -> Any:
    def of(path: str) -> bytes:
        try:
            return (folder / path).read_bytes()
        except FileNotFoundError:
            raise LookupError(path) from None

    return of


def test_tiles_and_checkpoint_are_what_a_monitor_reads(julu: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    grown(julu, 250)
    assert written(folder) == (250, 1)
    assert names(folder) == ["checkpoint", "tile/0/000.p/250"]
    grown(julu, 20)
    assert written(folder) == (270, 3)
    assert names(folder) == [
        "checkpoint", "tile/0/000", "tile/0/000.p/250", "tile/0/001.p/14", "tile/1/000.p/1",
    ]  # fmt: skip
    first = look(julu.neighbour.keys, (folder / "checkpoint").read_bytes(), fetch(folder), None, print)
    assert (first.code, first.signed.size) == ("first", 270)
    grown(julu, 20)
    assert written(folder) == (290, 1)
    assert "tile/0/000.p/250" not in names(folder), "full under the checkpoint before: nobody asks for it"
    assert "tile/0/001.p/14" in names(folder)
    second = look(julu.neighbour.keys, (folder / "checkpoint").read_bytes(), fetch(folder), first.seen, print)
    assert second.code == "grown"
    assert written(folder) == (290, 0), "nothing new"
    (folder / "tile" / "0" / "000").unlink()
    assert written(folder) == (290, 1), "what somebody took away comes again"


def test_after_a_crash_before_the_checkpoint_the_old_one_stands_and_is_complete(
    julu: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "public"
    grown(julu, 100)
    written(folder)
    grown(julu, 500)
    real = files.durable.replace

    def torn(path: Path, data: bytes, mode: int) -> None:
        if path.name == "checkpoint":
            raise KeyboardInterrupt
        real(path, data, mode)

    monkeypatch.setattr(files.durable, "replace", torn)
    with pytest.raises(KeyboardInterrupt):
        written(folder)
    monkeypatch.undo()
    keys = julu.neighbour.keys
    assert look(keys, (folder / "checkpoint").read_bytes(), fetch(folder), None, print).signed.size == 100
    written(folder)
    assert look(keys, (folder / "checkpoint").read_bytes(), fetch(folder), None, print).signed.size == 600


def test_what_was_shown_is_never_taken_back(julu: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    grown(julu, 300)
    written(folder)
    shown = (folder / "checkpoint").read_bytes()
    with mirror.of("julu"):
        whole = Checkpoint.objects.get()
        Checkpoint.objects.all().delete()
    with pytest.raises(CallerError, match="no checkpoint"):
        written(folder)
    with mirror.of("julu"):
        Checkpoint.objects.create(size=200, sha256="0" * 64, note=julu.publish(200))
    with pytest.raises(CallerError) as error:
        written(folder)
    assert error.value.code == "export-behind"
    assert (folder / "checkpoint").read_bytes() == shown
    other = Ledger()
    fill(other, 300, 1)
    (folder / "checkpoint").write_bytes(other.publish())
    with mirror.of("julu"):
        Checkpoint.objects.all().delete()
        whole.save(force_insert=True)
    with pytest.raises(CallerError) as error:
        written(folder)
    assert error.value.code == "export-behind"


def test_nothing_else_is_written_over(julu: Ledger, tmp_path: Path) -> None:
    grown(julu, 3)
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(CallerError) as error:
        written(tmp_path)
    assert error.value.code == "exists"
    (tmp_path / "checkpoint").write_text("none")
    with pytest.raises(CallerError) as error:
        written(tmp_path)
    assert error.value.code == "export-other"


def test_a_proof_is_read_from_the_files_alone(julu: Ledger, tmp_path: Path) -> None:
    from zhilu.tlog import merkle

    grown(julu, 300)
    written(tmp_path / "public")
    tiles = TileReader(fetch(tmp_path / "public"), 300)
    path = merkle.inclusion_path(177, 300, tiles)
    merkle.verify_inclusion(
        merkle.leaf_hash(julu.entries_[177].leaf), 177, 300, path, merkle.root(300, tiles)
    )
