"""The whole way in real Chromium: register, request, approve, open, watch, seek."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from support.viewing_room import Room
from support.visitors import Visitor

pytestmark = pytest.mark.browser


def ask(visitor: Visitor, room: Room) -> str:
    """A viewing asked for in the form; its id."""
    visitor.go(f"/request?recording={room.video.recording}")
    page = visitor.page
    page.select_option("#purpose", "dispute")
    page.fill("#reason", "纳税人对 11 月 24 日入户核查的过程有异议，需核对现场告知情况。")
    page.locator("form button[type=submit]").click()
    expect(page).to_have_url(f"{room.api}/")
    return list(room.viewings)[-1]


def approve(visitor: Visitor, viewing: str) -> None:
    visitor.go(f"/viewings/{viewing}/decide")
    visitor.page.locator("main button.primary").click()
    expect(visitor.page).to_have_url(f"{visitor.room.api}/")


def open_viewing(visitor: Visitor, viewing: str) -> Page:
    visitor.go(f"/viewings/{viewing}")
    visitor.page.locator("main button.primary").click()
    visitor.page.wait_for_selector("video", timeout=15_000)
    return visitor.page


def current_time(page: Page) -> float:
    return float(page.evaluate("document.querySelector('video').currentTime"))


def wait_until_past(page: Page, seconds: float) -> None:
    page.wait_for_function(
        "(s) => document.querySelector('video').currentTime > s", arg=seconds, timeout=15_000
    )


def test_register_request_approve_watch_and_seek(room: Room, visitors: dict[str, Visitor]) -> None:
    viewing = ask(visitors["viewer"], room)
    approve(visitors["approver"], viewing)
    page = open_viewing(visitors["viewer"], viewing)
    wait_until_past(page, 0.5)
    page.evaluate("zhiluPlayer.seek(17)")
    wait_until_past(page, 17.5)
    assert current_time(page) < 24
    page.evaluate("zhiluPlayer.seek(3)")
    page.wait_for_function(
        "() => { const t = document.querySelector('video').currentTime; return t > 3.4 && t < 9; }"
    )
    for check in ("last-line", "chain", "rules", "commitment", "signatures"):
        expect(page.locator(f"[data-check={check}]")).to_have_class("passed")
