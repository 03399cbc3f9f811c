"""The pages against the real keyholder: what the double says yes to, it must say yes to as well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.keyholder_room import KeyholderRoom
from support.tampering import flip
from support.viewing_room import ADMIN_1, ADMIN_2, APPROVER, VIEWER
from support.visitors import Visitor, approve, ask, open_viewing, seek, wait_until_past

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, video: Path) -> Iterator[KeyholderRoom]:
    room = KeyholderRoom(tmp_path_factory.mktemp("keyholder"), video)
    room.start()
    yield room
    room.stop()


@pytest.fixture(scope="module")
def visitors(chromium: Browser, room: KeyholderRoom) -> Iterator[dict[str, Visitor]]:
    people = {
        "viewer": person(chromium, room, VIEWER, "viewer"),
        "approver": person(chromium, room, APPROVER, "approver"),
    }
    yield people
    for visitor in people.values():
        visitor.leave()


@pytest.fixture
def others(chromium: Browser, room: KeyholderRoom) -> Iterator[dict[str, Visitor]]:
    """A bureau leader, and a security administrator with a page of his own."""
    people = {
        "leader": person(chromium, room, ADMIN_1, "leader"),
        "security": person(chromium, room, ADMIN_2, "security-administrator"),
    }
    yield people
    for visitor in people.values():
        visitor.leave()


def person(chromium: Browser, room: KeyholderRoom, who: str, role: str) -> Visitor:
    visitor = Visitor(chromium, room, who, [role])
    visitor.register()
    room.witness(visitor.registration_id, visitor.registration)
    visitor.sign_in()
    return visitor


def test_register_request_approve_watch_seek_and_stop_at_a_defect(
    room: KeyholderRoom, visitors: dict[str, Visitor]
) -> None:
    viewing = ask(visitors["viewer"])
    visitors["viewer"].go(f"/viewings/{viewing}")
    expect(visitors["viewer"].page.locator(".stage")).to_contain_text("待审批")
    expect(visitors["viewer"].page.locator(".stage button")).to_have_count(0)
    approve(visitors["approver"], viewing)
    page = open_viewing(visitors["viewer"], viewing)
    wait_until_past(page, 0.5)
    seek(page, 37)
    wait_until_past(page, 37.5)
    for check in ("last-line", "chain", "rules", "commitment", "signatures"):
        expect(page.locator(f"[data-check={check}]")).to_have_class("passed")
    assert room.kinds()[-3:] == ["viewing-requested/1", "viewing-decided/1", "key-released/1"]
    room.media[2] = flip(room.media[2])
    page = open_viewing(visitors["viewer"], viewing)
    expect(page.locator(".over .stop")).to_contain_text("第 2 段")


def test_two_keys_open_an_urgent_one_a_report_is_filed_and_a_lost_key_is_revoked(
    room: KeyholderRoom, visitors: dict[str, Visitor], others: dict[str, Visitor]
) -> None:
    viewer, approver = visitors["viewer"].page, visitors["approver"]
    viewing = ask_urgently(visitors["viewer"], room)
    approve(approver, viewing)
    approver.go(f"/viewings/{viewing}/decide")
    expect(approver.page.locator("main button.primary")).to_have_count(0)
    visitors["viewer"].go(f"/viewings/{viewing}")
    expect(viewer.locator(".stage button")).to_have_count(0)
    approve(others["leader"], viewing)
    wait_until_past(open_viewing(visitors["viewer"], viewing), 0.3)
    report(visitors["viewer"], viewing)
    assert "viewing-reported/1" in room.kinds()
    revoke(others["security"], "王素梅")
    visitors["viewer"].go("/")
    expect(viewer.locator(".who")).to_have_count(0)


def ask_urgently(visitor: Visitor, room: KeyholderRoom) -> str:
    visitor.go(f"/request?recording={room.video.recording}")
    visitor.page.check("#kind-urgent")
    visitor.page.select_option("#purpose", "case")
    visitor.page.fill("#reason", "现场有人身安全问题，须立即核对。")
    visitor.page.locator("form button[type=submit]").click()
    expect(visitor.page).to_have_url(f"{room.api}/")
    return (visitor.page.locator("main table a").first.get_attribute("href") or "").rpartition("/")[2]


def report(visitor: Visitor, viewing: str) -> None:
    visitor.go("/")
    visitor.page.locator(f".notice a[href='/viewings/{viewing}/report']").click()
    visitor.page.fill("#text", "现场已恢复秩序，录像显示未发生冲突。")
    visitor.page.locator("form button[type=submit]").click()
    expect(visitor.page).to_have_url(f"{visitor.room.api}/")
    expect(visitor.page.locator(".badge.filed")).to_be_visible()


def revoke(visitor: Visitor, name: str) -> None:
    visitor.go("/keys")
    row = visitor.page.locator("tr", has_text=name)
    row.locator("summary").click()
    row.locator("select").select_option("lost")
    row.locator("button").click()
    expect(visitor.page.locator("tr", has_text=name).locator(".badge.refused")).to_be_visible()
