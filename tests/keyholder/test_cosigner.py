"""`POST /add-checkpoint`: the answers of tlog-witness; what was read is durable before it is cosigned."""

from __future__ import annotations

from support.fake_county import Ledger
from support.keyholder_world import World
from zhilu.keyholder.state import SCHEMA, State, connect
from zhilu.tlog.cosign import CosignatureVerifier
from zhilu.tlog.note import Note
from zhilu.tlog.witness import SIZE_TYPE, read_cosignatures


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


async def test_after_a_restart_the_cosigner_knows_what_it_cosigned(world: World) -> None:
    size = world.county.ledger.cosigned
    await world.stop()
    await world.start()
    body, note = next_request(world)
    status, _, answer = await offer(world, world.county.ledger.request(note, 0))
    assert (status, answer) == (409, f"{size}\n".encode())
    assert (await offer(world, body))[0] == 200
