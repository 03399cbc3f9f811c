"""Who may speak to the county at all (spec/intake.md §1). The profile itself has its tests in
tests/protocols.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

import pytest

from support.county_world import CountyWorld
from support.recordings import test_key as key_named
from zhilu.sealed.keys import SoftSigner
from zhilu.server.equipment.events import DeviceRevoked
from zhilu.server.equipment.services import documents
from zhilu.server.ledger.services.commit import commit

pytestmark = pytest.mark.db


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["error"]


def test_strangers_are_refused(county: CountyWorld) -> None:
    stranger = SoftSigner(key_named("stranger"))
    assert code(county.request("GET", "/intake/snapshot", signer=stranger)) == (401, "keyid")
    assert code(county.request("GET", "/keyholder/checkpoint", signer=stranger)) == (401, "keyid")


def test_a_station_is_no_keyholder_and_the_other_way_round(county: CountyWorld) -> None:
    assert code(county.request("GET", "/keyholder/checkpoint")) == (401, "keyid")
    assert code(county.request("GET", "/intake/snapshot", signer=county.keyholder)) == (401, "keyid")


def test_a_revoked_station_is_refused(county: CountyWorld) -> None:
    assert county.request("GET", "/intake/snapshot").status_code == 200
    commit(DeviceRevoked(county.station.kid, "2026-11-24T10:00:00.000Z", "stolen"), "julu")
    assert code(county.request("GET", "/intake/snapshot")) == (401, "keyid")


def test_old_and_repeated_requests_are_refused(county: CountyWorld) -> None:
    assert code(county.request("GET", "/intake/snapshot", created=int(time.time()) - 301)) == (401, "created")
    nonce, created = secrets.token_bytes(16), int(time.time())
    assert county.request("GET", "/intake/snapshot", nonce=nonce, created=created).status_code == 200
    assert code(county.request("GET", "/intake/snapshot", nonce=nonce, created=created)) == (401, "nonce")


def test_another_body_or_path_than_was_signed_is_refused(county: CountyWorld) -> None:
    def other_body(headers: dict[str, str]) -> None:
        headers["content-digest"] = headers["content-digest"].replace(":", ":A", 1)[:-2] + ":"

    assert code(county.request("POST", "/intake/alarms", body=b"{}", change=other_body))[0] == 401
    answer = county.request(
        "GET", "/intake/snapshot", change=lambda h: h.update(signature="zhilu=:" + "A" * 86 + "==:")
    )
    assert code(answer) == (401, "signature")
    assert code(county.request("GET", "/intake/snapshot", change=lambda h: h.pop("signature"))) == (
        401,
        "components",
    )


def test_a_forged_body_changes_nothing(county: CountyWorld) -> None:
    """The head is signed over the digest of one body, another of the same length comes."""
    from support.recordings import RECORDING

    film = county.film()
    county.put_handover(film)
    county.put_journal(film)
    other = bytes(len(film.media[0]))
    real_generic = county.client.generic

    def swap(method: str, path: str, data: bytes, *rest: Any, **more: Any) -> Any:
        return real_generic(method, path, other, *rest, **more)

    county.client.generic = swap  # type: ignore[method-assign]
    refused = county.request("PUT", f"/intake/recordings/{RECORDING}/segments/0", body=film.media[0])
    county.client.generic = real_generic  # type: ignore[method-assign]
    assert code(refused) == (401, "digest")
    assert json.loads(county.put_segment(0, film.media[0]).content) == {"segments": 1}


def test_an_answer_to_a_program_has_nothing_of_a_page(county: CountyWorld) -> None:
    answer = county.request("GET", "/intake/snapshot")
    assert int(answer["Content-Length"]) == len(answer.content)
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert not answer.cookies and "Vary" not in answer and "Content-Language" not in answer
    assert county.request("GET", "/intake/nowhere").status_code == 404


def test_a_defect_of_ours_is_told_a_program_as_json(
    county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "snapshot", lambda: 1 / 0)
    county.client.raise_request_exception = False
    assert code(county.request("GET", "/intake/snapshot")) == (500, "internal")
