"""Who has which recorder: issue, return, state, assignment; and keepers who reach for what is not theirs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse

from support.county_world import BUREAU, DEPARTMENT, DOCK_RP, KIOSK, OFFICER, SECTION, make_home, named_id
from support.equipment_world import (
    FOREIGN_DEPARTMENT,
    KEEPER,
    OTHER_DEPARTMENT,
    OTHER_KEEPER,
    OTHER_OFFICER,
    SYSTEM,
    WHOLE_KEEPER,
    EquipmentWorld,
    signer_of,
)
from support.queries import queries
from zhilu.errors import CallerError, DataError, ZhiluError
from zhilu.server.equipment import events, rules
from zhilu.server.equipment.models import Assignment, Issue, Recorder
from zhilu.server.equipment.services import keeping
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit

AUDIT = str(named_id("audit"))


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Any) -> EquipmentWorld:
    settings.ZHILU = make_home(tmp_path / "county")
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    world = EquipmentWorld(settings.ZHILU)
    world.found()
    return world


def said(answer: HttpResponse) -> str:
    return answer.content.decode()


def recorder(kid: str) -> Recorder:
    return Recorder.objects.get(kid=kid)


# By the pages.


def test_issue_return_and_who_had_it_when(world: EquipmentWorld) -> None:
    kid, client = world.recorder.kid, world.as_(KEEPER)
    issue, back = f"/recorders/{kid}/issue", f"/recorders/{kid}/return"
    assert client.post(issue, {"person": OFFICER, "department": ""}).status_code == 302
    held = Issue.objects.get()
    assert (str(held.person), str(held.department), held.by) == (OFFICER, SECTION, KEEPER)
    assert "已发放" in said(client.post(issue, {"person": "", "department": SECTION}))
    assert client.post(back, {"condition": "good"}).status_code == 302
    assert client.post(issue, {"person": "", "department": DEPARTMENT}).status_code == 302
    assert client.post(back, {"condition": "damaged"}).status_code == 302
    assert recorder(kid).state == "repair"
    assert [one.condition for one in Issue.objects.order_by("at")] == ["good", "damaged"]
    page = said(client.get(f"/recorders/{kid}"))
    assert "张建国" in page and "稽查局" in page and "损坏" in page and "维修中" in page
    assert "不在用" in said(client.post(issue, {"person": OFFICER, "department": ""}))
    assert client.post(back, {"condition": "good"}).status_code == 400


def test_lost_asks_first_and_ends_issue_and_binding(world: EquipmentWorld) -> None:
    kid, client = world.recorder.kid, world.as_(KEEPER)
    client.post(f"/recorders/{kid}/issue", {"person": OFFICER, "department": ""})
    sent = {"state": "lost", "reason": "在外遗失"}
    asked = client.post(f"/recorders/{kid}/state", sent)
    assert asked.status_code == 200 and "接口随即空出" in said(asked) and recorder(kid).state == "in-service"
    assert client.post(f"/recorders/{kid}/state", sent | {"confirmed": "yes"}).status_code == 302
    row, held = recorder(kid), Issue.objects.get()
    assert (row.state, row.station, row.bay, row.state_reason) == ("lost", None, None, "在外遗失")
    assert held.condition == "lost" and held.returned_at is not None
    page = said(client.get(f"/recorders/{kid}"))
    assert "在外遗失" in page and f"/recorders/{kid}/issue" not in page
    # Found again: in service, and to be bound anew.
    client.post(f"/recorders/{kid}/state", {"state": "in-service", "reason": "找回"})
    assert (recorder(kid).state, recorder(kid).bay) == ("in-service", None)


def test_a_recorder_not_returned_is_lost_after_a_question(world: EquipmentWorld) -> None:
    kid, client = world.recorder.kid, world.as_(KEEPER)
    client.post(f"/recorders/{kid}/issue", {"person": OFFICER, "department": ""})
    assert "接口随即空出" in said(client.post(f"/recorders/{kid}/return", {"condition": "lost"}))
    assert Issue.objects.get().returned_at is None
    client.post(f"/recorders/{kid}/return", {"condition": "lost", "confirmed": "yes"})
    assert recorder(kid).state == "lost" and Issue.objects.get().condition == "lost"


def test_assignment_names_bay_keys_and_policy(world: EquipmentWorld) -> None:
    kid, client = world.recorder.kid, world.as_(WHOLE_KEEPER)
    path = f"/recorders/{kid}/assign"
    sent = {"officer": OTHER_OFFICER, "deputy": "absent"}
    assert client.post(path, sent).status_code == 302
    newest = Assignment.objects.order_by("-id").first()
    assert newest is not None
    assert (str(newest.officer), newest.deputy, newest.drill) == (OTHER_OFFICER, True, False)
    page = said(client.get(f"/recorders/{kid}"))
    assert "林冲" in page and "代用" in page
    assert "安全密钥" in said(client.post(path, {"officer": world.second_officer, "deputy": ""}))
    for wrong in ({"officer": SYSTEM}, {"officer": "x"}, {"officer": OFFICER, "deputy": "no such reason"}):
        assert client.post(path, wrong).status_code == 400


def test_nobody_without_training_gets_a_recorder_but_for_a_drill(world: EquipmentWorld) -> None:
    novice, kid = str(named_id("novice")), world.recorder.kid
    world.person(novice, "武松", "officer", None)
    world.give_key(novice)
    client = world.as_(KEEPER)
    for path, name in (("issue", "person"), ("assign", "officer")):
        answer = client.post(f"/recorders/{kid}/{path}", {name: novice, "department": "", "deputy": ""})
        assert answer.status_code == 400 and f'id="id_{name}_error"' in said(answer)
    assert client.post(f"/recorders/{kid}/assign", {"officer": novice, "drill": "on"}).status_code == 302
    world.train(novice)
    assert client.post(f"/recorders/{kid}/issue", {"person": novice}).status_code == 302


# Not theirs.


def test_a_keeper_of_another_department_sees_and_does_nothing(world: EquipmentWorld) -> None:
    kid, client = world.recorder.kid, world.as_(OTHER_KEEPER)
    assert "XT-0001" not in said(client.get("/recorders"))
    before = Entry.objects.count()
    for path in ("", "/issue", "/return", "/state", "/assign"):
        assert client.get(f"/recorders/{kid}{path}").status_code == 404
    sent = {"person": OTHER_OFFICER, "condition": "good", "state": "lost", "reason": "x", "confirmed": "yes"}
    for path in ("issue", "return", "state", "assign"):
        assert client.post(f"/recorders/{kid}/{path}", sent | {"officer": OTHER_OFFICER}).status_code == 404
    assert Entry.objects.count() == before


def test_forged_ids_reach_no_other_department(world: EquipmentWorld) -> None:
    kid, client = world.recorder.kid, world.as_(KEEPER)
    before = Entry.objects.count()
    forged = [
        {"person": OTHER_OFFICER, "department": DEPARTMENT},
        {"person": "", "department": OTHER_DEPARTMENT},
        {"person": "", "department": FOREIGN_DEPARTMENT},
        {"person": str(named_id("nobody")), "department": DEPARTMENT},
        {"person": SYSTEM, "department": DEPARTMENT},
        {"person": "' OR 1=1", "department": "null"},
        {"person": "", "department": ""},
        {},
    ]
    for sent in forged:
        assert client.post(f"/recorders/{kid}/issue", sent).status_code == 400, sent
    assert client.post(f"/recorders/{kid}/assign", {"officer": OTHER_OFFICER}).status_code == 400
    assert Entry.objects.count() == before


def test_the_services_refuse_what_the_forms_never_offer(world: EquipmentWorld) -> None:
    """As a page with a hole in it would call them."""
    mine, own = world.rights(KEEPER), recorder(world.recorder.kid)
    other = recorder(world.enrol("XT-0300", OTHER_DEPARTMENT, bay=3))
    unowned = recorder(world.enrol("XT-0301", None))
    here, there = UUID(DEPARTMENT), UUID(OTHER_DEPARTMENT)
    calls: list[Callable[[], object]] = [
        lambda: keeping.issue(mine, other, here, None),
        lambda: keeping.issue(mine, own, there, None),
        lambda: keeping.issue(mine, unowned, here, None),
        lambda: keeping.give_back(mine, other, "good"),
        lambda: keeping.set_state(mine, other, "retired", "x"),
        lambda: keeping.assign(mine, other, UUID(OFFICER)),
        lambda: keeping.assign(mine, own, UUID(OTHER_OFFICER)),
        lambda: keeping.registration(mine, "recorder", "XT-0300", department=DEPARTMENT),
        lambda: keeping.registration(mine, "recorder", "XT-0001", department=OTHER_DEPARTMENT),
        lambda: keeping.registration(mine, "recorder", "XT-0999"),
        lambda: keeping.set_state(world.rights(SYSTEM), own, "retired", "x"),
    ]
    before = Entry.objects.count()
    for call in calls:
        with pytest.raises(CallerError) as caught:
            call()
        assert caught.value.code == "scope"
    assert Entry.objects.count() == before


# The rules, one by one.


def refused(world: EquipmentWorld, entry: str, **core: Any) -> str:
    before = Entry.objects.count()
    with pytest.raises(ZhiluError) as caught:
        world.say(entry, **core)
    assert Entry.objects.count() == before
    return caught.value.code


def test_each_rule_has_its_code(world: EquipmentWorld) -> None:
    kid, issue = world.recorder.kid, str(named_id("issue"))
    one: dict[str, Any] = {"issue": issue, "recorder": kid, "department": DEPARTMENT, "person": None}
    unknown = signer_of("nobody").kid
    kinds = ("recorder-issued/1", "recorder-state-set/1", "equipment-registered/1")
    owned = {"model": "", "asset": "", "department": None, "acquired": None}
    assert refused(world, kinds[0], **one | {"recorder": unknown}) == "device-unknown"
    assert refused(world, kinds[0], **one | {"department": FOREIGN_DEPARTMENT}) == "department-unknown"
    assert refused(world, kinds[0], **one | {"person": OTHER_OFFICER}) == "issue-person"
    assert refused(world, kinds[0], **one | {"person": SYSTEM}) == "officer"
    assert refused(world, "recorder-returned/1", issue=issue, condition="good") == "not-issued"
    world.say(kinds[0], **one)
    assert refused(world, kinds[0], **one | {"issue": str(named_id("second"))}) == "issued"
    assert refused(world, "recorder-returned/1", issue=issue, condition="eaten") == "condition"
    world.say("recorder-returned/1", issue=issue, condition="good")
    assert refused(world, kinds[0], **one) == "issue-known"
    assert refused(world, kinds[1], recorder=kid, state="in-service", reason="") == "recorder-state"
    assert refused(world, kinds[1], recorder=kid, state="asleep", reason="") == "recorder-state"
    assert refused(world, kinds[1], recorder=unknown, state="lost", reason="") == "device-unknown"
    assert refused(world, kinds[2], kind="drone", serial="X", **owned) == "equipment-kind"
    assert refused(world, kinds[2], kind="recorder", serial=" X", **owned) == "serial"
    assert (
        refused(world, kinds[2], kind="recorder", serial="X", **owned | {"model": "a\nb"}) == "equipment-text"
    )
    later = owned | {"acquired": "2999-01-01"}
    assert refused(world, kinds[2], kind="recorder", serial="X", **later) == "acquired"


@pytest.mark.parametrize("state", ["repair", "lost", "retired", "revoked"])
def test_what_is_not_in_service_is_neither_issued_nor_assigned_nor_bound(
    world: EquipmentWorld, state: str
) -> None:
    kid = world.enrol("XT-0200", bay=2)
    if state == "revoked":
        world.say("device-revoked/1", kid=kid, since="2026-11-24T00:00:00.000Z", reason="stolen")
    else:
        world.say("recorder-state-set/1", recorder=kid, state=state, reason="x")
    want = "revoked" if state == "revoked" else "recorder-state"
    one = {"issue": str(named_id("i")), "recorder": kid, "department": DEPARTMENT, "person": None}
    assert refused(world, "recorder-issued/1", **one) == want
    assert refused(world, "recorder-bound/1", recorder=kid, station=world.station.kid, bay=3) == want
    assert refused(world, "recorder-assigned/1", **assigned(world, kid)) == want


def assigned(world: EquipmentWorld, kid: str, **changed: Any) -> dict[str, Any]:
    return {
        "recorder": kid,
        "officer": OFFICER,
        "station": world.station.kid,
        "bay": 2,
        "rp_id": DOCK_RP,
        "origin": KIOSK,
        "credentials": [],
        "officer_check_least": "key",
        "drill": False,
        "deputy": False,
        "reason_code": None,
        **changed,
    }


def test_a_deputy_is_named_with_a_reason_and_nobody_else_is(world: EquipmentWorld) -> None:
    kid = world.enrol("XT-0200", bay=2)
    for deputy, reason in ((True, None), (True, "because"), (False, "absent")):
        core = assigned(world, kid, deputy=deputy, reason_code=reason)
        assert refused(world, "recorder-assigned/1", **core) == "deputy"
    for reason in rules.DEPUTY_REASONS:
        rules.check_deputy(True, reason)


# The list and the page.


def test_the_list_is_filtered_paged_and_keeps_what_was_asked(world: EquipmentWorld) -> None:
    for number in range(55):
        world.register(f"YT-{number:04}", SECTION)
    world.register("ZT-1", OTHER_DEPARTMENT)
    client = world.as_(SYSTEM)

    def shows(query: str, *serials: str) -> bool:
        page = said(client.get(f"/recorders?{query}"))
        return all(f">{serial}<" in page for serial in serials)

    assert shows("", "XT-0001", "YT-0000") and not shows("", "YT-0054") and shows("page=2", "YT-0054", "ZT-1")
    assert shows("q=zt-1", "ZT-1") and not shows("q=zt-1", "XT-0001")
    assert shows(f"department={DEPARTMENT}&page=2", "YT-0054") and not shows(
        f"department={DEPARTMENT}&page=2", "ZT-1"
    )
    assert "department=" in said(client.get(f"/recorders?department={DEPARTMENT}")).split("下一页")[0]
    assert shows("state=in-service", "XT-0001") and not shows("state=in-service", "YT-0000")
    assert shows("state=not-enrolled", "YT-0000") and not shows("state=not-enrolled", "XT-0001")
    assert not shows("state=revoked", "XT-0001") and not shows("out=yes", "XT-0001")
    assert shows("out=no", "XT-0001") and shows("idle=30", "XT-0001")
    for odd in ("q=%00", "department=x", "state=x", "idle=-1", "idle=9999999999", "page=x", "idle=٣"):
        assert client.get(f"/recorders?{odd}").status_code == 200


def test_a_docked_recorder_is_seen_with_clock_and_check(world: EquipmentWorld) -> None:
    world.publish()
    world.store()
    client = world.as_(KEEPER)
    page = said(client.get(f"/recorders/{world.recorder.kid}"))
    assert "+0.012 秒" in page and "执法人员安全密钥" in page and "第一采集站 · 1" in page
    assert "XT-0001" not in said(client.get("/recorders?idle=3650"))
    assert "XT-0001" in said(world.as_(SYSTEM).get(f"/stations/{world.station.kid}"))


def test_no_page_of_equipment_asks_much_of_the_database(world: EquipmentWorld) -> None:
    world.publish()
    world.store()
    for number in range(6):
        world.enrol(f"YT-{number:04}", bay=number + 2 if number < 3 else None)
    kid, system, keeper = world.recorder.kid, world.as_(SYSTEM), world.as_(KEEPER)
    keeper.post(f"/recorders/{kid}/issue", {"person": OFFICER})
    pages = ["/recorders", f"/recorders/{kid}", "/stations", f"/stations/{world.station.kid}"]
    asked = [
        *((keeper, path) for path in (*pages, "/equipment/register/recorder")),
        *((keeper, f"/recorders/{kid}/{one}") for one in ("issue", "return", "state", "assign")),
        *((system, path) for path in (*pages, "/equipment/certificates", "/equipment/enrol")),
        *((system, path) for path in (f"/recorders/{kid}/bind", f"/devices/{kid}/revoke")),
    ]
    for client, path in asked:
        assert queries(client, path) <= 15, path


# Two at once.


def at_once(*calls: Callable[[], object]) -> list[str]:
    """Codes of those that were refused."""
    codes: list[str] = []
    ready = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        ready.wait()
        while True:
            try:
                call()
                break
            except OperationalError:  # SQLite in memory does not wait for another thread's write
                time.sleep(0.01)
            except ZhiluError as error:
                codes.append(error.code)
                break
        connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


@pytest.fixture
def crowd(transactional_db: None, settings: Any, tmp_path: Any) -> EquipmentWorld:
    """Each thread has a connection and a transaction of its own."""
    settings.ZHILU = make_home(tmp_path / "county")
    world = EquipmentWorld(settings.ZHILU)
    world.found()
    return world


def test_of_two_who_issue_one_recorder_one_is_refused(crowd: EquipmentWorld) -> None:
    rights, kid = crowd.rights(KEEPER), crowd.recorder.kid
    calls = [lambda: keeping.issue(rights, recorder(kid), UUID(DEPARTMENT), None)] * 4
    assert at_once(*calls) == ["issued"] * 3
    assert Issue.objects.filter(returned_at=None).count() == 1


def test_of_two_recorders_one_gets_the_bay(crowd: EquipmentWorld) -> None:
    kids = [crowd.enrol(f"XT-{number}") for number in range(4)]
    calls = [lambda kid=kid: commit(events.RecorderBound(kid, crowd.station.kid, 4), BUREAU) for kid in kids]
    assert at_once(*calls) == ["bay-taken"] * 3
    assert Recorder.objects.filter(station=crowd.station.kid, bay=4).count() == 1


def test_a_recorder_revoked_meanwhile_is_not_assigned(crowd: EquipmentWorld) -> None:
    """The page was opened before: the rules see the tables as they are at the entry."""
    rights, own = crowd.rights(KEEPER), recorder(crowd.recorder.kid)
    crowd.say("device-revoked/1", kid=own.kid, since="2026-11-24T00:00:00.000Z", reason="stolen")
    with pytest.raises(DataError) as caught:
        keeping.assign(rights, own, UUID(OFFICER))
    assert caught.value.code == "revoked"
