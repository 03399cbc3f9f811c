"""Waiting for the pass: entries just committed are proved a moment later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from zhilu.errors import ZhiluError

PATIENCE_S = 20.0
T = TypeVar("T")


def patiently(make: Callable[[], T]) -> T:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return make()
        except ZhiluError as error:
            if error.code not in ("not-covered", "no-checkpoint") or time.monotonic() > until:
                raise
        time.sleep(0.2)
