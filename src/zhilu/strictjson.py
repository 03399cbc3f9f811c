"""JSON with one reading only.

Two readers that disagree about a byte string are a hole: one shows what the other did not check.
So what goes into a hash or under a signature is read by these rules and no others:

- UTF-8 without a byte order mark; no lone surrogates, also none written as an escape
- no duplicate keys
- no floats, no exponents, no NaN, no Infinity, no `-0`; integers within ±(2^53 - 1)
- not longer than the caller's limit, not nested deeper than MAX_DEPTH

Bytes as sent are stored and hashed verbatim. Nothing here re-serialises what it has read, and `dumps`
does not canonicalise: keys keep their order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from zhilu.errors import DataError

MAX_INT = 2**53 - 1
MAX_DEPTH = 32


class JsonError(DataError):
    """Bytes that are not the strict JSON of this module; `code` names the rule that was broken."""


def loads(data: bytes, limit: int) -> Any:
    """Parse `data`, at most `limit` bytes, to dict, list, str, int, bool or None."""
    if len(data) > limit:
        raise JsonError("json-too-long", length=len(data), limit=limit)
    value = _parse(_text(data))
    _check(value, MAX_DEPTH)
    return value


def loads_object(data: bytes, limit: int) -> dict[str, Any]:
    """Like `loads`, for a document that must be an object."""
    value = loads(data, limit)
    if not isinstance(value, dict):
        raise JsonError("json-not-object")
    return value


def dumps(value: object) -> bytes:
    """Compact UTF-8 in the order given; refuses whatever `loads` would refuse."""
    _check(value, MAX_DEPTH)
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def exact(obj: object, shape: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """`obj` when it is an object with exactly the keys of `shape`, each of the type named there.

    `bool` is not taken for `int`. A key that may be null says so: `{"personal": (str, type(None))}`.
    """
    if not isinstance(obj, dict):
        raise JsonError("json-not-object")
    if obj.keys() != shape.keys():
        wrong = sorted(map(str, obj.keys() ^ shape.keys()))
        raise JsonError("json-keys", keys=", ".join(wrong))
    for key, kinds in shape.items():
        if not _is_a(obj[key], kinds if isinstance(kinds, tuple) else (kinds,)):
            raise JsonError("json-type", key=key)
    return obj


def _is_a(value: object, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)


def _text(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        raise JsonError("json-bom")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonError("json-utf8", at=error.start) from None


def _parse(text: str) -> Any:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_float,
        )
    except json.JSONDecodeError as error:
        raise JsonError("json-syntax", at=error.pos, reason=error.msg) from None
    except RecursionError:
        raise JsonError("json-too-deep", limit=MAX_DEPTH) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise JsonError("json-duplicate-key", key=key)
        result[key] = value
    return result


def _integer(digits: str) -> int:
    # The length first: int() of a million digits is slow, and Python refuses it with another error.
    if digits == "-0" or len(digits) > 17 or abs(int(digits)) > MAX_INT:
        raise JsonError("json-integer", digits=digits[:20])
    return int(digits)


def _float(text: str) -> NoReturn:
    raise JsonError("json-float", text=text[:40])


def _check(value: object, depth: int) -> None:
    """The rules that a value, parsed or to be written, must keep whatever its spelling."""
    if depth < 0:
        raise JsonError("json-too-deep", limit=MAX_DEPTH)
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int):
        if abs(value) > MAX_INT:
            raise JsonError("json-integer", digits=hex(value)[:20])
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise JsonError("json-type", key=repr(key))
            _check_text(key)
            _check(item, depth - 1)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check(item, depth - 1)
    elif isinstance(value, float):
        raise JsonError("json-float", text=repr(value))
    else:
        raise JsonError("json-type", key=type(value).__name__)


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise JsonError("json-surrogate") from None
