"""What is added to an act later: links, outcomes, corrections. Whatever ends, stays."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from support.county_world import BUREAU, RECORDING, SECTION, CountyWorld, named_id
from support.organisation import SYSTEM, refused
from support.recordings import OFFICER
from zhilu.server.evidence import rules_links
from zhilu.server.evidence.events_links import ActLinked, OutcomeRecorded
from zhilu.server.evidence.models import Act, ActLink, ActRevision, Outcome, Recording
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts, links, outcomes
from zhilu.server.ledger.services.commit import commit
from zhilu.server.ledger.services.rebuild import rebuild
from zhilu.server.organisation.events import DepartmentSet, RoleGranted, RoleWithdrawn

SPANS = [Span(str(RECORDING), 0, 1_000_000)]
HEAD, OTHER_HEAD = str(named_id("head of section")), str(named_id("head of elsewhere"))
pytestmark = pytest.mark.django_db


@pytest.fixture
def act(county: CountyWorld) -> Act:
    """Of the officer, in the section; two heads are there, one of them of another department."""
    county.store()
    elsewhere = str(named_id("elsewhere"))
    commit(DepartmentSet(elsewhere, BUREAU, None, "collection", "征收科", 2, False), BUREAU)
    for person, place in ((HEAD, SECTION), (OTHER_HEAD, elsewhere)):
        county_person(person)
        commit(RoleGranted(person, "unit-head", [place]), BUREAU)
    return Act.objects.get(id=acts.open_act(UUID(OFFICER), "C01", [OFFICER], "某户", SPANS))


def county_person(person: str) -> None:
    from zhilu.server.organisation.events import PersonAdded

    commit(PersonAdded(person), BUREAU, {"name": "某某", "number": person[-6:]})


def outsiders(county: CountyWorld) -> list[str]:
    """Nobody of these writes at the officer's act."""
    return [SYSTEM, county.second_officer, county.viewer.person, OTHER_HEAD, county.station.kid]


def test_officers_of_the_act_and_the_head_of_its_unit_link_it(county: CountyWorld, act: Act) -> None:
    for actor in outsiders(county):
        refused("act-writer", links.link, actor, act.id, "taxpayer", "91130529MA0000001X")
    refused("act-writer", links.link, OFFICER, act.id, "taxpayer", "91130529MA0000001X", source="api")
    mine = links.link(OFFICER, act.id, "taxpayer", " 91130529ma0000001x ", "  某 厂 ")
    links.link(HEAD, act.id, "case", "邢税稽案〔2026〕１２号")
    row = ActLink.objects.get(id=mine)
    assert (row.number, row.name, row.by) == ("91130529MA0000001X", "某 厂", OFFICER)
    assert ActLink.objects.get(kind="case").number == "邢税稽案〔2026〕12号"
    act.refresh_from_db()
    assert act.linked_taxpayer and act.linked_case and not act.linked_document
    commit(RoleWithdrawn(OFFICER, "officer", "离岗"), BUREAU)
    refused("act-writer", links.link, OFFICER, act.id, "document", "1")


@pytest.mark.db
def test_a_link_that_lives_is_not_made_twice(act: Act) -> None:
    made = links.link(OFFICER, act.id, "document", "冀税通（2026）1号")
    refused("link-repeated", links.link, HEAD, act.id, "document", "冀税通 (2026) １号")
    links.link(OFFICER, act.id, "case", "冀税通（2026）1号")
    links.unlink(HEAD, made, "wrong-number")
    assert links.link(OFFICER, act.id, "document", "冀税通（2026）1号") != made


def test_an_unlinked_link_stays_with_its_reason(county: CountyWorld, act: Act) -> None:
    made = links.link(OFFICER, act.id, "case", "1")
    for actor in outsiders(county):
        refused("act-writer", links.unlink, actor, made, "other")
    refused("reason", links.unlink, OFFICER, made, "because")
    links.unlink(OFFICER, made, "wrong-act")
    refused("link-unknown", links.unlink, OFFICER, made, "wrong-act")
    refused("link-unknown", links.unlink, OFFICER, named_id("no link"), "wrong-act")
    row = ActLink.objects.get(id=made)
    assert (row.number, row.reason, row.gone_by) == ("1", "wrong-act", OFFICER) and row.gone_at
    act.refresh_from_db()
    assert not act.linked_case


@pytest.mark.parametrize("number", ["", "  \n ", "x" * 101, "1\0", "1\x07", "‮1"])
def test_a_number_is_something_to_read(act: Act, number: str) -> None:
    refused("link-number", links.link, OFFICER, act.id, "document", number)


def test_texts_have_limits(act: Act) -> None:
    refused("text", links.link, OFFICER, act.id, "document", "1", "名" * 201)
    refused("text", outcomes.record, OFFICER, act.id, "other", None, "注" * 501)
    refused("text", outcomes.record, OFFICER, act.id, "other", None, "a\0b")
    refused("link-kind", links.link, OFFICER, act.id, "person", "1")
    refused("outcome-kind", outcomes.record, OFFICER, act.id, "punished")
    refused("outcome-amount", outcomes.record, OFFICER, act.id, "tax-collected", 10**15 + 1)
    refused("act-unknown", outcomes.record, OFFICER, named_id("no act"), "other")


@pytest.mark.db
def test_an_act_has_so_many_links_and_outcomes(act: Act, monkeypatch: Any) -> None:
    monkeypatch.setattr(rules_links, "MOST_LINKS", 2)
    monkeypatch.setattr(rules_links, "MOST_OUTCOMES", 1)
    gone = links.link(OFFICER, act.id, "case", "1")
    links.link(OFFICER, act.id, "case", "2")
    refused("links-many", links.link, OFFICER, act.id, "case", "3")
    links.unlink(OFFICER, gone, "other")
    links.link(OFFICER, act.id, "case", "3")
    outcomes.record(OFFICER, act.id, "other")
    refused("outcomes-many", outcomes.record, OFFICER, act.id, "other")


@pytest.mark.db
def test_outcomes_are_recorded_and_withdrawn(county: CountyWorld, act: Act) -> None:
    for actor in outsiders(county):
        refused("act-writer", outcomes.record, actor, act.id, "dispute-settled")
    made = outcomes.record(OFFICER, act.id, "tax-collected", 1_234_56, "补缴增值税")
    for actor in outsiders(county):
        refused("act-writer", outcomes.withdraw, actor, made, "other")
    refused("reason", outcomes.withdraw, HEAD, made, "wrong-number")
    outcomes.withdraw(HEAD, made, "wrong-amount")
    refused("outcome-unknown", outcomes.withdraw, HEAD, made, "wrong-amount")
    row = Outcome.objects.get(id=made)
    assert (row.amount_fen, row.note, row.reason, row.gone_by) == (123456, "补缴增值税", "wrong-amount", HEAD)


def test_nobody_makes_the_same_thing_again_under_its_id(act: Act) -> None:
    link = links.link(OFFICER, act.id, "case", "1")
    event = ActLinked(str(act.id), str(link), "case", "officer")
    refused("link-known", commit, event, OFFICER, {"number": "2", "name": ""})
    made = outcomes.record(OFFICER, act.id, "other")
    refused("outcome-known", commit, OutcomeRecorded(str(act.id), str(made), "other", None), OFFICER)


def amend(by: str, act: Act, version: int, **said: Any) -> None:
    fields: dict[str, Any] = {"procedure": "C01", "officers": [OFFICER], "taxpayer": "某户", "spans": SPANS}
    acts.amend_act(UUID(by), act, version, **(fields | said))


def test_a_correction_is_a_new_version_and_the_old_one_stays(county: CountyWorld, act: Act) -> None:
    other = county.second_officer
    for actor in outsiders(county)[:-1]:
        refused("act-writer", amend, actor, act, 1, taxpayer="另一户")
    amend(HEAD, act, 1, procedure="C02", officers=[OFFICER, other], taxpayer="另一户")
    amend(other, act, 2, officers=[other], spans=[Span(str(RECORDING), 5, 7), Span(str(RECORDING), 0, 2)])
    first, second, third = ActRevision.objects.order_by("version")
    assert (first.taxpayer, first.procedure, first.by, first.entry) == ("某户", "C01", "", act.entry)
    assert first.spans == [SPANS[0].__dict__] and first.officers == [OFFICER]
    assert (second.taxpayer, second.procedure, second.by) == ("另一户", "C02", HEAD)
    assert [one["from_us"] for one in third.spans] == [5, 0] and third.officers == [other]
    assert [str(one.officer) for one in act.officers.all()] == [other] and act.spans.count() == 2
    refused("act-writer", amend, OFFICER, act, 3)  # no officer of the act any more


@pytest.mark.db
def test_of_two_corrections_of_one_version_the_second_is_refused(act: Act) -> None:
    amend(OFFICER, act, 1, taxpayer="甲")
    refused("act-version", amend, HEAD, act, 1, taxpayer="乙")
    refused("act-version", amend, HEAD, act, 3, taxpayer="乙")
    act.refresh_from_db()
    assert act.taxpayer == "甲"


def test_a_correction_keeps_the_rules_of_an_opening(act: Act) -> None:
    for code, said in (
        ("spans", {"spans": [Span(str(RECORDING), 0, 10**12)]}),
        ("officers-few", {"officers": []}),
        ("procedure", {"procedure": "Z99"}),
        ("recording-unknown", {"spans": [Span(str(named_id("no recording")), 0, 1)]}),
        ("person-unknown", {"officers": [str(named_id("nobody"))]}),
    ):
        refused(code, amend, OFFICER, act, 1, **said)


def test_nobody_brings_a_recording_into_an_act_that_he_does_not_see(county: CountyWorld, act: Act) -> None:
    amend(HEAD, act, 1, officers=[county.second_officer, OFFICER])
    foreign = copied(county, named_id("foreign recording"))
    spans = [*SPANS, Span(str(foreign), 0, 1)]
    refused("recording-unknown", amend, county.second_officer, act, 2, spans=spans)
    # What the act names already stays, whoever corrects the rest.
    amend(county.second_officer, act, 2, officers=[county.second_officer], taxpayer="丙")
    amend(HEAD, act, 3, spans=spans)


def copied(county: CountyWorld, recording: UUID) -> UUID:
    """A second stored recording of the officer: the first one's entry under another id."""
    from zhilu.server.ledger.models import Entry
    from zhilu.server.ledger.services.commit import event_of

    event = event_of(Entry.objects.get(kind="recording-stored/1"))
    commit(type(event)(**(event.__dict__ | {"recording": str(recording)})), county.station.kid)
    return recording


def test_recordings_know_which_acts_name_them(county: CountyWorld, act: Act) -> None:
    other = copied(county, named_id("other recording"))
    amend(OFFICER, act, 1, spans=[Span(str(other), 0, 1)])
    assert Recording.objects.get(id=other).acts == 1 and Recording.objects.get(id=RECORDING).acts == 0


@pytest.mark.db
def test_the_ledger_alone_gives_all_of_it_again(act: Act) -> None:
    links.unlink(OFFICER, links.link(OFFICER, act.id, "case", "1"), "other")
    links.link(OFFICER, act.id, "taxpayer", "2", "某户")
    outcomes.withdraw(OFFICER, outcomes.record(OFFICER, act.id, "other", 5, "注"), "revoked")
    amend(HEAD, act, 1, taxpayer="<b>丁</b>")
    tables = (Act, ActLink, Outcome, ActRevision)
    before = [list(one.objects.order_by("pk").values()) for one in tables]
    rebuild()
    assert [list(one.objects.order_by("pk").values()) for one in tables] == before
