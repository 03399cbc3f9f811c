"""Questions that are asked for every few hundred kilobytes that come in.

Django makes a query's SQL anew each time it is asked, and that costs ten times what the database takes to
answer. Here it is made once, from the same queryset; later only the value changes. What comes back is what
the database's driver gives: no model, no conversion, a JSON column as its text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection, models

Row = tuple[Any, ...]


class Prepared:
    """`query(value)` with one value in it, of the type of `field`, that gives `values_list` rows. `mark` is
    any value of that type that stands nowhere else in it."""

    def __init__(
        self, field: models.Field[Any, Any], mark: Any, query: Callable[[Any], models.QuerySet[Any, Row]]
    ) -> None:
        self._field, self._mark, self._query = field, mark, query
        self._made: dict[str, tuple[str, list[Any], list[int]]] = {}

    def first(self, value: Any) -> Row | None:
        """The first row, None where there is none."""
        made = self._made.get(connection.display_name) or self._make()
        sql, words, places = made
        filled = list(words)
        for place in places:
            filled[place] = self._adapted(value)
        with connection.cursor() as cursor:
            cursor.execute(sql, filled)
            row: Row | None = cursor.fetchone()
        return row

    def _make(self) -> tuple[str, list[Any], list[int]]:
        sql, words = self._query(self._mark).query.sql_with_params()
        mark = self._adapted(self._mark)
        places = [place for place, word in enumerate(words) if word == mark]
        assert places, "the query does not use its value"
        self._made[connection.display_name] = made = (sql, list(words), places)
        return made

    def _adapted(self, value: Any) -> Any:
        return self._field.get_db_prep_value(value, connection)
