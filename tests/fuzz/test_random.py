"""A share of `make bench mutations` and `sound`: random sound evidence is not accused, random mutations of it
are found. The seeds are fixed; what fails names its own.
"""

import pytest

from support import mutations
from support.mutations import missed
from support.random_stores import store_accusation, stores_missed
from support.verdicts import accusation
from zhilu.errors import DataError
from zhilu.sealed import media
from zhilu.sealed.journal import Segment

SOUND = 100
PAIRS, MUTANTS = 15, 10
STORES = 20


def test_random_sound_evidence_is_not_accused() -> None:
    accused = {seed: said for seed in range(SOUND) if (said := accusation(seed))}
    assert not accused


def test_random_mutations_are_found() -> None:
    assert not [name for seed in range(PAIRS) for name in missed(seed, MUTANTS)]


def test_random_stores_are_not_accused() -> None:
    accused = {seed: said for seed in range(STORES) if (said := store_accusation(seed))}
    assert not accused


def test_random_mutations_of_stores_are_found() -> None:
    assert not [name for seed in range(STORES // 2) for name in stores_missed(seed, 5)]


def test_a_reader_that_looks_away_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests can fail: without the hashes of the segments mutations are missed."""

    def look_away(segment: Segment, sealed: bytes) -> None:
        if len(sealed) != segment.length:
            raise DataError("media-short")

    monkeypatch.setattr(media, "check_segment", look_away)
    assert [name for seed in range(10) for name in missed(seed, MUTANTS)]


def test_a_county_that_forgets_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """… and without the county an end that was cut off the logbook is missed."""
    monkeypatch.setattr(mutations, "county_refuses", lambda *_: False)
    assert [name for seed in range(8) for name in missed(seed, MUTANTS)]
