"""Self-checks: each finds its trouble and nothing else; a station that is well is found well."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

from support.station_world import Bureau, eventually
from zhilu import cli
from zhilu.station import checks, home
from zhilu.station.alarm import Finding
from zhilu.station.checks import (
    bays,
    certificate,
    clock,
    county,
    disk,
    key,
    registered,
    room,
    sensor,
    snapshot,
    upload,
    waiting,
)
from zhilu.station.checks.look import Look, gather
from zhilu.station.checks.sentences import SENTENCES
from zhilu.station.config import SpoolLimits
from zhilu.station.daemon import Station
from zhilu.station.room import Room
from zhilu.station.spool import COLLECTED, COLLECTING, STORED, State


class World:
    """A station that is not running, and what is looked at."""

    def __init__(self, bureau: Bureau) -> None:
        self.bureau = bureau
        self.path = bureau.station_path
        (self.path / "snapshot.json").write_bytes(bureau.snapshot())
        self.station = Station(home.load(self.path))
        self.look = gather(self.station.parts, asyncio.run(self.station.room.measure()), None, {})

    def found(self, module: ModuleType, **changed: Any) -> list[tuple[str, str]]:
        look = replace(self.look, **changed)
        findings = module.check(look)
        assert all(finding.code in SENTENCES for finding in findings)
        return [(finding.code, finding.detail) for finding in findings]

    def state_of_spool(self) -> dict[str, Any]:
        said = self.station.state()["spool"]
        assert isinstance(said, dict)
        return said

    def settings(self, **changed: Any) -> Look:
        """The same with other settings."""
        parts = self.look.parts
        settings = replace(parts.home.settings, **changed)
        return replace(self.look, parts=replace(parts, home=replace(parts.home, settings=settings)))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    return Bureau(tmp_path_factory.mktemp("bureau"))


@pytest.fixture
def world(shared: Bureau) -> World:
    return World(shared)


def test_a_station_that_is_well_is_found_well(world: World) -> None:
    for module in checks.ALL:
        assert module.check(world.look) == []


def test_every_check_is_among_all() -> None:
    folder = Path(checks.__file__).parent
    named = {path.stem for path in folder.glob("*.py") if "def check(look: Look)" in path.read_text()}
    assert named == {module.__name__.rpartition(".")[2] for module in checks.ALL}


GB = 10**9


def test_the_disk_is_low_then_full(world: World) -> None:
    whole = {"disk_bytes": 100 * GB}
    assert world.found(disk, free_bytes=10 * GB, **whole) == []
    assert world.found(disk, free_bytes=9 * GB, **whole) == [("disk-low", "9.0 GB")]
    assert world.found(disk, free_bytes=200_000_000, **whole) == [("disk-full", "0.2 GB")]


def test_at_the_edge_low_does_not_come_and_go(world: World) -> None:
    whole = {"disk_bytes": 100 * GB}
    world.look.parts.alarms.found(disk.check(replace(world.look, free_bytes=9 * GB, **whole)))
    assert world.found(disk, free_bytes=11 * GB, **whole) == [("disk-low", "11.0 GB")]
    assert world.found(disk, free_bytes=12 * GB, **whole) == []
    world.look.parts.alarms.found([])


def test_a_spool_with_a_limit_is_low_then_full(world: World) -> None:
    limited = world.settings(spool=SpoolLimits(limit_bytes=100 * GB, low_percent=10))
    said = [
        [finding.code for finding in room.check(replace(limited, used_bytes=used))]
        for used in (90 * GB, 91 * GB, 100 * GB)
    ]
    assert said == [[], ["spool-low"], ["spool-full"]]
    assert room.check(replace(world.look, used_bytes=10**15)) == []


def test_what_a_recording_that_is_begun_will_grow_by_is_no_room(world: World) -> None:
    limits = SpoolLimits(limit_bytes=100 * GB, low_percent=10)
    spool = world.look.parts.spool
    begun = spool.begin(uuid4(), b"{}", State(COLLECTING, "kid", "00", 1, "00", 1, 91 * GB))
    measured = asyncio.run(Room(spool, limits).measure())
    look = gather(world.settings(spool=limits).parts, measured, None, {})
    assert [finding.code for finding in room.check(look)] == ["spool-low"]
    assert look.free_bytes == max(0, measured.free - 91 * GB)
    begun.remove()


def test_the_screen_says_little_room_where_a_check_does(world: World) -> None:
    assert world.state_of_spool()["low"] is False
    world.look.parts.alarms.found([Finding("spool-low")])
    assert world.state_of_spool()["low"] is True
    world.look.parts.alarms.found([])
    assert world.state_of_spool()["low"] is False


def test_a_recording_that_waits_for_a_day(world: World) -> None:
    spool = world.look.parts.spool
    state = State(COLLECTED, "kid", "00", 1, "00", 1, 1)
    old, new, stored = (spool.begin(uuid4(), b"{}", state) for _ in range(3))
    stored.set_state(replace(state, stage=STORED))
    for one in (old, stored):
        os.utime(one.handover, (time.time() - 25 * 3600,) * 2)
    assert world.found(waiting) == [("spool-old", "1")]
    for one in (old, new, stored):
        one.remove()


@pytest.mark.parametrize(
    ("offset_us", "found"), [(None, []), (4_900_000, []), (6_000_000, ["+6 s"]), (-90_000_000, ["-90 s"])]
)
def test_a_clock_that_is_off(world: World, offset_us: int | None, found: list[str]) -> None:
    world.station.county.clock_offset_us = offset_us
    assert world.found(clock) == [("clock-off", detail) for detail in found]


async def test_a_county_that_does_not_know_the_station(world: World) -> None:
    county, known = world.bureau.county, world.station.county
    county.snapshot = world.bureau.snapshot
    assert world.found(registered) == []
    for keys, found in (({}, [("not-registered", "")]), (county.keys, [])):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(county, "keys", keys)
            async with county.served():
                await world.station.snapshots.renew()
        assert world.found(registered) == found
    await known.close()


def test_the_county_is_away_after_five_minutes(world: World) -> None:
    assert world.found(county, away_s=299.0) == []
    assert world.found(county, away_s=300.0) == [("county-away", "")]
    # After a restart in the middle it stays, until an answer comes.
    world.look.parts.alarms.found(county.check(replace(world.look, away_s=300.0)))
    assert world.found(county, away_s=0.0) == [("county-away", "")]
    assert world.found(county, away_s=None) == []
    world.look.parts.alarms.found([])


def test_a_certificate_ends(world: World) -> None:
    from zhilu.station.health import certificate_until

    path = world.path / "tls.crt"
    until = certificate_until(path)
    assert until is not None
    day = f"{until:%Y-%m-%d}"
    assert world.found(certificate, now=until - timedelta(days=30)) == []
    assert world.found(certificate, now=until - timedelta(days=29)) == [("certificate-ending", day)]
    assert world.found(certificate, now=until) == [("certificate-over", day)]
    held = path.read_bytes()
    path.write_bytes(b"no certificate")
    assert world.found(certificate) == [("certificate-over", "tls.crt")]
    path.write_bytes(held)


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("station.key", lambda path: path.unlink()),
        ("station.key", lambda path: path.write_bytes(path.with_name("tls.key").read_bytes())),
        ("station.key", lambda path: path.chmod(0o640)),
        ("tls.key", lambda path: path.write_bytes(b"x")),
        ("tls.key", lambda path: path.unlink()),
    ],
)
def test_a_key_is_missing(world: World, name: str, harm: Callable[[Path], None]) -> None:
    path = world.path / name
    held = path.read_bytes()
    harm(path)
    assert world.found(key) == [("key-missing", name)]
    path.unlink(missing_ok=True)
    path.write_bytes(held)
    path.chmod(0o600)


def test_a_snapshot_grows_old_and_expires(world: World, shared: Bureau) -> None:
    later = shared.now() + timedelta(hours=25)
    assert world.found(snapshot, now=later) == [("snapshot-old", "25 h")]
    (world.path / "snapshot.json").unlink()
    without = Station(home.load(world.path))
    assert [one.detail for one in snapshot.check(replace(world.look, parts=without.parts))] == ["no-snapshot"]


def test_no_fingerprint_reader(world: World) -> None:
    for seen, found in ((None, []), (True, []), (False, [("sensor-missing", "")])):
        world.station.desk.sensor = seen
        assert world.found(sensor) == found


def test_the_county_refuses(world: World) -> None:
    world.station.uploads.refused.update({uuid4(): "journal", "kid": "fork", uuid4(): "fork"})
    assert world.found(upload) == [("upload-refused", "3: fork, journal")]


def test_a_bay_is_broken(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bays, "INTERFACES", tmp_path)
    (one,) = world.look.parts.home.settings.bays
    look = world.settings(bays=(replace(one, interface="bay1"),))
    assert bays.check(look) == []
    (tmp_path / "bay1").mkdir()
    said = []
    for state in ("unknown", "up", "down"):
        (tmp_path / "bay1/operstate").write_text(f"{state}\n")
        said.append([(finding.bay, finding.detail) for finding in bays.check(look)])
    assert said == [[], [], [(1, "bay1")]]
    assert world.found(bays, broken_bays={1: "internal"}) == [("bay-broken", "internal")]


# -- the rounds of a running station


async def test_what_checks_find_is_on_the_screen_and_with_the_county_until_it_ends(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "FIRST_S", 0.0)
    monkeypatch.setattr(checks, "EVERY_S", 0.05)
    path = bureau.station_path / "tls.key"
    (bureau.station_path / "snapshot.json").write_bytes(bureau.snapshot())
    async with bureau.station() as kiosk:
        path.chmod(0o644)
        await eventually(lambda: [one["code"] for one in kiosk.station.alarms.shown()] == ["key-missing"])
        await eventually(lambda: bool(bureau.county.station_alarms))
        path.chmod(0o600)
        await eventually(lambda: bureau.county.station_alarms[-1]["state"] == "ended")
        assert bureau.county.alarms == []  # no device was refused


async def test_a_check_that_fails_itself_keeps_what_it_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.station.desk.sensor = False
    running = checks.Checks(world.station.parts, {})
    monkeypatch.setattr(world.station.desk, "look", lambda: asyncio.sleep(0))
    assert [one.code for one in await running.look()] == ["sensor-missing"]

    def broken(look: Look) -> list[Any]:
        raise RuntimeError("a defect")

    monkeypatch.setattr(sensor, "check", broken)
    world.station.county.clock_offset_us = 60_000_000
    assert [one.code for one in await running.look()] == ["clock-off", "sensor-missing"]


async def test_the_county_moves_a_stations_alarm(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    from zhilu.station import health

    monkeypatch.setattr(health, "FIRST_S", 0.0)
    monkeypatch.setattr(health, "EVERY_S", 0.05)
    async with bureau.station() as kiosk:
        alarms = kiosk.station.alarms
        alarms.raise_(1, "fork", "kid")
        bureau.county.moved = {str(alarms.shown()[0]["id"]): "handled", str(uuid4()): "closed"}
        await eventually(lambda: alarms.shown()[0]["state"] == "handled")
        bureau.county.moved = {str(alarms.shown()[0]["id"]): "closed"}
        await eventually(lambda: alarms.shown() == [])


# -- at a terminal


def test_for_a_person_at_a_terminal(bureau: Bureau, capsys: pytest.CaptureFixture[str]) -> None:
    (bureau.station_path / "snapshot.json").write_bytes(bureau.snapshot())
    bureau.county.snapshot = bureau.snapshot
    arguments = ["--lang", "en", "station", "check", "--home", str(bureau.station_path)]

    async def at_a_station() -> int:
        async with bureau.county.served():
            return await asyncio.to_thread(cli.main, arguments)

    assert asyncio.run(at_a_station()) == 0
    assert capsys.readouterr().out == "All is well.\n"
    Station(home.load(bureau.station_path)).alarms.raise_(1, "foreign", "ab")
    (bureau.station_path / "station.key").chmod(0o644)
    assert cli.main(arguments) == 1
    said = capsys.readouterr().out
    assert "readable by others. [key-missing station.key]" in said
    assert "wait here. [county-away]" in said and "Bay 1: An alarm is open. [foreign ab]" in said
