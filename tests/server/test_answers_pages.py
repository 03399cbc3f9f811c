"""The pages of findings, explanations and sanctions: what stands there, for whom, and what may be sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from support import bureau, matrix
from support.addresses import path_of
from support.answers_world import PNG, People, raised
from support.bureau import BESIDE, OTHER, OWN, Bureau
from support.county_world import OFFICER, SECTION, CountyWorld, named_id
from support.queries import queries
from zhilu.server.catalogue.models import Procedure
from zhilu.server.evidence.models import Act
from zhilu.server.ledger import clock
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import size
from zhilu.server.oversight.models import Appeal, Attachment, Explanation, Finding, PersonFault, Sanction
from zhilu.server.oversight.services import answers
from zhilu.server.oversight.services.answers import Said
from zhilu.server.pages.templatetags.zhilu import beijing

SAID = Said("interrupted", "device-fault", "电池脱落，已当场口头说明。")
SENT = {"kind": "interrupted", "reason": "privacy", "text": "更衣<script>alert(1)</script>"}
MOST = 15


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


@pytest.fixture
def people(world: Bureau) -> People:
    return People(world)


def new(rule: str = "gap", **more: Any) -> str:
    return raised(rule, more.pop("subject", str(uuid4())), moment=now(), **more)


def later(days: int) -> Any:
    moment = now() + timedelta(days=days)
    return clock.set_to(lambda: moment)


def test_from_the_finding_to_its_conclusion_by_pages(world: Bureau) -> None:
    one = new(words=["x<b>"], places=[[1_780_020_000, 1_780_020_090]])
    officer, head, supervisor = (world.client(who) for who in ("officer", "unit-head", "supervisor"))
    page = officer.get(f"/findings/{one}")
    text = page.content.decode()
    assert "中断无说明" in text and "0:01:30" in text and "x&lt;b&gt;" in text and "x<b>" not in text
    assert f"/findings/{one}/explain" in text
    file = SimpleUploadedFile("现场.png", PNG, "text/html")
    sent = officer.post(f"/findings/{one}/explain", SENT | {"file1": file})
    assert sent.status_code == 302 and sent["Location"] == f"/findings/{one}"
    row = Explanation.objects.get(finding=one)
    text = head.get(f"/findings/{one}").content.decode()
    assert (
        f"/explanations/{row.id}/decide" in text and "&lt;script&gt;" in text and "<script>alert" not in text
    )
    assert "/conclude" not in supervisor.get(f"/findings/{one}").content.decode()
    assert head.get(f"/explanations/{row.id}/decide").status_code == 200
    # A refusal without a reason is none.
    refused = head.post(f"/explanations/{row.id}/decide", {"decision": "refused", "text": " "})
    assert refused.status_code == 400 and not Explanation.objects.get(id=row.id).decision
    assert head.post(f"/explanations/{row.id}/decide", {"decision": "accepted"}).status_code == 302
    answer = supervisor.get(f"/findings/{one}")
    assert answer.context["page"].may_conclude
    sent = {"conclusion": "excused", "exemption": "approved-reason", "text": "属实"}
    assert supervisor.post(f"/findings/{one}/conclude", sent).status_code == 302
    page = officer.get(f"/findings/{one}").context["page"]
    assert [step.code for step in page.steps] == ["raised", "explained", "decided", "concluded"]
    assert all(step.entry is not None for step in page.steps)
    # Sent again, from a page that was open: what the rule says, and no entry.
    before = size()
    again = supervisor.post(f"/findings/{one}/conclude", sent)
    assert again.status_code == 400 and "已作出结论" in again.content.decode()
    assert officer.post(f"/findings/{one}/explain", SENT).status_code == 400
    assert size() == before


def test_a_fault_is_sanctioned_appealed_and_lifted_by_pages(world: Bureau, people: People) -> None:
    one = new()
    answers.decide(people.head, answers.explain(people.me, one, SAID), "refused", "不成立")
    supervisor, head, leader = (world.client(who) for who in ("supervisor", "unit-head", "leader"))
    sent = {"conclusion": "fault", "text": "无说明"}
    assert supervisor.post(f"/findings/{one}/conclude", sent).status_code == 400  # whose?
    assert supervisor.post(f"/findings/{one}/conclude", sent | {"persons": [OFFICER]}).status_code == 302
    form = head.get(f"/findings/{one}/sanction").context["form"]
    assert [code for code, _label in form.fields["form"].choices] == ["criticism", "self-criticism"]
    heavy = {"person": OFFICER, "form": "suspension", "months": "3", "text": "x"}
    assert head.post(f"/findings/{one}/sanction", heavy).status_code == 400
    assert leader.post(f"/findings/{one}/sanction", heavy | {"months": "9"}).status_code == 400
    assert leader.post(f"/findings/{one}/sanction", heavy).status_code == 302
    row = Sanction.objects.get(text="x")
    assert (row.form, row.months, row.by) == ("suspension", 3, people.leader)
    officer = world.client("officer")
    assert officer.get(f"/sanctions/{row.id}").context["may_appeal"]
    assert officer.post(f"/sanctions/{row.id}/appeal", {"text": "过重"}).status_code == 302
    appeal = Appeal.objects.get(sanction=row.id)
    sent = {"decision": "lifted", "text": "成立"}
    assert leader.post(f"/appeals/{appeal.id}/decide", sent).status_code == 400  # his own decision
    other = world.client("leader*")
    assert other.get(f"/sanctions/{row.id}").context["to_appeal"] == [appeal]
    assert other.post(f"/appeals/{appeal.id}/decide", sent).status_code == 302
    row.refresh_from_db()
    text = officer.get(f"/findings/{one}").content.decode()
    assert "不采纳" in text and "撤销，过错不成立" in officer.get(f"/sanctions/{row.id}").content.decode()
    assert row.lifted_at and PersonFault.objects.get(finding=one).lifted_at
    assert Finding.objects.get(id=one).conclusion == "no-fault"
    assert "已撤销" in officer.get("/sanctions").content.decode()


def test_whoever_decides_sees_what_was_found(world: Bureau, people: People) -> None:
    one = new(places=[[1_780_020_000, 1_780_020_090]])
    row = answers.explain(people.me, one, SAID)
    text = world.client("unit-head").get(f"/explanations/{row}/decide").content.decode()
    assert "中断无说明" in text and "0:01:30" in text and "提交决定" in text
    answers.decide(people.head, row, "refused", "不成立")
    answers.conclude(people.supervisor, one, "fault", "x", "", [OFFICER])
    appeal = answers.appeal_finding(people.me, one, "x")
    text = world.client("leader").get(f"/appeals/{appeal}/decide").content.decode()
    assert "中断无说明" in text and "0:01:30" in text and "提交决定" in text


def test_an_appeal_waits_for_a_leader_who_has_decided_nothing(world: Bureau, people: People) -> None:
    one = new()
    row = answers.explain(people.me, one, SAID)
    answers.decide(people.head, row, "refused", "不成立")
    answers.conclude(people.supervisor, one, "fault", "x", "", [OFFICER])
    answers.sanction(people.leader, people.me, [one], "criticism", "x")
    answers.appeal_finding(people.me, one, "x")
    for role, decides in (("officer", False), ("leader", False), ("leader*", True)):
        client = world.client(role)
        answer = client.get(f"/findings/{one}")
        assert "申诉待决定" in answer.content.decode()
        assert [one.who for one in answer.context["page"].waits] == ["appeal"]
        assert bool(answer.context["page"].to_appeal) is decides
        assert "申诉，" in client.get("/findings").content.decode()
        assert (one in client.get("/findings?waiting=me").content.decode()) is decides


def test_a_finding_says_which_act_it_is_about(world: Bureau) -> None:
    act = Act.objects.get(id=world.things[OWN]["act"])
    one = new("incomplete", subject=str(act.id))
    began = act.statements.order_by("-version").values_list("began", flat=True).first() or act.opened_at
    name = Procedure.objects.get(version=act.catalogue, code=act.procedure).name
    words = f"执法行为 · {beijing(began)[:16]} · {act.procedure} {name}"
    for path in (f"/findings/{one}", "/findings"):
        said = world.client("officer").get(path).content.decode()
        assert words in said.replace('<span class="z-when">', "").replace("</span>", "")


def test_a_grave_one_is_referred_by_a_page(world: Bureau) -> None:
    one = new("clearing-refused", kind="docking", subject="kid/handover", words=["receipt"])
    leader, supervisor = world.client("leader"), world.client("supervisor")
    assert supervisor.get(f"/findings/{one}/conclude").status_code == 404
    assert leader.get(f"/findings/{one}/conclude").status_code == 200
    assert leader.post(f"/findings/{one}/refer", {"text": ""}).status_code == 400
    assert leader.post(f"/findings/{one}/refer", {"text": "移送"}).status_code == 302
    assert Finding.objects.get(id=one).conclusion == "referred"


def test_files_are_handed_out_and_never_shown(world: Bureau, people: People) -> None:
    id_ = world.things[OWN]["explanation"]
    for number, kind in ((0, "image/png"), (1, "application/pdf")):
        answer = world.client("unit-head").get(f"/explanations/{id_}/files/{number}")
        assert answer.status_code == 200 and answer["Content-Type"] == kind
        assert answer["Content-Disposition"].startswith("attachment; ")
        assert (
            answer["X-Content-Type-Options"] == "nosniff"
            and "default-src 'none'" in answer["Content-Security-Policy"]
        )
    assert world.client("unit-head").get(f"/explanations/{id_}/files/2").status_code == 404
    assert world.client("unit-head").get(f"/explanations/{id_}/files/99999999999").status_code == 404
    from zhilu.server.organisation.models import AccessRow

    assert AccessRow.objects.filter(action="export", target=f"/explanations/{id_}/files/0").exists()
    # Disposed of: there is nothing any more.
    from zhilu.server.ledger.models import Entry

    row = Attachment.objects.get(explanation=id_, number=0)
    Entry.objects.filter(index=row.entry).update(personal=None, personal_salt=None)
    assert world.client("unit-head").get(f"/explanations/{id_}/files/0").status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.png", b"<svg onload='alert(1)'/>", "JPEG"),
        ("a.pdf", b"PK\x03\x04zip", "JPEG"),
        ("a.png", PNG + b"<html>", "JPEG"),
        ("a.png", b"", "空"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 600_000, "512"),
    ],
)
def test_a_file_that_is_none_is_said_and_nothing_is_filed(
    world: Bureau, name: str, data: bytes, said: str
) -> None:
    one, before = new(), size()
    client = world.client("officer")
    answer = client.post(f"/findings/{one}/explain", SENT | {"file2": SimpleUploadedFile(name, data)})
    assert answer.status_code == 400 and said in answer.content.decode()
    assert size() == before and not Explanation.objects.filter(finding=one).exists()


def test_a_hundred_megabytes_are_not_read(world: Bureau) -> None:
    one, client = new(), world.client("officer")
    answer = client.post(
        f"/findings/{one}/explain", SENT, headers={"Content-Length": "104857600"}, CONTENT_LENGTH="104857600"
    )
    assert answer.status_code == 413


def test_what_is_odd_or_not_his_is_refused(world: Bureau, people: People) -> None:
    mine, foreign = new(), new(department=OTHER, persons=[world.things[BESIDE]["person"]])
    officer, head, supervisor = (world.client(who) for who in ("officer", "unit-head", "supervisor"))
    for path in ("", "/explain", "/appeal"):
        assert officer.get(f"/findings/{foreign}{path}").status_code == 404, path
    assert head.get(f"/findings/{foreign}").status_code == 404
    assert head.get(f"/findings/{foreign}/sanction").status_code == 404
    assert (
        supervisor.post(f"/findings/{foreign}/conclude", {"conclusion": "no-fault", "text": "x"}).status_code
        == 404
    )
    for odd in ("x", "0" * 32, "1" * 300, "__", str(uuid4())):
        assert officer.get(f"/findings/{odd}").status_code == 404, odd
    before = size()
    for sent in (
        {},
        {"kind": "late", "reason": "other", "text": "x"},
        {"kind": "other", "reason": "x", "text": "x"},
        {"kind": "other", "reason": "other", "text": "x" * 2001},
        {"kind": "other", "reason": "other", "text": "a\0b"},
        {"kind": "interrupted", "reason": "other", "text": "x", "since": "2026-06-01T09:00"},
        {"kind": "interrupted", "reason": "other", "text": "x", "since": "9999-99-99", "until": "x"},
    ):
        assert officer.post(f"/findings/{mine}/explain", sent).status_code == 400, sent
    # An officer concludes nothing, his own least of all.
    for path in ("conclude", "refer", "sanction"):
        assert officer.post(f"/findings/{mine}/{path}", {"text": "x"}).status_code == 403, path
    assert size() == before


def listed(client: Client, path: str) -> list[Any]:
    answer = client.get(path)
    assert answer.status_code == 200
    return [getattr(row, "finding", None) or row.explanation for row in answer.context["rows"]]


def test_the_list_says_what_waits_for_whom(world: Bureau, people: People) -> None:
    Finding.objects.all()
    fresh, told, both = new(), new("ends-early"), new("starts-late", persons=[OFFICER, str(people("viewer"))])
    answers.explain(people.me, told, SAID)
    officer, head, supervisor = (world.client(who) for who in ("officer", "unit-head", "supervisor"))
    ids = {one.id for one in listed(officer, "/findings?waiting=me")}
    assert {fresh, both} <= ids and told not in ids
    assert [one.id for one in listed(head, "/findings?waiting=me")] == [told]
    assert listed(supervisor, "/findings?waiting=me") == []
    assert {one.id for one in listed(world.client("viewer"), "/findings")} == {both}
    text = officer.get("/findings").content.decode()
    assert "当事人说明" in text
    with later(12):
        # Everything lapsed: it is the supervisor's, and nobody's before.
        ids = {one.id for one in listed(world.client("supervisor"), "/findings?waiting=supervisor")}
        assert {fresh, told, both} <= ids
        assert {fresh, told, both} <= {one.id for one in listed(world.client("supervisor"), "/work/findings")}
        assert "逾期" in world.client("supervisor").get("/findings").content.decode()
    asks = (
        "rule=gap", "state=open", f"officer={OFFICER}", "mine=yes", "first=2026-05-29&last=2026-05-29",
        "severity=minor", f"department={SECTION}", "waiting=explain", "waiting=head", "waiting=leader",
        "waiting=appeal", "conclusion=fault", "state=cleared", "rule=x", "waiting=x", "first=x",
        "older=x", "older=0_" + "f" * 32,
    )  # fmt: skip
    for asked in asks:
        assert head.get(f"/findings?{asked}").status_code == 200, asked
    answer = head.get("/findings?export=xlsx")
    assert answer.status_code == 200 and answer["Content-Type"].endswith("sheet")


def test_many_are_accepted_and_concluded_together(world: Bureau, people: People) -> None:
    ids = [answers.explain(people.me, new(subject=str(named_id(f"act {n}"))), SAID) for n in range(3)]
    foreign = answers.explain(people.me, new(department=OTHER), SAID)
    head = world.client("unit-head")
    assert set(ids) <= {one.id for one in listed(head, "/work/explanations")}
    before = size()
    rows = [*map(str, ids), str(foreign), "x", str(uuid4()), "0" * 99]
    answer = head.post("/work/explanations", {"row": rows, "do": "accept", "text": "属实"})
    assert answer.status_code == 200 and size() == before + 3
    assert len(answer.context["done"]) == 3 and len(answer.context["refused"]) == 4
    # Sent again: nothing is done twice, each is named.
    answer = head.post("/work/explanations", {"row": rows[:3], "do": "accept"})
    assert len(answer.context["refused"]) == 3 and size() == before + 3
    supervisor = world.client("supervisor")
    found = list(Explanation.objects.filter(id__in=ids).values_list("finding", flat=True))
    assert set(found) == {one.id for one in listed(supervisor, "/work/findings")}
    late = new()
    rows = [found[0] + "\0", *found[1:], late, "", "x\0y", "f" * 32]
    answer = supervisor.post("/work/findings", {"row": rows, "do": "excuse", "text": "属实"})
    assert len(answer.context["done"]) == 3 and size() == before + 7
    assert supervisor.post("/work/findings", {"row": found, "do": "excuse"}).status_code == 302  # no reason
    assert supervisor.post("/work/findings", {"row": [], "do": "excuse", "text": "x"}).status_code == 302
    assert (
        supervisor.post("/work/findings", {"row": ["f" * 32] * 3, "do": "fault", "text": "x"}).status_code
        == 302
    )
    assert Finding.objects.filter(id__in=found, conclusion="excused").count() == 3


def test_in_advance_by_pages(world: Bureau, people: People) -> None:
    things = world.things[OWN]
    Explanation.objects.count()
    officer = world.client("officer")
    path = f"/due-tasks/{things['task']}/explain"
    assert officer.get(path).status_code == 200
    sent = officer.post(path, {"kind": "not-recorded", "reason": "state-secret", "text": "涉密场所"})
    assert sent.status_code == 302
    row = Explanation.objects.get(task=things["task"])
    assert sent["Location"] == f"/explanations/{row.id}" and row.department == UUID(SECTION)
    assert officer.post(path, {"kind": "interrupted", "reason": "other", "text": "x"}).status_code == 400
    head, supervisor = world.client("unit-head"), world.client("supervisor")
    assert head.get(f"/explanations/{row.id}").context["may_decide"]
    assert supervisor.get(f"/explanations/{row.id}").context["may_confirm"] is False
    assert head.post("/work/explanations", {"row": [row.id], "do": "accept"}).status_code == 200
    assert supervisor.get(f"/explanations/{row.id}").context["may_confirm"]
    answer = supervisor.post("/work/explanations", {"row": [row.id], "do": "confirm"})
    assert len(answer.context["done"]) == 1
    from zhilu.server.oversight.services.concluded import approved

    assert [one.kind for one in approved([str(things["task"])])] == ["not-recorded"]


def test_none_of_these_pages_asks_more_than_15_times(world: Bureau, people: People) -> None:
    """With thirty rows in each list, some of them explained."""
    for number in range(30):
        one = new(subject=str(named_id(f"many {number}")))
        if number % 3 == 0:
            answers.explain(people.me, one, SAID)
    names = [name for name in matrix.PAGES if name.startswith(MINE)]
    counts = {}
    for name in names:
        for role, letter in matrix.letters(matrix.PAGES[name]).items():
            if letter not in (".", "n") and name != "attachment":
                counts[name, role] = queries(world.client(role), path_of(name, world.things[OWN]))
    assert len(counts) > 40
    assert not {page: count for page, count in counts.items() if count > MOST}


MINE = ("finding", "explan", "explain", "sanction", "appeal", "attachment", "work-explan", "work-find")
