"""G6, the recording: first lines and envelopes that belong elsewhere, recorders that nobody enrolled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from support.hostile import (
    ignored,
    refused,
)
from support.keyholder_world import BUREAU, Film, World, new_id
from zhilu.protocols.viewing import Span
from zhilu.sealed.keys import SoftSigner, point_bytes


async def test_the_road_is_open(world: World) -> None:
    """So that no refusal below stands for a road that never worked."""
    status, answer = await world.ask(await world.approved())
    assert status == 200, answer
    assert world.opened(answer) == world.film.share
    assert ignored(world) == []


# The recording


async def test_the_first_line_of_another_recording(world: World) -> None:
    other = await world.store(Film(world))
    viewing = await world.approved()
    world.county.open_lines[world.film.id] = other.open_line()
    refused(await world.ask(viewing), "open-line")


async def test_a_first_line_signed_by_a_recorder_that_is_not_the_recordings(world: World) -> None:
    viewing = await world.approved()
    stranger = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
    world.film.recorder = stranger
    world.county.open_lines[world.film.id] = world.film.open_line()
    refused(await world.ask(viewing), "foreign-kid")
    # Even enrolled by the web process, it is not the recorder that the stored recording names.
    core = {"recorder": stranger.kid, "jwk": stranger.jwk, "serial": "X", "counter_kind": "file"}
    await world.county.commit("recorder-enrolled/1", core)
    refused(await world.ask(viewing), "foreign-kid")


async def test_a_recording_of_a_recorder_that_is_not_enrolled(world: World) -> None:
    stranger = Film(world, SoftSigner(ec.generate_private_key(ec.SECP256R1())))
    await world.store(stranger)
    assert ignored(world) == [("recording-stored/1", "recorder-unknown")]
    body = world.viewer.request(new_id(), BUREAU, [Span(stranger.id, 0, 9)], "r", datetime.now(UTC))
    refused(await world.post("/api/viewings", body), "recording-unknown")


async def test_a_recorders_key_cannot_be_exchanged(world: World) -> None:
    thief = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
    for code, kid in (("recorder", world.recorder.kid), ("recorder-known", None)):
        jwk = thief.jwk if kid else world.recorder.jwk
        core = {"recorder": kid or world.recorder.kid, "jwk": jwk, "serial": "X", "counter_kind": "file"}
        await world.county.commit("recorder-enrolled/1", core)
        assert ignored(world)[-1] == ("recorder-enrolled/1", code)


async def test_a_recording_is_stored_once(world: World) -> None:
    other = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
    core = {"recorder": other.kid, "jwk": other.jwk, "serial": "X", "counter_kind": "file"}
    await world.county.commit("recorder-enrolled/1", core)
    await world.county.commit("recording-stored/1", Film(world, other, world.film.id).core())
    assert ignored(world) == [("recording-stored/1", "recording-known")]


async def test_another_kind_of_line_is_not_the_first_line(world: World) -> None:
    viewing = await world.approved()
    world.county.open_lines[world.film.id] = world.film.open_line("mark")
    refused(await world.ask(viewing), "open-line")


async def test_an_envelope_of_another_recording(world: World) -> None:
    """The thief enrols a recorder of his own and puts the envelope he wants opened into a recording of
    his."""
    thief = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
    core = {"recorder": thief.kid, "jwk": thief.jwk, "serial": "X", "counter_kind": "file"}
    await world.county.commit("recorder-enrolled/1", core)
    bait = await world.store(Film(world, thief))
    viewing = await world.approved(bait)
    assert world.opened((await world.ask(viewing, bait))[1], bait) == bait.share  # the bait works,
    stolen = world.film.fields["shares"]
    world.county.open_lines[bait.id] = bait.open_line(shares=stolen)  # but another's envelope does not
    refused(await world.ask(viewing, bait), "envelope")


async def test_an_envelope_whose_share_is_not_the_signed_one(world: World) -> None:
    viewing = await world.approved()
    shares = [{**world.film.fields["shares"][0], "hash": "0" * 64}]
    world.county.open_lines[world.film.id] = world.film.open_line(shares=shares)
    refused(await world.ask(viewing), "share-hash")


@pytest.mark.parametrize(
    "shares", [[], [1], [{"hash": "x"}], [{"hash": "0" * 64, "envelopes": [{"to": 1, "sealed": "x"}]}], {}]
)
async def test_a_first_line_of_a_wrong_form(world: World, shares: Any) -> None:
    viewing = await world.approved()
    world.county.open_lines[world.film.id] = world.film.open_line(shares=shares)
    status, body = await world.ask(viewing)
    assert status in (400, 403), body
    assert body["error"] in ("field", "json", "not-a-recipient")


async def test_the_keyholder_seals_to_the_registered_key_only(world: World) -> None:
    """The key comes out of the witnessed registration: what is sealed opens with that point's private
    half."""
    viewing = await world.approved()
    _, answer = await world.ask(viewing)
    credential = world.keyholder.state[0].credential(world.viewer.credential)
    assert credential is not None
    assert credential.viewer_key == point_bytes(world.viewer.viewer_private_key.public_key())
    assert world.opened(answer) == world.film.share
