"""Audit pages: per record and per person, from the access log and the ledger, on screen and as PDF."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from support import bureau
from support.api import Caller
from support.bureau import BESIDE, OWN, Bureau
from support.county_world import OFFICER, RECORDING, CountyWorld
from zhilu.server.evidence.services import links
from zhilu.server.ledger import clock
from zhilu.server.organisation.models import AccessRow
from zhilu.server.organisation.services import access


@pytest.fixture
def grown(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def text(client: Client, path: str) -> str:
    answer = client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def main_of(page: str) -> str:
    return page.split("<main")[1]


def test_who_opened_listed_searched_and_took_out_a_record(grown: Bureau) -> None:
    viewer, audit = grown.client("viewer*"), grown.client("audit-administrator")
    act = grown.things[OWN]["act"]
    viewer.get("/acts")
    viewer.get("/acts?words=某纳税人")
    viewer.get("/acts?export=xlsx")
    viewer.get(f"/acts/{act}")
    grown.client("officer").get(f"/acts/{grown.things[BESIDE]['act']}")
    Caller(name="金税系统").get(f"acts/{act}")
    page = main_of(text(audit, f"/audit/acts/{act}"))
    for told in ("viewer 全局", "listed", "searched", "exported", "looked at", "金税系统", "read by the API",
                 "127.0.0.1", "张建国", "not yet in the ledger"):  # fmt: skip
        assert told in page, told
    assert "某纳税人" not in page and "words=*" in page
    refused = main_of(text(audit, f"/audit/acts/{grown.things[BESIDE]['act']}"))
    assert "refused" in refused and "张建国" in refused


def test_a_row_of_the_log_is_shown_by_the_entry_that_covers_it(grown: Bureau) -> None:
    grown.client("viewer").get(f"/recordings/{RECORDING}")
    later = clock.now() + timedelta(minutes=1)
    with clock.set_to(lambda: later):
        access.enter_batch()
    page = main_of(text(grown.client("audit-administrator"), f"/audit/recordings/{RECORDING}"))
    assert "batch in entry" in page and "Recording stored" not in page.split("<table")[0]
    assert list(access.audit_batches()) == []
    # What a list showed is under the digest too.
    from zhilu.server.organisation.models import AccessListed

    AccessListed.objects.create(row=AccessRow.objects.earliest("id"), about=RECORDING)
    assert [one.code for one in access.audit_batches()] == ["digest"]


def test_of_a_recording_its_viewing_is_told_step_by_step(county: CountyWorld) -> None:
    county.store()
    county.register_credentials()
    viewing = county.view()
    county.release(viewing)
    audit = county.sign_in(str(bureau.test_id("audit")), "audit")
    page = main_of(text(audit, f"/audit/recordings/{RECORDING}"))
    for told in ("王丽华", "刘志强", "viewing room", "Viewing requested", "Viewing approved", "Key released"):
        assert told in page, told
    by = main_of(text(audit, f"/audit/people/{county.viewer.person}"))
    assert "Viewing requested" in by and "Key released" in by and "Viewing approved" not in by
    decided = main_of(text(audit, f"/audit/people/{county.approver.person}"))
    assert "Viewing approved" in decided and "Key released" not in decided
    on = main_of(text(audit, f"/audit/people/{OFFICER}?side=on"))
    assert "王丽华" in on and "Key released" in on


def test_what_others_did_on_what_is_a_persons_is_not_his_own(grown: Bureau) -> None:
    officer, viewer = grown.client("officer"), grown.client("viewer")
    for client in (officer, viewer):
        client.get(f"/recordings/{RECORDING}")
        client.get("/recordings")
    audit = grown.client("audit-administrator")
    on = main_of(text(audit, f"/audit/people/{OFFICER}?side=on"))
    assert "viewer 本科" in on and "records · /recordings" in on
    by = main_of(text(audit, f"/audit/people/{OFFICER}"))
    assert f"/recordings/{RECORDING}" in by and "viewer 本科" not in by


def test_pages_of_traces_hold_each_once(grown: Bureau) -> None:
    act, audit = grown.things[OWN]["act"], grown.client("audit-administrator")
    at = clock.now() - timedelta(hours=1)
    with clock.set_to(lambda: at):  # all at one time: only the numbers order them
        for number in range(70):
            access.note(None, "GET", f"/row/{number}/", True, "10.0.0.1", act)
    links.link(OFFICER, act, "case", "A-7")
    seen, path = [], f"/audit/acts/{act}"
    while path:
        page = main_of(text(audit, path))
        seen += [part.split("<")[0] for part in page.split('class="z-break">/row/')[1:]]
        older = page.split("&amp;older=")[1:]
        path = f"/audit/acts/{act}?older={older[0].split(chr(34))[0]}" if older else ""
    assert sorted(seen) == sorted(f"{number}/" for number in range(70))
    assert text(audit, f"/audit/acts/{act}?older=x_1_2") and text(
        audit, f"/audit/acts/{act}?first=2999-12-31"
    )


def test_a_cursor_that_is_none_begins_at_the_newest(grown: Bureau) -> None:
    audit, act = grown.client("audit-administrator"), grown.things[OWN]["act"]
    for cursor in (
        "x",
        f"1793610000000000_{'9' * 5000}_1",
        "1793610000000000_0_²",
        "1793610000000000_0_1_1",
        "__",
    ):
        assert "张建国" in main_of(text(audit, f"/audit/acts/{act}?older={cursor}")), cursor


def test_days_cut_what_is_shown(grown: Bureau) -> None:
    audit, act = grown.client("audit-administrator"), grown.things[OWN]["act"]
    day = clock.today() - timedelta(days=3)
    page = main_of(text(audit, f"/audit/acts/{act}?first={day}&last={day}"))
    assert "Nothing is here in these days." in page


def test_an_auditor_finds_records_and_people(grown: Bureau) -> None:
    audit = grown.client("audit-administrator")
    for thing, where in (("act", "acts"), ("recording", "recordings"), ("person", "people")):
        one = grown.things[OWN][thing]
        assert audit.get(f"/audit?q={one}")["Location"] == f"/audit/{where}/{one}"
    assert f"/audit/people/{OFFICER}" in text(audit, "/audit?q=张建国")
    assert "nobody is found" in text(audit, "/audit?q=無此人%00")


def test_it_asks_few_questions_and_shows_no_text(grown: Bureau) -> None:
    audit = grown.client("audit-administrator")
    paths = [f"/audit/acts/{grown.things[OWN]['act']}", f"/audit/recordings/{RECORDING}",
             f"/audit/people/{OFFICER}", f"/audit/people/{OFFICER}?side=on"]  # fmt: skip
    for path in paths:
        with CaptureQueriesContext(connection) as asked:
            page = text(audit, path)
        counted = [one["sql"] for one in asked.captured_queries if not one["sql"].startswith(("SAVE", "REL"))]
        assert len(counted) <= 16, "\n".join(counted)
        for told in ("某纳税人", "某处"):
            assert told not in page


def test_the_pdf_is_one_and_making_it_is_logged(grown: Bureau) -> None:
    audit, act = grown.client("audit-administrator"), grown.things[OWN]["act"]
    answer = audit.get(f"/audit/acts/{act}?export=pdf")
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-")
    row = AccessRow.objects.filter(action="export").latest("id")
    assert (row.target, row.about) == (f"/audit/acts/{act}.pdf", act)


def test_a_head_of_a_unit_reads_the_audit_of_his_units_records_only(grown: Bureau) -> None:
    head = grown.client("unit-head")
    for kind in ("act", "recording"):
        path = f"/{kind}s/{grown.things[OWN][kind]}"
        assert f'href="/audit{path}"' in text(head, path), "its page leads there"
        assert "/audit/" not in text(grown.client("viewer"), path)
    assert head.get(f"/audit/acts/{grown.things[OWN]['act']}").status_code == 200
    assert head.get(f"/audit/acts/{grown.things[BESIDE]['act']}").status_code == 404
    assert head.get(f"/audit/people/{OFFICER}").status_code == 403 == head.get("/audit").status_code


def test_a_token_is_granted_and_withdrawn_on_its_page(grown: Bureau) -> None:
    from zhilu.server.organisation.models import ApiToken

    admin, auditor = grown.client("security-administrator"), grown.client("audit-administrator")
    sent: dict[str, Any] = {
        "name": "金税系统",
        "scopes": ["references:read", "links:write"],
        "reach": "departments",
        "departments": [bureau.SECTION],
        "until": str(clock.today() + timedelta(days=30)),
    }
    page = admin.post("/api-tokens", sent).content.decode()
    token = page.split('<code class="z-mono z-break">')[1].split("<")[0]
    asked = Client(HTTP_HOST="127.0.0.1").get("/api/v1/acts", headers={"Authorization": f"Bearer {token}"})
    assert asked.status_code == 200 and len(asked.json()["items"]) == 8
    assert token not in admin.get("/api-tokens").content.decode()
    for wrong in ({"name": ""}, {"scopes": []}, {"reach": ""}, {"departments": []}, {"reach": "bureau"},
                  {"until": str(clock.today() + timedelta(days=400))}, {"until": "2020-01-01"}):  # fmt: skip
        assert admin.post("/api-tokens", sent | wrong).status_code == 400, wrong
    row = ApiToken.objects.get()
    path = f"/api-tokens/{row.id}/withdraw"
    assert auditor.post(path, {"reason": "leaked", "confirmed": "yes"}).status_code == 403
    assert admin.post(path, {"reason": "leaked"}).status_code == 200  # asks once more
    admin.post(path, {"reason": "leaked", "confirmed": "yes"})
    row.refresh_from_db()
    assert row.ended_at is not None and row.reason == "leaked"
