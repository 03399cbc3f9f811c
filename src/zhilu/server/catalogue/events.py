from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import JsonList, JsonObject, Natural


@event("catalogue-set/1", subject="subject")
class CatalogueSet:
    """A whole version of the catalogue: `classes` {code: name}, `procedures` [{code, class, tier,
    min_officers, …}].
    """

    version: Natural
    classes: JsonObject
    procedures: JsonList

    @property
    def subject(self) -> str:
        return f"catalogue-{self.version}"
