"""The kiosk's real files before a station that is played: states and answers as a test wants them.

For what the page does with a state, whoever made it. Every call is kept; an answer may be replaced by
another, by a refusal, or by one that lets the page wait.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

from aiohttp import web

from zhilu.station.page import FILES, FOLDER, HEADERS

KEY = "AAECAwQFBgcICQoLDA0ODw"
"""The id of the security key that the page is to ask for, base64url."""
LATE = "2026-11-30T10:00:00.000000Z"
NAMES = ("李建国", "王芳", "赵志强", "刘敏", "陈晓东", "杨秀英", "黄伟", "周丽华")

Answer = Callable[[dict[str, Any]], Any]


class Refused(Exception):
    def __init__(self, code: str, status: int = 403) -> None:
        super().__init__(code)
        self.code, self.status = code, status


def bay(number: int, phase: str = "empty", **fields: Any) -> dict[str, Any]:
    """A bay of the state, in this phase, with a recorder unless it is empty."""
    held = phase not in ("empty", "refused")
    full = {
        "number": number,
        "phase": phase,
        "recorder": {"serial": f"XT-{number:04}", "kid": f"kid-{number}"} if held else None,
        "officer": {"id": f"p{number % 8}", "name": NAMES[number % 8]} if held else None,
        "recordings": 3 if held else 0,
        "bytes_done": 0,
        "bytes_total": 2_400_000_000 if held else 0,
        "seconds_left": None,
        "battery": 76 if held else None,
        "message": None,
        "hint": "",
        "check": "fprintd+key",
        "officer_locked_until": None,
        "statement": None,
        "deputy": False,
        "drill": False,
        "clock_offset_us": None,
    }
    return full | fields


def working(number: int, phase: str, part: float, seconds: int) -> dict[str, Any]:
    return bay(number, phase, bytes_done=int(2_400_000_000 * part), seconds_left=seconds)


def statement(number: int, filed: int = 0) -> dict[str, Any]:
    person = {"id": f"p{number % 8}", "name": NAMES[number % 8]}
    return {"handover": "ab" * 32, "recordings": 3, "filed": filed, "earlier": 0} | {
        "officer": person,
        "late_after": LATE,
    }


def bays(count: int) -> list[dict[str, Any]]:
    """All that can be seen at once."""
    kinds = [
        lambda n: bay(n, "waiting-officer"),
        lambda n: working(n, "collecting", 0.62, 250),
        lambda n: bay(n, "safe-to-take", statement=statement(n)),
        lambda n: bay(n),
        lambda n: working(n, "uploading", 0.35, 1500) | {"statement": statement(n)},
        lambda n: bay(n, "refused", message="bay"),
        lambda n: bay(n, "stored", statement=statement(n, 2)),
        lambda n: bay(n, "fault", message="no-space"),
        lambda n: bay(n, message="interrupted"),
    ]
    quiet = [kinds[1], kinds[3], kinds[4], kinds[3], kinds[1], kinds[6]]
    return [(kinds[n - 1] if n <= len(kinds) else quiet[n % 6])(n) for n in range(1, count + 1)]


def alarm(
    number: int, code: str, state: str = "raised", bay: int | None = None, **more: Any
) -> dict[str, Any]:
    one = {"id": f"alarm-{number}", "at": "2026-11-29T09:40:00.000000Z", "bay": bay, "code": code}
    return one | {"detail": "", "count": 1, "state": state, "ended": False} | more


def state(*shown: dict[str, Any], **fields: Any) -> dict[str, Any]:
    full = {
        "station": "巨鹿县局采集工作站",
        "bureau": "julu",
        "county": "reachable",
        "snapshot": None,
        "bays": list(shown),
        "alarms": [],
        "sensor": True,
        "prompt": None,
        "waiting_words": 0,
        "upload": {"held": None},
        "spool": {"used": 38_000_000_000, "limit": 400_000_000_000, "low": False},
    }
    return full | fields


def person(number: int, **more: Any) -> dict[str, Any]:
    one = {
        "id": f"p{number}",
        "name": NAMES[number],
        "number": f"1305{number:04}",
        "department": "税源管理二股",
    }
    return one | {"fit": True, "keeper": number in (1, 3), "officer": True, "key": True} | more


def roster() -> list[dict[str, Any]]:
    return [person(number, fit=number != 4) for number in range(8)]


def draft(recordings: int = 2) -> dict[str, Any]:
    rows = [
        {
            "id": f"0193a000-0000-7000-8000-00000000010{n}",
            "opened_at": f"2026-11-29T0{1 + 2 * n}:12:00.000000Z",
            "duration_us": (31 + 20 * n) * 60_000_000,
            "drill": n == 2,
            "stored": n == 0,
            "marks": [420_000_000, 1_230_000_000],
            "positions": [{"lat": 37.2206 + n / 100, "lon": 115.0312, "at_us": 0}],
        }
        for n in range(recordings)
    ]
    return {
        "handover": "ab" * 32,
        "officer": {"id": "p0", "name": NAMES[0]},
        "recorder": {"serial": "XT-0001"},
        "recordings": rows,
        "classes": [{"code": c, "name": n} for c, n in zip("1234", CLASSES, strict=True)],
        "procedures": procedures(),
        "officers": [person(n) for n in range(8)],
        "templates": [
            {"id": "t1", "name": "入户核查", "elements": {"cause": "按计划检查", "result": "核查表已签字"}}
        ],
        "bay": 1,
        "station": "巨鹿县局采集工作站",
        "late_after": LATE,
    }


CLASSES = ("确定类", "入户类", "约谈类", "场景类")


def procedures() -> list[dict[str, Any]]:
    """As many as there are: 35 of one class, fewer of the others."""
    counts = {"1": 11, "2": 35, "3": 8, "4": 12}
    names = ("增值税一般纳税人资格实地核查", "非正常户实地核查", "减免税申请调查核实", "欠税催缴约谈")
    return [
        {
            "code": f"{'ABCD'[int(kind) - 1]}{n:02}",
            "class": kind,
            "name": names[(n + int(kind)) % 4],
            "min_officers": 2 if n % 5 == 0 else 1,
            "start": "到达登记地址，亮证、告知录音录像前",
            "content": "门牌招牌、营业执照、实际经营地与登记项是否一致、负责人答复",
            "end": "核查表签字，离开",
            "script": "我们是税务局执法人员，这是我们的证件。本次执法全程录音录像。",
        }
        for kind, count in counts.items()
        for n in range(1, count + 1)
    ]


def asked(name: str = NAMES[0], *needs: str) -> dict[str, Any]:
    base = {"challenge": "AQIDBAUGBwgJCgsMDQ4PEA", "rp_id": "localhost", "allow": [KEY], "seconds": 120}
    return base | {"person": {"id": "p0", "name": name}, "needs": list(needs or ("key",))}


def handover(*needs: str) -> dict[str, Any]:
    rows = [
        {"opened_at": f"2026-11-29T0{n}:12:00.000000Z", "length": 812_000_000, "drill": n == 3}
        for n in range(1, 4)
    ]
    shown = {"bay": 1, "serial": "XT-0001", "officer": NAMES[1], "recordings": 3, "bytes": 2_436_000_000}
    return asked(NAMES[1], *(needs or ("finger", "key"))) | {"handover": shown | {"list": rows}}


def creation() -> dict[str, Any]:
    """What the browser is to make a key for; the one that is plugged in is known already where excluded."""
    user = {"id": "AAECAwQFBgcICQoLDA0ODw", "name": "13050001", "display": NAMES[1]}
    asked = {"challenge": "AAAA", "rp_id": "localhost", "user": user, "exclude": [], "seconds": 120}
    return {"id": "f" * 32} | asked


def answers() -> dict[str, Answer]:
    """By the end of the address. What a station that agrees with everything says."""
    done = {"statement": "filed", "assignment": "assigned", "finger": "enrol"}
    kinds: list[str] = []

    def begin(body: dict[str, Any]) -> Any:
        kinds.append(body["kind"])
        return {"id": "f" * 32, "signer": asked(NAMES[1], "key"), "missing": []}

    return {
        "/ceremony": lambda body: handover(),
        "/finger": lambda body: {"matched": True},
        "bays/1/assertion": lambda body: {},
        "/draft": lambda body: draft(),
        "/roster": lambda body: roster(),
        "/words": begin,
        f"words/{'f' * 32}/assertion": lambda body: {"done": done[kinds[-1]]},
        f"words/{'f' * 32}": lambda body: {"state": "enrolling", "error": None},
        "/cancel": lambda body: {},
        "/confirmed": lambda body: {},
        "/api/keys": lambda body: creation(),
        f"keys/{'f' * 32}": lambda body: {"number": "042917"},
    }


class PlayedStation:
    """Runs in a thread of its own, for Playwright has the test's."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._listeners: list[asyncio.Queue[dict[str, Any] | None]] = []
        self.reset()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.origin = self._do(self._start())

    def reset(self) -> None:
        self.state = state(bay(1))
        self.answers = answers()
        self.calls.clear()

    def show(self, shown: dict[str, Any]) -> None:
        """This is the state from now on; every open page is told."""
        self.state = shown
        self._loop.call_soon_threadsafe(lambda: [queue.put_nowait(shown) for queue in self._listeners])

    def posted(self, end: str) -> list[dict[str, Any]]:
        return [body for path, body in self.calls if path.endswith(end)]

    def close(self) -> None:
        self._loop.call_soon_threadsafe(lambda: [queue.put_nowait(None) for queue in self._listeners])
        self._do(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    def _do(self, step: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(step, self._loop).result(60)

    async def _start(self) -> str:
        app = web.Application()
        for path in FILES:
            app.router.add_get(path, self._file)
        app.router.add_get("/api/events", self._events)
        app.router.add_route("*", "/api/{rest:.*}", self._api)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://localhost:{self._runner.addresses[0][1]}"

    async def _file(self, request: web.Request) -> web.Response:
        name, kind = FILES[request.path]
        return web.Response(
            body=(FOLDER / name).read_bytes(), content_type=kind, charset="utf-8", headers=HEADERS
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=HEADERS | {"content-type": "text/event-stream"})
        await response.prepare(request)
        mine: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        mine.put_nowait(self.state)
        self._listeners.append(mine)
        try:
            while (shown := await mine.get()) is not None:
                await response.write(b"data: " + json.dumps(shown).encode() + b"\n\n")
            return response
        except ConnectionError:
            return response
        finally:
            self._listeners.remove(mine)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else {}
        if request.method == "POST":
            self.calls.append((request.path, body))
        try:
            said = next(answer for end, answer in self.answers.items() if request.path.endswith(end))(body)
            return web.json_response(await said if asyncio.iscoroutine(said) else said)
        except Refused as error:
            return web.json_response({"error": error.code, "hint": ""}, status=error.status)
        except StopIteration:
            return web.json_response({"error": "not-found", "hint": ""}, status=404)
