"""The life of an alarm, on disk and on its way to the county."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from zhilu import strictjson
from zhilu.errors import DataError, WorldError
from zhilu.station import alarms as alarms_module
from zhilu.station.alarm import Finding
from zhilu.station.alarms import MOST, MOST_ALIKE, REFUSED_FOR, SHOWN, SILENT, Alarms

RECORDING = UUID("0193a000-0000-7000-8000-00000000000a")


class Told:
    """A county that notes what it is told; `away`, or refuses what `refuses` says."""

    def __init__(self) -> None:
        self.words: list[dict[str, Any]] = []
        self.away = False
        self.refuses = ""

    async def alarm(self, body: bytes) -> None:
        word = strictjson.loads_object(body)
        if self.away:
            raise WorldError("county-away")
        if self.refuses in (word["kind"], word["code"]):
            raise DataError("kind")
        self.words.append(word)

    @property
    def said(self) -> list[str]:
        return [f"{word['code']} {word.get('state', word['kind'])}" for word in self.words]


class World:
    def __init__(self, folder: Path) -> None:
        self.folder, self.county = folder, Told()
        self.now = datetime(2026, 6, 1, tzinfo=UTC)
        self.changes = 0
        self.restart()

    def restart(self) -> None:
        self.alarms = Alarms(self.folder, lambda: self.now, self._changed)

    def _changed(self) -> None:
        self.changes += 1

    async def tell(self) -> list[str]:
        before = len(self.county.words)
        await self.alarms.tell(self.county)  # type: ignore[arg-type]
        return self.county.said[before:]

    @property
    def only(self) -> dict[str, Any]:
        (alarm,) = self.alarms.shown()
        return alarm

    def files(self) -> list[str]:
        return [path.name for path in self.folder.iterdir()]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


# -- one alarm


def test_the_same_again_counts_up(world: World) -> None:
    for _ in range(3):
        world.alarms.raise_(1, "foreign", "ab")
    world.alarms.raise_(1, "foreign", "cd")
    world.alarms.raise_(2, "foreign", "ab")
    world.alarms.raise_(1, "length", "ab", RECORDING)
    assert [(one["bay"], one["code"], one["detail"], one["count"]) for one in world.alarms.shown()] == [
        (1, "length", "ab", 1),
        (2, "foreign", "ab", 1),
        (1, "foreign", "cd", 1),
        (1, "foreign", "ab", 3),
    ]


def test_it_is_shown_until_the_cause_has_ended_and_somebody_has_looked(world: World) -> None:
    world.alarms.raise_(1, "foreign", "ab")
    world.alarms.left(1)
    assert world.only["ended"] and world.only["state"] == "raised"
    assert world.alarms.confirm(world.only["id"])
    assert world.alarms.shown() == []


def test_confirmed_first_it_stays_until_the_cause_has_ended(world: World) -> None:
    world.alarms.raise_(None, "finger-duplicate", "p1")
    world.alarms.confirm(world.only["id"])
    assert world.only["state"] == "confirmed"
    world.alarms.end(None, "finger-duplicate", "p2")
    assert not world.only["ended"]
    world.alarms.end(None, "finger-duplicate", "p1")
    assert world.alarms.shown() == []


def test_a_device_that_leaves_its_bay_takes_neither_a_fork_nor_a_recording_with_it(world: World) -> None:
    world.alarms.raise_(1, "fork", "kid")
    world.alarms.raise_(1, "length", "kid", RECORDING)
    world.alarms.raise_(1, "officer-locked", "p1")
    world.alarms.raise_(2, "foreign", "ab")
    world.alarms.raise_(1, "spool-full")
    world.alarms.left(1)
    # The one that waited for room waits no more.
    assert [one["code"] for one in world.alarms.shown() if one["ended"]] == ["spool-full"]


def test_a_cause_that_comes_again_before_anybody_looked_is_the_same_alarm(world: World) -> None:
    world.alarms.raise_(1, "foreign", "ab")
    first = world.only["id"]
    world.alarms.left(1)
    world.alarms.raise_(1, "foreign", "ab")
    assert (world.only["id"], world.only["count"], world.only["ended"]) == (first, 2, False)


def test_a_cause_that_comes_again_after_somebody_looked_is_a_new_alarm(world: World) -> None:
    world.alarms.raise_(1, "foreign", "ab")
    first = world.only["id"]
    world.alarms.confirm(first)
    world.alarms.left(1)
    world.alarms.raise_(1, "foreign", "ab")
    assert world.only["id"] != first and world.only["state"] == "raised"


def test_nobody_confirms_what_is_not_there(world: World) -> None:
    assert not world.alarms.confirm(str(uuid.uuid4()))
    assert not world.alarms.confirm("../secret")


# -- moved by the county


def test_the_county_moves_it_forwards_only(world: World) -> None:
    world.alarms.raise_(1, "fork", "kid")
    identifier = world.only["id"]
    for told, state in (
        ("handled", "handled"),
        ("confirmed", "handled"),
        ("raised", "handled"),
        ("erased", "handled"),
    ):
        world.alarms.moved({identifier: told})
        assert world.only["state"] == state
    world.alarms.moved({identifier: "closed"})
    assert world.alarms.shown() == []


def test_ids_of_strangers_move_nothing(world: World) -> None:
    world.alarms.raise_(1, "fork", "kid")
    world.alarms.moved({str(uuid.uuid4()): "closed", "": "closed", "../x": "closed"})
    assert world.only["state"] == "raised"


async def test_what_the_county_confirmed_is_not_told_back(world: World) -> None:
    world.alarms.raise_(None, "officer-locked", "p1")
    assert await world.tell() == ["officer-locked raised"]
    world.alarms.moved({world.only["id"]: "confirmed"})
    assert await world.tell() == []


# -- what checks find


def test_what_a_check_finds_stands_and_ends(world: World) -> None:
    world.alarms.found([Finding("disk-low", detail="9 GB")])
    world.alarms.found([Finding("disk-low", detail="8 GB")])
    assert (world.only["count"], world.only["detail"]) == (1, "8 GB")
    assert world.alarms.stands("disk-low")
    world.alarms.raise_(1, "foreign", "ab")
    world.alarms.found([])
    assert not world.alarms.stands("disk-low")
    # Only what checks found: a refused device is not theirs.
    assert {one["code"]: one["ended"] for one in world.alarms.shown()} == {"disk-low": True, "foreign": False}
    world.alarms.found([Finding("disk-low", detail="9 GB")])
    assert {one["code"]: one["count"] for one in world.alarms.shown()} == {"disk-low": 2, "foreign": 1}


async def test_closed_while_it_stands_it_is_silent_for_a_day(world: World) -> None:
    finding = [Finding("certificate-ending")]
    world.alarms.found(finding)
    first = world.only["id"]
    world.alarms.moved({first: "closed"})
    await world.tell()
    world.restart()
    world.alarms.found(finding)
    assert world.alarms.shown() == []
    world.now += SILENT + timedelta(seconds=1)
    world.alarms.found(finding)
    assert world.only["id"] != first


async def test_it_stands_over_a_restart(world: World) -> None:
    world.alarms.found([Finding("bay-broken", 3)])
    world.restart()
    assert world.alarms.stands("bay-broken", 3) and not world.alarms.stands("bay-broken", 4)
    world.alarms.found([])
    assert world.only["ended"]


# -- the county hears


async def test_the_county_hears_in_order(world: World) -> None:
    world.alarms.raise_(1, "foreign", "ab")
    world.alarms.raise_(1, "length", "kid", RECORDING)
    world.alarms.raise_(1, "officer-locked", "p1")
    first = world.alarms.shown()[-1]["id"]
    world.alarms.confirm(str(first))
    world.alarms.left(1)
    assert await world.tell() == [
        "foreign docking-refused",
        "foreign raised",
        "foreign confirmed",
        "foreign ended",
        "length recording-refused",
        "length raised",
        "officer-locked raised",
    ]
    assert world.county.words[0]["presented"] == "ab"
    assert world.county.words[4]["recording"] == str(RECORDING)
    # What is over and told is gone; the others wait for the county to close them.
    assert len(world.files()) == 2
    assert await world.tell() == []


async def test_a_county_away_for_long_hears_all_of_it_later(world: World) -> None:
    world.county.away = True
    for day in range(20):
        world.now += timedelta(days=1)
        world.alarms.found([Finding("county-away")])
        world.alarms.raise_(1, "foreign", f"device {day}")
        with pytest.raises(WorldError):
            await world.tell()
        world.alarms.found([])
        world.restart()
    world.county.away = False
    said = await world.tell()
    assert said[:3] == ["county-away raised", "county-away ended", "foreign docking-refused"]
    refused = [word["presented"] for word in world.county.words if word["kind"] == "docking-refused"]
    assert refused == [f"device {day}" for day in range(20)]
    (away,) = [word["count"] for word in world.county.words if word.get("state") == "ended"]
    assert away == 20


async def test_a_restart_in_the_middle_goes_on_where_it_was(world: World) -> None:
    world.alarms.raise_(1, "foreign", "ab")
    world.alarms.raise_(2, "foreign", "ab")
    world.county.refuses = "station"
    # Only the refusals get through; then the station stops.
    assert await world.tell() == ["foreign docking-refused"] * 2
    world.county.refuses = ""
    world.restart()
    assert await world.tell() == ["foreign raised"] * 2
    assert [one["count"] for one in world.alarms.shown()] == [1, 1]


async def test_what_the_county_refuses_holds_up_nothing_and_is_tried_again(world: World) -> None:
    world.alarms.raise_(1, "strange", "ab")
    world.alarms.raise_(1, "foreign", "ab")
    world.county.refuses = "strange"
    assert await world.tell() == ["foreign docking-refused", "foreign raised"]
    world.county.refuses = ""
    assert await world.tell() == []
    world.now += REFUSED_FOR
    assert await world.tell() == ["strange docking-refused", "strange raised"]


@pytest.mark.parametrize("turns", range(8))
async def test_the_reporting_ends_when_told_though_an_alarm_comes_in_that_moment(
    world: World, turns: int
) -> None:
    reporting = asyncio.create_task(world.alarms.report(world.county))  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    world.alarms.raise_(1, "foreign", "ab")
    for _ in range(turns):
        await asyncio.sleep(0)
    reporting.cancel()
    await asyncio.wait([reporting], timeout=60)
    over = reporting.cancelled()
    reporting.cancel()
    assert over


async def test_counts_are_told_once_a_minute(world: World) -> None:
    world.alarms.raise_(1, "fork", "kid")
    await world.tell()
    for _ in range(10):
        world.alarms.raise_(1, "fork", "kid")
        assert await world.tell() == []
    world.now += timedelta(minutes=1)
    assert await world.tell() == ["fork raised"]
    assert world.county.words[-1]["count"] == 11


async def test_a_cause_that_comes_again_is_told(world: World) -> None:
    for findings in ([Finding("disk-low")], [], [Finding("disk-low")]):
        world.alarms.found(findings)
        await world.tell()
    assert world.county.said == ["disk-low raised", "disk-low ended", "disk-low raised"]
    assert {word["id"] for word in world.county.words} == {world.only["id"]}


# -- floods and disks


async def test_a_flood_fills_neither_screen_nor_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms_module, "replace", lambda path, data: path.write_bytes(data))
    for device in range(3 * MOST_ALIKE):
        world.alarms.raise_(1, "foreign", f"{device}")
    world.alarms.raise_(2, "foreign", "ab")
    assert len(world.files()) == MOST_ALIKE + 2
    shown = world.alarms.shown()
    assert len(shown) == SHOWN and shown[0]["bay"] == 2
    assert (shown[1]["detail"], shown[1]["count"]) == ("", 2 * MOST_ALIKE)


async def test_so_many_alarms_that_new_ones_are_only_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms_module, "replace", lambda path, data: path.write_bytes(data))
    for n in range(MOST):
        world.alarms.raise_(n % 64, f"code-{n}")
    for n in range(5):
        world.alarms.raise_(n, f"more-{n}")
    assert len(world.files()) == MOST + 1
    many = world.alarms.shown()[0]
    assert (many["bay"], many["code"], many["count"]) == (None, "alarms-many", 5)
    # What is over makes room, but not before the county has heard of it.
    for alarm in world.alarms.shown()[1:3]:
        world.alarms.confirm(str(alarm["id"]))
    for bay in (MOST - 2, MOST - 1):
        world.alarms.left(bay % 64)
    world.alarms.raise_(1, "again")
    assert world.alarms.shown()[0]["count"] == 6 and len(world.files()) == MOST + 1
    await world.alarms.tell(world.county)
    assert f"code-{MOST - 1} confirmed" in world.county.said
    world.alarms.raise_(1, "again")
    assert world.alarms.shown()[0]["code"] == "again" and len(world.files()) == MOST


async def test_a_full_disk_holds_no_alarm_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(alarms_module, "replace", full)
        world.alarms.raise_(1, "foreign", "ab")
        world.alarms.found([Finding("disk-full")])
        assert {one["code"] for one in world.alarms.shown()} == {"foreign", "disk-full"}
        assert await world.tell() == ["foreign docking-refused", "foreign raised", "disk-full raised"]
        assert world.files() == []
    # The disk takes something again: all is written, also without any news of them.
    await world.tell()
    world.restart()
    assert {one["code"] for one in world.alarms.shown()} == {"foreign", "disk-full"}
    assert await world.tell() == []


async def test_a_damaged_file_stops_nothing(world: World) -> None:
    world.alarms.raise_(1, "foreign", "ab")
    good = (world.folder / world.files()[0]).read_bytes()
    for name, body in (
        (f"{uuid.uuid4()}.json", b"{"),
        (f"{uuid.uuid4()}.json", good.replace(b'"raised"', b'"gone"')),
        (f"{uuid.uuid4()}.json", good.replace(b'"bay":1', b'"bay":"1"')),
        ("name.json", good),
    ):
        (world.folder / name).write_bytes(body)
    world.restart()
    assert world.only["detail"] == "ab"
    assert await world.tell() == ["foreign docking-refused", "foreign raised"]


def test_long_words_are_cut(world: World) -> None:
    world.alarms.raise_(1, "c" * 200, "a" * 200, detail="d" * 200)
    assert (len(world.only["code"]), len(world.only["detail"])) == (64, 100)
    world.alarms.raise_(1, "c" * 200, "a" * 200)
    assert world.only["count"] == 2


async def test_a_strange_device_says_nothing_that_the_county_does_not_take(world: World) -> None:
    world.alarms.raise_(1, "a\nb é\x00", "line\none\ud800", detail="")
    assert await world.tell() == ["a-b--- docking-refused", "a-b--- raised"]
    assert world.county.words[1]["detail"] == "line one "
    world.alarms.raise_(1, "")
    assert world.alarms.shown()[0]["code"] == "unknown"
