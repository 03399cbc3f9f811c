"""Texts in which nothing is seen: people write none, whatever they are for (spec/ledger.md §1)."""

from __future__ import annotations

from typing import Any

import pytest

from support.county_world import BUREAU, OFFICER, CountyWorld, named_id
from support.legal import EDITOR, ME
from support.organisation import SYSTEM, client_of, put
from zhilu.errors import CallerError
from zhilu.server.catalogue.models import Regulation
from zhilu.server.catalogue.services import proposals, regulations
from zhilu.server.equipment.events import DockingRefused
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.organisation.events import PersonAdded
from zhilu.server.organisation.models import Person

pytestmark = pytest.mark.django_db
UNSEEN = "\u200b \u3164\u2060"


def refused(action: Any, *args: Any) -> None:
    before = size()
    with pytest.raises(CallerError) as caught:
        action(*args)
    assert (caught.value.code, size()) == ("text-unseen", before)
    assert caught.value.hint


def test_a_title_and_a_text(bureau: CountyWorld) -> None:
    refused(regulations.issue, EDITOR, None, 1, UNSEEN, "一", today())
    refused(regulations.issue, EDITOR, None, 1, "办法", UNSEEN, today())
    assert not Regulation.objects.exists()
    regulations.issue(EDITOR, None, 1, f"办{UNSEEN}法", "一", today())


def test_names_and_reasons(bureau: CountyWorld) -> None:
    refused(put, UNSEEN)
    refused(commit, PersonAdded(str(named_id("new"))), SYSTEM, {"name": UNSEEN})
    refused(proposals.propose, ME, "A01", {"tier": "priority"}, UNSEEN)
    proposals.propose(ME, "A01", {"tier": "priority"}, "")  # a reason may be left out


def test_wherever_in_the_entry_it_stands(bureau: CountyWorld) -> None:
    refused(proposals.propose, ME, None, {"name": UNSEEN}, "新环节")
    for told in ({"rows": [["一", UNSEEN]]}, {"said": {"place": UNSEEN}}, {"rows": (UNSEEN,)}):
        refused(commit, PersonAdded(str(named_id("new"))), SYSTEM, {"name": "某人", **told})


def test_what_a_device_says_is_kept_as_it_says_it(county: CountyWorld) -> None:
    before = size()
    event = DockingRefused(county.station.kid, 1, "foreign", UNSEEN, "2026-11-24T08:00:00.000Z")
    commit(event, county.station.kid)
    # And what the server enters itself, as of its city's entries: nothing that it does beside stands still.
    commit(PersonAdded(str(named_id("new"))), BUREAU, {"name": UNSEEN})
    assert size() == before + 2


def test_a_page_says_so_and_keeps_the_form(county: CountyWorld) -> None:
    page = client_of(SYSTEM).post(f"/people/{OFFICER}/name", {"name": UNSEEN, "number": "110"})
    assert page.status_code == 400 and "看不到任何内容" in page.content.decode()
    assert not Person.objects.filter(number="110").exists()
