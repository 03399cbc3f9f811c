"""Thousands of entries applied together give the tables that they give one by one, whatever they say."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from support.any_ledger import AnyLedger
from zhilu.server.evidence.models import Passage
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import replay

pytestmark = pytest.mark.db
Tables = dict[str, list[str]]
Found = tuple[Tables, list[tuple[int, str]]]


class _Undone(Exception):
    """Takes the tables back."""


def tables() -> Tables:
    """All that applying writes; the database's own keys are nobody's matter."""
    found = {
        model._meta.label: sorted(map(repr, model._default_manager.values_list()))
        for model in replay.evidential_models()
    }
    passages = Passage.objects.order_by("act", "place").values_list("act", "place", "tokens")
    return found | {"passages": list(map(repr, passages))}


def after(apply: Callable[[], Iterator[replay.Unapplied]]) -> Found:
    """The tables, and what could not be applied; then all is as before."""
    found: Found = {}, []
    try:
        with transaction.atomic():
            failed = [(one.index, one.code) for one in apply()]
            found = tables(), failed
            raise _Undone
    except _Undone:
        return found


def one_by_one(entries: list[Entry]) -> Found:
    return after(lambda: (said for one in entries for said in replay.apply_all([one])))


def together(entries: list[Entry], seed: int) -> Found:
    """In batches of any length."""
    chance = random.Random(seed)

    def apply() -> Iterator[replay.Unapplied]:
        at = 0
        while at < len(entries):
            end = at + chance.choice([1, 7, 30, len(entries)])
            yield from replay.apply_all(entries[at:end])
            at = end

    return after(apply)


@pytest.mark.parametrize("seed", range(2))
def test_together_gives_what_one_by_one_gives(db: None, seed: int) -> None:
    """What could be applied at all, together with nothing else: so none of it goes one by one."""
    ledger = AnyLedger(seed)
    ledger.grow(120)
    wanted, failed = one_by_one(ledger.entries)
    assert "field" not in {code for _, code in failed}, "its entries have the form of this release"
    wrong = {index for index, _ in failed}
    good = [one for one in ledger.entries if one.index not in wrong]
    assert len(good) > 70 and wanted["evidence.Act"]
    assert together(good, seed) == (wanted, [])
    assert goes_together(good)


def goes_together(entries: list[Entry]) -> bool:
    went: list[bool] = []

    def apply() -> Iterator[replay.Unapplied]:
        went.append(replay._together(entries) is None)
        yield from ()

    after(apply)
    return went == [True]


@pytest.mark.parametrize("seed", range(4, 6))
def test_what_cannot_be_applied_is_the_same_whatever_it_comes_with(db: None, seed: int) -> None:
    ledger = AnyLedger(seed, stray=0.02)
    ledger.grow(80)
    wanted = one_by_one(ledger.entries)
    assert wanted[1]
    assert together(ledger.entries, seed) == wanted
