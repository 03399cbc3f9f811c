"""A review of footage in a served demonstration, by the pages alone: announced, asked for, seen, answered."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.sync_api import Page, expect

from support import pictures
from support.loop import zhilu
from support.pictures import Bureau

TODAY = "new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10)"
"""In Beijing."""
FETCHED = "async (url) => { const got = await fetch(url); return [got.status, await got.text()]; }"
COMMENT = "开场未告知全程录音录像。"


def announced(county: Bureau) -> str:
    """A draw of all that was recorded today; its address."""
    page = county.signed_in("supervisor")
    page.goto(f"{county.platform}/footage-reviews/draws/new")
    for name in ("first", "last"):
        page.fill(f"[name={name}]", page.evaluate(TODAY))
    page.fill("[name=size]", "100")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(re.compile(r"/draws/[0-9a-f-]{36}$"))
    expect(page.locator("main")).to_contain_text("等待见证签名")
    address: str = page.url
    page.context.close()
    return address


@dataclass
class Reviewer:
    """A supervisor with a security key of his own. `page`: of his browser."""

    county: Bureau
    page: Page

    @classmethod
    def of(cls, county: Bureau, login: str, person: str) -> Reviewer:
        page = pictures.keyed(county, person)
        county.sign_in(page, login)
        return cls(county, page)

    def drawn(self, draw: str) -> str:
        """Where what was drawn is reviewed, once the server has made the draw by itself."""
        self.page.goto(draw)
        link = self.page.locator("main tbody a[href^='/footage-reviews/']")
        for _ in range(120):
            if link.count():
                break
            self.page.wait_for_timeout(1000)
            self.page.reload()
        return f"{self.county.platform}{link.first.get_attribute('href')}"

    def ask(self, address: str) -> None:
        """For a viewing, in the viewing room."""
        self.page.goto(address)
        self.page.wait_for_selector("body[data-ready]")
        expect(self.page.locator("#purpose")).to_have_value("review")
        self.page.fill("#reason", "按月抽查执法录像。")
        self.page.locator("form button[type=submit]").click()

    def watch(self, review: str) -> str:
        """From the review's page to the picture; the viewing's id."""
        self.page.goto(review)
        self.ask(str(self.page.locator("[data-watch]").get_attribute("href")))
        return pictures.watched(self.county, self.page)

    def answer(self, review: str, no: str = "", comment: str = "") -> None:
        """By keyboard: every item yes, but one."""
        keyboard = self.page.keyboard
        self.page.goto(review)
        for _ in range(self.page.locator("[data-item]").count()):
            keyboard.press("y")
        if no:
            keyboard.press(no)
            keyboard.press("n")
        if comment:
            self.page.locator("textarea").fill(comment)
            self.page.locator("[data-item] >> nth=0").locator("input:checked").focus()
        keyboard.press("s")


def repeated(page: Page, draw: str, folder: Path, trust: Path) -> tuple[int, int]:
    """Exit codes of who repeats the draw from its file, as it is and with one recording more in the list. The
    file is there once a checkpoint covers the draw.
    """
    page.goto(draw)
    for _ in range(60):
        status, text = page.evaluate(FETCHED, f"{draw}/file")
        if status == 200:
            break
        page.wait_for_timeout(500)
    file, forged = folder / "draw.json", folder / "forged.json"
    said = json.loads(text)
    file.write_text(text)
    forged.write_text(json.dumps(said | {"population": [*said["population"], draw[-36:]]}))
    one, two = (zhilu("verify-draw", path, "--trust", trust).returncode for path in (file, forged))
    return one, two


def entries(database: Path, kind: str) -> list[dict[str, Any]]:
    """Of a ledger, the oldest first."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as opened:
        wanted = 'SELECT core FROM ledger_entry WHERE kind = ? ORDER BY "index"'
        return [dict(json.loads(core)) for (core,) in opened.execute(wanted, (kind,))]


def not_drawn(database: Path) -> UUID:
    """A recording that is in no draw."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as opened:
        wanted = "SELECT id FROM evidence_recording WHERE id NOT IN (SELECT recording FROM oversight_drawn)"
        return UUID(opened.execute(wanted).fetchone()[0])
