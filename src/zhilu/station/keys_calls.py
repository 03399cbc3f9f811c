"""The page's addresses for a security key that is made at it: `/api/keys…`. Ids as those of words."""

from __future__ import annotations

from aiohttp import web

from zhilu.station.calls import Answer, Body
from zhilu.station.keys import Keys
from zhilu.station.words_calls import ID


def add(router: web.UrlDispatcher, keys: Keys, asked: Body, answer: Answer) -> None:
    async def begin(request: web.Request) -> web.Response:
        return answer(keys.begin(await asked(request)))

    async def finish(request: web.Request) -> web.Response:
        return answer(await keys.finish(request.match_info["id"], await asked(request)))

    async def cancel(request: web.Request) -> web.Response:
        keys.cancel(request.match_info["id"])
        return answer({})

    router.add_post("/api/keys", begin)
    router.add_post(f"/api/keys/{ID}", finish)
    router.add_post(f"/api/keys/{ID}/cancel", cancel)
