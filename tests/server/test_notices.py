"""The city tells its counties; somebody who leads there confirms, and the city sees who has not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from support import laid_down as lays
from support.city_world import CityWorld
from support.county_world import BUREAU, OFFICER, CountyWorld
from support.neighbour import Ledger
from support.organisation import client_of
from support.recordings import fixed_id
from support.taking_over import take_over
from zhilu.errors import ZhiluError
from zhilu.server.catalogue import rules_notices as rules
from zhilu.server.catalogue.events_notices import NoticeIssued, NoticeReceived
from zhilu.server.catalogue.models import Notice, NoticeReceipt
from zhilu.server.catalogue.services import notices
from zhilu.server.federation.models import Adopting, Joined
from zhilu.server.federation.services import rounds
from zhilu.server.ledger.clock import now, set_to, today
from zhilu.server.ledger.events import read
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PersonAdded, RoleGranted

LEADER, HEAD = str(fixed_id("leader")), str(fixed_id("head"))


def test_a_notice_says_something_to_somebody() -> None:
    long = "长" * (rules.LONGEST_NOTICE + 1)
    for title, text, bureaus, code in (
        ("", "x", None, "notice-text"),
        ("x", " ", None, "notice-text"),
        ("x", long, None, "notice-text"),
        ("x", "x", [], "notice-bureau"),
        ("x", "x", ["julu", "julu"], "notice-bureau"),
        ("x", "x", ["Julu"], "notice-bureau"),
        ("x", "x", [{}], "notice-bureau"),
    ):
        with pytest.raises(ZhiluError) as caught:
            rules.check_said(title, text, bureaus)
        assert caught.value.code == code
    rules.check_said("x", "x" * rules.LONGEST_NOTICE, ["julu", "qinghe"])


def test_late_is_who_has_not_confirmed_on_the_last_day() -> None:
    last = today()
    before, after = last - timedelta(days=1), last + timedelta(days=1)
    assert not rules.is_late(None, None, after)
    assert not rules.is_late(last, None, last) and rules.is_late(last, None, after)
    assert not rules.is_late(last, last, after) and rules.is_late(last, after, after)
    with pytest.raises(ZhiluError, match="notice-day"):
        rules.check_day(before, last)
    rules.check_day(last, last)


def person(of: str, role: str, name: str) -> None:
    commit(PersonAdded(of), name, {"name": {LEADER: "郑局长", HEAD: "冯科长"}[of]})
    commit(RoleGranted(of, role, None), name)


@pytest.fixture
def county(joined: CountyWorld, xingtai: Ledger, new_mirror: Path) -> Iterator[CountyWorld]:
    """Joined; its city has issued one notice for all, one for this county, one for another."""
    world = CityWorld(joined.config, new_mirror)
    world.prepare("xingtai")
    lays.notice(xingtai)
    lays.notice(xingtai, str(fixed_id("for us")), title="巨鹿专报", bureaus=["julu"], reply_by="2026-03-09")
    lays.notice(xingtai, str(fixed_id("for others")), title="清河专报", bureaus=["qinghe"])
    xingtai.publish()
    rounds.once(Joined.objects.get(bureau="xingtai"), xingtai)
    person(LEADER, "leader", BUREAU)
    person(HEAD, "unit-head", BUREAU)
    yield joined
    world.close()


def refused(event: Any, actor: str) -> str:
    before = Entry.objects.count()
    with pytest.raises(ZhiluError) as caught:
        commit(event, actor)
    assert Entry.objects.count() == before
    return caught.value.code


@pytest.mark.db
def test_a_leader_of_the_county_confirms_in_his_own_name_once(
    county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [one.title for one in notices.listed()] == ["巨鹿专报", "汛期安排"]
    confirm = NoticeReceived(lays.NOTICE, LEADER)
    assert refused(confirm, HEAD) == "not-own"
    assert refused(NoticeReceived(lays.NOTICE, OFFICER), OFFICER) == "actor"
    assert refused(NoticeReceived(str(fixed_id("for others")), LEADER), LEADER) == "notice-unknown"
    assert refused(NoticeReceived(str(fixed_id("nothing")), LEADER), LEADER) == "notice-unknown"
    assert refused(NoticeIssued(str(fixed_id("n")), "x", "x", None, None), LEADER) == "notice-tier"
    commit(confirm, LEADER)
    assert refused(confirm, LEADER) == "notice-received"
    commit(NoticeReceived(lays.NOTICE, HEAD), HEAD)
    assert [str(one.person) for one in notices.receipts([UUID(lays.NOTICE)])[UUID(lays.NOTICE)]] == [
        LEADER,
        HEAD,
    ]
    monkeypatch.setattr(notices, "MOST_SHOWN", 1)  # of a county that enters one after the other
    found = notices.receipts([UUID(lays.NOTICE), fixed_id("nothing")])
    assert {key: [str(one.person) for one in each] for key, each in found.items()} == {
        UUID(lays.NOTICE): [LEADER]
    }


@pytest.mark.db
def test_the_countys_pages(county: CountyWorld) -> None:
    leader = client_of(LEADER)
    assert "市局通知待签收" in text_of(leader, "/")
    listed = text_of(leader, "/notices")
    assert "巨鹿专报" in listed and "清河专报" not in listed and "逾期" in listed
    where = f"/notices/{fixed_id('for us')}"
    assert "尚无人签收" in text_of(leader, where) and "2026-03-09" in text_of(leader, where)
    assert leader.post(where, {"text": "已安排。" * 200}).status_code == 400
    assert NoticeReceipt.objects.count() == 0
    assert leader.post(where, {"text": "已安排。"}).status_code == 302
    shown = text_of(leader, where)
    assert "郑局长" in shown and "已安排。" in shown and "<textarea" not in shown
    assert Entry.objects.get(kind="notice-received/1").subject == str(fixed_id("for us"))
    assert leader.get(f"/notices/{fixed_id('for others')}").status_code == 404
    assert leader.get("/notices/new").status_code == 404
    audit = client_of(str(fixed_id("audit")))
    assert "郑局长" in text_of(audit, where)
    assert audit.post(where, {"text": ""}).status_code == 403
    Adopting.objects.update(code="kind", index=7)
    page = text_of(leader, "/federation")
    assert (
        "市局条目的承接情况" in page
        and "已停止" in page
        and "市局第 7 号条目" in page
        and "请升级本服务器" in page
    )
    english = leader.get(where, headers={"accept-language": "en"}).content.decode()
    assert "Confirmation" in english


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.fixture
def leading(city: CityWorld) -> Client:
    """The city, with two counties that have joined; one of its leaders."""
    founding = {"bureau": "xingtai", "domain": "example", "root": "00" * 32}
    commit(read("bureau-founded/1", founding | {"text_key": Ledger().requests.jwk}), "xingtai")
    for code, name in (("julu", "巨鹿县局"), ("qinghe", "清河县局")):
        commit(
            read("bureau-listed/1", {"bureau": code, "name": name, "parent": None, "closed": False}),
            "xingtai",
        )
        city.join(Ledger(code))
    person(LEADER, "leader", "xingtai")
    return client_of(LEADER)


def test_the_same_is_said_again_on_another_day(leading: Client) -> None:
    """And sent twice is said once."""

    def issue(name: str) -> NoticeIssued:
        return NoticeIssued(str(fixed_id(name)), "周报", "请报送本周情况。", ["julu"], None)

    commit(issue("first"), LEADER)
    assert refused(issue("second"), LEADER) == "notice-known"
    later = now() + timedelta(hours=25)
    with set_to(lambda: later):
        commit(issue("third"), LEADER)
    assert Notice.objects.count() == 2


@pytest.mark.db
def test_the_city_issues_and_sees_who_has_confirmed(leading: Client) -> None:
    form = {"title": "汛期安排", "text": "请各局\r\n安排值守。", "bureaus": ["julu"], "reply_by": ""}
    asked = leading.post("/notices/new", form).content.decode()
    assert "巨鹿县局" in asked and Notice.objects.count() == 0
    assert leading.post("/notices/new", form | {"text": ""}).status_code == 400
    gone = {"reply_by": (today() - timedelta(days=1)).isoformat(), "confirmed": "yes"}
    assert leading.post("/notices/new", form | gone).status_code == 400
    assert leading.post("/notices/new", form | {"bureaus": ["handan"], "confirmed": "yes"}).status_code == 400
    form |= {"bureaus": [], "confirmed": "yes", "reply_by": today().isoformat()}
    assert leading.post("/notices/new", form).status_code == 302
    notice = Notice.objects.get()
    assert (notice.bureaus, notice.text, notice.by) == (None, "请各局\n安排值守。", LEADER)
    again = NoticeIssued(str(fixed_id("again")), notice.title, notice.text, None, str(notice.reply_by))
    assert refused(again, LEADER) == "notice-known", "a form that was sent twice"

    where = f"/notices/{notice.id}"
    assert text_of(leading, where).count("尚未到达") == 2
    julu, qinghe = Ledger("julu"), Ledger("qinghe")
    for county in (julu, qinghe):
        take_over(county, Entry.objects.get(kind="notice-issued/1"))
    julu.add("person-added/1", {"person": HEAD}, {"name": "冯科长"}, subject=HEAD)
    said = {"notice": str(notice.id), "person": HEAD}
    julu.add("notice-received/1", said, {"text": "已安排。"}, actor=HEAD, subject=str(notice.id))
    for county in (julu, qinghe):
        county.publish()
        rounds.once(Joined.objects.get(bureau=county.bureau), county)
    shown = text_of(leading, where)
    assert "冯科长" in shown and "已安排。" in shown
    assert (shown.count(">已签收<"), shown.count(">未签收<")) == (1, 1)
    assert "1 / 2" in text_of(leading, "/notices")
    assert leading.post(where, {"text": ""}).status_code == 403, "the city confirms nothing itself"
    assert refused(NoticeReceived(str(notice.id), LEADER), LEADER) == "notice-unknown"
    assert refused(NoticeIssued(str(fixed_id("n")), "x", "x", ["handan"], None), LEADER) == "notice-bureau"
    assert "市局通知待签收" not in text_of(leading, "/")
    page = text_of(leading, "/federation")
    assert "各县局的承接情况" in page
