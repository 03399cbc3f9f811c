"""What the county has logged and lost is asked for again and made whole, without a second
entry (spec/intake.md §2).
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse

from support.county_world import BUREAU, OFFICER, RECORDING, CountyWorld, Film, named_id
from support.recordings import test_key as named_key
from zhilu.sealed.keys import SoftSigner
from zhilu.server.equipment.events import StationEnrolled
from zhilu.server.equipment.models import Alarm
from zhilu.server.evidence.models import Intake, Recording, Wanted
from zhilu.server.evidence.services.media_store import media_key, store
from zhilu.server.evidence.services.wanted import ABSENT, DAMAGED, Lost, check_store
from zhilu.server.ledger.services.commit import commit, size

pytestmark = pytest.mark.django_db
PATH = f"/intake/recordings/{RECORDING}"


def folder_of(county: CountyWorld) -> Path:
    return Path(county.config.store_folder) / "recordings" / str(RECORDING)


@pytest.fixture
def film(county: CountyWorld) -> Film:
    return county.store()


@pytest.fixture
def lost(county: CountyWorld, film: Film) -> Film:
    """Stored, logged, and gone from the store."""
    shutil.rmtree(folder_of(county))
    assert check_store() == (1, [Lost(RECORDING, ABSENT)])
    return film


def told(county: CountyWorld) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(county.request("GET", PATH).content)
    return answer


def wanted(county: CountyWorld) -> list[dict[str, str]]:
    answer = county.request("GET", f"/intake/recorders/{county.recorder.kid}/wanted")
    found: list[dict[str, str]] = json.loads(answer.content)["recordings"]
    return found


def refusal(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["error"]


@pytest.mark.db
def test_a_lost_recording_comes_again_without_a_second_entry(county: CountyWorld, lost: Film) -> None:
    entry, before = Recording.objects.get().entry, size()
    assert told(county) == {"state": "wanted", "segments": 0, "length": 0}
    assert wanted(county) == [{"id": str(RECORDING), "handover": lost.handover}]
    assert refusal(county.put_segment(0, lost.media[0])) == (409, "journal-first")
    assert refusal(county.complete()) == (409, "incomplete")
    assert json.loads(county.put_journal(lost).content) == {"segments": 0}
    for i, data in enumerate(lost.media):
        assert json.loads(county.put_segment(i, data).content) == {"segments": i + 1}
    for _ in range(2):
        assert json.loads(county.complete().content) == {"index": entry}
    assert size() == before and told(county)["state"] == "stored" and wanted(county) == []
    with store().open(media_key(RECORDING)) as file:
        assert file.read() == b"".join(lost.media)
    assert check_store() == (1, []) and not Intake.objects.exists()


def test_people_are_told_plainly(county: CountyWorld, film: Film) -> None:
    """On the page of the recording, and on the system administrator's home page."""
    officer, system = county.sign_in(OFFICER, "zhang"), county.sign_in(str(named_id("system")), "system")

    def pages() -> tuple[str, str]:
        shown = officer.get(f"/recordings/{RECORDING}"), system.get("/?as=system-administrator%2B")
        assert [answer.status_code for answer in shown] == [200, 200]
        return shown[0].content.decode(), shown[1].content.decode()

    assert "本县已丢失" not in pages()[0] and "本县丢失的录制" not in pages()[1]
    shutil.rmtree(folder_of(county))
    check_store()
    recording, home = pages()
    assert "本县已丢失" in recording and "日志也已丢失" in recording
    assert "本县丢失的录制" in home and str(RECORDING) in home


def test_another_journal_is_not_the_wanted_one(county: CountyWorld, lost: Film) -> None:
    county.maker.draw = named_draw  # another recording under the same id, validly signed
    other = county.film()
    assert other.journal != lost.journal
    assert refusal(county.put_journal(other)) == (422, "wanted")
    assert refusal(county.put_journal(lost, b"".join(lost.journal[:-1]))) == (422, "wanted")
    assert refusal(county.put_journal(lost, lost.journal_bytes + b"x")) == (422, "journal")
    query = f"recorder={county.station.kid}&handover={lost.handover}"
    # Whose it is the ledger says, not the query.
    assert county.request("PUT", f"{PATH}/journal", query, lost.journal_bytes).status_code == 200
    assert refusal(county.put_segment(0, b"x" + lost.media[0][1:])) == (422, "segment-hash")
    assert told(county)["state"] == "wanted"


def named_draw(count: int) -> bytes:
    return bytes(7 for _ in range(count))


def test_any_station_may_bring_it_back(county: CountyWorld, lost: Film) -> None:
    other = SoftSigner(named_key("other station"))
    place = ("dock.example", "http://s2.dock.example")
    commit(StationEnrolled(other.kid, other.jwk, "第二采集站", 4, *place), BUREAU)
    query = f"recorder={county.recorder.kid}&handover={'0' * 64}"
    answer = county.request("PUT", f"{PATH}/journal", query, lost.journal_bytes, signer=other)
    assert answer.status_code == 200


def test_what_is_there_is_not_taken_again(county: CountyWorld, film: Film) -> None:
    assert check_store() == (1, []) and not Wanted.objects.exists() and not Alarm.objects.exists()
    assert told(county)["state"] == "stored" and wanted(county) == []
    assert county.put_journal(replace(film), b"anything").status_code == 200  # drained, as ever
    assert county.request("GET", f"/intake/recorders/{'A' * 43}/wanted").status_code == 404


@pytest.mark.parametrize("name", ["media.sealed", "journal.jws"])
def test_a_file_cut_short_is_found(county: CountyWorld, film: Film, name: str) -> None:
    path = folder_of(county) / name
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:-1])
    assert check_store()[1] == [Lost(RECORDING, DAMAGED)]
    assert told(county)["state"] == "wanted" and Alarm.objects.get().code == "store-lost"
    path.write_bytes(whole)
    assert check_store()[1] == [] and told(county)["state"] == "stored"
