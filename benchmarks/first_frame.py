"""An hour-long recording in real Chromium, against the same video as a plain MP4 from the same server.

`first_frame_extra_ms` ≤ 400: from the click on "open with the security key" (approved before) to the first
picture, less the time from a click to the first picture of the plain file; medians of ROUNDS each.
`seek_ms` ≤ 300: the median, from setting a place that is not held to the picture of that place.

The server is the tests' viewing room, one process for pages and ciphertext; the key, the release, the journal
of 1,800 lines, hashes and decryption are as in the room. ZHILU_VIEWING_SECONDS makes the film shorter.
"""

import os
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from aiohttp import web
from playwright.sync_api import Browser, Page, sync_playwright

from support.chromium import ARGUMENTS, EXECUTABLE
from support.films import make_film, repeated
from support.sealed_video import VideoSealer
from support.viewing_room import APPROVER, VIEWER, Room
from support.visitors import Visitor, approve, ask

ROUNDS = 5
PLACES = (0.5, 0.25, 0.75, 0.1, 0.9, 0.6, 0.35)
"""Of the whole length: where to seek."""
# From the click to the first picture that is shown, wherever the video comes from.
WATCH = """
globalThis.clicked = null; globalThis.shown = null;
addEventListener("click", () => { clicked = performance.now(); shown = null; }, true);
new MutationObserver(() => {
  const video = document.querySelector("video");
  if (video && !video.watched) {
    video.watched = true;
    video.requestVideoFrameCallback(() => { shown = performance.now(); });
  }
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
PLAIN = """<!doctype html><button>open</button><script>
document.querySelector("button").onclick = () => {
  const video = document.createElement("video");
  video.muted = true; video.autoplay = true; video.src = "/plain.mp4";
  document.body.append(video);
};
</script>"""


class RoomWithPlain(Room):
    """Gives the video as a plain file too."""

    plain: Path

    def _store(self) -> web.Application:
        app = super()._store()
        app.router.add_get("/plain", self._page)
        app.router.add_get("/plain.mp4", self._plain)
        return app

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=PLAIN, content_type="text/html")

    async def _plain(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(self.plain)


def run() -> dict[str, float]:
    seconds = int(os.environ.get("ZHILU_VIEWING_SECONDS", "3600"))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        seed = make_film(Path(folder) / "seed.mp4", 20, width=640, height=360)
        film = repeated(seed, Path(folder) / "hour.mp4", seconds // 20)
        room = RoomWithPlain(VideoSealer(film).seal())
        room.plain = film
        room.start()
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        try:
            return measure(browser, room, seconds)
        finally:
            browser.close()
            room.stop()


def measure(browser: Browser, room: RoomWithPlain, seconds: int) -> dict[str, float]:
    viewer, approver = (
        person(browser, room, one, role) for one, role in ((VIEWER, "viewer"), (APPROVER, "approver"))
    )
    viewer.context.add_init_script(WATCH)
    viewing = ask(viewer)
    approve(approver, viewing)
    sealed, plain, seeks = [], [], []
    for _round in range(ROUNDS):
        viewer.page.goto(f"{room.ciphertext}/plain")
        plain.append(first_frame(viewer.page, "button"))
        viewer.go(f"/viewings/{viewing}")
        sealed.append(first_frame(viewer.page, "main button.primary"))
    for place in PLACES:
        seeks.append(float(viewer.page.evaluate(SEEK, place * seconds)))
    return {
        "first_frame_ms": median(sealed),
        "first_frame_plain_ms": median(plain),
        "first_frame_extra_ms": median(sealed) - median(plain),
        "seek_ms": median(seeks),
        "seek_worst_ms": max(seeks),
    }


def person(browser: Browser, room: Room, one: str, role: str) -> Visitor:
    visitor = Visitor(browser, room, one, [role])
    visitor.register()
    room.admit(visitor.registration_id)
    visitor.sign_in()
    return visitor


def first_frame(page: Page, button: str) -> float:
    page.locator(button).first.click()
    page.wait_for_function("() => shown !== null", timeout=60_000)
    taken: Any = page.evaluate("shown - clicked")
    return float(taken)
