"""Who may watch: the key opens the room, the grants of the moment say what may be asked about there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.county_world import BUREAU, DEPARTMENT, RECORDING, CountyWorld, named_id
from support.organisation import put
from zhilu.encoding import format_time, unb64u
from zhilu.protocols.viewing import Span
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import DelegationGiven, PostLeft, RoleGranted, RoleWithdrawn
from zhilu.server.organisation.models import Post
from zhilu.softkey.ceremonies import Holder, registration_core

VIEWER, APPROVER = str(named_id("viewer")), str(named_id("approver"))
pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(county: CountyWorld) -> CountyWorld:
    county.store()
    county.register_credentials()
    return county


def leave(person: str) -> None:
    post = Post.objects.get(person=person, until=None)
    commit(PostLeft(str(post.id), today().isoformat(), "transfer"), BUREAU)


def narrow(person: str, role: str, department: str) -> None:
    commit(RoleWithdrawn(person, role, "范围变更"), BUREAU)
    commit(RoleGranted(person, role, [department]), BUREAU)


def ask(county: CountyWorld) -> Any:
    at = datetime.now(UTC)
    asked = county.viewer.request(
        str(named_id("viewing")), BUREAU, [Span(str(RECORDING), 1, 2)], "争议复核", at
    )
    core = {"request": asked["request"], "assertion": asked["assertion"]}
    return county.post_event("viewing-requested/1", core, {"salt": asked["salt"], "reason": asked["reason"]})


def decide(county: CountyWorld, by: Holder) -> Any:
    from zhilu.server.ledger.models import Entry
    from zhilu.server.ledger.services.commit import event_of

    raw = unb64u(event_of(Entry.objects.get(kind="viewing-requested/1")).request)
    decided = by.decision(raw, datetime.now(UTC), approve=True)
    core = {"viewing": str(named_id("viewing"))} | decided
    return county.post_event("viewing-decided/1", core)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


REFUSED = (422, "not-granted")


@pytest.mark.db
def test_who_left_the_post_asks_and_is_released_to_no_more(stored: CountyWorld) -> None:
    viewing = stored.view()
    leave(VIEWER)
    assert code(stored.release(viewing)) == REFUSED


def test_who_left_the_post_asks_no_more(stored: CountyWorld) -> None:
    leave(VIEWER)
    assert code(ask(stored)) == REFUSED


def test_an_administrator_with_a_viewers_key_asks_nothing(stored: CountyWorld) -> None:
    commit(RoleWithdrawn(VIEWER, "viewer", "改任"), BUREAU)
    commit(RoleGranted(VIEWER, "system-administrator"), BUREAU)
    assert code(ask(stored)) == REFUSED


def test_another_departments_recordings_are_not_asked_about(stored: CountyWorld) -> None:
    narrow(VIEWER, "viewer", str(put("征收科", None)))
    assert code(ask(stored)) == REFUSED
    narrow(VIEWER, "viewer", DEPARTMENT)
    assert ask(stored).status_code == 201


def test_who_is_no_approver_of_this_department_decides_nothing(stored: CountyWorld) -> None:
    assert ask(stored).status_code == 201
    narrow(APPROVER, "approver", str(put("征收科", None)))
    assert code(decide(stored, stored.approver)) == REFUSED
    leave(APPROVER)
    assert code(decide(stored, stored.approver)) == REFUSED


def test_a_deputy_decides_while_the_delegation_counts(stored: CountyWorld) -> None:
    deputy = Holder.new(stored.second_officer, "view.example", "http://julu.view.example")
    core = registration_core(deputy, ["approver"], stored.admins)
    assert stored.post_event("credential-registered/1", core).status_code == 201
    assert ask(stored).status_code == 201
    assert code(decide(stored, deputy)) == REFUSED
    at = datetime.now(UTC)
    period = format_time(at), format_time(at + timedelta(days=3))
    commit(DelegationGiven(str(named_id("d")), APPROVER, deputy.person, "approver", *period), APPROVER)
    assert decide(stored, deputy).status_code == 201
