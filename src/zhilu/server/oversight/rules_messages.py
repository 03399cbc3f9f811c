"""Rules of messages, without a database.

- A message says what happened by a code and by figures, days, codes and ids: whoever copies its row, or reads
  a mail made from it, learns no name and no text of anybody. What the ids stand for is looked up when the
  person reads the page.
- A kind of message has a title, a text with places to fill, and for each place what may stand there:
  `PLACES`, or a group of codes in `pages.words.TABLES`.
- A person is told each key of a kind once. A reminder has the day or the step in its key.
- Of one kind a person gets at most 50 messages a day; what comes beyond is counted in one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from zhilu.encoding import h, parse_time
from zhilu.errors import CallerError, ZhiluError

MOST_A_DAY = 50
MANY = "many"
"""The kind of the message that counts what came beyond."""
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9/:.+-]{0,159}", re.ASCII)
PATH = re.compile(r"(/[A-Za-z0-9._~%+-]+)*/?(\?[A-Za-z0-9._~%+&=/-]*)?", re.ASCII)
LONGEST_PATH = 200
FURTHEST = 10**12


def _day(value: object) -> bool:
    return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))


def _time(value: object) -> bool:
    return isinstance(value, str) and bool(parse_time(value))


def _id(value: object) -> bool:
    return isinstance(value, str) and str(UUID(value)) == value


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < FURTHEST


def _code(value: object) -> bool:
    return isinstance(value, str) and bool(CODE.fullmatch(value))


PLACES: dict[str, Callable[[object], bool]] = {
    "day": _day,  # 2026-11-30
    "month": lambda value: isinstance(value, str) and _day(f"{value}-01"),  # 2026-11
    "time": _time,  # as zhilu.encoding.format_time
    "person": _id,  # shown by name, to the one who reads
    "department": _id,
    "count": _count,
}


@dataclass(frozen=True)
class Told:
    """One message for one person. `key`: ASCII, what it is about and which step, so that it is told once;
    `path`: where it leads, an address of this server.
    """

    person: UUID
    code: str
    key: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    path: str = ""


def digest(person: UUID, code: str, key: str) -> str:
    """Two that have the same are the same message: 32 hex digits."""
    return h("zhilu/message/v1", f"{person}/{code}/{key}".encode()).hex()[:32]


def check(told: Told, places: Mapping[str, str]) -> None:
    """A CallerError (`message-*`) where this is no message of a kind with these places."""
    if not KEY.fullmatch(told.key):
        raise CallerError(
            "message-key", "A message's key is ASCII, at most 160 characters: {key}", key=told.key
        )
    if len(told.path) > LONGEST_PATH or not PATH.fullmatch(told.path) or told.path.startswith("//"):
        raise CallerError(
            "message-path", "A message leads to an address of this server: {path}", path=told.path
        )
    if set(told.params) != set(places):
        raise CallerError("message-params", "A message of {kind} has the params {names}.",
                          kind=told.code, names=", ".join(sorted(places)))  # fmt: skip
    for name, place in places.items():
        if not fits(told.params[name], place):
            raise CallerError("message-params", "{name} of a message of {kind} is no {place}.",
                              name=name, kind=told.code, place=place)  # fmt: skip


def fits(value: object, place: str) -> bool:
    try:
        return PLACES.get(place, _code)(value)
    except (ValueError, ZhiluError):
        return False
