from __future__ import annotations

from zhilu.errors import DataError
from zhilu.server.catalogue import events, rules
from zhilu.server.catalogue.models import Catalogue, Procedure
from zhilu.server.ledger.events import Stamp, applies, checks


@checks(events.CatalogueSet)
def check_set(event: events.CatalogueSet, stamp: Stamp) -> None:
    newest = Catalogue.objects.order_by("-version").values_list("version", flat=True).first() or 0
    if event.version != newest + 1:
        raise DataError("catalogue", "The next catalogue has version {wanted}.", wanted=newest + 1)
    rules.read_procedures(event.classes, event.procedures)


@applies(events.CatalogueSet)
def apply_set(event: events.CatalogueSet, stamp: Stamp) -> None:
    Catalogue.objects.create(version=event.version, classes=event.classes, entry=stamp.index)
    Procedure.objects.update(is_current=False)
    for place, listed in enumerate(rules.read_procedures(event.classes, event.procedures)):
        Procedure.objects.update_or_create(
            code=listed.code,
            defaults=listed.__dict__
            | {"version": event.version, "place": place, "is_current": True, "entry": stamp.index},
        )
