"""Home pages, grants and the review, logs: what they say is what is there."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import openpyxl
import pytest
from django.urls import resolve

from support import bureau, matrix
from support.bureau import OWN, Bureau
from support.county_world import OFFICER, SECTION, CountyWorld
from zhilu.server.equipment.models import Alarm
from zhilu.server.equipment.rules import HANDLED
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.ledger.clock import set_to
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleGranted
from zhilu.server.organisation.models import AccessRow, Review, Role
from zhilu.server.organisation.rules import review_due
from zhilu.server.organisation.services import access, reviews
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.pages.nav import LONG, menu
from zhilu.server.pages.services import tasks
from zhilu.server.pages.services.tasks.desk import Desk
from zhilu.server.pages.templatetags.zhilu import beijing


@pytest.fixture
def grown(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def titles(grown: Bureau, persona: str, role: str, at: datetime | None = None) -> dict[str, Any]:
    person = UUID(grown.people[persona])
    desk = Desk(rights_of(person), at or datetime.now(UTC))
    found = tasks.cards_apart(desk, role) if role.endswith("+") else tasks.cards(desk, role)
    return {card.title: card for card in found}


def test_an_officer_is_told_of_his_own_unfinished_statements_only(grown: Bureau) -> None:
    card = titles(grown, "officer", "officer")["待完善的七要素"]
    assert card.count == 8
    assert card.tone == "waits"
    later = titles(grown, "officer", "officer", datetime.now(UTC) + timedelta(days=4))
    assert later["待完善的七要素"].tone == "late"


def test_what_was_found_at_another_bureau_stands_here_until_it_is_handled(grown: Bureau) -> None:
    role = "audit-administrator"
    raise_alarm("neighbour-differs", "qinghe")
    assert titles(grown, "officer", "officer").get("各局账本") is None
    card = titles(grown, role, role)["各局账本"]
    assert (card.tone, card.count) == ("wrong", 1) and "清河县税务局" in card.lines[0][0]
    Alarm.objects.update(state=HANDLED)
    assert "各局账本" not in titles(grown, role, role)


def test_a_finished_statement_waits_no_more(grown: Bureau) -> None:
    from zhilu.server.evidence.models import Act
    from zhilu.server.evidence.rules import ELEMENTS
    from zhilu.server.evidence.services.acts import file_statement

    act = Act.objects.get(id=grown.things[OWN]["act"])
    file_statement(UUID(OFFICER), act, 1, dict.fromkeys(ELEMENTS, "有"))
    assert titles(grown, "officer", "officer")["待完善的七要素"].count == 7
    # A later version that lacks something makes it unfinished again.
    file_statement(UUID(OFFICER), act, 2, {"time": "有"})
    assert titles(grown, "officer", "officer")["待完善的七要素"].count == 8


def test_an_officer_is_told_of_his_recordings_that_no_act_names(grown: Bureau) -> None:
    from zhilu.server.evidence.models import ActSpan, Recording

    named = set(ActSpan.objects.values_list("recording", flat=True))
    mine = Recording.objects.filter(officer=OFFICER, drill=False).order_by("opened_at")
    waiting = [one for one in mine if one.id not in named]
    assert 2 < len(waiting) < mine.count() < Recording.objects.count()
    soon = waiting[0].opened_at + timedelta(days=2)
    card = titles(grown, "officer", "officer", soon)["尚未立项的录制"]
    due = beijing(waiting[0].opened_at + timedelta(days=3))[5:16]
    assert (card.count, card.tone) == (len(waiting), "waits")
    assert f"· {due} 前填写说明" in card.lines[0][0] and str(waiting[0].id) in card.lines[0][1]
    later = titles(grown, "officer", "officer", soon + timedelta(days=2))
    assert later["尚未立项的录制"].tone == "late"
    client = grown.client("officer")
    listed = client.get(card.url).context["rows"]
    assert {row.recording.id for row in listed} == {one.id for one in waiting}
    assert "/work/recordings" in client.get("/acts").content.decode()


def test_the_head_of_a_unit_is_told_of_his_departments(grown: Bureau) -> None:
    assert titles(grown, "unit-head", "unit-head+")["本部门待完善的七要素"].count == 8
    assert titles(grown, "unit-head*", "unit-head+")["本部门待完善的七要素"].count == 16


def test_each_role_has_a_home_page_and_a_menu_of_what_it_may_open(grown: Bureau) -> None:
    for persona in grown.people:
        if persona != "no-role":
            client = grown.client(persona)
            assert client.get("/").status_code == 200
            for group in menu(rights_of(UUID(grown.people[persona])).roles, "/"):
                for link in group.links:
                    assert opens(persona.rstrip("*"), link.url), (persona, link.url)


def opens(role: str, url: str) -> bool:
    """By the table, which test_matrix asks of each page."""
    name = resolve(urlsplit(url).path).url_name
    if name not in matrix.PAGES:
        return name in matrix.EVERYBODY
    return matrix.letters(matrix.PAGES[name])[role] in "a-"


def test_a_long_menu_shows_its_first_group_and_the_one_of_the_page() -> None:
    head = frozenset({"officer", "unit-head", "approver"})
    for path, shown in (
        ("/", ["work"]),
        ("/findings", ["work", "oversight"]),
        ("/ledger/", ["work", "records"]),
    ):
        folded = menu(head, path)
        assert sum(len(group.links) for group in folded) > LONG
        assert [group.code for group in folded if group.is_open] == shown, path
    assert all(group.is_open for group in menu(frozenset({"trainer"}), "/"))


def test_the_auditor_is_told_of_lists_that_were_taken_out(grown: Bureau) -> None:
    def taken() -> int:
        return int(titles(grown, "audit-administrator", "audit-administrator")["最近七天导出的文件"].count)

    before = taken()
    grown.client("viewer").get("/acts?export=xlsx")
    grown.client("audit-administrator").get("/logs/access?export=xlsx")
    assert taken() == before + 2


def test_grants_are_given_and_withdrawn_with_a_reason(grown: Bureau) -> None:
    client, person = grown.client("security-administrator"), grown.people["no-role"]
    path = f"/grants/{person}"
    # No reach chosen: a slip gives nothing.
    assert client.post(path, {"role": "viewer"}).status_code == 400
    assert client.post(path, {"role": "viewer", "reach": "bureau", "departments": SECTION}).status_code == 400
    sent = {"role": "viewer", "reach": "departments", "departments": SECTION}
    page = client.post(path, sent).content.decode()
    assert 'name="confirmed"' in page and "申请调阅" in page
    assert not Role.objects.filter(person=person, ended_at=None).exists()
    assert client.post(path, sent | {"confirmed": "yes"}).status_code == 302
    assert Role.objects.get(person=person, ended_at=None).scope == [SECTION]
    # Refused in words: no code stands in a sentence.
    again = client.post(path, sent).content.decode()
    assert "此人已有角色 调阅人" in again and "角色 viewer" not in again
    asked = client.post(f"{path}/withdraw", {"role": "viewer", "reason": "<b>调岗</b>"})
    assert "&lt;b&gt;调岗" in asked.content.decode()
    assert Role.objects.filter(person=person, ended_at=None).exists()
    client.post(f"{path}/withdraw", {"role": "viewer", "reason": "调岗", "confirmed": "yes"})
    assert not Role.objects.filter(person=person, ended_at=None).exists()


def test_nobody_grants_himself_nor_a_department_of_another_bureau(grown: Bureau) -> None:
    client, me = grown.client("security-administrator"), grown.people["security-administrator"]
    assert client.post(f"/grants/{me}", {"role": "viewer", "reach": "bureau"}).status_code == 400
    foreign = {"role": "viewer", "reach": "departments", "departments": bureau.FOREIGN}
    assert client.post(f"/grants/{grown.people['no-role']}", foreign).status_code == 400


def test_who_sees_a_department(grown: Bureau) -> None:
    client = grown.client("security-administrator")
    page = client.get("/grants/departments", {"department": bureau.OTHER}).content.decode()
    assert "viewer 全局" in page
    assert "viewer 本科" not in page


def test_a_review_looks_at_every_grant_and_withdraws_at_once(grown: Bureau) -> None:
    client = grown.client("security-administrator")
    me = grown.people["security-administrator"]
    grants = list(Role.objects.filter(ended_at=None).exclude(person=me))
    gone = next(one for one in grants if str(one.person) == grown.people["viewer"])
    choices = {f"grant-{one.id}": "withdraw" if one == gone else "keep" for one in grants}
    # Without a reason, and with one grant not looked at: nothing happens.
    assert client.post("/grants/reviews/new", choices).status_code == 400
    unseen = choices | {f"grant-{gone.id}": "", "reason": "x"}
    assert client.post("/grants/reviews/new", unseen).status_code == 400
    assert Review.objects.count() == 0
    asked = client.post("/grants/reviews/new", choices | {"reason": "不再需要"})
    assert 'name="confirmed"' in asked.content.decode() and Review.objects.count() == 0
    sent = choices | {"reason": "不再需要", "confirmed": "yes"}
    assert client.post("/grants/reviews/new", sent).status_code == 302
    review = Review.objects.get()
    assert review.withdrawn == 1
    assert review.digest == reviews.digest_of(list(Role.objects.filter(ended_at=None)))
    assert Role.objects.get(id=gone.id).ended_at is not None


def test_nobody_reviews_grants_of_his_own(grown: Bureau) -> None:
    from zhilu.errors import CallerError

    me = UUID(grown.people["security-administrator"])
    own = Role.objects.get(person=me, ended_at=None)
    page = grown.client("security-administrator").get("/grants/reviews/new").content.decode()
    assert f"grant-{own.id}" not in page and "由其他安全管理员复核" in page
    seen = dict.fromkeys(Role.objects.filter(ended_at=None).values_list("id", flat=True), "keep")
    with pytest.raises(CallerError) as raised:
        reviews.finish(seen, "", me)
    assert raised.value.code == "review-self" and Review.objects.count() == 0


def test_a_grant_that_came_meanwhile_stops_the_review(grown: Bureau) -> None:
    from zhilu.errors import CallerError

    others = Role.objects.filter(ended_at=None).exclude(person=grown.people["security-administrator"])
    seen = dict.fromkeys(others.values_list("id", flat=True), "keep")
    commit(RoleGranted(grown.people["no-role"], "officer"), "julu")
    with pytest.raises(CallerError) as raised:
        reviews.finish(seen, "", UUID(grown.people["security-administrator"]))
    assert raised.value.code == "review-changed"


@pytest.mark.parametrize(
    ("last", "is_review", "due"),
    [
        (date(2026, 3, 1), False, date(2026, 7, 1)),
        (date(2026, 3, 1), True, date(2027, 1, 1)),
        (date(2026, 12, 31), True, date(2027, 7, 1)),
        (date(2026, 7, 1), False, date(2027, 1, 1)),
    ],
)
def test_a_review_falls_due_in_every_half_year(last: date, is_review: bool, due: date) -> None:
    assert review_due(last, is_review) == due


def test_logs_filter_count_and_search(grown: Bureau) -> None:
    client = grown.client("audit-administrator")
    page = client.get("/logs/access", {"kind": "sign-in", "success": "no"}).context
    assert {line.cells[3] for line in page["lines"]} == {"否"}
    assert page["stats"].total == len(grown.people)
    found = client.get("/logs/access", {"q": "evidence.zip"}).context
    assert found["stats"].total == len(grown.people)
    filmed = {"first": "2026-11-24", "last": "2026-11-25"}
    assert client.get("/logs/logbook", filmed).context["stats"].total > 0
    assert client.get("/logs/entries", {"kind": "person-added/1"}).context["stats"].total > 20
    lines = client.get("/logs/entries", {"kind": "department-set/1"}).context["lines"]
    assert "检查一科" in {line.cells[2] for line in lines}
    lines = client.get("/logs/entries", {"kind": "recording-stored/1"}).context["lines"]
    assert lines and all(line.cells[2].startswith("录制 ") for line in lines)
    assert client.get("/logs/nothing").status_code == 404


def test_strange_questions_are_answered(grown: Bureau) -> None:
    client = grown.client("audit-administrator")
    odd = ["first=x&last=y", "older=x", f"newer=1_{'9' * 40}", "q=%00", "kind=%27", "kind=%00"]
    for query in (*odd, "last=0001-01-01"):
        assert client.get(f"/logs/access?{query}").status_code == 200
    assert client.get("/logs/handovers?older=1795514400000000_%00%27").status_code == 200
    security = grown.client("security-administrator")
    for query in ("q=%00", "role=%00&department=x", "page=-1"):
        assert security.get(f"/grants?{query}").status_code == 200
        assert security.get(f"/people?{query}").status_code == 200


def test_a_log_is_read_page_after_page_and_back(grown: Bureau) -> None:
    """Many rows of the same moment, too; and what comes in meanwhile moves no page."""
    client = grown.client("audit-administrator")
    at = AccessRow.objects.latest("id").at
    for number in range(120):
        AccessRow.objects.create(at=at, action="GET", target=f"/paged/{number}", success=True, address="x")
    first = client.get("/logs/access", {"q": "/paged/"}).context
    shown, page = [line.cells[2] for line in first["lines"]], first
    while page["older"] is not None:
        AccessRow.objects.create(at=at, action="GET", target="/paged/new", success=True, address="x")
        page = client.get("/logs/access", {"q": "/paged/", "older": page["older"]}).context
        shown += [line.cells[2] for line in page["lines"]]
    assert shown == [f"/paged/{number}" for number in reversed(range(120))]
    back = client.get("/logs/access", {"q": "/paged/", "newer": page["newer"]}).context
    assert [line.cells[2] for line in back["lines"]] == shown[50:100]
    assert first["newer"] is None and page["older"] is None


def test_an_exported_log_holds_no_formula(grown: Bureau) -> None:
    access.note(None, "GET", "=cmd|' /C calc'!A0", False, "127.0.0.1")
    answer = grown.client("audit-administrator").get("/logs/access?export=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=cmd")]
    assert [cell.data_type for cell in cells] == ["s"]


def test_what_is_late_goes_before_the_cards_that_are_there_already(grown: Bureau) -> None:
    client = grown.client("unit-head")
    before = 'hx-swap-oob="afterbegin:#cards-unit-head"'
    assert 'id="cards-unit-head"' in client.get("/").content.decode()
    part = client.get("/?as=unit-head%2B").content.decode()
    assert "本部门待完善的七要素" in part.partition(before)[0], "it waits"
    with set_to(lambda: datetime.now(UTC) + timedelta(days=4)):
        part = client.get("/?as=unit-head%2B").content.decode()
        assert "本部门待完善的七要素" in part.partition(before)[2]
        assert before not in client.get("/?as=unit-head%2B&alone=yes").content.decode(), "none is there"


def test_who_opens_no_recording_gets_no_link_to_one(grown: Bureau) -> None:
    for role, opens in (("audit-administrator", False), ("leader*", True)):
        page = grown.client(role).get("/viewings").content.decode()
        assert 'class="z-line"' in page and ('href="/recordings/' in page) is opens


def test_a_day_in_the_logs_is_one_of_beijing(grown: Bureau) -> None:
    with set_to(lambda: datetime(2026, 5, 1, 16, 30, tzinfo=UTC)):
        access.note(None, "GET", "/at-half-past-midnight", True, "")
    asked = {"first": "2026-05-02", "last": "2026-05-02"}
    days = grown.client("audit-administrator").get("/logs/access", asked).context["stats"].days
    assert [(row.day, row.total) for row in days] == [(date(2026, 5, 2), 1)]


def test_the_bureaus_emblem_is_a_picture_and_no_script(county: CountyWorld) -> None:
    own = county.config.home / "emblem.svg"
    own.write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    answer = county.client.get("/emblem")
    assert b"alert" in answer.content
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert "sandbox" in answer["Content-Security-Policy"]
    own.write_bytes(b"x" * 300_000)
    assert b"<svg" in county.client.get("/emblem").content


def test_the_system_administrator_is_told_what_health_says(grown: Bureau) -> None:
    client = grown.client("system-administrator")
    assert (
        "%2B" in client.get("/").content.decode() and "运行状况需关注" not in client.get("/").content.decode()
    )
    part = client.get("/?as=system-administrator%2B").content.decode()
    assert "运行状况需关注" in part and "/health" in part
    assert (
        "运行状况需关注" not in grown.client("officer").get("/?as=system-administrator%2B").content.decode()
    )


def test_what_to_set_up_comes_in_order(grown: Bureau) -> None:
    from zhilu.server.equipment.models import Station
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.organisation.models import Department, Post

    assert "首先需要设置" not in titles(grown, "system-administrator", "system-administrator")
    with applying():
        Post.objects.all().delete()
        Station.objects.all().delete()
    told = titles(grown, "system-administrator", "system-administrator")
    assert [text for text, _url in told["首先需要设置"].lines] == [
        "1. 录入人员任职",
        "2. 登记第一个采集工作站",
    ]
    assert told["无任职人员"].count > 0
    with applying():
        Department.objects.all().delete()
    told = titles(grown, "system-administrator", "system-administrator")
    assert told["首先需要设置"].lines[0] == ("1. 设立部门", "/departments")
