"""A keyholder with its county, persons and one recording, all real but the network; for tests/keyholder."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric import ec

from support.fake_county import FakeCounty
from zhilu.encoding import b64u, unb64u, uuid7
from zhilu.keyholder import founding
from zhilu.keyholder import run as running
from zhilu.keyholder.api import make_app
from zhilu.keyholder.config import Config, KeyInToken, load
from zhilu.protocols.viewing import Span
from zhilu.sealed.envelopes import Policy, make_shares, make_text, release_open, share_hash
from zhilu.sealed.keys import SoftSigner, public_jwk
from zhilu.sealed.lines import JOURNAL, Chain
from zhilu.softkey.authenticator import AAGUID
from zhilu.softkey.ceremonies import Holder, registration_core

BUREAU, RP_ID = "julu", "view.localhost"
AUTHORITY = "julu.view.localhost:8610"
ORIGIN = f"http://{AUTHORITY}"
LEDGER_ORIGIN = "julu.localhost/ledger"
SEGMENTS = 10


def new_id() -> str:
    return str(uuid7(time.time_ns() // 1_000_000, secrets.token_bytes(10)))


def config_for(home: Path) -> Config:
    return Config(
        home=home,
        bureau=BUREAU,
        name={"zh": "巨鹿县税务局", "en": "Julu"},
        origin=ORIGIN,
        rp_id=RP_ID,
        host="127.0.0.1",
        tcp_port=8610,
        ciphertext_origin="http://julu.localhost:8600",
        server_url="http://127.0.0.1:8600",
        server_authority="julu.localhost:8600",
        ledger_vkey="",
        quorum=1,
        cosigners=(),
    )


def person() -> Holder:
    return Holder.new(new_id(), RP_ID, ORIGIN)


def pin_body(vkey: str, administrators: list[Holder]) -> dict[str, Any]:
    pins = [
        {"registration": b64u(each.registration(["security-administrator"])), "binding": each.binding()}
        for each in administrators
    ]
    return {"ledger": vkey, "security_administrators": pins}


class Film:
    """A recording as the county holds it, and the share that nobody but the viewer may have."""

    def __init__(self, world: World, recorder: SoftSigner | None = None, id_: str | None = None) -> None:
        self.id = id_ or new_id()
        self.recorder = recorder or world.recorder
        shares, fields = make_shares(world.policy, UUID(self.id))
        self.share = shares[0]
        self.fields = {
            "id": self.id,
            "suite": "zhilu-1",
            "origin": "test",
            "drill": False,
            "officer": None,
            "policy": 1,
            "shares": fields,
            "text": make_text(world.policy, UUID(self.id))[1],
            "key_commitment": "0" * 64,
            "codec": "avc1.64001f",
            "media": "video/mp4",
            "width": 1280,
            "height": 720,
        }

    def open_line(self, type_: str = "open", **changed: Any) -> bytes:
        at = datetime.now(UTC)
        return Chain(bytes(32)).next(self.recorder, JOURNAL, type_, at, 1, **{**self.fields, **changed})

    def core(self) -> dict[str, Any]:
        return {
            "recording": self.id,
            "recorder": self.recorder.kid,
            "lines": 12,
            "last": "0" * 64,
            "segments": SEGMENTS,
            "length": 1000,
            "origin": "test",
            "drill": False,
            "officer": "o-1",
            "policy": 1,
            "opened_at": "2026-11-24T10:00:00.000Z",
            "closed_at": "2026-11-24T10:01:00.000Z",
        }


class World:
    """`post` and `get` speak to the viewing room over HTTP, as pages do."""

    def __init__(self, home: Path, bureau_key: KeyInToken | None = None) -> None:
        self.home, self.bureau_key = home, bureau_key
        self.county = FakeCounty(LEDGER_ORIGIN, BUREAU)
        self.admins = [person(), person()]
        self.viewer, self.approver, self.stranger = person(), person(), person()
        self.recorder = SoftSigner(ec.generate_private_key(ec.SECP256R1()))

    def make_home(self) -> None:
        pin, escrow = self.home.parent / "pin.json", self.home.parent / "escrow-key.pem"
        pin.write_text(json.dumps(pin_body(self.county.ledger.signer.vkey, self.admins)))
        config = replace(config_for(self.home), bureau_key=self.bureau_key)
        self.enrol = founding.init(config, pin, escrow)
        self.policy = Policy.from_core(
            {
                "version": 1,
                "sharing": "county",
                "shares": [{"keyholder": self.enrol["jwk"], "escrow": self.enrol["escrow_jwk"]}],
                "text_key": public_jwk(ec.generate_private_key(ec.SECP256R1()).public_key()),
                "officer_check_least": "key",
                "quorum": 1,
                "copies": 1,
            }
        )

    async def start(self) -> None:
        """A keyholder over the same home; again for a restart."""
        self.keyholder = running.assemble(load(self.home), self.county)
        parts = self.keyholder.parts
        parts.desk.follow_wait_s = parts.viewings.follow_wait_s = 1.0
        self.county.cosign = lambda body: parts.cosigner.add_checkpoint(body, parts.follower)
        self.client = TestClient(TestServer(make_app(parts)), headers={"Host": AUTHORITY})
        await self.client.start_server()
        self.following = asyncio.create_task(self.keyholder.follow())

    async def stop(self) -> None:
        self.following.cancel()
        with suppress(asyncio.CancelledError):
            await self.following
        await self.client.close()
        await self.keyholder.close()

    async def found(self) -> None:
        """The bureau's first entries: administrators, recorder, viewer, approver, a stored recording."""
        for admin in self.admins:
            await self.county.commit(
                "credential-registered/1", registration_core(admin, ["security-administrator"])
            )
        core = {
            "recorder": self.recorder.kid,
            "jwk": self.recorder.jwk,
            "serial": "XT-1",
            "counter_kind": "file",
        }
        await self.county.commit("recorder-enrolled/1", core)
        for holder, role in ((self.viewer, "viewer"), (self.approver, "approver")):
            await self.county.commit(
                "credential-registered/1", registration_core(holder, [role], self.admins)
            )
        self.film = await self.store(Film(self))

    async def store(self, film: Film) -> Film:
        self.county.open_lines[film.id] = film.open_line()
        await self.county.commit("recording-stored/1", film.core())
        return film

    # HTTP

    async def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        async with self.client.post(path, json=body) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        async with self.client.get(path) as answer:
            return answer.status, await answer.json()

    async def sign_in(self, holder: Holder) -> tuple[int, dict[str, Any]]:
        _, begun = await self.post("/api/session/begin", {})
        assertion = holder.sign(unb64u(begun["challenge"]))
        return await self.post("/api/session", {"assertion": assertion})

    # Steps of a viewing

    async def register(self, holder: Holder, roles: list[str], admins: list[Holder] | None = None) -> None:
        registration = holder.registration(roles)
        body = {"registration": b64u(registration), "binding": holder.binding(), "aaguid": AAGUID.hex()}
        status, answer = await self.post("/api/registrations", body)
        assert status == 201, answer
        for admin in admins or self.admins:
            path = f"/api/registrations/{answer['registration_id']}/witness"
            status, told = await self.post(path, admin.witness(registration))
            assert status == 200, told

    async def request(
        self,
        film: Film | None = None,
        *,
        viewer: Holder | None = None,
        span: tuple[int, int] = (0, SEGMENTS - 1),
        life: timedelta = timedelta(days=1),
        **more: Any,
    ) -> tuple[str, bytes]:
        """(viewing id, request bytes), asked for and in the ledger. `more`: kind, purpose, recipient."""
        id_, viewer = new_id(), viewer or self.viewer
        spans = [Span((film or self.film).id, *span)]
        body = viewer.request(id_, BUREAU, spans, "为核实投诉", datetime.now(UTC), life=life, **more)
        status, answer = await self.post("/api/viewings", body)
        assert status == 201, answer
        return id_, unb64u(body["request"])

    async def decide(self, id_: str, request: bytes, approve: bool = True, by: Holder | None = None) -> None:
        status, answer = await self.try_to_decide(id_, request, approve, by)
        assert status == 201, answer

    async def try_to_decide(
        self, id_: str, request: bytes, approve: bool = True, by: Holder | None = None
    ) -> tuple[int, dict[str, Any]]:
        body = (by or self.approver).decision(request, datetime.now(UTC), approve=approve)
        return await self.post(f"/api/viewings/{id_}/decision", body)

    async def approved(self, film: Film | None = None, **more: Any) -> str:
        id_, request = await self.request(film, **more)
        await self.decide(id_, request)
        return id_

    async def ask(
        self, viewing: str, film: Film | None = None, holder: Holder | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Ask for the key."""
        film, holder = film or self.film, holder or self.viewer
        body = holder.release_ask(viewing, film.id, datetime.now(UTC))
        return await self.post(f"/api/viewings/{viewing}/release", body)

    def opened(self, answer: dict[str, Any], film: Film | None = None, holder: Holder | None = None) -> bytes:
        """The first share, opened with the viewer's security key."""
        return self.all_opened(answer, film, holder)[0]

    def all_opened(
        self, answer: dict[str, Any], film: Film | None = None, holder: Holder | None = None
    ) -> list[bytes]:
        film, holder = film or self.film, holder or self.viewer
        release, id_ = answer["release"], UUID(film.id)
        leaf = unb64u(release["leaf"])
        shares = []
        for j, one in enumerate(release["shares"], start=1):
            assert one["share"] == j
            shares.append(release_open(unb64u(one["sealed"]), id_, leaf, holder.viewer_private_key))
            assert share_hash(id_, j, shares[-1]).hex() == film.fields["shares"][j - 1]["hash"]
        return shares


@asynccontextmanager
async def world_at(
    folder: Path, *, founded: bool = True, bureau_key: KeyInToken | None = None, of: type[World] = World
) -> AsyncIterator[World]:
    world = of(folder / "keyholder", bureau_key)
    world.make_home()
    await world.start()
    try:
        if founded:
            await world.found()
        yield world
    finally:
        await world.stop()
