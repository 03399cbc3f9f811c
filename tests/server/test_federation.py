"""A city follows its counties: what is whole is stored, cosigned, applied; what fails leaves whole steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.city_world import CityWorld
from support.following import STAGE, follow, held, more, set_back
from support.neighbour import Ledger, fill, named
from zhilu.errors import WorldError
from zhilu.server.federation.models import Joined, Watch
from zhilu.server.federation.services import mirror, rounds
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.ledger.services import replay
from zhilu.server.organisation.models import Department
from zhilu.tlog.note import Note
from zhilu.tlog.witness import read_cosignatures


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


def test_a_county_ten_years_ahead_is_followed_and_shown(city: CityWorld, julu: Ledger) -> None:
    julu.add("department-set/1", named(900), at=datetime.now(UTC) + timedelta(days=3650))
    julu.publish()
    watch = follow(city, julu)
    assert (watch.state, watch.ahead) == ("following", 1)


def test_no_county_has_come_yet(city: CityWorld) -> None:
    qinghe = Ledger("qinghe")
    city.join(qinghe)
    assert follow(city, qinghe).state == "following"
    assert held(qinghe) == (0, 0, 0)


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
