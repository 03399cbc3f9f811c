"""The bays of the fault harness: recorders that come home again and again, and officers who touch the key
whenever the kiosk asks.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from support.station_faults_bureau import Bay, RealBureau
from support.station_faults_judge import Judge
from support.station_faults_link import Link
from support.station_faults_programs import Program
from zhilu.encoding import unb64u

if TYPE_CHECKING:
    from support.station_faults import Outcome

LOOK_S = 0.1
TAKEN_OUT_AFTER_S = 2.0
"""A person takes a recorder out and puts it back where the screen shows a trouble for so long."""


class Home:
    """A bay's recorder behind its link."""

    def __init__(self, bay: Bay, tcp_port: int, logs: Path) -> None:
        self.bay, self.number = bay, bay.number
        self.link = Link(bay.tcp_port, tcp_port)
        words = (
            "--home",
            bay.home.folder,
            "--source",
            "none",
            "--dock",
            f"127.0.0.1:{tcp_port}",
            "--erase-now",
        )
        self.recorder = Program(logs / f"recorder-{bay.number}.log", "recorder", "run", *words)
        self.in_dock = False


class Hall:
    def __init__(self, bureau: RealBureau, judge: Judge, outcome: Outcome) -> None:
        self.closing = False
        place = bureau.place
        self._origin = place.kiosk_origin
        self._kiosk = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{place.kiosk_tcp}",
            headers={"Host": place.kiosk_authority, "Origin": place.kiosk_origin},
            trust_env=False,
            timeout=30,
        )
        self._judge, self._outcome = judge, outcome
        self._touching = asyncio.Lock()

    async def state(self) -> dict[str, Any]:
        try:
            return dict((await self._kiosk.get("/api/state")).json())
        except (httpx.HTTPError, ValueError):
            return {"bays": []}

    async def work(self, home: Home, random: Random) -> None:
        while not self.closing:
            for _ in range(random.randrange(1, 3)):
                self._judge.remember(
                    home.bay, home.bay.record(random.randrange(1, 6), random.randrange(1, 90_000))
                )
            home.in_dock = True
            home.recorder.start()
            await self._until_dismissed(home)
            home.in_dock = False
            self._outcome.dockings += 1

    async def _until_dismissed(self, home: Home) -> None:
        troubled_s: float | None = None
        while home.recorder.runs or home.recorder.code != 0:
            await asyncio.sleep(LOOK_S)
            self._judge.look(home.bay)
            if not home.recorder.runs and home.recorder.code != 0 and not home.recorder.harmed:
                self._outcome.defects.append(f"recorder {home.number} ended: {home.recorder.code}")
                home.recorder.start()
            phase = await self._phase(home.number)
            if phase == "waiting-officer":
                await self._touch(home)
            if phase not in ("fault", "refused"):
                troubled_s = None
            elif troubled_s is None:
                troubled_s = time.monotonic()
            elif time.monotonic() - troubled_s > TAKEN_OUT_AFTER_S:
                home.link.down()
                await asyncio.sleep(0.5)
                await home.link.up()
                troubled_s = None
        self._judge.look(home.bay)

    async def _phase(self, number: int) -> str:
        for bay in (await self.state())["bays"]:
            if bay["number"] == number:
                return str(bay["phase"])
        return ""

    async def _touch(self, home: Home) -> None:
        """Whatever goes wrong, the kiosk asks again."""
        async with self._touching:
            try:
                asked = (await self._kiosk.post(f"/api/bays/{home.number}/ceremony", json={})).json()
                if "challenge" not in asked:
                    return
                allow = [unb64u(each) for each in asked["allow"]]
                key = home.bay.officer.key
                said = key.assert_(unb64u(asked["challenge"]), asked["rp_id"], self._origin, allow)
                await self._kiosk.post(f"/api/bays/{home.number}/assertion", json=said)
            except (httpx.HTTPError, ValueError):
                pass
