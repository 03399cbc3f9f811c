"""The viewing room of a county whose recordings open with two keyholders: both are real (viewing.md §8)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from support.fake_county import FakeCounty
from support.keyholder_room import KeyholderRoom
from support.keyholder_world import pin_body
from support.ports import free_tcp_port
from support.sealed_video import VideoSealer
from support.viewing_room import RP_ID
from zhilu.keyholder import founding, held, run
from zhilu.keyholder.api import make_app
from zhilu.keyholder.config import load
from zhilu.softkey.ceremonies import Holder


class TwoKeyholderRoom(KeyholderRoom):
    def _sealer(self, source: Path) -> VideoSealer:
        self.city_port = free_tcp_port()
        origin = f"http://xingtai.view.localhost:{self.city_port}"
        self.city_ledger = FakeCounty("xingtai.localhost/ledger", "xingtai")
        admins = [Holder.new(one.person, RP_ID, origin) for one in self.admins]
        pin, county = self.folder / "city-pin.json", self.folder / "county.json"
        pin.write_text(json.dumps(pin_body(self.city_ledger.ledger.signer.vkey, admins)))
        config = replace(
            self._config(""),
            home=self.folder / "city-keyholder",
            bureau="xingtai",
            name={"zh": "邢台市税务局", "en": "Xingtai City Tax Service"},
            origin=origin,
            tcp_port=self.city_port,
            ciphertext_origin="http://xingtai.localhost:1",
        )
        enrol = founding.init(config, pin, self.folder / "city-escrow.pem")
        county.write_text(json.dumps(held.export(load(self.folder / "keyholder"))))
        held.hold(load(config.home), county, None)
        url = f"http://127.0.0.1:{self.city_port}"
        held.name_city(load(self.folder / "keyholder"), config.home / "enrol.json", url)
        sealer = super()._sealer(source)
        sealer.city = {"keyholder": enrol["jwk"], "escrow": enrol["escrow_jwk"]}
        return sealer

    async def _serve(self) -> None:
        await self._start_city()
        await super()._serve()

    async def _stop(self) -> None:
        await super()._stop()
        if self.city_is_there:
            await self._stop_city()

    async def _start_city(self) -> None:
        home = load(self.folder / "city-keyholder")
        self.city_ledger.mirror = lambda size: self.county.as_mirrored(size)
        self.city = run.assemble(home, self.city_ledger, counties=lambda one: self.county)
        self._city_runner = web.AppRunner(make_app(self.city.parts))
        await self._city_runner.setup()
        await web.TCPSite(self._city_runner, "127.0.0.1", self.city_port, reuse_address=True).start()
        self._city_follows = asyncio.create_task(self.city.follow())
        self.city_is_there = True

    async def _stop_city(self) -> None:
        self.city_is_there = False
        self._city_follows.cancel()
        await asyncio.gather(self._city_follows, return_exceptions=True)
        await self._city_runner.cleanup()
        await self.city.close()

    def switch_city(self, on: bool) -> None:
        """The city's keyholder goes away, or comes back; returns when the county's knows."""
        asyncio.run_coroutine_threadsafe(self._switch_city(on), self._loop).result(90)

    async def _switch_city(self, on: bool) -> None:
        await (self._start_city() if on else self._stop_city())
        parts = self.keyholder.parts
        assert parts.city is not None
        await asyncio.gather(parts.city.look(), return_exceptions=True)
        if on:
            follower = self.city.parts.held.all()[0].follower
            await follower.wait_until(lambda: follower.published >= parts.follower.published)
            await self.city.parts.held.all()[0].compare(self.city_ledger)
