"""What an entry about a finding, or a limit, may say (pure; spec/findings.md §1, §3).

- A finding is asked under a rule and a version that this release has, with its severity, about a day on which
  the version counts. Its id follows from rule and subject.
- A county's ledger is followed here by what its entries say: one that is not formed as demanded is passed
  over, and one of a rule or version that a later release has is shown as it is.
- A limit counts from the day of its entry at the earliest: nobody changes by what the past is judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from zhilu.errors import DataError
from zhilu.server.ledger.rules_days import day_of
from zhilu.server.organisation.rules_calendar import is_workday
from zhilu.server.oversight.findings.days import OF_TEXT
from zhilu.server.oversight.findings.rule import SEVERITIES, Rule, id_of

LONGEST_SUBJECT, LONGEST_WORD = 120, 120
MOST_PERSONS = MOST_PLACES = MOST_WORDS = 100
"""What a finding says is enough to ask; the footage says the rest."""
OPEN, EXPLAINED, ANSWERED, CONCLUDED = "open", "explained", "answered", "concluded"
TASK, ACT, RECORDING, BOOT, DOCKING, VIEWING, VIEWER_DAY = SUBJECTS = (
    "task", "act", "recording", "boot", "docking", "viewing", "viewer-day",
)  # fmt: skip
NOT_SHOWN, NOT_ASKED, TASK_CHANGED, ACT_CHANGED, MATCH_CORRECTED = CLEARED = (
    "not-shown", "explained", "task-changed", "act-changed", "match-corrected",
)  # fmt: skip
"""Why a finding is cleared: its facts no longer show it; somebody approved an explanation; the task was
changed or withdrawn, the act or its statement corrected, or their match corrected, after it had been raised.
"""
LONGEST_STOOD = timedelta(days=366)
"""More of it lapses nothing further."""
YEARS = range(2000, 3000)
LATEST = 2**35
STRENGTHS = ("none", "key", "fprintd", "fprintd+key")
BOUNDS = {
    "edge_s": (0, 3600), "gap_s": (0, 3600), "black_s": (0, 3600), "silent_s": (0, 3600),
    "clock_s": (1, 3600), "upload_h": (1, 240), "state_days": (1, 60), "link_days": (1, 60),
    "keep_days": (1, 60), "bare_s": (60, 7200), "boot_s": (10, 7200), "match_days": (1, 7),
    "burst_count": (1, 1000), "burst_s": (60, 86_400), "explain_days": (1, 60), "head_days": (1, 60),
    "supervisor_days": (1, 60), "appeal_days": (1, 60), "appeal_decide_days": (1, 60),
}  # fmt: skip
"""The least and the most that a limit may be."""


def is_sound(event: Any) -> bool:
    """Whether a `finding-raised/1` is formed as demanded."""
    day = date.fromisoformat(event.day)
    return (
        event.finding == id_of(event.rule, event.about)
        and 0 < len(event.about) <= LONGEST_SUBJECT
        and event.about.isprintable()
        and event.subject_kind in SUBJECTS
        and event.severity in SEVERITIES
        and 1 <= event.version < 2**31
        and day.year in YEARS
        and len(event.persons) <= MOST_PERSONS
        and _are(event.places, MOST_PLACES, _is_place)
        and _are(event.words, MOST_WORDS, _is_word)
    )


def _are(many: Sequence[Any], most: int, is_one: Any) -> bool:
    return len(many) <= most and all(map(is_one, many))


def _is_place(one: Any) -> bool:
    return (
        isinstance(one, list)
        and len(one) == 2
        and all(isinstance(at, int) and not isinstance(at, bool) and 0 <= at < LATEST for at in one)
        and one[0] <= one[1]
    )


def _is_word(one: Any) -> bool:
    return isinstance(one, str) and len(one) <= LONGEST_WORD and one.isprintable()


def check_raised(event: Any, rules: Sequence[Rule]) -> None:
    if not is_sound(event):
        raise DataError("finding-form", "The finding is not formed as demanded.")
    rule = next((one for one in rules if (one.code, one.version) == (event.rule, event.version)), None)
    if rule is None:
        raise DataError("finding-rule", "No rule {rule} has a version {version}.", rule=event.rule,
                        version=event.version)  # fmt: skip
    if event.severity != rule.severity or date.fromisoformat(event.day) < rule.since:
        raise DataError("finding-rule", "The finding is not what its rule says.")


def raised_again(raised: datetime, cleared: datetime, at: datetime, days: Mapping[date, str]) -> datetime:
    """From when on its days count where it comes again: those worked days are over on which it stood, one at
    least but on the day itself. Whoever lets it go and come gains nothing by that. `days`: the calendar.
    """
    first, day = day_of(raised), day_of(at)
    length = min((day_of(cleared) - first).days, LONGEST_STOOD.days)
    stood = sum(is_workday(first + timedelta(days=n + 1), days) for n in range(length))
    left = max(stood, 1) if day > first else 0
    while left > 0:
        left -= is_workday(day, days)
        day -= timedelta(days=1)
    return at - (day_of(at) - day)


def check_limit(name: str, value: str, since: date, today: date) -> None:
    if not is_limit(name, value):
        raise DataError("limit-value", "There is no such limit, or it cannot have this value.")
    if since < today:
        raise DataError("limit-since", "A limit counts from today at the earliest.")


def is_limit(name: str, value: str) -> bool:
    if name == OF_TEXT:
        return value in STRENGTHS
    if name not in BOUNDS:
        return False
    least, most = BOUNDS[name]
    return value.isascii() and value.isdecimal() and len(value) <= 6 and least <= int(value) <= most
