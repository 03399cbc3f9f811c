"""What is burnt into the picture: `2026-11-24 18:40:03 +08:00  1234  XT-0001`. Digits and ASCII only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
MAX_WORD = 40


@dataclass(frozen=True)
class Stamp:
    """Asked anew for each picture. `now`: the recorder's UTC; `officer`: his number, or ""."""

    serial: str
    officer: Callable[[], str]
    now: Callable[[], datetime]

    def text(self) -> str:
        at = self.now().astimezone(BEIJING)
        words = (f"{at:%Y-%m-%d %H:%M:%S} +08:00", _plain(self.officer()), _plain(self.serial))
        return "  ".join(word for word in words if word)


def _plain(word: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in word[:MAX_WORD])
