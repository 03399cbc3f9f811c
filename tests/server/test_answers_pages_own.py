"""Of a finding each reads what is his: not what others said or what was decided about them; also where he has
no role any more.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from support import bureau
from support.answers_world import MONDAY, People, after, nothing_found, raised
from support.bureau import Bureau
from support.county_world import OFFICER, SECTION, CountyWorld, named_id
from support.queries import queries
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleWithdrawn
from zhilu.server.oversight.models import Appeal, Explanation, Sanction
from zhilu.server.oversight.services import answers, telling_answers
from zhilu.server.oversight.services.answers import Said
from zhilu.server.pages.services import finding_list
from zhilu.server.pages.services.held import asked as asked_of

MOST = 15


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    grown = bureau.of(county)
    nothing_found()
    return grown


@pytest.fixture
def people(world: Bureau) -> People:
    return People(world)


def said(text: str) -> Said:
    return Said("other", "other", text)


def shown(world: Bureau, persona: str, one: str) -> tuple[str, Any]:
    answer = world.client(persona).get(f"/findings/{one}")
    assert answer.status_code == 200
    return answer.content.decode(), answer.context["page"]


def test_who_is_asked_reads_nothing_that_others_said_or_that_was_decided_of_them(
    world: Bureau, people: People
) -> None:
    other = people("viewer")
    one = raised(persons=[OFFICER, str(other)])
    with after(1):
        his = answers.explain(other, one, said("他的家事"))
        text, page = shown(world, "officer", one)
        assert "他的家事" not in text and page.may_explain
        assert "他的家事" in shown(world, "viewer", one)[0]
        assert "他的家事" in shown(world, "unit-head", one)[0]
        answers.decide(people.head, his, "refused", "家事不成立")
        answers.decide(people.head, answers.explain(people.me, one, said("我的原因")), "accepted")
        answers.conclude(people.supervisor, one, "fault", "他擅离职守", "", [str(other)])
        sanction = answers.sanction(people.leader, other, [one], "suspension", "停职反省", 2)
        answers.appeal_sanction(other, sanction, "处理过重")
        answers.decide_appeal(
            people.leader_all, answers.appeal_finding(other, one, "不服结论"), "upheld", "维持"
        )
    text, page = shown(world, "officer", one)
    for secret in ("他的家事", "家事不成立", "他擅离职守", "停职反省", "责令待岗", "不服结论", "维持"):
        assert secret not in text, secret
    # Of him it says that it is none of his.
    assert page.concluded == "no-fault" and "我的原因" in text
    assert [step.code for step in page.steps] == ["raised", "explained", "decided", "concluded"]
    # A form beside which the same is drawn.
    text = world.client("officer").get(f"/findings/{one}/appeal").content.decode()
    assert "他擅离职守" not in text and "不服结论" not in text
    # Whoever it is about, and whoever decides here, reads it.
    for persona in ("viewer", "unit-head", "supervisor", "leader"):
        text, page = shown(world, persona, one)
        assert page.concluded == "fault", persona
        assert all(words in text for words in ("他擅离职守", "责令待岗", "不服结论", "维持")), persona
    assert "我的原因" not in shown(world, "viewer", one)[0]
    # So do lists, their files and their filters.
    for persona, told in (("officer", "no-fault"), ("viewer", "fault"), ("supervisor", "fault")):
        client = world.client(persona)
        for asked, is_there in ((told, True), ("fault", told == "fault")):
            rows = client.get(f"/findings?conclusion={asked}").context["rows"]
            assert (one in {row.finding.id for row in rows}) is is_there, (persona, asked)
    (row,) = world.client("officer").get("/findings?conclusion=no-fault").context["rows"]
    assert "有过错" not in finding_list.state_of(row) and "无过错" in finding_list.state_of(row)
    for person, told in ((people.me, "no-fault"), (other, "fault")):
        assert [row.told for row in asked_of.questions(person) if row.id == one] == [told]


def test_explanations_of_several_are_told_apart(world: Bureau, people: People) -> None:
    other = people("viewer")
    one = raised(persons=[OFFICER, str(other)])
    with after(1):
        mine = answers.explain(people.me, one, said("我的原因"))
        text, page = shown(world, "unit-head", one)
        assert page.deciding == [(mine, "")] and "其他 · 其他" not in text
        his = answers.explain(other, one, said("他的原因"))
        names = dict(shown(world, "unit-head", one)[1].deciding)
    assert names == {mine: "张建国", his: names[his]} and names[his] not in ("", "张建国")


def test_a_colleagues_appeal_is_found_by_no_filter(world: Bureau, people: People) -> None:
    other = people("viewer")
    one = raised(persons=[OFFICER, str(other)])
    with after(9):
        answers.conclude(people.supervisor, one, "fault", "x", "", [str(other)])
        answers.appeal_finding(other, one, "不服结论")
        for persona, is_there in (("officer", False), ("viewer", True), ("leader", True)):
            rows = world.client(persona).get("/findings?waiting=appeal").context["rows"]
            assert (one in {row.finding.id for row in rows}) is is_there, persona


def test_who_was_asked_before_is_named_and_may_be_at_fault(world: Bureau, people: People) -> None:
    one = raised()
    raised(persons=[str(people("viewer"))], moment=MONDAY)
    with after(9):
        client = world.client("supervisor")
        text, page = shown(world, "supervisor", one)
        assert "曾被要求说明" in text and [id_ for id_, _name in page.before] == [OFFICER]
        sent = {"conclusion": "fault", "text": "x", "persons": [OFFICER]}
        assert client.post(f"/findings/{one}/conclude", sent).status_code == 302
        # He sees it, and what may be done for it.
        assert shown(world, "officer", one)[1].concluded == "fault"
        form = world.client("unit-head").get(f"/findings/{one}/sanction").context["form"]
        assert [id_ for id_, _name in form.fields["person"].choices] == [OFFICER]


def test_whom_others_put_in_and_took_out_finds_it_among_what_waits_for_him(
    world: Bureau, people: People
) -> None:
    """Else an officer could name everybody who may decide about him."""
    one = raised()
    both = [str(people.supervisor), str(people.head)]
    with after(1):
        answers.explain(people.me, one, said("x"))
    raised(persons=[OFFICER, *both], moment=MONDAY)
    with after(2):
        assert world.client("unit-head").get("/findings?waiting=me&rule=gap").context["rows"]  # to explain
        assert not shown(world, "unit-head", one)[1].to_decide
    raised(moment=MONDAY)
    with after(9):
        head, supervisor = world.client("unit-head"), world.client("supervisor")
        assert len(shown(world, "unit-head", one)[1].to_decide) == 1
        assert shown(world, "supervisor", one)[1].may_conclude
        listed = {path: client.get(path).context["rows"] for client, path in (
            (head, "/work/explanations"), (supervisor, "/work/findings"),
            (supervisor, "/findings?waiting=me&rule=gap"),
        )}  # fmt: skip
        assert all(len(rows) == 1 for rows in listed.values()), listed
        told = {one.person for one in telling_answers.to_supervisors(now())}
        assert people.supervisor in told


def test_whose_roles_were_all_withdrawn_explains_and_appeals_still(world: Bureau, people: People) -> None:
    one, two = raised(), raised("ends-early")
    foreign = raised("late", subject=str(named_id("foreign")), persons=[str(people("viewer"))])
    with after(7):
        answers.conclude(people.supervisor, two, "fault", "x", persons=[OFFICER])
        sanction = answers.sanction(people.leader, people.me, [two], "criticism", "x")
        client = world.client("officer")
        commit(RoleWithdrawn(OFFICER, "officer", "调离"), "julu")
        assert client.get("/recordings").status_code == 403
        listed = client.get("/findings")
        assert {row.finding.id for row in listed.context["rows"]} == {one, two}
        assert client.get(f"/findings/{foreign}").status_code == 404
        for path in (f"/findings/{one}", "/explanations", "/sanctions", f"/sanctions/{sanction}"):
            assert client.get(path).status_code == 200, path
        sent = {"kind": "other", "reason": "other", "text": "当时设备故障"}
        assert client.post(f"/findings/{one}/explain", sent).status_code == 302
        assert client.post(f"/findings/{two}/appeal", {"text": "x"}).status_code == 302
        assert client.post(f"/sanctions/{sanction}/appeal", {"text": "x"}).status_code == 302
        assert client.get(f"/explanations/{Explanation.objects.get().id}").status_code == 200
        for path in ("conclude", "refer", "sanction"):
            assert client.post(f"/findings/{one}/{path}", {"text": "x"}).status_code == 403
    assert Appeal.objects.count() == 2


def test_long_lists_and_what_was_concluded_ask_no_more_than_15_times(world: Bureau, people: People) -> None:
    """Of people some of whom are no officers, by readers of some departments and of all."""
    asked = [OFFICER, str(people("viewer"))]
    ids = [raised(subject=str(named_id(f"many {n}")), persons=asked[: 1 + n % 2]) for n in range(60)]
    with after(1):
        for one in ids[::3]:
            answers.explain(people.me, one, said("x"))
    with after(9):
        for one in ids[:8]:
            answers.conclude(people.supervisor_all, one, "fault", "x", "", [OFFICER])
        answers.appeal_finding(people.me, ids[0], "x")
        sanction = answers.sanction(people.leader, people.me, [ids[1]], "criticism", "x")
        answers.appeal_sanction(people.me, sanction, "x")
        counts = {}
        lists = ["/findings", f"/findings?department={SECTION}&waiting=me", f"/findings?officer={OFFICER}"]
        for role in ("officer", "unit-head", "supervisor", "leader", "leader*"):
            paths = [*lists, f"/findings/{ids[0]}", f"/findings/{ids[1]}", f"/sanctions/{sanction}"]
            paths += ["/work/findings"] if role == "supervisor" else []
            paths += [f"/findings/{ids[0]}/sanction"] if role in ("unit-head", "leader", "leader*") else []
            client = world.client(role)
            counts |= {(role, path): queries(client, path) for path in paths}
    assert Sanction.objects.count() == 1 and UUID(OFFICER) == people.me
    assert not {page: count for page, count in counts.items() if count > MOST}
