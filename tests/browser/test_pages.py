"""How the pages are: free of accessibility faults, complete in both languages, and under the CSP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from support.tampering import flip
from support.viewing_room import BROWSER, VIEWER, Room
from support.visitors import Visitors, open_viewing, wait_until_past

pytestmark = pytest.mark.browser


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest, visitors: Visitors) -> str:
    visitors.speak(request.param)
    return str(request.param)


@pytest.fixture
def chinese(visitors: Visitors) -> None:
    visitors.speak("zh")


PAGES: dict[str, tuple[str, Callable[[Room], str]]] = {
    "home": ("viewer", lambda room: "/"),
    "request": ("viewer", lambda room: f"/request?recording={room.video.recording}"),
    "request without a recording": ("viewer", lambda room: "/request"),
    "register": ("viewer", lambda room: f"/register?person={VIEWER}"),
    "witness": ("admin_1", lambda room: "/witness"),
    "keys": ("admin_1", lambda room: "/keys"),
    "keys for others": ("viewer", lambda room: "/keys"),
    "unknown viewing": ("viewer", lambda room: "/viewings/x"),
    "unknown address": ("viewer", lambda room: "/viewing"),
}


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(name: str, room: Room, visitors: Visitors) -> None:
    who, path = PAGES[name]
    visitors[who].go(path(room))
    assert faults(visitors[who].page) == []


def test_axe_finds_nothing_about_a_viewing(language: str, room: Room, visitors: Visitors) -> None:
    viewing = room.asked(visitors["viewer"].person)
    visitors["approver"].go("/")
    assert faults(visitors["approver"].page) == []
    visitors["approver"].go(f"/viewings/{viewing}/decide")
    assert faults(visitors["approver"].page) == []
    room.approve(viewing)
    page = open_viewing(visitors["viewer"], viewing)
    wait_until_past(page, 0.2)
    assert faults(page) == []
    room.media[3] = flip(room.media[3])
    page = open_viewing(visitors["viewer"], viewing)
    expect(page.locator(".over .stop")).to_be_visible()
    assert faults(page) == []


@pytest.mark.usefixtures("chinese")
def test_an_urgent_request_says_what_it_demands_and_its_report_is_written(
    room: Room, visitors: Visitors
) -> None:
    page = visitors["viewer"].page
    visitors["viewer"].go(f"/request?recording={room.video.recording}")
    page.check("#kind-copy")
    expect(page.locator("#recipient-key")).to_be_visible()
    assert faults(page) == []
    page.check("#kind-urgent")
    expect(page.locator(".notice")).to_contain_text("72")
    assert page.locator("#purpose option[value=court]").count() == 0
    page.select_option("#purpose", "case")
    page.fill("#reason", "现场有人身安全问题，须立即核对。")
    assert faults(page) == []
    page.locator("form button[type=submit]").click()
    expect(page).to_have_url(f"{room.api}/")
    viewing = list(room.viewings)[-1]
    room.approve(viewing)
    room.viewings[viewing]["report"] = "owed"
    visitors["viewer"].go("/")
    page.locator(f".notice a[href='/viewings/{viewing}/report']").click()
    expect(page.locator("#text")).to_be_visible()
    assert faults(page) == []


def test_fits_a_small_office_screen(language: str, room: Room, visitors: Visitors) -> None:
    viewing = room.granted(visitors["viewer"].person)
    page = open_viewing(visitors["viewer"], viewing)
    wait_until_past(page, 0.2)
    controls = page.locator(".controls").bounding_box()
    assert controls and controls["y"] + controls["height"] <= 768
    for visitor, paths in (("viewer", ["/", f"/viewings/{viewing}"]), ("approver", ["/"])):
        for path in paths:
            visitors[visitor].go(path)
            wide = "document.documentElement.scrollWidth > window.innerWidth"
            assert not visitors[visitor].page.evaluate(wide), path


def test_the_other_language_by_switch(room: Room, visitors: Visitors) -> None:
    viewer = visitors["viewer"]
    visitors.speak("zh")
    viewer.go("/")
    viewer.page.get_by_role("button", name="English").click()
    expect(viewer.page.locator("h1")).to_have_text("Viewings")
    viewer.page.get_by_role("button", name="中文").click()
    expect(viewer.page.locator("h1")).to_have_text("调阅")


def test_what_others_decide_comes_onto_the_open_list(room: Room, visitors: Visitors) -> None:
    viewing = room.asked(visitors["viewer"].person)
    visitors["viewer"].go("/")
    row = visitors["viewer"].page.locator("tr", has=visitors["viewer"].page.locator(f"a[href$='{viewing}']"))
    expect(row.locator(".badge.waiting")).to_be_visible()
    room.approve(viewing)
    expect(row.locator(".badge.approved")).to_be_visible()


def test_the_language_is_the_browsers_until_one_is_chosen(chromium: Browser, room: Room) -> None:
    for locale, heading in (
        ("en-US", "Register a security key"),
        ("zh-CN", "登记安全密钥"),
        ("fr-FR", "登记安全密钥"),
    ):
        page = chromium.new_context(locale=locale).new_page()
        page.goto(f"{room.api}/register")
        expect(page.locator("h1")).to_have_text(heading)
        page.context.close()


def test_the_picture_carries_viewer_and_time_and_the_keyboard_plays_and_seeks(
    room: Room, visitors: Visitors
) -> None:
    page = open_viewing(visitors["viewer"], room.granted(visitors["viewer"].person))
    wait_until_past(page, 0.2)
    drawn = """() => { const c = document.querySelector('canvas.watermark');
      return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0); }"""
    assert page.evaluate(drawn)
    page.locator(".surface").focus()
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('video').paused")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('video').currentTime > 5")
    page.keyboard.press("Space")
    wait_until_past(page, 5.5)


def test_nothing_inline_and_nothing_from_elsewhere() -> None:
    """The CSP would block it; this says where."""
    for page in sorted((BROWSER / "pages").glob("*.html")):
        text = page.read_text()
        assert "style=" not in text and "<style" not in text and " on" not in text, page
        assert text.count("<script") == 1 and 'src="/browser/pages/' in text, page
        assert "http" not in text, page
    assert "url(" not in (BROWSER / "style.css").read_text()


def test_every_message_has_its_chinese() -> None:
    catalogue = json.loads((BROWSER / "zh.json").read_text())
    assert all(catalogue.values())
    own = [path for path in Path(BROWSER).rglob("*.js") if "vendor" not in path.parts]
    assert not [path for path in own if "innerHTML" in path.read_text()]


# What speaks to a page, and what is said elsewhere only: at the start of a program, or between programs.
MODULES = ("desk*", "elsewhere", "guard", "posting", "rules*", "release", "made", "sessions")
SPEAKERS = [path for name in MODULES for path in sorted((BROWSER.parent / "keyholder").glob(f"{name}.py"))]
INSIDE = {
    "recording-known",
    "recorder-known",
    "recorder",
    "registration-differs",
    "field",
    "pinned-two",
    "pinned-role",
}


def test_every_refusal_of_the_keyholder_is_said_in_words() -> None:
    source = "".join(path.read_text() for path in SPEAKERS)
    codes = set(
        re.findall(r'(?:DataError|CallerError|WorldError|refuse|_check_text)\(\s*"([a-z0-9-]+)"', source)
    )
    assert len(codes) > 40
    words = (BROWSER / "errors.js").read_text()
    assert sorted(code for code in codes - INSIDE if not re.search(f'"{code}"[: )]', words)) == []
