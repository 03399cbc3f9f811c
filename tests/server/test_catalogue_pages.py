"""What the pages of catalogue, rollout plan and rules in force show and take."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from support.county_world import BUREAU, DEPARTMENT, OFFICER, RECORDING, CountyWorld, named_id
from zhilu.server.catalogue.models import Catalogue, Change, Procedure, Proposal, Reading, Regulation, Rollout
from zhilu.server.catalogue.services import catalogue, drafts, proposals, regulations
from zhilu.server.evidence.models import Act, Recording
from zhilu.server.ledger.clock import BEIJING, today
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.organisation.events import PersonAdded, RoleGranted
from zhilu.server.organisation.models import User

EDITOR = UUID(str(named_id("editor")))
ME = UUID(OFFICER)
HTML = "<script>alert(1)</script>"


@pytest.fixture
def editor(world: CountyWorld) -> Client:
    world.found()
    commit(PersonAdded(str(EDITOR)), BUREAU, {"name": "郑文"})
    commit(RoleGranted(str(EDITOR), "legal-editor", None), BUREAU)
    return client_of(EDITOR)


def client_of(person: UUID) -> Client:
    """Signed in, without the work of a password."""
    client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="en")
    user = User.objects.create(username=str(person), person=person)
    client.force_login(user, "zhilu.server.organisation.services.accounts.LockoutBackend")
    return client


def shown(answer: HttpResponse, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def put_in_force(client: Client, **more: Any) -> HttpResponse:
    """Look at the draft, order it, and answer the question."""
    page = shown(client.get("/catalogue/draft"))
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert seen
    sent = {"since": today().isoformat(), "seen": seen[1]} | more
    question = shown(client.post("/catalogue/draft", sent))
    assert "This will happen:" in question and drafts.newest() == 1
    return client.post("/catalogue/draft", sent | {"confirmed": "yes"})


def form_of(listed_as: str, **changes: Any) -> dict[str, Any]:
    """The fields of a procedure as the form sends them."""
    row = drafts.read().after.procedures[listed_as]
    kind, _dash, count = row["retention"].partition("-")
    sent = row | {"class_": row["class"], "retention_kind": kind, "retention_count": count or ""}
    return {name: value or "" for name, value in (sent | changes).items()}


def put_in_force_of(**changes: Any) -> None:
    """A01 otherwise, by a command on the server."""
    first = catalogue.first_version()
    rows = [first.procedures[0] | changes, *first.procedures[1:]]
    commit(replace(first, version=2, since=today().isoformat(), procedures=rows), BUREAU)


# The list.


def test_the_list_counts_as_the_tiers_do(editor: Client) -> None:
    for query, count in (
        ({}, 66),
        ({"tier": "priority"}, 32),
        ({"tier": "selected"}, 45),
        ({"tier": "inventoried"}, 66),
        ({"q": "留置"}, 1),
        ({"q": "a01"}, 1),
        ({"class": "determined", "tier": "priority", "department": "稽查"}, 4),
        ({"tier": "nonsense"}, 66),
        ({"q": HTML}, 0),
    ):
        page = shown(editor.get("/catalogue", query))
        assert f"Procedures: {count}" in page, query
        assert page.count('href="/catalogue/items/') == count
    assert HTML not in page
    assert "no authority has published them" in page
    assert "composed with Zhilu" in shown(editor.get("/catalogue/items/A01"))
    put_in_force_of(retention="years-9")
    assert "composed with Zhilu" not in shown(editor.get("/catalogue/items/A01"))


@pytest.mark.parametrize("path", ["?version=2", "?version=0", "?version=x", "/items/Z99", "/versions/7"])
def test_what_is_not_there(editor: Client, path: str) -> None:
    assert editor.get(f"/catalogue{path}").status_code == 404


def test_a_bureau_without_catalogue_says_what_to_do(world: CountyWorld) -> None:
    world.found(with_catalogue=False)
    officer = client_of(ME)
    assert "There is no catalogue yet" in shown(officer.get("/catalogue"))
    for path in ("/catalogue/versions", "/catalogue/proposals", "/rollout", "/regulations"):
        shown(officer.get(path))


# The draft.


def test_a_version_is_edited_looked_at_and_put_in_force(editor: Client) -> None:
    start = "到达登记地址，亮证、告知后"
    answer = editor.post("/catalogue/draft/items/A01", form_of("A01", start=start, tier="priority"))
    assert answer["Location"] == "/catalogue/draft"
    new = form_of("A02", code="A08", name=HTML)
    assert editor.post("/catalogue/draft/items", new).status_code == 302
    editor.post("/catalogue/draft/procedures/J02/change", {"do": "retire"})
    page = shown(editor.get("/catalogue/draft"))
    assert "<del>录音录像前</del><ins>后</ins>" in page
    assert "&lt;script&gt;" in page and HTML not in page
    assert {(one.code, one.value is None) for one in Change.objects.all()} == {
        ("A01", False), ("A08", False), ("J02", True),
    }  # fmt: skip
    later = today() + timedelta(days=5)
    assert put_in_force(editor, since=later.isoformat()).status_code == 302
    found = Catalogue.objects.get(version=2)
    assert (found.since, found.by, Change.objects.count()) == (later, str(EDITOR), 0)
    assert Procedure.objects.filter(version=2).count() == 66
    page = shown(editor.get("/catalogue"))
    assert f"Version 2 takes effect on {later}" in page and "Version 1, since" in page
    assert "<del>录音录像前</del><ins>后</ins>" in shown(editor.get("/catalogue/versions/2"))
    assert HTML not in shown(editor.get("/catalogue/items/A08"))
    assert ">retired</span>" in shown(editor.get("/catalogue/items/J02"))
    shown(editor.get("/catalogue", {"version": "2"}))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"retention_kind": "days", "retention_count": "179"}, "From 180 days to 100 years."),
        ({"retention_kind": "years", "retention_count": "101"}, "From 180 days to 100 years."),
        ({"retention_kind": "days", "retention_count": ""}, "From 180 days to 100 years."),
        ({"min_officers": "0"}, "greater than or equal to 1"),
        ({"class_": "unknown"}, "not one of the available choices"),
        ({"tier": "urgent"}, "not one of the available choices"),
        ({"script": "unknown"}, "not one of the available choices"),
        ({"name": " "}, "This field is required"),
        ({"content": "长" * 501}, "at most 500 characters"),
        ({"name": "a\x00b"}, "Null characters"),
    ],
    ids=str,
)
def test_a_form_says_what_is_wrong_and_keeps_the_rest(
    editor: Client, changes: dict[str, Any], says: str
) -> None:
    sent = form_of("A01", start="别处开始") | changes
    page = shown(editor.post("/catalogue/draft/items/A01", sent), 400)
    assert says in page and "别处开始" in page
    assert not Change.objects.exists()


def test_a_code_is_never_given_again(editor: Client) -> None:
    editor.post("/catalogue/draft/procedures/J02/change", {"do": "retire"})
    put_in_force(editor)
    assert not Procedure.objects.filter(version=2, code="J02").exists()
    for code in ("J02", "A01", "a01"):
        page = shown(editor.post("/catalogue/draft/items", form_of("A02", code=code)), 400)
        assert "take another" in page


def test_a_day_in_the_past_is_refused_before_anything_is_asked(editor: Client) -> None:
    editor.post("/catalogue/draft/items/A01", form_of("A01", tier="priority"))
    sent = {"since": (today() - timedelta(days=1)).isoformat(), "seen": "0" * 64}
    assert f"{today()} at the earliest" in shown(editor.post("/catalogue/draft", sent), 400)
    for since in ("", "yesterday", "2026-02-30", "9" * 30):
        shown(editor.post("/catalogue/draft", {"since": since, "seen": "x", "confirmed": "yes"}), 400)
    assert drafts.newest() == 1


def test_what_was_not_looked_at_is_not_put_in_force(editor: Client) -> None:
    editor.post("/catalogue/draft/items/A01", form_of("A01", tier="priority"))
    sent = {"since": today().isoformat(), "seen": "0" * 64, "confirmed": "yes"}
    assert "The draft has changed since you looked" in shown(editor.post("/catalogue/draft", sent), 400)
    assert (drafts.newest(), Change.objects.count()) == (1, 1)


def test_classes_and_spoken_texts_are_edited(editor: Client) -> None:
    assert editor.post("/catalogue/draft/texts/classes", {"code": "k5", "text": HTML}).status_code == 302
    assert editor.post("/catalogue/draft/texts/scripts/show", {"text": "请查验证件。"}).status_code == 302
    draft = drafts.read().after
    assert (draft.classes["k5"], draft.scripts["show"]) == (HTML, "请查验证件。")
    assert HTML not in shown(editor.get("/catalogue/draft"))
    for sent in ({"code": "k5", "text": "again"}, {"code": "a b", "text": "x"}, {"code": "k6", "text": ""}):
        shown(editor.post("/catalogue/draft/texts/classes", sent), 400)
    for path in ("texts/tiers", "texts/classes/none", "items/Z99"):
        assert editor.get(f"/catalogue/draft/{path}").status_code == 404
    page = shown(editor.post("/catalogue/draft/classes/scene/change", {"do": "retire"}, follow=True))
    assert "It is used by B05" in page
    assert editor.post("/catalogue/draft/tiers/x/change", {"do": "retire"}).status_code == 404
    assert "This will happen" in shown(editor.post("/catalogue/draft/clear"))
    editor.post("/catalogue/draft/clear", {"confirmed": "yes"})
    assert not Change.objects.exists()


def test_ten_megabytes_in_a_field(editor: Client) -> None:
    before = size()
    for path, sent in (
        ("/catalogue/draft/items/A01", form_of("A01") | {"content": "x" * 10_000_000}),
        ("/regulations/new", {"title": "t", "text": "x" * 10_000_000, "since": "2026-11-25", "version": 1}),
    ):
        assert "A form takes at most 256 KB" in shown(editor.post(path, sent), 400)
    assert size() == before and not Change.objects.exists()


# An act's choice.


def test_an_act_chooses_from_the_version_of_its_day(county: CountyWorld) -> None:
    """The recording begins a second before midnight in Beijing; from midnight on C01 is otherwise."""
    county.store()
    day = today() + timedelta(days=1)
    midnight = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    with applying():
        Recording.objects.filter(id=RECORDING).update(
            opened_at=midnight - timedelta(seconds=1), closed_at=midnight + timedelta(hours=1)
        )
    first = catalogue.first_version()
    rows = [one | {"name": f"新 {one['name']}"} for one in first.procedures]
    commit(replace(first, version=2, since=day.isoformat(), procedures=rows), BUREAU)
    officer = client_of(ME)
    path = f"/acts/procedures?recording={RECORDING}"
    for from_s, version in (
        ("", 1),
        ("0.9", 1),
        ("1", 2),
        ("-5", 1),
        ("x", 1),
        ("nan", 1),
        ("inf", 2),
        ("1e308", 2),
    ):
        page = shown(officer.get(path, {"from_s": from_s, "recording": RECORDING}))
        assert f"version {version} of the catalogue" in page, from_s
        assert ("新 房产税" in page) == (version == 2)
    assert "version 1 of the catalogue" in shown(officer.get(f"/recordings/{RECORDING}/act"))
    for wrong in ("x", str(named_id("none"))):
        assert officer.get("/acts/procedures", {"recording": wrong}).status_code == 404
    sent = {"procedure": "C01", "taxpayer": "某户", "officers": [OFFICER], "from_s": "1", "to_s": "5"}
    answer = officer.post(f"/recordings/{RECORDING}/act", sent)
    assert answer.status_code == 302
    act = Act.objects.get()
    assert act.catalogue == 2
    assert "新 房产税" in shown(officer.get(f"/acts/{act.id}"))


# Proposals.


def test_a_proposal_runs_from_officer_to_version(editor: Client) -> None:
    officer = client_of(ME)
    sent = form_of("A01", tier="priority") | {"reason": f"争议多 {HTML}"}
    assert officer.post("/catalogue/items/A01/propose", sent).status_code == 302
    one = Proposal.objects.get()
    assert (one.person, one.fields) == (ME, {"tier": "priority"})
    page = shown(officer.get("/catalogue/items/A01"))
    assert "waits for a decision" in page and HTML not in page
    assert HTML not in shown(officer.get("/catalogue/proposals")) + shown(
        officer.get(f"/catalogue/proposals/{one.id}")
    )
    form = shown(editor.get(f"/catalogue/draft/items/A01?proposal={one.id}"))
    assert '<option value="priority" selected>' in form
    editor.post("/catalogue/draft/items/A01", form_of("A01", tier="priority"))
    assert f'value="{one.id}"' in (draft := shown(editor.get("/catalogue/draft")))
    assert re.search(rf'value="{one.id}"[^>]*checked', draft)
    assert put_in_force(editor, adopted=[str(one.id)]).status_code == 302
    one.refresh_from_db()
    assert (one.decision, one.version) == ("adopted", 2)
    assert "Carried out by version 2" in shown(officer.get("/catalogue/items/A01"))


def test_a_proposal_is_declined_with_a_reason(editor: Client) -> None:
    officer = client_of(ME)
    one = proposals.propose(ME, None, {"name": "新环节"}, "缺")
    path = f"/catalogue/proposals/{one}"
    assert officer.post(path, {"reason": "不"}).status_code == 403
    shown(editor.post(path, {"reason": ""}), 400)
    assert editor.post(path, {"reason": "已有A01"}).status_code == 302
    page = shown(officer.get(path))
    assert "已有A01" in page and "郑文" in page
    shown(editor.post(path, {"reason": "再次"}), 400)
    assert Proposal.objects.get().answer == "已有A01"


def test_proposals_that_say_nothing(editor: Client) -> None:
    officer = client_of(ME)
    same = form_of("A01") | {"reason": "x"}
    assert "so far nothing is" in shown(officer.post("/catalogue/items/A01/propose", same), 400)
    shown(officer.post("/catalogue/items/A01/propose", form_of("A01", tier="priority")), 400)
    assert officer.get("/catalogue/items/Z99/propose").status_code == 404
    assert editor.get("/catalogue/items/A01/propose").status_code == 403
    assert not Proposal.objects.exists()
    assert officer.get(f"/catalogue/proposals/{named_id('none')}").status_code == 404


# The rollout plan.


def test_the_plan_reads_as_a_sentence(editor: Client) -> None:
    sent = {"place": f"{BUREAU}/{DEPARTMENT}", "tier": "priority", "since": "2026-03-01", "until": ""}
    assert editor.post("/rollout/new", sent).status_code == 302
    (line,) = Rollout.objects.all()
    page = shown(editor.get("/rollout", {"on": "2026-03-01"}))
    assert page.count("32 procedures, since 2026-03-01") == 2 and "(from above)" in page
    assert "recording is demanded nowhere" in shown(editor.get("/rollout", {"on": "2026-02-28"}))
    page = shown(editor.post(f"/rollout/{line.id}", sent | {"until": "2026-04-01"}), 400)
    assert "demanded on days gone by stays" in page and Rollout.objects.get().until is None
    assert editor.post(f"/rollout/{line.id}", sent | {"until": today().isoformat()}).status_code == 302
    assert Rollout.objects.get().until == today()
    page = shown(editor.post(f"/rollout/{line.id}", sent | {"until": "2026-03-01"}), 400)
    assert "A period ends after it begins" in page
    for wrong in ({"place": "x/"}, {"place": f"{BUREAU}/{EDITOR}"}, {"tier": "all"}, {"since": ""}):
        shown(editor.post("/rollout/new", sent | wrong), 400)
    assert editor.get(f"/rollout/{EDITOR}").status_code == 404
    shown(editor.get("/rollout", {"on": "nonsense"}))


# Rules in force.


def issue(client: Client, path: str = "/regulations/new", **more: Any) -> HttpResponse:
    sent = {"title": "管理办法", "text": f"第一条\r\n\r\n{HTML}", "since": today().isoformat(), "version": 1}
    return client.post(path, sent | more)


def test_rules_are_issued_read_and_confirmed(editor: Client, world: CountyWorld) -> None:
    assert "This will happen:" in shown(issue(editor)) and not Regulation.objects.exists()
    path = issue(editor, confirmed="yes")["Location"]
    officer = client_of(ME)
    page = shown(officer.get(path))
    assert "I have read it" in page and HTML not in page and "&lt;script&gt;" in page
    assert Regulation.objects.get().text == f"第一条\n\n{HTML}"
    officer.post(path, {"version": "1"})
    assert "You confirmed this version" in shown(officer.get(path))
    assert Reading.objects.get().person == ME
    assert "confirmed this version already" in shown(officer.post(path, {"version": "1"}, follow=True))
    page = shown(editor.get(f"{path}/readers"))
    assert "马超" in page and "张建国" not in page and "1 of 2 officers" in page
    assert "张建国" in shown(editor.get(f"{path}/readers", {"who": "read"}))
    assert officer.get(f"{path}/readers").status_code == 403
    for version in ("9", "x"):
        assert officer.post(path, {"version": version}).status_code == 404


def test_a_form_sent_twice_issues_one_text(editor: Client) -> None:
    assert issue(editor, confirmed="yes").status_code == 302
    again = issue(editor, confirmed="yes")
    assert again.status_code == 400 and "title" in again.context["form"].errors
    assert Regulation.objects.count() == 1
    assert issue(editor, confirmed="yes", title="另一办法").status_code == 302


def test_a_unit_head_sees_the_readers_of_his_departments(editor: Client) -> None:
    text = regulations.issue(EDITOR, None, 1, "办法", "一", today())
    for name, scope in (("head", [DEPARTMENT]), ("other head", [str(named_id("other"))])):
        person = str(named_id(name))
        commit(PersonAdded(person), BUREAU, {"name": name})
        if name == "other head":
            from zhilu.server.organisation.events import DepartmentSet

            commit(DepartmentSet(scope[0], BUREAU, None, "legal", "法制科", 9, False), BUREAU)
        commit(RoleGranted(person, "unit-head", scope), BUREAU)
        page = shown(client_of(UUID(person)).get(f"/regulations/{text}/readers"))
        assert ("马超" in page) == (name == "head")


def test_who_did_not_see_the_newest_version_does_not_follow_it(editor: Client) -> None:
    path = issue(editor, confirmed="yes")["Location"]
    assert issue(editor, f"{path}/new", version=2, text="二", confirmed="yes").status_code == 302
    page = shown(issue(editor, f"{path}/new", version=2, text="别的", confirmed="yes"), 400)
    assert "somebody was quicker" in page and "别的" in page
    assert Regulation.objects.count() == 2
    old = shown(client_of(ME).get(path, {"version": "1"}))
    assert "no longer in force" in old and "I have read it" not in old
