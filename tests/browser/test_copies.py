"""A copy from a leader's approval to a stranger's verdict, in real Chromium; and what stops it on the way."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from playwright.sync_api import Browser, Page, expect

from support.copy_room import Evidenced, approved, copy_room, evidenced
from support.recordings import fixed_key
from support.tampering import flip
from support.viewing_room import APPROVER, BROWSER, VIEWER, Room
from support.visitors import Visitor, Visitors
from zhilu.cli import main
from zhilu.encoding import sha256
from zhilu.sealed import clip
from zhilu.sealed.copies import open_package
from zhilu.sealed.keys import thumbprint

pytestmark = pytest.mark.browser

KEY = fixed_key("recipient")
POINT = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
LEFT = """async () => { const root = await navigator.storage.getDirectory(); const names = [];
  for await (const [folder, handle] of root.entries())
    for await (const name of handle.keys()) names.push(name);
  return names; }"""


@pytest.fixture(scope="module")
def held(video: Path) -> Evidenced:
    return evidenced(video)


@pytest.fixture(scope="module")
def room(held: Evidenced) -> Iterator[Room]:
    room = copy_room(held)
    room.start()
    yield room
    room.stop()


@pytest.fixture(scope="module")
def visitors(chromium: Browser, room: Room) -> Iterator[Visitors]:
    """Who asks, and a leader of the bureau: nobody else decides about a copy."""
    cast = {"viewer": (VIEWER, ["viewer"]), "approver": (APPROVER, ["leader"])}
    people = Visitors(chromium, room, cast)
    yield people
    people.leave()


def copying(room: Room, visitor: Visitor) -> str:
    """An approved copy of some segments; how one is asked for and decided, `made` sees."""
    return room.granted(visitor.person, (2, 4), recipient=(POINT, "巨鹿县人民法院"))


def begin(visitor: Visitor, viewing: str) -> Page:
    visitor.go(f"/viewings/{viewing}")
    visitor.page.locator("main button.primary").click()
    visitor.page.locator(".copy-card button.primary").click()
    return visitor.page


def make(visitor: Visitor, viewing: str, folder: Path) -> bytes:
    page = begin(visitor, viewing)
    page.get_by_role("button", name="用安全密钥签名并交付").click(timeout=60_000)
    with page.expect_download() as download:
        page.locator(".done a.button").click()
    download.value.save_as(folder / "copy.zhilu")
    return (folder / "copy.zhilu").read_bytes()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    path.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@dataclass
class Made:
    """One copy, which several tests look at, and what was entered of it."""

    viewing: str
    data: bytes
    entered: list[dict[str, Any]]


@pytest.fixture(scope="module")
def made(room: Room, visitors: dict[str, Visitor], tmp_path_factory: pytest.TempPathFactory) -> Made:
    room.put_back()
    viewing = approved(visitors["viewer"], visitors["approver"], point=POINT)
    data = make(visitors["viewer"], viewing, tmp_path_factory.mktemp("copy"))
    return Made(viewing, data, list(room.entered))


@pytest.fixture
def opened(made: Made, tmp_path: Path, key_file: Path) -> Path:
    """The recipient's folder."""
    (tmp_path / "copy.zhilu").write_bytes(made.data)
    words = [
        "open-copy",
        str(tmp_path / "copy.zhilu"),
        "--key",
        str(key_file),
        "-o",
        str(tmp_path / "opened"),
    ]
    assert main(words) == 0
    return tmp_path / "opened"


def test_a_copy_is_made_logged_opened_and_verified(
    room: Room, made: Made, held: Evidenced, tmp_path: Path, opened: Path
) -> None:
    (entry,) = made.entered
    assert entry["sha256"] == sha256(made.data).hex() and entry["length"] == len(made.data)
    assert (entry["from"], entry["to"]) == (2, 4)
    assert entry["recipient"] == thumbprint(KEY.public_key())
    trust = tmp_path / "trust.json"
    trust.write_bytes(held.sample.files()["trust.json"])
    assert main(["verify", str(opened), "--trust", str(trust)]) == 0
    assert (opened / "clip.mp4").read_bytes() == b"".join(room.video.plain[i] for i in (0, 2, 3, 4))
    assert len(json.loads((opened / "clip.json").read_text())["keys"]) == 4


def test_the_film_plays_is_marked_and_keeps_the_sound(opened: Path) -> None:
    film, part = opened / "not-evidence.mp4", opened / "clip.mp4"
    with av.open(str(film)) as copied, av.open(str(part)) as source:
        assert "not evidence" in str(copied.metadata).lower()
        assert {stream.type for stream in copied.streams} == {"video", "audio"}
        assert copied.streams.video[0].codec_context.name == "h264"
        pictures = [frame.to_ndarray(format="gray") for frame in copied.decode(video=0)]
        originals = [frame.to_ndarray(format="gray") for frame in source.decode(video=0)]
    assert len(pictures) == len(originals) == 60  # six seconds at ten a second
    # the lower edge is the mark's own: dark ground, white letters; and rows of it lie across every picture
    for picture, original in zip(pictures[::10], originals[::10], strict=True):
        edge = picture[-14:-4]
        assert edge.max() > 200 and (abs(picture.astype(int) - original.astype(int)) > 25).mean() > 0.02


def test_nobody_but_the_recipient_opens_it(room: Room, made: Made) -> None:
    data = made.data
    for other in (fixed_key("county keyholder"), ec.generate_private_key(ec.SECP256R1())):
        with pytest.raises(Exception, match="key"):
            open_package(BytesIO(data).read, other)
    for plain in room.video.plain:
        assert plain[200:264] not in data


def test_a_second_copy_is_another_entry_for_the_same_recipient(
    room: Room, made: Made, visitors: dict[str, Visitor], tmp_path: Path
) -> None:
    second = make(visitors["viewer"], made.viewing, tmp_path)
    assert second != made.data
    entered = [*made.entered, *room.entered]
    assert [each["sha256"] for each in entered] == [sha256(made.data).hex(), sha256(second).hex()]
    assert len({each["recipient"] for each in entered}) == 1


def test_page_and_verifier_name_a_clips_file_alike() -> None:
    """Two programs in two languages, each with its own table (spec/copies.md §2)."""
    text = (BROWSER / "lib/copies.js").read_text()
    assert dict(re.findall(r'"([a-z]+/[a-z0-9-]+)": "(clip\.\w+)"', text)) == clip.NAMES
    assert f'?? "{clip.OTHER_NAME}"' in text


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("ZHILU_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def nothing_left(page: Page, room: Room) -> None:
    assert page.evaluate(LEFT) == []
    assert room.entered == []
    assert page.locator(".done").count() == 0


def test_a_defect_in_the_span_leaves_nothing(room: Room, visitors: dict[str, Visitor]) -> None:
    room.media[3] = flip(room.media[3])
    viewing = copying(room, visitors["viewer"])
    page = begin(visitors["viewer"], viewing)
    expect(page.locator(".copying .notice")).to_contain_text("第 3 段")
    nothing_left(page, room)


def test_a_forged_line_anywhere_in_the_journal_leaves_nothing(
    room: Room, visitors: dict[str, Visitor]
) -> None:
    """All signatures are checked before a byte is written, also those far from the span."""
    lines = room.journal.splitlines(keepends=True)
    head, payload, signature = lines[10].rstrip(b"\n").split(b".")
    lines[10] = b".".join((head, payload, signature[:-4] + signature[:4])) + b"\n"
    room.journal = b"".join(lines)
    viewing = copying(room, visitors["viewer"])
    visitors["viewer"].go(f"/viewings/{viewing}")
    page = visitors["viewer"].page
    page.locator("main button.primary").click()
    expect(page.locator(".stop, .notice").first).to_be_visible()
    nothing_left(page, room)


def test_what_the_keyholder_refuses_is_not_handed_out(room: Room, visitors: dict[str, Visitor]) -> None:
    viewing = copying(room, visitors["viewer"])
    page = begin(visitors["viewer"], viewing)
    for code in ("expired", "segments", "viewer-key"):
        room.refusing = code
        with page.expect_response("**/copy-made") as refused:
            page.get_by_role("button", name="用安全密钥签名并交付").click(timeout=60_000)
        assert refused.value.status == 409
        expect(page.locator(".copying .notice")).to_be_visible()
        assert page.locator(".done").count() == 0
    page.get_by_role("button", name="取消").click()
    expect(page.locator(".copying .notice")).to_contain_text("已取消")
    nothing_left(page, room)


def test_a_refusal_that_passes_does_not_lose_the_work(room: Room, visitors: dict[str, Visitor]) -> None:
    """And axe finds nothing on the way."""
    viewing = copying(room, visitors["viewer"])
    room.refusing = "busy"
    page = begin(visitors["viewer"], viewing)
    sign = page.get_by_role("button", name="用安全密钥签名并交付")
    expect(sign).to_be_visible(timeout=60_000)
    assert faults(page) == []
    shot(page, "copy-ready-zh")
    sign.click()
    expect(page.locator(".copying .notice")).to_be_visible()
    room.refusing = ""
    sign.click()
    expect(page.locator(".done a.button")).to_be_visible()
    assert len(room.entered) == 1
    assert faults(page) == []
    shot(page, "copy-done-zh")


def test_a_recipient_whom_nobody_signed_gets_none(room: Room, visitors: dict[str, Visitor]) -> None:
    viewing = copying(room, visitors["viewer"])
    room.viewings[viewing]["recipient"] = "某某公司"
    visitors["viewer"].go(f"/viewings/{viewing}")
    visitors["viewer"].page.locator("main button.primary").click()
    expect(visitors["viewer"].page.locator(".notice").first).to_contain_text("接收人")
    assert visitors["viewer"].page.locator(".copy-card").count() == 0


def test_what_a_closed_tab_left_is_removed_at_the_next_visit(
    room: Room, visitors: dict[str, Visitor]
) -> None:
    viewing = copying(room, visitors["viewer"])
    page = begin(visitors["viewer"], viewing)
    expect(page.get_by_role("button", name="用安全密钥签名并交付")).to_be_visible(timeout=60_000)
    visitors["viewer"].go(f"/viewings/{viewing}")
    page.wait_for_function(f"async () => (await ({LEFT})()).length === 0")


def test_a_copy_shows_no_pictures(room: Room, visitors: dict[str, Visitor]) -> None:
    """It is counted apart from viewings: who wants to see asks to view."""
    viewing = copying(room, visitors["viewer"])
    visitors["viewer"].go(f"/viewings/{viewing}")
    page = visitors["viewer"].page
    page.locator("main button.primary").click()
    expect(page.locator(".copy-card")).to_be_visible()
    assert page.locator("video").count() == 0
    shot(page, "copy-card")


def faults(page: Page) -> list[Any]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]
