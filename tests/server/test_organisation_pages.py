"""Pages of people, departments, delegations and the calendar."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from support.county_world import DEPARTMENT, OFFICER, SECTION, CountyWorld, named_id
from support.organisation import client_of, put, put_abroad
from support.sheets import visitor
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.organisation.events import RoleGranted
from zhilu.server.organisation.models import Calendar, Delegation, Department, ListedBureau, Person, Post
from zhilu.server.organisation.rules_calendar import add_workdays
from zhilu.server.organisation.services import calendar, departments, people
from zhilu.server.organisation.services.rights import rights_of

SHEET_2026 = Path(__file__).parents[2] / "docs/operate/calendar-2026.csv"
NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture
def system(county: CountyWorld) -> Client:
    return client_of(str(named_id("system")))


@pytest.fixture
def security(county: CountyWorld) -> Client:
    return client_of(county.admins[0].person)


@pytest.fixture
def approver(county: CountyWorld) -> Client:
    return client_of(county.approver.person)


def body(answer: Any) -> str:
    return str(answer.content.decode())


def sure(client: Client, path: str, said: dict[str, Any]) -> Any:
    """Sends, sees the question, and answers it."""
    before = size()
    asked = client.post(path, said)
    assert asked.status_code == 200 and 'name="confirmed"' in body(asked) and size() == before
    return client.post(path, said | {"confirmed": "yes"})


def refuses(client: Client, path: str, said: dict[str, Any], beside: str, words: str = "") -> str:
    """400, the error beside the field, what was typed kept, and nothing changed."""
    before = size()
    answer = client.post(path, said | {"confirmed": "yes"})
    assert answer.status_code == 400 and size() == before
    found = body(answer)
    assert f'id="id_{beside}_error"' in found, re.findall(r'class="z-(?:error|alert)".*', found)
    assert words in found
    return found


# People.


def test_a_person_is_added_found_and_shown(system: Client) -> None:
    said = {"name": NASTY, "number": "13052999", "department": SECTION, "rank": "head", "on": today()}
    answer = system.post("/people/new", said, follow=True)
    assert answer.redirect_chain and NASTY not in body(answer) and "&lt;img" in body(answer)
    found = body(system.get("/people", {"q": "13052999"}))
    assert "&lt;img" in found and "稽查局/检查一科" in found and "张建国" not in found
    assert "张建国" in body(system.get("/people", {"department": SECTION}))
    assert "z-empty" in body(system.get("/people", {"q": "nobody of this name"}))
    # What is no department is none.
    assert system.get("/people", {"department": "' OR 1=1", "page": "-7"}).status_code == 200


def test_forms_say_what_was_wrong_and_keep_what_was_typed(system: Client) -> None:
    said = {"name": "钱多多", "number": "1", "department": SECTION, "rank": "head", "on": today()}
    tomorrow = today() + timedelta(days=1)
    assert "钱多多" in refuses(system, "/people/new", said | {"on": tomorrow}, "on")
    refuses(system, "/people/new", said | {"name": "   "}, "name")
    refuses(system, "/people/new", said | {"name": "甲" * 101}, "name")
    refuses(system, "/people/new", said | {"department": str(uuid.uuid4())}, "department")
    refuses(system, "/people/new", said | {"rank": "emperor"}, "rank")
    assert not Person.objects.filter(name__contains="钱").exists()


def test_ten_megabytes_in_a_field_are_refused(system: Client) -> None:
    before = size()
    said = {"name": "甲" * 3_500_000, "number": "", "department": SECTION, "rank": "head", "on": today()}
    assert system.post("/people/new", said).status_code in (400, 413)
    assert size() == before


def test_a_transfer_says_what_ends_and_keeps_the_old_department(system: Client, county: CountyWorld) -> None:
    commit(RoleGranted(OFFICER, "viewer"), "julu")
    other = str(put("检查二科"))
    path = f"/people/{OFFICER}/post"
    said = {"department": other, "rank": "deputy-head", "on": today()}
    asked = body(system.post(path, said))
    assert "张建国" in asked and "查阅" in asked.replace("调阅", "查阅")
    assert sure(system, path, said).status_code == 302
    assert people.department_of(OFFICER, today()) == uuid.UUID(other)
    assert people.roles_of(OFFICER) == {"officer"}
    page = body(system.get(f"/people/{OFFICER}"))
    assert "稽查局/检查二科" in page and "稽查局/检查一科" in page


def test_leaving_and_coming_back(system: Client) -> None:
    path = f"/people/{OFFICER}/leave"
    refuses(system, path, {"reason": "left", "on": date(2025, 1, 1)}, "on")
    assert sure(system, path, {"reason": "retired", "on": today()}).status_code == 302
    assert people.roles_of(OFFICER) == frozenset()
    assert "张建国" in body(system.get("/people", {"department": "none"}))
    back = {"department": SECTION, "rank": "officer", "on": date(2026, 2, 1)}
    refuses(system, f"/people/{OFFICER}/post", back, "on")
    assert system.post(f"/people/{OFFICER}/post", back | {"on": today()}).status_code == 302
    assert Post.objects.filter(person=OFFICER).count() == 2


def test_a_name_is_mended(system: Client) -> None:
    assert system.post(f"/people/{OFFICER}/name", {"name": "张建军", "number": "7"}).status_code == 302
    row = Person.objects.get(id=OFFICER)
    assert (row.name, row.number) == ("张建军", "7")


def test_the_security_administrator_reads_people_and_changes_none(security: Client) -> None:
    assert security.get(f"/people/{OFFICER}").status_code == 200
    assert "/people/new" not in body(security.get("/people"))
    before = size()
    for path in ("/people/new", f"/people/{OFFICER}/leave", f"/people/{OFFICER}/post", "/departments/new"):
        assert security.get(path).status_code == 403
        assert security.post(path, {"confirmed": "yes"}).status_code == 403
    assert size() == before
    assert security.get(f"/people/{uuid.uuid4()}").status_code == 404


def test_people_as_a_sheet(system: Client) -> None:
    answer = system.get("/people", {"export": "xlsx", "department": SECTION})
    assert answer["Content-Type"].endswith("sheet") and answer.content[:2] == b"PK"
    assert system.get("/departments", {"export": "xlsx"}).content[:2] == b"PK"


# Departments.


def test_departments_are_set_up_moved_and_closed(system: Client) -> None:
    said = {"name": "检查二科", "kind": "inspection", "parent": DEPARTMENT, "order": 2}
    assert system.post("/departments/new", said).status_code == 302
    row = Department.objects.get(name="检查二科")
    refuses(system, "/departments/new", said, "name")
    refuses(system, "/departments/new", said | {"name": "甲/乙"}, "name")
    refuses(system, "/departments/new", said | {"name": "丙", "order": -1}, "order")
    refuses(system, "/departments/new", said | {"name": "丙", "parent": str(uuid.uuid4())}, "parent")
    path = f"/departments/{row.id}"
    assert sure(system, path, said | {"closed": "on"}).status_code == 302
    assert Department.objects.get(id=row.id).closed
    top = {"name": "稽查局", "kind": "inspection", "parent": "", "order": 1}
    refuses(system, f"/departments/{DEPARTMENT}", top | {"closed": "on"}, "closed")
    # Below itself is not offered, and not taken.
    assert SECTION not in body(system.get(f"/departments/{DEPARTMENT}"))
    refuses(system, f"/departments/{DEPARTMENT}", top | {"parent": SECTION}, "parent")


def test_another_bureaus_departments_are_not_here(system: Client) -> None:
    said = {"code": "xinhe", "name": "新河县局", "parent": ""}
    assert system.post("/departments/bureaus/new", said).status_code == 302
    theirs = put_abroad("外局稽查", "xinhe")
    assert system.get(f"/departments/{theirs}").status_code == 404
    assert "外局稽查" not in body(system.get("/departments")) and "新河县局" in body(
        system.get("/departments")
    )
    # Its code never changes, whatever is sent.
    assert (
        system.post("/departments/bureaus/xinhe", said | {"code": "other", "name": "新河"}).status_code == 302
    )
    assert ListedBureau.objects.get().name == "新河"
    for code in ("", "has blank", "中文", "x" * 65):
        refuses(system, "/departments/bureaus/new", said | {"code": code}, "code")
    assert system.get("/departments/bureaus/nowhere").status_code == 404


# Delegations.


def hand(county: CountyWorld, **more: Any) -> dict[str, Any]:
    said = {"grant": f"{county.approver.person} approver", "receiver": OFFICER, "since": today()}
    return said | {"until": today() + timedelta(days=9)} | more


def test_an_approver_hands_on_and_ends(approver: Client, county: CountyWorld) -> None:
    assert sure(approver, "/delegations", hand(county)).status_code == 302
    row = Delegation.objects.get()
    assert row.until - row.since <= timedelta(days=10)
    assert "approver" in rights_of(uuid.UUID(OFFICER)).roles
    assert "张建国" in body(approver.get("/delegations"))
    assert sure(approver, f"/delegations/{row.id}/end", {}).status_code == 302
    assert "approver" not in rights_of(uuid.UUID(OFFICER)).roles
    before = size()
    assert approver.post(f"/delegations/{row.id}/end", {"confirmed": "yes"}).status_code == 302
    assert size() == before


def test_what_cannot_be_handed_on(approver: Client, county: CountyWorld) -> None:
    path = "/delegations"
    refuses(approver, path, hand(county, until=today() + timedelta(days=120)), "until")
    refuses(approver, path, hand(county, until=today() - timedelta(days=1)), "until")
    refuses(approver, path, hand(county, receiver=county.admins[0].person), "receiver")
    refuses(approver, path, hand(county, receiver=county.approver.person), "receiver")
    refuses(approver, path, hand(county, grant=f"{OFFICER} unit-head"), "grant")
    refuses(approver, path, hand(county, until="9999-12-31"), "until")


def test_a_form_sent_twice_hands_on_once(approver: Client, county: CountyWorld) -> None:
    path = "/delegations"
    assert sure(approver, path, hand(county)).status_code == 302
    refuses(approver, path, hand(county, confirmed="yes"), "receiver")
    refuses(approver, path, hand(county, until=today() + timedelta(days=5), confirmed="yes"), "receiver")
    assert sure(approver, path, hand(county, until=today() + timedelta(days=19))).status_code == 302
    assert sure(approver, path, hand(county, receiver=county.second_officer)).status_code == 302


def test_one_sees_and_ends_ones_own_only(approver: Client, security: Client, county: CountyWorld) -> None:
    commit(RoleGranted(county.second_officer, "unit-head", [SECTION]), "julu")
    stranger = client_of(county.second_officer)
    sure(approver, "/delegations", hand(county))
    row = Delegation.objects.get()
    assert "张建国" not in body(stranger.get("/delegations")).split("<form")[0]
    stranger.post(f"/delegations/{row.id}/end", {"confirmed": "yes"})
    assert "approver" in rights_of(uuid.UUID(OFFICER)).roles
    # Nor does he hand on another's.
    refuses(stranger, "/delegations", hand(county, receiver=county.viewer.person), "grant")
    assert str(row.id) in body(security.get("/delegations"))
    assert sure(security, f"/delegations/{row.id}/end", {}).status_code == 302
    # Who has it by delegation only has nothing to hand on.
    sure(approver, "/delegations", hand(county))
    assert 'name="grant"' not in body(client_of(OFFICER).get("/delegations"))


# The calendar.


def test_the_calendar_is_marked_day_by_day(security: Client, approver: Client) -> None:
    assert "z-warn" in body(security.get("/calendar/2026"))
    said = {"first": "2026-10-01", "last": "2026-10-08", "kind": "holiday"}
    assert security.post("/calendar/2026", said).status_code == 302
    assert security.post("/calendar/2026", {"first": "2026-10-10", "kind": "workday"}).status_code == 302
    assert calendar.has(2026) and add_workdays(date(2026, 9, 30), 1, calendar.days(2026)) == date(2026, 10, 9)
    assert calendar.is_workday(date(2026, 10, 10)) and not calendar.is_workday(date(2026, 10, 11))
    assert security.post("/calendar/2026", {"first": "2026-10-08", "kind": "ordinary"}).status_code == 302
    assert add_workdays(date(2026, 9, 30), 1, calendar.days(2026)) == date(2026, 10, 8)
    page = body(approver.get("/calendar/2026"))
    assert (
        "z-warn" not in page
        and page.count("z-day-holiday") == 8
        and '<form method="post" class="z-card' not in page
    )
    assert approver.post("/calendar/2026", said).status_code == 403
    assert approver.get("/calendar").headers["Location"] == f"/calendar/{today().year}"


def test_days_that_cannot_be_marked(security: Client) -> None:
    path = "/calendar/2026"
    refuses(security, path, {"first": "2026-10-09", "last": "2026-10-08", "kind": "holiday"}, "last")
    refuses(security, path, {"first": "2026-12-31", "last": "2027-01-01", "kind": "holiday"}, "last")
    refuses(security, path, {"first": "2026-02-30", "kind": "holiday"}, "first")
    refuses(security, path, {"first": "2026-10-01", "kind": "party"}, "kind")
    before = size()
    for wrong in (
        {"first": "2026-10-09", "kind": "workday"},
        {"first": "2026-01-01", "last": "2026-12-31", "kind": "holiday"},
        {"first": "1999-01-01", "kind": "holiday"},
    ):
        answer = security.post(path, wrong)
        assert answer.status_code == 400 and "z-alert" in body(answer)
    assert size() == before and not Calendar.objects.exists()
    for year in (0, 1999, 3000, 99999999):
        assert security.get(f"/calendar/{year}").status_code == 404


def test_the_tree_counts_people(system: Client) -> None:
    assert [one.name for one in departments.own()] == ["检查一科", "稽查局"]
    assert f"department={SECTION}" in body(system.get("/departments"))


def test_the_sheet_that_comes_with_the_documents_is_a_calendar(county: CountyWorld) -> None:
    """248 workdays in 2026."""
    security = visitor(county.admins[0].person)
    assert security.imported("calendar", SHEET_2026.read_bytes(), name="calendar-2026.csv") == (39, 0, 0)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(calendar.is_workday(day) for day in days) == 248
    assert add_workdays(date(2026, 2, 13), 2, calendar.days(2026)) == date(2026, 2, 24)


def test_a_number_is_one_persons(system: Client, county: CountyWorld) -> None:
    from zhilu.errors import DataError
    from zhilu.server.organisation.services import posts

    one, other = (Person.objects.get(id=who) for who in (OFFICER, county.viewer.person))
    posts.describe(one.id, "张建国", "4711", named_id("system"))
    posts.describe(one.id, "张建国", "4711", named_id("system"))  # his own is no other's
    with pytest.raises(DataError) as refused:
        posts.describe(other.id, "李敏", " 4711 ", named_id("system"))
    assert refused.value.code == "number-held"
    said = {"name": "赵新", "number": "4711", "department": DEPARTMENT, "rank": "officer", "on": today()}
    refuses(system, "/people/new", said | {"on": today().isoformat()}, "number", "该工号已属于其他人员")
