"""Reading the ledger: pages, restarts, entries that do not count, and what stays when reading fails."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from support.keyholder_world import World, person
from zhilu import ending
from zhilu.errors import WorldError
from zhilu.keyholder.believed import Credential
from zhilu.keyholder.county import Entry
from zhilu.keyholder.state import SCHEMA, connect, open_state
from zhilu.sealed.keys import SoftSigner
from zhilu.softkey.ceremonies import registration_core
from zhilu.tlog.cosign import cosign
from zhilu.tlog.note import Note


async def test_pages_of_any_size_lead_to_the_same_state(world: World) -> None:
    follower, county = world.keyholder.parts.follower, world.county
    for size in (1, 2, 7):
        follower.page = size
        for number in range(10):
            county.ledger.commit("access-logged/1", {"first": number})
        await county.publish()
        assert county.outcomes[-1].status == 200
    frontier = world.keyholder.state[0].frontier()
    assert (frontier.size, frontier.root()) == (len(county.ledger.entries), county.ledger.hashes_root())


async def test_pages_that_are_too_long_are_asked_for_in_smaller_ones(world: World) -> None:
    entries, asked = world.county.entries, []

    async def limited(start: int, count: int) -> list[Entry]:
        asked.append(count)
        if count > 3:
            raise WorldError("answer-too-long", "The county server's answer is too long.")
        return await entries(start, count)

    world.county.entries = limited  # type: ignore[method-assign]
    for number in range(20):
        world.county.ledger.commit("access-logged/1", {"first": number})
    await world.county.publish()
    assert world.county.outcomes[-1].status == 200
    assert max(asked) == 20
    assert asked[-1] <= 3


async def test_an_entry_that_alone_is_too_long_stops_with_a_reason(world: World) -> None:
    async def never(start: int, count: int) -> list[Entry]:
        raise WorldError("answer-too-long", "The county server's answer is too long.")

    world.county.entries = never  # type: ignore[method-assign]
    await world.county.commit("access-logged/1", {"first": 0})
    assert (world.county.outcomes[-1].status, world.county.outcomes[-1].code) == (503, "answer-too-long")


async def test_a_failure_in_the_middle_leaves_nothing_read(world: World) -> None:
    """A registration is on the first page, the second page fails: the registration is not there either."""
    newcomer, state = person(), world.keyholder.state[0]
    before = state.frontier().to_json()
    world.keyholder.parts.follower.page = 1
    core = registration_core(newcomer, ["viewer"], world.admins)
    world.county.ledger.commit("credential-registered/1", core)
    world.county.ledger.commit("access-logged/1", {"first": 0})
    entries, last = world.county.entries, len(world.county.ledger.entries) - 1

    async def failing(start: int, count: int) -> list[Entry]:
        if start == last:
            raise WorldError("server-away", "x")
        return await entries(start, count)

    world.county.entries = failing  # type: ignore[method-assign]
    await world.county.publish()
    assert world.county.outcomes[-1].status == 503
    assert state.frontier().to_json() == before
    assert state.credential(newcomer.credential) is None
    world.county.entries = entries  # type: ignore[method-assign]
    await world.county.publish()
    assert state.credential(newcomer.credential) is not None


async def test_readers_see_nothing_of_a_reading_that_has_not_ended(world: World) -> None:
    newcomer, (reader, writer) = person(), world.keyholder.state
    with writer.transaction():
        writer.add_credential(Credential(newcomer.credential, "p", b"k", b"v", ("viewer",)), 1)
        assert writer.credential(newcomer.credential) is not None
        assert reader.credential(newcomer.credential) is None
    assert reader.credential(newcomer.credential) is not None


@pytest.mark.parametrize("raw", [b"{}", b"not json", b"\xff", b"[" * 1000, b""])
async def test_a_leaf_that_is_no_leaf_is_passed_by(world: World, raw: bytes) -> None:
    world.county.ledger.append(Entry(raw, b"{}", b"\x00" * 32))
    await world.county.publish()
    assert world.county.outcomes[-1].status == 200
    assert world.keyholder.state[0].ignored()[-1][1] == "?"


async def test_a_core_that_is_no_json_is_passed_by(world: World) -> None:
    await world.county.commit("credential-registered/1", b'{"a":1,"a":2}')  # type: ignore[arg-type]
    assert world.county.outcomes[-1].status == 200
    assert world.keyholder.state[0].ignored()[-1][1:] == ("credential-registered/1", "json")


async def test_entries_of_kinds_that_are_not_ours_are_passed_by_in_silence(world: World) -> None:
    await world.county.commit("act-opened/1", {"act": "x"})
    await world.county.commit("credential-registered/2", registration_core(person(), ["viewer"]))
    assert world.keyholder.state[0].ignored() == []


async def test_an_entry_of_another_bureau_does_not_count(world: World) -> None:
    newcomer = person()
    core = registration_core(newcomer, ["viewer"], world.admins)
    await world.county.commit("credential-registered/1", core, bureau="other")
    assert world.keyholder.state[0].ignored()[-1][1:] == ("credential-registered/1", "bureau")
    assert world.keyholder.state[0].credential(newcomer.credential) is None


async def test_two_assertions_of_one_key_with_one_counter_show_a_copy(world: World) -> None:
    """In the ledger order proves nothing, but a counter that comes twice does."""
    first, second = person(), person()
    admin = world.admins[0]
    count = admin.key.sign_count
    one = registration_core(first, ["viewer"], world.admins)
    admin.key.sign_count = count
    two = registration_core(second, ["viewer"], world.admins)
    await world.county.commit("credential-registered/1", one)
    await world.county.commit("credential-registered/1", two)
    assert world.keyholder.state[0].ignored()[-1][1:] == ("credential-registered/1", "sign-count")
    assert world.keyholder.state[0].credential(second.credential) is None


async def test_the_order_of_entries_need_not_be_the_order_of_signing(world: World) -> None:
    first, second = person(), person()
    early = registration_core(first, ["viewer"], world.admins)
    late = registration_core(second, ["viewer"], world.admins)
    await world.county.commit("credential-registered/1", late)
    await world.county.commit("credential-registered/1", early)
    assert world.keyholder.state[0].ignored() == []


async def test_a_restart_goes_on_where_it_stopped(world: World) -> None:
    viewing = await world.approved()
    asked: list[int] = []
    entries = world.county.entries

    async def noted(start: int, count: int) -> list[Entry]:
        asked.append(start)
        return await entries(start, count)

    size = len(world.county.ledger.entries)
    await world.stop()
    world.county.entries = noted  # type: ignore[method-assign]
    await world.start()
    assert (await world.ask(viewing))[0] == 200
    assert min(asked) == size


async def test_a_keyholder_that_was_away_reads_what_others_cosigned(world: World) -> None:
    """The published checkpoint is ahead of what was read here: it is caught up by looking."""
    state = world.keyholder.state[0]
    county = world.county
    held, county.cosign = county.cosign, None
    newcomer = person()
    county.ledger.commit("credential-registered/1", registration_core(newcomer, ["viewer"], world.admins))
    note = county.ledger.checkpoint()
    witness = world.keyholder.parts.cosigner._witness._signer
    parsed = Note.parse(note)
    county.ledger.note = parsed.add(cosign(parsed.text, witness, 1_790_000_000)).format()
    await world.keyholder.parts.follower.poll()
    assert state.frontier().size == len(county.ledger.entries)
    assert state.credential(newcomer.credential) is not None
    county.cosign = held


async def test_a_disk_that_is_full_is_the_worlds_failure(world: World) -> None:
    writer, county = world.keyholder.state[1], world.county
    pages = writer._db.execute("PRAGMA page_count").fetchone()[0]
    writer._db.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(60):
        recorder = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
        await county.commit("recorder-enrolled/1", {"recorder": recorder.kid, "jwk": recorder.jwk})
    assert (county.outcomes[-1].status, county.outcomes[-1].code) == (503, "state-db")
    writer._db.execute("PRAGMA max_page_count = 100000")
    await county.publish()
    assert county.outcomes[-1].status == 200


def test_a_database_that_cannot_be_opened_is_one_plain_error(tmp_path: Any) -> None:
    with pytest.raises(WorldError, match="state-missing"):
        open_state(tmp_path / "state.db")
    (tmp_path / "state.db").write_bytes(b"not a database" * 100)
    with pytest.raises(WorldError, match="state-db"):
        connect(tmp_path / "state.db", SCHEMA)
    assert sqlite3.sqlite_version_info > (3, 35)


async def test_a_keyholder_stops_though_a_cancellation_was_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "AGAIN_S", 0.01)
    begun = asyncio.Event()

    async def loses_it() -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        await asyncio.sleep(3600)

    monkeypatch.setattr(world.keyholder, "_follow_own", loses_it)
    following = asyncio.create_task(world.keyholder.follow())
    await begun.wait()
    following.cancel()
    assert await asyncio.wait([following], timeout=60) == ({following}, set())


async def test_a_failure_that_is_no_error_of_ours_ends_the_following(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(world.keyholder, "_follow_own", fails)
    with pytest.raises(ZeroDivisionError):
        await world.keyholder.follow()
