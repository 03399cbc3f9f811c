"""No page asks the database more than 15 times, in a bureau of realistic size."""

from __future__ import annotations

import pytest
from django.db import connection

from support import bureau, matrix
from support.addresses import path_of
from support.bureau import OWN, Bureau
from support.county_world import CountyWorld
from support.queries import queries
from zhilu.server.evidence.models import Recording
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleGranted
from zhilu.server.organisation.models import Person
from zhilu.server.statistics.services import tallies

pytestmark = pytest.mark.db

MOST = 15
"""To take away: each of three proved entries is a path through the tree; a report counts every row."""


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    grown = bureau.of(county)
    tallies.refresh_all()  # as the worker does
    assert Person.objects.count() >= 20 and Recording.objects.count() >= 30
    return grown


def test_no_page_asks_more_than_15_times(world: Bureau) -> None:
    """Drawn for each role that may open it, counted for two; what comes with the person, the menu, is counted
    for everybody on the home page. On PostgreSQL two are enough: a template knows no engine.
    """
    clients = {persona: world.client(persona) for persona in world.people}
    counts = {}
    for name, row in matrix.PAGES.items():
        if name in matrix.FILES:
            continue
        openers = [role for role, letter in matrix.letters(row).items() if letter not in (".", "n")]
        for place, role in enumerate(openers):
            # Who covers the whole bureau reads the most.
            client, path = clients.get(f"{role}*", clients[role]), path_of(name, world.things[OWN])
            if place < 2 or name == "home":
                counts[name, role] = queries(client, path)
            elif connection.vendor == "sqlite":
                assert client.get(path).status_code in (200, 302), (name, role)
    for name in matrix.EVERYBODY:
        counts[name, "officer"] = queries(clients["officer"], path_of(name, world.things[OWN]))
    slow = {page: count for page, count in counts.items() if count > MOST}
    assert not slow, str(slow)


def test_every_log_and_every_part_of_a_long_home_page_too(world: Bureau) -> None:
    audit = world.client("audit-administrator")
    for source in ("access", "entries", "handovers", "refusals", "alarms", "logbook"):
        assert queries(audit, f"/logs/{source}") <= MOST, source
        assert queries(audit, f"/logs/{source}?export=xlsx") <= MOST, source
    part = "/?as=system-administrator%2B"
    assert queries(world.client("system-administrator"), part, headers={"HX-Request": "true"}) <= MOST
    person = world.people["viewer"]
    roles = ("officer", "unit-head", "approver", "legal-editor", "trainer", "equipment-keeper")
    for role in roles:
        commit(RoleGranted(person, role), "julu")
    client = world.client("viewer")
    assert queries(client, "/") <= MOST
    for part in (*roles, "unit-head%2B"):
        assert queries(client, f"/?as={part}", headers={"HX-Request": "true"}) <= MOST, part
