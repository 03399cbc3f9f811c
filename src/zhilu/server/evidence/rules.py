"""Rules about acts and statements (pure).

- The seven elements (七要素): time, place, persons, event, cause, course, result. A statement names those it
  has; it is complete with all seven. Versions count from 1 and are never overwritten.
- A statement says from when to when its act took, or does not: the end after the beginning, within a month,
  in years that can be, and not after it is filed, but for ten minutes that clocks may differ.
- A template has a name and texts for some of the elements; it is nobody's statement.
- An act has as many officers as its procedure demands, each once, and at least one span; a span lies in its
  recording.
- Only a recording from a camera may be called capture; `file`, `test`, `import` never are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zhilu.encoding import uuid_bytes
from zhilu.errors import DataError
from zhilu.sealed.journal import CAPTURED
from zhilu.strictjson import fields

ELEMENTS = ("time", "place", "persons", "event", "cause", "course", "result")
LONGEST_ELEMENT = 1000
LONGEST_TAXPAYER = 200
MOST_SPANS = 100
MOST_TEMPLATES = 50
LONGEST_NAME = 40
SECOND_US = 1_000_000
LONGEST_ACT, AHEAD = timedelta(days=31), timedelta(minutes=10)
FIRST_YEAR = 2000


@dataclass(frozen=True)
class Span:
    """A part of a recording, microseconds from its beginning."""

    recording: str
    from_us: int
    to_us: int


def elements_present(texts: Mapping[str, str]) -> list[str]:
    """Which elements a statement has, in their order."""
    return [name for name in ELEMENTS if texts.get(name, "").strip()]


def check_elements(complete: Sequence[Any]) -> None:
    if list(complete) != [name for name in ELEMENTS if name in complete] or not complete:
        raise DataError(
            "elements", "A statement names at least one of the seven elements, each once, in their order."
        )


def check_times(began: datetime | None, ended: datetime | None, at: datetime) -> None:
    """`at`: when it is filed."""
    if began is None and ended is None:
        return
    if began is None or ended is None:
        raise DataError("statement-times", "Say both when the act began and when it ended, or neither.")
    if not began < ended <= began + LONGEST_ACT:
        raise DataError("statement-times", "An act ends after it begins, and within 31 days.")
    if began.year < FIRST_YEAR or ended > at + AHEAD:
        raise DataError(
            "statement-times", "An act has ended when its statement is filed, and not before 2000."
        )


def check_template(name: str, elements: Mapping[str, Any]) -> None:
    """A name, and texts of elements; at least one that says something."""
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise DataError("template", "A template has a name of 1 to {most} characters.", most=LONGEST_NAME)
    texts = list(elements.values())
    if not set(elements) <= set(ELEMENTS) or not all(isinstance(one, str) for one in texts):
        raise DataError("template", "A template has texts for the seven elements, and nothing else.")
    if any(len(one) > LONGEST_ELEMENT or "\0" in one for one in texts):
        raise DataError("template", "A text has at most {most} characters.", most=LONGEST_ELEMENT)
    if not any(one.strip() for one in texts):
        raise DataError("template", "A template has a text for one element at least.")


def check_version(version: int, newest: int) -> None:
    if version != newest + 1:
        raise DataError(
            "statement-version",
            "Another version was filed meanwhile: the next is {wanted}.",
            wanted=newest + 1,
        )


def check_officers(officers: Sequence[Any], least: int) -> None:
    if not all(isinstance(one, str) and uuid_bytes(one) for one in officers) or len(set(officers)) != len(
        officers
    ):
        raise DataError("officers", "Each officer is named once, by id.")
    if len(officers) < least:
        raise DataError("officers-few", "This procedure demands at least {least} officers.", least=least)


def read_spans(spans: Sequence[Any]) -> list[Span]:
    if not 0 < len(spans) <= MOST_SPANS:
        raise DataError("spans", "An act has 1 to {most} spans.", most=MOST_SPANS)
    return [_read_span(span) for span in spans]


def _read_span(span: Any) -> Span:
    got = Span(**fields(span, {"recording": str, "from_us": int, "to_us": int}))
    if not 0 <= got.from_us < got.to_us or not uuid_bytes(got.recording):
        raise DataError("spans", "A span ends after it begins.")
    return got


def check_within(span: Span, length_us: int) -> None:
    """The end of a span may be the length rounded up to a second."""
    if span.from_us >= max(length_us, 1) or span.to_us > length_us + SECOND_US:
        raise DataError("spans", "A span lies in its recording.")


def is_capture(origin: str) -> bool:
    return origin in CAPTURED
