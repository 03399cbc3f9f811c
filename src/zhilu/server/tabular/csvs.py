"""CSV: UTF-8 with or without BOM, else GB18030 (which holds GBK and GB 2312); comma, semicolon or tab."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from zhilu.errors import DataError
from zhilu.server.tabular.cells import WIDEST, Cell, Row, formula, text_cell, too_wide

DELIMITERS = ",;\t"
BOM = b"\xef\xbb\xbf"
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def rows(data: bytes) -> Iterator[Row]:
    text = decoded(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 0
    try:
        for number, fields in enumerate(reader, 1):
            if len(fields) > WIDEST and any(fields[WIDEST:]):
                raise too_wide()
            if any(fields):
                yield Row(number, tuple(_cell(one, number, at) for at, one in enumerate(fields[:WIDEST])))
    except csv.Error as error:
        raise DataError(
            "csv",
            "Row {row} cannot be read: a quotation mark does not fit, or a cell is far too long.",
            row=number + 1,
        ) from error


def _cell(field: str, row: int, column: int) -> Cell:
    # A program for spreadsheets would compute it.
    return formula(row, column) if field.lstrip().startswith("=") else text_cell(field, row, column)


def decoded(data: bytes) -> str:
    if data.startswith(WIDE_BOMS):
        raise DataError("csv-encoding", "This file is UTF-16. Save it as CSV in UTF-8 or GBK, or as .xlsx.")
    try:
        return data.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError:
        pass
    if data.startswith(BOM):
        raise DataError("csv-encoding", "This file says that it is UTF-8, and is not. Save it anew.")
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise DataError(
            "csv-encoding",
            "Line {line} is neither UTF-8 nor GBK. Save the file as CSV in UTF-8, or as .xlsx.",
            line=data[: error.start].count(b"\n") + 1,
        ) from error


def _delimiter(text: str) -> str:
    """The one that stands most often in the header; a comma where none does."""
    header = text.lstrip("\r\n").partition("\n")[0]
    return max(DELIMITERS, key=header.count)
