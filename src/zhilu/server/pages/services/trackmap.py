"""A way as a drawing: what the template needs for its SVG, in its own units; no ground beneath, no network.

- North is up, east is right; the scale is the same both ways, true at the middle of the way. Metres by the
  mean radius of the Earth: for a way of some kilometres the error is below a per cent.
- Longitudes are counted on from the first, so that a way across 180° stays one way.
- A way of no length, or a single point, is drawn in a field of 100 m.
- A mark is drawn where the recorder was at that moment, between two fixes that no gap parts.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from zhilu.server.evidence.services.fixes import Fix
from zhilu.server.evidence.services.telling import Mark

WIDTH, HEIGHT, EDGE = 720.0, 460.0, 46.0
LEAST_M = 100.0
RADIUS_M = 6_371_008.8
MOST_TICKS, MOST_MARKS, LINES = 8, 60, 4
DEGREE = 10**7
TURN = 360 * DEGREE
STEPS_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
Place = tuple[float, float]


@dataclass(frozen=True)
class Point:
    """`x`, `y` in the drawing; `pts_us` the moment."""

    x: float
    y: float
    pts_us: int
    label: str = ""


@dataclass(frozen=True)
class Grid:
    """A line of the grid: where it crosses the drawing, and the degrees that it stands for."""

    at: float
    degrees: str


@dataclass
class Map:
    ways: list[str] = field(default_factory=list)
    """Of each unbroken way the points as SVG writes them."""
    leaps: list[tuple[Point, Point]] = field(default_factory=list)
    """From where the fix was lost to where it came back."""
    start: Point | None = None
    end: Point | None = None
    ticks: list[Point] = field(default_factory=list)
    marks: list[Point] = field(default_factory=list)
    undrawn: int = 0
    """Marks at a moment without a fix, and those that are too many."""
    parallels: list[Grid] = field(default_factory=list)
    meridians: list[Grid] = field(default_factory=list)
    scale_px: float = 0.0
    scale_m: int = 0
    length_m: float = 0.0


class Frame:
    """From degrees to the drawing and back."""

    def __init__(self, places: Sequence[tuple[int, int]]) -> None:
        lats, lons = [lat for lat, _ in places], [lon for _, lon in places]
        self.lat, self.lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
        self.lat_m = math.radians(1) * RADIUS_M
        # At the poles a degree of longitude has no width: there is no east there to draw.
        self.lon_m = self.lat_m * max(0.01, math.cos(math.radians(self.lat / DEGREE)))
        wide = max(LEAST_M, (max(lons) - min(lons)) / DEGREE * self.lon_m)
        high = max(LEAST_M, (max(lats) - min(lats)) / DEGREE * self.lat_m)
        self.px_per_m = min((WIDTH - 2 * EDGE) / wide, (HEIGHT - 2 * EDGE) / high)

    def place(self, lat: float, lon: float) -> Place:
        x = WIDTH / 2 + (lon - self.lon) / DEGREE * self.lon_m * self.px_per_m
        y = HEIGHT / 2 - (lat - self.lat) / DEGREE * self.lat_m * self.px_per_m
        return round(x, 1), round(y, 1)

    def metres(self, first: tuple[int, int], second: tuple[int, int]) -> float:
        return math.hypot(
            (second[0] - first[0]) / DEGREE * self.lat_m, (second[1] - first[1]) / DEGREE * self.lon_m
        )


def draw(fixes: Sequence[Fix], marks: Sequence[Mark]) -> Map | None:
    """None where there is nothing to draw."""
    if not fixes:
        return None
    places = unwrapped(fixes)
    frame = Frame(places)
    points = [Point(*frame.place(*place), fix.pts_us) for place, fix in zip(places, fixes, strict=True)]
    drawn = Map(start=points[0], end=points[-1])
    _ways(drawn, fixes, points)
    drawn.length_m = sum(
        frame.metres(places[i], places[i + 1])
        for i in range(len(places) - 1)
        if not fixes[i + 1].is_after_gap
    )
    drawn.ticks = _ticks(fixes, points)
    _marks(drawn, fixes, points, marks)
    drawn.scale_m = _nice(WIDTH / 5 / frame.px_per_m)
    drawn.scale_px = round(drawn.scale_m * frame.px_per_m, 1)
    drawn.parallels, drawn.meridians = _grid(frame)
    return drawn


def unwrapped(fixes: Sequence[Fix]) -> list[tuple[int, int]]:
    """Latitude and longitude, the latter without a leap at 180°."""
    found: list[tuple[int, int]] = []
    for fix in fixes:
        before = found[-1][1] if found else fix.lon
        turns = round((before - fix.lon) / TURN)
        found.append((fix.lat, fix.lon + turns * TURN))
    return found


def _ways(drawn: Map, fixes: Sequence[Fix], points: Sequence[Point]) -> None:
    way: list[Point] = []
    for fix, point in zip(fixes, points, strict=True):
        if fix.is_after_gap and way:
            drawn.leaps.append((way[-1], point))
            drawn.ways.append(_svg(way))
            way = []
        way.append(point)
    drawn.ways.append(_svg(way))


def _svg(way: Sequence[Point]) -> str:
    return " ".join(f"{one.x},{one.y}" for one in way)


def _ticks(fixes: Sequence[Fix], points: Sequence[Point]) -> list[Point]:
    """Times along the way, evenly spaced, between its ends."""
    first, last = fixes[0].pts_us, fixes[-1].pts_us
    step_us = next(
        (one * 1_000_000 for one in STEPS_S if (last - first) <= one * 1_000_000 * (MOST_TICKS + 1)),
        STEPS_S[-1] * 1_000_000,
    )
    wanted = range((first // step_us + 1) * step_us, last, step_us)
    return [point for at in wanted[:200] if (point := _at(fixes, points, at))]


def _at(fixes: Sequence[Fix], points: Sequence[Point], pts_us: int, label: str = "") -> Point | None:
    """Where the recorder was at a moment; None before, after, and in a gap."""
    place = bisect_left(fixes, pts_us, key=lambda fix: fix.pts_us)
    if place < len(fixes) and fixes[place].pts_us == pts_us:
        return Point(points[place].x, points[place].y, pts_us, label)
    if not 0 < place < len(fixes) or fixes[place].is_after_gap:
        return None
    before, after = points[place - 1], points[place]
    part = (pts_us - before.pts_us) / (after.pts_us - before.pts_us)
    x, y = before.x + (after.x - before.x) * part, before.y + (after.y - before.y) * part
    return Point(round(x, 1), round(y, 1), pts_us, label)


def _marks(drawn: Map, fixes: Sequence[Fix], points: Sequence[Point], marks: Sequence[Mark]) -> None:
    for number, mark in enumerate(marks, 1):
        point = _at(fixes, points, mark.pts_us, str(number)) if len(drawn.marks) < MOST_MARKS else None
        if point is None:
            drawn.undrawn += 1
        else:
            drawn.marks.append(point)


def _nice(metres: float) -> int:
    """The largest of 1, 2, 5, 10, 20 … that is not longer."""
    power = 10 ** max(0, math.floor(math.log10(max(metres, 1))))
    return int(max(one * power for one in (1, 2, 5) if one * power <= max(metres, 1)))


def _grid(frame: Frame) -> tuple[list[Grid], list[Grid]]:
    lat_step = _degrees(HEIGHT / frame.px_per_m / frame.lat_m / LINES)
    lon_step = _degrees(WIDTH / frame.px_per_m / frame.lon_m / LINES)
    half_lat = HEIGHT / 2 / frame.px_per_m / frame.lat_m
    half_lon = (WIDTH - EDGE) / 2 / frame.px_per_m / frame.lon_m  # nearer the side its label is cut
    parallels = [
        Grid(frame.place(one * DEGREE, frame.lon)[1], _written(one, lat_step))
        for one in _multiples(frame.lat / DEGREE, half_lat, lat_step)
        if abs(one) <= 90
    ]
    meridians = [
        Grid(frame.place(frame.lat, one * DEGREE)[0], _written((one + 180) % 360 - 180, lon_step))
        for one in _multiples(frame.lon / DEGREE, half_lon, lon_step)
    ]
    return parallels, meridians


def _degrees(least: float) -> float:
    """The smallest of 1, 2, 5 × 10ⁿ degrees that is not less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(one * power for one in (1, 2, 5, 10) if one * power >= least * 0.999_999)


def _multiples(middle: float, half: float, step: float) -> list[float]:
    first, last = math.ceil((middle - half) / step), math.floor((middle + half) / step)
    return [one * step for one in range(first, last + 1)]


def _written(degrees: float, step: float) -> str:
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{degrees:.{digits}f}°"
