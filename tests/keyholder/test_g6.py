"""Nobody watches unseen (G6): a web process that holds the ledger's key, commits any entry and serves any
bytes gets no key. Each attack is refused for its own reason; the road without an attack is open, so that no
refusal stands for a road that never worked.

`/release` is asked over HTTP; what comes out is looked at. `entries that do not count` are read out of the
keyholder's own state.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from support.hostile import (
    RELEASED,
    Core,
    ignored,
    impatient,
    keep_back,
    refused,
)
from support.keyholder_world import World, new_id, person
from zhilu import strictjson
from zhilu.encoding import b64u, unb64u
from zhilu.errors import DataError
from zhilu.keyholder.county import Entry
from zhilu.protocols.viewing import GRANT_TYP, Span, parse_grant
from zhilu.sealed.envelopes import release_open
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.sealed.lines import open_jws
from zhilu.softkey.ceremonies import Holder, registration_core

# The road without an attack


async def test_the_road_is_open(world: World) -> None:
    viewing = await world.approved()
    status, answer = await world.ask(viewing)
    assert status == 200, answer
    assert world.opened(answer) == world.film.share
    assert ignored(world) == []
    # The ledger held the release before the key left, with the viewer's key in it.
    kind, core, personal = world.county.posted[-1]
    assert (kind, personal) == (RELEASED, None)
    assert core["viewer_key"] == thumbprint(world.viewer.viewer_private_key.public_key())
    leaf = unb64u(answer["release"]["leaf"])
    assert leaf == world.county.ledger.entries[-1].leaf
    assert load_jwk(answer["journal_key"]) == load_jwk(world.recorder.jwk)


async def test_the_grant_is_for_what_was_approved_and_ends(world: World) -> None:
    viewing = await world.approved(span=(3, 5))
    _, answer = await world.ask(viewing)
    key = world.enrol["request_jwk"]
    grant = parse_grant(open_jws(answer["grant"], GRANT_TYP, thumbprint(key), load_jwk(key)))
    assert (grant.viewing, grant.span) == (viewing, Span(world.film.id, 3, 5))
    left = grant.expires - datetime.now(UTC)
    assert timedelta(hours=3, minutes=59) < left <= timedelta(hours=4)


async def test_a_grant_ends_with_the_approval(world: World) -> None:
    viewing = await world.approved(life=timedelta(minutes=20))
    _, answer = await world.ask(viewing)
    key = world.enrol["request_jwk"]
    grant = parse_grant(open_jws(answer["grant"], GRANT_TYP, thumbprint(key), load_jwk(key)))
    assert grant.expires - datetime.now(UTC) <= timedelta(minutes=20)


async def test_every_release_is_an_entry_of_its_own(world: World) -> None:
    viewing = await world.approved()
    answers = [await world.ask(viewing) for _ in range(2)]
    assert [status for status, _ in answers] == [200, 200]
    nonces = [core["nonce"] for kind, core, _ in world.county.posted if kind == RELEASED]
    assert len(set(nonces)) == 2
    assert answers[0][1]["release"]["leaf"] != answers[1][1]["release"]["leaf"]


async def test_registration_through_the_room_opens_the_road_too(world: World) -> None:
    newcomer = person()
    await world.register(newcomer, ["viewer"])
    viewing = await world.approved(viewer=newcomer)
    status, answer = await world.ask(viewing, holder=newcomer)
    assert status == 200
    assert world.opened(answer, holder=newcomer) == world.film.share


# Without the security key no picture


async def test_without_the_security_key_the_answer_is_of_no_use(world: World) -> None:
    viewing = await world.approved()
    _, answer = await world.ask(viewing)
    for private in (world.stranger.viewer_private_key, ec.generate_private_key(ec.SECP256R1())):
        with pytest.raises(DataError, match="envelope"):
            release_open(
                unb64u(answer["release"]["shares"][0]["sealed"]),
                UUID(world.film.id),
                unb64u(answer["release"]["leaf"]),
                private,
            )


async def test_the_answer_opens_for_no_other_entry_and_no_other_recording(world: World) -> None:
    viewing = await world.approved()
    _, answer = await world.ask(viewing)
    sealed, leaf = unb64u(answer["release"]["shares"][0]["sealed"]), unb64u(answer["release"]["leaf"])
    key = world.viewer.viewer_private_key
    for id_, other in ((UUID(world.film.id), world.county.ledger.entries[0].leaf), (UUID(new_id()), leaf)):
        with pytest.raises(DataError, match="envelope"):
            release_open(sealed, id_, other, key)


async def test_an_ask_signed_by_somebody_else_is_refused(world: World) -> None:
    viewing = await world.approved()
    refused(await world.ask(viewing, holder=world.stranger), "credential-unknown")
    refused(await world.ask(viewing, holder=world.approver), "role")
    other = person()
    await world.register(other, ["viewer"])
    refused(await world.ask(viewing, holder=other), "not-the-viewer")


async def test_another_security_key_of_the_same_viewer_is_not_the_one_named(world: World) -> None:
    viewing = await world.approved()
    second = Holder.new(world.viewer.person, world.viewer.rp_id, world.viewer.origin)
    await world.register(second, ["viewer"])
    refused(await world.ask(viewing, holder=second), "viewer-key")


async def test_an_ask_is_bound_to_viewing_recording_and_time_and_taken_once(world: World) -> None:
    viewing, other = await world.approved(), await world.approved()
    now = datetime.now(UTC)
    body = world.viewer.release_ask(viewing, world.film.id, now)
    refused(await world.post(f"/api/viewings/{other}/release", body), "assertion")
    for change in ({"at_ms": body["at_ms"] + 1},):
        refused(await world.post(f"/api/viewings/{viewing}/release", body | change), "assertion")
    status, _ = await world.post(f"/api/viewings/{viewing}/release", body)
    assert status == 200
    refused(await world.post(f"/api/viewings/{viewing}/release", body), "sign-count")


async def test_an_ask_by_a_key_without_a_counter_is_taken_once_too(world: World) -> None:
    viewing = await world.approved()
    body = world.viewer.release_ask(viewing, world.film.id, datetime.now(UTC))
    assert (await world.post(f"/api/viewings/{viewing}/release", body))[0] == 200
    world.keyholder.local._db.execute("DELETE FROM counts")  # as if counters were not there
    world.keyholder.state[1]._db.execute("DELETE FROM evidence")
    refused(await world.post(f"/api/viewings/{viewing}/release", body), "taken")


@pytest.mark.parametrize("seconds", [-61, 61])
async def test_an_ask_a_minute_off_is_refused(world: World, seconds: int) -> None:
    viewing, now = await world.approved(), datetime.now(UTC)
    world.keyholder.parts.releases._clock = lambda: now
    body = world.viewer.release_ask(viewing, world.film.id, now + timedelta(seconds=seconds))
    refused(await world.post(f"/api/viewings/{viewing}/release", body), "ask-time")


# Without the entry no key


async def test_without_any_entry_no_key(world: World) -> None:
    viewing = await world.approved()
    impatient(world)
    world.county.instead = lambda kind, core: []
    refused(await world.ask(viewing), "release-timeout")


async def test_with_the_server_away_no_key(world: World) -> None:
    viewing = await world.approved()
    world.county.away = True
    refused(await world.ask(viewing), "server-away")


async def test_an_entry_that_no_checkpoint_covers_is_no_entry(world: World) -> None:
    viewing = await world.approved()
    impatient(world)
    world.county.publishing = False
    refused(await world.ask(viewing), "release-timeout")


async def test_a_checkpoint_that_nobody_cosigned_covers_nothing(world: World) -> None:
    """The entry is in a tree that the ledger signed and that was even read; it is published without
    cosignature."""
    viewing = await world.approved()
    impatient(world)
    county = world.county

    async def only_signed() -> None:
        await asyncio.sleep(0.1)
        county.ledger.note = county.ledger.checkpoint()

    county.publishing = False
    publishing = asyncio.create_task(only_signed())
    refused(await world.ask(viewing), "release-timeout")
    await publishing
    assert world.keyholder.parts.follower.published < len(county.ledger.entries)


async def test_cosigned_here_but_not_published_is_not_yet_cosigned(world: World) -> None:
    """The demanded cosignatures are looked for on the published note, not supposed."""
    viewing = await world.approved()
    impatient(world)
    before = world.county.ledger.note
    publish = world.county.publish

    async def unpublished() -> Any:
        outcome = await publish()
        world.county.ledger.note = before
        return outcome

    world.county.publish = unpublished  # type: ignore[method-assign]
    refused(await world.ask(viewing), "release-timeout")
    assert world.keyholder.state[0].frontier().size == len(world.county.ledger.entries)


CHANGES: dict[str, tuple[Core, str]] = {
    "another nonce": ({"nonce": b64u(bytes(32))}, "release-timeout"),
    "another viewing": ({"viewing": new_id()}, "release-differs"),
    "another recording": ({"recording": new_id()}, "release-differs"),
    "other segments": ({"to": 2}, "release-differs"),
    "a later expiry": ({"expires": "2099-01-01T00:00:00.000Z"}, "release-differs"),
    "one field more": ({"more": 1}, "release-differs"),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_a_release_entry_that_says_something_else(world: World, name: str) -> None:
    changed, code = CHANGES[name]
    viewing = await world.approved()
    if code == "release-timeout":
        impatient(world)
    world.county.instead = lambda kind, core: [(kind, core | changed)]
    refused(await world.ask(viewing), code)


async def test_a_release_entry_with_the_right_nonce_but_another_viewer_key(world: World) -> None:
    viewing = await world.approved()
    stolen = thumbprint(world.stranger.viewer_private_key.public_key())
    world.county.instead = lambda kind, core: [(kind, core | {"viewer_key": stolen}), (kind, core)]
    refused(await world.ask(viewing), "release-differs")


@pytest.mark.parametrize("nonce", [None, [], {}, 1, ""])
async def test_a_release_entry_whose_nonce_is_none_stops_nothing(world: World, nonce: Any) -> None:
    """It lies before the right one; the reading goes on, and the right one counts."""
    viewing = await world.approved()
    world.county.instead = lambda kind, core: [(kind, core | {"nonce": nonce}), (kind, core)]
    assert (await world.ask(viewing))[0] == 200


async def test_a_release_entry_of_another_bureau_or_kind(world: World) -> None:
    viewing = await world.approved()
    impatient(world)
    world.county.instead = lambda kind, core: [("access-logged/1", core)]
    refused(await world.ask(viewing), "release-timeout")
    impatient(world, 60)  # no more

    async def elsewhere(kind: str, core: Core, personal: Any) -> int:
        return await world.county.commit(kind, core, bureau="other")

    world.county.post = elsewhere  # type: ignore[method-assign]
    refused(await world.ask(viewing), "release-differs")


async def test_an_old_nonce_is_forgotten(world: World) -> None:
    """The entry comes, right in every field, but after the nonce's time: nobody gets anything for it."""
    viewing = await world.approved()
    impatient(world, 0.2)
    kept = keep_back(world)
    refused(await world.ask(viewing), "release-timeout")
    world.county.instead = None
    await world.county.commit(RELEASED, kept[0])
    assert not world.keyholder.parts.releases.waiting
    impatient(world)
    world.county.instead = lambda kind, core: [(RELEASED, kept[0])]  # and it serves no later ask
    refused(await world.ask(viewing), "release-timeout")


async def test_a_minute_by_the_monotonic_clock_bounds_a_release(world: World) -> None:
    """A process that slept (suspended machine) does not take up a release where it left it."""
    viewing = await world.approved()
    releases = world.keyholder.parts.releases
    clock = releases._monotonic()
    releases._monotonic = lambda: clock

    def late(kind: str, core: Core) -> list[tuple[str, Core]]:
        releases._monotonic = lambda: clock + 61
        return [(kind, core)]

    world.county.instead = late
    refused(await world.ask(viewing), "release-timeout")


async def test_after_a_restart_an_earlier_release_gives_nothing(world: World) -> None:
    viewing = await world.approved()
    kept = keep_back(world)
    impatient(world, 0.2)
    refused(await world.ask(viewing), "release-timeout")
    await world.stop()
    world.county.instead = None
    await world.start()
    await world.county.commit(RELEASED, kept[0])
    status, answer = await world.ask(viewing)  # a fresh ask has a fresh entry
    assert status == 200
    assert answer["release"]["leaf"] != b64u(world.county.ledger.entries[-2].leaf)


# The ledger itself


async def test_entries_served_differently_from_the_tree_are_not_believed(world: World) -> None:
    """The tree holds a harmless entry; the keyholder is served a forged registration in its place."""
    thief = person()
    core = strictjson.dumps(registration_core(thief, ["viewer"], world.admins))
    index = len(world.county.ledger.entries)
    elsewhere = World(world.home.parent / "elsewhere").county.ledger
    elsewhere.commit("credential-registered/1", core)
    world.county.serve = lambda at, entry: elsewhere.entries[0] if at == index else entry
    await world.county.commit("access-logged/1", {"first": 0})
    assert world.county.outcomes[-1].status == 422
    assert world.county.outcomes[-1].code == "entries"
    assert world.keyholder.state[0].frontier().size == index
    refused(await world.sign_in(thief), "credential-unknown")


async def test_a_core_that_is_not_the_leafs_stops_the_reading(world: World) -> None:
    viewing, request = await world.request()
    made = world.approver.decision(request, datetime.now(UTC), approve=False)
    index = len(world.county.ledger.entries)
    turned = strictjson.dumps({"viewing": viewing, **world.approver.decision(request, datetime.now(UTC))})
    world.county.serve = lambda at, e: Entry(e.leaf, turned, e.salt) if at == index else e
    await world.county.commit("viewing-decided/1", {"viewing": viewing, **made})
    assert world.county.outcomes[-1].code == "payload"
    refused(await world.ask(viewing), "not-approved")
    world.county.serve = lambda at, e: e
    await world.county.publish()
    refused(await world.ask(viewing), "refused")


async def test_fewer_entries_than_the_checkpoint_says_are_not_enough(world: World) -> None:
    size = len(world.county.ledger.entries)
    entries = world.county.entries

    async def short(start: int, count: int) -> list[Entry]:
        return [] if start >= size else await entries(start, count)

    world.county.entries = short  # type: ignore[method-assign]
    await world.county.commit("access-logged/1", {"first": 0})
    assert (world.county.outcomes[-1].status, world.county.outcomes[-1].code) == (503, "entries-missing")
    assert world.keyholder.state[0].frontier().size == size


async def test_a_forked_ledger_is_not_cosigned_and_not_believed(world: World) -> None:
    """Two histories from one size: the second one is neither cosigned nor read."""
    county = world.county
    old = county.ledger
    fork = World(world.home.parent / "elsewhere").county.ledger
    fork.signer = old.signer
    for entry in old.entries[:-1]:
        fork.append(entry)
    fork.commit("access-logged/1", {"first": 1})
    fork.commit("access-logged/1", {"first": 2})
    fork.cosigned = old.cosigned
    county.ledger = fork
    await county.publish()
    assert (county.outcomes[-1].status, county.outcomes[-1].code) == (422, "consistency")
    fork.entries.pop()
    note = fork.checkpoint(len(old.entries))
    outcome = await county.cosign(fork.request(note, len(old.entries)))  # type: ignore[misc]
    assert (outcome.status, outcome.code) == (409, "fork")
    assert world.keyholder.state[0].frontier().size == len(old.entries)


async def test_a_ledger_that_was_rolled_back_is_refused(world: World) -> None:
    """An older copy of the database, grown on differently: a decision is gone. No cosignature, no key."""
    viewing = await world.approved()
    county = world.county
    back = World(world.home.parent / "elsewhere").county.ledger
    back.signer = county.ledger.signer
    for entry in county.ledger.entries[:-2]:
        back.append(entry)
    back.cosigned = len(back.entries)
    size = len(county.ledger.entries)
    county.ledger = back
    impatient(world)
    refused(await world.ask(viewing), "release-timeout")
    assert county.outcomes[-1].status == 409
    assert county.outcomes[-1].body == f"{size}\n".encode()
    assert world.keyholder.state[0].frontier().size == size


async def test_a_consistent_looking_proof_without_the_entries_is_not_cosigned(world: World) -> None:
    """Proof and signature are in order (a plain witness would cosign), but what is served is not the tree."""
    world.county.serve = lambda at, entry: Entry(entry.leaf + b" ", entry.core, entry.salt)
    await world.county.commit("access-logged/1", {"first": 0})
    assert world.county.outcomes[-1].code == "entries"


async def test_a_checkpoint_signed_by_another_key_is_refused(world: World) -> None:
    other = World(world.home.parent / "elsewhere").county.ledger
    for entry in world.county.ledger.entries:
        other.append(entry)
    other.commit("access-logged/1", {"first": 0})
    body = other.request(other.checkpoint(), world.county.ledger.cosigned)
    outcome = await world.county.cosign(body)  # type: ignore[misc]
    assert (outcome.status, outcome.code) == (403, "note-signature")
