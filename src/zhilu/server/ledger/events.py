"""The register of event kinds: which dataclass speaks for a kind, what checks it, what applies it.

An app declares `@event("recorder-bound/1", subject="recorder")` over a class in its `events.py`, `@checks`
and `@applies` functions in its `apply.py`. A kind never changes once released: a new meaning is a new
version.

- `by` names the roles whose holders may enter the kind; a command on the server enters it under the bureau's
  code. It is checked at `commit`, whatever page or import the event comes from.
- `@guards` of an app to the left say when a kind may not be entered at all; they are asked first, also only
  at `commit`.
- `@checks` functions see the tables as they are and raise CallerError or DataError; they run once, at
  `commit`.
- `@applies` functions write the tables from event and stamp ONLY: no clock, chance, setting, signal or row
  that is not fed by events. They run at `commit` and at every replay, by thousands too (waiting.py), and must
  give the same rows each time.
- `@foresees` functions say of an event alone which rows its `@applies` gets by their keys.
- Neither branches on personal text.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast, dataclass_transform

from django.db.models import Model

from zhilu.errors import DataError
from zhilu.server.ledger import shapes


@dataclass(frozen=True)
class Stamp:
    """What the ledger adds to an event. `personal` is {} when there was none, or when it has been disposed
    of.
    """

    index: int
    at: datetime
    actor: str
    personal: dict[str, Any]


MAX_PAYLOAD = 65_536
Keys = Iterable[tuple[type[Model], Iterable[Hashable]]]


@dataclass
class Kind:
    """One registered kind."""

    name: str
    event_class: type
    subject: str
    by: tuple[str, ...] = ()
    """Roles that may enter it; empty where a device, the keyholder or the event's own rule says who."""
    checks: Callable[[Any, Stamp], None] | None = None
    applies: Callable[[Any, Stamp], None] | None = None
    checks_many: Callable[[list[tuple[Any, Stamp]]], None] | None = None
    foresees: Callable[[Any], Keys] | None = None
    guards: list[Callable[[list[Any]], None]] = field(default_factory=list)
    longest: int = MAX_PAYLOAD
    """Bytes that a part of its payload has at most."""

    def subject_of(self, event: Any) -> str:
        return str(getattr(event, self.subject))


E = TypeVar("E", bound=type)
F = TypeVar("F", bound=Callable[[Any, Stamp], None])
G = TypeVar("G", bound=Callable[[list[tuple[Any, Stamp]]], None])
H = TypeVar("H", bound=Callable[[list[Any]], None])
K = TypeVar("K", bound=Callable[[Any], Keys])
_by_name: dict[str, Kind] = {}
_by_class: dict[type, Kind] = {}


@dataclass_transform(frozen_default=True)
def event(
    name: str, *, subject: str, by: tuple[str, ...] = (), longest: int = MAX_PAYLOAD
) -> Callable[[E], E]:
    """Make the class a frozen dataclass that checks its fields whenever one is made, and register it."""

    def register(event_class: E) -> E:
        if name in _by_name:
            raise RuntimeError(f"{name} is registered twice")
        # __init__ calls __post_init__ only if it is there when the dataclass is made.
        event_class.__post_init__ = shapes.check  # type: ignore[attr-defined]
        made: Any = dataclass(frozen=True)(event_class)
        _by_name[name] = _by_class[made] = Kind(name, made, subject, by, longest=longest)
        return cast(E, made)

    return register


def guards(*event_classes: type) -> Callable[[H], H]:
    """Another app's rule about these kinds. It is given the events of one kind that come together."""

    def register(function: H) -> H:
        for event_class in event_classes:
            _by_class[event_class].guards.append(function)
        return function

    return register


def checks(event_class: type) -> Callable[[F], F]:
    def register(function: F) -> F:
        _by_class[event_class].checks = function
        return function

    return register


def applies(event_class: type) -> Callable[[F], F]:
    def register(function: F) -> F:
        _by_class[event_class].applies = function
        return function

    return register


def checks_many(event_class: type) -> Callable[[G], G]:
    """For kinds that come by thousands, in few queries: one rule for one and for many, in place of `checks`.
    It sees the tables as they are before all of them, and what they say of each other.
    """

    def register(function: G) -> G:
        kind = _by_class[event_class]
        kind.checks_many, kind.checks = function, lambda event, stamp: function([(event, stamp)])
        return function

    return register


def foresees(event_class: type) -> Callable[[K], K]:
    """Of an event alone, the keys of rows that its `@applies` gets (waiting.py): of a thousand entries they
    are asked for together. One that is not said costs a question of its own, one too many nothing.
    """

    def register(function: K) -> K:
        _by_class[event_class].foresees = function
        return function

    return register


def kind_of(event: object) -> Kind:
    return _by_class[type(event)]


def kind_named(name: str) -> Kind:
    kind = _by_name.get(name)
    if kind is None:
        raise DataError("kind", "This server knows no entry of kind {kind}.", kind=name)
    return kind


def longest(name: str) -> int:
    """Bytes of a part of a payload of this kind, known here or not."""
    kind = _by_name.get(name)
    return kind.longest if kind else MAX_PAYLOAD


def kinds() -> list[Kind]:
    return list(_by_name.values())


def read(name: str, core: dict[str, Any]) -> Any:
    """The event of a kind and its core payload."""
    return shapes.from_core(kind_named(name).event_class, core)
