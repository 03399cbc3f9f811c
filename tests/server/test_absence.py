"""Captured = collected = stored = known above (spec/absence.md), through the real intake and in a mirror."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models.functions import Length

from support.county_world import DEPARTMENT, SECTION, CountyWorld
from support.lives import Film, Life
from support.mirrored import Lie, city_of
from support.recordings import fixed_id
from zhilu.encoding import format_time
from zhilu.errors import DataError
from zhilu.server.equipment.events import (
    EquipmentRegistered,
    RecorderFinding,
    RecorderIssued,
    RecorderReturned,
)
from zhilu.server.equipment.events_logbooks import LogbookHeld
from zhilu.server.equipment.models import (
    HandedOver,
    HeldLogbook,
    LoggedRecording,
    Recorder,
)
from zhilu.server.equipment.rules_logbooks import LONGEST, MOST_LINES
from zhilu.server.equipment.services import telling
from zhilu.server.evidence.models import Gap
from zhilu.server.federation.models import Mirror, Watch
from zhilu.server.federation.services import mirror
from zhilu.server.ledger import clock
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import commit, event_of
from zhilu.server.ledger.services.rebuild import rebuild
from zhilu.server.organisation.events import DepartmentSet
from zhilu.server.organisation.models import Department
from zhilu.server.oversight.models import Day, Hole, Named, Reach, Reconciled
from zhilu.server.oversight.services import auditing, reconcile

ISSUE = str(fixed_id("issue"))


@pytest.fixture
def life(county: CountyWorld) -> Life:
    """At noon three days ago."""
    life = Life(county, clock.midnight(clock.today()) - timedelta(days=2, hours=12))
    life.boot()
    return life


def told_at(kind: str) -> datetime:
    return Entry.objects.filter(kind=kind).latest("index").at


def counted() -> list[tuple[int, int, int]]:
    reconcile.everything()
    return list(Day.objects.order_by("day").values_list("captured", "collected", "stored"))


def holes() -> list[tuple[str, str]]:
    """(kind, recording) by line of time."""
    reconcile.everything()
    rows = Hole.objects.order_by("at", "kind").values_list("kind", "recording")
    return [(kind, str(recording or "")) for kind, recording in rows]


def dock(life: Life, *films: Film, bring: bool = True) -> None:
    docking = life.dock(offered=list(films))
    docking.arrive()
    for film in films if bring else ():
        assert docking.bring(film).status_code == 200


@pytest.mark.db
def test_what_arrived_is_counted_at_each_step_and_nothing_is_missing(life: Life) -> None:
    films = [life.record("one", minutes=1), life.record("two")]
    dock(life, *films)
    assert (counted(), holes()) == ([(2, 2, 2)], [])
    row = Day.objects.get()
    assert (row.serial, row.captured_s) == (Reach.objects.get().serial, 65)
    assert list(auditing.check()) == []


def test_a_recording_is_followed_from_the_recorder_to_the_store(life: Life) -> None:
    film = life.record("one")
    docking = life.dock()
    assert docking.lines().status_code == 200
    assert (counted(), holes()) == ([(1, 0, 0)], [("not-handed", str(film.id))])
    assert docking.handover().status_code == 201
    assert (counted(), holes()) == ([(1, 1, 0)], [("not-stored", str(film.id))])
    hole = Hole.objects.get()
    assert Named.objects.get(key=hole.station).name == "第一采集站"
    assert (hole.station, hole.bay, hole.due_at) == (
        life.county.station.kid,
        1,
        told_at("handover-held/1") + timedelta(hours=24),
    )
    assert hole.until and hole.since == LoggedRecording.objects.get().opened_at
    assert docking.bring(film).status_code == 200
    assert (counted(), holes()) == ([(1, 1, 1)], [])


def test_what_is_not_offered_any_more_is_gone_from_the_recorder_at_once(life: Life) -> None:
    kept, gone = life.record("kept"), life.record("gone")
    dock(life, kept)
    assert counted() == [(2, 1, 1)]
    assert holes() == [("not-collected", str(gone.id))]
    assert Hole.objects.get().due_at is None


def test_a_later_handover_shows_that_what_was_only_told_is_gone(life: Life) -> None:
    """The handover that should have come is withheld; the next does not list it."""
    gone = life.record("gone")
    life.dock().lines()
    assert holes() == [("not-handed", str(gone.id))]
    dock(life)
    assert holes() == [("not-collected", str(gone.id))]


def test_what_the_recorder_erased_without_a_receipt_is_lost(life: Life) -> None:
    film = life.record("one")
    life.cleared(film)
    dock(life)
    assert holes() == [("cleared", str(film.id))]


def test_a_recording_that_power_cut_and_nobody_recovered_is_missing_from_its_opening_on(life: Life) -> None:
    cut = life.open("cut")
    life.films.remove(cut)
    dock(life)
    assert (counted(), holes()) == ([], []), "it may still be recording"
    life.boot()
    whole = life.record("whole")
    dock(life, whole)
    assert (counted(), holes()) == ([(2, 1, 1)], [("unclosed", str(cut.id))])
    hole = Hole.objects.get()
    assert hole.since and hole.until and hole.since < hole.until


def test_a_power_on_without_a_word_and_a_gap_inside_are_notes(life: Life) -> None:
    life.boot()
    film = life.open("one")
    life.gap(film, 0, 30_000_000)
    life.close(film)
    dock(life, film)
    assert holes() == [("boot", ""), ("gap", str(film.id))]
    gap = Hole.objects.get(kind="gap")
    assert gap.until and gap.since and gap.until - gap.since == timedelta(seconds=30)
    assert gap.reason == "camera" and counted() == [(1, 1, 1)]


def test_a_clock_ten_years_ahead_hides_no_recording_on_a_far_day(life: Life) -> None:
    life.pass_time(days=3650)
    film = life.record("ahead")
    docking = life.dock()
    docking.lines()
    assert set(holes()) == {("clock", str(film.id)), ("not-handed", str(film.id))}
    assert set(Day.objects.values_list("day", flat=True)) == {clock.today()}
    assert Hole.objects.get(kind="not-handed").due_at == told_at("logbook-held/1") + timedelta(hours=24)


def test_a_time_that_no_page_can_show_is_none(life: Life) -> None:
    life.at = datetime(9990, 12, 31, 23, 0, tzinfo=UTC)
    film = life.record("last")
    life.dock().lines()
    assert set(holes()) == {("clock", str(film.id)), ("not-handed", str(film.id))}
    for hole in Hole.objects.all():
        assert (hole.since, hole.until, hole.at) == (None, None, clock.midnight(clock.today()))
    assert list(auditing.check()) == []


def test_what_is_of_no_year_that_counts_is_counted_neither_little_by_little_nor_at_once(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconcile.everything()
    monkeypatch.setattr(reconcile, "YEARS", range(2000, 2001))
    same_after(lambda: dock(life, life.record("one")))
    assert not Day.objects.exists()


@pytest.mark.db
def test_what_is_removed_from_the_rows_stands_in_the_entries(life: Life) -> None:
    """A county that drops what it stored from its tables and rebuilds: the lines were told."""
    film = life.record("one")
    dock(life, film)
    assert counted() == [(1, 1, 1)]
    before = table()
    rebuild()
    assert table() == before
    assert (counted(), holes()) == ([(1, 1, 1)], [])


def table() -> list[Any]:
    rows: list[Any] = []
    for model in (HeldLogbook, LoggedRecording, HandedOver, Gap):
        rows += list(model.objects.order_by("pk").values())
    return rows


@pytest.mark.db
def test_lines_that_came_in_parts_are_told_once_and_in_order(life: Life, monkeypatch: Any) -> None:
    monkeypatch.setattr(telling, "MOST_LINES", 3)
    for number in range(4):
        life.record(f"film {number}")
    docking = life.dock()
    docking.arrive()
    docking.lines(0)
    told = [event_of(row) for row in Entry.objects.filter(kind="logbook-held/1").order_by("index")]
    numbers = [(one.first, one.last) for one in told]
    assert numbers == [(n, min(n + 2, 10)) for n in range(0, 11, 3)]
    assert (counted(), len(holes())) == ([(4, 4, 0)], 4)


def test_a_long_life_and_a_long_list_fit_into_entries(life: Life) -> None:
    """What does not fit would never be taken, and nothing after it."""
    for _ in range(147):
        life.boot()
    life.log("fault", code="x", detail="x" * 48_000)
    assert len(life.logbook) == MOST_LINES and 64_000 < len(life.logbook[-1]) < 65_536
    for _ in range(150):
        life.boot()
    films = [life.record("one")]
    many = [Film(fixed_id(f"film {n}"), "", films[0].journal, films[0].media) for n in range(1800)]
    docking = life.dock(offered=[*films, *many])
    assert [docking.lines().status_code, docking.handover().status_code] == [200, 201]
    assert docking.bring(films[0]).status_code == 200
    assert HeldLogbook.objects.get().last == len(life.logbook) - 1
    assert HandedOver.objects.count() == 1801
    largest = Entry.objects.annotate(size=Length("core")).order_by("-size")[0]
    assert 65_536 < largest.size <= LONGEST and event_of(largest)


def test_only_the_bureau_tells_and_only_what_the_recorder_signed(life: Life) -> None:
    life.record("one")
    life.dock().lines()
    good = event_of(Entry.objects.get(kind="logbook-held/1"))
    kid = good.recorder
    again = LogbookHeld(kid, good.last + 1, good.last + 1, good.line, [])
    for event, actor, code in (
        (good, "julu", "logbook-told"),
        (again, "julu", "signature"),
        (again, life.county.station.kid, "actor"),
        (LogbookHeld(kid, good.last + 1, good.last + 1, "§", []), "julu", "signature"),
        (LogbookHeld("A" * 43, 0, 0, good.line, []), "julu", "device-unknown"),
    ):
        with pytest.raises(DataError) as refused:
            commit(event, actor)
        assert refused.value.code == code


@pytest.mark.db
def test_a_restored_ledger_that_knows_a_handover_takes_it_again_without_an_entry(life: Life) -> None:
    from zhilu.server.equipment.models import Handover

    film = life.record("one")
    docking = life.dock()
    docking.arrive()
    Handover.objects.all().delete()
    entries = Entry.objects.filter(kind="handover-held/1")
    assert docking.handover().status_code == 201 and entries.count() == 1
    assert docking.bring(film).status_code == 200


@pytest.mark.db
def test_a_summary_that_somebody_changed_is_found_and_made_anew(life: Life) -> None:
    gone = life.record("gone")
    life.films.remove(gone)
    dock(life)
    assert holes() == [("not-collected", str(gone.id))]
    Hole.objects.all().delete()
    Day.objects.update(captured=0)
    found = {one.code for one in auditing.check()}
    assert found == {"missing", "not in the ledger"}
    Reconciled.objects.all().delete()
    assert (counted(), holes()) == ([(1, 0, 0)], [("not-collected", str(gone.id))])


def same_after(*steps: Callable[[], Any]) -> None:
    for step in steps:
        step()
        reconcile.everything()
        assert list(auditing.check()) == []


def test_what_another_recorder_stored_under_the_same_id_is_not_this_ones(life: Life) -> None:
    dock(life, life.record("one"))
    row = LoggedRecording.objects.get()
    row.recorder, row.id = "A" * 43, f"{'A' * 43}/{row.recording}"
    with applying():
        row.save(force_insert=True)
    Reconciled.objects.all().delete()
    assert holes() == [("not-handed", str(row.recording))]
    assert sorted(counted()) == [(1, 0, 0), (1, 1, 1)]


@pytest.mark.db
def test_adding_up_little_by_little_gives_what_adding_up_at_once_gives(life: Life) -> None:
    """Days, recorders, late arrivals: after each step the summary is the whole one."""
    first = life.record("first")
    docking = life.dock()
    same_after(docking.lines, docking.handover)
    life.pass_time(days=1)
    second = life.record("second")
    later = life.dock()
    same_after(later.lines, later.handover, lambda: later.bring(first), lambda: later.bring(second))
    assert counted() == [(1, 1, 1), (1, 1, 1)]


def test_whoever_is_renamed_or_gets_a_recorder_is_no_finding(life: Life) -> None:
    """What stood there already stands with the department that had or owns the recorder by now."""
    kid, serial = life.signer.kid, Recorder.objects.get(kid=life.signer.kid).serial

    def own(department: str) -> None:
        commit(EquipmentRegistered("recorder", serial, "m", "a", department, None), "julu")

    same_after(lambda: own(SECTION), lambda: dock(life, life.record("old")))
    life.at = clock.now()
    same_after(lambda: dock(life, life.record("new")))
    assert departments() == [SECTION, SECTION]
    same_after(lambda: own(DEPARTMENT))
    assert departments() == [DEPARTMENT, DEPARTMENT]
    same_after(lambda: commit(RecorderIssued(ISSUE, kid, SECTION, None), "julu"))
    assert departments() == [DEPARTMENT, SECTION] and str(Reach.objects.get().department) == SECTION
    same_after(lambda: commit(RecorderReturned(ISSUE, "good"), "julu"))
    assert departments() == [DEPARTMENT, SECTION], "it had it on that day"
    assert str(Reach.objects.get().department) == DEPARTMENT
    one = Department.objects.get(id=SECTION)
    parent = str(one.parent) if one.parent else None
    same_after(
        lambda: commit(
            DepartmentSet(SECTION, one.bureau, parent, one.kind, "稽查一科", one.order, one.closed), "julu"
        )
    )
    assert Named.objects.get(key=SECTION).name == "稽查一科"


def departments() -> list[str]:
    return [str(one) for one in Day.objects.order_by("day").values_list("department", flat=True)]


def test_a_fork_is_shown_in_a_month_that_has_nothing_else(life: Life) -> None:
    day = clock.today() - timedelta(days=200)
    found = {"since": None, "until": format_time(clock.midnight(day)), "proof": "00" * 32}
    reconcile.everything()
    commit(RecorderFinding(life.signer.kid, "fork", None, 3, **found), "julu")
    assert holes() == [("fork", "")] and Hole.objects.get().day == day
    assert list(auditing.check()) == []
    reconcile.whole("julu")
    assert Hole.objects.get().day == day


# -- the same at the city


def of_julu() -> tuple[list[Any], list[Any]]:
    days = Day.objects.filter(bureau="julu").values_list("day", "serial", "captured", "collected", "stored")
    found = Hole.objects.filter(bureau="julu").values_list("kind", "recording", "since", "until", "station")
    return sorted(days), sorted(map(str, found))


def test_the_city_counts_what_the_county_counts(life: Life, request: pytest.FixtureRequest) -> None:
    life.boot()
    kept, late, gone = (life.record(name) for name in ("kept", "late", "gone"))
    docking = life.dock(offered=[kept, late])
    docking.arrive()
    docking.bring(kept)
    assert [kind for kind, _ in holes()] == ["boot", "not-stored", "not-collected"]
    at_county, reach = of_julu(), list(Reach.objects.values_list("serial", "known_until", "docked_at"))
    city_of(request)
    assert of_julu() == at_county
    assert list(Reach.objects.values_list("serial", "known_until", "docked_at")) == reach
    assert str(gone.id) in str(at_county[1])
    with mirror.of("julu"):
        Mirror.objects.update(applied=5)
    reconcile.reconcile("julu")
    assert Reconciled.objects.get(bureau="julu").size > 5, "what is being caught up with says nothing yet"
    Watch.objects.update(state="unapplied")
    reconcile.reconcile("julu")
    assert Reconciled.objects.get(bureau="julu").size == 5, "what cannot be applied is not waited for"


def without(name: str) -> Lie:
    """No told line is about the recording of this name."""
    return lambda kind, core: (
        core | {"told": [one for one in core["told"] if one.get("id") != str(fixed_id(name))]}
        if kind == "logbook-held/1"
        else core
    )


def later(kind: str, core: dict[str, Any]) -> dict[str, Any]:
    """The first line is kept back."""
    return core | {"first": core["first"] + 1, "told": core["told"][1:]} if kind == "logbook-held/1" else core


def unsigned(kind: str, core: dict[str, Any]) -> dict[str, Any]:
    return core | {"last": core["last"] + 1} if kind == "logbook-held/1" else core


def shortened(kind: str, core: dict[str, Any]) -> dict[str, Any]:
    """What is stored is less than its recorder closed."""
    return core | {"length": 10} if kind == "recording-stored/1" else core


def dropped(*kinds: str) -> Lie:
    return lambda kind, core: None if kind in kinds else core


@pytest.mark.parametrize(
    ("lie", "found"),
    [
        (without("first"), ["counter", "unlogged"]),
        (later, ["lines"]),
        (unsigned, ["unsigned"]),
        (shortened, ["closed-as", "closed-as"]),
        (dropped("logbook-held/1"), ["unlogged", "unlogged"]),
        (dropped("handover-held/1"), ["unhanded", "unhanded"]),
        (dropped("recording-stored/1"), ["not-stored", "not-stored"]),
        (dropped("recording-stored/1", "logbook-held/1"), ["unlined", "unlined"]),
    ],
    ids=[
        "untold",
        "lines",
        "unsigned",
        "shortened",
        "no lines",
        "no handover",
        "not stored",
        "handover only",
    ],
)
def test_a_county_that_tells_less_than_came_is_seen(
    life: Life, request: pytest.FixtureRequest, lie: Lie, found: list[str]
) -> None:
    films = [life.record("first"), life.record("second")]
    dock(life, *films)
    assert holes() == []
    city_of(request, lie)
    assert sorted(Hole.objects.values_list("kind", flat=True)) == found
