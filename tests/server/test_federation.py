"""A city follows its counties: what is whole is stored, cosigned, applied; what is not, is nothing at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from support.city_world import BUREAU, CityWorld
from support.neighbour import Ledger, ed25519, fill, named
from support.recordings import fixed_id, fixed_key
from zhilu.errors import DataError, WorldError
from zhilu.protocols.federation import Payload
from zhilu.sealed.keys import SoftSigner
from zhilu.server.commands.rebuild import rebuild_mirrors
from zhilu.server.federation import rules
from zhilu.server.federation.events import BureauContradicted, BureauRekeyed
from zhilu.server.federation.models import Contradiction, Joined, Kept, Mirror, Watch
from zhilu.server.federation.services import applying, mirror, neighbours, rekeying, rounds
from zhilu.server.ledger.clock import set_to
from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.server.ledger.services import replay
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.models import Department
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.checkpoint import Checkpoint as Signed
from zhilu.tlog.cosign import CosignatureSigner, cosign
from zhilu.tlog.note import Note, NoteSigner, Signature
from zhilu.tlog.tiles import parse_path
from zhilu.tlog.witness import read_cosignatures

STAGE = 64


@pytest.fixture
def julu(city: CityWorld) -> Ledger:
    """A county of 100 departments that has joined."""
    ledger = Ledger()
    fill(ledger, 100)
    ledger.publish()
    city.join(ledger)
    return ledger


def follow(city: CityWorld, ledger: Ledger) -> Watch:
    rounds.once(Joined.objects.get(bureau=ledger.bureau), ledger, stage=STAGE)
    return Watch.objects.get(bureau=ledger.bureau)


def held(ledger: Ledger) -> tuple[int, int, int]:
    """Entries, size of the range, departments in the mirror."""
    with mirror.of(ledger.bureau):
        return Entry.objects.count(), mirror.known()[0].size, Department.objects.count()


def refused(city: CityWorld, ledger: Ledger, state: str, code: str) -> Watch:
    """The round changes nothing but what the page says."""
    before = held(ledger)
    signed = dict(ledger.cosigned)
    watch = follow(city, ledger)
    assert (watch.state, watch.code) == (state, code)
    assert held(ledger) == before
    assert ledger.cosigned == signed
    return watch


def post(ledger: Ledger, department: str) -> None:
    person = str(fixed_id("somebody"))
    ledger.add("person-added/1", {"person": person}, subject=person)
    core = {"post": str(fixed_id("post")), "person": person, "department": department}
    ledger.add("post-taken/1", core | {"rank": "officer", "since": "2026-01-01"}, subject=person)


def founding(bureau: str) -> dict[str, Any]:
    return {"bureau": bureau, "domain": "example", "root": "00" * 32, "text_key": {}}


HIDING: dict[str, tuple[Callable[[Ledger], object], str]] = {
    "a department as another's": (
        lambda ledger: ledger.add("department-set/1", named(100) | {"bureau": "qinghe"}),
        "bureau-other",
    ),
    "itself as another": (lambda ledger: ledger.add("bureau-founded/1", founding("qinghe")), "bureau-other"),
    "a post in no department": (lambda ledger: post(ledger, str(fixed_id("nowhere"))), "reference"),
}


@pytest.mark.parametrize("name", HIDING)
def test_rows_are_not_hidden_in_departments_that_are_none_of_its_own(
    name: str, city: CityWorld, julu: Ledger
) -> None:
    """Past the rules a county enters it; nothing from there on is applied, and somebody is told."""
    hide, code = HIDING[name]
    follow(city, julu)
    fill(julu, 3, 200)
    hide(julu)
    fill(julu, 3, 210)
    julu.publish()
    watch = follow(city, julu)
    at = 103 + (code == "reference")  # the person comes first
    assert (watch.state, watch.code, watch.index, watch.applied) == ("unapplied", code, at, at)
    assert city.alarms() == [("neighbour-unapplied", "julu")]
    assert held(julu)[0::2] == (julu.size, 103)
    watch = follow(city, julu)
    assert (watch.applied, city.alarms()) == (at, [("neighbour-unapplied", "julu")])


@pytest.mark.db
def test_what_a_county_published_is_stored_cosigned_and_applied(city: CityWorld, julu: Ledger) -> None:
    watch = follow(city, julu)
    assert (watch.state, watch.stored, watch.applied, watch.cosigned) == ("following", 100, 100, 100)
    assert held(julu) == (100, 100, 100)
    signed = read_cosignatures(
        julu.cosigned[100], Note(Note.parse(julu.note or b"").text, ()), [city.cosigner]
    )
    assert [one.name for one in signed.signatures] == ["xingtai.example/mirror"]
    assert Department.objects.count() == 0, "nothing of it is in the city's own tables"
    with mirror.of("julu"):
        assert bytes(Checkpoint.objects.get().note) == julu.note


@pytest.mark.db
def test_a_week_away_is_read_at_the_next_pass(city: CityWorld, julu: Ledger) -> None:
    follow(city, julu)
    fill(julu, 500, start=100)
    julu.publish()
    assert follow(city, julu).applied == 600
    assert held(julu) == (600, 600, 600)


def test_nothing_new_is_one_question(city: CityWorld, julu: Ledger) -> None:
    follow(city, julu)
    julu.asked.clear()
    follow(city, julu)
    assert julu.asked == ["checkpoint"]


@pytest.mark.db
def test_a_cosignature_that_was_lost_on_the_way_is_made_again(city: CityWorld, julu: Ledger) -> None:
    real = julu.cosign

    def lost(size: int, line: bytes) -> int:
        raise WorldError("neighbour-away")

    julu.cosign = lost  # type: ignore[method-assign]
    assert (follow(city, julu).state, held(julu)[0]) == ("away", 100)
    julu.cosign = real  # type: ignore[method-assign]
    assert follow(city, julu).cosigned == 100
    assert 100 in julu.cosigned


def more(ledger: Ledger, count: int = 10) -> None:
    fill(ledger, count, ledger.size)
    ledger.publish()


def no_note(ledger: Ledger) -> None:
    ledger.note = b"no note at all"


def another_key(ledger: Ledger) -> None:
    ledger.signer = NoteSigner(ledger.signer.name, ed25519("nobody's"))
    more(ledger)


def uncosigned(ledger: Ledger) -> None:
    more(ledger)
    ledger.publish(cosigned=False)


def set_back(ledger: Ledger) -> None:
    ledger.publish(60)


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


def test_a_mirror_that_is_not_there_is_a_finding_and_made_anew(city: CityWorld, julu: Ledger) -> None:
    """As in a city that was restored of its backup."""
    follow(city, julu)
    city.close()
    for path in (city.config.home / "mirrors").glob("*"):
        path.unlink()
    assert city.audit(julu) == [("mirror", "not here")]
    rebuild_mirrors()
    assert follow(city, julu).state == "following" and held(julu) == (100, 100, 100)


def test_a_contradiction_is_entered_by_this_server_of_whom_it_follows(city: CityWorld, julu: Ledger) -> None:
    for bureau, actor in ((julu.bureau, julu.bureau), ("qinghe", BUREAU)):
        event = BureauContradicted(bureau, "fork", 1, "0" * 64, 1, "1" * 64, "2" * 64)
        with pytest.raises(DataError) as error:
            commit(event, actor)
        assert error.value.code == "actor"
    assert commit(replace(event, bureau=julu.bureau), BUREAU)


def test_an_entry_of_a_later_release_is_stored_and_cosigned_and_waits(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    julu.add("from-the-future/9", {"who": "knows"})
    fill(julu, 20, 100)
    julu.publish()
    watch = follow(city, julu)
    assert (watch.state, watch.code, watch.index) == ("unapplied", "kind", 100)
    assert city.alarms() == [("neighbour-unapplied", "julu")]
    assert (watch.stored, watch.applied, watch.cosigned) == (121, 100, 121)
    assert held(julu) == (121, 121, 100)
    tried: list[list[int]] = []
    real = replay.apply_all
    monkeypatch.setattr(
        replay, "apply_all", lambda rows: (tried.append([row.index for row in rows]), real(rows))[1]
    )
    follow(city, julu)
    assert tried == [[100]], "not all behind it, every time"


@pytest.mark.db
def test_an_entry_that_breaks_a_table_is_named_and_what_comes_before_it_is_applied(
    city: CityWorld, julu: Ledger
) -> None:
    julu.add("department-set/1", {"department": 7})
    fill(julu, 20, 100)
    julu.publish()
    watch = follow(city, julu)
    assert (watch.state, watch.code, watch.index, watch.applied) == ("unapplied", "field", 100, 100)


def test_a_county_ten_years_ahead_is_followed_and_shown(city: CityWorld, julu: Ledger) -> None:
    julu.add("department-set/1", named(900), at=datetime.now(UTC) + timedelta(days=3650))
    julu.publish()
    watch = follow(city, julu)
    assert (watch.state, watch.ahead) == ("following", 1)


@pytest.mark.db
def test_what_one_county_says_reaches_no_row_of_another(city: CityWorld, julu: Ledger) -> None:
    qinghe = Ledger("qinghe")
    core = named(3) | {"name": "改了", "bureau": "qinghe"}
    qinghe.add("department-set/1", core, subject=core["department"])
    qinghe.publish()
    city.join(qinghe)
    follow(city, julu)
    follow(city, qinghe)
    with mirror.of("julu"):
        assert Department.objects.get(id=core["department"]).name == "第3科"
    with mirror.of("qinghe"):
        assert Department.objects.get().name == "改了"


def test_no_county_has_come_yet(city: CityWorld) -> None:
    qinghe = Ledger("qinghe")
    city.join(qinghe)
    assert follow(city, qinghe).state == "following"
    assert held(qinghe) == (0, 0, 0)


@pytest.mark.db
def test_long_entries_are_applied_few_at_once(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand of a megabyte each would be gigabytes read and parsed at once."""
    follow(city, julu)
    core = named(200) | {"name": "长" * 200}
    for _ in range(20):
        julu.add("department-set/1", core, subject=core["department"])
    julu.publish()
    batches: list[list[int]] = []
    real = replay.apply_all
    monkeypatch.setattr(replay, "BATCH_BYTES", 3000)
    monkeypatch.setattr(
        replay, "apply_all", lambda rows: (batches.append([row.index for row in rows]), real(rows))[1]
    )
    assert follow(city, julu).applied == 120
    assert [index for batch in batches for index in batch] == list(range(100, 120))
    assert {len(batch) for batch in batches[:-1]} == {4}
    monkeypatch.setattr(replay, "BATCH_BYTES", 1)
    more(julu, 2)
    assert follow(city, julu).applied == 122, "one at least"


@pytest.mark.db
def test_tables_that_are_made_anew_beside_the_follower_lack_nothing(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`zhilu server rebuild` empties the tables between two batches of his."""
    follow(city, julu)
    with mirror.of("julu"):
        whole = Department.objects.count()
    monkeypatch.setattr(replay, "BATCH", 40)
    applying.rebuild("julu")
    emptied: list[int] = []

    def empty() -> None:
        if not emptied:
            with mirror.of("julu"), transaction.atomic():
                emptied.append(mirror.known()[2])
                replay.clear()
                Mirror.objects.filter(id=mirror.ROW).update(applied=0)

    with mirror.of("julu"):
        replay.clear()
        Mirror.objects.filter(id=mirror.ROW).update(applied=0)
    assert applying.apply_stored("julu", empty) is None
    with mirror.of("julu"):
        assert emptied == [40] and mirror.known()[2] == 100
        assert Department.objects.count() == whole > 0


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


def test_a_round_that_fails_otherwise_is_shown_and_logged(
    city: CityWorld, julu: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    follow(city, julu)

    def broken() -> bytes:
        raise RuntimeError("nobody thought of this")

    real = julu.checkpoint
    julu.checkpoint = broken  # type: ignore[method-assign]
    assert not rounds.once(Joined.objects.get(bureau="julu"), julu)
    watch = Watch.objects.get()
    assert (watch.state, watch.code, watch.stored) == ("away", "failed", 100)
    assert "nobody thought of this" in caplog.text
    julu.checkpoint = real  # type: ignore[method-assign]
    assert follow(city, julu).state == "following"


@pytest.mark.parametrize("room", [0, 40])
def test_a_disk_that_is_full_leaves_whole_stages(city: CityWorld, julu: Ledger, room: int) -> None:
    """Of the mirror's: so many pages are left. With more of them it goes on where it was."""
    follow(city, julu)
    with city.by_hand("julu") as database:
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages + room}")
    fill(julu, 900, start=100)
    julu.publish()
    cosigned = dict(julu.cosigned)
    watch = follow(city, julu)
    stored, size, departments = held(julu)
    assert (watch.state, watch.code) == ("away", "failed")
    assert stored == size < 1000 and (stored - 100) % STAGE == 0 and departments <= stored
    assert julu.cosigned == cosigned
    with city.by_hand("julu") as database:
        database.execute(f"PRAGMA max_page_count = {pages + 10_000}")
    assert follow(city, julu).state == "following"
    assert held(julu) == (1000, 1000, 1000)


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


def test_who_was_not_looked_at_for_minutes_is_not_said_to_be_up_to_date(
    city: CityWorld, julu: Ledger
) -> None:
    watch = follow(city, julu)
    assert watch.shown(watch.at + timedelta(minutes=9)) == ("following", "")
    assert watch.shown(watch.at + timedelta(minutes=11)) == ("away", "stalled")
    set_back(julu)
    watch = follow(city, julu)
    assert watch.shown(watch.at + timedelta(days=9)) == ("refused", "rollback")


def test_a_long_way_is_shown_as_it_goes(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an hour of applying is no standing still."""
    seen: list[tuple[str, int, int]] = []
    real = rounds._write

    def look(*said: Any) -> None:
        real(*said)
        watch = Watch.objects.get()
        seen.append((watch.state, watch.stored, watch.applied))

    monkeypatch.setattr(replay, "BATCH", 40)
    monkeypatch.setattr(rounds, "_write", look)
    assert follow(city, julu).state == "following"
    assert seen == [("behind", 64, 0), ("behind", 100, 40), ("behind", 100, 80), ("following", 100, 100)]


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://julu.example.gov.cn", True),
        ("https://10.0.0.1:8443", True),
        ("http://127.0.0.1:8600", True),
        ("http://[::1]:8600", True),
        ("http://localhost:8600", True),
        ("http://julu.example.gov.cn:8600", False),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1.example.org", False),
        ("http://localhost@julu.example", False),
        ("http://127.0.0.1:8600/path", False),
        ("ftp://127.0.0.1", False),
    ],
)
def test_between_machines_entries_travel_in_tls(url: str, good: bool) -> None:
    """On plain http anybody on the way could change entries, and the county would be accused for good."""
    if good:
        rules.check_address(url, "julu.example")
        return
    with pytest.raises(DataError) as error:
        rules.check_address(url, "julu.example")
    assert error.value.code == "join-address"


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


def test_how_far_it_was_cosigned_is_never_more_than_was_signed_here(city: CityWorld, julu: Ledger) -> None:
    julu.cosign = lambda size, line: 10**9  # type: ignore[method-assign]
    assert follow(city, julu).cosigned == 100
    more(julu)
    julu.cosign = lambda size, line: 7  # type: ignore[method-assign]
    assert follow(city, julu).cosigned == 7


@pytest.mark.db
def test_the_network_cut_at_any_question_leaves_whole_steps(city: CityWorld, julu: Ledger) -> None:
    """Each question of a round fails once, in every order of failing; then all is there."""
    follow(city, julu)
    count = 0
    while True:
        fill(julu, 70, julu.size)
        julu.publish()
        before, asked = held(julu), len(julu.asked)

        def cut(name: str, real: Callable[..., Any], at: int = asked + count) -> Callable[..., Any]:
            def ask(*words: Any) -> Any:
                if len(julu.asked) >= at:
                    raise WorldError("neighbour-away", "cut")
                return real(*words)

            return ask

        for name in ("checkpoint", "tile", "entries", "cosign"):
            setattr(julu, name, cut(name, getattr(Ledger, name).__get__(julu)))
        watch = follow(city, julu)
        for name in ("checkpoint", "tile", "entries", "cosign"):
            delattr(julu, name)
        if watch.state == "following":
            break
        assert (watch.state, watch.code) == ("away", "neighbour-away")
        stored, in_range, applied = held(julu)
        assert stored == in_range == applied and stored >= before[0]
        assert follow(city, julu).state == "following" and held(julu) == (julu.size,) * 3
        assert julu.acknowledged == julu.size
        count += 1
    assert count >= 5


def with_new_keys(ledger: Ledger, name: str = "new") -> dict[str, Any]:
    requests = fixed_key(f"{name} requests")
    cosigner = CosignatureSigner("julu.example/mirror", ed25519(name))
    core = {"bureau": "julu", "jwk": SoftSigner(requests).jwk, "cosigner": cosigner.vkey}
    ledger.add("neighbour-keys-set/1", core, subject="julu")
    ledger.publish()
    return core


@pytest.mark.db
def test_a_neighbours_new_keys_are_read_in_its_ledger_and_nowhere_else(city: CityWorld, julu: Ledger) -> None:
    follow(city, julu)
    old = Joined.objects.get().kid
    event = BureauRekeyed(index=100, **with_new_keys(julu))
    with pytest.raises(DataError) as error:
        commit(event, BUREAU)
    assert error.value.code == "rekeyed", "before the mirror says so"
    assert follow(city, julu).state == "following"
    joined = Joined.objects.get()
    assert (joined.jwk, joined.cosigner) == (event.jwk, event.cosigner) and joined.kid != old
    assert neighbours.request_key(joined.kid) is not None and neighbours.request_key(old) is None
    size = Entry.objects.count()
    follow(city, julu)
    assert Entry.objects.count() == size, "once"
    thief = replace(event, jwk=SoftSigner(fixed_key("thief")).jwk)
    for stolen in (thief, replace(event, index=99)):
        with pytest.raises(DataError) as error:
            commit(stolen, BUREAU)
        assert error.value.code == "rekeyed"
    with pytest.raises(DataError) as error:
        neighbours.join(julu.neighbour, "http://127.0.0.1:9", BUREAU)
    assert error.value.code == "join-key", "with the old keys nobody joins again"


@pytest.mark.db
def test_new_keys_again_and_again_are_an_entry_an_hour(city: CityWorld, julu: Ledger) -> None:
    follow(city, julu)
    size = Entry.objects.count()
    for count in range(3):
        core = with_new_keys(julu, f"new {count}")
        assert follow(city, julu).state == "following"
    assert Entry.objects.count() == size + 1 and Joined.objects.get().jwk != core["jwk"]
    later = datetime.now(UTC) + timedelta(hours=1, minutes=1)
    with set_to(lambda: later):
        follow(city, julu)
    assert Entry.objects.count() == size + 2 and Joined.objects.get().jwk == core["jwk"]


def test_keys_that_are_anothers_are_not_taken_and_the_following_goes_on(
    city: CityWorld, julu: Ledger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekeying, "_refused", {})
    follow(city, julu)
    qinghe = Ledger("qinghe")
    city.join(qinghe)
    core = {"bureau": "julu", "jwk": qinghe.requests.jwk, "cosigner": julu.mirror.vkey}
    julu.add("neighbour-keys-set/1", core, subject="julu")
    julu.publish()
    watch = follow(city, julu)
    assert watch.stored == watch.applied == 101
    assert Joined.objects.get(bureau="julu").jwk == julu.requests.jwk
    follow(city, julu)
    assert caplog.text.count("join-keys") == 1, "at each pass the same"
