"""Statistics in a bureau: what counts, that tallies are what the rows say, that each number opens its rows,
that a report is counted again.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from openpyxl import load_workbook

from support import bureau
from support.bureau import FOREIGN, OTHER, OWN, Bureau, person_of
from support.county_world import OFFICER, SECTION, CountyWorld, named_id
from support.queries import queries
from zhilu import strictjson
from zhilu.errors import DataError, WorldError
from zhilu.server import paper
from zhilu.server.equipment.events import RecorderIssued
from zhilu.server.evidence.models import Act, Recording
from zhilu.server.evidence.rules import ELEMENTS, Span
from zhilu.server.evidence.services import acts, desk, links, outcomes
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import day_of, midnight, now, set_to
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services import tree
from zhilu.server.ledger.services.commit import commit
from zhilu.server.pages.services.statistics_page import Line, Page
from zhilu.server.pages.views import statistics_reports
from zhilu.server.statistics import rules
from zhilu.server.statistics.models import Standing, Tally, Used
from zhilu.server.statistics.services import auditing, counting, recompute, report, tallies
from zhilu.server.statistics.services.counting import Asked
from zhilu.server.statistics.services.recompute import Difference
from zhilu.tlog.proof import parse_leaf, payload_digest

FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
WHOLE = Asked(FIRST, LAST)
PERIOD = f"first={FIRST}&last={LAST}"
BESIDE_OFFICER = person_of("officer beside")


@pytest.fixture
def grown(county: CountyWorld) -> Bureau:
    made = bureau.of(county)
    issue = {"issue": str(named_id("issue")), "recorder": county.recorder.kid, "department": SECTION}
    commit(RecorderIssued(**issue, person=OFFICER), made.people["equipment-keeper*"])
    return made


def undescribed() -> list[Recording]:
    """One of each day."""
    found = Recording.objects.filter(department=SECTION, drill=False, acts=0, aside="").order_by("opened_at")
    return list({day_of(one.opened_at): one for one in found}.values())


@pytest.mark.db
def test_tallies_are_what_the_rows_say_after_each_change(grown: Bureau) -> None:
    officer, act, recording = UUID(OFFICER), grown.things[OWN]["act"], grown.things[OWN]["recording"]
    first, second, third = undescribed()[:3]
    texts = dict.fromkeys(ELEMENTS, "有")

    def row() -> Act:
        return Act.objects.get(id=act)

    def amend(span: Recording) -> None:
        spans = [Span(str(span.id), 0, 1_000_000)]
        both = [OFFICER, BESIDE_OFFICER]
        acts.amend_act(officer, row(), row().revisions.count() or 1, "C02", both, "另一户", spans)

    changes = [
        lambda: links.link(officer, act, "taxpayer", "91130529MA0TEST01X", ""),
        lambda: links.unlink(officer, UUID(str(grown.things[OWN]["link"])), "other"),
        lambda: acts.file_statement(officer, row(), 1, texts),
        lambda: outcomes.record(officer, act, "tax-collected", 12_345),
        lambda: outcomes.withdraw(officer, UUID(str(grown.things[OWN]["outcome"])), "other"),
        lambda: acts.open_act(officer, "C01", [OFFICER], "某户", [Span(str(recording), 0, 1_000_000)]),
        lambda: desk.set_aside(officer, third.id, "accidental", ""),
        # The recording that it names no more lies on another day, and is described no more.
        lambda: amend(first),
        lambda: amend(second),
    ]
    tallies.refresh_all()
    assert list(auditing.audit_tallies()) == []
    for change in changes:
        before = counting.count(WHOLE, "day", "department", "procedure"), counting.count(WHOLE, "day")
        change()
        assert (
            counting.count(WHOLE, "day", "department", "procedure"),
            counting.count(WHOLE, "day"),
        ) != before
        tallies.refresh_all()
        assert Standing.objects.get().size == Entry.objects.count()
        assert list(auditing.audit_tallies()) == []


@pytest.mark.db
def test_the_audit_names_a_tally_that_was_changed_added_or_taken_away(grown: Bureau) -> None:
    tallies.refresh_all()
    one, gone = Tally.objects.filter(level="department", span="day", recordings__gt=0).order_by("day")[:2]
    Tally.objects.filter(id=one.id).update(timely=one.timely + 1)
    gone.delete()
    Tally.objects.create(bureau="julu", level="officer", day=LAST, acts=3)
    found = [(finding.place, finding.code) for finding in auditing.audit_tallies()]
    assert {place: code for place, code in found if " day " in place} == {
        f"tallies julu day department {one.day}": "not as counted",
        f"tallies julu day department {gone.day}": "missing",
        f"tallies julu day officer {LAST}": "not as counted",
    }
    month = rules.month_of(one.day).first
    assert (f"tallies julu month department {month}", "not as counted") in found
    tallies.forget()
    tallies.refresh_all()
    assert list(auditing.audit_tallies()) == []
    Used.objects.filter(span="month").update(recorders="another")
    assert {finding.place.split()[2] for finding in auditing.audit_tallies()} == {"month"}


def test_an_act_of_two_officers_counts_once_in_its_department_and_for_each_of_them(grown: Bureau) -> None:
    spans = [Span(str(grown.things[OWN]["recording"]), 0, 1_000_000)]
    before, by_officer = counting.count(WHOLE, "department"), counting.count(WHOLE, "officer")
    acts.open_act(UUID(OFFICER), "C01", [OFFICER, BESIDE_OFFICER], "某户", spans)
    after, more = counting.count(WHOLE, "department"), counting.count(WHOLE, "officer")
    here, there = (UUID(SECTION),), (UUID(OTHER),)
    assert (after[here]["acts"], after[there]["acts"]) == (before[here]["acts"] + 1, before[there]["acts"])
    for officer in (OFFICER, BESIDE_OFFICER):
        assert more[UUID(officer),]["acts"] == by_officer[UUID(officer),]["acts"] + 1


def test_drills_and_what_lies_in_another_bureau_count_nowhere(grown: Bureau) -> None:
    counted = counting.count(WHOLE, "department")
    assert (UUID(FOREIGN),) not in counted and Act.objects.filter(department=FOREIGN).exists()
    there = Recording.objects.filter(department=FOREIGN)
    assert there.filter(drill=True).exists()
    asked = Asked(FIRST, LAST, frozenset({UUID(FOREIGN)}))
    assert counting.count(asked)[()]["recordings"] == there.filter(drill=False).count()


def lines_of(page: Page) -> Iterator[Line]:
    yield from (page.whole, *page.units, *page.officers, *page.trend)
    for of_class, lines in page.procedures:
        yield from (of_class, *lines)


def numbers_of(page: Page) -> dict[str, int]:
    """Address → number, of one line of each part of the page."""
    told = [cell for line in (page.whole, *page.units[:1], *page.officers[:1]) for cell in line.cells]
    busy = max(page.trend, key=lambda line: line.numbers["recordings"] + line.numbers["acts"])
    lines = [page.whole, *page.units[:1], *page.officers[:1], busy]
    lines += [one for of_class, _lines in page.procedures[:1] for one in (of_class, *_lines[:1])]
    found = [number for line in lines for number in (line.recordings, line.acts)]
    found += [
        pair for one in told for pair in ((one.share.part, one.part_url), (one.share.whole, one.whole_url))
    ]
    return {url: number for number, url in found if number}


def rows_at(client: Client, url: str) -> int:
    """How many rows a list says that it has."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    if "counted" not in answer.context:
        return int(answer.context["page"].paginator.count)
    return int(re.sub(r"\D", "", answer.context["counted"]))


@pytest.mark.db
def test_every_number_opens_as_many_rows_as_it_says(grown: Bureau) -> None:
    tallies.refresh_all()
    links.link(UUID(OFFICER), grown.things[OWN]["act"], "taxpayer", "91130529MA0TEST01X", "")
    for who, questions in (("viewer*", ("", f"&officer={OFFICER}")), ("unit-head", ("",))):
        client, seen = grown.client(who), {}
        for asked in questions:
            seen |= numbers_of(client.get(f"/statistics?{PERIOD}{asked}&from=rows").context["page"])
        wrong = {
            url: (number, got) for url, number in seen.items() if (got := rows_at(client, url)) != number
        }
        assert wrong == {}
        assert len(seen) > 12 and any("counts=described" in one for one in seen)
        assert any("used=yes" in one for one in seen)


def test_a_page_from_tallies_says_what_one_from_the_rows_says(grown: Bureau) -> None:
    tallies.refresh_all()
    client = grown.client("viewer*")
    for asked in ("", f"&department={SECTION}&cut=month", "&class=household"):
        one, other = (
            client.get(f"/statistics?{PERIOD}{asked}{how}").context["page"] for how in ("", "&from=rows")
        )
        assert not one.figures.is_anew and other.figures.is_anew
        told = [
            [(line.name, +line.numbers) for line in lines_of(page)] + [page.outcomes] for page in (one, other)
        ]
        assert told[0] == told[1] and len(told[0]) > 3
        assert [base.standing.size for base in one.bases] == [base.standing.size for base in other.bases]


def test_a_reader_of_one_department_counts_that_one_only(grown: Bureau) -> None:
    tallies.refresh_all()
    client = grown.client("unit-head")
    page = client.get(f"/statistics?{PERIOD}").context["page"]
    assert page.whole.numbers["acts"] == Act.objects.filter(department=SECTION).count() > 0
    assert [line.key for line in page.units] == [UUID(SECTION)]
    # Asked for what is another's, it stays with its own.
    other = client.get(f"/statistics?{PERIOD}&department={OTHER}&bureau=qinghe").context["page"]
    assert other.whole.numbers == page.whole.numbers
    beside = client.get(f"/statistics?{PERIOD}&officer={BESIDE_OFFICER}").context["page"]
    assert not +beside.whole.numbers
    month = f"{day_of(Act.objects.latest('opened_at').opened_at):%Y-%m}"
    told = json.loads(client.get(f"/statistics/reports/{month}.json").content)
    assert told["departments"] == [SECTION]
    assert [key for key, _numbers in told["ledgers"][0]["departments"]] == [SECTION]


@pytest.mark.db
def test_a_report_is_counted_again_and_each_difference_is_named(grown: Bureau) -> None:
    made = report.make(FIRST, LAST)
    (one,) = made["ledgers"]
    assert (one["whole"]["issued"], one["whole"]["used"]) == (1, 1)
    # What came in since is not in it, whenever it is counted again.
    links.link(UUID(OFFICER), grown.things[OWN]["act"], "taxpayer", "91130529MA0TEST01X", "")
    assert list(recompute.recompute(recompute.read(report.to_bytes(made)))) == []

    one["whole"]["complete"] = 5
    del one["days"][0]
    one["checkpoint"]["sha256"] = "0" * 64
    found = list(recompute.recompute(recompute.read(report.to_bytes(made))))
    assert Difference("julu", "whole", "complete", 5, 0) in found
    assert any(one.place.startswith("days ") and (one.number, one.said) == ("recordings", 0) for one in found)
    assert [one.place for one in found if one.number == "sha256"] == ["checkpoint"]


def test_entries_that_no_checkpoint_had_are_held_against_the_next_one(
    grown: Bureau, county: CountyWorld
) -> None:
    """Who edits an entry and makes the report of that tree is found by what was published later."""
    for kind, number in (("case", "1"), ("document", "2")):
        links.link(UUID(OFFICER), grown.things[OWN]["act"], kind, number, "")
    county.publish()
    entry = Entry.objects.filter(kind="act-linked/1").order_by("-index")[1]
    made = recompute.read(report.to_bytes(report.make(FIRST, LAST)))
    core = bytes(entry.core).replace(b'"case"', b'"taxpayer"')
    said = parse_leaf(bytes(entry.leaf)) | {"core": payload_digest(bytes(entry.core_salt), core).hex()}
    with connection.cursor() as cursor:
        cursor.execute(
            'UPDATE ledger_entry SET core = %s, leaf = %s WHERE "index" = %s',
            [core, strictjson.dumps(said), entry.index],
        )
    (one,) = made["ledgers"]
    one["size"], one["root"] = entry.index + 1, tree.recomputed_root(entry.index + 1).hex()
    found = [(one.place, one.number) for one in recompute.recompute(made)]
    assert found == [(f"checkpoint {entry.index + 2}", "root")]


def test_a_report_over_rows_that_were_edited_past_the_ledger_does_not_stand(grown: Bureau) -> None:
    """Not even one that the server itself made, and of which every row agrees."""
    act = grown.things[OWN]["act"]
    with applying():
        Act.objects.filter(id=act).update(present=7)
    made = report.make(FIRST, LAST)
    assert made["ledgers"][0]["whole"]["complete"] == 1
    found = list(recompute.recompute(recompute.read(report.to_bytes(made))))
    assert {one.place.split()[0] for one in found} == {"whole", *report.SECTIONS}
    assert {(one.number, one.said, one.found) for one in found} == {("complete", 1, 0)}


def test_an_edited_entry_is_named_by_a_recomputation(grown: Bureau) -> None:
    made = recompute.read(report.to_bytes(report.make(FIRST, LAST)))
    entry = Entry.objects.filter(kind="act-linked/1").latest("index")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_entry SET core = %s WHERE index = %s".replace("index =", '"index" ='),
            [bytes(entry.core).replace(b'"case"', b'"taxpayer"'), entry.index],
        )
    made["ledgers"][0]["size"] -= 1
    found = [(one.place, one.number) for one in recompute.recompute(made)]
    assert found == [(f"entry {entry.index}", "core"), ("tree", "root")]


NO_REPORTS = [
    (b'"zhilu-statistics/1"', b'"zhilu-statistics/2"'),
    (b'"first":"2026-01-01"', b'"first":"2026-13-01"'),
    (b'"first":"2026-01-01"', b'"first":"2028-01-01"'),
    (b'"ledgers":[', b'"ledgers":[7,'),
    (b'"days":[[', b'"days":[[[],'),
    (b'"days":[[', b'"days":[7,['),
    (b'"acts":', b'"acts":"x","acts2":'),
    (b'"departments":null', b'"departments":["x"]'),
    (b'{"type"', b'[{"type"'),
    (b'{"type"', b'\xff{"type"'),
]


def test_what_is_no_report_is_refused(grown: Bureau) -> None:
    good = report.to_bytes(report.make(FIRST, LAST))
    assert recompute.read(good)
    for old, new in NO_REPORTS:
        assert old in good
        with pytest.raises(DataError, match="no report") as error:
            recompute.read(good.replace(old, new, 1))
        assert error.value.code == "report"
    twice = strictjson.loads_object(good, report.LONGEST)
    twice["ledgers"] *= 2  # whoever adds up has everything twice
    with pytest.raises(DataError, match="no report"):
        recompute.read(report.to_bytes(twice))


@pytest.mark.db
def test_a_report_waits_until_nothing_comes_in(grown: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter(range(1, 1000))
    monkeypatch.setattr(report, "PAUSE_S", 0)
    monkeypatch.setattr(ledgers, "applied", lambda bureau: next(sizes))
    with pytest.raises(WorldError) as error:
        report.make(FIRST, LAST)
    assert error.value.code == "statistics-moving"
    assert grown.client("viewer*").get("/statistics/reports/2026-06.pdf").status_code == 302


@pytest.mark.db
def test_tallies_that_entries_overtook_are_brought_up_at_once(
    grown: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between counting and storing another entry comes in: it is counted too, and said."""
    asked, count, pending = [], counting.issues, [True]

    def overtaken(*args: Any) -> Any:
        asked.append(Entry.objects.count())
        if pending:
            pending.clear()
            links.link(UUID(OFFICER), grown.things[OWN]["act"], "taxpayer", "91130529MA0TEST01X", "")
        return count(*args)

    monkeypatch.setattr(counting, "issues", overtaken)
    assert tallies.refresh("julu")
    assert asked[1] == asked[0] + 1 and Standing.objects.get().size == asked[1]
    assert list(auditing.audit_tallies()) == []


def test_a_paper_says_the_hash_of_its_json_and_who_was_away(grown: Bureau) -> None:
    client = grown.client("viewer*")
    month = f"{day_of(Recording.objects.latest('opened_at').opened_at):%Y-%m}"
    answer = client.get(f"/statistics/reports/{month}.pdf")
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    for wrong in ("2026-13", "1999-01", "2999-01", "2026-1", "x"):
        assert client.get(f"/statistics/reports/{wrong}.pdf").status_code == 404


def test_a_month_says_that_it_is_not_over_and_none_before_the_first_is_offered(
    grown: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    tallies.refresh_all()
    monkeypatch.setattr(statistics_reports, "MONTHS", 1000)
    said: list[paper.Report] = []
    monkeypatch.setattr(paper, "pdf", lambda report: said.append(report) or b"%PDF")
    begun = min(
        day_of(Recording.objects.earliest("opened_at").opened_at),
        day_of(Act.objects.earliest("opened_at").opened_at),
        day_of(Entry.objects.get(index=0).at),
    ).replace(day=1)
    last = rules.month_of(day_of(now())).last
    for day, is_over in ((last, False), (last + timedelta(days=1), True)):
        with set_to(lambda day=day: midnight(day) + timedelta(hours=9)):  # type: ignore[misc]
            client = grown.client("viewer*")
            answer = client.get("/statistics/reports")
            client.get(f"/statistics/reports/{last:%Y-%m}.pdf")
            assert queries(client, "/statistics/reports") <= 15
        offered = [one.first for one in answer.context["months"]]
        assert offered[0] == day.replace(day=1) and offered[-1] == begun
        # Only the month that runs says so: on the day after its last one that is the next.
        assert answer.content.decode().count(f"未结束，截至 {day}") == 1
        assert any("本月尚未结束" in note for note in said[-1].notes) is not is_over


def test_the_file_has_every_line_and_the_tree(grown: Bureau) -> None:
    tallies.refresh_all()
    answer = grown.client("viewer*").get(f"/statistics?{PERIOD}&export=xlsx")
    told = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    page = grown.client("viewer*").get(f"/statistics?{PERIOD}").context["page"]
    lines = list(lines_of(page))
    head = next(at for at, row in enumerate(told) if row[2] == page.whole.numbers["recordings"])
    figures, under = told[head : head + len(lines)], told[head + len(lines)]
    assert [row[2:6:2] for row in figures] == [
        (line.numbers["recordings"], line.numbers["acts"]) for line in lines
    ]
    assert [row[3] for row in figures] == [round(rules.hours(line.numbers), 4) for line in lines]
    assert Standing.objects.get().root in str(under)
    above = "\n".join(str(value) for row in told[1:head] for value in row)
    assert f"{FIRST} — {LAST}" in above and page.scope in above and "截至" in above


def test_the_file_says_of_whom_it_is(grown: Bureau) -> None:
    asked = f"&department={SECTION}&officer={OFFICER}&class=general&procedure=x-1"

    def scope(persona: str, more: str = "") -> str:
        answer = grown.client(persona).get(f"/statistics?{PERIOD}{more}&export=xlsx")
        rows = load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
        return next(str(row[1]) for row in rows if row[0] == "范围")

    whole, own = scope("viewer*"), scope("viewer")
    assert own.startswith(f"{whole} · ") and "管理一科" not in own
    narrow = scope("viewer*", asked)
    assert narrow.startswith(f"{whole} · 检查一科 · ") and narrow.endswith(" · x-1"), narrow
