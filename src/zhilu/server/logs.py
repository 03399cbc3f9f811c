"""How an exception stands in the log: where it was raised, and what it says, unless the database says it.

PostgreSQL writes the row that it refuses into its error, and with it what people wrote. Of its errors the log
has the class, the code and the names of table, column and constraint.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from typing import Any

from django.db import Error as DjangoError

NAMES = ("table_name", "column_name", "constraint_name")


class Line(logging.Formatter):
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
    diagnosis = getattr(error, "diag", None)
    if diagnosis is not None:
        named = [getattr(error, "sqlstate", None), *(getattr(diagnosis, name, None) for name in NAMES)]
        return " ".join(one for one in named if one)
    return "" if isinstance(error, DjangoError) and getattr(error.__cause__, "diag", None) else str(error)
