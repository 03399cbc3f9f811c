"""Fields of an event: the type in the dataclass says what its JSON must be.

A field's type is `str`, `int`, `bool`, `list`, `dict`, one of the names below, or one of these `| None`. A
value of another form is a FieldError that names the field; unknown fields of a payload are ignored
(spec/journal.md §1). A Python name that JSON could not have (`from_`) loses its last underscore there.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from zhilu.encoding import hex32, parse_time, unb64u, uuid_bytes
from zhilu.errors import ZhiluError
from zhilu.strictjson import FieldError

T = TypeVar("T")


def _uuid(value: str) -> bool:
    return bool(uuid_bytes(value))


def _kid(value: str) -> bool:
    return len(unb64u(value)) == 32


def _hex(value: str) -> bool:
    return bool(hex32(value))


def _time(value: str) -> bool:
    return bool(parse_time(value))


def _date(value: str) -> bool:
    return len(value) == 10 and date.fromisoformat(value).isoformat() == value


def _ids(value: list[Any]) -> bool:
    return len(set(value)) == len(value) <= 500 and all(isinstance(one, str) and _uuid(one) for one in value)


def _b64u(value: str) -> bool:
    return bool(unb64u(value))


def _code(value: str) -> bool:
    return 0 < len(value) <= 64 and value.isascii() and value.isprintable() and " " not in value


def _short(value: str) -> bool:
    return 0 < len(value) <= 200


def _brief(value: str) -> bool:
    return len(value) <= 200


def _natural(value: int) -> bool:
    return value >= 0


Id = Annotated[str, _uuid]
Kid = Annotated[str, _kid]
Hex = Annotated[str, _hex]
Time = Annotated[str, _time]
Date = Annotated[str, _date]
Ids = Annotated[list[str], _ids]
B64u = Annotated[str, _b64u]
Code = Annotated[str, _code]
Text = Annotated[str, _short]
Brief = Annotated[str, _brief]  # may be empty
Natural = Annotated[int, _natural]
JsonObject = dict[str, Any]
JsonList = list[Any]


def json_name(name: str) -> str:
    return name.removesuffix("_")


def to_core(event: Any) -> dict[str, Any]:
    """The event's fields as the JSON object of its core payload, in the order of the dataclass."""
    return {json_name(f.name): getattr(event, f.name) for f in dataclasses.fields(event)}


def from_core(event_class: type[T], core: dict[str, Any]) -> T:
    """The event of a core payload; raises FieldError."""
    values = {}
    for field, name, is_needed in _fields(event_class):  # type: ignore[arg-type]
        if name in core:
            values[field] = core[name]
        elif is_needed:
            raise FieldError(name)
    return event_class(**values)


@cache
def _fields(event_class: type[Any]) -> list[tuple[str, str, bool]]:
    specs = dataclasses.fields(event_class)
    return [(one.name, json_name(one.name), one.default is dataclasses.MISSING) for one in specs]


def check(event: Any) -> None:
    """Raises FieldError when a field has not the form that its type names."""
    for name, (kinds, test) in _shape(type(event)).items():
        value = getattr(event, name)
        if not _fits(value, kinds, test):
            raise FieldError(json_name(name))


def _fits(value: object, kinds: tuple[type, ...], test: Callable[[Any], bool] | None) -> bool:
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        return False
    if value is None or test is None:
        return True
    try:
        return test(value)
    except (ZhiluError, ValueError, TypeError):
        return False


_Shape = dict[str, tuple[tuple[type, ...], Callable[[Any], bool] | None]]
_shapes: dict[type, _Shape] = {}


def _shape(event_class: type) -> _Shape:
    if event_class not in _shapes:
        hints = get_type_hints(event_class, include_extras=True)
        names = [spec.name for spec in dataclasses.fields(event_class)]
        _shapes[event_class] = {name: _kinds(hints[name]) for name in names}
    return _shapes[event_class]


def _kinds(hint: Any) -> tuple[tuple[type, ...], Callable[[Any], bool] | None]:
    kinds: list[type] = []
    test = None
    for part in get_args(hint) if get_origin(hint) in (types.UnionType, typing.Union) else (hint,):
        if get_origin(part) is Annotated:
            inner, test = get_args(part)
            kinds.append(get_origin(inner) or inner)
        else:
            kinds.append(get_origin(part) or part)
    return tuple(kinds), test
