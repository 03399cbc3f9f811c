"""Rules of counting (pure; spec/statistics.md).

- A number is a sum over recordings, acts, outcomes or tasks. NUMBERS names them; which rows are in each,
  `services/counting.py` says, once for sums, tallies and the lists behind a number.
- A rate is a part and a whole, both numbers. A share of nothing is no rate.
- Recorders issued and used are no sums: a recorder counts once in a period, however many days it was used.
- Periods are days of Beijing, cut into weeks from Monday or into months.
- Units are compared with those of like size: of as many recorders issued, by bands.

No rule here knows a bureau, a table or today.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

OF_RECORDINGS = (
    "recordings", "us", "docked", "timely", "marked", "owed", "described", "reviewed", "passed",
)  # fmt: skip
OF_ACTS = ("acts", "complete", "confirmed", "linked", "linked_taxpayer", "linked_document", "linked_case")
OUTCOME_NUMBERS = {
    "quota-adjusted": "o_quota",
    "relief-cancelled": "o_relief",
    "off-book-found": "o_off_book",
    "tax-collected": "o_tax",
    "dispute-settled": "o_dispute",
    "disturbance-handled": "o_disturbance",
    "documents-served": "o_documents",
    "other": "o_other",
}
"""Kind of an outcome → how many of it."""
OF_OUTCOMES = ("outcomes", "fen", *OUTCOME_NUMBERS.values())
OF_TASKS = ("due", "due_recorded")
NUMBERS = (*OF_RECORDINGS, *OF_ACTS, *OF_OUTCOMES, *OF_TASKS)
OF_RECORDERS = ("issued", "used")
BANDS = (1, 5, 10, 20, 50)
MOST_DAYS = 731
WEEKS_UP_TO = 93
"""Days of a period that is cut into weeks, or into days where asked; a longer one into months."""

Numbers = Mapping[str, int]


@dataclass(frozen=True)
class Rate:
    """`part` and `whole` name numbers."""

    code: str
    part: str
    whole: str


RATES = (
    Rate("use", "used", "issued"),
    Rate("coverage", "due_recorded", "due"),
    Rate("timely", "timely", "docked"),
    Rate("described", "described", "owed"),
    Rate("linked", "linked", "acts"),
    Rate("marked", "marked", "docked"),
    Rate("complete", "complete", "acts"),
    Rate("confirmed", "confirmed", "acts"),
    Rate("sampled", "reviewed", "recordings"),
    Rate("passed", "passed", "reviewed"),
)


@dataclass(frozen=True)
class Share:
    """Both numbers of a rate."""

    part: int
    whole: int

    @property
    def permille(self) -> int | None:
        """Rounded half up; None for a share of nothing."""
        return (2000 * self.part + self.whole) // (2 * self.whole) if self.whole else None


def share(rate: Rate, numbers: Numbers) -> Share:
    return Share(numbers.get(rate.part, 0), numbers.get(rate.whole, 0))


def is_away(state: str) -> bool:
    """Of the states in which a ledger is followed (spec/federation.md §4)."""
    return state not in ("following", "behind")


def shown_hours(numbers: Numbers) -> str:
    """To the tenth; a little is not said to be nothing."""
    found = hours(numbers)
    return "<0.1" if 0 < found < 0.05 else f"{found:,.1f}"


def hours(numbers: Numbers) -> float:
    return numbers.get("us", 0) / 3_600_000_000


def total(many: Iterable[Numbers]) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in many:
        found.update(one)
    return found


@dataclass(frozen=True)
class Bucket:
    """A stretch of a period, both days in it."""

    first: date
    last: date


def bucket_of(day: date, by: str) -> date:
    """The first day of its week, its month, or itself."""
    if by == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if by == "month" else day


def buckets(first: date, last: date, by: str) -> list[Bucket]:
    """The period, cut; its first and last stretch may be shorter than the others."""
    found: list[Bucket] = []
    begin = first
    while begin <= last:
        end = min(_end_of(begin, by), last)
        found.append(Bucket(begin, end))
        begin = end + timedelta(days=1)
    return found


def _end_of(day: date, by: str) -> date:
    if by == "month":
        return month_of(day).last
    return bucket_of(day, by) + timedelta(days=6 if by == "week" else 0)


def cut_of(period: Bucket, asked: str) -> str:
    """How a period is cut, where that is not asked too: a long one by no days."""
    is_long = (period.last - period.first).days >= WEEKS_UP_TO
    usual = "month" if is_long else "week"
    return asked if asked in ("week", "month") or (asked == "day" and not is_long) else usual


def month_of(day: date) -> Bucket:
    """The month that a day lies in."""
    begin = day.replace(day=1)
    return Bucket(begin, (begin + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def whole_months(period: Bucket) -> tuple[list[Bucket], list[Bucket]]:
    """The months that lie in it whole, and what is left of it at its ends."""
    parts = buckets(period.first, period.last, "month")
    return [one for one in parts if one == month_of(one.first)], [
        one for one in parts if one != month_of(one.first)
    ]


@dataclass(frozen=True)
class Issued:
    """A recorder, issued to a department and perhaps a person, from a day to a day, both in it."""

    recorder: str
    department: UUID
    person: UUID | None
    first: date
    last: date | None


def issued_in(issues: Iterable[Issued], period: Bucket) -> list[Issued]:
    return [one for one in issues if one.first <= period.last and (one.last or period.last) >= period.first]


def use(issues: Iterable[Issued], used: set[str]) -> Counter[str]:
    """Of issues of one unit in one period; `used`: recorders with a recording in it."""
    recorders = {one.recorder for one in issues}
    return Counter(issued=len(recorders), used=len(recorders & used))


def band(issued: int) -> int:
    """The number of its band: 0 has no recorder."""
    return bisect_right(BANDS, issued)


def band_ends(number: int) -> tuple[int, int | None]:
    """The least and the most recorders of a band."""
    starts: Sequence[int] = (0, *BANDS)
    return starts[number], starts[number + 1] - 1 if number + 1 < len(starts) else None
