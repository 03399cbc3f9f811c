"""Rules about how long a recording is kept (pure; spec/ledger.md §6).

- At least as long as the catalogue demands of each act that names it; one that no act names as long as the
  law demands of all.
- A person lengthens it, for one of the reasons below. Nobody shortens it: what was said longest counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from zhilu.errors import DataError
from zhilu.server.catalogue.rules import LEAST_DAYS, is_retention, kept_longer

REASONS = ("evidence", "case-filed", "dispute", "complaint", "litigation", "other")
LONGEST_TEXT = 200
LEAST = f"days-{LEAST_DAYS}"


def longest(retentions: Iterable[str]) -> str:
    """Of these, what nobody could read left out; `LEAST` of none."""
    return max((one for one in retentions if is_retention(one)), key=kept_longer, default=LEAST)


def check_longer(keep: str, now: str, reason: str) -> None:
    if reason not in REASONS:
        raise DataError("keep-reason", "There is no such reason for keeping a recording longer.")
    if not is_retention(keep):
        raise DataError("keep", "Kept is from 180 days to 100 years, with the case file, or permanently.")
    if kept_longer(keep) <= kept_longer(now):
        raise DataError("keep-shorter", "It is kept as long already: it can only be kept longer.")
