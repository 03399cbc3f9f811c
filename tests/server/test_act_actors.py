"""An act is an officer's word, a statement that of one of its officers: whatever page or program it comes
from.
"""

from __future__ import annotations

from uuid import UUID

import pytest

from support.county_world import BUREAU, RECORDING, CountyWorld, named_id
from support.organisation import SYSTEM, refused
from support.recordings import OFFICER
from zhilu.server.evidence.models import Act
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleWithdrawn

SPANS = [Span(str(RECORDING), 0, 1_000_000)]
TEXTS = {"time": "今日上午"}
pytestmark = pytest.mark.django_db


def test_no_administrator_and_no_viewer_opens_an_act(county: CountyWorld) -> None:
    county.store()
    for actor in (SYSTEM, county.admins[0].person, str(named_id("audit")), county.viewer.person):
        refused("actor", acts.open_act, UUID(actor), "C01", [OFFICER], "某户", SPANS)


def test_a_statement_is_filed_by_an_officer_of_the_act(county: CountyWorld) -> None:
    county.store()
    act = Act.objects.get(id=acts.open_act(UUID(OFFICER), "C01", [OFFICER], "某户", SPANS))
    refused("actor", acts.file_statement, UUID(SYSTEM), act, 0, TEXTS)
    refused("act-officer", acts.file_statement, UUID(county.second_officer), act, 0, TEXTS)
    assert acts.file_statement(UUID(OFFICER), act, 0, TEXTS)
    commit(RoleWithdrawn(OFFICER, "officer", "离岗"), BUREAU)
    refused("actor", acts.file_statement, UUID(OFFICER), act, 1, TEXTS)
