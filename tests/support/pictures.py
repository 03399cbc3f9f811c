"""The README's pictures, from a demonstration county that is served: one function a picture. Each checks that
its page shows what the README says of it, then gives the picture.
"""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from zhilu.server.ledger.rules_days import day_of

VIEWPORT = {"width": 1366, "height": 768}
MOST_BYTES = 150_000


SEEN = """(words) => {
  const look = () => {
    if ([...document.querySelectorAll("main *")].some((one) => one.textContent === words)) window.seen = true;
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""
"""Whether these words stood on the page, be it for a moment only."""


@dataclass
class Bureau:
    """One of a served demonstration: addresses, and login → password."""

    browser: Browser
    platform: str
    room: str
    kiosk: str
    viewer: str
    passwords: dict[str, str]

    def window(self, language: str = "zh-CN") -> Page:
        return self.browser.new_context(viewport=VIEWPORT, locale=language).new_page()

    def signed_in(self, login: str) -> Page:
        page = self.window()
        self.sign_in(page, login)
        return page

    def sign_in(self, page: Page, login: str) -> None:
        page.goto(f"{self.platform}/login")
        page.fill("[name=username]", login)
        page.fill("[name=password]", self.passwords[login])
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)


def small(png: bytes) -> bytes:
    """The same picture in as many colours as 150 kB have room for."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32):
        out = io.BytesIO()
        image.quantize(colours, method=Image.Quantize.MEDIANCUT).save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise AssertionError(f"{out.tell()} bytes")


def home(county: Bureau) -> bytes:
    """The head of a unit: what waits for him."""
    page = county.signed_in("head")
    page.goto(f"{county.platform}/")
    expect(page.locator(".z-me-name")).to_have_text("马超")
    expect(page.locator(".z-demo")).to_be_visible()
    expect(page.locator("main h2, main h3, main .z-cards a").first).to_be_visible()
    return page.screenshot()


def recordings(county: Bureau) -> bytes:
    page = county.signed_in("head")
    page.goto(f"{county.platform}/recordings")
    expect(page.locator("#list tbody tr").nth(2)).to_be_visible()
    expect(page.locator("#filters")).to_be_visible()
    return page.screenshot()


def act(county: Bureau) -> bytes:
    """One whose statement is there."""
    page = county.signed_in("head")
    page.goto(f"{county.platform}/acts")
    for link in _links(page, "acts"):
        page.goto(county.platform + link)
        if page.locator("main .z-life li").count() > 2:
            break
    expect(page.locator("main")).to_contain_text("七要素说明")
    expect(page.locator("main .z-proof a").first).to_be_visible()
    return page.screenshot()


def recording(county: Bureau) -> bytes:
    """With the way of the recorder, and each step of its life with its proof."""
    page = county.signed_in("head")
    page.goto(f"{county.platform}/recordings")
    for link in _links(page, "recordings"):
        page.goto(county.platform + link)
        if page.locator(".z-map svg").count():
            break
    expect(page.locator(".z-map svg").first).to_be_visible()
    assert page.locator(".z-life li").count() >= 4
    expect(page.locator(".z-life .z-proof a").first).to_be_visible()
    page.set_viewport_size({"width": VIEWPORT["width"], "height": 1250})
    return page.screenshot()


def kiosk(county: Bureau, record: Callable[[], subprocess.Popen[bytes]]) -> bytes:
    """One more recording, as its recorder may be taken out: it goes a moment later."""
    page = county.window()
    page.goto(county.kiosk)
    expect(page.locator("#demo")).to_be_visible(timeout=60_000)
    expect(page.locator("body")).to_contain_text("空闲")
    page.evaluate(SEEN, "可以取走")
    recorder = record()
    page.wait_for_function("() => window.seen", timeout=120_000)
    png = page.screenshot()
    assert recorder.wait(120) == 0
    return png


def audit(county: Bureau, folder: Path) -> bytes:
    """The first page of a recording's audit as PDF."""
    page = county.signed_in("audit")
    head = county.signed_in("head")
    head.goto(f"{county.platform}/recordings")
    (link, *_more) = _links(head, "recordings")
    page.goto(f"{county.platform}/audit")
    page.goto(f"{county.platform}/audit{link}")
    with page.expect_download() as taken:
        page.locator("a[href*='export=pdf']").first.click()
    taken.value.save_as(folder / "audit.pdf")
    words = ["pdftoppm", "-png", "-r", "80", "-f", "1", "-l", "1", "-singlefile"]
    subprocess.run([*words, folder / "audit.pdf", folder / "audit"], check=True)
    told = subprocess.run(
        ["pdftotext", folder / "audit.pdf", "-"], check=True, capture_output=True, text=True
    )
    assert "录制审计" in told.stdout and link.split("/")[-1] in re.sub(r"\s", "", told.stdout), told.stdout[
        :400
    ]
    return (folder / "audit.png").read_bytes()


def keyed(county: Bureau, person: str) -> Page:
    """In the viewing room with a key of one's own, which the acted administrators witness; signed in."""
    from support.visitors import KEY

    page = county.window()
    page.goto(f"{county.room}/register?person={person}")
    page.wait_for_selector("body[data-ready]")
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    page.locator("#role-viewer").check()
    page.locator("form button[type=submit]").click()
    expect(page.locator("[role=status]")).to_have_text("登记完成，现在可以登录。", timeout=90_000)
    page.goto(f"{county.room}/")
    page.wait_for_selector("body[data-ready]")
    page.locator("main button.primary").click()
    expect(page.locator(".who")).to_be_visible(timeout=30_000)
    return page


def watched(county: Bureau, page: Page) -> str:
    """What was asked for last, once the acted approver approved it: verified, playing. The viewing's id."""
    page.wait_for_url(f"{county.room}/")
    address = str(page.locator("a[href*='/viewings/']").first.get_attribute("href"))
    for _ in range(60):
        page.goto(f"{county.room}{address}")
        page.wait_for_selector("body[data-ready]")
        if page.locator("main button.primary").count():
            break
        page.wait_for_timeout(1000)
    page.locator("main button.primary").first.click()
    page.wait_for_selector("video", state="attached", timeout=60_000)
    page.wait_for_function("() => document.querySelector('video').currentTime > 1", timeout=60_000)
    for check in ("last-line", "chain", "rules", "commitment", "signatures"):
        expect(page.locator(f"[data-check={check}]")).to_have_class("passed")
    return address.rpartition("/")[2]


def player(county: Bureau) -> bytes:
    """The viewing room: a key of one's own, witnessed, a request approved, the film verified and playing."""
    page = keyed(county, county.viewer)
    head = county.signed_in("head")
    head.goto(f"{county.platform}/recordings")
    (link, *_more) = _links(head, "recordings")
    page.goto(f"{county.room}/request?recording={link.split('/')[-1]}")
    page.wait_for_selector("body[data-ready]")
    page.select_option("#purpose", "dispute")
    page.fill("#reason", "纳税人对入户核查的过程有异议，需核对现场告知情况。")
    page.locator("form button[type=submit]").click()
    watched(county, page)
    return page.screenshot()


def federation(city: Bureau) -> bytes:
    """Three counties that are followed, and what they have taken over."""
    page = city.signed_in("leader")
    page.goto(f"{city.platform}/federation")
    for _ in range(60):  # until the counties have taken over what the city lays down
        if page.locator("main").get_by_text("已同步").count() >= 6:
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.locator("main")).to_contain_text("已同步")
    return page.screenshot()


def absence(city: Bureau) -> bytes:
    page = city.signed_in("leader")
    before = day_of(datetime.now(UTC)).replace(day=1) - timedelta(days=1)  # whole, whatever day it is
    page.goto(f"{city.platform}/absence?month={before:%Y-%m}")
    expect(page.locator("main h1")).to_contain_text("到位核对")
    expect(page.locator("main table").first).to_be_visible()
    return page.screenshot()


def statistics(city: Bureau) -> bytes:
    page = city.signed_in("leader")
    page.goto(f"{city.platform}/statistics")
    page.get_by_role("link", name="上月", exact=True).click()
    expect(page.locator("main")).to_contain_text("及时上传率")
    return page.screenshot()


def _links(page: Page, name: str) -> list[str]:
    found: list[Any] = page.eval_on_selector_all(
        f"#list td a[href^='/{name}/']", "all => all.map(one => one.getAttribute('href'))"
    )
    assert found, page.url
    return list(dict.fromkeys(str(one) for one in found))
