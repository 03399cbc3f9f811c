"""The page's addresses for words: `/api/words…`. Ids are 32 hexadecimal digits, or the address is none."""

from __future__ import annotations

from aiohttp import web

from zhilu.station.calls import Answer, Body
from zhilu.station.words import Words

ID = "{id:[0-9a-f]{32}}"


def add(router: web.UrlDispatcher, words: Words, asked: Body, answer: Answer) -> None:
    async def begin(request: web.Request) -> web.Response:
        return answer(await words.begin(await asked(request)))

    async def finger(request: web.Request) -> web.Response:
        return answer(await words.finger(request.match_info["id"]))

    async def assertion(request: web.Request) -> web.Response:
        return answer(await words.assert_(request.match_info["id"], await asked(request) or None))

    async def cancel(request: web.Request) -> web.Response:
        words.cancel(request.match_info["id"])
        return answer({})

    async def outcome(request: web.Request) -> web.Response:
        return answer(words.enrolments.outcome(request.match_info["id"]))

    router.add_post("/api/words", begin)
    router.add_get(f"/api/words/{ID}", outcome)
    router.add_post(f"/api/words/{ID}/finger", finger)
    router.add_post(f"/api/words/{ID}/assertion", assertion)
    router.add_post(f"/api/words/{ID}/cancel", cancel)
