"""What benchmarks write past the ledger: into no home that has an entry, and whole rows."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import AutoField

from support.county_world import CountyWorld

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def test_a_home_with_entries_of_its_own_is_refused(
    county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    million = import_module("_million")
    with pytest.raises(SystemExit, match="entries of its own"):
        million.Million(10)


def test_a_row_past_the_ledger_has_every_column_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    tables = {model._meta.db_table: model._meta for model in apps.get_models()}
    for statement in import_module("_reconcile").FILL.values():
        table, columns = re.findall(r"INSERT INTO (\w+) \(([^)]*)\)", statement)[0]
        fields = [one for one in tables[table].concrete_fields if not isinstance(one, AutoField)]
        assert {one.column for one in fields if not one.null} <= set(columns.split(", ")), table


def test_a_row_of_oversight_past_the_ledger_names_what_has_no_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    for name, (model, columns, _source) in import_module("_oversight_fill").FILL.items():
        fields = apps.get_model(model)._meta.concrete_fields
        wanted = {one.attname for one in fields if not one.null and one.get_default() is None}
        assert wanted <= set(columns), name
