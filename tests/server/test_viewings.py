"""Viewings at the county: who may decide by rank and place, the two persons of an urgent one, its report, and
what the pages tell of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from support.county_world import BUREAU, DEPARTMENT, RECORDING, CountyWorld, named_id
from support.organisation import put
from support.queries import queries
from zhilu.encoding import unb64u
from zhilu.protocols.viewing import OUTSIDE_PURPOSES, Span, parse_request
from zhilu.sealed.keys import point_bytes
from zhilu.server.equipment.models import Alarm
from zhilu.server.evidence.models import KeyRelease, Screenshot, Viewing, ViewingReport
from zhilu.server.evidence.services import reports
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleGranted, RoleWithdrawn
from zhilu.server.organisation.models import User
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.pages.services import viewings
from zhilu.server.pages.services.tasks import viewings as cards
from zhilu.server.pages.services.tasks.desk import Desk
from zhilu.softkey.ceremonies import Holder

pytestmark = pytest.mark.django_db
VIEWER, APPROVER = str(named_id("viewer")), str(named_id("approver"))
WARRANT = str(named_id("viewing"))
REASON = "现场有人身安全问题"


@pytest.fixture
def stored(county: CountyWorld) -> CountyWorld:
    county.store()
    county.register_credentials()
    return county


def ask(
    county: CountyWorld, name: str = "viewing", at: datetime | None = None, **more: Any
) -> tuple[Any, bytes]:
    """The answer, and the request's bytes."""
    spans = [Span(str(RECORDING), 1, 2)]
    asked = county.viewer.request(str(named_id(name)), BUREAU, spans, REASON, at or datetime.now(UTC), **more)
    core = {"request": asked["request"], "assertion": asked["assertion"]}
    personal = {key: asked[key] for key in ("salt", "reason", "recipient") if key in asked}
    return county.post_event("viewing-requested/1", core, personal), unb64u(asked["request"])


def decide(county: CountyWorld, by: Holder, raw: bytes, approve: bool = True) -> Any:
    core = {"viewing": viewing_of(raw), **by.decision(raw, datetime.now(UTC), approve=approve)}
    return county.post_event("viewing-decided/1", core)


def viewing_of(raw: bytes) -> str:
    return parse_request(raw).viewing


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


def grant(person: str, role: str, scope: list[str] | None = None) -> Holder:
    if role not in rights_of(UUID(person)).roles:
        commit(RoleGranted(person, role, scope), BUREAU)
    return Holder.new(person, "view.example", "http://julu.view.example")


def recipient(county: CountyWorld) -> tuple[bytes, str]:
    return point_bytes(county.viewer.viewer_private_key.public_key()), "巨鹿县人民法院"


@pytest.mark.parametrize("purpose", OUTSIDE_PURPOSES)
def test_for_outsiders_only_a_leader_decides(stored: CountyWorld, purpose: str) -> None:
    asked, raw = ask(stored, purpose=purpose)
    assert asked.status_code == 201
    assert code(decide(stored, stored.approver, raw)) == (422, "not-granted")
    leader = grant(stored.second_officer, "leader", [str(put("征收科", None))])
    assert code(decide(stored, leader, raw)) == (422, "not-granted")
    commit(RoleWithdrawn(stored.second_officer, "leader", "范围变更"), BUREAU)
    assert decide(stored, grant(stored.second_officer, "leader", [DEPARTMENT]), raw).status_code == 201
    assert Viewing.objects.get(id=WARRANT).approved is True


def test_a_copy_is_decided_by_a_leader_and_tells_for_whom(stored: CountyWorld) -> None:
    asked, raw = ask(stored, kind="copy", recipient=recipient(stored))
    assert asked.status_code == 201
    assert code(decide(stored, stored.approver, raw)) == (422, "not-granted")
    assert decide(stored, grant(stored.second_officer, "leader"), raw).status_code == 201
    row = Viewing.objects.get(id=WARRANT)
    assert (row.kind, row.recipient) == ("copy", "巨鹿县人民法院") and len(row.recipient_key) == 43


def urgent(county: CountyWorld, name: str = "viewing", at: datetime | None = None) -> bytes:
    asked, raw = ask(county, name, at, kind="urgent", purpose="case")
    assert asked.status_code == 201, asked.json()
    return raw


def test_an_urgent_viewing_needs_two_persons_wherever_their_departments(stored: CountyWorld) -> None:
    elsewhere = str(put("征收科", None))
    commit(RoleWithdrawn(APPROVER, "approver", "范围变更"), BUREAU)
    commit(RoleGranted(APPROVER, "approver", [elsewhere]), BUREAU)
    raw = urgent(stored)
    assert code(decide(stored, grant(VIEWER, "approver"), raw)) == (422, "approver-is-viewer")
    assert decide(stored, stored.approver, raw).status_code == 201
    assert Viewing.objects.get(id=WARRANT).approved is None
    assert code(stored.release(named_id("viewing"))) == (422, "not-approved")
    assert code(decide(stored, stored.approver, raw)) == (422, "approver-twice")
    assert decide(stored, grant(stored.second_officer, "leader", [elsewhere]), raw).status_code == 201
    assert Viewing.objects.get(id=WARRANT).approved is True
    assert stored.release(named_id("viewing")).status_code == 201
    assert code(decide(stored, stored.approver, raw)) == (422, "viewing-decided")


def test_one_refusal_ends_an_urgent_request(stored: CountyWorld) -> None:
    raw = urgent(stored)
    assert decide(stored, stored.approver, raw).status_code == 201
    assert decide(stored, grant(stored.second_officer, "leader"), raw, approve=False).status_code == 201
    assert Viewing.objects.get(id=WARRANT).approved is False


def approved_urgent(county: CountyWorld, name: str, at: datetime) -> bytes:
    raw = urgent(county, name, at)
    assert decide(county, county.approver, raw).status_code == 201
    assert decide(county, grant(county.second_officer, "leader"), raw).status_code == 201
    return raw


def report(county: CountyWorld, raw: bytes, text: str = "已核实") -> Any:
    made = county.viewer.report(raw, text, datetime.now(UTC))
    core = {"viewing": viewing_of(raw), "report": made["report"], "assertion": made["assertion"]}
    return county.post_event("viewing-reported/1", core, {"salt": made["salt"], "text": made["text"]})


def test_an_overdue_report_is_shown_alarmed_and_stops_the_next_urgent_request(stored: CountyWorld) -> None:
    raw = approved_urgent(stored, "viewing", datetime.now(UTC) - timedelta(hours=73))
    reports.look()
    reports.look()
    assert list(Alarm.objects.filter(code=reports.CODE).values_list("about", "count")) == [(WARRANT, 1)]
    card = cards.reports_overdue(Desk(rights_of(UUID(APPROVER)), now()))
    mine = cards.reports_owed(Desk(rights_of(UUID(VIEWER)), now()))
    assert card and mine and (card.tone, card.count, mine.tone) == ("late", 1, "late")
    asked, _ = ask(stored, "second", kind="urgent", purpose="case")
    assert code(asked) == (422, "report-overdue")
    assert ask(stored, "plain")[0].status_code == 201
    assert report(stored, raw).status_code == 201
    assert ViewingReport.objects.get(viewing=WARRANT).text == "已核实"
    assert code(report(stored, raw)) == (422, "report-not-owed")
    assert cards.reports_owed(Desk(rights_of(UUID(VIEWER)), now())) is None
    assert ask(stored, "third", kind="urgent", purpose="case")[0].status_code == 201


def test_no_report_is_taken_on_what_owes_none(stored: CountyWorld) -> None:
    _, raw = ask(stored)
    assert decide(stored, stored.approver, raw).status_code == 201
    assert code(report(stored, raw)) == (422, "report-not-owed")


def test_a_picture_is_entered_only_after_a_release(stored: CountyWorld) -> None:
    viewing = stored.view()
    taken = stored.viewer.screenshot(str(viewing), str(RECORDING), 1_000_000, "ab" * 32, datetime.now(UTC))
    core = {"viewing": str(viewing), **taken}
    assert code(stored.post_event("screenshot-taken/1", core)) == (422, "not-released")
    stored.release(viewing)
    assert stored.post_event("screenshot-taken/1", core).status_code == 201
    assert Screenshot.objects.get().pts_us == 1_000_000


def test_the_list_tells_each_state_and_the_filter_finds_it(stored: CountyWorld) -> None:
    at = now()
    viewing = stored.view()
    everything = viewings.visible(rights_of(UUID(APPROVER)))

    def states(when: datetime) -> list[str]:
        return [one for one in viewings.STATES if everything.filter(viewings.in_state(one, when)).exists()]

    assert states(at) == ["open"]
    later = at + timedelta(days=8)
    assert states(later) == ["unused"]
    stored.release(viewing)
    assert states(later) == ["used"]
    assert KeyRelease.objects.filter(viewing=viewing).count() == 1
    ask(stored, "second")
    assert states(at) == ["waiting", "open"] and states(later) == ["used", "lapsed"]
    raw = urgent(stored, "third")
    decide(stored, stored.approver, raw)
    assert states(at) == ["waiting", "half", "open"]


def test_a_viewer_sees_his_own_and_an_approver_his_departments(stored: CountyWorld) -> None:
    stored.view()
    stranger = grant(stored.second_officer, "viewer")
    assert viewings.visible(rights_of(UUID(VIEWER))).count() == 1
    assert viewings.visible(rights_of(UUID(stranger.person))).count() == 0
    assert viewings.visible(rights_of(UUID(APPROVER))).count() == 1
    commit(RoleWithdrawn(APPROVER, "approver", "范围变更"), BUREAU)
    commit(RoleGranted(APPROVER, "approver", [str(put("征收科", None))]), BUREAU)
    assert viewings.visible(rights_of(UUID(APPROVER))).count() == 0


def test_list_and_page_ask_few_questions(stored: CountyWorld) -> None:
    viewing = stored.view()
    stored.release(viewing)
    approved_urgent(stored, "second", datetime.now(UTC) - timedelta(hours=73))
    client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="en")
    user = User.objects.create(username="ap", person=APPROVER)
    client.force_login(user, "zhilu.server.organisation.services.accounts.LockoutBackend")
    client.get("/viewings")
    asked = "?state=waiting&kind=view&report=overdue&purpose=review&first=2020-01-01"
    for path in ("/viewings", f"/viewings{asked}", f"/viewings/{viewing}", f"/viewings/{named_id('second')}"):
        assert queries(client, path) <= 15, path
        answer = client.get(path)
    assert "report overdue" in answer.content.decode()
    for state in viewings.STATES:
        assert client.get(f"/viewings?state={state}").status_code == 200
