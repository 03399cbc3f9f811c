"""Fifty viewers at once, 4 Mbit/s each, from a county's real server: `readers_stalls` must be 0.

49 clients in one process, and real Chromium: each asks segment after segment of two seconds (1 MB) under a
grant, six seconds ahead of what it shows; a segment that comes after its moment is a stall. Chromium's page
lies on the viewing room's origin, so every request of it is one across origins.

`readers_slowest_ms`: the longest that one segment took. `readers_mbit_s`: what all got together.
`readers_server_cpu_ms`: the server's processor time for one segment; fifty readers ask 25 in a second. The
segments are noise of the right size, put into the store past intake: nobody decrypts them here.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import aiohttp
from playwright.sync_api import sync_playwright

from support import county_home
from support.chromium import ARGUMENTS, EXECUTABLE
from support.loop import free_tcp_base

READERS, AHEAD_S, SEGMENT_S, SEGMENT = 50, 6, 2, 1_000_000
SEGMENTS = int(os.environ.get("ZHILU_READERS_SEGMENTS", "30"))
ROOM = "julu.view.example"
FILL = """
import json, os, struct, sys
from pathlib import Path
from zhilu.server.commands import boot
config = boot.start(Path(sys.argv[1]))
count, size = int(sys.argv[2]), int(sys.argv[3])
from datetime import timedelta
from support.county_world import RECORDING, CountyWorld
from zhilu.server.evidence.services.media_store import media_key
world = CountyWorld(config)
world.found()
world.publish()
world.store()
world.register_credentials()
viewing = world.view(segments=(1, count))
assert world.release(viewing, (1, count)).status_code == 201
media = config.store_folder / media_key(RECORDING)
media.unlink()
with media.open("wb") as file:
    for _ in range(count + 1):
        file.write(os.urandom(size))
index = config.spool_folder / "index" / f"{RECORDING}.idx"
index.parent.mkdir(parents=True, exist_ok=True)
index.write_bytes(b"".join(struct.pack(">QI32s", i * size, size, bytes(32)) for i in range(count + 1)))
print(json.dumps({"recording": str(RECORDING), "grant": world.grant(viewing, (1, count))}))
"""
PAGE = """async ([url, grant, count, length, ahead]) => {
  let stalls = 0, slowest = 0, began = 0;
  const now = () => performance.now() / 1000;
  for (let k = 0; k < count; k += 1) {
    const wait = began ? began + length * k - ahead - now() : 0;
    if (wait > 0) await new Promise((done) => setTimeout(done, wait * 1000));
    const asked = now();
    const answer = await fetch(`${url}/${k + 1}`, { headers: { authorization: `Bearer ${grant}` } });
    if (!answer.ok || (await answer.arrayBuffer()).byteLength !== 1000000) throw new Error(answer.status);
    slowest = Math.max(slowest, now() - asked);
    if (!began) began = now();
    if (now() > began + length * k) { if (k) { stalls += 1; began = now() - length * k; } }
  }
  return { stalls, slowest };
}"""


def run() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        home, root, tcp_port = Path(folder) / "home", Path(folder) / "root.pem", free_tcp_base()
        county_home.make_root(root)
        county_home.init(home, tcp_port, root)
        told = fill(home)
        with served(home, tcp_port) as server:
            url = f"http://127.0.0.1:{tcp_port}/media/{told['recording']}/segments"
            found: list[dict[str, float]] = []
            clients = threading.Thread(target=lambda: found.extend(asyncio.run(others(url, told["grant"]))))
            began = time.monotonic()
            clients.start()
            found_by_chromium = chromium(url, told["grant"])
            clients.join()
            taken, used = time.monotonic() - began, cpu_s(server)
    found.append(found_by_chromium)
    assert len(found) == READERS
    return {
        "readers_stalls": sum(one["stalls"] for one in found),
        "readers_chromium_stalls": found_by_chromium["stalls"],
        "readers_slowest_ms": max(one["slowest"] for one in found) * 1000,
        "readers_server_cpu_ms": used * 1000 / (READERS * SEGMENTS),
        "readers_mbit_s": READERS * SEGMENTS * SEGMENT * 8 / 1e6 / taken,
    }


def fill(home: Path) -> dict[str, str]:
    command = [sys.executable, "-c", FILL, str(home), str(SEGMENTS), str(SEGMENT)]
    done = subprocess.run(command, env=_environ(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return told


def _environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))}
    return kept | {"PYTHONPATH": str(Path(county_home.__file__).parents[1])}


@contextmanager
def served(home: Path, tcp_port: int) -> Iterator[int]:
    """The server's process id."""
    command = [sys.executable, "-m", "zhilu.cli", "server", "run", "--home", str(home), "--no-work"]
    server = subprocess.Popen(command, env=_environ(), stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout and str(tcp_port) in server.stdout.readline()
        yield server.pid
    finally:
        server.terminate()
        server.wait(20)


def cpu_s(leader: int) -> float:
    """Processor time of a process and its children so far."""
    children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split() for pid in (leader, *children)]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


async def others(url: str, grant: str) -> list[dict[str, float]]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {grant}"}, connector=connector
    ) as session:
        readers = (read(session, url, number * SEGMENT_S / READERS) for number in range(READERS - 1))
        return list(await asyncio.gather(*readers))


async def read(session: aiohttp.ClientSession, url: str, after: float) -> dict[str, float]:
    await asyncio.sleep(after)
    stalls, slowest, began = 0, 0.0, 0.0
    for k in range(SEGMENTS):
        if began:
            await asyncio.sleep(max(0.0, began + SEGMENT_S * k - AHEAD_S - time.monotonic()))
        asked = time.monotonic()
        async with session.get(f"{url}/{k + 1}") as answer:
            data = await answer.read()
            assert answer.status == 200 and len(data) == SEGMENT, answer.status
        now = time.monotonic()
        slowest = max(slowest, now - asked)
        began = began or now
        if now > began + SEGMENT_S * k and k:
            stalls, began = stalls + 1, now - SEGMENT_S * k
    return {"stalls": stalls, "slowest": slowest}


class _Empty(BaseHTTPRequestHandler):
    """The viewing room's origin: an empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


def chromium(url: str, grant: str) -> dict[str, float]:
    room = ThreadingHTTPServer(("127.0.0.1", 0), _Empty)
    threading.Thread(target=room.serve_forever, daemon=True).start()
    rules = f"--host-resolver-rules=MAP {ROOM}:80 127.0.0.1:{room.server_address[1]}"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=[*ARGUMENTS, rules])
            page = browser.new_page()
            page.goto(f"http://{ROOM}/")
            found: dict[str, float] = page.evaluate(PAGE, [url, grant, SEGMENTS, SEGMENT_S, AHEAD_S])
            browser.close()
            return found
    finally:
        room.shutdown()
