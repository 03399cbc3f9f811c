"""Viewings by the city at the county's server (spec/viewing.md §4): people of the city, known by an adopted
entry, with keys and no grants; each bureau approves once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from support.county_world import BUREAU, RECORDING, ROOM, CountyWorld, named_id
from zhilu.encoding import unb64u
from zhilu.protocols.viewing import Span, parse_request
from zhilu.server.evidence.models import Viewing
from zhilu.server.evidence.services.told_recordings import told_recordings
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PersonAdded, RoleGranted
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.pages.services.rooms import room_of
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
    answer = county.post_event("credential-registered/1", registration_core(holder, [role], county.admins))
    assert answer.status_code == 201
    return holder


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
    assert code(decide(stored, leader, raw)) == (422, "side-decided")
    # Nor does the county's side see it as a task any more.
    assert cards.undecided(Desk(rights_of(named_id("second officer")), now())) is None
    assert code(stored.release(named_id("viewing"))) == (422, "not-approved")
    assert decide(stored, approver, raw).status_code == 201
    assert Viewing.objects.get().approved is True
    assert stored.release(named_id("viewing")).status_code == 201
    # The key is the grant: without it nothing more is released.
    revoked = stored.admins[0].revocation(viewer.credential)
    assert stored.post_event("credential-revoked/1", revoked).status_code == 201
    assert code(stored.release(named_id("viewing"))) == (422, "not-granted")


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
    assert room_of(BUREAU) == ROOM and room_of("qinghe") == ""
