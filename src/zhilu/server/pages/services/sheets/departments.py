"""Departments of the founded bureau, each by its path. What is not in the file stays as it is."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhilu.errors import DataError
from zhilu.server.ledger.clock import new_id
from zhilu.server.organisation.events import DepartmentSet
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services.sheets.columns import Column, choice, number, text, yes_no
from zhilu.server.pages.services.sheets.places import EXAMPLE, Departments, Place
from zhilu.server.pages.services.sheets.sheet import CHANGED, NEW, SAME, Change, Line, Sheet, Work
from zhilu.server.pages.words import DEPARTMENT_KINDS


class DepartmentWork(Work):
    def __init__(self, rights: Rights) -> None:
        super().__init__(rights)
        self._departments = Departments()

    def row(self, line: Line) -> Change:
        names = self._departments.names(line["path"])
        self.once(names, line)
        before = self._departments.find(names)
        if before is None and line["kind"] is None:
            raise DataError("kind-missing", "A new department needs a kind.")
        after = Place(
            before.id if before else new_id(),
            line["kind"] or (before.kind if before else ""),
            line["order"] if line["order"] is not None else before.order if before else line.number,
            line["closed"] if line["closed"] is not None else before.closed if before else False,
        )
        if before == after:
            return Change(SAME)
        event = DepartmentSet(
            str(after.id),
            self._departments.bureau,
            self._above(names),
            after.kind,
            names[-1],
            after.order,
            after.closed,
        )
        self._departments.put(names, after)
        return Change(CHANGED if before else NEW, [self.proposal(event)])

    def _above(self, names: tuple[str, ...]) -> str | None:
        if len(names) == 1:
            return None
        found = self._departments.find(names[:-1])
        if found is None:
            raise DataError("path-above", "There is no department above: give it a row of its own.")
        return str(found.id)


def _order(line: Line) -> Any:
    """Open ones from the top, then those that close from the bottom."""
    depth = line["path"].replace("／", "/").count("/")
    return (line["closed"] is True, -depth if line["closed"] else depth, line.number)


SHEET = Sheet(
    "departments",
    _("Departments"),
    _("Adds departments and changes kind, order and whether one is closed. What is not in the file stays."),
    frozenset({"system-administrator"}),
    (
        Column("path", _("Department (full path)"), text(1_000), EXAMPLE, required=True),
        choice("kind", _("Kind"), DEPARTMENT_KINDS, "inspection"),
        Column("order", _("Order"), number(0, 100_000), "1"),
        yes_no("closed", _("Department closed"), "no"),
    ),
    DepartmentWork,
    places={
        "path": "path", "path-bureau": "path", "path-above": "path", "row-twice": "path",
        "kind-missing": "kind",
        "department": "path", "department-in-use": "closed", "department-unknown": "path",
        "department-known": "path",
    },
    order=_order,
    most=500,
)  # fmt: skip
