"""The README's pictures of oversight, as support.pictures."""

from __future__ import annotations

from playwright.sync_api import expect

from support.pictures import Bureau


def today(county: Bureau) -> bytes:
    """What is due today in the whole bureau, and has no recording yet."""
    page = county.signed_in("approver")
    page.goto(f"{county.platform}/today")
    expect(page.locator("main h1")).to_be_visible()
    return page.screenshot()


def finding(county: Bureau) -> bytes:
    """One that somebody explained, with its way."""
    page = county.signed_in("supervisor")
    links = page.locator("#list td a[href^='/findings/']")
    page.goto(f"{county.platform}/findings?state=concluded")
    if not links.count():  # in few days nobody had the time
        page.goto(f"{county.platform}/findings")
    links.first.click()
    expect(page.locator("main")).to_contain_text("谁在等谁")
    return page.screenshot()


def reviews(county: Bureau) -> bytes:
    """The queue of what was drawn."""
    page = county.signed_in("supervisor")
    page.goto(f"{county.platform}/footage-reviews")
    expect(page.locator("#list tbody tr").first).to_be_visible()
    return page.screenshot()


def results(county: Bureau) -> bytes:
    page = county.signed_in("approver")
    page.goto(f"{county.platform}/results")
    expect(page.locator("main h1")).to_be_visible()
    return page.screenshot()


def assessment(county: Bureau) -> bytes:
    page = county.signed_in("approver")
    page.goto(f"{county.platform}/assessment")
    published = page.locator("main tbody tr", has_text="已公布").locator("a")
    if published.count():  # in few days no month was over
        published.first.click()
    expect(page.locator("main h1")).to_contain_text("考核")
    return page.screenshot()
