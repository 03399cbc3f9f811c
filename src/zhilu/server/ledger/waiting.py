"""Rows that `apply` makes wait, and so does what follows from them (ADR 0022).

A replay makes ten thousand rows of a thousand entries; each by itself costs ten times what they cost
together. So inside `applying()`:

- `objects.create` of an evidential table keeps its row back; `put` one that is there already, or not. `get`
  gives such rows by their keys, as if all had been written.
- Other work on tables (`later`: to count anew where an act stands, by what it is found) is noted, once for
  whatever asks for it.
- Every statement to the database is looked at before it is made: of each table that it names, what was noted
  is done first, and the rows that wait are written. At the end all the rest.

So nobody ever sees tables in which something is missing, an `apply` least of all, and a thousand entries in
one `applying()` give the tables that a thousand of them give. Two things make that so besides:

- What is noted gives the same whenever it is done: it writes no table but those that it was noted for, and
  of others it reads only rows for whose every change it is noted again.
- A row points to none that a later entry made (`reference`), also where that one waits beside it. The
  database would look at that when the transaction ends, and could not say of which entry.

An error comes later than the row that is wrong, so it says nothing about where: whoever applies many does so
in a transaction, and where that fails one after the other (services/replay.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection, models

from zhilu.errors import DataError
from zhilu.server.ledger import lock

MOST_NAMED = 500
"""How many keys are asked for in one query."""
MOST_VALUES = 50_000
"""How many rows that are no objects are kept back: of a mirror's entries thousands are applied together."""
T = TypeVar("T")
R = TypeVar("R", bound=models.Model)
Work = Callable[[Sequence[Any]], None]
Tables = tuple[type[models.Model], ...]


def is_open() -> bool:
    """Whether something is being applied in this thread."""
    return _open.get() is not None


def is_many() -> bool:
    """Whether what is applied is one of many: then it is worth while to ask for all of a table at once."""
    waiting = _open.get()
    return waiting is not None and waiting.is_many


@contextmanager
def session(is_many: bool = False) -> Iterator[None]:
    """Inside another one it is a part of that."""
    if is_open():
        yield
        return
    waiting = _Waiting(is_many)
    token = _open.set(waiting)
    try:
        with connection.execute_wrapper(waiting.before):
            yield
            waiting.finish()
    finally:
        _open.reset(token)


def add(row: models.Model) -> None:
    """A new evidential row."""
    _here().add(row)


def add_values(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """New evidential rows of a table that points to no other, as values of these columns, which are all that
    it has: to make an object of each of a hundred thousand costs more than to write it.
    """
    _here().add_values(model, tuple(names), rows)


def get(model: type[R], keys: Iterable[Hashable]) -> dict[Hashable, R]:
    """Those of these rows that are there. Who changes one says so by `put`."""
    return _here().get(model, list(keys))


def foresee(model: type[models.Model], keys: Iterable[Hashable]) -> None:
    """These rows will be asked for by `get`: the first that is takes the others along."""
    _here().foresee(model, keys)


def made(model: type[R], key: Hashable) -> R:
    """The row of this key; DataError `reference` where no entry made it: what points to it would be found by
    nobody.
    """
    found = get(model, [key]).get(key)
    if found is None:
        raise _unmade()
    return found


def put(row: models.Model) -> None:
    """The row as it is to be, new or not."""
    _here().put(row)


def later(tables: Tables, work: Work, keys: Iterable[Hashable], columns: Sequence[str] = ()) -> None:
    """`work` is to write these tables, and is the only one that is noted for them. It is given all keys that
    were noted since, each once, in order, some hundred at a time, before anybody sees one of the tables;
    where it writes `columns` of them only, before anybody reads or writes one of those.
    """
    _here().note(_Noted([one._meta.db_table for one in tables], work, frozenset(columns)), keys)


def remembered(model: type[models.Model], key: Hashable, find: Callable[[], T]) -> T:
    """What `find` reads of this one table, for as long as nobody writes it; asked anew where nothing is
    applied.
    """
    waiting = _open.get()
    return waiting.remembered(model, key, find) if waiting else find()


@dataclass
class _Noted:
    tables: list[str]
    work: Work
    columns: frozenset[str]
    keys: dict[Hashable, None] = field(default_factory=dict)

    def is_due(self, sql: str, words: frozenset[str]) -> bool:
        """Django names every column that it reads or writes; what takes rows away names none."""
        return not self.columns or bool(self.columns & words) or not sql.startswith(("SELECT", "UPDATE"))


class _Waiting:
    """By the table's name: new rows, rows by their keys, which keys will be asked for and which rows wait,
    work, answers, and which entry made the rows that others point to.
    """

    def __init__(self, is_many: bool) -> None:
        self.is_many = is_many
        self._rows: dict[str, list[models.Model]] = {}
        self._values: dict[str, tuple[type[models.Model], tuple[str, ...], list[Sequence[Any]]]] = {}
        self._kept: dict[str, dict[Hashable, Any]] = {}
        self._foreseen: dict[str, dict[Hashable, None]] = {}
        self._changed: dict[str, dict[Hashable, models.Model]] = {}
        self._noted: dict[str, _Noted] = {}
        self._answers: dict[str, dict[Hashable, Any]] = {}
        self._made: dict[str, dict[Any, int]] = {}
        self._is_writing = False

    def add(self, row: models.Model) -> None:
        table = row._meta.db_table
        self._answers.pop(table, None)
        if table in self._kept:
            self._kept[table].pop(row._meta.pk.to_python(row.pk), None)
        self._rows.setdefault(table, []).append(row)

    def add_values(
        self, model: type[models.Model], names: tuple[str, ...], rows: Iterable[Sequence[Any]]
    ) -> None:
        table = model._meta.db_table
        self._answers.pop(table, None)
        held = self._values.setdefault(table, (model, names, []))[2]
        held.extend(rows)
        if len(held) >= MOST_VALUES:
            self._write_new(table)

    def get(self, model: type[R], keys: list[Hashable]) -> dict[Hashable, R]:
        table = model._meta.db_table
        self._write_new(table)
        kept = self._kept.setdefault(table, {})
        unknown = [key for key in keys if key not in kept]
        if unknown:
            unknown += [key for key in self._foreseen.pop(table, ()) if key not in kept]
            with self._unwatched():
                for some in _parts(unknown):
                    found = model._default_manager.in_bulk(some)
                    kept.update({key: found.get(key) for key in some})
        return {key: kept[key] for key in keys if kept[key] is not None}

    def foresee(self, model: type[models.Model], keys: Iterable[Hashable]) -> None:
        self._foreseen.setdefault(model._meta.db_table, {}).update(dict.fromkeys(keys))

    def put(self, row: models.Model) -> None:
        table = row._meta.db_table
        self._answers.pop(table, None)
        self._kept.setdefault(table, {})[row.pk] = row
        self._changed.setdefault(table, {})[row.pk] = row

    def note(self, noted: _Noted, keys: Iterable[Hashable]) -> None:
        there = self._noted.get(noted.tables[0])
        if there is None:
            there = noted
            self._noted.update(dict.fromkeys(noted.tables, noted))
        there.keys.update(dict.fromkeys(keys))

    def remembered(self, model: type[models.Model], key: Hashable, find: Callable[[], T]) -> T:
        table = model._meta.db_table
        answers = self._answers.get(table, {})
        if key in answers:
            found: T = answers[key]
            return found
        found = find()
        self._answers.setdefault(table, {})[key] = found
        return found

    def before(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Django asks here instead of the database."""
        if not self._is_writing:
            named = _words(sql)
            for table in named & self._noted.keys():
                noted = self._noted.get(table)
                if noted and noted.is_due(sql, named):
                    self._do(noted)
            for table in named & (self._rows.keys() | self._values.keys() | self._changed.keys()):
                self._write(table)
            if not sql.startswith("SELECT"):
                for table in named & (self._answers.keys() | self._kept.keys()):
                    self._answers.pop(table, None)
                    self._kept.pop(table, None)
        return execute(sql, params, many, context)

    def finish(self) -> None:
        while self._noted:
            self._do(next(iter(self._noted.values())))
        for table in [*self._rows, *self._values, *self._changed]:
            self._write(table)

    def _do(self, noted: _Noted) -> None:
        for name in noted.tables:
            del self._noted[name]
        # What it asks for of others is written, and done, when it asks.
        for some in _parts(noted.keys):
            noted.work(some)

    def _write(self, table: str) -> None:
        self._write_new(table)
        self._write_rows(list(self._changed.pop(table, {}).values()), lock.put_many)

    def _write_new(self, table: str) -> None:
        self._write_rows(self._rows.pop(table, []), lock.insert_many)
        if table in self._values:
            with self._unwatched():
                lock.insert_values(*self._values.pop(table))

    def _write_rows(
        self, rows: Sequence[models.Model], write: Callable[[Sequence[models.Model]], None]
    ) -> None:
        references: list[Any] = (
            [one for one in rows[0]._meta.concrete_fields if one.is_relation] if rows else []
        )
        for one in references:
            self._write(one.related_model._meta.db_table)
        with self._unwatched():
            for one in references:
                self._check_references(rows, one)
            write(rows)

    @contextmanager
    def _unwatched(self) -> Iterator[None]:
        self._is_writing = True
        try:
            yield
        finally:
            self._is_writing = False

    def _check_references(self, rows: Sequence[Any], field: Any) -> None:
        """What they point to is there, and was before them."""
        made = self._made.setdefault(field.related_model._meta.db_table, {})
        pairs = [(field.target_field.to_python(getattr(row, field.attname)), row.entry) for row in rows]
        for some in _parts({key for key, _ in pairs} - made.keys()):
            found = field.related_model._default_manager.filter(pk__in=some)
            made.update(found.values_list("pk", "entry"))
        if any(made.get(key, entry + 1) > entry for key, entry in pairs):
            raise _unmade()


def _unmade() -> DataError:
    return DataError("reference", "An entry says something of what no entry before it made.")


_open: ContextVar[_Waiting | None] = ContextVar("waiting", default=None)


def _here() -> _Waiting:
    waiting = _open.get()
    if waiting is None:
        raise RuntimeError("evidential tables are written by applying ledger events only")
    return waiting


@lru_cache(1000)
def _words(sql: str) -> frozenset[str]:
    """Every word of a statement, the names of its tables among them."""
    return frozenset(re.findall(r"\w+", sql))


def _parts(keys: Iterable[T]) -> Iterator[list[T]]:
    whole = list(keys)
    for start in range(0, len(whole), MOST_NAMED):
        yield whole[start : start + MOST_NAMED]
