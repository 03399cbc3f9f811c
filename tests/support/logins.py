"""A person at the sign-in page: password, app with codes, security key; by Django's client."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from typing import Any

import pyotp
from django.http import HttpResponse
from django.test import Client

from support.county_world import AUTHORITY
from zhilu.encoding import unb64u
from zhilu.server.ledger import clock
from zhilu.softkey import SoftKey

ORIGIN = f"http://{AUTHORITY}"
OWN = "Mine-2026-b"


@dataclass
class Visitor:
    """One browser."""

    login: str = ""
    client: Client = field(default_factory=lambda: Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="en"))
    secret: str = ""
    key: SoftKey = field(default_factory=SoftKey)

    def sign_in(self, password: str, **more: str) -> HttpResponse:
        return self.post("/login", username=self.login, password=password, **more)

    def post(self, path: str, **fields: Any) -> HttpResponse:
        return self.client.post(path, fields)

    def get(self, path: str) -> HttpResponse:
        return self.client.get(path)

    def is_in(self) -> bool:
        return self.get("/account").status_code == 200

    # An app.

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).generate_otp(clock.unix_s() // 30 + steps)

    def enrol_app(self, **more: str) -> HttpResponse:
        page = self.get("/account/factors").content.decode()
        self.secret = re.search(r'<code class="z-break">([A-Z2-7 ]+)<', page)[1].replace(" ", "")  # type: ignore[index]
        return self.post("/account/factors", do="app", name="phone", code=self.code(), **more)

    def enrol_app_blind(self) -> HttpResponse:
        """As if the page had been open since before."""
        return self.post("/account/factors", do="app", name="phone", code="000000", password=OWN)

    def send_code(self, code: str | None = None) -> HttpResponse:
        return self.post("/login/second", code=self.code() if code is None else code)

    # A security key.

    def enrol_key(self, **more: str) -> HttpResponse:
        asked = options(self.get("/account/factors"))
        made = self.key.create(asked["rp"]["id"], ORIGIN, self.login, unb64u(asked["challenge"]))
        return self.post("/account/factors", do="key", name="key", credential=json.dumps(made), **more)

    def answer(self, page: HttpResponse | None = None, origin: str = ORIGIN) -> str:
        """What the browser hands over once the key was touched."""
        asked = options(page or self.get("/login/second"))
        allow = [unb64u(one["id"]) for one in asked["allowCredentials"]]
        return assertion(self.key, unb64u(asked["challenge"]), asked["rpId"], origin, allow)

    def send_key(self, answer: str | None = None) -> HttpResponse:
        return self.post("/login/second", credential=self.answer() if answer is None else answer)


def assertion(key: SoftKey, challenge: bytes, rp_id: str, origin: str, allow: list[bytes]) -> str:
    """AuthenticationResponseJSON of the software key."""
    said = key.assert_(challenge, rp_id, origin, allow)
    response = {
        "authenticatorData": said["authenticator_data"],
        "clientDataJSON": said["client_data_json"],
        "signature": said["signature"],
    }
    return json.dumps({"id": said["id"], "rawId": said["id"], "type": "public-key", "response": response})


def options(page: HttpResponse) -> dict[str, Any]:
    """What the page asks of a security key."""
    found = re.search(r'data-options="([^"]+)"', page.content.decode())
    assert found, page.content.decode()
    asked: dict[str, Any] = json.loads(html.unescape(found[1]))
    return asked
