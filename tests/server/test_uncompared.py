"""A county whose server tells of its rows nothing, or what nobody can use, while its ledger is followed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from support.city_world import CityWorld
from support.neighbour import Ledger, fill
from zhilu.errors import CallerError, WorldError, ZhiluError
from zhilu.protocols.rows import Rows
from zhilu.server.federation.models import Comparison, Joined, Watch
from zhilu.server.federation.services import comparing, comparisons, mirror, rounds, telling
from zhilu.server.ledger.clock import set_to

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


def ahead(told: Rows) -> Rows:
    return replace(told, size=told.size + 1, digest="f" * 64)


def look(change: Change) -> None:
    with suppress(ZhiluError):
        comparisons.once("julu", Told(change), lambda: None)


@pytest.mark.db
@pytest.mark.parametrize("change", [refusing, ahead])
def test_it_is_asked_again_within_the_hour_and_alarmed_after_a_day(
    city: CityWorld, julu: Ledger, change: Change
) -> None:
    at = datetime.now(UTC)

    def asked(later: timedelta) -> list[str]:
        with set_to(lambda: at + later):
            comparisons.due()
            return comparisons.asked()

    def looked(later: timedelta, change: Change) -> list[tuple[str, str]]:
        with set_to(lambda: at + later):
            look(change)
        found: list[tuple[str, str]] = city.alarms()
        return found

    day = timedelta(days=1)
    assert asked(timedelta()) == ["julu"] and looked(timedelta(), lambda told: told) == []
    assert asked(0.9 * day) == [] and asked(1.1 * day) == ["julu"]
    assert looked(1.1 * day, change) == []
    assert asked(1.11 * day) == [] and asked(1.1 * day + comparisons.RETRY) == ["julu"]
    assert looked(1.9 * day, change) == []
    assert looked(2.1 * day, change) == [("neighbour-uncompared", "julu")]
    assert looked(2.2 * day, lambda told: told) == [("neighbour-uncompared", "julu")]
    assert asked(2.9 * day) == [] and Comparison.objects.get().code == ""


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
    comparisons.turns({}, threading.Event())
    assert comparisons.asked() == [] and Comparison.objects.get().code == "federation-key"


@pytest.mark.parametrize(
    ("state", "alarms"), [("following", [("neighbour-uncompared", "julu")]), ("away", [])]
)
def test_workers_that_end_before_it_does_are_an_alarm(
    city: CityWorld, julu: Ledger, monkeypatch: pytest.MonkeyPatch, state: str, alarms: list[tuple[str, str]]
) -> None:
    at = datetime.now(UTC)
    look(lambda told: told)
    Watch.objects.update(state=state)

    def worker(later: timedelta) -> list[tuple[str, str]]:
        """One that is stopped in the middle of its first turn."""
        stop = threading.Event()
        with monkeypatch.context() as patched, set_to(lambda: at + later):
            patched.setattr(comparisons, "turns", lambda *_: stop.set())
            comparisons.run(stop)
        found: list[tuple[str, str]] = city.alarms()
        return found

    day = timedelta(days=1)
    with set_to(lambda: at + 1.1 * day):
        comparisons.ask("julu")
    assert worker(1.2 * day) == worker(1.9 * day) == []
    assert worker(2.1 * day) == worker(2.2 * day) == alarms


def test_an_index_of_no_ledger_is_none() -> None:
    for key in ("9" * 5000, "²", "", "-1"):
        assert not comparing._is_index(key)
