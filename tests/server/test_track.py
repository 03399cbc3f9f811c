"""Where a recorder was: opened for who may see the recording, thinned, drawn; nothing odd breaks the page."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from django.template.loader import render_to_string

from support.county_world import CountyWorld
from support.organisation import client_of
from support.recordings import OFFICER, fixed_key
from support.recordings import RECORDING as STORED
from support.recordings import test_id as named_id
from zhilu.pki.certificates import key_pem
from zhilu.sealed.segments import seal_private
from zhilu.server.evidence.services import fixes
from zhilu.server.evidence.services.fixes import Fix, Sealed
from zhilu.server.evidence.services.telling import Mark
from zhilu.server.pages.services import trackmap
from zhilu.server.pages.views import recording

RECORDING, KEY = named_id("track"), b"k" * 32
JULU = (372_200_000, 1_150_300_000)
S = 1_000_000


def sealed(n: int, pts_s: float, private: Any) -> Sealed:
    pts_us = round(pts_s * S)
    return Sealed(n, pts_us, pts_us + 2 * S, seal_private(KEY, RECORDING, n, private))


def walk(times: list[float]) -> list[Sealed]:
    return [
        sealed(n, at, {"position": {"lat": JULU[0] + n, "lon": JULU[1] - n}}) for n, at in enumerate(times)
    ]


def test_positions_are_opened_and_a_gap_of_the_fix_is_seen() -> None:
    found = fixes.track(RECORDING, walk([0, 2, 4, 60, 62]), KEY)
    assert [one.is_after_gap for one in found.fixes] == [False, False, False, True, False]
    assert [(one.from_us, one.to_us) for one in found.gaps] == [(6 * S, 60 * S)]
    assert (found.count, found.step, found.closed) == (5, 1, 0)


def test_without_the_key_nothing_is_shown_but_how_many() -> None:
    assert fixes.track(RECORDING, walk([0, 2]), None) == fixes.Track(count=2, closed=2)
    other = fixes.track(named_id("other"), walk([0, 2]), KEY)
    assert other.fixes == [] and other.closed == 2


def test_eight_hours_are_thinned_and_keep_their_ends_and_gaps() -> None:
    times = [2.0 * n for n in range(14_400) if not 5_000 <= n < 5_030]
    found = fixes.track(RECORDING, walk(times), KEY)
    assert len(found.fixes) <= fixes.MOST_OPENED + 1 and found.count == 14_370
    assert (found.fixes[0].pts_us, found.fixes[-1].pts_us) == (0, round(times[-1]) * S)
    assert len(found.gaps) == 1 and sum(one.is_after_gap for one in found.fixes) == 1


@pytest.mark.parametrize(
    "private",
    [
        {},
        {"text": "a mark's"},
        {"position": None},
        {"position": []},
        {"position": {"lat": 1}},
        {"position": {"lat": "1", "lon": 2}},
        {"position": {"lat": True, "lon": False}},
        {"position": {"lat": 900_000_001, "lon": 0}},
        {"position": {"lat": 0, "lon": -1_800_000_001}},
        {"position": {"lat": 10**15, "lon": 0}},
    ],
)
def test_what_is_no_position_is_passed_over(private: Any) -> None:
    found = fixes.track(RECORDING, [sealed(0, 0, private), *walk([2, 4])[1:]], KEY)
    assert len(found.fixes) == 1 and found.closed == 0


def test_a_private_part_that_was_altered_hides_no_other() -> None:
    one, two = walk([0, 2])
    for broken in ("", "A", "A" * 40, "é", two.private):
        found = fixes.track(RECORDING, [Sealed(0, 0, 2 * S, broken), two], KEY)
        assert found.closed == 1 and len(found.fixes) == 1
    assert fixes.track(RECORDING, [one, two], KEY).closed == 0


def at(pts_s: float, lat: int, lon: int, is_after_gap: bool = False) -> Fix:
    return Fix(round(pts_s * S), lat, lon, None, is_after_gap)


def numbers(drawn: trackmap.Map) -> list[float]:
    ways = [float(one) for way in drawn.ways for pair in way.split() for one in pair.split(",")]
    points = [drawn.start, drawn.end, *drawn.ticks, *drawn.marks]
    return [*ways, *(one.x for one in points if one), *(one.y for one in points if one)]


def inside(drawn: trackmap.Map) -> bool:
    return all(math.isfinite(one) and 0 <= one <= trackmap.WIDTH for one in numbers(drawn))


def test_a_way_north_and_east_goes_up_and_right_in_its_true_length() -> None:
    drawn = trackmap.draw([at(0, *JULU), at(60, JULU[0] + 90_000, JULU[1] + 90_000)], [])
    assert drawn and drawn.start and drawn.end
    assert drawn.end.x > drawn.start.x and drawn.end.y < drawn.start.y
    north = 0.009 * math.pi / 180 * trackmap.RADIUS_M
    assert drawn.length_m == pytest.approx(math.hypot(north, north * math.cos(math.radians(37.22))), rel=1e-3)
    assert inside(drawn) and len(drawn.parallels) >= 2 and len(drawn.meridians) >= 2
    assert [one.pts_us // S for one in drawn.ticks] == [10, 20, 30, 40, 50]


def test_a_scale_bar_is_a_round_length_at_the_scale_of_the_way() -> None:
    drawn = trackmap.draw([at(0, *JULU), at(60, JULU[0] + 90_000, JULU[1])], [])
    assert drawn and str(drawn.scale_m)[0] in "125" and set(str(drawn.scale_m)[1:]) <= {"0"}
    assert drawn.start and drawn.end
    px_per_m = (drawn.start.y - drawn.end.y) / (0.009 * math.pi / 180 * trackmap.RADIUS_M)
    assert drawn.scale_px == pytest.approx(drawn.scale_m * px_per_m, rel=1e-2)


def test_the_scale_bar_lies_under_the_drawing_where_no_label_can_be() -> None:
    drawn = trackmap.draw([at(0, *JULU), at(60, JULU[0] + 90_000, JULU[1] + 60_000)], [])
    told = {"track": {"count": 2, "step": 1}}
    text = render_to_string("pages/_map.html", {"map": drawn, "told": told})
    bar = re.search(r'z-map-scale" transform="translate\((\d+) (\d+)\)', text)
    whole = re.search(r'viewBox="0 0 (\d+) (\d+)"', text)
    assert bar and whole and trackmap.HEIGHT + 10 <= int(bar[2]) <= int(whole[2]) - 5


def test_a_way_across_the_antimeridian_stays_short() -> None:
    drawn = trackmap.draw([at(0, 0, 1_799_990_000), at(2, 0, -1_799_990_000), at(4, 0, 1_799_995_000)], [])
    assert drawn and drawn.length_m < 500 and inside(drawn)
    assert all(-180 <= float(one.degrees[:-1]) <= 180 for one in drawn.meridians)


@pytest.mark.parametrize(
    "fixes_",
    [
        [at(0, *JULU)],
        [at(0, *JULU), at(2, *JULU)],
        [at(0, 900_000_000, 0), at(2, 900_000_000, 1_800_000_000)],
        [at(0, -900_000_000, -1_800_000_000), at(2, 900_000_000, 1_800_000_000)],
        [at(5, *JULU), at(5, *JULU)],
    ],
)
def test_odd_ways_are_drawn_all_the_same(fixes_: list[Fix]) -> None:
    drawn = trackmap.draw(fixes_, [Mark(0, ""), Mark(10**18, "x")])
    assert drawn and inside(drawn) and drawn.scale_m >= 1


def test_nothing_to_draw_is_no_drawing() -> None:
    assert trackmap.draw([], [Mark(0, "")]) is None


def test_a_gap_is_no_way_and_a_mark_within_it_stands_nowhere() -> None:
    way = [at(0, *JULU), at(10, JULU[0] + 1000, JULU[1]), at(60, JULU[0] + 2000, JULU[1], True)]
    marks = [Mark(5 * S, "甲"), Mark(30 * S, "乙"), Mark(60 * S, None)]
    drawn = trackmap.draw(way, marks)
    assert drawn and len(drawn.ways) == 2 and len(drawn.leaps) == 1 and drawn.undrawn == 1
    assert [one.label for one in drawn.marks] == ["1", "3"]
    assert drawn.start and drawn.marks[0].y < drawn.start.y


@pytest.fixture
def opened(county: CountyWorld) -> CountyWorld:
    """A stored recording whose journal the county can open."""
    county.config.text_key.write_bytes(key_pem(fixed_key("text")))
    county.store()
    county.publish()
    return county


@pytest.mark.django_db
def test_the_page_draws_the_way_with_its_marks_for_who_may_open_it(opened: CountyWorld) -> None:
    officer = client_of(OFFICER)
    page = officer.get(f"/recordings/{STORED}").content.decode()
    assert "z-map-way" in page and "z-map-north" in page and "<polyline points=" in page
    part = officer.get(f"/recordings/{STORED}/journal", headers={"HX-Request": "true"}).content.decode()
    assert "z-map-way" in part and "<html" not in part
    assert "<html" in officer.get(f"/recordings/{STORED}/journal").content.decode()
    stranger = client_of(opened.second_officer)
    assert stranger.get(f"/recordings/{STORED}/journal").status_code == 404
    opened.config.text_key.unlink()
    page = officer.get(f"/recordings/{STORED}").content.decode()
    assert "z-map-way" not in page and "无法打开" in page


@pytest.mark.django_db
def test_a_long_journal_is_asked_for_after_its_page(opened: CountyWorld, monkeypatch: Any) -> None:
    monkeypatch.setattr(recording, "MOST_INLINE", 1)
    page = client_of(OFFICER).get(f"/recordings/{STORED}").content.decode()
    assert f'hx-get="/recordings/{STORED}/journal"' in page and "z-map-way" not in page
