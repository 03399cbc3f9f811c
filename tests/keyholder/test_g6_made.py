"""Pictures and copies (G6): entered only for what was released to the very person, under the key it was
released to, while that lives; each assertion once; and told to the page only when the ledger holds it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.hostile import Core, ignored, refused
from support.keyholder_world import Film, World, new_id, person
from zhilu.encoding import sha256
from zhilu.protocols import viewing_after as after
from zhilu.protocols.viewing import viewer_thumbprint
from zhilu.sealed.keys import point_bytes
from zhilu.softkey.ceremonies import Holder

PICTURE, PACKAGE = sha256(b"picture").hex(), sha256(b"package").hex()


def picture(world: World, viewing: str, by: Holder | None = None, **changed: Any) -> Core:
    at = changed.pop("at", datetime.now(UTC))
    body = (by or world.viewer).screenshot(viewing, world.film.id, 5_000_000, PICTURE, at)
    return body | changed


async def take(world: World, viewing: str, body: Core) -> tuple[int, Core]:
    return await world.post(f"/api/viewings/{viewing}/screenshot", body)


async def released(world: World, **more: Any) -> str:
    viewing = await world.approved(**more)
    assert (await world.ask(viewing))[0] == 200
    return viewing


async def test_a_picture_is_in_the_ledger_before_the_page_is_told(world: World) -> None:
    viewing = await released(world)
    status, answer = await take(world, viewing, picture(world, viewing))
    assert status == 201, answer
    kind, core, personal = world.county.posted[-1]
    assert (kind, core["viewing"], core["sha256"], personal) == ("screenshot-taken/1", viewing, PICTURE, None)
    assert world.keyholder.parts.follower.published > answer["index"]
    assert ignored(world) == []


async def test_without_a_release_there_is_no_picture(world: World) -> None:
    viewing = await world.approved()
    refused(await take(world, viewing, picture(world, viewing)), "not-released")
    waiting, _ = await world.request()
    refused(await take(world, waiting, picture(world, waiting)), "not-approved")
    other = await world.store(Film(world))
    refused(await take(world, viewing, picture(world, viewing, recording=other.id)), "not-requested")


async def test_a_release_of_another_viewing_or_recording_is_none(world: World) -> None:
    await released(world)
    viewing = await world.approved()
    refused(await take(world, viewing, picture(world, viewing)), "not-released")


async def test_when_the_grant_has_ended_there_is_no_picture(world: World) -> None:
    viewing = await released(world)
    made = world.keyholder.parts.made
    made._clock = lambda: datetime.now(UTC) + timedelta(hours=5)
    later = datetime.now(UTC) + timedelta(hours=5)
    refused(await take(world, viewing, picture(world, viewing, at=later)), "not-released")


async def test_a_restart_forgets_no_living_grant(world: World) -> None:
    viewing = await released(world)
    await world.stop()
    await world.start()
    assert (await take(world, viewing, picture(world, viewing)))[0] == 201


async def test_another_persons_picture_is_refused(world: World) -> None:
    viewing = await released(world)
    other = person()
    await world.register(other, ["viewer"])
    refused(await take(world, viewing, picture(world, viewing, other)), "not-the-viewer")
    refused(await take(world, viewing, picture(world, viewing, world.approver)), "role")
    second = Holder.new(world.viewer.person, world.viewer.rp_id, world.viewer.origin)
    await world.register(second, ["viewer"])
    refused(await take(world, viewing, picture(world, viewing, second)), "viewer-key")


@pytest.mark.parametrize(("field", "value"), [("pts_us", 6_000_000), ("sha256", PACKAGE), ("at_ms", None)])
async def test_what_was_asserted_is_bound(world: World, field: str, value: Any) -> None:
    viewing = await released(world)
    body = picture(world, viewing)
    refused(await take(world, viewing, body | {field: value or body["at_ms"] + 1}), "assertion")


async def test_an_assertion_for_one_viewing_is_none_for_another(world: World) -> None:
    first, second = await released(world), await released(world)
    refused(await take(world, second, picture(world, first)), "assertion")


async def test_a_picture_asserted_once_is_entered_once(world: World) -> None:
    viewing = await released(world)
    body = picture(world, viewing)
    assert (await take(world, viewing, body))[0] == 201
    refused(await take(world, viewing, body), "sign-count")
    old = picture(world, viewing, at=datetime.now(UTC) - timedelta(minutes=2))
    refused(await take(world, viewing, old), "ask-time")


async def test_numbers_and_digests_that_cannot_be_are_refused(world: World) -> None:
    viewing = await released(world)
    for changed in ({"pts_us": -1}, {"pts_us": 2**53}, {"sha256": "xyz"}, {"pts_us": 1.5}, {"sha256": 7}):
        status, answer = await take(world, viewing, picture(world, viewing) | changed)
        assert status == 400, answer


async def test_a_server_that_enters_another_picture_gets_nothing_handed_out(world: World) -> None:
    viewing = await released(world)
    world.keyholder.parts.made.wait_s = 0.4
    world.county.instead = lambda kind, core: [(kind, core | {"sha256": PACKAGE})]
    refused(await take(world, viewing, picture(world, viewing)), "log-timeout")
    world.county.instead = lambda kind, core: []
    refused(await take(world, viewing, picture(world, viewing)), "log-timeout")


# Copies


def recipient(world: World) -> tuple[bytes, str]:
    return point_bytes(world.stranger.viewer_private_key.public_key()), "巨鹿县人民法院"


async def copying(world: World) -> str:
    above = person()
    await world.register(above, ["leader"])
    viewing, request = await world.request(
        kind="copy", purpose="court", recipient=recipient(world), span=(2, 6)
    )
    await world.decide(viewing, request, by=above)
    assert (await world.ask(viewing))[0] == 200
    return viewing


def copy(world: World, viewing: str, by: Holder | None = None, **changed: Any) -> Core:
    at_ms = int(datetime.now(UTC).timestamp() * 1000)
    told = {"from": 2, "to": 6, "recipient": viewer_thumbprint(recipient(world)[0]), "sha256": PACKAGE}
    told |= {"length": 1234} | changed
    said = (told["from"], told["to"], told["recipient"], told["sha256"], told["length"], at_ms)
    assertion = (by or world.viewer).sign(after.copy_challenge(viewing, world.film.id, *said))
    return {"recording": world.film.id, **told, "at_ms": at_ms, "assertion": assertion}


async def make(world: World, viewing: str, body: Core) -> tuple[int, Core]:
    return await world.post(f"/api/viewings/{viewing}/copy-made", body)


async def test_a_copy_is_entered_for_its_recipient_each_time(world: World) -> None:
    viewing = await copying(world)
    for _ in range(2):
        status, answer = await make(world, viewing, copy(world, viewing))
        assert status == 201, answer
    kinds = [kind for kind, _, _ in world.county.posted]
    assert kinds.count("copy-made/1") == 2


async def test_a_copy_is_for_no_other_recipient_and_of_no_more(world: World) -> None:
    viewing = await copying(world)
    other = viewer_thumbprint(world.viewer.viewer_point)
    refused(await make(world, viewing, copy(world, viewing, recipient=other)), "recipient-other")
    for span in ({"from": 1}, {"to": 7}, {"from": 6, "to": 2}):
        refused(await make(world, viewing, copy(world, viewing, **span)), "not-requested")
    body = copy(world, viewing)
    refused(await make(world, viewing, body | {"length": 1}), "assertion")
    refused(await make(world, viewing, copy(world, viewing, world.approver)), "role")


async def test_a_viewing_makes_no_copy_and_a_copy_no_picture(world: World) -> None:
    viewing = await released(world)
    refused(await make(world, viewing, copy(world, viewing)), "kind")
    copied = await copying(world)
    refused(await take(world, copied, picture(world, copied)), "kind")


async def test_of_an_unknown_viewing_nothing_is_made(world: World) -> None:
    refused(await take(world, new_id(), picture(world, new_id())), "viewing-unknown")
