"""Entry after entry, by real ones: what is judged of the days that an entry touches is what judging all days
would give.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.test_due_tasks import SINCE, said, sent
from support import bureau
from support.answers_world import People
from support.bureau import OWN, Bureau
from support.county_world import BUREAU, OFFICER, RECORDING, CountyWorld
from zhilu.server.evidence.models import Act, ActLink, Outcome, Recording
from zhilu.server.evidence.rules import ELEMENTS, Span
from zhilu.server.evidence.services import links, outcomes
from zhilu.server.evidence.services.acts import amend_act, file_statement
from zhilu.server.ledger import clock
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PostLeft
from zhilu.server.organisation.models import Post
from zhilu.server.oversight.events_findings import LimitSet
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.models import DueTask, Evaluated, Explanation, Finding, Match
from zhilu.server.oversight.services import answers, evaluating, judging, tasks, touched, withheld
from zhilu.server.oversight.services.answers import Said


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def settled() -> set[tuple[str, str]]:
    """After a turn nothing is left to say, whatever day is asked. Which findings stand."""
    evaluating.refresh(BUREAU)
    as_of = Evaluated.objects.get(bureau=BUREAU).as_of
    matches: dict[str, Match] = {}
    for first, last in withheld.weeks(touched.with_rows()):
        judged = judging.of_days(first, last, as_of)
        left = evaluating.difference(judged.findings, first, last, RULES)
        assert left.raised == [] and left.cleared == []
        matches |= judged.matches
    kept = {str(one.task): one for one in Match.objects.all()}
    assert kept.keys() == matches.keys()
    assert all(judging.is_same(kept[one], matches[one]) for one in kept)
    return set(Finding.objects.filter(cleared_at=None).values_list("rule", "subject"))


def later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    at = clock.now() + timedelta(days=days)
    monkeypatch.setattr(clock, "_source", lambda: at)


@pytest.mark.db
def test_a_task_from_missing_to_recorded_and_back(world: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor, act = world.people["supervisor"], Act.objects.get(id=world.things[OWN]["act"])
    settled()
    sent(supervisor, said(procedure="C01"))
    task = str(DueTask.objects.get(number="DT-1").id)
    assert ("missing", task) in settled()
    link = links.link(OFFICER, act.id, "document", "邢税通〔2026〕1号", "x")
    assert ("missing", task) not in settled()
    assert (
        Match.objects.get(task=task).act == act.id
        and Match.objects.get(task=task).told["spoke"][0] == "document"
    )
    links.unlink(OFFICER, link if isinstance(link, UUID) else ActLink.objects.latest("at").id, "wrong-number")
    assert ("missing", task) in settled()
    tasks.correct(UUID(supervisor), UUID(task), act.id, "同一次检查")
    assert ("missing", task) not in settled()
    assert Finding.objects.get(subject=task, rule="missing").cleared_reason == "match-corrected"
    tasks.correct(UUID(supervisor), UUID(task), act.id, "看错了", back=True)
    assert ("missing", task) in settled()
    sent(
        supervisor, said(procedure="C01", since=SINCE - timedelta(days=9), until=SINCE - timedelta(days=8.9))
    )
    settled()
    assert str(Finding.objects.get(subject=task, rule="missing").day) == "2026-11-11"
    sent(supervisor, said(procedure="C01", withdrawn=True))
    assert ("missing", task) not in settled()
    assert Finding.objects.get(subject=task, rule="missing").cleared_reason == "task-changed"
    assert Match.objects.get(task=task).state == "not-due"


def test_deadlines_pass_without_an_entry(world: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    act = Act.objects.get(id=world.things[OWN]["act"])
    soon = clock.now().replace(second=0, microsecond=0) + timedelta(hours=1)
    sent(world.people["supervisor"], said(procedure="C01", since=soon, until=soon + timedelta(hours=1)))
    task = str(DueTask.objects.get(number="DT-1").id)
    outcomes.record(OFFICER, act.id, "off-book-found")
    before = settled()
    assert ("missing", task) not in before and Match.objects.get(task=task).state == "pending"
    assert not {one for one in before if one[0] == "retention-not-lengthened"}
    rules = set()
    for _ in range(9):
        later(monkeypatch, 1)
        rules |= {rule for rule, _ in settled() - before}
    assert {"missing", "retention-not-lengthened"} <= rules
    assert Match.objects.get(task=task).state == "missing"
    outcomes.withdraw(OFFICER, Outcome.objects.latest("at").id, "wrong-act")
    settled()


@pytest.mark.db
def test_what_an_act_says_of_itself(world: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    act = Act.objects.get(id=world.things[OWN]["act"])
    later(monkeypatch, 12)
    assert ("incomplete", str(act.id)) in settled()
    one = Finding.objects.get(rule="incomplete", subject=str(act.id))
    answers.explain(UUID(OFFICER), one.id, Said("other", "other", "还没写完"))
    file_statement(UUID(OFFICER), act, act.version, dict.fromkeys(ELEMENTS, "有"))
    assert ("incomplete", str(act.id)) not in settled()
    one.refresh_from_db()
    assert one.cleared_reason == "act-changed"  # nobody approved what was said
    free = Recording.objects.filter(officer=OFFICER, acts=0, drill=False).latest("opened_at")
    assert ("not-linked", str(free.id)) in settled()
    spans = [Span(str(RECORDING), 0, 1_000_000), Span(str(free.id), 0, 60_000_000)]
    amend_act(UUID(OFFICER), act, 1, "C01", [OFFICER], "某纳税人", spans)
    assert ("not-linked", str(free.id)) not in settled()
    act.refresh_from_db()
    amend_act(UUID(OFFICER), act, 2, "C01", [OFFICER], "某纳税人", spans[:1])
    assert ("not-linked", str(free.id)) in settled()


def test_a_limit_changes_days_from_its_own_on(world: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    before = settled()
    event: dict[str, Any] = {"name": "bare_s", "value": "60", "since": clock.today().isoformat()}
    commit(LimitSet(**event), world.people["legal-editor"])
    after = settled()
    assert before <= after
    days = Finding.objects.filter(subject__in={subject for _, subject in after - before})
    assert all(one.day >= clock.today() for one in days)


def test_a_post_that_was_left(world: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    settled()
    post = Post.objects.get(person=OFFICER, until=None)
    commit(PostLeft(post=str(post.id), until=clock.today().isoformat(), reason="transfer"), BUREAU)
    found = {subject for rule, subject in settled() if rule == "too-few-officers"}
    assert found <= {str(one) for one in Act.objects.values_list("id", flat=True)}


def test_a_clock_that_is_set_back_takes_nothing_away(world: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, 12)
    before = settled()
    later(monkeypatch, -0.5)
    assert settled() == before
    later(monkeypatch, -20)  # it was wrong by far: all is judged anew
    assert settled() <= before


def test_an_approved_explanation_takes_the_finding_away(world: Bureau) -> None:
    people = People(world)
    sent(world.people["supervisor*"], said(procedure="C01"))  # who enters it late does not conclude
    task = DueTask.objects.get(number="DT-1").id
    assert ("missing", str(task)) in settled()
    finding = Finding.objects.get(rule="missing", subject=str(task)).id
    answers.explain(people.me, finding, Said("not-recorded", "other", "记录仪坏了"))
    answers.decide(people.head, Explanation.objects.get(finding=finding).id, "accepted")
    assert ("missing", str(task)) in settled()  # a supervisor has not confirmed it
    answers.conclude(people.supervisor, finding, "excused", "情况属实", "approved-reason")
    settled()
    row = Finding.objects.get(id=finding)
    assert (row.state, row.cleared_at) == ("concluded", None)
    assert Match.objects.get(task=task).state == "excused"
