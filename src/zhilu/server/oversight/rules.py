"""What is absent, and what may be said of it (pure; spec/absence.md §2 to §4).

Of each recording three things are known, each by an entry of its own: what its recorder's lines say
(`Logged`), which handover listed it (`Handed`), whether it is stored.

- *Captured* is what the lines opened and closed, and what they left open and went on after a power-on. What
  ended before its journal had a line has nothing to offer; what is open where the lines end is not known yet.
- *Collected* is what a handover lists, *stored* what the ledger says is stored.
- A proved absence: closed, a handover of after it does not list it, and it is not stored (`not-collected`);
  or erased by the recorder and not stored (`cleared`); or left open (`unclosed`); or a step of the counter.
- Not there *yet* is no absence: for a day after lines or handover came it is under way, and a hole from then
  on. By the time of the entries, not of devices, whose clocks anybody may have set.
- After a recorder's last line nothing is known, and nothing is said. A day is complete only where all
  recorders are known to its end.
- A note is true and accuses nobody.

No rule names a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

PATIENCE = timedelta(hours=24)
LONGEST = timedelta(days=7)
"""A recording that says it is longer adds nothing to a sum."""
YEARS = range(2000, 3000)
"""A time outside is not shown and not counted: it is nobody's time."""
LATEST = PATIENCE + timedelta(minutes=10)
"""Nothing that was entered by a true clock is due later than this from now."""
NOTES = ("boot", "not-recording", "broken-off", "gap", "clock")
HOLES = (
    "not-collected", "not-stored", "not-handed", "cleared", "unclosed", "counter", "fork", "closed-as",
    "unhanded", "unlogged", "unlined", "lines", "unsigned",
)  # fmt: skip
AT_STATION = frozenset({"not-stored", "unlined"})
"""Last seen at a station, which a handover names."""


@dataclass(frozen=True)
class Logged:
    """What the lines say of one recording; `closed_line` and what follows: None where none closed it."""

    opened_at: datetime
    told_at: datetime
    closed_line: int | None = None
    closed_at: datetime | None = None
    lines: int | None = None
    length: int | None = None
    cleared: bool = False
    lost_at: datetime | None = None


@dataclass(frozen=True)
class Handed:
    at: datetime
    told_at: datetime


@dataclass(frozen=True)
class Stored:
    """How long the ledger says that its journal and its media are."""

    lines: int
    length: int


@dataclass(frozen=True)
class Verdict:
    """Counted or not at each step, and the hole, "" where there is none; until `due_at` it is under way."""

    captured: bool = False
    collected: bool = False
    stored: bool = False
    hole: str = ""
    due_at: datetime | None = None


def judge(logged: Logged | None, handed: Handed | None, stored: Stored | None, docked: int) -> Verdict:
    """`docked`: number of the last line at the recorder's newest handover, -1 where there was none."""
    if logged is None:
        return _unlogged(handed, stored is not None)
    if stored:
        return Verdict(True, handed is not None, True, _wrong(logged, handed, stored))
    if logged.closed_line is not None and not logged.lines:
        return Verdict()
    if logged.closed_line is None and logged.lost_at is None:
        return Verdict()
    hole, due_at = _missing(logged, handed, docked)
    return Verdict(True, handed is not None, False, hole, due_at)


def _unlogged(handed: Handed | None, stored: bool) -> Verdict:
    if stored:
        return Verdict(False, handed is not None, True, "unlogged")
    return Verdict(False, True, False, "unlined", handed.told_at + PATIENCE) if handed else Verdict()


def _wrong(logged: Logged, handed: Handed | None, stored: Stored) -> str:
    if (logged.lines, logged.length) != (stored.lines, stored.length):
        return "closed-as"
    return "" if handed else "unhanded"


def _missing(logged: Logged, handed: Handed | None, docked: int) -> tuple[str, datetime | None]:
    if logged.cleared:
        return "cleared", None
    if handed:
        return "not-stored", handed.told_at + PATIENCE
    if logged.closed_line is None:
        return "unclosed", None
    if docked >= logged.closed_line:
        return "not-collected", None
    return "not-handed", logged.told_at + PATIENCE


def length_s(since: datetime, until: datetime | None) -> int:
    """Whole seconds that count in a sum."""
    length = until - since if until else timedelta(0)
    return int(length.total_seconds()) if timedelta(0) <= length <= LONGEST else 0


NOTHING, COMPLETE, UNKNOWN, UNDER_WAY, NOTE, HOLE = STATES = (
    "nothing", "complete", "unknown", "under-way", "note", "hole",
)  # fmt: skip
"""Of a day, the least first."""


def state(captured: int, stored: int, holes: int, under_way: int, notes: int, unknown: int) -> str:
    """What is said of a day: the gravest that is so. `unknown`: recorders not known to its end."""
    if holes:
        return HOLE
    if notes:
        return NOTE
    if under_way:
        return UNDER_WAY
    if unknown:
        return UNKNOWN
    return COMPLETE if captured or stored else NOTHING
