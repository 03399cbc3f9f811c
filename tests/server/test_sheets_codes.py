"""A procedure's code means one thing for ever, also where the list comes in by Excel."""

from __future__ import annotations

import pytest

from support.county_world import BUREAU, CountyWorld, named_id
from support.sheets import problems, visitor
from zhilu.server.catalogue import rules
from zhilu.server.catalogue.events import CatalogueSet
from zhilu.server.catalogue.models import Change
from zhilu.server.catalogue.services import drafts
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.services.commit import commit

pytestmark = pytest.mark.django_db


def test_no_retired_code_comes_back_with_another_meaning(county: CountyWorld) -> None:
    rows = list(drafts.read().after.procedures.values())
    gone, kept = rows[0], rows[1:]
    after = drafts.read().after
    commit(CatalogueSet(2, today().isoformat(), after.classes, after.scripts, kept), BUREAU)
    editor = visitor(str(named_id("editor")), "legal-editor")
    heads = list(rules.FIELDS)
    listed = [[row[name] for name in heads] for row in kept]
    other = [("另一事项" if name == "name" else gone[name]) for name in heads]
    twin = [(str(kept[0][name]).lower() if name == "code" else kept[0][name]) for name in heads]
    answer = editor.send("catalogue", [heads, *listed, other, twin])
    assert answer.status_code == 400 and len(problems(answer)) == 2
    assert not Change.objects.exists()
    # What the draft dropped, and the version in force lists, comes back with the file.
    drafts.retire("procedures", kept[0]["code"], named_id("editor"))
    assert editor.imported("catalogue", [heads, *listed])[0] == 1
    assert not Change.objects.exists()
