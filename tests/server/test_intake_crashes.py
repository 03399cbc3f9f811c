"""Crashes and bad disks between the spool and the store (spec/intake.md §2 `complete`)."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from support.county_world import RECORDING, CountyWorld, Film
from zhilu.server.evidence.models import Intake, Recording
from zhilu.server.evidence.services import intake
from zhilu.server.evidence.services.media_store import media_key, store
from zhilu.server.evidence.services.staging import Staging
from zhilu.store.posix import PosixStore

pytestmark = pytest.mark.db


def error_of(answer: Any) -> str:
    return str(json.loads(answer.content)["error"])


def all_but_complete(county: CountyWorld, film: Film) -> None:
    assert county.put_logbook(film).status_code == 200
    assert county.put_handover(film).status_code == 201
    media(county, film)


def media(county: CountyWorld, film: Film) -> None:
    assert county.put_journal(film).status_code == 200
    for i, data in enumerate(film.media):
        assert county.put_segment(i, data).status_code == 200


def crash(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_crash_between_store_and_commit_is_made_good(county: CountyWorld, monkeypatch: Any) -> None:
    all_but_complete(county, county.film())

    with monkeypatch.context() as patched:
        patched.setattr(intake, "commit_all", crash)
        with pytest.raises(KeyboardInterrupt):
            intake.complete(RECORDING, county.station.kid)
    assert not Recording.objects.exists()
    assert county.complete().status_code == 200


def crashed_after_adopting(county: CountyWorld, monkeypatch: Any) -> tuple[Film, Path]:
    """The media are in the store, the journal is not, no entry: what a crash between the two leaves."""
    film = county.film()
    all_but_complete(county, film)
    with monkeypatch.context() as patched:
        patched.setattr(PosixStore, "put", crash)
        with pytest.raises(KeyboardInterrupt):
            intake.complete(RECORDING, county.station.kid)
    stored = county.config.store_folder / media_key(RECORDING)
    assert not Recording.objects.exists() and stored.samefile(Staging(RECORDING).media)
    return film, stored


def test_a_crash_between_the_link_and_the_row_is_made_good(county: CountyWorld, monkeypatch: Any) -> None:
    film, stored = crashed_after_adopting(county, monkeypatch)
    assert county.complete().status_code == 200
    assert stored.read_bytes() == b"".join(film.media) and stored.stat().st_nlink == 1
    assert not Staging(RECORDING).folder.exists()


def test_nothing_is_written_to_a_file_that_the_store_has_adopted(
    county: CountyWorld, monkeypatch: Any
) -> None:
    """A row that was set back asks for a segment again, and other bytes could come under it."""
    film, stored = crashed_after_adopting(county, monkeypatch)
    before = stored.read_bytes()
    Intake.objects.update(held_segments=0, held_length=0)
    assert error_of(county.put_segment(0, bytes(len(film.media[0])))) == "segment-hash"
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda handle, data, at: real(handle, bytes(len(data)), at))
    assert county.put_segment(0, film.media[0]).status_code == 200
    first = len(film.media[0])
    assert Staging(RECORDING).media.read_bytes() == bytes(first) + before[first:]
    assert stored.read_bytes() == before and stored.stat().st_nlink == 1


def test_media_that_rot_after_the_link_are_never_logged(county: CountyWorld, monkeypatch: Any) -> None:
    film, stored = crashed_after_adopting(county, monkeypatch)
    data = bytearray(stored.read_bytes())
    data[-1] ^= 1
    stored.chmod(0o600)
    stored.write_bytes(data)
    stored.chmod(0o444)
    assert error_of(county.complete()) == "segment-hash"
    last = len(film.media) - 1
    assert county.put_segment(last, film.media[last]).status_code == 200
    # The store changes nothing: the operator moves the bad object away.
    assert error_of(county.complete()) == "store-exists" and not Recording.objects.exists()
    stored.unlink()
    assert county.complete().status_code == 200
    assert stored.read_bytes() == b"".join(film.media)


def test_what_a_longer_journal_left_is_not_stored(county: CountyWorld) -> None:
    """Media of a journal that gave way to another lie behind those of the new one."""
    film = county.film()
    all_but_complete(county, film)
    with Staging(RECORDING).media.open("ab") as file:
        file.write(b"more than the journal says")
    assert county.complete().status_code == 200
    with store().open(media_key(RECORDING)) as file:
        assert file.read() == b"".join(film.media)


def test_a_spool_on_another_disk_is_copied(county: CountyWorld, monkeypatch: Any) -> None:
    def no_link(self: Path, target: Path) -> None:
        if target.name == "media.sealed":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        os.link(target, self)

    film = county.film()
    all_but_complete(county, film)
    monkeypatch.setattr(Path, "hardlink_to", no_link)
    assert county.complete().status_code == 200
    with store().open(media_key(RECORDING)) as file:
        assert file.read() == b"".join(film.media)


def test_media_that_rot_in_the_spool_are_asked_for_again(county: CountyWorld) -> None:
    film = county.film()
    all_but_complete(county, film)
    place = Staging(RECORDING).media
    data = bytearray(place.read_bytes())
    data[len(film.media[0])] ^= 1
    place.write_bytes(data)
    assert error_of(county.complete()) == "segment-hash"
    state = json.loads(county.request("GET", f"/intake/recordings/{RECORDING}").content)
    assert state == {"state": "receiving", "segments": 1, "length": len(film.media[0])}
    for i, segment in enumerate(film.media[1:], 1):
        county.put_segment(i, segment)
    assert county.complete().status_code == 200


@pytest.mark.parametrize("left", [0, 44, 50])
def test_a_spool_that_lost_what_the_media_are_measured_by_takes_all_again(
    county: CountyWorld, left: int
) -> None:
    """An index cut short would make a recording of fewer bytes whole, and its recorder would be cleared."""
    film = county.film()
    all_but_complete(county, film)
    index = Staging(RECORDING).index
    index.write_bytes(index.read_bytes()[:left])
    assert error_of(county.complete()) == "incomplete"
    assert not Recording.objects.exists() and store().length(media_key(RECORDING)) is None
    media(county, film)
    assert county.complete().status_code == 200
    assert store().length(media_key(RECORDING)) == sum(map(len, film.media))
