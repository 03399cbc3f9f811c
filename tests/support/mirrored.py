"""The county's ledger in the mirror of a city, as it is or as its bureau would have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.city_world import CityWorld
from support.neighbour import Ledger
from zhilu import strictjson

Lie = Callable[[str, dict[str, Any]], dict[str, Any] | None]


def city_of(request: pytest.FixtureRequest, lie: Lie = lambda kind, core: core) -> None:
    """The county's ledger, as it is or as its bureau would have it, joined, followed and counted."""
    from zhilu.server.federation.models import Joined
    from zhilu.server.federation.services import rounds
    from zhilu.server.ledger.models import Entry
    from zhilu.server.oversight.models import Day, Hole, Reach, Reconciled
    from zhilu.server.oversight.services import reconcile

    ledger = Ledger("julu")
    for row in Entry.objects.order_by("index"):
        core = lie(row.kind, strictjson.loads_object(bytes(row.core)))
        own = None if row.personal is None else strictjson.loads_object(bytes(row.personal))
        if core:
            ledger.add(row.kind, core, own, at=row.at, actor=row.actor, subject=row.subject)
    ledger.publish()
    Reconciled.objects.all().delete()
    for model in (Day, Hole, Reach):
        model.objects.all().delete()
    city: CityWorld = request.getfixturevalue("city")
    city.join(ledger)
    rounds.once(Joined.objects.get(bureau="julu"), ledger)
    reconcile.reconcile("julu")
