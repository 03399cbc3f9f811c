"""Setting aside, assigning, confirming: who may, what the rules refuse, and batches over many rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from support import bureau
from support.answers_world import delegated
from support.bureau import BESIDE, BEYOND, OTHER, OWN, Bureau
from support.county_world import OFFICER, SECTION, CountyWorld
from support.organisation import refused
from zhilu.server.evidence.models import (
    Act,
    ActRevision,
    Confirmation,
    DescriptionAssigned,
    Recording,
    SetAside,
    Statement,
)
from zhilu.server.evidence.rules import ELEMENTS, Span
from zhilu.server.evidence.rules_desk import MOST_BATCH
from zhilu.server.evidence.services import desk
from zhilu.server.evidence.services.acts import amend_act, file_statement, open_act
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.organisation.events import DelegationGiven, RoleGranted
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.pages.services import recordings

ME = UUID(OFFICER)


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def free(department: str | None = SECTION) -> Recording:
    """A recording there that no act names."""
    return recordings.undescribed(Recording.objects.filter(department=department)).earliest("opened_at")


def head(world: Bureau) -> UUID:
    return UUID(world.people["unit-head"])


def filed(place: str, world: Bureau, complete: bool = True) -> Act:
    act = Act.objects.get(id=world.things[place]["act"])
    officer = act.officers.get().officer
    texts = dict.fromkeys(ELEMENTS, "有") if complete else {"time": "有"}
    file_statement(officer, act, act.version, texts)
    act.refresh_from_db()
    return act


@pytest.mark.db
def test_who_answers_for_a_recording_sets_it_aside_and_an_act_lifts_that(world: Bureau) -> None:
    one = free()
    for stranger in ("viewer", "approver", "trainer", "system-administrator"):
        refused("desk-own", desk.set_aside, UUID(world.people[stranger]), one.id, "other", "")
    refused("desk-own", desk.set_aside, UUID(world.things[BESIDE]["person"]), one.id, "other", "")
    refused("aside-reason", desk.set_aside, ME, one.id, "because", "")
    refused("recording-unknown", desk.set_aside, ME, uuid4(), "other", "")
    desk.set_aside(ME, one.id, "accidental", " 误触 ")
    row = SetAside.objects.get()
    assert (row.recording, row.reason, row.text, row.by) == (one.id, "accidental", "误触", ME)
    one.refresh_from_db()
    assert one.aside == "accidental" and not recordings.undescribed(Recording.objects.filter(id=one.id))
    refused("aside-already", desk.set_aside, head(world), one.id, "other", "")
    open_act(ME, "C01", [OFFICER], "某厂", [Span(str(one.id), 0, 1_000_000)])
    one.refresh_from_db()
    assert (one.acts, one.aside) == (1, "")
    refused("recording-described", desk.set_aside, ME, one.id, "other", "")
    refused("recording-described", desk.assign, head(world), one.id, ME)


def test_a_drill_and_another_units_recording_are_not_for_the_head(world: Bureau) -> None:
    for department in (OTHER, bureau.FOREIGN):
        other = free(department)
        refused("desk-own", desk.set_aside, head(world), other.id, "other", "")
        refused("desk-head", desk.assign, head(world), other.id, ME)
    # The whole bureau is not another one's.
    refused("desk-head", desk.assign, UUID(world.people["unit-head*"]), free(bureau.FOREIGN).id, ME)
    from zhilu.server.ledger.models.base import applying

    one = free()
    with applying():
        Recording.objects.filter(id=one.id).update(drill=True)
    refused("aside-drill", desk.set_aside, ME, one.id, "other", "")
    refused("aside-drill", desk.assign, head(world), one.id, UUID(world.things[BESIDE]["person"]))


@pytest.mark.db
def test_who_is_told_to_describe_sees_the_recording_and_may_set_it_aside(world: Bureau) -> None:
    one, other = free(), UUID(world.things[BESIDE]["person"])
    assert not recordings.visible(rights_of(other)).filter(id=one.id).exists()
    refused("desk-head", desk.assign, ME, one.id, other)
    refused("desk-officer", desk.assign, head(world), one.id, UUID(world.people["viewer"]))
    refused("assigned-already", desk.assign, head(world), one.id, ME)
    desk.set_aside(ME, one.id, "other", "")
    desk.assign(head(world), one.id, other)
    one.refresh_from_db()
    assert (one.assigned, one.aside) == (other, "")
    assert DescriptionAssigned.objects.get().by == head(world)
    assert recordings.visible(rights_of(other)).filter(id=one.id).exists()
    client = world.client("officer")
    client.force_login(_user(other), "zhilu.server.organisation.services.accounts.LockoutBackend")
    assert client.get(f"/recordings/{one.id}/act").status_code == 200
    assert one.id in {row.recording.id for row in client.get("/work/recordings").context["rows"]}
    desk.set_aside(other, one.id, "other", "")
    # Back to its own officer: that is an assignment too.
    desk.assign(head(world), one.id, ME)
    refused("desk-own", desk.set_aside, other, one.id, "other", "")
    assert not recordings.visible(rights_of(other)).filter(id=one.id).exists()


def _user(person: UUID) -> Any:
    from zhilu.server.organisation.models import User

    return User.objects.create(username=f"u.{person}", person=person)


def test_the_head_confirms_what_he_read_and_nothing_of_his_own(world: Bureau) -> None:
    act = Act.objects.get(id=world.things[OWN]["act"])
    refused("statement-newer", desk.confirm, head(world), act.id, act.version + 1)
    refused("statement-incomplete", desk.confirm, head(world), act.id, act.version)
    act = filed(OWN, world)
    refused("statement-newer", desk.confirm, head(world), act.id, act.version - 1)
    for stranger in ("viewer", "approver", "officer"):
        refused("desk-head", desk.confirm, UUID(world.people[stranger]), act.id, act.version)
    refused("act-unknown", desk.confirm, head(world), uuid4(), 1)
    for place in (BESIDE, BEYOND):
        other = filed(place, world)
        refused("desk-head", desk.confirm, head(world), other.id, other.version)
    desk.confirm(head(world), act.id, act.version)
    act.refresh_from_db()
    assert act.confirmed and Confirmation.objects.get().by == head(world)
    refused("confirmed-already", desk.confirm, UUID(world.people["unit-head*"]), act.id, act.version)
    # A newer version is to be read anew.
    assert not filed(OWN, world).confirmed


def test_the_head_of_a_unit_confirms_no_act_of_his_own_and_a_delegate_may(world: Bureau) -> None:
    act = filed(OWN, world)
    commit(RoleGranted(OFFICER, "unit-head", [SECTION]), "julu")
    refused("confirm-own", desk.confirm, ME, act.id, act.version)
    at = now()
    given = DelegationGiven(
        delegation=str(uuid4()),
        from_=str(head(world)),
        to=world.people["viewer"],
        role="unit-head",
        since=_time(at),
        until=_time(at + timedelta(days=1)),
    )
    commit(given, str(head(world)))
    desk.confirm(UUID(world.people["viewer"]), act.id, act.version)
    assert Confirmation.objects.get().by == UUID(world.people["viewer"])


def _time(at: Any) -> str:
    from zhilu.encoding import format_time

    return format_time(at)


def post(client: Client, path: str, rows: list[str], **more: str) -> Any:
    return client.post(path, {"row": rows, **more})


def test_a_batch_does_what_it_may_and_says_what_it_did_not(world: Bureau) -> None:
    whole = filed(OWN, world)
    partial = Act.objects.filter(department=SECTION, present__lt=7).exclude(id=whole.id).earliest("entry")
    beside, beyond = filed(BESIDE, world), filed(BEYOND, world)
    tickets = [f"{one.id}:{one.version}" for one in (whole, partial, beside, beyond)]
    client, before = world.client("unit-head"), size()
    odd = ["", "x", f"{whole.id}", f"{uuid4()}:1", f"{whole.id}:９", f"{partial.id}:99999999999999999999"]
    answer = post(client, "/work/statements", [*tickets, *odd], do="confirm")
    assert answer.status_code == 200 and size() == before + 1
    assert len(answer.context["done"]) == 1 and len(answer.context["refused"]) == len(tickets) + len(odd) - 1
    told = dict(answer.context["refused"])
    # What lies in another's department is not told apart from what there is not.
    assert told[tickets[2]] == told[tickets[3]] == told[odd[3]]
    whys = [why for name, why in answer.context["refused"] if name.endswith(partial.taxpayer)]
    assert "七要素" in whys[0] and "更新的版本" in whys[1]
    # Sent again: nothing more happens, and nothing is an error.
    answer = post(client, "/work/statements", tickets[:1], do="confirm")
    assert len(answer.context["already"]) == 1 and size() == before + 1
    assert post(client, "/work/statements", [], do="confirm").status_code == 302
    many = [f"{uuid4()}:1" for _ in range(MOST_BATCH + 1)]
    assert post(client, "/work/statements", many, do="confirm").status_code == 302
    assert post(client, "/work/statements", tickets, do="delete").status_code == 302
    assert size() == before + 1


@pytest.mark.db
def test_recordings_are_assigned_and_set_aside_in_batches(world: Bureau) -> None:
    mine = list(recordings.undescribed(Recording.objects.filter(department=SECTION)).order_by("entry")[:4])
    foreign = free(OTHER)
    tickets = [str(one.id) for one in (*mine, foreign)]
    client, other = world.client("unit-head"), world.things[BESIDE]["person"]
    answer = post(client, "/work/recordings", tickets[2:], do="assign", officer=other)
    assert len(answer.context["done"]) == 2 and len(answer.context["refused"]) == 1
    answer = post(client, "/work/recordings", tickets, do="assign", officer=other)
    assert len(answer.context["done"]) == 2 and len(answer.context["already"]) == 2
    assert post(client, "/work/recordings", tickets, do="assign", officer="x").status_code == 302
    # A page that was open since before: an act names the first meanwhile.
    open_act(ME, "C01", [OFFICER], "<b>某厂</b>", [Span(tickets[0], 0, 1_000_000)])
    answer = post(client, "/work/recordings", tickets[:2], do="aside", reason="device-test", text="试机")
    assert len(answer.context["done"]) == 1
    assert "已有执法行为" in answer.context["refused"][0][1]
    # An officer sets his own aside, and assigns nothing.
    officer = world.client("officer")
    before = size()
    assert post(officer, "/work/recordings", tickets, do="assign", officer=other).status_code == 302
    assert post(officer, "/work/recordings", [tickets[4]], do="aside", reason="other").status_code == 200
    assert size() == before


@pytest.mark.db
def test_of_two_who_confirm_at_once_one_does(world: Bureau) -> None:
    """The second comes to the rule when the first is through: nothing is entered twice."""
    act = filed(OWN, world)
    first, second = world.client("unit-head"), world.client("unit-head*")
    ticket = [f"{act.id}:{act.version}"]
    assert len(post(first, "/work/statements", ticket, do="confirm").context["done"]) == 1
    assert len(post(second, "/work/statements", ticket, do="confirm").context["already"]) == 1
    assert Confirmation.objects.count() == 1


def corrected(act: Act, by: UUID, officers: list[str], spans: list[Span] | None = None) -> None:
    version = ActRevision.objects.filter(act=act).count() or 1
    amend_act(by, act, version, act.procedure, officers, act.taxpayer, spans or spans_of(act))
    act.refresh_from_db()


def test_who_took_himself_out_of_an_act_does_not_confirm_it(world: Bureau) -> None:
    """A head of a unit who was there, and signs off his own word."""
    me, act = head(world), Act.objects.get(id=world.things[OWN]["act"])
    named = [str(act.officers.get().officer)]
    corrected(act, me, [*named, str(me)])
    corrected(act, me, named)
    act = filed(OWN, world)
    refused("confirm-own", desk.confirm, me, act.id, act.version)
    assert str(act.id) not in world.client("unit-head").get("/work/statements").content.decode()
    assert str(act.id) in world.client("unit-head*").get("/work/statements").content.decode()
    other = UUID(world.people["unit-head*"])
    desk.confirm(other, act.id, act.version)


def test_nobody_has_his_own_statement_confirmed_by_what_he_handed_on(world: Bureau) -> None:
    friend, act = UUID(world.people["viewer"]), filed(OWN, world)
    commit(RoleGranted(OFFICER, "unit-head", [SECTION]), "julu")
    delegated(ME, friend, "unit-head", now())
    refused("confirm-own", desk.confirm, friend, act.id, act.version)
    delegated(head(world), friend, "unit-head", now())
    desk.confirm(friend, act.id, act.version)


def test_who_filed_a_statement_does_not_confirm_one(world: Bureau) -> None:
    me, act = head(world), Act.objects.get(id=world.things[OWN]["act"])
    act = filed(OWN, world)
    with applying():
        Statement.objects.filter(act=act).update(filed_by=str(me))
    refused("confirm-own", desk.confirm, me, act.id, act.version)


def test_other_officers_or_spans_take_the_confirmation_away_and_it_may_come_again(world: Bureau) -> None:
    me, act = head(world), filed(OWN, world)
    desk.confirm(me, act.id, act.version)
    named = [str(one) for one in act.officers.values_list("officer", flat=True)]
    version = act.version
    amend_act(me, act, 1, act.procedure, named, "另一户", spans_of(act))
    act.refresh_from_db()
    assert act.confirmed  # another name of the taxpayer is no other event
    corrected(act, me, named, [Span(spans_of(act)[0].recording, 0, 1)])
    assert not act.confirmed and act.version == version
    desk.confirm(me, act.id, version)
    act.refresh_from_db()
    assert act.confirmed and Confirmation.objects.filter(act=act, version=version).count() == 2
    second = world.things[BESIDE]["person"]
    corrected(act, me, [*named, str(second)])
    assert not act.confirmed


def spans_of(act: Act) -> list[Span]:
    return [Span(str(one.recording), one.from_us, one.to_us) for one in act.spans.order_by("id")]


def test_the_acts_page_says_that_it_is_to_be_confirmed_again(world: Bureau) -> None:
    me, act = head(world), filed(OWN, world)
    desk.confirm(me, act.id, act.version)
    client, path = world.client("unit-head"), f"/acts/{act.id}"
    assert client.get(path).context["page"].versions[0].confirmed
    corrected(act, me, [str(act.officers.get().officer)], [Span(spans_of(act)[0].recording, 0, 1)])
    answer = client.get(path)
    page = answer.context["page"]
    assert page.amended_since_confirmed and not page.versions[0].confirmed and page.may_confirm
    assert "需重新确认" in answer.content.decode() or "confirmed again" in answer.content.decode()
