"""What a county hands its city otherwise than it was signed is nothing at all, and is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from support.city_world import BUREAU, CityWorld
from support.following import follow, held, more, refused, set_back
from support.neighbour import Ledger, ed25519, fill
from zhilu.errors import DataError
from zhilu.protocols.federation import Payload
from zhilu.server.federation.events import BureauContradicted
from zhilu.server.federation.models import Contradiction, Kept
from zhilu.server.federation.services import rounds
from zhilu.server.ledger.services.commit import commit
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.checkpoint import Checkpoint as Signed
from zhilu.tlog.cosign import cosign
from zhilu.tlog.note import Note, NoteSigner, Signature
from zhilu.tlog.tiles import parse_path


def no_note(ledger: Ledger) -> None:
    ledger.note = b"no note at all"


def another_key(ledger: Ledger) -> None:
    ledger.signer = NoteSigner(ledger.signer.name, ed25519("nobody's"))
    more(ledger)


def uncosigned(ledger: Ledger) -> None:
    more(ledger)
    ledger.publish(cosigned=False)


def set_back_and_rewritten(ledger: Ledger) -> None:
    ledger.rewrite(7, actor="another")
    ledger.publish(60)


def emptied(ledger: Ledger) -> None:
    ledger.note = None


def rewritten(ledger: Ledger) -> None:
    ledger.rewrite(7, actor="another")
    ledger.publish()


def rewritten_and_longer(ledger: Ledger) -> None:
    ledger.rewrite(7, actor="another")
    more(ledger)


def wrong_tiles(ledger: Ledger) -> None:
    more(ledger)
    real = ledger.tile
    ledger.tile = lambda path: bytes(len(real(path)))  # type: ignore[method-assign]


def short_tiles(ledger: Ledger) -> None:
    more(ledger)
    ledger.tile = lambda path: b"short"  # type: ignore[method-assign]


def dropped(ledger: Ledger) -> None:
    more(ledger)
    ledger.entries_.pop(102)


def reordered(ledger: Ledger) -> None:
    more(ledger)
    ledger.entries_.insert(101, ledger.entries_.pop(103))


def withheld(ledger: Ledger) -> None:
    more(ledger)
    ledger.cut(104)


def edited(ledger: Ledger, index: int = 105, count: int = 10) -> None:
    more(ledger, count)
    entry = ledger.entries_[index]
    core = Payload(entry.core.data.replace(b"false", b"true"), entry.core.salt)
    ledger.entries_[index] = replace(entry, core=core)


def no_leaf(ledger: Ledger) -> None:
    ledger.put(replace(ledger.entries_[0], leaf=b"{}"))
    ledger.publish()


def leaf_of_no_server(ledger: Ledger) -> None:
    more(ledger)
    ledger.rewrite(105, actor="x" * 65)
    ledger.publish()


def leaf_of_the_last_day(ledger: Ledger) -> None:
    more(ledger)
    ledger.rewrite(105, at="9999-12-31T16:00:00.000Z")
    ledger.publish()


def in_anothers_name(ledger: Ledger) -> None:
    ledger.add("department-set/1", {}, bureau="qinghe")
    ledger.publish()


def without_its_name(ledger: Ledger) -> None:
    entry = ledger.add("person-added/1", {"person": "x"}, {"name": "张"})
    ledger.entries_[-1] = replace(entry, personal=None)
    ledger.publish()


def cut_batch(ledger: Ledger) -> None:
    more(ledger)
    ledger.batch = lambda data: data[:-1]


def endless_batch(ledger: Ledger) -> None:
    more(ledger)
    ledger.batch = lambda data: data * 2


def cosigned_in_a_year_of_no_calendar(ledger: Ledger) -> None:
    more(ledger)
    note, time_ = Note.parse(ledger.publish(cosigned=False)), 2**62
    signed = ledger.keyholder._private_key.sign(f"cosignature/v1\ntime {time_}\n{note.text}".encode())
    verifier = ledger.keyholder.verifier
    line = Signature(verifier.name, verifier.key_id, time_.to_bytes(8, "big") + signed)
    ledger.note = note.add(line).format()


@pytest.mark.parametrize(
    ("spoil", "state", "code"),
    [
        (no_note, "refused", "note"),
        (another_key, "refused", "note-signature"),
        (uncosigned, "refused", "quorum"),
        (cosigned_in_a_year_of_no_calendar, "refused", "note-signature"),
        (short_tiles, "refused", "tile"),
        (cut_batch, "refused", "batch"),
        (endless_batch, "refused", "batch"),
        (set_back, "refused", "rollback"),
        (emptied, "refused", "rollback"),
        (set_back_and_rewritten, "contradicts", "fork"),
        (rewritten, "contradicts", "fork"),
        (rewritten_and_longer, "contradicts", "consistency"),
        (wrong_tiles, "contradicts", "consistency"),
        (dropped, "contradicts", "entries-missing"),
        (reordered, "contradicts", "entries"),
        (withheld, "contradicts", "entries-missing"),
        (edited, "contradicts", "payload"),
        (no_leaf, "contradicts", "leaf"),
        (leaf_of_no_server, "contradicts", "leaf"),
        (leaf_of_the_last_day, "contradicts", "leaf"),
        (in_anothers_name, "contradicts", "leaf-bureau"),
        (without_its_name, "contradicts", "personal-missing"),
    ],
)
def test_what_is_not_as_it_was_signed_changes_nothing(
    city: CityWorld, julu: Ledger, spoil: Callable[[Ledger], None], state: str, code: str
) -> None:
    follow(city, julu)
    spoil(julu)
    refused(city, julu, state, code)


@pytest.mark.db
def test_the_first_entry_that_is_not_as_signed_is_named(city: CityWorld, julu: Ledger) -> None:
    follow(city, julu)
    more(julu)
    julu.entries_.insert(103, julu.entries_.pop(108))
    assert refused(city, julu, "contradicts", "entries").index == 103
    julu.entries_.pop(102)
    assert refused(city, julu, "contradicts", "entries-missing").index == 102
    assert [one.index for one in Contradiction.objects.order_by("id")] == [103, 102]


@pytest.mark.db
def test_a_contradiction_is_an_entry_of_the_own_ledger_and_its_bytes_are_kept(
    city: CityWorld, julu: Ledger
) -> None:
    follow(city, julu)
    before = julu.note
    julu.rewrite(7, actor="another")
    after = julu.publish()
    refused(city, julu, "contradicts", "fork")
    found = Contradiction.objects.get()
    assert (found.bureau, found.code, found.stored_size, found.signed_size) == ("julu", "fork", 100, 100)
    kept = Kept.objects.get(contradiction=found.id)
    assert (bytes(kept.stored_note), bytes(kept.note)) == (before, after)
    assert city.alarms() == [("neighbour-contradicts", "julu")]
    refused(city, julu, "contradicts", "fork")
    assert Contradiction.objects.count() == 1, "the same within the hour is counted by the alarm only"


@pytest.mark.db
def test_a_long_way_stops_where_it_forks_and_what_was_proved_stays(city: CityWorld, julu: Ledger) -> None:
    edited(julu, 150, 100)
    watch = follow(city, julu)
    assert (watch.state, watch.code, watch.stored, watch.index) == ("contradicts", "payload", 128, 150)
    assert held(julu) == (128, 128, 128)
    assert julu.cosigned == {}, "of a tree that is not wholly here nothing is said"


@pytest.mark.db
def test_a_ledger_set_back_and_brought_up_to_date_is_followed_again(city: CityWorld, julu: Ledger) -> None:
    follow(city, julu)
    julu.publish(60)
    refused(city, julu, "refused", "rollback")
    assert city.alarms() == [("neighbour-back", "julu")] and not Contradiction.objects.exists()
    more(julu)
    assert follow(city, julu).state == "following"
    assert held(julu) == (110, 110, 110)


@pytest.mark.db
def test_a_city_that_lost_the_mirror_reads_it_anew_and_takes_no_other_history(
    city: CityWorld, julu: Ledger
) -> None:
    follow(city, julu)
    city.lose("julu")
    rewritten_and_longer(julu)
    assert refused(city, julu, "contradicts", "consistency").stored == 0
    set_back(julu)
    refused(city, julu, "refused", "rollback")
    julu.rewrite(7, actor="julu")
    julu.publish()
    assert follow(city, julu).state == "following"
    assert held(julu) == (110, 110, 110)


def test_a_contradiction_is_entered_by_this_server_of_whom_it_follows(city: CityWorld, julu: Ledger) -> None:
    for bureau, actor in ((julu.bureau, julu.bureau), ("qinghe", BUREAU)):
        event = BureauContradicted(bureau, "fork", 1, "0" * 64, 1, "1" * 64, "2" * 64)
        with pytest.raises(DataError) as error:
            commit(event, actor)
        assert error.value.code == "actor"
    assert commit(replace(event, bureau=julu.bureau), BUREAU)


def test_each_county_and_each_finding_has_its_own_place_for_the_bytes(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one signs again and again takes no place of another's, nor of a worse finding of its own."""
    monkeypatch.setattr(rounds, "AGAIN", timedelta(0))
    follow(city, julu)
    qinghe = Ledger("qinghe")
    fill(qinghe, 5)
    qinghe.publish()
    city.join(qinghe)
    follow(city, qinghe)
    notes = []
    for size in range(60, 66):
        julu.rewrite(3, actor=f"{size}")
        notes.append(julu.publish())
        assert follow(city, julu).code == "fork"
    forks = []
    more(julu)
    notes.append(julu.note or b"")
    assert follow(city, julu).code == "consistency"
    for ledger in (qinghe,):
        ledger.rewrite(2, actor="another")
        forks.append(ledger.publish())
        assert follow(city, ledger).code == "fork"
    kept = [bytes(one.note) for one in Kept.objects.order_by("contradiction")]
    assert kept == [notes[0], *notes[-2:], *forks]
    assert Contradiction.objects.count() == 8


def test_a_checkpoint_of_a_size_that_no_entry_can_say_is_none(city: CityWorld, julu: Ledger) -> None:
    follow(city, julu)
    signed = checkpoints.sign(Signed(julu.signer.name, 2**53, b"\x01" * 32), julu.signer)
    note = Note.parse(signed)
    julu.note = note.add(cosign(note.text, julu.keyholder, int(time.time()))).format()
    julu.tile = lambda path: bytes(32 * parse_path(path).width)  # type: ignore[method-assign]
    refused(city, julu, "refused", "checkpoint")


@pytest.mark.db
def test_a_contradiction_that_cannot_be_entered_is_shown_all_the_same(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    follow(city, julu)
    rewritten(julu)

    def full(*_: object) -> None:
        raise RuntimeError("no place")

    monkeypatch.setattr(rounds, "commit", full)
    refused(city, julu, "contradicts", "fork")
    assert "no place" in caplog.text and not Contradiction.objects.exists()
    monkeypatch.undo()
    refused(city, julu, "contradicts", "fork")
    assert Contradiction.objects.exists(), "entered at the next round"


def test_a_note_that_was_seen_and_not_followed_to_its_end_is_remembered(
    city: CityWorld, julu: Ledger
) -> None:
    follow(city, julu)
    more(julu, 30)
    entries = julu.entries_[:]
    julu.batch = lambda data: data[:-1]
    assert follow(city, julu).code == "batch", "seen, and not stored"
    seen = julu.note
    julu.batch = bytes
    julu.rewrite(110, actor="another")
    julu.publish()
    refused(city, julu, "contradicts", "fork")
    more(julu, 5)
    refused(city, julu, "contradicts", "consistency")
    kept = list(Kept.objects.order_by("contradiction"))
    assert bytes(kept[0].stored_note) == seen
    assert held(julu) == (100, 100, 100)
    julu.entries_[:] = entries
    julu.retree()
    more(julu, 5)
    assert follow(city, julu).state == "following"
    assert held(julu) == (135, 135, 135)
