"""A workbook with one sheet, whose first row is bold and stays in sight.

No text becomes a formula: what begins as one would is text, and is marked so, as Excel does with an
apostrophe: it stays text when somebody edits it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from zhilu.server.tabular.cells import MOST_COLUMNS

MOST_ROWS_OUT = 20_000
LONGEST_OUT = 32_767
WIDTHS = (10, 60)
RISKY = tuple("=+-@\t\r\n＝＋－＠")
_TITLE = re.compile(r"[\\*?:/\[\]']")
Value = str | int | float | bool | date | datetime | None


def write(title: str, header: Sequence[str], rows: Iterable[Sequence[Value]], note: str = "") -> bytes:
    """`note`: one more row at the end. A time has no zone of its own in a sheet: give it as text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_TITLE.sub(" ", title)[:31] or "1")
    sheet.freeze_panes = "A2"
    lines = [[_cell(sheet, value) for value in row] for row in rows]
    for at, width in enumerate(_widths(header, lines), 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    heads = [_cell(sheet, text) for text in header]
    for head in heads:
        head.font = Font(bold=True)
    for line in [heads, *lines, *([[_cell(sheet, note)]] if note else [])]:
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


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
