"""Who sees what in the viewing room (spec/viewing.md §1): own requests, and what the grants cover."""

from __future__ import annotations

from typing import Any

import pytest

from support.keyholder_world import Film, World, new_id, person
from zhilu.keyholder import desk_viewings
from zhilu.softkey.ceremonies import Holder

UNKNOWN = (404, "recording-unknown")


async def asked(world: World, path: str) -> tuple[int, Any]:
    status, told = await world.get(path)
    return status, told.get("error")


async def holder(world: World, role: str, *over: Film) -> Holder:
    """Somebody whose grants cover these recordings."""
    found = person()
    await world.register(found, [role])
    world.county.over[found.person] = {film.id for film in over}
    return found


async def queue(world: World, by: Holder) -> list[str]:
    await world.sign_in(by)
    return [one["viewing"] for one in (await world.get("/api/viewings"))[1]["to_decide"]]


async def test_a_recording_is_told_only_to_whom_a_grant_or_an_own_request_gives_it(world: World) -> None:
    film, path = world.film, f"/api/recordings/{world.film.id}"
    stranger, approver = await holder(world, "viewer"), await holder(world, "approver", film)
    for who, expected in (
        (stranger, UNKNOWN),
        (world.admins[0], UNKNOWN),
        (approver, (200, None)),
        (world.viewer, (200, None)),
    ):
        await world.sign_in(who)
        assert await asked(world, path) == expected
    await world.request(viewer=world.viewer)
    world.county.over[world.viewer.person] = set()  # the grant ended; what was asked for stays one's own
    world.keyholder.parts.names._about.clear()
    await world.sign_in(world.viewer)
    assert await asked(world, path) == (200, None)


async def test_reasons_are_read_only_by_who_is_over_the_department(world: World) -> None:
    other = await world.store(Film(world))
    ours, theirs = await holder(world, "approver", world.film), await holder(world, "approver", other)
    viewing, _ = await world.request()
    assert await queue(world, theirs) == []
    assert await asked(world, f"/api/viewings/{viewing}") == (404, "viewing-unknown")
    assert await queue(world, ours) == [viewing]
    assert await asked(world, f"/api/viewings/{viewing}") == (200, None)


async def test_a_grant_counts_with_the_role_that_the_key_has_and_that_decides(world: World) -> None:
    """The county says that this approver is over the recording as a leader too: his key is no leader's."""
    approver = await holder(world, "approver", world.film)
    viewing, _ = await world.request(purpose="court")
    assert await queue(world, approver) == []
    assert await asked(world, f"/api/viewings/{viewing}") == (404, "viewing-unknown")


async def test_an_urgent_request_is_seen_by_all_who_decide_while_they_can(world: World) -> None:
    approver = await holder(world, "approver")
    viewing, request = await world.request(kind="urgent", purpose="case", life=desk_viewings.LIFE["urgent"])
    assert await queue(world, approver) == [viewing]
    second = await holder(world, "leader")
    await world.decide(viewing, request, by=world.approver)
    await world.decide(viewing, request, by=second)
    assert await queue(world, approver) == []
    assert await asked(world, f"/api/viewings/{viewing}") == (404, "viewing-unknown")
    await world.sign_in(second)
    assert await asked(world, f"/api/viewings/{viewing}") == (200, None)


async def test_while_the_county_is_away_only_what_is_ones_own_is_seen(world: World) -> None:
    viewing, _ = await world.request()
    world.county.away = True
    assert await queue(world, world.approver) == []
    await world.sign_in(world.viewer)
    _, listed = await world.get("/api/viewings")
    assert [one["viewing"] for one in listed["mine"]] == [viewing]


async def test_the_queue_goes_on_past_its_first_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_viewings, "PAGE", 2)
    wanted = [(await world.request())[0] for _ in range(5)][::-1]
    urgent, _ = await world.request(kind="urgent", purpose="case", life=desk_viewings.LIFE["urgent"])
    await world.sign_in(world.approver)
    _, first = await world.get("/api/viewings")
    found, older = [one["viewing"] for one in first["to_decide"]], first["older"]
    assert found == [urgent, wanted[0]]
    while older is not None:
        _, page = await world.get(f"/api/viewings?before={older}")
        found, older = found + [one["viewing"] for one in page["to_decide"]], page["older"]
    assert found == [urgent, *wanted]
    for wrong in ("-1", "x", "9" * 16, "\u0661"):
        assert (await world.get(f"/api/viewings?before={wrong}"))[0] == 400


async def test_a_full_page_of_what_is_not_ones_own_hides_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_viewings, "PAGE", 2)
    other = await world.store(Film(world))
    approver = await holder(world, "approver", world.film)
    viewing, _ = await world.request()
    for _ in range(5):
        await world.request(other)
    assert await queue(world, approver) == [viewing]


async def test_who_is_unknown_is_told_nothing(world: World) -> None:
    await world.sign_in(world.viewer)
    assert await asked(world, f"/api/recordings/{new_id()}") == UNKNOWN
    assert await asked(world, "/api/recordings/x") == UNKNOWN
