"""A recorder comes home: from the bay to the receipt, and the ways in which that is cut short."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from support.station_world import CLERK, RP_ID, Bureau, eventually, random_media
from zhilu import strictjson
from zhilu.encoding import unb64u
from zhilu.errors import WorldError
from zhilu.recorder import dock_http
from zhilu.recorder.dock import Dock
from zhilu.softkey.ceremonies import Holder
from zhilu.station import receipts


def spool(bureau: Bureau) -> Path:
    return bureau.station_path / "spool"


def left_in(bureau: Bureau) -> list[str]:
    """Recordings in the spool."""
    return [path.name for path in spool(bureau).iterdir() if (path / "state.json").exists()]


async def test_a_recorder_is_collected_stored_and_cleared(bureau: Bureau) -> None:
    device = bureau.recorder()
    recordings = [device.record(*random_media(3, 5000)), device.record(), device.record(b"x" * 70_000)]
    before = {id_: (device.home.recording(id_) / "media.sealed").read_bytes() for id_ in recordings}
    async with bureau.station() as kiosk, device.docked() as docked:
        waiting = await kiosk.until("waiting-officer")
        assert (waiting["officer"]["name"], waiting["recorder"]["serial"]) == ("李建国", "XT-0001")
        assert waiting["recordings"] == 3
        assert (await kiosk.hand_over(device.officer)).status_code == 200
        await kiosk.until("safe-to-take", "cleared")
        await docked.undocked()
        await kiosk.until("cleared")
        for id_ in recordings:
            got = bureau.county.recordings[str(id_)]
            assert got.media == before[id_]
            assert got.handover in bureau.county.handovers
            assert not device.home.recording(id_).exists()
        assert device.types()[-4:] == ["docked", "cleared", "cleared", "cleared"]
        # The county learns of the clearing too, and nothing is left behind.
        await eventually(lambda: bureau.county.logbooks[device.kid].count(b"\n") == len(device.lines()))
        assert left_in(bureau) == []
        assert not (spool(bureau) / "bays" / "1.json").exists()


async def test_a_recorder_without_recordings_is_handed_over_too(bureau: Bureau) -> None:
    device = bureau.recorder()
    async with bureau.station() as kiosk, device.docked() as docked:
        await kiosk.until("waiting-officer")
        await kiosk.hand_over(device.officer)
        await docked.undocked()
        await kiosk.until("cleared")
        (docked_line,) = [line for line in device.lines() if line["type"] == "docked"]
        await eventually(lambda: docked_line["handover"] in bureau.county.handovers)


async def test_two_bays_work_at_once(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path, bays=2)
    one, two = bureau.recorder(1), bureau.recorder(2, "XT-0002", CLERK)
    first, second = one.record(*random_media(2, 300_000)), two.record(*random_media(2, 300_000))
    async with bureau.station() as kiosk, one.docked() as a, two.docked() as b:
        await kiosk.until("waiting-officer", number=1)
        await kiosk.until("waiting-officer", number=2)
        assert (await kiosk.hand_over(one.officer, 1)).status_code == 200
        assert (await kiosk.hand_over(two.officer, 2)).status_code == 200
        await asyncio.gather(a.undocked(), b.undocked())
        assert {str(first), str(second)} == set(bureau.county.recordings)


# -- pulled out, switched off, cut off


@pytest.fixture
def ranges(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Where the station asked for media to begin."""
    asked: list[int] = []
    send = dock_http._send

    async def remembering(request: Any, *args: Any) -> Any:
        if "Range" in request.headers:
            asked.append(int(request.headers["Range"].removeprefix("bytes=").partition("-")[0]))
        return await send(request, *args)

    monkeypatch.setattr(dock_http, "_send", remembering)
    return asked


async def half_copied(bureau: Bureau, recording: UUID) -> Path:
    media = spool(bureau) / str(recording) / "media.sealed"
    await eventually(lambda: media.exists() and media.stat().st_size > 1_000_000)
    return media


def assert_went_on(ranges: list[int], held: int) -> None:
    """Asked twice: from the start, then from the last whole segment that was held."""
    first, second = ranges
    assert first == 0 and held - 100_016 < second <= held


async def test_put_back_within_a_minute_it_goes_on_without_the_officer(
    bureau: Bureau, ranges: list[int]
) -> None:
    device = bureau.recorder()
    recording = device.record(*random_media(40, 100_000))
    async with bureau.station() as kiosk, device.docked() as docked:
        docked.cable.bytes_per_s = 2e6
        await kiosk.until("waiting-officer")
        await kiosk.hand_over(device.officer)
        media = await half_copied(bureau, recording)
        await docked.pull_out()
        assert (await kiosk.until("empty"))["message"] == "interrupted"
        held = media.stat().st_size
        await docked.put_back()
        await docked.undocked()
        await kiosk.until("cleared")
    assert_went_on(ranges, held)
    assert device.types().count("docked") == 1


async def test_a_recorder_that_was_switched_off_needs_the_officer_again_but_nothing_is_copied_twice(
    bureau: Bureau, ranges: list[int]
) -> None:
    device = bureau.recorder()
    recording = device.record(*random_media(40, 100_000))
    async with bureau.station() as kiosk:
        async with device.docked() as docked:
            docked.cable.bytes_per_s = 2e6
            await kiosk.until("waiting-officer")
            await kiosk.hand_over(device.officer)
            media = await half_copied(bureau, recording)
            await docked.pull_out()
            await kiosk.until("empty")
        held = media.stat().st_size
        async with device.docked() as docked:
            await kiosk.until("waiting-officer")
            await kiosk.hand_over(device.officer)
            await docked.undocked()
        await kiosk.until("cleared")
    assert_went_on(ranges, held)
    assert device.types().count("docked") == 2
    assert not device.home.recording(recording).exists()


async def test_a_station_that_died_goes_on_without_the_officer(bureau: Bureau, ranges: list[int]) -> None:
    device = bureau.recorder()
    recording = device.record(*random_media(40, 100_000))
    bureau.county.snapshot = bureau.snapshot
    async with device.docked() as docked, bureau.county.served():
        async with bureau.station_only() as kiosk:
            docked.cable.bytes_per_s = 2e6
            await kiosk.until("waiting-officer")
            await kiosk.hand_over(device.officer)
            media = await half_copied(bureau, recording)
        held = media.stat().st_size
        # Half a segment at the end of the file, as a crash would leave it.
        with media.open("ab") as file:
            file.write(b"torn")
        async with bureau.station_only() as kiosk:
            await docked.undocked()
            await kiosk.until("cleared")
    assert_went_on(ranges, held)
    assert device.types().count("docked") == 1
    assert bureau.county.recordings[str(recording)].index is not None


async def test_upload_goes_on_when_the_recorder_is_gone_and_receipts_come_with_the_next_docking(
    bureau: Bureau,
) -> None:
    device = bureau.recorder()
    recording = device.record(*random_media(3, 50_000))
    bureau.county.waiting = True
    async with bureau.station() as kiosk:
        async with device.docked() as docked:
            await kiosk.until("waiting-officer")
            await kiosk.hand_over(device.officer)
            await kiosk.until("uploading", "stored")
            await docked.pull_out()
        assert (await kiosk.until("empty"))["message"] == "goes-on"
        await eventually(lambda: bureau.county.recordings[str(recording)].index is not None)
        assert left_in(bureau) == [str(recording)]
        bureau.county.waiting = False
        journals = [path for _, path in bureau.county.requests if path.endswith("/journal")]
        async with device.docked() as docked:
            await kiosk.until("waiting-officer")
            await kiosk.hand_over(device.officer)
            await docked.undocked()
        await kiosk.until("cleared")
        assert [path for _, path in bureau.county.requests if path.endswith("/journal")] == journals
        assert left_in(bureau) == []


# -- the county slow, away, stubborn


async def test_the_station_decides_alone_while_the_county_is_away(bureau: Bureau) -> None:
    device = bureau.recorder()
    recording = device.record(*random_media(3, 50_000))
    async with bureau.station() as kiosk:
        await eventually(lambda: (bureau.station_path / "snapshot.json").exists())
    async with bureau.station_only() as kiosk, device.docked() as docked:
        await kiosk.until("waiting-officer")
        assert (await kiosk.state())["county"] == "away"
        await kiosk.hand_over(device.officer)
        await kiosk.until("uploading")
        handover = json.loads((spool(bureau) / str(recording) / "handover.json").read_bytes())
        assert strictjson.loads(unb64u(handover["handover"]))["offline"] is True
        assert not docked.task.done()
        async with bureau.county.served():
            await docked.undocked()
            await kiosk.until("cleared")


async def test_an_outdated_snapshot_opens_no_bay(bureau: Bureau) -> None:
    device = bureau.recorder()
    device.record(b"x")
    old = bureau.snapshot(hours=1)
    async with bureau.station() as kiosk:
        bureau.county.broken = lambda request: 503
        await eventually(lambda: (bureau.station_path / "snapshot.json").exists() or True)
        held = kiosk.station.snapshots
        held._take(old)
        held._clock = lambda: bureau.now() + timedelta(hours=2)
        async with device.docked():
            fault = await kiosk.until("fault")
            assert fault["message"] == "snapshot-expired"
    assert "docked" not in device.types()


@pytest.mark.parametrize("trouble", [401, 409, 500, 503])
async def test_a_county_that_refuses_for_a_while_is_asked_until_it_takes(
    bureau: Bureau, trouble: int
) -> None:
    device = bureau.recorder()
    device.record(*random_media(3, 50_000))
    failing = {"left": 6}

    def broken(request: Any) -> int | None:
        if request.method == "GET" or not failing["left"]:
            return None
        failing["left"] -= 1
        return trouble

    bureau.county.broken = broken
    async with bureau.station() as kiosk, device.docked() as docked:
        await kiosk.until("waiting-officer")
        await kiosk.hand_over(device.officer)
        await docked.undocked()
        assert failing["left"] == 0


async def test_a_county_that_goes_on_refusing_is_said_on_the_screen(bureau: Bureau) -> None:
    device = bureau.recorder()
    bad, good = device.record(b"x" * 1000), device.record(b"y" * 1000)
    bureau.county.broken = lambda request: 422 if f"{bad}/segments/1" in request.path else None

    async def said() -> bool:
        return (await kiosk.bay())["message"] == "county-refuses"

    async with bureau.station() as kiosk, device.docked() as docked:
        await kiosk.until("waiting-officer")
        await kiosk.hand_over(device.officer)
        await eventually(said)
        # It does not hold up the other one.
        await eventually(lambda: not device.home.recording(good).exists())
        assert device.home.recording(bad).exists()
        bureau.county.broken = lambda request: None
        await docked.undocked()
        assert not device.home.recording(bad).exists()


async def test_without_cosignature_it_is_stored_but_not_cleared(bureau: Bureau) -> None:
    device = bureau.recorder()
    recording = device.record(*random_media(1, 50_000))
    # The snapshot needs its cosignature; only the receipt comes without.
    snapshot = bureau.snapshot()
    async with bureau.station() as kiosk, device.docked() as docked:
        bureau.county.snapshot = lambda: snapshot
        await kiosk.until("waiting-officer")
        bureau.county.cosigned = False
        await kiosk.hand_over(device.officer)
        await kiosk.until("stored")
        assert device.home.recording(recording).exists()
        assert "cleared" not in device.types()
        bureau.county.cosigned = True
        await docked.undocked()
        await kiosk.until("cleared")
        assert "cleared" in device.types()


async def test_a_receipt_that_does_not_come_is_said_on_the_screen(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "PATIENCE_S", 0.3)
    device = bureau.recorder()
    device.record(b"x")
    bureau.county.waiting = True
    async with bureau.station() as kiosk, device.docked() as docked:
        await kiosk.until("waiting-officer")
        await kiosk.hand_over(device.officer)
        await kiosk.until("stored")
        bureau.county.waiting = False
        await docked.undocked()


def reassigning(bureau: Bureau, **changed: Any) -> Any:
    """The county's update, once it is asked: an assignment that the ledger takes in that moment."""

    def update(kid: str, size: int) -> dict[str, Any]:
        holder = changed.pop("holder", None)
        if holder is not None:
            bureau.assign(kid, 1, holder, **changed)
        note, now = bureau.ledger.checkpoint(bureau.now()), bureau.ledger.size
        entry = bureau.ledger.prove(now - 1, note, now)
        return {
            "checkpoint": note.decode(),
            "consistency": bureau.ledger.consistency(size, now),
            "entries": [entry] if holder else [],
        }

    return update


async def test_a_newer_assignment_reaches_the_recorder_before_anybody_signs(bureau: Bureau) -> None:
    """A deputy, appointed while the recorder stood away: it learns of him in the bay and takes his key."""
    device = bureau.recorder()
    deputy = Holder.new(CLERK, RP_ID, bureau.origin)
    bureau.ledger.append("note/1", {})
    bureau.county.update = reassigning(bureau, holder=deputy, deputy=True, reason_code="illness")
    recording = device.record(b"x")
    async with bureau.station() as kiosk, device.docked() as docked:
        await eventually(lambda: said_deputy(kiosk))
        waiting = await kiosk.bay()
        assert (waiting["officer"]["name"], waiting["check"]) == ("王晓梅", "key")
        assert device.types()[-1] == "assigned"
        assert (await kiosk.hand_over(device.officer)).json()["error"] == "credential"
        assert (await kiosk.hand_over(deputy)).status_code == 200
        # The receipt that follows is proved from the newer checkpoint on.
        await docked.undocked()
    (handed,) = bureau.county.handovers.values()
    handover = strictjson.loads_object(unb64u(handed["handover"]), 2**20)
    assert (handover["officer"], handover["deputy_reason"]) == (CLERK, "illness")
    assert not device.home.recording(recording).exists()


async def said_deputy(kiosk: Any) -> bool:
    return bool((await kiosk.bay()).get("deputy"))


async def test_entries_that_the_recorder_refuses_hold_up_nothing(bureau: Bureau) -> None:
    device = bureau.recorder()
    bureau.ledger.append("note/1", {})

    def update(kid: str, size: int) -> dict[str, Any]:
        note, now = bureau.ledger.checkpoint(bureau.now()), bureau.ledger.size
        entry = bureau.ledger.prove(1, note, now)
        return {"checkpoint": note.decode(), "consistency": [], "entries": [entry]}

    bureau.county.update = update
    device.record(b"x")
    async with bureau.station() as kiosk, device.docked() as docked:
        await kiosk.until("waiting-officer")
        assert (await kiosk.hand_over(device.officer)).status_code == 200
        await docked.undocked()


async def test_an_answer_that_got_lost_is_found_again(bureau: Bureau) -> None:
    """The recorder took the receipt and believes its checkpoint; the station never heard of it."""
    device = bureau.recorder()
    recordings = [device.record(b"x" * 1000), device.record(b"y" * 1000)]
    lost: list[bytes] = []

    class Forgetful:
        def __init__(self, dock: Dock) -> None:
            self._dock = dock

        def __getattr__(self, name: str) -> Any:
            return getattr(self._dock, name)

        def receipt(self, peer: bytes, body: bytes) -> bytes:
            answer = self._dock.receipt(peer, body)
            if not lost:
                lost.append(answer)
                raise WorldError("lost")
            return answer

    async with bureau.station() as kiosk, device.docked(Forgetful) as docked:
        await kiosk.until("waiting-officer")
        await kiosk.hand_over(device.officer)
        await docked.undocked()
        await kiosk.until("cleared")
        assert (await kiosk.state())["alarms"] == []
    assert device.types().count("cleared") == 2 and device.types().count("docked") == 1
    assert not any(device.home.recording(id_).exists() for id_ in recordings)
