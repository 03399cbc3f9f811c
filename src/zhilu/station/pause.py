"""How long until what failed is tried again: a second at first, longer each time, a minute at most."""

from __future__ import annotations

FIRST_S, LONGEST_S = 1.0, 60.0


class Pause:
    def __init__(self) -> None:
        self._next_s = FIRST_S

    def take_s(self) -> float:
        """Seconds to wait now; the next time twice as many."""
        now_s, self._next_s = self._next_s, min(self._next_s * 2, LONGEST_S)
        return now_s

    def over(self) -> None:
        """It went well."""
        self._next_s = FIRST_S
