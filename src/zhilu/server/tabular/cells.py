"""One cell, as a rule sees it: text, a day, or why it cannot be read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from zhilu.errors import DataError

MOST_COLUMNS = 60
LONGEST_CELL = 500
MOST_ERRORS = 20_000
"""Cells of which it is told where they stand and why they cannot be read; of more of them only why."""
WIDEST = 256
"""Columns that are looked at: what stands right of the sixtieth is refused, not overlooked."""
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Categories of characters that nobody sees: two numbers would look alike and differ."""

Cell = str | date | DataError


@dataclass(frozen=True)
class Limits:
    """What a file may have: bytes as it comes, rows; of a workbook, bytes of its sheets and pictures when
    expanded, and tags in all of it.
    """

    size: int
    rows: int
    sheet: int
    tags: int


LIST = Limits(10 * 1_048_576, 20_000, 40_000_000, 3_000_000)
LONG = Limits(36 * 1_048_576, 200_000, 400_000_000, 24_000_000)
"""For what is read beside the requests, one at a time."""


@dataclass(frozen=True, slots=True)
class Row:
    """`number` counts from 1, as a spreadsheet shows it."""

    number: int
    cells: tuple[Cell, ...]


def place(row: int, column: int) -> str:
    """`B7`; the column counts from 0."""
    letters, left = "", column + 1
    while left:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters}{row}"


def text_cell(text: str, row: int, column: int) -> Cell:
    """Spaces around it are nobody's meaning; lines stay lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    where = place(row, column)
    if len(text) > LONGEST_CELL:
        return DataError(
            "cell-length", "Cell {cell}: at most {limit} characters.", cell=where, limit=LONGEST_CELL
        )
    if text.isprintable():  # holds nothing of HIDDEN
        return text
    for sign in text:
        if sign not in "\n\t" and unicodedata.category(sign) in HIDDEN:
            return DataError(
                "cell-hidden",
                "Cell {cell} holds a character that nobody can see ({sign}).",
                cell=where,
                sign=f"U+{ord(sign):04X}",
            )
    return text


def formula(row: int, column: int) -> DataError:
    return DataError(
        "cell-formula",
        "Cell {cell} is a formula: paste its value as text in its place.",
        cell=place(row, column),
    )


def too_wide() -> DataError:
    return DataError("sheet-columns", "A file has at most {limit} columns.", limit=MOST_COLUMNS)


def within_limits(rows: Iterable[Row], limits: Limits) -> Iterator[Row]:
    """Rows in which anything stands; cells right of the last one that holds something are left off."""
    errors, wrong = dict[str, DataError](), 0
    for row in rows:
        cells = _without_blanks(row.cells)
        if not cells:
            continue
        if row.number > limits.rows + 1:
            raise DataError("sheet-rows", "A file has at most {limit} rows.", limit=limits.rows)
        if len(cells) > MOST_COLUMNS:
            raise too_wide()
        if here := sum(isinstance(cell, DataError) for cell in cells):
            wrong += here
            if wrong > MOST_ERRORS:  # millions of errors would fill the memory
                cells = tuple(
                    errors.setdefault(cell.code, cell) if isinstance(cell, DataError) else cell
                    for cell in cells
                )
        yield Row(row.number, cells)


def _without_blanks(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    last = max((at for at, cell in enumerate(cells) if cell != ""), default=-1)
    return cells[: last + 1]
