"""The pages in Chromium, every one of them: no accessibility defect (axe, WCAG 2.2 AA), no complaint of the
browser, nothing wider than the window, all of it by keyboard; lists that filter.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from support import bureau_home, matrix, programs
from support.patience import said

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
WIDTH, HEIGHT = 1366, 768
NO_PAGES = matrix.FILES | {"procedures", "import-template"}
"""Files, and a part of a page."""
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}

UNSAID = """() => {
    const all = what => [...document.querySelectorAll(what)], wrong = [], seen = new Set();
    const pictured = one => one.querySelector("img[alt]:not([alt=''])");
    const said = one => one.textContent.trim() || one.ariaLabel || one.title || pictured(one);
    for (const one of all("[id]")) {
        if (seen.has(one.id)) wrong.push("twice: " + one.id);
        seen.add(one.id);
    }
    const fields = all("input:not([type=hidden], [type=submit], [hidden]), select, textarea");
    for (const one of [
        ...all("a[href], button, label").filter(one => !said(one)),
        ...fields.filter(one => !one.ariaLabel && !one.hasAttribute("aria-labelledby") && !one.labels.length),
        ...all("img:not([alt])"),
    ]) wrong.push("unsaid: " + one.outerHTML.slice(0, 120));
    return wrong;
}"""
"""Of every row: one id twice, and what has no name for whoever does not see it."""
ONE_OF_EACH = """() => {
    const seen = new Set();
    for (const row of document.querySelectorAll("tbody tr")) {
        const form = [...row.querySelectorAll("*")].map(one => one.tagName + "." + one.className).join();
        if (seen.has(form)) row.remove();
        seen.add(form);
    }
}"""
"""Axe looks at a list's rows one by one, most of its time; rows of one form have the same
defects, but for `UNSAID`.
"""
DEFECTS = """([exclude, options]) =>
    axe.run({ include: [["html"]], exclude }, options).then(({ violations }) => violations)"""
MENU = ".z-nav"
"""The same on every page of one persona."""


@dataclass
class Served:
    address: str
    cookies: dict[str, tuple[str, str]]
    """Of a signed-in browser, by persona."""
    paths: dict[str, str]
    """An address of each page."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("county")
    home = bureau_home.make(folder)
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
        process = programs.Popen(command, stdout=log, stderr=log, env=environ)
    try:
        visits = json.loads((folder / "visits.json").read_text())
        yield Served(
            f"http://{said(home / 'log', process)[1]}", visits["cookies"], visits["paths"] | visits["own"]
        )
    finally:
        process.terminate()
        process.wait(60)


class Visit:
    """A window with somebody signed in, that remembers what the browser complained of."""

    def __init__(self, chromium: Any, served: Served, persona: str, language: str, axe: bool = False) -> None:
        locale = "zh-CN" if language == "zh" else "en-US"
        self._served = served
        self.context = chromium.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, locale=locale, base_url=served.address
        )
        if axe:
            self.context.add_init_script(path=AXE_FILE_PATH)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.become(persona)

    def become(self, persona: str) -> None:
        """Away from the page of the one before: it asks for more by itself, and would be somebody else."""
        self.page.goto("about:blank")
        self.complaints.clear()
        name, value = self._served.cookies[persona]
        self.context.clear_cookies()
        self.context.add_cookies([{"name": name, "value": value, "url": self._served.address}])

    def look(self, path: str, *, axe: str = "") -> list[str]:
        """What is wrong with a page: complaints, what is wider than the window, what says nothing; by axe
        defects of the whole page, or of all but its menu.
        """
        answer = self.page.goto(path)
        # Sent elsewhere, to sign in say, is not this page.
        if answer is None or answer.status != 200 or urlsplit(self.page.url).path != path.partition("?")[0]:
            return [f"{path}: {answer and answer.status} {self.page.url}"]
        found = [f"{path}: {text}" for text in self.complaints]
        self.complaints.clear()
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > WIDTH:
            found.append(f"{path}: {wide} px wide")
        found += [f"{path}: {one}" for one in self.page.evaluate(UNSAID)]
        if axe:
            self.page.evaluate(ONE_OF_EACH)
            without = [[MENU]] if axe == "without menu" else []
            found += [_said(path, one) for one in self.page.evaluate(DEFECTS, [without, RULES])]
        return found


def _said(path: str, violation: dict[str, Any]) -> str:
    nodes = [node["html"][:120] for node in violation["nodes"][:3]]
    return f"{path}: {violation['id']}: {nodes}"


def visitors() -> dict[str, list[str]]:
    """Each page once, grouped by who looks: the first role that may open it."""
    groups: dict[str, list[str]] = {}
    for name, row in matrix.PAGES.items():
        opens = [role for role, letter in matrix.letters(row).items() if letter not in ".-n"]
        if opens and name not in NO_PAGES:
            groups.setdefault(opens[0], []).append(name)
    groups["officer"] += sorted(matrix.EVERYBODY)
    return groups


VISITORS = visitors()


@pytest.fixture(scope="module")
def windows(chromium: Any, served: Served) -> dict[str, Visit]:
    """One of each language for all: a window of one's own costs as much as a page."""
    return {
        language: Visit(chromium, served, "officer", language, language == "en") for language in ("en", "zh")
    }


@pytest.mark.parametrize("persona", VISITORS)
def test_every_page_is_clean(served: Served, windows: dict[str, Visit], persona: str) -> None:
    """By axe, most of the time, in English only: its texts are longer and break less."""
    wrong = []
    for language, visit in windows.items():
        visit.become(persona)
        for place, name in enumerate(VISITORS[persona]):
            axe = "" if language == "zh" else "without menu" if place else "whole"
            wrong += [f"{language}: {one}" for one in visit.look(served.paths[name], axe=axe)]
    assert wrong == []


def test_home_of_every_role_is_clean(windows: dict[str, Visit]) -> None:
    wrong = []
    for role in matrix.ROLES:
        windows["en"].become(role)
        wrong += [f"{role}: {one}" for one in windows["en"].look("/")]
    assert wrong == []


FOCUSED = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
    return [one.tagName, one.textContent.trim().slice(0, 30), box.width > 0 && box.height > 0,
        style.outlineStyle !== "none" || style.boxShadow !== "none", one.id];
}"""


def test_a_page_is_walked_by_keyboard(chromium: Any, served: Served) -> None:
    """Skip link, menu, filters, rows: each in reach, each seen where the focus is, none a trap."""
    page = Visit(chromium, served, "security-administrator", "zh").page
    page.goto(served.paths["grants"])
    count = page.locator("a[href], button, input:not([type=hidden]), select, [tabindex='0']").count()
    walked = []
    for _step in range(count):
        page.keyboard.press("Tab")
        walked.append(page.evaluate(FOCUSED))
    assert all(seen and ringed for _tag, _text, seen, ringed, _id in walked), walked
    assert len(walked) > 25 and walked[0][0] == "A"
    page.goto(served.paths["grants"])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    # The menu says where one is.
    assert page.locator(".z-nav [aria-current=page]").count() == 1


def test_a_dangerous_button_asks_first_by_keyboard(chromium: Any, served: Served) -> None:
    page = Visit(chromium, served, "security-administrator", "zh").page
    page.goto("/grants?q=李文13")
    page.click("td a")
    page.focus("[name=reason]")
    page.keyboard.type("岗位调整")
    page.keyboard.press("Enter")
    page.wait_for_selector(".z-confirm")
    assert Axe().run(page, options=RULES).violations_count == 0
    page.focus(".z-danger")
    page.keyboard.press("Enter")
    page.wait_for_selector(".z-done")


def test_the_sign_in_page_is_clean(chromium: Any, served: Served) -> None:
    page = chromium.new_context(base_url=served.address).new_page()
    page.goto("/login")
    assert Axe().run(page).violations_count == 0
    page.fill("#username", "nobody")
    page.fill("#password", "x")
    page.click(".z-login .btn-primary")
    page.wait_for_selector("[role=alert]")
    assert Axe().run(page).violations_count == 0


def test_the_list_filters_without_a_new_page(chromium: Any, served: Served) -> None:
    page = Visit(chromium, served, "viewer*", "zh").page
    page.goto("/recordings")
    page.evaluate("window.same = true")
    page.click("summary:has-text('更多筛选')")
    page.select_option("#f-origin", "file")
    page.wait_for_url("**/recordings?*origin=file*")
    expect(page.locator("tbody .z-origin-file").first).to_be_visible()
    expect(page.locator("tbody .z-origin-camera")).to_have_count(0)
    assert page.evaluate("window.same") is True


def test_procedures_follow_class_and_tier(chromium: Any, served: Served) -> None:
    visit = Visit(chromium, served, "officer", "zh")
    visit.page.goto("/recordings")
    visit.page.goto(f"{visit.page.get_attribute('td a >> nth=0', 'href')}/act")
    visit.page.select_option("#class", "interview")
    expect(visit.page.locator("#procedure option")).to_have_count(9)
    visit.page.select_option("#tier", "priority")
    expect(visit.page.locator("#procedure option")).to_have_count(6)
    assert visit.page.input_value("#class") == "interview"
    assert visit.complaints == []
