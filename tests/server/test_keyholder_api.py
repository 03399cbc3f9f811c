"""`/keyholder/` and `/media/` (spec/intake.md §3, §4)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from support.county_world import RECORDING, ROOM, CountyWorld, named_id
from support.recordings import OFFICER
from zhilu.encoding import unb64u
from zhilu.sealed.keys import SoftSigner
from zhilu.server.evidence.models import KeyRelease, Viewing
from zhilu.server.ledger.services.commit import size
from zhilu.tlog.proof import open_payload, parse_leaf


@pytest.fixture
def stored(county: CountyWorld) -> CountyWorld:
    county.film_held = county.store()  # type: ignore[attr-defined]
    county.register_credentials()
    return county


def get(county: CountyWorld, path: str, query: str = "") -> Any:
    return county.request("GET", path, query, signer=county.keyholder)


def media(county: CountyWorld, path: str, token: str | None, origin: str = ROOM) -> Any:
    headers = {"HTTP_ORIGIN": origin}
    if token is not None:
        headers["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return county.client.get(f"/media/{path}", **headers)


def test_entries_come_with_payloads_and_without_personal_text(stored: CountyWorld) -> None:
    body = json.loads(get(stored, "/keyholder/entries", "start=0&count=5").content)
    assert body["size"] == size() and len(body["entries"]) == 5
    for entry in json.loads(get(stored, "/keyholder/entries", "start=0").content)["entries"]:
        leaf = parse_leaf(unb64u(entry["leaf"]))
        open_payload(leaf["core"], unb64u(entry["salt"]), unb64u(entry["core"]))
        assert "张建国" not in unb64u(entry["core"]).decode()
    assert json.loads(get(stored, "/keyholder/entries", "start=99999").content)["entries"] == []
    assert get(stored, "/keyholder/entries", "start=-1").status_code == 422


def test_the_keyholder_reads_checkpoint_open_line_and_names(stored: CountyWorld) -> None:
    assert stored.keys.open(get(stored, "/keyholder/checkpoint").content)
    line = get(stored, f"/keyholder/recordings/{RECORDING}/open").content
    assert line == stored.film_held.journal[0].removesuffix(b"\n")  # type: ignore[attr-defined]
    assert get(stored, f"/keyholder/recordings/{named_id('other')}/open").status_code == 404
    assert json.loads(get(stored, "/keyholder/names", f"ids={OFFICER}").content) == {OFFICER: "张建国"}
    assert get(stored, "/keyholder/names", "ids=x").status_code == 404


def test_what_a_persons_grants_cover_is_told_of_each_recording(stored: CountyWorld) -> None:
    def covers(person: str) -> object:
        query = f"ids={RECORDING}&person={person}"
        return json.loads(get(stored, "/keyholder/recordings", query).content)[str(RECORDING)]["covers"]

    assert covers(stored.viewer.person) == ["viewer"]
    assert covers(stored.approver.person) == ["approver"]
    assert covers(OFFICER) == covers(stored.admins[0].person) == []
    assert get(stored, "/keyholder/recordings", f"ids={RECORDING}&person=x").status_code == 404


def test_the_keyholder_says_only_what_is_its_own_to_say(stored: CountyWorld) -> None:
    refused = stored.post_event("role-granted/1", {"person": OFFICER, "role": "viewer"})
    assert json.loads(refused.content)["error"] == "kind"
    assert stored.post_event("no-such/1", {}).status_code == 422


def test_a_viewing_is_told_by_the_ledger(stored: CountyWorld) -> None:
    viewing = stored.view()
    row = Viewing.objects.get(id=viewing)
    assert (row.approved, row.reason, str(row.viewer)) == (True, "争议复核", stored.viewer.person)
    assert stored.release(viewing).status_code == 201
    assert KeyRelease.objects.get().recording == RECORDING


def test_no_release_without_approval_or_beyond_it(stored: CountyWorld) -> None:
    assert stored.release(named_id("none")).status_code == 422
    viewing = stored.view()
    assert stored.release(viewing, (1, 3)).status_code == 422
    assert not KeyRelease.objects.exists()


def test_no_release_after_a_refusal(stored: CountyWorld) -> None:
    assert stored.release(stored.view(approve=False)).status_code == 422


def test_ciphertext_under_a_live_grant(stored: CountyWorld) -> None:
    viewing = stored.view()
    stored.release(viewing)
    token, film = stored.grant(viewing), stored.film_held  # type: ignore[attr-defined]
    journal = media(stored, f"{RECORDING}/journal", token)
    assert b"".join(journal.streaming_content) == film.journal_bytes
    assert journal["Access-Control-Allow-Origin"] == ROOM
    for i in (0, 1, 2):
        answer = media(stored, f"{RECORDING}/segments/{i}", token)
        assert b"".join(answer.streaming_content) == film.media[i]
        assert answer["Content-Length"] == str(len(film.media[i]))
    assert media(stored, f"{RECORDING}/segments/3", token).status_code == 401


def test_what_a_copy_must_prove_comes_under_a_grant_only(stored: CountyWorld) -> None:
    viewing = stored.view()
    path = f"{RECORDING}/proofs/receipt.json"
    assert media(stored, path, stored.grant(viewing)).status_code == 401
    stored.release(viewing)
    token = stored.grant(viewing)
    stored.publish()
    receipt = json.loads(b"".join(media(stored, path, token).streaming_content))
    assert set(receipt) == {"receipt", "enrolled", "policy"}
    logbook = media(stored, f"{RECORDING}/proofs/logbook.jws", token)
    assert logbook.status_code == 200 and b"".join(logbook.streaming_content).count(b"\n") > 1
    for name in ("recording", "journal.jws", "..%2Freceipt.json", "media.sealed"):
        assert media(stored, f"{RECORDING}/proofs/{name}", token).status_code == 404


def test_no_ciphertext_without_one(stored: CountyWorld) -> None:
    viewing = stored.view()
    path = f"{RECORDING}/segments/1"
    assert media(stored, path, stored.grant(viewing)).status_code == 401  # the ledger holds no release
    stored.release(viewing)
    assert media(stored, path, stored.grant(viewing)).status_code == 200
    forger = SoftSigner(stored.approver.viewer_private_key)
    wrong = [
        None,
        "",
        "a.b.c",
        "é",
        stored.grant(viewing, life=timedelta(seconds=-1)),
        stored.grant(viewing, segments=(0, 3)),
        stored.grant(viewing, recording=named_id("other")),
        stored.grant(named_id("other")),
        stored.grant(viewing, signer=forger),
        stored.grant(viewing, signer=stored.station),
    ]
    for token in wrong:
        answer = media(stored, path, token)
        assert answer.status_code == 401 and json.loads(answer.content)["error"] == "grant"


def test_only_the_rooms_origin_may_read(stored: CountyWorld) -> None:
    preflight = stored.client.options(
        f"/media/{RECORDING}/journal", HTTP_ORIGIN=ROOM, HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization"
    )
    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Headers"] == "authorization"
    for origin in ("http://evil.example", "null", ROOM + ".evil.example", "http://julu.example"):
        assert "Access-Control-Allow-Origin" not in media(stored, f"{RECORDING}/journal", None, origin)
    assert stored.client.post(f"/media/{RECORDING}/journal").status_code == 405


def test_no_ciphertext_once_the_release_in_the_ledger_has_expired(stored: CountyWorld) -> None:
    viewing = stored.view()
    stored.release(viewing, life=timedelta(seconds=-1))
    assert media(stored, f"{RECORDING}/segments/1", stored.grant(viewing)).status_code == 401
