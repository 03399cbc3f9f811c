"""Pages of assessment: who sees whose points, publishing, objecting, the scheme, files, and how fast."""

from __future__ import annotations

import io
import re
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from django.test import Client

from support.assessment_world import (
    BESIDE_ME,
    ME,
    at,
    confirm,
    failed,
    fault,
    grown,
    month,
    objection,
    on,
    outcome,
    over,
    published,
)
from support.assessment_world import persona as named
from support.bureau import OTHER, Bureau
from support.county_world import SECTION, CountyWorld
from support.queries import queries
from zhilu.server.assessment import rules, scheme
from zhilu.server.assessment.models import Objection, Publication, SchemeSet
from zhilu.server.assessment.services import objecting, publishing
from zhilu.server.assessment.services.reckoning import SCORED
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import size

MOST_ASKED = 15


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return grown(county)


def address(*parts: str) -> str:
    return "/".join(["/assessment", rules.said(month()), *parts])


def seen(world: Bureau, persona: str, path: str, **more: str) -> Any:
    with over():
        return world.client(persona).get(path, more)


def sheet(person: UUID = ME) -> str:
    return address("people", str(person))


# -- who sees whose


def test_a_preview_says_that_it_is_one_and_what_is_not_settled(world: Bureau) -> None:
    from support import answers_world

    fault(world)
    answers_world.raised("gap", day=month().replace(day=9).isoformat(), moment=on(9))
    answer = seen(world, "leader*", address())
    shown = answer.context["shown"]
    assert shown.is_preview and answer.context["open"] == 1
    assert told_of(answer) == "全局" and told_of(seen(world, "unit-head", address())) == "您所辖部门"
    assert "预览" in answer.content.decode() and str(SECTION) in answer.content.decode()
    assert not Publication.objects.exists()


def told_of(answer: Any) -> str:
    """Of whom it is said what is not settled."""
    return re.search(r'id="notyet">[^<]*<span[^>]*>(.*?)</span>', answer.content.decode())[1]  # type: ignore[index]


def test_a_month_that_nobody_published_in_time_is_overdue(world: Bureau) -> None:
    client = world.client("leader*")

    def overdue(moment: Any) -> tuple[list[str], bool]:
        with at(moment):
            assert queries(client, "/assessment") <= MOST_ASKED
            answer = client.get("/assessment")
        return [rules.said(one) for one in answer.context["overdue"]], "逾期" in answer.content.decode()

    before = overdue(on(2, 1))[0]
    assert rules.said(month()) not in before and overdue(on(10, 1))[0] == overdue(on(11, 0))[0]
    late, is_said = overdue(on(11, 1))
    assert is_said and late == [rules.said(month()), *overdue(on(10, 1))[0]]
    published(world, moment=on(12, 1))
    assert overdue(on(13, 1)) == (late[1:], bool(late[1:]))


def test_a_head_sees_the_points_of_his_department_and_no_others(world: Bureau) -> None:
    fault(world)
    published(world)
    answer = seen(world, "unit-head", address(), department=SECTION)
    assert {str(one.department) for one in answer.context["units"]} == {SECTION}
    assert any(one.person == ME and one.tenths == 950 for one in answer.context["page"])
    beside = seen(world, "unit-head", address(), department=OTHER)
    assert beside.context["chosen"] is None and str(BESIDE_ME) not in beside.content.decode()
    assert seen(world, "unit-head", sheet(BESIDE_ME)).status_code == 404
    assert seen(world, "unit-head*", sheet(BESIDE_ME)).status_code == 200
    for who in ("viewer", "approver", "trainer", "system-administrator", "audit-administrator"):
        assert seen(world, who, address()).status_code == 403
        assert seen(world, who, sheet()).status_code == 404


def test_everybody_sees_his_own_with_every_line_and_its_proof(world: Bureau) -> None:
    finding, recording = fault(world), failed(world)
    outcome(world)
    answer = seen(world, "officer", sheet())
    lines = answer.context["sheet"].lines
    assert [one.tenths for one in lines] == [-50, 20, -20]
    text = answer.content.decode()
    assert f"/findings/{finding}" in text and f"/recordings/{recording}" in text
    assert (f"/acts/{world.things['own']['act']}" in text and "用语文明" in text) or "civil-language" in text
    assert all(one.entry for one in lines) and lines[0].who.startswith("supervisor")
    assert seen(world, "officer", sheet(BESIDE_ME)).status_code == 404
    assert seen(world, "officer", address()).status_code == 403
    published(world)
    ((shown, points, *_window),) = seen(world, "officer", "/assessment/mine").context["published"]
    assert (shown, points) == (month(), "95.0")


def test_the_sheet_says_which_outcomes_the_head_has_not_seen(world: Bureau) -> None:
    outcome(world)
    outcome(world, "off-book-found", confirmed=False)
    outcome(world, confirmed=False)  # of a kind that counts already
    answer = seen(world, "officer", sheet())
    assert [one.kind for one in answer.context["sheet"].unseen] == ["off-book-found"]
    assert f"/acts/{world.things['own']['act']}" in answer.content.decode()
    assert "尚未计分的成效" in answer.content.decode()
    with at(on(9)):
        confirm(world)
    assert "尚未计分的成效" not in seen(world, "officer", sheet()).content.decode()


def test_what_is_no_month_or_has_not_begun_is_not_there(world: Bureau) -> None:
    client = world.client("leader*")
    for odd in ("2026-13", "1999-01", "2999-01", "x", "2026-1", "２０２６-01", "scheme2", "2026-06.pdf.pdf"):
        assert client.get(f"/assessment/{odd}").status_code == 404, odd
    with over():
        for query in (
            "?version=9&bureau=nowhere",
            "?version=x",
            "?department=x&page=999",
            "?version=99999999999",
        ):
            assert client.get(address() + query).status_code == 200


def test_the_reader_of_one_department_learns_the_place_of_his_own(world: Bureau) -> None:
    """Three units of like size: ranks are among all, rows only his."""
    units = [(UUID(int=n), 1000 - n, 3) for n in range(3)]
    from zhilu.server.pages.services.assessment_page import Month

    shown = Month(month(), frozenset({UUID(int=1)}), "julu")
    shown.__dict__["_all_units"] = units
    (unit,) = shown.units()
    assert unit.place == (2, 3)


def test_the_place_among_officers_is_for_them_their_head_and_the_leader(
    world: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zhilu.server.pages.services.assessment_page import Month

    monkeypatch.setattr(Month, "place_of", lambda _self, _row: (1, 3))
    published(world)
    for persona in ("officer", "unit-head", "leader*", "supervisor", "supervisor*"):
        answer = seen(world, persona, sheet())
        is_seen = not persona.startswith("supervisor")
        assert answer.status_code == 200
        assert (answer.context["sheet"].place is not None) == is_seen, persona
        assert ("在同类部门" in answer.content.decode()) == is_seen, persona


# -- publishing


@pytest.mark.db
def test_publishing_asks_once_more_and_happens_once(world: Bureau) -> None:
    fault(world)
    client = world.client("leader*")
    with over():
        page = client.get(address()).content.decode()
        assert f'action="{address("publish")}"' in page
        before = size()
        asked = client.post(address("publish"), {"version": "1"})
        assert asked.status_code == 200 and "5 个工作日" in asked.content.decode() and size() == before
        for _number in range(2):
            answer = client.post(address("publish"), {"version": "1", "confirmed": "yes"})
            assert answer.status_code == 302 and size() == before + 1
        page = client.get(address())
    assert page.context["shown"].publication.version == 1 and not page.context["shown"].is_publishable
    assert f'action="{address("publish")}"' not in page.content.decode()
    for who in ("unit-head*", "supervisor*", "officer"):
        with over():
            sent = {"version": "2", "confirmed": "yes"}
            assert world.client(who).post(address("publish"), sent).status_code == 403
    with over():
        scoped = world.client("leader").post(address("publish"), {"version": "2", "confirmed": "yes"})
    assert scoped.status_code == 302 and size() == before + 1


def test_points_that_the_ledger_does_not_give_are_marked(world: Bureau) -> None:
    from zhilu.server.ledger.models.base import applying

    published(world)
    with applying():
        Publication.objects.update(differs="assessment-differs x")
    for path in (address(), sheet()):
        assert "与账本" in seen(world, "leader*", path).content.decode()


# -- objecting


def ids(client: Client, path: str) -> set[UUID]:
    return {one.id for one, _name in client.get(path).context["rows"]}


@pytest.mark.db
def test_an_objection_from_the_sheet_to_the_new_version(world: Bureau) -> None:
    finding = fault(world)
    published(world)
    officer, leader = world.client("officer"), world.client("leader*")
    with at(on(3, 1)):
        page = officer.get(sheet()).content.decode()
        assert f'action="{address("objection")}"' in page
        sent = {"version": "1", "text": "<b>当日</b>为演练。"}
        assert officer.post(address("objection"), sent)["Location"] == sheet()
        again = officer.get(sheet())
    assert again.context["until"] is None and "&lt;b&gt;当日" in again.content.decode()
    row = Objection.objects.get(month=month())
    with at(on(4, 1)):
        listed = leader.get("/objections")
        assert row.id in {one.id for one, _name in listed.context["rows"]}
        path, before = f"/objections/{row.id}", size()
        assert leader.get(path).status_code == 200
        reason = {"decision": "upheld", "text": "属实。"}
        assert leader.post(path, reason).status_code == 400 and size() == before
        assert leader.post(path, reason | {"struck": ["x/y"]}).status_code == 400 and size() == before
        struck = {"struck": [f"finding/{finding}/missing"]}
        assert leader.post(path, reason | struck)["Location"] == address()
        assert leader.get(path).status_code == 200 and row.id not in ids(leader, "/objections")
        assert row.id in ids(leader, "/objections?state=all")
        page = leader.get(address())
        assert "新版本" in page.content.decode() and page.context["shown"].is_publishable
        assert leader.post(address("publish"), {"version": "2", "confirmed": "yes"}).status_code == 302
        assert leader.get(address()).context["shown"].publication.reason == "objection"
        old = leader.get(sheet(), {"version": "1"})
        assert (old.context["sheet"].row.tenths, leader.get(sheet()).context["sheet"].row.tenths) == (
            950,
            1000,
        )


def test_one_sees_until_when_he_may_object_and_that_it_is_over(world: Bureau) -> None:
    row = published(world)
    last = objecting.until(row)
    for late, words, is_asked in ((0, f"至 {last} 结束", True), (1, f"已于 {last} 结束", False)):
        with at(row.at + timedelta(days=(last - row.at.date()).days + late)):
            officer = world.client("officer")
            assert words in officer.get("/assessment/mine").content.decode()
            page = officer.get(sheet()).content.decode()
            assert (address("objection") in page, f"异议期已于 {last} 结束" in page) == (
                is_asked,
                not is_asked,
            )
            assert "异议期" not in world.client("unit-head").get(sheet()).content.decode()


def test_nobody_sees_or_decides_an_objection_out_of_his_scope(world: Bureau) -> None:
    published(world)
    with at(on(3, 1)):
        which = objecting.file(BESIDE_ME, month(), 1, "说明")
        path = f"/objections/{which}"
        assert world.client("leader").get(path).status_code == 404
        assert world.client("leader").post(path, {"decision": "refused", "text": "x"}).status_code == 404
        assert which not in ids(world.client("leader"), "/objections")
        assert which in ids(world.client("leader*"), "/objections")
        assert world.client("supervisor*").get(path).status_code == 403
        # Another's objection is not filed in his name: only one's own line can be meant.
        before = size()
        world.client("unit-head*").post(address("objection"), {"version": "1", "text": "x"})
        assert size() == before


# -- the scheme


def form(**changed: str) -> dict[str, str]:
    from zhilu.server.assessment.scheme import BUILT_IN
    from zhilu.server.pages.services.assessment_forms import SchemeForm

    drawn = SchemeForm(BUILT_IN)
    sent = {name: drawn[name].initial for name in drawn.fields}
    sent |= {"since": drawn.fields["since"].choices[0][0]}
    return {name: str(value) for name, value in sent.items() if value is not None} | changed


def test_a_scheme_is_tried_on_a_past_month_and_then_set(world: Bureau) -> None:
    fault(world)
    client = world.client("supervisor*")
    with over():
        drawn = client.get("/assessment/scheme/edit").context["form"]
        assert set(drawn.codes) == SCORED | {"late-72", "conduct"}
        before = size()
        sent = form(**{"d-missing": "10", "dm-missing": "50", "do": "try", "on": rules.said(month())})
        preview = client.post("/assessment/scheme/edit", sent).context["preview"]
        assert (preview.people, preview.changed[0].was, preview.changed[0].now) == (1, 950, 900)
        assert preview.bureau.now < preview.bureau.was and size() == before
        sent["do"] = "set"
        assert client.post("/assessment/scheme/edit", sent).status_code == 200 and size() == before
        assert client.post("/assessment/scheme/edit", sent | {"confirmed": "yes"}).status_code == 302
        row = SchemeSet.objects.get()
        assert (
            row.said["deductions"]["missing"] == [100, 500] and row.since == month() + timedelta(days=59)
        ) or row
        assert row.since > month()
        everybody = world.client("officer").get("/assessment/scheme?version=1")
        assert "10.0" in everybody.content.decode()
        assert world.client("officer").get("/assessment/scheme").context["in_force"] == 0


NO_SCHEMES: tuple[dict[str, str], ...] = (
    {"d-missing": "0.3"}, {"d-missing": "-1"}, {"d-missing": "x"}, {"d-missing": "60", "dm-missing": "50"},
    {"base": "130"}, {"most": "201"}, {"r-officer": "11"}, {"since": "2026-01"}, {"d-missing": "1.55"},
    {"d-missing": "NaN"}, {"base": "1e3"},
)  # fmt: skip


def test_a_scheme_that_cannot_be_is_refused_beside_its_field(world: Bureau) -> None:
    before, client = size(), world.client("supervisor*")
    with over():
        for changed in NO_SCHEMES:
            sent = form() | changed | {"do": "set", "confirmed": "yes"}
            assert client.post("/assessment/scheme/edit", sent).status_code == 400, changed
            assert size() == before and not SchemeSet.objects.exists(), changed


def test_a_supervisor_of_departments_sets_no_scheme(world: Bureau) -> None:
    with over():
        sent = form() | {"do": "set", "confirmed": "yes"}
        assert world.client("supervisor").post("/assessment/scheme/edit", sent).status_code == 400
        assert world.client("leader*").get("/assessment/scheme/edit").status_code == 403


# -- files


def test_the_files_say_what_the_page_says_and_no_more(world: Bureau) -> None:
    finding = fault(world)
    published(world)
    answer = seen(world, "unit-head", address(), export="xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
    text = "\n".join(str(row) for row in rows)
    assert finding in text and "管理一科" not in text
    assert any(row[3:6] == (95, -5, 0) for row in rows), "numbers that add up"
    paper = seen(world, "unit-head", address() + ".pdf")
    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF")


# -- how many questions, how fast


def test_pages_ask_few_questions(world: Bureau) -> None:
    fault(world)
    failed(world)
    outcome(world)
    published(world)
    asked = {}
    with at(on(3, 1)):
        which = objecting.file(ME, month(), 1, "x")
        for persona, path in (
            ("leader*", "/assessment"),
            ("leader*", address()),
            ("leader*", f"{address()}?department={SECTION}"),
            ("leader*", f"{address()}?preview=1"),
            ("leader*", "/objections"),
            ("leader*", f"/objections/{which}"),
            ("officer", sheet()),
            ("officer", "/assessment/mine"),
            ("officer", "/assessment/scheme"),
            ("supervisor*", "/assessment/scheme/edit"),
        ):
            asked[path] = queries(world.client(persona), path)
    assert max(asked.values()) <= MOST_ASKED, asked


@pytest.mark.db
def test_the_fullest_sheet_asks_no_more(world: Bureau) -> None:
    """Under an own scheme each kind of line, what is open or not seen; then an objection that was upheld."""
    from support import answers_world

    with at(now() + timedelta(seconds=1)):
        own = replace(scheme.BUILT_IN, version=1, since=month())
        publishing.set_scheme(named(world, "supervisor*"), own)
    finding = fault(world)
    fault(world, "late", 6, places=[[0, rules.LONG_S + 1]])
    failed(world)
    outcome(world)
    outcome(world, "off-book-found", confirmed=False)
    answers_world.raised("gap", day=month().replace(day=9).isoformat(), moment=on(9))
    client = world.client("leader*")
    with over():
        assert queries(client, sheet()) <= MOST_ASKED
        drawn = client.get(sheet()).context["sheet"]
    assert [one.kind for one in drawn.lines] == ["finding", "finding", "outcome", "review"]
    assert drawn.lines[1].key.endswith("/late-72") and drawn.month.scheme == 1
    assert [one.rule for one in drawn.open] == ["gap"] and len(drawn.unseen) == 1
    published(world)
    which, struck = objection(world), [["finding", finding, "missing"]]
    with at(on(4, 1)):
        objecting.decide(named(world, "leader*"), which, "upheld", struck, [], "属实")
        anew = f"{sheet()}?preview=1"
        assert queries(client, anew) <= MOST_ASKED and queries(client, sheet()) <= MOST_ASKED
        drawn = client.get(anew).context["sheet"]
        assert [one.kind for one in drawn.lines] == ["finding", "outcome", "review"]
        assert not drawn.open and not drawn.objections, "what is concluded now counts in a later month"
        assert client.get(sheet()).context["sheet"].objections


def spent_on(client: Client, path: str) -> float:
    begun = time.process_time()
    assert client.get(path).status_code == 200
    return time.process_time() - begun


@pytest.mark.db
def test_a_bureau_of_three_thousand_is_published_and_shown_in_time(world: Bureau) -> None:
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.organisation.models import Person, Post, Role
    from zhilu.server.oversight.models import PersonFault

    people = [UUID(int=10**20 + number) for number in range(3000)]
    with applying():
        for number, one in enumerate(people):
            Person.objects.create(id=one, name=f"李{number}", number=str(number), entry=1)
            Post.objects.create(id=one, person=one, department=(SECTION, OTHER)[number % 2], rank="officer",
                                since=month(), entry=1)  # fmt: skip
            Role.objects.create(id=10**9 + number, person=one, role="officer", by="julu", at=on(1), entry=1)
            for place in range(3):
                PersonFault.objects.create(
                    id=f"{number:031x}{place}/{one}", finding=f"{number:031x}{place}", person=one, rule="gap",
                    severity="minor", department=SECTION, day=month().replace(day=1 + place), by=people[0],
                    at=on(20), entry=1,
                )  # fmt: skip
    begun = time.process_time()
    row = published(world)
    took = time.process_time() - begun
    assert (row.differs, row.persons >= 3000, row.parts > 1) == ("", True, True)
    assert took < 20, took  # of the processor
    client = world.client("leader*")
    slow = {}
    with over():
        for path in (
            address(),
            f"{address()}?department={SECTION}",
            f"{address()}?preview=1",
            sheet(people[5]),
        ):
            client.get(path)
            slow[path] = min(spent_on(client, path) for _ in range(3))
    print(took, slow)
    assert max(slow.values()) < 0.8, slow  # of the processor; three faults each
