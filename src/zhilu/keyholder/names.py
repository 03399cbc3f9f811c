"""Names of persons, what the county calls a recording, and whom it says to be over it: for showing and hiding
only. Nothing is opened by them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from zhilu.errors import ZhiluError
from zhilu.keyholder.county import County
from zhilu.protocols.viewing import VIEWING_ROLES

KEEP_S = 60.0
AWAY_S = 3.0
MAX_NAMES = 1000
MAX_ABOUT = 20_000  # more than one page names
ASKED_AT_ONCE = 100
MAX_LENGTH = 100


About = dict[str, Any]


class Names:
    def __init__(self, county: County, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._county, self._monotonic = county, monotonic
        self._kept: dict[str, tuple[str, float]] = {}
        self._about: dict[tuple[str, str], tuple[About, float]] = {}

    async def of(self, ids: Sequence[str]) -> dict[str, str]:
        """Those that are known. A server that is away costs the names, not the page."""
        now = self._monotonic()
        wanted = [id_ for id_ in ids if self._kept.get(id_, ("", 0.0))[1] < now]
        if wanted:
            await self._fetch(wanted, now)
        return {id_: self._kept[id_][0] for id_ in ids if id_ in self._kept}

    async def about(self, recordings: Sequence[str], person: str) -> dict[str, About]:
        """`{"department": text, "procedures": [text …], "covers": [role …]}` of those that are known.

        `covers`: the roles of this person that the county says cover it.
        """
        now = self._monotonic()
        wanted = [id_ for id_ in recordings if self._about.get((person, id_), ({}, 0.0))[1] < now]
        for k in range(0, len(wanted), ASKED_AT_ONCE):
            await self._fetch_about(wanted[k : k + ASKED_AT_ONCE], person, now)
        found = {id_: self._about.get((person, id_)) for id_ in recordings}
        return {id_: one[0] for id_, one in found.items() if one is not None}

    async def _fetch_about(self, recordings: Sequence[str], person: str, now: float) -> None:
        try:
            found, keep_s = await self._county.about(recordings, person), KEEP_S
        except ZhiluError:
            found, keep_s = {}, AWAY_S
        while len(self._about) > MAX_ABOUT - ASKED_AT_ONCE:
            self._about.pop(next(iter(self._about)))
        # What is not known is not asked for again at once.
        for id_ in recordings:
            self._about[person, id_] = (_short(found.get(id_)), now + keep_s)

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
    covers = said.get("covers")
    return {
        "covers": [one for one in covers if one in VIEWING_ROLES] if isinstance(covers, list) else [],
        "department": department[:MAX_LENGTH] if isinstance(department, str) else "",
        "procedures": [one[:MAX_LENGTH] for one in listed[:3] if isinstance(one, str)],
    }
