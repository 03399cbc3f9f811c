"""Whatever a demonstration's county shows, prints or hands out says what it is; a bureau's says nothing."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import zhilu
from zhilu.server.pages.middleware import DEMONSTRATION_HEADER
from zhilu.server.pages.services import exports

STYLES = Path(zhilu.__file__).parent / "server/static/zhilu"


@pytest.mark.django_db
@pytest.mark.parametrize(("domain", "is_one"), [("demo.localhost", True), ("tax.example", False)])
def test_a_page_says_so_on_the_screen_and_on_paper(settings: Any, domain: str, is_one: bool) -> None:
    settings.ZHILU = replace(settings.ZHILU, domain=domain)
    settings.ALLOWED_HOSTS = ["*"]
    answer = Client().get("/login")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert ("z-demo" in page) is is_one
    assert ("zhilu/print-demo.css" in page) is is_one
    assert (DEMONSTRATION_HEADER in answer.headers) is is_one
    assert bool(exports.mark()) is is_one


@pytest.mark.browser
@pytest.mark.parametrize("is_one", [True, False])
def test_every_sheet_of_paper_says_so(chromium: Any, tmp_path: Path, is_one: bool) -> None:
    names = ("print.css", "print-demo.css") if is_one else ("print.css",)
    page = chromium.new_page()
    styles = "".join(f"<style>{(STYLES / name).read_text()}</style>" for name in names)
    page.set_content(f"{styles}<p>1</p><p style='break-before: page'>2</p>")
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(page.pdf(prefer_css_page_size=True))
    said = subprocess.run(["pdftotext", paper, "-"], check=True, capture_output=True, text=True).stdout
    sheets = said.removesuffix("\f").split("\f")
    assert ["DEMO" in sheet for sheet in sheets] == [is_one, is_one]
