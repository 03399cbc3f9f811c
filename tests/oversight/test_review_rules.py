"""Figures of reviews that follow from answers alone."""

from __future__ import annotations

import pytest

from zhilu.server.oversight import rules_reviews as rules


def test_kappa_is_agreement_beyond_chance() -> None:
    assert rules.kappa([]) is None
    assert rules.kappa([("yes", "yes")] * 5) is None
    assert rules.kappa([("yes", "yes"), ("no", "no")]) == 1
    assert rules.kappa([("yes", "no"), ("no", "yes")]) == -1
    # 20 and 15 alike of 50, by hand: 0.7 observed, 0.5 by chance.
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert rules.kappa(pairs) == pytest.approx(0.4)


def test_a_targeted_order_follows_from_the_draw() -> None:
    first, second = "01a1ee56-5e00-7cf4-9bc9-875efb149974", "01a1ee56-5e00-7f2d-ab9a-029854fe3c8b"
    ids = [first, second]
    assert sorted(rules.targeted_order(first, ids)) == ids
    assert rules.targeted_order(first, ids) == rules.targeted_order(first, ids[::-1])
    assert rules.drawn_id(first, second) != rules.drawn_id(second, first)
