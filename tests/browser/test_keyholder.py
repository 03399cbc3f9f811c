"""The pages against the real keyholder: what the double says yes to, it must say yes to as well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.keyholder_room import KeyholderRoom
from support.tampering import flip
from support.viewing_room import APPROVER, VIEWER
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
        "viewer": Visitor(chromium, room, VIEWER, ["viewer"]),
        "approver": Visitor(chromium, room, APPROVER, ["approver"]),
    }
    for visitor in people.values():
        visitor.register()
        room.witness(visitor.registration_id, visitor.registration)
        visitor.sign_in()
    yield people
    for visitor in people.values():
        visitor.leave()


def asked(visitor: Visitor) -> str:
    ask(visitor)
    href = visitor.page.locator("main table a").first.get_attribute("href") or ""
    return href.rpartition("/")[2]


def test_register_request_approve_watch_and_seek(room: KeyholderRoom, visitors: dict[str, Visitor]) -> None:
    viewing = asked(visitors["viewer"])
    approve(visitors["approver"], viewing)
    page = open_viewing(visitors["viewer"], viewing)
    wait_until_past(page, 0.5)
    seek(page, 37)
    wait_until_past(page, 37.5)
    for check in ("last-line", "chain", "rules", "commitment", "signatures"):
        expect(page.locator(f"[data-check={check}]")).to_have_class("passed")
    assert room.kinds()[-3:] == ["viewing-requested/1", "viewing-decided/1", "key-released/1"]


def test_before_the_approval_it_is_shut(room: KeyholderRoom, visitors: dict[str, Visitor]) -> None:
    viewing = asked(visitors["viewer"])
    visitors["viewer"].go(f"/viewings/{viewing}")
    expect(visitors["viewer"].page.locator(".stage")).to_contain_text("待审批")
    expect(visitors["viewer"].page.locator(".stage button")).to_have_count(0)


def test_a_tampered_segment_stops_the_player(room: KeyholderRoom, visitors: dict[str, Visitor]) -> None:
    viewing = asked(visitors["viewer"])
    approve(visitors["approver"], viewing)
    room.media[2] = flip(room.media[2])
    page = open_viewing(visitors["viewer"], viewing)
    expect(page.locator(".over .stop")).to_contain_text("第 2 段", timeout=15_000)
