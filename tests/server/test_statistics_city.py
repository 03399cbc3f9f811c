"""Statistics at a city: over the mirrors of its counties, by the same code; and their records, to be read."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from support.city_world import BUREAU, CityWorld
from support.neighbour import Ledger
from support.recordings import fixed_id
from zhilu.encoding import format_time
from zhilu.server.federation.models import Joined, Watch
from zhilu.server.federation.services import mirror, rounds
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import Proposal, commit_all
from zhilu.server.organisation.events import PersonAdded, RoleGranted
from zhilu.server.organisation.models import AccessRow, User
from zhilu.server.statistics.models import Standing, Tally
from zhilu.server.statistics.services import auditing, recompute, report, tallies

DAY = datetime(2026, 5, 4, 2, tzinfo=UTC)
PERIOD = "first=2026-05-01&last=2026-05-31"
READER, OFFICER = (str(fixed_id(name)) for name in ("reader", "no reader"))


STORED: dict[str, Any] = {
    "lines": 4, "last": "00" * 32, "segments": 2, "length": 9, "origin": "camera", "drill": False,
    "policy": 1, "handover": "00" * 32, "officer_check": "key", "station": "A" * 43, "bay": 1, "copies": 1,
    "closed_by": "recording-closed",
}  # fmt: skip


def one(bureau: str, name: str) -> str:
    return str(fixed_id(f"{bureau} {name}"))


def county(bureau: str, recordings: int, acts: int, linked: int = 0) -> Ledger:
    """Two officers of one department, a recorder each, of which the first is used."""
    ledger = Ledger(bureau)

    def add(kind: str, core: dict[str, Any], subject: str, personal: dict[str, Any] | None = None) -> None:
        ledger.add(kind, core, personal, at=DAY + timedelta(hours=3), subject=subject)

    founded = {"bureau": bureau, "domain": "example", "root": "00" * 32, "text_key": {}}
    add("bureau-founded/1", founded, bureau)
    place = one(bureau, "section")
    department = {"department": place, "bureau": bureau, "parent": None, "kind": "inspection"}
    add("department-set/1", department | {"name": f"{bureau} 检查科", "order": 1, "closed": False}, place)
    for number in (1, 2):
        person, named = one(bureau, f"officer {number}"), {"name": f"{bureau} 执法员{number}", "number": ""}
        add("person-added/1", {"person": person}, person, named)
        post = {"post": one(bureau, f"post {number}"), "person": person, "department": place}
        add("post-taken/1", post | {"rank": "officer", "since": "2026-01-01"}, post["post"])
        kid = f"{bureau}{number}".ljust(43, "A")
        issue = {"issue": one(bureau, f"issue {number}"), "recorder": kid, "department": place}
        add("recorder-issued/1", issue | {"person": person}, issue["issue"])
    for number in range(recordings):
        opened = DAY + timedelta(hours=number)
        core = STORED | {
            "recording": one(bureau, f"recording {number}"),
            "recorder": f"{bureau}1".ljust(43, "A"),
            "officer": one(bureau, "officer 1"),
            "opened_at": format_time(opened),
            "closed_at": format_time(opened + timedelta(minutes=9)),
            "marks": number % 2,
        }
        add("recording-stored/1", core, core["recording"])
    for number in range(acts):
        act, recording = one(bureau, f"act {number}"), one(bureau, f"recording {number}")
        core = {"act": act, "procedure": "C01", "catalogue": 1, "officers": [one(bureau, "officer 1")]}
        core["spans"] = [{"recording": recording, "from_us": 0, "to_us": 9}]
        add("act-opened/1", core, act, {"taxpayer": f"{bureau} 某户"})
        if number < linked:
            link = {"act": act, "link": one(bureau, f"link {number}"), "kind": "case", "source": "officer"}
            add("act-linked/1", link, act, {"number": f"{number}", "name": ""})
    ledger.publish()
    return ledger


@pytest.fixture
def counties(city: CityWorld) -> dict[str, Ledger]:
    found = {"julu": county("julu", 6, 4, 3), "qinghe": county("qinghe", 3, 1)}
    for ledger in found.values():
        city.join(ledger)
        rounds.once(Joined.objects.get(bureau=ledger.bureau), ledger)
        watch = Watch.objects.get(bureau=ledger.bureau)
        assert (watch.state, watch.code, watch.index) == ("following", "", None)
    people = []
    for person, role in ((READER, "viewer"), (OFFICER, "officer")):
        people.append(Proposal(PersonAdded(person), BUREAU, {"name": "市局某", "number": person[-6:]}))
        people.append(Proposal(RoleGranted(person, role, None), BUREAU))
    commit_all(people)
    tallies.refresh_all()
    return found


def client(person: str) -> Client:
    made = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="zh-hans")
    user, _made = User.objects.get_or_create(person=person, defaults={"username": f"u{person[-12:]}"})
    made.force_login(user, "zhilu.server.organisation.services.accounts.LockoutBackend")
    return made


@pytest.mark.db
def test_a_city_counts_its_counties_and_opens_their_rows(counties: dict[str, Ledger]) -> None:
    reader = client(READER)
    with CaptureQueriesContext(connection) as asked:
        page = reader.get(f"/statistics?{PERIOD}").context["page"]
    # How they are followed: once for all.
    assert sum('"federation_watch"."state"' in one["sql"] for one in asked) == 1
    assert [one.state for one in page.bases] == ["following"] * 3
    numbers = {line.key: line.numbers for line in page.units}
    told = {bureau: [numbers[bureau][name] for name in ("recordings", "acts", "linked", "issued", "used")]
            for bureau in numbers}  # fmt: skip
    assert told == {BUREAU: [0] * 5, "julu": [6, 4, 3, 2, 1], "qinghe": [3, 1, 0, 2, 1]}
    assert [page.whole.numbers[name] for name in ("recordings", "acts", "issued", "used")] == [9, 5, 4, 2]
    assert page.whole.recordings[1] == "", "no one list has the rows of several ledgers"
    assert {one.bureau: one.standing.size for one in page.bases if one.bureau != BUREAU} == {
        bureau: ledger.size for bureau, ledger in counties.items()
    }
    for line in page.units[1:]:
        shares = [(cell.share.part, cell.part_url) for cell in line.cells]
        for number, url in (one for one in (line.recordings, line.acts, *shares) if one[1]):
            told = reader.get(url).context
            assert len(told["page"].object_list if "page" in told else told["rows"]) == number, url
    place = one("julu", "section")
    below = reader.get(f"/statistics?{PERIOD}&bureau=julu&department={place}").context["page"]
    assert [line.name for line in below.officers] == ["julu 执法员1", "julu 执法员2"]
    assert [line.numbers["issued"] for line in below.officers] == [1, 1]


def test_a_county_that_is_away_counts_with_what_is_known_and_is_named(counties: dict[str, Ledger]) -> None:
    Watch.objects.filter(bureau="qinghe").update(state="away", code="neighbour-away", at=now())
    answer = client(READER).get(f"/statistics?{PERIOD}")
    assert answer.context["page"].away == ["qinghe"] and "目前未能跟踪" in answer.content.decode()
    assert answer.context["page"].whole.numbers["recordings"] == 9
    made = report.make(date(2026, 5, 1), date(2026, 5, 31))
    states = [(one["bureau"], one["state"], one["code"]) for one in made["ledgers"]]
    assert states[1:] == [("julu", "following", ""), ("qinghe", "away", "neighbour-away")]


def test_a_city_has_the_results_and_the_readiness_of_each_county(counties: dict[str, Ledger]) -> None:
    reader = client(READER)
    julu, act = counties["julu"], one("julu", "act 0")
    core = {"act": act, "outcome": one("julu", "outcome"), "kind": "dispute-settled", "amount_fen": None}
    julu.add("outcome-recorded/1", core, {"note": ""}, subject=act)
    julu.publish()
    rounds.once(Joined.objects.get(bureau="julu"), julu)
    tallies.refresh_all()
    answer = reader.get(f"/results?{PERIOD}")
    assert {unit.name: unit.acts[0] for unit in answer.context["results"].units if unit.acts[0]} == {
        "julu": 4, "qinghe": 1
    }  # fmt: skip
    assert "came" not in answer.context, "no one list has the outcomes of several ledgers"
    shown = reader.get(f"/results?{PERIOD}&bureau=julu").context["came"]
    assert [came.outcome.kind for came in shown] == ["dispute-settled"]
    for url in (shown[0].row.url, *(url for _at, url in shown[0].recordings)):
        assert url.startswith("/of/julu/") and reader.get(url).status_code == 200
    file = reader.get(f"/results?{PERIOD}&bureau=julu&export=xlsx")
    rows = list(load_workbook(io.BytesIO(file.content)).active.iter_rows(values_only=True))
    assert [row[1] for row in rows[1:3]] == ["2026-05-01 — 2026-05-31", "julu"]
    ready = {row.bureau: row for row in reader.get("/rollout").context["ready"]}
    assert list(ready) == [BUREAU, "julu", "qinghe"] and ready["julu"].issued == 2
    below = reader.get("/rollout?bureau=julu").context["ready"]
    assert below[0].department is None and below[0].issued == 2
    # An officer is told of the own bureau only, whatever he asks for.
    assert {row.bureau for row in client(OFFICER).get("/rollout?bureau=julu").context["ready"]} == {BUREAU}


def hostile() -> Ledger:
    """Well-formed entries, as no server would take them: a mirror takes what its county said."""
    ledger = county("aaa", 2, 1)
    long, far = ("2026-05-04T02:00:00.000Z", "9998-05-04T02:00:00.000Z"), "9998-12-31T23:59:59.999Z"
    for number, (opened, closed) in enumerate([long] * 40 + [(far, far), ("1970-01-01T00:00:00.000Z", far)]):
        told = STORED | {"recording": one("aaa", f"bad {number}"), "recorder": "aaa1".ljust(43, "A")}
        told |= {"officer": one("aaa", "officer 1"), "opened_at": opened, "closed_at": closed, "marks": 0}
        ledger.add("recording-stored/1", told, at=DAY, subject=told["recording"])
    for number, year in enumerate((2126, 2999, 9998)):
        act, span = (
            one("aaa", f"late {number}"),
            {"recording": one("aaa", "recording 0"), "from_us": 0, "to_us": 9},
        )
        core = {"act": act, "procedure": "C01", "catalogue": 1, "officers": [one("aaa", "officer 1")]}
        at = datetime(year, 5, 4, tzinfo=UTC)
        ledger.add("act-opened/1", core | {"spans": [span]}, {"taxpayer": "某户"}, at=at, subject=act)
    ledger.publish()
    return ledger


def test_a_county_that_says_what_cannot_be_spoils_no_figure_but_its_own(
    city: CityWorld, counties: dict[str, Ledger]
) -> None:
    ledger = hostile()
    city.join(ledger)
    rounds.once(Joined.objects.get(bureau="aaa"), ledger)
    assert Watch.objects.get(bureau="aaa").applied == ledger.size
    assert [f"{one.first:%Y-%m}" for one in tallies.all_months("aaa")] == ["2026-05", "2126-05", "2999-05"]
    tallies.refresh_all()
    assert set(Standing.objects.values_list("bureau", flat=True)) == {BUREAU, "aaa", "julu", "qinghe"}
    assert list(auditing.audit_tallies()) == []
    reader = client(READER)
    pages = [f"/statistics?{PERIOD}{more}" for more in ("", "&from=rows", "&export=xlsx", "&bureau=aaa")]
    pages += [
        f"/of/aaa/{kind}" for kind in ("recordings", "acts", "recordings?export=xlsx", "acts?export=xlsx")
    ]
    pages += ["/statistics?first=2998-12-01&last=2999-12-31&cut=month", "/statistics/reports/2026-05.json"]
    assert {path: reader.get(path).status_code for path in pages} == dict.fromkeys(pages, 200)
    for more in ("", "&from=rows"):
        page = reader.get(f"/statistics?{PERIOD}{more}").context["page"]
        numbers = {line.key: (line.numbers["recordings"], line.numbers["us"]) for line in page.units}
        nine = 9 * 60 * 10**6
        assert numbers == {
            BUREAU: (0, 0),
            "aaa": (42, 2 * nine),
            "julu": (6, 6 * nine),
            "qinghe": (3, 3 * nine),
        }


def test_one_ledger_that_cannot_be_counted_keeps_no_other_from_it(
    counties: dict[str, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    tallies.forget()
    count = tallies.standing_of

    def fails(bureau: str, size: int) -> Standing:
        if bureau == "julu":
            raise OverflowError
        return count(bureau, size)

    monkeypatch.setattr(tallies, "standing_of", fails)
    tallies.refresh_all()
    assert set(Standing.objects.values_list("bureau", flat=True)) == {BUREAU, "qinghe"}


@pytest.mark.db
def test_what_comes_in_later_is_counted_and_the_audit_finds_the_same(
    city: CityWorld, counties: dict[str, Ledger]
) -> None:
    julu = counties["julu"]
    act = one("julu", "act 3")
    link = {"act": act, "link": one("julu", "link x"), "kind": "case", "source": "officer"}
    julu.add("act-linked/1", link, {"number": "9", "name": ""}, subject=act)
    julu.publish()
    rounds.once(Joined.objects.get(bureau="julu"), julu)
    tallies.refresh_all()
    assert Standing.objects.get(bureau="julu").size == julu.size
    page = client(READER).get(f"/statistics?{PERIOD}&bureau=julu").context["page"]
    assert page.whole.numbers["linked"] == 4 and not page.figures.is_anew
    assert list(auditing.audit_tallies()) == []
    Tally.objects.filter(bureau="qinghe", level="department").update(marked=7)
    assert {one.place.split()[1] for one in auditing.audit_tallies()} == {"qinghe"}


@pytest.mark.db
def test_a_citys_report_is_counted_again_from_each_countys_ledger(
    city: CityWorld, counties: dict[str, Ledger]
) -> None:
    # Somebody edits a row of the mirror, and has the report made of it.
    with city.by_hand("qinghe") as cursor:
        cursor.execute("UPDATE evidence_act SET linked_case = %s", [True])
    made = recompute.read(report.to_bytes(report.make(date(2026, 5, 1), date(2026, 5, 31))))
    # A county that is left out is missed, one that nobody knows is said.
    _own, julu, qinghe = made["ledgers"]
    told = made | {"ledgers": [qinghe, julu | {"bureau": "weixian"}], "by": ("handan", "city")}
    found = list(recompute.recompute(told))
    foreign = found.pop(0)
    assert (foreign.place, foreign.said) == ("report", "handan city"), "made by somebody else"
    assert recompute.reach(told) == [("qinghe", qinghe["size"], qinghe["size"])]
    edited = [one for one in found if one.place != "ledger"]
    assert {one.bureau for one in edited} == {"qinghe"}
    assert {(one.number, one.said, one.found) for one in edited} == {("linked", 1, 0), ("linked_case", 1, 0)}
    assert [(one.bureau, one.said) for one in found if one.place == "ledger"] == [
        ("weixian", True), (BUREAU, False), ("julu", False),
    ]  # fmt: skip


def test_a_countys_records_are_read_at_the_city_and_only_read(
    counties: dict[str, Ledger],
) -> None:
    reader, act, recording = client(READER), one("julu", "act 0"), one("julu", "recording 0")
    told = reader.get(f"/of/julu/acts/{act}").content.decode()
    assert "julu 某户" in told and "julu 执法员1" in told
    assert told.count('method="post"') == 2, "language and sign-out"
    told = reader.get(f"/of/julu/recordings/{recording}").content.decode()
    assert "julu 检查科" in told and f"/of/julu/acts/{act}" in told
    listed = reader.get("/of/julu/acts")
    assert f"/of/julu/acts/{act}" in listed.content.decode() and "qinghe" not in listed.content.decode()
    assert reader.get("/of/julu/acts?export=xlsx").status_code == 200
    for kind in ("acts", "recordings"):
        assert f'"/of/julu/{kind}"' in reader.get(f"/{kind}").content.decode(), "the way there"
    # In the city's own access log, with what was shown.
    rows = AccessRow.objects.filter(person=READER)
    assert rows.filter(target=f"/of/julu/acts/{act}", about=UUID(act)).exists()
    assert rows.filter(action="export", target="/of/julu/acts.xlsx").exists()
    with mirror.of("julu"):
        assert not AccessRow.objects.exists()
    # What is one county's is not there under another's name, nor a bureau that is not followed.
    for path in (f"/of/qinghe/acts/{act}", f"/of/qinghe/recordings/{recording}", "/of/weixian/acts",
                 f"/of/{BUREAU}/acts", f"/acts/{act}", f"/recordings/{recording}"):  # fmt: skip
        assert reader.get(path).status_code == 404, path
    for path in (f"/of/julu/acts/{act}", "/of/julu/recordings"):
        assert client(OFFICER).get(path).status_code == 403
        assert reader.post(path).status_code == 405
