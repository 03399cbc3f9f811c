from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Natural


@event("catalogue-set/1", subject="subject")
class CatalogueSet:
    """A whole version of the catalogue: `classes` {code: name}, `procedures` [{code, class, tier, min_officers, …}]."""

    version: Natural
    classes: dict
    procedures: list

    @property
    def subject(self) -> str:
        return f"catalogue-{self.version}"
