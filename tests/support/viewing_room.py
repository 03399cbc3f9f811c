"""A viewing room to test the pages against: its API, and the ciphertext of one recording on another origin.

It checks every assertion as the keyholder does, and keeps no ledger: rules about who may do what are the
keyholder's tests. Tests change `journal` and `media` to see what the page says.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

import zhilu.browser
from support.ciphertext import Store
from support.sealed_video import OFFICER, SealedVideo
from zhilu.encoding import b64u, format_time, unb64u, uuid7
from zhilu.errors import DataError
from zhilu.protocols import viewing as messages
from zhilu.protocols import viewing_after as after
from zhilu.protocols.assertions import check_assertion
from zhilu.sealed.envelopes import release_seal
from zhilu.sealed.keys import SoftSigner, load_point
from zhilu.sealed.lines import compact_jws
from zhilu.softkey.ceremonies import Holder

BROWSER = Path(zhilu.browser.__file__).parent
RP_ID = "view.localhost"
PERSONS = {
    "019ab4ad-5c00-7c11-8a52-3c1f000000a1": "王素梅",
    "019ab4ad-5c00-7c11-8a52-3c1f000000a2": "李建国",
    "019ab4ad-5c00-7c11-8a52-3c1f000000a3": "赵敏",
    "019ab4ad-5c00-7c11-8a52-3c1f000000a4": "孙立新",
    OFFICER: "张伟",
}
VIEWER, APPROVER, ADMIN_1, ADMIN_2, _ = PERSONS
PAGES = {
    "/": "home",
    "/request": "request",
    "/register": "register",
    "/witness": "witness",
    "/keys": "keys",
    "/viewings/{id}": "viewing",
    "/viewings/{id}/decide": "decide",
    "/viewings/{id}/report": "report",
}
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}


class Unsigned(Holder):
    """A person whose words this room takes as they are."""

    def __init__(self, person: str, point: bytes = b"") -> None:
        self.person, self._point = person, point

    @property
    def viewer_point(self) -> bytes:
        return self._point

    def sign(self, challenge: bytes) -> dict[str, str]:
        return {}


def refuse(status: int, code: str) -> web.HTTPException:
    body = json.dumps({"error": code, "hint": ""})
    error = {401: web.HTTPUnauthorized, 404: web.HTTPNotFound, 409: web.HTTPConflict}.get(
        status, web.HTTPForbidden
    )
    return error(text=body, content_type="application/json")


@dataclass
class Room(Store):
    """`api` and `ciphertext` are the two origins, known once `start` has returned."""

    video: SealedVideo
    journal: bytes = b""
    media: list[bytes] = field(default_factory=list)
    served: list[str] = field(default_factory=list)
    proofs: dict[str, bytes] = field(default_factory=dict)
    entered: list[dict[str, Any]] = field(default_factory=list)
    """Screenshots and copies that the ledger holds."""
    refusing: str = ""
    """The code with which the next of them are refused."""
    grant_life: timedelta = timedelta(hours=1)
    failing: int = 0
    """How many of the next segments are answered with 503."""
    api: str = ""
    ciphertext: str = ""

    def __post_init__(self) -> None:
        self.request_key = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
        self.pending: dict[str, dict[str, Any]] = {}
        self.registered: dict[bytes, messages.Registration] = {}
        self.counts: dict[bytes, int] = {}
        self.viewings: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, bytes] = {}
        self.challenges: set[bytes] = set()
        self.span: tuple[int, int] | None = None
        self.share = self.video.share
        self.put_back()

    def put_back(self) -> None:
        """The sound recording again."""
        self.journal, self.media, self.share = self.video.journal, list(self.video.media), self.video.share
        self.served.clear()
        self.entered.clear()
        self.refusing, self.failing, self.grant_life = "", 0, timedelta(hours=1)

    # Viewings of which a test wants only that they are there: how pages ask and decide is test_flow.py's.

    def asked(self, viewer: str, span: tuple[int, int] | None = None, **copy: Any) -> str:
        """A viewing of the whole recording or a span of segments; with `recipient` (65 bytes of key, name) a
        copy. Its id.
        """
        key = next(one.viewer_key for one in self.registered.values() if one.person == viewer)
        now = datetime.now(UTC)
        viewing = str(uuid7(int(now.timestamp() * 1000), secrets.token_bytes(10)))
        spans = [messages.Span(str(self.video.recording), *(span or (1, len(self.media) - 1)))]
        wish = {"kind": "copy", "purpose": "court", **copy} if copy else {}
        body = Unsigned(viewer, key).request(viewing, "julu", spans, "复核", now, **wish)
        self.viewings[viewing] = self._held(body, messages.parse_request(unb64u(body["request"])))
        return viewing

    def granted(self, viewer: str, span: tuple[int, int] | None = None, **copy: Any) -> str:
        """As `asked`, and approved."""
        viewing = self.asked(viewer, span, **copy)
        self.approve(viewing)
        return viewing

    def approve(self, viewing: str) -> None:
        held = self.viewings[viewing]
        decision = Unsigned(APPROVER).decision(unb64u(held["request"]), datetime.now(UTC))["decision"]
        held |= {"state": "approved", "decision": decision, "approver_name": PERSONS[APPROVER]}

    # Running: in a thread of its own, so that Playwright's sync API can be used.

    def start(self) -> None:
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(60)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._stop())
        self._loop.close()

    async def _serve(self) -> None:
        self._runners: list[web.AppRunner] = []
        self.ciphertext = f"http://julu.localhost:{await self._listen(self._store())}"
        self.api = f"http://julu.view.localhost:{await self._listen(self._viewing_room())}"

    async def _listen(self, app: web.Application, tcp_port: int = 0) -> int:
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", tcp_port).start()
        self._runners.append(runner)
        return int(runner.addresses[0][1])

    async def _stop(self) -> None:
        for runner in self._runners:
            await runner.cleanup()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)

    def _viewing_room(self) -> web.Application:
        app = web.Application(middlewares=[self._headers])
        for path, page in PAGES.items():
            app.router.add_get(path, self._page(page))
        app.router.add_get("/browser/{path:.+}", self._static)
        for method, path, handler in (
            ("GET", "/api/info", self.info),
            ("POST", "/api/session/begin", self.begin),
            ("POST", "/api/session", self.sign_in),
            ("GET", "/api/session", self.who),
            ("POST", "/api/session/end", self.sign_out),
            ("POST", "/api/registrations", self.register),
            ("GET", "/api/registrations", self.list_pending),
            ("GET", "/api/registrations/{id}", self.registration),
            ("POST", "/api/registrations/{id}/witness", self.witness),
            ("GET", "/api/recordings/{id}", self.recording),
            ("GET", "/api/credentials", self.list_credentials),
            ("GET", "/api/viewings", self.list_viewings),
            ("POST", "/api/viewings", self.ask),
            ("GET", "/api/viewings/{id}", self.viewing),
            ("POST", "/api/viewings/{id}/decision", self.decide),
            ("POST", "/api/viewings/{id}/release", self.release),
            ("POST", "/api/viewings/{id}/screenshot", self.screenshot),
            ("POST", "/api/viewings/{id}/copy-made", self.copy_made),
        ):
            app.router.add_route(method, path, handler)
        app.router.add_get("/{path:.+}", self._page("nothing"))
        return app

    @web.middleware
    async def _headers(self, request: web.Request, handler: Callable[..., Any]) -> web.StreamResponse:
        try:
            response = await handler(request)
        except DataError as error:
            response = web.json_response({"error": error.code, "hint": error.hint}, status=403)
        except web.HTTPException as error:
            response = error
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src blob:; "
            f"connect-src 'self' {self.ciphertext}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        if isinstance(response, web.HTTPException):
            raise response
        return response

    def _page(self, name: str) -> Callable[[web.Request], Any]:
        async def handler(_: web.Request) -> web.Response:
            head = (BROWSER / "pages/page.html").read_text()
            return web.Response(text=head.replace("PAGE", name), content_type="text/html")

        return handler

    async def _static(self, request: web.Request) -> web.Response:
        path = (BROWSER / request.match_info["path"]).resolve()
        if not path.is_relative_to(BROWSER) or not path.is_file():
            raise refuse(404, "not-found")
        return web.Response(body=path.read_bytes(), content_type=TYPES[path.suffix])

    # The API.

    async def info(self, _: web.Request) -> web.Response:
        name = {"zh": "巨鹿县税务局", "en": "Julu County Tax Service"}
        return web.json_response(
            {"bureau": "julu", "name": name, "rp_id": RP_ID, "ciphertext_origin": self.ciphertext}
        )

    def check(self, assertion: dict[str, Any], challenge: bytes) -> messages.Registration:
        credential = unb64u(assertion["id"])
        if credential not in self.registered:
            raise DataError("credential-unknown", "")
        known = self.registered[credential]
        self.counts[credential] = check_assertion(
            assertion,
            challenge=challenge,
            public_key=known.public_key,
            rp_id=RP_ID,
            origin=self.api,
            last_count=self.counts.get(credential, 0),
        )
        return known

    async def begin(self, _: web.Request) -> web.Response:
        challenge = secrets.token_bytes(32)
        self.challenges.add(challenge)
        return web.json_response({"challenge": b64u(challenge)})

    async def sign_in(self, request: web.Request) -> web.Response:
        assertion = (await request.json())["assertion"]
        challenge = unb64u(json.loads(unb64u(assertion["client_data_json"]))["challenge"])
        if challenge not in self.challenges:
            raise refuse(403, "challenge")
        self.challenges.remove(challenge)
        known = self.check(assertion, challenge)
        token = secrets.token_urlsafe()
        self.sessions[token] = known.credential
        response = web.json_response(self._session(known))
        response.set_cookie("zhilu_view_julu", token, httponly=True, samesite="Strict")
        return response

    def _session(self, known: messages.Registration) -> dict[str, Any]:
        return {
            "person": known.person,
            "name": PERSONS[known.person],
            "roles": list(known.roles),
            "credential": b64u(known.credential),
            "viewer_key": messages.viewer_thumbprint(known.viewer_key),
        }

    def signed_in(self, request: web.Request) -> messages.Registration:
        credential = self.sessions.get(request.cookies.get("zhilu_view_julu", ""))
        if credential is None:
            raise refuse(401, "session")
        return self.registered[credential]

    async def who(self, request: web.Request) -> web.Response:
        return web.json_response(self._session(self.signed_in(request)))

    async def sign_out(self, request: web.Request) -> web.Response:
        self.sessions.pop(request.cookies.get("zhilu_view_julu", ""), None)
        return web.json_response({})

    async def register(self, request: web.Request) -> web.Response:
        body = await request.json()
        registration = messages.parse_registration(unb64u(body["registration"]))
        assert len(body["aaguid"]) == 32
        check_assertion(
            body["binding"]["assertion"],
            challenge=messages.viewer_key_challenge(registration.credential, registration.viewer_key),
            public_key=registration.public_key,
            rp_id=RP_ID,
            origin=self.api,
            last_count=0,
        )
        number = str(uuid4())
        created = format_time(datetime.now(UTC))
        self.pending[number] = {**body, "created": created, "witnesses": {}, "state": "pending"}
        return web.json_response({"registration_id": number}, status=201)

    def registration_id(self, registration: str) -> str:
        return next(number for number, held in self.pending.items() if held["registration"] == registration)

    async def registration(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        held = self.pending[number]
        return web.json_response(
            {"registration_id": number, "state": held["state"], "witnesses": len(held["witnesses"])}
        )

    def admit(self, number: str) -> None:
        """Registered, as the keyholder's pinned ones are: without witnesses."""
        held = self.pending[number]
        held["state"] = "registered"
        registration = messages.parse_registration(unb64u(held["registration"]))
        self.registered[registration.credential] = registration

    async def list_pending(self, request: web.Request) -> web.Response:
        self.signed_in(request)
        rows = []
        for number, held in self.pending.items():
            if held["state"] == "pending":
                person = messages.parse_registration(unb64u(held["registration"])).person
                witnesses = [{"credential": c, "name": n} for c, n in held["witnesses"].items()]
                row = {key: held[key] for key in ("registration", "binding", "created")}
                rows.append(
                    {**row, "registration_id": number, "name": PERSONS[person], "witnesses": witnesses}
                )
        return web.json_response({"pending": rows})

    async def witness(self, request: web.Request) -> web.Response:
        self.signed_in(request)
        number, body = request.match_info["id"], await request.json()
        held = self.pending[number]
        challenge = messages.registration_challenge(unb64u(held["registration"]))
        known = self.check(body["assertion"], challenge)
        held["witnesses"][body["credential"]] = PERSONS[known.person]
        if posted := len(held["witnesses"]) == 2:
            self.admit(number)
        return web.json_response({"witnesses": len(held["witnesses"]), "posted": posted})

    async def recording(self, request: web.Request) -> web.Response:
        self.signed_in(request)
        if request.match_info["id"] != str(self.video.recording):
            raise refuse(404, "recording-unknown")
        return web.json_response(self._recording())

    def _recording(self) -> dict[str, Any]:
        return {
            "recording": str(self.video.recording),
            "officer_name": PERSONS[OFFICER],
            "department": "检查一科",
            "procedures": ["入户核查"],
            "opened_at": format_time(self.video.opened_at),
            "closed_at": format_time(self.video.closed_at),
            **self.video.stored(),
        }

    async def list_credentials(self, request: web.Request) -> web.Response:
        self.signed_in(request)
        keys = [
            {
                "credential": b64u(one.credential),
                "person": one.person,
                "name": PERSONS[one.person],
                "roles": list(one.roles),
                "aaguid": "f8a011f3" + 24 * "0",
                "state": "valid",
            }
            for one in self.registered.values()
        ]
        return web.json_response({"credentials": keys})

    def _shown(self, held: dict[str, Any]) -> dict[str, Any]:
        keys = ("viewing", "request", "salt", "reason", "viewer_name", "state", "decision", "approver_name")
        request = messages.parse_request(unb64u(held["request"]))
        decided = held["decision"]
        told = {"decision": decided, "approver_name": held["approver_name"]}
        return {key: held[key] for key in keys} | {
            "recipient": held.get("recipient"),
            "decisions": [told] if decided else [],
            "until": format_time(request.expires),
            "report": held.get("report"),
            "report_due": format_time(request.requested + timedelta(hours=72)),
            "recordings": [self._recording() for _ in request.spans],
        }

    async def list_viewings(self, request: web.Request) -> web.Response:
        person = self.signed_in(request).person
        mine = [self._shown(each) for each in self.viewings.values() if each["viewer"] == person]
        others = [
            each for each in self.viewings.values() if each["viewer"] != person and each["state"] == "waiting"
        ]
        waiting = [self._shown(each) for each in others]
        return web.json_response({"mine": mine, "to_decide": waiting, "decided": [], "older": None})

    async def ask(self, request: web.Request) -> web.Response:
        body = await request.json()
        raw = unb64u(body["request"])
        asked = messages.parse_request(raw)
        known = self.check(body["assertion"], messages.request_challenge(raw))
        assert known.person == asked.viewer and 1 <= len(body["reason"]) <= 500
        assert asked.reason == messages.reason_digest(unb64u(body["salt"]), body["reason"])
        assert asked.viewer_key == messages.viewer_thumbprint(known.viewer_key)
        self.viewings[asked.viewing] = self._held(body, asked)
        return web.json_response({"viewing": asked.viewing}, status=201)

    def _held(self, body: dict[str, Any], asked: messages.Request) -> dict[str, Any]:
        return {
            **{key: body[key] for key in ("request", "salt", "reason")},
            "recipient": body.get("recipient"),
            "viewing": asked.viewing,
            "viewer": asked.viewer,
            "viewer_name": PERSONS[asked.viewer],
            "state": "waiting",
            "decision": None,
            "approver_name": None,
        }

    async def viewing(self, request: web.Request) -> web.Response:
        self.signed_in(request)
        if request.match_info["id"] not in self.viewings:
            raise refuse(404, "viewing-unknown")
        return web.json_response(self._shown(self.viewings[request.match_info["id"]]))

    async def decide(self, request: web.Request) -> web.Response:
        held, body = self.viewings[request.match_info["id"]], await request.json()
        raw = unb64u(body["decision"])
        decision = messages.parse_decision(raw)
        known = self.check(body["assertion"], messages.decision_challenge(unb64u(held["request"]), raw))
        assert known.person == decision.approver != held["viewer"]
        held |= {"state": "approved" if decision.approved else "refused", "decision": body["decision"]}
        held["approver_name"] = PERSONS[known.person]
        return web.json_response({"viewing": held["viewing"]}, status=201)

    async def release(self, request: web.Request) -> web.Response:
        viewing, body = request.match_info["id"], await request.json()
        held = self.viewings[viewing]
        challenge = messages.release_challenge(viewing, body["recording"], body["at_ms"])
        known = self.check(body["assertion"], challenge)
        if held["state"] != "approved":
            raise refuse(409, "not-approved")
        asked = messages.parse_request(unb64u(held["request"]))
        span = asked.span(body["recording"])
        assert span is not None and asked.viewer == known.person
        leaf = b'{"kind":"key-released/1"}'
        sealed = release_seal(self.share, self.video.recording, leaf, load_point(known.viewer_key))
        grant = messages.Grant(viewing, span, datetime.now(UTC) + self.grant_life)
        token = compact_jws(self.request_key, messages.GRANT_TYP, grant.payload())
        shares = [{"share": 1, "sealed": b64u(sealed)}]
        release = {"recording": body["recording"], "leaf": b64u(leaf), "shares": shares}
        sealed_by = {"journal_key": self.video.signer.jwk, "journal_typ": self.video.typ}
        return web.json_response({"release": release, "grant": token, **sealed_by})

    async def screenshot(self, request: web.Request) -> web.Response:
        viewing, body = request.match_info["id"], await request.json()
        told = (body["recording"], body["pts_us"], body["sha256"], body["at_ms"])
        return self._enter(viewing, body, after.screenshot_challenge(viewing, *told), ("view", "urgent"))

    async def copy_made(self, request: web.Request) -> web.Response:
        viewing, body = request.match_info["id"], await request.json()
        names = ("recording", "from", "to", "recipient", "sha256", "length", "at_ms")
        challenge = after.copy_challenge(viewing, *(body[name] for name in names))
        return self._enter(viewing, body, challenge, ("copy",))

    def _enter(
        self, viewing: str, body: dict[str, Any], challenge: bytes, kinds: tuple[str, ...]
    ) -> web.Response:
        self.check(body["assertion"], challenge)
        if self.refusing:
            raise refuse(409, self.refusing)
        assert messages.parse_request(unb64u(self.viewings[viewing]["request"])).kind in kinds
        self.entered.append({"viewing": viewing, **body})
        return web.json_response({"index": len(self.entered)}, status=201)
