"""Nothing vanishes (spec/intake.md §2): each way of making something disappear, through the real intake, is
found at the next docking, with from when to when, once, and as an entry of the ledger."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from support.county_world import DOCK_RP, KIOSK, CountyWorld
from support.lives import Life
from support.recordings import fixed_id, fixed_key, policy_core
from zhilu.encoding import format_time
from zhilu.sealed.keys import SoftSigner
from zhilu.server.equipment.events import RecorderAssigned, StationEnrolled
from zhilu.server.equipment.models import Alarm, Awaited, Finding, Handover, LogbookLine, StationHealth
from zhilu.server.equipment.services import awaited, quarantine
from zhilu.server.evidence.events import RecordingImported
from zhilu.server.evidence.models import Recording
from zhilu.server.ledger import clock
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit, event_of, size
from zhilu.server.ledger.services.rebuild import rebuild
from zhilu.server.organisation.events import PolicySet


@pytest.fixture
def life(county: CountyWorld) -> Life:
    """A recorder that has been switched on once."""
    life = Life(county)
    life.boot()
    return life


def found(code: str | None = None) -> list[tuple[str, str, str]]:
    """(code, since, until) of what was found; "" for what nobody can know."""
    rows = Finding.objects.order_by("id")
    said = [(row.code, *(format_time(at) if at else "" for at in (row.since, row.until))) for row in rows]
    return [one for one in said if code in (None, one[0])]


def error_of(answer: Any) -> str:
    return str(json.loads(answer.content)["error"])


def other_station(county: CountyWorld) -> SoftSigner:
    signer = SoftSigner(fixed_key("second station"))
    commit(StationEnrolled(signer.kid, signer.jwk, "第二采集站", 4, DOCK_RP, KIOSK), "julu")
    return signer


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


def assign(county: CountyWorld, drill: bool) -> int:
    core = next(core for kind, core, _ in county.founding() if kind == "recorder-assigned/1")
    return commit(RecorderAssigned(**core | {"drill": drill}), "julu").index


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
def test_stations_that_send_the_same_lines_and_more(life: Life) -> None:
    for number in range(20):
        life.log("battery", percent=number)
    docking = life.dock()
    answers = [docking.lines(first=0), docking.lines(first=0), docking.lines(first=5)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert LogbookLine.objects.count() == len(life.logbook) and found() == []


def test_a_station_that_withholds_lines_is_seen_by_the_handover(life: Life) -> None:
    gone = life.record("what the station hides")
    hiding = life.dock()
    # It sends the handover, for it wants the receipts, but not the last lines.
    assert hiding.lines(last=2).status_code == 200
    assert hiding.handover().status_code == 201
    assert not Alarm.objects.exists()  # they may be on their way
    # The recorder tells the next station everything.
    life.films.clear()
    life.boot()
    life.log("not-recording", reason="no-policy", detail="")
    life.dock(other_station(life.county)).arrive()
    assert LogbookLine.objects.count() == len(life.logbook)
    assert Alarm.objects.get(code="lines-withheld").about == life.county.station.kid
    assert found() == [("recording-missing", gone.opened_at, gone.closed_at)]


def test_lines_that_never_come_are_seen_by_the_next_handover(life: Life) -> None:
    life.record("what the station hides")
    life.dock().handover()
    life.boot()
    life.dock().handover()
    alarm = Alarm.objects.get()
    assert (alarm.code, alarm.about) == ("lines-withheld", life.county.station.kid)


def tell_health(county: CountyWorld) -> None:
    StationHealth.objects.all().delete()
    body = {"at": "2026-11-24T06:00:00.000Z", "spool_bytes": 0, "spool_limit_bytes": 1, "disk_free_bytes": 1}
    body |= dict.fromkeys(("clock_offset_us", "snapshot_at", "certificate_until"))
    body |= {"release": "0", "bays": []}
    assert county.request("POST", "/intake/health", body=json.dumps(body).encode()).status_code == 200


def test_a_handover_that_a_station_keeps_to_itself(life: Life) -> None:
    docking = life.dock()
    assert docking.lines().status_code == 200
    tell_health(life.county)
    assert not Alarm.objects.exists()  # it may be on its way
    later = clock.now() + timedelta(minutes=61)
    with clock.set_to(lambda: later):
        for _ in range(2):
            awaited.look()
    alarm = Alarm.objects.get()
    assert (alarm.code, alarm.about, alarm.count) == ("handover-withheld", life.signer.kid, 1)


@pytest.mark.parametrize("first", ["lines", "handover"])
def test_a_handover_that_comes_is_not_withheld(life: Life, first: str) -> None:
    docking = life.dock()
    for name in (first, "handover" if first == "lines" else "lines"):
        assert getattr(docking, name)().status_code in (200, 201)
    later = clock.now() + timedelta(minutes=61)
    with clock.set_to(lambda: later):
        awaited.look()
    assert not Alarm.objects.exists() and not Awaited.objects.exists()


def test_a_recording_that_a_station_could_not_take_over(life: Life) -> None:
    film = life.record("film")
    life.dock().arrive()
    body = {"kind": "recording-refused", "bay": 1, "code": "segment-hash", "recorder": life.signer.kid}
    body |= {"recording": str(film.id), "at": life.time}
    for _ in range(2):
        answer = life.county.request("POST", "/intake/alarms", body=json.dumps(body).encode())
        assert answer.status_code == 201
    assert found() == [("segment-hash", film.opened_at, film.closed_at)]
    assert Finding.objects.get().actor == life.county.station.kid
    for change in ({"recording": "x"}, {"recorder": "x"}, {"code": 1}, {"kind": "other"}):
        answer = life.county.request("POST", "/intake/alarms", body=json.dumps(body | change).encode())
        assert 400 <= answer.status_code < 500


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
