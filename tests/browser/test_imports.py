"""Imports before a viewer, in real Chromium: film, photo, sound, what no browser shows, what was altered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support import cards
from support.sealed_import import seal_import
from support.sealed_video import SealedVideo
from support.viewing_room import Room
from support.visitors import Visitor
from zhilu.sealed.lines import JOURNAL

pytestmark = pytest.mark.browser
SHOWN = "() => document.querySelector('.surface video')?.readyState >= 2"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("card")
    found = {
        "film": clips / "bigbuckbunny.mp4",
        "mov": cards.mov(folder / "one.mov"),
        "photo": cards.photo(folder / "one.jpg"),
        "sound": cards.sound(folder / "one.wav", "pcm_s16le"),
        "avi": cards.avi(folder / "one.avi"),
    }
    found["cut"] = cards.cut(folder / "cut.mov", found["mov"], -40)
    return found


@pytest.fixture(scope="module")
def room(files: dict[str, Path]) -> Iterator[Room]:
    room = Room(seal_import(files["film"]))
    room.start()
    yield room
    room.stop()


def shown(room: Room, visitors: dict[str, Visitor], video: SealedVideo) -> Page:
    """The page after the viewer has opened the import."""
    visitor = visitors["viewer"]
    room.video = video
    room.put_back()
    return opened(visitor, room.granted(visitor.person, (0, len(video.media) - 1)))


def opened(visitor: Visitor, viewing: str) -> Page:
    visitor.go(f"/viewings/{viewing}")
    visitor.page.locator("main button.primary").click()
    return visitor.page


def passed(page: Page) -> None:
    for check in ("last-line", "chain", "rules", "commitment", "segments", "signatures"):
        expect(page.locator(f"[data-check={check}]")).to_have_class("passed")
    expect(page.locator(".side")).to_contain_text("导入时封存，并非拍摄时封存")


@pytest.mark.parametrize("kind", ["film", "sound"])
def test_a_film_or_a_sound_plays(
    room: Room, visitors: dict[str, Visitor], files: dict[str, Path], kind: str
) -> None:
    page = shown(room, visitors, seal_import(files[kind]))
    page.wait_for_function(SHOWN)
    passed(page)
    served = [name for name in room.served if name.startswith("segment")]
    assert len(served) == len(room.media)


def test_a_photo_is_asked_for_as_a_whole_and_drawn(
    room: Room, visitors: dict[str, Visitor], files: dict[str, Path]
) -> None:
    visitor, video = visitors["viewer"], seal_import(files["photo"])
    room.video = video
    room.put_back()
    visitor.go(f"/request?recording={video.recording}")
    expect(visitor.page.locator("main")).to_contain_text("导入时封存")
    assert visitor.page.locator("input[name=part]").count() == 0
    visitor.page.select_option("#purpose", "dispute")
    visitor.page.fill("#reason", "核对导入的文件")
    visitor.page.locator("form button[type=submit]").click()
    expect(visitor.page).to_have_url(f"{room.api}/")
    viewing = list(room.viewings)[-1]
    room.approve(viewing)
    page = opened(visitor, viewing)
    expect(page.locator("canvas.picture")).to_have_count(1)
    # The browser's own menu would save it without a mark and without an entry.
    page.evaluate("addEventListener('contextmenu', (event) => { window.menu = event.defaultPrevented; })")
    page.locator(".surface").click(button="right")
    assert page.evaluate("window.menu") is True
    size = page.evaluate(
        "(() => { const c = document.querySelector('.picture'); return [c.width, c.height]; })()"
    )
    assert size == [320, 240]
    passed(page)


def test_what_no_browser_shows_is_said_to_be_so(
    room: Room, visitors: dict[str, Visitor], files: dict[str, Path]
) -> None:
    page = shown(room, visitors, seal_import(files["avi"]))
    expect(page.locator(".over")).to_contain_text("没有浏览器能显示这种文件（video/x-msvideo）")
    assert not [name for name in room.served if name.startswith("segment")]


def test_a_film_that_was_cut_short_is_said_to_be_so(
    room: Room, visitors: dict[str, Visitor], files: dict[str, Path]
) -> None:
    page = shown(room, visitors, seal_import(files["cut"]))
    expect(page.locator(".side")).to_contain_text("被截断")
    expect(page.locator(".over")).to_contain_text("此浏览器无法播放该文件")


def stopped(page: Page, words: str) -> None:
    expect(page.locator(".stage")).to_contain_text(words)
    assert page.locator(".surface video, .picture").count() == 0


def test_another_file_than_the_one_sealed(
    room: Room, visitors: dict[str, Visitor], files: dict[str, Path]
) -> None:
    page = shown(room, visitors, seal_import(files["photo"], source_sha256=bytes(32)))
    stopped(page, "这不是采集工作站封存的那个文件")


def test_altered_bytes_are_not_shown(
    room: Room, visitors: dict[str, Visitor], files: dict[str, Path]
) -> None:
    video = seal_import(files["film"])
    video.media[1] = bytes(len(video.media[1]))
    stopped(shown(room, visitors, video), "第 1 段")


def test_an_import_under_a_recorders_name(
    room: Room, visitors: dict[str, Visitor], files: dict[str, Path]
) -> None:
    """The keyholder says what it is; the page takes no journal of another kind for it."""
    video = seal_import(files["photo"])
    video.typ = JOURNAL
    page = shown(room, visitors, video)
    expect(page.locator("main [role=alert]").first).not_to_be_empty()
    assert page.locator(".surface video, .picture").count() == 0
