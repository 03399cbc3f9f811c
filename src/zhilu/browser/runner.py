"""Run the page's own modules without a person at the screen, and keep what they decrypted.

`play` uses headless Chromium where there is one, else Node: in both the JavaScript of `opening.js` asks for
the release, verifies and decrypts; Python lends it the software security key and writes the file. A recording
with a defect leaves no file. Segments pass one at a time, so memory does not grow with a recording's length.
"""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from zhilu.encoding import b64u, unb64u
from zhilu.errors import CallerError, DataError, WorldError, ZhiluError

HERE = Path(__file__).parent
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable")
"""The first is Debian's Chromium without windows: it opens a page for a fifth of what the whole one takes."""
LINE_LIMIT = 64 * 1024 * 1024
CLOSE_WAIT_S = 10.0
# Freed segments go back to the system at once: else glibc keeps several of them, of up to 16 MiB each.
GIVE_BACK = {"MALLOC_MMAP_THRESHOLD_": "262144"}


class SecurityKey(Protocol):
    """A software authenticator: see zhilu.softkey."""

    def assert_(
        self, challenge: bytes, rp_id: str, origin: str, allow: Sequence[bytes] | None = None
    ) -> dict[str, str]:
        """An assertion in the form of spec/viewing.md §3."""
        ...

    def prf(self, input_: bytes, rp_id: str | None = None) -> bytes:
        """What WebAuthn's `prf.eval.first` gives for this input: 32 bytes."""
        ...


@dataclass(frozen=True)
class Job:
    """What to play: `api` is the viewing room's origin, `out` the file to write."""

    api: str
    viewing: str
    recording: str
    out: Path


@dataclass(frozen=True)
class Played:
    """`engine`: chromium or node, with its version; `report`: what session.js verified."""

    engine: str
    report: dict[str, Any]
    segments: int
    bytes: int


def find_chromium() -> str | None:
    """The browser of the machine, if Playwright is there to drive it."""
    if importlib.util.find_spec("playwright") is None:
        return None
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def find_node() -> str | None:
    """Node of the wheel that the project brings, else that of the machine."""
    beside = Path(sys.executable).with_name("node")
    return str(beside) if beside.exists() else shutil.which("node")


async def play(job: Job, key: SecurityKey, engine: str = "auto") -> Played:
    """Play `job` in `engine` (auto, chromium, node)."""
    if engine == "auto":
        engine = "chromium" if find_chromium() else "node"
    if engine == "chromium":
        return await play_in_chromium(job, key)
    if engine == "node":
        return await play_in_node(job, key)
    raise CallerError("engine", "The engine is auto, chromium or node.", engine=engine)


def answer_ask(key: SecurityKey, ask: dict[str, Any]) -> dict[str, Any]:
    """What the key says to one ask of the modules. All b64u."""
    allow = [unb64u(each) for each in ask["allow"]] or None
    assertion = key.assert_(unb64u(ask["challenge"]), ask["rp_id"], ask["origin"], allow)
    prf = b64u(key.prf(unb64u(ask["prf"]), ask["rp_id"])) if ask["prf"] else None
    return {"assertion": assertion, "prf": prf}


def as_error(message: dict[str, Any]) -> ZhiluError:
    """A defect of the evidence where the modules name a layer, else a fault of the world."""
    detail = {"layer": message["layer"], "place": message["place"], "detail": message["detail"]}
    if message["layer"]:
        return DataError(message["code"], "The recording has a defect: nothing was written.", **detail)
    return WorldError(message["code"], "The recording could not be opened.", **detail)


async def play_in_node(job: Job, key: SecurityKey) -> Played:
    """The modules in Node ≥ 20."""
    node = find_node()
    if node is None:
        raise WorldError("no-node", "Node is missing: run `make setup`.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "job.json"
        path.write_text(json.dumps({**vars(job), "out": str(job.out.resolve())}))
        process = await asyncio.create_subprocess_exec(
            node,
            "--expose-gc",
            str(HERE / "run-node.mjs"),
            str(path),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
            env=os.environ | GIVE_BACK,
        )
        try:
            last = await _converse(process, key)
        finally:
            await _end(process)
    if last.get("type") != "done":
        raise as_error(last)
    return Played("node", last["report"], last["segments"], last["bytes"])


async def _converse(process: asyncio.subprocess.Process, key: SecurityKey) -> dict[str, Any]:
    """Lend the key until Node says how it ended."""
    assert process.stdout is not None and process.stdin is not None
    async for line in process.stdout:
        message: dict[str, Any] = json.loads(line)
        if message["type"] == "assert":
            process.stdin.write(json.dumps(answer_ask(key, message)).encode() + b"\n")
            await process.stdin.drain()
        elif message["type"] in ("done", "failed"):
            return message
    return {"code": "node-ended", "layer": "", "place": "", "detail": f"exit code {await process.wait()}"}


async def _end(process: asyncio.subprocess.Process) -> None:
    """No process is left behind, whatever happened."""
    ended = asyncio.create_task(process.wait())
    try:
        # Where our task is cancelled a timeout of Debian's Python 3.11.2 raises no TimeoutError.
        await asyncio.wait([ended], timeout=CLOSE_WAIT_S)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
    await ended


async def play_in_chromium(job: Job, key: SecurityKey) -> Played:
    """The modules in a page of the viewing room's own origin, under its own CSP."""
    from playwright.async_api import async_playwright  # only where there is a Chromium to drive

    part = job.out.with_name(job.out.name + ".part")
    try:
        with part.open("wb") as sink:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=find_chromium(), args=["--no-sandbox"]
                )
                try:
                    result = await _play_in_page(browser, job, key, sink)
                    engine = f"chromium {browser.version}"
                finally:
                    await browser.close()
        if result["type"] != "done":
            raise as_error(result)
        part.replace(job.out)
    finally:
        part.unlink(missing_ok=True)
    return Played(engine, result["report"], result["segments"], result["bytes"])


async def _play_in_page(browser: Any, job: Job, key: SecurityKey, sink: IO[bytes]) -> dict[str, Any]:
    page = await browser.new_page()
    await page.expose_function("zhiluAssert", lambda ask: answer_ask(key, ask))
    await page.expose_function("zhiluSink", lambda text: sink.write(base64.b64decode(text)))
    await page.goto(f"{job.api}/")
    result: dict[str, Any] = await page.evaluate(
        "async (job) => (await import('/browser/headless.js')).playHeadless(job)",
        {"viewing": job.viewing, "recording": job.recording},
    )
    return result
