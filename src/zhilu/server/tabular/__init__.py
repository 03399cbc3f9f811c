"""Tables in Excel and CSV files, in and out.

Files come from anybody's machine: each is read within limits, and nothing of it is run, fetched or followed.
What cannot be read is named by cell; what goes out cannot become a formula.
"""

from __future__ import annotations

from zhilu.server.tabular.cells import LIST, LONG, Cell, Limits, Row, place
from zhilu.server.tabular.reading import read, too_long
from zhilu.server.tabular.writing import MOST_ROWS_OUT, Table, write, write_all

__all__ = [
    "LIST",
    "LONG",
    "MOST_ROWS_OUT",
    "Cell",
    "Limits",
    "Row",
    "Table",
    "place",
    "read",
    "too_long",
    "write",
    "write_all",
]
