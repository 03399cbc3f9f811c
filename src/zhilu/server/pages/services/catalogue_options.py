"""Classes and procedures of the version in force, to choose from in filters: one query a request."""

from __future__ import annotations

from django.db.models import F, OuterRef, Subquery

from zhilu.server.catalogue.models import Catalogue, Procedure
from zhilu.server.ledger.clock import today
from zhilu.server.pages.services.listing import Asker, Options

Listed = list[tuple[str, str, str, dict[str, str]]]


def procedures(asker: Asker) -> Options:
    return [(code, f"{code} {name}") for code, name, _class, _classes in _listed(asker)]


def classes(asker: Asker) -> Options:
    """Those that have a procedure, in the order of the procedures."""
    return list({code: str(names.get(code, code)) for _code, _name, code, names in _listed(asker)}.items())


def _listed(asker: Asker) -> Listed:
    if asker.catalogue is None:
        asker.catalogue = listed()
    return asker.catalogue


def listed() -> Listed:
    """Code, name, class of each procedure, and the names of all classes."""
    begun = Catalogue.objects.filter(since__lte=today()).order_by("-version")
    of_version = Catalogue.objects.filter(version=OuterRef("version")).values("classes")
    rows = Procedure.objects.filter(version=Subquery(begun.values("version")[:1])).order_by("place")
    named = rows.annotate(classes=Subquery(of_version)).annotate(of=F("class_code"))
    return list(named.values_list("code", "name", "of", "classes"))
