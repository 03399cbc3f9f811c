"""All that is held about me: complete, mine alone, in Excel and on paper too."""

from __future__ import annotations

import html
import io
import re
from uuid import UUID

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from support.county_world import RECORDING, CountyWorld
from support.organisation import client_of
from support.recordings import OFFICER
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts
from zhilu.server.ledger.models import Entry
from zhilu.server.pages.services import audits
from zhilu.server.pages.services.held import PARTS
from zhilu.server.pages.views.held import TRACES

pytestmark = pytest.mark.django_db
SPANS = [Span(str(RECORDING), 0, 1_000_000)]


@pytest.fixture
def watched(county: CountyWorld) -> CountyWorld:
    """A recording of the officer's with an act; a viewer was let in and given the key."""
    county.store()
    county.register_credentials()
    acts.open_act(UUID(OFFICER), "C01", [OFFICER], "=1+1", SPANS)
    viewing = county.view()
    county.publish()
    assert county.release(viewing).status_code == 201
    return county


def main(client: Client, part: str, **more: str) -> str:
    answer = client.get("/me", {"part": part, **more})
    assert answer.status_code == 200, part
    page = answer.content.decode()
    return page[page.index("<main") : page.index("</main>")]


def test_an_officer_reads_who_watched_his_recording_and_what_for(watched: CountyWorld) -> None:
    page = main(client_of(OFFICER), "watched")
    assert "王丽华" in page and "刘志强" in page and "争议" in page and str(RECORDING) in page
    index = Entry.objects.get(kind="viewing-requested/1").index
    assert f"/ledger?below={index + 1}#entry-{index}" in page


def test_every_part_tells_what_is_his(watched: CountyWorld) -> None:
    officer = client_of(OFFICER)
    for part, words in (
        ("person", "检查一科"),
        ("training", "已通过"),
        ("recorders", "XT-0001"),
        ("recordings", str(RECORDING)),
        ("acts", "=1+1"),
        ("deeds", "执法行为"),
    ):
        assert words in main(officer, part), part


def test_nobody_reads_what_is_held_about_another(watched: CountyWorld) -> None:
    other = client_of(watched.second_officer)
    for part in [*PARTS, *TRACES]:
        page = main(other, part)
        assert str(RECORDING) not in page and "王丽华" not in page and "张建国" not in page, part
    assert "张建国" not in main(other, "person", person=OFFICER)


def test_a_viewer_reads_what_he_watched_and_not_who_watches_him(watched: CountyWorld) -> None:
    viewer = client_of(watched.viewer.person)
    assert "刘志强" in main(viewer, "viewings") and "争议复核" in main(viewer, "viewings")
    assert "刘志强" not in main(viewer, "watched")


def test_whoever_opened_the_recording_is_known_to_its_officer(watched: CountyWorld) -> None:
    viewer = client_of(watched.viewer.person)
    viewer.get(f"/recordings/{RECORDING}")
    page = main(client_of(OFFICER), "accesses")
    assert "王丽华" in page and str(RECORDING) in page


def test_the_pages_own_links_lead_through_all_traces(
    watched: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, viewer = client_of(OFFICER), client_of(watched.viewer.person)
    for _ in range(5):
        viewer.get(f"/recordings/{RECORDING}")
    monkeypatch.setattr(audits, "SIZE", 2)
    address, rows = "/me?part=accesses", list[str]()
    while address:
        page = officer.get(address).content.decode()
        rows += re.findall(r"<tr><td.*?</tr>", page)
        older = re.search(r'href="(\?[^"]+)" rel="next"', page)
        address = f"/me{html.unescape(older[1])}" if older else ""
        assert len(rows) < 20
    assert sum(f"/recordings/{RECORDING}" in row for row in rows) == 5


def test_what_opens_his_footage_to_him_stands_beside_it(watched: CountyWorld) -> None:
    room = watched.config.keyholder.room  # type: ignore[union-attr]
    for page in (main(client_of(OFFICER), "recordings"),):
        assert f"{room}/request" in page and "与其他人相同" in page


def test_parts_go_to_excel_without_formulas(watched: CountyWorld) -> None:
    officer = client_of(OFFICER)
    for part in [*PARTS, *TRACES]:
        answer = officer.get("/me", {"part": part, "export": "xlsx"})
        sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer))).active
        assert sheet is not None
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row), part
    assert officer.get("/me", {"part": "nothing"}).status_code == 404
    assert officer.get("/me", {"part": "deeds", "first": "x", "older": "\0_"}).status_code == 200


def test_no_part_asks_more_than_15_times(watched: CountyWorld) -> None:
    officer = client_of(OFFICER)
    for part in [*PARTS, *TRACES]:
        officer.get("/me", {"part": part})
        with CaptureQueriesContext(connection) as asked:
            officer.get("/me", {"part": part})
        count = sum(one["sql"].startswith(("SELECT", "INSERT", "UPDATE")) for one in asked.captured_queries)
        assert count <= 15, (part, count)
