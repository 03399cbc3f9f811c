"""A workbook whose first rows are bold and stay in sight.

No text becomes a formula: what begins as one would is text, and is marked so, as Excel does with an
apostrophe: it stays text when somebody edits it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

MOST_ROWS_OUT = 20_000
Value = str | int | float | bool | date | datetime | None


@dataclass(frozen=True)
class Table:
    """`is_form`: its columns are to be filled in, as text: no zero in front of a number is lost."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Value]] = ()
    is_form: bool = False


def write(
    title: str, header: Sequence[str], rows: Iterable[Sequence[Value]], note: str = "", mark: str = ""
) -> bytes:
    """`note`: one more row at the end. A time has no zone of its own in a sheet: give it as text."""
    return write_all([Table(title, header, rows)], note, mark)


def write_all(tables: Sequence[Table], note: str = "", mark: str = "") -> bytes:
    """A sheet each; the note stands in the last. `mark`: of a demonstration, where no cell is: in the sheets'
    names, over each printed page, in the file's properties."""
    from zhilu.server.tabular import workbook

    return workbook.make(tables, note, mark)
