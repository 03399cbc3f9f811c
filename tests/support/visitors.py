"""A person at a browser with a security key: Chromium's virtual authenticator with PRF."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from support.viewing_room import Room
from zhilu.protocols.viewing import VIEWING_ROLES

PATIENCE_MS = 60_000
"""Until what a page should do counts as not coming: the machine may be busy."""
VIEWPORT = {"width": 1366, "height": 768}
KEY = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "hasPrf": True,
    "automaticPresenceSimulation": True,
}

# Digests of all that reaches the video, in order.
RECORD_APPENDED = """
globalThis.appended = [];
const append = SourceBuffer.prototype.appendBuffer;
SourceBuffer.prototype.appendBuffer = function (bytes) {
  appended.push(crypto.subtle.digest("SHA-256", bytes).then((digest) =>
    Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")));
  return append.call(this, bytes);
};
"""


class Visitor:
    """One browser context, one page, one security key."""

    def __init__(self, browser: Browser, room: Room, person: str, roles: list[str], **key: Any) -> None:
        self.room, self.person, self.roles = room, person, roles
        self.context = browser.new_context(viewport=VIEWPORT, locale="zh-CN")
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_init_script(RECORD_APPENDED)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda message: self._heard(message.type, message.text))
        self.cdp = self.context.new_cdp_session(self.page)
        self.cdp.send("WebAuthn.enable")
        options = {"options": {**KEY, **key}}
        self.key = self.cdp.send("WebAuthn.addVirtualAuthenticator", options)["authenticatorId"]
        self.registration_id = ""

    def _heard(self, kind: str, text: str) -> None:
        """Whatever the browser complains of is a fault, except that an answer was 4xx: pages handle those."""
        if kind == "error" and "Failed to load resource" not in text:
            self.faults.append(text)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.room.api}{path}")
        self.page.wait_for_selector("body[data-ready]")

    def register(self) -> None:
        self.go(f"/register?person={self.person}")
        for role in VIEWING_ROLES:
            self.page.locator(f"#role-{role}").set_checked(role in self.roles)
        with self.page.expect_request("**/api/registrations") as sent:
            self.page.locator("form button[type=submit]").click()
        expect(self.page.locator(".number")).to_be_visible()
        self.registration = sent.value.post_data_json["registration"]
        self.registration_id = self.room.registration_id(self.registration)

    def sign_in(self) -> None:
        self.go("/")
        self.page.locator("main button.primary").click()
        expect(self.page.locator(".who")).to_be_visible()

    def verified(self, yes: bool) -> None:
        """Whether the key verifies its user from now on."""
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.key, "isUserVerified": yes})

    def speak(self, language: str) -> None:
        self.page.evaluate("(language) => localStorage.setItem('zhilu-language', language)", language)

    def leave(self) -> None:
        self.context.close()
        assert not self.faults, self.faults


class Visitors(dict[str, Visitor]):
    """Of some people, each by a word for what he is: he comes, registers and signs in when first asked for.

    `cast`: person and roles.
    """

    def __init__(self, browser: Browser, room: Room, cast: dict[str, tuple[str, list[str]]]) -> None:
        super().__init__()
        self._browser, self._room, self._cast, self._language = browser, room, cast, ""

    def __missing__(self, name: str) -> Visitor:
        visitor = Visitor(self._browser, self._room, *self._cast[name])
        visitor.register()
        self._room.admit(visitor.registration_id)
        visitor.sign_in()
        if self._language:
            visitor.speak(self._language)
        self[name] = visitor
        return visitor

    def speak(self, language: str) -> None:
        """All of them from now on."""
        self._language = language
        for visitor in self.values():
            visitor.speak(language)

    def leave(self) -> None:
        for visitor in self.values():
            visitor.leave()


def ask(visitor: Visitor, part: tuple[str, str] | None = None) -> str:
    """A viewing asked for in the form, of the whole recording or of a part from, to; its id."""
    room, page = visitor.room, visitor.page
    visitor.go(f"/request?recording={room.video.recording}")
    if part:
        page.check("#part")
        page.fill("#from", part[0])
        page.fill("#to", part[1])
    page.select_option("#purpose", "dispute")
    page.fill("#reason", "纳税人对 11 月 24 日入户核查的过程有异议，需核对现场告知情况。")
    page.locator("form button[type=submit]").click()
    expect(page).to_have_url(f"{room.api}/", timeout=PATIENCE_MS)
    if room.viewings:
        return list(room.viewings)[-1]
    return (page.locator("main table a").first.get_attribute("href", timeout=PATIENCE_MS) or "").rpartition(
        "/"
    )[2]


def approve(visitor: Visitor, viewing: str) -> None:
    visitor.go(f"/viewings/{viewing}/decide")
    visitor.page.locator("main button.primary").click()
    expect(visitor.page).to_have_url(f"{visitor.room.api}/", timeout=PATIENCE_MS)


def open_viewing(visitor: Visitor, viewing: str) -> Page:
    """The page, as soon as it has a video; one that was stopped at once is hidden already."""
    visitor.go(f"/viewings/{viewing}")
    visitor.page.locator("main button.primary").click()
    visitor.page.wait_for_selector("video", state="attached", timeout=PATIENCE_MS)
    return visitor.page


def seek(page: Page, seconds: float) -> None:
    page.evaluate("(s) => { document.querySelector('video').currentTime = s; }", seconds)


def wait_until_past(page: Page, seconds: float) -> None:
    past = "(s) => document.querySelector('video').currentTime > s"
    page.wait_for_function(past, arg=seconds, timeout=PATIENCE_MS)
