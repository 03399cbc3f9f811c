"""What oversight asks for, from the real intake into the ledger, and the same in a mirror: dockings with the
clock's offset, refusals to clear, what was measured and marked, when acts took, how long is kept.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from support.county_world import BUREAU, OFFICER, CountyWorld
from support.lives import Film, Life
from support.mirrored import city_of
from support.organisation import refused
from support.recordings import fixed_id
from zhilu.server.equipment.models import Docking, HandedOver, LoggedAbsence, LoggedRefusal
from zhilu.server.evidence.models import Act, Lengthened, Measured, Statement
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts, keeping, true_time
from zhilu.server.federation.models import Watch
from zhilu.server.federation.services import mirror
from zhilu.server.ledger import clock
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit, event_of
from zhilu.server.ledger.services.rebuild import rebuild

ISSUE = str(fixed_id("issue"))
TABLES = (Docking, LoggedRefusal, LoggedAbsence, Measured, Statement, Lengthened)


@pytest.fixture
def life(county: CountyWorld) -> Life:
    """At noon three days ago."""
    life = Life(county, clock.midnight(clock.today()) - timedelta(days=2, hours=12))
    life.boot()
    return life


def dock(life: Life, *films: Film) -> None:
    docking = life.dock(offered=list(films))
    docking.arrive()
    for film in films:
        assert docking.bring(film).status_code == 200


def rows() -> list[list[dict[str, Any]]]:
    return [list(model._default_manager.order_by("pk").values()) for model in TABLES]


@pytest.mark.db
def test_a_docking_its_offset_and_what_it_refused_are_told(life: Life) -> None:
    film = life.record("one")
    life.dock(offered=[film], offset_us=-75_000_000).arrive()
    life.log("clearing-refused", id=str(film.id), code="receipt-recording")
    life.dock().lines()
    row = Docking.objects.get()
    assert (row.offset_us, row.officer, row.officer_check) == (-75_000_000, UUID(OFFICER), "key")
    assert row.at == HandedOver.objects.get().at
    refused = LoggedRefusal.objects.get()
    assert (refused.docked, refused.code, refused.mended) == (row.n + 1, "receipt-recording", False)
    reached = [Docking.objects.values(), LoggedRefusal.objects.values()]
    before = [list(rows) for rows in reached]
    rebuild()
    assert [list(rows.all()) for rows in reached] == before


@pytest.mark.db
def test_what_was_measured_and_marked_is_told_once(life: Life) -> None:
    film = life.open("one")
    life.segment(film)
    life.quality(film, 0, 90_000_000, "black")
    life.quality(film, 5_000_000, 70_000_000, "silent")
    for us in (9_000_000, 2_000_000):
        life.mark(film, "", us)
    life.close(film)
    plain = life.record("two")
    dock(life, film, plain)
    row = Measured.objects.get()
    assert (row.recording, row.marks, row.black) == (film.id, [2_000_000, 9_000_000], [[0, 90_000_000]])
    assert (row.black_count, row.black_us, row.silent_count) == (1, 90_000_000, 1)
    assert (row.silent, row.silent_us) == ([[5_000_000, 70_000_000]], 65_000_000)
    event = event_of(Entry.objects.get(kind="recording-measured/1"))
    refused("measured-known", commit, event, BUREAU)
    refused("actor", commit, replace(event, recording=str(plain.id)), OFFICER)
    refused("recording-unknown", commit, replace(event, recording=ISSUE), BUREAU)
    for wrong in ({"marks": [-1]}, {"black": [[2, 1]]}):
        refused("field", commit, replace(event, recording=str(plain.id), **wrong), BUREAU)
    before = list(Measured.objects.values())
    rebuild()
    assert list(Measured.objects.values()) == before


def lived(life: Life) -> None:
    """Something of each table."""
    film = life.open("one")
    life.segment(film)
    life.quality(film, 0, 90_000_000, "black")
    life.mark(film, "")
    life.close(film)
    life.log("shutdown", reason="switch")
    life.boot()
    life.pass_time(minutes=2)
    life.log("shutdown", reason="switch")
    life.boot()
    dock(life, film)
    life.log("clearing-refused", id=str(film.id), code="rollback")
    life.log("clearing-refused", id=str(film.id), code="consistency")
    life.cleared(film)
    life.dock().arrive()
    act = acts.open_act(UUID(OFFICER), "C01", [OFFICER], "某户", [Span(str(film.id), 0, 1)])
    at = clock.now().replace(microsecond=0)
    times = (at - timedelta(hours=1), at)
    acts.file_statement(UUID(OFFICER), Act.objects.get(id=act), 0, {"time": "今天"}, times)
    keeping.lengthen(UUID(OFFICER), film.id, "permanent", "evidence", "证据")


@pytest.mark.db
def test_the_city_has_the_same_and_a_rebuild_gives_it_again(
    life: Life, request: pytest.FixtureRequest
) -> None:
    lived(life)
    found = rows()
    assert all(found), "a table without a row shows nothing"
    assert [(one.code, one.mended) for one in LoggedRefusal.objects.order_by("at")] == [
        ("rollback", False),
        ("consistency", True),
    ]
    rebuild()
    assert rows() == found
    city_of(request)
    with mirror.of("julu"):
        assert rows() == found


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("recording-measured/1", {"marks": [-1]}),
        ("recording-measured/1", {"marks": list(range(1001))}),
        ("recording-measured/1", {"black": [[5, 2]]}),
        ("recording-measured/1", {"silent": [[0, 2**53 - 1]]}),
        ("statement-filed/1", {"began": "9999-12-31T23:59:59.000Z"}),
        ("handover-held/1", {"offset_us": "5"}),
        ("retention-lengthened/1", {"keep": "x" * 65}),
    ],
    ids=str,
)
def test_what_cannot_be_stops_the_mirror_where_it_stands(
    life: Life, request: pytest.FixtureRequest, kind: str, wrong: dict[str, Any]
) -> None:
    lived(life)
    city_of(request, lambda one, core: core | wrong if one == kind else core)
    watch = Watch.objects.get(bureau="julu")
    assert (watch.state, watch.code) == ("unapplied", "field")


def test_what_no_county_would_enter_makes_no_page_or_table_fail(
    life: Life, request: pytest.FixtureRequest
) -> None:
    """Bounded, and nobody's business but its own: times of the year 9998, an offset of centuries, a retention
    that is none, an act that ends before it begins.
    """
    wrong: dict[str, dict[str, Any]] = {
        "statement-filed/1": {"began": "9998-12-31T23:59:59.000Z", "ended": "1970-01-01T00:00:00.000Z"},
        "handover-held/1": {"offset_us": -(2**53) + 1},
        "retention-lengthened/1": {"keep": "for-ever"},
    }
    lived(life)
    city_of(request, lambda one, core: core | wrong.get(one, {}))
    assert Watch.objects.get(bureau="julu").state == "following"
    with mirror.of("julu"):
        act = Act.objects.get()
        ran = true_time.runs(act)
        recording = act.spans.get().recording
        assert ran is not None and ran[0].year < 2100, "an offset that no clock has is none"
        assert keeping.keep_of([recording])[recording] != "for-ever"
