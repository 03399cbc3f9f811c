"""A county and its city, each with a keyholder: the county's asks the city's over HTTP, and both follow the
county's ledger. All real but the servers (`fake_county`)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from support.fake_county import FakeCounty
from support.keyholder_world import RP_ID, Film, World, config_for, pin_body
from support.ports import free_tcp_port
from zhilu.keyholder import founding, held
from zhilu.keyholder import run as running
from zhilu.keyholder.api import make_app
from zhilu.keyholder.config import load
from zhilu.keyholder.holding import Holding
from zhilu.sealed.envelopes import Policy
from zhilu.server.commands.city_keyholder import shared_policy
from zhilu.softkey.ceremonies import Holder

AUTHORITY = "xingtai.view.localhost:8611"


class Source(FakeCounty):
    """The county as the city's keyholder is served it: the same ledger, unless a test says otherwise."""

    def __init__(self, county: FakeCounty) -> None:
        super().__init__(county.ledger.origin, county.ledger.bureau)
        self.ledger = county.ledger

    async def post(self, kind: str, core: dict[str, Any], personal: dict[str, Any] | None) -> int:
        raise AssertionError("the city's keyholder enters nothing")


class TwoWorld(World):
    def make_home(self) -> None:
        super().make_home()
        base = self.home.parent
        self.city_home = base / "city-keyholder"
        self.city_ledger = FakeCounty("xingtai.localhost/ledger", "xingtai")
        self.city_ledger.mirror = self.mirrored
        origin = f"http://{AUTHORITY}"
        admins = [Holder.new(one.person, RP_ID, origin) for one in self.admins]
        pin = base / "city-pin.json"
        pin.write_text(json.dumps(pin_body(self.city_ledger.ledger.signer.vkey, admins)))
        config = replace(
            config_for(self.city_home),
            bureau="xingtai",
            origin=origin,
            name={"zh": "邢台市局", "en": "Xingtai"},
        )
        self.city_enrol = founding.init(config, pin, base / "city-escrow.pem")
        (base / "county.json").write_text(json.dumps(held.export(load(self.home))))
        held.hold(load(self.city_home), base / "county.json", None)
        first = {"keyholder": self.enrol["jwk"], "escrow": self.enrol["escrow_jwk"]}
        text_key = {"version": 1, "shares": [first], "text_key": self.enrol["jwk"]}
        rest = {"officer_check_least": "key", "copies": 1}
        self.policy = Policy.from_core(shared_policy(text_key | rest, self.city_enrol))

    async def start(self) -> None:
        await self.start_city()
        if load(self.home).city is None:
            url = str(self.city_client.make_url("")).rstrip("/")
            held.name_city(load(self.home), self.city_home / "enrol.json", url)
        await super().start()

    async def start_city(self, port: int = 0) -> None:
        self.source = Source(self.county)
        self.city = running.assemble(
            load(self.city_home), self.city_ledger, counties=lambda county: self.source
        )
        app = make_app(self.city.parts)
        self.city_client = TestClient(
            TestServer(app, port=port or free_tcp_port()), headers={"Host": AUTHORITY}
        )
        await self.city_client.start_server()
        self.city_following = asyncio.create_task(self.city.follow())

    async def stop_city(self) -> None:
        self.city_following.cancel()
        with suppress(asyncio.CancelledError):
            await self.city_following
        await self.city_client.close()
        await self.city.close()

    async def stop(self) -> None:
        await super().stop()
        await self.stop_city()

    @property
    def held(self) -> Holding:
        return self.city.parts.held.all()[0]

    @property
    def city_port(self) -> int:
        assert self.city_client.port is not None
        return self.city_client.port

    async def store(self, film: Film) -> Film:
        stored = await super().store(film)
        await self.read_by_city()
        return stored

    def mirrored(self, size: int) -> bytes | None:
        """What the city's server has of the county's ledger: all of it, at once."""
        return self.county.as_mirrored(size)

    async def read_by_city(self) -> None:
        """Until the city's keyholder has read what is published, and knows a tree that its server has too."""
        self.held.follower.hurry()
        size = self.county.ledger.cosigned
        async with asyncio.timeout(60):
            await self.held.follower.wait_until(lambda: self.held.follower.published >= size)
            while not self.held.mirror.agreed:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def two_worlds_at(folder: Path) -> AsyncIterator[TwoWorld]:
    world = TwoWorld(folder / "keyholder")
    world.make_home()
    await world.start()
    try:
        await world.found()
        yield world
    finally:
        await world.stop()
