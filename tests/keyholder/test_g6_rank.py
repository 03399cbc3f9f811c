"""Rank, and the two persons of an urgent viewing (G6): what the signed bytes demand, whatever the web process
commits; what was signed as one kind, purpose or decision counts as no other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.hostile import commit_decision, ignored, refused, requested, viewing_of
from support.keyholder_world import BUREAU, World, new_id, person
from zhilu import strictjson
from zhilu.encoding import b64u, format_time, unb64u
from zhilu.protocols import viewing as messages
from zhilu.protocols.viewing import OUTSIDE_PURPOSES, OWN_PURPOSES, Span
from zhilu.sealed.keys import point_bytes
from zhilu.softkey.ceremonies import Holder

RECIPIENT = "巨鹿县人民法院"


def recipient(world: World) -> tuple[bytes, str]:
    return point_bytes(world.stranger.viewer_private_key.public_key()), RECIPIENT


async def leader(world: World) -> Holder:
    made = person()
    await world.register(made, ["leader"])
    return made


async def urgent(world: World, **more: Any) -> tuple[str, bytes]:
    return await world.request(kind="urgent", purpose="case", life=timedelta(hours=20), **more)


async def approved_urgent(world: World) -> tuple[str, bytes]:
    viewing, request = await urgent(world)
    await world.decide(viewing, request)
    await world.decide(viewing, request, by=await leader(world))
    return viewing, request


# Rank


@pytest.mark.parametrize("purpose", OUTSIDE_PURPOSES)
async def test_for_an_outsider_an_approvers_word_is_none(world: World, purpose: str) -> None:
    viewing, request = await world.request(purpose=purpose)
    refused(await world.try_to_decide(viewing, request), "role")
    await commit_decision(world, world.approver, request)
    assert ignored(world) == [("viewing-decided/1", "role")]
    refused(await world.ask(viewing), "not-approved")


async def test_a_leader_decides_for_outsiders_and_all_else(world: World) -> None:
    above = await leader(world)
    for purpose in ("court", "review"):
        viewing, request = await world.request(purpose=purpose)
        await world.decide(viewing, request, by=above)
        status, _ = await world.ask(viewing)
        assert status == 200


async def test_a_copy_is_a_leaders_whatever_its_purpose(world: World) -> None:
    viewing, request = await world.request(kind="copy", purpose="case", recipient=recipient(world))
    refused(await world.try_to_decide(viewing, request), "role")
    await world.decide(viewing, request, by=await leader(world))
    status, answer = await world.ask(viewing)
    assert status == 200 and world.opened(answer) == world.film.share
    assert world.county.posted[3][2] is None or "recipient" not in (world.county.posted[3][2] or {})
    (personal,) = [told for kind, _, told in world.county.posted if kind == "viewing-requested/1"]
    assert personal and personal["recipient"] == RECIPIENT


async def test_the_recipients_name_is_the_one_that_was_signed(world: World) -> None:
    told = {"kind": "copy", "purpose": "court", "recipient": recipient(world)}
    spans = [Span(world.film.id, 0, 9)]
    body = world.viewer.request(new_id(), BUREAU, spans, "r", datetime.now(UTC), **told)
    refused(await world.post("/api/viewings", body | {"recipient": "某公司"}), "reason-digest")
    without = {key: value for key, value in body.items() if key != "recipient"}
    assert (await world.post("/api/viewings", without))[0] == 400


# Two persons


async def test_an_urgent_viewing_opens_after_two_persons_and_not_before(world: World) -> None:
    viewing, request = await urgent(world)
    refused(await world.ask(viewing), "not-approved")
    await world.decide(viewing, request)
    refused(await world.ask(viewing), "not-approved")
    await world.decide(viewing, request, by=await leader(world))
    status, answer = await world.ask(viewing)
    assert status == 200 and world.opened(answer) == world.film.share
    assert ignored(world) == []


async def test_one_person_with_two_keys_is_one(world: World) -> None:
    viewing, request = await urgent(world)
    await world.decide(viewing, request)
    second = Holder.new(world.approver.person, world.approver.rp_id, world.approver.origin)
    await world.register(second, ["approver", "leader"])
    refused(await world.try_to_decide(viewing, request, by=second), "approver-twice")
    await commit_decision(world, second, request)
    assert ignored(world) == [("viewing-decided/1", "approver-twice")]
    refused(await world.ask(viewing), "not-approved")


async def test_the_viewer_is_neither_of_the_two(world: World) -> None:
    await world.register(
        both := Holder.new(world.viewer.person, world.viewer.rp_id, world.viewer.origin), ["leader"]
    )
    viewing, request = await urgent(world)
    await world.decide(viewing, request)
    refused(await world.try_to_decide(viewing, request, by=both), "approver-is-viewer")
    await commit_decision(world, both, request)
    refused(await world.ask(viewing), "not-approved")


async def test_one_refusal_of_two_ends_it(world: World) -> None:
    viewing, request = await urgent(world)
    await world.decide(viewing, request)
    await world.decide(viewing, request, approve=False, by=await leader(world))
    refused(await world.ask(viewing), "refused")


async def test_a_server_that_holds_one_decision_back_opens_nothing(world: World) -> None:
    viewing, request = await urgent(world)
    await world.decide(viewing, request)
    world.county.instead = lambda kind, core: [] if kind == "viewing-decided/1" else [(kind, core)]
    await world.try_to_decide(viewing, request, by=await leader(world))
    refused(await world.ask(viewing), "not-approved")


async def test_the_first_approval_of_two_bounds_it(world: World) -> None:
    viewing, request = await urgent(world)
    soon = format_time(datetime.now(UTC) + timedelta(minutes=1))
    await commit_decision(world, world.approver, request, expires=soon)
    await world.decide(viewing, request, by=await leader(world))
    world.keyholder.parts.releases._clock = lambda: datetime.now(UTC) + timedelta(minutes=2)
    refused(await world.ask(viewing), "expired")


async def test_with_the_key_of_either_revoked_nothing_opens(world: World) -> None:
    viewing, request = await urgent(world)
    await world.decide(viewing, request)
    second = await leader(world)
    await world.decide(viewing, request, by=second)
    status, _ = await world.post("/api/revocations", world.admins[0].revocation(second.credential))
    assert status == 201
    refused(await world.ask(viewing), "credential-revoked")


# What was signed as one thing is no other


CHANGED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "urgent made a viewing": lambda asked: asked | {"kind": "view"},
    "purpose changed": lambda asked: asked | {"purpose": "review"},
    "longer": lambda asked: asked | {"expires": asked["requested"][:-5] + "1.000Z"},
    "more segments": lambda asked: asked | {"recordings": [asked["recordings"][0] | {"to": 9}]},
    "a field more": lambda asked: asked | {"note": "x"},
}


@pytest.mark.parametrize("name", CHANGED)
async def test_a_request_changed_after_it_was_signed_counts_for_nothing(world: World, name: str) -> None:
    core = await requested(world, world.viewer, kind="urgent", purpose="case", recordings=one(world))
    raw = strictjson.dumps(CHANGED[name](strictjson.loads(unb64u(core["request"]))))
    await world.county.commit("viewing-requested/1", core | {"request": b64u(raw)})
    assert [kind for kind, _ in ignored(world)] == ["viewing-requested/1"]
    refused(await world.ask(viewing_of(core)), "viewing-unknown")


def one(world: World) -> list[dict[str, Any]]:
    return [{"id": world.film.id, "from": 0, "to": 3}]


async def test_a_viewing_is_not_made_urgent_nor_the_reverse_by_a_decision(world: World) -> None:
    """A decision covers the request's own bytes: over others of the same id it is none."""
    core = await requested(world, world.viewer, kind="urgent", purpose="case")
    await world.county.commit("viewing-requested/1", core)
    raw = unb64u(core["request"])
    plain = strictjson.dumps(strictjson.loads(raw) | {"kind": "view"})
    await commit_decision(world, world.approver, raw, over=plain)
    assert ignored(world) == [("viewing-decided/1", "assertion")]
    refused(await world.ask(viewing_of(core)), "not-approved")


async def test_a_decision_on_one_viewing_is_none_on_another(world: World) -> None:
    _, asked = await world.request()
    other, _ = await world.request()
    body = world.approver.decision(asked, datetime.now(UTC))
    refused(await world.post(f"/api/viewings/{other}/decision", body), "viewing-unknown")
    await world.county.commit("viewing-decided/1", {"viewing": other, **body})
    assert ignored(world) == [("viewing-decided/1", "viewing-unknown")]
    changed = strictjson.dumps(strictjson.loads(unb64u(body["decision"])) | {"viewing": other})
    core = {"viewing": other, "decision": b64u(changed), "assertion": body["assertion"]}
    await world.county.commit("viewing-decided/1", core)
    refused(await world.ask(other), "not-approved")


async def test_request_bytes_with_a_field_twice_are_refused(world: World) -> None:
    body = world.viewer.request(new_id(), BUREAU, [Span(world.film.id, 0, 9)], "r", datetime.now(UTC))
    raw = unb64u(body["request"])
    twice = raw[:-1] + b',"kind":"view"}'
    assertion = world.viewer.sign(messages.request_challenge(twice))
    refused(
        await world.post("/api/viewings", body | {"request": b64u(twice), "assertion": assertion}), "request"
    )


async def test_an_urgent_request_for_an_outsider_is_none(world: World) -> None:
    for purpose in OUTSIDE_PURPOSES:
        core = await requested(world, world.viewer, kind="urgent", purpose=purpose)
        await world.county.commit("viewing-requested/1", core)
    assert set(ignored(world)) == {("viewing-requested/1", "request")}
    assert not set(OWN_PURPOSES) & set(OUTSIDE_PURPOSES)


async def test_an_approval_comes_too_late_for_a_request_that_has_expired(world: World) -> None:
    viewing, request = await world.request(life=timedelta(minutes=1))
    later = datetime.now(UTC) + timedelta(minutes=2)
    world.keyholder.parts.viewings._clock = lambda: later
    refused(await world.try_to_decide(viewing, request), "expired")


# The report


async def test_whoever_owes_an_overdue_report_asks_for_nothing_urgent(world: World) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=73)
    core = await requested(
        world,
        world.viewer,
        kind="urgent",
        purpose="case",
        requested=format_time(long_ago),
        expires=format_time(long_ago + timedelta(hours=20)),
    )
    await world.county.commit("viewing-requested/1", core)
    raw, second = unb64u(core["request"]), await leader(world)
    for by in (world.approver, second):
        await commit_decision(world, by, raw)
    body = world.viewer.request(
        new_id(), BUREAU, [Span(world.film.id, 0, 9)], "r", datetime.now(UTC), kind="urgent", purpose="case"
    )
    refused(await world.post("/api/viewings", body), "report-overdue")
    later = await requested(world, world.viewer, kind="urgent", purpose="case")
    await world.county.commit("viewing-requested/1", later)
    assert ignored(world) == [("viewing-requested/1", "report-overdue")]
    await world.request()  # a plain one all the same
    owed = viewing_of(core)
    status, answer = await world.post(
        f"/api/viewings/{owed}/report", world.viewer.report(raw, "已核实", datetime.now(UTC))
    )
    assert status == 201, answer
    await urgent(world)


async def test_a_backdated_urgent_request_is_released_by_nobody_who_owes(world: World) -> None:
    """Viewer and server together date a request before the report was due: the keyholder's clock decides."""
    long_ago = datetime.now(UTC) - timedelta(hours=80)
    times = {"requested": format_time(long_ago), "expires": format_time(long_ago + timedelta(hours=20))}
    first = await requested(world, world.viewer, kind="urgent", purpose="case", **times)
    second = await leader(world)
    backdated = format_time(datetime.now(UTC) - timedelta(hours=10))
    until = format_time(datetime.now(UTC) + timedelta(hours=10))
    # Not overdue yet at the time it claims: only at the keyholder's.
    early = format_time(long_ago + timedelta(hours=1))
    assert early < backdated
    await world.county.commit("viewing-requested/1", first)
    core = await requested(
        world, world.viewer, kind="urgent", purpose="case", requested=backdated, expires=until
    )
    await world.county.commit("viewing-requested/1", core)
    for raw in (unb64u(first["request"]), unb64u(core["request"])):
        for by in (world.approver, second):
            await commit_decision(world, by, raw)
    refused(await world.ask(viewing_of(core)), "report-overdue")


async def test_nobody_files_anothers_report(world: World) -> None:
    viewing, request = await approved_urgent(world)
    other = person()
    await world.register(other, ["viewer"])
    for by, code in ((other, "not-the-viewer"), (world.approver, "role")):
        body = by.report(request, "已核实", datetime.now(UTC))
        refused(await world.post(f"/api/viewings/{viewing}/report", body), code)
        core = {"viewing": viewing, "report": body["report"], "assertion": body["assertion"]}
        await world.county.commit("viewing-reported/1", core)
    assert [code for _, code in ignored(world)] == ["not-the-viewer", "role"]


async def test_a_report_is_on_what_it_names_and_says_what_was_signed(world: World) -> None:
    viewing, request = await approved_urgent(world)
    plain, asked = await world.request()
    body = world.viewer.report(request, "已核实", datetime.now(UTC))
    refused(await world.post(f"/api/viewings/{plain}/report", body), "viewing-unknown")
    refused(await world.post(f"/api/viewings/{viewing}/report", body | {"text": "别的"}), "report-digest")
    on_plain = world.viewer.report(asked, "已核实", datetime.now(UTC))
    refused(await world.post(f"/api/viewings/{plain}/report", on_plain), "report-not-owed")
    assert (await world.post(f"/api/viewings/{viewing}/report", body))[0] == 201
    again = world.viewer.report(request, "再报", datetime.now(UTC))
    refused(await world.post(f"/api/viewings/{viewing}/report", again), "report-not-owed")


async def test_the_room_shows_who_owes_and_who_may_decide(world: World) -> None:
    viewing, request = await urgent(world)
    second = await leader(world)
    court, _ = await world.request(purpose="court")
    await world.sign_in(world.approver)
    _, listed = await world.get("/api/viewings")
    assert [one["viewing"] for one in listed["to_decide"]] == [viewing]
    await world.decide(viewing, request)
    _, listed = await world.get("/api/viewings")
    assert (listed["to_decide"], [one["viewing"] for one in listed["decided"]]) == ([], [viewing])
    await world.sign_in(second)
    _, listed = await world.get("/api/viewings")
    assert [one["viewing"] for one in listed["to_decide"]] == [viewing, court]
    await world.decide(viewing, request, by=second)
    await world.sign_in(world.viewer)
    _, shown = await world.get(f"/api/viewings/{viewing}")
    assert (shown["state"], shown["report"], len(shown["decisions"])) == ("approved", "owed", 2)
