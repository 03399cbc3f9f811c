"""The workbook itself, by openpyxl, which is heavy: only who writes one imports this."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from zhilu.server.tabular.cells import MOST_COLUMNS

if TYPE_CHECKING:
    from zhilu.server.tabular.writing import Table, Value

LONGEST_OUT = 32_767
WIDTHS = (10, 60)
DEMO = "DEMO"
RISKY = tuple("=+-@\t\r\n＝＋－＠")
_TITLE = re.compile(r"[\\*?:/\[\]']")


def make(tables: Sequence[Table], note: str, mark: str) -> bytes:
    book = Workbook(write_only=True)
    for table in tables:
        _add(book, table, note if table is tables[-1] else "", mark)
    if mark:
        book.properties.title = book.properties.description = mark
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _add(book: Any, table: Table, note: str, mark: str) -> None:
    title = f"{DEMO} {table.title}" if mark else table.title
    sheet = book.create_sheet(_TITLE.sub(" ", title)[:31] or "1")
    sheet.freeze_panes = "A2"
    if mark:
        sheet.oddHeader.center.text = mark
    lines = [[_cell(sheet, value) for value in row] for row in table.rows]
    for at, width in enumerate(_widths(table.header, lines), 1):
        column = sheet.column_dimensions[get_column_letter(at)]
        column.width = width
        if table.is_form:
            column.number_format = "@"
    heads = [_cell(sheet, text) for text in table.header]
    for head in heads:
        head.font = Font(bold=True)
    for line in [heads, *lines, *([[_cell(sheet, note)]] if note else [])]:
        sheet.append(line)


def _cell(sheet: Any, value: Value) -> Any:
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)  # type: ignore[arg-type]
    text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)[:LONGEST_OUT]
    cell: Any = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # also where openpyxl takes it for a formula or an error
    if text.startswith(RISKY):
        cell.quotePrefix = True
    else:
        cell.number_format = "@"
    return cell


def _widths(header: Sequence[str], lines: Sequence[Sequence[Any]]) -> list[int]:
    """By what stands in the first rows; a Chinese character is two wide."""
    found = [_width(text) for text in header][:MOST_COLUMNS]
    for line in lines[:200]:
        for at, cell in enumerate(line[: len(found)]):
            found[at] = max(found[at], _width(str(cell.value or "")))
    least, most = WIDTHS
    return [min(max(width + 2, least), most) for width in found]


def _width(text: str) -> int:
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in text)
