"""Tables in Excel and CSV files, in and out.

Files come from anybody's machine: each is read within limits, and nothing of it is run, fetched or followed.
What cannot be read is named by cell; what goes out cannot become a formula.
"""

from __future__ import annotations

from zhilu.server.tabular.cells import Cell, Row, place
from zhilu.server.tabular.reading import MOST_BYTES, read
from zhilu.server.tabular.writing import MOST_ROWS_OUT, Table, write, write_all

__all__ = ["MOST_BYTES", "MOST_ROWS_OUT", "Cell", "Row", "Table", "place", "read", "write", "write_all"]
