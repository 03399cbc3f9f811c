"""Home pages and what is held about somebody: due tasks, findings, reviews, each his own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from support import bureau
from support.bureau import OTHER, Bureau
from support.county_world import OFFICER, CountyWorld
from support.oversight_rows import asked, due
from support.queries import queries
from zhilu.server.ledger.clock import now, today
from zhilu.server.ledger.models.base import applying
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.oversight.models import Appeal, Drawn, DueTask, Explanation, Finding, FindingPerson
from zhilu.server.pages.services import overseen, tasks
from zhilu.server.pages.services.tasks.desk import Desk

BESIDE_OFFICER = bureau.person_of("officer beside")


@pytest.fixture
def grown(county: CountyWorld) -> Bureau:
    """Nothing is asked of anybody, nothing is due."""
    made = bureau.of(county)
    with applying():
        DueTask.objects.update(withdrawn=True)
        Finding.objects.update(state="concluded", conclusion="no-fault")
        Explanation.objects.filter(decision="").update(decision="refused")
        Appeal.objects.filter(decision="").update(decision="upheld")
        Drawn.objects.update(state="done")
    return made


def cards(grown: Bureau, persona: str, role: str) -> dict[str, Any]:
    desk = Desk(rights_of(UUID(grown.people[persona])), now())
    return {card.title: card for card in tasks.cards(desk, role)}


def test_an_officer_is_told_what_is_due_and_until_when_to_explain(grown: Bureau) -> None:
    due("mine", "pending")
    due("done", "recorded")
    due("his", "pending", OTHER, BESIDE_OFFICER)
    asked("x", "missing")
    asked("y", "late", cleared_at=now())
    asked("z", "late", department=OTHER, person=BESIDE_OFFICER)
    told = cards(grown, "officer", "officer")
    card = told["今明两日应录"]
    assert (card.count, card.tone) == (1, "waits") and "纳税人 mine" in card.lines[0][0]
    card = told["待说明的问题"]
    assert (card.count, card.tone) == (1, "waits") and "说明截止" in card.lines[0][0]
    with applying():
        Finding.objects.filter(rule="missing").update(raised_at=now() - timedelta(days=20))
        FindingPerson.objects.filter(finding__rule="missing").update(asked_at=now() - timedelta(days=20))
    assert cards(grown, "officer", "officer")["待说明的问题"].tone == "late"


def test_each_role_is_told_of_its_own_step_in_its_own_departments(grown: Bureau) -> None:
    long_ago = now() - timedelta(days=40)
    for name, department, person in (("x", None, OFFICER), ("y", OTHER, BESIDE_OFFICER)):
        more = {"department": department} if department else {}
        asked(name, "missing", person=person, **more)
        asked(f"{name} refer", "viewing-burst", severity="refer", person=person, **more)
    due("late", "missing")
    assert "待结论的问题" not in cards(grown, "supervisor", "supervisor"), "there is time left to explain"
    with applying():
        Finding.objects.filter(severity="serious").update(raised_at=long_ago)
    assert cards(grown, "supervisor", "supervisor")["待结论的问题"].count == 1
    assert cards(grown, "supervisor*", "supervisor")["待结论的问题"].count == 2
    assert cards(grown, "leader", "leader")["移送与申诉"].count == 1
    assert cards(grown, "leader*", "leader")["移送与申诉"].count == 2
    for persona in ("unit-head", "supervisor", "leader"):
        assert cards(grown, persona, persona)["今日应录，尚无录制"].tone == "late"
    assert "移送与申诉" not in cards(grown, "supervisor*", "supervisor")


def test_nobody_is_told_to_decide_about_himself(grown: Bureau) -> None:
    asked("x", "missing", person=grown.people["supervisor"])
    with applying():
        Finding.objects.filter(rule="missing").update(raised_at=now() - timedelta(days=40))
    assert "待结论的问题" not in cards(grown, "supervisor", "supervisor")
    assert cards(grown, "supervisor*", "supervisor")["待结论的问题"].count == 1


def test_home_and_what_is_held_ask_little_and_show_ones_own(grown: Bureau) -> None:
    for name in "abcdef":
        due(name, "pending")
        asked(name, "missing")
    due("his", "pending", OTHER, BESIDE_OFFICER)
    asked("his", "late", department=OTHER, person=BESIDE_OFFICER)
    for persona in ("officer", "unit-head", "supervisor", "leader"):
        assert queries(grown.client(persona), "/") <= 15, persona
    client = grown.client("officer")
    for part, mine, his in (("due", "纳税人 a", "纳税人 his"), ("questions", "应录未录", "逾期上传")):
        text = client.get(f"/me?part={part}").content.decode()
        assert mine in text and his not in text
        assert queries(client, f"/me?part={part}") <= 15
        assert client.get(f"/me?part={part}&export=xlsx").status_code == 200
    for part in ("reviewed", "sanctions"):
        assert client.get(f"/me?part={part}").status_code == 200
    assert str(today()) in client.get("/me?part=questions").content.decode()


def test_a_head_is_told_of_as_many_explanations_as_the_list_has(grown: Bureau) -> None:
    """Of one finding two."""
    asked("x", "missing")
    one = Finding.objects.get(rule="missing", conclusion="")
    with applying():
        for number, by in enumerate((OFFICER, BESIDE_OFFICER)):
            Explanation.objects.create(
                id=UUID(int=number + 1), finding=one.id, by=UUID(str(by)), kind="other", reason="other",
                department=one.department, at=now(), entry=1, attachments=[],
            )  # fmt: skip
    (card,) = (
        one for one in cards(grown, "unit-head", "unit-head").values() if one.url == "/work/explanations"
    )
    listed = grown.client("unit-head").get("/work/explanations").content.decode()
    waiting, _known = overseen.waiting(rights_of(UUID(grown.people["unit-head"])), now())
    assert card.count == listed.count('href="/explanations/') == waiting["explanations"] == 2
