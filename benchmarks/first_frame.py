"""An hour-long recording in real Chromium, against the same video as a plain MP4 from the same server.

- `first_frame_extra_ms` ≤ 400: from the click on "open with the security key" (approved before) to the first
  picture, less the time from a click to the first picture of the plain file; medians of ROUNDS each.
- `known_ms`: to the player's controls, when chain and rules of the whole journal have passed too.
- `release_ms`, `page_cpu_ms`: of the sealed one, the keyholder's answer (in the ledger, cosigned), and the
  processor time of the page's main thread.
- `seek_ms` ≤ 300: the median, from setting a place that is not held to the picture of that place.

Nothing is a double: recorder, station, county server and keyholder are the programs, the film goes their
whole road first (minutes), the release is an entry under a cosigned checkpoint, the page is the room's own,
the plain film comes from the county server's own process. ZHILU_VIEWING_SECONDS makes it shorter.
"""

import os
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from support.chromium import ARGUMENTS, EXECUTABLE
from support.films import make_film, repeated
from support.real_room import RealRoom, lived
from support.visitors import Visitor, approve, ask

ROUNDS = 5
PLACES = (0.5, 0.25, 0.75, 0.1, 0.9, 0.6, 0.35)
"""Of the whole length: where to seek."""
# From the click to the first picture that is shown, wherever the video comes from.
WATCH = """
globalThis.clicked = null; globalThis.shown = null; globalThis.known = null;
addEventListener("click", () => { clicked = performance.now(); shown = known = null; }, true);
new MutationObserver(() => {
  const video = document.querySelector("video");
  if (video && !video.watched) {
    video.watched = true;
    video.requestVideoFrameCallback(() => { shown = performance.now(); });
  }
  if (document.querySelector(".controls")) known ??= performance.now();
}).observe(document, { childList: true, subtree: true });
"""
SEEK = """(seconds) => new Promise((done) => {
  const video = document.querySelector("video");
  video.pause();
  const began = performance.now();
  const look = (now, frame) => {
    if (Math.abs(frame.mediaTime - seconds) < 2.5) done(performance.now() - began);
    else video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  video.currentTime = seconds;
})"""
RELEASED = """() => {
  const all = performance.getEntriesByType("resource");
  return all.findLast(({ name }) => name.endsWith("/release")).responseEnd - clicked;
}"""


def run() -> dict[str, float]:
    seconds = int(os.environ.get("ZHILU_VIEWING_SECONDS", "3600"))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        seed = make_film(Path(folder) / "seed.mp4", 20, width=640, height=360)
        film = repeated(seed, Path(folder) / "hour.mp4", seconds // 20)
        with lived(film) as room:
            browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
            try:
                return measure(browser, room, seconds)
            finally:
                browser.close()


def measure(browser: Browser, room: RealRoom, seconds: int) -> dict[str, float]:
    viewer, approver = (
        person(browser, room, one, role)
        for one, role in ((room.viewer, "viewer"), (room.approver, "approver"))
    )
    viewer.context.add_init_script(WATCH)
    viewing, page = ask(viewer), viewer.page
    approve(approver, viewing)
    rounds: list[dict[str, float]] = []
    for _round in range(ROUNDS):
        page.goto(f"{room.ciphertext}/plain")
        plain = first_frame(page, "button")
        viewer.go(f"/viewings/{viewing}")
        rounds.append({"first_frame_plain_ms": plain, **sealed(page, viewer.cdp)})
    found = {name: median(one[name] for one in rounds) for name in rounds[0]}
    seeks = [float(page.evaluate(SEEK, place * seconds)) for place in PLACES]
    extra = found["first_frame_ms"] - found["first_frame_plain_ms"]
    return {
        **found,
        "first_frame_extra_ms": extra,
        "seek_ms": median(seeks),
        "seek_worst_ms": max(seeks),
    }


def sealed(page: Page, cdp: CDPSession) -> dict[str, float]:
    cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = cpu_ms(cdp)
    taken = first_frame(page, "main button.primary")
    used = cpu_ms(cdp) - before
    page.wait_for_selector(".controls", timeout=60_000)
    return {
        "first_frame_ms": taken,
        "page_cpu_ms": used,
        "release_ms": float(page.evaluate(RELEASED)),
        "known_ms": float(page.evaluate("known - clicked")),
    }


def cpu_ms(cdp: CDPSession) -> float:
    metrics = {one["name"]: one["value"] for one in cdp.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"]) * 1000


def person(browser: Browser, room: Any, one: str, role: str) -> Visitor:
    visitor = Visitor(browser, room, one, [role])
    visitor.register()
    room.witness(visitor.registration_id, visitor.registration)
    visitor.sign_in()
    return visitor


def first_frame(page: Page, button: str) -> float:
    page.locator(button).first.click()
    page.wait_for_function("() => shown !== null", timeout=60_000)
    taken: Any = page.evaluate("shown - clicked")
    return float(taken)
