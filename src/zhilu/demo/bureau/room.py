"""The keyholder in the demonstration: its own desk, releases, follower and cosigner, on one thread with the
server. What it posts is published at once, cosigned by it and read back, as on a network within seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import httpx

from zhilu.demo.bureau.hands import Hands
from zhilu.demo.bureau.people import CountyCast, viewing_roles
from zhilu.demo.bureau.wire import Wire, finish, refused
from zhilu.demo.people import Person
from zhilu.demo.place import Place
from zhilu.encoding import b64u, unb64u
from zhilu.keyholder import config as configs
from zhilu.keyholder.county import HttpCounty
from zhilu.keyholder.run import assemble
from zhilu.protocols.viewing import Span
from zhilu.sealed.keys import Signer, SoftSigner, load_private_key
from zhilu.softkey.authenticator import AAGUID

Done = TypeVar("Done")


class NearCounty(HttpCounty):
    """The county over a wire without a network. `settle` is called after each post."""

    def __init__(self, wire: Wire, signer: Signer, settle: Callable[[], None]) -> None:
        self._wire, self._signer, self._settle = wire, signer, settle

    async def post(self, kind: str, core: dict[str, Any], personal: dict[str, Any] | None) -> int:
        index = await super().post(kind, core, personal)
        self._settle()
        return index

    async def close(self) -> None:
        """Nothing is held."""

    async def _ask(self, method: str, path: str, query: str = "", body: bytes = b"", *, limit: int) -> bytes:
        status, answer = self._wire.ask(self._signer, method, path, query, body)
        if status >= 400:
            raise refused(status, answer)
        return answer


class Room:
    """`publish` is the server's pass; it asks `cosign`."""

    def __init__(self, place: Place, wire: Wire, hands: Hands, publish: Callable[[], None]) -> None:
        config = configs.load(place.home("keyholder"))
        request = SoftSigner(load_private_key(config.path("request.key").read_bytes()))
        self.hands, self._publish = hands, publish
        self.county = NearCounty(wire, request, self.settle)
        self.keyholder = assemble(config, self.county, clock=hands.now)
        self.parts = self.keyholder.parts
        self._runner = asyncio.Runner()
        self.requests: dict[str, bytes] = {}
        """Viewing → the bytes that its viewer signed."""
        self.released: dict[str, dict[str, Any]] = {}
        """Viewing → the answer to its newest release."""

    def close(self) -> None:
        self._runner.run(self.keyholder.close())
        self._runner.close()

    def cosign(self, body: bytes) -> httpx.Response:
        outcome = finish(self.parts.cosigner.add_checkpoint(body, self.parts.follower))
        headers = {"content-type": outcome.content_type}
        return httpx.Response(outcome.status, content=outcome.body, headers=headers)

    def settle(self) -> None:
        """What was committed is published, cosigned and read back."""
        self._publish()
        finish(self.parts.follower.poll())

    def register(self, cast: CountyCast, person: Person) -> None:
        """A person's key, witnessed by the two administrators."""
        holder = cast.holder(person)
        registration = holder.registration(viewing_roles(person))
        body = {"registration": b64u(registration), "binding": holder.binding(), "aaguid": AAGUID.hex()}
        number = self.parts.desk.register(body, "127.0.0.1")
        for admin in cast.admins:
            self._run(self.parts.desk.witness(number, admin.witness(registration)))

    def request(self, cast: CountyCast, viewer: Person, viewing: str, spans: list[Span], **said: Any) -> None:
        body = cast.holder(viewer).request(viewing, cast.place.bureau, spans, now=self.hands.now(), **said)
        self.requests[viewing] = unb64u(body["request"])
        self._run(self.parts.viewings.request(body))

    def decide(self, cast: CountyCast, by: Person, viewing: str, approved: bool) -> None:
        body = cast.holder(by).decision(self.requests[viewing], self.hands.now(), approve=approved)
        self._run(self.parts.viewings.decide(viewing, body))

    def release(self, cast: CountyCast, viewer: Person, viewing: str, recording: str) -> None:
        ask = cast.holder(viewer).release_ask(viewing, recording, self.hands.now())
        self.released[viewing] = self._run(self.parts.releases.release(viewing, ask, self.parts.follower))

    def made(self, viewing: str, said: dict[str, Any]) -> None:
        """A copy was made: entered before it is handed out."""
        self._run(self.parts.made.make("copy-made/1", viewing, said, self.parts.follower))

    def report(self, cast: CountyCast, viewer: Person, viewing: str, text: str) -> None:
        body = cast.holder(viewer).report(self.requests[viewing], text, self.hands.now())
        self._run(self.parts.viewings.report(viewing, body))

    def _run(self, work: Coroutine[Any, Any, Done]) -> Done:
        return self._runner.run(work)
