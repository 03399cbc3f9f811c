"""JSON with one reading only (spec/journal.md §1).

Two readers that disagree about a byte string are a hole: one shows what the other did not check.
So what goes into a hash or under a signature is read by these rules and no others:

- UTF-8 without a byte order mark; no lone surrogates, also none written as an escape
- no duplicate keys
- no floats, no exponents, no NaN, no Infinity, no `-0`; integers within ±(2^53 - 1)
- not longer than the caller's limit, not nested deeper than MAX_DEPTH (`{}` has depth 1)

Bytes as sent are stored and hashed verbatim. Nothing here re-serialises what it has read, and `dumps`
does not canonicalise: keys keep their order. Unknown fields are ignored; a missing or ill-typed one is
a defect: `fields` says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from zhilu.errors import DataError

MAX_INT = 2**53 - 1
MAX_DEPTH = 16
DEFAULT_LIMIT = 65_536


class JsonError(DataError):
    """Not the strict JSON of this module: code `json`, field `rule` says which rule was broken.

    Nothing of the content is told: it may be personal.
    """

    def __init__(self, rule: str) -> None:
        super().__init__("json", "This is not strict JSON ({rule}).", rule=rule)


class FieldError(DataError):
    """A field is missing or has another type: code `field`, field `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__("field", "The field {name} is missing or has the wrong form.", name=name)


def loads(data: bytes, limit: int = DEFAULT_LIMIT) -> Any:
    """Parse `data`, at most `limit` bytes, to dict, list, str, int, bool or None."""
    if len(data) > limit:
        raise JsonError("too-long")
    text = _text(data)
    value = _parse(text)
    if "\\u" in text or text.count("{") + text.count("[") > MAX_DEPTH:
        # Only an escape can make a lone surrogate, and only so many brackets too deep a nesting.
        _check(value, MAX_DEPTH)
    return value


def loads_object(data: bytes, limit: int = DEFAULT_LIMIT) -> dict[str, Any]:
    """Like `loads`, for a document that must be an object."""
    value = loads(data, limit)
    if not isinstance(value, dict):
        raise JsonError("not-an-object")
    return value


def dumps(value: object) -> bytes:
    """Compact UTF-8 in the order given; refuses whatever `loads` would refuse."""
    _check(value, MAX_DEPTH)
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def fields(obj: object, shape: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """The fields of `obj` that `shape` names, each of the type named there; others are left out.

    `bool` is not taken for `int`. A field that may be null: `{"personal": (str, type(None))}`; it must
    be there all the same.
    """
    if not isinstance(obj, dict):
        raise JsonError("not-an-object")
    for name, kinds in shape.items():
        if name not in obj or not _is_a(obj[name], kinds if isinstance(kinds, tuple) else (kinds,)):
            raise FieldError(name)
    return {name: obj[name] for name in shape}


def _is_a(value: object, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)


def _text(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        raise JsonError("byte-order-mark")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise JsonError("utf-8") from None


def _parse(text: str) -> Any:
    try:
        if text.startswith("{"):
            # What `decode` does, without looking for white space around the object first.
            value, end = _DECODER.scan_once(text, 0)  # type: ignore[attr-defined]
            if end == len(text):
                return value
        return _DECODER.decode(text)
    except StopIteration:
        raise JsonError("syntax") from None
    except json.JSONDecodeError:
        raise JsonError("syntax") from None
    except RecursionError:
        raise JsonError("too-deep") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise JsonError("duplicate-key")
    return result


def _integer(digits: str) -> int:
    # First the length: int() of a million digits is slow, and Python refuses it with another error.
    if digits == "-0" or len(digits) > 17:
        raise JsonError("integer")
    value = int(digits)
    if not -MAX_INT <= value <= MAX_INT:
        raise JsonError("integer")
    return value


def _float(_text: str) -> NoReturn:
    raise JsonError("float")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_float
)


def _check(value: object, depth: int) -> None:
    """The rules that a value, parsed or to be written, must keep whatever its spelling."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int):
        if abs(value) > MAX_INT:
            raise JsonError("integer")
    elif isinstance(value, (dict, list, tuple)):
        _check_container(value, depth)
    elif value is not None:
        raise JsonError("type")


def _check_container(value: dict[object, object] | Sequence[object], depth: int) -> None:
    if depth == 0:
        raise JsonError("too-deep")
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise JsonError("type")
            _check_text(key)
    for item in value.values() if isinstance(value, dict) else value:
        _check(item, depth - 1)


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise JsonError("surrogate") from None
