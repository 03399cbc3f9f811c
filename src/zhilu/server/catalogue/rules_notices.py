"""Rules about notices (pure; spec/federation.md §7).

- A city issues, its counties confirm. A notice is meant for all of them or for those that it names.
- It is never taken back or changed: another one says otherwise.
- A county has received it when the first who leads it or a unit of it has confirmed; it is late after the day
  that the notice names, whoever confirms then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from zhilu.encoding import is_bureau
from zhilu.errors import DataError

LONGEST_NOTICE = 5_000
LONGEST_ANSWER = 500
MOST_BUREAUS = 200


def check_said(title: str, text: str, bureaus: Sequence[Any] | None) -> None:
    """What a notice says, by itself."""
    if not title.strip() or not text.strip() or len(text) > LONGEST_NOTICE:
        raise DataError(
            "notice-text",
            "A notice has a title, and a text of 1 to {limit} characters.",
            limit=LONGEST_NOTICE,
        )
    if bureaus is not None and not (
        0 < len(bureaus) <= MOST_BUREAUS
        and all(isinstance(one, str) and is_bureau(one) for one in bureaus)
        and len(set(bureaus)) == len(bureaus)
    ):
        raise DataError("notice-bureau", "A notice is for all counties, or names those that it is for, once.")


def check_day(reply_by: date | None, today: date) -> None:
    if reply_by is not None and reply_by < today:
        raise DataError("notice-day", "The day until which to confirm has gone by.")


def is_for(bureau: str, bureaus: Sequence[str] | None) -> bool:
    return bureaus is None or bureau in bureaus


def is_late(reply_by: date | None, received: date | None, today: date) -> bool:
    """`received`: the day of the first confirmation, or None."""
    return reply_by is not None and (received or today) > reply_by
