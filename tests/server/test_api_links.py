"""Links that come in by the API: matched, reported row by row, done once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from support import bureau
from support.api import ADMIN, Caller
from support.bureau import BESIDE, BEYOND, OWN, Bureau
from support.county_world import OFFICER, RECORDING, SECTION, CountyWorld
from zhilu.encoding import format_time
from zhilu.server.api import limits
from zhilu.server.evidence.models import ActLink, Recording
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services import acts, desk, links
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import size
from zhilu.server.organisation.models import AccessRow, Person
from zhilu.server.organisation.services import api_tokens

NUMBER = "91130529MA0TEST01X"


@pytest.fixture
def grown(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def row(act: Any, number: str = NUMBER, kind: str = "taxpayer", **more: Any) -> dict[str, Any]:
    return {"act": str(act), "number": number, "kind": kind, **more}


def test_a_link_is_an_entry_of_the_token(grown: Bureau) -> None:
    caller, act = Caller("links:write"), grown.things[OWN]["act"]
    done = caller.link(row(act, name="巨鹿宏达商贸有限公司"))
    assert (done["linked"], done["present"], done["refused"]) == (1, 0, 0)
    link = ActLink.objects.get(source="api")
    entry = Entry.objects.get(kind="act-linked/1", actor=str(caller.id))
    assert str(link.id) == done["rows"][0]["link"] and done["rows"][0]["act"] == str(act)
    assert (entry.actor, link.by, link.source) == (str(caller.id), str(caller.id), "api")
    assert (link.number, link.name) == (NUMBER, "巨鹿宏达商贸有限公司")


@pytest.mark.db
def test_sent_again_it_is_there_already(grown: Bureau) -> None:
    caller, act = Caller("links:write"), grown.things[OWN]["act"]
    first = caller.link(row(act), row(act, " 91130529 ma0test01x "))
    assert [one["status"] for one in first["rows"]] == ["linked", "present"]
    before = size()
    again = caller.link(row(act))
    assert again["rows"][0] | {"status": "linked"} == first["rows"][0] and again["present"] == 1
    assert size() == before


@pytest.mark.db
def test_under_its_key_the_same_answer_comes_again(grown: Bureau) -> None:
    caller, other, act = Caller(), Caller(), grown.things[OWN]["act"]
    key = {"Idempotency-Key": "batch-2026.11.29_1"}
    first = caller.link(row(act), **key)
    links.unlink(str(caller.id), ActLink.objects.get(source="api").id, "wrong-act")
    assert (
        caller.link(row(act), **key) == first
        and not ActLink.objects.filter(source="api", gone_at=None).exists()
    )
    status, said = caller.send("post", "links", {"rows": [row(act, "other")]}, **key)
    assert (status, said["code"]) == (409, "key-reused")
    # The key is the token's own.
    assert other.link(row(act, "A-8", "case"), **key)["linked"] == 1
    status, said = caller.send("post", "links", {"rows": [row(act)]}, **{"Idempotency-Key": "x" * 65})
    assert (status, said["code"]) == (422, "invalid")


def test_each_row_is_judged_for_itself(grown: Bureau) -> None:
    caller, act = Caller("links:write", departments=[SECTION]), grown.things[OWN]["act"]
    done = caller.link(
        row(act),
        row(uuid4()),
        row(grown.things[BESIDE]["act"]),
        row(grown.things[BEYOND]["act"]),
        row(act, "  "),
        row(act, "1", "plan"),
        {"kind": "case", "number": "A-7"},
        row(act, "A-7", "case", match={"officer": "1", "at": "2026-01-01T00:00:00Z"}),
        row(act, "A-7", "case", name="多\n行\x00"),
        row(act, "A-9", "case"),
    )
    codes = [one["code"] for one in done["rows"]]
    unknown = ["act-unknown"] * 3
    assert codes == [None, *unknown, "link-number", "link-kind", "row", "row", "text", None]
    assert (done["linked"], done["refused"]) == (2, 8) and ActLink.objects.filter(source="api").count() == 2
    assert all(one["hint"] for one in done["rows"] if one["code"])


@pytest.mark.db
def test_an_act_is_found_by_officer_time_and_taxpayer(grown: Bureau) -> None:
    caller = Caller("links:write")
    number = Person.objects.get(id=OFFICER).number
    began = Recording.objects.get(id=RECORDING).opened_at

    def match(at: Any = began, **more: Any) -> dict[str, Any]:
        asked = {"officer": number, "at": format_time(at), **more}
        return caller.link({"kind": "case", "number": "A-7", "match": asked})["rows"][0]  # type: ignore[no-any-return]

    # Eight acts of the same stretch: none is taken.
    several = match()
    assert several["code"] == "no-match"
    made = acts.open_act(OFFICER, "C01", [OFFICER], "巨鹿宏达 商贸", [Span(str(RECORDING), 0, 900_000)])
    assert match(taxpayer="巨鹿宏达商贸")["act"] == str(made)
    links.link(OFFICER, made, "taxpayer", NUMBER)
    assert match(taxpayer=NUMBER.lower())["status"] == "present"
    assert match(began - timedelta(minutes=29), taxpayer=NUMBER)["status"] == "present"
    for wrong in (match(began - timedelta(hours=1), taxpayer=NUMBER), match(taxpayer="别家"),
                  match(officer="", taxpayer=NUMBER), match(officer="000", taxpayer=NUMBER)):  # fmt: skip
        assert {**wrong, "row": 0} == several  # nothing tells one miss from another
    beside = Person.objects.get(id=bureau.person_of("officer beside")).number
    here = Caller("links:write", departments=[SECTION])
    place = Recording.objects.get(id=grown.things[BESIDE]["recording"]).opened_at
    foreign = {"officer": beside, "at": format_time(place)}
    got = here.link({"kind": "case", "number": "A-7", "match": foreign})["rows"][0]
    assert got["code"] == "no-match"


def test_only_links_of_the_api_are_ended_by_it(grown: Bureau) -> None:
    caller, act = Caller(), grown.things[OWN]["act"]
    made = caller.link(row(act))["rows"][0]["link"]
    by_officer = links.link(OFFICER, act, "case", "A-7")
    for one in (by_officer, uuid4()):
        assert caller.send("delete", f"links/{one}?reason=wrong-act")[0] == 404
    foreign = Caller("links:write", departments=[bureau.OTHER])
    assert foreign.send("delete", f"links/{made}?reason=wrong-act")[0] == 404
    assert caller.send("delete", f"links/{made}?reason=because")[0] == 422
    for _ in range(2):
        assert caller.send("delete", f"links/{made}?reason=wrong-act") == (
            200,
            {"link": made, "status": "ended"},
        )
    assert Entry.objects.filter(kind="act-unlinked/1", actor=str(caller.id)).count() == 1
    assert ActLink.objects.get(id=made).gone_by == str(caller.id)


def test_no_officer_speaks_as_a_token_and_no_token_as_an_officer(grown: Bureau) -> None:
    from support.organisation import refused

    act, caller = grown.things[OWN]["act"], Caller("references:read")
    for actor in (OFFICER, str(ADMIN), str(caller.id), str(uuid4())):
        refused("act-writer", links.link, actor, act, "case", "A-7", "", "api")
    able = Caller("links:write")
    api_tokens.withdraw(able.id, "replaced", ADMIN)
    refused("act-writer", links.link, str(able.id), act, "case", "A-7", "", "api")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b"[]", 400, "json"),
        (b"\xff", 400, "json"),
        (b'{"rows":[],"rows":[]}', 400, "json"),
        (b'{"rows":[]}', 422, "invalid"),
        (b'{"rows":' + b"[" * 100_000, 400, "json"),
        (b'{"rows":[{"kind":"case","number":1e400}]}', 400, "json"),
        (b'{"rows":[{"kind":"case","number":["A-7"]}]}', 422, "invalid"),
        (b"x" * 262_145, 413, "body-long"),
        (json.dumps({"rows": [row(uuid4(), "1")] * 501}).encode(), 422, "invalid"),
    ],
    ids=["empty", "bare", "list", "no utf-8", "twice", "no row", "deep", "float", "form", "long", "many"],
)
def test_bad_bodies_are_refused_and_nothing_is_said_back(
    county: CountyWorld, body: bytes, status: int, code: str
) -> None:
    caller = Caller("links:write")
    before = size()
    got, said = caller.send("post", "links", body)
    assert (got, said["code"]) == (status, code)
    assert "A-7" not in json.dumps(said) and size() == before


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_body_of_another_type_is_refused(county: CountyWorld, kind: str) -> None:
    caller = Caller("links:write")
    client = Client(HTTP_HOST="127.0.0.1", headers={"Authorization": f"Bearer {caller.token}"})
    answer = client.generic("POST", "/api/v1/links", b"--x--", kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "content-type")


@pytest.mark.db
def test_a_nul_fits_nobody(grown: Bureau) -> None:
    match = {"officer": "\0", "at": "2026-11-02T09:00:00Z", "taxpayer": "\0"}
    done = Caller().send("post", "links", {"rows": [{"kind": "case", "number": "A-7", "match": match}]})[1]
    assert [one["code"] for one in done["rows"]] == ["no-match"]


def test_what_is_set_aside_and_taken_up_again_is_a_change_of_the_recording(grown: Bureau) -> None:
    head, puller = UUID(grown.people["unit-head"]), Caller("references:read")
    bare = Recording.objects.filter(department=SECTION, acts=0, drill=False).earliest("opened_at")
    since = puller.end_of("recordings")
    desk.set_aside(head, bare.id, "accidental", "")
    page = puller.get(f"recordings/changes?since={since}")
    assert [(one["id"], one["set_aside"]) for one in page["items"]] == [(str(bare.id), "accidental")]
    desk.assign(head, bare.id, UUID(OFFICER))
    page = puller.get(f"recordings/changes?since={page['next']}")
    assert [(one["id"], one["set_aside"]) for one in page["items"]] == [(str(bare.id), None)]


@pytest.mark.db
def test_each_kind_of_change_brings_its_act(grown: Bureau) -> None:
    from zhilu.server.evidence.services import outcomes

    act, puller = str(grown.things[OWN]["act"]), Caller("references:read")
    since = puller.end_of("acts")

    def changed() -> list[str]:
        nonlocal since
        page = puller.get(f"acts/changes?since={since}")
        since = page["next"]
        return [one["id"] for one in page["items"]]

    assert changed() == []
    link = links.link(OFFICER, grown.things[OWN]["act"], "case", "A-7")
    assert changed() == [act]
    links.unlink(OFFICER, link, "wrong-act")
    assert changed() == [act]
    outcome = outcomes.record(OFFICER, grown.things[OWN]["act"], "tax-collected", 100)
    assert changed() == [act]
    outcomes.withdraw(OFFICER, outcome, "other")
    assert changed() == [act] and changed() == []


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-02T09:00:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_time_that_no_act_can_have_is_refused_for_its_row_alone(grown: Bureau, at: str) -> None:
    odd = {"kind": "case", "number": "A-7", "match": {"officer": "000", "at": at}}
    done = Caller("links:write").link(odd, row(grown.things[OWN]["act"]))
    assert [(one["status"], one["code"]) for one in done["rows"]] == [
        ("refused", "match-at"),
        ("linked", None),
    ]


def test_a_token_that_guesses_is_counted_and_stopped(grown: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which taxpayer an officer wrote is text, which this token may not read."""
    monkeypatch.setattr(limits, "MISSES", 3)
    caller, other = Caller("links:write"), Caller("links:write")
    number = Person.objects.get(id=OFFICER).number
    at = format_time(Recording.objects.get(id=RECORDING).opened_at)
    acts.open_act(OFFICER, "C01", [OFFICER], "巨鹿宏达商贸", [Span(str(RECORDING), 0, 900_000)])

    def guess(taxpayer: str) -> dict[str, Any]:
        match = {"officer": number, "at": at, "taxpayer": taxpayer}
        return {"kind": "case", "number": "A-7", "match": match}

    codes = [one["code"] for one in caller.link(*map(guess, ("甲", "乙", "丙", "巨鹿宏达商贸")))["rows"]]
    assert codes == ["no-match"] * 3 + ["misses-many"]
    assert AccessRow.objects.get(person=caller.id).target == "/api/v1/links?missed=4"
    assert caller.link(row(grown.things[OWN]["act"]))["linked"] == 1  # by an act's id as before
    assert other.link(guess("巨鹿宏达商贸"))["linked"] == 1


def test_a_cursor_tells_nobody_how_much_others_entered(grown: Bureau) -> None:
    here, whole = Caller("references:read", departments=[SECTION]), Caller("references:read")
    since, own = here.end_of("acts"), grown.things[OWN]["act"]
    for number in range(3):
        links.link(str(grown.things[BESIDE]["person"]), grown.things[BESIDE]["act"], "case", f"B-{number}")
    links.link(OFFICER, own, "case", "A-7")
    page = here.get(f"acts/changes?since={since}&limit=1")
    assert [one["id"] for one in page["items"]] == [str(own)] and not page["more"]
    pages = [here.get(f"{what}/changes?limit=1") for what in ("acts", "recordings")]
    assert all(len(one["items"]) == 1 and not one["next"].isdigit() for one in pages)
    for foreign in (
        whole.end_of("acts"),
        since[:-1] + ("A" if since[-1] != "A" else "B"),
        "-1",
        "7",
        since[:-4],
    ):
        assert here.refused(f"acts/changes?since={foreign}") == (422, "cursor")


def test_the_description_is_a_page_like_others(county: CountyWorld) -> None:
    client = Client(HTTP_HOST="127.0.0.1")
    for path in ("/api/docs", "/api/v1/openapi.json"):
        answer = client.get(path)
        assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": "\u0007"}, "text"),
        ({"name": "\u3164"}, "text-unseen"),
        ({"number": "\u3164"}, "text-unseen"),
    ],
)
def test_a_row_that_is_wrong_in_itself_tells_nothing_of_the_act(
    grown: Bureau, wrong: dict[str, str], code: str
) -> None:
    acts.open_act(OFFICER, "C01", [OFFICER], "巨鹿宏达商贸", [Span(str(RECORDING), 0, 900_000)])
    at = format_time(Recording.objects.get(id=RECORDING).opened_at)
    match = {"officer": Person.objects.get(id=OFFICER).number, "at": at}
    caller, row = Caller("links:write"), {"kind": "case", "number": "A-7"} | wrong
    sent = [row | {"match": match | {"taxpayer": one}} for one in ("巨鹿宏达商贸", "别家")]
    assert [one["code"] for one in caller.link(*sent)["rows"]] == [code, code]
