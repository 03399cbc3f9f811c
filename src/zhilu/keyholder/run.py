"""`zhilu keyholder run`: the process.

Order at the start: configuration and keys are read, databases opened, the TCP port bound, pages loaded;
then, if asked for and root, the process becomes the keyholder's own user and says so; then it serves.
Everything the process needs is imported above: afterwards it may not be able to read its own program.
"""

from __future__ import annotations

import asyncio

# The codec is asked for by the first connection: perhaps after we have become another user.
import encodings.idna  # noqa: F401
import logging
import os
import pwd
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from zhilu import locks
from zhilu.ending import ended
from zhilu.errors import CallerError, WorldError, ZhiluError
from zhilu.i18n import _
from zhilu.keyholder import config as configs
from zhilu.keyholder import holding
from zhilu.keyholder.api import Parts, make_app
from zhilu.keyholder.believed import Room
from zhilu.keyholder.bureau_key import load_bureau_key
from zhilu.keyholder.city import City, HttpCity, watch
from zhilu.keyholder.config import Config
from zhilu.keyholder.contradictions import Contradictions
from zhilu.keyholder.cosigner import Cosigner
from zhilu.keyholder.county import County, HttpCounty
from zhilu.keyholder.desk import Desk, Pinned
from zhilu.keyholder.desk_viewings import ViewingDesk
from zhilu.keyholder.follower import Follower
from zhilu.keyholder.founding import cosigner_name, load_pinned
from zhilu.keyholder.guard import IDLE_S, MAX_CONNECTIONS
from zhilu.keyholder.held import HeldCounty, load_all
from zhilu.keyholder.holding import Holding, Holdings
from zhilu.keyholder.local import Live, Local
from zhilu.keyholder.made import Made
from zhilu.keyholder.names import Names
from zhilu.keyholder.pages import load_pages
from zhilu.keyholder.release import Releases
from zhilu.keyholder.sessions import Sessions
from zhilu.keyholder.state import State, open_state
from zhilu.protocols.viewing import parse_registration
from zhilu.sealed.keys import SoftSigner, load_private_key
from zhilu.tlog.cosign import CosignatureSigner
from zhilu.tlog.proof import LedgerKeys

log = logging.getLogger("zhilu.keyholder")

POLL_S = 2.0
POLL_WAITING_S = 0.2  # while somebody waits for a release
LOOK_S = 10.0  # at the city's keyholder
REPOST_S = 30.0


Clock = Callable[[], datetime]


def utc() -> datetime:
    return datetime.now(UTC)


@dataclass
class Keyholder:
    """Everything but HTTP."""

    parts: Parts
    county: County
    pinned: list[Pinned]
    state: tuple[State, State]
    local: Local

    async def close(self) -> None:
        await self.county.close()
        if self.parts.city:
            await self.parts.city.close()
        for held in self.parts.held.all():
            await held.close()
        for store in (*self.state, self.local):
            store.close()

    async def follow(self) -> None:
        """For ever: look at the own ledger, at those of the held counties, and whether the city is there."""
        works = [self._follow_own()]
        for held in self.parts.held.all():
            works.append(_on_its_own(held, partial(_follow_held, held)))
            works.append(_on_its_own(held, partial(_compare_held, held, self.county)))
        if self.parts.city:
            works.append(watch(self.parts.city, LOOK_S, asyncio.sleep))
        tasks = [asyncio.create_task(work) for work in works]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await ended(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()  # a failure that is no error of ours ends them all

    async def _follow_own(self) -> None:
        posted_at = -REPOST_S

        async def post_pinned(code: str) -> None:
            nonlocal posted_at
            now = asyncio.get_running_loop().time()
            if not code and self.parts.follower.published and now - posted_at >= REPOST_S:
                posted_at = now
                await self.parts.desk.post_pinned(self.pinned)

        releases, made = self.parts.releases, self.parts.made
        await _follow(self.parts.follower, lambda: releases.waiting or made.waiting, post_pinned)


async def _on_its_own(held: Holding, work: Callable[[], Awaitable[None]]) -> None:
    """For ever: what goes wrong with one county ends neither the others nor the own ledger's following."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("%s", held.county.bureau)
            held.failed = "failed"
        await asyncio.sleep(LOOK_S)


async def _follow_held(held: Holding) -> None:
    async def note(code: str) -> None:
        held.failed = code

    await _follow(held.follower, lambda: held.shares.waiting, note)


async def _compare_held(held: Holding, server: County) -> None:
    """For ever, beside the following, which a county can make last: with the mirror of the own server."""
    while True:
        with suppress(ZhiluError):  # away: its trouble says so when it has been for too long
            await held.compare(server)
        await asyncio.sleep(LOOK_S if held.mirror.agreed else POLL_S)


async def _follow(
    follower: Follower, waiting: Callable[[], bool], looked: Callable[[str], Awaitable[None]]
) -> None:
    """For ever. What fails is said once, until it changes. `looked` is told after each look: code, or ""."""
    said = ""
    while True:
        code = ""
        try:
            await follower.poll()
            await looked("")
        except ZhiluError as error:
            code = error.code
            if code != said:
                log.warning("following %s: %s", follower.origin, error)
            with suppress(ZhiluError):
                await looked(code)
        said = code
        await follower.rest(POLL_WAITING_S if waiting() else POLL_S)


def assemble(
    config: Config,
    county: County | None = None,
    clock: Clock = utc,
    city: City | None = None,
    counties: Callable[[HeldCounty], County] | None = None,
) -> Keyholder:
    """Read keys and state, and put the parts together. `county`, `clock`, `city`, `counties` (of those that
    are held): others than those over HTTP and the machine's."""
    bureau_key, request = load_bureau_key(config), SoftSigner(_p256(config, "request.key"))
    pinned = load_pinned(config.home)
    pins = {parse_registration(item.registration).credential: item.registration for item in pinned}
    room = Room(config.bureau, config.rp_id, config.origin, pins)
    cosigner_key = CosignatureSigner(cosigner_name(config), _ed25519(config))
    keys = LedgerKeys.from_vkeys(config.ledger_vkey, [cosigner_key.vkey, *config.cosigners], config.quorum)
    reader, writer = open_state(config.path("state.db"))
    local = Local(config.path("local.db"))
    county = county or HttpCounty(config.server_url, config.server_authority, request)
    if city is None and config.city:
        city = HttpCity(config.city, config.bureau, request, clock)
    reach = counties or (lambda one: HttpCounty(one.server_url, one.server_authority, request))
    held = [holding.assemble(one, reach(one), bureau_key, cosigner_key, clock) for one in load_all(config)]
    stores: Any = {"room": room, "county": county, "state": reader, "local": local, "clock": clock}
    releases = Releases(bureau_key=bureau_key, signer=request, city=city, **stores)
    made = Made(**stores)
    contradictions = Contradictions(config.path("contradictions"), reader.root_at)
    follower = Follower(writer, county, room, keys, releases, made, contradictions=contradictions)
    parts = Parts(
        config=config,
        pages=load_pages(),
        follower=follower,
        desk=Desk(follower=follower, **stores),
        viewings=ViewingDesk(follower=follower, **stores),
        releases=releases,
        made=made,
        sessions=Sessions(room, Live(reader, local)),
        cosigner=Cosigner(
            cosigner_key, keys.ledger, reader, contradictions, unix_time=lambda: clock().timestamp()
        ),
        names=Names(county),
        held=Holdings(config.authority, held, clock),
        city=city,
    )
    return Keyholder(parts, county, pinned, (reader, writer), local)


def main(home: Path, user: str | None) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    # Malformed requests are told to their sender, not to our log.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    config = configs.load(home)
    if user and config.bureau_key:
        raise CallerError(
            "token-user",
            "With the bureau key in a token the keyholder is started as its own user, without --user: PIN and"
            " token must be that user's.",
        )
    account = find_account(user) if user else None
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not write keys to a disk
    listener = bind(config)
    with listener, only_one(config):
        return asyncio.run(_serve(config, listener, account))


async def _serve(config: Config, listener: socket.socket, account: tuple[int, int] | None) -> int:
    keyholder = assemble(config)
    try:
        runner = web.AppRunner(
            make_app(keyholder.parts), access_log=None, keepalive_timeout=IDLE_S, shutdown_timeout=5
        )
        await runner.setup()
        if account:
            become(config.home, *account)
        await _serve_until_stopped(keyholder, runner, listener)
        await runner.cleanup()
    finally:
        await keyholder.close()
    return 0


async def _serve_until_stopped(keyholder: Keyholder, runner: web.AppRunner, listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(limited(runner), sock=listener)
    following = asyncio.create_task(keyholder.follow())
    print(_("Viewing room open at {origin}").format(origin=keyholder.parts.config.origin), flush=True)
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait({waiting, following}, return_when=asyncio.FIRST_COMPLETED)
    server.close()
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following  # a failure that is no error of ours ends the process, with its trace


class Refused(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


def limited(runner: web.AppRunner) -> Callable[[], asyncio.BaseProtocol]:
    """A factory of connections that takes no more than MAX_CONNECTIONS at one time."""
    server = runner.server
    assert server is not None

    def make() -> asyncio.BaseProtocol:
        return Refused() if len(server.connections) >= MAX_CONNECTIONS else server()

    return make


@contextmanager
def only_one(config: Config) -> Iterator[None]:
    """One process for a home: two would be two cosigners with one key."""
    with config.path("lock").open("w") as lock:
        if not locks.take(lock):
            raise CallerError("running", "A keyholder is running in {home} already.", home=config.home)
        yield


def bind(config: Config) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((config.host, config.tcp_port))
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise WorldError(
            "tcp-port",
            "TCP port {tcp_port} of {host} cannot be used: {reason}",
            tcp_port=config.tcp_port,
            host=config.host,
            reason=error.strerror,
        ) from error
    return listener


def find_account(user: str) -> tuple[int, int]:
    """(uid, gid) of a name, or of a number that need not have an account."""
    try:
        entry = pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user)
        return entry.pw_uid, entry.pw_gid
    except (KeyError, OverflowError):
        if user.isdecimal() and 0 < int(user) < 2**32 - 1:
            return int(user), int(user)
        raise CallerError("user", "There is no user {user}.", user=user) from None


def become(home: Path, uid: int, gid: int) -> None:
    """Give the home to the user, close it to all others, and become that user; for good."""
    if os.geteuid() == uid:
        return
    if os.geteuid() != 0:
        raise CallerError("not-root", "Only root can start the keyholder as another user.")
    for path in (home, *home.rglob("*")):
        os.chown(path, uid, gid, follow_symlinks=False)
    home.chmod(0o700)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if os.geteuid() != uid or os.getegid() != gid:
        raise WorldError("user", "The keyholder could not become user {uid}.", uid=uid)
    print(_("The keyholder now runs as user {uid}, not as root.").format(uid=uid), flush=True)


def _p256(config: Config, name: str) -> EllipticCurvePrivateKey:
    return load_private_key(_read(config, name))


def _ed25519(config: Config) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_read(config, "cosigner.key"), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise CallerError("key", "{path} holds no Ed25519 key.", path=config.path("cosigner.key"))
    return key


def _read(config: Config, name: str) -> bytes:
    try:
        return config.path(name).read_bytes()
    except OSError as error:
        raise WorldError("key", "The key {path} cannot be read.", path=config.path(name)) from error
