"""What stations and recorders are handed (spec/docking.md §5, §6)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from support.county_world import CountyWorld, named_id
from support.recordings import OFFICER
from zhilu.errors import DataError
from zhilu.protocols.docking_messages import EntriesRequest
from zhilu.server.catalogue.services.catalogue import first_version
from zhilu.server.equipment.events import FingerEnrolled
from zhilu.server.equipment.services import documents
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.services import proofs
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PersonAdded
from zhilu.tlog.merkle import verify_consistency
from zhilu.tlog.proof import ProvedEntry, verify_entry

FINGERS = ("right-index-finger", "left-thumb")


def test_a_snapshot_proves_all_that_a_station_decides_on(county: CountyWorld) -> None:
    body = json.loads(county.request("GET", "/intake/snapshot").content)
    kinds = []
    for entry in body["entries"]:
        verified = verify_entry(
            ProvedEntry.from_json(entry | {"checkpoint": body["checkpoint"]}), county.keys
        )
        kinds.append(verified.leaf["kind"])
    assert set(kinds) == {
        "station-enrolled/1", "recorder-enrolled/1", "recorder-bound/1", "recorder-assigned/1",
        "dock-credential-registered/1", "policy-set/1", "catalogue-set/1",
    }  # fmt: skip
    assert body["names"][OFFICER] == "张建国" and body["names"][county.recorder.kid] == "XT-0001"
    assert body["type"] == "zhilu-snapshot/1" and body["valid_until"] > body["issued"]


def test_a_snapshot_offers_people_catalogues_and_fingers(county: CountyWorld) -> None:
    keeper = str(named_id("system"))
    for place, word in enumerate(("a1", "b2")):
        fingered = FingerEnrolled(OFFICER, county.station.kid, FINGERS[place], [keeper, OFFICER], word * 32)
        commit(fingered, county.station.kid)
    tomorrow = today() + timedelta(days=1)
    commit(replace(first_version(), version=2, since=tomorrow.isoformat()), "julu")
    county.publish()
    body = json.loads(county.request("GET", "/intake/snapshot").content)
    found = [
        verify_entry(ProvedEntry.from_json(entry | {"checkpoint": body["checkpoint"]}), county.keys)
        for entry in body["entries"]
    ]
    catalogues = [one.core["version"] for one in found if one.leaf["kind"] == "catalogue-set/1"]
    assert sorted(catalogues) == [1, 2]
    fingers = [one.core for one in found if one.leaf["kind"] == "finger-enrolled/1"]
    assert [(one["person"], one["station"]) for one in fingers] == [(OFFICER, county.station.kid)]
    roster = {one["name"]: one for one in body["roster"]}
    officer, system = roster["张建国"], roster["陈晓"]
    assert (officer["officer"], officer["keeper"], officer["department"]) == (True, False, "检查一科")
    assert officer["fit_until"] > today().isoformat() and officer["number"] == OFFICER[-6:]
    assert (system["officer"], system["keeper"], system["fit_until"]) == (False, True, None)
    assert "周宁" not in roster  # who audits stands at no bay


def test_a_recorder_is_told_news_with_their_proof(county: CountyWorld) -> None:
    old = proofs.newest()
    commit(PersonAdded(str(named_id("more"))), "julu")
    county.publish()
    assert old is not None
    path = f"/intake/recorders/{county.recorder.kid}/update"
    body = EntriesRequest.from_bytes(county.request("GET", path, f"size={old.size}").content)
    before, after = (county.keys.open(note).checkpoint for note in (bytes(old.note), body.checkpoint))
    verify_consistency(before.size, before.root, after.size, after.root, list(body.consistency))
    assert [verify_entry(e, county.keys).leaf["kind"] for e in body.entries] == [
        "policy-set/1", "recorder-bound/1", "recorder-assigned/1",
    ]  # fmt: skip
    assert county.request("GET", path, f"size={after.size + 1}").status_code == 409


def test_a_new_recorder_adopts(county: CountyWorld) -> None:
    body = documents.adoption(county.recorder.kid)
    enrolled = ProvedEntry.from_json(body["enrolled"] | {"checkpoint": body["checkpoint"]})
    assert verify_entry(enrolled, county.keys, "recorder-enrolled/1").core["recorder"] == county.recorder.kid
    with pytest.raises(DataError):
        documents.adoption("A" * 43)


def test_without_a_checkpoint_there_is_nothing_to_hand_out(world: CountyWorld) -> None:
    world.found()
    answer = world.request("GET", "/intake/snapshot")
    assert answer.status_code == 503 and json.loads(answer.content)["error"] == "no-checkpoint"
