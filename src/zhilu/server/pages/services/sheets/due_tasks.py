"""Due tasks as a tax administration system gives them out (docs/operate/due-tasks.md). A file is long, so it
is checked and entered beside the requests (pages/services/task_files.py); the rows that are wrong stop none
of the others.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from zhilu.errors import DataError
from zhilu.server import tabular
from zhilu.server.evidence.rules_links import LONGEST_NAME, LONGEST_NUMBER
from zhilu.server.ledger.clock import BEIJING, midnight
from zhilu.server.oversight import rules_tasks as rules
from zhilu.server.oversight.services.tasks import Said
from zhilu.server.pages.services.sheets.columns import Column, Reader, day, text, yes_no
from zhilu.server.pages.services.sheets.sheet import Line, Sheet, Work

_BETWEEN = re.compile(r"[\s、,，;；/|]+")
_MOMENT = re.compile(r"(.{6,}?)[T\s]\s*(\d{1,2})[:：](\d{2})(?:[:：](\d{2})(?:\.0+)?)?", re.DOTALL)


def moment(ends: bool) -> Reader:
    """Beijing's. A day alone is its beginning, or where a plan ends its end."""

    @lru_cache(10_000)  # a list says the same hour again and again
    def read(cell: str | date) -> datetime:
        found = _MOMENT.fullmatch(cell) if isinstance(cell, str) else None
        if found is None:
            return midnight(_day(cell)) + timedelta(days=1 if ends else 0)
        hour, minute, second = (int(part or 0) for part in found.groups()[1:])
        on = _day(found[1].strip())
        try:
            return datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=BEIJING)
        except ValueError as error:
            raise _no_moment() from error

    return read


def _day(cell: str | date) -> date:
    try:
        found = day(cell)
    except DataError as error:
        raise _no_moment() from error
    if not rules.FIRST_YEAR <= found.year <= rules.LAST_YEAR:
        raise DataError(
            "task-year",
            "A plan lies between the years {first} and {last}.",
            first=rules.FIRST_YEAR,
            last=rules.LAST_YEAR,
        )
    return found


def _no_moment() -> DataError:
    return DataError("value-moment", "This is no time: write it as 2026-01-31 09:30.")


def officers(cell: str | date) -> list[str]:
    return [one for one in _BETWEEN.split(str(cell)) if one]


SHEET = Sheet(
    "due-tasks",
    _("Due tasks"),
    _("What the tax administration system says is to be done, by whom and when. A number that is there "
      "already gets a new version; what is the same stays. The first of the officers leads."),
    frozenset({"supervisor"}),
    (
        Column("number", _("Task number"), text(rules.LONGEST_OWN), "RW20260105001", required=True),
        Column("procedure", _("Procedure code"), text(rules.LONGEST_CODE), "B01", required=True),
        Column("officers", _("Officers' numbers"), officers, "0100123、0100124", True),
        Column("since", _("Planned from"), moment(ends=False), "2026-01-05 09:30", required=True),
        Column("until", _("Planned to"), moment(ends=True), "2026-01-05 11:30", required=True),
        Column("taxpayer", _("Taxpayer's number"), text(LONGEST_NUMBER), "91130529MA0TEST01X"),
        Column("name", _("Taxpayer's name"), text(LONGEST_NAME), "巨鹿宏达商贸有限公司"),
        Column("document", _("Document number"), text(LONGEST_NUMBER), "巨税通〔2026〕12号"),
        Column("place", _("Place of the visit"), text(rules.LONGEST_PLACE), "健康路 12 号"),
        yes_no("withdrawn", _("Task withdrawn"), "no"),
    ),
    Work,
    most=tabular.LONG.rows,
    page="task-files",
    places={
        "task-number": "number", "row-twice": "number", "task-scope": "officers", "task-own": "officers",
        "officer-unknown": "officers", "officer-elsewhere": "officers", "number-twice": "officers",
        "task-officers": "officers", "task-officer-twice": "officers",
        "procedure-unknown": "procedure", "task-year": "since", "task-ends": "until",
        "task-long": "until", "task-second": "since", "link-number": "taxpayer",
    },
)  # fmt: skip


def said(line: Line) -> Said:
    return Said(
        line["number"],
        line["procedure"],
        line["officers"],
        line["since"],
        line["until"],
        line["taxpayer"] or "",
        line["name"] or "",
        line["document"] or "",
        line["place"] or "",
        bool(line["withdrawn"]),
    )
