"""Entries of releases that are waited for, each known again by the nonce in it (spec/viewing.md §5.3, §8).

A nonce is spent with the first entry that carries it, whatever that entry says. Nonces live in memory: after
a restart no earlier entry can lead to a release.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zhilu.encoding import b64u
from zhilu.errors import DataError, WorldError

log = logging.getLogger("zhilu.keyholder")

NONCE_LIFE_S = 60.0
MAX_WAITING = 64  # releases at one time

Check = Callable[[dict[str, Any], dict[str, Any]], None]
"""Leaf and core of the entry; raises DataError where they are not those that were agreed."""


@dataclass(frozen=True)
class Logged:
    """The entry of a release, as read."""

    index: int
    leaf: bytes


@dataclass
class _Waiting:
    check: Check
    logged: asyncio.Future[Logged]


class Awaited:
    """A listener of the follower's. `field` of the core holds the nonces."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._waiting: dict[str, _Waiting] = {}

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    def check_place(self) -> None:
        if len(self._waiting) >= MAX_WAITING:
            raise WorldError("busy", "Too many releases at one time; try again.")

    def wait_for(self, nonce: bytes, check: Check) -> asyncio.Future[Logged]:
        waiting = _Waiting(check, asyncio.get_running_loop().create_future())
        self._waiting[b64u(nonce)] = waiting
        return waiting.logged

    def forget(self, nonce: bytes) -> None:
        self._waiting.pop(b64u(nonce), None)

    def awaits(self, kind: str, core: dict[str, Any]) -> bool:
        nonce = core.get(self._field)
        return kind == "key-released/1" and isinstance(nonce, str) and nonce in self._waiting

    def on_entry(self, index: int, leaf_bytes: bytes, leaf: dict[str, Any], core: dict[str, Any]) -> None:
        """A `key-released/1` entry was read in the ledger."""
        waiting = self._waiting.pop(core[self._field], None)
        if waiting is None or waiting.logged.done():
            return  # not ours, or too late, or of before a restart
        try:
            waiting.check(leaf, core)
        except DataError as error:
            log.error("entry %d: %s", index, error.code)
            waiting.logged.set_exception(error)
        else:
            waiting.logged.set_result(Logged(index, leaf_bytes))


def timed_out() -> WorldError:
    return WorldError(
        "release-timeout", "The ledger has not taken the release in time; nothing was released."
    )
