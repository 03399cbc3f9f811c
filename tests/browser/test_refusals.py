"""What the page does not show: without user verification, without PRF, and after the first defect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from support.sealed_video import SealedVideo, VideoSealer
from support.tampering import alter_signature, cut_line, flip, line_with_foreign_signature
from support.viewing_room import OFFICER, Room
from support.visitors import Visitor, open_viewing, seek, wait_until_past
from zhilu.encoding import sha256

pytestmark = pytest.mark.browser


@pytest.fixture
def approved(room: Room, visitors: dict[str, Visitor]) -> str:
    return room.granted(visitors["viewer"].person)


def press_open(visitor: Visitor, viewing: str) -> Any:
    visitor.go(f"/viewings/{viewing}")
    visitor.page.locator("main button.primary").click()
    return visitor.page


def appended(page: Any) -> list[str]:
    digests: list[str] = page.evaluate("Promise.all(appended)")
    return digests


def test_a_tampered_segment_stops_the_player_before_it_is_appended(
    room: Room, visitors: dict[str, Visitor], approved: str
) -> None:
    room.media[4] = flip(room.media[4], 1000)
    page = open_viewing(visitors["viewer"], approved)
    stop = page.locator(".over .stop")
    expect(stop).to_contain_text("第 4 段")
    expect(stop).to_contain_text("segment-hash")
    expect(page.locator("[data-check=segments]")).to_have_class("failed")
    assert appended(page) == [sha256(plain).hex() for plain in room.video.plain[:4]]
    assert page.evaluate("document.querySelector('video').readyState") == 0


def test_after_the_stop_nothing_starts_it_again(
    room: Room, visitors: dict[str, Visitor], approved: str
) -> None:
    room.media[4] = flip(room.media[4])
    page = open_viewing(visitors["viewer"], approved)
    expect(page.locator(".over .stop")).to_be_visible()
    room.put_back()
    seek(page, 12)
    page.evaluate("document.querySelector('video').dispatchEvent(new Event('seeking'))")
    page.wait_for_timeout(300)
    assert len(appended(page)) == 4
    assert page.locator(".controls").is_hidden()


JOURNALS: dict[str, tuple[Callable[[SealedVideo], bytes], str, str]] = {
    "the last line altered": (lambda video: altered(video, 32), "signature", "日志第 32 行"),
    "the first line altered": (lambda video: altered(video, 0), "signature", "日志第 0 行"),
    "the first segment's line altered": (lambda video: altered(video, 2), "signature", "日志第 2 行"),
}


def altered(video: SealedVideo, n: int) -> bytes:
    return b"".join([*video.lines[:n], alter_signature(video.lines[n]), *video.lines[n + 1 :]])


@pytest.mark.parametrize("what", JOURNALS)
def test_a_tampered_journal_shows_no_picture(
    what: str, room: Room, visitors: dict[str, Visitor], approved: str
) -> None:
    tamper, code, place = JOURNALS[what]
    room.journal = tamper(room.video)
    page = press_open(visitors["viewer"], approved)
    stop = page.locator(".panel .stop")
    expect(stop).to_contain_text(code)
    expect(stop).to_contain_text(place)
    assert page.locator("video").count() == 0
    # Ciphertext may have come while the journal was verified; nothing of it was opened.
    assert appended(page) == [] and set(room.served) <= {"journal", "segment 0", "segment 1"}


def test_a_broken_chain_takes_the_first_picture_away_before_anything_else_is_shown(
    room: Room, visitors: dict[str, Visitor], approved: str
) -> None:
    """The first picture stands on signatures of its own lines; all else waits for the chain."""
    room.journal = cut_line(room.video)
    page = press_open(visitors["viewer"], approved)
    stop = page.locator(".over .stop")
    expect(stop).to_contain_text("chain")
    expect(stop).to_contain_text("日志第 3 行")
    expect(page.locator("[data-check=chain]")).to_have_class("failed")
    assert appended(page) == [sha256(plain).hex() for plain in room.video.plain[:2]]
    assert page.evaluate("document.querySelector('video').readyState") == 0
    assert page.locator(".controls").count() == 0
    assert page.locator(".side").get_by_text("自报中断").count() == 0  # nothing that is not verified is told


def test_a_forged_signature_in_the_middle_stops_what_plays_already(
    room: Room, visitors: dict[str, Visitor], approved: str, video: Any
) -> None:
    """Signatures but the last are checked behind the playing: the chain alone does not show this one."""
    forged = VideoSealer(video, line_with_foreign_signature(room.video.signer, 6)).seal()
    room.journal, room.media, room.share = forged.journal, forged.media, forged.share
    page = press_open(visitors["viewer"], approved)
    expect(page.locator(".panel .stop")).to_contain_text("日志第 6 行")
    expect(page.locator("[data-check=chain]")).to_have_class("passed")
    expect(page.locator("[data-check=signatures]")).to_have_class("failed")
    expect(page.locator(".controls")).to_be_hidden()


def test_another_share_than_the_recorders_opens_nothing(
    room: Room, visitors: dict[str, Visitor], approved: str
) -> None:
    room.share = sha256(b"another share")
    page = press_open(visitors["viewer"], approved)
    expect(page.locator(".panel .stop")).to_contain_text("share-hash")
    # Ciphertext may have come while the journal was verified; nothing of it was opened.
    assert appended(page) == [] and set(room.served) <= {"journal", "segment 0", "segment 1"}


def test_without_user_verification_no_picture(chromium: Browser, room: Room) -> None:
    viewer = Visitor(chromium, room, OFFICER, ["viewer"])
    viewer.register()
    room.admit(viewer.registration_id)
    viewer.sign_in()
    viewer.verified(False)
    page = press_open(viewer, room.granted(OFFICER))
    expect(page.locator(".notice")).to_contain_text("安全密钥没有确认")
    assert room.served == [] and page.locator("video").count() == 0
    viewer.leave()


def test_a_key_without_prf_cannot_be_registered(chromium: Browser, room: Room) -> None:
    poor = Visitor(chromium, room, OFFICER, ["viewer"], hasPrf=False)
    poor.go(f"/register?person={OFFICER}")
    before = len(room.pending)
    poor.page.locator("form button[type=submit]").click()
    expect(poor.page.locator(".notice")).to_contain_text("不支持 PRF")
    assert len(room.pending) == before
    poor.leave()


def test_without_a_key_at_all_nobody_signs_in(chromium: Browser, room: Room) -> None:
    visitor = Visitor(chromium, room, OFFICER, ["viewer"])
    visitor.go("/")
    visitor.page.locator("main button.primary").click()
    expect(visitor.page.locator(".notice")).to_contain_text("安全密钥没有确认")
    visitor.leave()


def test_a_passing_fault_of_the_network_is_asked_again(
    room: Room, visitors: dict[str, Visitor], approved: str
) -> None:
    room.failing = 1
    page = open_viewing(visitors["viewer"], approved)
    wait_until_past(page, 0.3)
    assert room.failing == 0
