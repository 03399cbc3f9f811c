"""The pages of one act and of one number: correcting, linking, outcomes; what a foreigner never learns."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from support.county_world import BUREAU, RECORDING, SECTION, CountyWorld, named_id
from support.organisation import client_of
from support.recordings import OFFICER
from zhilu.server.evidence.models import Act, ActLink, ActRevision, Outcome
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts, links, outcomes
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import DepartmentSet, PersonAdded, PostTaken, RoleGranted

SPANS = [Span(str(RECORDING), 0, 1_000_000)]
HEAD = str(named_id("head of section"))
STRANGER, PLACE = str(named_id("stranger")), str(named_id("place of the stranger"))
XSS = "<script>alert(1)</script><img src=x onerror=alert(1)>"
pytestmark = pytest.mark.django_db


@pytest.fixture
def act(county: CountyWorld) -> Act:
    county.store()
    person(HEAD, "unit-head", [SECTION])
    return Act.objects.get(id=acts.open_act(UUID(OFFICER), "C01", [OFFICER], "某户", SPANS))


@pytest.fixture
def officer(act: Act) -> Client:
    return client_of(OFFICER)


def person(one: str, role: str, scope: list[str] | None, department: str = SECTION) -> None:
    commit(PersonAdded(one), BUREAU, {"name": "某某", "number": one[-6:]})
    commit(RoleGranted(one, role, scope), BUREAU)
    commit(
        PostTaken(one[:-1] + ("1" if one[-1] == "0" else "0"), one, department, "officer", "2026-01-01"),
        BUREAU,
    )


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def correction(**more: Any) -> dict[str, Any]:
    rows = {"span-TOTAL_FORMS": 3, "span-INITIAL_FORMS": 1}
    first = {"span-0-recording": str(RECORDING), "span-0-from_s": "0.5", "span-0-to_s": "1.25"}
    said = {"version": 1, "procedure": "C02", "taxpayer": "另一户", "officers": [OFFICER]}
    return {**rows, **first, **said, **more}


def test_an_officer_corrects_an_act_and_both_versions_are_read(act: Act, officer: Client) -> None:
    path = f"/acts/{act.id}/amend"
    assert "某户" in text(officer, path)
    assert officer.post(path, correction()).status_code == 302
    span = act.spans.get()
    assert (span.from_us, span.to_us) == (500_000, 1_250_000)
    page = text(officer, f"/acts/{act.id}")
    assert "另一户" in page and "某户" in page and "第 2 版" in page and "z-step-amended" in page


def test_of_two_corrections_at_once_the_second_is_told_to_read_again(act: Act, officer: Client) -> None:
    path = f"/acts/{act.id}/amend"
    assert client_of(HEAD).post(path, correction(taxpayer="甲")).status_code == 302
    answer = officer.post(path, correction(taxpayer="乙"))
    assert answer.status_code == 400 and ActRevision.objects.count() == 2
    act.refresh_from_db()
    assert act.taxpayer == "甲"


WRONG: tuple[dict[str, Any], ...] = (
    {"span-0-to_s": ""},
    {"span-0-recording": ""},
    {"span-0-recording": str(named_id("foreign"))},
    {"span-0-to_s": "nan"},
    {"span-0-to_s": "1e300"},
    {"span-0-from_s": "-1"},
    {"span-0-from_s": "2"},
    {"span-TOTAL_FORMS": "100000"},
    {"span-TOTAL_FORMS": "x"},
    {"procedure": "Z99"},
    {"officers": []},
    {"officers": ["x"]},
    {"version": "x"},
    {"taxpayer": "户" * 201},
    {"span-1-recording": str(RECORDING), "span-1-from_s": "5", "span-1-to_s": "100000"},
)


def test_what_cannot_be_is_no_correction(act: Act, officer: Client) -> None:
    for wrong in WRONG:
        answer = officer.post(f"/acts/{act.id}/amend", correction(**wrong))
        assert answer.status_code == 400 and not ActRevision.objects.exists(), wrong


def test_links_and_outcomes_are_added_and_ended_by_their_pages(act: Act, officer: Client) -> None:
    base = f"/acts/{act.id}"
    said = {"kind": "case", "number": "邢税稽案〔2026〕12号", "name": "某案"}
    assert officer.post(f"{base}/links", said).status_code == 302
    assert officer.post(f"{base}/links", said).status_code == 400  # it lives already
    worth = {"kind": "tax-collected", "amount": "1234.50", "note": "补缴"}
    assert officer.post(f"{base}/outcomes", worth).status_code == 302
    assert Outcome.objects.get().amount_fen == 123_450
    page = text(officer, base)
    assert "邢税稽案〔2026〕12号" in page and "1,234.50" in page
    link, outcome = ActLink.objects.get(), Outcome.objects.get()
    assert "某案" in text(officer, f"{base}/links/{link.id}/end")
    assert officer.post(f"{base}/links/{link.id}/end", {"reason": "wrong-number"}).status_code == 302
    assert officer.post(f"{base}/outcomes/{outcome.id}/end", {"reason": "wrong-amount"}).status_code == 302
    page = text(officer, base)
    assert "<del" in page and "邢税稽案〔2026〕12号" in page and "z-step-outcome-withdrawn" in page
    text(officer, f"{base}/links/{link.id}/end", 404)
    text(officer, f"{base}/outcomes/{outcome.id}/end", 404)


@pytest.mark.parametrize("amount", ["-1", "1.234", "NaN", "Infinity", "1e400", "x", "99999999999999999"])
def test_an_amount_is_yuan_and_fen(act: Act, officer: Client, amount: str) -> None:
    answer = officer.post(f"/acts/{act.id}/outcomes", {"kind": "other", "amount": amount, "note": ""})
    assert answer.status_code == 400 and not Outcome.objects.exists()


def test_what_people_write_is_text_and_no_markup(act: Act, officer: Client) -> None:
    texts = dict.fromkeys(("time", "place", "persons", "event", "cause", "course", "result"), XSS)
    acts.file_statement(UUID(OFFICER), act, 0, texts)
    acts.file_statement(UUID(OFFICER), act, 1, texts | {"result": XSS + "二"})
    link = links.link(OFFICER, act.id, "document", "<b>1</b>", XSS)
    outcomes.record(OFFICER, act.id, "other", None, XSS)
    acts.amend_act(UUID(OFFICER), act, 1, "C01", [OFFICER], XSS, SPANS)
    for path in (f"/acts/{act.id}", f"/acts/{act.id}?compare=2", f"/cases/{link}", f"/acts/{act.id}/amend"):
        page = text(officer, path)
        assert "<script>alert" not in page and "<img src=x" not in page and "&lt;script&gt;" in page, path
        assert "<b>1</b>" not in page


def test_a_statement_says_what_it_lacks_and_how_to_fill_it(act: Act, officer: Client) -> None:
    acts.file_statement(UUID(OFFICER), act, 0, {"time": "今天", "place": "某处"})
    page = text(officer, f"/acts/{act.id}")
    assert "缺少" in page and "按先后写明" in page and f"/acts/{act.id}/statement" in page
    head = text(client_of(HEAD), f"/acts/{act.id}")
    assert "缺少" in head and f'href="/acts/{act.id}/statement"' not in head


def test_two_versions_stand_side_by_side(act: Act, officer: Client) -> None:
    acts.file_statement(UUID(OFFICER), act, 0, {"place": "城关镇东街"})
    acts.file_statement(UUID(OFFICER), act, 1, {"place": "城关镇西街"})
    page = text(officer, f"/acts/{act.id}?compare=2")
    assert "<del>东</del>" in page and "<ins>西</ins>" in page
    for odd in ("1", "3", "0", "-1", "x", "9" * 30, "２"):
        assert "<ins>" not in text(officer, f"/acts/{act.id}?compare={odd}")


def test_the_head_of_the_unit_confirms_what_is_complete(act: Act) -> None:
    head = client_of(HEAD)
    acts.file_statement(UUID(OFFICER), act, 0, {"time": "今天"})
    assert 'value="confirm"' not in text(head, f"/acts/{act.id}")
    whole = dict.fromkeys(("time", "place", "persons", "event", "cause", "course", "result"), "有")
    acts.file_statement(UUID(OFFICER), act, 1, whole)
    assert 'value="confirm"' in text(head, f"/acts/{act.id}")
    assert 'value="confirm"' not in text(client_of(OFFICER), f"/acts/{act.id}")
    head.post("/work/statements", {"row": f"{act.id}:2", "do": "confirm"})
    page = text(head, f"/acts/{act.id}")
    assert 'value="confirm"' not in page and "z-step-confirmed" in page
    acts.amend_act(UUID(OFFICER), act, 1, "C01", [OFFICER], "另一户", SPANS)
    assert "确认后又有更正" in text(head, f"/acts/{act.id}")


@pytest.fixture
def stranger(act: Act) -> Client:
    """An officer of another department."""
    commit(DepartmentSet(PLACE, BUREAU, None, "collection", "征收科", 2, False), BUREAU)
    person(STRANGER, "officer", None, PLACE)
    return client_of(STRANGER)


def test_a_strangers_act_is_not_there(act: Act, stranger: Client) -> None:
    link, outcome = links.link(OFFICER, act.id, "case", "1"), outcomes.record(OFFICER, act.id, "other")
    base = f"/acts/{act.id}"
    paths = ("", "/amend", "/links", f"/links/{link}/end", "/outcomes", f"/outcomes/{outcome}/end")
    for path in paths:
        text(stranger, base + path, 404)
        assert stranger.post(base + path, correction()).status_code in (404, 405)
    text(stranger, f"/cases/{link}", 404)


def test_a_link_of_one_act_is_not_ended_through_another(act: Act, officer: Client) -> None:
    mine = acts.open_act(UUID(OFFICER), "C01", [OFFICER], "某户", SPANS)
    link = links.link(OFFICER, act.id, "case", "1")
    text(officer, f"/acts/{mine}/links/{link}/end", 404)


def test_a_file_shows_ones_own_and_says_the_same_whether_there_is_more_or_not(
    act: Act, stranger: Client, county: CountyWorld
) -> None:
    """The stranger's act of the same number adds nothing to the officer's page, nor the other way."""
    link = links.link(OFFICER, act.id, "case", "案1", "某案")
    mine = client_of(OFFICER)
    alone = case_page(mine, link)
    theirs = foreign_act()
    links.link(STRANGER, theirs, "case", "案1", "他人之案")
    assert case_page(mine, link) == alone
    assert "其他部门可能" in alone and "他人之案" not in alone
    other = ActLink.objects.get(act=theirs)
    assert "某案" not in case_page(stranger, other.id)
    whole = str(named_id("viewer of all"))
    person(whole, "viewer", None)
    assert case_page(client_of(whole), link).count('class="z-card z-chapter"') == 2


def case_page(client: Client, link: UUID) -> str:
    page = text(client, f"/cases/{link}")
    return page[page.index("<main") : page.index("</main>")]


def foreign_act() -> UUID:
    from zhilu.server.ledger.models import Entry
    from zhilu.server.ledger.services.commit import event_of

    event = event_of(Entry.objects.get(kind="recording-stored/1"))
    recording = str(named_id("recording of the stranger"))
    fields = event.__dict__ | {"recording": recording, "officer": STRANGER}
    commit(type(event)(**fields), event.station)
    return acts.open_act(UUID(STRANGER), "C01", [STRANGER], "某户", [Span(recording, 0, 1_000_000)])


def test_an_exported_file_carries_no_formula(act: Act, officer: Client) -> None:
    acts.amend_act(UUID(OFFICER), act, 1, "C01", [OFFICER], '=HYPERLINK("http://x")', SPANS)
    link = links.link(OFFICER, act.id, "document", "=1+1")
    answer = officer.get(f"/cases/{link}?export=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer))).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert any("HYPERLINK" in str(cell.value) for cell in cells)


def test_no_page_of_an_act_or_its_recording_asks_more_than_15_times(act: Act, county: CountyWorld) -> None:
    """Of one with something of everything, for who covers the whole bureau."""
    acts.file_statement(UUID(OFFICER), act, 0, {"time": "今天"})
    acts.amend_act(UUID(HEAD), act, 1, "C02", [OFFICER, county.second_officer], "另一户", SPANS)
    link = links.link(OFFICER, act.id, "case", "1")
    outcome = outcomes.record(OFFICER, act.id, "other", 5)
    county.register_credentials()
    county.view()
    everywhere = str(named_id("head of all"))
    person(everywhere, "unit-head", None)
    base = f"/acts/{act.id}"
    ends = (f"{base}/links/{link}/end", f"{base}/outcomes/{outcome}/end")
    pages = (base, f"{base}/amend", f"{base}/links", *ends, f"/cases/{link}", f"/recordings/{RECORDING}")
    clients, counts = (client_of(everywhere), client_of(OFFICER)), {}
    for client in clients:
        for path in pages:
            text(client, path)
            with CaptureQueriesContext(connection) as asked:
                text(client, path)
            count = sum(one["sql"].startswith(("SELECT", "INSERT", "UPDATE")) for one in asked)
            counts[path.rpartition("/")[2], client is clients[0]] = count
    assert {path: count for path, count in counts.items() if count > 15} == {}
