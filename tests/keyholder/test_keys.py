"""The list of security keys, revoking one, what the county says about recordings: shown, never believed."""

from __future__ import annotations

import pytest

from support.hostile import refused
from support.keyholder_world import World, person
from zhilu.encoding import b64u
from zhilu.softkey.authenticator import AAGUID
from zhilu.softkey.ceremonies import Holder


async def keys(world: World) -> dict[str, dict[str, object]]:
    await world.sign_in(world.admins[0])
    _, answer = await world.get("/api/credentials")
    return {one["credential"]: one for one in answer["credentials"]}


async def test_the_keys_are_listed_for_security_administrators_only(world: World) -> None:
    assert (await world.get("/api/credentials"))[0] == 401
    await world.sign_in(world.approver)
    refused(await world.get("/api/credentials"), "role")
    listed = await keys(world)
    assert len(listed) == 4
    own = listed[b64u(world.viewer.credential)]
    assert (own["roles"], own["state"], own["aaguid"]) == (["viewer"], "valid", AAGUID.hex())


async def test_one_administrator_revokes_and_it_holds_at_once_for_good(world: World) -> None:
    viewing = await world.approved()
    revocation = world.admins[1].revocation(world.viewer.credential, "stolen")
    assert (await world.post("/api/revocations", revocation))[0] == 201
    assert (await keys(world))[b64u(world.viewer.credential)]["state"] == "revoked"
    refused(await world.ask(viewing), "credential-revoked")
    refused(await world.post("/api/revocations", revocation), "credential-revoked")


async def test_a_server_that_keeps_a_revocation_back_changes_nothing_here(world: World) -> None:
    viewing = await world.approved()
    world.county.instead = lambda kind, core: []
    await world.post("/api/revocations", world.admins[0].revocation(world.approver.credential))
    assert (await keys(world))[b64u(world.approver.credential)]["state"] == "revoked"
    refused(await world.ask(viewing), "credential-revoked")


async def test_nobody_but_a_security_administrator_revokes(world: World) -> None:
    for by in (world.viewer, world.approver, world.stranger):
        status, answer = await world.post("/api/revocations", by.revocation(world.approver.credential))
        assert status == 403 and answer["error"] in ("role", "credential-unknown")
    assert (await keys(world))[b64u(world.approver.credential)]["state"] == "valid"


async def test_a_lost_key_is_replaced_by_a_new_one_under_which_alone_is_released(world: World) -> None:
    before = await world.approved()
    await world.post("/api/revocations", world.admins[0].revocation(world.viewer.credential))
    new = Holder.new(world.viewer.person, world.viewer.rp_id, world.viewer.origin)
    await world.register(new, ["viewer"])
    refused(await world.ask(before, holder=new), "credential-revoked")
    viewing = await world.approved(viewer=new)
    status, answer = await world.ask(viewing, holder=new)
    assert status == 200 and world.opened(answer, holder=new) == world.film.share


async def test_what_the_county_calls_a_recording_is_shown_and_bounded(world: World) -> None:
    world.county.told[world.film.id] = {
        "department": "检" * 500,
        "procedures": ["入户核查", 7, "x" * 500] * 9,
    }
    viewing, _ = await world.request()
    await world.sign_in(world.approver)
    _, shown = await world.get(f"/api/viewings/{viewing}")
    (recording,) = shown["recordings"]
    assert recording["department"] == "检" * 100
    assert recording["procedures"] == ["入户核查", "x" * 100]


@pytest.mark.parametrize("said", [None, [], {"department": 7, "procedures": "x"}, "x"])
async def test_what_the_county_says_wrongly_costs_the_names_and_not_the_page(
    world: World, said: object
) -> None:
    world.county.told[world.film.id] = said  # type: ignore[assignment]
    viewing, _ = await world.request()
    await world.sign_in(world.viewer)
    status, shown = await world.get(f"/api/viewings/{viewing}")
    assert status == 200
    assert (shown["recordings"][0]["department"], shown["recordings"][0]["procedures"]) == ("", [])


async def test_a_viewing_is_shown_to_leaders_too_and_to_nobody_else(world: World) -> None:
    above, other = person(), person()
    await world.register(above, ["leader"])
    await world.register(other, ["viewer"])
    viewing, _ = await world.request()
    await world.sign_in(above)
    assert (await world.get(f"/api/viewings/{viewing}"))[0] == 200
    await world.sign_in(other)
    refused(await world.get(f"/api/viewings/{viewing}"), "viewing-unknown")
