"""What a right is not: somebody else's acts, a list, a filter. The table of all addresses is test_matrix."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from support.county_world import OFFICER, RECORDING, CountyWorld, named_id
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PersonAdded, RoleGranted

pytestmark = pytest.mark.db

OK, AWAY, DENIED, GONE = 200, 302, 403, 404


@pytest.fixture
def everybody(county: CountyWorld) -> dict[str, Client]:
    county.store()
    county.publish()
    commit(PersonAdded(str(named_id("no role"))), "julu", {"name": "实习"})
    people = {
        "no-role": str(named_id("no role")),
        "owner": OFFICER,
        "other-officer": county.second_officer,
        "viewer": county.viewer.person,
        "approver": county.approver.person,
        "security": county.admins[0].person,
        "system": str(named_id("system")),
        "audit": str(named_id("audit")),
    }
    clients = {role: county.sign_in(person, role.replace("-", ".")) for role, person in people.items()}
    return {"nobody": Client(HTTP_HOST="127.0.0.1")} | clients


def test_acts_and_statements_are_refused_to_others_by_post_too(everybody: dict[str, Client]) -> None:
    act = acts.open_act(
        uuid.UUID(OFFICER), "C01", [OFFICER], "某纳税人", [Span(str(RECORDING), 0, 1_000_000)]
    )
    for role in ("nobody", "other-officer", "viewer", "approver", "security", "system", "audit"):
        for path in (f"/recordings/{RECORDING}/act", f"/acts/{act}/statement"):
            assert everybody[role].post(path, {"version": 0, "time": "x"}).status_code in (AWAY, DENIED, GONE)


def test_an_officer_sees_only_his_own_in_lists(everybody: dict[str, Client]) -> None:
    assert str(RECORDING) in everybody["owner"].get("/recordings").content.decode()
    assert str(RECORDING) not in everybody["other-officer"].get("/recordings").content.decode()
    # A filter does not widen it.
    assert (
        str(RECORDING)
        not in everybody["other-officer"].get("/recordings", {"officer": OFFICER}).content.decode()
    )


def test_a_colleague_of_the_act_may_file(everybody: dict[str, Client], county: CountyWorld) -> None:
    officers = [OFFICER, county.second_officer]
    act = acts.open_act(uuid.UUID(OFFICER), "H04", officers, "某纳税人", [Span(str(RECORDING), 0, 1_000_000)])
    assert everybody["other-officer"].get(f"/acts/{act}/statement").status_code == OK
    assert everybody["other-officer"].get(f"/recordings/{RECORDING}").status_code == GONE


def test_who_sees_an_act_as_viewer_files_nothing_on_it(
    everybody: dict[str, Client], county: CountyWorld
) -> None:
    act = acts.open_act(
        uuid.UUID(OFFICER), "C01", [OFFICER], "某纳税人", [Span(str(RECORDING), 0, 1_000_000)]
    )
    commit(RoleGranted(county.second_officer, "viewer"), "julu")
    both = everybody["other-officer"]
    assert both.get(f"/acts/{act}").status_code == OK
    assert both.get(f"/acts/{act}/statement").status_code == DENIED
    assert both.post(f"/acts/{act}/statement", {"version": 0, "time": "x"}).status_code == DENIED
