"""The viewing room of the real keyholder, over a county in memory, with one real recording in its ledger."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

from aiohttp import web

from support.fake_county import FakeCounty
from support.ports import free_tcp_port
from support.sealed_video import OFFICER, SealedVideo, VideoSealer
from support.viewing_room import PERSONS, RP_ID, Room
from zhilu.encoding import b64u, format_time, sha256, unb64u
from zhilu.keyholder import founding, run
from zhilu.keyholder.api import make_app
from zhilu.keyholder.config import Config, load
from zhilu.sealed.lines import line_hash
from zhilu.softkey.ceremonies import Holder, registration_core

ADMINISTRATORS = ("019ab4ad-5c00-7c11-8a52-3c1f000000c1", "019ab4ad-5c00-7c11-8a52-3c1f000000c2")


class KeyholderRoom(Room):
    """As Room, but the API is the keyholder's own. Two administrators with software keys are pinned."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.tcp_port = free_tcp_port()
        self.api = f"http://julu.view.localhost:{self.tcp_port}"
        self.admins = [Holder.new(person, RP_ID, self.api) for person in ADMINISTRATORS]
        self.county = FakeCounty("julu.localhost/ledger", "julu")
        self.county.people = PERSONS | dict.fromkeys(ADMINISTRATORS, "安全管理员")
        self.folder = folder
        self.enrol = self._found_keyholder()
        super().__init__(self._sealer(source).seal())
        self.api = f"http://julu.view.localhost:{self.tcp_port}"

    def _sealer(self, source: Path) -> VideoSealer:
        holders = {"keyholder": self.enrol["jwk"], "escrow": self.enrol["escrow_jwk"]}
        return VideoSealer(source, holders=holders)

    def _config(self, ciphertext: str) -> Config:
        return Config(
            home=self.folder / "keyholder",
            bureau="julu",
            name={"zh": "巨鹿县税务局", "en": "Julu County Tax Service"},
            origin=self.api,
            rp_id=RP_ID,
            host="127.0.0.1",
            tcp_port=self.tcp_port,
            ciphertext_origin=ciphertext,
            server_url="http://127.0.0.1:1",
            server_authority="julu.localhost:1",
            ledger_vkey="",
            quorum=1,
            cosigners=(),
        )

    def _found_keyholder(self) -> dict[str, Any]:
        pins = [
            {"registration": b64u(each.registration(["security-administrator"])), "binding": each.binding()}
            for each in self.admins
        ]
        pin = self.folder / "pin.json"
        vkey = self.county.ledger.signer.vkey
        pin.write_text(json.dumps({"ledger": vkey, "security_administrators": pins}))
        self.store_port = free_tcp_port()
        config = self._config(f"http://julu.localhost:{self.store_port}")
        return founding.init(config, pin, self.folder / "escrow-key.pem")

    async def _serve(self) -> None:
        self._runners: list[web.AppRunner] = []
        await self._listen(self._store(), self.store_port)
        self.ciphertext = f"http://julu.localhost:{self.store_port}"
        self.keyholder = run.assemble(load(self.folder / "keyholder"), self.county)
        parts = self.keyholder.parts
        self.county.cosign = lambda body: parts.cosigner.add_checkpoint(body, parts.follower)
        await self._listen(make_app(parts), self.tcp_port)
        self._following = asyncio.create_task(self.keyholder.follow())
        await self._enter(self.video)

    async def _enter(self, video: SealedVideo) -> None:
        """The first entries of the ledger."""
        for admin in self.admins:
            await self.county.commit(
                "credential-registered/1", registration_core(admin, ["security-administrator"])
            )
        signer = video.signer
        enrolled = {"recorder": signer.kid, "jwk": signer.jwk, "serial": "XT-0001", "counter_kind": "file"}
        await self.county.commit("recorder-enrolled/1", enrolled)
        stored = {
            "recording": str(video.recording),
            "recorder": signer.kid,
            "lines": len(video.lines),
            "last": line_hash(video.lines[-1]).hex(),
            "segments": len(video.media),
            "length": sum(map(len, video.media)),
            "origin": "file",
            "drill": False,
            "officer": OFFICER,
            "policy": 1,
            "opened_at": format_time(video.opened_at),
            "closed_at": format_time(video.closed_at),
        }
        self.county.open_lines[str(video.recording)] = video.lines[0]
        await self.county.commit("recording-stored/1", stored)

    async def _stop(self) -> None:
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        await super()._stop()
        await self.keyholder.close()

    def registration_id(self, registration: str) -> str:
        return b64u(sha256(unb64u(registration)))

    def witness(self, registration_id: str, registration: str) -> None:
        """Both administrators, with their software keys."""
        for admin in self.admins:
            body = json.dumps(admin.witness(unb64u(registration))).encode()
            url = f"http://127.0.0.1:{self.tcp_port}/api/registrations/{registration_id}/witness"
            headers = {"Content-Type": "application/json", "Host": f"julu.view.localhost:{self.tcp_port}"}
            urllib.request.urlopen(urllib.request.Request(url, body, headers)).close()

    def kinds(self) -> list[str]:
        """Kinds of the ledger's entries, in order."""
        return [json.loads(entry.leaf)["kind"] for entry in self.county.ledger.entries]
