"""How an exception stands in the log: where it was raised, and what it says, unless the database says it.

PostgreSQL writes the row that it refuses into its error, and with it what people wrote. Of what the server
says the log has the class, the code and the names of table, column and constraint; that it does not answer,
the driver says itself, and that is in the log as it is.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from typing import Any

from django.db import Error as DjangoError

NAMES = ("table_name", "column_name", "constraint_name")


class Line(logging.Formatter):
    """A line of the log, and under it the exception."""

    def formatException(self, ei: Any) -> str:
        lines = []
        for error in reversed(list(_chain(ei[1]))):
            lines += ["Traceback (most recent call last):\n", *traceback.format_tb(error.__traceback__)]
            lines.append(f"{type(error).__module__}.{type(error).__qualname__}: {_said(error)}\n")
        return "".join(lines).rstrip("\n")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """It, and because of what."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _said(error: BaseException) -> str:
    if state := getattr(error, "sqlstate", None):
        named = (getattr(error.diag, name, None) for name in NAMES)  # type: ignore[attr-defined]
        return " ".join([state, *filter(None, named)])
    is_told = isinstance(error, DjangoError) and getattr(error.__cause__, "sqlstate", None)
    return "" if is_told else str(error)
