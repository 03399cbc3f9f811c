"""What the name of a file claims, read by a pattern of `station.toml` (docs/operate/import.md).

    pattern = a name without its ending: texts and named parts in braces
    {serial} {officer} {number} {any}   one character or more, up to the text that follows
    {time:YYYYMMDDhhmmss}               digits in this order; any other character in it stands for itself

e.g. `{serial}_{officer}_{time:YYYYMMDDhhmmss}_{number}`. Rules:
- a pattern is at most 200 characters with at most 8 parts; each name but `any` at most once
- two parts of no fixed length never touch, and the text after such a part begins with a character that the
  part then cannot hold: so a name is read in one pass, whatever the pattern (no regular expression is taken)
- a name that fits no pattern claims nothing; the file is imported all the same

A claim is a text. That the time is a date is checked, so that nobody sorts by nonsense; that it is true,
nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from zhilu.errors import CallerError

MAX_PATTERN = 200
MAX_PARTS = 8
MAX_PATTERNS = 32
MAX_CLAIM = 64
"""Characters of one part of a name."""

FREE = ("serial", "officer", "number", "any")
_TIME = {"YYYY": "year", "MM": "month", "DD": "day", "hh": "hour", "mm": "minute", "ss": "second"}
_PART = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Claims:
    """What a name says; None where it does not say it. `at` is `YYYY-MM-DDThh:mm:ss` without a zone."""

    serial: str | None = None
    officer: str | None = None
    number: str | None = None
    at: str | None = None


@dataclass(frozen=True)
class _Step:
    """Either a text, or a part: `layout` for a time, else up to `stop` (to the end where it is "")."""

    text: str = ""
    name: str = ""
    layout: str = ""
    stop: str = ""


class Pattern:
    """CallerError `pattern` says what is wrong with it."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        if not 0 < len(pattern) <= MAX_PATTERN:
            raise _refused(pattern, f"not 1 to {MAX_PATTERN} characters")
        self._steps = _compile(pattern)

    def read(self, name: str) -> Claims | None:
        """`name` without its ending; None where the pattern does not fit."""
        found: dict[str, str] = {}
        at = 0
        for step in self._steps:
            if step.text:
                if not name.startswith(step.text, at):
                    return None
                at += len(step.text)
                continue
            end = self._end(step, name, at)
            if not at < end <= at + MAX_CLAIM:
                return None
            found[step.name], at = name[at:end], end
            if step.name == "time":
                moment = _moment(step.layout, found["time"])
                if moment is None:
                    return None
                found["time"] = moment
        if at != len(name):
            return None
        return Claims(found.get("serial"), found.get("officer"), found.get("number"), found.get("time"))

    @staticmethod
    def _end(step: _Step, name: str, at: int) -> int:
        if step.layout:
            return at + len(step.layout) if at + len(step.layout) <= len(name) else -1
        return name.find(step.stop, at) if step.stop else len(name)


def read_name(name: str, patterns: Sequence[Pattern]) -> Claims:
    """By the first pattern that fits. `name` may be of any bytes that a file system gave."""
    stem = name.rpartition(".")[0] or name
    for pattern in patterns:
        claims = pattern.read(stem)
        if claims is not None:
            return claims
    return Claims()


def patterns_of(texts: Sequence[str]) -> tuple[Pattern, ...]:
    if len(texts) > MAX_PATTERNS:
        raise CallerError("pattern", "At most {most} patterns.", most=MAX_PATTERNS)
    return tuple(Pattern(text) for text in texts)


def _compile(pattern: str) -> list[_Step]:
    steps = list(_split(pattern))
    names = [step.name for step in steps if step.name and step.name != "any"]
    if len(names) != len(set(names)) or sum(bool(step.name) for step in steps) > MAX_PARTS:
        raise _refused(pattern, f"a part stands twice, or there are more than {MAX_PARTS}")
    for place, step in enumerate(steps[:-1]):
        if step.name and not step.layout:
            after = steps[place + 1]
            if not after.text:
                raise _refused(pattern, "two parts touch: put a text between them")
            steps[place] = _Step(name=step.name, stop=after.text[0])
    return steps


def _split(pattern: str) -> Iterator[_Step]:
    at = 0
    for match in _PART.finditer(pattern):
        if text := pattern[at : match.start()]:
            yield _text(pattern, text)
        yield _part(pattern, match[1])
        at = match.end()
    if text := pattern[at:]:
        yield _text(pattern, text)


def _text(pattern: str, text: str) -> _Step:
    if "{" in text or "}" in text or "/" in text:
        raise _refused(pattern, "a brace or a slash that belongs to no part")
    return _Step(text=text)


def _part(pattern: str, inside: str) -> _Step:
    name, colon, layout = inside.partition(":")
    if name in FREE and not colon:
        return _Step(name=name)
    if (
        name == "time"
        and layout
        and len(layout) <= MAX_CLAIM
        and _fields(layout).keys() >= {"year", "month", "day"}
    ):
        return _Step(name="time", layout=layout)
    raise _refused(pattern, f"there is no part {{{inside}}}")


def _fields(layout: str) -> dict[str, slice]:
    """Field of `datetime` → where its digits stand."""
    found: dict[str, slice] = {}
    for token, field in _TIME.items():
        at = layout.find(token)
        if at >= 0:
            found[field] = slice(at, at + len(token))
    return found


def _moment(layout: str, text: str) -> str | None:
    where = _fields(layout)
    covered = {place for part in where.values() for place in range(part.start, part.stop)}
    if any(text[place] != layout[place] for place in range(len(layout)) if place not in covered):
        return None
    digits = {field: text[part] for field, part in where.items()}
    if not all(value.isascii() and value.isdigit() for value in digits.values()):
        return None
    try:
        return datetime(**{field: int(value) for field, value in digits.items()}).isoformat()  # type: ignore[arg-type]
    except ValueError:
        return None


def _refused(pattern: str, reason: str) -> CallerError:
    return CallerError(
        "pattern",
        "The pattern {pattern} cannot be used: {reason}",
        pattern=pattern[:MAX_PATTERN],
        reason=reason,
    )
