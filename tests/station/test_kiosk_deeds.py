"""What people do at the kiosk, before a station that is played: each deed to its end, and touched twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support import kiosk_states as played
from support.kiosk_screen import page, screen, show, station
from support.kiosk_states import PlayedStation, Refused, alarm, bay, state, statement

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["page", "screen", "station"]
pytestmark = pytest.mark.browser
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Whoever scrolls is heard in the next one."""


def test_a_handover_asks_for_finger_then_key(page: Page, station: PlayedStation) -> None:
    show(page, station, state(bay(1, "waiting-officer")))
    tries = iter([Refused("finger-no-match"), {"matched": True}])
    station.answers["/finger"] = lambda body: answer(next(tries))
    page.get_by_role("button", name="确认交接").click()
    page.get_by_role("button", name="核对无误，签名").click()
    page.get_by_text("指纹不符").wait_for()
    page.get_by_role("button", name="重试").dblclick()
    page.get_by_text("已签名，开始采集").wait_for()
    assert len(station.posted("/ceremony")) == 1
    (signed,) = station.posted("/assertion")
    assert set(signed) == {"id", "authenticator_data", "client_data_json", "signature"}


def answer(said: Any) -> Any:
    if isinstance(said, Exception):
        raise said
    return said


def test_where_a_finger_is_enough_no_key_is_asked_for(page: Page, station: PlayedStation) -> None:
    show(page, station, state(bay(1, "waiting-officer", check="fprintd")))
    station.answers["/ceremony"] = lambda body: played.handover("finger")
    page.get_by_role("button", name="确认交接").click()
    page.get_by_role("button", name="核对无误，签名").click()
    page.get_by_text("已签名，开始采集").wait_for()
    assert station.posted("/assertion") == [{}]


def test_a_locked_officer_sees_until_when(page: Page, station: PlayedStation) -> None:
    until = "2099-01-01T10:15:00.000000Z"
    show(page, station, state(bay(1, "waiting-officer", officer_locked_until=until)))
    page.get_by_text("锁定至 18:15").wait_for()
    assert page.get_by_role("button", name="确认交接").is_disabled()


def test_a_statement_in_a_minute(page: Page, station: PlayedStation) -> None:
    """Class, procedure, taxpayer, a template, sign; meanwhile the station says this and that."""
    show(page, station, state(bay(1, "safe-to-take", statement=statement(1))))
    station.answers["/draft"] = lambda body: played.draft(1)
    page.get_by_role("button", name="填写执法说明").click()
    page.get_by_role("button", name="入户类").click()
    page.get_by_role("button", name="B01").click()
    page.get_by_label("纳税人名称或识别号").fill("恒达商贸")
    page.get_by_label("过程", exact=True).press_sequentially("查看了")
    station.show(state(bay(1, "cleared", statement=statement(1)), alarms=[alarm(1, "disk-low")]))
    page.locator("#alarms:not([hidden])").wait_for(state="attached")
    page.get_by_label("过程", exact=True).press_sequentially("库房")
    page.get_by_role("button", name="入户核查").click()
    page.get_by_text("七要素已齐全").wait_for()
    page.get_by_role("button", name="存为模板").click()
    page.get_by_text("将在您签名提交说明时保存").wait_for()
    page.get_by_label("模板名称").fill("库房核查")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("button", name="核对并签名（1）").click()
    assert signed_facts(page)["另存为模板"] == "库房核查"
    page.get_by_role("button", name="签名", exact=True).dblclick()
    page.get_by_text("已提交").wait_for()
    (word,) = station.posted("/api/words")
    (template,) = word["templates"]
    assert (template["act"], template["name"]) == (0, "库房核查")
    assert set(template["elements"]) == {"cause", "course", "result"}
    (act,) = word["acts"]
    assert (word["kind"], word["bay"], act["procedure"], act["officers"]) == ("statement", 1, "B01", ["p0"])
    assert act["spans"] == [
        {"recording": played.draft(1)["recordings"][0]["id"], "from_us": 0, "to_us": 1_860_000_000}
    ]
    assert act["elements"]["course"] == "查看了库房"
    assert set(act["elements"]) == {"time", "place", "persons", "event", "cause", "course", "result"}


def test_what_is_signed_is_read_to_its_end_first(page: Page, station: PlayedStation) -> None:
    """Every text whole; the way back drops what was begun, also while the key is waited for."""
    show(page, station, state(bay(1, "safe-to-take", statement=statement(1))))
    station.answers["/draft"] = lambda body: played.draft(1)
    page.get_by_role("button", name="填写执法说明").click()
    page.get_by_role("button", name="入户类").click()
    page.get_by_role("button", name="B01").click()
    page.get_by_label("纳税人名称或识别号").fill("恒达商贸")
    long = "现场逐项核对账簿凭证。" * 90
    for name in ("起因", "过程"):
        page.get_by_label(name, exact=True).fill(long)
    page.get_by_role("button", name="核对并签名（1）").click()
    sign, on = (
        page.get_by_role("button", name="签名", exact=True),
        page.get_by_role("button", name="继续阅读"),
    )
    facts = signed_facts(page)
    assert list(facts)[:3] == ["纳税人", "执法人员", "录制"]
    assert list(facts)[3:] == ["时间", "地点", "人员", "事件", "起因", "过程", "结果"]
    assert (facts["起因"], facts["过程"], facts["结果"]) == (long, long, "尚缺")
    assert facts["录制"] == "第 1 段：11-29 09:12–09:43（录制内 0:00 至 31:00）"
    touches = 0
    while not sign.is_visible():
        on.click()
        page.evaluate(TWO_FRAMES)
        touches += 1
    assert touches > 1
    station.answers["/words"] = lambda body: {
        "id": "f" * 32,
        "signer": played.asked("李建国", "finger"),
        "missing": [],
    }
    station.answers["/finger"] = lambda body: asyncio.sleep(30, {})
    sign.click()
    page.get_by_text("请将手指放在传感器上").wait_for()
    with page.expect_response("**/cancel"):
        page.get_by_role("button", name="返回").click()
    assert page.get_by_label("过程", exact=True).input_value() == long
    assert [path for path, _ in station.calls][-1] == f"/api/words/{'f' * 32}/cancel"


def signed_facts(page: Page) -> dict[str, str]:
    """What the page shows before the signature, by name."""
    names, values = page.locator(".summary dt").all_inner_texts(), page.locator(".summary dd")
    return dict(zip(names, values.all_text_contents(), strict=True))


def test_recordings_are_divided_and_joined(page: Page, station: PlayedStation) -> None:
    show(page, station, state(bay(1, "safe-to-take", statement=statement(1))))
    station.answers["/draft"] = lambda body: played.draft(3)
    page.get_by_role("button", name="填写执法说明").click()
    page.get_by_role("button", name="拆分或合并录制").click()
    page.get_by_text("演练，不计入").wait_for()
    bar = page.locator(".bar").first
    width = bar.bounding_box()["width"]  # type: ignore[index]
    # A little beside the mark at 420 s of 1860: the cut is at the mark.
    bar.click(position={"x": width * 420 / 1860 + 6, "y": 20})
    page.get_by_text("分开处 7:00").wait_for()
    page.get_by_role("button", name="＋10 秒").click()
    page.get_by_text("分开处 7:10").wait_for()
    assert page.locator(".act").count() == 3
    page.locator(".piece").nth(0).click()
    page.locator(".piece").nth(2).click()
    page.get_by_role("button", name="合并为一项行为").click()
    assert page.locator(".act").count() == 2
    page.locator(".act").first.click()
    page.get_by_role("button", name="入户类").click()
    page.get_by_role("button", name="B01").click()
    page.get_by_label("纳税人名称或识别号").fill("恒达商贸")
    page.get_by_role("button", name="核对并签名（1）").click()
    page.get_by_text("另有 1 项留待在平台填写").wait_for()
    page.get_by_role("button", name="签名", exact=True).click()
    page.get_by_text("已提交").wait_for()
    first, second = (each["id"] for each in played.draft(2)["recordings"])
    assert station.posted("/api/words")[0]["acts"][0]["spans"] == [
        {"recording": first, "from_us": 0, "to_us": 430_000_000},
        {"recording": second, "from_us": 0, "to_us": 3_060_000_000},
    ]


def test_an_assignment_stands_behind_the_training_gate(page: Page, station: PlayedStation) -> None:
    show(page, station, state(bay(1, "safe-to-take")))
    page.get_by_role("button", name="1 号接口：详情").click()
    page.get_by_role("button", name="分配下一使用人").click()
    page.get_by_role("button", name="执法人员").click()
    for digit in "004":
        page.get_by_role("button", name=digit, exact=True).click()
    page.locator(".picker .person").click()
    page.get_by_role("button", name="签名的设备管理员").click()
    page.locator(".picker .person", has_text="王芳").click()
    check = page.get_by_role("button", name="核对并签名")
    assert check.is_disabled()
    page.get_by_role("button", name="仅用于演练").click()
    page.get_by_role("button", name="代用").click()
    check.click()
    assert signed_facts(page) == {
        "接口": "1",
        "记录仪": "XT-0001",
        "执法人员": "陈晓东  ·  13050004",
        "用途": "仅演练",
        "代用": "是：使用人不在",
        "签名的设备管理员": "王芳  ·  13050001",
    }
    page.get_by_role("button", name="返回").click()
    page.get_by_role("button", name="代用").click()
    check.click()
    assert signed_facts(page)["代用"] == "否"
    page.get_by_role("button", name="签名分配").click()
    page.get_by_text("已分配给 陈晓东").wait_for()
    (word,) = station.posted("/api/words")
    assert word == {
        "kind": "assignment",
        "bay": 1,
        "person": "p1",
        "officer": "p4",
        "drill": True,
        "deputy": False,
        "reason_code": None,
    }


def test_a_finger_is_enrolled_by_two(page: Page, station: PlayedStation) -> None:
    show(page, station, state(bay(1)))
    signers = iter([{"signer": played.asked("刘敏", "key")}, {"done": "enrol"}])
    station.answers[f"words/{'f' * 32}/assertion"] = lambda body: next(signers)
    page.get_by_role("button", name="管理").click()
    page.get_by_role("button", name="登记指纹").click()
    for which, name in enumerate(("赵志强", "王芳", "赵志强")):
        choose(page, which, name)
    page.get_by_role("button", name="核对并签名").click()
    assert signed_facts(page) == {
        "登记人": "赵志强  ·  13050002",
        "手指": "右手食指",
        "采集站": "巨鹿县局采集工作站",
        "签名的设备管理员": "王芳  ·  13050001",
        "第二签名人": "赵志强  ·  13050002",
    }
    page.get_by_role("button", name="两人依次签名").click()
    page.get_by_text("请 刘敏 继续签名").wait_for()
    page.get_by_role("button", name="两人依次签名").click()
    page.get_by_text("请将手指放在传感器上").wait_for()
    station.show(state(bay(1), prompt={"person": "赵志强", "say": "lift"}))
    page.get_by_text("请抬起手指").wait_for()
    station.answers[f"words/{'f' * 32}"] = lambda body: {"state": "enrolled", "error": None}
    page.get_by_text("指纹已登记").wait_for()
    (word,) = station.posted("/api/words")
    assert (word["subject"], word["finger"], word["persons"]) == ("p2", "right-index-finger", ["p1", "p2"])


def test_where_no_sensor_is_used_nobody_signs_for_a_finger(page: Page, station: PlayedStation) -> None:
    show(page, station, state(bay(1), sensor=None))
    page.get_by_role("button", name="管理").click()
    page.get_by_role("button", name="登记指纹").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_text("本采集站未启用指纹传感器").wait_for()
    assert dialog.locator(".chooser").count() == 0
    dialog.locator(".primary", has_text="关闭").click()
    assert not dialog.is_visible() and station.calls == []


def test_who_has_no_key_is_known_before_anybody_signs(page: Page, station: PlayedStation) -> None:
    show(page, station, state(bay(1)))
    people = [played.person(n, key=n == 1) for n in range(4)]
    station.answers["/roster"] = lambda body: asyncio.sleep(0.5, people)  # chosen from before it is there
    page.get_by_role("button", name="管理").click()
    page.get_by_role("button", name="登记指纹").click()
    check = page.get_by_role("button", name="核对并签名")
    choose(page, 0, "李建国")
    choose(page, 1, "王芳")
    page.locator(".chooser").nth(2).click()
    row = page.locator(".picker .person", has_text="刘敏")
    assert "无安全密钥" in row.inner_text()
    row.click()
    page.get_by_text("刘敏 没有可用于本采集站的安全密钥。请先在“管理 → 登记安全密钥”登记。").wait_for()
    assert check.is_disabled()
    station.show(state(bay(1), sensor=False))
    page.get_by_text("指纹传感器无应答。").wait_for()


@pytest.mark.parametrize(("code", "name"), [("no-key", "王芳"), ("no-dock-key", "赵志强")])
def test_a_refusal_for_want_of_a_key_names_whose(
    page: Page, station: PlayedStation, code: str, name: str
) -> None:
    show(page, station, state(bay(1)))
    station.answers["/words"] = lambda body: answer(Refused(code))
    page.locator(".number").click()
    page.get_by_role("button", name="分配下一使用人").click()
    choose(page, 0, "赵志强")
    choose(page, 1, "王芳")
    page.get_by_role("button", name="核对并签名").click()
    page.get_by_role("button", name="签名分配").click()
    page.get_by_text(f"{name} 没有可用于本采集站的安全密钥").wait_for()


def choose(page: Page, field: int, name: str) -> None:
    page.locator(".chooser").nth(field).click()
    page.locator(".picker .person", has_text=name).click()


def test_people_are_listed_as_their_names_are_read(page: Page, station: PlayedStation) -> None:
    show(page, station, state(bay(1)))
    page.locator(".number").click()
    page.get_by_role("button", name="分配下一使用人").click()
    page.locator(".chooser").first.click()
    page.locator(".picker .person").first.wait_for()
    names = [one.split()[0] for one in page.locator(".picker .person").all_inner_texts()]
    assert names == ["陈晓东", "黄伟", "李建国", "刘敏", "王芳", "杨秀英", "赵志强", "周丽华"]


def test_what_an_earlier_handover_left_is_still_said(page: Page, station: PlayedStation) -> None:
    for filed in (0, 1):
        show(page, station, state(bay(1, "cleared", statement=statement(1, filed) | {"earlier": 2})))
        page.get_by_text("此前交接的 2 段录制未在此填写，请在平台填写。").wait_for()
        assert page.get_by_text("尚缺").is_visible() == (filed == 0)


def test_an_alarm_sounds_until_it_is_confirmed(page: Page, station: PlayedStation) -> None:
    show(page, station, state(bay(1)))
    page.locator("main").click(position={"x": 4, "y": 4})
    station.show(state(bay(1), alarms=[alarm(1, "fork", bay=1)]))
    page.get_by_role("alert").get_by_text("前后矛盾").wait_for()
    page.wait_for_function("() => Number(document.documentElement.dataset.rung) > 0")
    with page.expect_response("**/api/alarms/*/confirmed"):
        page.get_by_role("button", name="确认", exact=True).dblclick()
    page.get_by_role("button", name="确认", exact=True).click()
    page.wait_for_timeout(300)
    assert [path for path, _ in station.calls] == ["/api/alarms/alarm-1/confirmed"]
    station.show(state(bay(1), alarms=[alarm(1, "fork", "confirmed", bay=1)]))
    page.get_by_text("1 条告警处理中").wait_for()


TOUCHED_AT_ONCE = """() => {
  const place = document.getElementById("alarms");
  new MutationObserver((_, watching) => {
    if (place.dataset.first !== "alarm-2") return;
    watching.disconnect();
    place.querySelector(".solid").click();
    window.touched = true;
  }).observe(place, { attributes: true, childList: true, subtree: true });
}"""


def test_an_alarm_that_takes_anothers_place_is_not_confirmed_by_the_same_touch(
    page: Page, station: PlayedStation
) -> None:
    show(page, station, state(bay(1)))
    station.show(state(bay(1), alarms=[alarm(1, "fork", bay=1), alarm(2, "no-key")]))
    page.get_by_role("alert").get_by_text("前后矛盾").wait_for()
    # The station's answer and the second half of a double touch, one straight after the other.
    page.evaluate(TOUCHED_AT_ONCE)
    station.show(state(bay(1), alarms=[alarm(2, "no-key")]))
    page.wait_for_function("() => window.touched")
    page.wait_for_timeout(800)
    assert station.calls == []
    with page.expect_response("**/api/alarms/*/confirmed"):
        page.get_by_role("button", name="确认", exact=True).click()
    assert [path for path, _ in station.calls] == ["/api/alarms/alarm-2/confirmed"]
