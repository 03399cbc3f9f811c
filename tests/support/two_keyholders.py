"""A county and its city, each with a keyholder: the county's asks the city's over HTTP, and both follow the
county's ledger. All real but the servers (`fake_county`)."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from support.fake_county import FakeCounty
from support.keyholder_world import RP_ID, Film, World, config_for, pin_body
from support.ports import free_tcp_port
from zhilu.encoding import b64u, format_time
from zhilu.keyholder import founding, held
from zhilu.keyholder import run as running
from zhilu.keyholder.api import make_app
from zhilu.keyholder.city import HttpCity
from zhilu.keyholder.config import CityConfig, load
from zhilu.keyholder.holding import Holding
from zhilu.sealed.envelopes import Policy
from zhilu.sealed.keys import SoftSigner, load_private_key
from zhilu.server.commands.city_keyholder import shared_policy
from zhilu.softkey.ceremonies import Holder

AUTHORITY = "xingtai.view.localhost:8611"
Core = dict[str, Any]


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


async def approved(two: TwoWorld) -> str:
    """A viewing that the city's keyholder knows as approved, too."""
    viewing = await two.approved()
    await two.read_by_city()
    return viewing


def as_county(two: TwoWorld) -> HttpCity:
    """What somebody with the county keyholder's keys can ask."""
    key = load_private_key((two.home / "request.key").read_bytes())
    url = f"http://127.0.0.1:{two.city_port}"
    return HttpCity(CityConfig({"zh": "市", "en": "city"}, url, AUTHORITY), "julu", SoftSigner(key))


def ask_of(two: TwoWorld, viewing: str) -> Core:
    return two.viewer.release_ask(viewing, two.film.id, datetime.now(UTC))


async def begun(two: TwoWorld, city: HttpCity, viewing: str) -> str:
    return await city.begin(viewing, ask_of(two, viewing), two.county.open_lines[two.film.id])


def entry(two: TwoWorld, viewing: str, nonce: str, changed: Core | None = None) -> Core:
    """As the county's keyholder would enter it."""
    ask = two.keyholder.state[0].viewing(viewing)
    assert ask is not None
    span, key = ask.request.spans[0], ask.request.viewer_key
    told = {"viewing": viewing, "recording": span.recording, "from": span.first, "to": span.last}
    told |= {"viewer_key": key, "nonce": b64u(secrets.token_bytes(32)), "expires": soon()}
    return told | {"city_nonce": nonce} | (changed or {})


def soon() -> str:
    return format_time(datetime.now(UTC) + timedelta(hours=3))
