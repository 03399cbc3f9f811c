"""The page of rules and limits: everybody reads it, the legal editor sets a limit, from today on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from support import bureau
from support.bureau import Bureau
from support.county_world import BUREAU, CountyWorld
from support.organisation import refused
from support.queries import queries
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.oversight.events_findings import LimitSet as Event
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.findings.facts import Limit
from zhilu.server.oversight.models import LimitSet
from zhilu.server.oversight.rules_findings import BOUNDS
from zhilu.server.oversight.services import fact_rows
from zhilu.server.pages.views.oversight_rules import VALUES, limits
from zhilu.server.pages.words_answers import RULE_NAMES
from zhilu.server.pages.words_limits import LIMITS

PATH = "/oversight-rules"


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def test_everybody_reads_by_what_he_is_judged(world: Bureau) -> None:
    client = world.client("officer")
    page = client.get(PATH).content.decode()
    assert all(rule.zh in page for rule in RULES)
    assert all(str(word) in page for word in [*LIMITS.values(), *RULE_NAMES.values()])
    english = client.get(PATH, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert all(rule.en.replace("'", "&#x27;") in english for rule in RULES)
    assert "<form" not in page.split("<main", 1)[1]
    assert queries(client, PATH) <= 15
    assert LIMITS.keys() == VALUES.keys() == BOUNDS.keys() | {"officer_check_least"}


@pytest.mark.db
def test_the_legal_editor_sets_a_limit(world: Bureau) -> None:
    client, day = world.client("legal-editor"), today() + timedelta(days=1)
    said = {"name": "edge_s", "value": "90", "since": day.isoformat()}
    assert client.post(PATH, said).status_code == 302
    assert client.post(PATH, said | {"value": "80"}).status_code == 302
    assert [(one.value, one.since) for one in LimitSet.objects.order_by("id")] == [("90", day), ("80", day)]
    assert fact_rows.frame()["limits"] == (Limit("edge_s", "80", day),)
    (line,) = (one for one in limits(day) if one.name == "edge_s")
    assert (line.now, line.built_in, line.lines) == ("80", "60", [("80", day)])
    assert next(one for one in limits(today()) if one.name == "edge_s").now == "60"


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "2020-01-01"}, {"value": "-1"}, {"value": "99999999"}, {"value": "６０"}, {"value": "1.5"},
        {"value": ""}, {"name": "no_such"}, {"name": "officer_check_least", "value": "60"}, {"since": ""},
        {"name": "burst_s", "value": "1"}, {"since": "9999-99-99"},
    ],
)  # fmt: skip
def test_what_cannot_be_a_limit_is_said_and_changes_nothing(world: Bureau, wrong: dict[str, str]) -> None:
    said = {"name": "edge_s", "value": "90", "since": today().isoformat()} | wrong
    before = size()
    reply = world.client("legal-editor").post(PATH, said)
    assert reply.status_code == 400 and size() == before
    assert "z-error" in reply.content.decode() or "invalid" in reply.content.decode()


def test_nobody_else_sets_one(world: Bureau) -> None:
    said = {"name": "edge_s", "value": "90", "since": today().isoformat()}
    for persona in ("officer", "supervisor", "unit-head", "leader"):
        assert world.client(persona).post(PATH, said).status_code == 403
        refused("actor", commit, Event("edge_s", "90", said["since"]), world.people[persona])
    refused("limit-since", commit, Event("edge_s", "90", date(2020, 1, 1).isoformat()), BUREAU)
    refused("limit-value", commit, Event("edge_s", "many", said["since"]), BUREAU)
