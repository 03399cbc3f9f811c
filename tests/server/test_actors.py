"""Who may enter what: the table of spec/registers.md §6 is what `commit` holds to."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest

from support.county_world import BUREAU, CountyWorld, named_id
from zhilu.errors import CallerError
from zhilu.server.ledger.events import kinds
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all, size
from zhilu.server.organisation import rules
from zhilu.server.organisation.events import PersonAdded, RoleGranted, RoleWithdrawn

SPEC = Path(__file__).resolve().parents[2] / "spec/registers.md"
pytestmark = pytest.mark.django_db


def test_the_page_and_the_kinds_say_the_same() -> None:
    table = SPEC.read_text().split("## 6.")[1]
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", table, re.MULTILINE)
    said = {role: set(re.findall(r"`([a-z-]+)`", names)) for role, names in rows}
    held: dict[str, set[str]] = {}
    for kind in kinds():
        for role in kind.by:
            held.setdefault(role, set()).add(kind.name.partition("/")[0])
    assert said == held and set(held) <= set(rules.ROLES)
    assert "audit-administrator" not in held


@pytest.mark.db
def test_each_administrator_enters_his_own_kinds_only(county: CountyWorld) -> None:
    system, audit = str(named_id("system")), str(named_id("audit"))
    security = county.admins[0].person
    person = str(uuid.uuid4())
    for actor in (security, audit, county.viewer.person, county.station.kid, "x", person):
        with pytest.raises(CallerError) as refused:
            commit(PersonAdded(person), actor, {"name": "某人"})
        assert refused.value.code == "actor"
    commit(PersonAdded(person), system, {"name": "某人"})
    for actor in (system, audit, county.viewer.person):
        with pytest.raises(CallerError):
            commit(RoleGranted(person, "viewer"), actor)
    commit(RoleGranted(person, "viewer"), security)
    commit(RoleWithdrawn(person, "viewer", "离岗"), security)


@pytest.mark.db
def test_one_wrong_actor_among_many_keeps_all_out(county: CountyWorld) -> None:
    before = size()
    many = [Proposal(PersonAdded(str(uuid.uuid4())), BUREAU, {"name": "x"}) for _ in range(5)]
    many.insert(3, Proposal(PersonAdded(str(uuid.uuid4())), str(named_id("audit")), {"name": "x"}))
    with pytest.raises(CallerError):
        commit_all(many)
    assert size() == before


def test_a_role_that_was_withdrawn_enters_nothing_more(county: CountyWorld) -> None:
    system = str(named_id("system"))
    commit(RoleWithdrawn(system, "system-administrator", "离岗"), county.admins[0].person)
    with pytest.raises(CallerError):
        commit(PersonAdded(str(uuid.uuid4())), system, {"name": "x"})
