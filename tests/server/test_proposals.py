"""Proposals for the catalogue, and the rules in force that everybody confirms (spec/registers.md §2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from support.county_world import BUREAU, OFFICER, CountyWorld, named_id
from support.legal import EDITOR, ME, listed, refused
from zhilu.errors import DataError, ZhiluError
from zhilu.server.catalogue.events import ProcedureDecided, ProcedureProposed, RegulationRead
from zhilu.server.catalogue.models import Change, Proposal, Reading, Regulation
from zhilu.server.catalogue.services import drafts, proposals, regulations
from zhilu.server.ledger import clock
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.models.base import applying


def test_a_proposal_is_adopted_by_the_version_that_carries_it_out(bureau: CountyWorld) -> None:
    one = proposals.propose(ME, "A01", {"tier": "priority"}, "争议多")
    drafts.set_procedure(listed("A01", tier="priority"), EDITOR)
    event = drafts.next_version(drafts.read(), today())
    assert drafts.put_in_force(today(), EDITOR, drafts.digest(event), [one]) == 2
    found = Proposal.objects.get(id=one)
    assert (found.decision, found.version, found.decided_by) == ("adopted", 2, str(EDITOR))
    assert found.reason == "争议多"


def test_a_proposal_is_decided_once(bureau: CountyWorld) -> None:
    one = proposals.propose(ME, None, {"name": "新环节"}, "")
    again = ProcedureProposed(str(named_id("again")), OFFICER, None, {"name": "新环节"})
    assert refused(again, OFFICER) == "proposal-known", "a form that was sent twice"
    proposals.decline(EDITOR, one, "已有")
    proposals.propose(ME, None, {"name": "新环节"}, "")
    assert Proposal.objects.get(id=one).answer == "已有"
    for decision, version in (("declined", None), ("adopted", 1)):
        assert refused(ProcedureDecided(str(one), decision, version)) == "proposal"


@pytest.mark.parametrize(
    ("decision", "version"),
    [("adopted", None), ("declined", 1), ("later", None), ("adopted", 1), ("adopted", 7)],
)
def test_a_decision_that_cannot_stand(bureau: CountyWorld, decision: str, version: int | None) -> None:
    """Version 1 was there before it."""
    one = proposals.propose(ME, "A01", {"tier": "priority"}, "")
    assert refused(ProcedureDecided(str(one), decision, version)) == "proposal"
    assert refused(ProcedureDecided(str(named_id("none")), "declined", None)) == "proposal"


def test_nothing_is_adopted_when_one_of_them_cannot_be(bureau: CountyWorld) -> None:
    one = proposals.propose(ME, "A01", {"tier": "priority"}, "")
    proposals.decline(EDITOR, one, "")
    drafts.set_procedure(listed("A01", tier="priority"), EDITOR)
    seen = drafts.digest(drafts.next_version(drafts.read(), today()))
    with pytest.raises(DataError, match="proposal"):
        drafts.put_in_force(today(), EDITOR, seen, [one])
    assert (drafts.newest(), Change.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("procedure", "fields"),
    [
        ("A01", {}),
        ("A01", {"colour": "red"}),
        ("A01", {"tier": None}),
        ("A01", {"min_officers": True}),
        ("A01", {"name": ["x"]}),
        ("A01", {"name": "长" * 501}),
        ("Z99", {"name": "x"}),
        (None, {"tier": "priority"}),
    ],
    ids=str,
)
def test_a_proposal_that_cannot_stand(bureau: CountyWorld, procedure: str | None, fields: Any) -> None:
    with pytest.raises(DataError):
        proposals.propose(ME, procedure, fields, "")


def test_nobody_proposes_or_has_read_in_anothers_name(bureau: CountyWorld) -> None:
    text = regulations.issue(EDITOR, None, 1, "办法", "第一条", today())
    proposed = ProcedureProposed(str(named_id("p")), OFFICER, "A01", {"name": "x"})
    for event in (RegulationRead(str(text), 1, OFFICER), proposed):
        for actor in (str(EDITOR), BUREAU):
            assert refused(event, actor) == "not-own"


# Rules in force.


def test_a_version_of_the_rules_is_confirmed_once_by_each(bureau: CountyWorld) -> None:
    text = regulations.issue(EDITOR, None, 1, "办法", "第一条", today())
    assert [one.version for one in regulations.unread(ME, today())] == [1]
    regulations.confirm(ME, text, 1)
    assert regulations.unread(ME, today()) == []
    assert refused(RegulationRead(str(text), 1, OFFICER), OFFICER) == "regulation-read"
    assert refused(RegulationRead(str(text), 2, OFFICER), OFFICER) == "regulation-unknown"
    assert regulations.read_counts() == {(text, 1): 1}
    assert Reading.objects.get().at <= clock.now()


def test_the_newest_whose_day_has_come_is_in_force(bureau: CountyWorld) -> None:
    text = regulations.issue(EDITOR, None, 1, "办法", "一", today())
    regulations.issue(EDITOR, text, 2, "办法（修订）", "二", today() + timedelta(days=3))
    (now,), (later,) = regulations.standing(today()), regulations.standing(today() + timedelta(days=3))
    assert now.current and later.current
    assert (now.current.version, now.newest.version, later.current.version) == (1, 2, 2)
    regulations.confirm(ME, text, 1)
    assert [one.version for one in regulations.unread(ME, today() + timedelta(days=3))] == [2]


@pytest.mark.parametrize(
    ("version", "text", "days", "code"),
    [
        (1, "x", 0, "regulation-version"),
        (3, "x", 0, "regulation-version"),
        (2, "", 0, "regulation-text"),
        (2, " \n", 0, "regulation-text"),
        (2, "长" * 20_001, 0, "regulation-text"),
        (2, "x", -1, "regulation-since"),
        (2, "🀄" * 20_000, 0, "payload-size"),
    ],
)
def test_rules_that_cannot_stand(bureau: CountyWorld, version: int, text: str, days: int, code: str) -> None:
    found = regulations.issue(EDITOR, None, 1, "办法", "一", today())
    with pytest.raises(ZhiluError, match=code):
        regulations.issue(EDITOR, found, version, "办法", text, today() + timedelta(days=days))


UNSEEN = "\u200b\u00ad\ufeff\u2060\u180e\u202c\ufe00\u3164\U000e0100\x07"


@pytest.mark.parametrize(
    "title",
    [
        "执法 记录仪（Ａ）办法",
        "执法  记录仪(A)办法",
        " 执法　记录仪（A）办法 ",
        *(f"执法 记{one}录仪（A）办法" for one in UNSEEN),
        f"{UNSEEN}执法 {UNSEEN} 记录仪（A）办法",
    ],
)
def test_a_title_that_reads_the_same_is_anothers(bureau: CountyWorld, title: str) -> None:
    mine = regulations.issue(EDITOR, None, 1, "执法 记录仪（A）办法", "一", today())
    other = regulations.issue(EDITOR, None, 1, "执法记录仪（B）办法", "一", today())
    regulations.issue(EDITOR, mine, 2, "新办法", "二", today())  # what it was called stays its own
    for text, version in ((None, 1), (other, 2)):
        with pytest.raises(ZhiluError, match="regulation-known"):
            regulations.issue(EDITOR, text, version, title, "x", today())
    regulations.issue(EDITOR, mine, 3, title, "三", today())


def test_who_bears_the_same_title_already_goes_on(bureau: CountyWorld) -> None:
    """As where the city's text of that title came after the own."""
    mine, other = (regulations.issue(EDITOR, None, 1, one, "一", today()) for one in ("办法", "别的办法"))
    with applying():
        Regulation.objects.filter(regulation=other).update(title="办法")
    assert regulations.issue(EDITOR, mine, 2, "办法", "二", today()) == mine
    assert regulations.issue(EDITOR, other, 2, "办法 ", "二", today()) == other
