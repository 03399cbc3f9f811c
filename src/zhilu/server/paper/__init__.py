"""A report as PDF, by typst: what comes in are texts, what comes out are bytes.

- The template is a file of this package and takes texts as texts: `#import`, `$`, `*` in them are printed as
  they stand. It can read no file but itself: its root is this folder, and no text reaches its code.
- Controls, and marks that turn the direction of writing, are taken out: they could make a line read
  otherwise than it is.
- A report is bounded: MOST_ROWS rows, LONGEST characters a cell; one is made at a time.
- A Chinese font comes from the machine (packages.debian); without one nothing is made.
"""

from __future__ import annotations

import json
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import typst

from zhilu.errors import WorldError

MOST_ROWS = 2_000
LONGEST = 300
FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimSun",
)
DROPPED = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Categories of characters that print nothing, or something else than is there."""
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Table:
    """A further table, under a heading. `rights`: columns whose cells stand to the right: numbers."""

    title: str
    columns: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[str]]
    rights: Sequence[int] = ()


@dataclass(frozen=True)
class Report:
    """`facts`: (label, value) under the title; `widths`: of the columns, in proportion; `mark`: of a
    demonstration; `foot`: on every page; `empty`: in place of no rows; `more`: tables after the first.
    """

    title: str
    bureau: str
    lang: str
    facts: Sequence[tuple[str, str]]
    columns: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[str]]
    foot: str = ""
    notes: Sequence[str] = ()
    mark: str = ""
    empty: str = "—"
    more: Sequence[Table] = ()


def pdf(report: Report) -> bytes:
    """Raises WorldError `paper-font` on a machine without a Chinese font."""
    assert len(report.rows) + sum(len(one.rows) for one in report.more) <= MOST_ROWS
    found = fonts()
    data = {
        "title": plain(report.title),
        "bureau": plain(report.bureau),
        "lang": report.lang,
        "mark": plain(report.mark),
        "foot": plain(report.foot),
        "empty": plain(report.empty),
        "facts": [[plain(label), plain(value)] for label, value in report.facts],
        "notes": [plain(note) for note in report.notes],
        "columns": [plain(one) for one in report.columns],
        "widths": list(report.widths),
        "rows": [[plain(cell) for cell in row] for row in report.rows],
        "more": [_table(one) for one in report.more],
        "fonts": list(found),
    }
    with as_file(files(__package__).joinpath("report.typ")) as template, _one_at_a_time:
        made = typst.compile(
            template, root=template.parent, font_paths=_machine(), sys_inputs={"data": json.dumps(data)},
            pdf_tags=False,
        )  # fmt: skip
    assert isinstance(made, bytes)
    return made


def _table(table: Table) -> dict[str, object]:
    return {
        "title": plain(table.title),
        "columns": [plain(one) for one in table.columns],
        "widths": list(table.widths),
        "rights": list(table.rights),
        "rows": [[plain(cell) for cell in row] for row in table.rows],
    }


def plain(text: str) -> str:
    kept = "".join(one for one in text[:LONGEST] if unicodedata.category(one) not in DROPPED)
    return kept + "…" if len(text) > LONGEST else kept


def fonts() -> tuple[str, ...]:
    """The Chinese ones of this machine, the best first."""
    known = set(_machine().families())
    found = tuple(one for one in FONTS if one in known)
    if not found:
        raise WorldError(
            "paper-font", "This machine has no Chinese font: install fonts-noto-cjk or fonts-wqy-microhei."
        )
    return found


@cache
def _machine() -> typst.Fonts:
    return typst.Fonts()
