"""Commit, the pass, proofs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from support.county_world import BUREAU, CountyWorld, InProcessCosigner, named_id
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.server.catalogue.models import Procedure
from zhilu.server.ledger import events
from zhilu.server.ledger.models import Checkpoint, Entry, SignedCheckpoint, Tile
from zhilu.server.ledger.services import proofs, tree
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all, size
from zhilu.server.ledger.services.publish import Publisher
from zhilu.server.organisation.events import PersonAdded, RoleGranted
from zhilu.server.organisation.models import Person
from zhilu.server.pages.words_ledger import KINDS
from zhilu.strictjson import FieldError
from zhilu.tlog.merkle import verify_consistency
from zhilu.tlog.proof import ProvedEntry, verify_entry

pytestmark = pytest.mark.db


def add(number: int) -> int:
    return commit(PersonAdded(str(named_id(f"extra {number}"))), BUREAU, {"name": f"人{number}"}).index


def test_founding_fills_tables_and_counts_from_zero(county: CountyWorld) -> None:
    assert [entry.index for entry in Entry.objects.order_by("index")] == list(range(size()))
    assert Procedure.objects.count() == 66
    assert Procedure.objects.filter(tier="priority").count() == 32
    assert Procedure.objects.exclude(tier="inventoried").count() == 45


def test_every_kind_of_entry_has_words() -> None:
    assert {kind.name for kind in events.kinds()} <= set(KINDS)


def test_a_published_entry_is_proved(county: CountyWorld) -> None:
    index = add(1)
    county.publish()
    entry = proofs.proved_entry(index)
    verified = verify_entry(ProvedEntry.loads(entry.dumps()), county.keys, "person-added/1")
    assert verified.core == {"person": str(named_id("extra 1"))}
    assert verified.leaf["bureau"] == BUREAU and verified.cosigned_at is not None
    assert "人1" not in entry.dumps().decode()


def test_what_proves_an_entry_is_asked_for_at_once(county: CountyWorld) -> None:
    for number in range(300):
        add(number)
    county.publish()
    with CaptureQueriesContext(connection) as asked:
        assert verify_entry(proofs.proved_entry(7), county.keys).index == 7
    assert len(asked) == 3  # checkpoint, tiles, entry
    Tile.objects.filter(level=0, index=0).delete()
    with pytest.raises(LookupError):
        proofs.proved_entry(7)


def test_an_older_checkpoint_still_proves(county: CountyWorld) -> None:
    first = proofs.newest()
    for number in range(300):
        add(number)
    county.publish()
    newest = proofs.newest()
    assert first is not None and newest is not None
    old, new = (county.keys.open(bytes(row.note)).checkpoint for row in (first, newest))
    verify_consistency(old.size, old.root, new.size, new.root, proofs.consistency(old.size, new.size))
    assert verify_entry(proofs.proved_entry(2, first.size), county.keys).checkpoint == old
    assert verify_entry(proofs.proved_entry(280), county.keys).index == 280
    assert proofs.note_by_hash(first.sha256) == first and proofs.note_by_hash("0" * 64) is None
    assert tree.recomputed_root(newest.size) == new.root == tree.root(newest.size)


def test_what_no_checkpoint_covers_is_not_proved(county: CountyWorld) -> None:
    index = add(1)
    with pytest.raises(DataError) as refused:
        proofs.proved_entry(index)
    assert refused.value.code == "not-covered"


def test_without_the_cosigner_nothing_is_published(county: CountyWorld) -> None:
    before = Checkpoint.objects.count()
    add(1)
    county.cosigner.is_away = True
    assert not county.publisher.run_once()
    assert Checkpoint.objects.count() == before
    county.cosigner.is_away = False
    county.publish()
    assert Checkpoint.objects.count() == before + 1


def test_a_cosignature_got_before_a_crash_is_got_again(county: CountyWorld) -> None:
    add(1)
    county.publish()
    Checkpoint.objects.order_by("-size").first().delete()  # type: ignore[union-attr]
    restarted = Publisher(county.ledger, county.cosigner.post)
    assert restarted.run_once()
    assert proofs.newest().size == size()  # type: ignore[union-attr]


def test_a_second_root_for_a_signed_size_is_never_signed(county: CountyWorld) -> None:
    add(1)
    SignedCheckpoint.objects.create(size=size(), root=b"\1" * 32, at=Entry.objects.get(index=0).at)
    asked = county.cosigner.asked
    with pytest.raises(WorldError) as refused:
        county.publisher.run_once()
    assert refused.value.code == "ledger-fork"
    assert county.cosigner.asked == asked


def test_a_copy_brought_back_from_yesterday_signs_nothing(county: CountyWorld) -> None:
    """The cosigner has seen more than this database holds."""
    add(1)
    county.publish()
    Checkpoint.objects.order_by("-size").first().delete()  # type: ignore[union-attr]
    SignedCheckpoint.objects.order_by("-size").first().delete()  # type: ignore[union-attr]
    Entry.objects.order_by("-index").first().delete()  # type: ignore[union-attr]
    Tile.objects.all().delete()
    restarted = Publisher(county.ledger, county.cosigner.post)
    with pytest.raises(WorldError) as refused:
        restarted.run_once()
    assert refused.value.code == "ledger-behind"


def test_a_ledger_shorter_than_its_own_checkpoint_signs_nothing(county: CountyWorld) -> None:
    Entry.objects.order_by("-index").first().delete()  # type: ignore[union-attr]
    Tile.objects.all().delete()
    with pytest.raises(WorldError) as refused:
        Publisher(county.ledger, county.cosigner.post).run_once()
    assert refused.value.code == "ledger-behind"


def test_a_hole_stops_the_pass(county: CountyWorld) -> None:
    add(1), add(2)
    Entry.objects.get(index=size() - 2).delete()
    with pytest.raises(WorldError) as refused:
        county.publisher.run_once()
    assert refused.value.code == "ledger-hole"


def test_refused_events_leave_nothing(county: CountyWorld) -> None:
    before = size()
    stranger = str(named_id("stranger"))
    with pytest.raises(DataError) as refused:
        commit_all(
            [Proposal(PersonAdded(stranger), BUREAU), Proposal(RoleGranted(stranger, "emperor"), BUREAU)]
        )
    assert refused.value.code == "role"
    assert size() == before and not Person.objects.filter(id=stranger).exists()


@pytest.mark.parametrize("person", ["", "张三", "0190-", "018F0000-0000-7000-8000-000000000000"])
def test_an_event_with_an_ill_formed_field_cannot_be_made(person: str) -> None:
    with pytest.raises(FieldError):
        PersonAdded(person)


def test_texts_with_nul_and_oversized_payloads_are_refused(county: CountyWorld) -> None:
    event = PersonAdded(str(named_id("extra")))
    with pytest.raises(CallerError) as refused:
        commit(event, BUREAU, {"name": "a\0b"})
    assert refused.value.code == "payload-nul"
    with pytest.raises(CallerError) as refused:
        commit(event, BUREAU, {"name": "x" * 70_000})
    assert refused.value.code == "payload-size"


def test_evidential_tables_are_written_by_apply_only(county: CountyWorld) -> None:
    person = Person.objects.all()[0]
    for write in (person.save, person.delete, Person.objects.all().delete):
        with pytest.raises(RuntimeError):
            write()
    with pytest.raises(RuntimeError):
        Person.objects.update(name="x")
    with pytest.raises(RuntimeError):
        Person.objects.create(id=named_id("x"), entry=1)


def test_anyone_reads_checkpoint_and_tiles_but_no_leaves(county: CountyWorld) -> None:
    note = county.client.get("/ledger/checkpoint")
    checkpoint = county.keys.open(note.content).checkpoint
    tile = county.client.get(f"/ledger/tile/0/000.p/{checkpoint.size}")
    assert len(tile.content) == 32 * checkpoint.size
    assert county.client.get(f"/ledger/tile/0/000.p/{checkpoint.size + 1}").status_code == 404
    for path in ("/ledger/tile/entries/000", "/ledger/tile/0/001", "/ledger/tile/0/0", "/ledger/tile/../x"):
        assert county.client.get(path).status_code == 404


def test_no_checkpoint_before_the_first(world: CountyWorld) -> None:
    assert world.client.get("/ledger/checkpoint").status_code == 404


def test_the_founding_entries_wait_for_a_cosigner(world: CountyWorld) -> None:
    world.found()
    nobody = Publisher(world.ledger, None)
    assert not nobody.run_once()
    assert isinstance(world.cosigner, InProcessCosigner)
    world.publish()
