"""What a power cut or a bad disk has left in the spool holds up neither the station nor a bay."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.station_world import Bureau
from zhilu.station.spool import Spool

RECORDING = "01a1ee56-5e00-7169-a0d3-5ffbd0b85000"


def spoil(path: Path, what: bytes | None) -> None:
    """None: a folder of that name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if what is None else path.write_bytes(what)


@pytest.mark.parametrize("what", [b'{"stage":"coll', b"", b"{}", b"\xff\x00", None])
def test_a_recording_that_does_not_read_is_put_aside_and_no_other(tmp_path: Path, what: bytes | None) -> None:
    spool = Spool(tmp_path)
    for _ in range(2):
        spoil(tmp_path / RECORDING / "state.json", what)
        assert list(spool.recordings()) == [] and spool.recorders() == set()
        assert [str(one) for one in spool.put_damaged_aside()] == [RECORDING]
    assert {path.name for path in (tmp_path / "damaged").iterdir()} == {f"{RECORDING}.0", f"{RECORDING}.1"}
    assert spool.put_damaged_aside() == []


@pytest.mark.parametrize("bay", [b"{", b'{"recorder":1}'])
async def test_the_day_goes_on(bureau: Bureau, bay: bytes) -> None:
    device = bureau.recorder()
    mine = str(device.record(b"x" * 50))
    spool = bureau.station_path / "spool"
    spoil(spool / mine / "state.json", b'{"stage":"coll')
    spoil(spool / "bays/1.json", bay)
    async with bureau.station() as kiosk, device.docked():
        await kiosk.until("waiting-officer")
        alarms = (await kiosk.state())["alarms"]
        assert [(one["code"], one["bay"]) for one in alarms] == [("spool-damaged", None)]
        assert (await kiosk.hand_over(device.officer)).status_code == 200
        await kiosk.until("safe-to-take", "cleared")
    assert (spool / "damaged" / f"{mine}.0").is_dir()
