"""A sheet: what a file of one kind may hold, and what its rows do. Checking and importing go one road.

1. The file is read within limits (`zhilu.server.tabular`); its header is matched; each cell is read as its
   column wants it. No lock is held yet.
2. Under the ledger's lock, each row's entries are committed, by the very rules that hold for pages. A row
   that is refused is named, and the next one is looked at: so the report names all of them.
3. One wrong cell or row, or nothing but a check asked for: the transaction is rolled back, and no entry,
   number or row of a table is left of it. Else its end makes all of it durable at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhilu.errors import DataError, ZhiluError, bare
from zhilu.server.ledger import lock
from zhilu.server.ledger.services.commit import Proposal, commit_all
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services.sheets.columns import Column, Words
from zhilu.server.tabular import Row, place, read

NEW, CHANGED, SAME = "new", "changed", "same"
MOST_PROBLEMS = 200
MOST_KEPT = 20_000
"""Problems of cells of which a report knows more than that their rows are wrong."""
STEP = 5_000
BLOCK = 100
"""Rows that are committed together, all of them in one transaction."""


@dataclass(frozen=True)
class Line:
    """One row: `got` has every column of the sheet, None where nothing stands."""

    number: int
    got: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.got[key]


@dataclass(frozen=True)
class Change:
    kind: str
    proposals: Sequence[Proposal] = ()


class Work:
    """What one import knows while it runs, inside the lock. One class a sheet."""

    def __init__(self, rights: Rights) -> None:
        self.rights = rights
        self.gone = 0
        """What stands now and is not in the file, of a sheet that replaces the whole."""
        self._seen: dict[Any, int] = {}

    def row(self, line: Line) -> Change:
        """What the row changes; raises ZhiluError."""
        raise NotImplementedError

    def end(self) -> list[Proposal]:
        """For sheets whose rows are one entry together."""
        return []

    def once(self, key: Any, line: Line) -> None:
        before = self._seen.setdefault(key, line.number)
        if before != line.number:
            raise DataError("row-twice", "Row {row} is about the same already.", row=before)

    def proposal(self, event: Any, personal: dict[str, Any] | None = None) -> Proposal:
        return Proposal(event, str(self.rights.person), personal)


@dataclass(frozen=True)
class Sheet:
    """`places`: error code → key of the column that it is about. `next_page`: where it goes on.
    `kinds`: where rows make entries of several kinds, the order in which those of a block are committed, for
    one rule over many is asked less often.
    """

    name: str
    title: Words
    about: Words
    roles: frozenset[str]
    columns: tuple[Column, ...]
    work: Callable[[Rights], Work]
    places: Mapping[str, str] = field(default_factory=dict)
    order: Callable[[Line], Any] = lambda line: line.number
    most: int = 2_000
    kinds: tuple[type, ...] = ()
    next_page: str = ""
    page: str = ""
    """The name of the page that takes it, of one that is too long to be read while somebody waits."""


@dataclass(frozen=True)
class Problem:
    """`row` None: the whole file. `got`: what could be read of the row."""

    row: int | None
    column: Words
    error: ZhiluError
    got: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Report:
    kept: bool = False
    rows: int = 0
    gone: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {NEW: 0, CHANGED: 0, SAME: 0})
    problems: list[Problem] = field(default_factory=list)
    wrong: int = 0
    """Rows of which a cell could not be read."""
    is_cut: bool = False
    """More was wrong than is listed."""

    @property
    def changes(self) -> int:
        return self.counts[NEW] + self.counts[CHANGED] + self.gone


class _Undo(Exception):
    """Rolls the transaction back."""


def run(sheet: Sheet, data: bytes, filename: str, rights: Rights, keep: bool = False) -> Report:
    """Check a file, and with `keep` import it if nothing is wrong."""
    report = Report()
    try:
        lines = list(read_lines(sheet, read(data, filename), report))
    except ZhiluError as error:
        report.problems = [Problem(None, "", error)]
        return report
    try:
        with lock.held():
            _carry_out(sheet, lines, sheet.work(rights), report)
            if report.problems or not keep:
                raise _Undo
            report.kept = True
    except _Undo:
        pass
    report.problems.sort(key=lambda problem: problem.row or 0)
    report.is_cut = len(report.problems) > MOST_PROBLEMS
    del report.problems[MOST_PROBLEMS:]
    return report


def _carry_out(sheet: Sheet, lines: list[Line], work: Work, report: Report) -> None:
    planned = []
    for line in sorted(lines, key=sheet.order):
        try:
            change = work.row(line)
            report.counts[change.kind] += 1
            planned += [(line, change.proposals)] if change.proposals else []
        except ZhiluError as error:
            report.problems.append(Problem(line.number, _place(sheet, error), error))
    for first in range(0, len(planned), BLOCK):
        if len(report.problems) > MOST_PROBLEMS:
            return
        _commit_block(sheet, planned[first : first + BLOCK], report)
    if not report.problems:
        try:
            _commit(work.end())
            report.gone = work.gone
        except ZhiluError as error:
            report.problems.append(Problem(None, _place(sheet, error), error))


def _commit_block(sheet: Sheet, block: list[tuple[Line, Sequence[Proposal]]], report: Report) -> None:
    """All at once, as it mostly goes; where it does not, row by row, to name the rows."""
    together = [one for _line, proposals in block for one in proposals]
    if sheet.kinds:
        together.sort(key=lambda one: sheet.kinds.index(type(one.event)))
    try:
        _commit(together)
        return
    except ZhiluError:
        pass
    for line, proposals in block:
        try:
            _commit(proposals)
        except ZhiluError as error:
            report.problems.append(Problem(line.number, _place(sheet, error), error))


def _commit(proposals: Sequence[Proposal]) -> None:
    if proposals:
        commit_all(proposals)


def place_of(sheet: Sheet, error: ZhiluError) -> str:
    """Key of the column that it is about, or ""."""
    return sheet.places.get(error.code, str(error.fields.get("name", "")) if error.code == "field" else "")


def _place(sheet: Sheet, error: ZhiluError) -> Words:
    key = place_of(sheet, error)
    return next((column.label for column in sheet.columns if column.key == key), "")


def read_lines(
    sheet: Sheet, rows: list[Row], report: Report, step: Callable[[int], None] = lambda done: None
) -> Iterator[Line]:
    """Those that can be read; of the first others the report has what is wrong. `step` is told how far it is.
    `rows` is used up: a long file is not held twice. DataError: nothing of it can be used.
    """
    if len(rows) < 2:
        raise DataError("sheet-empty", "Nothing stands below the header: fill in the first sheet.")
    if len(rows) > sheet.most + 1:
        raise DataError("sheet-rows", "A file has at most {limit} rows.", limit=sheet.most)
    columns = _header(sheet, rows[0])
    report.rows = len(rows) - 1
    rows.reverse()
    rows.pop()
    while rows:
        line, problems = _line(sheet, columns, rows.pop())
        if line is not None:
            yield line
        else:
            report.wrong += 1
            report.problems += problems[: max(MOST_KEPT - len(report.problems), 0)]
        if (report.rows - len(rows)) % STEP == 0:
            step(report.rows - len(rows))


def _header(sheet: Sheet, row: Row) -> list[Column | None]:
    known = {name: column for column in sheet.columns for name in column.names()}
    found: list[Column | None] = []
    for at, cell in enumerate(row.cells):
        name = str(cell).rstrip("*＊ ").casefold()
        column = known.get(name) if not isinstance(cell, DataError) else None
        if cell != "" and (column is None or column in found):
            raise DataError(
                "header",
                "Cell {cell}: this sheet has no such column, or has it twice. Use the template's headers.",
                cell=place(row.number, at),
            )
        found.append(column)
    missing = [column for column in sheet.columns if column.required and column not in found]
    if missing:
        names = "、".join(str(column.label) for column in missing)
        raise DataError("header-missing", "The first row lacks these columns: {columns}.", columns=names)
    return found


def _line(sheet: Sheet, columns: list[Column | None], row: Row) -> tuple[Line | None, list[Problem]]:
    got: dict[str, Any] = dict.fromkeys(column.key for column in sheet.columns)
    problems = []
    for at, cell in enumerate(row.cells):
        column = columns[at] if at < len(columns) else None
        try:
            if isinstance(cell, DataError):
                raise cell
            if cell == "":
                continue
            if column is None:
                raise DataError(
                    "cell-alone", "Cell {cell} stands under no header.", cell=place(row.number, at)
                )
            got[column.key] = column.read(cell)
        except ZhiluError as error:
            problems.append(Problem(row.number, column.label if column else "", bare(error), got))
    if not problems:
        for column in sheet.columns:
            if column.required and got[column.key] is None:
                missing = DataError("value-missing", "Something must stand here.")
                problems.append(Problem(row.number, column.label, missing, got))
    return (None if problems else Line(row.number, got)), problems
