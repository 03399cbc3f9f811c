"""The first sign-in in Chromium: password, a security key (virtual authenticator), and no page before; axe on
every page of sign-in and accounts.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from support import county_home, programs
from support.patience import said
from support.ports import free_tcp_port

pytestmark = pytest.mark.browser
FOUR = ["system:chenxiao:陈晓", "security:sunmin:孙敏", "security:zhaolei:赵磊", "audit:wangfang:王芳"]
OWN = "Mine-2026-b"


@dataclass
class Bureau:
    address: str
    passwords: dict[str, str]


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """Founded by `init`, and served under the name that security keys know it by."""
    folder = tmp_path_factory.mktemp("bureau")
    tcp_port = free_tcp_port()
    county_home.make_root(folder / "root.pem")
    words = ["init", "--home", folder / "home", "--bureau", "julu", "--domain", "localhost"]
    words += ["--root", folder / "root.pem", "--tcp-port", tcp_port, "--name-zh", "巨鹿县税务局"]
    words += [word for one in FOUR for word in ("--administrator", one)]
    told = [line.split("\t") for line in county_home.zhilu(*words).stdout.splitlines() if "\t" in line]
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
    }
    command = [sys.executable, "-m", "zhilu.cli", "--lang", "en", "server", "run", "--no-work", "--home"]
    log = folder / "log"
    with log.open("w") as out:
        process = programs.Popen([*command, str(folder / "home")], stdout=out, stderr=out, env=environ)
    try:
        said(log, process)
        yield Bureau(f"http://julu.localhost:{tcp_port}", {one[1]: one[3] for one in told})
    finally:
        process.terminate()
        process.wait(60)


class Person:
    """A window with a security key plugged in."""

    def __init__(self, chromium: Any, bureau: Bureau, login: str, language: str = "en") -> None:
        locale = "zh-CN" if language == "zh" else "en-US"
        context = chromium.new_context(
            viewport={"width": 1366, "height": 768}, locale=locale, base_url=bureau.address
        )
        self.page, self.login = context.new_page(), login
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        devtools = context.new_cdp_session(self.page)
        devtools.send("WebAuthn.enable")
        key = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})

    def sign_in(self, password: str) -> None:
        self.page.goto("/login")
        self.look()
        self.page.fill("#username", self.login)
        self.page.fill("#password", password)
        self.page.click(".z-login .btn-primary")

    def look(self, path: str = "") -> None:
        """No defect by axe, nothing wider than the window."""
        if path:
            self.page.goto(path)
        result = Axe().run(self.page)
        assert result.violations_count == 0, result.generate_report()
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 1366

    def first_sign_in(self, given: str) -> None:
        self.sign_in(given)
        self.page.wait_for_url("**/account/password")
        self.look()
        for name, value in (("old", given), ("new", OWN), ("again", OWN)):
            self.page.fill(f"#{name}", value)
        self.page.click("main .btn-primary")
        self.page.wait_for_url("**/account/factors")
        self.look()
        self.page.click("form[data-key] button")
        self.page.wait_for_url(lambda url: "/account" not in url)

    def sign_in_again(self) -> None:
        self.page.context.clear_cookies()
        self.sign_in(OWN)
        self.page.wait_for_url("**/login/second")
        self.look()
        self.page.click("form[data-key] button")
        self.page.wait_for_url(lambda url: "/login" not in url)


def test_the_first_sign_in_with_a_security_key(chromium: Any, bureau: Bureau) -> None:
    Person(chromium, bureau, "wangfang", "zh").first_sign_in(bureau.passwords["wangfang"])
    chen = Person(chromium, bureau, "chenxiao")
    chen.first_sign_in(bureau.passwords["chenxiao"])
    chen.sign_in_again()
    for path in ("/account", "/account/password", "/account/factors", "/account/sessions"):
        chen.look(path)
    for path in ("/accounts", "/accounts/sessions"):
        chen.look(path)
    chen.page.goto("/accounts")
    chen.page.click("td a >> text=王芳")
    chen.page.wait_for_url("**/accounts/*")
    chen.look()
    chen.page.click("button[value=reset]")
    chen.page.wait_for_selector("[name=sure]", state="attached")
    chen.look()
    chen.page.click("main .btn-primary, main .z-danger")
    assert re.fullmatch(r"\S{4}-\S{4}-\S{4}", chen.page.inner_text(".z-given code"))
    chen.look()
    assert chen.complaints == []


def test_another_key_and_another_address_say_so(chromium: Any, bureau: Bureau) -> None:
    sun = Person(chromium, bureau, "sunmin", "zh")
    sun.first_sign_in(bureau.passwords["sunmin"])
    stranger = Person(chromium, bureau, "sunmin", "zh")
    stranger.sign_in(OWN)
    stranger.page.wait_for_url("**/login/second")
    stranger.page.click("form[data-key] button")
    stranger.page.wait_for_selector("[data-say=refused]:not([hidden])")
    elsewhere = Person(chromium, bureau, "sunmin", "zh")
    elsewhere.page.goto(bureau.address.replace("julu.localhost", "localhost") + "/login")
    elsewhere.page.fill("#username", "sunmin")
    elsewhere.page.fill("#password", OWN)
    elsewhere.page.click(".z-login .btn-primary")
    elsewhere.page.wait_for_url("**/login/second")
    elsewhere.page.click("form[data-key] button")
    elsewhere.page.wait_for_selector("[data-say=place]:not([hidden])")
    assert bureau.address in elsewhere.page.inner_text("[data-say=place]")
