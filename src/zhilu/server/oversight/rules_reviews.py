"""Rules of the review of footage (pure; spec/review.md).

- A checklist begins with the three items of every review, as they are, and each has answers `yes`, `no`, and
  `na` only where the item allows it. A recording passes when no item that it must meet is answered `no`.
- A random draw is announced before its seed can be known, of recordings that no random draw has drawn, while
  no other over the same recordings waits to be made. What it draws, anybody recomputes (sealed/draws.py).
- Nobody reviews what is his own, and what he answered for or had a part in. A second review is by somebody
  else than the first; it is wanted of what the draw says, and of whatever did not pass.

Who covers which department, and whether the recording was released to him, is for apply_reviews.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from zhilu.encoding import h, uuid_bytes
from zhilu.errors import DataError
from zhilu.sealed.draws import MOST_CHOSEN, MOST_POPULATION, PERCENT, sample_size

GENERAL = "general"
"""The checklist of a recording that is in no act, or in acts of several classes."""
COMMON = ("credential-shown", "recording-told", "civil-language")
ANSWERS = ("yes", "no", "na")
CRITERIA = ("rule", "officer", "procedure", "class")
PURPOSE = "review"
WAITS = ("open", "second")
"""States of what was drawn while a review of it is wanted."""
LONGEST_COMMENT, LONGEST_ITEM, MOST_ITEMS = 500, 200, 40
LONGEST_PERIOD = timedelta(days=366)
LONGEST_WAIT = timedelta(days=7)
SECOND_PERIOD = timedelta(days=15)
"""Within it whatever did not pass is reviewed a second time; after it the first review counts by itself."""
_ITEM: Mapping[str, type] = {"code": str, "zh": str, "en": str, "must": bool, "na": bool}


@dataclass(frozen=True)
class Item:
    """`zh`, `en`: what is asked; `must`: answered `no` it fails the recording; `na`: need not apply."""

    code: str
    zh: str
    en: str
    must: bool
    na: bool


COMMON_ITEMS = (
    Item("credential-shown", "执法人员亮明执法证件", "The officers showed their credentials", True, False),
    Item("recording-told", "告知对方全程录音录像", "They told that all is recorded", True, False),
    Item("civil-language", "用语文明、举止规范", "They spoke and behaved civilly", True, False),
)  # fmt: skip


# Checklists


def items_of(said: Sequence[Any]) -> tuple[Item, ...]:
    """Of a payload; DataError `checklist-items` says that they are none."""
    found = []
    for one in said:
        if not isinstance(one, dict) or {name: type(value) for name, value in one.items()} != _ITEM:
            raise DataError(
                "checklist-items", "An item has a code, a text in both languages, and says must and na."
            )
        found.append(Item(**one))
    return tuple(found)


def check_items(items: Sequence[Item]) -> None:
    if tuple(items[: len(COMMON)]) != COMMON_ITEMS:
        raise DataError(
            "checklist-items", "A checklist begins with the three items of every review, as they are."
        )
    if len(items) > MOST_ITEMS:
        raise DataError("checklist-items", "A checklist has at most {most} items.", most=MOST_ITEMS)
    if len({one.code for one in items}) != len(items):
        raise DataError("checklist-items", "Two items have the same code.")
    for one in items:
        if not _is_code(one.code) or not all(_is_text(text) for text in (one.zh, one.en)):
            raise DataError(
                "checklist-items",
                "An item has a code of small letters and a text of 1 to {most} characters.",
                most=LONGEST_ITEM,
            )


def _is_code(text: str) -> bool:
    return (
        0 < len(text) <= 40 and text.isascii() and text.replace("-", "a").isalnum() and text == text.lower()
    )


def _is_text(text: str) -> bool:
    return len(text.strip()) > 0 and len(text) <= LONGEST_ITEM and text.isprintable()


def check_version(version: int, newest: int, since: date, today: date) -> None:
    """`newest`: the class's newest version, 0 before the first. What was in force on days gone by stays."""
    if version != newest + 1:
        raise DataError("checklist-version", "A newer version of this checklist was set meanwhile.")
    if since < today:
        raise DataError("checklist-since", "A checklist counts from today or a later day.")


# Draws


def check_period(since: datetime, until: datetime) -> None:
    if not since < until or until - since > LONGEST_PERIOD:
        raise DataError("draw-period", "A draw's period ends after it begins, and has at most 366 days.")


def check_sample(population: int, count: int | None, percent: int | None, second: int) -> None:
    if not 0 < population <= MOST_POPULATION:
        raise DataError(
            "draw-population", "There is nothing to draw from, or more than {most}.", most=MOST_POPULATION
        )
    if (count is None) == (percent is None) or max(percent or 0, second) > PERCENT:
        raise DataError("draw-sample", "Say how many are drawn, or how many percent.")
    if not 0 < sample_size(population, count, percent) <= MOST_CHOSEN:
        raise DataError("draw-sample", "A draw has 1 to {most} recordings.", most=MOST_CHOSEN)


def check_after(after: datetime, at: datetime) -> None:
    if not at <= after <= at + LONGEST_WAIT:
        raise DataError("draw-after", "A draw is announced before its time, at most 7 days.")


def overlap(first: Iterable[str] | None, second: Iterable[str] | None) -> bool:
    """Of two draws' departments, None being all."""
    return first is None or second is None or bool(set(first) & set(second))


def check_criterion(criterion: str, recordings: Sequence[str], second: int) -> None:
    if criterion not in CRITERIA:
        raise DataError("draw-criterion", "There is no such reason for choosing recordings.")
    if not recordings or second > PERCENT:
        raise DataError("draw-sample", "Choose at least one recording.")


def targeted_order(draw: str, recordings: Iterable[str]) -> list[str]:
    """Whose first ones are reviewed twice."""
    return sorted(recordings, key=lambda one: h("zhilu/draw-second/v1", uuid_bytes(draw), uuid_bytes(one)))


# Reviews


def drawn_id(draw: str, recording: str) -> UUID:
    """Of a recording in a draw."""
    return UUID(bytes=h("zhilu/drawn/v1", uuid_bytes(draw), uuid_bytes(recording))[:16])


def check_answers(items: Sequence[Item], answers: Mapping[str, Any]) -> None:
    codes = {one.code for one in items}
    if set(answers) - codes:
        raise DataError("answer-unknown", "There is no such item on the checklist.")
    if codes - set(answers):
        raise DataError("answer-missing", "Every item is answered.")
    for one in items:
        if answers[one.code] not in (ANSWERS if one.na else ANSWERS[:2]):
            raise DataError("answer", "An item is answered yes or no, or not applicable where it says so.")


def is_passed(items: Sequence[Item], answers: Mapping[str, Any]) -> bool:
    return not any(one.must and answers.get(one.code) == "no" for one in items)


def check_comment(comment: str) -> None:
    if len(comment) > LONGEST_COMMENT:
        raise DataError("comment-long", "A comment has at most {most} characters.", most=LONGEST_COMMENT)


def check_level(level: int, state: str, first_by: UUID | None, reviewer: UUID) -> None:
    """`state`: of the drawn recording."""
    if (level, state) not in ((1, "open"), (2, "second")):
        raise DataError("review-known", "This recording has been reviewed already.")
    if level == 2 and first_by == reviewer:
        raise DataError("review-same", "A second review is somebody else's than the first.")


def state_after(level: int, twice: bool, passed: bool) -> str:
    return "second" if level == 1 and (twice or not passed) else "done"


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two reviewers' answers: (observed - expected) / (1 - expected); None where there are
    none, or where both always say the same one thing.
    """
    if not pairs:
        return None
    total = len(pairs)
    observed = sum(first == second for first, second in pairs) / total
    expected = sum(
        sum(first == one for first, _ in pairs) * sum(second == one for _, second in pairs)
        for one in ANSWERS
    ) / total**2  # fmt: skip
    return None if expected == 1 else (observed - expected) / (1 - expected)
