"""Explanation, conclusion, sanction, appeal (pure; spec/answers.md).

- A finding asks. Each of its persons may explain it, once. The head of its unit accepts an explanation or
  refuses it, a supervisor concludes the finding: no fault, excused, or whose fault.
- Nobody decides about himself, about what he explained, or twice in one matter on two levels.
- A step waits for the one before, but no longer than that one's deadline: then the next may be taken.
- Only a fault that stands, or what was referred, is sanctioned, after the person was heard, by the rank that
  the form demands. What is referred is never a fault here.
- Who is at fault, or sanctioned, appeals once, in time, to a leader who has decided nothing of it before.

Deadlines are the end of the Nth worked day after the day of what they follow.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from zhilu.errors import DataError
from zhilu.server.ledger.rules_days import day_of, midnight
from zhilu.server.organisation import rules_calendar

WORKDAYS = {"explain": 3, "head": 3, "supervisor": 5, "appeal": 10, "appeal-decide": 10}
"""Built in, and composed: no public text fixes them."""
LIMITS = {step: f"{step.replace('-', '_')}_days" for step in WORKDAYS}
"""step → the limit (spec/findings.md §3) that says otherwise."""
OPEN, EXPLAINED, ANSWERED, CONCLUDED = STATES = ("open", "explained", "answered", "concluded")
NO_FAULT, EXCUSED, FAULT, REFERRED = CONCLUSIONS = ("no-fault", "excused", "fault", "referred")
EXEMPTIONS = ("approved-reason", "superior-order", "unclear-law", "recorded-dissent", "force-majeure")
APPROVED_REASON = EXEMPTIONS[0]
KINDS = ("not-recorded", "interrupted", "reassigned", "other")
INTERRUPTED, OTHER = "interrupted", "other"
EXPLAINS = {
    "not-recorded": frozenset({"missing", "drill-over-task", "starts-late", "ends-early"}),
    INTERRUPTED: frozenset({"gap", "black-or-silent", "ends-early"}),
    "reassigned": frozenset({"wrong-officer"}),
}
"""kind → the findings that it takes away where it is approved (spec/oversight.md §3)."""
OF_ACTS_ONLY = INTERRUPTED
REASONS = (
    "state-secret", "trade-secret", "privacy", "emergency", "impossible", "device-fault", "other",
)  # fmt: skip
ACCEPTED, REFUSED = DECISIONS = ("accepted", "refused")
CONFIRMED = "confirmed"
REFER = "refer"
LIGHT = ("criticism", "self-criticism")
FORMS = (*LIGHT, "circulated", "suspension", "disqualification")
MONTHS = {"suspension": range(1, 7), "disqualification": range(12, 13)}
"""form → how many it may last; the others last none."""
UPHELD, SANCTION_LIFTED, LIFTED = OUTCOMES = ("upheld", "sanction-lifted", "lifted")
LONGEST_TEXT = 2000
MOST_ATTACHMENTS, MOST_BYTES = 3, 512 * 1024
MOST_FINDINGS = 50
"""That one sanction is for."""
LONGEST_NAME = 100
EARLIEST, LONGEST_BREAK = timedelta(days=366), timedelta(days=7)


@dataclass(frozen=True)
class Heard:
    """An explanation: by whom, when, and when it was decided or ought to have been."""

    by: str
    at: datetime
    decided_at: datetime | None


@dataclass(frozen=True)
class Times:
    """The working calendar; and (since, limit, worked days), in the order in which they count."""

    days: Mapping[date, str]
    limits: tuple[tuple[date, str, int], ...] = ()

    def workdays(self, step: str, day: date) -> int:
        said = [count for since, name, count in self.limits if name == LIMITS[step] and since <= day]
        return said[-1] if said else WORKDAYS[step]

    def __or__(self, other: Times) -> Times:
        return Times({**self.days, **other.days}, self.limits)


def deadline(at: datetime, step: str, times: Times) -> datetime:
    """When the time for a step is over that follows what happened at `at`."""
    day = day_of(at)
    last = rules_calendar.add_workdays(day, times.workdays(step, day), times.days)
    return midnight(last + timedelta(days=1))


def lapsed_before(at: datetime, step: str, times: Times) -> datetime:
    """What happened before this has a deadline for the step that is over at `at`."""
    day = day_of(at)
    while deadline(midnight(day), step, times) > at:
        day -= timedelta(days=1)
    return midnight(day + timedelta(days=1))


def years_of(at: datetime) -> range:
    """Whose calendars deadlines around this need."""
    year = day_of(at).year
    return range(year - 1, year + 3)


def state_of(conclusion: str, decisions: Collection[str]) -> str:
    """`decisions`: of its explanations, "" where nobody has decided."""
    if conclusion:
        return CONCLUDED
    if not decisions:
        return OPEN
    return EXPLAINED if "" in decisions else ANSWERED


def concludable_at(
    raised: datetime, persons: Iterable[str], heard: Sequence[Heard], times: Times
) -> datetime:
    """From when on a supervisor may conclude: everybody has explained and was answered, or let it lapse."""
    return concludable_by(raised, persons, heard, lambda at, step: deadline(at, step, times))


def concludable_by(
    raised: datetime,
    persons: Iterable[str],
    heard: Sequence[Heard],
    due: Callable[[datetime, str], datetime],
) -> datetime:
    """The same; `due`: `deadline`, with what it needs."""
    by = {one.by: one for one in heard}
    moments = [raised]
    for person in {*persons, *by}:
        one = by.get(person)
        if one is None:
            moments.append(due(raised, "explain"))
        else:
            moments.append(one.decided_at or due(one.at, "head"))
    return max(moments)


def check_explanation(
    kind: str, reason: str, since: datetime | None, until: datetime | None, at: datetime
) -> None:
    if kind not in KINDS:
        raise DataError("explain-kind", "There is no such kind of explanation here.")
    if reason not in REASONS:
        raise DataError("explain-reason", "There is no such reason for an explanation.")
    if (since is None) != (until is None) or (since is not None and kind != INTERRUPTED):
        raise DataError(
            "explain-times", "Only of an interruption it is said from when to when, both or none."
        )
    if since is not None and until is not None:
        is_odd = since < at - EARLIEST or until > at + timedelta(days=31)
        if not since < until <= since + LONGEST_BREAK or is_odd:
            raise DataError("explain-times", "It ends after it begins, and lasts no longer than a week.")


def check_kind_for(rule: str, kind: str) -> None:
    if kind != OTHER and rule not in EXPLAINS[kind]:
        raise DataError("explain-kind", "There is no such kind of explanation here.")


def check_in_advance(kind: str, is_task: bool, found: Collection[str]) -> None:
    """`found`: rules of the findings that ask about this task or act now."""
    if kind == OTHER or (is_task and kind == OF_ACTS_ONLY):
        raise DataError("explain-kind", "There is no such kind of explanation here.")
    if EXPLAINS[kind] & set(found):
        raise DataError("explain-found", "This has been found already: explain the finding.")


def check_attachments(listed: Sequence[Any]) -> None:
    """Of each its kind, the SHA-256 and the size of its bytes."""
    if len(listed) > MOST_ATTACHMENTS:
        raise DataError("attachments", "At most {most} files are attached.", most=MOST_ATTACHMENTS)
    for one in listed:
        if not isinstance(one, dict) or one.keys() != {"kind", "sha256", "size"}:
            raise DataError("attachment", "A file that is attached is not as it must be.")
        is_digest = isinstance(one["sha256"], str) and _is_digest(one["sha256"])
        is_size = type(one["size"]) is int and 0 < one["size"] <= MOST_BYTES
        if one["kind"] not in SNIFFED or not is_digest or not is_size:
            raise DataError("attachment", "A file that is attached is not as it must be.")
    if len({one["sha256"] for one in listed}) < len(listed):
        raise DataError("attachment-twice", "The same file is attached twice.")


def _is_digest(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


SNIFFED = {
    "jpeg": (b"\xff\xd8\xff", b"\xff\xd9"),
    "png": (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
    "pdf": (b"%PDF-", b"%%EOF"),
}
"""kind → how its bytes begin, and how they end."""
MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}


def sniff(data: bytes) -> str:
    """What a file is, by its bytes: one of SNIFFED, or DataError. It ends as such a file ends, so nothing
    else hangs behind it; of a PDF a line's end may follow.
    """
    if not data:
        raise DataError("attachment-empty", "A file that is attached is empty.")
    if len(data) > MOST_BYTES:
        raise DataError(
            "attachment-size", "A file that is attached has at most {most} KiB.", most=MOST_BYTES // 1024
        )
    for kind, (first, last) in SNIFFED.items():
        ends = data.rstrip(b"\r\n \0") if kind == "pdf" else data
        if data.startswith(first) and ends.endswith(last):
            return kind
    raise DataError("attachment-kind", "Only pictures (JPEG, PNG) and PDF files can be attached, whole.")


def check_decision(decision: str, allowed: Collection[str] = DECISIONS) -> None:
    if decision not in allowed:
        raise DataError("decision", "There is no such decision here.")


def check_conclusion(
    conclusion: str, exemption: str | None, at_fault: Collection[str], persons: Collection[str]
) -> None:
    if conclusion not in (NO_FAULT, EXCUSED, FAULT):
        raise DataError("conclusion", "There is no such conclusion here.")
    if (exemption is None) == (conclusion == EXCUSED) or exemption not in (None, *EXEMPTIONS):
        raise DataError("exemption", "Who is excused, is so for a listed reason; nobody else has one.")
    if bool(at_fault) != (conclusion == FAULT) or not set(at_fault) <= set(persons):
        raise DataError(
            "fault-persons", "A fault is that of somebody who was asked; nothing else is anybody's."
        )


def check_form(form: str, months: int) -> None:
    if form not in FORMS:
        raise DataError("sanction-form", "There is no such form of sanction.")
    if months not in MONTHS.get(form, range(1)):
        raise DataError(
            "sanction-months",
            "A suspension lasts 1 to 6 months, a loss of qualification 12; nothing else lasts.",
        )


def roles_for(form: str) -> tuple[str, ...]:
    """Who may decide a sanction of this form."""
    return ("unit-head", "leader") if form in LIGHT else ("leader",)


def check_in_time(at: datetime, since: datetime, step: str, times: Times) -> None:
    due = deadline(since, step, times)
    if at >= due:
        raise DataError(
            "appeal-late", "The time for an appeal was over on {day}.", day=day_of(due - timedelta(seconds=1))
        )


def check_outcome(decision: str, of_sanction: bool) -> None:
    check_decision(decision, OUTCOMES if of_sanction else (UPHELD, LIFTED))
