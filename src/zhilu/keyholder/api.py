"""The viewing room over HTTP: thin. What is decided is decided in `desk`, `release`, `sessions`,
`cosigner`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from zhilu.demonstration import is_demonstration
from zhilu.encoding import b64u
from zhilu.errors import CallerError, DataError
from zhilu.keyholder.believed import Credential
from zhilu.keyholder.city import City
from zhilu.keyholder.config import Config
from zhilu.keyholder.cosigner import Cosigner
from zhilu.keyholder.desk import Desk
from zhilu.keyholder.desk_viewings import ViewingDesk
from zhilu.keyholder.follower import Follower
from zhilu.keyholder.guard import PER_MINUTE, Buckets, middleware, read_body, read_json, source_of
from zhilu.keyholder.holding import Holdings
from zhilu.keyholder.made import Made
from zhilu.keyholder.names import Names
from zhilu.keyholder.pages import NOTHING, PAGES, Page
from zhilu.keyholder.release import Releases
from zhilu.keyholder.sessions import SESSION_LIFE_S, Sessions
from zhilu.keyholder.shown import Shown
from zhilu.protocols.viewing import viewer_thumbprint
from zhilu.tlog.witness import MAX_BODY as MAX_CHECKPOINT
from zhilu.tlog.witness import requested_origin

MAX_REGISTRATION = 16_384
MAX_DIGITS = 15  # of an entry's number


@dataclass(frozen=True)
class Parts:
    config: Config
    pages: dict[str, Page]
    follower: Follower
    desk: Desk
    viewings: ViewingDesk
    releases: Releases
    made: Made
    sessions: Sessions
    cosigner: Cosigner
    names: Names
    held: Holdings
    city: City | None


def make_app(parts: Parts, buckets: Buckets | None = None) -> web.Application:
    room = Room(parts)
    nothing = parts.pages[f"pages/{NOTHING}.html"]
    guard = middleware(parts.config, buckets or Buckets(PER_MINUTE), nothing)
    app = web.Application(middlewares=[guard], client_max_size=MAX_CHECKPOINT)
    add, get = app.router.add_post, app.router.add_get
    add("/add-checkpoint", room.add_checkpoint)
    get("/api/info", room.info)
    add("/api/session/begin", room.begin_session)
    add("/api/session/end", room.end_session)
    add("/api/session", room.open_session)
    get("/api/session", room.session)
    add("/api/registrations", room.register)
    get("/api/registrations", room.registrations)
    get("/api/registrations/{registration}", room.registration)
    add("/api/registrations/{registration}/witness", room.witness)
    add("/api/registrations/{registration}/drop", room.drop)
    get("/api/credentials", room.credentials)
    add("/api/revocations", room.revoke)
    get("/api/recordings/{recording}", room.recording)
    add("/api/viewings", room.request)
    get("/api/viewings", room.viewings)
    get("/api/viewings/{viewing}", room.viewing)
    add("/api/viewings/{viewing}/decision", room.decide)
    add("/api/viewings/{viewing}/release", room.release)
    add("/api/viewings/{viewing}/report", room.report)
    add("/api/viewings/{viewing}/screenshot", room.made("screenshot-taken/1"))
    add("/api/viewings/{viewing}/copy-made", room.made("copy-made/1"))
    for path, name in PAGES.items():
        get(path, page_handler(parts.pages[f"pages/{name}.html"]))
    get("/browser/{path:.+}", room.file)
    parts.held.add_routes(app)
    return app


def page_handler(page: Page) -> Any:
    async def show(request: web.Request) -> web.Response:
        return page_response(request, page)

    return show


def page_response(request: web.Request, page: Page) -> web.Response:
    headers = {"Cache-Control": "no-cache", "ETag": page.etag}
    if request.headers.get("If-None-Match") == page.etag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=page.body, headers={**headers, "Content-Type": page.content_type})


class Room:
    """One handler for each line of the API."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._desk, self._viewings = parts, parts.desk, parts.viewings
        self._sessions = parts.sessions
        self._shown = Shown(parts.desk, parts.viewings, parts.names)
        self._cookie = f"zhilu_view_{parts.config.bureau}"

    # Ledger, files

    async def add_checkpoint(self, request: web.Request) -> web.Response:
        body = await read_body(request, MAX_CHECKPOINT)
        whose = self._parts.held.of_ledger(requested_origin(body)) or self._parts
        outcome = await whose.cosigner.add_checkpoint(body, whose.follower)
        headers = {"Content-Type": outcome.content_type}
        return web.Response(status=outcome.status, body=outcome.body, headers=headers)

    async def file(self, request: web.Request) -> web.Response:
        page = self._parts.pages.get(request.match_info["path"])
        if page is None:
            raise web.HTTPNotFound
        return page_response(request, page)

    async def info(self, request: web.Request) -> web.Response:
        config = self._parts.config
        return web.json_response(
            {
                "bureau": config.bureau,
                "name": config.name,
                "rp_id": config.rp_id,
                "ciphertext_origin": config.ciphertext_origin,
                "followed": self._parts.follower.published,
                "demonstration": is_demonstration(config.rp_id),
                "city": self._parts.city.standing() if self._parts.city else None,
            }
        )

    # Sessions

    async def begin_session(self, request: web.Request) -> web.Response:
        return web.json_response({"challenge": b64u(self._sessions.begin())})

    async def open_session(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        credential, evidence = self._sessions.check(body.get("assertion"))
        self._desk.spend(evidence)
        response = web.json_response(await self._me(credential))
        response.set_cookie(
            self._cookie,
            self._sessions.open(credential),
            max_age=int(SESSION_LIFE_S),
            httponly=True,
            samesite="Strict",
            secure=self._parts.config.secure,
            path="/",
        )
        return response

    async def session(self, request: web.Request) -> web.Response:
        return web.json_response(await self._me(self._who(request)))

    async def end_session(self, request: web.Request) -> web.Response:
        self._sessions.end(request.cookies.get(self._cookie))
        response = web.json_response({})
        response.del_cookie(self._cookie, path="/")
        return response

    def _who(self, request: web.Request) -> Credential:
        return self._sessions.who(request.cookies.get(self._cookie))

    async def _me(self, credential: Credential) -> dict[str, Any]:
        return {
            "person": credential.person,
            "name": await self._shown.name(credential.person),
            "roles": list(credential.roles),
            "credential": b64u(credential.id),
            "viewer_key": viewer_thumbprint(credential.viewer_key),
        }

    # Persons and their security keys

    async def register(self, request: web.Request) -> web.Response:
        source = source_of(request, self._parts.config)
        id_ = self._desk.register(await read_json(request, MAX_REGISTRATION), source)
        return web.json_response({"registration_id": id_}, status=201)

    async def registrations(self, request: web.Request) -> web.Response:
        if "security-administrator" not in self._who(request).roles:
            raise no_right()
        pending = self._desk.registrations()
        return web.json_response({"pending": [await self._shown.pending(item) for item in pending]})

    async def registration(self, request: web.Request) -> web.Response:
        id_ = request.match_info["registration"]
        state, witnesses = self._desk.registration(id_)
        return web.json_response({"registration_id": id_, "state": state, "witnesses": witnesses})

    async def drop(self, request: web.Request) -> web.Response:
        if "security-administrator" not in self._who(request).roles:
            raise no_right()
        await read_json(request, MAX_REGISTRATION)  # of our own page: a form of another site has no such type
        self._desk.drop(request.match_info["registration"])
        return web.json_response({})

    async def witness(self, request: web.Request) -> web.Response:
        body = await read_json(request, MAX_REGISTRATION)
        count, posted = await self._desk.witness(request.match_info["registration"], body)
        return web.json_response({"witnesses": count, "posted": posted})

    async def credentials(self, request: web.Request) -> web.Response:
        if "security-administrator" not in self._who(request).roles:
            raise no_right()
        found = self._desk.credentials()
        return web.json_response({"credentials": [await self._shown.credential(item) for item in found]})

    async def revoke(self, request: web.Request) -> web.Response:
        await self._desk.revoke(await read_json(request, MAX_REGISTRATION))
        return web.json_response({}, status=201)

    # Viewings

    async def recording(self, request: web.Request) -> web.Response:
        who = self._who(request)
        return web.json_response(await self._shown.recording(request.match_info["recording"], who))

    async def request(self, request: web.Request) -> web.Response:
        id_ = await self._viewings.request(await read_json(request))
        return web.json_response({"viewing": id_}, status=201)

    async def decide(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        id_ = await self._viewings.decide(request.match_info["viewing"], body)
        return web.json_response({"viewing": id_}, status=201)

    async def report(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        id_ = await self._viewings.report(request.match_info["viewing"], body)
        return web.json_response({"viewing": id_}, status=201)

    def made(self, kind: str) -> Any:
        async def make(request: web.Request) -> web.Response:
            body, viewing = await read_json(request), request.match_info["viewing"]
            index = await self._parts.made.make(kind, viewing, body, self._parts.follower)
            return web.json_response({"index": index}, status=201)

        return make

    async def release(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        viewing = request.match_info["viewing"]
        return web.json_response(await self._parts.releases.release(viewing, body, self._parts.follower))

    async def viewings(self, request: web.Request) -> web.Response:
        who, before = self._who(request), request.query.get("before")
        if before is None:
            return web.json_response(await self._shown.viewings(who))
        if not (before.isascii() and before.isdecimal() and len(before) <= MAX_DIGITS):
            raise CallerError("request", "There is nothing here.")
        return web.json_response(await self._shown.queue(who, int(before)))

    async def viewing(self, request: web.Request) -> web.Response:
        who = self._who(request)
        return web.json_response(await self._shown.viewing(request.match_info["viewing"], who))


def no_right() -> DataError:
    return DataError("role", "This security key does not have the right.")
