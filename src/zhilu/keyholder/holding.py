"""The held counties of a running keyholder: each with its follower, its cosigner and its shares, and where
the county's keyholder asks for them (spec/viewing.md §8)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu import strictjson
from zhilu.errors import DataError, WorldError
from zhilu.keyholder.contradictions import Contradictions
from zhilu.keyholder.cosigner import Cosigner
from zhilu.keyholder.county import County
from zhilu.keyholder.follower import Follower
from zhilu.keyholder.guard import read_body
from zhilu.keyholder.held import HeldCounty, requester
from zhilu.keyholder.local import Local
from zhilu.keyholder.mirror import Mirror
from zhilu.keyholder.shares import Shares
from zhilu.keyholder.state import State, open_state
from zhilu.protocols.httpsig import NONCE_MEMORY_S, Digested, verify_request
from zhilu.sealed.envelopes import OpeningKey
from zhilu.sealed.keys import load_jwk
from zhilu.tlog.cosign import CosignatureSigner

MAX_ASK = 262_144  # an assertion and a line of at most 64 KiB, in base64
STOPS = (
    "mirror-differs",
    "mirror-behind",
    "fork",
    "entries",
    "payload",
    "consistency",
    "checkpoint",
    "origin",
    "note-signature",
)
"""What the ledger served or signed against what was read, or is not known not to: no share is begun any more,
until it fits again."""
NOT_YET = ("recording-unknown", "viewing-unknown", "not-approved")
"""What may be otherwise as soon as the newest entries are read."""


@dataclass
class Holding:
    """`failed`: code of what the last look at the ledger failed with, "" where it did not."""

    county: HeldCounty
    source: County
    follower: Follower
    cosigner: Cosigner
    shares: Shares
    state: tuple[State, State]
    local: Local
    monotonic: Callable[[], float] = time.monotonic
    failed: str = ""
    mirror: Mirror = field(default_factory=Mirror)

    async def compare(self, server: County) -> None:
        """With the mirror of the own server, which the county shows its ledger too: as far as it has come."""
        self._see()
        before = None
        while (asked := self.mirror.asked) and asked is not before:
            self.mirror.told(asked, await server.mirrored(self.county.bureau, asked.size))
            self._see()
            before = asked

    @property
    def trouble(self) -> str:
        """A ledger that does not answer at the moment hides no difference."""
        self._see()
        mirror = self.mirror.trouble(self.monotonic())
        return mirror if mirror and self.failed not in STOPS else self.failed

    def check_sound(self) -> None:
        trouble = self.trouble
        if trouble == "mirror-behind":
            raise DataError(trouble, "The own server's mirror lacks what was read of the county's ledger.")
        if trouble in STOPS:
            raise DataError(trouble, "The county's ledger contradicts what was read of it.")

    def _see(self) -> None:
        self.mirror.see(self.state[0].frontier(), self.monotonic())

    async def close(self) -> None:
        await self.source.close()
        for store in (*self.state, self.local):
            store.close()


def assemble(
    county: HeldCounty,
    source: County,
    bureau_key: OpeningKey,
    signer: CosignatureSigner,
    clock: Callable[[], datetime],
) -> Holding:
    reader, writer = open_state(county.path("state.db"))
    local = Local(county.path("local.db"))
    room, keys = county.room, county.keys
    shares = Shares(room=room, bureau_key=bureau_key, state=reader, local=local, clock=clock)
    contradictions = Contradictions(county.path("contradictions"), reader.root_at)
    cosigner = Cosigner(signer, keys.ledger, reader, contradictions, unix_time=lambda: clock().timestamp())
    follower = Follower(writer, source, room, keys, shares, contradictions=contradictions)
    return Holding(county, source, follower, cosigner, shares, (reader, writer), local)


class Holdings:
    """By bureau; an address of the API each."""

    def __init__(self, authority: str, holdings: list[Holding], clock: Callable[[], datetime]) -> None:
        self._authority, self._clock = authority, clock
        self._by_bureau = {one.county.bureau: one for one in holdings}
        self._nonces = Nonces()

    def all(self) -> list[Holding]:
        return list(self._by_bureau.values())

    def of_ledger(self, origin: str | None) -> Holding | None:
        return next((one for one in self.all() if one.county.keys.origin == origin), None)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/shares/{bureau}", self.look)
        app.router.add_post("/shares/{bureau}/begin", self.begin)
        app.router.add_post("/shares/{bureau}/finish", self.finish)

    async def look(self, request: web.Request) -> web.Response:
        held, _ = await self._asked(request)
        return web.json_response({"followed": held.follower.published, "trouble": held.trouble or None})

    async def begin(self, request: web.Request) -> web.Response:
        held, body = await self._asked(request)
        held.check_sound()
        try:
            return web.json_response({"nonce": held.shares.begin(body)})
        except DataError as error:
            if error.code not in NOT_YET:
                raise
        # Entered a moment ago, perhaps: what is published by now is read before it is refused.
        with suppress(WorldError):
            await held.follower.poll()
        held.check_sound()
        return web.json_response({"nonce": held.shares.begin(body)})

    async def finish(self, request: web.Request) -> web.Response:
        held, body = await self._asked(request)
        held.check_sound()  # a look may have found since what was not seen at the beginning
        answer = await held.shares.finish(body, held.follower)
        held.check_sound()  # or while the entry was waited for
        return web.json_response(answer)

    async def _asked(self, request: web.Request) -> tuple[Holding, dict[str, Any]]:
        """The county whose keyholder signed this request, and its body."""
        held = self._by_bureau.get(request.match_info["bureau"])
        if held is None:
            raise DataError("not-held", "This keyholder holds no shares of that bureau.")
        body = await read_body(request, MAX_ASK)
        path, _, query = request.raw_path.partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        now = int(self._clock().timestamp())
        verify_request(
            request.method,
            self._authority,
            path,
            query,
            headers,
            Digested.of(body),
            keys=_only(held.county),
            now=now,
            nonces=self._nonces,
        )
        return held, strictjson.loads_object(body, MAX_ASK) if body else {}


def _only(county: HeldCounty) -> Callable[[str], EllipticCurvePublicKey | None]:
    """The one key that may ask for this county."""
    kid = requester(county)
    return lambda said: load_jwk(county.request_jwk) if said == kid else None


class Nonces:
    """In memory: what a restart forgets is an ask that was taken, or a nonce that is spent."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], int] = {}

    def take(self, kid: str, nonce: str, now: int) -> bool:
        while self._seen and next(iter(self._seen.values())) < now - NONCE_MEMORY_S:
            self._seen.pop(next(iter(self._seen)))
        if (kid, nonce) in self._seen:
            return False
        self._seen[kid, nonce] = now
        return True
