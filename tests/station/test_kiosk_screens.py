"""The kiosk page on every screen, in both languages, before a station that is played (kiosk_states).

What a person needs of it: nothing runs over the edge, everything can be hit and read aloud, nothing stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from support import kiosk_states as played
from support.kiosk_screen import SCREEN, page, screen, show, station
from support.kiosk_states import PlayedStation, alarm, bay, bays, state, statement

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["page", "screen", "station"]
pytestmark = pytest.mark.browser
SMALL = """() => [...document.querySelectorAll('button, input, textarea')]
  .filter(node => node.checkVisibility() && (node.offsetWidth < 48 || node.offsetHeight < 48))
  .map(node => node.outerHTML.slice(0, 120))"""
OVER = """() => [...document.querySelectorAll(
    'body, main, .tiles, .strip, .bay, .head, .words, .may, .deeds, .tile, .dialog-head, .dialog-actions')]
  .filter(node => node.checkVisibility())
  .filter(node => node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1)
  .map(node => `${node.className} ${node.scrollWidth}x${node.scrollHeight}`)"""
CUT = """() => [...document.querySelectorAll('.tile-state, .bay .title, .deeds button')]
  .filter(node => node.checkVisibility() && node.scrollWidth > node.clientWidth + 1)
  .map(node => node.textContent)"""
EVIL = "<img src=x onerror=\"document.title='hit'\"><script>document.title='hit'</script>"


def sound(page: Page, axe: bool = True) -> None:
    """Nothing too small, nothing over the edge, nothing that cannot be read aloud."""
    assert page.evaluate(SMALL) == []
    assert page.evaluate(OVER) == []
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREEN["width"]
    if axe:
        found = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in found] == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("count", [1, 2, 4, 8, 16, 34])
def test_all_bays_are_seen_without_scrolling(
    page: Page, station: PlayedStation, count: int, language: str
) -> None:
    alarms = [alarm(1, "spool-low"), alarm(2, "bay", "confirmed", bay=1)]
    more: dict[str, Any] = {"county": "away", "waiting_words": 2, "upload": {"held": "window"}}
    show(page, station, state(*bays(count), alarms=alarms, **more), language)
    sound(page, axe=count == 34 or (count, language) == (4, "zh"))
    shown = page.locator(".tile" if count > 8 else ".bay")
    assert shown.count() == count
    for each in (shown.first, shown.last):
        box = each.bounding_box()
        assert box is not None and box["y"] + box["height"] <= SCREEN["height"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_dialog_can_be_hit_and_read(page: Page, station: PlayedStation, language: str) -> None:
    show(page, station, state(bay(1, "waiting-officer", statement=statement(1))), language)
    page.locator(".deeds button").first.click()
    page.locator(".sign-steps li").first.wait_for()
    sound(page)
    page.keyboard.press("Escape")
    page.locator(".deeds button").last.click()
    page.locator(".kind").nth(1).click()
    sound(page)
    page.locator(".procedure").first.click()
    sound(page)
    page.locator(".divide-button").click()
    page.locator(".bar").first.click(position={"x": 300, "y": 20})
    sound(page)
    page.locator(".act").first.click()
    page.locator(".with-button .search").fill("恒达商贸")
    page.locator(".dialog-actions button").last.click()
    page.locator(".summary").wait_for()
    sound(page)
    ends_in_primary(page)
    page.locator(".statement .dialog-head button").last.click()
    page.locator(".head-button").first.click()
    page.locator(".menu-entry").nth(1).click()
    sound(page)
    ends_in_primary(page)
    page.locator(".chooser").first.click()
    page.locator(".picker .person").first.wait_for()
    sound(page)


def ends_in_primary(page: Page) -> None:
    """What goes on lies at the right, what goes back at the left."""
    back, on = page.locator(".dialog-actions .back"), page.locator(".dialog-actions .primary:visible")
    assert back.bounding_box()["x"] < 300  # type: ignore[index]
    box = on.bounding_box()
    assert box is not None and box["x"] + box["width"] > 1100


def test_a_recorder_taken_out_too_early_does_not_look_like_an_empty_bay(
    page: Page, station: PlayedStation
) -> None:
    show(page, station, state(bay(1, message="interrupted"), *(bay(n) for n in range(2, 11))))
    card, tile = page.locator(".strip .bay"), page.locator(".tile").first
    card.get_by_role("heading", name="采集中断").wait_for()
    assert (card.get_attribute("data-tone"), tile.get_attribute("data-tone")) == ("stop", "stop")
    tile.get_by_text("中断").wait_for()


def test_names_and_texts_are_text(page: Page, station: PlayedStation) -> None:
    evil = bay(1, "waiting-officer", officer={"id": "x", "name": EVIL}, message=EVIL, hint=EVIL)
    shown = state(evil, station=EVIL, alarms=[alarm(1, EVIL, detail=EVIL)])
    show(page, station, shown)
    station.answers["/roster"] = lambda body: [played.person(1, name=EVIL, department=EVIL)]
    page.get_by_role("button", name="1 号接口：详情").click()
    page.get_by_role("button", name="分配下一使用人").click()
    page.locator(".chooser").first.click()
    page.locator(".person-name").wait_for()
    assert page.locator("img:not(.emblem), main script, dialog script").count() == 0
    assert page.evaluate("document.title") != "hit"


def test_a_page_closed_in_the_middle_leaves_nothing_behind(page: Page, station: PlayedStation) -> None:
    show(page, station, state(bay(1, "safe-to-take", statement=statement(1))))
    page.get_by_role("button", name="填写执法说明").click()
    page.get_by_role("button", name="入户类").click()
    page.reload()
    page.get_by_role("button", name="填写执法说明").wait_for()
    assert page.get_by_role("dialog").count() == 0
    assert set(page.evaluate("Object.keys(localStorage)")) <= {"zhilu-language"}


def test_nobody_there_for_three_minutes_closes_and_clears(page: Page, station: PlayedStation) -> None:
    page.clock.install()
    show(page, station, state(bay(1, "safe-to-take", statement=statement(1))))
    page.get_by_role("button", name="填写执法说明").click()
    page.get_by_role("button", name="入户类").click()
    page.clock.run_for(160_000)
    page.get_by_text("无人操作").wait_for()
    page.clock.run_for(25_000)
    page.get_by_role("dialog").wait_for(state="detached")
    assert page.locator("textarea").count() == 0
