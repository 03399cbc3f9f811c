"""What the benchmark of lists writes past the ledger, it writes into no home that has an entry."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from support.county_world import CountyWorld

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def test_a_home_with_entries_of_its_own_is_refused(
    county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    million = import_module("_million")
    with pytest.raises(SystemExit, match="entries of its own"):
        million.Million(10)
