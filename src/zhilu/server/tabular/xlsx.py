"""Excel workbooks: the first sheet that is shown.

- A workbook is a zip of XML. Before anything is expanded, its list says how long each part would become
  (zipfile expands no part beyond what the list says); then tags are counted, before a tree is built of them.
- Macros and links to other files are refused, whatever the file calls itself. Formulas are refused by cell:
  what they showed elsewhere is nobody's word.
- openpyxl reads by defusedxml: entities are refused before they are expanded.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.cell.read_only import EMPTY_CELL

from zhilu.errors import DataError, ZhiluError
from zhilu.server.tabular.cells import WIDEST, Cell, Limits, Row, formula, place, text_cell

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MOST_PARTS = 500
LONGEST_PART = 4_000_000
LAST_ROW = 1_048_576
EXACT = 10**15
"""From here on a spreadsheet's numbers lose digits."""
_SHEET = re.compile(r"xl/(worksheets/[^/]+|sharedStrings)\.xml\Z", re.IGNORECASE)
_MACRO = re.compile(r"vbaProject|macrosheets|\.bin\Z", re.IGNORECASE)
_LINK = re.compile(r"externalLinks/|connections\.xml|queryTables/|embeddings/", re.IGNORECASE)
_PICTURE = re.compile(r"xl/media/", re.IGNORECASE)
_PRINTER = re.compile(r"printerSettings", re.IGNORECASE)

if not (openpyxl.DEFUSEDXML or openpyxl.LXML):
    raise RuntimeError("openpyxl reads without defusedxml")  # pragma: no cover


def rows(data: bytes, limits: Limits) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _inspect(archive, limits)
        yield from _rows(data)
    except ZhiluError:
        raise
    except MemoryError:
        raise
    except Exception as error:  # whatever zipfile, expat and openpyxl say of a damaged file
        if _names_entities(error):
            raise DataError("xlsx-entities", "The workbook defines entities; no spreadsheet does.") from error
        raise DataError("xlsx-damaged", "The workbook cannot be read: it is damaged, or no .xlsx.") from error


def _names_entities(error: BaseException | None) -> bool:
    """openpyxl wraps what defusedxml raises."""
    while error is not None and not isinstance(error, DefusedXmlException):
        error = error.__cause__ or error.__context__
    return error is not None


def _inspect(archive: zipfile.ZipFile, limits: Limits) -> None:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if len(parts) > MOST_PARTS or len(set(names)) != len(names):
        raise DataError("xlsx-damaged", "The workbook cannot be read: it is damaged, or no .xlsx.")
    if any(_MACRO.search(name) and not _PRINTER.search(name) for name in names):
        raise DataError("xlsx-macro", "The workbook holds macros. Save it as .xlsx without them.")
    if any(_LINK.search(name) for name in names):
        raise DataError(
            "xlsx-link", "The workbook is linked to other files or data. Paste the values into a new one."
        )
    # A picture is long, and may be a sheet by another name: what a part is, other parts say.
    long = [part for part in parts if _SHEET.search(part.filename) or _PICTURE.match(part.filename)]
    others = [part for part in parts if part not in long]
    if (
        sum(part.file_size for part in long) > limits.sheet
        or sum(part.file_size for part in others) > LONGEST_PART
    ):
        raise _bomb()
    tags = 0
    for part in parts:
        tags += _tags(archive, part, limits.tags)
        if tags > limits.tags:
            raise _bomb()
    types = archive.read("[Content_Types].xml")
    if b"macroEnabled" in types:
        raise DataError("xlsx-macro", "The workbook holds macros. Save it as .xlsx without them.")


def _bomb() -> DataError:
    return DataError(
        "xlsx-bomb",
        "Expanded, the workbook is far larger than a list can be. Copy the list into a new workbook.",
    )


def _tags(archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> int:
    """How many, in any encoding that has no other use for this byte; stops once they are too many."""
    count = 0
    with archive.open(part) as stream:
        while count <= most and (chunk := stream.read(1_048_576)):
            count += chunk.count(b"<")
    return count


def _rows(data: bytes) -> Iterator[Row]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    try:
        sheet: Any = next((one for one in book.worksheets if one.sheet_state == "visible"), None)
        if sheet is None:
            raise DataError("xlsx-damaged", "The workbook cannot be read: it is damaged, or no .xlsx.")
        sheet.reset_dimensions()  # what it says of its own size is not believed
        found = sheet.iter_rows(min_row=1, max_col=WIDEST)
        gap = None  # openpyxl gives one and the same for every row of a gap, and a gap may be a million long
        for number, cells in enumerate(islice(found, LAST_ROW), 1):
            if cells is not gap:
                used = cells[: _used(cells)]
                gap = gap if used else cells
                yield Row(number, tuple(_cell(cell, number, at) for at, cell in enumerate(used)))
    finally:
        book.close()


def _used(cells: tuple[Any, ...]) -> int:
    last = len(cells)
    while last and cells[last - 1] is EMPTY_CELL:
        last -= 1
    return last


def _cell(cell: Any, row: int, column: int) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return formula(row, column)
    if cell.data_type == "e":
        return DataError("cell-error", "Cell {cell} shows an error.", cell=place(row, column))
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _number(value, cell.number_format, row, column)
    if isinstance(value, datetime):
        return value.date() if (value.hour, value.minute, value.second) == (0, 0, 0) else str(value)
    return value if isinstance(value, date) else text_cell(str(value), row, column)


def _number(value: int | float, looks: str, row: int, column: int) -> Cell:
    """As it was typed: no decimal point of its own, and the zeros in front that its format shows."""
    if not math.isfinite(value) or abs(value) >= EXACT:
        return DataError(
            "cell-number",
            "Cell {cell} is a number too long to be exact. Format the column as text and type it again.",
            cell=place(row, column),
        )
    if value != int(value):
        return repr(value)
    is_padded = looks and set(looks) == {"0"} and value >= 0
    return str(int(value)).zfill(len(looks) if is_padded else 0)
