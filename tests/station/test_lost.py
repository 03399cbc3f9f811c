"""What the county has logged and lost it gets again: from the spool, or from the recorder that kept it."""

from __future__ import annotations

from typing import Any

import pytest

from support.station_world import Bureau, Device, eventually, random_media
from zhilu.recorder.dock import Dock
from zhilu.station import uploads


def keeps(dock: Dock) -> Dock:
    """A recorder that clears, and erases only when it needs the room."""
    dock._erase_now = False
    return dock


async def docked_once(kiosk: Any, device: Device) -> None:
    async with device.docked(keeps) as docked:
        await kiosk.until("waiting-officer")
        assert (await kiosk.hand_over(device.officer)).status_code == 200
        await docked.undocked()
    await kiosk.until("cleared")


def stored(bureau: Bureau) -> int:
    return sum(b'"recording-stored/1"' in leaf for leaf, _, _ in bureau.ledger.entries)


async def test_from_the_recorder_at_its_next_docking(bureau: Bureau) -> None:
    device = bureau.recorder()
    kept, gone = device.record(*random_media(3, 1000)), device.record(*random_media(2, 1000))
    async with bureau.station() as kiosk:
        await docked_once(kiosk, device)
        got, other = bureau.county.recordings[str(kept)], bureau.county.recordings[str(gone)]
        media, index, handover = got.media, got.index, got.handover
        got.lose()
        other.lose()
        # One of them the recorder has written over meanwhile: that holds up nothing.
        (device.home.recording(gone) / "media.sealed").unlink()
        await docked_once(kiosk, device)
        await eventually(lambda: not got.lost)
        assert (got.media, got.index, got.handover) == (media, index, handover)
        assert other.lost
        await eventually(lambda: not (bureau.station_path / "spool" / str(kept)).exists())
        assert not (bureau.station_path / "spool" / str(gone)).exists()
    assert stored(bureau) == 2
    assert device.types().count("cleared") == 2


async def test_from_the_spool_while_the_recorder_is_away(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "WANTED_S", 0.0)
    device = bureau.recorder()
    recording = device.record(*random_media(3, 1000))
    bureau.county.waiting = True
    async with bureau.station() as kiosk:
        async with device.docked():
            await kiosk.until("waiting-officer")
            await kiosk.hand_over(device.officer)
            await eventually(lambda: str(recording) in bureau.county.recordings)
            got = bureau.county.recordings[str(recording)]
            await eventually(lambda: got.index is not None)
        media = got.media
        got.lose()
        kiosk.station.uploads.wake(device.kid)
        await eventually(lambda: not got.lost)
        assert got.media == media
    assert stored(bureau) == 1


async def test_another_journal_than_the_logged_one_is_not_taken(bureau: Bureau) -> None:
    device = bureau.recorder()
    recording = device.record(*random_media(2, 1000))
    async with bureau.station() as kiosk:
        await docked_once(kiosk, device)
        bureau.county.recordings[str(recording)].lose()
        journal = device.home.recording(recording) / "journal.jws"
        journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
        await docked_once(kiosk, device)
        assert bureau.county.recordings[str(recording)].lost
        assert not (bureau.station_path / "spool" / str(recording)).exists()
