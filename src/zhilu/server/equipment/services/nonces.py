"""Nonces of signed requests that were seen (spec/intake.md §1): each is taken once in ten minutes.

Of a request that may have an effect when it comes again, the nonce is a row, which a restart and power loss
leave alone. Of one that has none (every GET, a segment that is held already), it is kept in this process: the
server is one (`zhilu server run`), and what its restart forgets could only be asked or said once more.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from django.db import IntegrityError, transaction

from zhilu.errors import WorldError
from zhilu.protocols.httpsig import NONCE_MEMORY_S
from zhilu.server.equipment.models import SeenNonce
from zhilu.server.ledger.clock import unix_s

MOST = 100_000
"""Of one sender in ten minutes: 166 requests a second, 20 MB of memory."""


class DatabaseNonces:
    """Atomic by the table's constraint, over all threads and processes."""

    _turn = threading.Lock()

    def take(self, kid: str, nonce: str, now: int) -> bool:
        # In a row here: SQLite's own waiting sleeps longer each time, and many requests at once would sleep.
        try:
            with self._turn, transaction.atomic():
                SeenNonce.objects.create(kid=kid, nonce=nonce, at_s=now)
        except IntegrityError:
            return False
        return True


class MemoryNonces:
    """Atomic over all threads of this process. Senders are few: only who has signed gets as far as here."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._seen: dict[str, OrderedDict[str, int]] = {}

    def take(self, kid: str, nonce: str, now: int) -> bool:
        with self._turn:
            mine = self._seen.setdefault(kid, OrderedDict())
            _forget(mine, now - NONCE_MEMORY_S)
            if nonce in mine:
                return False
            if len(mine) >= MOST:
                raise WorldError("nonces-many", "This sender asks too often: try again in ten minutes.")
            mine[nonce] = now
        return True


KEPT, IN_MEMORY = DatabaseNonces(), MemoryNonces()


def forget() -> None:
    """A chore: a nonce older than this cannot come back, its request would be too old."""
    SeenNonce.objects.filter(at_s__lt=unix_s() - NONCE_MEMORY_S).delete()


def _forget(seen: OrderedDict[str, int], before: int) -> None:
    """The oldest stand first."""
    while seen and next(iter(seen.values())) < before:
        seen.popitem(last=False)
