"""Rules of publishing and objecting (pure; spec/assessment.md §4, §5).

- A month is published when it is over, by a leader of the whole bureau; its first version for no reason, each
  later one after an objection was upheld, or an appeal has lifted a fault that it counted.
- Who is in a publication objects to his own line, once, within five workdays of it, while it is the newest.
- A leader decides who had no part in it: not the person, nor who decided one of the grounds.
- Upheld it names what is struck, or granted; refused it names neither.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from zhilu.errors import DataError
from zhilu.server.assessment.rules import APPEAL, FIRST, OBJECTION, REFUSED, UPHELD, Result, after

LONGEST_TEXT = 500


def check_publish(
    month: date, version: int, reason: str, newest: int, today: date, causes: Collection[str]
) -> None:
    """`newest`: the version that there is, 0 for none; `causes`: of a correction, those that there are."""
    if today < after(month):
        raise DataError("assessment-early", "A month is published when it is over.")
    if version != newest + 1:
        raise DataError("assessment-version", "This month has been published meanwhile: read it again.")
    if version == 1 and reason != FIRST:
        raise DataError("assessment-reason", "The first version of a month has no other reason.")
    if version > 1 and (reason not in (OBJECTION, APPEAL) or reason not in causes):
        raise DataError(
            "assessment-cause", "A month is corrected only after an objection was upheld or a fault lifted."
        )


def check_same(difference: str) -> None:
    if difference:
        raise DataError(
            "assessment-differs", "The ledger gives other points than these: {who}.", who=difference
        )


def check_anybody(result: Result) -> None:
    if not result.lines:
        raise DataError(
            "assessment-empty", "Nobody was at a post in this month: there is nothing to publish."
        )


def check_file(today: date, until: date, is_newest: bool, is_known: bool) -> None:
    """`until`: the last day to object."""
    if not is_newest:
        raise DataError("objection-old", "This month has been published anew: object to its newest version.")
    if today > until:
        raise DataError("objection-late", "The period for objections ended on {day}.", day=until)
    if is_known:
        raise DataError("objection-known", "You have objected to this already.")


def check_text(text: str) -> None:
    """Before it is entered: no rule of the ledger reads personal text."""
    if not 0 < len(text.strip()) <= LONGEST_TEXT:
        raise DataError("objection-text", "Say why, in 1 to {most} characters.", most=LONGEST_TEXT)


def check_decide(decision: str, struck: int, granted: int, is_open: bool) -> None:
    if not is_open:
        raise DataError("objection-decided", "This objection has been decided already.")
    if decision not in (UPHELD, REFUSED):
        raise DataError("objection-decision", "An objection is upheld or refused.")
    if (decision == UPHELD) != bool(struck + granted):
        raise DataError(
            "objection-what", "Upheld, it says what is struck or granted; refused, it says neither."
        )


def check_uninvolved(actor: str, person: str, deciders: Collection[str]) -> None:
    if actor == person or actor in deciders:
        raise DataError(
            "objection-own", "Who is in it, or decided a part of it, does not decide the objection."
        )
