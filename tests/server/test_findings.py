"""Findings come into the ledger as the facts show them, once; and go with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from support import oversight_tables
from support.county_world import BUREAU, CountyWorld
from support.organisation import refused
from support.oversight_faults import make
from support.oversight_tables import Tables, told
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all, size
from zhilu.server.ledger.services.rebuild import rebuild
from zhilu.server.oversight import csv_facts
from zhilu.server.oversight import rules_findings as rules
from zhilu.server.oversight.events_findings import FindingCleared, FindingRaised
from zhilu.server.oversight.events_findings import LimitSet as LimitEvent
from zhilu.server.oversight.findings.every import RULES, evaluate
from zhilu.server.oversight.findings.facts import Facts
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import match
from zhilu.server.oversight.models import Evaluated, Finding, FindingPerson, LimitSet, Match, Pending
from zhilu.server.oversight.services import auditing_findings, evaluating, judging, withheld

pytestmark = pytest.mark.db


@pytest.fixture
def year(world: CountyWorld, monkeypatch: pytest.MonkeyPatch) -> Facts:
    """A founded bureau, and a labelled half year in its tables."""
    world.found(with_catalogue=False)
    files = make(tasks=150, each=1, seed=7).files()
    files.pop("labels")
    them, wrong = csv_facts.read(files)
    assert them is not None and not wrong
    facts = told(them)
    Tables(facts).lay_down()
    oversight_tables.give(monkeypatch, facts)
    return facts


def shown(them: Facts) -> set[tuple[str, str]]:
    """Now: as the days were judged last."""
    as_of = Evaluated.objects.get(bureau=BUREAU).as_of
    world = World(replace(them, as_of=as_of, last=date(2026, 12, 31)))
    return {(one.rule.code, one.found.subject) for one in evaluate(world, match(world))}


def standing() -> set[tuple[str, str]]:
    return set(Finding.objects.filter(cleared_at=None).values_list("rule", "subject"))


def test_all_that_the_facts_show_is_raised_once(year: Facts) -> None:
    made = evaluating.refresh(BUREAU)
    assert made == Finding.objects.count() == Entry.objects.filter(kind="finding-raised/1").count()
    assert standing() == shown(year)
    for one in Finding.objects.all():
        assert [str(row.person) for row in one.person_rows.order_by("id")] == sorted(one.persons)
    assert Match.objects.count() == len(year.tasks)
    assert not Pending.objects.exists()
    assert evaluating.refresh(BUREAU) == 0
    evaluating.forget()
    assert evaluating.refresh(BUREAU) == 0


def test_what_the_facts_no_longer_show_is_cleared_and_comes_again(
    year: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluating.refresh(BUREAU)
    lost = Finding.objects.filter(rule="retention-not-lengthened").first()
    assert lost is not None
    kept = replace(year, recordings=tuple(replace(one, keep="permanent") for one in year.recordings))
    oversight_tables.give(monkeypatch, kept)
    evaluating.forget()
    evaluating.refresh(BUREAU)
    lost.refresh_from_db()
    assert lost.cleared_at is not None and lost.cleared_reason == "not-shown"
    oversight_tables.give(monkeypatch, year)
    evaluating.forget()
    evaluating.refresh(BUREAU)
    lost.refresh_from_db()
    assert lost.cleared_at is None and lost.cleared_reason == ""
    assert standing() == shown(year)


def test_what_was_concluded_stays_whatever_the_facts_show(
    year: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluating.refresh(BUREAU)
    ids = list(Finding.objects.filter(rule="retention-not-lengthened").values_list("id", flat=True))
    with applying():
        Finding.objects.filter(id__in=ids).update(state=rules.CONCLUDED)
    kept = replace(year, recordings=tuple(replace(one, keep="permanent") for one in year.recordings))
    oversight_tables.give(monkeypatch, kept)
    evaluating.forget()
    evaluating.refresh(BUREAU)
    assert not Finding.objects.filter(id__in=ids).exclude(cleared_at=None).exists()
    refused("finding-concluded", lambda: commit(FindingCleared(ids[0], "not-shown"), BUREAU))


def test_a_kill_between_two_lots_loses_nothing(year: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluating, "AT_ONCE", 5)
    calls = 0
    real = evaluating.commit_all

    def dies(proposals: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls in (3, 4, 9):
            raise KeyboardInterrupt
        return real(proposals)

    monkeypatch.setattr(evaluating, "commit_all", dies)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            evaluating.refresh(BUREAU)
    evaluating.refresh(BUREAU)
    assert standing() == shown(year)
    assert Entry.objects.filter(kind="finding-raised/1").count() == Finding.objects.count()


def test_a_second_version_judges_from_its_day_only(year: Facts) -> None:
    evaluating.refresh(BUREAU)
    known = {one.id: one.version for one in Finding.objects.filter(rule="missing")}
    since = date(2026, 4, 1)
    (old,) = (one for one in RULES if one.code == "missing")
    new = replace(old, version=2, since=since, severity="minor")
    asked = (*RULES, new)
    before = size()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zhilu.server.oversight.apply_findings.RULES", asked)
        evaluating.refresh(BUREAU, asked)
        rows = Finding.objects.filter(rule="missing")
        assert {one.id for one in rows} == known.keys()
        assert {one.version for one in rows if one.day < since} == {1}
        assert {one.version for one in rows if one.day >= since} == {2}
        changed = [one.id for one in rows if one.day >= since]
        assert size() - before == len(changed) > 0
        assert evaluating.refresh(BUREAU, asked) == 0


# -- what nobody may say


def said(**changed: Any) -> FindingRaised:
    subject = oversight_tables.named("task")
    values: dict[str, Any] = {
        "finding": rules.id_of("missing", subject), "rule": "missing", "version": 1, "severity": "serious",
        "about": subject, "subject_kind": "task", "day": "2026-03-02", "department": None,
        "persons": [oversight_tables.named("li")], "places": [[1, 2]], "words": [],
    }  # fmt: skip
    return FindingRaised(**values | changed)


def test_only_the_bureau_itself_raises_a_finding(county: CountyWorld) -> None:
    refused("actor", lambda: commit(said(), oversight_tables.named("li")))
    commit(said(), BUREAU)
    refused("finding-known", lambda: commit(said(), BUREAU))
    commit(said(words=["more"]), BUREAU)
    assert Finding.objects.get().words == ["more"]
    assert FindingPerson.objects.count() == 1
    refused(
        "actor", lambda: commit(FindingCleared(said().finding, "not-shown"), oversight_tables.named("li"))
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"finding": "0" * 32}, {"about": "another"}, {"places": [[2, 1]]}, {"places": [[1, True]]},
        {"places": [["x", 1]]}, {"places": [[1, 2]] * 101}, {"words": [1]}, {"words": ["x" * 121]},
        {"words": ["\n"]}, {"day": "1776-07-04"}, {"subject_kind": "person"}, {"version": 2**40},
        {"severity": "deadly"}, {"places": [[0, 2**40]]}, {"about": ""},
    ],
)  # fmt: skip
def test_a_finding_of_another_form_is_refused_and_in_a_ledger_changes_nothing(
    county: CountyWorld, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused("finding-form", lambda: commit(said(**changed), BUREAU))
    monkeypatch.setattr("zhilu.server.oversight.rules_findings.check_raised", lambda *_: None)
    commit(said(**changed), BUREAU)
    assert not Finding.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"rule": "unheard-of", "finding": rules.id_of("unheard-of", oversight_tables.named("task"))},
        {"version": 2},
        {"severity": "remind"},
    ],
)
def test_a_finding_under_no_rule_of_this_release_is_refused(
    county: CountyWorld, changed: dict[str, Any]
) -> None:
    refused("finding-rule", lambda: commit(said(**changed), BUREAU))


# -- what the audit proves


@pytest.fixture
def old(year: Facts, monkeypatch: pytest.MonkeyPatch) -> Facts:
    """The same, and the bureau was founded long ago."""
    monkeypatch.setattr(withheld, "HOURS_S", -1)
    return year


def audited() -> list[tuple[str, str]]:
    return [(one.place, one.code) for one in auditing_findings.check()]


def test_the_audit_has_nothing_to_say_of_what_was_judged(old: Facts) -> None:
    evaluating.refresh(BUREAU)
    assert audited() == []


def test_a_finding_that_is_withheld_is_named(old: Facts) -> None:
    evaluating.refresh(BUREAU)
    hidden, cleared, changed = Finding.objects.filter(rule="missing")[:3]
    with applying():
        FindingPerson.objects.filter(finding=hidden).delete()
        Finding.objects.filter(id=hidden.id).delete()
        Finding.objects.filter(id=cleared.id).update(cleared_at=cleared.raised_at)
        Finding.objects.filter(id=changed.id).update(persons=[])
    assert sorted(audited()) == sorted([
        (f"finding {BUREAU} missing {hidden.subject}", "withheld"),
        (f"finding {BUREAU} missing {cleared.subject}", "cleared though shown"),
        (f"finding {BUREAU} missing {changed.subject}", "withheld"),
    ])  # fmt: skip


def test_a_finding_that_no_fact_shows_is_named(old: Facts) -> None:
    evaluating.refresh(BUREAU)
    commit(said(), BUREAU)
    assert audited() == [(f"finding {BUREAU} missing {oversight_tables.named('task')}", "not shown")]


def test_a_match_that_does_not_follow_is_named(old: Facts) -> None:
    evaluating.refresh(BUREAU)
    first, second, third = Match.objects.order_by("day", "id")[:3]
    Match.objects.filter(id=first.id).update(state="recorded" if first.state != "recorded" else "missing")
    Match.objects.filter(id=second.id).delete()
    Match.objects.filter(id=third.id).update(day=date(2030, 1, 1))
    named = {f"match {BUREAU} {one.task}" for one in (first, second, third)}
    assert {place for place, _ in audited()} == named | {f"matches {BUREAU}"}


def rows() -> list[Any]:
    models = (Finding, FindingPerson, LimitSet)
    return [list(one._default_manager.order_by("pk").values_list()) for one in models]


def test_a_replay_gives_the_same_findings(county: CountyWorld) -> None:
    li, wang, zhao = (oversight_tables.named(one) for one in ("li", "wang", "zhao"))
    twice = [Proposal(said(), BUREAU), Proposal(said(persons=[li, wang]), BUREAU)]
    refused("finding-known", commit_all, twice)
    for one in twice:
        commit_all([one])
    commit(said(persons=[wang, zhao], day="2026-03-03"), BUREAU)
    commit(FindingCleared(said().finding, "not-shown"), BUREAU)
    commit(said(persons=[zhao, li], day="2026-03-03"), BUREAU)
    other = oversight_tables.named("other")
    more = {"about": other, "finding": rules.id_of("missing", other)}
    commit_all([Proposal(said(**more, persons=[]), BUREAU)])
    commit(LimitEvent("edge_s", "90", today().isoformat()), BUREAU)
    before = rows()
    # Whoever was asked stays so, and the day is that of the finding.
    assert {str(one.person) for one in FindingPerson.objects.all()} == {zhao, li, wang}
    assert {one.day for one in FindingPerson.objects.all()} == {date(2026, 3, 3)}
    assert rebuild() == size() and rows() == before
    assert Finding.objects.get(subject=said().about).entry < Finding.objects.get(subject=other).entry


def test_two_that_judge_at_once_raise_each_finding_once(year: Facts) -> None:
    """The second waits for the first; what both would say is refused in the ledger besides."""
    judged = judging.of_days(year.first, year.last, year.as_of)
    found = list(judged.findings.values())
    assert evaluating._commit(found) == len(found)
    assert evaluating._commit(found) == 0
    assert Finding.objects.count() == len(found)


def test_days_that_cannot_be_judged_keep_no_others(year: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, real = date(2026, 3, 3), judging.of_days

    def breaks(first: date, last: date, *more: Any) -> Any:
        if first <= bad <= last:
            raise OverflowError
        return real(first, last, *more)

    monkeypatch.setattr(judging, "of_days", breaks)
    evaluating.refresh(BUREAU)
    left = set(Pending.objects.values_list("day", flat=True))
    assert bad in left and len(left) <= evaluating.MOST_DAYS
    monkeypatch.setattr(judging, "of_days", real)
    evaluating.refresh(BUREAU)
    assert standing() == shown(year) and not Pending.objects.exists()
