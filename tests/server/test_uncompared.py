"""A county whose server tells of its rows nothing, or what nobody can use, while its ledger is followed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import NoReturn

import pytest

from support.city_world import CityWorld
from support.neighbour import Ledger, fill
from zhilu.errors import CallerError, WorldError, ZhiluError
from zhilu.protocols.rows import Rows
from zhilu.server.federation.models import Comparison, Joined, Watch
from zhilu.server.federation.services import comparing, comparisons, mirror, rounds, telling
from zhilu.server.ledger.clock import now, set_to

Change = Callable[[Rows], Rows]
DEPARTMENT = "organisation.department"


class Told:
    """Out of the mirror itself, with what a test makes of the departments."""

    def __init__(self, change: Change, bureau: str = "julu") -> None:
        self._change, self._bureau = change, bureau

    def rows(self, table: str, after: str | None, count: int, *, each: bool) -> Rows:
        with mirror.of(self._bureau):
            told = telling.rows(table, after, count, each=each, size=lambda: mirror.known()[2])
        return self._change(told) if table == DEPARTMENT else told


@pytest.fixture
def julu(city: CityWorld) -> Ledger:
    ledger = Ledger()
    fill(ledger, 5)
    ledger.publish()
    city.join(ledger)
    rounds.once(Joined.objects.get(bureau="julu"), ledger)
    return ledger


def refusing(told: Rows) -> Rows:
    raise WorldError("neighbour-away", "500")


def broken(*_said: object) -> NoReturn:
    raise WorldError("neighbour-away", "500")


def ahead(told: Rows) -> Rows:
    return replace(told, size=told.size + 1, digest="f" * 64)


def look(change: Change) -> None:
    with suppress(ZhiluError):
        comparisons.once("julu", Told(change), lambda: None)


DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LOOKS = timedelta(minutes=61)
ALARM = [("neighbour-uncompared", "julu")]


class Days:
    """A city's worker from now on: what it does about julu at a time, in days."""

    def __init__(self, city: CityWorld) -> None:
        self._city, self._at = city, datetime.now(UTC)

    def asked(self, day: float) -> list[str]:
        with self._on(day):
            comparisons.due()
            return comparisons.asked()

    def compares(self, day: float, change: Change) -> None:
        with self._on(day):
            look(change)

    def passes(self, since: float, until: float, reached: bool = True, every: timedelta = LOOKS) -> bool:
        """It looks each hour, or as often as is said; whether there is an alarm."""
        day = since
        while day <= until:
            with self._on(day):
                if reached:
                    Watch.objects.update(reached_at=now())
                comparisons.count()
            day += every / DAY
        found: list[tuple[str, str]] = self._city.alarms()
        assert found in ([], ALARM)
        return bool(found)

    def _on(self, day: float) -> AbstractContextManager[None]:
        return set_to(lambda: self._at + day * DAY)


@pytest.fixture
def days(city: CityWorld, julu: Ledger) -> Days:
    return Days(city)


@pytest.mark.db
@pytest.mark.parametrize("change", [refusing, ahead])
def test_it_is_asked_again_within_the_hour_and_alarmed_after_a_day(days: Days, change: Change) -> None:
    assert days.asked(0) == ["julu"]
    days.compares(0, lambda told: told)
    assert days.asked(0.9) == [] and days.asked(1.1) == ["julu"]
    days.compares(1.1, change)
    assert days.asked(1.11) == [] and days.asked(1.15) == ["julu"]
    assert not days.passes(1.15, 1.9)
    days.compares(1.9, change)
    assert days.passes(1.9, 2.3)
    days.compares(2.3, lambda told: told)
    assert Comparison.objects.get().hours == 0 and Comparison.objects.get().code == ""
    assert days.asked(3.2) == []


@pytest.mark.db
@pytest.mark.parametrize("state", ["behind", "away", "unapplied", "contradicts"])
def test_whoever_is_reached_and_never_compared_is_alarmed_whatever_its_state(days: Days, state: str) -> None:
    """It is never asked, for it is not followed in just that moment."""
    Watch.objects.update(state=state)
    assert days.asked(0) == [] and not days.passes(0, 1.9)
    assert days.passes(1.95, 2.2)


def test_who_is_there_now_and_then_is_alarmed_later(days: Days) -> None:
    days.compares(0, lambda told: told)
    assert not days.passes(1.05, 12, every=timedelta(hours=12))
    assert days.passes(12.5, 14, every=timedelta(hours=12))


def test_a_county_that_is_away_is_not_alarmed_nor_when_it_comes_back(days: Days) -> None:
    days.compares(0, lambda told: told)
    assert not days.passes(0, 0.5) and not days.passes(0.5, 9, reached=False)
    assert not days.passes(9, 9.9)
    assert Comparison.objects.get().hours < comparisons.HOURS


def test_a_city_that_was_off_for_days_does_not_count_them(days: Days) -> None:
    days.compares(0, lambda told: told)
    assert not days.passes(0, 1.5)  # then it is off
    days.compares(9, refusing)
    assert not days.passes(9, 9.4)
    assert days.passes(9.45, 9.7)


def test_who_was_compared_meanwhile_is_not_counted(days: Days) -> None:
    days.compares(0, lambda told: told)
    old = Comparison.objects.get()
    days.compares(1, lambda told: told)
    comparisons._hour(old)
    assert Comparison.objects.get().hours == 0


def test_who_hands_out_its_ledger_and_takes_no_cosignature_is_reached(days: Days, julu: Ledger) -> None:
    """It is away at the end of each round, and its ledger is here all the same."""
    fill(julu, 2, start=5)
    julu.publish()
    before = Watch.objects.get()
    julu.cosign = broken  # type: ignore[method-assign]
    rounds.once(Joined.objects.get(bureau="julu"), julu)
    watch = Watch.objects.get()
    assert (watch.state, watch.code) == ("away", "neighbour-away")
    assert watch.applied == julu.size > before.applied
    assert watch.reached_at and before.reached_at and watch.reached_at > before.reached_at


def test_who_hands_out_no_checkpoint_is_not_reached(days: Days, julu: Ledger) -> None:
    before = Watch.objects.get().reached_at
    julu.checkpoint = broken  # type: ignore[method-assign]
    rounds.once(Joined.objects.get(bureau="julu"), julu)
    assert Watch.objects.get().state == "away" and Watch.objects.get().reached_at == before


@pytest.mark.db
@pytest.mark.parametrize("change", [None, refusing])
def test_a_clock_that_was_a_year_ahead_stops_nothing(days: Days, change: Change | None) -> None:
    days.compares(365, change or (lambda told: told))
    assert days.asked(0) == ["julu"]
    assert not days.passes(0, 1.9)
    assert days.passes(1.95, 2.2)


def test_who_was_reached_by_a_clock_ahead_was_not_reached(days: Days) -> None:
    days.compares(0, lambda told: told)
    Watch.objects.update(reached_at=now() + 365 * DAY)
    assert not days.passes(0, 5, reached=False)


def test_a_ledger_is_never_smaller_than_its_mirror(city: CityWorld, julu: Ledger) -> None:
    look(lambda told: replace(told, size=0, digest="f" * 64))
    assert Comparison.objects.get().findings == [[DEPARTMENT, "fewer entries than it has published"]]
    assert city.alarms() == [("neighbour-differs", "julu")]


@pytest.mark.parametrize("key", ["\x1b[2J\x1b[Hall is what the ledger says\n", "a\0", "x" * 100_000])
def test_what_it_calls_its_rows_is_shown_and_obeyed_by_no_terminal(
    city: CityWorld, julu: Ledger, key: str
) -> None:
    def named(told: Rows) -> Rows:
        each = told.each and {key: next(iter(told.each.values())), **dict(list(told.each.items())[1:])}
        return replace(told, digest="f" * 64, each=each)

    look(named)
    places = [place for place, _ in Comparison.objects.get().findings]
    assert len(places) == 2 and all(place.isprintable() and len(place) < 200 for place in places)


def test_a_slow_one_keeps_up_no_other(city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Ledger("qinghe")
    other.publish()
    city.join(other)
    rounds.once(Joined.objects.get(bureau="qinghe"), other)
    clock, stop, going = [0.0], threading.Event(), dict[str, comparing.Going]()

    class Slow(Told):
        def rows(self, table: str, after: str | None, count: int, *, each: bool) -> Rows:
            clock[0] += 0 if self._bureau == "qinghe" else 100
            return super().rows(table, after, count, each=each)

        def close(self) -> None: ...

    monkeypatch.setattr(comparing, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(comparisons, "source_of", lambda bureau: Slow(lambda told: told, bureau))
    comparisons.due()
    assert comparisons.asked() == ["julu", "qinghe"]
    comparisons.turns(going, stop)
    assert list(going) == comparisons.asked() == ["julu"] and clock[0] == 100
    while going:
        comparisons.turns(going, stop)
    assert dict(Comparison.objects.values_list("bureau", "code")) == {"julu": "compare-long", "qinghe": ""}
    assert clock[0] == comparing.MOST_S + 100


def test_what_cannot_be_begun_is_asked_again_in_an_hour(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keyless(bureau: str) -> None:
        raise CallerError("federation-key", "no key")

    monkeypatch.setattr(comparisons, "source_of", keyless)
    comparisons.due()
    assert comparisons.turns({}, threading.Event())
    assert not comparisons.turns({}, threading.Event())
    assert comparisons.asked() == [] and Comparison.objects.get().code == "federation-key"


def test_workers_that_end_before_it_does_are_an_alarm(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each stopped in the middle of its first turn."""
    at = datetime.now(UTC)
    look(lambda told: told)
    monkeypatch.setattr(comparisons, "turns", lambda _going, stop: stop.set())
    for hour in range(23, 24 + comparisons.HOURS + 1):
        assert city.alarms() == []
        with set_to(lambda hour=hour: at + hour * HOUR + timedelta(minutes=1)):  # type: ignore[misc]
            Watch.objects.update(reached_at=now())
            comparisons.run(threading.Event())
    assert city.alarms() == ALARM


def test_an_index_of_no_ledger_is_none() -> None:
    for key in ("9" * 5000, "²", "", "-1"):
        assert not comparing._is_index(key)
