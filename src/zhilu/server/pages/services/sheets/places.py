"""Departments as a sheet names them: by path, `巨鹿县税务局/稽查局`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from zhilu.errors import DataError
from zhilu.server.organisation.models import Bureau, Department, ListedBureau
from zhilu.server.pages.services.sheets.columns import shown

Names = tuple[str, ...]


@dataclass
class Place:
    """A department as the tables and the rows before say it is."""

    id: UUID
    kind: str
    order: int
    closed: bool


class Departments:
    """Of the founded bureau. Where an open and a closed one have one path, the open one is meant."""

    def __init__(self) -> None:
        self.bureau = Bureau.objects.values_list("code", flat=True).first() or ""
        config = settings.ZHILU
        self._own = {self.bureau, config.name_zh, config.name_en} - {""}
        rows = ListedBureau.objects.values_list("code", "name")
        self._others = {text for row in rows for text in row} - self._own
        self._known: dict[Names, Place] = dict(self._read())

    def _read(self) -> Iterator[tuple[Names, Place]]:
        rows = {row.id: row for row in Department.objects.filter(bureau=self.bureau)}
        for row in sorted(rows.values(), key=lambda one: not one.closed):
            names, above = [row.name], row.parent
            while above in rows:
                names.append(rows[above].name)
                above = rows[above].parent
            yield tuple(reversed(names)), Place(row.id, row.kind, row.order, row.closed)

    def names(self, path: str) -> Names:
        """The parts below the bureau; the bureau itself need not be named."""
        parts = [part.strip() for part in path.replace("／", "/").split("/")]
        if parts[0] in self._own:
            parts = parts[1:]
        elif parts[0] in self._others:
            raise DataError("path-bureau", "This department belongs to another bureau.")
        if not parts or not all(parts):
            raise DataError(
                "path", "A department is written with those above it, as {example}.", example=shown(EXAMPLE)
            )
        return tuple(parts)

    def find(self, names: Names) -> Place | None:
        return self._known.get(names)

    def put(self, names: Names, place: Place) -> None:
        self._known[names] = place

    def open(self, path: str) -> UUID:
        found = self.find(self.names(path))
        if found is None or found.closed:
            raise DataError("path-unknown", "There is no such department in this bureau, or it is closed.")
        return found.id


EXAMPLE = "{bureau}/稽查局"
"""A path in a template; the bureau's own name comes in where it is shown."""
