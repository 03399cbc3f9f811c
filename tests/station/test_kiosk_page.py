"""The kiosk page in real Chromium: an officer, his security key, and what the screen tells him.

The station, the recorder and the county run in a thread of their own: Playwright has this one.
"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives import serialization

from support.station_world import PATIENCE_S, RP_ID, Bureau, Device, Docked, Kiosk, random_media
from zhilu.encoding import b64u

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
SCREEN = {"width": 1280, "height": 800}


class Stage:
    """A bureau with a running station, driven from another thread."""

    def __init__(self, folder: Path) -> None:
        self.bureau = Bureau(folder)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._open = AsyncExitStack()
        self.kiosk: Kiosk = self.do(self._open.enter_async_context(self.bureau.station()))
        self.do(self.kiosk.until("empty"))

    def do(self, step: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(step, self._loop).result(PATIENCE_S + 30)

    def dock(self, device: Device) -> Docked:
        docked: Docked = self.do(self._open.enter_async_context(device.docked()))
        return docked

    def close(self) -> None:
        self.do(self._open.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


@pytest.fixture
def page(chromium: Browser, stage: Stage) -> Iterator[Page]:
    context = chromium.new_context(viewport=SCREEN)
    context.set_default_timeout(PATIENCE_S * 1000)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(stage.bureau.origin)
    yield page
    assert [line for line in said if "Failed to load resource" not in line] == []
    assert {url for url in asked if not url.startswith(stage.bureau.origin + "/")} == set()
    context.close()


def plug_in_key(page: Page, device: Device) -> None:
    """The officer's own key, in Chromium's virtual authenticator."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    credential = device.officer.key.credential(RP_ID)
    private = credential.private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    described = {
        "credentialId": base64.b64encode(credential.id).decode(),
        "isResidentCredential": False,
        "rpId": RP_ID,
        "privateKey": base64.b64encode(private).decode(),
        "signCount": 5,
    }
    session.send(
        "WebAuthn.addCredential", {"authenticatorId": added["authenticatorId"], "credential": described}
    )


CATALOGUE = {
    "version": 1,
    "since": "2026-01-01",
    "classes": {"C": "确定类"},
    "scripts": {},
    "procedures": [
        {"code": "C01", "class": "C", "tier": "priority", "min_officers": 1, "name": "税务登记核实"}
        | {"start": "到达", "content": "门牌", "end": "离开"}
    ],
}


def register(stage: Stage, device: Device) -> None:
    """The officer's key at this dock, and what he may choose from."""
    key = device.officer.key.credential(RP_ID)
    core = {"person": device.officer.person, "credential": b64u(key.id), "public_key": b64u(key.public_key)}
    stage.bureau.ledger.append("dock-credential-registered/1", core | {"rp_id": RP_ID, "aaguid": None})
    stage.bureau.ledger.append("catalogue-set/1", CATALOGUE)


@pytest.mark.usefixtures("soon")
def test_an_officer_hands_over_sees_when_to_take_it_and_says_what_was_done(stage: Stage, page: Page) -> None:
    device = stage.bureau.recorder()
    register(stage, device)
    device.record(*random_media(3, 50_000))
    plug_in_key(page, device)
    page.get_by_text("请将记录仪放入此接口。").wait_for()
    docked = stage.dock(device)
    page.get_by_role("heading", name="等待 李建国 确认").wait_for()
    page.get_by_role("button", name="确认交接", exact=True).click()
    dialog = page.get_by_role("dialog", name="1 号接口交接")
    dialog.locator("dd").first.wait_for()
    assert dialog.locator("dd").first.text_content() == "XT-0001"
    dialog.get_by_text("李建国").wait_for()
    dialog.get_by_role("button", name="核对无误，签名").click()
    page.get_by_role("heading", name="已完成").or_(page.get_by_role("heading", name="交接完毕")).wait_for()
    dialog.wait_for(state="hidden")
    stage.do(docked.undocked())
    assert "cleared" in device.types()
    page.get_by_role("button", name="填写执法说明").click()
    page.get_by_role("button", name="确定类").click()
    page.get_by_role("button", name="C01").click()
    page.get_by_label("纳税人名称或识别号").fill("宏达机械配件厂")
    page.get_by_role("button", name="核对并签名（1）").click()
    page.get_by_role("button", name="签名", exact=True).click()
    # This county knows no statements: they wait, sealed.
    page.get_by_text("已签名，待报送").wait_for()
    page.get_by_text("1 份说明待报送").wait_for(state="attached")


def test_a_key_that_does_not_answer_is_said_and_may_be_tried_again(stage: Stage, page: Page) -> None:
    device = stage.bureau.recorder()
    stage.dock(device)
    other = stage.bureau.folder / "other"
    stranger = Bureau(other).recorder()
    plug_in_key(page, stranger)
    page.get_by_role("button", name="确认交接", exact=True).click()
    page.get_by_role("button", name="核对无误，签名").click()
    page.get_by_text("安全密钥没有应答").wait_for()
    page.get_by_role("button", name="暂不办理").click()
    assert "docked" not in device.types()
    assert (stage.do(stage.kiosk.bay()))["phase"] == "waiting-officer"


def test_the_language_is_chinese_until_switched(stage: Stage, page: Page) -> None:
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    page.get_by_role("button", name="English").click()
    page.get_by_text("Put a recorder into this bay.").wait_for()
    page.reload()
    page.get_by_text("Put a recorder into this bay.").wait_for()
    page.get_by_role("button", name="中文").click()
    page.get_by_text("请将记录仪放入此接口。").wait_for()


def test_a_foreign_device_is_seen_and_the_alarm_can_be_taken_off(stage: Stage, page: Page) -> None:
    stage.bureau.recorder()
    foreign = Bureau(stage.bureau.folder / "other").recorder()
    foreign.port = stage.bureau.ports[0]
    stage.dock(foreign)
    page.get_by_role("heading", name="已拒绝").wait_for()
    alarm = page.get_by_role("alert")
    alarm.get_by_text("此设备不属于本局。").wait_for()
    alarm.get_by_role("button", name="确认", exact=True).click()
    alarm.get_by_text("1 条告警处理中").wait_for()


def test_fingers_hit_and_readers_read(stage: Stage, page: Page) -> None:
    device = stage.bureau.recorder()
    stage.dock(device)
    button = page.get_by_role("button", name="确认交接", exact=True)
    button.wait_for()
    assert Axe().run(page).response["violations"] == []
    button.click()
    page.get_by_role("dialog").get_by_role("button", name="核对无误，签名").wait_for()
    assert Axe().run(page).response["violations"] == []
    for each in page.get_by_role("button").all():
        box = each.bounding_box()
        assert box is not None and min(box["height"], box["width"]) >= 48
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREEN["width"]


def test_without_the_stations_word_nothing_on_the_screen_counts(stage: Stage, page: Page) -> None:
    page.get_by_text("请将记录仪放入此接口。").wait_for()
    page.route("**/api/events", lambda route: route.abort())
    page.reload()
    page.get_by_role("main").get_by_text("采集站程序没有应答").wait_for()
    assert "lost" in (page.locator("body").get_attribute("class") or "")
