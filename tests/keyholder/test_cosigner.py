"""`POST /add-checkpoint`: the answers of tlog-witness; what was read is durable before it is cosigned."""

from __future__ import annotations

import pytest

from support.fake_county import Ledger
from support.keyholder_world import World
from zhilu.errors import DataError
from zhilu.keyholder import contradictions
from zhilu.keyholder.state import SCHEMA, State, connect
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.cosign import CosignatureVerifier
from zhilu.tlog.note import Note
from zhilu.tlog.witness import SIZE_TYPE, add_checkpoint_request, read_cosignatures


async def offer(world: World, body: bytes, **headers: str) -> tuple[int, str, bytes]:
    async with world.client.post("/add-checkpoint", data=body, headers=headers) as answer:
        return answer.status, answer.headers["Content-Type"], await answer.read()


def next_request(world: World) -> tuple[bytes, bytes]:
    """(body, note) of a checkpoint with one entry more."""
    ledger = world.county.ledger
    ledger.commit("access-logged/1", {"first": 0})
    note = ledger.checkpoint()
    return ledger.request(note, ledger.cosigned), note


async def test_a_cosignature_over_http_by_any_name_of_ours(world: World) -> None:
    body, note = next_request(world)
    status, _, answer = await offer(world, body, Host="10.1.2.3:8610")
    assert status == 200
    cosigner = CosignatureVerifier.from_vkey(world.enrol["cosigner"])
    assert len(read_cosignatures(answer, Note.parse(note), [cosigner]).signatures) == 2


async def test_the_state_is_on_the_disk_when_the_cosignature_leaves(world: World) -> None:
    body, _ = next_request(world)
    assert (await offer(world, body))[0] == 200
    other = State(connect(world.home / "state.db", SCHEMA))
    assert other.frontier().size == len(world.county.ledger.entries)
    assert other.frontier().root() == world.county.ledger.hashes_root()
    other.close()


async def test_nothing_is_cosigned_when_the_state_cannot_be_written(world: World) -> None:
    body, _ = next_request(world)
    world.keyholder.state[1]._db.execute("PRAGMA query_only = ON")
    status, _, answer = await offer(world, body)
    assert status >= 500
    assert b"\xe2\x80\x94" not in answer  # no signature line
    world.keyholder.state[1]._db.execute("PRAGMA query_only = OFF")
    assert (await offer(world, body))[0] == 200


async def test_another_old_size_is_told_the_size_that_is_known(world: World) -> None:
    _, note = next_request(world)
    known = world.county.ledger.cosigned
    status, kind, answer = await offer(world, world.county.ledger.request(note, known - 1))
    assert (status, kind, answer) == (409, SIZE_TYPE, f"{known}\n".encode())


async def test_the_same_checkpoint_again_is_cosigned_again(world: World) -> None:
    body, note = next_request(world)
    assert (await offer(world, body))[0] == 200
    assert (await offer(world, body))[0] == 409  # the old size has moved
    again = world.county.ledger.request(note, len(world.county.ledger.entries))
    assert (await offer(world, again))[0] == 200


async def test_what_is_no_checkpoint_is_refused(world: World) -> None:
    for body in (b"", b"x", b"old 1\n\nx\n", b"\xff" * 100):
        assert (await offer(world, body))[0] == 400
    assert (await offer(world, b"x" * 100_000))[0] == 413


async def test_a_checkpoint_of_another_ledger_is_not_known(world: World) -> None:
    other = Ledger("other.localhost/ledger", "other")
    other.commit("access-logged/1", {"first": 0})
    assert (await offer(world, other.request(other.checkpoint(), 0)))[0] == 404


async def test_contradictions_are_kept(world: World) -> None:
    ledger = world.county.ledger
    note = ledger.checkpoint(root_=b"\x01" * 32)
    body = ledger.request(note, ledger.cosigned)
    assert (await offer(world, body))[0] == 409
    (kept,) = (world.home / "contradictions").iterdir()
    assert kept.read_bytes() == body
    assert kept.name.endswith(".fork")


def kept(world: World) -> set[bytes]:
    folder = world.home / "contradictions"
    return {path.read_bytes() for path in folder.iterdir()} if folder.exists() else set()


async def test_a_published_note_with_a_path_that_is_none_takes_no_place(world: World) -> None:
    """Everybody has the note, and any path can be put to it: it contradicts nothing."""
    ledger = world.county.ledger
    body, note = next_request(world)
    assert (await offer(world, body))[0] == 200
    size = len(ledger.entries)
    for n in range(3):
        junk = add_checkpoint_request(size, [n.to_bytes(32, "big")], note)
        assert (await offer(world, junk))[0] == 422
    assert kept(world) == set()


async def test_forks_have_a_place_that_nothing_else_fills(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keyholder that is behind: of notes that it has not read to, anybody can claim what he likes."""
    monkeypatch.setattr(contradictions, "MAX_KEPT", 2)
    ledger = world.county.ledger
    old = ledger.cosigned
    ahead = [next_request(world)[1] for _ in range(3)]
    junk = [add_checkpoint_request(old, [n.to_bytes(32, "big")], note) for note in ahead for n in range(2)]
    for one in junk:
        assert (await offer(world, one))[0] == 422
    assert kept(world) == {junk[0], junk[2]}, "each checkpoint once"
    forks = [ledger.request(ledger.checkpoint(root_=bytes([n]) * 32, size=old), old) for n in (1, 2, 3)]
    for one in forks:
        assert (await offer(world, one))[0] == 409
    assert kept(world) == {junk[0], junk[2], *forks[:2]}


async def test_a_claim_is_settled_when_the_reading_has_come_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contradictions, "MAX_KEPT", 2)
    ledger = world.county.ledger
    old, path = ledger.cosigned, [bytes(32)]
    true = add_checkpoint_request(old, path, next_request(world)[1])
    false = add_checkpoint_request(old, path, ledger.checkpoint(root_=b"\x01" * 32))
    for one in (true, false):
        assert (await offer(world, one))[0] == 422
    assert kept(world) == {true, false}
    assert (await offer(world, ledger.request(ledger.checkpoint(), old)))[0] == 200
    size = len(ledger.entries)
    ledger.commit("access-logged/1", {"first": 0})
    third = add_checkpoint_request(size, path, ledger.checkpoint())
    assert (await offer(world, third))[0] == 422
    assert kept(world) == {false, third}, "one was true, and the other is a fork now"
    assert [path.read_bytes() for path in (world.home / "contradictions").glob("*.fork")] == [false]


async def test_a_fork_before_the_newest_checkpoint_is_kept_too(world: World) -> None:
    ledger = world.county.ledger
    old = ledger.cosigned
    assert (await offer(world, next_request(world)[0]))[0] == 200
    fork = ledger.request(ledger.checkpoint(root_=b"\x01" * 32, size=old), old)
    assert (await offer(world, fork))[0] == 409
    assert kept(world) == {fork}


async def test_a_size_that_no_entry_can_say_is_not_read(world: World) -> None:
    with pytest.raises(DataError) as error:
        await world.keyholder.parts.follower.advance(
            Checkpoint(world.county.ledger.origin, 2**53, b"\x01" * 32)
        )
    assert error.value.code == "checkpoint"


async def test_after_a_restart_the_cosigner_knows_what_it_cosigned(world: World) -> None:
    size = world.county.ledger.cosigned
    await world.stop()
    await world.start()
    body, note = next_request(world)
    status, _, answer = await offer(world, world.county.ledger.request(note, 0))
    assert (status, answer) == (409, f"{size}\n".encode())
    assert (await offer(world, body))[0] == 200
