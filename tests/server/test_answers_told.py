"""Who is told of a finding, when, and that no message holds what anybody wrote."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from support.answers_world import MONDAY, People, after, at, cleared, raised
from support.county_world import OFFICER
from zhilu.server.oversight.models import Message
from zhilu.server.oversight.services import answers, messages
from zhilu.server.oversight.services import telling_answers as telling
from zhilu.server.oversight.services.answers import Said

SECRET = "电池脱落"
SAID = Said("other", "other", SECRET)


def told(producer: Any, moment: datetime) -> list[tuple[UUID, str, dict[str, str | int]]]:
    with at(moment):
        return [(one.person, one.code, dict(one.params)) for one in producer(moment)]


def test_who_is_asked_is_told_until_he_has_explained_and_reminded_on_the_last_day(people: People) -> None:
    raised()
    one = raised("ends-early")
    tuesday, thursday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=3)
    mine = [entry for entry in told(telling.asked, tuesday) if entry[0] == people.me]
    said = {"rule": "ends-early", "day": "2026-05-29"}
    assert (people.me, "finding-asked", said | {"until": "2026-06-04"}) in mine
    assert not [entry for entry in mine if entry[1] == "finding-last-day"]
    assert (people.me, "finding-last-day", said) in told(telling.asked, thursday)
    with after(1):
        answers.explain(people.me, one, SAID)
    assert not [entry for entry in told(telling.asked, thursday) if entry[2].get("rule") == "ends-early"]
    assert not [entry for entry in told(telling.asked, thursday + timedelta(days=9)) if "until" in entry[2]
                and entry[2]["until"] == "2026-06-04"]  # fmt: skip


def test_what_is_found_again_when_its_days_are_over_is_told_until_it_is_explained(people: People) -> None:
    one, gone = raised(), raised("ends-early")
    friday, back = MONDAY + timedelta(days=4), MONDAY + timedelta(days=11)
    said = (people.me, "finding-again", {"rule": "gap", "day": "2026-05-29"})
    for moment in (MONDAY + timedelta(days=1), friday):
        assert not told(telling.again, moment), "it was found once"
    raised("ends-early", moment=MONDAY + timedelta(days=1), words=["more"])
    assert not told(telling.again, friday), "he had his days after it said more"
    for finding in (one, gone):
        cleared(finding, friday)
    assert not told(telling.again, friday)
    raised(moment=back)
    assert told(telling.again, back) == [said] and told(telling.again, back + timedelta(days=3)) == [said]
    assert not told(telling.again, back + timedelta(days=15)), "for two weeks"
    with at(back):
        answers.explain(people.me, one, SAID)
    assert not told(telling.again, back)


def test_whoever_is_to_decide_is_told_how_much_waits(people: People) -> None:
    one = raised()
    with after(1):
        id_ = answers.explain(people.me, one, SAID)
    before = {person: said for person, _code, said in told(telling.to_heads, MONDAY + timedelta(days=2))}
    assert before[people.head] == {"count": 1, "until": "2026-06-05"}
    assert people.me not in before and people.leader not in before
    with after(2):
        answers.decide(people.head, id_, "accepted")
    waits = told(telling.to_supervisors, MONDAY + timedelta(days=2))
    assert (people.supervisor, "finding-waits", {"count": 1, "until": "2026-06-10"}) in waits
    with after(2):
        answers.conclude(people.supervisor, one, "fault", SECRET, persons=[OFFICER])
    assert not told(telling.to_supervisors, MONDAY + timedelta(days=2))
    assert (people.me, "finding-ended", {"rule": "gap", "day": "2026-05-29", "conclusion": "fault"}) in told(
        telling.ended, MONDAY + timedelta(days=2)
    )
    with after(2):
        answers.sanction(people.head, people.me, [one], "criticism", SECRET)
        appeal = answers.appeal_finding(people.me, one, SECRET)
    sanctioned = told(telling.decided, MONDAY + timedelta(days=3))
    said = {"form": "criticism", "day": "2026-06-03", "until": "2026-06-17"}
    assert sanctioned == [(people.me, "sanction-told", said)]
    waits = told(telling.to_leaders, MONDAY + timedelta(days=3))
    assert (people.leader, "appeal-waits", {"day": "2026-06-03", "until": "2026-06-17"}) in waits
    with after(4):
        answers.decide_appeal(people.leader, appeal, "upheld", SECRET)
    assert not told(telling.to_leaders, MONDAY + timedelta(days=4))
    outcome = {"day": "2026-06-03", "outcome": "upheld"}
    assert (people.me, "appeal-told", outcome) in told(telling.decided, MONDAY + timedelta(days=4))


def test_a_grave_one_is_a_leaders(people: People) -> None:
    raised("clearing-refused", kind="docking")
    found = told(telling.to_leaders, MONDAY + timedelta(days=1))
    assert {person for person, code, _said in found if code == "finding-grave"} == {
        people.leader,
        people.leader_all,
    }


def test_the_rows_hold_no_text_of_anybody(people: People) -> None:
    """Through the worker's own pass: every message is one, and is told once."""
    one = raised()
    for persona in ("officer", "unit-head", "supervisor", "leader"):
        people.world.client(persona)
    with after(1):
        id_ = answers.explain(people.me, one, SAID)
        messages.tell_all()
        messages.tell_all()
        answers.decide(people.head, id_, "refused", SECRET)
        answers.conclude(people.supervisor, one, "fault", SECRET, persons=[OFFICER])
        messages.tell_all()
    rows = list(Message.objects.values())
    assert {"explanation-waits", "finding-ended", "explanation-told"} <= {row["code"] for row in rows}
    assert SECRET not in str(rows) and len({(row["person"], row["code"], row["key"]) for row in rows}) == len(
        rows
    )
    answer = people.world.client("officer").get("/messages")
    assert answer.status_code == 200 and "中断无说明" in answer.content.decode()
