"""A review in Chromium by keyboard alone, the pages of reviews by axe, and the same without any script."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from support import programs, review_home
from support.patience import said

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
PAGES = ["", "/draws", "/draws/new", "/draws/target", "/figures", "/checklists"]


@dataclass
class Served:
    address: str
    known: dict[str, Any]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("reviews")
    home = review_home.make(folder)
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
    }
    command = [sys.executable, "-m", "zhilu.cli", "--lang", "en", "server", "run", "--no-work", "--home"]
    with (folder / "log").open("w") as log:
        process = programs.Popen([*command, str(home)], stdout=log, stderr=log, env=environ)
    try:
        address = f"http://{said(folder / 'log', process)[1]}"
        yield Served(address, json.loads((folder / "reviews.json").read_text()))
    finally:
        process.terminate()
        process.wait(60)


def window(chromium: Any, served: Served, persona: str, locale: str = "zh-CN", **more: Any) -> Page:
    context = chromium.new_context(
        viewport={"width": 1366, "height": 768}, locale=locale, base_url=served.address, **more
    )
    name, value = served.known["cookies"][persona]
    context.add_cookies([{"name": name, "value": value, "url": served.address}])
    page: Page = context.new_page()
    return page


def answered(page: Page) -> str:
    return page.locator("[data-answered]").inner_text()


def test_a_recording_is_reviewed_by_keyboard_alone(chromium: Any, served: Served) -> None:
    page = window(chromium, served, "supervisor")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    first, *_ = served.known["waits"]
    page.goto(first)
    count = page.locator("[data-item]").count()
    assert count >= 3 and answered(page) == f"0 / {count}"
    assert page.locator("[data-watch]").get_attribute("href") is not None
    for _ in range(count):
        page.keyboard.press("y")
    assert answered(page) == f"{count} / {count}"
    page.keyboard.press("2")
    page.keyboard.press("n")
    assert page.locator("[data-item] >> nth=1").locator("input:checked").get_attribute("value") == "no"
    # x answers only what need not apply; the first three always apply.
    page.keyboard.press("1")
    page.keyboard.press("x")
    assert page.locator("[data-item] >> nth=0").locator("input:checked").get_attribute("value") == "yes"
    page.keyboard.press("ArrowDown")
    assert page.locator('[data-current="yes"]').count() == 1
    # Who writes is not answering.
    page.locator("textarea").focus()
    page.keyboard.type("y n 1 s 未告知")
    assert page.locator("[data-item] >> nth=1").locator("input:checked").get_attribute("value") == "no"
    page.locator("[data-item] >> nth=0").locator("input:checked").focus()
    page.keyboard.press("s")
    expect(page).not_to_have_url(re.compile(re.escape(first)))
    page.goto(first)
    assert "y n 1 s 未告知" in page.content() and page.locator("form[data-review]").count() == 0
    page.keyboard.press("j")
    expect(page).not_to_have_url(re.compile(re.escape(first)))
    assert complaints == []


def test_a_form_that_is_clicked_twice_is_sent_once(chromium: Any, served: Served) -> None:
    page = window(chromium, served, "supervisor")
    sent: list[Route] = []
    page.goto("/footage-reviews/draws")
    page.route("**/language", lambda route: sent.append(route))
    button = page.locator('button[value="en"]')
    button.evaluate("(button) => { button.click(); setTimeout(() => button.click(), 200); }")
    while not sent:
        page.wait_for_timeout(100)
    page.wait_for_timeout(1_000)
    assert len(sent) == 1
    sent[0].continue_()
    expect(button).to_have_attribute("aria-current", "true")


def test_without_scripts_the_form_does_the_same(chromium: Any, served: Served) -> None:
    page = window(chromium, served, "supervisor", java_script_enabled=False)
    path = served.known["waits"][1]
    page.goto(path)
    for item in page.locator("[data-item]").all():
        item.locator('input[value="yes"]').check()
    page.locator("form[data-review] button").click()
    expect(page).not_to_have_url(re.compile(re.escape(path)))
    page.goto(path)
    assert page.locator("form[data-review]").count() == 0


def defects(page: Page, paths: list[str], *, axe: bool) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    page.on("console", lambda message: found.append((page.url, message.text)))
    page.on("pageerror", lambda error: found.append((page.url, str(error))))
    for path in paths:
        answer = page.goto(path)
        assert answer is not None and answer.status == 200, path
        found += [(path, "wide")] if page.evaluate("document.documentElement.scrollWidth") > 1366 else []
        if axe:
            found += [(path, one["id"]) for one in Axe().run(page, options=RULES).response["violations"]]
    page.context.close()
    return found


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_the_pages_have_no_defect_and_fit_the_window(chromium: Any, served: Served, locale: str) -> None:
    """By axe in English only, as test_browser looks at all others."""
    paths = [f"/footage-reviews{one}" for one in PAGES]
    paths += [served.known["waits"][2], served.known["draw"], served.known["reviewed"]]
    axe = locale == "en-US"
    found = defects(window(chromium, served, "supervisor", locale), paths, axe=axe)
    found += defects(window(chromium, served, "officer", locale), ["/footage-reviews/mine"], axe=axe)
    assert found == []
