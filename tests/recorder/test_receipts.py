"""Receipts and entries (spec/ledger.md §5) over real TLS: what clears, what changes the duty, what does
neither."""

import dataclasses
import json
import uuid
from uuid import UUID

import pytest

from support.dock_world import code, entries, held_size, receipt, types
from support.recorder_world import World
from zhilu.encoding import unb64u
from zhilu.protocols.docking_messages import EntriesRequest, ReceiptRequest
from zhilu.recorder import dock as dock_module
from zhilu.recorder.logbook import read_lines


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"recorder": "A" * 43}, "receipt-recorder"),
        ({"recording": str(uuid.uuid4())}, "receipt-recording"),
        ({"lines": 1}, "receipt-recording"),
        ({"last": "00" * 32}, "receipt-recording"),
        ({"segments": 99}, "receipt-recording"),
        ({"length": 1}, "receipt-recording"),
    ],
)
async def test_a_receipt_for_something_else_clears_nothing(world, filmed, docked, changed, wanted):
    station, _dock = docked
    await station.open()
    life = filmed.lives[0]
    assert code(await station.http.post("/receipt", content=receipt(world, life, **changed))) == wanted
    assert "cleared" not in types(world)
    assert world.home.recording(life.recording).exists()


async def test_a_receipt_that_is_not_cosigned_clears_nothing(world, filmed, docked):
    station, _dock = docked
    await station.open()
    life = filmed.lives[0]
    index = world.ledger.add("recording-stored/1", world.stored_core(life))
    body = receipt(world, life, index=index, note=world.ledger.note(cosigned=False))
    assert code(await station.http.post("/receipt", content=body)) == "quorum"
    assert "cleared" not in types(world)
    assert code(await station.http.post("/receipt", content=receipt(world, life, index=index))) == ""


async def test_a_receipt_of_another_ledger(world, filmed, docked, tmp_path):
    station, _dock = docked
    await station.open()
    other = World(tmp_path / "other")
    life = filmed.lives[0]
    index = other.ledger.add("recording-stored/1", world.stored_core(life))
    body = ReceiptRequest(other.ledger.prove(index, other.ledger.note()), ()).to_bytes()
    assert code(await station.http.post("/receipt", content=body)) == "note-signature"


async def test_a_receipt_that_does_not_extend_what_was_seen(world, filmed, docked):
    station, _dock = docked
    await station.open()
    life = filmed.lives[0]
    assert (
        code(await station.http.post("/receipt", content=receipt(world, life, consistency=[b"\x00" * 32])))
        == "consistency"
    )
    assert "cleared" not in types(world)


async def test_an_older_checkpoint_is_a_rollback(world, filmed, docked):
    station, _dock = docked
    await station.open()
    life = filmed.lives[0]
    index = world.ledger.add("recording-stored/1", world.stored_core(life))
    old = world.ledger.size
    note = world.ledger.note()
    proof = world.ledger.prove(index, note, old)
    newer = world.ledger.add("recorder-assigned/1", world.assigned_core())
    assert code(await station.http.post("/entries", content=entries(world, [newer]))) == ""
    body = ReceiptRequest(proof, ()).to_bytes()
    assert code(await station.http.post("/receipt", content=body)) == "rollback"


async def test_a_receipt_with_another_payload_or_place(world, filmed, docked):
    station, _dock = docked
    await station.open()
    life = filmed.lives[0]
    index = world.ledger.add("recording-stored/1", world.stored_core(life))
    proof = world.ledger.prove(index, world.ledger.note())
    path = tuple(world.ledger.consistency(held_size(world)))
    for changed, wanted in (
        ({"core": proof.core + b" "}, "payload"),
        ({"salt": bytes(32)}, "payload"),
        ({"index": 0}, "inclusion"),
        ({"leaf": proof.leaf + b" "}, "inclusion"),
        ({"checkpoint": proof.checkpoint.replace(b"julu", b"xulu")}, "note-signature"),
    ):
        body = ReceiptRequest(dataclasses.replace(proof, **changed), path).to_bytes()
        assert code(await station.http.post("/receipt", content=body)) == wanted


async def test_another_kind_of_entry_is_no_receipt(world, filmed, docked):
    station, _dock = docked
    await station.open()
    body = receipt(world, filmed.lives[0], index=world.policy_index)
    assert code(await station.http.post("/receipt", content=body)) == "kind"


async def test_entries_are_taken_all_or_none(world, filmed, docked):
    station, dock = docked
    await station.open()
    before = types(world)
    good = world.ledger.add("policy-set/1", world.policy_core(version=2))
    for bad, wanted in (
        (world.ledger.add("recorder-assigned/1", world.assigned_core(recorder="A" * 43)), "recorder"),
        (world.ledger.add("person-added/1", {"person": "x"}), "kind"),
        (world.ledger.add("recorder-assigned/1", world.assigned_core(credentials=None)), "field"),
        (world.ledger.add("policy-set/1", {"version": 3}), "field"),
    ):
        assert code(await station.http.post("/entries", content=entries(world, [good, bad]))) == wanted
    assert dock._adopted.policy.version == 1
    assert types(world) == before


async def test_entries_must_extend_what_was_seen(world, filmed, docked):
    station, dock = docked
    await station.open()
    before = types(world)
    good = world.ledger.add("policy-set/1", world.policy_core(version=2))
    note = world.ledger.note()
    proofs = (world.ledger.prove(good, note),)
    for path in ((), (bytes(32),)):
        body = EntriesRequest(note, path, proofs).to_bytes()
        assert code(await station.http.post("/entries", content=body)) == "consistency"
    bare = world.ledger.note(cosigned=False)
    path = tuple(world.ledger.consistency(held_size(world)))
    body = EntriesRequest(bare, path, (world.ledger.prove(good, bare),)).to_bytes()
    assert code(await station.http.post("/entries", content=body)) == "quorum"
    older = world.ledger.note(1)
    body = EntriesRequest(older, (), ()).to_bytes()
    assert code(await station.http.post("/entries", content=body)) == "rollback"
    assert dock._adopted.policy.version == 1 and types(world) == before


async def test_older_entries_are_passed_over(world, filmed, docked):
    station, dock = docked
    await station.open()
    older = world.ledger.add("recorder-assigned/1", world.assigned_core(officer=str(UUID(int=1))))
    newer = world.ledger.add("recorder-assigned/1", world.assigned_core(officer=str(UUID(int=2))))
    assert code(await station.http.post("/entries", content=entries(world, [newer]))) == ""
    answer = await station.http.post("/entries", content=entries(world, [older]))
    assert json.loads(answer.content) == {"taken": 0}
    assert dock._adopted.duty.officer == str(UUID(int=2))


@pytest.mark.parametrize("spoiled", [{"officer": "older"}, {"bay": -1}, {"version": -1}, {"version": "1"}])
async def test_an_entry_that_no_line_can_say_is_not_taken(world, filmed, docked, spoiled):
    """The logbook would end with it."""
    station, _dock = docked
    await station.open()
    before = types(world)
    entry = world.ledger.add("recorder-assigned/1", world.assigned_core() | spoiled)
    assert code(await station.http.post("/entries", content=entries(world, [entry]))) == "field"
    assert types(world) == before


async def test_whoever_configures_a_recorder_cannot_make_himself_a_recipient(world, filmed, docked, tmp_path):
    """A policy that the ledger does not hold: of a ledger of his own, or of the right one without its
    path."""
    station, dock = docked
    await station.open()
    his = World(tmp_path / "his")
    his.found()
    mine = his.ledger.add("policy-set/1", his.policy_core(version=9))
    body = EntriesRequest(his.ledger.note(), (), (his.ledger.prove(mine, his.ledger.note()),)).to_bytes()
    assert code(await station.http.post("/entries", content=body)) == "note-signature"
    note = world.ledger.note()
    forged = dataclasses.replace(his.ledger.prove(mine, note), path=world.ledger.prove(1, note).path, index=1)
    body = EntriesRequest(note, tuple(world.ledger.consistency(held_size(world))), (forged,)).to_bytes()
    assert code(await station.http.post("/entries", content=body)) == "inclusion"
    assert dock._adopted.policy.version == 1


def refused(world):
    """What the logbook says was refused: recording and code."""
    said = [json.loads(unb64u(line.split(b".")[1].decode())) for line in read_lines(world.home.logbook)]
    return [(one["id"], one["code"]) for one in said if one["type"] == "clearing-refused"]


async def test_a_refusal_is_signed_each_once_in_a_docking(world, filmed, docked):
    station, _dock = docked
    await station.open()
    life = filmed.lives[0]
    index = world.ledger.add("recording-stored/1", world.stored_core(life))
    waiting = receipt(world, life, index=index, note=world.ledger.note(cosigned=False))
    bad = receipt(world, life, length=1)
    for body in (waiting, bad, bad, bad, b"no json", receipt(world, life, recording=str(uuid.uuid4()))):
        assert code(await station.http.post("/receipt", content=body))
    own, foreign = (str(life.recording), "consistency"), (None, "consistency")
    assert refused(world) == [(str(life.recording), "receipt-recording"), own, (None, "json"), foreign]
    await station.open()
    assert code(await station.http.post("/receipt", content=bad)) == "consistency"
    assert refused(world)[4:] == [own]


async def test_refusals_without_end_are_a_hundred_lines_and_the_last_says_so(
    world, filmed, docked, monkeypatch
):
    monkeypatch.setattr(dock_module, "MOST_REFUSED", 3)
    station, _dock = docked
    await station.open()
    life = filmed.lives[0]
    other = {"recording": str(uuid.uuid4())}
    for changed in ({"length": 1}, {"recorder": "A" * 43}, other, {"last": "00" * 32}):
        assert code(await station.http.post("/receipt", content=receipt(world, life, **changed)))
    assert refused(world)[2:] == [(None, "refusals-many")]
