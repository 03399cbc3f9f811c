"""The station tells the county each minute how it is (spec/registers.md §5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from support.station_world import Bureau, eventually
from zhilu import __version__, strictjson
from zhilu.errors import DataError
from zhilu.protocols.health import HEALTH_LIMIT, MOST_BAYS, Health
from zhilu.station import health, room
from zhilu.station.spool import used_bytes


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FIRST_S", 0.0)
    monkeypatch.setattr(health, "EVERY_S", 0.05)
    monkeypatch.setattr(room, "EVERY_S", 0.05)


async def test_the_county_hears_how_the_station_is(bureau: Bureau) -> None:
    device = bureau.recorder()
    async with bureau.station() as kiosk, device.docked():
        await kiosk.until("waiting-officer")
        count = len(bureau.county.health)
        await eventually(lambda: len(bureau.county.health) > count + 1)
        told = bureau.county.health[-1]
        assert told.release == __version__ and abs(told.at - bureau.now()) < timedelta(minutes=1)
        assert told.spool_bytes == used_bytes(bureau.station_path / "spool")
        assert told.spool_limit_bytes > told.spool_bytes and told.disk_free_bytes > 0
        assert told.snapshot_at is not None
        assert told.certificate_until is not None and told.certificate_until > told.at
        # The answers' Date is in whole seconds.
        assert told.clock_offset_us is not None and abs(told.clock_offset_us) < 2_000_000
        bay = told.bays[0]
        assert (bay.number, bay.phase, bay.recorder) == (1, "waiting-officer", device.kid)


async def test_the_settings_limit_is_the_spools(bureau: Bureau) -> None:
    settings = bureau.station_path / "station.toml"
    settings.write_text(settings.read_text().replace("# limit_gb = 200", "limit_gb = 0.001"))
    async with bureau.station():
        await eventually(lambda: bool(bureau.county.health))
        assert bureau.county.health[-1].spool_limit_bytes == 1_000_000


async def test_a_county_that_does_not_hear_holds_nothing_up(bureau: Bureau) -> None:
    bureau.county.broken = lambda request: 500 if request.path == "/intake/health" else None
    device = bureau.recorder()
    async with bureau.station() as kiosk, device.docked():
        await kiosk.until("waiting-officer")
        reports = kiosk.station.health
        await eventually(lambda: reports.failed > 1)
        assert reports.sent == 0
        bureau.county.broken = lambda request: None
        await eventually(lambda: reports.sent > 0)


async def test_told_too_often_is_not_away(bureau: Bureau) -> None:
    bureau.county.broken = lambda request: 429 if request.path == "/intake/health" else None
    async with bureau.station() as kiosk:
        await eventually(lambda: kiosk.station.health.failed > 0)
        assert kiosk.station.county.reachable


GOOD: dict[str, Any] = {
    "at": "2026-06-01T00:00:00.000Z",
    "spool_bytes": 0,
    "spool_limit_bytes": 1,
    "disk_free_bytes": 1,
    "clock_offset_us": None,
    "snapshot_at": None,
    "certificate_until": None,
    "release": "0.1.0",
    "bays": [{"number": 1, "phase": "empty", "recorder": None}],
}


def test_what_was_read_is_written_alike() -> None:
    report = Health.from_json(GOOD)
    assert Health.from_bytes(report.to_bytes()) == report
    later = replace(report, snapshot_at=report.at, clock_offset_us=-5)
    assert Health.from_bytes(later.to_bytes()) == later


@pytest.mark.parametrize(
    "changed",
    [
        {"at": "yesterday"},
        {"at": None},
        {"spool_bytes": -1},
        {"spool_bytes": True},
        {"disk_free_bytes": "1"},
        {"clock_offset_us": "1"},
        {"snapshot_at": "2026"},
        {"release": "x" * 65},
        {"bays": {}},
        {"bays": [GOOD["bays"][0]] * 2},
        {"bays": [GOOD["bays"][0] | {"number": 0}]},
        {"bays": [GOOD["bays"][0] | {"phase": "<b>"}]},
        {"bays": [GOOD["bays"][0] | {"recorder": "x"}]},
        {"bays": [GOOD["bays"][0] | {"number": n + 1} for n in range(MOST_BAYS + 1)]},
        {"more": "x" * HEALTH_LIMIT},
    ],
)
def test_a_report_of_another_form_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        Health.from_bytes(strictjson.dumps(GOOD | changed))
