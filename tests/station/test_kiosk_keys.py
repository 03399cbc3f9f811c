"""A security key is made at the kiosk page, before a station that is played: a real create in Chromium."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from support import kiosk_states as played
from support.kiosk_screen import page, screen, show, station
from support.kiosk_states import PlayedStation, bay, state

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["page", "screen", "station"]
pytestmark = pytest.mark.browser


def test_a_security_key_is_made_and_its_number_shown(page: Page, station: PlayedStation) -> None:
    show(page, station, state(bay(1)))
    known = played.creation() | {"exclude": [played.KEY]}
    tries = iter([known, played.creation()])
    station.answers["/api/keys"] = lambda body: next(tries)
    page.get_by_role("button", name="管理").click()
    page.get_by_role("button", name="登记安全密钥").click()
    assert page.get_by_role("button", name="登记密钥").is_disabled()
    page.locator(".chooser").click()
    page.locator(".picker .person").first.click()
    with page.expect_response("**/cancel"):
        page.get_by_role("button", name="登记密钥").click()
    page.get_by_text("这把安全密钥已登记").wait_for()  # the key itself knows it
    assert station.posted("/cancel") == [{}]
    page.get_by_role("button", name="登记密钥").click()
    page.get_by_text("请把号码告诉系统管理员").wait_for()
    assert page.locator(".key-number").inner_text() == "042 917"
    (made,) = station.posted(f"/api/keys/{'f' * 32}")
    assert set(made) == {"id", "client_data_json", "attestation_object"}
    client_data = json.loads(base64.urlsafe_b64decode(made["client_data_json"] + "=="))
    assert (client_data["type"], client_data["challenge"]) == ("webauthn.create", "AAAA")
