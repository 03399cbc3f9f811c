"""Pages on paper, by Chromium: A4, black on white, nothing to be pressed, proofs written out, no row
cut in two."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import backup_world, county_home, programs
from support.county_world import PASSWORD
from support.patience import said
from support.recordings import RECORDING

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
A4_POINTS = (595, 842)
PAGES = {
    "home": ("officer", "/"),
    "recordings": ("officer", "/recordings"),
    "recording": ("officer", f"/recordings/{RECORDING}"),
    "acts": ("officer", "/acts"),
    "act": ("officer", ""),
    "ledger": ("audit", "/ledger"),
    "log": ("audit", "/log"),
}
COLOURED = r"""() => [...document.querySelectorAll('body *')].filter(one => {
    const style = getComputedStyle(one), grey = /^rgba?\((\d+), (\d+), (\d+)/.exec(style.color);
    const ground = style.backgroundColor;
    return one.checkVisibility() && (grey && !(grey[1] === grey[2] && grey[2] === grey[3])
        || !/^rgba\(0, 0, 0, 0\)$/.test(ground));
}).map(one => one.outerHTML.slice(0, 80))"""
PRESSED = """() => [...document.querySelectorAll('button, input, select, textarea, .btn, nav')]
    .filter(one => one.checkVisibility()).map(one => one.outerHTML.slice(0, 80))"""
CUT = """() => [...document.querySelectorAll('tr, .z-life li')]
    .filter(one => getComputedStyle(one).breakInside !== 'avoid').length"""
# Of 695: what is a hair wider, Chromium sets a hair smaller.
WIDE = (
    """() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth - 4)"""
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = county_home.make(tmp_path_factory.mktemp("printed"))
    command = [
        sys.executable,
        "-m",
        "zhilu.cli",
        "--lang",
        "en",
        "server",
        "run",
        "--no-work",
        "--home",
        str(home),
    ]
    log = home / "log"
    with log.open("w") as out:
        process = programs.Popen(command, stdout=out, stderr=out, env=backup_world.environment())
    yield f"http://{said(log, process)[1]}"
    process.terminate()
    process.wait(60)


def signed_in(chromium: Any, address: str, login: str, language: str) -> Any:
    locale = "zh-CN" if language == "zh" else "en-US"
    # As wide as A4 between its margins.
    page = chromium.new_context(viewport={"width": 695, "height": 1000}, locale=locale).new_page()
    page.goto(f"{address}/login")
    page.fill("[name=username]", login)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_print_on_a4_in_black(chromium: Any, address: str, language: str, tmp_path: Path) -> None:
    keep, wrong = Path(os.environ.get("ZHILU_TEST_PICTURES", tmp_path)), []
    people: dict[str, Any] = {}
    for name, (login, path) in PAGES.items():
        page = people.get(login) or people.setdefault(login, signed_in(chromium, address, login, language))
        if name == "act":
            path = page.get_attribute("td a[href^='/acts/']", "href")
        page.goto(address + path)
        page.emulate_media(media="print")
        for what, script in (("colour", COLOURED), ("pressed", PRESSED), ("cut", CUT), ("wide", WIDE)):
            if found := page.evaluate(script):
                wrong.append((name, what, found if isinstance(found, int) else found[:3]))
        assert page.locator(".z-printed").is_visible() and path.partition("?")[0] in page.inner_text(
            ".z-printed"
        )
        paper = page.pdf(prefer_css_page_size=True)
        (keep / f"print-{name}-{language}.pdf").write_bytes(paper)
        page.emulate_media(media="screen")
        assert not page.locator(".z-printed").is_visible()
        boxes = {
            tuple(round(float(one)) for one in box.split()[2:])
            for box in re.findall(r"/MediaBox \[([\d. ]+)\]", paper.decode("latin-1"))
        }
        assert boxes == {A4_POINTS}, (name, boxes)
    assert not wrong, wrong


def test_the_address_of_a_proof_stands_on_the_paper(chromium: Any, address: str) -> None:
    page = signed_in(chromium, address, "officer", "zh")
    page.goto(f"{address}/recordings/{RECORDING}")
    page.emulate_media(media="print")
    told = page.evaluate(
        "() => [...document.querySelectorAll('a.z-index')]"
        ".map(one => getComputedStyle(one, '::after').content)"
    )
    assert told and all("/ledger" in one or "attr(href)" in one for one in told), told
