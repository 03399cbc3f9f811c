"""One recording, one writer (services/staging.py), also where who held the lock took its file away."""

from __future__ import annotations

import threading
from uuid import UUID

from support.county_world import CountyWorld
from zhilu.server.evidence.services.staging import Staging

RECORDING = UUID("01a20d47-02d2-72d6-bcb7-aa8c0b352488")


def test_whoever_waited_for_a_lock_that_is_gone_waits_for_the_next(county: CountyWorld) -> None:
    waiting, inside, over = threading.Event(), threading.Event(), threading.Event()

    def wait_for_it() -> None:
        waiting.set()
        with Staging(RECORDING).locked():
            inside.set()
            over.wait(60)

    waiter = threading.Thread(target=wait_for_it)
    first = Staging(RECORDING)
    with first.locked():
        waiter.start()
        waiting.wait(60)
        assert not inside.wait(0.3)
        first.remove()
        # Another takes the new file's lock before the waiter wakes on the old one.
        fresh = Staging(RECORDING).locked()
        fresh.__enter__()
    try:
        assert not inside.wait(0.5), "two are inside"
    finally:
        fresh.__exit__(None, None, None)
    assert inside.wait(60)
    over.set()
    waiter.join(60)
