"""The server's clock and the random part of its ids, in one place, so that tests and the demonstration's data
can set them. `apply` never reads either."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from uuid import UUID

from zhilu.encoding import uuid7
from zhilu.server.ledger.rules_days import BEIJING, day_of, in_beijing, midnight

__all__ = [
    "BEIJING", "day_of", "in_beijing", "midnight", "new_id", "now", "set_to", "today", "unix_s",
]  # fmt: skip


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system
_random: Callable[[int], bytes] = secrets.token_bytes


def now() -> datetime:
    """UTC, aware."""
    return _source()


def today() -> date:
    return day_of(now())


def new_id() -> UUID:
    """For a new thing: its time is in front, so that ids sort as they came."""
    return uuid7(int(now().timestamp() * 1000), _random(10))


def unix_s() -> int:
    return int(now().timestamp())


@contextmanager
def set_to(
    source: Callable[[], datetime], random: Callable[[int], bytes] = secrets.token_bytes
) -> Iterator[None]:
    """Another clock for a while; `random` for ids, never for keys."""
    global _source, _random
    before, (_source, _random) = (_source, _random), (source, random)
    try:
        yield
    finally:
        _source, _random = before
