"""Messages in the reader's language. Their rows hold codes, figures and ids; what these are called is looked
up when they are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from zhilu.encoding import parse_time
from zhilu.server.organisation.services.people import names, paths
from zhilu.server.oversight.models import Message
from zhilu.server.oversight.services.messages import KINDS, Kind
from zhilu.server.pages.templatetags.zhilu import beijing, said


@dataclass(frozen=True)
class Line:
    message: Message
    title: str
    text: str


def lines(found: Sequence[Message]) -> list[Line]:
    """Two questions at most, however many they are."""
    told = _called(found)
    return [Line(one, title(one.code), _text(one, told)) for one in found]


def title(code: str) -> str:
    """A kind that this release does not know is a message still."""
    return str(KINDS[code].title) if code in KINDS else _("Message of another release")


def _called(found: Sequence[Message]) -> dict[str, str]:
    people, departments = set[str](), False
    for one in found:
        for name, place in _places(one).items():
            if place == "person":
                people.add(str(one.params.get(name)))
            departments |= place == "department"
    called = names(people) if people else {}
    return called | ({str(key): name for key, name in paths().items()} if departments else {})


def _places(one: Message) -> Mapping[str, str]:
    kind: Kind | None = KINDS.get(one.code)
    return kind.places if kind else {}


def _text(one: Message, called: Mapping[str, str]) -> str:
    kind = KINDS.get(one.code)
    if kind is None or set(kind.places) - set(one.params):
        return ""
    values = {name: _value(one.params[name], place, called) for name, place in kind.places.items()}
    return str(kind.text) % values


def _value(value: Any, place: str, called: Mapping[str, str]) -> str:
    if place in ("person", "department"):
        return called.get(str(value), "—")
    if place == "time":
        return beijing(parse_time(str(value)))[:16]
    if place == "message-kind":
        return title(str(value))
    if place in ("day", "month", "count"):
        return str(value)
    return said(str(value), place)
