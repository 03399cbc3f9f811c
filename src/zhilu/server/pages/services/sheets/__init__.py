"""Lists that come in by Excel and CSV: one module a sheet, and one road for all (`sheet`)."""

from __future__ import annotations

from zhilu.server.pages.services.sheets import (
    calendar,
    catalogue,
    departments,
    due_tasks,
    equipment,
    people,
    training,
)
from zhilu.server.pages.services.sheets.sheet import Sheet

SHEETS: dict[str, Sheet] = {
    one.SHEET.name: one.SHEET
    for one in (departments, people, calendar, equipment, training, catalogue, due_tasks)
}
ROLES = frozenset().union(*(sheet.roles for sheet in SHEETS.values()))
"""Who may import anything at all."""
