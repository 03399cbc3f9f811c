"""Bureaus, departments, people and posts (spec/registers.md §1)."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from support.county_world import BUREAU, DEPARTMENT, OFFICER, SECTION, CountyWorld
from support.organisation import SYSTEM, again, put, put_abroad, refused
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import BureauListed, DepartmentSet, PostLeft, PostTaken, RoleGranted
from zhilu.server.organisation.models import Department, Person, Post, Role
from zhilu.server.organisation.rules import MOST_ORDER
from zhilu.server.organisation.services import departments, people, posts
from zhilu.strictjson import FieldError

pytestmark = pytest.mark.db

# Departments.


def test_a_department_is_set_and_corrected(county: CountyWorld) -> None:
    one = put("检查二科", order=2)
    again(one, "检查二所", DEPARTMENT)
    row = Department.objects.get(id=one)
    assert (row.name, row.bureau, str(row.parent)) == ("检查二所", BUREAU, DEPARTMENT)
    assert people.paths()[one] == "稽查局/检查二所"
    assert [str(found.id) for found in departments.own()].count(str(one)) == 1


def test_departments_make_no_circle(county: CountyWorld) -> None:
    below = put("甲", SECTION)
    refused("department", again, SECTION, "检查一科", SECTION)
    refused("department", again, SECTION, "检查一科", below)
    refused("department", again, DEPARTMENT, "稽查局", below)


def test_departments_lie_six_deep_also_when_moved(county: CountyWorld) -> None:
    at = uuid.UUID(SECTION)
    for depth in range(3, 7):
        at = put(f"第{depth}层", at)
    refused("department", put, "第7层", at)
    # A branch of two under the fifth level would reach the seventh.
    top = put("另一支", None)
    put("另一支之下", top)
    fifth = Department.objects.get(name="第5层").id
    refused("department", again, top, "另一支", fifth)
    again(top, "另一支", Department.objects.get(name="第4层").id)


def test_what_a_department_may_not_be(county: CountyWorld) -> None:
    wanted = {
        "bureau": BUREAU,
        "parent": None,
        "kind": "inspection",
        "name": "甲",
        "order": 0,
        "closed": False,
    }

    def said(**more: Any) -> None:
        commit(DepartmentSet(**{"department": str(uuid.uuid4())} | wanted | more), SYSTEM)

    refused("department", said, kind="secret")
    refused("department", said, name="   ")
    refused("department", said, name="甲/乙")
    refused("department", said, order=MOST_ORDER + 1)
    refused("department-unknown", said, parent=str(uuid.uuid4()))
    refused("department-bureau", said, bureau="nowhere")
    refused("department-known", said, name="检查一科", parent=DEPARTMENT)
    for forged in (
        {"department": "1 OR 1=1"},
        {"name": "x" * 201},
        {"name": ""},
        {"order": -1},
        {"closed": 1},
    ):
        with pytest.raises(FieldError):
            said(**forged)
    said(name="<script>alert(1)</script>"[:15])
    said(order=MOST_ORDER, name="乙")


def test_a_name_is_free_again_once_its_department_is_closed(county: CountyWorld) -> None:
    for _ in range(2):
        again(put("临时组"), "临时组", DEPARTMENT, closed=True)
    first, second = Department.objects.filter(name="临时组")
    again(first.id, "临时组", DEPARTMENT)
    refused("department-known", again, second.id, "临时组", DEPARTMENT)


def test_a_department_in_use_does_not_close(county: CountyWorld) -> None:
    refused("department-in-use", again, DEPARTMENT, "稽查局", None, closed=True)
    refused("department-in-use", again, SECTION, "检查一科", DEPARTMENT, closed=True)
    for post in Post.objects.filter(until=None):
        posts.leave(post.person, today(), "transfer", BUREAU)
    again(SECTION, "检查一科", DEPARTMENT, closed=True, actor=BUREAU)
    again(DEPARTMENT, "稽查局", None, closed=True, actor=BUREAU)
    refused(
        "department-unknown", posts.take, uuid.UUID(OFFICER), uuid.UUID(SECTION), "officer", today(), BUREAU
    )
    refused("department-unknown", put, "新科", DEPARTMENT, actor=BUREAU)
    refused("department-unknown", commit, RoleGranted(OFFICER, "viewer", [SECTION]), BUREAU)


# Other bureaus.


def test_other_bureaus_and_their_departments(county: CountyWorld) -> None:
    departments.list_bureau("xingtai", "邢台市局", None, False, SYSTEM)
    departments.list_bureau("xinhe", "新河县局", "xingtai", False, SYSTEM)
    refused("bureau", commit, BureauListed("xingtai", "邢台市局", "xinhe", False), SYSTEM)
    refused("bureau", commit, BureauListed("xingtai", "邢台市局", "xingtai", False), SYSTEM)
    refused("bureau", commit, BureauListed(BUREAU, "巨鹿", None, False), SYSTEM)
    refused("bureau", commit, BureauListed("pingxiang", "平乡", "nowhere", False), SYSTEM)
    said = DepartmentSet(str(uuid.uuid4()), "xinhe", None, "inspection", "稽查局", 0, False)
    refused("department-bureau", commit, said, SYSTEM)
    theirs = put_abroad("稽查局", "xinhe")
    refused("department-unknown", put, "检查一科", theirs)
    assert theirs not in {row.id for row in departments.own()}


# People and posts.


def test_a_person_comes_with_a_post_or_not_at_all(county: CountyWorld) -> None:
    one = posts.add(" 钱多多 ", "13052999", uuid.UUID(SECTION), "head", today(), SYSTEM)
    assert Person.objects.get(id=one).name == "钱多多"
    assert people.department_of(one, today()) == uuid.UUID(SECTION)
    count = Person.objects.count()
    refused("post-rank", posts.add, "甲", "1", uuid.UUID(SECTION), "emperor", today(), SYSTEM)
    refused("department-unknown", posts.add, "甲", "1", uuid.uuid4(), "head", today(), SYSTEM)
    refused("name", posts.add, "  ", "1", uuid.UUID(SECTION), "head", today(), SYSTEM)
    refused("too-long", posts.add, "甲" * 10_000_000, "1", uuid.UUID(SECTION), "head", today(), SYSTEM)
    refused("too-long", posts.describe, one, "甲", "1" * 101, SYSTEM)
    assert Person.objects.count() == count
    posts.describe(one, "钱三", "13052999", SYSTEM)
    assert people.names([one]) == {str(one): "钱三"}


def test_one_post_at_a_time_and_none_in_the_future(county: CountyWorld) -> None:
    other = put("检查二科")
    person, day = uuid.UUID(OFFICER), today()
    refused("post-held", posts.take, person, other, "officer", day, SYSTEM)
    refused("post-date", posts.leave, person, day + timedelta(days=1), "transfer", SYSTEM)
    refused("post-date", posts.leave, person, date(2025, 12, 31), "transfer", SYSTEM)
    refused("post-reason", posts.leave, person, day, "bored", SYSTEM)
    posts.leave(person, date(2026, 3, 1), "transfer", SYSTEM)
    refused("post-unknown", posts.leave, person, day, "transfer", SYSTEM)
    # Backwards into the post that he held.
    refused("post-held", posts.take, person, other, "officer", date(2026, 2, 28), SYSTEM)
    refused("post-date", posts.take, person, other, "officer", day + timedelta(days=1), SYSTEM)
    posts.take(person, other, "officer", date(2026, 3, 1), SYSTEM)
    on = people.department_of
    assert on(person, date(2026, 2, 28)) == uuid.UUID(SECTION)
    assert on(person, date(2026, 3, 1)) == other == on(person, day)
    assert on(person, date(2025, 12, 31)) is None
    assert [row.department for row in posts.history(person)] == [other, uuid.UUID(SECTION)]


def test_a_transfer_is_both_or_neither(county: CountyWorld) -> None:
    person = uuid.UUID(OFFICER)
    refused("department-unknown", posts.transfer, person, uuid.uuid4(), "officer", today(), SYSTEM)
    assert people.department_of(person, today()) == uuid.UUID(SECTION)
    other = put("检查二科")
    posts.transfer(person, other, "deputy-head", today(), SYSTEM)
    assert people.department_of(person, today()) == other


def test_forged_posts(county: CountyWorld) -> None:
    post = Post.objects.get(person=OFFICER)
    known, day = str(post.id), today().isoformat()
    refused(
        "person-unknown",
        commit,
        PostTaken(str(uuid.uuid4()), SYSTEM[:-1] + "0", SECTION, "head", day),
        BUREAU,
    )
    refused("post-unknown", commit, PostLeft(str(uuid.uuid4()), day, "transfer"), BUREAU)
    posts.leave(post.person, today(), "transfer", SYSTEM)
    refused("post-unknown", commit, PostLeft(known, day, "transfer"), BUREAU)
    refused("post-known", commit, PostTaken(known, OFFICER, SECTION, "head", day), BUREAU)
    for wrong in ("2026-02-30", "20260301", "2026-3-1", "", "١٢٣٤-٠١-٠١"):
        with pytest.raises(FieldError):
            commit(PostTaken(str(uuid.uuid4()), OFFICER, SECTION, "head", wrong), BUREAU)


@pytest.mark.parametrize(("reason", "left"), [("transfer", {"officer"}), ("retired", set()), ("left", set())])
def test_leaving_a_post_ends_what_was_held_there(county: CountyWorld, reason: str, left: set[str]) -> None:
    commit(RoleGranted(OFFICER, "viewer"), BUREAU)
    commit(RoleGranted(OFFICER, "equipment-keeper", [SECTION]), BUREAU)
    posts.leave(uuid.UUID(OFFICER), today(), reason, SYSTEM)
    assert people.roles_of(OFFICER) == left
    ended = Role.objects.get(person=OFFICER, role="viewer")
    assert ended.ended_by == SYSTEM and reason in ended.reason
    # What was ended does not come back with the next post.
    posts.take(uuid.UUID(OFFICER), uuid.UUID(SECTION), "head", today(), SYSTEM)
    assert people.roles_of(OFFICER) == left
