"""The place of the ciphertext beside a played viewing room: journal, proofs and segments of a recording."""

from __future__ import annotations

from aiohttp import web


class Store:
    """What it serves is the room's; tests change it."""

    api: str
    journal: bytes
    media: list[bytes]
    proofs: dict[str, bytes]
    served: list[str]
    failing: int

    def _store(self) -> web.Application:
        app = web.Application()
        app.router.add_route("OPTIONS", "/media/{path:.+}", self._preflight)
        app.router.add_get("/media/{id}/journal", self._journal)
        app.router.add_get("/media/{id}/proofs/{name}", self._proof)
        app.router.add_get("/media/{id}/segments/{i}", self._segment)
        return app

    def _cors(self) -> dict[str, str]:
        return {"Access-Control-Allow-Origin": self.api, "Access-Control-Allow-Headers": "authorization"}

    async def _preflight(self, _: web.Request) -> web.Response:
        return web.Response(status=204, headers=self._cors())

    async def _journal(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"].startswith("Bearer ")
        self.served.append("journal")
        return web.Response(body=self.journal, headers=self._cors())

    async def _proof(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"].startswith("Bearer ")
        body = self.proofs.get(request.match_info["name"], b"{}")
        return web.Response(body=body, headers=self._cors())

    async def _segment(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"].startswith("Bearer ")
        i = int(request.match_info["i"])
        if self.failing:
            self.failing -= 1
            return web.json_response({"error": "busy", "hint": ""}, status=503, headers=self._cors())
        self.served.append(f"segment {i}")
        return web.Response(body=self.media[i], headers=self._cors())
