"""`python -m support.station_faults_docks HOME HOST:PORT …`: recorders in their docks, several in one
process, each by the recorder's own code. Ends when all have been dismissed.
"""

import asyncio
import io
import sys
from pathlib import Path

from zhilu.devices.clock import SystemClock
from zhilu.recorder.bay import take_bay
from zhilu.recorder.dock import Dock
from zhilu.recorder.dock_http import DockServer
from zhilu.recorder.home import Home
from zhilu.recorder.run import Recorder, open_logbook
from zhilu.recorder.screen import Screen


async def stand_in_dock(folder: Path, address: str) -> None:
    home, clock = Home(folder), SystemClock(0)
    recorder = Recorder(home, open_logbook(home), clock, Screen(io.StringIO()))
    recorder.power_on()
    bay = take_bay(home, address)
    assert bay is not None
    parts = (home, recorder.logbook, recorder.adopted, recorder.space, clock, bay.certificate)
    dock = Dock(*parts, erase_now=True)
    recorder.power_off(await DockServer(dock).serve(bay.listener, bay.context, asyncio.Event()))


async def main(words: list[str]) -> None:
    pairs = zip(words[::2], words[1::2], strict=True)
    await asyncio.gather(*(stand_in_dock(Path(folder), address) for folder, address in pairs))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
