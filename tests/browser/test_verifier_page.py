"""The verifier's page from disk, in Chromium: file://, no server, no network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from support.recordings import RECORDING, SEGMENTS, Maker
from support.stores import StoreWriter
from zhilu.cli import main
from zhilu.verify.page import make_page

pytestmark = pytest.mark.browser


@dataclass
class Reader:
    """Somebody with the page open."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def choose(self, folder: Path, trust: Path | None = None) -> None:
        if trust is not None:
            self.page.set_input_files("#trust", trust)
        self.page.set_input_files("#folder", folder)

    def verdict(self) -> str:
        self.page.wait_for_selector("#result > :not(.working)")
        card = self.page.locator("[data-verdict]")
        return card.get_attribute("data-verdict") or "" if card.count() else ""

    def code(self) -> str:
        return self.page.locator("[data-verdict]").get_attribute("data-code") or ""

    def text(self) -> str:
        return self.page.inner_text("body")

    def english(self) -> None:
        self.page.click("header button")


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page") / "核验.html"
    assert main(["verifier-page", str(out)]) == 0
    return out


@pytest.fixture
def reader(chromium: Browser, html: Path) -> Iterator[Reader]:
    page = chromium.new_page()
    reader = Reader(page)
    page.on("request", lambda request: reader.asked.append(request.url.partition(":")[0]))
    page.on("console", lambda message: reader.complaints.append(message.text))
    page.on("pageerror", lambda error: reader.complaints.append(str(error)))
    page.goto(html.as_uri())
    page.wait_for_selector("#folder", state="attached")
    yield reader
    assert reader.complaints == []
    assert set(reader.asked) <= {"file", "data", "blob"}
    page.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Maker().make().write(tmp_path)


def test_sound_and_anchored_in_both_languages(reader: Reader, folder: Path) -> None:
    reader.choose(folder, folder / "trust.json")
    assert reader.verdict() == "sound"
    for said in (
        "完好且有锚定",
        "摄像头，采集时封存",
        "安全密钥签名",
        "不早于 2026-11-24T09:40:03",
        "硬件计数器",
        "不能证明它自己",
    ):
        assert said in reader.text()
    reader.english()
    assert reader.verdict() == "sound"
    for said in (
        "Sound and anchored",
        "sealed at capture",
        "cosigners' clocks",
        "proves nothing about itself",
        "SHA-256",
    ):
        assert said in reader.text()
    assert "锚定" not in reader.text()


def test_without_a_trust_document_it_is_not_anchored(reader: Reader, folder: Path) -> None:
    reader.choose(folder)
    assert reader.verdict() == "consistent"
    assert "请提供信任文件" in reader.text()
    # One that lies beside the evidence is not picked up; one that is given is taken, and the verdict with it.
    reader.page.set_input_files("#trust", folder / "trust.json")
    reader.page.wait_for_selector("[data-verdict=sound]")


def test_the_recording_alone_asks_for_the_folder_above(reader: Reader, folder: Path) -> None:
    journal = folder / "recording/journal.jws"
    alone = folder / str(RECORDING)
    alone.mkdir()
    (alone / "receipt.json").write_bytes((folder / "receipt.json").read_bytes())
    for name in ("journal.jws", "media.sealed"):
        (alone / name).write_bytes((journal.parent / name).read_bytes())
    reader.choose(alone, folder / "trust.json")
    assert reader.verdict() == "consistent"
    assert "上一级文件夹" in reader.text()


def test_a_defect_with_code_place_and_time(reader: Reader, folder: Path) -> None:
    journal = folder / "recording/journal.jws"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:3] + lines[4:]))
    reader.choose(folder, folder / "trust.json")
    assert (reader.verdict(), reader.code()) == ("defect", "sequence")
    assert "无法证明的时段：2026-11-24T10:40:" in reader.text()
    assert "journal.jws, line 4" in reader.text()
    # The same folder, mended, may be chosen again.
    journal.write_bytes(b"".join(lines))
    reader.page.set_input_files("#folder", folder)
    reader.page.wait_for_selector("[data-verdict=sound]")


@pytest.mark.parametrize(("origin", "said"), [("file", "不是现场采集"), ("test", "不是现场采集")])
def test_no_file_and_no_test_is_called_capture(
    reader: Reader, tmp_path: Path, origin: str, said: str
) -> None:
    folder = Maker(origin=origin, counter_kind="file").make().write(tmp_path)
    reader.choose(folder, folder / "trust.json")
    assert reader.verdict() == "sound"
    assert said in reader.text()
    assert "采集时封存" not in reader.text()
    assert "末尾不可证明" in reader.text()


def test_what_is_no_evidence_is_said(reader: Reader, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "photos"
    other.mkdir()
    (other / "a.txt").write_text("x")
    reader.choose(other)
    assert reader.verdict() == ""
    assert "这里没有录制" in reader.text()
    broken = tmp_path / "broken.json"
    broken.write_text('{"type":"zhilu-trust/1"}')
    reader.page.set_input_files("#trust", broken)
    reader.page.wait_for_selector("text=信任文件无法采用")
    (folder / "receipt.json").write_bytes(b" " * (2**20 + 1))
    reader.choose(folder)
    reader.page.wait_for_selector("text=超过")


def test_a_clip_is_not_accused_of_missing_bytes(reader: Reader, folder: Path) -> None:
    (folder / "recording" / "clip.json").write_text("{}")
    reader.choose(folder)
    assert reader.verdict() == ""
    assert "zhilu verify" in reader.text()


def test_a_logbook_alone_in_a_folder_is_a_store_whose_recordings_are_gone(
    reader: Reader, folder: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "logbook"
    alone.mkdir()
    (alone / "logbook.jws").write_bytes((folder / "logbook.jws").read_bytes())
    reader.choose(alone)
    assert reader.verdict() == "defect"
    assert reader.page.locator("[data-code=recording-missing]").count() == 1


def test_a_whole_store(reader: Reader, tmp_path: Path) -> None:
    store = StoreWriter(tmp_path / "store")
    store.day("2026-11-24", 2)
    reader.choose(store.folder)
    assert reader.verdict() == "consistent"
    assert "在存且完好的录制 2 次" in reader.text()
    assert "请选择上一级文件夹" not in reader.text()
    shutil.rmtree(store.path(store.recordings[0]))
    reader.page.set_input_files("#folder", store.folder)
    reader.page.wait_for_selector("[data-code=recording-missing]")
    assert "无法证明的时段：2026-11-24T" in reader.text()


def test_a_dropped_folder(reader: Reader, folder: Path) -> None:
    reader.page.set_input_files("#trust", folder / "trust.json")
    reader.page.locator(".drop").wait_for(state="visible")
    box = reader.page.locator(".drop").bounding_box()
    assert box is not None
    client = reader.page.context.new_cdp_session(reader.page)
    where = {"x": box["x"] + 20, "y": box["y"] + 20}
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        client.send("Input.dispatchDragEvent", {"type": kind, "data": data, **where})
    assert reader.verdict() == "sound"


def test_a_hundred_megabytes_are_read_in_pieces(reader: Reader, tmp_path: Path) -> None:
    piece = bytes(2**24)
    folder = Maker(segments=(SEGMENTS[0], *[piece] * 6)).make().write(tmp_path)
    media = folder / "recording/media.sealed"
    assert media.stat().st_size > 100_000_000
    reader.choose(folder, folder / "trust.json")
    assert reader.verdict() == "sound"
    # And one that is much longer than was signed is not read at all where nothing was signed.
    with media.open("r+b") as file:
        file.truncate(2**33)
    reader.page.set_input_files("#folder", folder)
    reader.page.wait_for_selector("[data-code=media-long]")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing(reader: Reader, folder: Path, language: str) -> None:
    if language == "en":
        reader.english()
    assert faults(reader.page) == []
    reader.choose(folder, folder / "trust.json")
    assert reader.verdict() == "sound"
    assert faults(reader.page) == []
    (folder / "recording/media.sealed").write_bytes(b"x")
    reader.page.set_input_files("#folder", folder)
    reader.page.wait_for_selector("[data-verdict=defect]")
    assert faults(reader.page) == []


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


def test_evidence_writes_nothing_into_the_page(reader: Reader, tmp_path: Path) -> None:
    changes = {"codec": "<img src=x onerror=alert(1)>"}
    enrolled = {"serial": "<b id=evil>\u202e\n完好</b>"}
    folder = Maker(open_changes=changes, enrolled_changes=enrolled).make().write(tmp_path)
    reader.choose(folder, folder / "trust.json")
    assert reader.verdict() == "sound"
    assert reader.page.locator("#evil").count() == 0
    assert "\u202e" not in reader.text()


def test_the_page_is_the_same_each_time_and_whole() -> None:
    page = make_page()
    assert page == make_page()
    assert page.index("Content-Security-Policy") < page.index("<style>")
    assert "default-src 'none'" in page.replace("&#x27;", "'")
    assert 'from "./' not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
