"""A home whose disk is full: what is sent is refused in words and leaves nothing; with space again it is
taken.
"""

from __future__ import annotations

import errno
import json
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from support import bureau
from support.county_world import RECORDING, CountyWorld
from zhilu import durable
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

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    said: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(durable, "sync_file", full)
        assert send() == 400 and "No space left on device" in said[0]
    folder = task_files.path_of(UUID(int=0)).parent
    assert not TaskFile.objects.exists() and list(folder.iterdir()) == []
    assert send() == 302
    assert [path.read_bytes() for path in folder.iterdir()] == [DATA]


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
