"""C2SP tlog-witness, both ends: every status, and what a crash between two steps leaves."""

from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from zhilu.errors import CallerError
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.checkpoint import Checkpoint, open_checkpoint
from zhilu.tlog.cosign import CosignatureSigner, cosign
from zhilu.tlog.frontier import MemoryHashes
from zhilu.tlog.merkle import EMPTY_ROOT, MAX_SIZE, consistency_path, leaf_hash, root
from zhilu.tlog.note import MAX_NOTE, Note, NoteError, NoteSigner
from zhilu.tlog.witness import (
    MAX_BODY,
    SIZE_TYPE,
    Outcome,
    Witness,
    add_checkpoint_request,
    read_conflict,
    read_cosignatures,
    requested_origin,
)


def key(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def tree_of(size: int, name: str = "leaf") -> MemoryHashes:
    tree = MemoryHashes()
    for number in range(size):
        tree.append(leaf_hash(b"%s %d" % (name.encode(), number)))
    return tree


ORIGIN = "julu.example/ledger"
LEDGER = NoteSigner(ORIGIN, key(1))
SIGNER = CosignatureSigner("julu.example/keyholder", key(2))
WITNESS = Witness(SIGNER, {ORIGIN: [LEDGER.verifier]})
TREE = tree_of(40)
FORK = tree_of(40, "other")
NOW = 1_700_000_000


def note(size: int, tree: MemoryHashes = TREE, signer: NoteSigner = LEDGER) -> bytes:
    return checkpoints.sign(Checkpoint(signer.name, size, root(size, tree)), signer)


def request(old: int, new: int, tree: MemoryHashes = TREE) -> bytes:
    return add_checkpoint_request(old, consistency_path(old, new, tree), note(new, tree))


def state(size: int, tree: MemoryHashes = TREE) -> tuple[int, bytes]:
    return size, root(size, tree)


def ask(body: bytes, stored: tuple[int, bytes] | None = None) -> Outcome:
    outcome = WITNESS.add_checkpoint(body, stored, NOW)
    assert (outcome.status == 200) == (outcome.state is not None)
    assert "—" not in outcome.body.decode() or outcome.status == 200
    return outcome


def verdict(outcome: Outcome) -> tuple[int, str]:
    return outcome.status, outcome.code


def test_the_first_checkpoint_and_its_successors_are_cosigned() -> None:
    stored: tuple[int, bytes] | None = None
    for old, new in [(0, 0), (0, 1), (1, 1), (1, 7), (7, 8), (8, 40), (40, 40)]:
        outcome = ask(request(old, new), stored)
        assert verdict(outcome) == (200, "ok")
        assert outcome.state == state(new)
        cosigned = read_cosignatures(outcome.body, Note.parse(note(new)), [SIGNER.verifier])
        opened = open_checkpoint(cosigned.format(), LEDGER.verifier, [SIGNER.verifier], 1)
        assert opened.cosignatures == ((SIGNER.name, NOW),)
        stored = outcome.state


def test_the_first_may_have_any_size() -> None:
    assert ask(request(0, 33)).state == state(33)


def test_an_unknown_origin() -> None:
    stranger = NoteSigner("ningjin.example/ledger", key(5))
    body = add_checkpoint_request(0, [], note(3, signer=stranger))
    assert requested_origin(body) == stranger.name
    assert verdict(ask(body)) == (404, "origin")


def test_a_key_that_is_not_trusted_for_the_origin() -> None:
    assert verdict(ask(add_checkpoint_request(0, [], note(3, signer=NoteSigner(ORIGIN, key(9)))))) == (
        403,
        "note-signature",
    )
    altered = request(0, 3).replace(b"\n3\n", b"\n4\n")
    assert verdict(ask(altered)) == (403, "note-signature")


def test_trusted_keys_are_trusted_for_their_own_origin_only() -> None:
    other = NoteSigner("ningjin.example/ledger", key(5))
    both = Witness(SIGNER, {ORIGIN: [LEDGER.verifier], other.name: [other.verifier]})
    text = Checkpoint(ORIGIN, 3, root(3, TREE)).format()
    body = add_checkpoint_request(0, [], Note(text, (other.sign(text),)).format())
    assert both.add_checkpoint(body, None, NOW).status == 403


def test_one_of_two_trusted_keys_is_enough() -> None:
    renewed = NoteSigner(ORIGIN, key(6))
    witness = Witness(SIGNER, {ORIGIN: [LEDGER.verifier, renewed.verifier]})
    body = add_checkpoint_request(0, [], note(3, signer=renewed))
    assert witness.add_checkpoint(body, None, NOW).status == 200


def test_an_old_size_above_the_new_one() -> None:
    assert verdict(ask(add_checkpoint_request(8, [], note(7)), state(8))) == (400, "old-size")


@pytest.mark.parametrize(("old", "known"), [(0, 5), (4, 5), (6, 5), (5, 0)])
def test_an_old_size_that_is_not_the_known_one(old: int, known: int) -> None:
    outcome = ask(request(old, 9), state(known) if known else None)
    assert verdict(outcome) == (409, "stale")
    assert outcome.content_type == SIZE_TYPE
    assert outcome.body == b"%d\n" % known
    assert read_conflict(outcome.body) == known


def test_another_root_at_the_known_size_is_a_fork() -> None:
    outcome = ask(request(5, 5, FORK), state(5))
    assert verdict(outcome) == (409, "fork")
    assert outcome.content_type != SIZE_TYPE


def test_a_history_that_does_not_extend_the_known_one() -> None:
    assert verdict(ask(request(5, 9, FORK), state(5))) == (422, "consistency")
    spliced = add_checkpoint_request(5, consistency_path(5, 9, TREE), note(9, FORK))
    assert verdict(ask(spliced, state(5))) == (422, "consistency")


def test_a_path_that_is_too_short_or_too_long() -> None:
    path = consistency_path(5, 9, TREE)
    bad: list[Sequence[bytes]] = [[], path[:-1], path[1:], [*path, path[0]], path[::-1], [bytes(32)] * 63]
    for attempt in bad:
        assert verdict(ask(add_checkpoint_request(5, attempt, note(9)), state(5))) == (422, "consistency")


def test_a_path_where_there_can_be_none() -> None:
    assert verdict(ask(add_checkpoint_request(0, [bytes(32)], note(9)))) == (422, "consistency")
    assert verdict(ask(add_checkpoint_request(9, [bytes(32)], note(9)), state(9))) == (422, "consistency")


GOOD = request(5, 9)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        GOOD[1:],
        GOOD.replace(b"old 5", b"old 05"),
        GOOD.replace(b"old 5", b"old -5"),
        GOOD.replace(b"old 5", b"old  5"),
        GOOD.replace(b"old 5", b"Old 5"),
        GOOD.replace(b"old 5", b"old 5 "),
        GOOD.replace(b"old 5", b"old 5\r"),
        GOOD.replace(b"old 5", b"old"),
        GOOD.replace(b"old 5", b"old " + b"9" * 19),
        GOOD.replace(b"=\n", b"\n", 1),
        GOOD.replace(b"=\n", b"=", 1),
        GOOD.replace(b"\n", b"\nAAAA\n", 1),
        GOOD.replace(b"\n", b"\n\xff\n", 1),
        GOOD.replace(b"old 5\n", b"old 5\n\n", 1),
        GOOD.replace(b"\n\n", b"\n", 1),
        GOOD[:-1],
        GOOD + b"\n",
        add_checkpoint_request(5, [bytes(32)] * 64, note(9)),
        add_checkpoint_request(5, [], b""),
        add_checkpoint_request(
            5, [], b"not a checkpoint\n\n" + LEDGER.sign("not a checkpoint\n").line().encode()
        ),
        b"x" * (MAX_BODY + 1),
    ],
)
def test_a_body_of_another_form(body: bytes) -> None:
    assert verdict(ask(body, state(5))) == (400, "malformed")
    assert requested_origin(body) is None


def test_no_truncation_is_cosigned() -> None:
    for length in range(len(GOOD)):
        assert ask(GOOD[:length], state(5)).status == 400


def test_no_single_altered_byte_is_cosigned_as_something_else() -> None:
    for at in range(len(GOOD)):
        body = GOOD[:at] + bytes([GOOD[at] ^ 1]) + GOOD[at + 1 :]
        assert ask(body, state(5)).status != 200


def test_a_crash_before_the_state_is_stored_changes_nothing() -> None:
    lost = ask(request(5, 9), state(5))
    again = ask(request(5, 9), state(5))
    assert lost.state == again.state == state(9)


def test_a_crash_after_the_state_is_stored_is_healed_by_asking_again() -> None:
    lost = ask(request(5, 9), state(5))
    conflict = ask(request(5, 9), lost.state)
    assert verdict(conflict) == (409, "stale")
    known = read_conflict(conflict.body)
    assert ask(request(known, 9), lost.state).status == 200


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), max_size=30))
def test_whatever_is_asked_one_history_is_cosigned(requests: list[tuple[int, int, bool]]) -> None:
    """The states form one growing history of one tree, or of the other; never of both."""
    stored: tuple[int, bytes] | None = None
    history: list[tuple[int, bytes]] = []
    for old, new, forked in requests:
        tree = FORK if forked else TREE
        if old <= new:
            outcome = ask(request(old, new, tree), stored)
            if outcome.state is not None:
                history.append(outcome.state)
                stored = outcome.state
    assert [size for size, _ in history] == sorted(size for size, _ in history)
    real = [entry for entry in history if entry[0]]
    assert all(entry == state(entry[0], TREE) for entry in real) or all(
        entry == state(entry[0], FORK) for entry in real
    )
    assert all(value == EMPTY_ROOT for size, value in history if size == 0)


def test_a_witness_needs_a_key_of_its_own() -> None:
    with pytest.raises(CallerError):
        Witness(CosignatureSigner("w.example", key(1)), {ORIGIN: [LEDGER.verifier]})


def test_the_ledger_takes_only_what_verifies() -> None:
    signed = Note.parse(note(9))
    genuine = cosign(signed.text, SIGNER, NOW)
    stranger = cosign(signed.text, CosignatureSigner("w.example", key(7)), NOW)
    of_other = cosign(Note.parse(note(8)).text, SIGNER, NOW)
    pinned = [SIGNER.verifier]
    taken = read_cosignatures((stranger.line() + genuine.line()).encode(), signed, pinned)
    assert taken.signatures == (*signed.signatures, genuine)
    renewed = read_cosignatures(cosign(signed.text, SIGNER, NOW + 1).line().encode(), taken, pinned)
    assert len(renewed.signatures) == 2
    for body in [
        b"",
        b"\n",
        stranger.line().encode(),
        of_other.line().encode(),
        (genuine.line() + of_other.line()).encode(),
        (genuine.line() * 2).encode(),
        genuine.line().encode()[:-1],
        genuine.line().encode() + b"more",
        genuine.line().replace("\n", "\r\n").encode(),
        b"\xff\n",
        stranger.line().encode() * (MAX_NOTE // 100) + genuine.line().encode(),
    ]:
        with pytest.raises(NoteError):
            read_cosignatures(body, signed, pinned)


@pytest.mark.parametrize(
    "body", [b"", b"5", b"05\n", b"-1\n", b"5\n\n", b"5\r\n", b"9" * 19 + b"\n", b"9" * 99 + b"\n"]
)
def test_an_answer_that_is_no_size(body: bytes) -> None:
    with pytest.raises(NoteError):
        read_conflict(body)


def test_the_largest_size_is_read() -> None:
    assert read_conflict(b"9223372036854775807\n") == MAX_SIZE
    with pytest.raises(NoteError):
        read_conflict(b"9223372036854775808\n")
