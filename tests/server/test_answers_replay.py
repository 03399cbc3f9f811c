"""Explanations, conclusions, sanctions and appeals follow from the ledger: whatever it says, one by one, in
batches, and made anew.
"""

from __future__ import annotations

import pytest

from server.test_replay import one_by_one, together
from support import bureau
from support.answers_world import MONDAY, PNG, People, after, nothing_found, raised
from support.any_answers import AnyAnswers
from support.county_world import OFFICER, CountyWorld
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services import replay
from zhilu.server.oversight import models
from zhilu.server.oversight.services import answers
from zhilu.server.oversight.services.answers import File, Said

MINE = ("Explanation", "Attachment", "Conclusion", "PersonFault", "Sanction", "SanctionFinding", "Appeal")


@pytest.mark.db
@pytest.mark.parametrize("seed", range(4))
def test_in_batches_as_one_by_one_and_nothing_fails_that_nobody_checked(db: None, seed: int) -> None:
    ledger = AnyAnswers(seed, stray=0.1 if seed % 2 else 0.0)
    ledger.grow(40)
    before = len(ledger.entries)
    ledger.grow_answers(260)
    tables, failed = one_by_one(ledger.entries)
    # A county's ledger is followed here whatever it says: what its own bureau did not check changes nothing.
    assert not [one for one in failed if one[0] >= before]
    assert all(tables[f"oversight.{name}"] for name in MINE), {
        name: len(tables[f"oversight.{name}"]) for name in MINE
    }
    good = [one for one in ledger.entries if one.index not in {index for index, _code in failed}]
    assert together(good, seed) == (tables, [])


def test_the_tables_can_be_made_anew(county: CountyWorld) -> None:
    """Also where the texts have been disposed of: then without them."""
    people = People(bureau.of(county))
    one, two = raised(), raised("ends-early")
    with after(1):
        said = Said("interrupted", "other", "电池脱落", MONDAY, MONDAY.replace(hour=3), [File("一.png", PNG)])
        answers.decide(people.head, answers.explain(people.me, one, said), "accepted")
        answers.conclude(people.supervisor, one, "excused", "属实", "approved-reason")
    with after(8):
        answers.conclude(people.supervisor, two, "fault", "无说明", persons=[OFFICER])
        answers.sanction(people.head, people.me, [two], "criticism", "初犯")
        appeal = answers.appeal_finding(people.me, two, "不服")
        answers.decide_appeal(people.leader, appeal, "lifted", "成立")
    kinds = ("finding-", "explanation-", "sanction-", "appeal-")
    about = [one for one in Entry.objects.order_by("index") if one.kind.startswith(kinds)]
    tables = made(about)
    assert all(tables[name] for name in MINE)
    assert [str(fault) for fault in models.PersonFault.objects.exclude(lifted_at=None)]
    for entry in about:
        entry.personal = None
    bare = made(about)
    assert "电池" in str(tables) and "电池" not in str(bare) and "一.png" not in str(bare)
    assert {name: len(rows) for name, rows in bare.items()} == {
        name: len(rows) for name, rows in tables.items()
    }


def test_what_was_committed_and_what_is_replayed_are_the_same(county: CountyWorld) -> None:
    people = People(bureau.of(county))
    with applying():
        for model in (models.Appeal, models.SanctionFinding, models.Sanction):
            model.objects.all().delete()
    one = raised()
    with after(1):
        id_ = answers.explain(people.me, one, Said("other", "other", "x", files=[File("一.png", PNG)]))
        answers.decide(people.head, id_, "refused", "不成立")
        answers.conclude(people.supervisor, one, "fault", "无说明", persons=[OFFICER])
        sanction = answers.sanction(people.head, people.me, [one], "criticism", "初犯")
        appeal = answers.appeal_sanction(people.me, sanction, "不服")
        answers.decide_appeal(people.leader, appeal, "sanction-lifted", "成立")
    kinds = ("finding-", "explanation-", "sanction-", "appeal-")
    about = [one for one in Entry.objects.order_by("index") if one.kind.startswith(kinds)]
    before = tables_of()
    assert made(about) == before


def tables_of() -> dict[str, list[str]]:
    names = ("Finding", "FindingPerson", *MINE)
    return {name: sorted(map(repr, getattr(models, name).objects.values_list())) for name in names}


def made(entries: list[Entry]) -> dict[str, list[str]]:
    """Of these entries alone."""
    nothing_found()
    assert list(replay.apply_all(entries)) == []
    return tables_of()
