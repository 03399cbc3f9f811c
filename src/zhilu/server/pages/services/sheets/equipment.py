"""The register of recorders and stations, each by kind and serial number."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from zhilu.server.equipment import rules
from zhilu.server.equipment.models import Equipment
from zhilu.server.equipment.services.keeping import KEEPER, registration
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services.sheets.columns import Column, choice, day, text
from zhilu.server.pages.services.sheets.places import EXAMPLE, Departments
from zhilu.server.pages.services.sheets.sheet import CHANGED, NEW, SAME, Change, Line, Sheet, Work
from zhilu.server.pages.words_equipment import EQUIPMENT_KINDS

KINDS = {kind: EQUIPMENT_KINDS[kind] for kind in rules.KINDS}


class EquipmentWork(Work):
    def __init__(self, rights: Rights) -> None:
        super().__init__(rights)
        self._departments = Departments()
        self._before = {row.id: row for row in Equipment.objects.all()}

    def row(self, line: Line) -> Change:
        key = rules.equipment_id(line["kind"], line["serial"])
        self.once(key, line)
        path = line["department"]
        place = None if path is None else self._departments.open(path)
        said = (line["model"] or "", line["asset"] or "", place, line["acquired"])
        before = self._before.get(key)
        if before is not None and said == _of(before):
            return Change(SAME)
        made = registration(
            self.rights,
            line["kind"],
            line["serial"],
            model=said[0],
            asset=said[1],
            department=None if place is None else str(place),
            acquired=said[3].isoformat() if said[3] else None,
        )
        return Change(CHANGED if before else NEW, [made])


def _of(row: Equipment) -> tuple[str, str, UUID | None, date | None]:
    return row.model, row.asset, row.department, row.acquired


SHEET = Sheet(
    "equipment",
    _("Recorders and stations"),
    _("Registers devices by serial number, and corrects what is registered: an empty cell empties it. "
      "What is not in the file stays."),
    frozenset({KEEPER}),
    (
        choice("kind", _("Device"), KINDS, "recorder", required=True),
        Column("serial", _("Serial number"), text(64), "XT-0001", required=True),
        Column("model", _("Model"), text(200), "DSJ-V8"),
        Column("asset", _("Asset number"), text(200), "GDZC-2026-0001"),
        Column("department", _("Department (full path)"), text(1_000), EXAMPLE),
        Column("acquired", _("Acquired on"), day, "2026-01-04"),
    ),
    EquipmentWork,
    places={
        "row-twice": "serial", "serial": "serial", "acquired": "acquired", "path": "department",
        "path-bureau": "department", "path-unknown": "department", "department-unknown": "department",
        "scope": "department",
    },
)  # fmt: skip
