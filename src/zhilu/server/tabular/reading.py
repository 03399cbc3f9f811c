"""A file as somebody uploads it. What it is, its first bytes say, not its name alone."""

from __future__ import annotations

from zhilu.errors import DataError
from zhilu.server.tabular import csvs
from zhilu.server.tabular.cells import LIST, Limits, Row, within_limits


def read(data: bytes, filename: str, limits: Limits = LIST) -> list[Row]:
    """Rows in which anything stands, the header among them. DataError: nothing of it can be used."""
    from zhilu.server.tabular import xlsx  # openpyxl is heavy: only who reads a file loads it

    if len(data) > limits.size:
        raise too_long(limits)
    kind = filename.rpartition(".")[2].lower()
    if kind in ("xlsm", "xltm", "xlsb", "xlam"):
        raise DataError("xlsx-macro", "The workbook holds macros. Save it as .xlsx without them.")
    if data.startswith(xlsx.OLE):
        raise DataError(
            "sheet-kind", "This is an old .xls, or has a password. Save it as .xlsx without a password."
        )
    if kind not in ("xlsx", "csv", "txt"):
        raise DataError("sheet-kind", "Only .xlsx and .csv files are read.")
    if kind == "xlsx" or data.startswith(xlsx.ZIP):
        if not data.startswith(xlsx.ZIP):
            raise DataError("xlsx-damaged", "The workbook cannot be read: it is damaged, or no .xlsx.")
        return list(within_limits(xlsx.rows(data, limits), limits))
    return list(within_limits(csvs.rows(data), limits))


def too_long(limits: Limits) -> DataError:
    return DataError("sheet-size", "A file has at most {limit} MB.", limit=limits.size // 1_048_576)
