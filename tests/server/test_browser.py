"""The pages in Chromium: no accessibility defect, no complaint of the browser, lists that filter."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from support import county_home

pytestmark = pytest.mark.browser
WIDTH, HEIGHT = 1366, 768


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = county_home.make(tmp_path_factory.mktemp("county"))
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
    }
    command = [
        sys.executable,
        "-m",
        "zhilu.cli",
        "--lang",
        "en",
        "server",
        "run",
        "--no-work",
        "--home",
        str(home),
    ]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environ)
    try:
        yield _wait(home / "log")
    finally:
        process.terminate()
        process.wait(20)


def _wait(log: Path) -> str:
    for _ in range(200):
        found = re.search(r"on (127\.0\.0\.1:\d+)", log.read_text())
        if found:
            return f"http://{found[1]}"
        time.sleep(0.1)
    raise AssertionError(log.read_text())


class Visit:
    """A signed-in window that remembers what the browser complained of."""

    def __init__(self, chromium: Any, address: str, login: str, language: str) -> None:
        locale = "zh-CN" if language == "zh" else "en-US"
        context = chromium.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, locale=locale, base_url=address
        )
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto("/login")
        self.page.fill("#username", login)
        self.page.fill("#password", "Zhilu-2026!")
        self.page.click(".z-login .btn-primary")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def look(self, path: str = "") -> None:
        """No defect by axe, no complaint, nothing wider than the window."""
        if path:
            self.page.goto(path)
        result = Axe().run(self.page)
        assert result.violations_count == 0, result.generate_report()
        assert self.page.evaluate("document.documentElement.scrollWidth") <= WIDTH
        assert self.complaints == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_clean(chromium: Any, address: str, language: str) -> None:
    officer = Visit(chromium, address, "officer", language)
    officer.look("/recordings")
    officer.page.click("td a >> nth=0")
    officer.look()
    recording = officer.page.url
    officer.look(recording + "/act")
    officer.look("/acts")
    officer.page.click("td a >> nth=1")
    officer.look()
    officer.look(officer.page.url + "/statement")
    viewer = Visit(chromium, address, "viewer", language)
    for path in ("/recordings", "/recordings?origin=import", "/recorders", "/ledger"):
        viewer.look(path)
    viewer.page.goto("/recorders")
    viewer.page.click("td a >> nth=0")
    viewer.look()
    viewer.page.goto("/ledger")
    viewer.page.click("summary")
    viewer.look()
    Visit(chromium, address, "security", language).look("/people")
    system = Visit(chromium, address, "system", language)
    for path in ("/alarms", "/recorders"):
        system.look(path)
    Visit(chromium, address, "audit", language).look("/access")


def test_the_sign_in_page_is_clean(chromium: Any, address: str) -> None:
    page = chromium.new_context(base_url=address).new_page()
    page.goto("/login")
    assert Axe().run(page).violations_count == 0
    page.fill("#username", "nobody")
    page.fill("#password", "x")
    page.click(".z-login .btn-primary")
    page.wait_for_selector("[role=alert]")
    assert Axe().run(page).violations_count == 0


def test_the_list_filters_without_a_new_page(chromium: Any, address: str) -> None:
    viewer = Visit(chromium, address, "viewer", "zh").page
    viewer.goto("/recordings")
    viewer.evaluate("window.same = true")
    viewer.select_option("#origin", "camera")
    viewer.wait_for_url("**/recordings?*origin=camera*")
    expect(viewer.locator("tbody tr")).to_have_count(19)
    assert viewer.evaluate("window.same") is True


def test_procedures_follow_class_and_tier(chromium: Any, address: str) -> None:
    visit = Visit(chromium, address, "officer", "zh")
    visit.page.goto("/recordings")
    visit.page.click("td a >> nth=0")
    visit.page.goto(visit.page.url + "/act")
    visit.page.select_option("#class", "interview")
    expect(visit.page.locator("#procedure option")).to_have_count(9)
    visit.page.select_option("#tier", "priority")
    expect(visit.page.locator("#procedure option")).to_have_count(6)
    assert visit.page.input_value("#class") == "interview"
    assert visit.complaints == []
