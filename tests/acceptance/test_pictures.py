"""The README's pictures: taken from a living demonstration, each page shows what the README says of it.

`make pictures` writes them to docs/pictures; here they are made and looked at by their words, not by their
pixels.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support import pictures
from support.loop import ZHILU, free_tcp_base
from zhilu.demo.bureau.cache import CACHE

pytestmark = [pytest.mark.acceptance, pytest.mark.browser, pytest.mark.timeout(1200)]
WANTED = "ZHILU_PICTURES"
"""A folder in the environment: where the pictures are to go."""
DAYS = "12"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[pictures.County]:
    folder = tmp_path_factory.mktemp("pictures")
    base = int(os.environ.get("ZHILU_PICTURES_TCP", 0)) or free_tcp_base()
    environ = {CACHE: str(folder / "cache")} | os.environ | {"TMPDIR": str(folder)}
    words = [
        "--lang",
        "en",
        "demo",
        "--seconds",
        "8",
        "--player",
        "node",
        "--days",
        DAYS,
        "--tcp-base",
        str(base),
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*ZHILU, *words], env=environ, stdout=log, stderr=subprocess.STDOUT)
    try:
        said = _served(process, folder / "log")
        yield _county(said, chromium)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _served(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + 900
    while "Ctrl-C" not in (said := log.read_text()):
        assert process.poll() is None and time.monotonic() < until, said
        time.sleep(0.5)
    return said


def _county(said: str, chromium: Browser) -> pictures.County:
    """By what the demo prints: addresses, and a table of logins."""

    def address(label: str) -> str:
        found = re.search(rf"{label}\s+(http\S+?)/?\s", said)
        assert found is not None, said
        return found[1]

    viewer = re.search(r"register\?person=(\S+)", said)
    assert viewer is not None
    accounts = said.split("(login, password, name, roles)")[1].split("Record once more")[0]
    rows = [line.split() for line in accounts.splitlines() if line.strip()]
    passwords = {row[0]: row[1] for row in rows}
    places = (address("County platform"), address("Viewing room"), address("Kiosk of the collection station"))
    return pictures.County(chromium, *places, viewer[1], passwords)


def keep(name: str, png: bytes) -> None:
    data = pictures.small(png)
    assert len(data) <= pictures.MOST_BYTES
    if folder := os.environ.get(WANTED):
        (Path(folder) / f"{name}.png").write_bytes(data)


@pytest.mark.parametrize("name", ["home", "recordings", "act", "recording", "player"])
def test_a_page_shows_what_the_readme_says(county: pictures.County, name: str) -> None:
    keep(name, getattr(pictures, name)(county))


def test_the_kiosk_shows_its_bays(county: pictures.County) -> None:
    """Empty ones here; the picture in the README has one with a recorder in it, and is the station's own."""
    assert pictures.small(pictures.kiosk(county))


def test_the_audit_of_a_recording_is_a_page_of_paper(county: pictures.County, tmp_path: Path) -> None:
    keep("audit", pictures.audit(county, tmp_path))


def test_the_readme_names_pictures_that_are_there() -> None:
    root = Path(__file__).resolve().parents[2]
    for readme in ("README.md", "README.zh-CN.md"):
        named = re.findall(r"\]\((docs/pictures/\S+?)\)", (root / readme).read_text())
        assert named and all((root / one).stat().st_size <= pictures.MOST_BYTES for one in named)
