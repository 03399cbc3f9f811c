"""A recording of two shares in Chromium: one action of the viewer, two keyholders; and what the page says
when the city's is away (spec/viewing.md §8)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from support.two_keyholder_room import TwoKeyholderRoom
from support.viewing_room import ADMIN_1, ADMIN_2, APPROVER, VIEWER
from support.visitors import Visitor, approve, ask, open_viewing, wait_until_past

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, video: Path) -> Iterator[TwoKeyholderRoom]:
    room = TwoKeyholderRoom(tmp_path_factory.mktemp("two"), video)
    room.start()
    yield room
    room.stop()


def shot(page: Page, name: str) -> None:
    """Kept only where somebody asks for it: ZHILU_SHOTS names a folder."""
    folder = os.environ.get("ZHILU_SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def person(chromium: Browser, room: TwoKeyholderRoom, who: str, role: str) -> Visitor:
    visitor = Visitor(chromium, room, who, [role])
    visitor.register()
    room.witness(visitor.registration_id, visitor.registration)
    visitor.sign_in()
    return visitor


def test_one_press_opens_with_both_keyholders_and_without_the_city_the_page_says_why(
    chromium: Browser, room: TwoKeyholderRoom
) -> None:
    viewer, approver = (person(chromium, room, *who) for who in ((VIEWER, "viewer"), (APPROVER, "approver")))
    viewing = ask(viewer)
    approve(approver, viewing)
    page = open_viewing(viewer, viewing)
    wait_until_past(page, 0.5)
    expect(page.locator("[data-check=commitment]")).to_have_class("passed")
    assert room.kinds()[-1] == "key-released/1"

    entries = len(room.kinds())
    room.switch_city(on=False)
    viewer.go(f"/viewings/{viewing}")
    expect(page.locator("main > .notice")).to_contain_text("市局保管端（邢台市税务局）自")
    page.locator("main button.primary").click()
    expect(page.locator("[role=alert] .notice")).to_contain_text("没有应答")
    shot(page, "viewing-city-away")
    viewer.speak("en")
    viewer.go(f"/viewings/{viewing}")
    expect(page.locator("main > .notice")).to_contain_text(
        "The city's keyholder (Xingtai City Tax Service) has been away"
    )
    shot(page, "viewing-city-away-en")
    assert len(room.kinds()) == entries

    viewer.speak("zh")
    room.switch_city(on=True)
    page = open_viewing(viewer, viewing)
    wait_until_past(page, 0.5)
    expect(page.locator("main > .notice")).to_have_count(0)
    for one in (viewer, approver):
        one.leave()


def test_the_city_watches_when_both_bureaus_have_approved(chromium: Browser, room: TwoKeyholderRoom) -> None:
    people = [
        person(chromium, room, ADMIN_1, "city-viewer"),
        person(chromium, room, ADMIN_2, "city-approver"),
        person(chromium, room, APPROVER, "approver"),
    ]
    viewer, of_city, of_county = people
    viewer.go(f"/request?recording={room.video.recording}")
    expect(viewer.page.locator("#by-city")).to_contain_text("市局审批人一名和本局审批人一名")
    expect(viewer.page.locator("#purpose option")).to_have_count(7)
    shot(viewer.page, "request-city")
    viewing = ask(viewer)
    of_city.go(f"/viewings/{viewing}/decide")
    shot(of_city.page, "decide-city")
    approve(of_city, viewing)
    viewer.go(f"/viewings/{viewing}")
    expect(viewer.page.locator(".stage button")).to_have_count(0)
    approve(of_county, viewing)
    page = open_viewing(viewer, viewing)
    wait_until_past(page, 0.5)
    viewer.speak("en")
    viewer.go(f"/request?recording={room.video.recording}")
    expect(viewer.page.locator("#by-city")).to_contain_text("one approver of the city bureau")
    viewer.go("/register")
    shot(viewer.page, "register-en")
    for one in people:
        one.leave()
