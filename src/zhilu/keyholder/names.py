"""Names of persons, from the county server, for display only: nothing is decided by them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from zhilu.errors import ZhiluError
from zhilu.keyholder.county import County

KEEP_S = 60.0
MAX_NAMES = 1000
MAX_LENGTH = 100


class Names:
    def __init__(self, county: County, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._county, self._monotonic = county, monotonic
        self._kept: dict[str, tuple[str, float]] = {}

    async def of(self, ids: Sequence[str]) -> dict[str, str]:
        """Those that are known. A server that is away costs the names, not the page."""
        now = self._monotonic()
        wanted = [id_ for id_ in ids if self._kept.get(id_, ("", 0.0))[1] < now]
        if wanted:
            await self._fetch(wanted, now)
        return {id_: self._kept[id_][0] for id_ in ids if id_ in self._kept}

    async def _fetch(self, ids: list[str], now: float) -> None:
        try:
            found = await self._county.names(ids)
        except ZhiluError:
            return
        for id_ in ids:
            if id_ in found:
                while len(self._kept) >= MAX_NAMES:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[id_] = (found[id_][:MAX_LENGTH], now + KEEP_S)
