"""A living demonstration: each page shows what the README says of it, the acted people help whoever tries by
hand, and nothing is left of it.

`make pictures` writes the README's pictures to docs/pictures; here they are made and looked at by their
words, not by their pixels.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from itertools import takewhile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support import pictures, pictures_oversight, review_by_page
from support.demonstration import PICTURES, Demonstration
from support.loop import ZHILU, zhilu
from support.patience import until
from support.review_by_page import COMMENT, Reviewer, entries, not_drawn, repeated
from zhilu.demo.bureau.half_year import today
from zhilu.demo.http import Api
from zhilu.encoding import b64u
from zhilu.softkey.ceremonies import Holder

pytestmark = [pytest.mark.acceptance, pytest.mark.browser, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def county(demonstration: Demonstration, chromium: Browser) -> pictures.Bureau:
    return _bureau(demonstration.said, chromium, "Julu County Tax Service")


@pytest.fixture(scope="module")
def city(demonstration: Demonstration, chromium: Browser) -> pictures.Bureau:
    return _bureau(demonstration.said, chromium, "Xingtai City Tax Service")


def _bureau(said: str, chromium: Browser, name: str) -> pictures.Bureau:
    """By what the demo prints: a table of addresses, and one of logins for each bureau."""
    kiosk = r"(?:\s+Kiosk of the collection station\s+(http\S+?)/\s)?"
    found = re.search(rf"{name} +\w+ platform +(http\S+?)/\s+Viewing room +(http\S+?)/\s{kiosk}", said)
    viewer = re.search(r"register\?person=(\S+)", said)
    assert found is not None and viewer is not None, said
    accounts = said.split(f"Accounts: {name}")[1].splitlines()[1:]
    rows = takewhile(lambda line: line.startswith("  "), accounts)
    passwords = dict(row.split()[:2] for row in rows)
    return pictures.Bureau(chromium, found[1], found[2], found[3] or "", viewer[1], passwords)


def keep(name: str, png: bytes) -> None:
    data = pictures.small(png)
    assert len(data) <= pictures.MOST_BYTES
    if folder := os.environ.get(PICTURES):
        (Path(folder) / f"{name}.png").write_bytes(data)


@pytest.fixture(scope="module")
def draw(county: pictures.Bureau) -> str:
    """Announced before most is done here: a minute passes until it may be made."""
    return review_by_page.announced(county)


@pytest.mark.usefixtures("draw")
@pytest.mark.parametrize("name", ["home", "recordings", "act", "recording", "player"])
def test_a_page_shows_what_the_readme_says(county: pictures.Bureau, name: str) -> None:
    keep(name, getattr(pictures, name)(county))


@pytest.mark.parametrize("name", ["today", "finding", "reviews", "results", "assessment"])
def test_a_page_of_oversight_shows_what_the_readme_says(county: pictures.Bureau, name: str) -> None:
    keep(name, getattr(pictures_oversight, name)(county))


@pytest.mark.parametrize("name", ["federation", "absence", "statistics"])
def test_a_page_of_the_city_shows_what_the_readme_says(city: pictures.Bureau, name: str) -> None:
    keep(name, getattr(pictures, name)(city))


def test_city_and_counties_are_no_more_than_the_machine_bears(demonstration: Demonstration) -> None:
    """The recorder, which runs only while it films and is docked, comes on top: one more, of 110 MB."""
    processes, memory_mb = demonstration.burden
    assert processes <= 13 and memory_mb + 110 <= 2000


def test_the_city_names_what_an_administrator_edits(demonstration: Demonstration) -> None:
    done = zhilu("demo", "tamper", demonstration.served)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^  entry \d+: column personal$", done.stdout, re.M), done.stdout
    assert re.search(r"^  evidence\.act \S+: column taxpayer$", done.stdout, re.M)
    assert done.stdout.endswith("Put back.\n")


def test_the_kiosk_shows_what_the_readme_says(demonstration: Demonstration, county: pictures.Bureau) -> None:
    keep("kiosk", pictures.kiosk(county, lambda: subprocess.Popen([*ZHILU, *recorder(demonstration)])))


def test_the_audit_of_a_recording_is_a_page_of_paper(county: pictures.Bureau, tmp_path: Path) -> None:
    keep("audit", pictures.audit(county, tmp_path))


def test_the_readme_names_pictures_that_are_there() -> None:
    root = Path(__file__).resolve().parents[2]
    for readme in ("README.md", "README.zh-CN.md"):
        named = re.findall(r"\]\((docs/pictures/\S+?)\)", (root / readme).read_text())
        assert named and all((root / one).stat().st_size <= pictures.MOST_BYTES for one in named)


def test_while_it_serves_the_acted_people_help(demonstration: Demonstration) -> None:
    """Somebody tries by hand: a security key of his own, and one more recording."""
    base, said = demonstration.base, demonstration.said
    room = Api(base + 10, f"julu.view.demo.localhost:{base + 10}")
    person = re.search(r"register\?person=(\S+)", said)
    assert person is not None
    holder = Holder.new(person[1], "view.demo.localhost", f"http://julu.view.demo.localhost:{base + 10}")
    registration = {
        "registration": b64u(holder.registration(["viewer"])),
        "binding": holder.binding(),
        "aaguid": "00" * 16,
    }
    number = room.post("/api/registrations", registration)["registration_id"]
    until(lambda: room.get(f"/api/registrations/{number}")["state"] == "registered")
    done = zhilu(*recorder(demonstration))
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_was_drawn_is_seen_and_reviewed_and_others_read_it(
    county: pictures.Bureau, demonstration: Demonstration, draw: str, tmp_path: Path
) -> None:
    """The recording of today, whose key two keyholders give, drawn by the city's cosignature."""
    served, room, platform = demonstration.served, county.room, county.platform
    ids = json.loads((served / "julu/people.json").read_text())
    one = Reviewer.of(county, "supervisor", ids["supervisor"]["id"])
    page = one.page
    review = one.drawn(draw)
    assert repeated(page, draw, tmp_path, served / "kept/trust.json") == (0, 1)
    expect(page.locator("main")).to_contain_text("市局服务器")
    # What was not drawn is not shown for a review.
    database = served / "julu/server/db.sqlite3"
    one.ask(f"{room}/request?recording={not_drawn(database)}&purpose=review")
    expect(page.locator("main")).to_contain_text("已抽取、待您抽查")
    one.answer(review)
    expect(page.locator("main")).to_contain_text("向您放行")  # it was shown to nobody yet
    before = len(entries(database, "footage-reviewed/1"))
    viewing = one.watch(review)
    one.answer(review, no="2", comment=COMMENT)
    expect(page).not_to_have_url(review)
    said = entries(database, "footage-reviewed/1")[before:]
    assert [(each["viewing"], each["passed"], each["level"]) for each in said] == [(viewing, False, 1)]
    assert said[0]["answers"]["recording-told"] == "no" and COMMENT not in json.dumps(said)
    page.goto(review)  # the second review is somebody else's
    expect(page.locator("form[data-review]")).to_have_count(0)
    page.goto(f"{platform}/footage-reviews/figures?first={today()}&last={today()}")
    figures = page.locator(".z-figures dd").all_inner_texts()[1:4]  # one more may be recorded meanwhile
    assert [figure.split()[0] for figure in figures] == ["1", "1", "0"]
    another = county.signed_in("supervisor2")
    another.goto(review)
    expect(another.locator("form[data-review] h2")).to_contain_text("复核")
    officer = county.signed_in("officer")
    for path in ("/me?part=reviewed", "/footage-reviews/mine"):
        officer.goto(f"{platform}{path}")
        expect(officer.locator("main")).to_contain_text(COMMENT)
    audit = county.signed_in("audit")
    audit.goto(f"{platform}/logs/access?q={draw[-36:]}")
    expect(audit.locator("main tbody").last).to_contain_text("董明远")
    expect(audit.locator("main tbody").last).to_contain_text("白静")


def test_a_printed_account_sees_what_was_recorded(demonstration: Demonstration, chromium: Browser) -> None:
    platform = f"http://julu.demo.localhost:{demonstration.base}"
    for login, recordings in (("officer", 1), ("system", 0)):
        password = re.search(rf"{login} +(\S+)", demonstration.said)
        assert password is not None
        page = chromium.new_page()
        page.goto(f"{platform}/login")
        page.fill("#username", login)
        page.fill("#password", password[1])
        page.click("form button.btn-primary")
        page.wait_for_url(lambda url: "/login" not in url)
        answer = page.goto(f"{platform}/recordings")
        # Whoever has no business with recordings sees none, by list or refusal.
        assert answer is not None
        rows = page.locator("main a[href^='/recordings/']").count() if answer.status == 200 else 0
        assert (rows > 0) == (recordings > 0), page.content()
        page.close()


def test_it_says_how_it_helped_and_leaves_nothing(demonstration: Demonstration) -> None:
    """The last test here: it ends the demonstration."""
    rest = demonstration.said.split("Ctrl-C", 1)[1] + demonstration.end(signal.SIGINT)
    assert "witnessed" in rest
    assert "touched the key" in rest


def recorder(demonstration: Demonstration) -> list[str]:
    """The words that record once more, in less time."""
    again = re.search(r"zhilu (recorder run .*)", demonstration.said)
    assert again is not None
    return again[1].replace("--seconds 20", "--seconds 3").split()
