"""A recorder comes home: from the bay to the receipt, and every way in which that is cut short."""

from __future__ import annotations

from support.station_world import Bureau, eventually, random_media


async def test_a_recorder_is_collected_stored_and_cleared(bureau: Bureau) -> None:
    device = bureau.recorder()
    media = random_media(3, 5000)
    recording = device.record(*media)
    bytes_before = (device.home.recording(recording) / "media.sealed").read_bytes()
    async with bureau.station() as kiosk, device.docked() as docked:
        waiting = await kiosk.until("waiting-officer")
        assert waiting["officer"]["name"] == "李建国"
        assert waiting["recorder"]["serial"] == "XT-0001"
        assert (await kiosk.hand_over(device.officer)).status_code == 200
        await kiosk.until("safe-to-take", "cleared")
        await docked.task
        await kiosk.until("cleared")
        got = bureau.county.recordings[str(recording)]
        assert got.media == bytes_before
        assert got.handover in bureau.county.handovers
        assert device.types()[-3:] == ["storage", "docked", "cleared"]
        assert not device.home.recording(recording).exists()
        # The county learns of the clearing too.
        kid = device.kid
        await eventually(lambda: bureau.county.logbooks[kid].count(b"\n") == len(device.lines()))
        spool = bureau.station_path / "spool"
        assert not (spool / str(recording)).exists()
