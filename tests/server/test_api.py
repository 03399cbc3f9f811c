"""The API: references and statistics out, by token, scope and department."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from support import bureau
from support.api import ADMIN, Caller
from support.bureau import BESIDE, BEYOND, OTHER, OWN, Bureau
from support.county_world import OFFICER, RECORDING, SECTION, CountyWorld
from support.organisation import refused
from zhilu.server.api import limits
from zhilu.server.evidence.models import Act, Recording, Viewing, ViewingSpan
from zhilu.server.evidence.services import links
from zhilu.server.ledger import clock
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.models.base import applying
from zhilu.server.organisation.models import AccessListed, AccessRow, ApiToken
from zhilu.server.organisation.services import api_tokens


@pytest.fixture
def grown(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def test_a_token_is_shown_once_and_kept_by_its_hash(county: CountyWorld) -> None:
    caller = Caller("references:read")
    row, entry = ApiToken.objects.get(), Entry.objects.get(kind="api-token-granted/1")
    assert caller.token not in f"{row.__dict__}" and len(row.hash) == 64
    assert caller.token.encode() not in bytes(entry.core) + bytes(entry.personal or b"")
    assert "金税系统".encode() in bytes(entry.personal or b"")
    assert caller.get("acts") == {"items": [], "next": None}


def test_without_a_token_that_counts_nothing_is_answered(county: CountyWorld) -> None:
    caller = Caller()
    bare = Client(HTTP_HOST="127.0.0.1")
    for sent in (None, "Bearer", "Bearer zhilu_", f"Basic {caller.token}", f"Bearer {caller.token}x",
                 f"Bearer {caller.token[:-1]}", "Bearer zhilu_" + "A" * 43, caller.token):  # fmt: skip
        headers = {} if sent is None else {"Authorization": sent}
        answer = bare.get("/api/v1/acts", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "token"), sent
        assert answer["WWW-Authenticate"] == "Bearer"
    # Not in an address, and no session of a person either.
    assert bare.get(f"/api/v1/acts?token={caller.token}&access_token={caller.token}").status_code == 401
    assert county.sign_in(str(ADMIN)).get("/api/v1/acts").status_code == 401


def test_each_scope_opens_its_own_and_no_other(county: CountyWorld) -> None:
    today = clock.today()
    asked = {
        "references:read": ("get", "acts", None),
        "statistics:read": ("get", f"statistics?first={today}&last={today}", None),
        "links:write": ("post", "links", {"rows": [{"kind": "case", "number": "1", "act": str(uuid4())}]}),
        "tasks:write": ("post", "due-tasks", {"rows": [Caller().task()]}),
    }
    for scope in ("references:read", "text:read", "statistics:read", "links:write", "tasks:write"):
        caller = Caller(scope)
        for wanted, (method, path, body) in asked.items():
            status, said = caller.send(method, path, body)
            assert status == (200 if wanted == scope else 403), (scope, wanted)
            assert wanted == scope or (said["code"], said["fields"]) == ("scope", {"scope": wanted})


@pytest.mark.db
def test_what_expired_or_was_withdrawn_counts_no_longer(county: CountyWorld) -> None:
    short, gone = Caller(life=timedelta(hours=1)), Caller()
    assert short.get("acts") and gone.get("acts")
    api_tokens.withdraw(gone.id, "leaked", ADMIN)
    assert gone.refused("acts") == (401, "token")
    later = clock.now() + timedelta(hours=1)
    with clock.set_to(lambda: later):
        assert short.refused("acts") == (401, "token")
    refused("api-token-unknown", api_tokens.withdraw, gone.id, "leaked", ADMIN)


def test_who_may_grant_and_what(grown: Bureau) -> None:
    now = clock.now()

    def grant(
        scopes: Any = ("references:read",), places: Any = None, days: int = 30, actor: Any = ADMIN
    ) -> None:
        api_tokens.grant("x", scopes, places, now + timedelta(days=days), actor)

    refused("api-expires", grant, days=367)
    refused("api-expires", grant, days=-1)
    refused("api-scope", grant, scopes=())
    refused("api-scope", grant, scopes=("references:read", "media:read"))
    refused("api-scope", grant, scopes=("text:read", "text:read"))
    refused("api-departments", grant, places=())
    refused("department-unknown", grant, places=[UUID(bureau.FOREIGN)])
    for scopes, tasks in ((("tasks:write",), 0), (("tasks:write",), 200_001), (("links:write",), 5)):
        refused("api-tasks", api_tokens.grant, "x", scopes, None, now + timedelta(days=1), ADMIN, tasks)
    refused("actor", grant, actor=UUID(grown.people["system-administrator"]))
    refused("api-name", api_tokens.grant, " ", ("text:read",), None, now + timedelta(days=1), ADMIN)


@pytest.mark.db
def test_a_token_of_one_department_sees_that_one_only(grown: Bureau) -> None:
    here, whole = Caller(departments=[SECTION]), Caller()
    for thing, kind in (("acts", "act"), ("recordings", "recording")):
        assert {one["department"]["id"] for one in here.get(f"{thing}?limit=200")["items"]} == {SECTION}
        places = {one["department"]["id"] for one in whole.get(f"{thing}?limit=200")["items"]}
        assert places == {SECTION, OTHER}
        changed = here.get(f"{thing}/changes?limit=200")
        assert {one["department"]["id"] for one in changed["items"]} == {SECTION}
        assert here.get(f"{thing}/{grown.things[OWN][kind]}")["id"] == str(grown.things[OWN][kind])
        for caller, place in ((here, BESIDE), (here, BEYOND), (whole, BEYOND)):
            assert caller.refused(f"{thing}/{grown.things[place][kind]}") == (404, "not-found")
    assert here.get(f"recordings?act={grown.things[BESIDE]['act']}")["items"] == []
    first = clock.today() - timedelta(days=300)
    rows = here.get(f"statistics?first={first}&last={clock.today()}")["rows"]
    assert {row["key"] for row in rows} == {SECTION}


def test_a_department_stands_for_those_below_it(grown: Bureau) -> None:
    above = Caller(departments=[grown.things[OWN]["above"]])
    assert {one["department"]["id"] for one in above.get("acts")["items"]} == {SECTION}


def test_text_goes_out_with_its_scope_only(grown: Bureau) -> None:
    act = grown.things[OWN]["act"]
    links.link(OFFICER, act, "taxpayer", "91130529MA0TEST01X", "巨鹿宏达商贸有限公司")
    bare, full = Caller("references:read").get(f"acts/{act}"), Caller().get(f"acts/{act}")
    for told in ("某纳税人", "今天", "某处", "巨鹿宏达商贸有限公司"):
        assert told not in json.dumps(bare, ensure_ascii=False)
        assert told in json.dumps(full, ensure_ascii=False)
    assert "91130529MA0TEST01X" in [one["number"] for one in bare["links"]]
    assert bare["statement"]["complete"] == ["time", "place"] and bare["statement"]["version"] == 1
    assert bare["officers"] == [OFFICER[-6:]] and bare["spans"][0]["recording"] == str(RECORDING)


@pytest.mark.db
def test_acts_are_found_by_number_officer_day_procedure(grown: Bureau) -> None:
    act, other = grown.things[OWN]["act"], grown.things[BESIDE]["act"]
    links.link(OFFICER, act, "document", "巨税稽〔2026〕12号")
    links.link(bureau.person_of("officer beside"), other, "case", "A-7")
    caller, today = Caller(), clock.today()

    def found(**asked: str) -> set[str]:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        return {one["id"] for one in caller.get(f"acts?limit=200&{query}")["items"]}

    assert found(document="巨税稽 〔2026〕12号") == {str(act)}
    assert found(case="A-7") == {str(other)} and found(case="A-7", document="巨税稽〔2026〕12号") == set()
    assert found(taxpayer="A-7") == set()
    assert str(act) in found(officer=OFFICER[-6:], first=str(today), last=str(today), procedure="C01")
    assert found(first=str(today + timedelta(days=1))) == set() == found(procedure="C02")
    links.unlink(OFFICER, Act.objects.get(id=act).links.get(kind="document").id, "wrong-number")
    assert found(document="巨税稽〔2026〕12号") == set()


@pytest.mark.db
def test_pages_hold_each_row_once_whatever_comes_meanwhile(grown: Bureau) -> None:
    caller, got, cursor = Caller(), [], ""
    while cursor is not None:
        page = caller.get(f"recordings?limit=4&cursor={cursor}")
        got += [one["id"] for one in page["items"]]
        cursor = page["next"]
    want = Recording.objects.filter(drill=False).exclude(department=bureau.FOREIGN)
    assert len(got) == len(set(got)) == want.count() and set(got) == {str(one.id) for one in want}


@pytest.mark.parametrize(
    "cursor", ["x", "1_1", "1767225600000000_x", "_" * 64, "9" * 64, "²_" + OFFICER, "-1_" + OFFICER]
)
def test_a_cursor_that_is_none_is_refused(county: CountyWorld, cursor: str) -> None:
    assert Caller().refused(f"acts?cursor={cursor}") == (422, "cursor")


def test_a_forged_cursor_gives_no_right(grown: Bureau) -> None:
    foreign = Recording.objects.filter(department=OTHER).earliest("opened_at")
    cursor = f"32472144000000000_{foreign.id}"
    items = Caller(departments=[SECTION]).get(f"recordings?cursor={cursor}&limit=200")["items"]
    assert items and {one["department"]["id"] for one in items} == {SECTION}


@pytest.mark.db
def test_statistics_say_both_numbers_of_each_rate(grown: Bureau) -> None:
    act = grown.things[OWN]["act"]
    links.link(OFFICER, act, "case", "A-7")
    today = clock.today()
    caller = Caller()
    rows = {row["key"]: row for row in caller.get(f"statistics?first={today}&last={today}")["rows"]}
    for place in (SECTION, OTHER):
        part = Act.objects.filter(department=place, linked_case=True).count()
        assert part > 0 and rows[place]["acts"] == 8
        assert rows[place]["linked_case"] == {"part": part, "of": 8}
    assert rows[SECTION]["complete"] == {"part": 0, "of": 8}
    assert bureau.FOREIGN not in rows
    by_day = caller.get(f"statistics?first={today}&last={today}&by=day")["rows"]
    assert [(row["key"], row["acts"]) for row in by_day] == [(str(today), 16)]
    by_procedure = caller.get(f"statistics?first={today}&last={today}&by=procedure")["rows"]
    assert [(row["key"], row["acts"], row["recordings"]) for row in by_procedure] == [("C01", 16, None)]
    first = Recording.objects.earliest("opened_at").opened_at.date()
    span = caller.get(f"statistics?first={first}&last={first + timedelta(days=300)}")["rows"]
    told = {row["key"]: row for row in span}
    own = Recording.objects.filter(department=SECTION, drill=False)
    assert told[SECTION]["recordings"] == own.count()
    assert told[SECTION]["described"] == {"part": own.filter(acts__gt=0).count(), "of": own.count()}
    assert caller.refused(f"statistics?first={today}&last={today - timedelta(days=1)}") == (422, "days")
    assert caller.refused(f"statistics?first=2020-01-01&last={today}") == (422, "days")


@pytest.mark.db
def test_a_viewing_counts_once_in_each_department_that_it_reaches_into(grown: Bureau) -> None:
    viewing, today = grown.things[OWN]["viewing"], clock.today()
    with applying():
        for number, place in enumerate((SECTION, OTHER)):
            recording = Recording.objects.filter(department=place).order_by("-opened_at")[1]
            ViewingSpan.objects.create(
                id=f"{viewing}/{number}", viewing_id=viewing, recording=recording.id, first=0, last=1, entry=1
            )
        Viewing.objects.filter(id=viewing).update(approved=True)
        Viewing.objects.filter(id=grown.things[BESIDE]["viewing"]).update(kind="copy")
    caller = Caller()
    rows = {row["key"]: row for row in caller.get(f"statistics?first={today}&last={today}")["rows"]}
    told = {key: (row["viewings"], row["viewings_approved"], row["copies"]) for key, row in rows.items()}
    assert told[SECTION] == (1, {"part": 1, "of": 1}, 0)
    assert told[OTHER] == (1, {"part": 1, "of": 1}, 1)
    (day,) = caller.get(f"statistics?first={today}&last={today}&by=day")["rows"]
    assert (day["viewings"], day["copies"]) == (1, 1)


def test_every_call_is_in_the_access_log_and_no_token_is(
    grown: Bureau, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caller, act = Caller(), grown.things[OWN]["act"]
    before = AccessRow.objects.latest("id").id
    shown = caller.get("acts?limit=3")["items"]
    caller.get("acts?case=A-7&first=2026-01-01")
    caller.get(f"acts/{act}")
    caller.refused(f"acts/{uuid4()}")
    caller.link({"kind": "case", "number": "A-7", "act": str(act)})
    Client(HTTP_HOST="127.0.0.1").get("/api/v1/acts", headers={"Authorization": f"Bearer {caller.token}z"})
    rows = list(AccessRow.objects.filter(id__gt=before).order_by("id"))
    assert [(row.person, row.action, row.success) for row in rows] == [
        (caller.id, "api-read", True),
        (caller.id, "api-read", True),
        (caller.id, "api-read", True),
        (caller.id, "api-read", False),
        (caller.id, "api-write", True),
        (None, "api-read", False),
    ]
    assert rows[1].target == "/api/v1/acts?case=*&first=2026-01-01"
    assert rows[2].about == act and rows[3].about is not None
    listed = AccessListed.objects.filter(row=rows[0]).order_by("id").values_list("about", flat=True)
    assert [str(one) for one in listed] == [one["id"] for one in shown]
    assert list(AccessListed.objects.filter(row=rows[4]).values_list("about", flat=True)) == [act]
    written = caplog.text + str(list(AccessRow.objects.values())) + str(list(Entry.objects.values()))
    assert caller.token not in written and caller.token[6:] not in written


@pytest.mark.db
def test_a_token_has_so_many_calls_a_minute(county: CountyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CALLS", 3)
    monkeypatch.setattr(limits, "GUESSES", 2)
    at = clock.now()
    with clock.set_to(lambda: at):
        one, other = Caller(), Caller()
        assert [one.send("get", "acts")[0] for _ in range(5)] == [200, 200, 200, 429, 429]
        assert other.send("get", "acts")[0] == 200
        guess = Client(HTTP_HOST="127.0.0.1")
        assert [guess.get("/api/v1/acts").status_code for _ in range(3)] == [401, 401, 429]
        # Who has a token is not held up by a neighbour who guesses.
        assert other.send("get", "acts")[0] == 200
        assert api_tokens.last_used()[one.id] == at
        # What else is counted of callers is nobody's token.
        assert limits.take(limits.missing(one.id), 1, 60) and set(api_tokens.last_used()) == {
            one.id,
            other.id,
        }
    with clock.set_to(lambda: at + timedelta(minutes=1)):
        assert one.send("get", "acts")[0] == 200


def test_it_answers_in_the_callers_language(county: CountyWorld) -> None:
    caller = Caller("references:read")
    for language, word in (("zh-CN", "权限范围"), ("en", "scope")):
        status, said = caller.send("get", f"statistics?first={clock.today()}&last={clock.today()}",
                                   **{"Accept-Language": language})  # fmt: skip
        assert status == 403 and said["code"] == "scope" and word in said["hint"], said
