"""Rules of mail, without a database or a network.

- A mail says that there is something, how much of which kind, and where to sign in. Nothing else: no name, no
  date of a task, no text. Who reads somebody's mail learns figures.
- `soon`: one mail gathers what came, and the next comes half an hour later at the earliest. `daily`: one mail
  a day, at eight in the morning or later.
- What a server cannot take now is tried again, ever more seldom, for three days; a code for an address as
  long as the code counts. An answer that is final for the address counts against it: three in a row, and it
  gets no more mail until it is confirmed anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from zhilu.server.ledger.rules_days import day_of, midnight

SOON, DAILY = RHYTHMS = ("soon", "daily")
GATHERED = timedelta(minutes=30)
MORNING = timedelta(hours=8)
KEPT_TRYING = timedelta(days=3)
CODE_COUNTS = timedelta(minutes=30)
CODE_TRIES = 5
CODES_A_DAY = 5
MOST_FAILURES = 3
WAITS = (1, 5, 15, 60, 240)
"""Minutes to the next try."""
AWAY_WAITS = (1, 2, 5, 10)
"""The same, where the server does not answer at all."""


def is_due(rhythm: str, at: datetime, last: datetime | None) -> bool:
    """Whether what waits goes out now. `last`: when the person's last mail was made."""
    if rhythm == SOON:
        return last is None or at - last >= GATHERED
    morning = midnight(day_of(at)) + MORNING
    return at >= morning and (last is None or last < morning)


def wait(tries: int, waits: tuple[int, ...] = WAITS) -> timedelta:
    """After so many tries, at least one."""
    return timedelta(minutes=waits[min(tries, len(waits)) - 1])
