"""Media wait for their window and share a rate; lines go at once."""

from __future__ import annotations

import time as clocks
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from support.station_world import Bureau, eventually, random_media
from zhilu.errors import WorldError
from zhilu.station.config import Upload
from zhilu.station.pace import BEIJING, Pace


def at(hour: int, minute: int = 0) -> datetime:
    """So late in Beijing, as UTC."""
    return datetime(2026, 11, 30, hour, minute, tzinfo=BEIJING).astimezone(UTC)


@pytest.mark.parametrize(
    ("begin", "end", "now", "open_"),
    [
        (18, 20, at(17, 59), False),
        (18, 20, at(18), True),
        (18, 20, at(20), False),
        (22, 6, at(23), True),
        (22, 6, at(5, 59), True),
        (22, 6, at(6), False),
        (22, 6, at(12), False),
    ],
)
async def test_a_window_is_of_beijings_day_and_may_go_over_midnight(
    begin: int, end: int, now: datetime, open_: bool
) -> None:
    pace = Pace(Upload((time(begin), time(end)), None), lambda: now)
    assert (pace.open, pace.held) == (open_, None if open_ else "window")
    if open_:
        await pace.turn(10**12)
    else:
        with pytest.raises(WorldError):
            await pace.turn(1)


async def test_all_share_the_rate() -> None:
    pace = Pace(Upload(None, 1_000_000), lambda: at(0))
    begun = clocks.monotonic()
    for _ in range(4):
        await pace.turn(100_000)
    assert 0.3 <= clocks.monotonic() - begun < 30
    await pace.turn(2_000_000)
    assert pace.held == "rate"


async def test_outside_the_window_lines_go_and_media_wait(bureau: Bureau) -> None:
    opens = (bureau.now().astimezone(BEIJING) + timedelta(hours=2)).strftime("%H:%M")
    closes = (bureau.now().astimezone(BEIJING) + timedelta(hours=3)).strftime("%H:%M")
    path: Path = bureau.station_path / "station.toml"
    text = path.read_text().replace('# from = "18:00"', f'from = "{opens}"')
    path.write_text(text.replace('# until = "08:00"', f'until = "{closes}"'))
    device = bureau.recorder()
    recording = device.record(*random_media(2, 1000))
    async with bureau.station() as kiosk, device.docked() as docked:
        await kiosk.until("waiting-officer")
        await kiosk.hand_over(device.officer)
        await kiosk.until("uploading")
        await eventually(lambda: str(recording) in bureau.county.recordings)
        assert (await kiosk.state())["upload"] == {"held": "window"}
        assert bureau.county.recordings[str(recording)].segments == []
        kiosk.station.uploads._pace._clock = lambda: bureau.now() + timedelta(hours=2, minutes=5)
        await docked.undocked()
    assert len(bureau.county.recordings[str(recording)].segments) == 3
