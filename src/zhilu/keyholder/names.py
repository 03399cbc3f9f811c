"""Names of persons, and what the county calls a recording, for display only: nothing is decided by them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from zhilu.errors import ZhiluError
from zhilu.keyholder.county import County

KEEP_S = 60.0
MAX_NAMES = 1000
MAX_LENGTH = 100


About = dict[str, Any]


class Names:
    def __init__(self, county: County, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._county, self._monotonic = county, monotonic
        self._kept: dict[str, tuple[str, float]] = {}
        self._about: dict[str, tuple[About, float]] = {}

    async def of(self, ids: Sequence[str]) -> dict[str, str]:
        """Those that are known. A server that is away costs the names, not the page."""
        now = self._monotonic()
        wanted = [id_ for id_ in ids if self._kept.get(id_, ("", 0.0))[1] < now]
        if wanted:
            await self._fetch(wanted, now)
        return {id_: self._kept[id_][0] for id_ in ids if id_ in self._kept}

    async def about(self, recordings: Sequence[str]) -> dict[str, About]:
        """`{"department": text, "procedures": [text …]}` of those that are known."""
        now = self._monotonic()
        wanted = [id_ for id_ in recordings if self._about.get(id_, ({}, 0.0))[1] < now]
        if wanted:
            try:
                found = await self._county.about(wanted)
            except ZhiluError:
                found = {}
            while len(self._about) >= MAX_NAMES:
                self._about.pop(next(iter(self._about)))
            # What is not known is not asked for again at once.
            self._about |= {id_: (_short(found.get(id_)), now + KEEP_S) for id_ in wanted}
        return {id_: self._about[id_][0] for id_ in recordings if id_ in self._about}

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


def _short(said: object) -> About:
    """Bounded, and of the form that a page expects."""
    if not isinstance(said, dict):
        return {}
    department, procedures = said.get("department"), said.get("procedures")
    listed = procedures if isinstance(procedures, list) else []
    return {
        "department": department[:MAX_LENGTH] if isinstance(department, str) else "",
        "procedures": [one[:MAX_LENGTH] for one in listed[:3] if isinstance(one, str)],
    }
