"""Explaining a finding, accepting, concluding: who may, in which order, until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from support.answers_world import (
    MONDAY,
    PDF,
    PNG,
    People,
    after,
    at,
    cleared,
    delegated,
    raised,
)
from support.bureau import OTHER
from support.county_world import OFFICER, SECTION, named_id
from support.organisation import refused
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.oversight import apply_answers
from zhilu.server.oversight import events_answers as events
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.models import Attachment, Conclusion, Explanation, Finding, PersonFault
from zhilu.server.oversight.services import answers, concluded
from zhilu.server.oversight.services.answers import File, Said

SAID = Said("interrupted", "device-fault", "电池脱落，已当场口头说明。")
OTHERWISE = Said("other", "other", "情况特殊。")


def state(finding: str) -> tuple[str, str]:
    row = Finding.objects.get(id=finding)
    return row.state, row.conclusion


def test_a_finding_is_explained_accepted_and_excused(people: People) -> None:
    one = raised(subject=str(named_id("an act")))
    assert state(one) == ("open", "")
    with after(1):
        id_ = answers.explain(people.me, one, SAID)
    row = Explanation.objects.get(id=id_)
    assert (row.act, row.task, row.text, row.by) == (named_id("an act"), None, SAID.text, people.me)
    assert (row.department, state(one)) == (UUID(SECTION), ("explained", ""))
    with after(2):
        answers.decide(people.head, id_, "accepted")
        assert state(one) == ("answered", "")
        assert concluded.approved([str(row.act)]) == []  # nobody has confirmed it
        answers.conclude(people.supervisor, one, "excused", "情况属实", "approved-reason")
    assert state(one) == ("concluded", "excused")
    assert Finding.objects.get(id=one).concluded_at == MONDAY + timedelta(days=2)
    (fact,) = concluded.approved([str(row.act), str(uuid4())])
    assert (fact.subject, fact.kind, fact.decision) == (str(row.act), "interrupted", "approved")
    assert fact.decided_by == str(people.supervisor)
    assert not concluded.faults(MONDAY.date() - timedelta(days=9), MONDAY.date())


def test_only_who_is_asked_explains_once_and_while_it_stands(people: People) -> None:
    one, other = raised(), raised("late", kind="recording")
    with after(1):
        for stranger in (people.head, people.supervisor, people("viewer"), uuid4()):
            refused("explain-own", answers.explain, stranger, one, SAID)
        refused("explain-own", commit, _filed(finding=one), "julu")
        refused("finding-unknown", answers.explain, people.me, "0" * 32, SAID)
        refused("explain-kind", answers.explain, people.me, other, SAID)
        refused("explain-kind", answers.explain, people.me, one, Said("absent", "other", "x"))
        refused("explain-reason", answers.explain, people.me, one, Said("other", "lazy", "x"))
        for text in ("", " \n", "x" * 2001):
            refused("answer-text", answers.explain, people.me, one, Said("other", "other", text))
        refused("payload-nul", answers.explain, people.me, one, Said("other", "other", "a\0b"))
        answers.explain(people.me, one, SAID)
        refused("explained-already", answers.explain, people.me, one, OTHERWISE)
    cleared(other, MONDAY + timedelta(days=1))
    with after(1):
        refused("finding-cleared", answers.explain, people.me, other, OTHERWISE)


def _filed(**more: Any) -> events.ExplanationFiled:
    subject = {"finding": None, "task": None, "act": None} | more
    return events.ExplanationFiled(
        explanation=str(uuid4()),
        kind="other",
        reason="other",
        since=None,
        until=None,
        attachments=[],
        **subject,
    )


def test_an_explanation_is_of_one_thing_and_its_times_are_possible(people: People) -> None:
    one = raised()
    with after(1):
        refused("explain-subject", commit, _filed(), OFFICER)
        refused("explain-subject", commit, _filed(finding=one, act=str(uuid4())), OFFICER)
        since = MONDAY - timedelta(days=3)
        for until in (since, since - timedelta(seconds=1), since + timedelta(days=8)):
            said = Said("interrupted", "other", "x", since, until)
            refused("explain-times", answers.explain, people.me, one, said)
        refused("explain-times", answers.explain, people.me, one, Said("interrupted", "other", "x", since))
        old = since - timedelta(days=900)
        said = Said("interrupted", "other", "x", old, old + timedelta(hours=1))
        refused("explain-times", answers.explain, people.me, one, said)
        said = Said("other", "other", "x", since, since + timedelta(minutes=5))
        refused("explain-times", answers.explain, people.me, one, said)
        answers.explain(
            people.me, one, Said("interrupted", "other", "x", since, since + timedelta(minutes=5))
        )


def test_another_program_that_enters_it_is_held_to_the_same(people: People) -> None:
    """Whatever a page looks at, the entry's own rule does."""
    one, other = raised(), raised("ends-early")
    with after(1):
        id_ = answers.explain(people.me, one, SAID)
        known = replace(_filed(finding=other), explanation=str(id_))
        refused("explained-already", commit, known, OFFICER)
        png = {"kind": "png", "sha256": "0" * 64, "size": 9}
        for bad in (
            png | {"kind": "html"}, png | {"size": rules.MOST_BYTES + 1}, png | {"size": True},
            png | {"sha256": "0" * 63 + "g"}, png | {"name": "x"}, "x",
        ):  # fmt: skip
            refused("attachment", commit, replace(_filed(finding=other), attachments=[bad]), OFFICER)


def test_the_head_of_its_unit_accepts_or_refuses_and_nobody_else(people: People) -> None:
    one = raised()
    with after(1):
        id_ = answers.explain(people.me, one, SAID)
        for stranger in ("viewer", "approver", "leader", "supervisor", "system-administrator", "officer"):
            refused("answer-rank", answers.decide, people(stranger), id_, "accepted")
        refused("answer-rank", commit, events.ExplanationDecided(str(id_), "accepted"), "julu")
        refused("explanation-unknown", answers.decide, people.head, uuid4(), "accepted")
        refused("decision", answers.decide, people.head, id_, "perhaps", "x")
        refused("answer-text", answers.decide, people.head, id_, "refused")
        answers.decide(people.head, id_, "refused", "未见口头说明")
        # Of two browsers the second comes too late.
        refused("decided-already", answers.decide, people.head_all, id_, "accepted")
    row = Explanation.objects.get(id=id_)
    assert (row.decision, row.decided_by, row.decision_text) == ("refused", people.head, "未见口头说明")
    elsewhere = raised("gap", subject=str(uuid4()), department=OTHER)
    with after(1):
        id_ = answers.explain(people.me, elsewhere, SAID)
        refused("answer-rank", answers.decide, people.head, id_, "accepted")
        answers.decide(people.head_all, id_, "accepted")


def test_nobody_decides_about_himself_and_a_delegate_may_decide(people: People) -> None:
    mine = raised(persons=[OFFICER, str(people.head)])
    with after(1):
        id_ = answers.explain(people.me, mine, SAID)
        refused("answer-own", answers.decide, people.head, id_, "accepted")
    # What he hands on is no right of his friend's here; what another head hands on is.
    delegated(people.head, people("viewer"), "unit-head", MONDAY)
    with after(1):
        refused("answer-own", answers.decide, people("viewer"), id_, "accepted")
    delegated(people.head_all, people("viewer"), "unit-head", MONDAY + timedelta(hours=1))
    with after(1):
        answers.decide(people("viewer"), id_, "accepted")
    assert Explanation.objects.get().decided_by == people("viewer")
    own = raised("starts-late", persons=[str(people.supervisor)])
    with after(30):
        refused("answer-own", answers.conclude, people.supervisor, own, "no-fault", "x")
        refused("finding-unknown", answers.conclude, people.supervisor, "f" * 32, "no-fault", "x")
    # A delegate of the head who was asked himself.
    delegated(people.head_all, people.me, "unit-head", MONDAY + timedelta(days=2))
    other = raised("ends-early")
    with after(3):
        id_ = answers.explain(people.me, other, SAID)
        refused("answer-own", answers.decide, people.me, id_, "accepted")


def test_a_step_waits_for_the_one_before_until_its_time_is_over(people: People) -> None:
    """Raised on a Monday: explained until Thursday's end. Beijing's days."""
    one = raised()
    end = MONDAY.replace(hour=16) + timedelta(days=3)
    with at(end - timedelta(microseconds=1)):
        refused("conclude-early", answers.conclude, people.supervisor, one, "no-fault", "x")
    with at(end):
        answers.conclude(people.supervisor, one, "fault", "未作说明", persons=[OFFICER])
    assert state(one) == ("concluded", "fault")
    two = raised("ends-early")
    with after(1):
        answers.explain(people.me, two, SAID)
    # Filed on Tuesday: the head has until Friday's end.
    with at(end + timedelta(days=1) - timedelta(seconds=1)):
        refused("conclude-early", answers.conclude, people.supervisor, two, "fault", "x", "", [OFFICER])
    with at(end + timedelta(days=1)):
        answers.conclude(people.supervisor, two, "excused", "x", "approved-reason")
    with at(end + timedelta(days=2)):
        id_ = Explanation.objects.get().id
        refused("finding-concluded", answers.decide, people.head, id_, "accepted")


def test_holidays_are_not_counted(people: People) -> None:
    from zhilu.server.organisation.services import calendar

    calendar.put(2026, {"2026-06-02": "holiday", "2026-06-03": "holiday", "2026-06-06": "workday"}, "julu")
    one = raised()
    # Thursday, Friday, and the Saturday that is worked.
    end = MONDAY.replace(hour=16) + timedelta(days=5)
    with at(end - timedelta(seconds=1)):
        refused("conclude-early", answers.conclude, people.supervisor, one, "no-fault", "x")
    with at(end):
        answers.conclude(people.supervisor, one, "no-fault", "x")


def test_a_limit_says_how_long_for_what_follows(people: People) -> None:
    from zhilu.server.oversight.events_findings import LimitSet

    before = raised()
    with at(MONDAY + timedelta(hours=1)):
        refused("limit-value", commit, LimitSet("explain_days", "0", "2026-06-02"), "julu")
        commit(LimitSet("explain_days", "9", "2026-06-02"), "julu")
        commit(LimitSet("explain_days", "1", "2026-06-02"), "julu")  # the newest counts
        commit(LimitSet("head_days", "60", "2026-07-01"), "julu")
    after_it = raised("ends-early", moment=MONDAY + timedelta(days=1))
    with after(3):
        answers.conclude(people.supervisor, after_it, "no-fault", "x")
        refused("conclude-early", answers.conclude, people.supervisor, before, "no-fault", "x")
    with after(4):
        answers.conclude(people.supervisor, before, "no-fault", "x")


def test_of_two_who_are_asked_both_are_heard(people: People) -> None:
    other = str(people("viewer*"))
    one = raised(persons=[OFFICER, other])
    with after(1):
        mine = answers.explain(people.me, one, SAID)
        answers.decide(people.head, mine, "accepted")
        refused("conclude-early", answers.conclude, people.supervisor, one, "fault", "x", "", [other])
        his = answers.explain(UUID(other), one, OTHERWISE)
        assert state(one) == ("explained", "")
        answers.decide(people.head, his, "refused", "不成立")
        assert state(one) == ("answered", "")
        answers.conclude(people.supervisor, one, "fault", "后者的过错", persons=[other])
    fault = PersonFault.objects.get()
    assert (fault.person, fault.rule, fault.day.isoformat()) == (UUID(other), "gap", "2026-05-29")
    (row,) = concluded.faults(fault.day, fault.day)
    assert (row.person, row.finding, row.by) == (UUID(other), one, str(people.supervisor))
    assert row.entry == Conclusion.objects.get().entry == fault.entry


def test_what_cannot_be_concluded_so(people: People) -> None:
    one = raised()
    supervisor, conclude = people.supervisor, answers.conclude
    with after(9):
        for stranger in ("unit-head", "leader", "viewer", "officer", "audit-administrator"):
            refused("answer-rank", conclude, people(stranger), one, "no-fault", "x")
        refused("conclusion", conclude, supervisor, one, "referred", "x")
        refused("exemption", conclude, supervisor, one, "excused", "x")
        refused("exemption", conclude, supervisor, one, "excused", "x", "too-busy")
        refused("exemption", conclude, supervisor, one, "no-fault", "x", "force-majeure")
        refused("fault-persons", conclude, supervisor, one, "fault", "x")
        refused("fault-persons", conclude, supervisor, one, "fault", "x", "", [str(people.head)])
        refused("fault-persons", conclude, supervisor, one, "no-fault", "x", "", [OFFICER])
        refused("excused-reason", conclude, supervisor, one, "excused", "x", "approved-reason")
        refused("answer-text", conclude, supervisor, one, "no-fault", " ")
        conclude(supervisor, one, "excused", "遵上级命令", "superior-order")
        refused("finding-concluded", conclude, people.supervisor_all, one, "fault", "x", "", [OFFICER])
        refused("finding-concluded", answers.explain, people.me, one, SAID)
        refused("finding-concluded", answers.refer, people.leader, one, "x")
    elsewhere = raised(subject=str(uuid4()), department=OTHER)
    with after(9):
        refused("answer-rank", conclude, supervisor, elsewhere, "no-fault", "x")
    gone = raised("ends-early")
    cleared(gone, MONDAY + timedelta(days=1))
    with after(9):
        refused("finding-cleared", conclude, supervisor, gone, "no-fault", "x")


def test_a_refused_explanation_excuses_nobody_and_who_decided_it_does_not_conclude(people: People) -> None:
    from zhilu.server.organisation.events import RoleGranted

    commit(RoleGranted(str(people.head), "supervisor", [SECTION]), "julu")
    one = raised()
    with after(1):
        id_ = answers.explain(people.me, one, SAID)
        answers.decide(people.head, id_, "refused", "不成立")
        refused("excused-reason", answers.conclude, people.supervisor, one, "excused", "x", "approved-reason")
        refused("answer-twice", answers.conclude, people.head, one, "no-fault", "x")


def test_what_is_grave_is_referred_by_a_leader_and_never_scored(people: People) -> None:
    one = raised("clearing-refused", kind="docking")
    with after(9):
        refused("answer-rank", answers.conclude, people.supervisor, one, "fault", "x", "", [OFFICER])
        refused("finding-refer", answers.conclude, people.leader, one, "fault", "x", "", [OFFICER])
        refused("finding-refer", answers.conclude, people.leader, one, "excused", "x", "force-majeure")
        for stranger in ("unit-head", "supervisor", "viewer"):
            refused("answer-rank", answers.refer, people(stranger), one, "x")
        answers.refer(people.leader, one, "移送纪检")
        refused("finding-concluded", answers.refer, people.leader_all, one, "x")
    assert state(one) == ("concluded", "referred")
    assert not PersonFault.objects.exists()
    mistaken = raised("viewing-burst", kind="viewer-day", subject=f"{OFFICER}/2026-05-29")
    with after(9):
        answers.conclude(people.leader, mistaken, "no-fault", "经批准的集中复核")
    assert state(mistaken) == ("concluded", "no-fault")


def test_what_the_facts_clear_stands_as_cleared_and_keeps_what_was_said(people: People) -> None:
    one = raised()
    with after(1):
        id_ = answers.explain(people.me, one, SAID)
    cleared(one, MONDAY + timedelta(days=1))
    with after(1):
        refused("finding-cleared", answers.decide, people.head, id_, "accepted")
    again = raised(moment=MONDAY + timedelta(days=2), words=["more"])
    assert again == one and state(one)[0] == "explained"
    with after(3):
        answers.decide(people.head, id_, "accepted")
    assert state(one) == ("answered", "")


def test_files_come_in_with_the_explanation_or_nothing_does(people: People) -> None:
    one = raised()
    files = [File(r"C:\照片\现场<b>.png", PNG), File("说明.pdf", PDF)]
    with after(1):
        before = size()
        id_ = answers.explain(people.me, one, Said("other", "other", "x", files=files))
        assert size() == before + 3
        first, second = Attachment.objects.order_by("number")
        assert (first.name, first.kind, second.kind) == ("现场<b>.png", "png", "pdf")
        assert (answers.data_of(first), answers.data_of(second)) == (PNG, PDF)
        # Nothing is attached later, by nobody.
        listed = {"number": 0, "kind": "png", "sha256": first.sha256, "size": first.size}
        refused("attachment-known", commit, events.ExplanationAttached(str(id_), **listed), OFFICER)
        refused("explain-own", commit, events.ExplanationAttached(str(id_), **listed), str(people.head))
        more = listed | {"number": 2}
        refused("attachment", commit, events.ExplanationAttached(str(id_), **more), OFFICER)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "attachment-empty"),
        (b"<html><script>alert(1)</script>", "attachment-kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "attachment-kind"),
        (b"PK\x03\x04" + b"\0" * 50, "attachment-kind"),
        (b"MZ" + b"\0" * 50, "attachment-kind"),
        (PNG + b"<script>alert(1)</script>", "attachment-kind"),
        (PNG[:-12], "attachment-kind"),
        (PDF + b"PK\x05\x06" + b"\0" * 18, "attachment-kind"),
        (b"GIF89a" + PNG, "attachment-kind"),
        (PNG[:-8] + b"\0" * rules.MOST_BYTES + PNG[-8:], "attachment-size"),
    ],
)
def test_only_whole_pictures_and_documents_are_attached(people: People, data: bytes, code: str) -> None:
    one = raised()
    said = Said("other", "other", "x", files=[File("a.png", data)])
    with after(1):
        refused(code, answers.explain, people.me, one, said)
        many = [File(f"{n}.png", PNG[:20] + bytes([n]) + PNG[20:]) for n in range(4)]
        refused("attachments", answers.explain, people.me, one, Said("other", "other", "x", files=many))
        twice = Said("other", "other", "x", files=[File("a", PNG), File("b", PNG)])
        refused("attachment-twice", answers.explain, people.me, one, twice)


def test_nobody_fills_the_ledger_with_files(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply_answers, "MOST_FILES", 3)
    one, two = raised(), raised("late", kind="recording")
    files = [File(f"{n}.png", PNG[:20] + bytes([n]) + PNG[20:]) for n in range(2)]
    with after(1):
        answers.explain(people.me, one, Said("other", "other", "x", files=files))
        refused("attachments-many", answers.explain, people.me, two, Said("other", "other", "x", files=files))
    with after(2):  # a day later
        answers.explain(people.me, two, Said("other", "other", "x", files=files))
    three = raised("clock-off", kind="recording")
    with after(2):
        answers.explain(people.me, three, Said("other", "other", "x"))


def test_the_longest_file_fits_in_an_entry_that_a_county_hands_on(people: People) -> None:
    from zhilu.protocols.federation import MAX_CORE

    one = raised()
    data = PNG[:-8] + b"\0" * (rules.MOST_BYTES - len(PNG)) + PNG[-8:]
    with after(1):
        answers.explain(people.me, one, Said("other", "other", "x", files=[File("名" * 300, data)]))
    assert answers.data_of(Attachment.objects.get()) == data
    assert events.LONGEST <= MAX_CORE


def test_a_batch_does_what_it_may_and_names_what_not(people: People) -> None:
    ids = []
    for number, department in enumerate((SECTION, SECTION, OTHER)):
        one = raised(subject=str(named_id(f"act {number}")), department=department)
        with after(1):
            ids.append(str(answers.explain(people.me, one, SAID)))
    with after(2):
        before = size()
        results = answers.batch(
            [*ids, str(uuid4())], lambda ticket: answers.decide(people.head, UUID(ticket), "accepted")
        )
        assert [one.error and one.error.code for one in results] == [
            None,
            None,
            "answer-rank",
            "explanation-unknown",
        ]
        assert size() == before + 2
    assert Explanation.objects.filter(decision="accepted").count() == 2
    assert Finding.objects.filter(state="answered").count() == 2
