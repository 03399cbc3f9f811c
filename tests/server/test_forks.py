"""An old store put back, or a recorder's key in two places: a journal with two lives (spec/intake.md §2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from support.lives import Life, assign, error_of, found, other_station
from zhilu.encoding import format_time
from zhilu.server.equipment.models import Alarm, Handover, LogbookLine
from zhilu.server.equipment.services import quarantine
from zhilu.server.ledger.services.commit import size


@pytest.mark.db
def test_an_old_store_put_back_is_found_by_its_first_words(life: Life) -> None:
    """Also where the other station sends no line of it: the handover's `docked` line is enough."""
    old = life.copy()
    film = life.record("lost")
    life.dock(offered=[]).lines()
    old.at = life.at + timedelta(hours=1)
    old.boot()
    again = old.dock(other_station(life.county))
    assert error_of(again.handover()) == "fork"
    # Line 3 is another; where the two lives part, this one line does not say.
    assert [one[0] for one in found()] == ["fork", "recording-missing"]
    assert found("fork") == [("fork", "", old.time)]
    assert found("recording-missing") == [("recording-missing", film.opened_at, film.closed_at)]
    # The station that is told so sends its whole copy: now it is known from when to when.
    assert error_of(again.lines(first=0)) == "fork"
    boot_at = format_time(old.at - timedelta(milliseconds=500))
    assert found("fork")[1:] == [("fork", format_time(life_at(life, 1)), boot_at)]
    before = size()
    for _ in range(2):
        assert error_of(again.handover()) == error_of(again.lines(first=0)) == "fork"
    assert size() == before
    assert Alarm.objects.get(code="fork").count > 2


def life_at(life: Life, n: int) -> Any:
    from zhilu.encoding import parse_time
    from zhilu.server.equipment.services import logbooks

    return parse_time(logbooks.at_of(LogbookLine.objects.get(recorder=life.signer.kid, n=n)))


@pytest.mark.db
def test_both_lives_are_kept_and_the_key_is_suspended(life: Life) -> None:
    old = life.copy()
    life.record("one life")
    life.dock().lines()
    held = [bytes(row.line) for row in LogbookLine.objects.order_by("n")]
    old.record("another life")
    docking = old.dock()
    assert error_of(docking.lines(first=0)) == "fork"
    folder = life.county.config.spool_folder / "quarantine" / life.signer.kid
    kept = [path.read_bytes() for path in folder.glob("*.jws")]
    assert kept == [b"".join(old.logbook[2:])]
    life.record("more of the first life")
    more = life.dock()
    refused = more.lines()
    assert refused.status_code == 409 and error_of(refused) == "suspended"
    assert [bytes(row.line) for row in LogbookLine.objects.order_by("n")] == held
    with pytest.raises(Exception, match="suspended"):
        assign(life.county, drill=False)


@pytest.mark.db
def test_what_a_forked_recorder_fills_the_quarantine_with_has_an_end(life: Life, monkeypatch: Any) -> None:
    monkeypatch.setattr(quarantine, "MOST_BYTES", 3_000)
    old = life.copy()
    life.record("one life")
    life.dock().lines()
    for number in range(5):
        other = old.copy()
        other.log("battery", percent=number)
        assert error_of(other.dock().lines(first=0)) == "fork"
    folder = life.county.config.spool_folder / "quarantine" / life.signer.kid
    assert 0 < sum(path.stat().st_size for path in folder.iterdir()) <= 3_000


def test_a_station_cannot_make_up_a_fork(life: Life) -> None:
    """It leaves a line out, or sends lines of before: refused, and nobody is accused."""
    life.record("film")
    docking = life.dock()
    body = b"".join([*life.logbook[:2], *life.logbook[3:]])
    path = f"/intake/recorders/{life.signer.kid}/logbook"
    assert error_of(life.county.request("PUT", path, "from=0", body)) == "sequence"
    assert error_of(docking.lines(first=2)) == "gap"
    docking.arrive()
    assert docking.lines(first=0, last=3).status_code == 200
    assert found() == [] and not Alarm.objects.exists()


def test_an_older_upload_again_changes_nothing(life: Life) -> None:
    """Yesterday's docking is replayed after today's."""
    film = life.record("film")
    yesterday = life.dock()
    lines = len(life.logbook)
    yesterday.arrive()
    assert yesterday.bring(film).status_code == 200
    life.cleared(film)
    life.boot()
    life.record("film of today")
    life.dock().arrive()
    entries, held = size(), LogbookLine.objects.count()
    assert yesterday.lines(first=0, last=lines).status_code == 200
    assert yesterday.handover().status_code == 200
    assert (size(), LogbookLine.objects.count()) == (entries, held)
    assert Handover.objects.count() == 2
