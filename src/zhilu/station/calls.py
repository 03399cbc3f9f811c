"""The page's addresses for the screen, handovers, what a form starts with, alarms. Bays are numbers, or the
address is none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from zhilu.errors import CallerError
from zhilu.station import drafts

if TYPE_CHECKING:
    from zhilu.station.bay import Bay
    from zhilu.station.daemon import Station

BAY = "/api/bays/{number:[0-9]{1,3}}"

Body = Callable[[web.Request], Awaitable[dict[str, Any]]]
Answer = Callable[[object], web.Response]


def add(router: web.UrlDispatcher, station: Station, asked: Body, answer: Answer) -> None:
    async def state(request: web.Request) -> web.Response:
        return answer(station.state())

    async def begin(request: web.Request) -> web.Response:
        return answer(await _bay(station, request).handing.begin())

    async def finger(request: web.Request) -> web.Response:
        return answer(await _bay(station, request).handing.finger())

    async def finish(request: web.Request) -> web.Response:
        await _bay(station, request).handing.finish(await asked(request))
        return answer({})

    async def confirmed(request: web.Request) -> web.Response:
        if not station.alarms.confirm(request.match_info["id"]):
            raise CallerError("unknown-alarm", "There is no such alarm.")
        return answer({})

    async def roster(request: web.Request) -> web.Response:
        return answer(drafts.roster(station.parts))

    async def draft(request: web.Request) -> web.Response:
        return answer(await drafts.draft(station.parts, _bay(station, request).number))

    router.add_get("/api/roster", roster)
    router.add_get(f"{BAY}/draft", draft)
    router.add_get("/api/state", state)
    router.add_post(f"{BAY}/ceremony", begin)
    router.add_post(f"{BAY}/finger", finger)
    router.add_post(f"{BAY}/assertion", finish)
    router.add_post("/api/alarms/{id}/confirmed", confirmed)


def _bay(station: Station, request: web.Request) -> Bay:
    bay = station.bays.get(int(request.match_info["number"]))
    if bay is None:
        raise CallerError("unknown-bay", "There is no such bay.")
    return bay
