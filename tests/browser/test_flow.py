"""The whole way in real Chromium: register with two witnesses, request, approve, open, watch, seek."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from support.viewing_room import OFFICER, Room
from support.visitors import Visitor, approve, ask, open_viewing, seek, wait_until_past
from zhilu.encoding import sha256

pytestmark = pytest.mark.browser


def test_register_request_approve_watch_and_seek(room: Room, visitors: dict[str, Visitor]) -> None:
    viewing = ask(visitors["viewer"])
    approve(visitors["approver"], viewing)
    page = open_viewing(visitors["viewer"], viewing)
    wait_until_past(page, 0.5)
    seek(page, 37)
    moving = """([from, to]) => { const at = document.querySelector('video').currentTime;
      return at > from && at < to; }"""
    page.wait_for_function(moving, arg=[37.5, 50])
    seek(page, 3)
    page.wait_for_function(moving, arg=[3.4, 36])
    for check in ("last-line", "chain", "rules", "commitment", "signatures"):
        expect(page.locator(f"[data-check={check}]")).to_have_class("passed")
    appended = set(page.evaluate("Promise.all(appended)"))
    assert appended <= {sha256(plain).hex() for plain in room.video.plain} and len(appended) > 3


def test_holds_a_bounded_part_of_the_recording_and_plays_to_the_end(
    room: Room, visitors: dict[str, Visitor]
) -> None:
    viewer = visitors["viewer"]
    page = open_viewing(viewer, room.granted(viewer.person))
    held = """() => { const b = document.querySelector('video').buffered; let sum = 0;
      for (let i = 0; i < b.length; i++) sum += b.end(i) - b.start(i); return sum; }"""
    for place in (0.5, 30, 55, 0.5, 55):
        seek(page, place)
        wait_until_past(page, place + 0.2)
        assert 0 < page.evaluate(held) < 50
    seek(page, 59)
    page.wait_for_function("() => document.querySelector('video').ended")


def test_a_part_that_was_asked_for_is_all_that_is_given(room: Room, visitors: dict[str, Visitor]) -> None:
    viewing = ask(visitors["viewer"], part=("0:00:10", "0:00:14"))
    room.approve(viewing)
    page = open_viewing(visitors["viewer"], viewing)
    wait_until_past(page, 8.2)
    page.wait_for_function("() => document.querySelector('video').ended")
    given = {name for name in room.served if name.startswith("segment")}
    assert given == {f"segment {i}" for i in (0, 5, 6, 7, 8)}


def test_refused_stays_shut(room: Room, visitors: dict[str, Visitor]) -> None:
    viewing = room.asked(visitors["viewer"].person)
    visitors["approver"].go(f"/viewings/{viewing}/decide")
    visitors["approver"].page.locator("main button.secondary").click()
    expect(visitors["approver"].page).to_have_url(f"{room.api}/")
    visitors["viewer"].go(f"/viewings/{viewing}")
    page = visitors["viewer"].page
    expect(page.locator(".stage")).to_contain_text("已驳回")
    expect(page.locator(".stage button")).to_have_count(0)


def test_nobody_decides_about_his_own_request(room: Room, visitors: dict[str, Visitor]) -> None:
    viewing = room.asked(visitors["viewer"].person)
    visitors["viewer"].go(f"/viewings/{viewing}/decide")
    expect(visitors["viewer"].page.locator("main")).to_contain_text("不得审批本人的申请")
    expect(visitors["viewer"].page.locator("main button")).to_have_count(0)


def test_the_approver_sees_no_reason_but_the_signed_one(room: Room, visitors: dict[str, Visitor]) -> None:
    viewing = room.asked(visitors["viewer"].person)
    room.viewings[viewing]["reason"] = "例行检查"
    visitors["approver"].go(f"/viewings/{viewing}/decide")
    page = visitors["approver"].page
    expect(page.locator("main")).to_contain_text("与申请人签名时的理由不一致")
    expect(page.locator("main button")).to_have_count(0)


def test_two_administrators_witness_a_new_key(
    chromium: Browser, room: Room, visitors: dict[str, Visitor]
) -> None:
    newcomer = Visitor(chromium, room, OFFICER, ["viewer"])
    newcomer.register()
    number = newcomer.page.locator(".number").inner_text()
    for name in ("admin_1", "admin_2"):
        visitors[name].go("/witness")
        page = visitors[name].page
        card = page.locator("section", has_text=number)
        expect(card).to_contain_text("张伟")
        with page.expect_response(lambda answer: answer.url.endswith("/witness") and answer.status == 200):
            card.locator("button.primary").click()
    expect(newcomer.page.locator("[role=status]")).to_have_text("登记完成，现在可以登录。")
    newcomer.sign_in()
    newcomer.leave()


def test_who_waits_for_witnesses_is_told_where_nobody_can_be_asked(chromium: Browser, room: Room) -> None:
    newcomer = Visitor(chromium, room, OFFICER, ["viewer"])
    newcomer.register()
    status = newcomer.page.locator("[role=status]")
    expect(status).to_have_text("已见证 0 人，共需 2 人")
    newcomer.page.route("**/api/registrations/*", lambda route: route.fulfill(status=502, body="{}"))
    expect(status).to_contain_text("http-502")
    newcomer.page.unroute("**/api/registrations/*")
    expect(status).to_have_text("已见证 0 人，共需 2 人")
    newcomer.leave()


def test_a_key_that_nobody_witnessed_does_not_sign_in(chromium: Browser, room: Room) -> None:
    stranger = Visitor(chromium, room, OFFICER, ["viewer"])
    stranger.register()
    stranger.go("/")
    stranger.page.locator("main button.primary").click()
    expect(stranger.page.locator(".notice")).to_have_text("此安全密钥没有在本调阅室登记。")
    stranger.leave()
