"""Recordings and acts keep the department of their time; who sees them (spec/registers.md §1)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from support.county_world import BUREAU, DEPARTMENT, OFFICER, RECORDING, SECTION, CountyWorld
from support.organisation import SYSTEM, client_of, put, put_abroad
from zhilu.server.evidence.models import Act, Recording
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleGranted, RoleWithdrawn
from zhilu.server.organisation.services import departments, posts


def open_act(first: str, second: str = "") -> uuid.UUID:
    officers = [first, second] if second else [first]
    return acts.open_act(uuid.UUID(first), "C01", officers, "某纳税人", [Span(str(RECORDING), 0, 1_000_000)])


def department_of_act(act: uuid.UUID) -> uuid.UUID | None:
    return Act.objects.get(id=act).department


@pytest.mark.db
def test_a_recording_and_an_act_keep_the_department_of_their_time(county: CountyWorld) -> None:
    county.store()
    county.publish()
    before = open_act(OFFICER)
    other = put("检查二科")
    posts.transfer(uuid.UUID(OFFICER), other, "officer", today(), SYSTEM)
    after = open_act(OFFICER)
    assert Recording.objects.get().department == uuid.UUID(SECTION) == department_of_act(before)
    assert department_of_act(after) == other
    # An act of two is the first one's.
    assert department_of_act(open_act(county.second_officer, OFFICER)) == uuid.UUID(SECTION)
    posts.leave(uuid.UUID(OFFICER), today(), "transfer", SYSTEM)
    assert department_of_act(open_act(OFFICER)) is None
    # A department that is closed later is still what it was.
    departments.put(
        departments.Described("检查二科", "inspection", uuid.UUID(DEPARTMENT), closed=True), SYSTEM, other
    )
    assert department_of_act(after) == other


def sees(client: Any, act: uuid.UUID) -> set[str]:
    """Which of the four pages show it."""
    found = set()
    for name, path, mark in (
        ("recordings", "/recordings", str(RECORDING)),
        ("recording", f"/recordings/{RECORDING}", ""),
        ("evidence", f"/recordings/{RECORDING}/evidence.zip", ""),
        ("acts", "/acts", str(act)),
        ("act", f"/acts/{act}", ""),
    ):
        answer = client.get(path)
        assert answer.status_code in (200, 403, 404)
        shown = mark in answer.content.decode() if mark else True
        if answer.status_code == 200 and shown:
            found.add(name)
    return found


EVERYTHING = {"recordings", "recording", "evidence", "acts", "act"}


@pytest.mark.parametrize("role", ["viewer", "approver", "unit-head"])
def test_within_the_scope_and_no_further(county: CountyWorld, role: str) -> None:
    county.store()
    county.publish()
    act = open_act(OFFICER)
    beside = str(put("征收科", None))
    second = county.second_officer
    client = client_of(second)

    def holds(scope: list[str] | None) -> None:
        commit(RoleGranted(second, role, scope), BUREAU)

    def holds_no_more() -> None:
        commit(RoleWithdrawn(second, role, "x"), BUREAU)

    assert sees(client, act) == set()
    holds([beside])
    assert sees(client, act) == set()
    holds_no_more()
    for scope in ([SECTION], [DEPARTMENT], None):
        holds(scope)
        assert sees(client, act) == EVERYTHING, scope
        holds_no_more()
        assert sees(client, act) == set()


@pytest.mark.db
def test_another_bureaus_is_seen_by_nobody_but_the_officer(county: CountyWorld) -> None:
    departments.list_bureau("xinhe", "新河县局", None, False, SYSTEM)
    theirs = put_abroad("稽查局", "xinhe")
    posts.transfer(uuid.UUID(OFFICER), theirs, "officer", today(), SYSTEM)
    county.store()
    county.publish()
    act = open_act(OFFICER)
    assert Recording.objects.get().department == theirs == department_of_act(act)
    assert sees(client_of(county.viewer.person), act) == set()
    assert sees(client_of(county.approver.person), act) == set()
    assert sees(client_of(OFFICER), act) == EVERYTHING


@pytest.mark.db
def test_what_lies_in_no_department_is_the_whole_bureaus(county: CountyWorld) -> None:
    posts.leave(uuid.UUID(OFFICER), today(), "transfer", SYSTEM)
    county.store()
    county.publish()
    act = open_act(OFFICER)
    assert Recording.objects.get().department is None
    assert sees(client_of(county.viewer.person), act) == EVERYTHING
    commit(RoleGranted(county.second_officer, "viewer", [DEPARTMENT]), BUREAU)
    assert sees(client_of(county.second_officer), act) == set()


def test_who_is_an_officer_no_more_sees_his_own_no_more(county: CountyWorld) -> None:
    county.store()
    county.publish()
    act = open_act(OFFICER)
    client = client_of(OFFICER)
    assert sees(client, act) == EVERYTHING
    posts.leave(uuid.UUID(OFFICER), today(), "retired", SYSTEM)
    assert sees(client, act) == set()
