"""Rows of a table as two servers compare them (spec/federation.md §8), as bytes and values; no I/O.

- A value has one spelling, whatever database it was read from; of equal rows the digests are equal.
- An answer tells of so many rows after a key: one digest of them all, or one of each value.
- What an answer says is its server's word. It is only kept from being of another form, and from never
  ending: an answer that is not the last one tells of as many rows as were asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from zhilu import strictjson
from zhilu.encoding import h
from zhilu.errors import DataError

MOST_ROWS = 1000
MAX_ANSWER = 4 * 2**20
SHORT = 16
"""Bytes of a value's digest: it proves nothing, it names a column."""


def spell(value: object) -> bytes:
    """The one spelling of a value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain).encode()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)


def digest_of(rows: Iterable[Sequence[object]]) -> str:
    """Of rows in the order of their keys, each with its values in the order of its columns."""
    return h("zhilu/rows/v1", *(b",".join(map(spell, row)) + b"\n" for row in rows)).hex()


def short(value: object) -> str:
    return h("zhilu/value/v1", spell(value))[:SHORT].hex()


@dataclass(frozen=True)
class Rows:
    """Of the rows after a key: how many, the last one's key where more may follow, their digest. `size`: how
    many entries the ledger had. `each`: key → a digest of each value, where that was asked for.
    """

    size: int
    columns: tuple[str, ...]
    count: int
    last: str | None
    digest: str
    each: Mapping[str, Sequence[str]] | None = None

    def dumps(self) -> bytes:
        return strictjson.dumps({**vars(self), "columns": list(self.columns)})


def rows_query(table: str, after: str | None, count: int, *, each: bool) -> list[tuple[str, str]]:
    """Names and values; `after` is not there at the beginning of a table."""
    asked = [("table", table), ("count", str(count)), ("each", str(int(each)))]
    return asked if after is None else [*asked, ("after", after)]


def loads(data: bytes, count: int) -> Rows:
    """An answer to a question for `count` rows: else `rows`."""
    shape: dict[str, type | tuple[type, ...]] = {"size": int, "columns": list, "count": int, "digest": str}
    shape |= {"last": (str, type(None)), "each": (dict, type(None))}
    try:
        got = strictjson.fields(strictjson.loads_object(data, MAX_ANSWER), shape)
    except DataError:
        raise _no_rows() from None
    each: dict[str, Any] | None = got["each"]
    texts = [*got["columns"], *(one for row in (each or {}).values() for one in _list(row))]
    is_whole = got["last"] is None or got["count"] == count
    if not is_whole or not 0 <= got["count"] <= count or not all(isinstance(one, str) for one in texts):
        raise _no_rows()
    width = len(got["columns"])
    if each is not None and (len(each) != got["count"] or any(len(row) != width for row in each.values())):
        raise _no_rows()
    return Rows(**{**got, "columns": tuple(got["columns"])})


def _list(row: object) -> list[object]:
    if not isinstance(row, list):
        raise _no_rows()
    return row


def _no_rows() -> DataError:
    return DataError("rows", "What the neighbour tells of its rows is of no form that there is.")
