"""A home whose disk is full: what is sent is refused in words and leaves nothing; with space again it is
taken.
"""

from __future__ import annotations

import errno
import json
import os
from hashlib import sha256
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from support import bureau
from support.county_world import RECORDING, CountyWorld
from zhilu import durable
from zhilu.errors import WorldError
from zhilu.protocols.httpsig import Digested
from zhilu.server.evidence.services import staging
from zhilu.server.evidence.services.segment_index import Place
from zhilu.server.evidence.services.staging import Staging
from zhilu.server.oversight.models import TaskFile
from zhilu.server.pages.services import task_files

DATA = "任务编号,环节代码,执法人员工号,计划开始时间,计划结束时间\r\n".encode()


def test_a_file_that_cannot_be_held_is_refused(county: CountyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    client = bureau.of(county).client("supervisor")

    def send() -> int:
        answer = client.post("/due-tasks/files", {"file": SimpleUploadedFile("任务.csv", DATA)})
        said.append(answer.content.decode())
        return answer.status_code

    said: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(durable, "sync_file", full)
        assert send() == 400 and "No space left on device" in said[0]
    folder = task_files.path_of(UUID(int=0)).parent
    assert not TaskFile.objects.exists() and list(folder.iterdir()) == []
    assert send() == 302
    assert [path.read_bytes() for path in folder.iterdir()] == [DATA]


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_recording_that_cannot_be_held_leaves_nothing_half_made(
    county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = county.film()
    county.put_logbook(film)
    county.put_handover(film)
    folder = Staging(RECORDING).folder
    with monkeypatch.context() as patched:
        patched.setattr(staging, "sync_file", full)
        assert county.put_journal(film).status_code == 503
    assert list(folder.parent.iterdir()) == []
    assert county.put_journal(film).status_code == 200
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        assert county.put_segment(0, film.media[0]).status_code == 503
    assert sorted(one.name for one in folder.iterdir()) == ["journal.jws", "segments.idx"]
    assert county.put_segment(0, film.media[0]).status_code == 200
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        assert county.put_segment(1, film.media[1]).status_code == 503
    assert (folder / "media.sealed").stat().st_size == len(film.media[0]), "what is held stays"
    for i, data in enumerate(film.media):
        assert county.put_segment(i, data).status_code == 200
    assert county.complete().status_code == 200
    assert list(folder.parent.iterdir()) == []


def test_what_is_asked_of_a_recording_that_nobody_holds_leaves_no_lock(county: CountyWorld) -> None:
    assert county.put_segment(0, b"x").status_code != 200 and county.complete().status_code != 200
    assert list(Staging(RECORDING).folder.parent.iterdir()) == []


def test_a_stored_file_is_copied_whole_or_not_at_all(
    county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash came after the store had made it its own; then the disk is full."""
    film = county.film()
    one = Staging(RECORDING)
    one.folder.mkdir(parents=True)
    one.media.write_bytes(film.media[0])
    one.media.chmod(0o444)
    place = Place(0, len(film.media[0]), sha256(film.media[0]).digest())
    with monkeypatch.context() as patched, pytest.raises(WorldError, match="spool-failed"), one.locked():
        patched.setattr(staging, "sync_file", full)
        one.write_segment(place, Digested(place.sha256, place.length), [film.media[0]])
    assert list(one.folder.iterdir()) == [one.media] and one.media.read_bytes() == film.media[0]


@pytest.mark.parametrize("place", ["", ".lock", "/", "/journal.jws.new", "/segments.new", "/media.sealed"])
def test_a_station_is_told_where_its_recording_cannot_be_held(county: CountyWorld, place: str) -> None:
    """Something is in the way; a disk without room or inodes fails at the same places."""
    film = county.film()
    county.put_logbook(film)
    county.put_handover(film)

    def send() -> list[HttpResponse]:
        journal = county.put_journal(film)
        segments = [county.put_segment(i, data) for i, data in enumerate(film.media)]
        return [journal, *segments, county.complete()]

    recordings = Staging(RECORDING).folder.parent
    in_the_way = recordings / f"{RECORDING}{place}" if place else recordings
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    if place in ("", "/"):
        in_the_way.touch()
    else:
        in_the_way.mkdir()
    refused = next(one for one in send() if one.status_code != 200)
    assert (refused.status_code, json.loads(refused.content)["error"]) == (503, "spool-failed")
    if place in ("", "/"):
        in_the_way.unlink()
    else:
        in_the_way.rmdir()
    assert {one.status_code for one in send()} == {200}
