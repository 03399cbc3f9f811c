"""The audit of what is summarised: do days and holes follow from the tables of their ledgers?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import models

from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.services import audit
from zhilu.server.ledger.services.reader import Finding
from zhilu.server.oversight.models import Day, Hole, Named, Reach, Reconciled
from zhilu.server.oversight.services import reading, reconcile

TRIES = 3


@audit.also_own
def check() -> Iterator[Finding]:
    for bureau in ledgers.bureaus():
        try:
            yield from _settled(bureau)
        except (OverflowError, ValueError) as error:  # times that no honest clock has
            yield Finding(f"absence {bureau}", f"unreadable: {type(error).__name__}")
    strange = Reconciled.objects.exclude(bureau__in=[*ledgers.bureaus(), *ledgers.left()])
    yield from (Finding(f"absence {one.bureau}", "not in the ledger") for one in strange)


def _settled(bureau: str) -> list[Finding]:
    """The ledger may move on meanwhile: then once more. One that is being caught up with is not compared."""
    for _ in range(TRIES):
        reconcile.reconcile(bureau)
        size = Reconciled.objects.filter(bureau=bureau).values_list("size", flat=True).first()
        if _applied(bureau) != size:
            continue
        found = list(_check(bureau))
        if not found or _applied(bureau) == size:
            return found
    return []


def _applied(bureau: str) -> int:
    with ledgers.of(bureau):
        return ledgers.applied(bureau)


def _check(bureau: str) -> Iterator[Finding]:
    with ledgers.of(bureau):
        register = reading.Register(bureau)
        fresh = reading.Read()
        for month in reconcile.months(bureau):
            found = reading.read(reading.Part(month), register)
            fresh.days += found.days
            fresh.holes += found.holes
        reach, names = reading.reach(register), reading.names(bureau)
    tables: dict[type[models.Model], Sequence[models.Model]] = {
        Day: fresh.days, Hole: fresh.holes, Reach: reach, Named: names,
    }  # fmt: skip
    for model, rows in tables.items():
        kept = model._default_manager.filter(bureau=bureau)
        mine, theirs = Counter(map(_values, kept)), Counter(map(_values, rows))
        name = model._meta.label_lower
        for values in mine - theirs:
            yield Finding(f"absence {bureau} {name} {values[1]}", "not in the ledger")
        for values in theirs - mine:
            yield Finding(f"absence {bureau} {name} {values[1]}", "missing")


def _values(row: models.Model) -> tuple[Any, ...]:
    names = (one.attname for one in row._meta.concrete_fields if one.attname != "id")
    return tuple(getattr(row, name) for name in names)
