"""G6, the persons: forged, borrowed, replayed or revoked registrations, requests and decisions open
nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.hostile import (
    Core,
    commit_decision,
    ignored,
    raw_of,
    refused,
    requested,
    viewing_of,
)
from support.keyholder_world import BUREAU, SEGMENTS, Film, World, new_id, person
from zhilu import strictjson
from zhilu.encoding import b64u, format_time, unb64u
from zhilu.protocols import viewing as messages
from zhilu.protocols.viewing import Span
from zhilu.sealed.keys import thumbprint
from zhilu.softkey.ceremonies import Holder, registration_core


async def test_the_road_is_open(world: World) -> None:
    """So that no refusal below stands for a road that never worked."""
    status, answer = await world.ask(await world.approved())
    assert status == 200, answer
    assert world.opened(answer) == world.film.share
    assert ignored(world) == []


# Registrations


async def forged(world: World, holder: Holder, core: Core, code: str) -> None:
    """Commit this registration; it does not count, and its holder gets nowhere."""
    await world.county.commit("credential-registered/1", core)
    assert ignored(world)[-1] == ("credential-registered/1", code)
    await world.county.commit("viewing-requested/1", await requested(world, holder))
    assert ignored(world)[-1][0] == "viewing-requested/1"
    refused(await world.sign_in(holder), "credential-unknown")


async def test_a_registration_without_witnesses(world: World) -> None:
    thief = person()
    await forged(world, thief, registration_core(thief, ["viewer", "approver"]), "witnesses")


async def test_a_registration_with_one_witness(world: World) -> None:
    thief = person()
    await forged(world, thief, registration_core(thief, ["viewer"], world.admins[:1]), "witnesses")


async def test_a_registration_with_one_administrator_twice(world: World) -> None:
    thief = person()
    await forged(world, thief, registration_core(thief, ["viewer"], [world.admins[0]] * 2), "witness-twice")


async def test_a_registration_with_one_person_who_holds_two_keys(world: World) -> None:
    thief, admin = person(), world.admins[0]
    second = Holder.new(admin.person, admin.rp_id, admin.origin)
    await world.county.commit(
        "credential-registered/1",
        registration_core(second, ["security-administrator"], [world.admins[1], await third_admin(world)]),
    )
    await forged(world, thief, registration_core(thief, ["viewer"], [admin, second]), "witness-twice")


async def third_admin(world: World) -> Holder:
    third = person()
    await world.county.commit(
        "credential-registered/1", registration_core(third, ["security-administrator"], world.admins)
    )
    assert ignored(world) == []
    return third


async def test_a_registration_witnessed_by_people_who_are_no_administrators(world: World) -> None:
    thief = person()
    core = registration_core(thief, ["viewer"], [world.admins[0], world.viewer])
    await forged(world, thief, core, "role")


async def test_a_role_that_the_web_process_granted_is_no_role(world: World) -> None:
    await world.county.commit(
        "role-granted/1", {"person": world.viewer.person, "role": "security-administrator"}
    )
    thief = person()
    core = registration_core(thief, ["viewer"], [world.admins[0], world.viewer])
    await forged(world, thief, core, "role")


async def test_a_registration_witnessed_by_keys_that_nobody_registered(world: World) -> None:
    thief = person()
    core = registration_core(thief, ["viewer"], [person(), person()])
    await forged(world, thief, core, "credential-unknown")


async def test_an_administrator_does_not_witness_himself(world: World) -> None:
    admin = world.admins[0]
    second = Holder.new(admin.person, admin.rp_id, admin.origin)
    core = registration_core(second, ["viewer"], world.admins)
    await forged(world, second, core, "witness-self")


async def test_witnesses_of_another_registration_do_not_count(world: World) -> None:
    honest, thief = person(), person()
    core = registration_core(thief, ["viewer"])
    core["witnesses"] = registration_core(honest, ["viewer"], world.admins)["witnesses"]
    await forged(world, thief, core, "assertion")


async def test_more_roles_than_the_witnesses_signed(world: World) -> None:
    thief = person()
    core = registration_core(thief, ["viewer"], world.admins)
    core["registration"] = b64u(thief.registration(["viewer", "approver"]))
    await forged(world, thief, core, "assertion")


async def test_fields_beside_the_signed_bytes_that_say_something_else(world: World) -> None:
    thief = person()
    good = registration_core(thief, ["viewer"], world.admins)
    for change in ({"person": world.viewer.person}, {"rp_id": "evil"}, {"public_key": b64u(b"x" * 80)}):
        await world.county.commit("credential-registered/1", good | change)
        assert ignored(world)[-1] == ("credential-registered/1", "registration-differs")


async def test_an_own_viewer_key_swapped_into_somebodys_registration(world: World) -> None:
    victim, thief = person(), person()
    core = registration_core(victim, ["viewer"], world.admins)
    stolen = b64u(thief.viewer_point)
    # In the bytes: the witnesses did not sign them, and the victim's key did not sign the viewer key.
    body = strictjson.loads(unb64u(core["registration"])) | {"viewer_key": stolen}
    swapped = strictjson.dumps(body)
    challenge = messages.viewer_key_challenge(victim.credential, thief.viewer_point)
    bindings = {
        "binding": core["binding"],
        "credential": {"viewer_key": stolen, "assertion": thief.sign(challenge)},
        "assertion": {"viewer_key": stolen, "assertion": core["binding"]["assertion"]},
    }
    for code, binding in bindings.items():
        attack = core | {"registration": b64u(swapped), "binding": binding}
        await forged(world, thief, attack, code)
    # Beside the bytes only.
    await forged(world, thief, core | {"binding": {**core["binding"], "viewer_key": stolen}}, "binding")


async def test_a_credential_is_registered_once(world: World) -> None:
    again = registration_core(world.viewer, ["viewer", "approver"], world.admins)
    await world.county.commit("credential-registered/1", again)
    assert ignored(world)[-1] == ("credential-registered/1", "credential-known")


async def test_a_pinned_key_counts_only_as_it_was_pinned(tmp_path: Any) -> None:
    from support.keyholder_world import world_at

    async with world_at(tmp_path, founded=False) as world:
        admin, thief = world.admins[0], person()
        more = registration_core(admin, ["security-administrator", "viewer", "approver"])
        await world.county.commit("credential-registered/1", more)
        assert ignored(world)[-1] == ("credential-registered/1", "witnesses")
        # The pinned credential id, with the thief's public key.
        stolen = strictjson.loads(unb64u(more["registration"])) | {
            "public_key": b64u(thief.key.credential().public_key)
        }
        core = more | {"registration": b64u(strictjson.dumps(stolen)), "public_key": stolen["public_key"]}
        await world.county.commit("credential-registered/1", core)
        assert ignored(world)[-1] == ("credential-registered/1", "assertion")
        await world.county.commit(
            "credential-registered/1", registration_core(admin, ["security-administrator"])
        )
        assert world.keyholder.state[0].credential(admin.credential) is not None


# Requests and decisions


async def test_a_request_that_the_viewer_did_not_sign(world: World) -> None:
    good = await requested(world, world.viewer)
    later = strictjson.dumps(
        strictjson.loads(raw_of(good)) | {"expires": format_time(datetime.now(UTC) + timedelta(days=6))}
    )
    other = await world.store(Film(world))
    swapped = strictjson.dumps(
        strictjson.loads(raw_of(good)) | {"recordings": [{"id": other.id, "from": 0, "to": 9}]}
    )
    elsewhere = strictjson.dumps(strictjson.loads(raw_of(good)) | {"viewing": new_id()})
    for raw in (later, swapped, elsewhere):
        await world.county.commit("viewing-requested/1", good | {"request": b64u(raw)})
        assert ignored(world)[-1] == ("viewing-requested/1", "assertion")


async def test_a_request_in_the_name_of_another_viewer(world: World) -> None:
    core = await requested(world, world.viewer, viewer=new_id())
    await world.county.commit("viewing-requested/1", core)
    assert ignored(world)[-1] == ("viewing-requested/1", "viewer")


async def test_a_request_for_another_viewer_key_than_the_registered_one(world: World) -> None:
    key = thumbprint(world.stranger.viewer_private_key.public_key())
    await world.county.commit("viewing-requested/1", await requested(world, world.viewer, viewer_key=key))
    assert ignored(world)[-1] == ("viewing-requested/1", "viewer-key")


async def test_a_request_is_taken_once(world: World) -> None:
    core = await requested(world, world.viewer)
    await world.county.commit("viewing-requested/1", core)
    await world.county.commit("viewing-requested/1", core)
    assert ignored(world) == [("viewing-requested/1", "viewing-known")]


async def test_a_request_that_is_out_of_bounds(world: World) -> None:
    now = datetime.now(UTC)
    changes: dict[str, Core] = {
        "request": {"expires": format_time(now + timedelta(days=8))},
        "bureau": {"bureau": "other"},
        "recording-unknown": {"recordings": [{"id": new_id(), "from": 0, "to": 1}]},
        "segments": {"recordings": [{"id": world.film.id, "from": 0, "to": SEGMENTS}]},
    }
    for code, change in changes.items():
        await world.county.commit("viewing-requested/1", await requested(world, world.viewer, **change))
        assert ignored(world)[-1] == ("viewing-requested/1", code)


async def test_a_request_by_somebody_without_the_role(world: World) -> None:
    await world.county.commit("viewing-requested/1", await requested(world, world.approver))
    assert ignored(world)[-1] == ("viewing-requested/1", "role")


async def test_without_a_decision_no_key(world: World) -> None:
    viewing, _ = await world.request()
    refused(await world.ask(viewing), "not-approved")


async def test_a_viewing_that_was_refused(world: World) -> None:
    viewing, request = await world.request()
    await world.decide(viewing, request, approve=False)
    refused(await world.ask(viewing), "refused")
    await commit_decision(world, world.approver, request)
    assert ignored(world) == [("viewing-decided/1", "decided")]
    refused(await world.ask(viewing), "refused")


async def test_nobody_approves_his_own_request(world: World) -> None:
    both = person()
    await world.county.commit(
        "credential-registered/1", registration_core(both, ["viewer", "approver"], world.admins)
    )
    viewing, request = await world.request(viewer=both)
    await commit_decision(world, both, request)
    assert ignored(world) == [("viewing-decided/1", "approver-is-viewer")]
    refused(await world.ask(viewing, holder=both), "not-approved")


async def test_a_decision_by_somebody_without_the_role(world: World) -> None:
    viewing, request = await world.request()
    await commit_decision(world, world.admins[0], request)
    await commit_decision(world, world.stranger, request)
    assert [code for _, code in ignored(world)] == ["role", "credential-unknown"]
    refused(await world.ask(viewing), "not-approved")


async def test_a_decision_in_another_approvers_name(world: World) -> None:
    viewing, request = await world.request()
    await commit_decision(world, world.approver, request, approver=new_id())
    assert ignored(world) == [("viewing-decided/1", "approver")]
    refused(await world.ask(viewing), "not-approved")


async def test_a_decision_about_another_request(world: World) -> None:
    """Signed by the approver for one request, presented for another: by id, and by the bytes it covers."""
    first, first_request = await world.request()
    second, second_request = await world.request()
    core = await commit_decision(world, world.approver, first_request, over=second_request)
    assert ignored(world)[-1] == ("viewing-decided/1", "assertion")
    await world.county.commit("viewing-decided/1", core | {"viewing": second})
    assert ignored(world)[-1] == ("viewing-decided/1", "viewing-unknown")
    for viewing in (first, second):
        refused(await world.ask(viewing), "not-approved")


async def test_a_decision_turned_from_refusal_to_approval(world: World) -> None:
    viewing, request = await world.request()
    made = world.approver.decision(request, datetime.now(UTC), approve=False)
    turned = strictjson.dumps(strictjson.loads(unb64u(made["decision"])) | {"decision": "approve"})
    core = {"viewing": viewing, "decision": b64u(turned), "assertion": made["assertion"]}
    await world.county.commit("viewing-decided/1", core)
    assert ignored(world) == [("viewing-decided/1", "assertion")]
    refused(await world.ask(viewing), "not-approved")


async def test_a_decision_that_outlasts_its_request(world: World) -> None:
    viewing, request = await world.request()
    later = format_time(datetime.now(UTC) + timedelta(days=2))
    await commit_decision(world, world.approver, request, expires=later)
    assert ignored(world) == [("viewing-decided/1", "decision-expires")]
    refused(await world.ask(viewing), "not-approved")


async def test_a_viewing_is_decided_once(world: World) -> None:
    viewing, request = await world.request()
    await world.decide(viewing, request)
    await commit_decision(world, world.approver, request, decision="refuse")
    assert ignored(world) == [("viewing-decided/1", "decided")]
    assert (await world.ask(viewing))[0] == 200  # the first one holds


async def test_an_approval_that_has_expired(world: World) -> None:
    viewing = await world.approved(life=timedelta(hours=1))
    releases = world.keyholder.parts.releases
    releases._clock = lambda: datetime.now(UTC) + timedelta(hours=1, seconds=1)
    refused(await world.ask(viewing), "expired")


async def test_an_approval_that_the_approver_made_shorter(world: World) -> None:
    viewing, request = await world.request()
    soon = format_time(datetime.now(UTC) + timedelta(minutes=1))
    await commit_decision(world, world.approver, request, expires=soon)
    releases = world.keyholder.parts.releases
    assert (await world.ask(viewing))[0] == 200
    releases._clock = lambda: datetime.now(UTC) + timedelta(minutes=2)
    refused(await world.ask(viewing), "expired")


async def test_an_approval_that_expires_while_the_release_waits(world: World) -> None:
    viewing = await world.approved(life=timedelta(hours=1))
    releases = world.keyholder.parts.releases

    def late(kind: str, core: Core) -> list[tuple[str, Core]]:
        releases._clock = lambda: datetime.now(UTC) + timedelta(hours=2)
        return [(kind, core)]

    world.county.instead = late
    refused(await world.ask(viewing), "expired")


async def test_a_request_dated_in_the_future(world: World) -> None:
    """A clock set forward must not make a stock of approvals for later."""
    now = datetime.now(UTC) + timedelta(days=3)
    body = world.viewer.request(new_id(), BUREAU, [Span(world.film.id, 0, 9)], "r", now)
    refused(await world.post("/api/viewings", body), "request-time")
    raw = unb64u(body["request"])
    core = {"request": body["request"], "assertion": world.viewer.sign(messages.request_challenge(raw))}
    await world.county.commit("viewing-requested/1", core)
    await commit_decision(world, world.approver, raw)
    refused(await world.ask(viewing_of(core)), "not-yet")


async def test_one_approval_does_not_open_another_recording(world: World) -> None:
    other = await world.store(Film(world))
    viewing = await world.approved()
    refused(await world.ask(viewing, other), "not-requested")


# Revocation


@pytest.mark.parametrize("who", ["viewer", "approver"])
async def test_a_revoked_security_key_releases_nothing(world: World, who: str) -> None:
    viewing = await world.approved()
    holder: Holder = getattr(world, who)
    await world.county.commit("credential-revoked/1", world.admins[0].revocation(holder.credential))
    assert ignored(world) == []
    refused(await world.ask(viewing), "credential-revoked")


async def test_a_key_revoked_while_the_release_waits(world: World) -> None:
    viewing = await world.approved()
    revocation = world.admins[0].revocation(world.approver.credential)
    world.county.instead = lambda kind, core: [("credential-revoked/1", revocation), (kind, core)]
    refused(await world.ask(viewing), "credential-revoked")


async def test_a_revocation_asked_for_here_holds_though_the_ledger_hides_it(world: World) -> None:
    viewing = await world.approved()
    world.county.instead = lambda kind, core: []
    core = world.admins[0].revocation(world.viewer.credential)
    assert (await world.post("/api/revocations", core))[0] == 201
    world.county.instead = None
    refused(await world.ask(viewing), "credential-revoked")


@pytest.mark.parametrize("who", ["viewer", "approver"])
async def test_a_key_revoked_while_the_server_keeps_the_first_line_back(world: World, who: str) -> None:
    """The last thing that is asked of the server comes before the last question, not after it."""
    viewing, holder = await world.approved(), getattr(world, who)
    honest = world.county.open_line

    async def slow(recording: str) -> bytes:
        revocation = world.admins[0].revocation(holder.credential)
        assert (await world.post("/api/revocations", revocation))[0] == 201
        return await honest(recording)

    world.county.open_line = slow  # type: ignore[method-assign]
    refused(await world.ask(viewing), "credential-revoked")


async def test_a_revoked_administrator_witnesses_nothing(world: World) -> None:
    revocation = world.admins[1].revocation(world.admins[0].credential)
    await world.county.commit("credential-revoked/1", revocation)
    thief = person()
    await forged(world, thief, registration_core(thief, ["viewer"], world.admins), "credential-revoked")


async def test_a_revoked_key_does_not_come_back(world: World) -> None:
    await world.county.commit("credential-revoked/1", world.admins[0].revocation(world.viewer.credential))
    again = registration_core(world.viewer, ["viewer"], world.admins)
    await world.county.commit("credential-registered/1", again)
    assert ignored(world) == [("credential-registered/1", "credential-known")]


async def test_the_web_process_cannot_revoke(world: World) -> None:
    core = world.admins[0].revocation(world.approver.credential)
    attacks = {
        "witnesses": core | {"witnesses": []},
        "role": world.viewer.revocation(world.approver.credential),
        "assertion": core | {"credential": b64u(world.admins[1].credential)},
        "credential-unknown": world.admins[0].revocation(b"\x01" * 32),
    }
    for code, attack in attacks.items():
        await world.county.commit("credential-revoked/1", attack)
        assert ignored(world)[-1] == ("credential-revoked/1", code)
    assert (await world.ask(await world.approved()))[0] == 200
