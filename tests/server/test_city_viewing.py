"""Viewings by the city at the county's server (spec/viewing.md §4): people of the city, known by an adopted
entry, with keys and no grants; each bureau approves once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from support.county_world import BUREAU, RECORDING, ROOM, CountyWorld, named_id
from zhilu.encoding import unb64u
from zhilu.protocols.viewing import Span, parse_request
from zhilu.server.evidence.models import Viewing, ViewingDecision
from zhilu.server.evidence.services.told_recordings import told_recordings
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PersonAdded, RoleGranted
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.pages.services.rooms import is_room, room_of
from zhilu.server.pages.services.tasks import viewings as cards
from zhilu.server.pages.services.tasks.desk import Desk
from zhilu.softkey.ceremonies import Holder, registration_core

pytestmark = pytest.mark.db


@pytest.fixture
def stored(county: CountyWorld) -> CountyWorld:
    county.store()
    county.register_credentials()
    return county


def of_city(county: CountyWorld, name: str, role: str) -> Holder:
    holder = Holder.new(str(named_id(name)), "view.example", ROOM)
    commit(PersonAdded(holder.person), BUREAU, {"name": name, "number": name})
    return register(county, holder, role)


def register(county: CountyWorld, holder: Holder, role: str) -> Holder:
    answer = county.post_event("credential-registered/1", registration_core(holder, [role], county.admins))
    assert answer.status_code == 201
    return holder


def revoke(county: CountyWorld, holder: Holder) -> None:
    revoked = county.admins[0].revocation(holder.credential)
    assert county.post_event("credential-revoked/1", revoked).status_code == 201


def ask(county: CountyWorld, viewer: Holder, name: str = "viewing") -> tuple[Any, bytes]:
    spans = [Span(str(RECORDING), 1, 2)]
    more: Any = {"kind": "city", "purpose": "review"}
    asked = viewer.request(str(named_id(name)), BUREAU, spans, "督察", datetime.now(UTC), **more)
    core = {"request": asked["request"], "assertion": asked["assertion"]}
    personal = {"salt": asked["salt"], "reason": asked["reason"]}
    return county.post_event("viewing-requested/1", core, personal), unb64u(asked["request"])


def decide(county: CountyWorld, by: Holder, raw: bytes, approve: bool = True) -> Any:
    core = {"viewing": parse_request(raw).viewing, **by.decision(raw, datetime.now(UTC), approve=approve)}
    return county.post_event("viewing-decided/1", core)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


def test_the_city_asks_with_a_key_and_each_bureau_approves_once(stored: CountyWorld) -> None:
    viewer, approver = (
        of_city(stored, "市局督察", "city-viewer"),
        of_city(stored, "市局科长", "city-approver"),
    )
    asked, raw = ask(stored, viewer)
    assert asked.status_code == 201
    assert code(decide(stored, viewer, raw)) == (422, "approver-is-viewer")
    assert code(decide(stored, of_city(stored, "市局他人", "city-viewer"), raw)) == (422, "not-granted")
    assert decide(stored, stored.approver, raw).status_code == 201
    assert Viewing.objects.get().approved is None
    commit(RoleGranted(stored.second_officer, "leader", None), BUREAU)
    leader = Holder.new(stored.second_officer, "view.example", ROOM)
    assert code(decide(stored, leader, raw)) == (422, "not-granted")  # a key that nobody witnessed
    register(stored, leader, "leader")
    assert code(decide(stored, leader, raw)) == (422, "side-decided")
    # Nor does the county's side see it as a task any more.
    assert cards.undecided(Desk(rights_of(named_id("second officer")), now())) is None
    assert code(stored.release(named_id("viewing"))) == (422, "not-approved")
    assert decide(stored, approver, raw).status_code == 201
    assert Viewing.objects.get().approved is True
    assert stored.release(named_id("viewing")).status_code == 201
    # The key is the grant: without it nothing more is released.
    revoke(stored, viewer)
    assert code(stored.release(named_id("viewing"))) == (422, "not-granted")


def test_for_which_bureau_somebody_decides_the_key_that_signs_says(stored: CountyWorld) -> None:
    """One person with a key of each: the keyholder reads the side in the key, and so does the server."""
    viewer = of_city(stored, "市局督察", "city-viewer")
    person = stored.second_officer
    with_city, with_county = (Holder.new(person, "view.example", ROOM) for _ in range(2))
    register(stored, with_city, "city-approver")
    register(stored, with_county, "approver")
    raw = ask(stored, viewer)[1]
    # Signed as the county's: his grants must cover it, whatever other key he has.
    assert code(decide(stored, with_county, raw)) == (422, "not-granted")
    assert decide(stored, with_city, raw).status_code == 201
    assert [one.side for one in ViewingDecision.objects.all()] == ["city"]
    # What becomes of the key later turns no decision: the county has still to decide, the city has decided.
    revoke(stored, with_city)
    assert code(decide(stored, of_city(stored, "市局他人", "city-approver"), raw)) == (422, "side-decided")
    assert decide(stored, stored.approver, raw).status_code == 201
    assert [one.side for one in ViewingDecision.objects.order_by("id")] == ["city", "county"]
    # Nor does anybody ask with another key than one of the city's.
    both = Holder.new(viewer.person, "view.example", ROOM)
    register(stored, both, "viewer")
    assert code(ask(stored, both, "another")[0]) == (422, "not-granted")


def test_a_grant_of_the_county_asks_for_no_viewing_by_the_city(stored: CountyWorld) -> None:
    assert code(ask(stored, stored.viewer)[0]) == (422, "not-granted")
    stranger = Holder.new(str(named_id("nobody")), "view.example", ROOM)
    assert ask(stored, stranger)[0].status_code == 404


def test_the_room_is_told_that_the_city_is_over_all_and_the_city_where_the_room_is(
    stored: CountyWorld,
) -> None:
    viewer = of_city(stored, "市局督察", "city-viewer")
    told = told_recordings([RECORDING], named_id("市局督察"))
    assert told[str(RECORDING)]["covers"] == ["city-viewer"] and viewer.person
    # The newest key was registered at a place without TLS: no link. Then at the room.
    ledger = stored.ledger.vkey
    assert room_of(BUREAU, ledger) == "" and ROOM.startswith("http://")
    register(stored, Holder.new(viewer.person, "view.example", "https://julu.view.example"), "city-viewer")
    assert room_of(BUREAU, ledger) == "https://julu.view.example"
    assert room_of("qinghe", ledger) == ""


def test_no_entry_of_a_county_leads_the_citys_people_to_another_host() -> None:
    ledger = "julu.example/ledger+01234567+AbCd"
    for origin in ("https://julu.view.example", "https://julu.view.example:8443"):
        assert is_room(origin, "julu", ledger)
    for origin in (
        "http://julu.view.example",
        "https://julu.view.evil.example",
        "https://julu.view.example.evil.example",
        "https://julu.view.example@evil.example",
        "https://julu.view.example/x",
        "https://julu.view.example:99999",
        "https://julu.view.example:8443x",
        "javascript:julu.view.example",
        "https://qinghe.view.example",
    ):
        assert not is_room(origin, "julu", ledger), origin
    assert not is_room("https://julu.view.", "julu", "julu")
    assert is_room("http://julu.view.demo.localhost:1", "julu", "julu.demo.localhost/ledger+0+A")
