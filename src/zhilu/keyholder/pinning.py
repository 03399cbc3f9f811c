"""`zhilu keyholder pin`: before there is a keyholder, two security administrators register their keys.

Nobody can witness the first keys. So whoever sits at the keyholder's machine sees both persons, compares the
number on their page with the one in the terminal, and says yes to each. What comes out is the pin file that
`init` takes. The room's origin must be the later one: a security key answers for one place only.

- Only persons that the server's `enrol.json` names as security administrators are taken, each once.
- Their registrations are checked as those of an open room are (`rules.read_registration`).
- The file is written when two are confirmed, and nothing before.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from zhilu import strictjson
from zhilu.durable import create
from zhilu.encoding import b64u, sha256, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.i18n import _
from zhilu.keyholder import config as configs
from zhilu.keyholder import rules, run
from zhilu.keyholder.api import page_handler, page_response
from zhilu.keyholder.believed import Room
from zhilu.keyholder.config import Config
from zhilu.keyholder.founding import PINNED, Nothing
from zhilu.keyholder.guard import IDLE_S, PER_MINUTE, Buckets, middleware, read_json
from zhilu.keyholder.pages import Page, load_pages
from zhilu.protocols.viewing import parse_registration, registration_challenge
from zhilu.tlog.note import NoteVerifier

ROLE = "security-administrator"
MAX_ENROL = 65_536
MAX_REGISTRATION = 16_384
LAST_LOOK_S = 4.0
YES = ("y", "yes", "是", "shi")

Ask = Callable[[str], bool]


@dataclass
class Pin:
    """One registration that waits for the operator's yes, or has it."""

    person: str
    body: dict[str, Any]
    state: str = "pending"


@dataclass
class Pinning:
    """Who may come, and who has. `ask` puts a question to the operator and may take as long as it likes."""

    config: Config
    names: dict[str, str]
    ask: Ask
    pins: dict[str, Pin] = field(default_factory=dict)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    told: asyncio.Event = field(default_factory=asyncio.Event)  # the page of the second knows it too
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def take(self, body: dict[str, Any]) -> str:
        """Body of `POST /api/registrations` → its id; raises what is wrong with it."""
        got = strictjson.fields(body, {"registration": str, "binding": dict, "aaguid": str})
        raw = unb64u(got["registration"])
        said = parse_registration(raw)
        if said.person not in self.names:
            raise DataError("person-unknown", "No such person is known.")
        if tuple(said.roles) != (ROLE,):
            raise DataError("role", "This security key does not have the right.")
        room = Room(self.config.bureau, self.config.rp_id, self.config.origin, {})
        rules.read_registration(raw, got["binding"], room, Nothing())
        id_ = b64u(sha256(raw))
        if self._is_taken(said.person, said.credential) or len(self.pins) >= 20:
            raise CallerError("taken", "This person or this security key has been registered already.")
        self.pins[id_] = Pin(said.person, {"registration": got["registration"], "binding": got["binding"]})
        return id_

    def _is_taken(self, person: str, credential: bytes) -> bool:
        held = [pin for pin in self.pins.values() if pin.state != "expired"]
        return any(
            pin.person == person
            or parse_registration(unb64u(pin.body["registration"])).credential == credential
            for pin in held
        )

    async def confirm(self, id_: str) -> None:
        """Ask the operator, one question at a time."""
        pin = self.pins[id_]
        async with self._asking:
            if self.done.is_set():
                pin.state = "expired"
                return
            is_right = await _beside(self.ask, self._question(pin))
            pin.state = "registered" if is_right else "expired"
            if len(self.confirmed()) == PINNED:
                self.done.set()

    def _question(self, pin: Pin) -> str:
        number = number_of(unb64u(pin.body["registration"]))
        return _("{name} ({person}): does the page show {number}, and is it this person? [y/N] ").format(
            name=self.names[pin.person], person=pin.person, number=number
        )

    def confirmed(self) -> list[dict[str, Any]]:
        return [pin.body for pin in self.pins.values() if pin.state == "registered"]


def number_of(registration: bytes) -> str:
    """What both sides compare, as the page shows it (browser/registrations.js)."""
    digits = registration_challenge(registration).hex()[:12]
    return f"{digits[:4]} {digits[4:8]} {digits[8:]}"


def read_enrolment(path: Path) -> tuple[str, dict[str, str]]:
    """The ledger's vkey and the security administrators (id → name), as the server's `init` wrote them."""
    try:
        body = strictjson.loads_object(path.read_bytes(), MAX_ENROL)
        got = strictjson.fields(body, {"ledger": str, "administrators": list})
        NoteVerifier.from_vkey(got["ledger"])
        each = [
            strictjson.fields(one, {"role": str, "person": str, "name": str}) for one in got["administrators"]
        ]
    except (OSError, DataError):
        raise CallerError(
            "enrol", "{path} is not what `zhilu server init --administrator …` wrote.", path=path
        ) from None
    names = {one["person"]: one["name"] for one in each if one["role"] == ROLE}
    if len(names) < PINNED:
        raise CallerError("enrol-two", "{path} names no two security administrators.", path=path)
    return str(got["ledger"]), names


def make_app(pinning: Pinning, pages: dict[str, Page]) -> web.Application:
    app = web.Application(
        middlewares=[middleware(pinning.config, Buckets(PER_MINUTE))], client_max_size=MAX_REGISTRATION
    )
    desk = Desk(pinning, pages)
    app.router.add_get("/api/info", desk.info)
    app.router.add_get("/api/session", desk.session)
    app.router.add_post("/api/registrations", desk.register)
    app.router.add_get("/api/registrations/{registration}", desk.registration)
    app.router.add_get("/register", page_handler(pages["pages/register.html"]))
    app.router.add_get("/browser/{path:.+}", desk.file)
    return app


class Desk:
    """The few lines of the room's API that its page of registration needs."""

    def __init__(self, pinning: Pinning, pages: dict[str, Page]) -> None:
        self._pinning, self._pages = pinning, pages
        self._asked: set[asyncio.Task[None]] = set()

    async def info(self, request: web.Request) -> web.Response:
        config = self._pinning.config
        names = {"bureau": config.bureau, "name": config.name, "rp_id": config.rp_id}
        return web.json_response({**names, "ciphertext_origin": config.ciphertext_origin, "pinning": True})

    async def session(self, request: web.Request) -> web.Response:
        raise CallerError("session", "Nobody is signed in.")

    async def register(self, request: web.Request) -> web.Response:
        id_ = self._pinning.take(await read_json(request, MAX_REGISTRATION))
        asked = asyncio.create_task(self._pinning.confirm(id_))
        self._asked.add(asked)
        asked.add_done_callback(self._asked.discard)
        return web.json_response({"registration_id": id_}, status=201)

    async def registration(self, request: web.Request) -> web.Response:
        pin = self._pinning.pins.get(request.match_info["registration"])
        state = pin.state if pin else "expired"
        if self._pinning.done.is_set():
            self._pinning.told.set()
        return web.json_response(
            {"registration_id": request.match_info["registration"], "state": state, "witnesses": 0}
        )

    async def file(self, request: web.Request) -> web.Response:
        page = self._pages.get(request.match_info["path"])
        if page is None:
            raise web.HTTPNotFound
        return page_response(request, page)


def main(config: Config, enrol: Path, out: Path, ask: Ask | None = None) -> int:
    vkey, names = read_enrolment(enrol)
    configs.check(config)
    if out.exists():
        raise CallerError("pin-out", "{path} is there already.", path=out)
    listener = run.bind(config)
    with listener:
        pins = asyncio.run(_collect(config, names, listener, ask or at_the_terminal))
    if pins is None:
        return 1
    try:
        create(out, json.dumps({"ledger": vkey, "security_administrators": pins}, indent=1).encode())
    except OSError as error:
        raise CallerError(
            "pin-out", "{path} cannot be written: {reason}", path=out, reason=error.strerror
        ) from None
    print(_("Both keys are in {path}: give it to `zhilu keyholder init --pin`.").format(path=out))
    return 0


async def _collect(
    config: Config, names: dict[str, str], listener: Any, ask: Ask
) -> list[dict[str, Any]] | None:
    """Until two are confirmed; None when somebody ended it before."""
    pinning, stopped = Pinning(config, names, ask), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    runner = web.AppRunner(make_app(pinning, load_pages()), access_log=None, keepalive_timeout=IDLE_S)
    await runner.setup()
    server = await asyncio.get_running_loop().create_server(run.limited(runner), sock=listener)
    print(
        _("Let two of the security administrators open their page, here, with their security keys:"),
        flush=True,
    )
    for person, name in names.items():
        print(f"  {name}: {config.origin}/register?person={person}", flush=True)
    ends = [asyncio.create_task(event.wait()) for event in (pinning.done, stopped)]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    if pinning.done.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_LOOK_S):
                await pinning.told.wait()
    server.close()
    await runner.cleanup()
    return pinning.confirmed() if pinning.done.is_set() else None


async def _beside(ask: Ask, question: str) -> bool:
    """In a thread that ends with the program: whoever stops it gives no answer."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bool] = loop.create_future()

    def give(is_right: bool) -> None:
        if not answer.done():
            answer.set_result(is_right)

    def wait() -> None:
        is_right = ask(question)
        with suppress(RuntimeError):  # the loop is closed: told to stop meanwhile
            loop.call_soon_threadsafe(give, is_right)

    threading.Thread(target=wait, daemon=True).start()
    return await answer


def at_the_terminal(question: str) -> bool:
    """Read past `sys.stdin`: Python's end waits for whoever holds that."""
    said = b""
    with suppress(OSError):  # closed: nobody is there to say yes
        print(question, end="", flush=True)
        while not said.endswith(b"\n") and (more := os.read(0, 1)):
            said += more
    return said.decode(errors="replace").strip().lower() in YES
