"""Due tasks and corrections follow from the ledger: one by one, in batches, mirrored, made anew."""

from __future__ import annotations

import random

import pytest

from server.test_replay import one_by_one, together
from support.any_ledger import AnyLedger

pytestmark = pytest.mark.db
MINE = ("DueTask", "DueTaskVersion", "DueTaskOfficer", "MatchCorrection")


@pytest.mark.parametrize("seed", range(4))
def test_in_batches_as_one_by_one(db: None, seed: int) -> None:
    chance, ledger = random.Random(seed), AnyLedger(seed, stray=0.1 if seed % 2 else 0.0)
    ledger.grow(30)
    for _ in range(150):
        chance.choice((ledger.tasks, ledger.tasks, ledger.corrected, ledger.post, ledger.person))()
    tables, failed = one_by_one(ledger.entries)
    assert all(tables[f"oversight.{name}"] for name in MINE), {
        name: len(tables[f"oversight.{name}"]) for name in MINE
    }
    wrong = {index for index, _code in failed}
    good = [one for one in ledger.entries if one.index not in wrong]
    assert together(good, seed) == (tables, [])
    assert len(good) > 100
