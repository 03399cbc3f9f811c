"""The vectors in the page itself: Chromium's WebCrypto is not Node's. Code for code, layer for layer."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support.js_vectors import all_vectors, differences
from support.viewing_room import Room

pytestmark = pytest.mark.browser

JUDGE = (Path(__file__).parent / "modules/judge.mjs").read_text().partition("export ")[2]


def test_the_page_takes_and_refuses_what_the_vectors_say(chromium: Browser, room: Room) -> None:
    vectors = all_vectors()
    page = chromium.new_page()
    page.goto(f"{room.api}/")
    answers = page.evaluate(f"async ([base, vectors]) => ({JUDGE})(base, vectors)", ["/browser/", vectors])
    page.close()
    assert len(vectors) > 450
    assert differences(vectors, answers) == {}
