"""The working calendar of a year or more: a file says all that differs from Monday to Friday."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.utils.translation import gettext_lazy as _

from zhilu.server.ledger.services.commit import Proposal
from zhilu.server.organisation import rules_calendar
from zhilu.server.organisation.events import CalendarSet
from zhilu.server.organisation.models import Calendar
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services.sheets.columns import Column, choice, day
from zhilu.server.pages.services.sheets.sheet import CHANGED, NEW, SAME, Change, Line, Sheet, Work
from zhilu.server.pages.words import DAY_KINDS


class CalendarWork(Work):
    def __init__(self, rights: Rights) -> None:
        super().__init__(rights)
        self._before = {row.year: dict(row.days) for row in Calendar.objects.all()}
        self._days: dict[int, dict[str, str]] = defaultdict(dict)

    def row(self, line: Line) -> Change:
        when: date = line["day"]
        self.once(when, line)
        rules_calendar.read_days(when.year, {when.isoformat(): line["kind"]})
        self._days[when.year][when.isoformat()] = line["kind"]
        said = self._before.get(when.year, {}).get(when.isoformat())
        return Change(NEW if said is None else SAME if said == line["kind"] else CHANGED)

    def end(self) -> list[Proposal]:
        made = []
        for year, days in sorted(self._days.items()):
            before = self._before.get(year)
            if before != days:
                self.gone += len(set(before or {}) - set(days))
                made.append(self.proposal(CalendarSet(year, dict(sorted(days.items())))))
        return made


SHEET = Sheet(
    "calendar",
    _("Working calendar"),
    _(
        "Holidays and worked weekends. The file is the whole year: "
        "what it does not name is an ordinary day again."
    ),
    frozenset({"security-administrator"}),
    (
        Column("day", _("Day"), day, "2026-10-10", required=True),
        choice("kind", _("Holiday or workday"), DAY_KINDS, "workday", required=True),
    ),
    CalendarWork,
    places={"row-twice": "day", "calendar": "day"},
)
