"""Reading the catalogue as it is in force on a day, and the first version that a new bureau starts with."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from django.db.models import QuerySet, Subquery

from zhilu.errors import DataError
from zhilu.server.catalogue import rules
from zhilu.server.catalogue.events import CatalogueSet
from zhilu.server.catalogue.models import Catalogue, Procedure
from zhilu.server.ledger.clock import today

FILE = Path(__file__).resolve().parent.parent / "procedures.json"
"""Its values are composed, no official list: change them by a new version."""


def first_version() -> CatalogueSet:
    return CatalogueSet(**json.loads(FILE.read_text(encoding="utf-8")))


def in_force(on: date) -> int | None:
    """The version of that day; None before the first."""
    begun = Catalogue.objects.filter(since__lte=on).order_by("-version")
    return begun.values_list("version", flat=True).first()


def classes(version: int = 0) -> dict[str, str]:
    """Names of the classes, by code; of the version in force where none is named."""
    found = Catalogue.objects.filter(version=version or in_force(today()) or 0).first()
    return dict(found.classes) if found else {}


def procedures(version: int) -> list[Procedure]:
    return list(Procedure.objects.filter(version=version).order_by("place"))


def procedure(version: int, code: str) -> Procedure:
    found = Procedure.objects.filter(version=version, code=code).first()
    if found is None:
        raise DataError("procedure", "The catalogue has no procedure {procedure}.", procedure=code)
    return found


def listed(pairs: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Procedure]:
    """Procedures by (version, code), as each version listed them: one query."""
    wanted = set(pairs)
    found = Procedure.objects.filter(
        version__in={version for version, _code in wanted}, code__in={code for _version, code in wanted}
    )
    return {(one.version, one.code): one for one in found}


def listed_names(pairs: Iterable[tuple[int, str]]) -> dict[tuple[int, str], str]:
    return {pair: one.name for pair, one in listed(pairs).items()}


def counts(version: int) -> dict[str, int]:
    """tier → how many procedures must be recorded where it is demanded."""
    return _demanded(Procedure.objects.filter(version=version))


def counts_on(day: date) -> dict[str, int]:
    """The same of the version in force on a day, in one question."""
    begun = Catalogue.objects.filter(since__lte=day).order_by("-version").values("version")[:1]
    return _demanded(Procedure.objects.filter(version=Subquery(begun)))


def _demanded(listed: QuerySet[Procedure]) -> dict[str, int]:
    tiers = list(listed.values_list("tier", flat=True))
    return {tier: sum(rules.demands(tier, one) for one in tiers) for tier in rules.TIERS}


@functools.cache
def shipped() -> dict[str, tuple[str, str | None]]:
    """code → retention and script as this release composed them: nothing official."""
    first = first_version()
    return {
        row["code"]: (row["retention"], first.scripts.get(row["script"] or "")) for row in first.procedures
    }
