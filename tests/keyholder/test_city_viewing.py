"""A viewing by the city (spec/viewing.md §4): asked by the city, approved by both bureaus, in the county's
ledger; whatever the county's web process commits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.hostile import commit_decision, ignored, refused, requested, viewing_of
from support.keyholder_world import World, person, world_at
from zhilu.encoding import unb64u
from zhilu.errors import DataError
from zhilu.protocols.viewing import parse_registration
from zhilu.softkey.ceremonies import Holder


class Bureaus(World):
    """With a viewer and two approvers of the city, and a second approver of the county."""

    async def found(self) -> None:
        await super().found()
        self.city_viewer, self.city_approver, self.second_city, self.second = (person() for _ in range(4))
        for holder, role in (
            (self.city_viewer, "city-viewer"),
            (self.city_approver, "city-approver"),
            (self.second_city, "city-approver"),
            (self.second, "leader"),
        ):
            await self.register(holder, [role])


@pytest.fixture
async def both(tmp_path: Path, hurried: None) -> AsyncIterator[Bureaus]:
    async with world_at(tmp_path, of=Bureaus) as made:
        assert isinstance(made, Bureaus)
        yield made


async def asked(both: Bureaus, viewer: Holder | None = None) -> tuple[str, bytes]:
    return await both.request(viewer=viewer or both.city_viewer, kind="city", purpose="review")


async def test_it_opens_when_one_of_each_bureau_has_approved(both: Bureaus) -> None:
    viewing, request = await asked(both)
    refused(await both.ask(viewing, holder=both.city_viewer), "not-approved")
    await both.decide(viewing, request, by=both.city_approver)
    refused(await both.ask(viewing, holder=both.city_viewer), "not-approved")
    await both.decide(viewing, request, by=both.second)
    status, answer = await both.ask(viewing, holder=both.city_viewer)
    assert status == 200, answer
    assert both.opened(answer, holder=both.city_viewer) == both.film.share


async def test_no_bureau_approves_for_both(both: Bureaus) -> None:
    viewing, request = await asked(both)
    await both.decide(viewing, request, by=both.approver)
    refused(await both.try_to_decide(viewing, request, by=both.second), "side-decided")
    # Nor does the web process commit it past the room.
    await commit_decision(both, both.second, request)
    assert ignored(both)[-1] == ("viewing-decided/1", "side-decided")
    refused(await both.ask(viewing, holder=both.city_viewer), "not-approved")
    other, request = await asked(both)
    await both.decide(other, request, by=both.city_approver)
    refused(await both.try_to_decide(other, request, by=both.second_city), "side-decided")


async def test_either_bureau_refuses_for_good(both: Bureaus) -> None:
    for first, then in ((both.city_approver, both.approver), (both.approver, both.city_approver)):
        viewing, request = await asked(both)
        await both.decide(viewing, request, by=first)
        await both.decide(viewing, request, approve=False, by=then)
        refused(await both.ask(viewing, holder=both.city_viewer), "refused")


async def test_a_key_of_the_city_asks_and_decides_for_nothing_else(both: Bureaus) -> None:
    for kind in ("view", "urgent"):
        await both.county.commit("viewing-requested/1", await requested(both, both.city_viewer, kind=kind))
        assert ignored(both)[-1] == ("viewing-requested/1", "role")
    viewing, request = await both.request()
    refused(await both.try_to_decide(viewing, request, by=both.city_approver), "role")
    # And a key of the county does not ask for the city: then the county's own would be enough for half of it.
    core = await requested(both, both.viewer, kind="city", purpose="review")
    await both.county.commit("viewing-requested/1", core)
    assert ignored(both)[-1] == ("viewing-requested/1", "role")
    assert both.keyholder.state[0].viewing(viewing_of(core)) is None


async def test_nothing_for_outsiders_is_asked_for_as_the_city(both: Bureaus) -> None:
    core = await requested(both, both.city_viewer, kind="city", purpose="publicity")
    await both.county.commit("viewing-requested/1", core)
    assert ignored(both)[-1] == ("viewing-requested/1", "request")


def test_no_key_has_roles_of_both_bureaus() -> None:
    holder = person()
    for roles in (
        ["viewer", "city-viewer"],
        ["city-approver", "leader"],
        ["security-administrator", "city-viewer"],
    ):
        with pytest.raises(DataError) as caught:
            parse_registration(holder.registration(roles))
        assert caught.value.fields["part"] == "roles"
    assert parse_registration(holder.registration(["city-viewer", "city-approver"])).roles


async def test_what_waits_is_shown_to_the_side_that_has_not_decided(both: Bureaus) -> None:
    viewing, request = await asked(both)

    async def waits(holder: Holder) -> bool:
        assert (await both.sign_in(holder))[0] == 200
        _, listed = await both.get("/api/viewings")
        return viewing in [one["viewing"] for one in listed["to_decide"]]

    assert await waits(both.city_approver) and await waits(both.second)
    await both.decide(viewing, request, by=both.city_approver)
    assert not await waits(both.second_city) and await waits(both.second)
    assert unb64u((await both.get(f"/api/viewings/{viewing}"))[1]["request"]) == request
