"""Nothing vanishes (spec/intake.md §2): each way of making something disappear, through the real intake, is
found at the next docking, with from when to when, once, and as an entry of the ledger."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from support.lives import Life, assign, error_of, found, other_station
from support.recordings import fixed_id, policy_core
from zhilu.encoding import format_time
from zhilu.server.equipment.models import Alarm, Finding, LogbookLine
from zhilu.server.evidence.events import RecordingImported
from zhilu.server.evidence.models import Recording
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit, event_of, size
from zhilu.server.ledger.services.rebuild import rebuild
from zhilu.server.organisation.events import PolicySet


def test_an_honest_recorder_is_not_accused(life: Life) -> None:
    first = life.record("first", minutes=3)
    docking = life.dock()
    docking.arrive()
    assert docking.bring(first).status_code == 200
    life.cleared(first)
    life.log("shutdown", reason="undocked")
    life.boot()
    cut = life.open("second")
    life.segment(cut)
    life.minute(cut)
    life.pass_time(minutes=5)
    life.recover(cut)
    life.boot()
    follows = {"id": str(cut.id), "until": cut.closed_at}
    life.record("third", follows=follows)
    again = life.dock()
    again.arrive()
    assert [again.bring(film).status_code for film in life.films] == [200, 200]
    assert found() == [] and not Alarm.objects.exists()


def test_lines_of_a_day_deleted_from_the_store_show_by_the_counter(life: Life) -> None:
    life.log("shutdown", reason="power-off")
    last = life.time
    kept = life.copy()
    life.pass_time(days=1)
    life.boot()
    life.record("the day that shall not have been", minutes=2)
    # Somebody who can write to the store, but has no key: the day's lines go, the counter stays.
    kept.counter, kept.at = life.counter, life.at + timedelta(days=1)
    kept.boot()
    kept.record("the day after")
    booted = format_time(kept.at)
    docking = kept.dock()
    docking.arrive()
    [(_, since, until)] = found("counter")
    assert since < last < until < booted
    assert (since, until) == (at_line(kept, 1), at_line(kept, 3))
    docking.arrive()
    kept.dock().arrive()
    assert len(found("counter")) == 1


def at_line(life: Life, n: int) -> str:
    from zhilu.server.equipment.services import logbooks

    return logbooks.at_of(LogbookLine.objects.get(recorder=life.signer.kid, n=n))


@pytest.mark.parametrize("order", ["lines first", "handover first"])
def test_a_recording_deleted_from_the_store_is_missing(life: Life, order: str) -> None:
    gone, stays = life.record("gone"), life.record("stays")
    docking = life.dock(offered=[stays])
    if order == "handover first":
        assert docking.handover().status_code == 201
        assert found() == []
    docking.arrive()
    assert found() == [("recording-missing", gone.opened_at, gone.closed_at)]
    row = Finding.objects.get()
    assert (str(row.recording), row.proof, row.line) == (str(gone.id), docking.digest, None)
    assert Alarm.objects.get(code="recording-missing").about == life.signer.kid
    assert docking.bring(stays).status_code == 200
    # The next dockings say the same, and nothing is added.
    life.dock(offered=[stays]).arrive()
    assert len(found()) == 1


def test_what_was_collected_before_may_come_later_and_the_finding_stays(life: Life) -> None:
    film = life.record("film")
    first = life.dock(other_station(life.county))
    second = life.dock(offered=[])
    second.arrive()
    assert [one[0] for one in found()] == ["recording-missing"]
    assert first.handover().status_code == 201
    assert first.bring(film).status_code == 200
    assert Recording.objects.filter(id=film.id).exists() and len(found()) == 1


def test_a_file_imported_under_its_id_does_not_stand_for_a_recording_that_is_gone(life: Life) -> None:
    """A station that knows the id from the logbook could else hide what it helped to delete."""
    gone = life.record("gone")
    commit(
        RecordingImported(
            recording=str(gone.id),
            station=life.county.station.kid,
            prev="00" * 32,
            lines=3,
            last="11" * 32,
            segments=1,
            length=16,
            media="video/mp4",
            source_sha256="22" * 32,
            source_size=0,
            source_state="unreadable",
            duration_us=None,
            officer=None,
            policy=1,
            opened_at=gone.opened_at,
            closed_at=gone.closed_at,
            copies=1,
        ),
        life.county.station.kid,
    )
    life.dock(offered=[]).arrive()
    assert found() == [("recording-missing", gone.opened_at, gone.closed_at)]


def test_what_was_cleared_or_never_began_is_not_missing(life: Life) -> None:
    film = life.record("film")
    docking = life.dock()
    docking.arrive()
    docking.bring(film)
    life.cleared(film)
    life.boot()
    never = str(fixed_id("never began"))
    life.log("recording-opened", counter=life.raised(), id=never)
    life.log(
        "recovered",
        counter=life.raised(),
        id=never,
        lines=0,
        last="00" * 32,
        segments=0,
        length=0,
        minutes=0,
        cut=0,
        torn=0,
        until=life.time,
    )
    life.dock().arrive()
    assert found() == []


def test_a_recording_erased_without_a_receipt_is_found(life: Life) -> None:
    """Whoever bends a recorder so that it writes `cleared` by itself: the county knows what it stored."""
    film = life.record("film")
    life.cleared(film)
    life.dock().arrive()
    assert found() == [("cleared-unstored", film.opened_at, film.closed_at)]


def test_the_tail_of_an_open_recording_cut_off_shows_by_the_minutes(life: Life) -> None:
    """Power is cut, the store is taken out, the last minutes are removed, the store is put back."""
    film = life.open("film")
    life.segment(film)
    life.minute(film)
    life.segment(film)
    whole = len(film.journal)
    until = life.time
    for _ in range(3):
        life.minute(film)
        life.segment(film)
    film.journal, film.media, film.minutes = film.journal[:whole], film.media[:3], 1
    life.pass_time(minutes=2)
    life.recover(film)
    recovered = life.time
    docking = life.dock()
    docking.arrive()
    assert found() == [("counter", until, recovered)]
    # What is left of it is evidence all the same.
    assert docking.bring(film).status_code == 200


def test_a_recording_never_closed_is_found_at_the_next_boot(life: Life) -> None:
    film = life.open("film")
    life.films.clear()
    life.pass_time(hours=2)
    life.boot()
    booted = life.time
    life.record("next")
    life.dock().arrive()
    assert found() == [("open-recording", film.opened_at, booted)]
    assert str(Finding.objects.get().recording) == str(film.id)


def test_a_power_on_that_says_nothing_is_noted_and_accuses_nobody(life: Life) -> None:
    booted = life.time
    life.pass_time(hours=1)
    life.log("shutdown", reason="power-off")
    off = life.time
    life.boot()
    life.log("not-recording", reason="camera", detail="no device")
    life.dock().arrive()
    assert found() == [("boot-unexplained", booted, off)]
    assert not Alarm.objects.exists()


def test_a_journal_shorter_than_the_logbook_says(life: Life) -> None:
    """A recorder in other hands vouches for the shorter one; the logbook that it signed before does not."""
    film = life.record("film", minutes=1)
    film.journal, film.media = film.journal[:-2], film.media[:-1]
    docking = life.dock()
    docking.arrive()
    answer = docking.bring(film)
    assert answer.status_code == 422 and error_of(answer) == "closed-as"
    assert found() == [("closed-as", film.opened_at, film.closed_at)]
    assert not Recording.objects.exists()
    docking.bring(film)
    assert len(found()) == 1


@pytest.mark.parametrize("lie", [{"minutes": 3}, {"minutes": 1}])
def test_other_minutes_than_the_journal_has(life: Life, lie: dict[str, int]) -> None:
    film = life.open("film")
    life.segment(film)
    for _ in range(2):
        life.minute(film)
    life.close(film, **lie)
    docking = life.dock()
    docking.arrive()
    answer = docking.bring(film)
    assert answer.status_code == 422 and error_of(answer) == "counter"
    about_film = [row for row in Finding.objects.all() if row.recording == film.id]
    assert [row.code for row in about_film] == ["counter"]


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("said", [False, True])
@pytest.mark.parametrize("filmed", [False, True])
def test_a_drill_is_what_the_ledger_says(life: Life, ordered: bool, said: bool, filmed: bool) -> None:
    life.assign(assign(life.county, ordered), said)
    docking_of = life.record("film", drill=filmed)
    docking = life.dock()
    docking.arrive()
    answer = docking.bring(docking_of)
    if ordered == said == filmed:
        assert answer.status_code == 200 and Recording.objects.get().drill is ordered
    else:
        assert error_of(answer) == "drill" and [one[0] for one in found()] == ["drill"]


def test_a_drill_without_any_assignment_or_with_a_made_up_one(life: Life) -> None:
    life.record("no assignment", drill=True)
    life.assign(10**9, True)
    life.record("made up", drill=True)
    docking = life.dock()
    docking.arrive()
    assert [error_of(docking.bring(film)) for film in life.films] == ["drill", "drill"]


def test_the_officer_must_be_checked_as_the_policy_demands(life: Life) -> None:
    """Whoever bends a recorder so that it takes a weaker check: the county asks again."""
    life.policy = policy_core(version=2, officer_check_least="fprintd+key")
    commit(PolicySet(**life.policy), "julu")
    film = life.record("film")
    docking = life.dock()
    docking.arrive()
    assert error_of(docking.bring(film)) == "officer-check"
    assert found() == [("officer-check", film.opened_at, film.closed_at)]


@pytest.mark.db
def test_findings_follow_from_the_ledger(life: Life, tmp_path: Path) -> None:
    life.record("gone")
    life.dock(offered=[]).arrive()
    before = list(Finding.objects.values())
    assert rebuild() == size()
    assert list(Finding.objects.values()) == before
    entry = Entry.objects.get(kind="recorder-finding/1")
    assert entry.subject == life.signer.kid and event_of(entry).code == "recording-missing"
    with pytest.raises(Exception, match="finding-known"):
        commit(event_of(entry), "julu")


@pytest.mark.db
def test_a_crash_before_the_finding_was_kept_is_made_good(life: Life, monkeypatch: Any) -> None:
    from zhilu.server.equipment.services import findings

    gone = life.record("gone")
    docking = life.dock(offered=[])

    def crash(*_: object, **__: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(findings, "find", crash)
        docking.lines()
        with pytest.raises(KeyboardInterrupt):
            docking.handover()
    assert found() == []
    assert docking.handover().status_code == 200
    assert found() == [("recording-missing", gone.opened_at, gone.closed_at)]
